"""What is written over a decision boundary, and what a blind reader is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import r2_score

from chainrule.plots._style import named
from chainrule.plots.boundary._held import held_text
from chainrule.plots.boundary._node_lines import MOST_NODES
from chainrule.plots.boundary._points import is_spread

if TYPE_CHECKING:
    from chainrule.plots.boundary.decision_boundary import DecisionBoundary

__all__ = ["alt_text", "notes", "r2_of", "title_of"]

_SHARES_TOLD = 4


def title_of(boundary: DecisionBoundary) -> str:
    """Say how good it is, in the words of the title."""
    if boundary.title is not None:
        return boundary.title
    if boundary.target is None:
        return "Decision boundary" if boundary.classes else "Predicted values"
    if boundary.classes is not None:
        rows = "row" if boundary.n_rows == 1 else "rows"
        found = f"{boundary.n_wrong:,} of {boundary.n_rows:,} {rows} misclassified"
        return f"Decision boundary: {found}"
    if np.isnan(boundary.r2):
        return "Predicted and true values"
    return f"Predicted and true values: R² {boundary.r2:.2f} on {boundary.n_rows:,} rows"


def r2_of(true: object, predicted: object) -> float:
    """Return R², NaN where there is none."""
    true = np.asarray(true)
    return float(r2_score(true, predicted)) if len(true) > 1 and np.ptp(true) > 0 else float("nan")


def notes(boundary: DecisionBoundary) -> str:
    """Say shortly what a reader must know to read the picture rightly."""
    said = [] if boundary.note is None else [boundary.note]
    if boundary.ranked:
        said.append(f"The 2 of {len(boundary.held) + 2} columns that matter most.")
    if boundary.held:
        held = held_text(boundary.held, boundary.asked)
        said.append(f"Background: {held}; points: rows with their own other values.")
    if boundary.kind == "probability" and len(boundary.classes or ()) > 1:
        said.append("Stronger color: more probable.")
    if boundary.nodes:
        said.append(
            "Dashed: a node's weighted sum is 0, with its number and share; arrow: positive side."
        )
    if len(boundary.nodes) > MOST_NODES:
        said.append(f"The {MOST_NODES} largest shares of {len(boundary.nodes)} nodes.")
    if boundary.n_without_place:
        count = boundary.n_without_place
        said.append(f"{count:,} row{'s have' if count > 1 else ' has'} no place here.")
    drawn = len(boundary.points)
    if drawn < boundary.n_rows - boundary.n_without_place:
        said.append(f"{drawn:,} of {boundary.n_rows:,} rows are drawn.")
    if any(is_spread(boundary)):
        said.append("Equal values are spread a little.")
    if len(said) > 1:
        said[0] = f"{said[0].rstrip('.')}."
    return " ".join(said)


def alt_text(boundary: DecisionBoundary) -> str:
    """Tell what the picture shows, with its numbers."""
    over = f"over {named(boundary.x.name)} (across) and {named(boundary.y.name)} (up)"
    held = f", holding {held_text(boundary.held, boundary.asked)}" if boundary.held else ""
    if boundary.classes is None:
        values = boundary.predicted_value
        assert values is not None  # noqa: S101 (numbers have them)
        told = f"from {values.min():.4g} to {values.max():.4g}"
        score = "" if np.isnan(boundary.r2) else f" R² is {boundary.r2:.2f}."
        return (
            f"Contours of the predicted {named(boundary.target_name or 'value')} {over}{held}: "
            f"{told}.{score}"
        )
    assert boundary.predicted_class is not None  # noqa: S101 (classes have them)
    counts = np.bincount(boundary.predicted_class.ravel(), minlength=len(boundary.classes))
    order = np.argsort(-counts, kind="stable")[:_SHARES_TOLD]
    shares = ", ".join(
        f"{named(boundary.classes[i])} on {counts[i] / counts.sum():.0%}" for i in order.tolist()
    )
    found = "" if boundary.target is None else f" {title_of(boundary).partition(': ')[2]}."
    lines = ""
    if boundary.nodes:
        best = max(boundary.nodes, key=lambda node: node.share)
        count = len(boundary.nodes)
        lines = (
            f" Lines of {count} node{'s' * (count > 1)}; node {best.number} has the largest "
            f"share, {best.share:.0%}."
        )
    return f"Decision boundary {over}{held}: {shares} of the picture.{found}{lines}"
