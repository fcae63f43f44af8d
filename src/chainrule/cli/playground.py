"""``chainrule playground``: the page on which a network learns before one's eyes."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from chainrule.cli.terminal import notice, out, talk
from chainrule.errors import InputError

if TYPE_CHECKING:
    from chainrule.playground.server import Address
    from chainrule.tables import Table

__all__ = ["playground_command"]


class _Start(NamedTuple):
    """What is shown first: a table of one's own, or what an address says."""

    table: Table | None
    address: str


def playground_command(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="A table, an example's name (spiral, penguins, digits, …), a model that was "
            "trained with an example, or a shared address: a copied link, or its part after #. By "
            "default two classes of points, a circle.",
        ),
    ] = None,
    *,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER",
            min=0,
            max=65535,
            help="Where the page is found; 0 takes any that is free. "
            r"[dim]\[8642, or a free one][/dim]",
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser, only print the address.")
    ] = False,
) -> None:
    """Open a page on which a network learns before your eyes.

    It is found on this machine only, at an address that nobody can guess. Ctrl-C ends it.

    For example:

      chainrule playground

      chainrule playground houses.csv

      chainrule playground "data=spiral&layers=8,8"
    """
    with talk().status("starting the playground"):
        from chainrule.playground.server import serve
        from chainrule.playground.session import Session

        start = _start(data)

    def when_up(where: Address) -> None:
        """Say where it is, and open it."""
        out().print(f"The playground is at {where.page}", soft_wrap=True)
        talk().print("Ctrl-C ends it.")
        if not no_browser:
            # A browser may take seconds to start, and some return only when they are closed.
            threading.Thread(target=_open, args=(where.once,), daemon=True).start()

    begin = partial(Session, start.table)
    idle = serve(begin, address=start.address, port=port, when_up=when_up)
    talk().print("\nThe playground is closed.")
    if not idle:
        # A thread is still training, for nobody. Python would wait for it, perhaps for minutes.
        sys.stdout.flush()
        os._exit(0)


def _start(data: str | None) -> _Start:
    """Find out what DATA is; a file wins over all other meanings."""
    from chainrule.playground.settings import DATA_SETS, OWN
    from chainrule.tables import load_table

    if data is None:
        return _Start(None, "")
    if Path(data).suffix == ".chainrule":
        return _Start(None, _address_of_model(Path(data)))
    if not Path(data).is_file():
        if data != OWN and data in dict(DATA_SETS):
            return _Start(None, f"data={data}")
        if "=" in data or data.startswith(("http://", "https://")):
            return _Start(None, _address(data))
    return _Start(load_table(data), f"data={OWN}")


def _address_of_model(path: Path) -> str:
    """Return the address at which a model is shown that was trained with an example."""
    from chainrule.playground.saving import open_model

    try:
        model = open_model(path.read_bytes(), path.name)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not model.example:
        raise InputError(
            f"{path.name} was trained with the table {model.table!r}: start 'chainrule playground "
            "FILE' with that table, and drop the model on the page"
        )
    return model.address_with(None)


def _address(link: str) -> str:
    """Return what a link says after its #, or what was copied of it."""
    from chainrule.playground.settings import OWN, read_address

    address = link.rpartition("#")[2]
    if address.startswith(("http://", "https://")):
        raise InputError("this link says nothing after a #: copy it from the page anew")
    settings, _ = read_address(address)
    if settings.data == OWN:
        raise InputError(
            "this address is about a table of somebody's own: start 'chainrule playground FILE' "
            "with that table, and put what stands after # behind the address it prints"
        )
    return address


def _open(address: str) -> None:
    """Open a browser, unless it would be one of text, in this very terminal."""
    if not (_has_screen() and webbrowser.open(address)):
        notice("no browser could be opened here; open the address yourself")


def _has_screen() -> bool:
    if not sys.platform.startswith("linux") or "BROWSER" in os.environ:
        return True
    return any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
