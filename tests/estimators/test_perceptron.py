"""The perceptron: curriculum 2.1, 2.2, 2.7 and 2.9, the algorithm by hand, and scikit-learn's."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
import sklearn.linear_model as scikit
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning

from chainrule import LogisticRegression, Perceptron

# Three rows, two columns; every number is worked by hand below.
X3, Y3 = np.array([[1.0, 2.0], [3.0, 1.0], [0.0, 1.0]]), np.array([0, 1, 1])


def fixed(**settings):
    """A perceptron that sees the rows in their order."""
    return Perceptron(**{"shuffle": False, "random_state": 0, **settings})


def cloud(rng, *, gap=0.0, rows=80):
    """Rows on both sides of a line, none nearer to it than the gap."""
    X = rng.normal(size=(4 * rows, 3))
    z = X @ [1.0, -2.0, 0.5] + 0.3
    kept = np.flatnonzero(np.abs(z) > gap)[:rows]
    return X[kept], (z[kept] > 0).astype(int)


def by_line(W, b):
    """A fitted perceptron with this line."""
    model = Perceptron().initialize(np.eye(len(W), dtype=float), [0, 1])
    model.coef_, model.intercept_ = [W], [b]
    return model


# ------------------------------------------------------------------ the curriculum


def test_2_1_a_line_decides():
    # 2x₁ + x₂ − 18: 14 + 6 − 18 = 2 and 10 + 6 − 18 = −2; 12 + 6 − 18 = 0 is on the line.
    model = by_line([2.0, 1.0], -18.0)
    X = [[7.0, 6.0], [5.0, 6.0], [6.0, 6.0]]
    assert model.predict(X).tolist() == [1, 0, 1]
    assert_allclose(model.decision_function(X), [2, -2, 0], atol=1e-12)


def test_2_2_the_algorithm_by_hand():
    # α = ½, from 0. (1, 2): z = 0, so ŷ = 1 but y = 0: W = (−½, −1), b = −½.
    # (3, 1): z = −1.5 − 1 − ½ = −3, but y = 1: W = (1, −½), b = 0.
    # (0, 1): z = −½, but y = 1: W = (1, 0), b = ½.
    with pytest.warns(ConvergenceWarning, match="did not converge in max_iter=1 epochs: 3 rows"):
        model = fixed(learning_rate_init=0.5, max_iter=1).fit(X3, Y3)
    assert_allclose(model.coef_, [[1, 0]])
    assert_allclose(model.intercept_, [0.5])
    assert (model.mistakes_, model.converged_) == ([3], False)
    # The second epoch. (1, 2): z = 1.5, but y = 0: W = (½, −1), b = 0. (3, 1): z = ½, right.
    # (0, 1): z = −1, but y = 1: W = (½, −½), b = ½.
    # The third. (1, 2): z = ½ − 1 + ½ = 0, but y = 0: W = (0, −1.5), b = 0.
    # (3, 1): z = −1.5, but y = 1: W = (1.5, −1), b = ½. (0, 1): z = −½: W = (1.5, −½), b = 1.
    model = fixed(learning_rate_init=0.5).fit(X3, Y3)
    assert model.mistakes_[:3] == [3, 2, 3]
    assert model.converged_
    assert model.mistakes_[-1] == 0
    assert model.predict(X3).tolist() == [0, 1, 1]
    assert model.stopping_reason_ == (
        f"converged: no row was misclassified in epoch {model.n_iter_}"
    )


def test_2_2_separable_rows_end_without_a_mistake(rng):
    X, y = cloud(rng, gap=0.2)
    model = Perceptron(random_state=0).fit(X, y)
    assert model.converged_
    assert model.score(X, y) == 1
    assert len(model.mistakes_) == model.n_iter_ == len(model.history_) < 200
    # Novikoff: no more mistakes than (R / γ)², with R and γ of the rows with their constant 1.
    line = np.array([1.0, -2.0, 0.5, 0.3])
    wide = np.column_stack([X, np.ones(len(X))])
    margin = (np.abs(wide @ line) / np.linalg.norm(line)).min()
    # Rows of class 1 with z = 0 count as right here, which spares a mistake and never adds one.
    assert sum(model.mistakes_) <= (np.linalg.norm(wide, axis=1).max() / margin) ** 2


def test_2_2_otherwise_it_says_that_it_did_not(rng):
    X, y = cloud(rng)
    y[:5] = 1 - y[:5]
    with pytest.warns(ConvergenceWarning, match="No line may separate these classes"):
        model = Perceptron(max_iter=15, random_state=0).fit(X, y)
    assert not model.converged_
    assert len(model.mistakes_) == 15
    assert min(model.mistakes_) > 0
    assert model.stopping_reason_ == (
        "reached max_iter=15 epochs, in the last of which "
        f"{model.mistakes_[-1]} rows were still misclassified"
    )


def test_2_2_the_learning_rate_only_scales_the_line(rng):
    X, y = cloud(rng, gap=0.2)
    whole = Perceptron(random_state=0).fit(X, y)
    half = Perceptron(learning_rate_init=0.5, random_state=0).fit(X, y)
    assert half.mistakes_ == whole.mistakes_
    assert_allclose(half.coef_, 0.5 * whole.coef_, rtol=1e-12)
    assert_allclose(half.intercept_, 0.5 * whole.intercept_, rtol=1e-12)


def test_2_7_the_same_neuron_with_step_and_with_sigmoid():
    z = np.array([[-2.0], [0.0], [2.0]])
    discrete = Perceptron().initialize(z, [0, 0, 1])
    continuous = LogisticRegression(solver="gd").initialize(z, [0, 0, 1])
    for model in (discrete, continuous):
        model.coef_, model.intercept_ = [[3.0]], [0.0]
    assert_allclose(discrete.decision_function(z), continuous.decision_function(z))
    assert discrete.predict(z).tolist() == [0, 1, 1]
    assert_allclose(continuous.predict_proba(z)[:, 1], [0.002473, 0.5, 0.997527], atol=1e-6)


def test_2_9_the_boundary_comes_nearer_to_a_misclassified_point():
    def distance(model, row):
        return abs(model.decision_function([row])[0]) / np.linalg.norm(model.coef_)

    W, b, wrong, right = [2.0, 1.0], -18.0, [5.0, 6.0], [9.0, 6.0]
    model = by_line(W, b).set_params(learning_rate_init=0.01)
    before = distance(model, wrong)
    model.step([wrong], [1])
    assert_allclose(model.coef_, [[2.05, 1.06]])  # W + αx
    assert_allclose(model.intercept_, [-17.99])
    assert distance(model, wrong) < before
    # The perceptron leaves a point alone that is right; the sigmoid still moves away from it.
    model = by_line(W, b)
    model.step([right], [1])
    assert_allclose(model.coef_, [W])
    sigmoid = LogisticRegression(solver="gd", alpha=0).initialize(np.eye(2), [0, 1])
    sigmoid.coef_, sigmoid.intercept_ = [W], [b]
    for row, grows in ((right, True), (wrong, False)):
        before = distance(sigmoid, row)
        sigmoid.step([row], [1])
        assert (distance(sigmoid, row) > before) == grows


# ------------------------------------------------------------------ more classes, labels


def make_classes(rng):
    X = rng.normal(size=(90, 4))
    X[0], score = 0.5, X @ rng.normal(size=(4, 3))
    return X, np.array(["a", "b", "c"])[score.argmax(axis=1)]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_against_the_rest(rng):
    X, y = make_classes(rng)
    model = fixed(max_iter=6).fit(X, y)
    assert model.coef_.shape == (3, 4)
    for j, label in enumerate("abc"):
        alone = fixed(max_iter=6).fit(X, y == label)
        assert_allclose(model.coef_[j], alone.coef_[0], rtol=1e-12)
        assert_allclose(model.intercept_[j], alone.intercept_[0], rtol=1e-12)
    z = model.decision_function(X)
    np.testing.assert_array_equal(model.predict(X), np.array(["a", "b", "c"])[z.argmax(axis=1)])


def test_several_labels(rng):
    X, y = cloud(rng, gap=0.3)
    labels = np.column_stack([y, 1 - y])
    model = Perceptron(random_state=0).fit(X, labels)
    assert model.converged_
    np.testing.assert_array_equal(model.predict(X), labels)
    sparse = Perceptron(random_state=0).fit(X, sp.csr_matrix(labels)).predict(X)
    np.testing.assert_array_equal(sparse.toarray(), labels)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_scikit_learns_perceptron(weighted, rng):
    # Where z is exactly 0 theirs always moves, ours only for a row of class 0: begin with one.
    X, y = cloud(rng)
    y[3:8] = 1 - y[3:8]
    X, y = np.roll(X, -int(y.argmin()), axis=0), np.roll(y, -int(y.argmin()))
    weights = rng.uniform(0.5, 2, len(y)) if weighted else None
    theirs = scikit.Perceptron(eta0=0.3, shuffle=False, tol=None, max_iter=7)
    ours = fixed(learning_rate_init=0.3, max_iter=7).fit(X, y, weights)
    theirs.fit(X, y, sample_weight=weights)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


# ------------------------------------------------------------------ weights and penalties


def test_a_class_weight_moves_the_line_further():
    # Only (1, 2) with y = 0 is met from 0: W = −α · 3 · x.
    with pytest.warns(ConvergenceWarning):
        model = fixed(class_weight={0: 3.0}, max_iter=1).fit([[1.0, 2.0], [-9.0, 0.0]], [0, 1])
    assert_allclose(model.coef_, [[-3, -6]])
    assert_allclose(model.intercept_, [-3])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_penalties(rng):
    X, y = cloud(rng)
    X = np.column_stack([X, 0.01 * rng.normal(size=(len(X), 2))])  # two that tell nothing
    plain = fixed(max_iter=20).fit(X, y)
    sparse = fixed(max_iter=20, l1=0.05).fit(X, y)
    assert (plain.coef_ != 0).all()
    np.testing.assert_array_equal(sparse.coef_[0, 3:], 0)
    assert (sparse.coef_[0, :3] != 0).any()
    small = fixed(max_iter=20, alpha=0.1).fit(X, y)
    assert np.linalg.norm(small.coef_) < np.linalg.norm(plain.coef_)
    assert small.history_.column("penalty")[-1] > 0
    assert sparse.score(X, y) > 0.8


# ------------------------------------------------------------------ like any estimator


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_partial_fit_is_one_epoch_of_fit(rng):
    X, y = make_classes(rng)
    whole, parts = fixed(max_iter=4).fit(X, y), fixed()
    for _ in range(4):
        parts.partial_fit(X, y, classes=["a", "b", "c"])
    np.testing.assert_array_equal(whole.coef_, parts.coef_)
    assert whole.mistakes_ == parts.mistakes_


def test_a_copy_by_pickle(rng):
    X, y = cloud(rng, gap=0.2)
    model = Perceptron(random_state=0).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))  # noqa: S301
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    assert (copy.mistakes_, copy.converged_) == (model.mistakes_, True)


def test_sparse_rows(rng):
    X, y = cloud(rng, gap=0.2)
    dense = Perceptron(random_state=0).fit(X, y)
    sparse = Perceptron(random_state=0).fit(sp.csr_array(X), y)
    assert_allclose(sparse.coef_, dense.coef_, rtol=1e-12)


def test_rows_too_large_to_be_multiplied():
    X = np.array([[1e200, 1.0], [-1e200, 2.0], [1e199, 3.0], [1.0, 4.0]])
    with pytest.raises(ValueError, match=r"Training diverged: .* Scale the data, lower"):
        Perceptron(random_state=0).fit(X, [0, 1, 1, 0])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"learning_rate_init": 0.0}, "'learning_rate_init' parameter of Perceptron"),
        ({"max_iter": 0}, "'max_iter' parameter of Perceptron"),
        ({"l1": -1.0}, "'l1' parameter of Perceptron"),
        ({"learning_rate": "cosinus"}, "'learning_rate' parameter of Perceptron"),
        ({"class_weight": "fair"}, "'class_weight' parameter of Perceptron"),
    ],
)
def test_settings_that_make_no_sense(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Perceptron(**settings).fit(X3, Y3)


def test_numbers_are_no_classes():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        Perceptron().fit(X3, [0.1, 0.25, 0.7])
