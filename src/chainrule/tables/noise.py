"""Random numbers added to a table, to see what they do to a network that learns from it."""

from __future__ import annotations

import numpy as np
import polars as pl

from chainrule.errors import InputError
from chainrule.tables.cells import numbers, tidy
from chainrule.tables.columns import describe_columns
from chainrule.tables.targets import prepare_target

__all__ = ["add_noise"]


def add_noise(
    frame: pl.DataFrame,
    percent: float,
    *,
    target: str,
    task: str | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    r"""Add normal noise to every column of numbers, and to a number that is to be predicted.

    .. math:: x + \frac{p}{100}\, s\, \varepsilon, \qquad \varepsilon \sim \mathcal N(0, 1),

    where s is the column's standard deviation. Missing cells stay missing, and a column without
    negative numbers stays so: what would be negative is 0. Classes are left alone.

    Parameters
    ----------
    frame : polars.DataFrame
        The table.
    percent : float
        p, the noise in percent of each column's spread; 0 leaves the table as it is.
    target : str
        The column that is to be predicted.
    task : {"classification", "regression"}, optional
        Instead of the task found.
    seed : int
        The same seed gives the same noise, whichever columns are used later.

    Returns
    -------
    polars.DataFrame
        With the same columns and rows.

    Raises
    ------
    InputError
        The percentage or the seed is negative, or the table cannot be described.

    Examples
    --------
    >>> table = pl.DataFrame({"x": [1.5, 2.0, 3.0, 4.0], "y": ["a", "b"] * 2})
    >>> noisy = add_noise(table, 10, target="y")
    >>> bool(0 < (noisy["x"] - table["x"]).abs().max() < 0.5)
    True
    """
    if not 0 <= percent < float("inf") or seed < 0:
        raise InputError(
            f"noise of {percent} percent with the seed {seed}: both must be at least 0"
        )
    if percent == 0:
        return frame
    names = [c.name for c in describe_columns(frame, target=target) if c.kind == "number"]
    if prepare_target(frame, target, task=task).classes is None:
        names.append(target)
    random = np.random.default_rng(seed)
    return frame.with_columns(_noisy(frame, name, percent / 100, random) for name in names)


def _noisy(frame: pl.DataFrame, name: str, share: float, random: np.random.Generator) -> pl.Series:
    # As a table, so that missing markers are read as they are everywhere.
    values = numbers(tidy(frame.select(name)).to_series())
    present = values.drop_nulls().to_numpy()
    draws = pl.Series(random.standard_normal(len(values)))
    noisy = values + share * float(present.std() if len(present) else 0.0) * draws
    return noisy.clip(lower_bound=0.0) if (present >= 0).all() else noisy
