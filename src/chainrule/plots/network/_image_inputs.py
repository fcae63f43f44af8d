"""Which inputs are the pixels of an image, and where each stands in it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.mathematics.arrays import Array

__all__ = ["ImageInputs", "find_image", "given_image"]

# Fewer pixels are no picture; and where fewer than half of them are inputs, their names are not
# those of pixels.
_FEWEST, _FILLED = 16, 0.5


class ImageInputs(NamedTuple):
    """An image whose pixels are inputs.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns.
    places : array of int, shape (inputs,)
        Which pixel each input is, counted row by row.
    """

    shape: tuple[int, int]
    places: NDArray[np.int64]

    def picture(self, weights: Array) -> Array:
        """Return one weight for each pixel; NaN where a pixel is no input."""
        flat = np.full(self.shape[0] * self.shape[1], np.nan)
        flat[self.places] = weights
        return flat.reshape(self.shape)


def find_image(inputs: int, names: Sequence[str] | None) -> ImageInputs | None:
    """Find out whether inputs are the pixels of an image.

    Parameters
    ----------
    inputs : int
        How many there are.
    names : sequence of str, or None
        What they are called. ``pixel_0_3`` says row and column, ``pixel3`` or ``3`` counts; some
        may be missing, such as pixels that are the same in all images.

    Returns
    -------
    ImageInputs or None

    Examples
    --------
    >>> find_image(784, None).shape
    (28, 28)
    >>> find_image(15, [f"p{i // 4}_{i % 4}" for i in range(1, 16)]).shape
    (4, 4)
    >>> find_image(16, ["age", "bmi"] + ["c"] * 14) is None
    True
    """
    if names is None:
        side = math.isqrt(inputs)
        square = side * side == inputs and inputs >= _FEWEST
        return ImageInputs((side, side), np.arange(inputs)) if square else None
    counted = _counted(names)
    if counted is None:
        return None
    shape, places = counted
    pixels = shape[0] * shape[1]
    likely = pixels >= _FEWEST and min(shape) > 1 and inputs >= _FILLED * pixels
    return ImageInputs(shape, places) if likely else None


def given_image(shape: Any, inputs: int, names: Sequence[str] | None) -> ImageInputs:
    """Place inputs in an image of a shape that a person gave.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    inputs, names
        As for :func:`find_image`.

    Returns
    -------
    ImageInputs

    Raises
    ------
    InputError
        The image has another number of pixels.
    """
    sides = tuple(np.ravel(np.asarray(shape, dtype=object)).tolist())
    whole = all(isinstance(n, int | np.integer) and n > 0 for n in sides)
    if len(sides) == 2 and whole:
        high, wide = int(sides[0]), int(sides[1])
        if high * wide == inputs:
            return ImageInputs((high, wide), np.arange(inputs))
        found = None if names is None else find_image(inputs, names)
        if found is not None and found.shape == (high, wide):
            return found
    raise InputError(
        f"image_shape={shape!r} does not fit the layer's {inputs} inputs: give rows and columns "
        "whose product that is"
    )


def _counted(names: Sequence[str]) -> tuple[tuple[int, int], NDArray[np.int64]] | None:
    """Read the places of pixels from names that differ in nothing but their numbers."""
    if len({re.sub(r"\d+", "", name) for name in names}) != 1:
        return None
    numbers = np.array([[int(n) for n in re.findall(r"\d+", name)] for name in names])
    if len(np.unique(numbers, axis=0)) < len(names) or numbers.shape[1] not in (1, 2):
        return None
    if numbers.shape[1] == 2:
        rows, columns = (numbers - numbers.min(axis=0)).T
        high, wide = int(rows.max()) + 1, int(columns.max()) + 1
        return (high, wide), rows * wide + columns
    flat = numbers[:, 0]
    # Where they are counted from 1 the last is a square itself.
    flat = flat - 1 if flat.min() > 0 and math.isqrt(int(flat.max())) ** 2 == flat.max() else flat
    side = math.isqrt(int(flat.max())) + 1
    return (side, side), flat
