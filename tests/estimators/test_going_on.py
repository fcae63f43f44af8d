"""Going on: exact resume by partial_fit, first weights without training, one step at a time."""

import pickle

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.validation import check_is_fitted

from chainrule import LinearRegression, LogisticRegression, MLPClassifier, MLPRegressor, Perceptron
from chainrule.network import Architecture, backpropagate, feedforward, loss
from chainrule.training import OPTIMIZERS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
EVERYTHING = {
    "hidden_layer_sizes": (7, 5),
    "dropout": 0.3,
    "input_dropout": 0.1,
    "input_noise": 0.2,
    "clip_norm": 0.4,
    "max_norm": 1.0,
    "l1": 0.05,
    "shuffle": False,
    "batch_size": 20,
    "learning_rate_init": 0.01,
    "random_state": 2,
}
TASKS = ["binary", "multiclass", "multilabel", "regression", "multioutput"]


def make(task, **changes):
    kind = MLPRegressor if task in ("regression", "multioutput") else MLPClassifier
    return kind(**{**EVERYTHING, **changes})


def classes_of(task, y):
    if task in ("regression", "multioutput"):
        return {}
    return {"classes": np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])}


def assert_same(one, other):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------ exact resume


@pytest.mark.parametrize("solver", sorted(set(OPTIMIZERS) - {"gd"}))
@pytest.mark.parametrize("task", TASKS)
def test_partial_fit_over_the_batches_of_fit(table, task, solver):
    X, y = table(task)
    weights = np.arange(60) % 4 + 0.5
    own = {"solver": solver, "learning_rate": lambda t: 0.01 / (1 + t)}
    if solver == "muon":
        own["l1"] = 0.0
    whole = make(task, **own, max_iter=3).fit(X, y, weights)
    again = make(task, **own)
    for epoch in range(3):
        for i in range(0, 60, 20):
            rows = slice(i, i + 20)
            classes = classes_of(task, y) if epoch == i == 0 else {}
            again.partial_fit(X[rows], y[rows], weights[rows], **classes)
            if (epoch, i) == (1, 20):  # saved and loaded in the middle
                saved = pickle.dumps(again.set_params(learning_rate="constant"))
                again = pickle.loads(saved)  # noqa: S301 (our own)
                again.set_params(**own)
    assert_same(whole, again)


def test_partial_fit_with_a_schedule_by_step_goes_on_where_it_was(table):
    from chainrule import schedules

    X, y = table("binary")
    schedule = schedules.Exponential(decay=0.9, by="step")
    whole = make("binary", learning_rate=schedule, max_iter=2).fit(X, y)
    again = make("binary", learning_rate=schedule)
    for _ in range(2):
        again.partial_fit(X, y, classes=["no", "yes"])
    assert_same(whole, again)
    assert whole.history_[-1].learning_rate == pytest.approx(0.01 * 0.9**5)


def test_fit_goes_on_with_partial_fit(table):
    X, y = table("multiclass")
    whole = make("multiclass", max_iter=4).fit(X, y)
    begun = make("multiclass", max_iter=2).fit(X, y)
    for _ in range(2):
        begun.partial_fit(X, y)
    assert_same(whole, begun)
    assert begun.loss_curve_ == whole.loss_curve_


@pytest.mark.parametrize("kind", [LogisticRegression, Perceptron])
def test_single_neurons_go_on(table, kind):
    X, y = table("multiclass")
    settings = {"shuffle": False, "random_state": 0}
    if kind is LogisticRegression:
        settings |= {"solver": "adam", "batch_size": 20}
    whole = kind(**settings, max_iter=2).fit(X, y)
    again = kind(**settings)
    for _ in range(2):
        for i in range(0, 60, 20):
            again.partial_fit(X[i : i + 20], y[i : i + 20], classes=["a", "b", "c"])
    assert_same(whole, again)


# ------------------------------------------------------------------ before training


