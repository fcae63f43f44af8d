"""What the compiled kernels and those who call them agree on: codes, and what lies where.

Nothing is compiled for it, so that it is at hand before there is anything to run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ABANDONED",
    "ACCUMULATE",
    "ADAM",
    "ARRIVED",
    "CUBIC",
    "ERROR",
    "FIRST",
    "GENERATION",
    "GRADIENT",
    "LINEAR",
    "MISTAKES",
    "MUON",
    "NADAM",
    "NEEDS_SLOPE",
    "PACE",
    "PARAMETERS",
    "PENALTY",
    "QUINTIC",
    "RMSPROP",
    "ROUNDS",
    "SCRATCH",
    "SECOND",
    "SETTINGS",
    "SGD",
    "SQUARES",
    "SUMS",
    "TINY",
    "USUAL_LENGTH",
    "make_barrier",
]

SETTINGS = np.dtype(
    [
        ("loss", np.int64),
        ("optimizer", np.int64),
        ("batch_size", np.int64),
        ("capacity", np.int64),
        ("first_row", np.int64),
        ("last_row", np.int64),
        ("parts", np.int64),
        ("first_part", np.int64),
        ("last_part", np.int64),
        ("members", np.int64),
        ("step", np.int64),
        ("seed", np.uint64),
        ("nesterov", np.bool_),
        *(
            (name, np.float64)
            for name in (
                "share",
                "momentum",
                "pace",
                "beta_1",
                "beta_2",
                "rho",
                "epsilon",
                "weight_decay",
                "l1",
                "l2",
                "max_norm",
                "clip_norm",
                "label_smoothing",
                "input_noise",
                "input_dropout",
            )
        ),
    ],
    align=True,
)
"""What a member of a training run is told, one record; ``step`` counts the updates, and ``pace``
is what the velocity would be if the gradient had always been 1.

A mini-batch of ``batch_size`` rows is cut into ``parts``; this member, one of ``members``, takes
those from ``first_part`` to before ``last_part``, with a workspace for ``capacity`` rows.
``share`` is what wᵢ eᵢ is multiplied by: 0 for 1 / Σ wᵢ of the mini-batch, given as 1 / Σ wᵢ of all
rows where gradients are only added up. Norms, rates of dropout and strengths that are 0 are not
applied.
"""

PARAMETERS, FIRST, SECOND, GRADIENT = 0, 1, 2, 3
"""The rows of a state; from GRADIENT on there is one for each part of a mini-batch."""

SUMS = ERROR, PENALTY, MISTAKES, SQUARES, PACE = 0, 1, 2, 3, 4
"""The columns of a run's sums: what each part of a mini-batch found out, and the first part's where
the pace is after the last."""

SGD = 0
ADAM = 1
ACCUMULATE = 2
"""No step at all: gradients of many batches are added up."""
RMSPROP = 3
NADAM = 4
MUON = 5
"""NADAM, but for the weights between two hidden layers: :mod:`chainrule.network.muon`."""

SCRATCH = 4
"""How many more rows a state has for Muon: X, the next X, and two products."""

# Muon: the odd polynomial a x + b x³ + c x⁵ takes every number in (0, 1] near to 1 in a few rounds.
ROUNDS = 5
LINEAR, CUBIC, QUINTIC = 3.4445, -4.7750, 2.0315
TINY = 1e-8
# A step is as long as one of Adam's usually is: so many times α for each weight.
USUAL_LENGTH = 0.2

NEEDS_SLOPE = ("gelu", "silu", "mish", "softmax")
"""Activations whose derivative cannot be had from h after dropout; when h is computed f′ is kept,
for softmax h itself, on which every ∂hᵢ/∂zⱼ of the row depends."""

ARRIVED, GENERATION, ABANDONED = 0, 8, 16  # a cache line apart, in a barrier's array


def make_barrier() -> NDArray[np.int64]:
    """Return a barrier at which the members of a team wait for each other."""
    return np.zeros(24, np.int64)
