"""Settings check themselves."""

from __future__ import annotations

import dataclasses
import inspect
import json
from contextlib import nullcontext

import numpy as np
import pytest

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from chainrule.errors import InputError
from chainrule.network import INITIALIZATIONS
from chainrule.training import OPTIMIZERS, SCHEDULES, Rates
from chainrule.workflow import TrainSettings, choices
from chainrule.workflow.checks import SettingError
from chainrule.workflow.estimator import PARAMETERS, make_estimator

ABSURD = [
    ("epochs", 0),
    ("epochs", 2.5),
    ("epochs", True),
    ("patience", 0),
    ("seed", -1),
    ("seed", 2**32),
    ("batch_size", 0),
    ("threads", 0),
    ("restarts", 0),
    ("warm_up", 0),
    ("start_from_epoch", -1),
    ("learning_rate", 0.0),
    ("learning_rate", -1.0),
    ("learning_rate", float("nan")),
    ("learning_rate", float("inf")),
    ("learning_rate", "fast"),
    ("momentum", 1.1),
    ("weight_decay", -0.1),
    ("clip_norm", 0.0),
    ("max_norm", 0.0),
    ("label_smoothing", 1.0),
    ("input_noise", -1.0),
    ("input_dropout", 1.0),
    ("min_change", -1.0),
    ("l1", -1e-9),
    ("l2", float("nan")),
    ("test_fraction", 0.0),
    ("test_fraction", 1.0),
    ("validation_fraction", 0.0),
    ("validation_fraction", 1.0),
    ("hidden_layer_sizes", (8, 0)),
    ("hidden_layer_sizes", (-8,)),
    ("hidden_layer_sizes", (1.5,)),
    ("dropout", 1.0),
    ("dropout", -0.1),
    ("dropout", (0.1,)),
    ("dropout", (0.1, 2.0)),
    ("activation", "rleu"),
    ("activation", ("relu", "rleu")),
    ("activation", ("relu",)),
    ("initialization", "xavier"),
    ("model", "svm"),
    ("solver", "newtn"),
    ("schedule", "cosin"),
    ("combine", "sum"),
    ("class_weight", "even"),
    ("monitor", "acuracy"),
    ("task", "guessing"),
    ("loss", "absolute_error"),
]


@pytest.mark.parametrize(("name", "value"), ABSURD)
def test_absurd_values_are_refused_in_a_sentence(name, value):
    with pytest.raises(InputError) as caught:
        TrainSettings(**{name: value})
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert name in sentence


def test_an_error_is_told_with_other_names():
    with pytest.raises(SettingError) as caught:
        TrainSettings(hidden_layer_sizes=(8,), solver="newton")
    assert "hidden_layer_sizes" in str(caught.value)
    told = caught.value.told({"hidden_layer_sizes": "--layers", "solver": "--solver"})
    assert "hidden_layer_sizes" not in told
    assert "--solver newton" in told
    assert "leave out --layers" in told


def test_braces_in_what_was_typed_are_harmless():
    with pytest.raises(SettingError) as caught:
        TrainSettings(solver="{epochs!r}")
    assert "'{epochs!r}'" in caught.value.told({"solver": "--solver"})


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainSettings().epochs = 3


def test_plain_data():
    settings = TrainSettings(kinds={"a": "number"}, dropout=(0.1, 0.0))
    assert json.loads(json.dumps(settings.to_dict())) == settings.to_dict()
    assert set(settings.to_dict()) == {f.name for f in dataclasses.fields(settings)}


def test_both_names_of_the_sigmoid():
    assert TrainSettings(activation="logistic").activations == ("logistic",) * 2
    assert TrainSettings(activation="sigmoid").activations == ("sigmoid",) * 2


# ---------------------------------------------------------------------------- what there is


def test_names_are_the_engines():
    """They are written down once more, because reading the engine's takes a second."""
    assert tuple(choices.SOLVERS) == (*OPTIMIZERS, "lbfgs", "newton")
    assert choices.solvers_with("steps") == list(OPTIMIZERS)
    assert set(choices.SCHEDULES) == set(SCHEDULES)
    assert set(choices.INITIALIZATIONS) == set(INITIALIZATIONS)


