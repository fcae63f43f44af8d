"""``chainrule train``: from a table to a model file."""

from __future__ import annotations

import time
from dataclasses import replace
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.cli import train_options as asked
from chainrule.cli.read_options import (
    read_class_weight,
    read_kinds,
    read_layers,
    read_one_or_each,
    read_rate,
)
from chainrule.cli.terminal import notice, print_json, quiet_pictures, talk
from chainrule.errors import InputError
from chainrule.workflow.settings import SettingError, TrainSettings

if TYPE_CHECKING:
    from chainrule.reporting import Report
    from chainrule.tables import Table
    from chainrule.workflow import Training

__all__ = ["train_command"]

_EPILOG = """
For example:

  chainrule train penguins

  chainrule train houses.csv --target price

  chainrule train houses.csv -t price --layers 256,128 --dropout 0.1

  chainrule train houses.csv -t price --solver newton

  chainrule train visits.csv -t cured --groups patient --restarts 8

  chainrule train survey.csv -t income --weights households

  chainrule train calls.parquet -t bought --drop caller --kind zip=category

  chainrule train first.csv -t y --test second.csv --json > report.json

  chainrule train penguins --plot

Ctrl-C once keeps the best model so far; twice leaves at once.
"""


def train_command(
    data: asked.Data,
    *,
    target: asked.Target = None,
    output: asked.Output = None,
    json: asked.Json = False,
    no_report: asked.NoReport = False,
    plot: asked.Plot = False,
    task: asked.Task = None,
    test_fraction: asked.TestFraction = None,
    test: asked.Test = None,
    groups: asked.Groups = None,
    weights: asked.Weights = None,
    kind: asked.Kinds = None,
    drop: asked.Drop = None,
    model: asked.Model = None,
    layers: asked.Layers = None,
    activation: asked.Activation = None,
    initialization: asked.Initialization = None,
    seed: asked.Seed = None,
    loss: asked.Loss = None,
    solver: asked.Solver = None,
    learning_rate: asked.LearningRate = None,
    schedule: asked.Schedule = None,
    warm_up: asked.WarmUp = None,
    momentum: asked.Momentum = None,
    batch: asked.Batch = None,
    epochs: asked.Epochs = None,
    clip_norm: asked.ClipNorm = None,
    class_weight: asked.ClassWeight = None,
    threads: asked.Threads = None,
    early_stopping: asked.EarlyStopping = False,
    no_early_stopping: asked.NoEarlyStopping = False,
    held_out: asked.HeldOut = None,
    patience: asked.Patience = None,
    monitor: asked.Monitor = None,
    min_change: asked.MinChange = None,
    start_from_epoch: asked.StartFromEpoch = None,
    l1: asked.L1 = None,
    l2: asked.L2 = None,
    weight_decay: asked.WeightDecay = None,
    dropout: asked.Dropout = None,
    input_dropout: asked.InputDropout = None,
    input_noise: asked.InputNoise = None,
    max_norm: asked.MaxNorm = None,
    label_smoothing: asked.LabelSmoothing = None,
    restarts: asked.Restarts = None,
    combine: asked.Combine = None,
) -> None:
    """Train a model on a table, test it beside two simple rivals, write a model file and a report.

    What is taken where nothing is said stands in brackets.
    """
    given = {
        "target": target,
        "task": task,
        "kinds": read_kinds(kind),
        "drop": drop and tuple(drop),
        "groups": groups,
        "weights": weights,
        "test_fraction": test_fraction,
        "model": model,
        "hidden_layer_sizes": read_layers(layers),
        "activation": read_one_or_each(activation, "activation", str),
        "initialization": initialization,
        "loss": loss,
        "solver": solver,
        "learning_rate": read_rate(learning_rate),
        "schedule": schedule,
        "warm_up": warm_up,
        "momentum": momentum,
        "weight_decay": weight_decay,
        "batch_size": batch,
        "epochs": epochs,
        "clip_norm": clip_norm,
        "class_weight": read_class_weight(class_weight),
        "l1": l1,
        "l2": l2,
        "dropout": read_one_or_each(dropout, "dropout", float),
        "input_dropout": input_dropout,
        "input_noise": input_noise,
        "max_norm": max_norm,
        "label_smoothing": label_smoothing,
        "early_stopping": _yes_or_no(early_stopping, no_early_stopping),
        "validation_fraction": held_out,
        "patience": patience,
        "monitor": monitor,
        "min_change": min_change,
        "start_from_epoch": start_from_epoch,
        "restarts": restarts,
        "combine": combine,
        "seed": seed,
        "threads": threads,
    }
    try:
        settings = TrainSettings(**{k: v for k, v in given.items() if v is not None})
        told = {"as_json": json, "plot": plot, "with_report": not no_report}
        _run(data, settings, test=test, output=output, **told)
    except SettingError as error:
        # The sentence names the options that were typed.
        raise InputError(error.told(asked.FLAGS)) from error


