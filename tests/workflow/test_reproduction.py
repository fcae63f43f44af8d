"""What is told of how to make a model again makes the same model again."""

from __future__ import annotations

import dataclasses
import json
import shlex
import warnings
from types import SimpleNamespace
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.main import get_command

from chainrule.cli import train as train_module
from chainrule.cli.app import app
from chainrule.errors import InputError
from chainrule.tables import Table, load_example, load_table
from chainrule.workflow import TrainSettings, train
from chainrule.workflow._python_text import quoted, written
from chainrule.workflow.choices import SOLVERS
from chainrule.workflow.estimator import batch_size_for
from chainrule.workflow.model import Origin
from chainrule.workflow.reproduction import FLAGS, command_line, python_code, settings_of

# ---------------------------------------------------------------------------- the command


def origin_of(given, *, task, classes=None, target="y", stopped="after all 3 epochs"):
    """Return what an origin tells of settings, as a training fills them in."""
    settled = given.settled(task)
    plain = settled.to_dict()
    if plain["batch_size"] is None and settled.how is not None and settled.how.batches:
        plain["batch_size"] = batch_size_for(90)
    return SimpleNamespace(
        settings=plain,
        task=task,
        classes=classes,
        target=target,
        stopped=stopped,
        split={"train_rows": 100, "test_rows": 25, "held_out_rows": 10},
        data={},
    )


def parsed(command):
    """Return what the command line itself makes of a command."""
    first, *words = shlex.split(command)
    assert first == "chainrule"
    with mock.patch.object(train_module, "_run") as run:
        get_command(app).main(words, standalone_mode=False)
    (data, asked), how = run.call_args
    return data, asked, how


def normal(asked, task):
    """Return settings as they are used: filled in, and one-layer tuples as the one value."""
    found = asked.settled(task)
    for name in ("activation", "dropout"):
        value = getattr(found, name)
        if isinstance(value, tuple) and len(value) == 1:
            found = dataclasses.replace(found, **{name: value[0]})
    if found.batch_size == batch_size_for(90):
        found = dataclasses.replace(found, batch_size=None)
    return found


names = st.text(min_size=1, max_size=8).filter(lambda text: "\0" not in text)
rates = st.floats(1e-9, 0.9)
counts = st.integers(1, 500)
CHOICES = {
    "kinds": st.dictionaries(names, st.sampled_from(["number", "category", "text"]), max_size=2),
    "drop": st.lists(names, max_size=2).map(tuple),
    "groups": names,
    "weights": names,
    "test_fraction": rates,
    "model": st.sampled_from(["network", "logistic", "linear", "perceptron"]),
    "hidden_layer_sizes": st.lists(counts, max_size=3).map(tuple),
    "activation": st.one_of(
        st.sampled_from(["tanh", "relu", "step"]),
        st.lists(st.sampled_from(["tanh", "gelu"]), min_size=1, max_size=3).map(tuple),
    ),
    "initialization": st.sampled_from(["he", "glorot", "zeros"]),
    "loss": st.sampled_from(["poisson", "squared_error"]),
    "solver": st.sampled_from(list(SOLVERS)),
    "learning_rate": rates,
    "schedule": st.sampled_from(["cosine", "constant", "step:every=20,factor=0.1"]),
    "warm_up": counts,
    "momentum": rates,
    "weight_decay": rates,
    "batch_size": counts,
    "epochs": counts,
    "clip_norm": rates,
    "class_weight": st.one_of(
        st.just("balanced"),
        st.dictionaries(
            names.filter(lambda n: "," not in n and n == n.strip()), rates, min_size=1, max_size=3
        ),
    ),
    "l1": rates,
    "l2": rates,
    "dropout": st.one_of(rates, st.lists(rates, min_size=1, max_size=3).map(tuple)),
    "input_dropout": rates,
    "input_noise": rates,
    "max_norm": rates,
    "label_smoothing": rates,
    "early_stopping": st.booleans(),
    "validation_fraction": rates,
    "patience": counts,
    "monitor": st.sampled_from(["loss", "score", "f1_macro"]),
    "min_change": rates,
    "start_from_epoch": counts,
    "restarts": st.integers(2, 9),
    "combine": st.sampled_from(["best", "average"]),
    "seed": counts,
    "threads": counts,
}


@st.composite
def possible(draw):
    """Draw settings that go together, one after another, and a task."""
    task = draw(st.sampled_from(["classification", "regression"]))
    chosen = TrainSettings(task=task)
    for name in draw(st.lists(st.sampled_from(list(CHOICES)), max_size=12, unique=True)):
        try:
            more = dataclasses.replace(chosen, **{name: draw(CHOICES[name])})
            more.settled(task)
        except InputError:
            continue
        chosen = more
    return chosen, task


