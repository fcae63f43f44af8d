"""What is wrong with a network, in plain words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from chainrule.explanation._case import Case
from chainrule.explanation._rows import open_case
from chainrule.explanation.diagnosing._course import diverged, learning_rate_too_high, still_falling
from chainrule.explanation.diagnosing._finding import WIDTH, Finding, joined
from chainrule.explanation.diagnosing._html import findings_html
from chainrule.explanation.diagnosing._nodes import (
    dead_units,
    exploding_gradients,
    nodes_all_the_same,
    saturated_units,
    vanishing_gradients,
)
from chainrule.explanation.diagnosing._outcome import (
    class_never_predicted,
    held_out_too_small,
    overfitting,
    underfitting,
)
from chainrule.explanation.inputs._inputs import inputs_not_scaled, targets_not_scaled

__all__ = ["CHECKS", "Check", "Diagnosis", "diagnose"]

_CAUSES = tuple(f"CR{i}" for i in (101, 102, 103, 201, 202, 203, 301, 302, 303, 304))


@dataclass(frozen=True)
class Check:
    """One thing that is looked at.

    Attributes
    ----------
    code : str
        Of the finding.
    subject : str
        What is looked at, in a few words.
    find : callable
        :class:`Case` to a :class:`Finding`, or None if all is well.
    needs : tuple of str
        What it cannot do without: "X", "y", "history" (a training), "held-out" (rows followed).
    unless : tuple of str
        Codes that explain it: if one of them was found, this is not looked for.
    only : str
        "classes", "numbers" (what is predicted) or "hidden layers", if other networks have no such
        thing.
    """

    code: str
    subject: str
    find: Callable[[Case], Finding | None]
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    only: str = ""


CHECKS: tuple[Check, ...] = (
    Check("CR101", "the scale of the inputs", inputs_not_scaled, ("X",)),
    Check("CR102", "the scale of the targets", targets_not_scaled, ("X", "y"), only="numbers"),
    Check("CR103", "nodes that are all the same", nodes_all_the_same, only="hidden layers"),
    Check("CR201", "divergence", diverged),
    Check(
        "CR202",
        "a learning rate too high",
        learning_rate_too_high,
        ("history",),
        unless=("CR201",),
    ),
    Check(
        "CR203",
        "a learning rate too low",
        still_falling,
        ("history",),
        unless=("CR103", "CR201", "CR202"),
    ),
    Check(
        "CR301",
        "dead units",
        dead_units,
        ("X",),
        unless=("CR103", "CR201"),
        only="hidden layers",
    ),
    Check(
        "CR302",
        "saturated units",
        saturated_units,
        ("X",),
        unless=("CR103", "CR201"),
        only="hidden layers",
    ),
    Check(
        "CR303",
        "vanishing gradients",
        vanishing_gradients,
        ("X", "y"),
        unless=("CR103", "CR201", "CR301", "CR302"),
        only="hidden layers",
    ),
    Check(
        "CR304",
        "exploding gradients",
        exploding_gradients,
        ("X", "y"),
        unless=("CR103", "CR201", "CR202"),
    ),
    Check("CR401", "underfitting", underfitting, ("X", "y", "history"), unless=_CAUSES),
    Check(
        "CR402",
        "overfitting",
        overfitting,
        ("history", "held-out"),
        unless=("CR201", "CR202"),
    ),
    Check(
        "CR403",
        "classes never predicted",
        class_never_predicted,
        ("X", "y", "history"),
        unless=_CAUSES,
        only="classes",
    ),
    Check(
        "CR404",
        "too few held-out rows",
        held_out_too_small,
        ("history", "held-out"),
        unless=("CR201", "CR202"),
    ),
)
"""Everything that is looked at, causes before their effects; a new one is one record here."""


class Diagnosis(Sequence[Finding]):
    """What was found, in the order in which to mend it; prints as a short text.

    Parameters
    ----------
    findings : sequence of Finding
        Causes before their effects.
    looked_at, not_looked_at : sequence of Check
        What was looked at, and what was not.
    missing : sequence of str
        What there was not: "X", "y", "history", "held-out".

    Attributes
    ----------
    codes : tuple of str
        Of the findings.

    Examples
    --------
    >>> diagnosis = Diagnosis((), looked_at=CHECKS[:1], not_looked_at=(), missing=())
    >>> len(diagnosis), diagnosis.codes
    (0, ())
    >>> print(diagnosis)
    Nothing found: the scale of the inputs was looked at.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        *,
        looked_at: Sequence[Check],
        not_looked_at: Sequence[Check],
        missing: Sequence[str],
    ) -> None:
        self._findings = tuple(findings)
        self._looked_at = tuple(looked_at)
        self._not_looked_at = tuple(not_looked_at)
        self._missing = tuple(missing)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings."""
        return tuple(finding.code for finding in self._findings)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data.

        Returns
        -------
        dict
            "findings" (a list of dict), and the codes "looked_at" and "not_looked_at", for want of
            something or because an earlier finding explains them.
        """
        return {
            "findings": [finding.to_dict() for finding in self._findings],
            "looked_at": [check.code for check in self._looked_at],
            "not_looked_at": [check.code for check in self._not_looked_at],
        }

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        """Return one finding, or a tuple of them."""
        return self._findings[index]

    def __len__(self) -> int:
        """How many findings there are."""
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        """Iterate over the findings."""
        return iter(self._findings)

    def __repr__(self) -> str:
        """Say which codes were found."""
        return f"Diagnosis({', '.join(self.codes) or 'nothing found'})"

    def __str__(self) -> str:
        """Tell the findings one after another, or that there are none."""
        told = "\n\n".join(str(finding) for finding in self._findings)
        lead = textwrap.fill(self._lead(), WIDTH, break_on_hyphens=False)
        return "\n\n".join(part for part in (lead, told) if part)

    def _repr_html_(self) -> str:
        """Tell the same in a notebook, the page about each finding to unfold below it."""
        return findings_html(self._findings, self._lead())

    def _lead(self) -> str:
        """Begin with a sentence, where one finding does not speak for itself."""
        if len(self._findings) > 1:
            return (
                f"{len(self._findings)} findings. Mend the first and train again: the others may "
                "follow from it."
            )
        return "" if self._findings else self._all_well()

    def _all_well(self) -> str:
        """One sentence: what was looked at, and what could not be for want of what."""
        seen = [check.subject for check in self._looked_at]
        said = f"Nothing found: {joined(seen)} {'was' if len(seen) == 1 else 'were'} looked at"
        if self._not_looked_at:
            unseen = joined([check.subject for check in self._not_looked_at])
            said += f"; not {unseen}, for want of {joined([_WANTED[m] for m in self._missing])}"
        return f"{said}."


