"""Misuse: the same kinds of errors as scikit-learn's, with a message that says what to do."""

import numpy as np
import pytest
import sklearn.neural_network as scikit
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError

import chainrule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = np.random.default_rng(0).normal(size=(20, 3))
LABELS = np.arange(20) % 2
BAD = X.copy()
BAD[3, 1] = np.nan
HUGE = X.copy()
HUGE[2, 2] = np.inf
FALLING = np.linspace(1, -1, 20)
NUMBERS = np.linspace(0, 1, 20)


def small(kind, **settings):
    return kind(**{"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0, **settings})


def fit(X=X, y=LABELS, **settings):
    return lambda kind: small(kind, **settings).fit(X, y)


# Each is done to scikit-learn's class and to ours: both raise the same type.
CLASSIFIER = {
    "y too short": (fit(y=LABELS[:-1]), "inconsistent numbers of samples"),
    "y is numbers": (fit(y=NUMBERS), "Unknown label type|continuous"),
    "y missing": (fit(y=None), "requires y to be passed"),
    "y with NaN": (fit(y=np.where(LABELS, np.nan, 1.0)), "NaN"),
    "y of several classes each": (fit(y=np.stack([LABELS * 2, LABELS + 5], 1)), "ulti"),
    "NaN": (fit(BAD), "contains NaN"),
    "infinity": (fit(HUGE), "contains infinity"),
    "no rows": (fit(X[:0], LABELS[:0]), "0 sample"),
    "no columns": (fit(X[:, :0]), "0 feature"),
    "one dimension": (fit(X[:, 0]), "Expected 2D array"),
    "text": (fit(X.astype(str).astype(object) + "a"), "could not convert string"),
    "complex": (fit(X + 1j), "Complex data not supported"),
    "layer of size 0": (fit(hidden_layer_sizes=(3, 0)), "hidden_layer_sizes must be > 0"),
    "negative layer": (fit(hidden_layer_sizes=-1), "hidden_layer_sizes"),
    "unknown solver": (fit(solver="newton"), "'solver' parameter"),
    "unknown activation": (fit(activation="rellu"), "'activation' parameter"),
    "negative alpha": (fit(alpha=-1), "'alpha' parameter"),
    "no rate": (fit(learning_rate_init=0), "'learning_rate_init' parameter"),
    "no epochs": (fit(max_iter=0), "'max_iter' parameter"),
    "momentum above 1": (fit(momentum=1.5), "'momentum' parameter"),
    "unknown schedule": (fit(learning_rate="fast"), "'learning_rate' parameter"),
    "too few rows to split": (
        fit(early_stopping=True, validation_fraction=0.01),
        "validation set is too small|should be greater or equal",
    ),
    "partial_fit without classes": (
        lambda kind: small(kind).partial_fit(X, LABELS),
        "classes must be passed on the first call",
    ),
    "partial_fit with lbfgs": (
        lambda kind: small(kind, solver="lbfgs").partial_fit(X, LABELS, classes=[0, 1]),
        "partial_fit",
    ),
    "partial_fit with other classes": (
        lambda kind: (
            small(kind)
            .partial_fit(X, LABELS, classes=[0, 1])
            .partial_fit(X, LABELS, classes=[0, 2])
        ),
        "classes",
    ),
    "partial_fit with an unseen class": (
        lambda kind: small(kind).partial_fit(X, LABELS, classes=[0, 1]).partial_fit(X, LABELS + 1),
        "`y` has classes not in",
    ),
    "partial_fit of another width": (
        lambda kind: (
            small(kind).partial_fit(X, LABELS, classes=[0, 1]).partial_fit(X[:, :2], LABELS)
        ),
        "X has 2 features",
    ),
    "warm start with other classes": (
        lambda kind: small(kind, warm_start=True).fit(X, LABELS).fit(X, LABELS + 1),
        "warm_start can only be used where `y` has the same classes",
    ),
    "predicting before fitting": (lambda kind: small(kind).predict(X), "not fitted"),
    "probabilities before fitting": (lambda kind: small(kind).predict_proba(X), "not fitted"),
    "predicting another width": (
        lambda kind: small(kind).fit(X, LABELS).predict(X[:, :2]),
        "X has 2 features, but MLPClassifier is expecting 3",
    ),
    "predicting NaN": (lambda kind: small(kind).fit(X, LABELS).predict(BAD), "contains NaN"),
    "weights too short": (
        lambda kind: small(kind).fit(X, LABELS, sample_weight=np.ones(19)),
        "sample_weight",
    ),
    "weights with NaN": (
        lambda kind: small(kind).fit(X, LABELS, sample_weight=np.full(20, np.nan)),
        "NaN",
    ),
}
REGRESSOR = {
    "y too short": (fit(y=NUMBERS[:-1]), "inconsistent numbers of samples"),
    "y missing": (fit(y=None), "requires y to be passed"),
    "y with NaN": (fit(y=np.where(LABELS, np.nan, 1.0)), "NaN"),
    "y with infinity": (fit(y=np.where(LABELS, np.inf, 1.0)), "infinity"),
    "NaN": (fit(BAD, NUMBERS), "contains NaN"),
    "infinity": (fit(HUGE, NUMBERS), "contains infinity"),
    "unknown loss": (fit(y=NUMBERS, loss="huber"), "'loss' parameter"),
    "one row to split": (fit(X[:1], NUMBERS[:1], early_stopping=True), "n_samples=1|too small"),
    "diverging": (
        fit(y=1e300 * NUMBERS, solver="sgd", learning_rate_init=1e200, max_iter=50),
        "non-finite parameter weights",
    ),
    "predicting before fitting": (lambda kind: small(kind).predict(X), "not fitted"),
}


def assert_both_refuse(action, message, name):
    with np.errstate(all="ignore"), pytest.raises(Exception, match=message) as theirs:
        action(getattr(scikit, name))
    with pytest.raises(Exception, match=message) as ours:
        action(getattr(chainrule, name))
    assert ours.type is theirs.type
    assert issubclass(ours.type, ValueError | AttributeError | NotFittedError)


@pytest.mark.parametrize("case", CLASSIFIER)
def test_classifier(case):
    assert_both_refuse(*CLASSIFIER[case], "MLPClassifier")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # scikit-learn's, when it diverges
@pytest.mark.parametrize("case", REGRESSOR)
def test_regressor(case):
    assert_both_refuse(*REGRESSOR[case], "MLPRegressor")


# What only ours can be asked for.
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": ["relu", "rellu"]}, r"activation 'rellu' is not one of .*softmax"),
        ({"activation": ["relu", "exp"]}, "activation 'exp' is not one of"),
        ({"activation": ["relu"]}, "activation has 1 values for 2 hidden layers"),
        ({"activation": []}, "activation has 0 values for 2 hidden layers"),
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"dropout": -0.1}, "'dropout' parameter"),
        ({"dropout": [0.1, 1.0]}, "dropout must be at least 0 and less than 1"),
        ({"dropout": [0.1, np.nan]}, "dropout must be at least 0 and less than 1"),
        ({"dropout": [0.1]}, "dropout has 1 values for 2 hidden layers"),
        ({"l1": -1.0}, "'l1' parameter"),
        ({"initialization": "xavier"}, "'initialization' parameter.*glorot"),
        ({"monitor": "goodness"}, "'monitor' parameter"),
        ({"class_weight": "even"}, "'class_weight' parameter"),
    ],
)
def test_settings_of_ours(settings, message):
    model = small(chainrule.MLPClassifier, hidden_layer_sizes=(3, 2)).set_params(**settings)
    with pytest.raises(ValueError, match=message):
        model.fit(X, LABELS)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("held_out", "message"),
    [
        ((X[:, :2], LABELS), "X has 2 features, but MLPClassifier is expecting 3"),
        ((X, LABELS + 1), "`y` has classes not in"),
        ((X, LABELS[:-1]), "inconsistent numbers of samples"),
        ((BAD, LABELS), "contains NaN"),
        ((X,), r"validation_data must be \(X, y\) or \(X, y, sample_weight\)"),
        ((X, LABELS, np.ones(20), 1), r"validation_data must be \(X, y\)"),
        (X, r"validation_data must be \(X, y\)"),
        ((X, LABELS, np.ones(3)), "sample_weight"),
        ((X[:0], LABELS[:0]), "0 sample"),
    ],
)
def test_validation_data(held_out, message):
    with pytest.raises(ValueError, match=message):
        small(chainrule.MLPClassifier).fit(X, LABELS, validation_data=held_out)


