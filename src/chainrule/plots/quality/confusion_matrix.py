"""Which class was taken for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from chainrule.errors import InputError
from chainrule.explanation.diagnosing._finding import counted
from chainrule.mathematics.arrays import Array
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import named, style
from chainrule.plots._words import amount, headline, share, told
from chainrule.plots.quality._cells import draw_cells, has_room
from chainrule.plots.quality._predictions import Decisions, decisions_of, given_decisions

__all__ = ["Confusion", "ConfusionMatrix"]

# Beyond so many classes a cell of a page's width has no room for its numbers.
_MOST = 10


@dataclass(frozen=True)
class Confusion:
    """One class that was taken for another.

    Attributes
    ----------
    true, predicted : object
        The classes.
    count : float
        In how many rows, or the sum of their weights.
    share : float
        Of the rows of the true class.
    """

    true: Any
    predicted: Any
    count: float
    share: float


class ConfusionMatrix:
    r"""A picture of how many rows of each class were predicted to be of which.

    .. math:: C_{ij} = \sum_{n: y_n = i,\ \hat y_n = j} w_n

    Rows are the true classes, columns the predicted ones. A cell holds how many rows, and which
    share of the true class they are; at the margins stand recall, :math:`C_{ii} / \sum_j C_{ij}`,
    and precision, :math:`C_{jj} / \sum_i C_{ij}`. Use :meth:`from_estimator` or
    :meth:`from_predictions`.

    Parameters
    ----------
    confusion_matrix : array of shape (k, k)
        :math:`C`.
    classes : sequence of length k
        In the order of its rows and columns.
    weighted : bool
        Whether these are sums of weights rather than numbers of rows.

    Attributes
    ----------
    confusion_matrix : array of shape (k, k)
        Numbers of rows, or sums of their weights.
    classes : tuple of length k
        In the order of its rows and columns.
    shares : array of shape (k, k)
        Of each true class; NaN for a class that does not occur.
    recall, precision : array of shape (k,)
        NaN for a class that does not occur, or is never predicted.
    accuracy : float
        Share of all rows that were right.
    worst : Confusion or None
        The confusion of the most rows; None where there is none.
    figure_, ax_ : Figure, Axes
        Where it was drawn.
    image_ : AxesImage
        The colors of the cells.
    texts_ : list of Text
        What is written in cells and margins; empty in a heat map.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> seen = ["cat", "cat", "cat", "dog", "dog"]
    >>> said = ["cat", "cat", "dog", "dog", "dog"]
    >>> display = ConfusionMatrix.from_predictions(seen, said, ax=Figure().subplots())
    >>> display.confusion_matrix.tolist(), display.recall.round(2).tolist()
    ([[2, 1], [0, 2]], [0.67, 1.0])
    >>> display.worst
    Confusion(true='cat', predicted='dog', count=1, share=0.3333333333333333)

    Notes
    -----
    The numbers are those of :func:`sklearn.metrics.confusion_matrix`.
    """

    figure_: Figure
    ax_: Axes
    image_: Any
    texts_: list[Any]

    def __init__(self, confusion_matrix: Any, *, classes: Any, weighted: bool = False) -> None:
        self.confusion_matrix: NDArray[Any] = np.asarray(confusion_matrix)
        self.classes = tuple(classes)
        self.weighted = weighted

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        fold: bool = True,
        ax: Any = None,
    ) -> Self:
        """Let a classifier predict rows, count, and draw.

        Parameters
        ----------
        model : estimator
            Any fitted classifier, a Pipeline, or a model from a file.
        X : array or table of shape (n, d)
            Rows as the model takes them; best those of a test part.
        y : array or column of shape (n,)
            Their classes.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        fold, ax
            As for :meth:`plot`.

        Returns
        -------
        ConfusionMatrix

        Raises
        ------
        InputError
            The model predicts no classes; rows, labels or weights do not fit one another or it.
        sklearn.exceptions.NotFittedError
            The model is not fitted.
        """
        found = decisions_of(model, X, y, sample_weight=sample_weight, asker=cls.__name__)
        return cls._of(found).plot(fold=fold, ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        classes: Any = None,
        sample_weight: Any = None,
        fold: bool = True,
        ax: Any = None,
    ) -> Self:
        """Count what was predicted, and draw.

        Parameters
        ----------
        y_true : array or column of shape (n,)
            What is right.
        y_pred : array of shape (n,), or of numbers of shape (n, k)
            Predicted classes; or their probabilities, of which the largest decides.
        classes : sequence of length k, optional
            All classes, in the order of the probabilities; by default those that occur, sorted.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        fold, ax
            As for :meth:`plot`.

        Returns
        -------
        ConfusionMatrix

        Raises
        ------
        InputError
            They do not fit one another.
        """
        found = given_decisions(y_true, y_pred, classes=classes, sample_weight=sample_weight)
        return cls._of(found).plot(fold=fold, ax=ax)

    @classmethod
    def _of(cls, found: Decisions) -> Self:
        k = len(found.classes)
        counts = confusion_matrix(
            found.true,
            found.predicted,
            labels=np.arange(max(k, 2)),  # of one class alone it warns
            sample_weight=found.weights,
        )
        return cls(counts[:k, :k], classes=found.classes, weighted=found.weights is not None)

    @property
    def shares(self) -> Array:
        """Of each true class, shape (k, k); NaN for a class that does not occur."""
        return _parts(self.confusion_matrix, self.confusion_matrix.sum(axis=1)[:, None])

    @property
    def recall(self) -> Array:
        """Share of each true class that was found, shape (k,)."""
        return _parts(np.diag(self.confusion_matrix), self.confusion_matrix.sum(axis=1))

    @property
    def precision(self) -> Array:
        """Share of each predicted class that was right, shape (k,)."""
        return _parts(np.diag(self.confusion_matrix), self.confusion_matrix.sum(axis=0))

    @property
    def accuracy(self) -> float:
        """Share of all rows that were right."""
        return float(np.trace(self.confusion_matrix) / self.confusion_matrix.sum())

    @property
    def worst(self) -> Confusion | None:
        """The confusion of the most rows; of several the one of the larger share."""
        wrong = self.confusion_matrix * ~np.eye(len(self.classes), dtype=bool)
        if not wrong.any():
            return None
        places = np.argwhere(wrong == wrong.max())
        true, predicted = max(places, key=lambda at: float(self.shares[tuple(at)])).tolist()
        return Confusion(
            self.classes[true],
            self.classes[predicted],
            wrong[true, predicted].item(),
            float(self.shares[true, predicted]),
        )

    @property
    def alt_text(self) -> str:
        """What the picture shows, in a sentence or two."""
        counts, worst = self.confusion_matrix, self.worst
        start = (
            f"Confusion matrix of {self._rows()} in {len(self.classes)} classes: "
            f"{share(self.accuracy)} right."
        )
        if worst is None:
            return f"{start} No class was taken for another."
        whole = counts[self.classes.index(worst.true)].sum()
        return (
            f"{start} The most frequent mistake: {amount(worst.count)} of the {amount(whole)} "
            f"{'weight' if self.weighted else 'rows'} of {told(worst.true)} ({share(worst.share)}) "
            f"taken for {told(worst.predicted)}."
        )

    def _rows(self) -> str:
        total = self.confusion_matrix.sum()
        return f"a total weight of {amount(total)}" if self.weighted else counted(total, "row")

    def plot(self, *, fold: bool = True, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        fold : bool
            Whether, of more than ten classes, those with the most mistakes are drawn with their
            numbers and the others together; if not, all of them are drawn in a heat map without
            numbers, as they are where the axes have no room.
        ax : matplotlib Axes, optional
            By default those of a new figure.

        Returns
        -------
        ConfusionMatrix
            Itself.

        Raises
        ------
        InputError
            The axes are none; there are no rows to draw.
        """
        if not self.confusion_matrix.sum() > 0:
            raise InputError("there are no rows to draw a confusion matrix of")
        folded = fold and len(self.classes) > _MOST
        with style():
            rows = min(len(self.classes), _MOST if fold else 99)
            size = (6.4, float(np.clip(1.9 + 0.48 * (rows + 1), 4.0, 7.2)))
            self.ax_ = panels(ax, size=size)[0]
            self.figure_ = figure_of(self.ax_)
            shown = self._folded() if folded else self
            numbers = len(shown.classes) <= _MOST and has_room(self.ax_, shown._names())
            folded = folded and numbers
            shown = shown if numbers else self
            self.image_, self.texts_ = draw_cells(
                self.ax_,
                counts=shown.confusion_matrix,
                shares=shown.shares,
                margins=(self._recalls(shown), self._precisions(shown)),
                names=shown._names(),
                numbers=numbers,
            )
            self._say(folded=folded)
        return self

    def _names(self) -> list[str]:
        return [named(name, most=18) for name in self.classes]

    def _say(self, *, folded: bool) -> None:
        unit = "weight" if self.weighted else "rows"
        lines = [f"{share(self.accuracy)} of {self._rows()} right."]
        if self.texts_:
            lines[0] += f" In a cell: {unit}, and share of the true class."
        else:
            lines.append("No room for numbers: light is a large share of the true class.")
            if (worst := self.worst) is not None:
                lines.append(
                    f"Most often, {amount(worst.count)} {unit} of {named(worst.true)} were taken "
                    f"for {named(worst.predicted)}."
                )
        if folded:
            others = len(self.classes) - _MOST + 1
            lines.append(
                f"Drawn are the {_MOST - 1} of {len(self.classes)} classes with the most mistakes; "
                f"the {others} others together."
            )
        headline(self.ax_, "Confusion matrix", *lines)

    # ------------------------------------------------------------------------ many classes

    def _kept(self) -> NDArray[np.int64]:
        """Return the places of the classes that take part in the most mistakes, in their order."""
        wrong = self.confusion_matrix * ~np.eye(len(self.classes), dtype=bool)
        mistakes = wrong.sum(axis=0) + wrong.sum(axis=1)
        return np.sort(np.argsort(-mistakes, kind="stable")[: _MOST - 1])

    def _groups(self) -> Array:
        """Return 1 where a class (row) is drawn in a group (column), the last of them the rest."""
        kept, k = self._kept(), len(self.classes)
        groups = np.zeros((k, len(kept) + 1), dtype=self.confusion_matrix.dtype)
        groups[kept, np.arange(len(kept))] = 1
        groups[:, -1] = groups.sum(axis=1) == 0
        return groups

    def _folded(self) -> ConfusionMatrix:
        groups = self._groups()
        counts = groups.T @ self.confusion_matrix @ groups
        names = [self.classes[place] for place in self._kept()]
        others = f"{len(self.classes) - len(names)} others"
        return ConfusionMatrix(counts, classes=[*names, others], weighted=self.weighted)

    def _recalls(self, shown: ConfusionMatrix) -> Array:
        return self._right_of(shown, shown.confusion_matrix.sum(axis=1))

    def _precisions(self, shown: ConfusionMatrix) -> Array:
        return self._right_of(shown, shown.confusion_matrix.sum(axis=0))

    def _right_of(self, shown: ConfusionMatrix, wholes: Array) -> Array:
        """Return shares that were right: of the rest, each class taken for itself only."""
        right = np.diag(self.confusion_matrix)
        return _parts(right if shown is self else self._groups().T @ right, wholes)


def _parts(counts: Array, wholes: Array) -> Array:
    """Divide; NaN where there is nothing to divide by."""
    wholes = np.broadcast_to(wholes, counts.shape)
    nothing = np.full(counts.shape, np.nan)
    return np.asarray(np.divide(counts, wholes, out=nothing, where=wholes > 0))