@settings(deadline=None, max_examples=60)
@given(possible(), names, names)
def test_the_command_line_reads_the_same_settings_from_it(drawn, data, target):
    asked, task = drawn
    origin = origin_of(asked, task=task, target=target)
    command = command_line(origin, data, test="-other table.csv")
    source, found, how = parsed(command)
    assert source in (data, f"./{data}")
    assert how["test"] == "-other table.csv"
    wanted = dataclasses.replace(normal(asked, task), target=target)
    assert normal(found, task) == wanted
    assert normal(dataclasses.replace(settings_of(origin), target=target), task) == wanted


def test_every_setting_is_drawn_above():
    assert {*CHOICES, "target", "task"} == {
        field.name for field in dataclasses.fields(TrainSettings)
    }
    assert set(FLAGS) == {field.name for field in dataclasses.fields(TrainSettings)}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, ""),
        ({"hidden_layer_sizes": (128, 64), "epochs": 200, "early_stopping": True}, ""),
        ({"solver": "newton"}, "--solver newton"),
        ({"model": "logistic"}, "--model logistic"),
        ({"hidden_layer_sizes": ()}, "--layers none"),
        ({"early_stopping": False}, "--no-early-stopping"),
        ({"model": "logistic", "early_stopping": True}, "--model logistic --early-stopping"),
        ({"activation": ("tanh", "relu")}, "--activation tanh,relu"),
        ({"drop": ("a b", "c")}, "--drop 'a b' --drop c"),
        ({"drop": ("-c",)}, "--drop=-c"),
        ({"kinds": {"a=b": "text"}}, "--kind a=b=text"),
        ({"class_weight": {"yes": 5.0, "no": 1.0}}, "--class-weight yes=5.0,no=1.0"),
        ({"batch_size": 32}, "--batch 32"),
        ({"batch_size": 16}, ""),
    ],
)
def test_only_what_has_to_be_said_is_said(asked, wanted):
    origin = origin_of(
        TrainSettings(**asked), task="classification", classes=["no", "yes"], target="species"
    )
    assert command_line(origin, "penguins") == f"chainrule train penguins {wanted}".strip()


def test_target_and_task_are_said_where_the_table_does_not_tell():
    usual = TrainSettings()
    numbers = origin_of(usual, task="regression")
    assert command_line(numbers, "t.csv") == "chainrule train t.csv --target y --task regression"
    codes = origin_of(usual, task="classification", classes=[0, 1])
    assert command_line(codes, "t.csv").endswith("--target y --task classification")
    texts = origin_of(usual, task="classification", classes=["a", "b"])
    assert command_line(texts, "t.csv") == "chainrule train t.csv --target y"
    other = origin_of(usual, task="classification", classes=["f", "m"], target="sex")
    assert command_line(other, "penguins") == "chainrule train penguins --target sex"
    counted = origin_of(TrainSettings(loss="poisson"), task="regression")
    assert command_line(counted, "t.csv") == "chainrule train t.csv --target y --loss poisson"


def test_an_interrupted_training_ends_where_it_did():
    origin = origin_of(TrainSettings(), task="regression", stopped="by Ctrl-C after 17 epochs")
    assert "--epochs 17" in command_line(origin, "t.csv")
    assert settings_of(origin).epochs == 17


def test_a_class_that_the_command_line_cannot_name():
    origin = origin_of(TrainSettings(class_weight={"a,b": 2.0}), task="classification")
    with pytest.raises(InputError, match="class 'a,b' cannot be named in --class-weight"):
        command_line(origin, "t.csv")


# ---------------------------------------------------------------------------- the script


def run(code, capsys):
    """Run a script; return what it made, and what it printed."""
    made = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that so few epochs are too few
        exec(compile(code, "script.py", "exec"), made)  # noqa: S102
    return made, capsys.readouterr().out


def check(training, code, frame, capsys):
    """See that the script's model predicts exactly as the trained one, and scores the same."""
    made, printed = run(code, capsys)
    model = training.model.pipeline
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    np.testing.assert_array_equal(
        getattr(made["pipeline"], method)(frame), getattr(model, method)(frame)
    )
    scores = training.scores
    wanted = scores.r2 if training.model.origin.classes is None else scores.accuracy
    assert printed.split(" test rows: ") == [printed.split(" test")[0], f"{wanted:.4f}\n"]
    assert f" {scores.rows} " in printed


QUICK = {"hidden_layer_sizes": (6, 4), "epochs": 4}


