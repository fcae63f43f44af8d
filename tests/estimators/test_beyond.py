"""What our two classes can do beyond scikit-learn's."""

import inspect

import numpy as np
import pytest
import sklearn.neural_network as scikit
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from chainrule import MLPClassifier, MLPRegressor
from chainrule.network import Architecture, feedforward

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.02, "random_state": 0, "max_iter": 15}


def classifier(**settings):
    return MLPClassifier(**{**QUICK, **settings})


def assert_same_network(one, other):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_constructor_is_scikit_learns_and_more():
    for ours, theirs in (
        (MLPClassifier, scikit.MLPClassifier),
        (MLPRegressor, scikit.MLPRegressor),
    ):
        mine = inspect.signature(ours).parameters
        for name, parameter in inspect.signature(theirs).parameters.items():
            assert mine[name].kind == parameter.kind
            assert mine[name].default == parameter.default
        more = set(mine) - set(inspect.signature(theirs).parameters)
        assert all(mine[name].kind is inspect.Parameter.KEYWORD_ONLY for name in more)


# ------------------------------------------------------------------ activations and layers


def test_an_activation_for_each_layer(table):
    X, y = table("multiclass")
    names = ("tanh", "sigmoid", "gelu")
    model = classifier(hidden_layer_sizes=(5, 4, 3), activation=list(names)).fit(X, y)
    network = Architecture((6, 5, 4, 3, 3), names, "cross_entropy")
    parameters = network.flatten(model.coefs_, model.intercepts_, np.float64)
    expected = feedforward(network, parameters, X).prediction
    assert_allclose(model.predict_proba(X), expected, rtol=1e-12)
    swapped = classifier(hidden_layer_sizes=(5, 4, 3), activation=names[::-1]).fit(X, y)
    assert np.abs(swapped.predict_proba(X) - expected).max() > 1e-3


@pytest.mark.parametrize(
    "name",
    [
        *("identity", "logistic", "sigmoid", "tanh", "relu", "leaky_relu", "elu"),
        *("selu", "gelu", "silu", "swish", "mish", "softplus", "softmax"),
    ],
)
def test_every_activation_learns(table, name):
    X, y = table("binary")
    model = classifier(activation=name, max_iter=200, tol=0, alpha=0).fit(X, y)
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.score(X, y) > 0.85


def test_step_nodes_do_not_learn_but_predict(table):
    X, y = table("binary")
    model = classifier(activation="step", alpha=0).fit(X, y)
    start = classifier(activation="step", alpha=0, learning_rate_init=1e-300).fit(X, y)
    np.testing.assert_array_equal(model.coefs_[0], start.coefs_[0])
    assert (model.coefs_[1] != start.coefs_[1]).all()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_no_hidden_layer_is_logistic_regression(table, solver):
    X, y = table("multiclass")
    settings = {"solver": solver, "alpha": 1.0, "max_iter": 3000, "tol": 1e-10, "shuffle": False}
    model = classifier(hidden_layer_sizes=(), learning_rate_init=0.05, **settings)
    model.set_params(batch_size=60, n_iter_no_change=50).fit(X, y)
    expected = LogisticRegression(C=1.0, tol=1e-10).fit(X, y)
    assert [w.shape for w in model.coefs_] == [(6, 3)]
    assert_allclose(model.predict_proba(X), expected.predict_proba(X), atol=2e-4)
    assert model.n_layers_ == 2


def test_no_hidden_layer_is_ridge_regression(table):
    X, y = table("regression")
    model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=3.0, tol=1e-10).fit(X, y)
    expected = Ridge(alpha=3.0).fit(X, y)
    assert_allclose(model.coefs_[0].ravel(), expected.coef_, atol=1e-4)
    assert_allclose(model.intercepts_[0], expected.intercept_, atol=1e-4)


# ------------------------------------------------------------------ penalties, dropout, solver


def test_l1_makes_weights_vanish(table):
    X, y = table("regression")
    settings = {**QUICK, "max_iter": 400, "tol": 0, "n_iter_no_change": np.inf, "alpha": 0}
    plain = MLPRegressor(**settings).fit(X, y)
    sparse = MLPRegressor(l1=2.0, **settings).fit(X, y)
    assert np.abs(sparse.coefs_[0]).sum() < 0.5 * np.abs(plain.coefs_[0]).sum()
    assert (np.abs(sparse.coefs_[0]) < 0.02).mean() > 0.3 > (np.abs(plain.coefs_[0]) < 0.02).mean()


def test_the_loss_contains_the_penalties(table):
    X, y = table("binary")
    model = classifier(learning_rate_init=1e-300, l1=0.3, alpha=0.7, max_iter=1).fit(X, y)
    w = np.concatenate([part.ravel() for part in model.coefs_])
    penalty = (0.3 * np.abs(w).sum() + 0.35 * (w**2).sum()) / 60
    assert model.loss_ == pytest.approx(log_loss(y, model.predict_proba(X)) + penalty, rel=1e-12)


