"""What the page says of scores, wrong rows and columns."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from chainrule.explanation._numbers import cut
from chainrule.explanation.diagnosing._finding import counted
from chainrule.reporting._bars import around_zero
from chainrule.reporting._writing import LONGEST, PER_CENT, between, number, per_cent, points
from chainrule.reporting._writing import value as written

if TYPE_CHECKING:
    from chainrule.reporting._facts import Facts
    from chainrule.reporting._prediction_facts import Estimate, Pairs, Quality, Score

__all__ = ["rival", "tell_importance", "tell_quality", "tell_wrong_rows"]

# Rows of a table before the others are folded, and cells of a row that are shown.
_SHOWN, _CELLS = 15, 30


def rival(name: str) -> str:
    """Return what a rival is called in a sentence."""
    return {"linear model": "a linear model", "mean": "always the mean"}.get(
        name, cut(name, LONGEST)
    )


def tell_quality(quality: Quality, facts: Facts) -> dict[str, Any]:
    """Tell how good the model is."""
    scores = [
        {
            "label": score.label,
            "meaning": f"{score.meaning}; "
            f"{'higher' if score.higher_is_better else 'lower'} is better",
            "cells": [
                (written(score, estimate.value), between(score, estimate))
                for estimate in score.estimates
            ],
        }
        for score in quality.scores
    ]
    told: dict[str, Any] = {
        "quality": _how_good(quality),
        "scores": scores,
        "contestants": [facts.asked.kind, *map(rival, quality.rivals)],
        "scores_caption": f"Scores on {counted(quality.rows, 'row')}; small: the 95 % interval",
        "classes": [
            (
                c.name,
                f"{c.rows:,}",
                *(x for share in (c.found, c.right) for x in _share(share)),
            )
            for c in quality.classes
        ],
        "calibration": [],
    }
    accuracy = quality.score("accuracy")
    if quality.sure is not None and accuracy is not None:
        told["calibration"] = [
            (
                f"On average it was {per_cent(quality.sure)} sure of what it said, and right in "
                f"{per_cent(accuracy.estimates[0].value)}. The nearer these are, for every "
                "degree of sureness, the more its probabilities can be taken at their word."
            )
        ]
    if quality.quantiles:
        told |= _errors(quality, facts.asked.target)
    return told


def _how_good(quality: Quality) -> list[str]:
    said = [
        (
            "A score means little by itself: beside the model stand simpler ways of predicting, on "
            "the same rows. A model that is no better than these is not worth its trouble."
        )
    ]
    score = quality.main
    for name, lead in zip(quality.rivals, score.leads, strict=True):
        if lead.low is not None and lead.high is not None:
            said.append(_lead(score, name, lead.low, lead.high))
    if quality.rows > 1:
        said.append(
            "The 95 % intervals tell how much the choice of the rows matters: had others of the "
            "same kind been tested, the score would likely be in this range. They do not tell what "
            "happens on rows of another kind, such as of another place or a later time."
        )
    return said


def _lead(score: Score, name: str, low: float, high: float) -> str:
    if not score.higher_is_better:
        low, high = -high, -low
    other = rival(name) if name == "linear model" else f"“{rival(name)}”"
    if low > 0 or high < 0:
        how = "better" if low > 0 else "worse"
        ends = sorted((abs(low), abs(high)))
        return f"Its {score.label} is {how} than that of {other} by {_range(score, *ends)}."
    return (
        f"Whether its {score.label} is better than that of {other} these rows do not tell: "
        f"anything from {_range(score, -low)} worse to {_range(score, high)} better is likely."
    )


def _range(score: Score, *ends: float) -> str:
    if not score.is_share:
        return " to ".join(map(number, ends))
    return f"{' to '.join(f'{100 * end:.1f}' for end in ends)} points"


def _share(share: Estimate) -> tuple[str, str]:
    if share.value is None:
        return "–", ""
    low, high = per_cent(share.low), per_cent(share.high)
    return per_cent(share.value), f"{low.removesuffix(PER_CENT)} to {high}"


def _errors(quality: Quality, target: str) -> dict[str, Any]:
    names = {"0%": "lowest", "50%": "median", "100%": "highest"}
    head = [names.get(name, name.replace("%", PER_CENT)) for name, _ in quality.quantiles]
    cells = [number(value) for _, value in quality.quantiles]
    return {
        "errors_caption": f"True {target} less predicted",
        "errors_head": ["share of rows below", *head],
        "errors": [["error", *cells]],
        "errors_right": list(range(1, len(head) + 1)),
    }


# ---------------------------------------------------------------------------- rows and columns


def tell_wrong_rows(facts: Facts) -> dict[str, Any]:
    """Tell of the rows that it got most wrong."""
    wrong = facts.wrong
    if not wrong.rows:
        return {
            "wrong": [_how_many(0, 0, facts.quality.rows)],
            "wrong_rows": [],
            "wrong_command": "",
        }
    given = facts.quality.part == "given"
    counted = "counted from 0 in X" if given else "counted from 1 after the header of the table"
    said = []
    if wrong.wrong is not None:
        said.append(_how_many(wrong.wrong, len(wrong.rows), facts.quality.rows))
    said.append(
        f"Look at these first: is the answer in the table right, is a cell unusual, does something "
        f"matter that no column tells? Rows are {counted}. Their cells are shown here: mind who "
        "gets this page."
    )
    rows = [
        {
            "number": row.number,
            "heading": f"Row {row.number}: “{cut(row.true, LONGEST)}”, taken for "
            f"“{cut(row.said, LONGEST)}”"
            if wrong.wrong is not None and row.true != row.said
            else f"Row {row.number}: {cut(row.true, LONGEST)}, predicted {cut(row.said, LONGEST)}",
            # The explanation tells it, too.
            "how": "" if row.explanation else f"{row.how[:1].upper()}{row.how[1:]}.",
            "explanation": row.explanation,
            "cells": _few_cells(row.cells),
        }
        for row in wrong.rows
    ]
    first = wrong.rows[0].number
    command = f"explain(model, X, y, row={first})"
    if facts.names is not None:
        names = facts.names
        words = ["chainrule", "explain", names.model, names.rows or names.test or names.data]
        command = f"{shlex.join(words)} --row {first}"
    return {
        "wrong": said,
        "wrong_rows": rows,
        "wrong_command": command if facts.network is not None else "",
    }


def _few_cells(cells: Pairs) -> list[tuple[str, str]]:
    shown = list(cells[:_CELLS])
    if len(cells) > _CELLS:
        shown.append(("…", f"and {counted(len(cells) - _CELLS, 'more column')}"))
    return shown


def _how_many(wrong: int, shown: int, rows: int) -> str:
    if not wrong:
        close = "; nearest to it came" if shown else "."
        return f"None of the {counted(rows, 'row')} was wrong{close}{':' if shown else ''}"
    are = "was" if wrong == 1 else "were"
    most = f" Here are the {shown} that were most wrong." if wrong > shown else ""
    return f"{wrong:,} of the {counted(rows, 'row')} {are} wrong.{most}"


def tell_importance(facts: Facts) -> dict[str, Any]:
    """Tell which columns matter."""
    found = facts.importance
    if found is None:
        return {}
    is_share = found.score_name == "accuracy"
    unit = points if is_share else number
    whole = per_cent(found.score) if is_share else number(found.score)
    rows = [
        {
            "name": column.name,
            "drop": unit(column.drop),
            "at": around_zero(column, found.columns),
            "matters": "yes" if column.matters else "no",
        }
        for column in found.columns
    ]
    fold = len(rows) if len(rows) <= _SHOWN + 3 else _SHOWN
    needed = len(found.needed)
    share = "point is one row in a hundred" if is_share else ""
    said = [
        f"The cells of one column after another were shuffled among {counted(found.rows, 'row')}, "
        f"{found.repeats} times. A column that the model needs costs it a part of its "
        f"{found.score_name}, which is {whole} with all columns as they are."
        + (f" A {share}." if share else ""),
        f"{counted(needed, 'column')} of {len(rows)} cost more than chance explains. Of two "
        "columns that say the same, each can stand in for the other, so that both seem to matter "
        "little. What matters to the model need not be a cause."
        if needed
        else "No column costs more than chance explains: the model goes by none of them alone.",
    ]
    return {
        "importance": said,
        "needed": [part for part in (rows[:fold], rows[fold:]) if part],
        "needed_caption": f"By how much {found.score_name} falls when a column is shuffled; the "
        "line in the bar reaches from the smallest to the largest fall",
    }