def test_counts_cannot_be_negative():
    # scikit-learn takes the logarithm of a negative number and goes on.
    model = small(chainrule.MLPRegressor, loss="poisson")
    with pytest.raises(ValueError, match=r"loss='poisson' needs y ≥ 0, but y has -1\.0"):
        model.fit(X, FALLING)
    with pytest.raises(ValueError, match="loss='poisson' needs y ≥ 0"):
        model.fit(X, NUMBERS, validation_data=(X, FALLING))


@pytest.mark.parametrize("kind", [chainrule.MLPClassifier, chainrule.MLPRegressor])
def test_lbfgs_takes_no_single_steps(kind):
    # scikit-learn's regressor forgets to call the check that its classifier makes.
    model = small(kind, solver="lbfgs")
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        model.partial_fit(X, LABELS)
    assert "only available for stochastic optimizers" in str(caught.value.__cause__)


def test_text_is_no_number():
    # scikit-learn fails at subtracting text from numbers, with a TypeError.
    with pytest.raises(ValueError, match="could not convert string to float"):
        small(chainrule.MLPRegressor).fit(X, ["a"] * 20)


@pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "lbfgs"])
def test_one_row(solver):
    model = small(chainrule.MLPRegressor, solver=solver).fit(X[:1], [2.0])
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_one_class(solver):
    for label in (7, "only"):
        model = small(chainrule.MLPClassifier, solver=solver).fit(X, [label] * 20)
        theirs = small(scikit.MLPClassifier, solver=solver).fit(X, [label] * 20)
        np.testing.assert_array_equal(model.predict(X), theirs.predict(X))
        np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(X), rtol=1e-9)


