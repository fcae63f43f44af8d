"""``chainrule complexity``: too little, enough, or too much network for a table."""

from __future__ import annotations

import shlex
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from chainrule.cli import train_options as asked
from chainrule.cli.progress import TrainingsBar
from chainrule.cli.read_options import (
    read_class_weight,
    read_kinds,
    read_layers,
    read_one_or_each,
)
from chainrule.cli.terminal import notice, print_json, talk
from chainrule.cli.train_options import option
from chainrule.errors import InputError
from chainrule.workflow.choices import (
    COMPLEXITY_EPOCHS,
    COMPLEXITY_SIZES,
    MOST_ROWS,
    SOLVERS,
    SPLITS,
)
from chainrule.workflow.settings import SettingError, TrainSettings

if TYPE_CHECKING:
    from chainrule.workflow import Complexity

__all__ = ["complexity_command"]

_EPILOG = """
For example:

  chainrule complexity penguins

  chainrule complexity houses.csv --target price -o complexity.png

  chainrule complexity houses.csv -t price --layers none --layers 8 --layers 64,64 --epochs 200

  chainrule complexity calls.parquet -t bought --layers 64 --l2 0,1e-4,1e-2 --json > graph.json

Ctrl-C keeps the splits that are finished.
"""

_TRIED = "What is tried"
_PICTURES = (".png", ".svg", ".pdf")

Sizes = Annotated[
    list[str] | None,
    option(
        *("--layers", "SIZES", _TRIED),
        "Neurons of each hidden layer, such as 64,32; none for no hidden layer. Once for each size "
        "to try.",
        " ".join(",".join(map(str, size)) or "none" for size in COMPLEXITY_SIZES),
    ),
]
Strengths = "one, or several to try, such as 0,1e-4,1e-2."
L2s = Annotated[
    str | None,
    option("--l2", "STRENGTHS", _TRIED, f"Penalty on the squares of weights: {Strengths}", 0.0001),
]
L1s = Annotated[
    str | None,
    option("--l1", "STRENGTHS", _TRIED, f"Penalty on the sizes of weights: {Strengths}", 0),
]
Epochs = Annotated[
    int | None,
    option("--epochs", "COUNT", _TRIED, "Follow the errors up to this epoch.", COMPLEXITY_EPOCHS),
]
Splits = Annotated[
    int,
    option("--splits", "COUNT", _TRIED, "Divide the rows anew so many times.", SPLITS),
]
Rows = Annotated[
    str | None,
    option(
        *("--rows", "COUNT", "Rows and columns"),
        "Use at most so many rows, drawn at random; all for all of them.",
        f"{MOST_ROWS:,}",
    ),
]
Solver = Annotated[
    str | None,
    option(
        *("--solver", "NAME", "How it learns"),
        f"{', '.join(name for name in SOLVERS if name != 'newton')}.",
        "adam",
    ),
]
Rate = Annotated[
    float | None,
    option("--learning-rate", "RATE", "How it learns", "Size of the first steps.", "as in train"),
]
Picture = Annotated[
    Path | None,
    option("--output -o", "PICTURE", None, f"Draw it, as {', '.join(_PICTURES)}."),
]


def complexity_command(
    data: asked.Data,
    *,
    target: asked.Target = None,
    output: Picture = None,
    json: asked.Json = False,
    layers: Sizes = None,
    l2: L2s = None,
    l1: L1s = None,
    epochs: Epochs = None,
    splits: Splits = SPLITS,
    task: asked.Task = None,
    test_fraction: asked.TestFraction = None,
    rows: Rows = None,
    groups: asked.Groups = None,
    weights: asked.Weights = None,
    kind: asked.Kinds = None,
    drop: asked.Drop = None,
    activation: asked.Activation = None,
    seed: asked.Seed = None,
    loss: asked.Loss = None,
    solver: Solver = None,
    learning_rate: Rate = None,
    batch: asked.Batch = None,
    class_weight: asked.ClassWeight = None,
    dropout: asked.Dropout = None,
    threads: asked.Threads = None,
) -> None:
    """Train networks of several sizes, and tell which are too simple, good, or too complex.

    Each is trained on several splits of the rows and followed epoch by epoch on the rows it has
    not seen. What is taken where nothing is said stands in brackets.
    """
    strengths = {"l2": _numbers(l2, "--l2"), "l1": _numbers(l1, "--l1")}
    varied = [name for name, values in strengths.items() if len(values) > 1]
    if len(varied) > 1:
        raise InputError("--l2 and --l1 cannot both be several strengths: vary one of them")
    given = {
        "target": target,
        "task": task,
        "kinds": read_kinds(kind),
        "drop": drop and tuple(drop),
        "groups": groups,
        "weights": weights,
        "test_fraction": test_fraction,
        "activation": read_one_or_each(activation, "activation", str),
        "loss": loss,
        "solver": solver,
        "learning_rate": learning_rate,
        "batch_size": batch,
        "class_weight": read_class_weight(class_weight),
        "dropout": read_one_or_each(dropout, "dropout", float),
        "epochs": epochs,
        "seed": seed,
        "threads": threads,
        **{name: values[0] for name, values in strengths.items() if len(values) == 1},
    }
    # What a training takes with the same words, for the command that is suggested.
    typed = {
        "--target": target,
        "--task": task,
        "--kind": kind,
        "--drop": drop,
        "--groups": groups,
        "--weights": weights,
        "--test-fraction": test_fraction,
        "--activation": activation,
        "--loss": loss,
        "--solver": solver,
        "--learning-rate": learning_rate,
        "--batch": batch,
        "--class-weight": class_weight,
        "--dropout": dropout,
        "--seed": seed,
        **{f"--{name}": v[0] for name, v in strengths.items() if len(v) == 1},
    }
    tried = {
        "sizes": tuple(read_layers(size) or () for size in layers) if layers else COMPLEXITY_SIZES,
        "penalties": strengths[varied[0]] if varied else None,
        "penalty": varied[0] if varied else "l2",
        "splits": splits,
        "rows": _most_rows(rows),
    }
    try:
        settings = TrainSettings(**{k: v for k, v in given.items() if v is not None})
        found = _run(data, settings, tried, output)
    except SettingError as error:
        raise InputError(error.told(asked.FLAGS)) from error
    _report(found, data=data, typed=typed, output=output, as_json=json)


