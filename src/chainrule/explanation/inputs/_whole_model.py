"""A fitted model taken apart: the steps before its network, the network, and the way back of y."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from chainrule.errors import InputError
from chainrule.explanation._parts import take_apart
from chainrule.explanation._rows import in_one_sentence, names_after, read_inputs
from chainrule.explanation.inputs._raw_columns import (
    RawColumns,
    columns_wanted,
    probe_sources,
    trace_all,
)
from chainrule.explanation.inputs._raw_rows import RawRows, raw_rows
from chainrule.explanation.worked._output import Output
from chainrule.mathematics.arrays import Array
from chainrule.tables.names import did_you_mean

__all__ = ["WholeModel", "open_model"]


@dataclass(frozen=True, eq=False)
class WholeModel:
    """A network and what stands around it.

    Attributes
    ----------
    model : estimator or Pipeline
        What predicts raw rows.
    network : estimator
        The network of this package in it.
    steps : tuple of transformer
        What rows go through before it.
    restorers : tuple of transformer
        What brings predicted numbers back to the target's own units, the first one first.
    classes : tuple or None
        The classes, in the order of their outputs; None for numbers.
    target : str or None
        What the predicted column is called, if that is known.
    """

    model: Any
    network: Any
    steps: tuple[Any, ...]
    restorers: tuple[Any, ...]
    classes: tuple[Any, ...] | None
    target: str | None

    # ------------------------------------------------------------------ rows

    def read(self, X: Any, name: str) -> RawRows:
        """Take rows as the model takes them: the columns that it knows, in its order."""
        rows = raw_rows(X, name)
        wanted = columns_wanted((*self.steps, self.network))
        return rows if wanted is None else rows.select(wanted)

    def row(self, x: Any, data: RawRows | None) -> RawRows:
        """Take rows, or the row of ``data`` that has this number."""
        if not isinstance(x, int | np.integer) or isinstance(x, bool):
            return self.read(x, "X")
        if data is None:
            raise InputError(f"row {x} is asked for, but no data are given to take it from")
        if not 0 <= x < len(data):
            raise InputError(
                f"there is no row {x}: data have {len(data)} rows, counted from 0 to "
                f"{len(data) - 1}"
            )
        return data.pick(np.array([x]))

    def encode(self, rows: RawRows) -> Array:
        """Send raw rows through all steps: the network's inputs, shape (n, d), float64."""
        with in_one_sentence():
            value = rows.table
            for step in self.steps:
                value = step.transform(value)
            return read_inputs(self.network, value, np.arange(len(rows)), self.inputs)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """What the network's inputs are called."""
        own = getattr(self.network, "feature_names_in_", None)
        names = None if own is None else tuple(str(name) for name in own)
        if names is None and self.steps:
            names = names_after(self.steps)
        count = int(self.network.n_features_in_)
        known = names is not None and len(names) == count
        return names if known and names else tuple(f"X[:, {i}]" for i in range(count))

    def raw_columns(self, rows: RawRows, data: RawRows | None) -> RawColumns:
        """Find which raw columns each input was made of; only some steps need ``data`` for that."""
        sources = trace_all(self.steps, [(i,) for i in range(len(rows.names))])
        if sources is None or len(sources) != len(self.inputs):
            seen = rows if data is None else data
            if len(seen) < 2:
                raise InputError(
                    "which column became which input is found by changing the cells of a table: "
                    "give one with data=, such as the training rows"
                )
            sources = probe_sources(self.encode, seen)
        names = rows.names if self.steps or columns_wanted([self.network]) else self.inputs
        return RawColumns(names, self.inputs, tuple(sources))

    # ------------------------------------------------------------------ what it predicts

    @property
    def classifies(self) -> bool:
        """Whether it predicts labels."""
        return bool(is_classifier(self.network))

    @property
    def several_labels(self) -> bool:
        """Whether a row may have several labels."""
        return getattr(self.network, "_kind", None) == "multilabel"

    @property
    def decides_by_sums(self) -> bool:
        """Whether its outputs are steps, which have no slope: a perceptron's."""
        return bool(self.network._network.loss == "perceptron")

    @cached_property
    def parameters(self) -> tuple[Array, ...]:
        """All weights and biases; of several networks if what they predict is averaged."""
        restarts = self.network._averaged()
        if restarts is None:
            return (self.network._flatten(self.network._network, np.float64),)
        return tuple(run.parameters.astype(np.float64) for run in restarts)

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """Every number it predicts: a probability for each class or label, or the numbers."""
        return self._make_outputs(logit=self.decides_by_sums)

    @cached_property
    def logits(self) -> tuple[Output, ...]:
        """The weighted sums z of the last layer, in the same order."""
        if len(self.parameters) > 1:
            raise InputError(
                f"this model averages what {len(self.parameters)} networks predict, and the "
                "average has no logit; leave out of='logit'"
            )
        return self._make_outputs(logit=True)

    def _make_outputs(self, *, logit: bool) -> tuple[Output, ...]:
        network = self.network._network
        restorers = () if logit else self.restorers
        shared = {"network": network, "parameters": self.parameters, "logit": logit}
        count = network.sizes[-1]
        if self.classes is None or self.several_labels:
            return tuple(
                Output(**shared, place=i, restorers=restorers, name=self._name(i, logit=logit))
                for i in range(count)
            )
        names = [self._name(i, logit=logit) for i in range(len(self.classes))]
        if count > 1:
            return tuple(Output(**shared, place=i, name=name) for i, name in enumerate(names))
        # A single output is the second class's; the first one's is what is left.
        signs = [False] if len(names) == 1 else [True, False]
        pairs = zip(signs, names, strict=True)
        return tuple(Output(**shared, place=0, other=other, name=name) for other, name in pairs)

    def _name(self, place: int, *, logit: bool) -> str:
        if self.classes is None:
            number = self.target or "the predicted number"
            many = self.network._network.sizes[-1] > 1
            what = f"output {place} of {number}" if many else number
        else:
            label = self.classes[place]
            what = f"label {label}" if self.several_labels else repr(label)
        if self.decides_by_sums:
            return f"weighted sum z of {what}"
        if logit:
            return f"logit z of {what}"
        return what if self.classes is None else f"probability of {what}"

    def check_slopes(self) -> None:
        """Refuse a network without slopes: one with steps between input and output."""
        if "step" in {layer.activation for layer in self.network._network.layers[:-1]}:
            raise InputError(
                "a hidden layer of this network has activation 'step', whose slope is 0 wherever "
                "there is one, so no change of an input can be followed to the output; train with "
                "another"
            )

    def decide(self, x: Array) -> NDArray[np.int64]:
        """Return the place of each row's class, of inputs x of shape (n, d)."""
        values = np.stack([output.value(x) for output in self.outputs], axis=1)
        if self.decides_by_sums and values.shape[1] == 2:
            return (values[:, 1] >= 0).astype(np.int64)  # on the line itself it says yes
        return np.asarray(values.argmax(axis=1))

    def find_target(self, target: Any) -> int:
        """Return the place of a class, label or output among :attr:`outputs`."""
        if self.classes is None or self.several_labels:
            return self._find_output(target)
        classes = list(self.classes)
        for same in (lambda c: c == target, lambda c: str(c) == str(target)):
            found = [i for i, known in enumerate(classes) if same(known)]
            if found:
                return found[0]
        raise InputError(
            f"the model knows no class {target!r}"
            f"{did_you_mean(str(target), [str(c) for c in classes])}"
        )

    def _find_output(self, target: Any) -> int:
        count = len(self.outputs)
        whole = isinstance(target, int | np.integer) and not isinstance(target, bool)
        if whole and 0 <= target < count:
            return int(target)
        if count == 1:
            if target is None:
                return 0
            raise InputError(f"the model predicts one number, not {target!r}; leave out target")
        what = "labels" if self.several_labels else "numbers"
        given = "" if target is None else f", and {target!r} is none of them"
        raise InputError(
            f"the model predicts {count} {what}{given}; say which with target=0 … {count - 1}"
        )


def open_model(model: Any, asker: str) -> WholeModel:
    """Take a fitted model apart.

    Parameters
    ----------
    model, asker
        As for :func:`chainrule.explanation._parts.take_apart`.

    Returns
    -------
    WholeModel
    """
    whole, steps, transformers, network = take_apart(model, asker)
    classes = tuple(network.classes_.tolist()) if is_classifier(network) else None
    target = getattr(getattr(model, "origin", None), "target", None)
    return WholeModel(whole, network, steps, transformers[::-1], classes, target)
