"""Trainings held open, gone on with at random, and what of them must be as fit has it."""

import copy

import numpy as np
import pytest

from chainrule import MLPClassifier
from chainrule.estimators import OpenTraining, WeightRecorder
from chainrule.network.engine import make_data
from chainrule.training import Loop, Rates, Regularization, schedules

EPOCHS = 8
PLAIN = {
    "hidden_layer_sizes": (5, 4),
    "activation": "tanh",
    "batch_size": 7,
    "learning_rate_init": 0.05,
    "max_iter": EPOCHS,
    "random_state": 3,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
}
OPTIONS = {
    "plain": {},
    "as they stand": {"shuffle": False},
    "all at once": {"batch_size": 60},
    "dropout": {"dropout": 0.3, "input_noise": 0.2, "input_dropout": 0.1},
    "penalties": {"alpha": 0.3, "clip_norm": 0.5, "max_norm": 1.0, "label_smoothing": 0.1},
    "cosine": {"learning_rate": "cosine"},
    "by step": {"learning_rate": schedules.Exponential(decay=0.97, by="step")},
    "invscaling": {"learning_rate": "invscaling"},
    "plateau": {"learning_rate": schedules.Plateau(patience=1), "tol": 0.05},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2},
    "early stopping by loss": {
        "early_stopping": True,
        "monitor": "loss",
        "n_iter_no_change": 1,
        "tol": 1e-3,
    },
    "early stopping by a scorer": {
        "early_stopping": True,
        "monitor": "balanced_accuracy",
        "n_iter_no_change": 2,
    },
    "adaptive": {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
}


def make(kind=MLPClassifier, **changes):
    return kind(**{**PLAIN, **changes})


def flat(model):
    layers = zip(model.coefs_, model.intercepts_, strict=True)
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def assert_same(training, model):
    np.testing.assert_array_equal(training.parameters, flat(model))


def weights_by_epoch(model, X, y, **data):
    """Fit a copy; return it and what its weights were after every epoch."""
    fitted, recorder = copy.deepcopy(model), WeightRecorder()
    fitted.set_callbacks(recorder).fit(X, y, **data)
    return fitted, dict(zip(recorder.epochs, recorder.path, strict=True))


def wander(training, draw, check):
    """Go on in random pieces, also back and ahead, until it ends; check between epochs."""
    there = [training.snapshot()]
    while training.stopped is None:
        way = draw.integers(6)
        if way == 0:
            training.run_epochs(int(draw.integers(1, 3)))
        elif way < 3:
            training.run_batches(int(draw.integers(1, 12)))
        elif way < 5:
            there.append(training.snapshot())
        elif draw.random() < 0.5:
            training.restore(there[draw.integers(len(there))])
        if training.rows_into == 0 and training.stopped is None:
            check()


def assert_like_fit(model, X, y, **data):
    """Check the weights of every epoch, and in the end all that fit sets."""
    _, path = weights_by_epoch(model, X, y, **data)
    fitted = copy.deepcopy(model).fit(X, y, **data)
    training = OpenTraining(model, X, y, until_max_iter=True, **data)

    def check():
        np.testing.assert_array_equal(training.parameters, path[training.epoch])

    check()
    wander(training, np.random.default_rng(1), check)
    assert_same(training, fitted)
    assert training.stopped == fitted.stopping_reason_
    weighted = "sample_weight" in data or getattr(model, "class_weight", None) is not None
    # Where rows have weights, products are rounded that otherwise are only added.
    assert_tells_the_same(training.estimator, fitted, rtol=1e-15 if weighted else 0)


def assert_tells_the_same(shown, fitted, *, rtol):
    times = {"seconds", "samples_per_second"}
    for column in fitted.history_.to_dict().keys() - times:
        mine, theirs = shown.history_.column(column), fitted.history_.column(column)
        if rtol and column in ("train_loss", "data_loss", "penalty"):
            np.testing.assert_allclose(mine, theirs, rtol=rtol)
        else:
            assert mine == theirs, column
    mine, theirs = shown._optimizer_state, fitted._optimizer_state
    assert mine.keys() == theirs.keys()
    for part in theirs.keys() - {"seed"}:
        np.testing.assert_array_equal(mine[part], theirs[part])
    assert theirs["seed"] in (0, mine["seed"])  # fit draws one only where it is needed
    for name in ("loss_", "best_loss_", "best_validation_score_", "loss_curve_"):
        mine, theirs = getattr(shown, name), getattr(fitted, name)
        assert mine == (theirs if theirs is None else pytest.approx(theirs, rel=rtol, abs=0)), name
    for name in ("n_iter_", "t_", "best_epoch_", "n_validation_", "stopping_reason_"):
        assert getattr(shown, name) == getattr(fitted, name), name
    assert shown.validation_scores_ == fitted.validation_scores_
    assert shown.execution_plan_.keys() == fitted.execution_plan_.keys()
    np.testing.assert_array_equal(flat(shown), flat(fitted))
    assert {name for name in vars(fitted) if name.endswith("_")} == {
        name for name in vars(shown) if name.endswith("_")
    }


def make_loop(training, X, y, **changes):
    """Make a loop that stands where a training does, whose answers are yes and no."""
    settings = {
        "optimizer": "adam",
        "rates": Rates(0.05),
        "batch_size": 7,
        "epochs": EPOCHS,
        "regularization": Regularization(l2=1e-4),
        **changes,
    }
    targets = (y == "yes").astype(float).reshape(-1, 1)
    data = make_data(X, targets, dtype=np.float64)
    return Loop(training.network, training.parameters, data, **settings)