@pytest.mark.parametrize("task", TASKS)
def test_initialize_gives_the_weights_that_fit_starts_from(table, task):
    X, y = table(task)
    model = make(task).initialize(X, y)
    check_is_fitted(model)
    assert len(model.history_) == 0
    assert model.n_iter_ == model.t_ == model.best_epoch_ == 0
    assert "not trained" in model.stopping_reason_
    assert model.predict(X).shape == y.shape
    tiny = make(task, learning_rate_init=1e-300, max_iter=1, l1=0, max_norm=None).fit(X, y)
    for mine, theirs in zip(model.coefs_, tiny.coefs_, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-15)


def test_initialized_weights_can_be_set_by_hand(worked):
    model = worked()
    assert model.predict_proba([[1.0, 2.0]])[0, 1] == pytest.approx(0.585513, abs=5e-7)
    record = model.set_params(learning_rate_init=0.1).step([[1.0, 2.0]], [1])
    assert record.step == 1
    assert record.loss == pytest.approx(0.535266, abs=5e-7)
    slopes = np.array([[-0.050014, 0.050662], [-0.100028, 0.101325]])
    np.testing.assert_allclose(record.coef_gradients[0], slopes, atol=5e-7)
    np.testing.assert_allclose(record.coef_gradients[1].ravel(), [-0.298893, -0.238099], atol=5e-7)
    np.testing.assert_allclose(record.intercept_gradients[0], [-0.050014, 0.050662], atol=5e-7)
    np.testing.assert_allclose(record.intercept_gradients[1], [-0.414487], atol=5e-7)
    np.testing.assert_allclose(record.coefs_after[0], record.coefs[0] - 0.1 * slopes, atol=1e-6)
    np.testing.assert_array_equal(record.coefs_after[0], model.coefs_[0])
    assert record.loss_after < record.loss
    assert "0.535266" in repr(record)


@pytest.mark.parametrize("solver", sorted(OPTIMIZERS))
@pytest.mark.parametrize("task", TASKS)
def test_a_step_is_one_update_by_the_gradient_of_its_rows(table, task, solver):
    X, y = table(task)
    weights = np.arange(60) % 3.0
    plain = {"hidden_layer_sizes": (4,), "activation": "tanh", "alpha": 0.7, "random_state": 1}
    kind = MLPRegressor if task in ("regression", "multioutput") else MLPClassifier
    model = kind(**plain, solver=solver, learning_rate_init=1e-3, early_stopping=True)
    model.initialize(X, y)
    name = model._loss_name()
    network = Architecture((6, 4, model.n_outputs_), ("tanh",), name)
    targets = model._prepare_targets(y, mode="more").astype(float)
    if name == "cross_entropy":
        targets = np.eye(3)[targets[:, 0].astype(int)]
    for number in (1, 2, 3):
        before = network.flatten(model.coefs_, model.intercepts_, np.float64)
        record = model.step(X, y, weights)
        terms = {"weights": weights, "l2": 0.7}
        trace = feedforward(network, before, X)
        assert record.loss == pytest.approx(loss(network, before, trace, targets, **terms))
        assert record.loss == pytest.approx(record.data_loss + record.penalty)
        expected = backpropagate(network, before, trace, targets, **terms)
        for layer, (slopes, bias_slopes) in enumerate(network.views(expected)):
            np.testing.assert_allclose(record.coef_gradients[layer], slopes, atol=1e-13)
            np.testing.assert_allclose(record.intercept_gradients[layer], bias_slopes, atol=1e-13)
        after = network.flatten(record.coefs_after, record.intercepts_after, np.float64)
        trace = feedforward(network, after, X)
        assert record.loss_after == pytest.approx(loss(network, after, trace, targets, **terms))
        assert record.loss_after < record.loss
        assert record.step == number
        assert record.learning_rate == 1e-3
    assert len(model.history_) == 3


def test_steps_are_partial_fits_of_all_rows(table):
    X, y = table("binary")
    stepped = make("binary", batch_size=60).initialize(X, y)
    fitted = make("binary", batch_size=60, max_iter=3).fit(X, y)
    for _ in range(3):
        stepped.step(X, y)
    assert_same(stepped, fitted)


