"""PyTorch: a loop of steps over tensors, gathered once an epoch; Adam fused."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from network import LEARNING_RATE, Array, Network, Weights, probabilities

Parameters = list[Tensor]  # W and b of each layer, one after the other
Forward = Callable[[Parameters, Tensor], Tensor]
Step = Callable[[Tensor, Tensor], None]


def forward(parameters: Parameters, x: Tensor) -> Tensor:
    """Return the logits, shape (rows, outputs)."""
    for i in range(0, len(parameters) - 2, 2):
        x = torch.relu(torch.addmm(parameters[i + 1], x, parameters[i]))
    return torch.addmm(parameters[-1], x, parameters[-2])


def forward_all(parameters: Parameters, x: Tensor) -> Tensor:
    """Return the logits of several networks, each on its rows, shape (networks, rows, outputs)."""
    for i in range(0, len(parameters) - 2, 2):
        x = torch.relu(torch.baddbmm(parameters[i + 1], x, parameters[i]))
    return torch.baddbmm(parameters[-1], x, parameters[-2])


def error(z: Tensor, y: Tensor) -> Tensor:
    """Return the mean error of the rows; of several networks, the sum of their mean errors."""
    if z.shape[-1] == 1:
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        return loss(z.squeeze(-1), y) * (len(z) if z.ndim == 3 else 1)
    return torch.nn.functional.cross_entropy(z, y)


class Eager:
    """Without compilation."""

    def __init__(self, network: Network, threads: int) -> None:
        torch.set_num_threads(threads)
        self.network = network
        self.parameters: Parameters = []
        self.logits = forward

    def _assign(self, arrays: Sequence[Array]) -> None:
        """Set the numbers in place, so that what was compiled stays valid."""
        given = [torch.from_numpy(array) for array in arrays]
        if [p.shape for p in self.parameters] != [g.shape for g in given]:
            self.parameters = [g.clone().requires_grad_() for g in given]
        with torch.no_grad():
            for parameter, value in zip(self.parameters, given, strict=True):
                parameter.copy_(value)

    def set_weights(self, weights: Weights) -> None:
        """Take these weights."""
        self._assign([array for pair in weights for array in pair])

    def _rows(self, X: Array, y: Array) -> tuple[Tensor, Tensor]:
        answers = torch.from_numpy(y)
        return torch.from_numpy(X), answers.float() if self.network.outputs == 1 else answers

    def _stepper(self, forward: Forward) -> Step:
        """Return what steps on one mini-batch, Adam at its beginning."""
        optimizer = torch.optim.Adam(self.parameters, lr=LEARNING_RATE, fused=True)

        def step(x: Tensor, y: Tensor) -> None:
            optimizer.zero_grad(set_to_none=True)
            error(forward(self.parameters, x), y).backward()
            optimizer.step()

        return step

    def fit(self, X: Array, y: Array, epochs: int, *, seed: int) -> None:
        """Gather the rows of an epoch in their new order, then step over their parts."""
        torch.manual_seed(seed)
        self.set_weights(self.network.start(seed))
        rows, answers = self._rows(X, y)
        step, batch = self._stepper(forward), self.network.batch
        for _ in range(epochs):
            order = torch.randperm(len(rows))
            for x, t in zip(rows[order].split(batch), answers[order].split(batch), strict=True):
                step(x, t)

    def predict_proba(self, X: Array) -> Array:
        """Predict all rows at once, without a graph."""
        with torch.inference_mode():
            z = self.logits(self.parameters, torch.from_numpy(X))
            if z.shape[1] == 1:
                p = torch.sigmoid(z)
                return torch.hstack([1 - p, p]).numpy()
            return torch.softmax(z, 1).numpy()

    def predictor(self, *, compiled: bool = False) -> Callable[[Array], Array]:
        """Return predict_proba."""
        del compiled
        return self.predict_proba

    def fit_restarts(self, X: Array, y: Array, epochs: int, *, seeds: Sequence[int]) -> None:
        """Step all networks at once: every matrix product is one of a batch."""
        torch.manual_seed(seeds[0])
        starts = [[a for pair in self.network.start(s) for a in pair] for s in seeds]
        stacked = [np.stack(arrays) for arrays in zip(*starts, strict=True)]
        self._assign([a[:, None] if a.ndim == 2 else a for a in stacked])
        rows, answers = self._rows(X, y)
        step, batch = self._stepper(forward_all), self.network.batch
        for _ in range(epochs):
            orders = torch.stack([torch.randperm(len(rows)) for _ in seeds])
            for part in range(math.ceil(len(rows) / batch)):
                picked = orders[:, part * batch : (part + 1) * batch]
                step(rows[picked], answers[picked])

    def predict_restarts(self, X: Array) -> list[Array]:
        """Predict with each network."""
        with torch.inference_mode():
            x = torch.from_numpy(X).expand(len(self.parameters[0]), *X.shape)
            return [probabilities(z) for z in forward_all(self.parameters, x).numpy()]


class Compiled(Eager):
    """A whole step, from forward to Adam's, as one graph compiled by torch.compile.

    That is several times as fast as a compiled forward and backward with the optimizer beside
    them. Every shape of a mini-batch is compiled on its own.
    """

    options = MappingProxyType({"cpp_wrapper": True})  # less Python around the graph

    def __init__(self, network: Network, threads: int) -> None:
        super().__init__(network, threads)
        self.compiled: dict[Forward, Callable[..., None]] = {}
        self.logits = torch.compile(forward, dynamic=False, options=dict(self.options))

    def _stepper(self, forward: Forward) -> Step:
        if forward not in self.compiled:
            self.compiled[forward] = torch.compile(
                partial(_adam_step, forward),
                dynamic=False,
                fullgraph=True,
                options=dict(self.options),
            )
        compiled = self.compiled[forward]
        parameters = [p.detach() for p in self.parameters]
        means, squares = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
        steps = torch.zeros(())
        return lambda x, y: compiled(parameters, means, squares, steps, x, y)


def _adam_step(
    forward: Forward,
    parameters: Parameters,
    means: Parameters,
    squares: Parameters,
    steps: Tensor,
    x: Tensor,
    y: Tensor,
) -> None:
    """Change the parameters and Adam's memory in place."""
    gradient = torch.func.grad(lambda p: error(forward(p, x), y))(parameters)
    steps.add_(1)
    first, second = 1 - 0.9**steps, 1 - 0.999**steps
    for p, m, v, g in zip(parameters, means, squares, gradient, strict=True):
        m.lerp_(g, 0.1)
        v.mul_(0.999).addcmul_(g, g, value=0.001)
        p.sub_(LEARNING_RATE * (m / first) / ((v / second).sqrt() + 1e-8))
