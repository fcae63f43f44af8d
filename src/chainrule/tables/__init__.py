"""Tables: read them, find what their columns hold, split them, encode them for a network."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.tables.columns import KINDS, Column, describe_columns
    from chainrule.tables.encoding import extra_columns, make_encoder
    from chainrule.tables.examples import Example, Table, examples, load_example, load_table
    from chainrule.tables.hashing import data_hash
    from chainrule.tables.names import closest, did_you_mean
    from chainrule.tables.noise import add_noise
    from chainrule.tables.reading import READABLE, iterate_table, read_table
    from chainrule.tables.sampling import sample_rows
    from chainrule.tables.splitting import split_rows
    from chainrule.tables.targets import TASKS, Target, prepare_target
    from chainrule.tables.transformers import PLANE_FEATURES

__all__ = [
    "KINDS",
    "PLANE_FEATURES",
    "READABLE",
    "TASKS",
    "TRUSTED_TYPES",
    "Column",
    "Example",
    "Table",
    "Target",
    "add_noise",
    "closest",
    "data_hash",
    "describe_columns",
    "did_you_mean",
    "examples",
    "extra_columns",
    "iterate_table",
    "load_example",
    "load_table",
    "make_encoder",
    "prepare_target",
    "read_table",
    "sample_rows",
    "split_rows",
]

#: Full names of the classes in a fitted encoder that a loader's allow-list must name: the package's
#: own, and the data type that scikit-learn's SimpleImputer keeps.
TRUSTED_TYPES = (
    "chainrule.tables.frame_reader.FrameReader",
    "chainrule.tables.transformers.CategoryColumns",
    "chainrule.tables.transformers.NetworkInput",
    "chainrule.tables.transformers.NumberColumns",
    "chainrule.tables.transformers.PlaneFeatures",
    "numpy.dtype",
)

# Polars and scikit-learn take a while to import: each name brings in only what it needs.
_HOMES = {
    "columns": ("KINDS", "Column", "describe_columns"),
    "encoding": ("extra_columns", "make_encoder"),
    "examples": ("Example", "Table", "examples", "load_example", "load_table"),
    "hashing": ("data_hash",),
    "names": ("closest", "did_you_mean"),
    "noise": ("add_noise",),
    "reading": ("READABLE", "iterate_table", "read_table"),
    "sampling": ("sample_rows",),
    "splitting": ("split_rows",),
    "targets": ("TASKS", "Target", "prepare_target"),
    "transformers": ("PLANE_FEATURES",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOME_OF[name]}")
    # "examples" names a module and a function: the function is what is meant here.
    for public in _HOMES[_HOME_OF[name]]:
        globals()[public] = getattr(module, public)
    return globals()[name]


def __dir__() -> list[str]:
    return sorted(__all__)
