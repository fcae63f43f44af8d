"""How an explanation is checked: line by line, by differences of E, and against the kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chainrule.explanation.worked._arithmetic import Line
from chainrule.explanation.worked._backward import weights_shown
from chainrule.explanation.worked._calculation import slope_by_differences
from chainrule.explanation.worked._document import Block, Paragraph
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._notation import text_number

__all__ = ["Checks", "check", "say_checks"]


# Slopes that are all smaller are those of a minimum: nothing to measure a deviation by.
_SMALL = 1e-6


@dataclass(frozen=True)
class Checks:
    """How far the numbers of an explanation are from the same numbers found in other ways.

    Attributes
    ----------
    lines : int
        How many lines were worked out again from the numbers in them.
    lines_deviation : float
        The largest deviation of a line, relative to the largest number it adds up.
    slopes : int
        How many slopes of E were compared with differences of E.
    slopes_deviation : float
        The largest deviation, relative to the largest of these slopes; NaN without targets.
    float_type : str
        In which the kernels were asked for the same.
    prediction, error, gradient, parameters : float
        The largest difference of the kernels' ŷ, E, slopes and new parameters; NaN without targets.
    """

    lines: int
    lines_deviation: float
    slopes: int
    slopes_deviation: float
    float_type: str
    prediction: float
    error: float
    gradient: float
    parameters: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def check(named: Named, lines: Sequence[Line]) -> Checks:
    """Check every line, every slope that is shown, and what the kernels have."""
    calculation = named.calculation
    kernels = calculation.kernels
    places = _places(named) if calculation.update is not None else []
    deviation = np.nan
    if calculation.update is not None:
        told = calculation.update.gradient[places]
        differences = slope_by_differences(calculation, places)
        largest = max(float(np.abs(told).max()), _SMALL)
        deviation = float(np.abs(told - differences).max()) / largest
    return Checks(
        len(lines),
        max((line.deviation for line in lines), default=0.0),
        len(places),
        deviation,
        kernels.dtype,
        kernels.prediction,
        kernels.error,
        kernels.gradient,
        kernels.parameters,
    )


def _places(named: Named) -> list[int]:
    """Return where the weights and biases whose slopes are shown lie in the flat vector."""
    places = []
    for layer, own in enumerate(named.calculation.network.layers):
        weights, biases = weights_shown(named, layer)
        places += [own.weights.start + i * own.outputs + j for i, j in weights]
        places += [own.bias.start + j for j in biases]
    return places


def say_checks(checks: Checks) -> Iterator[Block]:
    """Say what was compared, and the largest deviation found."""
    yield Paragraph(
        f"{checks.lines} lines were worked out again from the numbers in them; largest relative "
        f"deviation {_size(checks.lines_deviation)}."
    )
    if checks.slopes:
        yield Paragraph(
            f"{checks.slopes} slopes ∂E/∂W and ∂E/∂b were compared with differences of E, "
            "(E(w + ε) − E(w − ε)) / 2ε; largest deviation "
            f"{_size(checks.slopes_deviation)} of the largest slope."
        )
    compared = [f"ŷ {_size(checks.prediction)}"]
    if checks.slopes:
        compared += [
            f"E {_size(checks.error)}",
            f"slopes {_size(checks.gradient)}",
            f"new weights {_size(checks.parameters)}",
        ]
    yield Paragraph(
        "All this is in double precision. The compiled engine that trains and predicts, in "
        f"{checks.float_type}, differs at most by: {', '.join(compared)}."
    )


def _size(deviation: float) -> str:
    """Say how large a deviation is, as a power of ten."""
    return text_number(deviation, 1)
