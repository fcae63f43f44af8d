"""The pictures of a report, each drawn once, as files that can stand in a page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import partial
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

    Draw = Callable[..., Any]

__all__ = ["Picture", "draw_pictures"]

# Larger drawings, of very many lines, are smaller as points of color.
_LARGEST_DRAWING = 250_000
# Letters as outlines: the picture looks the same everywhere. Names of parts from a fixed seed: the
# same report is the same file.
_SETTINGS: Any = {"svg.fonttype": "path", "svg.hashsalt": "chainrule", "savefig.dpi": 150}
_SIZE, _PANEL = (6.4, 4.4), 1.8
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
    found = {}
    for name, (draw, size) in _wanted(subject, facts).items():
        picture = _drawn(draw, size)
        if picture is not None:
            found[name] = picture
    return found


def _wanted(subject: Subject, facts: Facts) -> dict[str, tuple[Draw, tuple[float, float]]]:
    """Return what draws each picture on given axes, and in what size."""
    wanted: dict[str, tuple[Draw, tuple[float, float]]] = {}
    if facts.network is not None:
        diagram = partial(plots.NetworkDiagram.from_estimator, subject.model)
        wanted["network"] = (diagram, (7.2, 5.0))
    if facts.course is not None and facts.course.epochs > 1:
        wanted["course"] = (partial(_draw_course, subject.model), _SIZE)
    given: dict[str, Any] = {"sample_weight": subject.weights}
    if subject.classes is None:
        numbers = (subject.true, subject.predicted)
        given["target_name"] = subject.target
        predicted = partial(plots.PredictedVersusActual.from_predictions, *numbers, **given)
        wanted["predicted"] = (predicted, (5.6, 4.6))
        wanted["residuals"] = (partial(plots.Residuals.from_predictions, *numbers, **given), _SIZE)
        return wanted
    labels = (subject.labels, subject.predicted)
    given["classes"] = list(subject.classes)
    wanted["confusion"] = (
        partial(plots.ConfusionMatrix.from_predictions, *labels, **given),
        _confusion_size(len(subject.classes)),
    )
    if subject.probabilistic:
        calibration = partial(plots.Calibration.from_predictions, *labels, **given)
        wanted["calibration"] = (calibration, _SIZE)
    return wanted


def _draw_course(model: Any, *, ax: Any) -> Any:
    """Draw the learning curves; two panels have room, each further one gets its own."""
    curves = plots.LearningCurves.from_estimator(model, ax=ax)
    curves.figure_.set_figheight(_SIZE[1] + _PANEL * max(0, len(curves.panels_) - 2))
    return curves


def _confusion_size(classes: int) -> tuple[float, float]:
    """Leave room for the numbers in the cells."""
    side = min(max(4.4, 0.55 * classes + 1.6), 8.5)
    return (side + 2.0, side)


def _drawn(draw: Draw, size: tuple[float, float]) -> Picture | None:
    figure = Figure(figsize=size, layout="constrained")
    try:
        display = draw(ax=figure.subplots())
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