def test_a_step_of_the_perceptron_moves_the_line():
    model = Perceptron(learning_rate_init=0.1).initialize([[1.0, 2.0], [0.0, 1.0]], [1, 0])
    model.coef_ = [[-1.0, 0.5]]
    model.intercept_ = [-0.2]
    record = model.step([[1.0, 2.0]], [0])  # z = −0.2 is right: nothing moves
    np.testing.assert_array_equal(record.coefs_after[0], record.coefs[0])
    record = model.step([[1.0, 2.0]], [1])  # wrong: W += 0.1 x, b += 0.1
    np.testing.assert_allclose(model.coef_, [[-0.9, 0.7]])
    np.testing.assert_allclose(model.intercept_, [-0.1])


def test_what_cannot_step(table):
    X, y = table("binary")
    with pytest.raises(NotFittedError):
        MLPClassifier().step(X, y)
    with pytest.raises(AttributeError, match="lbfgs is not stochastic"):
        MLPClassifier(solver="lbfgs").step(X, y)
    model = MLPClassifier((3,)).initialize(X, y)
    with pytest.raises(ValueError, match="features"):
        model.step(X[:, :2], y)
    with pytest.raises(ValueError, match="classes not in"):
        model.step(X, np.full(60, "maybe"))


# ------------------------------------------------------------------ divergence


def test_the_last_good_weights_are_kept(table):
    X, y = table("regression")
    settings = {"solver": "sgd", "activation": "identity", "hidden_layer_sizes": (8,)}
    # One step an epoch, the first six of them reasonable.
    rates = {"learning_rate": lambda step: 0.01 if step < 6 else 1e3}
    model = MLPRegressor(**settings, **rates, random_state=0, max_iter=500)
    with pytest.warns(UserWarning, match="diverged") as caught, np.errstate(all="ignore"):
        model.fit(X, y)
    epoch = len(model.history_)
    assert 7 < epoch < 500
    assert np.argmin(model.loss_curve_) == 6  # met by the weights that six epochs had led to
    sentence = f"after epoch {epoch}; the weights of epoch 6 are kept"
    assert sentence in str(caught[0].message)
    assert sentence in model.stopping_reason_
    assert np.isfinite(model.predict(X)).all()
    assert_same(model, MLPRegressor(**settings, **rates, random_state=0, max_iter=6).fit(X, y))
    assert all(np.isfinite(e.train_loss) for e in model.history_[:-1])


def test_an_error_that_grows_without_end_is_told_before_it_is_infinite(table):
    X, y = table("regression")
    model = LinearRegression(solver="gd", learning_rate_init=100.0)
    with pytest.warns(ConvergenceWarning, match=r"the loss of epoch 12 is .* lower learning_rate"):
        model.fit(X, y)
    assert np.abs(model.coef_).max() == 0  # what it began with
    assert "diverged" in model.stopping_reason_


def test_partial_fit_that_diverges_leaves_the_network_as_it_was(table):
    X, y = table("regression")
    model = MLPRegressor(hidden_layer_sizes=8, solver="sgd", random_state=0).partial_fit(X, y)
    before = [part.copy() for part in model.coefs_]
    step = model._optimizer_state["step"]
    with pytest.warns(UserWarning, match="weights from before are kept"), np.errstate(all="ignore"):
        model.partial_fit(X, 1e200 * y)
    for mine, kept in zip(model.coefs_, before, strict=True):
        np.testing.assert_array_equal(mine, kept)
    model.partial_fit(X, y)  # and it can go on
    assert model._optimizer_state["step"] == step + 1
    assert np.isfinite(model.predict(X)).all()


def test_a_first_epoch_that_diverges_raises(table):
    X, y = table("regression")
    with (
        pytest.raises(ValueError, match=r"diverged.*learning_rate_init"),
        np.errstate(all="ignore"),
    ):
        MLPRegressor(solver="sgd", activation="identity", learning_rate_init=1e200).fit(X, y)