MADE = {
    ("network", "classification"): MLPClassifier,
    ("network", "regression"): MLPRegressor,
    ("logistic", "classification"): LogisticRegression,
    ("linear", "regression"): LinearRegression,
    ("perceptron", "classification"): Perceptron,
}


@pytest.mark.parametrize(("model", "task"), MADE)
def test_a_model_lacks_what_its_estimator_lacks(model, task):
    has = set(inspect.signature(MADE[model, task]).parameters)
    lacks = {name for name, parameter in PARAMETERS.items() if parameter not in has}
    lacks |= {"batch_size"} - has
    refused = set(choices.MODELS[model].lacks)
    if model == "network":  # by check_task
        refused = {"loss"} if task == "classification" else {"class_weight", "label_smoothing"}
    assert lacks == refused


@pytest.mark.parametrize(("model", "task"), MADE)
def test_defaults_make_the_estimator(model, task):
    settings = TrainSettings(model=model).settled(task)
    estimator = make_estimator(settings, rows=100, stopping=True)
    assert type(estimator) is MADE[model, task]
    for name, parameter in PARAMETERS.items():
        if getattr(settings, name) is not None:
            assert getattr(estimator, parameter) == getattr(settings, name), name


def test_settled_settings_are_settled():
    for solver in choices.SOLVERS:
        once = TrainSettings(solver=solver).settled("regression")
        assert once.settled("regression") == once
        assert once.model == ("linear" if solver == "newton" else "network")
        assert (once.learning_rate is not None) == (solver in OPTIMIZERS)


@pytest.mark.parametrize(
    ("given", "stops"),
    [
        ({}, True),
        ({"solver": "lbfgs"}, True),
        ({"solver": "newton"}, False),
        ({"model": "logistic"}, False),
        ({"model": "logistic", "solver": "adam"}, True),
        ({"model": "logistic", "patience": 3}, True),
        ({"model": "logistic", "monitor": "score"}, True),
        ({"model": "logistic", "early_stopping": True}, True),
        ({"model": "perceptron"}, True),
        ({"early_stopping": False}, False),
    ],
)
def test_when_rows_are_held_out(given, stops):
    settled = TrainSettings(**given).settled("classification")
    assert settled.early_stopping is stops
    assert (settled.validation_fraction is None) == (not stops)


def test_a_perceptron_that_does_not_stop_early_waits_for_no_mistakes():
    settings = TrainSettings(model="perceptron", early_stopping=False).settled("classification")
    assert make_estimator(settings, rows=9, stopping=False).n_iter_no_change == float("inf")
    few_rows = TrainSettings(model="perceptron").settled("classification")
    assert make_estimator(few_rows, rows=9, stopping=False).n_iter_no_change == float("inf")


def test_settings_that_the_solver_does_not_have():
    for solver, record in choices.SOLVERS.items():
        if solver == "newton":
            continue
        for name, feature in (("momentum", "momentum"), ("weight_decay", "weight_decay")):
            if getattr(record, feature):
                TrainSettings(solver=solver, **{name: 0.5})
            else:
                with pytest.raises(SettingError, match=f"{name} is for .* not for {solver}"):
                    TrainSettings(solver=solver, **{name: 0.5})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_solver_has_the_numbers_that_change_its_steps(name):
    optimizer, record = OPTIMIZERS[name], choices.SOLVERS[name]
    assert optimizer.settle(Rates(weight_decay=0.5)).weight_decay == 0.5 * record.weight_decay

    def second_step(momentum):
        rates = optimizer.settle(Rates(momentum=momentum))
        gradient = np.ones((2, 2))
        update = optimizer.between or optimizer.update
        return update(gradient, update(gradient, optimizer.init(gradient), rates)[1], rates)[0]

    assert (second_step(0.5) != second_step(0.9)).any() == record.momentum


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_solver_that_zeroes_no_single_weight_takes_no_l1(name):
    refused = OPTIMIZERS[name].between is not None
    with pytest.raises(SettingError, match="l2") if refused else nullcontext():
        TrainSettings(solver=name, l1=0.1)
    settings = TrainSettings(solver=name, l1=0.1, hidden_layer_sizes=(4,))
    assert settings.settled("regression").solver == name