@pytest.mark.parametrize(
    ("example", "asked"),
    [
        ("penguins", QUICK),
        ("penguins", {**QUICK, "drop": ("year", "sex"), "kinds": {"island": "text"}}),
        ("penguins", {**QUICK, "class_weight": {"Gentoo": 3.0}, "label_smoothing": 0.1}),
        ("penguins", {**QUICK, "restarts": 3, "combine": "average", "seed": 5}),
        ("penguins", {**QUICK, "groups": "island", "dropout": 0.2}),
        ("penguins", {**QUICK, "target": "body_mass_g", "task": "regression"} | {"drop": ("sex",)}),
        ("penguins", {"model": "perceptron", "epochs": 5}),
        ("diabetes", QUICK),
        ("diabetes", {**QUICK, "loss": "poisson", "early_stopping": False}),
        (
            "diabetes",
            {**QUICK, "solver": "sgd", "warm_up": 1, "schedule": "step:every=2,factor=0.1"},
        ),
        ("diabetes", {**QUICK, "groups": "sex", "test_fraction": 0.5, "monitor": "score"}),
        ("diabetes", {"solver": "newton"}),
        ("moons", {"solver": "newton"}),
        ("moons", {**QUICK, "learning_rate": "find", "class_weight": "balanced"}),
        ("digits", {**QUICK, "solver": "lbfgs"}),
    ],
)
def test_the_script_gives_the_same_model(example, asked, capsys):
    table = load_example(example)
    missing = "target" in asked
    if missing:
        table = dataclasses.replace(table, frame=table.frame.drop_nulls("body_mass_g"))
    training = train(table, TrainSettings(**asked))
    code = python_code(training.model.origin, example)
    if missing:
        code = code.replace(".frame\n", '.frame.drop_nulls("body_mass_g")\n', 1)
    check(training, code, table.frame, capsys)


def made_up(rows, seed=0):
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(2, rows))
    return pl.DataFrame(
        {
            'a "quoted" \\ name': a,
            "it's": b,
            "who": random.integers(0, 12, rows),
            "weight": random.integers(0, 4, rows) / 2,
            "yes": np.where(a + b > 0, "ja\n", "nein"),
            "size": np.exp(a - b),
        }
    )


@pytest.mark.parametrize("target", ["yes", "size"])
@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        {"weights": "weight", "drop": ("who",)},
        {"weights": "weight", "groups": "who"},
        {"groups": "who", "early_stopping": False},
    ],
)
def test_files_weights_groups_and_a_test_table(asked, other, target, tmp_path, capsys):
    file, test = tmp_path / 'first "table".csv', tmp_path / "it's second.csv"
    made_up(120).write_csv(file)
    made_up(50, seed=1).write_csv(test)
    table = load_table(file)
    training = train(
        table,
        TrainSettings(**QUICK, **asked, target=target),
        test=load_table(test) if other else None,
    )
    code = python_code(training.model.origin, str(file), test=str(test) if other else None)
    check(training, code, table.frame, capsys)


def test_a_model_from_a_file_tells_the_same():
    asked = TrainSettings(**QUICK, drop=("year",), class_weight={"Gentoo": 3.0}, dropout=(0.1, 0.0))
    origin = train(load_example("penguins"), asked).model.origin
    stored = Origin.from_dict(json.loads(json.dumps(origin.to_dict())))
    assert python_code(stored, "penguins") == python_code(origin, "penguins")
    assert command_line(stored, "penguins") == command_line(origin, "penguins")


def test_a_table_too_small_to_hold_rows_out(tmp_path, capsys):
    file = tmp_path / "small.csv"
    made_up(16).write_csv(file)
    training = train(load_table(file), TrainSettings(**QUICK, target="size"))
    assert training.model.origin.split["held_out_rows"] == 0
    code = python_code(training.model.origin, str(file))
    assert "hold_out" not in code
    check(training, code, load_table(file).frame, capsys)


def test_names_are_only_ever_text():
    name = '"); print("owned") #\n"""'
    frame = pl.DataFrame({name: [0.0, 1.0] * 20, "b": range(40), "y": [name, "no"] * 20})
    frame = frame.rename({"y": f"{name}y"})
    asked = TrainSettings(
        **QUICK, target=f"{name}y", kinds={name: "number"}, class_weight={name: 2.0}
    )
    origin = train(Table(frame, "t", None, None, ""), asked).model.origin
    code = python_code(origin, name)
    with mock.patch("builtins.print") as printed, pytest.raises(InputError):
        exec(compile(code, "script.py", "exec"), {})  # noqa: S102 (there is no such file)
    printed.assert_not_called()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_texts_are_quoted_as_python_reads_them(text):
    assert eval(quoted(text)) == text  # noqa: S307


def test_long_values_are_laid_out():
    kinds = {f"column number {i}": "category" for i in range(4)}
    assert written(kinds, before=8).splitlines() == [
        "{",
        *(f'    "column number {i}": "category",' for i in range(4)),
        "}",
    ]
    assert eval(written(kinds, before=8)) == kinds  # noqa: S307