def test_dropout(table):
    X, y = table("binary")
    settings = {"hidden_layer_sizes": (20, 20), "max_iter": 40, "tol": 0}
    plain = classifier(**settings).fit(X, y)
    dropped = classifier(dropout=0.5, **settings).fit(X, y)
    assert_same_network(dropped, classifier(dropout=[0.5, 0.5], **settings).fit(X, y))
    assert dropped.loss_ > plain.loss_ + 0.02  # it is harder to learn with half the nodes
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    assert_same_network(plain, classifier(dropout=(0.0, 0.0), **settings).fit(X, y))
    first = classifier(dropout=(0.5, 0.0), **settings).fit(X, y)
    assert (first.coefs_[0] != dropped.coefs_[0]).any()
    other = classifier(dropout=0.5, **settings).set_params(random_state=1).fit(X, y)
    assert (other.coefs_[0] != dropped.coefs_[0]).all()


def test_partial_fit_drops_other_nodes_every_time(table):
    # With a rate of almost 0 only the masks move the loss.
    X, y = table("binary")
    model = classifier(dropout=0.5, learning_rate_init=1e-300, shuffle=False)
    for _ in range(4):
        model.partial_fit(X, y, classes=["no", "yes"])
    assert len(set(model.loss_curve_)) == 4


def test_full_batch_gradient_descent(table):
    # gd is sgd without momentum on one batch of all rows.
    X, y = table("regression")
    same = {"momentum": 0.0, "batch_size": 60, "shuffle": False}
    gd = MLPRegressor(**QUICK, solver="gd").fit(X, y)
    sgd = MLPRegressor(**QUICK, solver="sgd", **same).fit(X, y)
    assert_same_network(gd, sgd)
    assert gd.loss_curve_ == sgd.loss_curve_
    assert all(np.diff(gd.loss_curve_) < 0)


def test_initialization(table):
    X, y = table("binary")
    still = {"learning_rate_init": 1e-300, "max_iter": 1}
    seen = {
        scheme: classifier(initialization=scheme, **still).fit(X, y).coefs_[0]
        for scheme in ("glorot", "he", "uniform", "normal", "zeros")
    }
    assert (seen["zeros"] == 0).all()
    assert len({part.std().round(6) for part in seen.values()}) == 5


# ------------------------------------------------------------------ class weights


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_class_weight_is_a_weight_for_each_row(table, solver):
    X, y = table("multiclass")
    numbers = {"a": 2.0, "b": 0.5, "c": 3.0}
    by_row = np.array([numbers[label] for label in y])
    expected = classifier(solver=solver).fit(X, y, sample_weight=by_row)
    assert_same_network(classifier(solver=solver, class_weight=numbers).fit(X, y), expected)
    own = np.random.default_rng(0).uniform(1, 2, 60)
    both = classifier(solver=solver, class_weight=numbers).fit(X, y, sample_weight=own)
    assert_same_network(both, classifier(solver=solver).fit(X, y, sample_weight=own * by_row))


def test_balanced_class_weight(table):
    # n / (number of classes · rows of the class)
    X, y = table("binary")
    labels, counts = np.unique(y, return_counts=True)
    numbers = dict(zip(labels, 60 / (2 * counts), strict=True))
    expected = classifier(class_weight=numbers).fit(X, y)
    assert_same_network(classifier(class_weight="balanced").fit(X, y), expected)


def test_class_weight_in_partial_fit(table):
    X, y = table("binary")
    numbers = {"no": 3.0, "yes": 1.0}
    one = classifier(class_weight=numbers).partial_fit(X, y, classes=["no", "yes"])
    weights = np.where(y == "no", 3.0, 1.0)
    other = classifier().partial_fit(X, y, sample_weight=weights, classes=["no", "yes"])
    assert_same_network(one, other)
    with pytest.raises(ValueError, match=r"class_weight='balanced'.*partial_fit"):
        classifier(class_weight="balanced").partial_fit(X, y, classes=["no", "yes"])


# ------------------------------------------------------------------ validation data and history


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_validation_data_with_labels(table, task, solver, weighted):
    X, y = table(task)
    X, y, A, b = X[:40], y[:40], X[40:], y[40:]
    weights = np.arange(20) % 3.0 if weighted else None
    held_out = (A, b, weights) if weighted else (A, b)
    model = classifier(solver=solver, alpha=1.0).fit(X, y, validation_data=held_out)
    last = model.history_[-1]
    expected = log_loss(b, model.predict_proba(A), sample_weight=weights, labels=model.classes_)
    assert last.validation_loss == pytest.approx(expected, rel=1e-10)
    score = accuracy_score(b, model.predict(A), sample_weight=weights)
    assert last.validation_score == pytest.approx(score)
    assert model.validation_scores_ == model.history_.column("validation_score")
    # It is looked at, not learned from.
    assert_same_network(model, classifier(solver=solver, alpha=1.0).fit(X, y))


def test_validation_data_with_numbers(table):
    X, y = table("multioutput")
    model = MLPRegressor(**QUICK).fit(X[:40], y[:40], validation_data=[X[40:], y[40:]])
    last, predicted = model.history_[-1], model.predict(X[40:])
    expected = 0.5 * 3 * mean_squared_error(y[40:], predicted)  # the sum over the outputs
    assert last.validation_loss == pytest.approx(expected, rel=1e-12)
    assert last.validation_score == pytest.approx(r2_score(y[40:], predicted), rel=1e-12)


