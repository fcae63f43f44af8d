"""Pictures one after another as a file: GIF, a page with a slider, or a film."""

from __future__ import annotations

import base64
import html
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import resources
from io import BytesIO
from os import PathLike
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from chainrule.errors import InputError
from chainrule.files import check_writable, write_beside

__all__ = ["check_ending", "html_page", "in_notebook", "write_frames"]

_ENDINGS = (".gif", ".html", ".mp4")
# Colors of all pictures together: shades, points and smoothed letters need no more.
_COLORS = 96
_NEARLY_WHITE = 246

Pictures = Sequence[NDArray[np.uint8]]


def check_ending(path: str | PathLike[str]) -> None:
    """See, before any long work, that a file of this name can be written.

    Raises
    ------
    InputError
        Its ending is none that is known; ffmpeg is missing; or it cannot be written.
    """
    ending = Path(path).suffix.lower()
    if ending not in _ENDINGS:
        raise InputError(f"{path}: an animation is written as {', '.join(_ENDINGS[:2])} or .mp4")
    if ending == ".mp4" and shutil.which("ffmpeg") is None:
        raise InputError(
            f"{path}: films are written by ffmpeg, which is not installed here; write a .gif or a "
            ".html, or install it"
        )
    check_writable(Path(path))


def write_frames(
    path: str | PathLike[str],
    pictures: Pictures,
    durations: Sequence[float],
    told: Sequence[str],
    alt_text: str,
) -> None:
    """Write pictures as the ending of a file says; a failure leaves what was there.

    Parameters
    ----------
    path : str or Path
        Checked by :func:`check_ending`.
    pictures : sequence of array of shape (height, width, 3)
        0 to 255, all of one shape.
    durations : sequence of float
        How long each stands, in seconds.
    told : sequence of str
        What each shows, for who cannot see it.
    alt_text : str
        What all of them show.
    """
    ending = Path(path).suffix.lower()
    if ending == ".gif":
        data = _gif(pictures, durations)
    elif ending == ".html":
        data = html_page(pictures, durations, told, alt_text).encode()
    else:
        data = _film(pictures, durations)
    with write_beside(Path(path)) as file:
        file.write(data)


def _with_one_palette(pictures: Pictures) -> list[Image.Image]:
    """Give all pictures the same few colors, so that what stays the same costs nothing."""
    few = [pictures[i] for i in np.linspace(0, len(pictures) - 1, 8).astype(int)]
    sample = Image.fromarray(np.concatenate(few))
    palette = sample.quantize(_COLORS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colors = np.array(palette.getpalette() or (), np.int64).reshape(-1, 3)
    # An average of white and what is nearly white would tint the paper.
    colors[(colors >= _NEARLY_WHITE).all(axis=1)] = 255
    palette.putpalette(colors.ravel().tolist())
    return [
        Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE)
        for picture in pictures
    ]


def _gif(pictures: Pictures, durations: Sequence[float]) -> bytes:
    images, buffer = _with_one_palette(pictures), BytesIO()
    # Browsers take anything below 20 ms for 100.
    times = [max(20, round(seconds * 1000)) for seconds in durations]
    images[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=times,
        loop=0,
        disposal=1,
    )
    return buffer.getvalue()


def _film(pictures: Pictures, durations: Sequence[float]) -> bytes:
    rate = 1 / durations[0]
    # The codec wants even numbers of points.
    height, width = (side // 2 * 2 for side in pictures[0].shape[:2])
    raw = b"".join(np.ascontiguousarray(p[:height, :width]).tobytes() for p in pictures)
    raw += raw[-height * width * 3 :] * round((durations[-1] - durations[0]) * rate)
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder, "film.mp4")
        form = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
        made = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", str(film)]
        done = subprocess.run(  # noqa: S603
            [
                str(shutil.which("ffmpeg")),
                "-v",
                "error",
                *form,
                "-r",
                f"{rate:g}",
                "-i",
                "-",
                *made,
            ],
            input=raw,
            capture_output=True,
            check=False,
        )
        if done.returncode or not film.is_file():
            said = done.stderr.decode(errors="replace").strip().split("\n")[-1]
            raise InputError(f"ffmpeg could not make the film: {said}; write a .gif or a .html")
        return film.read_bytes()


def html_page(
    pictures: Pictures, durations: Sequence[float], told: Sequence[str], alt_text: str
) -> str:
    """Return one page with all pictures in it, a button and a slider; it needs no network."""
    encoded = []
    for image in _with_one_palette(pictures):
        buffer = BytesIO()
        image.save(buffer, format="PNG", optimize=True)
        encoded.append(base64.b64encode(buffer.getvalue()).decode())
    data: dict[str, Any] = {
        "pictures": encoded,
        "milliseconds": [round(seconds * 1000) for seconds in durations],
        "told": list(told),
    }
    # "</script>" in a name must not end the script.
    known = json.dumps(data).replace("<", "\\u003c")
    height, width = pictures[0].shape[:2]
    page = resources.files(__package__).joinpath("_moving_pictures.html").read_text("utf-8")
    return Template(page).substitute(
        alt_text=html.escape(alt_text),
        data=known,
        first=encoded[0],
        told=html.escape(told[0]),
        last=len(pictures) - 1,
        width=width,
        height=height,
    )


def in_notebook(page: str) -> str:
    """Return a frame for a notebook with a page in it."""
    return (
        f'<iframe srcdoc="{html.escape(page)}" title="animation" style="border:0" width="640" '
        'height="520"></iframe>'
    )
