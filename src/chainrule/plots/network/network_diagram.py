"""A network as nodes and edges, with the values of a row running through it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation.worked._notation import text_number
from chainrule.explanation.worked._subject import Subject, open_subject
from chainrule.mathematics.arrays import Array
from chainrule.network import Trace
from chainrule.network.passes import feedforward
from chainrule.plots._axes import figure_of, panels, room_of
from chainrule.plots._style import named, style
from chainrule.plots.network._diagram_drawing import draw
from chainrule.plots.network._diagram_layout import Shown, fold
from chainrule.plots.network._diagram_sheet import Sheet, most_in, write
from chainrule.plots.network._opened import importances, in_our_terms, open_network

__all__ = ["NetworkDiagram"]

# Of an answer of several numbers or labels, so many are written.
_TOLD = 4
_ASKER = "NetworkDiagram"
# Sizes of letters to be tried on given axes, 1 being that of all pictures.
_LETTERS = (1.0, 0.85, 0.7)


class NetworkDiagram:
    r"""A network's nodes and edges: every weight a line, every bias a square.

    A line is as wide as its weight is large; a positive one is solid and orange, a negative one
    dashed and blue. With a row's values each node holds its number, x, h or ŷ, and a line is as
    wide as what it carries: the contribution w·h to the next node's z = Σ w·h + b. Of wide layers
    the most important nodes are drawn and the rest is counted: without a row those with the longest
    weights, into the node times out of it; with one those whose value times the length of the
    weights out of it is largest.

    Parameters
    ----------
    weights : sequence of array of shape (inputs, outputs)
        W of each layer.
    biases : sequence of array of shape (outputs,)
        b of each layer.
    activations : sequence of str
        Of each layer, the output's last.
    inputs, outputs : sequence of str, optional
        What the ends are called.
    values : sequence of array, optional
        x, h of each hidden layer, and ŷ, of one row.
    row : int, optional
        What that row is called.
    answer : str
        What it comes to, in words.
    answer_places : sequence of int
        Which outputs are the answer.
    most_nodes : int, optional
        Of a layer draw so many at most; by default 12, or 8 with values.

    Attributes
    ----------
    weights, biases, values, inputs, outputs, activations, row, answer, answer_places
        As they were given, arrays in float64.
    shown_ : tuple of Shown
        Of each layer which nodes are drawn (``places``, counted from 0), and how many are not
        (``rest``).
    edges_ : list of LineCollection
        Of each layer, the widths as wide as the weights or contributions are large.
    nodes_ : list of PathCollection or PatchCollection
        Of each layer, the inputs first.
    figure_, ax_
        Where it was drawn.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from chainrule import LogisticRegression
    >>> model = LogisticRegression(solver="gd").initialize([[1.0, 2.0], [2.0, 0.0]], [0, 1])
    >>> diagram = NetworkDiagram.from_estimator(
    ...     model, X=[[3.0, 1.0]], row=0, ax=Figure().subplots()
    ... )
    >>> [value.tolist() for value in diagram.values]
    [[3.0, 1.0], [0.5]]
    """

    def __init__(
        self,
        weights: Sequence[Array],
        biases: Sequence[Array],
        *,
        activations: Sequence[str],
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        values: Sequence[Array] | None = None,
        row: int | None = None,
        answer: str = "",
        answer_places: Sequence[int] = (),
        most_nodes: int | None = None,
    ) -> None:
        self.weights = tuple(np.asarray(w, np.float64) for w in weights)
        self.biases = tuple(np.asarray(b, np.float64) for b in biases)
        self.activations = tuple(activations)
        self.inputs = None if inputs is None else tuple(inputs)
        self.outputs = ("",) * self.sizes[-1] if outputs is None else tuple(outputs)
        self.values = None if values is None else tuple(np.asarray(v, np.float64) for v in values)
        self.row = row
        self.answer = answer
        self.answer_places = tuple(answer_places)
        self.most_nodes = most_nodes

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        *,
        X: Any = None,
        row: int | None = None,
        most_nodes: int | None = None,
        ax: Any = None,
    ) -> Self:
        """Draw the network in a model, and what one row makes of it.

        Parameters
        ----------
        model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
            With a network of chainrule, or scikit-learn's MLPClassifier or MLPRegressor, that has
            weights.
        X : array, sparse matrix or table of shape (n, d), or array of shape (d,), optional
            Rows as the model takes them, or one row.
        row : int, optional
            Which row of X to send through, counted from 0; not needed if X is but one.
        most_nodes : int, optional
            Of a layer draw so many at most; by default 12, or 8 with a row's values.
        ax : matplotlib Axes, optional
            Where to draw; by default on a new figure of the size it takes. On given axes there are
            no more nodes than there is room for.

        Returns
        -------
        NetworkDiagram

        Raises
        ------
        InputError
            There is no such network, no such row, a cell cannot be read, or a weight is infinite.
        sklearn.exceptions.NotFittedError
            The network has no weights yet.
        """
        opened = open_network(model, _ASKER)
        told: dict[str, Any] = {}
        if X is not None or row is not None:
            if X is None:
                raise InputError(f"row={row} without X: give the rows that it is one of")
            subject, trace = _run(model, X, row)
            answer, places = _answer(subject, trace, opened.outputs)
            values = tuple(part[0] for part in (trace.x, *trace.h))
            told = {"values": values, "row": subject.rows[0]}
            told |= {"answer": answer, "answer_places": places}
        return cls(
            opened.weights,
            opened.biases,
            activations=opened.activations,
            inputs=opened.inputs,
            outputs=opened.outputs,
            most_nodes=most_nodes,
            **told,
        ).plot(ax=ax)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many nodes each layer has, the inputs first."""
        return (len(self.weights[0]), *(w.shape[1] for w in self.weights))

    @property
    def carried(self) -> tuple[Array, ...]:
        """What the edges show: the contributions w·h of a row, or the weights."""
        if self.values is None:
            return self.weights
        pairs = zip(self.values, self.weights, strict=False)
        return tuple(h[:, None] * w for h, w in pairs)

    @property
    def importance(self) -> tuple[Array, ...]:
        """By what nodes are chosen, one number for each, the inputs' first."""
        if self.values is None:
            return importances(self.weights)
        out = [np.linalg.norm(w, axis=1) for w in self.weights]
        ends = (*out, np.ones(self.sizes[-1]))
        return tuple(np.abs(h) * w for h, w in zip(self.values, ends, strict=True))

    @property
    def title(self) -> str:
        """What stands above it."""
        if self.values is None:
            return f"Network of {'–'.join(map(str, self.sizes))} nodes"
        return f"Row {self.row}: {self.answer}"

    def plot(self, *, ax: Any = None, most_nodes: int | None = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where; by default on a new figure.
        most_nodes : int, optional
            Of a layer draw so many at most.

        Returns
        -------
        self

        Raises
        ------
        InputError
            ``most_nodes`` is less than 1, or ``ax`` are no axes.
        """
        most = _checked(self.most_nodes if most_nodes is None else most_nodes)
        with style():
            given = None if ax is None else panels(ax)[0]
            if given is not None:
                given.set_axis_off()
            self.shown_, sheet, letters = self._fit(room_of(given), most)
            self.ax_ = panels(size=sheet.size)[0] if given is None else given
            self.figure_ = figure_of(self.ax_)
            with style(letters):
                artists = draw(self, self.shown_, sheet, self.ax_)
        self.edges_, self.nodes_ = artists.edges, artists.nodes
        self.texts_ = artists.texts
        return self

    def _fit(
        self, room: tuple[float, float] | None, most: int | None
    ) -> tuple[tuple[Shown, ...], Sheet, float]:
        """Find what there is room for, with smaller letters on axes that are small."""
        if room is not None:
            for letters in _LETTERS:
                # Small letters on small axes are usual ones on larger axes.
                with suppress(InputError):
                    larger = (room[0] / letters, room[1] / letters)
                    return *self._lay_out(larger, most), letters
        return *self._lay_out(room, most), 1.0

    def _lay_out(
        self, room: tuple[float, float] | None, most: int | None
    ) -> tuple[tuple[Shown, ...], Sheet]:
        shown = fold(self.importance, most_in(self, room, most), self.answer_places)
        return shown, write(self, shown, room)

    @property
    def alt_text(self) -> str:
        """What the picture shows, in words."""
        functions = ", ".join(self.activations)
        sizes = "–".join(map(str, self.sizes))
        flat = np.concatenate([w.ravel() for w in self.weights])
        said = (
            f"Diagram of a network of {sizes} nodes ({functions}); its weights reach from "
            f"{text_number(flat.min(), 3)} to {text_number(flat.max(), 3)}."
        )
        if self.values is None:
            return said
        return f"{said} Row {self.row} runs through it: {self.answer}."


def _checked(most: int | None) -> int | None:
    whole = most is None or (isinstance(most, int | np.integer) and not isinstance(most, bool))
    if not whole or (most is not None and most < 1):
        raise InputError(f"most_nodes={most!r}: give how many nodes of a layer to draw, 1 or more")
    return most


def _run(model: Any, X: Any, row: int | None) -> tuple[Subject, Trace]:
    """Send one row through, by the passes that an explanation shows."""
    subject = open_subject(in_our_terms(model, _ASKER), X, None, row=row)
    if len(subject.rows) != 1:
        count = len(subject.rows)
        raise InputError(f"the values of one row are drawn, not of {count}: say which with row=")
    problem = subject.problem
    parameters = problem.model._flatten(problem.network, np.float64)
    return subject, feedforward(problem.network, parameters, problem.x.astype(np.float64))


def _answer(
    subject: Subject, trace: Trace, outputs: tuple[str, ...]
) -> tuple[str, tuple[int, ...]]:
    """Say what the row comes to, and which outputs say so."""
    prediction, loss = trace.prediction[0], subject.problem.network.loss
    if not subject.classifies:
        return _amount(subject, prediction, outputs), tuple(range(len(prediction)))
    if len(prediction) == 1:
        second = float(prediction[0])
        if len(subject.classes) == 1:
            first = subject.classes[0] if second >= 0.5 else f"not {subject.classes[0]}"
        else:
            first = subject.classes[int(second >= 0.5)]
        sure = "" if loss == "perceptron" else _probability(max(second, 1 - second))
        return f"the answer is {named(first)}{sure}", (0,)
    if loss == "log_loss":
        on = np.flatnonzero(prediction >= 0.5).tolist()
        told = ", ".join(named(subject.classes[i]) for i in on[:_TOLD]) or "none of the labels"
        return f"the answer is {told}{', …' if len(on) > _TOLD else ''}", tuple(on)
    best = int(np.argmax(trace.z[-1][0]))
    sure = "" if loss == "perceptron" else _probability(prediction[best])
    return f"the answer is {named(subject.classes[best])}{sure}", (best,)


def _probability(share: float) -> str:
    return f" (probability {text_number(share, 4)})"


def _amount(subject: Subject, prediction: Array, outputs: tuple[str, ...]) -> str:
    """Say which number, or numbers, are predicted."""

    def told(numbers: Array) -> str:
        more = ", …" if len(numbers) > _TOLD else ""
        return ", ".join(text_number(number, 4) for number in numbers[:_TOLD]) + more

    name = named(outputs[0]) if len(outputs) == 1 and outputs[0] else "ŷ"
    if subject.in_units is None:
        return f"{name} = {told(prediction)}"
    own = told(np.ravel(subject.in_units(prediction[None])))
    return f"{name} = {own} (scaled: ŷ = {told(prediction)})"
