"""From a table to its model-complexity graph: which size, penalty and number of epochs to take."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from chainrule.errors import InputError
from chainrule.estimators import model_complexity
from chainrule.tables import make_encoder
from chainrule.workflow.checks import SettingError
from chainrule.workflow.choices import (
    COMPLEXITY_EPOCHS,
    COMPLEXITY_SIZES,
    MODELS,
    MOST_ROWS,
    SPLITS,
)
from chainrule.workflow.estimator import make_estimator
from chainrule.workflow.fitting import class_weight_by_place
from chainrule.workflow.question import Question, ask
from chainrule.workflow.rows import for_training
from chainrule.workflow.settings import TrainSettings
from chainrule.workflow.splitting import split_table
from chainrule.workflow.target_scaling import scaling_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from chainrule.estimators import ComplexityGraph
    from chainrule.tables import Table

__all__ = ["Complexity", "measure_complexity"]

_PARAMETERS = {"l2": "alpha", "l1": "l1"}


@dataclass(frozen=True, eq=False)
class Complexity:
    """What came of trying networks on a table.

    Attributes
    ----------
    graph : ComplexityGraph
        All numbers.
    name, target : str
        Of the table, and of the column to predict.
    task : {"classification", "regression"}
        What that asks for.
    rows, used : int
        How many rows count, and how many of them were used.
    train_rows, test_rows : int
        Of those, how many were in the two parts of the first split.
    settings : TrainSettings
        Settled; of all networks, but for what was varied.
    seconds : float
        How long all trainings took.
    """

    graph: ComplexityGraph
    name: str
    target: str
    task: str
    rows: int
    used: int
    train_rows: int
    test_rows: int
    settings: TrainSettings
    seconds: float

    @property
    def penalty(self) -> str:
        """Which penalty is an axis of the graph, as settings call it: "l2" or "l1"."""
        return "l1" if self.graph.penalty == "l1" else "l2"

    @property
    def varied_penalty(self) -> str | None:
        """The same, or None if a single strength was tried."""
        return self.penalty if "penalty" in self.graph.axes else None


def measure_complexity(
    table: Table,
    settings: TrainSettings | None = None,
    *,
    sizes: Sequence[tuple[int, ...]] = COMPLEXITY_SIZES,
    penalties: Sequence[float] | None = None,
    penalty: str = "l2",
    splits: int = SPLITS,
    rows: int | None = MOST_ROWS,
    progress: Callable[[int, int], None] | None = None,
) -> Complexity:
    """Train networks of several sizes on a table, and compare them on rows they have not seen.

    Each split is made as ``train`` makes its own, the first by the same seed. What encodes the
    columns is fitted on the training part of each split alone, so that nothing of the test rows
    leaks; what the columns hold is found out from all rows, as ``train`` does.

    Parameters
    ----------
    table : Table
        The rows.
    settings : TrainSettings, optional
        What all networks have in common; ``epochs`` are followed, 100 where it says nothing.
    sizes : sequence of tuple of int
        Hidden layers to try.
    penalties : sequence of float, optional
        Strengths to try; by default that of the settings.
    penalty : {"l2", "l1"}
        Of which penalty.
    splits : int
        How often the rows are divided.
    rows : int or None
        At most so many rows are used, drawn at random with the same share of every class; None for
        all.
    progress : callable, optional
        Called with how many trainings are done, and how many there are.

    Returns
    -------
    Complexity

    Raises
    ------
    InputError
        Something in the table or settings cannot be used.

    Examples
    --------
    >>> from chainrule.tables import load_example
    >>> settings = TrainSettings(epochs=5)
    >>> found = measure_complexity(load_example("penguins"), settings, sizes=[(), (8,)], splits=2)
    >>> found.graph.zones.shape, found.train_rows, found.test_rows
    ((2, 1, 5), 275, 69)
    """
    given = settings or TrainSettings()
    _check(given, splits=splits, rows=rows, sizes=sizes, penalties=penalties, penalty=penalty)
    given = replace(given, early_stopping=False, epochs=given.epochs or COMPLEXITY_EPOCHS)
    question = ask(table, given)
    chosen = _draw_rows(question, rows)
    target = replace(question.target, values=question.target.values[chosen])
    counted = question.counted.pick(chosen)
    groups = None if question.groups is None else question.groups[chosen]
    settled = question.settings
    fraction = settled.test_fraction
    places = [
        split_table(target, groups=groups, test_fraction=fraction, seed=settled.seed + number)
        for number in range(splits)
    ]
    model = _model(question, settled, rows=len(places[0][0]))
    started = time.perf_counter()
    with threadpool_limits(settled.threads), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Got `batch_size`")
        graph = model_complexity(
            model,
            counted.frame,
            target.values,
            sizes=sizes,
            penalties=penalties,
            penalty=_PARAMETERS[penalty],
            splits=places,
            sample_weight=for_training(counted.weights),
            random_state=settled.seed,
            progress=progress,
        )
    return Complexity(
        graph=graph,
        name=table.name,
        target=target.name,
        task=target.task,
        rows=len(question.target.values),
        used=len(chosen),
        train_rows=len(places[0][0]),
        test_rows=len(places[0][1]),
        settings=settled,
        seconds=time.perf_counter() - started,
    )


def _check(
    settings: TrainSettings,
    *,
    splits: int,
    rows: int | None,
    sizes: Sequence[tuple[int, ...]],
    penalties: Sequence[float] | None,
    penalty: str,
) -> None:
    if settings.kind is not MODELS["network"] or (settings.restarts or 1) > 1:
        raise InputError(
            "a model-complexity graph is of networks, each trained once: leave out the model, the "
            "solver newton and restarts"
        )
    if settings.learning_rate == "find":
        raise SettingError("{learning_rate} find is for a single training: give a number")
    if splits < 1:
        raise InputError(f"the number of splits must be at least 1, not {splits}")
    if rows is not None and rows < 2:
        raise InputError(f"at least two rows are needed, to train and to test; not {rows}")
    # As the settings of a training check them, and in the same words.
    for size in sizes:
        # What is for hidden layers is not in the way of trying a network without one.
        activation, dropout = settings.activation, settings.dropout
        if not size:
            activation = activation if isinstance(activation, tuple) else None
            dropout = dropout if isinstance(dropout, tuple) else None
        replace(settings, hidden_layer_sizes=size, activation=activation, dropout=dropout)
    for strength in penalties or ():
        _with_penalty(settings, penalty, strength)


def _with_penalty(settings: TrainSettings, penalty: str, strength: float) -> TrainSettings:
    return replace(settings, l1=strength) if penalty == "l1" else replace(settings, l2=strength)


def _draw_rows(question: Question, most: int | None) -> NDArray[np.int64]:
    """Choose rows at random, with two at least of every class; in the order of the table."""
    target, seed = question.target, question.settings.seed
    count = len(target.values)
    if most is None or count <= most:
        return np.arange(count)
    order = np.random.default_rng(seed).permutation(count)
    if target.classes is not None:
        if most < 2 * len(target.classes):
            raise InputError(
                f"{most} rows are too few for {len(target.classes)} classes: two of each are "
                "needed, to train and to test"
            )
        codes = np.searchsorted(target.classes, target.values)[order]
        by_class = np.argsort(codes, kind="stable")
        first = np.searchsorted(codes[by_class], np.arange(len(target.classes)))
        needed = by_class[np.concatenate([first, first + 1])]
        rest = np.setdiff1d(np.arange(count), needed)
        order = order[np.concatenate([needed, rest])]
    return np.sort(order[:most])


def _model(question: Question, settings: TrainSettings, *, rows: int) -> Pipeline:
    network = make_estimator(settings, rows=rows, stopping=False)
    classes = question.target.classes
    weights = class_weight_by_place(settings, classes)
    if isinstance(weights, dict) and classes is not None:
        names = classes.tolist()
        network.class_weight = {names[place]: weight for place, weight in weights.items()}
    predictor: Any = network
    if classes is None:
        scaling = scaling_for(settings.loss)
        predictor = TransformedTargetRegressor(network, transformer=scaling, check_inverse=False)
    return Pipeline([("encoder", make_encoder(question.columns)), ("network", predictor)])