def _run(
    data: str, settings: TrainSettings, tried: dict[str, Any], output: Path | None
) -> Complexity:
    with talk().status(f"reading {data}"):
        from chainrule.tables import load_table
        from chainrule.workflow import check_writable, measure_complexity

        if output is not None:
            # Before any work, so that none is lost.
            _check_picture(output)
            check_writable(output)
        table = load_table(data)
    try:
        with TrainingsBar() as bar:
            found = measure_complexity(table, settings, **tried, progress=bar)
    except KeyboardInterrupt:
        notice("stopped by Ctrl-C before the first split was finished; nothing was written")
        raise
    if found.graph.interrupted:
        notice(f"stopped by Ctrl-C; {found.graph.splits} of {tried['splits']} splits were finished")
    if output is not None:
        _draw(found, output)
    return found


def _report(
    found: Complexity, *, data: str, typed: dict[str, Any], output: Path | None, as_json: bool
) -> None:
    from chainrule.cli.complexity_report import print_complexity

    command = _command(found, data, typed)
    if as_json:
        print_json(
            {
                "data": data,
                "target": found.target,
                "task": found.task,
                "rows": found.rows,
                "rows_used": found.used,
                "train_rows": found.train_rows,
                "test_rows": found.test_rows,
                "seconds": found.seconds,
                "picture": None if output is None else str(output),
                "command": command,
                **found.graph.to_dict(),
                "settings": found.settings.to_dict(),
            }
        )
        return
    print_complexity(found, command=command, picture=output)


def _draw(found: Complexity, output: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")  # a file needs no window
    from matplotlib import pyplot as plt

    from chainrule.plots import ModelComplexity
    from chainrule.workflow import write_beside

    display = ModelComplexity.from_graph(found.graph)
    with write_beside(output) as file:
        display.figure_.savefig(file, format=output.suffix[1:].lower(), dpi=150)
    plt.close(display.figure_)


def _command(found: Complexity, data: str, typed: dict[str, Any]) -> str:
    """Write the command that trains the chosen network."""
    choice = found.graph.choice
    words = ["chainrule", "train", data]
    for flag, value in typed.items():
        if not choice.size and flag in ("--activation", "--dropout"):
            continue  # are for hidden layers
        for one in value if isinstance(value, list) else [value]:
            words += [] if one is None else [flag, _text(one)]
    if found.varied_penalty is not None:
        words += [f"--{found.varied_penalty}", _text(choice.penalty)]
    words += ["--layers", ",".join(map(str, choice.size)) or "none"]
    words += ["--epochs", str(choice.epoch), "--no-early-stopping"]
    return shlex.join(words)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check_picture(path: Path) -> None:
    if path.suffix.lower() not in _PICTURES:
        raise InputError(
            f"{path} is no picture: its name has to end in {', '.join(_PICTURES[:-1])} or "
            f"{_PICTURES[-1]}"
        )


def _numbers(text: str | None, flag: str) -> list[float]:
    try:
        return [] if text is None else [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"{flag} takes one strength, or several such as 0,1e-4,1e-2; not {text!r}"
        ) from None


def _most_rows(text: str | None) -> int | None:
    if text is None:
        return MOST_ROWS
    if text.strip().lower() == "all":
        return None
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise InputError(f"--rows takes a number, or all; not {text!r}") from None


complexity_command.__doc__ = f"{cleandoc(complexity_command.__doc__ or '')}\n{_EPILOG}"
