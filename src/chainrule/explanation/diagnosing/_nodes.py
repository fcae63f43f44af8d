"""Findings inside the network: its nodes, and the slopes that reach them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chainrule.explanation._case import Case
from chainrule.explanation.diagnosing._finding import Finding, counted, joined, show
from chainrule.mathematics import ACTIVATIONS
from chainrule.mathematics.arrays import Array

__all__ = [
    "dead_units",
    "exploding_gradients",
    "is_dead",
    "is_saturated",
    "nodes_all_the_same",
    "saturated_units",
    "vanishing_gradients",
]

# Nodes that started alike stay alike but for rounding.
_SAME = 1e-6
# A trained network has some dead units and is none the worse for it: in good fits of eleven tables
# up to a fifth of one hidden layer, of ten layers up to a quarter in all and two fifths of one.
DEAD = 0.3
DEAD_IN_ONE = 0.5
_FEW_ROWS = 40
# |f′| below a twentieth of its largest value: tanh beyond ±0.975, the sigmoid beyond 0.013 … 0.987.
FLAT = 0.05
# On nearly all rows.
NEARLY_ALL = 0.95
# A classifier makes use of some saturated units: they are its decisions.
SATURATED = 0.5
# Three orders of magnitude between the first and the last layer. In healthy networks of the tables,
# up to five hidden layers deep, it was less than two.
ORDERS = 1e3
# A step that would carry the weights farther than they are from 0.
LONG_STEP = 1.0
# The default of Adam and its kin.
_USUAL_RATE = 0.001
# Whose steps are as long as the rate times the gradient.
_PLAIN = ("sgd", "gd", "momentum", "nesterov")


def nodes_all_the_same(case: Case) -> Finding | None:
    """CR103: a hidden layer whose nodes all have the same weights, so that they learn the same."""
    layers = [i for i in range(len(case.network.layers) - 1) if _symmetric(case, i)]
    if not layers:
        return None
    nodes = case.network.layers[layers[0]].outputs
    zero = all(not case.network.views(case.parameters)[i][0].any() for i in layers)
    what = "have only zeros for weights" if zero else "have the same weights"
    return Finding(
        "CR103",
        "All nodes of a layer are the same",
        f"All {nodes} nodes of {_named(layers)} {what}, so that each gets the same gradient and "
        "they stay the same: together they are worth one node.",
        "initialization='glorot', which draws them at random"
        + (
            f" (now {case.setting('initialization')!r})."
            if case.setting("initialization") == "zeros"
            else "."
        ),
        {"layers": [i + 1 for i in layers], "nodes": nodes},
    )


def _symmetric(case: Case, layer: int) -> bool:
    weights, bias = case.network.views(case.parameters)[layer]
    if len(bias) < 2 or not case.finite:
        return False
    # Nodes that an L1 penalty has switched off are zero because it was asked for.
    if not weights.any() and case.setting("l1", 0) > 0:
        return False
    nodes = np.vstack([weights, bias])
    apart = np.abs(nodes - nodes[:, :1]).max()
    return bool(apart <= _SAME * np.abs(nodes).max())


def _named(layers: list[int]) -> str:
    """Name hidden layers, counted from 1."""
    numbers = joined([str(i + 1) for i in layers])
    return f"hidden layer{'s' if len(layers) > 1 else ''} {numbers}"


# ---------------------------------------------------------------------- units


def dead_units(case: Case) -> Finding | None:
    """CR301: ReLU units that are 0 on every row, and so get no gradient."""
    dead: dict[int, NDArray[np.bool_]] = {
        i: is_dead(case, i)
        for i, layer in enumerate(case.network.layers[:-1])
        if layer.activation == "relu"
    }
    dead = {i: units for i, units in dead.items() if not _pruned(case, i)}
    bad = [i for i, units in dead.items() if units.mean() >= DEAD]
    # A unit that is active on one row in ten is 0 on all of fewer rows by chance.
    if (
        len(case.x) < _FEW_ROWS
        or not bad
        or (
            np.concatenate(list(dead.values())).mean() < DEAD
            and max(units.mean() for units in dead.values()) < DEAD_IN_ONE
        )
    ):
        return None
    # Behind a strong penalty units die because their weights are held near 0.
    if case.has_coped or case.strong_penalty() is not None:
        return None
    told = joined([f"{dead[i].sum()} of {dead[i].size} in hidden layer {i + 1}" for i in bad])
    return Finding(
        "CR301",
        "Dead ReLU units",
        f"ReLU units that were 0 for every one of {counted(len(case.x), 'row')}, and so learn "
        f"nothing more: {told}.",
        _revive(case),
        {
            "layers": [i + 1 for i in bad],
            "dead": [int(dead[i].sum()) for i in bad],
            "units": [int(dead[i].size) for i in bad],
            "rows": len(case.x),
        },
    )


def is_dead(case: Case, layer: int) -> NDArray[np.bool_]:
    """Whether each ReLU unit of a layer is 0 on every row, shape (nodes,)."""
    return np.asarray(~(case.trace.h[layer] > 0).any(axis=0))


def _revive(case: Case) -> str:
    """Say what keeps units alive: smaller steps, where large ones have thrown them off."""
    rate = case.rate
    # Each step of Adam and its kin moves every weight by up to the rate.
    if case.history and rate is not None and rate > _USUAL_RATE and case.solver not in _PLAIN:
        return f"{case.other_rate(0.1)}: large steps throw units off."
    return "activation='leaky_relu', which has a slope where ReLU has none."


def _pruned(case: Case, layer: int) -> bool:
    """Whether an L1 penalty was asked for and has switched off this layer's dead units."""
    weights, _ = case.network.views(case.parameters)[layer]
    return bool(case.setting("l1", 0) > 0 and (~weights.any(axis=0)).mean() >= DEAD)


