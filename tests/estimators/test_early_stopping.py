"""One contract for early stopping: whatever is held out, watched, fitted or asked to go on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupShuffleSplit,
    KFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(5)
X = RNG.normal(size=(120, 4))
SCORE = X[:, 0] - X[:, 1] * X[:, 2] + RNG.normal(size=120)
LABELS = np.where(SCORE > 0, "yes", "no")
SEVERAL = np.stack([SCORE > 0, X[:, 3] > 0.3, X[:, 1] > 0], axis=1).astype(int)
NUMBERS = np.stack([SCORE, X[:, 2] - X[:, 3]], axis=1)
QUICK = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.03, "random_state": 0, "tol": 1e-9}
KEPT, OUT = slice(0, 90), slice(90, 120)


def classifier(**changes):
    return MLPClassifier(**{**QUICK, "early_stopping": True, **changes})


def regressor(**changes):
    return MLPRegressor(**{**QUICK, "early_stopping": True, **changes})


CASES = {
    "string labels": (classifier, LABELS),
    "several labels": (classifier, SEVERAL),
    "numbers": (regressor, SCORE),
    "several outputs": (regressor, NUMBERS),
}


@pytest.mark.parametrize("monitor", ["loss", "score"])
@pytest.mark.parametrize("case", CASES)
def test_the_best_epochs_weights_are_kept(case, monitor):
    kind, y = CASES[case]
    model = kind(monitor=monitor, max_iter=60, n_iter_no_change=6)
    model.fit(X[KEPT], y[KEPT], validation_data=(X[OUT], y[OUT]))
    column = f"validation_{monitor}"
    values = np.array(model.history_.column(column))
    best = values.argmin() if monitor == "loss" else values.argmax()
    assert model.best_epoch_ == best + 1 < len(values)
    assert len(values) == best + 1 + 6 + 1 or len(values) == 60
    assert model.n_validation_ == 30
    # A fit that ends at that very epoch has the same weights.
    shorter = kind(monitor=monitor, max_iter=int(best) + 1)
    shorter.fit(X[KEPT], y[KEPT], validation_data=(X[OUT], y[OUT]))
    for kept, ended in zip(model.coefs_, shorter.coefs_, strict=True):
        np.testing.assert_array_equal(kept, ended)
    assert model.score(X[OUT], y[OUT]) == pytest.approx(model.best_validation_score_)


@pytest.mark.parametrize("case", CASES)
def test_partial_fit_stops_where_fit_stops(case):
    kind, y = CASES[case]
    whole = {"batch_size": 90, "shuffle": False, "monitor": "loss", "n_iter_no_change": 4}
    fitted = kind(**whole, max_iter=80)
    fitted.fit(X[KEPT], y[KEPT], validation_data=(X[OUT], y[OUT]))
    assert len(fitted.history_) < 80
    model = kind(**whole)
    classes = (
        {"classes": np.unique(y) if y.ndim == 1 else np.arange(3)} if kind is classifier else {}
    )
    for _ in range(80):
        model.partial_fit(X[KEPT], y[KEPT], **classes, validation_data=(X[OUT], y[OUT]))
        if model.stopping_reason_:
            break
    assert model.stopping_reason_ == fitted.stopping_reason_
    assert "validation loss did not improve" in model.stopping_reason_
    assert len(model.history_) == len(fitted.history_)
    assert model.best_epoch_ == fitted.best_epoch_
    for mine, theirs in zip(model.coefs_, fitted.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    # It has stopped: another call changes nothing.
    before = model.coefs_[0].copy()
    model.partial_fit(X[KEPT], y[KEPT], validation_data=(X[OUT], y[OUT]))
    np.testing.assert_array_equal(model.coefs_[0], before)
    assert len(model.history_) == len(fitted.history_)
    model.fit(X[KEPT], y[KEPT], validation_data=(X[OUT], y[OUT]))  # begins anew
    assert len(model.history_) > 1


def test_partial_fit_shows_the_best_and_goes_on_from_the_last():
    model = classifier(shuffle=False, monitor="loss", learning_rate_init=0.3)
    plain = classifier(shuffle=False, early_stopping=False, learning_rate_init=0.3)
    losses = []
    for _ in range(8):
        model.partial_fit(X, LABELS, classes=["no", "yes"], validation_data=(X[OUT], LABELS[OUT]))
        plain.partial_fit(X, LABELS, classes=["no", "yes"])
        losses.append(log_loss(LABELS[OUT], plain.predict_proba(X[OUT])))
        shown = log_loss(LABELS[OUT], model.predict_proba(X[OUT]))
        assert shown == pytest.approx(min(losses), rel=1e-9)
    assert np.argmin(losses) < 7
    assert model.loss_curve_ == plain.loss_curve_
    # Weights that are set by hand are gone on from.
    model.coefs_[0][...] = 0
    model.partial_fit(X, LABELS, validation_data=(X[OUT], LABELS[OUT]))
    assert model.loss_curve_[-1] > 0.6


def test_partial_fit_holds_the_same_rows_out_of_the_same_table():
    model = classifier(validation_fraction=0.25)
    seen = []
    divide = model._divide
    model._divide = lambda *arguments: seen.append(divide(*arguments)) or seen[-1]
    for _ in range(3):
        model.partial_fit(X, LABELS, classes=["no", "yes"])
    assert len(seen[0][1]) == 30
    for train, held_out in seen[1:]:
        np.testing.assert_array_equal(train, seen[0][0])
        np.testing.assert_array_equal(held_out, seen[0][1])


@pytest.mark.parametrize(
    "monitor",
    ["roc_auc", "neg_log_loss", make_scorer(roc_auc_score, response_method="predict_proba")],
)
def test_any_scorer(monitor):
    model = classifier(monitor=monitor, max_iter=25).fit(
        X[KEPT], LABELS[KEPT], validation_data=(X[OUT], LABELS[OUT])
    )
    probability = model.predict_proba(X[OUT])
    if monitor == "neg_log_loss":
        expected = -log_loss(LABELS[OUT], probability)
    else:
        expected = roc_auc_score(LABELS[OUT], probability[:, 1])
    assert model.best_validation_score_ == pytest.approx(expected, rel=1e-9)
    assert model.best_validation_score_ == max(model.validation_scores_)


def test_a_scorer_is_given_weights_and_names():
    frame = pd.DataFrame(X, columns=list("abcd"))
    weights = RNG.uniform(0.1, 3, 30)
    data = (frame[OUT], LABELS[OUT], weights)
    model = classifier(monitor="neg_log_loss", max_iter=5)
    model.fit(frame[KEPT], LABELS[KEPT], validation_data=data)
    expected = -log_loss(LABELS[OUT], model.predict_proba(frame[OUT]), sample_weight=weights)
    assert model.best_validation_score_ == pytest.approx(expected, rel=1e-9)
    assert model.history_[model.best_epoch_ - 1].validation_loss == pytest.approx(-expected)


def test_class_weights_count_in_held_out_rows():
    heavy = {"no": 5.0, "yes": 1.0}
    data = (X[OUT], LABELS[OUT])
    model = classifier(class_weight=heavy, max_iter=3, monitor="loss")
    model.fit(X[KEPT], LABELS[KEPT], validation_data=data)
    weights = np.where(LABELS[OUT] == "no", 5.0, 1.0)
    expected = log_loss(LABELS[OUT], model.predict_proba(X[OUT]), sample_weight=weights)
    assert model.history_[model.best_epoch_ - 1].validation_loss == pytest.approx(expected)


@pytest.mark.parametrize(
    "splitter",
    [
        StratifiedShuffleSplit(1, test_size=0.25, random_state=3),
        KFold(5),
        TimeSeriesSplit(3),
    ],
)
def test_any_splitter(splitter):
    train, out = next(splitter.split(X, LABELS))
    kind = {"max_iter": 12, "monitor": "loss"}
    split = classifier(validation_splitter=splitter, **kind).fit(X, LABELS)
    given = classifier(**kind).fit(X[train], LABELS[train], validation_data=(X[out], LABELS[out]))
    assert split.n_validation_ == len(out)
    np.testing.assert_array_equal(split.coefs_[0], given.coefs_[0])


def test_groups_are_held_out_together():
    groups = np.repeat(np.arange(12), 10)
    splitter = GroupShuffleSplit(1, test_size=3, random_state=1)
    _, out = next(splitter.split(X, LABELS, groups))
    assert len(set(groups[out])) == 3
    model = classifier(validation_splitter=splitter, max_iter=4).fit(X, LABELS, groups=groups)
    assert model.n_validation_ == 30
    with pytest.raises(InputError, match=r"cannot divide these rows.*groups"):
        classifier(validation_splitter=splitter).fit(X, LABELS)


def test_a_splitter_that_leaves_nothing():
    class Nothing:
        def split(self, *rows):
            yield np.arange(len(rows[0])), np.arange(0)

    with pytest.raises(InputError, match="leaves no rows"):
        classifier(validation_splitter=Nothing()).fit(X, LABELS)


@pytest.mark.parametrize(("patience", "start"), [(1, 0), (3, 0), (8, 0), (1, 5), (3, 5), (8, 5)])
def test_patience_minimum_change_and_warm_up(patience, start):
    settings = {"monitor": "loss", "n_iter_no_change": patience, "start_from_epoch": start}
    model = classifier(**settings, max_iter=100, tol=0.02, learning_rate_init=0.01)
    model.fit(X[KEPT], LABELS[KEPT], validation_data=(X[OUT], LABELS[OUT]))
    losses = model.history_.column("validation_loss")
    best, count, stopped = np.inf, 0, None
    for epoch, loss in enumerate(losses, 1):  # the rule, once more
        if epoch <= start:
            continue
        count = 0 if best - loss >= 0.02 else count + 1
        best = min(best, loss)
        if count > patience:
            stopped = epoch
            break
    assert stopped == len(losses) < 100
    assert model.best_epoch_ == 1 + start + np.argmin(losses[start:])
    assert f"for {patience} consecutive epochs" in model.stopping_reason_


@pytest.mark.parametrize("solver", ["lbfgs", "newton"])
@pytest.mark.parametrize("kind", [LogisticRegression, LinearRegression])
def test_solvers_that_take_all_rows_at_once(kind, solver):
    y = LABELS if kind is LogisticRegression else SCORE
    settings = {"solver": solver, "tol": 1e-12, "alpha": 0.0}
    model = kind(**settings, early_stopping=True, monitor="loss", n_iter_no_change=1)
    model.fit(X[KEPT], y[KEPT], validation_data=(X[OUT], y[OUT]))
    losses = model.history_.column("validation_loss")
    assert model.best_epoch_ == 1 + np.argmin(losses)
    shorter = kind(**{**settings, "max_iter": model.best_epoch_}).fit(X[KEPT], y[KEPT])
    np.testing.assert_allclose(model.coef_, shorter.coef_, rtol=1e-6)


def test_lbfgs_of_a_network_stops_early():
    model = classifier(solver="lbfgs", max_iter=300, monitor="loss", hidden_layer_sizes=(30,))
    model.fit(X[KEPT], LABELS[KEPT], validation_data=(X[OUT], LABELS[OUT]))
    losses = model.history_.column("validation_loss")
    assert model.best_epoch_ == 1 + np.argmin(losses) < len(losses) < 300
    assert "validation loss did not improve" in model.stopping_reason_
    shown = log_loss(LABELS[OUT], model.predict_proba(X[OUT]))
    assert shown == pytest.approx(min(losses), rel=1e-9)


def test_the_perceptron_keeps_its_best_line():
    model = Perceptron(early_stopping=True, max_iter=30, random_state=0, n_iter_no_change=40)
    model.fit(X[KEPT], LABELS[KEPT], validation_data=(X[OUT], LABELS[OUT]))
    assert model.score(X[OUT], LABELS[OUT]) == max(model.validation_scores_)


def test_in_a_pipeline_and_a_grid_search():
    pipeline = make_pipeline(StandardScaler(), classifier(max_iter=10, monitor="loss"))
    grid = GridSearchCV(pipeline, {"mlpclassifier__n_iter_no_change": [1, 3]}, cv=2)
    grid.fit(X, LABELS)
    assert grid.best_estimator_[-1].best_epoch_ >= 1
    assert grid.best_estimator_[-1].n_validation_ == 12
    data = (StandardScaler().fit(X[KEPT]).transform(X[OUT]), LABELS[OUT])
    clone(pipeline).fit(X[KEPT], LABELS[KEPT], mlpclassifier__validation_data=data)


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_every_end_has_its_sentence(kind):
    make, y = (classifier, LABELS) if kind == "classifier" else (regressor, SCORE)
    assert "max_iter=2" in make(max_iter=2).fit(X, y).stopping_reason_
    assert "validation score did not" in make(max_iter=300).fit(X, y).stopping_reason_
    plain = make(early_stopping=False, tol=1.0).fit(X, y)
    assert "training loss did not improve" in plain.stopping_reason_
    assert "L-BFGS" in make(early_stopping=False, solver="lbfgs").fit(X, y).stopping_reason_


def test_max_iter_without_early_stopping_still_warns():
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        classifier(early_stopping=False, max_iter=1).fit(X, LABELS)
