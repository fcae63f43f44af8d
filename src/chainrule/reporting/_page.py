"""A report as one page of HTML."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from chainrule.explanation.worked._page import sheet
from chainrule.reporting._telling import sections, tell

if TYPE_CHECKING:
    from chainrule.reporting._facts import Facts
    from chainrule.reporting._pictures import Picture

__all__ = ["write_page"]

# What no page may hold, and what turns the direction of all the text behind it.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]"
)


def write_page(facts: Facts, pictures: dict[str, Picture], *, title: str) -> str:
    """Write the page.

    Parameters
    ----------
    facts : Facts
        What is told.
    pictures : dict of str to Picture
        What is shown.
    title : str
        What stands above it.

    Returns
    -------
    str
        HTML, well-formed XML too, that needs no other file, no script and no network.
    """
    told = tell(facts)
    page: str = _template().render(
        facts=facts,
        quality=facts.quality,
        pictures=pictures,
        sections=sections(facts, pictures),
        style=_style(),
        title=title,
        told=told,
    )
    return page


@cache
def _style() -> str:
    own = (Path(__file__).parent / "_page.css").read_text(encoding="utf-8")
    return f"{own}{sheet('_steps.css')}"


@cache
def _template() -> Any:
    environment = Environment(
        autoescape=True,
        finalize=_writable,
        keep_trailing_newline=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    text = (Path(__file__).parent / "_page.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def _writable(value: Any) -> Any:
    """Return text without the characters that a page may not hold; other values as they are."""
    if hasattr(value, "__html__") or not isinstance(value, str):
        return value
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value)