def _run(
    data: str,
    settings: TrainSettings,
    *,
    test: str | None,
    output: Path | None,
    as_json: bool,
    plot: bool,
    with_report: bool,
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
        page = path.with_suffix(".html") if with_report else None
        if page is not None:
            check_writable(page)
    training, interrupted = _train(table, settings, test=test_table)
    from chainrule.workflow import save_model  # scikit-learn is in memory by now

    save_model(path, training.model)
    if interrupted:
        notice(f"stopped by Ctrl-C; the best network so far is in {path}")
    report = None
    if page is not None:
        names = {"data": data, "test": test, "model": str(path)}
        report = _write_report(training, page, names=names)
    if as_json:
        about = {"model": str(path), "report": report and str(page), "interrupted": interrupted}
        print_json({**about, **training.model.to_dict()})
        if plot:
            from chainrule.cli.terminal_plot import print_curves

            print_curves(talk(), training.model)
        return
    from chainrule.cli.train_report import print_report

    seconds = time.perf_counter() - started
    print_report(
        training,
        data=data,
        test=test,
        path=path,
        page=page if report else None,
        row=_row_to_explain(training, report),
        seconds=seconds,
        plot=plot,
    )


def _write_report(training: Training, page: Path, *, names: dict[str, Any]) -> Report | None:
    """Write the report; None if that fails, which must not cost the model: it is safe by now."""
    try:
        quiet_pictures()
        with talk().status(f"writing {page}"):
            from chainrule.reporting.training_report import Names, report_of_training

            return report_of_training(training, path=page, names=Names(**names))
    except KeyboardInterrupt:
        notice(f"there is no report, as Ctrl-C was pressed; the model is in {names['model']}")
    except Exception as error:  # noqa: BLE001 (whatever it is, the model is worth more)
        reason = " ".join(str(error).split()) or type(error).__name__
        notice(f"there is no report ({reason}); the model is in {names['model']}")
    return None


def _row_to_explain(training: Training, report: Report | None) -> int:
    """Return the number of the row that was most wrong, or of the first that was tested."""
    if report is not None and report.facts.wrong.rows:
        return report.facts.wrong.rows[0].number
    return int(training.tested.rows.places[0]) + 1


def _train(table: Table, settings: TrainSettings, *, test: Table | None) -> tuple[Training, bool]:
    from chainrule.cli.interrupt import StopOnInterrupt
    from chainrule.cli.progress import EpochBar
    from chainrule.workflow import train

    interrupt = StopOnInterrupt()
    # The first is set up first: Ctrl-C is heard before there is a bar to be seen.
    callbacks = [interrupt, EpochBar()]
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


def _yes_or_no(yes: bool, no: bool) -> bool | None:
    if yes and no:
        raise InputError("--early-stopping and --no-early-stopping exclude each other: choose one")
    return yes if yes or no else None


train_command.__doc__ = f"{cleandoc(train_command.__doc__ or '')}\n{_EPILOG}"
