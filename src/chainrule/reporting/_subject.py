"""What a report is about: a model, the rows it was tried on, and what it said of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from sklearn.base import is_classifier, is_regressor

from chainrule.errors import InputError
from chainrule.explanation._parts import whole_model
from chainrule.explanation._rows import check_weights, in_one_sentence
from chainrule.explanation.inputs._raw_rows import RawRows, raw_rows
from chainrule.plots._truth import as_labels, as_numbers, find_places
from chainrule.tables import Table, data_hash
from chainrule.workflow.evaluation import TestedRows, predicted_rows, rivals_again
from chainrule.workflow.model import Model, class_outputs, unwrapped
from chainrule.workflow.rivals import Rival, score_row_by_row
from chainrule.workflow.words import title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chainrule.workflow import Training
    from chainrule.workflow.model import Origin
    from chainrule.workflow.rows import Weights
    from chainrule.workflow.scores import Scores

__all__ = ["Subject", "as_frame", "of_estimator", "of_model", "of_training"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Subject:
    """A model, the rows it was tried on, and what it said of them.

    Attributes
    ----------
    model : Model or estimator
        What the pictures take.
    whole : estimator
        What predicts raw rows.
    origin : Origin or None
        How the model was made, if that is known.
    kind : str
        What it is called: "network", "RandomForestClassifier", ….
    classes : tuple or None
        None where it predicts numbers.
    target : str
        What is predicted.
    rows : RawRows
        As the model takes them.
    frame : polars.DataFrame
        The same rows as a table, with all columns that were given.
    true : array of shape (n,)
        Places in ``classes``, or numbers.
    predicted : array of shape (n, k) or (n,)
        Probabilities, or numbers.
    probabilistic : bool
        Whether these are probabilities.
    weights : array of shape (n,) or None
        How much each row counts.
    numbers : array of shape (n,)
        What each row is called: its number in the table, counted from 1; or in X, from 0.
    part : str
        "test", "train" or "all" of a table with a split; "new" of another table; "given" of rows
        that say nothing of where they come from.
    repeated : int or None
        How many of the rows are among those the model learned from, too.
    rivals : tuple of Rival
        Simple models, tried on the same rows.
    stored : dict of str to dict
        Scores of simple models on the same rows, of whose predictions nothing else is known.
    """

    model: Any
    whole: Any
    origin: Origin | None
    kind: str
    classes: tuple[Any, ...] | None
    target: str
    rows: RawRows
    frame: pl.DataFrame
    true: NDArray[Any]
    predicted: NDArray[Any]
    probabilistic: bool
    weights: Weights
    numbers: NDArray[np.int64]
    part: str
    repeated: int | None = None
    rivals: tuple[Rival, ...] = ()
    stored: dict[str, dict[str, Any]]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.true)

    @property
    def network(self) -> Any:
        """The last step, without what is wrapped around it."""
        last = self.whole
        while hasattr(last, "steps"):
            last = last.steps[-1][1]
        return unwrapped(last)

    @property
    def is_ours(self) -> bool:
        """Whether there is a network of this package in it."""
        return hasattr(type(self.network), "_network")

    @property
    def labels(self) -> NDArray[Any]:
        """What is true of each row, as the model calls it."""
        return self.true if self.classes is None else _names(self.classes)[self.true]

    @property
    def winners(self) -> NDArray[Any]:
        """What the model says of each row: the place of a class, or a number."""
        return self.predicted if self.classes is None else self.predicted.argmax(axis=1)

    def scores(self) -> Scores:
        """Score the model on the rows."""
        return score_row_by_row(
            self.true,
            self.predicted,
            classes=self.classes,
            weights=self.weights,
            probabilistic=self.probabilistic,
        )[0]


def _names(classes: tuple[Any, ...]) -> NDArray[Any]:
    names = np.empty(len(classes), dtype=object)
    names[:] = classes
    return names


# ---------------------------------------------------------------------------- with an origin


def of_training(training: Training) -> Subject:
    """Take a training that has just ended."""
    return _of_tested(training.model, training.tested, rivals=training.rivals)


def of_model(model: Model, X: Any, part: str | None = None) -> Subject:
    """Take a model from a file and a table with the target.

    Parameters
    ----------
    model : Model
        From a training or a file.
    X : Table, polars.DataFrame or pandas.DataFrame
        With the target among its columns.
    part : {"all", "test", "train"}, optional
        Of the table it was trained with; the test part if not given.

    Returns
    -------
    Subject

    Raises
    ------
    InputError
        A missing column, an unknown class, or a part of a table that was not split.
    """
    frame = as_frame(X)
    tested = predicted_rows(model, frame, part)
    if tested.seen:
        return _of_tested(model, tested, rivals=rivals_again(model, frame, tested))
    same = data_hash(frame) == model.origin.data.get("test_hash")
    return _of_tested(model, tested, stored=model.origin.baselines if same else {}, is_test=same)


def _of_tested(
    model: Model,
    tested: TestedRows,
    *,
    rivals: tuple[Rival, ...] = (),
    stored: dict[str, dict[str, Any]] | None = None,
    is_test: bool = False,
) -> Subject:
    origin, rows = model.origin, tested.rows
    # A training that was given a table to test on has tested all of it, and seen none.
    is_test = is_test or (not tested.seen and bool(rivals))
    subject = Subject(
        model=model,
        whole=model.pipeline,
        origin=origin,
        kind=title(model),
        classes=None if origin.classes is None else tuple(origin.classes),
        target=origin.target,
        rows=raw_rows(rows.frame.select(model.columns), "X"),
        frame=rows.frame,
        true=tested.true,
        predicted=tested.predicted,
        probabilistic=tested.probabilistic,
        weights=rows.weights,
        numbers=rows.places + 1,
        part=tested.part if tested.seen else "test" if is_test else "new",
        repeated=tested.repeated,
        rivals=rivals,
        stored=stored or {},
    )
    return subject if rivals or stored else _with_guess(subject)


# ---------------------------------------------------------------------------- without


def of_estimator(model: Any, X: Any, y: Any, sample_weight: Any = None) -> Subject:
    """Take a fitted estimator and rows that it is to be tried on.

    Parameters
    ----------
    model : estimator
        Any classifier or regressor, a Pipeline, or a search that has found one.
    X : array, sparse matrix or table of shape (n, d)
        Rows as the model takes them.
    y : array or column of shape (n,)
        What is right for them.
    sample_weight : array of shape (n,), optional
        How much each row counts, above 0.

    Returns
    -------
    Subject

    Raises
    ------
    InputError
        The model does not predict one target; y is missing or does not fit X and the model.
    sklearn.exceptions.NotFittedError
        The model is not fitted.
    """
    model = getattr(model, "best_estimator_", model)
    _check_estimator(model)
    if y is None:
        raise InputError("report needs y, what is right for each row of X; give the test rows' own")
    X = X.frame if isinstance(X, Table) else X
    rows = raw_rows(X, "X")
    classes = _classes(model)
    true = _truth(y, classes)
    if len(true) != len(rows):
        raise InputError(f"X has {len(rows)} rows but y has {len(true)}; give as many")
    weights = None if sample_weight is None else check_weights(sample_weight, len(rows))
    with in_one_sentence():
        if classes is None:
            predicted, sure = np.asarray(model.predict(X)), True
        else:
            predicted, sure = class_outputs(model, X)
    if predicted.ndim == 2 and classes is None and predicted.shape[1] == 1:
        predicted = predicted[:, 0]
    if predicted.ndim != (1 if classes is None else 2):
        raise InputError("this model predicts several targets; report is about one of them")
    kept = np.full(len(rows), True) if weights is None else weights > 0
    return _with_guess(
        Subject(
            model=model,
            whole=model,
            origin=None,
            kind=_kind(model),
            classes=classes,
            target=str(getattr(y, "name", None) or "y"),
            rows=rows.pick(np.flatnonzero(kept)),
            frame=as_frame(X)[np.flatnonzero(kept)],
            true=true[kept],
            predicted=predicted[kept],
            probabilistic=sure,
            weights=None if weights is None else weights[kept],
            numbers=np.flatnonzero(kept),
            part="given",
            stored={},
        )
    )


def _check_estimator(model: Any) -> None:
    known = hasattr(model, "predict") and not isinstance(model, type)
    if not known or not (is_classifier(model) or is_regressor(model)):
        name = model.__name__ if isinstance(model, type) else type(model).__name__
        what = (
            f"the class {name}; call it and fit what it gives" if isinstance(model, type) else name
        )
        raise InputError(f"report is about a fitted classifier or regressor, not about {what}")
    whole_model(model, "report")


def _classes(model: Any) -> tuple[Any, ...] | None:
    if not is_classifier(model):
        return None
    classes = model.classes_
    several = isinstance(classes, list) or getattr(unwrapped(model), "_kind", None) == "multilabel"
    if several or np.ndim(classes) != 1:
        raise InputError("this model predicts several labels; report is about one of them")
    return tuple(np.asarray(classes).tolist())


def _truth(y: Any, classes: tuple[Any, ...] | None) -> NDArray[Any]:
    if classes is not None:
        return find_places(as_labels(y, "y"), classes, "y")
    numbers = as_numbers(y, "y")
    if numbers.shape[1] > 1:
        raise InputError("y has several columns; report is about one target")
    return np.asarray(numbers[:, 0])


def _kind(model: Any) -> str:
    while hasattr(model, "steps"):
        model = model.steps[-1][1]
    return type(unwrapped(model)).__name__


def _with_guess(subject: Subject) -> Subject:
    """Add what always saying the same would score, chosen with the answers in view."""
    n, weights = len(subject), subject.weights
    if subject.classes is None:
        name = "always the mean"
        said: NDArray[Any] = np.full(n, np.average(subject.true, weights=weights))
    else:
        counts = np.bincount(subject.true, weights, minlength=len(subject.classes))
        name = f"always {subject.classes[int(counts.argmax())]}"
        said = np.tile(counts / counts.sum(), (n, 1))
    scores, goodness = score_row_by_row(
        subject.true, said, classes=subject.classes, weights=weights
    )
    return replace(subject, rivals=(Rival(name, scores, goodness, said),))


def as_frame(X: Any) -> pl.DataFrame:
    """Return rows in whatever form as a table of polars.

    Parameters
    ----------
    X : Table, array, sparse matrix, pandas.DataFrame or polars.DataFrame
        The rows.

    Returns
    -------
    polars.DataFrame

    Examples
    --------
    >>> as_frame([[1.0, 2.0], [3.0, float("nan")]]).rows()
    [(1.0, 2.0), (3.0, None)]
    """
    if isinstance(X, Table):
        return X.frame
    if isinstance(X, pl.DataFrame):
        return X
    rows = raw_rows(X, "X")
    columns: dict[str, pl.Series] = {}
    for place, name in enumerate(rows.names):
        while name in columns:  # pandas allows it
            name = f"{name} (again)"
        if isinstance(rows.table, np.ndarray) and rows.table.dtype.kind in "iuf":
            columns[name] = pl.Series(name, rows.table[:, place], nan_to_null=True)
        else:
            columns[name] = pl.Series(name, rows.cells(place), strict=False)
    return pl.DataFrame(columns)
