"""A model taken apart: the steps before its network, the network, what is done to its targets."""

from __future__ import annotations

from typing import Any, NamedTuple

from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from chainrule.errors import InputError

__all__ = ["Parts", "parts_of", "take_apart", "whole_model", "with_article"]


class Parts(NamedTuple):
    """What a model is made of.

    Attributes
    ----------
    whole : estimator or Pipeline
        What takes raw rows; of a model file, its pipeline.
    steps : tuple of transformer
        What rows go through before the network.
    transformers : tuple of transformer
        What targets go through before the network, the first one first.
    network : estimator
        The network itself.
    """

    whole: Any
    steps: tuple[Any, ...]
    transformers: tuple[Any, ...]
    network: Any


def take_apart(model: Any, asker: str) -> Parts:
    """Find the network in a model, and see that it has weights.

    Parameters
    ----------
    model : estimator, Pipeline, TransformedTargetRegressor, or what a model file holds
        As a person has it.
    asker : str
        The function that looks at it, for what it says of others.

    Returns
    -------
    Parts

    Raises
    ------
    InputError
        There is no network of this package in it.
    sklearn.exceptions.NotFittedError
        The network has no weights yet.
    """
    parts = parts_of(model)
    _check_network(parts.network, asker)
    return parts


def parts_of(model: Any) -> Parts:
    """Take a model apart as :func:`take_apart` does, whatever it ends in, fitted or not."""
    steps: list[Any] = []
    transformers: list[Any] = []
    held = getattr(model, "pipeline", None)
    whole = network = held if isinstance(held, Pipeline) else model
    while True:
        if isinstance(network, Pipeline):
            steps += [s for _, s in network.steps[:-1] if s is not None and not isinstance(s, str)]
            network = network.steps[-1][1]
        elif isinstance(network, TransformedTargetRegressor):
            # Not fitted, it has neither; the network in it then says so.
            transformers += [network.transformer_] if hasattr(network, "transformer_") else []
            network = getattr(network, "regressor_", network.regressor)
        else:
            break
    return Parts(whole, tuple(steps), tuple(transformers), network)


def whole_model(model: Any, asker: str) -> Any:
    """Return what takes raw rows and predicts, of any library, and see that it is fitted.

    Parameters
    ----------
    model : estimator, Pipeline, or what a model file holds
        As a person has it.
    asker : str
        What looks at its predictions, for what it says of others.

    Returns
    -------
    estimator or Pipeline

    Raises
    ------
    InputError
        It predicts nothing.
    sklearn.exceptions.NotFittedError
        It is not fitted.
    """
    held = getattr(model, "pipeline", None)
    whole = held if isinstance(held, Pipeline) else model
    if isinstance(whole, type) or not hasattr(whole, "predict"):
        given = f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise InputError(f"{asker} needs a model that predicts, not {given}")
    try:
        check_is_fitted(whole)
    except (NotFittedError, TypeError) as error:
        raise NotFittedError(
            f"this {type(whole).__name__} is not fitted; call fit first"
        ) from error
    return whole


def with_article(kind: str) -> str:
    """Write a or an before what something is called.

    Examples
    --------
    >>> with_article("Perceptron"), with_article("array"), with_article("MLPClassifier")
    ('a Perceptron', 'an array', 'an MLPClassifier')
    """
    # One says "an em".
    return f"{'an' if kind.startswith(('MLP', *'aeiouAEIOU')) else 'a'} {kind}"


def _check_network(network: Any, asker: str) -> None:
    if isinstance(network, type) or not hasattr(type(network), "_network"):
        kind = type(network).__name__
        given = with_article(kind)
        if isinstance(network, type) or network is None:
            given = "None" if network is None else f"the class {network.__name__}"
        raise InputError(
            f"{asker} looks at a network of chainrule, or a pipeline that ends in one, not at "
            f"{given}"
        )
    try:
        check_is_fitted(network)
    except NotFittedError as error:
        raise NotFittedError(
            f"{asker} looks at weights, and this {type(network).__name__} has none yet; call fit "
            "or initialize first"
        ) from error
