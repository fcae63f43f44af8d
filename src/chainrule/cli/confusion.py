"""A confusion matrix that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from chainrule.cli.terminal import compact

if TYPE_CHECKING:
    from chainrule.workflow import ClassificationScores

__all__ = ["confusion_lines"]

_LABEL = 20
_MOST_MISTAKES = 15


def confusion_lines(scores: ClassificationScores, *, width: int) -> list[Text]:
    """Lay out the confusion matrix, or the commonest mistakes where it would be too wide.

    Parameters
    ----------
    scores : ClassificationScores
        With the matrix.
    width : int
        Columns of the terminal.

    Returns
    -------
    list of rich.text.Text
        One a line.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule.workflow.scores import score_classes
    >>> p = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])
    >>> scores = score_classes(np.array([0, 1, 1]), p, classes=("no", "yes"))
    >>> for line in confusion_lines(scores, width=80):
    ...     print(line.plain.rstrip())
    <BLANKLINE>
    Confusion matrix: rows are the true classes, columns the predicted ones
           no  yes  found
    no      1    ·   100%
    yes     1    1    50%
    """
    names = [str(name) for name in scores.classes]
    label = min(_LABEL, max(map(len, names)))
    digits = max(len(_cell(n)) for row in scores.confusion for n in row)
    wide = max(digits, *(len(name) for name in names)) + 2
    if label + 1 + len(names) * wide + 7 <= width and wide <= 13:
        return _matrix(scores, names, names, label=label, cell=wide)
    # Long names: columns are headed by numbers, which the rows explain.
    numbers = [str(place) for place in range(1, len(names) + 1)]
    numbered = [f"{n:>{len(numbers[-1])}} {name}" for n, name in zip(numbers, names, strict=True)]
    cell = max(digits, len(numbers[-1])) + 2 - (len(names) > 12)
    room = width - 1 - len(names) * cell - 7
    label = min(room, max(map(len, numbered)))
    if room >= min(_LABEL, max(map(len, numbered))):
        return _matrix(scores, numbered, numbers, label=label, cell=cell)
    return _mistakes(scores, names)


def _matrix(
    scores: ClassificationScores, rows: list[str], columns: list[str], *, label: int, cell: int
) -> list[Text]:
    what = "Confusion matrix: rows are the true classes, columns the predicted ones"
    if isinstance(scores.confusion[0][0], float):
        what = "Confusion matrix by weight: rows are the true classes, columns the predicted"
    title = f"\n{what}"
    lines = [Text(title, style="bold")]
    head = " " * (label + 1) + "".join(f"{name:>{cell}}" for name in columns) + "  found"
    lines.append(Text(head, style="dim"))
    for place, (name, counts) in enumerate(zip(rows, scores.confusion, strict=True)):
        cut = name if len(name) <= label else f"{name[: label - 1]}…"
        line = Text(f"{cut:<{label}} ")
        for column, count in enumerate(counts):
            style = "bold green" if column == place else "red" if count else "dim"
            line.append(f"{_cell(count):>{cell}}", style=style)
        total = sum(counts)
        line.append(f"  {counts[place] / total:5.0%}" if total else "      –")
        lines.append(line)
    return lines


def _mistakes(scores: ClassificationScores, names: list[str]) -> list[Text]:
    found = [
        (count, names[true], names[said])
        for true, counts in enumerate(scores.confusion)
        for said, count in enumerate(counts)
        if count and true != said
    ]
    title = f"\nThe commonest mistakes among {len(names)} classes (--json has the whole matrix)"
    lines = [Text(title, style="bold")]
    for count, true, said in sorted(found, key=lambda m: -m[0])[:_MOST_MISTAKES]:
        lines.append(Text(f"{_cell(count):>7} × {true[:_LABEL]} taken for {said[:_LABEL]}"))
    return lines if found else [*lines, Text("  none")]


def _cell(count: float) -> str:
    """Write a number of rows, or a sum of weights."""
    return compact(count) if count else "·"
