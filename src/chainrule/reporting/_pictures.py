"""The pictures of a report, each drawn once, as files that can stand in a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainrule.reporting._facts import Facts
    from chainrule.reporting._subject import Subject

__all__ = ["Picture", "draw_pictures"]

# Larger drawings, of very many lines, are smaller as points of color.
_LARGEST_DRAWING = 250_000
# Letters as outlines: the picture looks the same everywhere. Names of parts from a fixed seed: the
# same report is the same file.
_SETTINGS: Any = {"svg.fonttype": "path", "svg.hashsalt": "chainrule", "savefig.dpi": 150}
_NOTHING = {"Date": None, "Creator": None}


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture in a page.

    Attributes
    ----------
    kind : str
        "svg+xml" or "png".
    content : bytes
        The file.
    alt_text : str
        What it shows, in words.
    width : int
        Of the drawing, in pixels of a page.
    """

    kind: str
    content: bytes
    alt_text: str
    width: int

    @property
    def address(self) -> str:
        """The picture itself, as an address."""
        return f"data:image/{self.kind};base64,{base64.b64encode(self.content).decode()}"


def draw_pictures(subject: Subject, facts: Facts) -> dict[str, Picture]:
    """Draw everything that there is something to draw of.

    Parameters
    ----------
    subject : Subject
        The model and the rows.
    facts : Facts
        What is told of them.

    Returns
    -------
    dict of str to Picture
    """
    wanted: dict[str, tuple[Callable[[Any], Any], tuple[float, float] | None]] = {}
    if facts.network is not None:
        wanted["network"] = (
            lambda ax: plots.NetworkDiagram.from_estimator(subject.model, ax=ax),
            (7.2, 5.0),
        )
    if facts.course is not None and facts.course.epochs > 1:
        wanted["course"] = (
            lambda ax: plots.LearningCurves.from_estimator(subject.model, ax=ax),
            None,
        )
    given: dict[str, Any] = {"sample_weight": subject.weights}
    if subject.classes is None:
        pair = (subject.true, subject.predicted)
        wanted["predicted"] = (
            lambda ax: plots.PredictedVersusActual.from_predictions(*pair, **given, ax=ax),
            (5.6, 4.6),
        )
        wanted["residuals"] = (
            lambda ax: plots.Residuals.from_predictions(*pair, **given, ax=ax),
            None,
        )
    else:
        pair = (subject.labels, subject.predicted)
        given["classes"] = list(subject.classes)
        wanted["confusion"] = (
            lambda ax: plots.ConfusionMatrix.from_predictions(*pair, **given, ax=ax),
            None,
        )
        if subject.probabilistic:
            wanted["calibration"] = (
                lambda ax: plots.Calibration.from_predictions(*pair, **given, ax=ax),
                None,
            )
    found = {}
    for name, (draw, size) in wanted.items():
        picture = _drawn(draw, size)
        if picture is not None:
            found[name] = picture
    return found


def _drawn(draw: Callable[[Any], Any], size: tuple[float, float] | None) -> Picture | None:
    figure = Figure(figsize=size or (6.4, 4.4), layout="constrained")
    try:
        display = draw(figure.subplots())
    except InputError:
        return None  # there is nothing to draw, as of a single class
    content, kind = _saved(figure, "svg"), "svg+xml"
    if len(content) > _LARGEST_DRAWING:
        content, kind = _saved(figure, "png"), "png"
    width = round(96 * float(np.asarray(figure.get_size_inches())[0]))
    return Picture(kind, content, display.alt_text, width)


def _saved(figure: Figure, form: str) -> bytes:
    target = io.BytesIO()
    with mpl.rc_context(_SETTINGS):
        figure.savefig(target, format=form, metadata=_NOTHING if form == "svg" else None)
    return target.getvalue()