def test_validation_data_takes_the_place_of_a_split(table):
    X, y = table("binary", rows=120)
    settings = {"early_stopping": True, "max_iter": 60, "n_iter_no_change": 5, "batch_size": 20}
    model = classifier(**settings).fit(X[:80], y[:80], validation_data=(X[80:], y[80:]))
    assert model.t_ == 80 * model.n_iter_  # every row given was learned from
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.score(X[80:], y[80:]) == model.best_validation_score_


def test_the_history_is_what_the_curves_show(table):
    X, y = table("binary")
    model = classifier().fit(X, y)
    assert len(model.history_) == model.n_iter_ == 15
    assert model.history_.column("epoch") == list(range(1, 16))
    assert model.history_.column("train_loss") == model.loss_curve_
    assert model.history_.column("validation_loss") == [None] * 15
    assert model.history_[-1].train_loss == model.loss_
    assert model.best_epoch_ == 1 + int(np.argmin(model.loss_curve_))
    assert model.stopping_reason_ == "reached max_iter=15 epochs"
    assert model.validation_scores_ is None


@pytest.mark.parametrize("monitor", ["score", "loss"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_early_stopping_keeps_the_best_epochs_weights(table, kind, monitor):
    X, y = table("multiclass" if kind is MLPClassifier else "regression", rows=120)
    settings = {**QUICK, "early_stopping": True, "max_iter": 200, "monitor": monitor}
    settings |= {"n_iter_no_change": 6, "tol": 0.0, "learning_rate_init": 0.05, "batch_size": 20}
    model = kind(**settings).fit(X, y)
    watched = model.history_.column(f"validation_{monitor}")
    best = np.argmax(watched) if monitor == "score" else np.argmin(watched)
    assert model.best_epoch_ == best + 1 < model.n_iter_ < 200
    again = kind(**{**settings, "max_iter": model.best_epoch_}).fit(X, y)
    assert_same_network(model, again)
    longer = kind(**{**settings, "max_iter": model.best_epoch_ + 2}).fit(X, y)
    assert_same_network(model, longer)
    assert f"validation {monitor}" in model.stopping_reason_
    assert "6 consecutive epochs" in model.stopping_reason_
    if monitor == "score":
        assert model.best_validation_score_ == max(watched)


def test_three_classes_are_split_by_class():
    # 10 % of 40 + 40 + 20 rows: 4, 4 and 2 of them, whatever the seed.
    y = np.repeat([0, 1, 2], [40, 40, 20])
    X = np.eye(3)[y]

    class Counter:
        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context, *, y=None):  # noqa: ARG002
            if context.task_name == "epoch":
                seen.append(np.bincount(y).tolist())

    for seed in range(5):
        seen = []
        model = MLPClassifier((2,), early_stopping=True, max_iter=1, random_state=seed)
        model.set_callbacks(Counter()).fit(X, y)
        assert seen == [[36, 36, 18]]


def test_a_new_fit_forgets_the_old(table):
    X, y = table("binary")
    model = classifier().fit(X, y).fit(X, y)
    assert_same_network(model, classifier().fit(X, y))
    assert len(model.loss_curve_) == len(model.history_) == 15
    model.set_params(early_stopping=True).fit(X, y)
    model.set_params(early_stopping=False).fit(X, y)
    assert model.validation_scores_ is None
    assert model.best_validation_score_ is None


def test_coefficients_set_by_hand_are_used(table):
    X, y = table("regression")
    model = MLPRegressor(**QUICK, activation="identity").fit(X, y)
    model.coefs_ = [np.eye(6, 8), np.eye(8, 1)]
    model.intercepts_ = [np.zeros(8), np.ones(1)]
    assert_allclose(model.predict(X), X[:, 0] + 1, rtol=1e-12)
    model.coefs_[1] = np.roll(np.eye(8, 1), 1)
    assert_allclose(model.predict(X), X[:, 1] + 1, rtol=1e-12)
    model.intercepts_[1][...] = 5
    assert_allclose(model.predict(X), X[:, 1] + 5, rtol=1e-12)


def test_whole_numbers_set_by_hand_are_used(table):
    X, y = table("regression")
    model = MLPRegressor(**QUICK, activation="identity").fit(X, y)
    model.coefs_ = [np.eye(6, 8, dtype=int), np.eye(8, 1, dtype=int)]
    model.intercepts_ = [np.zeros(8, int), np.ones(1, int)]
    assert_allclose(model.predict(X), X[:, 0] + 1, rtol=1e-12)


def test_verbose_says_every_epoch(table, capsys):
    X, y = table("binary")
    model = classifier(verbose=True, max_iter=2).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Iteration {i}, loss = {e.train_loss:.8f}" for i, e in enumerate(model.history_, 1)
    ]


def test_clones_are_equal(table):
    X, y = table("multilabel")
    model = classifier(dropout=0.2, early_stopping=True)
    assert_same_network(clone(model).fit(X, y), model.fit(X, y))
