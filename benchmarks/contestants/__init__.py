"""Those who run: one file for each library, loaded only where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A contestant: what the tables call it, and where it is.

    Attributes
    ----------
    title : str
        For the tables.
    place : str
        "module:class" in this folder.
    packages : tuple of str
        Whose versions are stated, the main one first.
    chooses : bool
        Whether it chooses its number of threads itself: then it is run once, with all allowed.
    """

    title: str
    place: str
    packages: tuple[str, ...]
    chooses: bool = False


CONTESTANTS = {
    "chainrule": Entry("chainrule", "ours:Chainrule", ("chainrule", "numba"), chooses=True),
    "scikit-learn": Entry("scikit-learn", "scikit_learn:ScikitLearn", ("scikit-learn",)),
    "torch": Entry("PyTorch", "pytorch:Eager", ("torch",)),
    "torch-compiled": Entry("PyTorch compiled", "pytorch:Compiled", ("torch",)),
    "keras": Entry("Keras on JAX", "keras_on_jax:Keras", ("keras", "jax")),
    "jax": Entry("JAX + optax, epoch jitted", "jax_optax:EpochJitted", ("jax", "optax")),
    "jax-hundred": Entry(
        "JAX + optax, 100 epochs jitted", "jax_optax:HundredJitted", ("jax", "optax")
    ),
    "onnxruntime": Entry("ONNX Runtime", "onnx_runtime:OnnxRuntime", ("onnxruntime",)),
}
"""Every contestant by its name; the first is the one whom the others are compared with."""


def contestant(name: str) -> Any:
    """Return the class of a contestant; its library is loaded now."""
    module, kind = CONTESTANTS[name].place.split(":")
    return getattr(import_module(f"contestants.{module}"), kind)
