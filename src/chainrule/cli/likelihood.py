"""``chainrule likelihood``: how probable what happened was, and its cross-entropy."""

from __future__ import annotations

from typing import Annotated

import typer

from chainrule.cli.terminal import out, print_json
from chainrule.errors import InputError

__all__ = ["likelihood_command"]


def likelihood_command(
    probabilities: Annotated[
        list[str],
        typer.Argument(
            metavar="PROBABILITY…",
            help="Predicted of each event; for several classes a row for each event, such as "
            "'0.7 0.2 0.1; 0.1 0.8 0.1'.",
        ),
    ],
    *,
    happened: Annotated[
        str,
        typer.Option(
            metavar="ANSWERS",
            help="What happened, with commas: 1 (yes) or 0 (no) for each event; of several "
            "classes the number, from 0 on.",
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Work out how probable what happened was, and from it the cross-entropy.

    For example:

      chainrule likelihood 0.8 0.7 0.1 --happened 1,1,0

      chainrule likelihood "0.7 0.2 0.1; 0.1 0.8 0.1" --happened 0,1
    """
    from chainrule.mathematics.likelihoods import likelihood
    from chainrule.mathematics.matrices import parse_matrix

    told = " ".join(probabilities)
    rows = parse_matrix(told)
    answers = [_answer(word) for word in happened.replace(",", " ").split()]
    found = likelihood(rows if ";" in told or len(answers) == 1 < rows.size else rows[0], answers)
    if json:
        print_json(found.to_dict())
        return
    out().print(str(found), soft_wrap=True)


_WORDS = {"yes": 1, "no": 0, "true": 1, "false": 0}


def _answer(word: str) -> int:
    plain = word.casefold()
    if plain in _WORDS:
        return _WORDS[plain]
    if not plain.isascii() or not plain.isdigit():
        raise InputError(
            f"what happened is told by 1 and 0, or by numbers of classes, with commas; got {word!r}"
        )
    return int(plain)
