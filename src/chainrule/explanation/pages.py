"""The pages that explain the findings: they come with the package and can be read offline."""

from __future__ import annotations

from pathlib import Path

from chainrule.errors import InputError

__all__ = ["read_page"]

_HERE = Path(__file__).parent
# An installed package has them beside its modules, a checkout in its documentation.
_FOLDERS = _HERE / "pages", _HERE.parents[2] / "docs" / "diagnosis"
_INDEX = "README"


def read_page(code: str | None = None) -> str:
    """Return the page about a finding.

    Parameters
    ----------
    code : str, optional
        Such as "CR101"; without it, the list of all findings.

    Returns
    -------
    str
        The page, as Markdown.

    Raises
    ------
    InputError
        There is no finding of this code.

    Examples
    --------
    >>> from chainrule.explanation import read_page
    >>> print(read_page("CR101").splitlines()[0])
    # CR101 The inputs are not scaled
    """
    folder = next(folder for folder in _FOLDERS if folder.is_dir())
    names = sorted(path.stem for path in folder.glob("*.md"))
    wanted = _INDEX if code is None else code.strip().upper()
    if wanted not in names:
        codes = ", ".join(name for name in names if name != _INDEX)
        raise InputError(f"there is no finding {code!r}; there are {codes}")
    return (folder / f"{wanted}.md").read_text(encoding="utf-8")
