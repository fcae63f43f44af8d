"""``chainrule train``: from a table to a model file."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule.cli.terminal import notice, print_json, talk
from chainrule.errors import InputError
from chainrule.workflow.settings import SOLVERS, TASKS, TrainSettings

if TYPE_CHECKING:
    from chainrule.tables import Table
    from chainrule.workflow import Training

__all__ = ["train_command"]

_NETWORK = "The network"
_LEARNING = "How it learns"
_ROWS = "Rows and columns"

_EPILOG = """
For example:

  chainrule train penguins

  chainrule train houses.csv --target price

  chainrule train houses.csv -t price --layers 256,128 --dropout 0.1

  chainrule train calls.parquet -t bought --drop caller --kind zip=category

  chainrule train first.csv -t y --test second.csv --json > report.json

Ctrl-C once keeps the best network so far; twice leaves at once.
"""


def train_command(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="A table (csv, tsv, jsonl, each also .gz or .zst; parquet, arrow), or the name "
            "of an example: see 'chainrule examples'.",
        ),
    ],
    *,
    target: Annotated[
        str | None,
        typer.Option(
            "--target", "-t", metavar="COLUMN", help="The column to predict; examples know theirs."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="MODEL",
            help="The model file; by default NAME.chainrule in this folder.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK",
            help=f"{' or '.join(TASKS)}; by default the target's values decide.",
            rich_help_panel=_ROWS,
        ),
    ] = None,
    test_fraction: Annotated[
        float,
        typer.Option(
            metavar="PART", help="Part of the rows kept aside to test on.", rich_help_panel=_ROWS
        ),
    ] = TrainSettings.test_fraction,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Test on this table and train on all of DATA.",
            rich_help_panel=_ROWS,
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=KIND",
            help="What a column holds: number, category, yes/no, date, text, identifier or "
            "constant. May be repeated.",
            rich_help_panel=_ROWS,
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="Leave a column out. May be repeated.", rich_help_panel=_ROWS
        ),
    ] = None,
    layers: Annotated[
        str,
        typer.Option(
            metavar="SIZES",
            help="Neurons of each hidden layer; 'none' for no hidden layer.",
            rich_help_panel=_NETWORK,
        ),
    ] = ",".join(map(str, TrainSettings.hidden_layer_sizes)),
    activation: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="relu, tanh, sigmoid, leaky_relu, elu, selu, gelu, silu, mish, softplus, …; one "
            "for all hidden layers or one for each, with commas.",
            rich_help_panel=_NETWORK,
        ),
    ] = str(TrainSettings.activation),
    dropout: Annotated[
        str,
        typer.Option(
            metavar="RATES",
            help="Part of the hidden neurons left out at random in each step.",
            rich_help_panel=_NETWORK,
        ),
    ] = str(TrainSettings.dropout),
    solver: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"The optimizer: {', '.join(SOLVERS)}.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.solver,
    learning_rate: Annotated[
        float,
        typer.Option(metavar="RATE", help="Size of the steps.", rich_help_panel=_LEARNING),
    ] = TrainSettings.learning_rate,
    batch: Annotated[
        int | None,
        typer.Option(
            metavar="ROWS",
            help="Rows of a mini-batch; by default it grows with the table.",
            rich_help_panel=_LEARNING,
        ),
    ] = None,
    epochs: Annotated[
        int,
        typer.Option(
            metavar="COUNT",
            help="At most this many passes over the training rows.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.epochs,
    l1: Annotated[
        float,
        typer.Option(
            "--l1",
            metavar="STRENGTH",
            help="Penalty on the size of the weights.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.l1,
    l2: Annotated[
        float,
        typer.Option(
            "--l2",
            metavar="STRENGTH",
            help="Penalty on the squares of the weights.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.l2,
    early_stopping: Annotated[
        bool,
        typer.Option(
            help="Watch held-out rows and keep the best epoch's network.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.early_stopping,
    patience: Annotated[
        int,
        typer.Option(
            metavar="EPOCHS",
            help="Stop after so many epochs without improvement.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.patience,
    validation_fraction: Annotated[
        float,
        typer.Option(
            "--held-out",
            metavar="PART",
            help="Part of the training rows held out for early stopping.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.validation_fraction,
    seed: Annotated[
        int,
        typer.Option(
            metavar="NUMBER",
            help="Of the split, the first weights and the order of the rows.",
            rich_help_panel=_LEARNING,
        ),
    ] = TrainSettings.seed,
    threads: Annotated[
        int | None,
        typer.Option(
            metavar="COUNT", help="Use at most so many threads.", rich_help_panel=_LEARNING
        ),
    ] = None,
) -> None:
    """Train a network on a table, test it beside two simple rivals, and write a model file."""
    settings = _settings(
        target=target,
        task=task,
        kinds=_kinds(kind or []),
        drop=tuple(drop or ()),
        test_fraction=test_fraction,
        hidden_layer_sizes=_layers(layers),
        activation=_one_or_each(activation, "activation", str),
        solver=solver,
        learning_rate=learning_rate,
        batch_size=batch,
        epochs=epochs,
        l1=l1,
        l2=l2,
        dropout=_one_or_each(dropout, "dropout", float),
        early_stopping=early_stopping,
        patience=patience,
        validation_fraction=validation_fraction,
        seed=seed,
        threads=threads,
    )
    _run(data, settings, test=test, output=output, as_json=json)


#: How the command line calls what the settings call otherwise.
_OPTIONS = {
    "test_fraction": "--test-fraction",
    "validation_fraction": "--held-out",
    "learning_rate": "--learning-rate",
    "batch_size": "--batch",
    **{name: f"--{name}" for name in ("activation", "dropout", "epochs", "l1", "l2", "patience")},
    **{name: f"--{name}" for name in ("seed", "solver", "task", "threads")},
}


def _settings(**options: Any) -> TrainSettings:
    """Collect the settings; an error names the option that was typed."""
    try:
        return TrainSettings(**options)
    except InputError as error:
        name, _, rest = str(error).partition(" ")
        raise InputError(f"{_OPTIONS.get(name, name)} {rest}") from error


def _run(
    data: str, settings: TrainSettings, *, test: str | None, output: Path | None, as_json: bool
) -> None:
    started = time.perf_counter()
    with talk().status(f"reading {data}"):
        from chainrule.tables import load_table
        from chainrule.workflow import check_writable

        if output is not None:
            # Before any work, so that none is lost.
            _check_model_name(output)
            check_writable(output)
        table = load_table(data)
        test_table = None if test is None else load_table(test)
        path = output or Path(f"{table.name}.chainrule")
        check_writable(path)
    training, interrupted = _train(table, settings, test=test_table)
    from chainrule.workflow import save_model  # scikit-learn is in memory by now

    save_model(path, training.model)
    if interrupted:
        notice(f"stopped by Ctrl-C; the best network so far is in {path}")
    if as_json:
        about = {"model": str(path), "interrupted": interrupted}
        print_json({**about, **training.model.to_dict()})
        return
    from chainrule.cli.train_report import print_report

    print_report(training, data=data, test=test, path=path, seconds=time.perf_counter() - started)


def _train(table: Table, settings: TrainSettings, *, test: Table | None) -> tuple[Training, bool]:
    from chainrule.cli.interrupt import StopOnInterrupt
    from chainrule.cli.progress import EpochBar
    from chainrule.workflow import train

    interrupt = StopOnInterrupt()
    # The first is set up first: Ctrl-C is heard before there is a bar to be seen.
    callbacks = [interrupt, EpochBar(settings.epochs)]
    training = train(table, settings, test=test, callbacks=callbacks)
    if interrupt.asked:
        model = training.model
        count = len(model.origin.history["epoch"])
        origin = replace(model.origin, stopped=f"by Ctrl-C after {count} epochs")
        training = replace(training, model=replace(model, origin=origin))
    return training, interrupt.asked


def _check_model_name(path: Path) -> None:
    # A slip of the finger must not replace a table by a model.
    if path.suffix != ".chainrule":
        raise InputError(
            f"the name of a model file ends in .chainrule: write '-o {path}.chainrule'"
        )


def _kinds(pairs: list[str]) -> dict[str, str]:
    kinds = {}
    for pair in pairs:
        # The last sign of equality: a column's name may hold one, a kind does not.
        name, sign, kind = pair.rpartition("=")
        if not (name and sign and kind):
            raise InputError(f"--kind is written COLUMN=KIND, such as zip=category, not {pair!r}")
        kinds[name] = kind
    return kinds


def _layers(text: str) -> tuple[int, ...]:
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--layers takes the sizes of the hidden layers, such as 128,64, or none, not {text!r}"
        ) from None


def _one_or_each(text: str, name: str, convert: type) -> Any:
    try:
        parts = tuple(convert(part.strip()) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--{name} takes one number, or one for each hidden layer such as 0.2,0.1, not {text!r}"
        ) from None
    return parts[0] if len(parts) == 1 else parts


train_command.__doc__ = f"{train_command.__doc__}\n{_EPILOG}"
