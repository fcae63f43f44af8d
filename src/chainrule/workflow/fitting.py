"""The fit: rows held out, a learning rate found if asked for, the estimator trained."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.preprocessing import StandardScaler

from chainrule.errors import InputError
from chainrule.estimators import LearningRateRange, find_learning_rate
from chainrule.tables.names import did_you_mean
from chainrule.workflow.checks import SettingError
from chainrule.workflow.estimator import make_estimator
from chainrule.workflow.model import unwrapped
from chainrule.workflow.splitting import hold_out
from chainrule.workflow.target_scaling import scaling_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from chainrule.workflow.rows import Rows
    from chainrule.workflow.settings import TrainSettings

__all__ = ["Fit", "class_weight_by_place", "fit"]

# These look at numbers as they are, but training sees standardized ones.
_NOT_OF_STANDARDIZED = ("log_error", "deviance", "percentage")


@dataclass(frozen=True)
class Fit:
    """What came of a fit.

    Attributes
    ----------
    model : estimator
        Fitted; one that predicts numbers is wrapped so that it takes and gives them as they are.
    rows : Rows
        Those it learned from, without those held out; targets as given to ``model``.
    held_out : int
        How many rows were held out.
    rates : LearningRateRange or None
        What a range test found, if one was asked for.
    """

    model: Any
    rows: Rows
    held_out: int
    rates: LearningRateRange | None

    @property
    def network(self) -> Any:
        """The fitted estimator without a wrapper."""
        return unwrapped(self.model)


def fit(
    rows: Rows,
    settings: TrainSettings,
    *,
    classes: NDArray[Any] | None,
    callbacks: Sequence[Any] = (),
) -> Fit:
    """Train what the settings ask for.

    Parameters
    ----------
    rows : Rows
        The training part of a table.
    settings : TrainSettings
        Settled.
    classes : array of shape (k,) or None
        The classes; None for numbers.
    callbacks : sequence of sklearn.callback.FitCallback
        Called after each epoch.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        Training diverged in its first epoch, or a scorer is not for this task.
    """
    held_out = None
    if settings.stops_early:
        held_out = hold_out(
            rows.y,
            classes=None if classes is None else len(classes),
            groups=rows.groups,
            fraction=settings.validation_fraction or 0.0,
            seed=settings.seed + 1,
        )
    learned = rows if classes is None else rows.with_targets(classes[rows.y])
    validation = None
    if held_out is not None:
        learned, validation = learned.pick(~held_out), learned.pick(held_out)
    network = make_estimator(settings, rows=len(learned.y), stopping=held_out is not None)
    weights = class_weight_by_place(settings, classes)
    if isinstance(weights, dict) and classes is not None:
        names = classes.tolist()
        network.class_weight = {names[place]: weight for place, weight in weights.items()}
    scaling = None
    if classes is None:
        scaling = scaling_for(settings.loss).fit(learned.y[:, None])
    with _in_one_sentence(settings), warnings.catch_warnings():
        # Where and why it stopped is in the report.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Got `batch_size`")
        found = _try_out(network, learned, validation, scaling=scaling, settings=settings)
        if found is not None:
            network.learning_rate_init = found.suggestion
        network.set_callbacks(*callbacks)
        model = _train(network, learned, validation, scaling=scaling)
    unwrapped(model).set_callbacks()
    return Fit(model, learned, 0 if held_out is None else int(held_out.sum()), found)


def class_weight_by_place(
    settings: TrainSettings, classes: Sequence[Any] | NDArray[Any] | None
) -> str | dict[int, float] | None:
    """Return how much each class counts, with its place in ``classes`` for its name.

    Parameters
    ----------
    settings : TrainSettings
        With the names as text.
    classes : sequence or None
        All classes; None for numbers.

    Returns
    -------
    "balanced", dict of int to float, or None

    Raises
    ------
    InputError
        There is no such class.
    """
    weights = settings.class_weight
    if weights is None or isinstance(weights, str) or classes is None:
        return weights if isinstance(weights, str) else None
    places = {str(name): place for place, name in enumerate(classes)}
    for name in weights:
        if name not in places:
            raise SettingError(
                "{class_weight} names {name!r}, which is no class of the target{near}",
                name=name,
                near=did_you_mean(name, places),
            )
    return {places[name]: float(weight) for name, weight in weights.items()}


def _train(network: Any, rows: Rows, validation: Rows | None, *, scaling: Any) -> Any:
    if scaling is None:
        followed = None if validation is None else validation.for_validation
        return network.fit(rows.x, rows.y, rows.weights, validation_data=followed)
    # The wrapper scales y but not validation data; fitted on the same y, this is its scaling.
    followed = None if validation is None else _scaled(validation, scaling).for_validation
    # Measured on ten tables, the logarithm of a skewed target does not do better than this.
    wrapper = TransformedTargetRegressor(network, transformer=scaling, check_inverse=False)
    wrapper.fit(rows.x, rows.y, sample_weight=rows.weights, validation_data=followed)
    wrapper.regressor.set_callbacks()
    return wrapper


def _scaled(rows: Rows, scaling: Any) -> Rows:
    if scaling is None:
        return rows
    return rows.with_targets(scaling.transform(rows.y[:, None]).ravel())


def _try_out(
    network: Any,
    rows: Rows,
    validation: Rows | None,
    *,
    scaling: Any,
    settings: TrainSettings,
) -> LearningRateRange | None:
    """Check the scorer, and test learning rates if that is asked for, before all else."""
    rows = _scaled(rows, scaling)
    if validation is not None and settings.monitor not in ("loss", "score"):
        name = str(settings.monitor)
        if isinstance(scaling, StandardScaler) and any(p in name for p in _NOT_OF_STANDARDIZED):
            raise SettingError(
                "{monitor} {name} cannot be used: training sees the target standardized, with "
                "numbers below 0; choose another such as neg_mean_absolute_error",
                name=name,
            )
        _check_scorer(network, rows, _scaled(validation, scaling), name=name)
    if settings.learning_rate != "find":
        return None
    return find_learning_rate(network, rows.x, rows.y, sample_weight=rows.weights)


def _check_scorer(network: Any, rows: Rows, validation: Rows, *, name: str) -> None:
    untrained = clone(network).initialize(rows.x, rows.y)
    x, y, *weights = validation.for_validation
    weighted = {"sample_weight": weights[0]} if weights else {}
    try:
        usable = bool(np.isfinite(get_scorer(name)(untrained, x, y, **weighted)))
    except (ValueError, TypeError, AttributeError):
        usable = False
    if not usable:
        given = "this model, target and weights" if weights else "this model and target"
        raise SettingError(
            "{monitor} {name} cannot be computed for {given}: choose loss, score or another scorer",
            name=name,
            given=given,
        )


@contextmanager
def _in_one_sentence(settings: TrainSettings) -> Iterator[None]:
    """Say in the words of the settings that a training failed."""
    try:
        yield
    except InputError:
        raise
    except (ValueError, FloatingPointError) as error:
        cure = "try another solver, or a larger {l2}"
        if settings.steps:
            cure = "try a smaller {learning_rate}, or {clip_norm} 1"
        raise SettingError(
            f"training failed ({{reason}}): {cure}", reason=_reason(str(error))
        ) from error


def _reason(message: str) -> str:
    if "diverged" in message or "non-finite" in message:
        return "the loss was no finite number in the first epoch"
    return message.splitlines()[0].rstrip(".")
