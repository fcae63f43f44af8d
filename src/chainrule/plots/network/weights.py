"""What a layer's weights look like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.explanation.worked._notation import Symbol, text_number
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels, room_of
from chainrule.plots._style import named, style
from chainrule.plots.network._diagram_layout import wrapped
from chainrule.plots.network._image_inputs import ImageInputs, find_image, given_image
from chainrule.plots.network._opened import importances, layer_names, open_network
from chainrule.plots.network._weight_histograms import WeightHistograms
from chainrule.plots.network._weight_maps import (
    add_scale,
    arrange,
    draw_map,
    draw_pictures,
    most_pictures,
)

__all__ = ["Weights"]

_ASKER = "Weights"
# Of a layer so many nodes are drawn as pictures by default.
_MOST = 24
# So many pictures stand beside each other on a figure of its own.
_COLUMNS = 6
# What the title and the scale take, in points.
_TITLE, _SCALE = 44.0, 84.0
_KINDS = ("auto", "pictures", "map")
_SCALES = ("own", "common")


class Weights:
    r"""A layer's weights: a little picture for each node of image input, or a map.

    Node j's picture holds W[:, j] where the image has its pixels: light where a bright pixel raises
    the node's z, dark where it lowers it. The most important nodes come first: those with the
    longest weights, into the node times out of it.

    Parameters
    ----------
    weights : array of shape (inputs, nodes)
        Of the layer.
    importance : array of shape (nodes,)
        By what nodes are chosen and ordered.
    layer : int
        Which layer it is, counted from 0.
    layer_name : str
        What it is called.
    kind : {"pictures", "map"}
        How it is drawn.
    image_shape : (int, int), optional
        Rows and columns of a picture.
    pixels : array of shape (inputs,), optional
        Which pixel each input is, counted row by row; by default in their order.
    inputs, nodes : sequence of str, optional
        What the inputs and nodes are called; by default x₁ … and h¹₁ ….
    most : int, optional
        Draw so many nodes; by default all of a map, and 24 pictures or, on given axes, what there
        is room for.
    scale : {"own", "common"}
        Whether each picture's colors reach to its own largest weight or to that of all.

    Attributes
    ----------
    weights, importance, layer, layer_name, kind, image_shape, pixels, inputs, nodes, most, scale
        As they were given.
    shown_ : array of int
        Which nodes are drawn, in the order in which they are.
    images_ : list of AxesImage
        One for each picture, or the map.
    colorbar_ : Colorbar
        The scale.
    figure_, ax_
        Where it was drawn.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from chainrule import LogisticRegression
    >>> model = LogisticRegression(solver="gd").initialize([[1.0] * 16, [0.0] * 16], [0, 1])
    >>> picture = Weights.from_estimator(model, ax=Figure().subplots())
    >>> picture.kind, picture.image_shape
    ('pictures', (4, 4))
    """

    def __init__(
        self,
        weights: Array,
        importance: Array,
        *,
        layer: int = 0,
        layer_name: str = "layer 1",
        kind: str = "map",
        image_shape: tuple[int, int] | None = None,
        pixels: Sequence[int] | NDArray[np.int64] | None = None,
        inputs: Sequence[str] | None = None,
        nodes: Sequence[str] | None = None,
        most: int | None = None,
        scale: str = "own",
    ) -> None:
        self.weights = np.asarray(weights, np.float64)
        self.importance = np.asarray(importance, np.float64)
        self.layer, self.layer_name, self.kind = layer, layer_name, kind
        d, count = self.weights.shape
        self.image_shape = image_shape
        self.pixels = np.arange(d) if pixels is None else np.asarray(pixels)
        before, above = ("x", None) if layer == 0 else ("h", layer)
        self.inputs = tuple(inputs or (str(Symbol(before, above, (i + 1,))) for i in range(d)))
        self.nodes = tuple(nodes or (str(Symbol("h", layer + 1, (j + 1,))) for j in range(count)))
        self.most = most
        self.scale = scale

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        *,
        kind: str = "auto",
        image_shape: tuple[int, int] | None = None,
        layer: int = 0,
        most: int | None = None,
        scale: str = "own",
        ax: Any = None,
    ) -> Self:
        """Draw the weights of a layer of the network in a model.

        Parameters
        ----------
        model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
            With a network of chainrule, or scikit-learn's MLPClassifier or MLPRegressor, that has
            weights.
        kind : {"auto", "pictures", "map"}
            ``"auto"`` draws pictures of the first layer if its inputs are the pixels of an image.
        image_shape : (int, int), optional
            Rows and columns of the image. By default it is a square, if the number of inputs is
            one, is 16 or more, and the inputs have no names; or what their names say, if those only
            count them, such as pixel_0_0. Pixels that are no input stay empty.
        layer : int
            Which layer, counted from 0; −1 is the last.
        most : int, optional
            Draw the so many most important nodes; by default 24 pictures, and all nodes of a map.
        scale : {"own", "common"}
            Whether each picture's colors reach to its own largest weight, or to that of all.
        ax : matplotlib Axes, optional
            Where to draw; by default on a new figure.

        Returns
        -------
        Weights

        Raises
        ------
        InputError
            There is no such network or layer, the image has not as many pixels as the layer has
            inputs, or a setting is none of its choices.
        sklearn.exceptions.NotFittedError
            The network has no weights yet.
        """
        _check_choice("kind", kind, _KINDS)
        _check_choice("scale", scale, _SCALES)
        opened = open_network(model, _ASKER)
        place = _layer(layer, len(opened.weights))
        last = place == len(opened.weights) - 1
        weights = opened.weights[place]
        inputs = opened.inputs if place == 0 else None
        image = None
        if image_shape is not None:
            image = given_image(image_shape, len(weights), inputs)
        elif kind != "map" and place == 0:
            image = find_image(len(weights), inputs)
        if kind == "auto":
            kind = "map" if image is None else "pictures"
        if kind == "pictures" and image is None:
            raise InputError(
                f"the {len(weights)} inputs of layer {place} are not known to be an image: give "
                "image_shape=(rows, columns)"
            )
        names = opened.outputs if last and any(opened.outputs) else ("ŷ",) if last else None
        return cls(
            weights,
            importances(opened.weights)[place + 1],
            layer=place,
            layer_name=layer_names(len(opened.weights))[place],
            kind=kind,
            image_shape=None if image is None else image.shape,
            pixels=None if image is None else image.places,
            inputs=inputs,
            nodes=names,
            most=_checked(most),
            scale=scale,
        ).plot(ax=ax)

    @staticmethod
    def histograms(model: Any, X: Any, y: Any, *, recorder: Any = None, ax: Any = None) -> Any:
        """Draw how weights, activations and gradients are spread in each layer, or by epoch.

        The gradients are ∂E/∂W of the error without its penalties, on at most 2,000 rows (of more
        a sample, always the same; 500 by epoch).

        Parameters
        ----------
        model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
            As for :meth:`from_estimator`.
        X : array, sparse matrix or table of shape (n, d)
            Rows as the model takes them.
        y : array of shape (n,) or (n, k)
            Their right answers.
        recorder : WeightRecorder, optional
            What recorded the fit of this model; with it each quantity is drawn by epoch.
        ax : matplotlib Axes, or array of them, optional
            Three panels, or three for each layer that is drawn with a recorder; or one, in whose
            place they are put.

        Returns
        -------
        WeightHistograms
            A display that holds the numbers, with ``plot``.

        Raises
        ------
        InputError
            There is no such network, a cell cannot be read, or the recorder has no epochs or is of
            another network.
        sklearn.exceptions.NotFittedError
            The network has no weights yet.
        """
        return WeightHistograms.from_estimator(model, X, y, recorder=recorder, ax=ax)

    @property
    def _own(self) -> bool:
        """Whether each picture has a scale of its own."""
        return self.kind == "pictures" and self.scale == "own"

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where; by default on a new figure.

        Returns
        -------
        self

        Raises
        ------
        InputError
            ``ax`` are no axes.
        """
        with style():
            given = None if ax is None else panels(ax)[0]
            room = room_of(given)
            self.shown_ = self._choose(room)
            size = self._size()
            self.ax_ = panels(size=size)[0] if given is None else given
            self.figure_ = figure_of(self.ax_)
            room = room or (72 * size[0], 72 * size[1] - _TITLE)
            weights = self.weights[:, self.shown_]
            largest = float(np.abs(weights).max()) or 1.0
            if self.kind == "pictures":
                self._draw_pictures(weights, largest, room)
            else:
                names = (self.inputs, [self.nodes[j] for j in self.shown_])
                self.images_ = [draw_map(weights, names, largest, room, self.ax_)]
                self.ax_.set_xlabel("node" if self.layer_name != "output" else "output")
                self.ax_.set_ylabel("input" if self.layer == 0 else f"node of hidden {self.layer}")
            self.colorbar_ = add_scale(self.ax_, None if self._own else largest)
            wide = (wrapped(line, room[0], 12.0, bold=True) for line in self.title.split("\n"))
            self.ax_.set_title("\n".join(wide))
        return self

    def _choose(self, room: tuple[float, float] | None) -> NDArray[np.int64]:
        """Choose nodes: of pictures the most important first, otherwise in their order."""
        count = len(self.importance)
        if self.kind != "pictures":
            most = self.most or count
        elif self.most is None and room is not None:
            free = (room[0] - _SCALE, room[1])
            most = most_pictures(self._shape, free, min(count, _MOST), 1 + self._own)
        else:
            most = self.most or _MOST
        best = np.argsort(-self.importance, kind="stable")[:most]
        in_order = self.kind != "pictures" or self.layer_name == "output"
        return np.sort(best) if in_order else best

    def _draw_pictures(self, weights: Array, largest: float, room: tuple[float, float]) -> None:
        titles = [named(self.nodes[j], most=9) for j in self.shown_]
        tops = np.abs(weights).max(axis=0) if self._own else np.full(weights.shape[1], largest)
        if self._own:
            titles = [f"{a}\n±{text_number(b, 2)}" for a, b in zip(titles, tops, strict=True)]
        free = (room[0] - _SCALE, room[1])
        arranged = arrange(len(titles), self._shape, free, lines=1 + self._own)
        image = ImageInputs(self._shape, self.pixels)
        pictures = [image.picture(column) for column in weights.T]
        scales = [top or 1.0 for top in tops]
        self.images_ = draw_pictures(pictures, titles, scales, arranged, self.ax_)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.image_shape or (1, len(self.weights))

    def _size(self) -> tuple[float, float]:
        """Return the size of a figure of its own, in inches."""
        if self.kind == "map":
            return 6.4, float(np.clip(1.2 + 0.22 * len(self.inputs), 3.0, 6.4))
        high, wide = self._shape
        lines = math.ceil(len(self.shown_) / _COLUMNS)
        line = (6.4 - _SCALE / 72) / _COLUMNS * min(high / wide, 2.0) + 0.2 * (1 + self._own)
        return 6.4, _TITLE / 72 + max(lines * line, 2.0)

    @property
    def title(self) -> str:
        """What stands above it."""
        count, drawn = self.weights.shape[1], len(self.shown_)
        which = f"{drawn} of {count} nodes" if drawn < count else f"{count} nodes"
        said = f"Weights into {self.layer_name}: {'1 node' if count == 1 else which}"
        more = []
        if self.kind == "pictures":
            more = [] if self.layer_name == "output" else ["longest weights first"]
            more.append("each on its own scale" if self._own else "all on one scale")
        elif drawn < count:
            more = ["those with the longest weights"]
        return f"{said}\n{', '.join(more)}" if more else said

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        drawn = self.weights[:, self.shown_]
        how = "as a map of inputs and nodes"
        if self.image_shape is not None and self.kind == "pictures":
            high, wide = self.image_shape
            how = f"as a picture of {high} × {wide} pixels for each"
        flat = np.abs(drawn)
        i, j = np.unravel_index(int(flat.argmax()), flat.shape)
        return (
            f"{self.title.replace(chr(10), ', ')}, {how}; the largest is "
            f"{text_number(drawn[i, j], 3)}, from {named(self.inputs[i])} to "
            f"{named(self.nodes[self.shown_[j]])}."
        )


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name}={value!r}: choose one of {', '.join(map(repr, choices))}")


def _checked(most: Any) -> int | None:
    whole = isinstance(most, int | np.integer) and not isinstance(most, bool)
    if most is not None and (not whole or most < 1):
        raise InputError(f"most={most!r}: give how many nodes to draw, 1 or more")
    return None if most is None else int(most)


def _layer(layer: Any, count: int) -> int:
    """Return a layer's number counted from 0."""
    whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    if not whole or not -count <= layer < count:
        last = "0 alone" if count == 1 else f"0 to {count - 1}"
        raise InputError(f"there is no layer {layer!r}: the network has {count}, numbered {last}")
    return int(layer) % count
