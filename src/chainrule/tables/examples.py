"""Example tables by name: they come with the package or are made on the spot, offline."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from chainrule.errors import InputError
from chainrule.tables import generate
from chainrule.tables.names import closest, did_you_mean
from chainrule.tables.reading import missing_file, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Example", "Table", "examples", "load_example", "load_table"]


@dataclass(frozen=True, eq=False)
class Table:
    """A table and where it comes from.

    Attributes
    ----------
    frame : polars.DataFrame
        Its rows.
    name : str
        The name of the example, or of the file without its endings.
    source : str or None
        The path of the file; None for an example.
    target : str or None
        The column usually predicted, if known.
    description : str
        One sentence; empty for a file.

    Examples
    --------
    >>> load_table("penguins").target
    'species'
    """

    frame: pl.DataFrame
    name: str
    source: str | None
    target: str | None
    description: str


@dataclass(frozen=True)
class Example:
    """An example table, described.

    Attributes
    ----------
    name : str
        What to ask for.
    rows : int
        Rows.
    columns : int
        Columns, the target among them.
    task : {"classification", "regression"}
        What kind of prediction its target calls for.
    target : str
        The column usually predicted.
    description : str
        One sentence, with the source.

    Examples
    --------
    >>> next(example.rows for example in examples() if example.name == "iris")
    150
    """

    name: str
    rows: int
    columns: int
    task: Literal["classification", "regression"]
    target: str
    description: str


def _penguins() -> pl.DataFrame:
    with resources.as_file(resources.files(__package__) / "data" / "penguins.csv") as path:
        return read_table(path)


def _digits() -> pl.DataFrame:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    names = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    # Sixteenths are exact, and brightness from 0 to 1 is what a picture's reader expects.
    pixels = pl.DataFrame(bunch.data / 16, schema=names)
    return pixels.with_columns(digit=pl.Series(bunch.target))


def _bundled(name: str, target: str) -> pl.DataFrame:
    """Load a table of scikit-learn, its class numbers replaced by their names."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")(**({"scaled": False} if name == "diabetes" else {}))
    columns = [_plain(str(column)) for column in bunch.feature_names]
    frame = pl.DataFrame(bunch.data, schema=columns)
    values = bunch.target
    if "target_names" in bunch:
        values = bunch.target_names.astype(str)[values]
    return frame.with_columns(pl.Series(target, values))


def _plain(column: str) -> str:
    renamed = {
        "bp": "blood_pressure",
        "s1": "total_cholesterol",
        "s2": "low_density_lipoproteins",
        "s3": "high_density_lipoproteins",
        "s4": "cholesterol_ratio",
        "s5": "log_triglycerides",
        "s6": "blood_sugar",
        "od280/od315_of_diluted_wines": "od280_od315",
    }
    return renamed.get(column, column.replace(" (cm)", "_cm").replace(" ", "_"))


_PLANE = "made up, 2 inputs"
_EXAMPLES: tuple[tuple[Example, Callable[..., pl.DataFrame]], ...] = (
    (
        Example(
            *("penguins", 344, 8, "classification", "species"),
            "Palmer penguins: species from measurements, sex and island; some cells missing (CC0)",
        ),
        _penguins,
    ),
    (
        Example(
            *("admissions", 400, 3, "classification", "admitted"),
            "made up: admitted or not by test score and grade, with a curved boundary",
        ),
        generate.admissions,
    ),
    (
        Example(
            *("digits", 1797, 65, "classification", "digit"),
            "handwritten digits of 8 × 8 pixels, 0 black to 1 white (UCI, via scikit-learn)",
        ),
        _digits,
    ),
    (
        Example(
            *("iris", 150, 5, "classification", "species"),
            "three species of iris by the size of their petals and sepals (Fisher 1936)",
        ),
        lambda: _bundled("iris", "species"),
    ),
    (
        Example(
            *("wine", 178, 14, "classification", "cultivar"),
            "three cultivars of wine by chemical analysis (UCI, via scikit-learn)",
        ),
        lambda: _bundled("wine", "cultivar"),
    ),
    (
        Example(
            *("breast_cancer", 569, 31, "classification", "diagnosis"),
            "malignant or benign, by measurements of cell nuclei (UCI, via scikit-learn)",
        ),
        lambda: _bundled("breast_cancer", "diagnosis"),
    ),
    (
        Example(
            *("diabetes", 442, 11, "regression", "progression"),
            "progression of diabetes a year after ten measurements (Efron and others 2004)",
        ),
        lambda: _bundled("diabetes", "progression"),
    ),
    (
        Example(
            *("circle", 500, 3, "classification", "class"),
            f"a disk inside a ring ({_PLANE})",
        ),
        generate.circle,
    ),
    (
        Example(
            *("xor", 500, 3, "classification", "class"),
            f"whether two numbers have the same sign ({_PLANE})",
        ),
        generate.xor,
    ),
    (
        Example(
            *("moons", 500, 3, "classification", "class"),
            f"two half circles that reach into each other ({_PLANE})",
        ),
        generate.moons,
    ),
    (
        Example(
            *("spiral", 500, 3, "classification", "class"),
            f"two arms wound around each other ({_PLANE})",
        ),
        generate.spiral,
    ),
    (
        Example(
            *("gaussians", 500, 3, "classification", "class"),
            f"two round clouds that overlap a little ({_PLANE})",
        ),
        generate.gaussians,
    ),
    (
        Example(
            *("hills", 500, 3, "regression", "height"),
            f"the height of a land of two hills and a valley ({_PLANE})",
        ),
        generate.hills,
    ),
)


