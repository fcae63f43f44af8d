"""A fitted network frozen for serving: rows in, predictions out, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture
from chainrule.network.prediction import send_rows, without_output_activation

__all__ = ["Predictor"]


class Predictor:
    """A fitted network with copies of its weights, to be called with one row or a few.

    It comes from an estimator's ``compiled_predictor()`` and knows nothing of it any more: another
    ``fit``, or weights set by hand, change it no more than it changes them.

    Nothing is written to but what a call makes for itself, and the GIL is released meanwhile, so
    that any number of threads may share one. It can be pickled.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs.
    parameters : array of shape (networks, network.parameter_count)
        The weights of one network, or of several whose outputs are averaged; copied.
    classes : array, optional
        What the outputs stand for.
    logits : bool, default=False
        Whether z of the output layer is wanted instead of its h.
    complement : bool, default=False
        Whether a single output p is returned as the two probabilities 1 − p and p.

    Attributes
    ----------
    classes_ : array or None
        The classes, in the order of the columns of what is returned; None where numbers are
        predicted.
    n_features_in_ : int
        d.

    Examples
    --------
    >>> from chainrule import LogisticRegression
    >>> model = LogisticRegression(alpha=1e-3).fit([[-1.0], [0.0], [1.0]], ["no", "no", "yes"])
    >>> predictor = model.compiled_predictor()
    >>> str(predictor.classes_[predictor([2.0]).argmax()])
    'yes'
    >>> predictor([[-2.0], [2.0]]).round()
    array([[1., 0.],
           [0., 1.]])
    """

    __slots__ = ("_complement", "_network", "_parameters", "_single", "classes_", "n_features_in_")

    def __init__(
        self,
        network: Architecture,
        parameters: Array,
        *,
        classes: NDArray[Any] | None = None,
        logits: bool = False,
        complement: bool = False,
    ) -> None:
        self._network = without_output_activation(network) if logits else network
        self._parameters: Array = np.array(parameters)
        self._complement = complement
        self._single = network.sizes[-1] == 1 and not complement
        self.classes_ = None if classes is None else np.array(classes)
        self.n_features_in_ = network.sizes[0]

    def __call__(self, x: Any) -> Any:
        """Predict one row or several.

        Numbers are not looked at: where a row holds NaN, so does what is returned.

        Parameters
        ----------
        x : array of shape (d,) or (m, d)
            A row, or rows; quickest in the float type the network was trained in.

        Returns
        -------
        array of shape (c,) for a row, (m, c) for rows
            What ``predict_proba`` returns. For the perceptron, which has no probabilities,
            ``decision_function``, and for regression ``predict``; there a single output has no
            axis of its own: a number for a row, shape (m,) for rows.

        Raises
        ------
        InputError
            The rows are no numbers, or not d of them.
        """
        dtype = self._parameters.dtype
        try:
            given = np.asarray(x, dtype)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"a predictor takes an array of numbers, which this {type(x).__name__} is not: "
                f"{error}"
            ) from None
        rows = given.reshape(1, -1) if given.ndim == 1 else given
        if rows.ndim != 2 or rows.shape[1] != self.n_features_in_:
            d = self.n_features_in_
            raise InputError(
                f"this predictor takes a row of shape ({d},) or rows of shape (m, {d}); got shape "
                f"{given.shape}"
            )
        if not rows.flags.carray:  # for anything else the kernel would be compiled again
            rows = np.array(rows, order="C")
        outputs, _ = send_rows(self._network, self._parameters, rows, complement=self._complement)
        if self._single:
            outputs = outputs[:, 0]
        return outputs[0] if given.ndim == 1 else outputs

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made from, so that its arrays are again as the kernel needs them."""
        make = partial(Predictor, classes=self.classes_, complement=self._complement)
        return make, (self._network, self._parameters)
