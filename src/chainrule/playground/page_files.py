"""The page's files by name: those of its folder, and the sheet that formulas have everywhere."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["page_file"]

# It belongs to the explanations, whose HTML it is for: notebooks and reports use it too.
_ELSEWHERE = {"steps.css": ("chainrule.explanation.worked", "_steps.css")}


def page_file(name: str) -> bytes | None:
    """Return a file of the page.

    Parameters
    ----------
    name : str
        Without a folder, such as ``main.js``.

    Returns
    -------
    bytes or None
        None if there is no such file.

    Examples
    --------
    >>> page_file("index.html")[:15], page_file("index.php")
    (b'<!doctype html>', None)
    """
    package, found = _ELSEWHERE.get(name, ("chainrule.playground", f"page/{name}"))
    file = files(package).joinpath(found)
    return file.read_bytes() if file.is_file() else None
