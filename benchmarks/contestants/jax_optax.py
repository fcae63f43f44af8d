"""JAX and optax: everything of an epoch, or of a hundred, is one compiled call.

Of what was tried this is the fastest: the orders of the rows are drawn by NumPy (jax.random's take
several times as long), the rows of an epoch are gathered at once (gathered mini-batch by
mini-batch, products on two threads take ten times as long), Adam runs over one vector of all
numbers (optax.flatten), and the loop is not unrolled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from network import LEARNING_RATE, Array, Network, Weights

OPTIMIZER = optax.flatten(optax.adam(LEARNING_RATE))


def logits(weights: Any, x: Any) -> Any:
    """Return the logits, shape (rows, outputs)."""
    for W, b in weights[:-1]:
        x = jax.nn.relu(x @ W + b)
    W, b = weights[-1]
    return x @ W + b


def error(weights: Any, x: Any, y: Any) -> Any:
    """Return the mean error of the rows."""
    z = logits(weights, x)
    if z.shape[1] == 1:
        return optax.sigmoid_binary_cross_entropy(z[:, 0], y).mean()
    return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()


def step(state: Any, rows: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return the state after a step, and the error before it."""
    weights, memory = state
    value, gradient = jax.value_and_grad(error)(weights, *rows)
    updates, memory = OPTIMIZER.update(gradient, memory, weights)
    return (optax.apply_updates(weights, updates), memory), value


def epoch(batch: int, state: Any, order: Any, *, X: Any, y: Any) -> tuple[Any, Any]:
    """Step over the mini-batches of an epoch; the last may be smaller."""
    full = len(order) // batch
    used, rest = order[: full * batch], order[full * batch :]
    parts = (X[used].reshape(full, batch, -1), y[used].reshape(full, batch))
    state, errors = jax.lax.scan(step, state, parts)
    if len(rest):
        state, _ = step(state, (X[rest], y[rest]))
    return state, errors.mean()


def permutations(count: int, seed: int) -> Iterator[Array]:
    """Yield one order of the rows after the other."""
    random = np.random.default_rng(seed)
    while True:
        yield random.permutation(count).astype(np.int32)


@jax.jit
def _probabilities(weights: Any, x: Any) -> Any:
    z = logits(weights, x)
    if z.shape[1] == 1:
        p = jax.nn.sigmoid(z)
        return jnp.hstack([1 - p, p])
    return jax.nn.softmax(z)


class EpochJitted:
    """One compiled call an epoch, its state donated."""

    def __init__(self, network: Network, threads: int) -> None:
        del threads  # set by the environment, before JAX is loaded
        self.network = network
        run = partial(epoch, network.batch)
        self.epoch = jax.jit(lambda s, o, X, y: run(s, o, X=X, y=y), donate_argnums=0)
        each = jax.vmap(lambda s, o, X, y: run(s, o, X=X, y=y), in_axes=(0, 0, None, None))
        self.epoch_of_all = jax.jit(each, donate_argnums=0)
        self.probabilities = _probabilities

    def _rows(self, X: Array, y: Array) -> tuple[Any, Any]:
        return jnp.asarray(X), jnp.asarray(y, np.float32 if self.network.outputs == 1 else np.int32)

    def fit(self, X: Array, y: Array, epochs: int, *, seed: int) -> None:
        """Call the compiled epochs."""
        self.set_weights(self.network.start(seed))
        state = (self.weights, OPTIMIZER.init(self.weights))
        orders = permutations(len(X), seed)
        state = self._train(state, *self._rows(X, y), orders=orders, epochs=epochs)
        self.weights = jax.block_until_ready(state)[0]

    def _train(
        self, state: Any, rows: Any, answers: Any, *, orders: Iterator[Array], epochs: int
    ) -> Any:
        for _ in range(epochs):
            state, _ = self.epoch(state, next(orders), rows, answers)
        return state

    def set_weights(self, weights: Weights) -> None:
        """Take these weights."""
        self.weights = [(jnp.array(W), jnp.array(b)) for W, b in weights]

    def predict_proba(self, X: Array) -> Array:
        """Predict all rows at once."""
        return np.asarray(self.probabilities(self.weights, X))

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return predict_proba."""
        del compiled
        return self.predict_proba

    def fit_restarts(self, X: Array, y: Array, epochs: int, *, seeds: Sequence[int]) -> None:
        """Map the epoch over the networks: every matrix product is one of a batch."""
        orders = permutations(len(X), seeds[0])
        starts = [self.network.start(seed) for seed in seeds]
        weights = jax.tree.map(lambda *arrays: jnp.stack(arrays), *starts)
        state = (weights, jax.vmap(OPTIMIZER.init)(weights))
        rows, answers = self._rows(X, y)
        for _ in range(epochs):
            drawn = np.stack([next(orders) for _ in seeds])
            state, _ = self.epoch_of_all(state, drawn, rows, answers)
        self.all_weights = jax.block_until_ready(state)[0]

    def predict_restarts(self, X: Array) -> list[Array]:
        """Predict with each network."""
        return list(np.asarray(jax.vmap(_probabilities, in_axes=(0, None))(self.all_weights, X)))


class HundredJitted(EpochJitted):
    """One compiled call for a hundred epochs: nobody hears of an epoch before the last has ended.

    It pays where an epoch is a single short step; elsewhere it is no faster.
    """

    hundred = 100

    def __init__(self, network: Network, threads: int) -> None:
        super().__init__(network, threads)

        def run(state: Any, orders: Any, X: Any, y: Any) -> Any:
            return jax.lax.scan(
                lambda s, order: epoch(network.batch, s, order, X=X, y=y), state, orders
            )

        self.epochs = jax.jit(run, donate_argnums=0)

    def _train(
        self, state: Any, rows: Any, answers: Any, *, orders: Iterator[Array], epochs: int
    ) -> Any:
        for _ in range(epochs // self.hundred):
            drawn = np.stack([next(orders) for _ in range(self.hundred)])
            state, _ = self.epochs(state, drawn, rows, answers)
        rest = epochs % self.hundred
        return super()._train(state, rows, answers, orders=orders, epochs=rest)
