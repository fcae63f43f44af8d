"""The command ``chainrule``: its subcommands, and what becomes of errors."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from chainrule.cli import (
    complexity,
    derive,
    evaluate,
    examples,
    explain,
    info,
    likelihood,
    matrices,
    playground,
    predict,
    report,
    train,
)
from chainrule.cli.help import Command, Group
from chainrule.cli.signs import FormulaCommand
from chainrule.cli.terminal import talk
from chainrule.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "main"]

_BAD_INPUT = 2
_INTERRUPTED = 130

# The ancestor of everything that can be wrong with the arguments; not exported by name.
_ArgumentError: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)

app = typer.Typer(
    name="chainrule",
    cls=Group,
    help="Train a neural network on a table, and use it.",
    epilog=(
        "Begin with [bold]chainrule train penguins[/bold], or with a table of your own: "
        "[bold]chainrule train houses.csv --target price[/bold]. "
        "[bold]chainrule COMMAND --help[/bold] tells all about a command."
    ),
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("train", cls=Command)(train.train_command)
app.command("predict", cls=Command)(predict.predict_command)
app.command("evaluate", cls=Command)(evaluate.evaluate_command)
app.command("explain", cls=Command)(explain.explain_command)
app.command("complexity", cls=Command)(complexity.complexity_command)
app.command("report", cls=Command)(report.report_command)
app.command("playground", cls=Command)(playground.playground_command)
app.command("info", cls=Command)(info.info_command)
app.command("examples", cls=Command)(examples.examples_command)
app.command("derive", cls=FormulaCommand)(derive.derive_command)
app.command("matrices", cls=FormulaCommand)(matrices.matrices_command)
app.command("likelihood", cls=FormulaCommand)(likelihood.likelihood_command)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"chainrule {version('chainrule')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    del version
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        0, 2 for bad input (after one sentence on stderr), 130 after Ctrl-C.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    chainrule ...
    0
    """
    try:
        code = app(
            args=None if argv is None else list(argv),
            prog_name="chainrule",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except SystemExit:  # Typer's answer to a broken pipe
        return _reader_left()
    except _ArgumentError as error:
        return _complain(error.format_message())  # type: ignore[attr-defined]
    except InputError as error:
        return _complain(str(error))
    except MemoryError:
        return _complain("there is not enough memory for this; try a smaller batch or network")
    except OSError as error:
        if error.errno == errno.EPIPE:
            return _reader_left()
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{(error.strerror or str(error)).lower()}")
    return code if isinstance(code, int) else 0


def _complain(sentence: str) -> int:
    one_line = " ".join(sentence.split()).rstrip(".")
    talk().print(f"error: {one_line}", soft_wrap=True)
    return _BAD_INPUT


def _reader_left() -> int:
    """Whoever read our output, such as ``head``, has had enough: that is no error."""
    # Python would complain once more when it flushes stdout at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
