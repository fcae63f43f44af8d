"""What the estimators call by their parameters, in the terms of the command line."""

from __future__ import annotations

import re

from chainrule.workflow.estimator import PARAMETERS
from chainrule.workflow.reproduction import FLAGS

__all__ = ["in_options"]

#: Parameters of the estimators, as the command line calls them.
_OPTIONS = {parameter: FLAGS[name] for name, parameter in PARAMETERS.items()}
_OPTIONS["early_stopping"] = FLAGS["early_stopping"]
_VALUE = r"\([^()]*\)|'[^']*'|[+-]?\d[\w.+-]*\w|\w+"
#: What only Python can do, and what comes nearest to it here.
_PHRASES = (
    (re.compile(r"\bMLP(?:Classifier|Regressor)\(([^()]*)\)"), r"--model network \1"),
    (re.compile(r"\bLogisticRegression\b"), "--model logistic"),
    (re.compile(r", or validation_data\b[^.;]*"), ""),
    (re.compile(r"\bvalidation_data with\b"), "a --held-out with"),
)
_PARAMETER = re.compile(rf"\b({'|'.join(_OPTIONS)})=({_VALUE})")


def in_options(told: str) -> str:
    """Put sentences about parameters into the terms of the command line.

    Parameters
    ----------
    told : str
        Such as the advice of a finding.

    Returns
    -------
    str

    Examples
    --------
    >>> in_options("learning_rate_init=0.01, or early_stopping=True.")
    '--learning-rate 0.01, or --early-stopping.'
    """
    told = _PARAMETER.sub(lambda match: _as_option(match[1], match[2]), told)
    for in_python, here in _PHRASES:
        told = in_python.sub(here, told)
    return told


def _as_option(parameter: str, value: str) -> str:
    option = _OPTIONS[parameter]
    if value == "True":
        return option
    if value == "False":
        return option.replace("--", "--no-", 1)
    parts = [part.strip(" '") for part in value.strip("()").split(",")]
    return f"{option} {','.join(part for part in parts if part)}"
