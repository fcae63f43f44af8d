"""What ``chainrule train`` can be told: each option with its words, by theme."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from chainrule.workflow.choices import (
    INITIALIZATIONS,
    LEVEL,
    LOSSES,
    MODELS,
    SCHEDULES,
    SLIGHT,
    SOLVERS,
    TASKS,
    solvers_with,
)
from chainrule.workflow.reproduction import FLAGS
from chainrule.workflow.settings import TrainSettings

__all__ = ["FLAGS", "option"]

_ROWS = "Rows and columns"
_MODEL = "The model"
_LEARNING = "How it learns"
_STOPPING = "When it stops"
_TAMING = "Against overfitting"
_RESTARTS = "Several starts"
_NETWORK = MODELS["network"].defaults


def option(flag: str, metavar: str, panel: str | None, words: str, default: Any = None) -> Any:
    """Make an option whose default, chosen later, stands in the words of its help."""
    if default is not None:
        words = f"{words} [dim]\\[{default}][/dim]"
    return typer.Option(
        *flag.split(), metavar=metavar, help=words, rich_help_panel=panel, show_default=False
    )


def _flag(flag: str, panel: str | None, words: str) -> Any:
    return typer.Option(flag, metavar="", help=words, rich_help_panel=panel, show_default=False)


def _usual_rates() -> str:
    """Tell the learning rates that the solvers begin with: "0.1 gd; 0.01 sgd, …"."""
    rates: dict[float, list[str]] = {}
    neurons: dict[float, list[str]] = {}
    for solver in SOLVERS.values():
        if solver.rate is not None and solver.neuron_rate is not None:
            rates.setdefault(solver.rate, []).append(solver.name)
            neurons.setdefault(solver.neuron_rate, []).append(solver.name)
    neurons[MODELS["perceptron"].defaults["learning_rate"]] = ["perceptron"]
    networks = "; ".join(f"{rate:g} {', '.join(names)}" for rate, names in rates.items())
    usual = max(neurons, key=lambda rate: len(neurons[rate]))
    others = (f"{rate:g} {', '.join(n)}" for rate, n in neurons.items() if rate != usual)
    return f"{networks}; of single neurons {usual:g}, {', '.join(others)}"


# ---------------------------------------------------------------------------- what it is about

Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="A table (csv, tsv, jsonl, each also .gz or .zst; parquet, arrow), or the name of an "
        "example: see 'chainrule examples'.",
        show_default=False,
    ),
]
Target = Annotated[
    str | None,
    option("--target -t", "COLUMN", None, "The column to predict; examples know theirs."),
]
Output = Annotated[
    Path | None,
    option("--output -o", "MODEL", None, "The model file.", "NAME.chainrule in this folder"),
]
Json = Annotated[bool, _flag("--json", None, "Print the results as JSON.")]
NoReport = Annotated[
    bool, _flag("--no-report", None, "Write no report: no NAME.html beside the model file.")
]
Plot = Annotated[
    bool,
    _flag("--plot", None, "Draw the losses by epoch in the terminal; with --json, on stderr."),
]

# ---------------------------------------------------------------------------- rows and columns

Task = Annotated[
    str | None,
    option("--task", "TASK", _ROWS, f"{' or '.join(TASKS)}.", "what the target's values are"),
]
TestFraction = Annotated[
    float | None,
    option(
        *("--test-fraction", "PART", _ROWS, "Part of the rows kept aside to test on."),
        TrainSettings.test_fraction,
    ),
]
Test = Annotated[
    str | None,
    option("--test", "DATA", _ROWS, "Test on this table and train on all of DATA."),
]
Groups = Annotated[
    str | None,
    option(
        *("--groups", "COLUMN", _ROWS),
        "Rows with the same value here stay together: all are learned from, or held out, or "
        "tested on. The column is not an input.",
    ),
]
Weights = Annotated[
    str | None,
    option(
        *("--weights", "COLUMN", _ROWS),
        "How much each row counts, in training and in scores; 0 leaves it out. The column is not "
        "an input.",
    ),
]
Kinds = Annotated[
    list[str] | None,
    option(
        *("--kind", "COLUMN=KIND", _ROWS),
        "What a column holds: number, category, yes/no, date, text, identifier or constant. May "
        "be repeated.",
    ),
]
Drop = Annotated[
    list[str] | None,
    option("--drop", "COLUMN", _ROWS, "Leave a column out. May be repeated."),
]

# ---------------------------------------------------------------------------- the model

Model = Annotated[
    str | None,
    option(
        *("--model", "KIND", _MODEL),
        "network; or a single neuron: logistic or perceptron for classes, linear for numbers.",
        "network",
    ),
]
Layers = Annotated[
    str | None,
    option(
        *("--layers", "SIZES", _MODEL),
        "Neurons of each hidden layer; none for no hidden layer.",
        ",".join(map(str, _NETWORK["hidden_layer_sizes"])),
    ),
]
Activation = Annotated[
    str | None,
    option(
        *("--activation", "NAMES", _MODEL),
        "relu, tanh, sigmoid, leaky_relu, elu, selu, gelu, silu, mish, softplus, …; one for all "
        "hidden layers or one for each, with commas.",
        _NETWORK["activation"],
    ),
]
Initialization = Annotated[
    str | None,
    option(
        *("--initialization", "NAME", _MODEL),
        f"How the first weights are drawn: {', '.join(INITIALIZATIONS)}.",
        _NETWORK["initialization"],
    ),
]
Seed = Annotated[
    int | None,
    option(
        *("--seed", "NUMBER", _MODEL),
        "Of the split, the first weights and the order of the rows.",
        TrainSettings.seed,
    ),
]

# ---------------------------------------------------------------------------- how it learns

Loss = Annotated[
    str | None,
    option(
        *("--loss", "NAME", _LEARNING),
        f"Of a network that predicts numbers: {' or '.join(LOSSES)}, the latter for counts.",
        LOSSES[0],
    ),
]
Solver = Annotated[
    str | None,
    option(
        *("--solver", "NAME", _LEARNING),
        f"{', '.join(SOLVERS)}. newton trains single neurons: without --model, the one that fits "
        "the task.",
        f"{_NETWORK['solver']}; newton for single neurons",
    ),
]
LearningRate = Annotated[
    str | None,
    option(
        *("--learning-rate", "RATE", _LEARNING),
        "Size of the first steps; find tests which rates make the loss fall.",
        _usual_rates(),
    ),
]
Schedule = Annotated[
    str | None,
    option(
        *("--schedule", "NAME", _LEARNING),
        f"How the rate goes on: {', '.join(SCHEDULES)}; with numbers of its own: "
        "step:every=20,factor=0.1.",
        "constant",
    ),
]
WarmUp = Annotated[
    int | None,
    option("--warm-up", "EPOCHS", _LEARNING, "First let the rate rise from 0 for so long."),
]
Momentum = Annotated[
    float | None,
    option("--momentum", "SHARE", _LEARNING, f"Of {', '.join(solvers_with('momentum'))}.", 0.9),
]
Batch = Annotated[
    int | None,
    option("--batch", "ROWS", _LEARNING, "Rows of a mini-batch.", "grows with the table, 16–256"),
]
Epochs = Annotated[
    int | None,
    option(
        *("--epochs", "COUNT", _LEARNING),
        "At most this many passes over the training rows, or iterations.",
        f"{_NETWORK['epochs']}; {MODELS['logistic'].defaults['epochs']} for single neurons",
    ),
]
ClipNorm = Annotated[
    float | None,
    option("--clip-norm", "LENGTH", _LEARNING, "Shorten any gradient that is longer."),
]
ClassWeight = Annotated[
    str | None,
    option(
        *("--class-weight", "HOW", _LEARNING),
        "balanced: every class counts the same, however few its rows; or numbers by which the "
        "rows of a class count: yes=5,no=1.",
    ),
]
Threads = Annotated[
    int | None,
    option("--threads", "COUNT", _LEARNING, "Use at most so many.", "as many as there are"),
]

# ---------------------------------------------------------------------------- when it stops

EarlyStopping = Annotated[
    bool,
    _flag(
        *("--early-stopping", _STOPPING),
        "Watch held-out rows and keep the best epoch's model [dim]\\[on, but for single neurons "
        "by newton or lbfgs][/dim].",
    ),
]
NoEarlyStopping = Annotated[
    bool,
    _flag("--no-early-stopping", _STOPPING, "Learn from all training rows; keep the last epoch's."),
]
HeldOut = Annotated[
    float | None,
    option("--held-out", "PART", _STOPPING, "Part of the training rows held out.", 0.1),
]
Patience = Annotated[
    int | None,
    option("--patience", "EPOCHS", _STOPPING, "Stop after so many without improvement.", 20),
]
Monitor = Annotated[
    str | None,
    option(
        *("--monitor", "WHAT", _STOPPING),
        "What has to improve: loss, score (accuracy or R²), or a scorer of scikit-learn's such as "
        "roc_auc.",
        "loss; score for the perceptron",
    ),
]
MinChange = Annotated[
    float | None,
    option(
        *("--min-change", "AMOUNT", _STOPPING),
        "By how much it has to improve to count; for lbfgs and newton also the slope that counts "
        "as level.",
        f"0; {SLIGHT:g} where no rows are held out; {LEVEL:g} for single neurons by newton or "
        "lbfgs",
    ),
]
StartFromEpoch = Annotated[
    int | None,
    option("--start-from-epoch", "EPOCH", _STOPPING, "Watch only what comes after this one.", 0),
]

# ---------------------------------------------------------------------------- regularization

L1 = Annotated[
    float | None,
    option(
        *("--l1", "STRENGTH", _TAMING),
        "Penalty on the sizes of the weights; makes some exactly 0.",
        f"{TrainSettings.l1:g}",
    ),
]
L2 = Annotated[
    float | None,
    option(
        *("--l2", "STRENGTH", _TAMING),
        "Penalty on their squares.",
        f"{_NETWORK['l2']}; 1 for logistic and linear, 0 for perceptron",
    ),
]
WeightDecay = Annotated[
    float | None,
    option(
        *("--weight-decay", "SHARE", _TAMING),
        f"Share of the weights that {' or '.join(solvers_with('weight_decay'))} takes off.",
        0.01,
    ),
]
Dropout = Annotated[
    str | None,
    option(
        *("--dropout", "RATES", _TAMING),
        "Part of the hidden neurons switched off at random in each step; one for all layers or "
        "one for each.",
        0,
    ),
]
InputDropout = Annotated[
    float | None,
    option("--input-dropout", "RATE", _TAMING, "Part of the inputs switched off likewise.", 0),
]
InputNoise = Annotated[
    float | None,
    option("--input-noise", "SIZE", _TAMING, "Standard deviation of noise on the inputs.", 0),
]
MaxNorm = Annotated[
    float | None,
    option("--max-norm", "LENGTH", _TAMING, "Shorten the weights into a neuron if longer."),
]
LabelSmoothing = Annotated[
    float | None,
    option(
        *("--label-smoothing", "SHARE", _TAMING),
        "Share of the right answer that is divided among all classes.",
        0,
    ),
]

# ---------------------------------------------------------------------------- restarts

Restarts = Annotated[
    int | None,
    option(
        *("--restarts", "COUNT", _RESTARTS),
        "Train from so many starting points, on all processors.",
        _NETWORK["restarts"],
    ),
]
Combine = Annotated[
    str | None,
    option(
        *("--combine", "HOW", _RESTARTS),
        "best keeps the one whose held-out loss is smallest, average predicts with all.",
        "best",
    ),
]
