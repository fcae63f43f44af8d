"""Loading a model for a command, with a word if it comes from other versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.cli.terminal import notice

if TYPE_CHECKING:
    from pathlib import Path

    from chainrule.workflow import Model

__all__ = ["open_model"]


def open_model(path: Path) -> Model:
    """Load a model.

    Parameters
    ----------
    path : Path
        The model file.

    Returns
    -------
    Model
    """
    from importlib.metadata import version

    from chainrule.workflow import load_model

    model = load_model(path)
    then, now = model.origin.versions.get("scikit-learn", ""), version("scikit-learn")
    if then.split(".")[:2] != now.split(".")[:2]:
        notice(
            f"{path} was made with scikit-learn {then} and is read with {now}: "
            f"predictions may differ slightly"
        )
    return model