def saturated_units(case: Case) -> Finding | None:
    """CR302: sigmoid or tanh units at the flat ends of their curve on nearly all rows."""
    shares = {
        i: float(is_saturated(case, i).mean())
        for i, layer in enumerate(case.network.layers[:-1])
        if layer.activation in ("logistic", "tanh")
    }
    bad = [i for i, share in shares.items() if share >= SATURATED]
    if not bad or case.has_coped:
        return None
    units = [case.network.layers[i].outputs for i in bad]
    told = joined(
        [
            f"{shares[i]:.0%} of the {n} in hidden layer {i + 1}"
            for i, n in zip(bad, units, strict=True)
        ]
    )
    name = case.network.layers[bad[0]].activation.replace("logistic", "sigmoid")
    return Finding(
        "CR302",
        "Saturated units",
        f"Units at the flat ends of the {name}, where its slope is below {FLAT:.0%} of the "
        f"largest, on {NEARLY_ALL:.0%} of {counted(len(case.x), 'row')} or more: {told}.",
        _steeper(case),
        {"layers": [i + 1 for i in bad], "shares": [shares[i] for i in bad], "units": units},
    )


def is_saturated(case: Case, layer: int) -> NDArray[np.bool_]:
    """Whether each sigmoid or tanh unit is at the flat ends on nearly all rows, shape (nodes,)."""
    return np.asarray(_flat(case, layer).mean(axis=0) >= NEARLY_ALL)


def _flat(case: Case, layer: int) -> NDArray[np.bool_]:
    record = ACTIVATIONS[case.network.layers[layer].activation]
    steepest = float(record.derivative(np.zeros(1))[0])
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(record.derivative(case.trace.z[layer])) < FLAT * steepest)


def _steeper(case: Case) -> str:
    scheme = case.setting("initialization", "glorot")
    if scheme not in ("glorot", "he") and not case.history:
        return f"initialization='glorot' (now {scheme!r}), which keeps weighted sums near 0."
    return "activation='relu', which is not flat where it is active."


# ---------------------------------------------------------------------- slopes


def vanishing_gradients(case: Case) -> Finding | None:
    """CR303: a gradient that gets smaller by orders of magnitude towards the first layer."""
    slopes, layers = case.slopes, case.network.layers
    step = [i for i, layer in enumerate(layers[:-1]) if layer.activation == "step"]
    if step and np.isfinite(slopes).all():
        return Finding(
            "CR303",
            "Vanishing gradients",
            f"No gradient reaches {_named(list(range(step[-1] + 1)))}: the slope of the step "
            "function is 0 everywhere.",
            "activation='sigmoid', a step with a slope.",
            {"slopes": slopes.tolist()},
        )
    # A slope of exactly 0 has another cause: dead units, weights that are all zero.
    if len(layers) < 3 or not (slopes > 0).all() or slopes[-1] < ORDERS * slopes[0]:
        return None
    sigmoid = layers[0].activation in ("logistic", "tanh", "softmax")
    return Finding(
        "CR303",
        "Vanishing gradients",
        f"From the output to hidden layer 1 the gradient gets {show(slopes[-1] / slopes[0])} "
        f"times smaller: {_course(slopes)}.",
        "activation='relu', which passes slopes on undiminished."
        if sigmoid
        else "fewer hidden layers: hidden_layer_sizes with one or two.",
        {"slopes": slopes.tolist()},
    )


def exploding_gradients(case: Case) -> Finding | None:
    """CR304: a gradient that grows towards the first layer, or a step longer than the weights."""
    slopes = case.slopes
    if not case.finite:
        return None
    if not np.isfinite(slopes).all() or slopes[0] > ORDERS * slopes[-1] > 0:
        factor = float(slopes[0] / slopes[-1])
        told = f"{show(factor)} times larger" if np.isfinite(factor) else "infinite"
        scheme = case.setting("initialization", "glorot")
        return Finding(
            "CR304",
            "Exploding gradients",
            f"From the output to the first layer the gradient gets {told}: {_course(slopes)}.",
            "clip_norm=1.0, which shortens a gradient longer than that."
            if scheme in ("glorot", "he")
            else f"initialization='glorot' (now {scheme!r}).",
            {"slopes": slopes.tolist()},
        )
    return _long_step(case)


def _long_step(case: Case) -> Finding | None:
    """Whether a plain step along the gradient is longer than the weights themselves."""
    rate, weights = case.rate, float(np.linalg.norm(case.parameters))
    # The steps of Adam and its kin have the length of the rate, whatever the gradient's.
    clipped = case.setting("clip_norm") is not None
    if case.solver not in _PLAIN or rate is None or weights == 0 or clipped:
        return None
    gradient = float(np.linalg.norm(case.gradient))
    if not rate * gradient > LONG_STEP * weights:
        return None
    return Finding(
        "CR304",
        "Exploding gradients",
        f"A step of learning rate {rate:g} along a gradient of length {show(gradient)} would be "
        f"{show(rate * gradient / weights)} times as long as all weights together "
        f"({show(weights)}).",
        "clip_norm=1.0, which shortens a gradient longer than that.",
        {"gradient": gradient, "weights": weights, "learning_rate": rate},
    )


def _course(slopes: Array) -> str:
    return " → ".join(show(slope) for slope in slopes[::-1])
