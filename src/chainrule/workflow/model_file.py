"""Models on disk: one zip of plain arrays and JSON, read without ever running what is in it.

A model file is a skops file (``schema.json`` and one ``.npy`` for each array) with one more
member, ``chainrule.json``: the format's version, a checksum of every other member, and the
model's origin. Nothing is built before the version, the checksums and every type named in the
schema have been checked against the explicit lists below.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import io
import json
import warnings
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import estimators, tables
from chainrule.errors import InputError
from chainrule.estimators import Restart, Restarts
from chainrule.files import write_beside
from chainrule.training import History
from chainrule.workflow.model import Model, Origin, network_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALLOWED_LOADERS", "ALLOWED_TYPES", "FORMAT", "load_model", "save_model"]

#: The version of the format that is written, and the newest that can be read.
FORMAT = 3
_KIND = "chainrule model"
_HEADER = "chainrule.json"
_SCHEMA = "schema.json"
_LARGEST = 1 << 30
_MEMBERS = 100_000

#: Every type that may occur in a model file; none of them runs code from the file.
ALLOWED_TYPES = frozenset(
    {
        *estimators.TRUSTED_TYPES,
        *tables.TRUSTED_TYPES,
        *(f"builtins.{name}" for name in ("bool", "dict", "float", "int", "list", "slice")),
        *(f"builtins.{name}" for name in ("NoneType", "str", "tuple")),
        *(f"numpy.{name}" for name in ("bool", "dtype", "float32", "float64")),
        *(f"numpy.{name}" for name in ("int32", "int64", "ndarray", "str_")),
        "chainrule.workflow.target_scaling.MeanScaler",
        "sklearn.compose._column_transformer.ColumnTransformer",
        "sklearn.compose._target.TransformedTargetRegressor",
        "sklearn.impute._base.MissingIndicator",
        "sklearn.impute._base.SimpleImputer",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._encoders.OneHotEncoder",
    }
)
#: Every way of building an object that may occur in a model file.
ALLOWED_LOADERS = frozenset(
    {
        *(
            "DTypeNode",
            "DictNode",
            "FunctionNode",
            "JsonNode",
            "ListNode",
            "NdArrayNode",
            "ObjectNode",
        ),
        *("SliceNode", "TupleNode", "TypeNode"),
    }
)


def save_model(path: str | Path, model: Model, *, optimizer_state: bool = False) -> None:
    """Write a model to one file, beside an earlier one and then in its place.

    Parameters
    ----------
    path : str or Path
        Usually ``NAME.chainrule``.
    model : Model
        What to write; it is not changed.
    optimizer_state : bool
        Whether to keep what only more training needs: what the optimizer remembers, twice the size
        of the network, and where each of several starts ended.

    Raises
    ------
    InputError
        The network was given a function or another foreign object, which no file may hold, or the
        file cannot be written; one that was there before is as it was.
    """
    import skops.io

    pipeline = _lean(model.pipeline, optimizer_state=optimizer_state)
    stored = io.BytesIO()
    skops.io.dump(pipeline, stored, compression=zipfile.ZIP_DEFLATED, compresslevel=6)
    _check_savable(stored, network_of(pipeline))
    header = {
        "kind": _KIND,
        "format": FORMAT,
        "members": _checksums(zipfile.ZipFile(stored)),
        "origin": model.origin.to_dict(),
    }
    with zipfile.ZipFile(stored, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_HEADER, json.dumps(header, ensure_ascii=False))
    with write_beside(path) as file:
        file.write(stored.getbuffer())


def _lean(pipeline: Any, *, optimizer_state: bool) -> Any:
    """Copy, not deeply, without what only a training in progress needs."""
    pipeline = copy.copy(pipeline)
    wrapper = copy.copy(pipeline.named_steps["network"])
    network = copy.copy(network_of(pipeline))
    network.__dict__.pop("_skl_callbacks", None)
    if not optimizer_state:
        network.__dict__.pop("_optimizer_state", None)
        _lighten_restarts(network)
    if hasattr(wrapper, "regressor_"):
        wrapper.regressor_ = network
    else:
        wrapper = network
    pipeline.steps = [*pipeline.steps[:-1], ("network", wrapper)]
    return pipeline


def _lighten_restarts(network: Any) -> None:
    """Leave out of several starts what predictions do not need; the origin tells of them."""
    restarts = network.__dict__.pop("restarts_", None)
    if restarts is None or network.combine != "average":
        return
    runs = [dataclasses.replace(run, history=History()) for run in restarts]
    network.restarts_ = Restarts(runs, restarts.best)


def _check_savable(stored: io.BytesIO, network: Any) -> None:
    """Refuse what :func:`load_model` would refuse, while it can still be mended."""
    import skops.io

    found = _foreign_types(stored)
    if not found:
        return
    parameters = network.get_params(deep=False)
    whose = (n for n, v in parameters.items() if _foreign_types(io.BytesIO(skops.io.dumps(v))))
    raise InputError(
        f"the parameter {next(whose, 'callbacks')} holds {found[0]}, and a model file holds no "
        "code: before saving, put a name or an object of chainrule's in its place"
    )


def _foreign_types(stored: io.BytesIO) -> list[str]:
    """Name the types in a skops file that are outside the lists."""
    with zipfile.ZipFile(stored) as archive:
        nodes = _typed_nodes(json.loads(archive.read(_SCHEMA)))
        return [_type_name(node) for node in nodes if not _is_allowed(node)]


def _checksums(archive: zipfile.ZipFile) -> dict[str, str]:
    names = [name for name in archive.namelist() if name != _HEADER]
    return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}


def load_model(path: str | Path) -> Model:
    """Read a model without trusting its file.

    Parameters
    ----------
    path : str or Path
        Written by :func:`save_model`.

    Returns
    -------
    Model
        Ready to predict.

    Raises
    ------
    InputError
        The file is missing, truncated, tampered with, of another kind, of a newer format, too
        large, or names a type that is not in ``ALLOWED_TYPES``.

    Examples
    --------
    >>> load_model("missing.chainrule")
    Traceback (most recent call last):
        ...
    chainrule.errors.InputError: there is no model file missing.chainrule
    """
    path = Path(path)
    stored = _read(path)
    try:
        with zipfile.ZipFile(stored) as archive:
            header = _checked(archive, path)
        pipeline = _build(stored)
        origin = Origin.from_dict(header["origin"])
        _check_shapes(pipeline, origin)
    except InputError:
        raise
    except Exception as error:  # a file tampered with can raise anything
        raise _damaged(path) from error
    return Model(pipeline, origin)


def _read(path: Path) -> io.BytesIO:
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a model file")
    if not path.exists():
        raise InputError(f"there is no model file {path}{_others(path)}")
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is larger than any model file may be (1 GiB)")
        stored = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {(error.strerror or '').lower()}") from error
    if not zipfile.is_zipfile(io.BytesIO(stored)):
        if stored.startswith(b"PK"):
            raise _damaged(path)
        raise _foreign(path)
    return io.BytesIO(stored)


def _others(path: Path) -> str:
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}"
    names = sorted(p.name for p in path.parent.glob("*.chainrule"))
    return f"; in its folder are: {', '.join(names[:5])}" if names else ""


def _foreign(path: Path) -> InputError:
    return InputError(
        f"{path} is not a chainrule model file: give one that 'chainrule train' has written"
    )


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} is a damaged model file (cut short or changed since it was written): "
        f"train it again or take it from a backup"
    )


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """Check everything about a file that can be checked without building anything."""
    members = archive.infolist()
    # The sizes are those the unpacker will go by, so a small file cannot unpack to a huge one.
    if len(members) > _MEMBERS or sum(m.file_size for m in members) > _LARGEST:
        raise InputError(f"{path} would unpack to more than any model file may hold (1 GiB)")
    names = [m.filename for m in members]
    if _HEADER not in names or _SCHEMA not in names:
        raise _foreign(path)
    header = json.loads(archive.read(_HEADER))
    if not isinstance(header, dict) or header.get("kind") != _KIND:
        raise _foreign(path)
    if not isinstance(header.get("format"), int) or header["format"] > FORMAT:
        raise InputError(
            f"{path} was written by a newer chainrule (format {header.get('format')!r}, this one "
            f"reads up to {FORMAT}): upgrade with 'pip install --upgrade chainrule'"
        )
    if header["format"] < FORMAT:
        raise InputError(
            f"{path} was written by an older chainrule (format {header['format']}, this one reads "
            f"{FORMAT}): train it again"
        )
    if len(set(names)) != len(names) or _checksums(archive) != header.get("members"):
        raise _damaged(path)
    _check_types(json.loads(archive.read(_SCHEMA)), path)
    return header


def _check_types(schema: Any, path: Path) -> None:
    for node in _typed_nodes(schema):
        if not _is_allowed(node):
            raise _forbidden(_type_name(node), path)


def _typed_nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Go through everything in a schema that names a type."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            if isinstance(node.get("__class__"), str):
                yield node


def _type_name(node: dict[str, Any]) -> str:
    return f"{node.get('__module__')}.{node['__class__']}"


def _is_allowed(node: dict[str, Any]) -> bool:
    loader = node.get("__loader__", "JsonNode")
    return _type_name(node) in ALLOWED_TYPES and loader in ALLOWED_LOADERS


def _forbidden(name: str, path: Path) -> InputError:
    if name.startswith("chainrule."):
        return InputError(
            f"{path} holds the type {name}, which this version of chainrule does not know: "
            f"use the version that wrote it, or train it again"
        )
    return InputError(
        f"{path} asks for the type {name}, which no model file of chainrule needs: "
        f"it was not written by chainrule and is not loaded"
    )


def _build(stored: io.BytesIO) -> Any:
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning

    with warnings.catch_warnings():
        # The versions are in the origin; the command line compares them.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return skops.io.load(stored, trusted=sorted(ALLOWED_TYPES))


def _check_shapes(pipeline: Any, origin: Origin) -> None:
    """Layers must fit each other: compiled code does not check again."""
    network = network_of(pipeline)
    shapes = [w.shape for w in network.coefs_]
    biases = [b.shape for b in network.intercepts_]
    fits = all(a[1] == b[0] for a, b in pairwise(shapes))
    if not fits or biases != [(shape[1],) for shape in shapes] or not shapes:
        raise ValueError("the layers do not fit each other")
    outputs = shapes[-1][1]
    if origin.classes is None:
        wanted = {1}
    else:
        wanted = {len(origin.classes)} if len(origin.classes) != 2 else {1, 2}
        if list(network.classes_) != origin.classes:
            raise ValueError("the network has other classes than its origin")
    if outputs not in wanted:
        raise ValueError("the network has too many outputs, or too few")
    _check_vectors(network, sum((a + 1) * b for a, b in shapes))


def _check_vectors(network: Any, count: int) -> None:
    """Every other vector of weights must have as many as the layers."""
    attributes = vars(network)
    vectors = []
    restarts = attributes.get("restarts_", Restarts((), 0))
    for run in restarts:
        if not isinstance(run, Restart):
            raise TypeError("a restart is something else")
        vectors.append(run.parameters)
    state = attributes.get("_optimizer_state") or {}
    vectors += [state[name] for name in ("first", "second", "parameters", "best") if name in state]
    for vector in vectors:
        if vector.shape != (count,) or not np.issubdtype(vector.dtype, np.floating):
            raise ValueError("a vector of weights does not fit the layers")
