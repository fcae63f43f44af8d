"""From a table to a trained network, its test scores, and two rivals to measure it by."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from chainrule.errors import InputError
from chainrule.estimators import MLPClassifier, MLPRegressor
from chainrule.tables import (
    describe_columns,
    make_encoder,
    prepare_target,
    split_rows,
)
from chainrule.tables.names import did_you_mean, listed
from chainrule.workflow.model import Model, Origin, network_of
from chainrule.workflow.notes import column_notes, course, data_notes
from chainrule.workflow.prediction import check_columns
from chainrule.workflow.rivals import Rival, compare, score_rivals, score_row_by_row
from chainrule.workflow.settings import TrainSettings
from chainrule.workflow.targets import true_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from chainrule.tables import Column, Table, Target
    from chainrule.workflow.scores import Scores

__all__ = ["Training", "train"]

_FEW_ROWS = 20


@dataclass(frozen=True)
class Training:
    """A trained model and how it did.

    Attributes
    ----------
    model : Model
        Ready to predict and to save.
    scores : Scores
        On the test rows.
    rivals : tuple of Rival
        A linear model and the simplest guess, on the same rows.
    verdict : str
        Whether the network is worth it, in a sentence.
    columns : tuple of Column
        What each column was taken for.
    """

    model: Model
    scores: Scores
    rivals: tuple[Rival, Rival]
    verdict: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class _Rows:
    """Rows of a table: encoded x (n, d); y (n,) as class numbers or numbers."""

    x: NDArray[np.float32]
    y: NDArray[Any]


def train(
    table: Table,
    settings: TrainSettings | None = None,
    *,
    test: Table | None = None,
    callbacks: Sequence[Any] = (),
    notify: Callable[[str], None] | None = None,
) -> Training:
    """Train a network on a table and test it on rows it has not seen.

    Parameters
    ----------
    table : Table
        Rows to train on; a part is kept aside for testing unless ``test`` is given.
    settings : TrainSettings, optional
        All options.
    test : Table, optional
        Rows to test on.
    callbacks : sequence of sklearn.callback.FitCallback
        Called after each epoch; one that returns True stops the training.
    notify : callable, optional
        Called with the name of each stage as it begins: "encode", "fit", "score".

    Returns
    -------
    Training
        The model, its test scores and what to compare them with.

    Raises
    ------
    InputError
        Something in the tables or settings cannot be used.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> settings = TrainSettings(hidden_layer_sizes=(8,), epochs=3)
    >>> training = train(load_example("penguins"), settings)
    >>> training.model.layer_sizes[1:]
    [8, 3]
    """
    settings = settings or TrainSettings()
    say = notify or (lambda _: None)
    say("encode")
    name = _target_name(table, settings)
    target = prepare_target(table.frame, name, task=settings.task)
    classes = None if target.classes is None else tuple(target.classes.tolist())
    columns = _columns(table, name, settings)
    encoder = make_encoder(columns)
    learned, tested, split = _rows(table, target, encoder, settings=settings, test=test)
    say("fit")
    started = time.perf_counter()
    with threadpool_limits(settings.threads):
        network = _fit(learned, classes=target.classes, settings=settings, callbacks=callbacks)
        seconds = time.perf_counter() - started
        say("score")
        scores, rivals, verdict = _judge(
            network, learned, tested, classes=classes, seed=settings.seed
        )
    pipeline = Pipeline([("encoder", encoder), ("network", network)])
    origin = Origin(
        name=table.name,
        target=name,
        task=target.task,
        classes=None if classes is None else list(classes),
        columns=column_notes(columns, encoder.get_feature_names_out().tolist()),
        settings=settings.to_dict(),
        data=data_notes(table, test),
        split=split,
        baselines={rival.name: rival.scores.to_dict() for rival in rivals},
        scores=scores.to_dict(),
        verdict=verdict,
        seconds=seconds,
        **course(network_of(pipeline), settings),
    )
    return Training(Model(pipeline, origin), scores, rivals, verdict, columns)


def _judge(
    network: Any, learned: _Rows, tested: _Rows, *, classes: tuple[Any, ...] | None, seed: int
) -> tuple[Scores, tuple[Rival, Rival], str]:
    """Score the network and its rivals on the same rows."""
    predicted = network.predict(tested.x) if classes is None else network.predict_proba(tested.x)
    scores, goodness = score_row_by_row(tested.y, predicted, classes=classes)
    rivals = score_rivals((learned.x, learned.y), (tested.x, tested.y), classes=classes, seed=seed)
    return scores, rivals, compare(goodness, rivals)


def _target_name(table: Table, settings: TrainSettings) -> str:
    name = settings.target or table.target
    if name is None:
        raise InputError(
            f"say which column to predict with --target; the columns are: "
            f"{listed(table.frame.columns, limit=30)}"
        )
    if name in settings.drop:
        raise InputError(f"column {name!r} cannot be both the target and dropped")
    return name


def _columns(table: Table, target: str, settings: TrainSettings) -> tuple[Column, ...]:
    for name in settings.drop:
        if name not in table.frame.columns:
            raise InputError(
                f"there is no column {name!r} to drop{did_you_mean(name, table.frame.columns)}"
            )
    frame = table.frame.drop(settings.drop)
    if target in settings.kinds:
        raise InputError(f"column {target!r} is the target: its kind is set with --task")
    return describe_columns(frame, target=target, kinds=settings.kinds)


def _rows(
    table: Table, target: Target, encoder: Pipeline, *, settings: TrainSettings, test: Table | None
) -> tuple[_Rows, _Rows, dict[str, Any]]:
    """Encode training and test rows; the encoder learns from the former only."""
    values = _codes(target)
    if test is None:
        first, second = split_rows(target, test_fraction=settings.test_fraction, seed=settings.seed)
        learned = _Rows(encoder.fit_transform(table.frame[first]), values[first])
        tested = _Rows(encoder.transform(table.frame[second]), values[second])
        return learned, tested, {"train_rows": len(first), "test_rows": len(second)}
    learned = _Rows(encoder.fit_transform(table.frame), values)
    classes = None if target.classes is None else target.classes.tolist()
    kinds = encoder.named_steps["reader"].kinds
    check_columns(test.frame, list(kinds))
    truth = true_values(test.frame, target.name, classes=classes)
    tested = _Rows(encoder.transform(test.frame), truth)
    split = {"train_rows": len(values), "test_rows": len(truth), "test_table": test.name}
    return learned, tested, split


def _codes(target: Target) -> NDArray[Any]:
    if target.classes is None:
        return target.values
    codes: NDArray[np.int64] = np.searchsorted(target.classes, target.values)
    return codes


# ---------------------------------------------------------------------------- the fit


def _fit(
    rows: _Rows,
    *,
    classes: NDArray[Any] | None,
    settings: TrainSettings,
    callbacks: Sequence[Any],
) -> Any:
    held_out = _hold_out(rows, classes=classes, settings=settings)
    network = _make_network(len(rows.y), classes, settings, stopping=held_out is not None)
    network.set_callbacks(*callbacks)
    x, y = rows.x, rows.y if classes is None else classes[rows.y]
    validation = None
    if held_out is not None:
        validation = (x[held_out], y[held_out])
        x, y = x[~held_out], y[~held_out]
    try:
        with warnings.catch_warnings():
            # Where and why it stopped is in the report.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.filterwarnings("ignore", message="Got `batch_size`")
            if classes is not None:
                network.fit(x, y, validation_data=validation)
            else:
                network = _fit_numbers(network, x, y, validation)
    except (ValueError, FloatingPointError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"training failed ({str(error).splitlines()[0].rstrip('.')}): "
            f"try a smaller learning rate"
        ) from error
    fitted = getattr(network, "regressor_", network)
    fitted.set_callbacks()
    if fitted.best_epoch_ == 0 and not np.isfinite(fitted.loss_):
        raise InputError(
            "training diverged: the loss was not a number from the first epoch on; "
            "try a smaller learning rate"
        )
    return network


def _fit_numbers(
    network: Any, x: NDArray[Any], y: NDArray[Any], validation: tuple[Any, Any] | None
) -> TransformedTargetRegressor:
    # Measured on ten tables, the logarithm of a skewed target does not do better than this.
    scaling = StandardScaler()
    if validation is not None:
        # The wrapper scales y but not validation data; fitted on the same y, this is its scaling.
        scaled = scaling.fit(y[:, None]).transform(validation[1][:, None]).ravel()
        validation = (validation[0], scaled)
    wrapper = TransformedTargetRegressor(network, transformer=scaling, check_inverse=False)
    wrapper.fit(x, y, validation_data=validation)
    wrapper.regressor.set_callbacks()
    return wrapper


def _hold_out(
    rows: _Rows, *, classes: NDArray[Any] | None, settings: TrainSettings
) -> NDArray[np.bool_] | None:
    """Choose rows to watch for early stopping, of each class the same share; none of very few."""
    n = len(rows.y)
    if not settings.early_stopping or settings.solver == "lbfgs" or n < _FEW_ROWS:
        return None
    order = np.random.default_rng(settings.seed + 1).permutation(n)
    if classes is not None:
        order = order[np.argsort(rows.y[order], kind="stable")]
    # Evenly spaced in the order of classes: each gets its share, and rare ones stay in training.
    count = max(2, round(n * settings.validation_fraction))
    places = np.round((np.arange(count) + 0.5) * n / count - 0.5).astype(int)
    held_out = np.zeros(n, dtype=bool)
    held_out[order[places]] = True
    if classes is not None:
        kept = np.bincount(rows.y[~held_out], minlength=len(classes))
        held_out &= kept[rows.y] > 0
    return held_out if 2 <= held_out.sum() < n else None


def _make_network(
    rows: int, classes: NDArray[Any] | None, settings: TrainSettings, *, stopping: bool
) -> Any:
    make = MLPRegressor if classes is None else MLPClassifier
    return make(
        hidden_layer_sizes=settings.hidden_layer_sizes,
        activation=settings.activation,
        solver=settings.solver,
        alpha=settings.l2,
        batch_size=min(settings.batch_size or batch_size_for(rows), rows),
        learning_rate_init=settings.learning_rate,
        max_iter=settings.epochs,
        random_state=settings.seed,
        early_stopping=stopping,
        n_iter_no_change=settings.patience,
        # Without held-out rows nothing tells when to stop: all epochs are run.
        tol=0.0 if stopping or settings.solver == "lbfgs" else 1e-5,
        l1=settings.l1,
        dropout=settings.dropout,
        monitor="loss",
    )


def batch_size_for(rows: int) -> int:
    """Return the default size of a mini-batch: a power of two that grows with the rows.

    Parameters
    ----------
    rows : int
        Training rows.

    Returns
    -------
    int
        From 16 to 256.

    Examples
    --------
    >>> batch_size_for(275), batch_size_for(26_000)
    (16, 128)
    """
    wanted = rows / 200
    return int(np.clip(2 ** round(np.log2(max(wanted, 1))), 16, 256))