def test_warnings_are_scikit_learns():
    for kind in (scikit.MLPClassifier, chainrule.MLPClassifier):
        with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\) reached"):
            small(kind).fit(X, LABELS)
        with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge after 2 iteration"):
            small(kind, solver="lbfgs").fit(X, LABELS)
        with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
            small(kind).fit(X, LABELS.reshape(-1, 1))


def test_warnings_point_to_the_callers_line():
    model = small(chainrule.MLPClassifier)
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X, LABELS)
    assert [one.filename for one in caught] == [__file__]
    model.set_params(solver="lbfgs")
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X, LABELS)
    assert [one.filename for one in caught] == [__file__]
    with pytest.warns(UserWarning, match="clipped") as caught:
        small(chainrule.MLPClassifier, batch_size=100, n_iter_no_change=1, tol=9).fit(X, LABELS)
    assert {one.filename for one in caught} == {__file__}


@pytest.mark.parametrize("kind", [chainrule.MLPClassifier, chainrule.MLPRegressor])
def test_a_refused_fit_leaves_the_fitted_network_as_it_was(kind):
    model = small(kind).fit(X, LABELS)
    before = model.predict(X)
    for bad in (BAD, HUGE, X[:5]):
        with pytest.raises(ValueError, match=r"NaN|infinity|inconsistent"):
            model.fit(bad, LABELS)
    np.testing.assert_array_equal(model.predict(X), before)
