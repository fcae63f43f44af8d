"""The one exception that a person's own input can cause."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(ValueError):
    """Input that cannot be used: one clear sentence saying what, where and how to mend it.

    The command line prints the sentence and exits with status 2; in Python it is an
    ordinary :class:`ValueError`.

    Examples
    --------
    >>> raise InputError("there is no column 'pric' in houses.csv; did you mean 'price'?")
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: there is no column 'pric' in houses.csv; did you mean 'price'?
    """
