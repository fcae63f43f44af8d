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
from chainrule.workflow.splitting import hold_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from chainrule.workflow.settings import TrainSettings

__all__ = ["Fit", "Rows", "fit"]

# These look at numbers as they are, but training sees standardized ones.
_NOT_OF_STANDARDIZED = ("log_error", "deviance", "percentage")


@dataclass(frozen=True)
class Rows:
    """Rows of a table, encoded.

    Attributes
    ----------
    x : array of shape (n, d)
        The inputs.
    y : array of shape (n,)
        Class numbers, or numbers.
    groups : array of shape (n,) or None
        The group of each row.
    """

    x: NDArray[np.float32]
    y: NDArray[Any]
    groups: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Fit:
    """What came of a fit.

    Attributes
    ----------
    model : estimator
        Fitted; one that predicts numbers is wrapped so that it takes and gives them as they are.
    x, y : array
        The rows it learned from, without those held out; y as given to ``model``.
    held_out : int
        How many rows were held out.
    rates : LearningRateRange or None
        What a range test found, if one was asked for.
    """

    model: Any
    x: NDArray[np.float32]
    y: NDArray[Any]
    held_out: int
    rates: LearningRateRange | None

    @property
    def network(self) -> Any:
        """The fitted estimator without a wrapper."""
        return getattr(self.model, "regressor_", self.model)


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
    x, y = rows.x, rows.y if classes is None else classes[rows.y]
    validation = None
    if held_out is not None:
        validation = (x[held_out], y[held_out])
        x, y = x[~held_out], y[~held_out]
    network = make_estimator(settings, rows=len(y), stopping=held_out is not None)
    weights = class_weight_by_place(settings, classes)
    if isinstance(weights, dict) and classes is not None:
        names = classes.tolist()
        network.class_weight = {names[place]: weight for place, weight in weights.items()}
    scaling = None if classes is not None else StandardScaler().fit(y[:, None])
    with _in_one_sentence(settings), warnings.catch_warnings():
        # Where and why it stopped is in the report.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Got `batch_size`")
        found = _try_out(network, x, y, validation, scaling=scaling, settings=settings)
        if found is not None:
            network.learning_rate_init = found.suggestion
        network.set_callbacks(*callbacks)
        model = _train(network, x, y, validation, scaling=scaling)
    fitted = getattr(model, "regressor_", model)
    fitted.set_callbacks()
    return Fit(model, x, y, 0 if held_out is None else int(held_out.sum()), found)


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


def _train(
    network: Any,
    x: NDArray[Any],
    y: NDArray[Any],
    validation: tuple[Any, Any] | None,
    *,
    scaling: StandardScaler | None,
) -> Any:
    if scaling is None:
        return network.fit(x, y, validation_data=validation)
    if validation is not None:
        # The wrapper scales y but not validation data; fitted on the same y, this is its scaling.
        validation = (validation[0], _scaled(validation[1], scaling))
    # Measured on ten tables, the logarithm of a skewed target does not do better than this.
    wrapper = TransformedTargetRegressor(network, transformer=scaling, check_inverse=False)
    wrapper.fit(x, y, validation_data=validation)
    wrapper.regressor.set_callbacks()
    return wrapper


def _scaled(y: NDArray[Any], scaling: StandardScaler | None) -> NDArray[Any]:
    if scaling is None:
        return y
    scaled: NDArray[Any] = scaling.transform(y[:, None]).ravel()
    return scaled


def _try_out(
    network: Any,
    x: NDArray[Any],
    y: NDArray[Any],
    validation: tuple[Any, Any] | None,
    *,
    scaling: StandardScaler | None,
    settings: TrainSettings,
) -> LearningRateRange | None:
    """Check the scorer, and test learning rates if that is asked for, before all else."""
    y = _scaled(y, scaling)
    if validation is not None and settings.monitor not in ("loss", "score"):
        _check_scorer(network, x, y, validation, scaling=scaling, name=str(settings.monitor))
    if settings.learning_rate != "find":
        return None
    return find_learning_rate(network, x, y)


def _check_scorer(
    network: Any,
    x: NDArray[Any],
    y: NDArray[Any],
    validation: tuple[Any, Any],
    *,
    scaling: StandardScaler | None,
    name: str,
) -> None:
    if scaling is not None and any(part in name for part in _NOT_OF_STANDARDIZED):
        raise SettingError(
            "{monitor} {name} cannot be used: training sees the target standardized, with numbers "
            "below 0; choose another such as neg_mean_absolute_error",
            name=name,
        )
    untrained = clone(network).initialize(x, y)
    try:
        score = get_scorer(name)(untrained, validation[0], _scaled(validation[1], scaling))
        usable = bool(np.isfinite(score))
    except (ValueError, TypeError, AttributeError):
        usable = False
    if not usable:
        raise SettingError(
            "{monitor} {name} cannot be computed for this model and target: choose loss, score or "
            "another scorer",
            name=name,
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
