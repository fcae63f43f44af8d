"""What comes of each threshold: the ROC curve, and precision against recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule.errors import InputError
from chainrule.plots._axes import figure_of, panels
from chainrule.plots._style import named, style
from chainrule.plots._truth import find_place
from chainrule.plots._words import headline, share, told
from chainrule.plots.quality._predictions import Scores, given_scores, scores_of
from chainrule.plots.quality._rate_curves import NamedMark, draw_rates, told_threshold
from chainrule.plots.quality._rates import Mark, Rates, macro_average, rates_of
from chainrule.tables.names import listed

__all__ = ["Mark", "Rates", "ThresholdCurves"]

_MEASURES = {"f1": "best F1", "youden": "best Youden"}


class ThresholdCurves:
    r"""The ROC curve and the precision–recall curve, side by side.

    Rows with a score of the threshold or more are taken for the class; TP of them are, FP are not.

    .. math::
        \text{recall} = \frac{TP}{P}, \quad \text{false positive rate} = \frac{FP}{N}, \quad
        \text{precision} = \frac{TP}{TP + FP}, \quad
        F_1 = \frac{2 \cdot \text{precision} \cdot \text{recall}}{\text{precision} + \text{recall}}

    AUC, the area under the ROC curve, is the chance that a row of the class has a higher score than
    another; average precision is the mean precision over all recalls. Of more than two classes each
    is drawn against the rest, faintly, and their mean. Use :meth:`from_estimator` or
    :meth:`from_predictions`.

    Parameters
    ----------
    curves : sequence of Rates
        One class each: all those of which there are rows.
    classes : sequence of length k
        All classes.
    probable : bool
        Whether thresholds are probabilities.
    several : bool
        Whether a row may have several labels.
    best : {"f1", "youden"}
        Which threshold is the best one: that of the largest F1, or of the largest
        recall − false positive rate.

    Attributes
    ----------
    curves : tuple of Rates
        With the arrays ``fpr``, ``tpr``, ``thresholds``, ``precision``, ``recall``,
        ``precision_thresholds``, and the numbers ``roc_auc``, ``average_precision`` and ``base``.
    average : Rates or None
        The mean of several curves.
    roc_auc, average_precision : float
        Of the one curve, or the means of several.
    default_mark, best_mark : Mark or None
        What comes of the threshold that ``predict`` goes by, and of the best one; None where there
        is no such threshold, or where there are several curves.
    figure_, axes_ : Figure, list of two Axes
        Where it was drawn.
    lines_ : list of Line2D
        The curves of the first panel, then those of the second.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> display = ThresholdCurves.from_predictions(
    ...     [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], ax=Figure().subplots(1, 2)
    ... )
    >>> display.roc_auc, round(display.average_precision, 3)
    (0.75, 0.833)
    >>> display.best_mark.threshold, round(display.best_mark.f1, 3)
    (0.35, 0.8)

    Notes
    -----
    Fawcett (2006), An introduction to ROC analysis; Davis & Goadrich (2006), The relationship
    between precision–recall and ROC curves; Youden (1950), Index for rating diagnostic tests. The
    numbers are scikit-learn's.
    """

    figure_: Figure
    axes_: list[Axes]
    lines_: list[Any]

    def __init__(
        self,
        curves: Sequence[Rates],
        *,
        classes: Any,
        probable: bool = True,
        several: bool = False,
        best: str = "f1",
    ) -> None:
        self.curves = tuple(curves)
        self.classes = tuple(classes)
        self.probable = probable
        self.several = several
        self.best = best

    @classmethod
    def from_estimator(
        cls,
        model: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        class_: Any = None,
        best: str = "f1",
        ax: Any = None,
    ) -> Self:
        """Let a classifier predict probabilities, or scores, and draw what thresholds do.

        Parameters
        ----------
        model : estimator
            Any fitted classifier with ``predict_proba`` or ``decision_function``, a Pipeline, or a
            model from a file.
        X : array or table of shape (n, d)
            Rows as the model takes them; best those of a test part.
        y : array or column of shape (n,), or indicator matrix of shape (n, k)
            Their classes.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        class_, best, ax
            As for :meth:`from_predictions`.

        Returns
        -------
        ThresholdCurves

        Raises
        ------
        InputError
            The model gives neither; rows, labels or weights do not fit one another or it; there is
            no such class, or rows of one class only.
        sklearn.exceptions.NotFittedError
            The model is not fitted.
        """
        name = cls.__name__
        scores = scores_of(model, X, y, sample_weight=sample_weight, asker=name, instead=True)
        return cls._of(scores, class_=class_, best=best).plot(ax=ax)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_score: Any,
        *,
        classes: Any = None,
        sample_weight: Any = None,
        class_: Any = None,
        probable: bool = True,
        best: str = "f1",
        ax: Any = None,
    ) -> Self:
        """Draw what thresholds do with predicted probabilities, or scores.

        Parameters
        ----------
        y_true : array or column of shape (n,), or indicator matrix of shape (n, k)
            What is right.
        y_score : array of shape (n,) or (n, k)
            Of the second of two classes, or of each class.
        classes : sequence of length k, optional
            All classes, in the order of the scores; by default those that occur, sorted.
        sample_weight : array of shape (n,), optional
            How much each row counts.
        class_ : object, optional
            Which class to draw against the rest; by default the second of two, and of more all of
            them.
        probable : bool
            Whether the scores are probabilities; False for those of a ``decision_function``.
        best : {"f1", "youden"}
            Which threshold to mark beside the usual one: that of the largest F1, or of the largest
            recall − false positive rate.
        ax : two matplotlib Axes, or one in whose place there is room for two, optional
            By default those of a new figure.

        Returns
        -------
        ThresholdCurves

        Raises
        ------
        InputError
            They do not fit one another, or are no probabilities; there is no such class, or rows of
            one class only.
        """
        scores = given_scores(
            y_true,
            y_score,
            classes=classes,
            sample_weight=sample_weight,
            probable=probable,
            what="y_score",
        )
        return cls._of(scores, class_=class_, best=best).plot(ax=ax)

    @classmethod
    def _of(cls, scores: Scores, *, class_: Any, best: str) -> Self:
        if best not in _MEASURES:
            raise InputError(f"best is 'f1' or 'youden', not {best!r}")
        classes = scores.classes
        if class_ is not None:
            places: Sequence[int] = [find_place(class_, classes)]
        else:
            places = [1] if len(classes) == 2 and not scores.several else range(len(classes))
        found = [
            rates_of(classes[i], scores.true[:, i], scores.outputs[:, i], scores.weights)
            for i in places
        ]
        curves = [one for one in found if one is not None]
        if not curves:
            raise InputError(_one_sided(scores, places[0]))
        how = {"probable": scores.probable, "several": scores.several}
        return cls(curves, classes=classes, best=best, **how)

    @property
    def average(self) -> Rates | None:
        """The mean of several curves."""
        return macro_average(self.curves) if len(self.curves) > 1 else None

    @property
    def roc_auc(self) -> float:
        """The area under the ROC curve, of several their mean."""
        return float(np.mean([one.roc_auc for one in self.curves]))

    @property
    def average_precision(self) -> float:
        """The mean precision over all recalls, of several curves their mean."""
        return float(np.mean([one.average_precision for one in self.curves]))

    @property
    def default_mark(self) -> Mark | None:
        """What comes of the threshold that ``predict`` goes by."""
        if len(self.curves) > 1 or (len(self.classes) > 2 and not self.several):
            return None
        return self.curves[0].at(0.5 if self.probable else 0.0)

    @property
    def best_mark(self) -> Mark | None:
        """What comes of the best threshold."""
        return None if len(self.curves) > 1 else self.curves[0].best(self.best)

    @property
    def alt_text(self) -> str:
        """What the picture shows, in a sentence or two."""
        start = (
            f"ROC and precision–recall curves of {self._about(told)}: area under the ROC curve "
            f"{self.roc_auc:.3f}, average precision {self.average_precision:.3f}"
        )
        if len(self.curves) > 1:
            worst = min(self.curves, key=lambda one: one.roc_auc)
            return f"{start}, both means; lowest area {worst.roc_auc:.3f} for {told(worst.class_)}."
        chance = f"chance has 0.5 and {self.curves[0].base:.3f}"
        found = " ".join(
            f"At the threshold {told_threshold(mark)} ({name}) recall is {share(mark.recall)}, "
            f"precision {share(mark.precision)}, false positive rate "
            f"{share(mark.false_positive_rate)}."
            for name, mark, _ in self._marks()
        )
        return f"{start} ({chance}). {found}"

    def plot(self, *, ax: Any = None) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : two matplotlib Axes, or one in whose place there is room for two, optional
            By default those of a new figure.

        Returns
        -------
        ThresholdCurves
            Itself.

        Raises
        ------
        InputError
            The axes are none.
        """
        with style():
            self.axes_ = panels(ax, columns=2, size=(10.0, 5.8))
            self.figure_ = figure_of(self.axes_[0])
            self.lines_ = []
            for ax, kind in zip(self.axes_, ("roc", "precision"), strict=True):
                self.lines_ += draw_rates(
                    ax, self.curves, self._marks(), kind=kind, tenths=self.probable
                )
            self._say()
        return self

    # ------------------------------------------------------------------------------- what is said

    def _say(self) -> None:
        roc, precision = self.axes_
        mean = "Mean " if len(self.curves) > 1 else ""
        left_out = [named(c) for c in self._left_out()]
        more = [f"Not drawn, for want of rows: {listed(left_out, limit=3)}."] if left_out else []
        headline(
            roc,
            f"ROC curve: {self._about(lambda name: named(name, most=16))}",
            f"{mean}AUC {self.roc_auc:.3f}: chance that one of the class outranks another.",
            *more,
        )
        area = f"{self.average_precision:.3f}: mean precision over all recalls."
        what = f"{mean}average precision" if mean else "Average precision"
        headline(precision, "Precision and recall", f"{what} {area}")

    def _about(self, write: Any) -> str:
        if len(self.curves) > 1:
            kind = "labels" if self.several else "classes, each against the rest"
            return f"{len(self.curves)} {kind}"
        return f"{write(self.curves[0].class_)} against {self._others(write)}"

    def _others(self, write: Any) -> str:
        rest = [c for c in self.classes if c != self.curves[0].class_]
        return str(write(rest[0])) if len(rest) == 1 and not self.several else "the rest"

    def _left_out(self) -> list[Any]:
        drawn = [one.class_ for one in self.curves]
        return [c for c in self.classes if c not in drawn] if len(drawn) > 1 else []

    def _marks(self) -> list[NamedMark]:
        marks = [("default", self.default_mark, "s"), (_MEASURES[self.best], self.best_mark, "*")]
        return [NamedMark(name, mark, marker) for name, mark, marker in marks if mark is not None]


def _one_sided(scores: Scores, place: int) -> str:
    """Say that there is nothing to tell apart."""
    all_of_it = scores.true[:, place].all()
    name = scores.classes[place]
    if not scores.several:
        only = np.flatnonzero(scores.true.any(axis=0))
        if len(only) == 1:
            return (
                f"all rows are of the class {scores.classes[int(only[0])]!r}: thresholds tell two "
                "classes apart, so give rows of another one too"
            )
    return (
        f"{'every' if all_of_it else 'no'} row is of {name!r}: thresholds tell it from other rows, "
        "so give rows of both kinds"
    )