def examples() -> tuple[Example, ...]:
    """Describe all example tables.

    Returns
    -------
    tuple of Example

    Examples
    --------
    >>> [example.name for example in examples()][:3]
    ['penguins', 'admissions', 'digits']
    """
    return tuple(example for example, _ in _EXAMPLES)


def load_example(
    name: str, *, rows: int | None = None, seed: int | None = None, classes: int | None = None
) -> Table:
    """Load an example table by its name.

    Parameters
    ----------
    name : str
        One of the names in :func:`examples`.
    rows, seed : int, optional
        How many points to draw and from which seed, for a table that is made up.
    classes : int, optional
        How many classes, from 2 to 10, for gaussians and spiral.

    Returns
    -------
    Table
        Always the same rows in the same order.

    Raises
    ------
    InputError
        No such example, and the nearest names are offered; or it is not drawn anew.

    Examples
    --------
    >>> load_example("xor").frame.shape
    (500, 3)
    >>> load_example("spiral", rows=90, seed=7, classes=3).frame["class"].n_unique()
    3
    """
    asked = {"rows": rows, "seed": seed, "classes": classes}
    given = {option: value for option, value in asked.items() if value is not None}
    for example, make in _EXAMPLES:
        if example.name == name:
            _check_drawing(name, make, given)
            return Table(make(**given), name, None, example.target, example.description)
    names = [example.name for example in examples()]
    raise InputError(f"there is no example {name!r}{did_you_mean(name, names)}")


def _check_drawing(name: str, make: Callable[..., pl.DataFrame], given: dict[str, int]) -> None:
    known = inspect.signature(make).parameters
    for option, value in given.items():
        if option not in known:
            raise InputError(f"{option}={value} is not for the example {name!r}: leave it out")
    if given.get("rows", 2) < 2:
        raise InputError(f"rows={given['rows']}: draw at least two")
    if given.get("seed", 0) < 0:
        raise InputError(f"the seed must not be negative, but is {given['seed']}")


def load_table(source: str | Path) -> Table:
    """Load a table from a file, or an example by its name; the file wins if there are both.

    Parameters
    ----------
    source : str or Path
        A path that :func:`read_table` reads, or a name in :func:`examples`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        Neither; or a file that cannot be read.

    Examples
    --------
    >>> load_table("moons").source is None
    True
    """
    path, text = Path(source), str(source)
    names = [example.name for example in examples()]
    if text in names and not path.is_file():
        return load_example(text)
    if not path.exists() and not path.suffix and path.name == text:
        near = closest(text, names)
        offer = f"did you mean {' or '.join(map(repr, near))}? e" if near else "e"
        raise InputError(
            f"there is neither a file nor an example called {text!r}: {offer}xamples are "
            f"{', '.join(names)}"
        )
    if not path.exists():
        raise InputError(missing_file(path, names))
    name = path.name
    while Path(name).suffix:
        name = Path(name).stem
    return Table(read_table(path), name, str(path), None, "")