_WANTED = {"X": "X", "y": "y", "history": "a training", "held-out": "held-out rows"}


def diagnose(model: Any, X: Any = None, y: Any = None, *, sample_weight: Any = None) -> Diagnosis:
    """Say what is wrong with a network, in plain words: trained, or only initialized.

    Looks at the weights, at the history of the training, and, where they are given, at the training
    rows as the network sees them: a sample of at most 2,000 of them is sent through the network and
    back.

    Parameters
    ----------
    model : estimator
        A network of this package that is fitted or initialized, a Pipeline that ends in one, a
        TransformedTargetRegressor around either, or a model from a file. Of several restarts the
        one that was kept is looked at.
    X : array, sparse matrix or table of shape (n, d), optional
        The training rows, as they were given to ``fit``.
    y : array of shape (n,) or (n, k), optional
        Their targets, as they were given to ``fit``.
    sample_weight : array of shape (n,), optional
        Their weights.

    Returns
    -------
    Diagnosis
        A sequence of :class:`Finding`, causes before their effects; empty if all is well.

    Raises
    ------
    InputError
        The model is not a network of this package; the rows are not such as it was trained on, or
        hold a value that is missing or not finite; y or weights do not fit X.
    sklearn.exceptions.NotFittedError
        The network has no weights yet.

    Examples
    --------
    >>> import numpy as np
    >>> from chainrule import MLPRegressor
    >>> X = np.linspace(-1, 1, 50).reshape(-1, 1)
    >>> model = MLPRegressor(hidden_layer_sizes=(4,), initialization="zeros", solver="lbfgs")
    >>> print(diagnose(model.fit(X, X[:, 0] ** 2))[0])
    CR103 All nodes of a layer are the same
      All 4 nodes of hidden layer 1 have only zeros for weights, so that each gets
      the same gradient and they stay the same: together they are worth one node.
      Change: initialization='glorot', which draws them at random (now 'zeros').
      More: python -m chainrule.explanation CR103
    """
    case = open_case(model, X, y, sample_weight=sample_weight)
    missing, kinds = _missing(case), _kinds(case)
    findings: list[Finding] = []
    looked_at: list[Check] = []
    checks = [check for check in CHECKS if not check.only or check.only in kinds]
    for check in checks:
        explained = set(check.unless) & {finding.code for finding in findings}
        if explained or set(check.needs) & set(missing):
            continue
        looked_at.append(check)
        finding = check.find(case)
        findings += [] if finding is None else [finding]
    return Diagnosis(
        findings,
        looked_at=looked_at,
        not_looked_at=[check for check in checks if check not in looked_at],
        missing=missing,
    )


def _missing(case: Case) -> list[str]:
    """List what there is not to look at."""
    sample = case.sample
    there = {
        "X": sample is not None,
        "y": sample is not None and sample.y is not None,
        "history": len(case.history) > 0,
        "held-out": bool(np.isfinite(case.validation_loss).any()),
    }
    return [name for name, given in there.items() if not given]


def _kinds(case: Case) -> list[str]:
    """List what this network has, of what not every network has."""
    hidden = ["hidden layers"] if len(case.network.layers) > 1 else []
    return [*hidden, "classes" if case.classifies else "numbers"]
