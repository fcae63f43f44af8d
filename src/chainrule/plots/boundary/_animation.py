"""A decision boundary that moves: one picture for each of some epochs of a training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.estimators.weight_recorder import WeightRecorder
from chainrule.explanation._parts import Parts
from chainrule.mathematics.arrays import Array
from chainrule.plots._style import style
from chainrule.plots.boundary._answers import (
    Answers,
    answers_over,
    numbers_of,
    open_model,
    over,
    targets_of,
)
from chainrule.plots.boundary._encoded import encoded
from chainrule.plots.boundary._moving_pictures import (
    check_ending,
    html_page,
    in_notebook,
    write_frames,
)
from chainrule.plots.boundary._node_lines import (
    NodeLine,
    check_no_category,
    first_layer,
    node_lines,
)
from chainrule.plots.boundary._plane import Plane, find_rows, make_plane
from chainrule.plots.boundary.decision_boundary import DecisionBoundary

__all__ = ["BoundaryAnimation", "animate", "chosen_epochs"]

_SIZE, _DPI = (6.0, 4.2), 90
# How much longer the last picture stands, in seconds.
_LAST = 1.5


@dataclass(eq=False, kw_only=True)
class BoundaryAnimation:
    """A decision boundary at some epochs of a training.

    Attributes
    ----------
    frames : list of DecisionBoundary
        One for each epoch, each with what the network predicted after it.
    epochs : list of int
        Which ones; 0 is before the first step.
    losses : array of shape (frames,)
        The mean error of the rows: cross-entropy of classes, half the squared error of numbers;
        NaN for a model without probabilities.
    scores : array of shape (frames,)
        Accuracy, or R².
    seconds : float
        How long it runs.
    """

    frames: list[DecisionBoundary]
    epochs: list[int]
    losses: Array
    scores: Array
    seconds: float
    _drawn: list[NDArray[np.uint8]] = field(init=False, repr=False, default_factory=list)

    def save(self, path: str | PathLike[str]) -> None:
        """Write it as ``.gif``, ``.html`` or ``.mp4``; a failure leaves what was there.

        Parameters
        ----------
        path : str or Path
            The file.

        Raises
        ------
        InputError
            Another ending; a file that cannot be written; ``.mp4`` without ffmpeg.
        """
        check_ending(path)
        write_frames(path, self.pictures(), self.durations, self.told, self.alt_text)

    @property
    def durations(self) -> list[float]:
        """How long each picture stands, in seconds."""
        each = self.seconds / len(self.frames)
        return [*[each] * (len(self.frames) - 1), each + _LAST]

    @property
    def told(self) -> list[str]:
        """What is written over each picture: epoch, loss and score."""
        name = "R²" if self.frames[0].classes is None else "accuracy"
        texts = []
        for epoch, loss, score in zip(self.epochs, self.losses, self.scores, strict=True):
            error = "" if np.isnan(loss) else f" · loss {_short(loss)}"
            shown = f"{score:.2f}" if name == "R²" else f"{score:.1%}"
            texts.append(f"Epoch {epoch}{error} · {name} {shown}")
        return texts

    @property
    def alt_text(self) -> str:
        """What is shown, in words."""
        return (
            f"An animation of {len(self.frames)} pictures, from {self.told[0].lower()} to "
            f"{self.told[-1].lower()}. The last one: {self.frames[-1].alt_text}"
        )

    def pictures(self) -> list[NDArray[np.uint8]]:
        """Return every picture, of shape (height, width, 3), 0 to 255."""
        if not self._drawn:
            self._drawn = list(self._draw())
        return self._drawn

    def _draw(self) -> Iterator[NDArray[np.uint8]]:
        figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
        canvas: Any = FigureCanvasAgg(figure)
        # One range of numbers and one legend for all, so that nothing but the model moves.
        first = copy(max(self.frames, key=lambda frame: frame.n_wrong))
        first.title, levels = self.told[-1], self._levels()
        with style():
            first.plot(ax=figure.subplots(), levels=levels)
        canvas.draw()
        figure.set_layout_engine("none")
        for frame, text in zip(self.frames, self.told, strict=True):
            for artist in (*first.ground_, *first.rings_):
                artist.remove()
            first.heading_.set_text(text)
            frame.ax_ = first.ax_
            with style():
                frame.draw_predictions(levels)
            first.ground_, first.rings_ = frame.ground_, frame.rings_
            canvas.draw()
            yield np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def _levels(self) -> Array | None:
        every = [levels for frame in self.frames if (levels := frame.levels()) is not None]
        return max(every, key=lambda levels: float(np.ptp(levels))) if every else None

    def _repr_html_(self) -> str:
        """Play it in a notebook."""
        return in_notebook(html_page(self.pictures(), self.durations, self.told, self.alt_text))


def _short(loss: float) -> str:
    return f"{loss:.3f}" if 0.001 <= abs(loss) < 1000 else f"{loss:.3g}"


# ---------------------------------------------------------------------- what is shown


def animate(
    recorder: WeightRecorder,
    X: Any,
    y: Any,
    *,
    model: Any,
    path: str | PathLike[str] | None,
    frames: int,
    seconds: float,
    features: Sequence[str | int] | None,
    held_at: Mapping[str | int, Any] | None,
    resolution: int,
    nodes: bool,
) -> BoundaryAnimation:
    """Compute what :meth:`DecisionBoundary.animate` shows."""
    if path is not None:
        check_ending(path)
    _check_asked(recorder, frames, seconds)
    last = recorder.model_at(recorder.epochs[-1])
    parts, classes = open_model(last if model is None else model, "animate")
    _check_same_network(parts.network, last)
    right, name = targets_of(y, classes, len(find_rows(parts, X)))
    if right is None:
        raise InputError("animate needs y, for the loss and the score of every epoch")
    plane = make_plane(
        *(parts, X, right), features=features, held_at=held_at, resolution=resolution
    )
    maker = _FrameMaker.of(parts, plane, right, classes, nodes=nodes)
    epochs = chosen_epochs(recorder.epochs, frames)
    made = [maker(recorder.model_at(epoch)) for epoch in epochs]
    for frame, _, _ in made:
        frame.target_name = name
    return BoundaryAnimation(
        frames=[frame for frame, _, _ in made],
        epochs=epochs,
        losses=np.array([loss for _, loss, _ in made]),
        scores=np.array([score for _, _, score in made]),
        seconds=float(seconds),
    )


def _check_asked(recorder: Any, frames: Any, seconds: Any) -> None:
    if not isinstance(recorder, WeightRecorder):
        raise InputError(
            f"animate takes the WeightRecorder that followed a fit, not {type(recorder).__name__}"
        )
    _ = recorder.path  # says it where there are no epochs
    if isinstance(frames, bool) or not isinstance(frames, int | np.integer) or frames < 2:
        raise InputError(f"frames must be a whole number of at least 2, not {frames!r}")
    if not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        raise InputError(f"seconds must be a number above 0, up to 3600, not {seconds!r}")


def _check_same_network(network: Any, recorded: Any) -> None:
    shapes = [
        [np.shape(weights) for weights in getattr(one, "coefs_", ())] for one in (network, recorded)
    ]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"the recorder followed a network with weights of shapes {shapes[1]}, and the one in "
            f"the model has {shapes[0]}; give the model that was fitted with this recorder"
        )


def chosen_epochs(epochs: Sequence[int], frames: int) -> list[int]:
    """Choose epochs: the first and the last, and between them by leaps that grow.

    Examples
    --------
    >>> chosen_epochs(range(1001), 8)
    [0, 2, 6, 18, 51, 138, 372, 1000]
    """
    count = len(epochs)
    if count <= frames:
        return list(epochs)
    places: NDArray[np.int64] = np.arange(0)
    # Where leaps are less than one epoch long, several are the same: ask for more of them.
    for tried in range(frames, 50 * frames):
        found = np.unique(np.round(np.geomspace(1, count, tried)).astype(np.int64) - 1)
        if len(found) > frames:
            break
        places = found
    return [epochs[place] for place in places.tolist()]


@dataclass(frozen=True, eq=False, kw_only=True)
class _FrameMaker:
    """What stays the same in all frames, so that each is but one pass through the network."""

    parts: Parts
    plane: Plane
    right: NDArray[Any]
    classes: tuple[Any, ...] | None
    grid: Array
    rows: Array
    nodes: bool

    @classmethod
    def of(
        cls,
        parts: Parts,
        plane: Plane,
        right: NDArray[Any],
        classes: tuple[Any, ...] | None,
        *,
        nodes: bool,
    ) -> _FrameMaker:
        if nodes:
            check_no_category(plane)

        def known(table: Any) -> Array:
            return encoded(parts.steps, parts.network, table)

        return cls(
            parts=parts,
            plane=plane,
            right=right,
            classes=classes,
            grid=np.concatenate([known(table) for table in plane.tables()]),
            rows=known(plane.rows.table),
            nodes=nodes,
        )

    def __call__(self, network: Any) -> tuple[DecisionBoundary, float, float]:
        """Return the picture of this network, its loss and its score."""
        ground, known = self._ask(network, self.grid), self._ask(network, self.rows)
        lines: tuple[NodeLine, ...] = ()
        if self.nodes:
            layer = first_layer(network)
            lines = node_lines(layer, self.grid, self.rows, self.plane.x, self.plane.y)
        frame = DecisionBoundary(**over(self.plane, ground), classes=self.classes, nodes=lines)
        if self.classes is None or known.winners is None:
            frame.set_rows(self.plane, self.right, known.values)
            error = known.values - self.right
            return frame, float(np.mean(error**2) / 2), frame.r2
        predicted = np.array(self.classes, dtype=object)[known.winners]
        frame.set_rows(self.plane, self.right, predicted)
        return (
            frame,
            _cross_entropy(known, self.right, self.classes),
            1 - frame.n_wrong / len(self.right),
        )

    def _ask(self, network: Any, inputs: Array) -> Answers:
        network = copy(network)
        # The inputs are an array by now, whatever names the columns had.
        vars(network).pop("feature_names_in_", None)
        answers = answers_over(network, [inputs], self.classes)
        if self.classes is not None:
            return answers
        values = answers.values
        for transformer in reversed(self.parts.transformers):
            values = numbers_of(transformer.inverse_transform(values.reshape(-1, 1)))
        return Answers(kind="number", values=values, winners=None)


def _cross_entropy(answers: Answers, right: NDArray[Any], classes: tuple[Any, ...]) -> float:
    """Return the mean of −ln p of the right class; NaN without probabilities."""
    if answers.kind != "probability":
        return float("nan")
    places = {label: place for place, label in enumerate(classes)}
    true = np.array([places[label] for label in right.tolist()])
    own = answers.values[np.arange(len(true)), true].astype(np.float64)
    return float(-np.log(np.maximum(own, np.finfo(np.float32).tiny)).mean())
