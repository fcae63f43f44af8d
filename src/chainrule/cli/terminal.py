"""What every command prints with: results to stdout, talk to stderr."""

from __future__ import annotations

import codecs
import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chainrule.plain_data import compact, duration, finite, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chainrule.workflow import ClassificationScores, RegressionScores

__all__ = [
    "can_write",
    "compact",
    "duration",
    "notice",
    "out",
    "plain_table",
    "print_json",
    "quiet_pictures",
    "score_cells",
    "score_names",
    "size",
    "talk",
]


def out() -> Console:
    """Return the console of results. Made anew each time: the stream may have been replaced."""
    _write_plainly(sys.stdout)
    return Console(highlight=False, emoji=False, markup=False)


def talk() -> Console:
    """Return the console of everything that is not a result."""
    _write_plainly(sys.stderr)
    return Console(stderr=True, highlight=False, emoji=False, markup=False)


def can_write(encoding: str, signs: str) -> bool:
    """Whether signs can be written in an encoding.

    Examples
    --------
    >>> can_write("utf-8", "R² → ⣿"), can_write("latin-1", "R²"), can_write("ascii", "→")
    (True, True, False)
    """
    try:
        signs.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _write_plainly(stream: Any) -> None:
    """Have a stream write a plain sign for one that its encoding lacks, rather than fail."""
    if isinstance(stream, io.TextIOWrapper) and not can_write(stream.encoding, "→ŷ⣿"):
        stream.reconfigure(errors=_PLAINLY)


_PLAINLY = "chainrule.plainly"
_PLAIN = {"→": "->", "²": "2", "−": "-", "–": "-", "…": "...", "×": "x", "≤": "<=", "·": "."}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    sign = error.object[error.start]
    return _PLAIN.get(sign, "?"), error.start + 1


codecs.register_error(_PLAINLY, _plainly)


def notice(sentence: str) -> None:
    """Say something on stderr that is not an error."""
    talk().print(f"note: {sentence}", soft_wrap=True)


def quiet_pictures() -> None:
    """Keep from stderr what matplotlib says of its cache of fonts, which no person asked for."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def print_json(data: Any) -> None:
    """Print data for a script; numbers that JSON does not know become null."""
    plain = not can_write(sys.stdout.encoding, "→ŷ⣿")
    text = json.dumps(finite(data), ensure_ascii=plain, indent=2, allow_nan=False)
    sys.stdout.write(text + "\n")


def plain_table(
    rows: Iterable[Sequence[str | Text]],
    *,
    head: Sequence[str],
    right: Sequence[int] = (),
    folding: Sequence[int] = (),
) -> Table:
    """Make a table without lines.

    Parameters
    ----------
    rows : iterable of sequence of str
        The cells.
    head : sequence of str
        Names of the columns.
    right : sequence of int
        Places of the columns with numbers.
    folding : sequence of int
        Places of the columns that may run over several lines; the others never do.

    Returns
    -------
    rich.table.Table
    """
    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=any(head)
    )
    for place, name in enumerate(head):
        table.add_column(
            name,
            justify="right" if place in right else "left",
            no_wrap=place not in folding,
            overflow="fold" if place in folding else "ellipsis",
        )
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return table


_CLASS_SCORES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "macro_f1": "macro F1",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
}
_NUMBER_SCORES = {
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "mean abs. error",
    "median_absolute_error": "median abs. error",
}


def score_names(task: str) -> list[str]:
    """Return the headings of the scores of a task."""
    return list((_CLASS_SCORES if task == "classification" else _NUMBER_SCORES).values())


def score_cells(scores: dict[str, Any] | ClassificationScores | RegressionScores) -> list[str]:
    """Return the scores as text, in the order of :func:`score_names`."""
    found = scores if isinstance(scores, dict) else scores.to_dict()
    names = _CLASS_SCORES if "accuracy" in found else _NUMBER_SCORES
    fixed = {*_CLASS_SCORES, "r2"}
    return [
        "–" if found[n] is None else f"{found[n]:.4f}" if n in fixed else compact(found[n])
        for n in names
    ]
