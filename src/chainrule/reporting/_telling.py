"""What the page says: the facts in sentences for a reader who knows no machine learning."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from chainrule.explanation._numbers import cut
from chainrule.explanation._parts import with_article
from chainrule.explanation.diagnosing._finding import counted
from chainrule.reporting._bars import from_zero
from chainrule.reporting._telling_quality import (
    rival,
    tell_importance,
    tell_quality,
    tell_wrong_rows,
)
from chainrule.reporting._writing import LONGEST, between, number
from chainrule.reporting._writing import value as written

if TYPE_CHECKING:
    from chainrule.reporting._facts import Facts, TableFacts
    from chainrule.reporting._prediction_facts import Score

__all__ = ["headline", "sections", "tell", "usual_title"]

# Of so many classes all are named in a sentence.
_NAMED = 12

_PARTS = {
    "test": "test rows, which it had not seen",
    "train": "rows that it has learned from",
    "all": "rows, those among them that it has learned from",
    "new": "rows of this table, on none of which it was trained as far as is known",
    "given": "rows given to this report",
}


def sections(facts: Facts, pictures: dict[str, Any]) -> dict[str, str]:
    """Return the headings of the sections that there is something to tell in, in their order.

    Parameters
    ----------
    facts : Facts
        What there is.
    pictures : dict
        Those that were drawn.

    Returns
    -------
    dict of str to str
        By the names that links have for them.
    """
    classifies = facts.asked.task == "classification"
    there = {
        "asked": ("What was asked", True),
        "table": ("The table", facts.table is not None),
        "network": ("The network", facts.network is not None),
        "training": ("How training went", facts.course is not None),
        "quality": ("How good it is", True),
        "classes": ("Which classes it knows, and what it takes them for", classifies),
        "errors": ("How far off it is", not classifies),
        "calibration": ("Whether its probabilities can be believed", "calibration" in pictures),
        "wrong": ("The rows it got most wrong", True),
        "columns": ("Which columns matter", facts.importance is not None),
        "diagnosis": ("What may be wrong, and what to try", facts.diagnosis is not None),
        "again": ("How to do it again", facts.again is not None),
    }
    return {name: heading for name, (heading, is_there) in there.items() if is_there}


def usual_title(facts: Facts) -> str:
    """Return what a report is called where nothing else was said."""
    asked = facts.asked
    if asked.table:
        return f"Predicting {asked.target} ({asked.table})"
    return f"Report on {with_article(asked.kind)}"


def tell(facts: Facts) -> dict[str, Any]:
    """Put the facts into words.

    Parameters
    ----------
    facts : Facts
        All of them.

    Returns
    -------
    dict of str to Any
        Sentences, and rows of tables, by the names that the page has for them.
    """
    return {
        "within": ("classes", "errors", "calibration"),
        **_top(facts),
        **_asked(facts),
        **({} if facts.table is None else _table(facts.table, facts)),
        **_network(facts),
        **_course(facts),
        **tell_quality(facts.quality, facts),
        **tell_wrong_rows(facts),
        **tell_importance(facts),
        **_diagnosis(facts),
        **_again(facts),
    }


# ---------------------------------------------------------------------------- in short


def _top(facts: Facts) -> dict[str, Any]:
    quality, asked = facts.quality, facts.asked
    score = quality.main
    rows: list[dict[str, Any]] = []
    names = (asked.kind, *quality.rivals)
    top = _top_of(score)
    for name, estimate in zip(names, score.estimates, strict=True):
        rows.append(
            {
                "name": rival(name) if rows else f"this {name}",
                "value": written(score, estimate.value),
                "interval": between(score, estimate),
                "at": from_zero(estimate, top),
            }
        )
    better = "longer" if score.higher_is_better else "shorter"
    return {
        "about": _about(facts),
        "headline": headline(facts),
        "verdict": [sentence for sentence in (quality.verdict,) if sentence],
        "main_rows": rows,
        "main_caption": f"{score.label.capitalize()}: {score.meaning}. Small: between what it "
        f"likely is on many more rows (95 % interval), the line in the bar; {better} is better.",
    }


def _top_of(score: Score) -> float:
    if score.is_share:
        return 1.0
    numbers = [n for e in score.estimates for n in (e.value, e.high) if n is not None]
    return max(numbers, default=1.0) or 1.0


def _about(facts: Facts) -> str:
    asked, table = facts.asked, facts.table
    told = f"A{with_article(asked.kind)[1:]}"
    if table is not None and table.learned is not None:
        told += f", trained on {counted(table.learned, 'row')}"
    if asked.created:
        when = datetime.fromisoformat(asked.created)
        told += f" on {when.day} {when:%B %Y at %H:%M} UTC"
    return f"{told}; tested on {counted(facts.quality.rows, 'row')}."


def headline(facts: Facts) -> str:
    """Tell the main score in a sentence or two."""
    quality = facts.quality
    score, which = quality.main, f"{quality.rows:,} {_PARTS[quality.part]}"
    own = score.estimates[0]
    likely = between(score, own)
    if score.name == "accuracy":
        told = f"It was right in {written(score, own.value)} of {which}."
    else:
        told = (
            f"On {which}, its predictions of {facts.asked.target} were off by "
            f"{written(score, own.value)} on average."
        )
    if likely and quality.part not in ("train", "all"):
        told += f" On many more such rows it would likely be {likely}."
    return told


# ---------------------------------------------------------------------------- what was asked


def _asked(facts: Facts) -> dict[str, Any]:
    asked = facts.asked
    what = f"{asked.target}: a number"
    if asked.classes:
        named = ", ".join(f"“{cut(name, LONGEST)}”" for name in asked.classes[:_NAMED])
        more = f" and {len(asked.classes) - _NAMED} more" if len(asked.classes) > _NAMED else ""
        what = f"{asked.target}: one of {counted(len(asked.classes), 'class')}, {named}{more}"
    pairs = [("to predict", what)]
    if asked.table:
        pairs.append(("from the table", asked.table))
    pairs += [(name, words) for name, words in asked.told] or [("by", with_article(asked.kind))]
    return {"asked": pairs, "how_tested": _how_tested(facts)}


def _how_tested(facts: Facts) -> list[str]:
    quality, table = facts.quality, facts.table
    said = []
    if quality.part == "test" and table is not None and table.learned is not None:
        held = ""
        if table.held_out:
            held = (
                f"; {table.held_out:,} of these were held out, to see in every epoch whether it "
                "still gets better on rows that it does not learn from"
            )
        said.append(
            f"It has learned from {counted(table.learned, 'row')}{held}. "
            f"The {counted(quality.rows, 'test row')} were used for nothing but the scores on "
            "this page."
        )
    if quality.part == "given":
        said.append(
            "This report was made from a model and rows with their answers. How it was trained, "
            "from what table and beside what other models, the model itself does not know: that "
            "is not told here."
        )
    if quality.weights:
        said.append(
            f"Rows count by their weight in “{quality.weights}”, in training and in every score."
        )
    return said


# ---------------------------------------------------------------------------- the table


def _table(table: TableFacts, facts: Facts) -> dict[str, Any]:
    said = [
        (
            f"{counted(table.rows, 'row')} and {counted(len(table.columns), 'column')} to predict "
            f"{facts.asked.target} from; {_missing(table)}."
        )
    ]
    if table.of_test_rows:
        said.append("This is told of the rows that were given; what it was trained on is unknown.")
    if table.left_out:
        said.append(f"{counted(table.left_out, 'row')} of weight 0 were left out.")
    dropped = [(c.name, c.note.removeprefix("dropped: ")) for c in table.dropped]
    used = [c for c in table.columns if c.used]
    coded = not table.of_test_rows
    head = ["column", "kind", "missing", "different values"]
    rows = [[c.name, c.kind, f"{c.missing:,}", f"{c.distinct:,}"] for c in used]
    if coded:
        head += ["inputs", "how it is put into numbers"]
        for row, column in zip(rows, used, strict=True):
            row += [str(column.inputs), column.note]
    kinds = ", ".join(f"{number_} {kind}" for kind, number_ in table.kinds)
    return {
        "table": said,
        "dropped": dropped + list(table.others),
        "columns": rows,
        "columns_head": head,
        "columns_caption": "The columns it predicts from" if coded else "The columns of these rows",
        "kinds_words": (
            f"Kinds of columns: {kinds}. One-hot: one input for each value, which is 1 where the "
            "row has it; standardized: less the mean, divided by the spread; filled: missing cells "
            "take a usual value; marked: one more input says that the cell was missing."
            if coded
            else f"Kinds of columns: {kinds}."
        ),
    }


def _missing(table: TableFacts) -> str:
    cells = table.rows * len(table.columns)
    if not table.missing:
        return "no cell is missing"
    return f"{counted(table.missing, 'cell')} of {cells:,} are missing"


# ---------------------------------------------------------------------------- network and course


def _network(facts: Facts) -> dict[str, Any]:
    network = facts.network
    if network is None:
        return {}
    said = [
        (
            f"Every row comes in as {counted(network.layers[0].nodes, 'number')} and leaves as a "
            f"prediction; in between, {network.parameters:,} weights and biases, all learned from "
            "the table, decide what becomes of it."
        )
    ]
    table = facts.table
    if table is not None and table.learned is not None and network.parameters > table.learned:
        said.append(
            f"That is more than the {table.learned:,} rows it learned from, so that it could know "
            "them by heart; the scores of rows it has not seen tell whether it does more."
        )
    if network.networks > 1:
        said.append(f"Predictions are the average of {network.networks} such networks.")
    if network.zeros:
        said.append(f"{network.zeros:,} of its weights are exactly 0.")
    return {
        "network": said,
        "layers": [
            (x.name, f"{x.nodes:,}", _function(x.activation), f"{x.parameters:,}" if i else "–")
            for i, x in enumerate(network.layers)
        ],
    }


_FUNCTIONS = {
    "relu": "what is above 0 passes, the rest becomes 0",
    "tanh": "squeezes sums to between −1 and 1",
    "sigmoid": "squeezes sums to between 0 and 1",
    "softmax": "turns the sums into probabilities, which add up to 1",
    "identity": "leaves the sum as it is",
    "exp": "makes every sum a number above 0",
    "step": "1 above 0, else 0",
}


def _function(name: str) -> str:
    return f"{name}: {_FUNCTIONS[name]}" if name in _FUNCTIONS else name or "–"


def _course(facts: Facts) -> dict[str, Any]:
    course = facts.course
    if course is None:
        return {}
    ended = f"It ended because: {course.stopped}. " if course.stopped else ""
    said = [
        (
            f"The weights began at random and were improved in {counted(course.epochs, 'epoch')}, "
            f"each one pass over the rows. {ended}The weights that were kept are those after epoch "
            f"{course.best_epoch}."
        )
    ]
    restarts = [
        [
            f"{run.number}",
            f"{run.seed}",
            "–" if run.epochs is None else f"{run.epochs}",
            f"{run.best_epoch}",
            number(run.loss),
            run.stopped,
            "yes" if run.kept or course.averaged else "",
        ]
        for run in course.restarts
    ]
    use = "all of them are averaged" if course.averaged else "the one of the lowest loss was kept"
    return {
        "course": said,
        "restarts": restarts,
        "restarts_words": f"Training was begun {len(restarts)} times with other random weights; "
        f"{use}. Starts that end at very different losses say that luck plays a part.",
        "curves_caption": "The loss is what training makes small: how far its answers are from the "
        "right ones. Where the loss of held-out rows no longer falls while that of the rows it "
        "learns from does, it begins to know them by heart.",
    }


# ---------------------------------------------------------------------------- the end


def _diagnosis(facts: Facts) -> dict[str, Any]:
    found = facts.diagnosis
    if found is None:
        return {}
    seen = ", ".join(found.looked_at)
    if not found.findings:
        said = [f"Nothing was found. Looked at: {seen}."] if seen else []
    else:
        many = len(found.findings) > 1
        said = ["Mend the first and train again: the others may follow from it."] if many else []
    if found.not_looked_at:
        said.append(f"Not looked at: {', '.join(found.not_looked_at)}.")
    return {"diagnosis": said}


def _again(facts: Facts) -> dict[str, Any]:
    versions = {}
    told = "Made by chainrule."
    if facts.again is not None:
        again = facts.again
        versions = {
            "seed": str(again.seed),
            **dict(again.hashes),
            "versions": ", ".join(f"{name} {version}" for name, version in again.versions),
        }
        told = f"Made by chainrule {dict(again.versions).get('chainrule', '')}."
    return {
        "versions": list(versions.items()),
        "again": "The same table, settings and seed give the same network on the same machine, and "
        "nearly the same on another.",
        "footer": f"{told} This page stands alone: it loads nothing and runs nothing.",
    }
