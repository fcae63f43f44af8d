"""A trained network with everything needed to use it and to know how it was made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

__all__ = ["Model", "Origin", "class_outputs", "network_of", "unwrapped"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """How a model was made, as plain data that JSON can hold.

    Attributes
    ----------
    name : str
        The table's name.
    target, task : str
        What is predicted, and whether that is a class or a number.
    classes : list or None
        The classes in the order of the probabilities.
    columns : list of dict
        Name, kind, missing cells, note, network inputs of each column, and whether it is used.
    settings : dict
        The :class:`~chainrule.workflow.TrainSettings`, with what they began with filled in.
    data : dict
        Rows and hash of the training table, and of the test table if one was given; noise that was
        added, in percent, and the address, if the model was made in the playground.
    split : dict
        Rows for training and testing, how many of the former were held out, and groups if there
        are any; the seed if it is not that of the settings.
    baselines : dict
        Scores of the two simple rivals on the same test rows, by name.
    scores : dict
        The network's scores on the test rows.
    verdict : str
        Whether the network is worth it, in a sentence.
    diagnosis : dict
        What was found to be wrong, as :meth:`chainrule.explanation.Diagnosis.to_dict` tells it.
    history : dict of str to list
        Every quantity of every epoch.
    best_epoch : int
        The epoch the weights are from.
    stopped : str
        Why training ended, in a sentence.
    restarts : dict
        How each of several starts went, and which was best; empty for a single one.
    rate_test : dict
        The curve of a learning-rate range test and what it suggests; empty if there was none.
    seconds : float
        How long the fit took.
    created : str
        Date and time, UTC.
    versions : dict of str to str
        Of chainrule and what it stands on.
    """

    name: str
    target: str
    task: str
    classes: list[Any] | None
    columns: list[dict[str, Any]]
    settings: dict[str, Any]
    data: dict[str, Any]
    split: dict[str, Any]
    baselines: dict[str, dict[str, Any]]
    scores: dict[str, Any]
    verdict: str
    diagnosis: dict[str, Any]
    history: dict[str, list[Any]]
    best_epoch: int
    stopped: str
    restarts: dict[str, Any]
    rate_test: dict[str, Any]
    seconds: float
    created: str
    versions: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Origin:
        """Rebuild an origin from what :meth:`to_dict` gave.

        Parameters
        ----------
        plain : dict
            From JSON.

        Returns
        -------
        Origin

        Raises
        ------
        TypeError
            Something is missing, too much, or of another type.
        """
        origin = cls(**plain)
        for field in dataclasses.fields(cls):
            value = getattr(origin, field.name)
            # The annotations are text: "list[Any] | None" begins with the type to expect.
            kind = _KINDS[str(field.type).partition("[")[0]]
            if not isinstance(value, kind) and not (field.name == "classes" and value is None):
                raise TypeError(f"{field.name} is a {type(value).__name__}")
        return origin


_KINDS: dict[str, Any] = {
    "str": str,
    "list": list,
    "dict": dict,
    "int": int,
    "float": (int, float),
}


@dataclass(frozen=True)
class Model:
    """A fitted pipeline from table to prediction, and how it was made.

    Attributes
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Steps ``encoder`` and ``network``; takes a polars.DataFrame.
    origin : Origin
        How it was made.
    """

    pipeline: Pipeline
    origin: Origin

    @property
    def columns(self) -> list[str]:
        """The columns that a table must have to be predicted."""
        return [c["name"] for c in self.origin.columns if c["used"]]

    @property
    def layer_sizes(self) -> list[int]:
        """Inputs, neurons of each hidden layer, outputs."""
        weights = network_of(self.pipeline).coefs_
        return [weights[0].shape[0], *(w.shape[1] for w in weights)]

    @property
    def parameter_count(self) -> int:
        """Weights and biases together."""
        sizes = self.layer_sizes
        return sum((a + 1) * b for a, b in pairwise(sizes))

    @property
    def zero_count(self) -> int:
        """How many of the weights are exactly 0, as an L1 penalty leaves them."""
        return sum(int((w == 0).sum()) for w in network_of(self.pipeline).coefs_)

    def to_dict(self) -> dict[str, Any]:
        """Return its size and origin as plain data for JSON."""
        return {
            "layers": self.layer_sizes,
            "parameters": self.parameter_count,
            "zero_weights": self.zero_count,
            **self.origin.to_dict(),
        }

    def probabilities(self, frame: pl.DataFrame) -> NDArray[np.floating[Any]]:
        """Return the probability of each class for each row.

        Parameters
        ----------
        frame : polars.DataFrame
            n rows with at least the columns of ``self.columns``.

        Returns
        -------
        array of shape (n, k)
            Rows sum to 1.

        Raises
        ------
        InputError
            The model decides for a class without giving probabilities.
        """
        found, probabilistic = self.class_outputs(frame)
        if not probabilistic:
            raise InputError(
                "a perceptron decides for a class and gives no probabilities: leave out "
                "--probabilities, or train --model logistic"
            )
        return found

    def class_outputs(self, frame: pl.DataFrame) -> tuple[NDArray[np.floating[Any]], bool]:
        """Return the probabilities of the classes, or 1 for the one that is decided for.

        Parameters
        ----------
        frame : polars.DataFrame
            n rows with at least the columns of ``self.columns``.

        Returns
        -------
        outputs : array of shape (n, k)
            Rows sum to 1.
        probabilistic : bool
            Whether these are probabilities.
        """
        return class_outputs(self.pipeline, frame)

    def numbers(self, frame: pl.DataFrame) -> NDArray[np.floating[Any]]:
        """Return the predicted number for each row.

        Parameters
        ----------
        frame : polars.DataFrame
            n rows with at least the columns of ``self.columns``.

        Returns
        -------
        array of shape (n,)
        """
        found: NDArray[np.floating[Any]] = np.ravel(self.pipeline.predict(frame))
        return found


def class_outputs(model: Any, x: Any) -> tuple[NDArray[np.floating[Any]], bool]:
    """Return the probabilities of the classes, or 1 for the one that is decided for.

    Parameters
    ----------
    model : estimator or Pipeline
        That classifies.
    x : array or table
        n rows.

    Returns
    -------
    outputs : array of shape (n, k)
        Rows sum to 1.
    probabilistic : bool
        Whether these are probabilities.
    """
    if hasattr(model, "predict_proba"):
        return model.predict_proba(x), True
    decided = np.asarray(model.predict(x))[:, None] == model.classes_
    return decided.astype(np.float32), False


def network_of(pipeline: Pipeline) -> Any:
    """Return the network itself, which a regression wraps to scale its target.

    Parameters
    ----------
    pipeline : Pipeline
        Of a :class:`Model`.

    Returns
    -------
    MLPClassifier, MLPRegressor, LogisticRegression, LinearRegression or Perceptron
    """
    return unwrapped(pipeline.named_steps["network"])


def unwrapped(estimator: Any) -> Any:
    """Return a fitted estimator without the TransformedTargetRegressor around it, if there is one.

    Parameters
    ----------
    estimator : estimator
        With a wrapper or without.

    Returns
    -------
    estimator
    """
    return getattr(estimator, "regressor_", estimator)
