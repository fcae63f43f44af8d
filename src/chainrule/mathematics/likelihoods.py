r"""How probable what happened was, and why its logarithm is the cross-entropy.

Events that do not depend on each other happen together with the product of their probabilities. A
product of many numbers below 1 is soon smaller than any number a computer holds; the logarithm
turns it into a sum, and the sign makes that a number to be made small:

    −ln(p₁ p₂ … pₙ) = −ln p₁ − ln p₂ − … − ln pₙ
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array
from chainrule.mathematics.expressions.folding import fold, show

__all__ = ["Likelihood", "likelihood"]

# More events are told by the first of them, and by those that cost most.
_MOST_EVENTS, _COSTLIEST = 8, 3
# Rows of probabilities may miss 1 by what single precision leaves.
_ROUNDING = 1e-4


@dataclass(frozen=True)
class Likelihood:
    """How probable what happened was; printed as a calculation.

    Attributes
    ----------
    probabilities : array of shape (n,)
        That of what happened, for each event: p or 1 − p, or the p of the class.
    predicted : array of shape (n,) or (n, k)
        What was predicted.
    happened : tuple of str
        What happened, in words.

    Examples
    --------
    >>> print(likelihood([0.8, 0.7, 0.1], [1, 1, 0]))
    likelihood of 3 events
      event  predicted  happened  probability of that       −ln
      1            0.8       yes                  0.8  0.223144
      2            0.7       yes                  0.7  0.356675
      3            0.1        no        1 − 0.1 = 0.9  0.105361
    <BLANKLINE>
    All of it together is as probable as the product:
      0.8 · 0.7 · 0.9 = 0.504
    Logarithms turn the product into a sum:
      −ln(0.8 · 0.7 · 0.9) = −ln 0.8 − ln 0.7 − ln 0.9
      = 0.2231436 + 0.3566749 + 0.1053605 = 0.685179
    cross-entropy: 0.685179, the sum; 0.228393 on average
    """

    probabilities: Array
    predicted: Array
    happened: tuple[str, ...]

    @property
    def surprises(self) -> Array:
        """The −ln of each probability, shape (n,); infinite where it is 0."""
        with np.errstate(divide="ignore"):
            return -np.log(self.probabilities) + 0.0  # so that −ln 1 is 0, and not −0

    @property
    def product(self) -> float:
        """The probability of everything together; 0 where it is too small for a computer."""
        product = float(np.prod(self.probabilities))
        # Below that, digits are lost and rounding may hold the product up.
        return product if product >= np.finfo(np.float64).tiny else 0.0

    @property
    def log10_product(self) -> float:
        """The logarithm of the product to the base 10, which does not underflow."""
        return -self.cross_entropy / math.log(10)

    @property
    def cross_entropy(self) -> float:
        """The sum of all −ln."""
        return math.fsum(self.surprises)

    @property
    def average(self) -> float:
        """The cross-entropy for each event."""
        return self.cross_entropy / len(self.probabilities)

    @property
    def underflows(self) -> bool:
        """Whether the product is 0 in a computer, although no factor is."""
        return self.product == 0 and bool(self.probabilities.all())

    @property
    def latex(self) -> str:
        """The calculation as LaTeX."""
        shown = [show(p) for p in self.probabilities[:_MOST_EVENTS]]
        more = len(self.probabilities) > _MOST_EVENTS
        product = r" \cdot ".join(shown) + (r" \cdots" if more else "")
        summed = " ".join(rf"- \ln {p}" for p in shown) + (r" - \cdots" if more else "")
        total = r"\infty" if math.isinf(self.cross_entropy) else show(self.cross_entropy)
        return rf"-\ln({product}) = {summed} = {total}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "predicted": self.predicted.tolist(),
            "happened": list(self.happened),
            "probabilities": self.probabilities.tolist(),
            "surprises": self.surprises.tolist(),
            "product": self.product,
            "log10_product": self.log10_product,
            "underflows": self.underflows,
            "cross_entropy": self.cross_entropy,
            "average": self.average,
        }

    def __str__(self) -> str:
        """Tell it in lines of at most 80 characters."""
        count = len(self.probabilities)
        title = f"likelihood of {count:,} event{'' if count == 1 else 's'}"
        return "\n".join([title, *self._table(), "", *self._product(), *self._sum()])

    def _table(self) -> list[str]:
        """Tell each event, or the first of them and those that cost most."""
        rows = [("event", "predicted", "happened", "probability of that", "−ln")]
        count = len(self.probabilities)
        first = range(count if count <= _MOST_EVENTS else _MOST_EVENTS - _COSTLIEST)
        rows += [self._row(event) for event in first]
        lines = _columns(rows)
        if count > len(first):
            worst = np.argsort(-self.surprises, kind="stable")[:_COSTLIEST]
            told = [self._row(int(event)) for event in worst]
            lines = _columns([*rows, *told])
            lines.insert(len(rows), f"  … of {count:,}; those that cost most:")
        return lines

    def _row(self, event: int) -> tuple[str, str, str, str, str]:
        p = show(self.probabilities[event])
        one = self.predicted.ndim == 1
        predicted = show(self.predicted[event]) if one else _list(self.predicted[event])
        other = one and self.happened[event] == "no"
        shown = f"1 − {predicted} = {p}" if other else p
        happened = _shortened(self.happened[event], 14)
        return f"{event + 1:,}", predicted, happened, shown, show(self.surprises[event])

    def _factors(self) -> tuple[list[str], str]:
        """Return the first factors as text, and what stands for the others."""
        count = len(self.probabilities)
        shown = count if count <= _MOST_EVENTS else _MOST_EVENTS - _COSTLIEST
        rest = "" if shown == count else f"… ({count - shown:,} more)"
        return [show(p) for p in self.probabilities[:shown]], rest

    def _product(self) -> list[str]:
        factors, rest = self._factors()
        said = " · ".join([*factors, *([rest] if rest else [])])
        lines = ["All of it together is as probable as the product:"]
        lines.append(fold(f"{said} = {show(self.product)}", indent="  ", further="    "))
        if self.underflows:
            lines.append(
                fold(
                    f"That is no real 0, but about 10^{self.log10_product:,.0f}: smaller than any "
                    "number a computer holds. It is why one takes logarithms.".replace("-", "−"),
                    indent="  ",
                )
            )
        if not self.probabilities.all():
            event = int(np.flatnonzero(self.probabilities == 0)[0]) + 1
            lines.append(
                fold(
                    f"Event {event:,} happened, and was said to be impossible: one such mistake "
                    "makes the product 0 and the cross-entropy infinite.",
                    indent="  ",
                )
            )
        return lines

    def _sum(self) -> list[str]:
        factors, rest = self._factors()
        inside = " · ".join([*factors, *(["…"] if rest else [])])
        logs = "−" + " − ".join([*(f"ln {p}" for p in factors), *(["…"] if rest else [])])
        terms = " + ".join(
            [*(show(s, 7) for s in self.surprises[: len(factors)]), *([rest] if rest else [])]
        )
        total, average = show(self.cross_entropy), show(self.average)
        last = f" = {total}" if len(self.probabilities) > 1 else ""
        return [
            "Logarithms turn the product into a sum:",
            fold(f"−ln({inside}) = {logs}", indent="  ", further="    "),
            fold(f"= {terms}{last}", indent="  ", further="    "),
            f"cross-entropy: {total}, the sum; {average} on average",
        ]


def likelihood(
    probabilities: Any, happened: Any, *, classes: Sequence[Any] | None = None
) -> Likelihood:
    r"""Work out how probable what happened was, and from it the cross-entropy.

    P = Πᵢ pᵢ and −ln P = −Σᵢ ln pᵢ, where pᵢ is what was predicted for that which happened.

    Parameters
    ----------
    probabilities : array-like of shape (n,) or (n, k)
        Of "yes" for each event; or of each of k classes, such as ``predict_proba`` gives.
    happened : array-like of shape (n,), or (n, k) of 0 and 1
        Yes or no (1 or 0, True or False); or for several classes the class, as its number from 0
        on or by its name in ``classes``, or one-hot.
    classes : sequence, optional
        What the k classes are called: a model's ``classes_``.

    Returns
    -------
    Likelihood

    Raises
    ------
    InputError
        A probability is not between 0 and 1, a row of them does not add up to 1, or what happened
        does not go with them.

    Examples
    --------
    >>> gifts = likelihood([0.8, 0.7, 0.1], [1, 1, 0])
    >>> round(gifts.product, 6), round(gifts.cross_entropy, 6)
    (0.504, 0.685179)
    >>> round(likelihood([[0.7, 0.2, 0.1]], ["cat"], classes=["ant", "cat", "dog"]).product, 6)
    0.2

    Notes
    -----
    Fisher (1922), On the mathematical foundations of theoretical statistics.
    """
    p = _probabilities(probabilities)
    if p.ndim == 1:
        yes = _yes_or_no(happened, len(p), classes)
        return Likelihood(np.where(yes, p, 1 - p), p, tuple("yes" if y else "no" for y in yes))
    which = _classes(happened, p, classes)
    names = tuple(str(c if classes is None else list(classes)[c]) for c in which.tolist())
    return Likelihood(p[np.arange(len(p)), which], p, names)


# ------------------------------------------------------------------------------ what is given


def _probabilities(values: Any) -> Array:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"probabilities must be numbers from 0 to 1; got {_shortened(str(values), 60)}"
        ) from error
    found = found.reshape(1) if found.ndim == 0 else found
    if found.ndim > 2 or found.size == 0:
        raise InputError(
            "probabilities must have one row for each event and one column for each class; their "
            f"shape is {found.shape}"
        )
    wrong = ~((found >= 0) & (found <= 1))
    if wrong.any():
        place = tuple(np.argwhere(wrong)[0])
        raise InputError(
            f"event {int(place[0]) + 1} has the probability {found[place]:g}; it must be a number "
            "from 0 to 1"
        )
    if found.ndim == 2 and found.shape[1] == 1:
        return found[:, 0]
    if found.ndim == 2:
        far = np.abs(found.sum(axis=1) - 1) > _ROUNDING
        if far.any():
            row = int(np.flatnonzero(far)[0])
            raise InputError(
                f"the probabilities of event {row + 1} add up to {found[row].sum():.6g}, and those "
                "of all classes must add up to 1; for events that are yes or no give a flat list"
            )
    return found


def _flat(happened: Any, count: int) -> Array:
    found = np.asarray(happened)
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else np.atleast_1d(found)
    if found.ndim != 1 or len(found) != count:
        raise InputError(
            f"there are probabilities for {count} events, and what happened is told with shape "
            f"{found.shape}; one answer is needed for each"
        )
    return found


def _yes_or_no(happened: Any, count: int, classes: Sequence[Any] | None) -> Array:
    found = _flat(happened, count)
    if classes is not None:
        return np.asarray(_places(found, classes, 2) == 1)
    wrong = [value for value in found.tolist() if value not in (0, 1)]
    if wrong:
        raise InputError(
            f"what happened must be 1 (yes) or 0 (no); got {_shortened(repr(wrong[0]), 30)}: for "
            "labels give classes=[no, yes] as well, and for several classes all of their "
            "probabilities"
        )
    return found.astype(bool)


def _classes(happened: Any, p: Array, classes: Sequence[Any] | None) -> Array:
    count = p.shape[1]
    given = np.asarray(happened)
    if given.shape == p.shape:
        if not (np.isin(given, (0, 1)).all() and (given.sum(axis=1) == 1).all()):
            raise InputError("each one-hot row of what happened must hold a single 1 and else 0")
        return np.asarray(given.argmax(axis=1))
    found = _flat(happened, len(p))
    return _places(found, range(count) if classes is None else classes, count)


def _places(found: Array, classes: Sequence[Any], count: int) -> Array:
    """Return at which place among the classes each label stands."""
    names = list(classes)
    if len(names) != count:
        raise InputError(f"there are {count} classes with probabilities, and {len(names)} names")
    at = {name: place for place, name in enumerate(np.asarray(names).tolist())}
    unknown = [label for label in found.tolist() if label not in at]
    if unknown:
        known = ", ".join(repr(name) for name in list(at)[:8])
        raise InputError(
            f"{_shortened(repr(unknown[0]), 30)} is no class; there are {known}"
            f"{', …' if len(at) > 8 else ''} (give classes=model.classes_ where labels have names)"
        )
    return np.array([at[label] for label in found.tolist()])


# ------------------------------------------------------------------------------ how it is written


def _list(row: Array) -> str:
    shown = [f"{p:.2g}" for p in row[:3]]
    return " ".join([*shown, *(["…"] if len(row) > 3 else [])])


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [f"  {row[0]:<{widths[0]}}"]
            + [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
        )
        for row in rows
    ]
