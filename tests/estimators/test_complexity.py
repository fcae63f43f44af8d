"""The model-complexity graph: its numbers by hand, its zones by hand, and its misuse."""

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import accuracy_score, get_scorer, log_loss, mean_squared_error, r2_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    model_complexity,
)
from chainrule.estimators import ComplexityGraph
from chainrule.estimators._complexity_zones import simplest_first, standard_error, zones_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = (part[:200] for part in load_breast_cancer(return_X_y=True))
PATIENTS, PROGRESS = (part[:150] for part in load_diabetes(return_X_y=True))
SCALED = make_pipeline(StandardScaler(), MLPClassifier((3,), learning_rate_init=0.01))


def parts(graph, split=0, rows=200):
    """Return which rows a split trained on and tested on."""
    test = graph.tested[split]
    return np.setdiff1d(np.arange(rows), test), test


def by_hand(model, graph, split, epoch, X=X, y=Y, **settings):
    """Fit what a cell is the result of, and return it with the rows of its split.

    The order of the training rows counts, so that the splits are given to both.
    """
    train, test = parts(graph, split, len(y))
    last = {"max_iter": epoch, "random_state": graph.seeds[split], "n_iter_no_change": np.inf}
    network = clone(model).set_params(**{**last, **settings})
    return network.fit(X[train], y[train]), train, test


def in_order(splits, rows):
    """Return splits whose rows are in the order of the table."""
    random = np.random.default_rng(0)
    chosen = [np.sort(random.permutation(rows)[: rows // 4]) for _ in range(splits)]
    return [(np.setdiff1d(np.arange(rows), test), test) for test in chosen]


# ---------------------------------------------------------------------------- the numbers


def test_a_cell_is_a_single_fit():
    model = MLPClassifier(learning_rate_init=0.01, early_stopping=True, verbose=True)
    rows = StandardScaler().fit_transform(X)
    graph = model_complexity(
        model, rows, Y, epochs=6, sizes=[(), (5, 3)], penalties=[0, 1], splits=in_order(2, 200)
    )
    assert graph.test_errors.shape == (2, 2, 2, 6)
    assert graph.sizes == ((), (5, 3))
    assert graph.error_name == "log loss"
    assert graph.score_name == "accuracy"
    for split, size, penalty, epoch in [(0, 1, 1, 3), (1, 0, 0, 5), (1, 1, 0, 0)]:
        settings = {"hidden_layer_sizes": graph.sizes[size], "alpha": graph.penalties[penalty]}
        quiet = {"early_stopping": False, "verbose": False}
        network, train, test = by_hand(model, graph, split, epoch + 1, rows, **settings, **quiet)
        cell = split, size, penalty, epoch
        for chosen, errors, scores in (
            (train, graph.train_errors, graph.train_scores),
            (test, graph.test_errors, graph.test_scores),
        ):
            probabilities = network.predict_proba(rows[chosen])
            assert errors[cell] == pytest.approx(log_loss(Y[chosen], probabilities), rel=1e-9)
            assert scores[cell] == accuracy_score(Y[chosen], network.predict(rows[chosen]))


def test_the_test_error_is_that_of_a_history():
    rows = StandardScaler().fit_transform(X)
    model = MLPClassifier((4,), batch_size=32)
    graph = model_complexity(model, rows, Y, epochs=5, splits=in_order(1, 200))
    train, test = parts(graph)
    network = clone(model).set_params(max_iter=5, random_state=graph.seeds[0])
    network.fit(rows[train], Y[train], validation_data=(rows[test], Y[test]))
    assert graph.test_errors[0, 0, 0].tolist() == network.history_.column("validation_loss")
    assert graph.parameters.tolist() == [sum(w.size for w in network.coefs_) + 5]


def test_what_stands_before_the_network_learns_from_training_rows_alone():
    graph = model_complexity(SCALED, X, Y, epochs=[4], splits=in_order(1, 200))
    train, test = parts(graph)
    scaler = StandardScaler().fit(X[train])
    network = clone(SCALED[-1]).set_params(max_iter=4, random_state=graph.seeds[0])
    network.fit(scaler.transform(X[train]), Y[train])
    probabilities = network.predict_proba(scaler.transform(X[test]))
    assert graph.test_errors[0, 0, 0, 0] == pytest.approx(log_loss(Y[test], probabilities))


@pytest.mark.parametrize("transformer", [StandardScaler(), QuantileTransformer(n_quantiles=50)])
def test_transformed_targets(transformer):
    network = MLPRegressor(hidden_layer_sizes=(4,), learning_rate_init=0.01)
    model = TransformedTargetRegressor(network, transformer=transformer)
    graph = model_complexity(model, PATIENTS, PROGRESS, epochs=8, splits=in_order(1, 150))
    train, test = parts(graph, rows=150)
    network.set_params(max_iter=8, random_state=graph.seeds[0], n_iter_no_change=np.inf)
    model.fit(PATIENTS[train], PROGRESS[train])
    predicted = model.predict(PATIENTS[test])
    assert graph.test_scores[0, 0, 0, -1] == pytest.approx(r2_score(PROGRESS[test], predicted))
    inner = [model.transformer_.transform(y[:, None]) for y in (PROGRESS[test], predicted)]
    assert graph.test_errors[0, 0, 0, -1] == pytest.approx(mean_squared_error(*inner) / 2)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_scikit_learns_networks_epoch_by_epoch(solver):
    rows = StandardScaler().fit_transform(X)
    model = neural_network.MLPClassifier((4,), solver=solver, learning_rate_init=0.01)
    graph = model_complexity(model, rows, Y, epochs=[1, 5], splits=in_order(1, 200))
    network, train, test = by_hand(model, graph, 0, 5, rows)
    wanted = [log_loss(Y[part], network.predict_proba(rows[part])) for part in (train, test)]
    assert graph.train_errors[0, 0, 0, 1] == pytest.approx(wanted[0])
    assert graph.test_errors[0, 0, 0, 1] == pytest.approx(wanted[1])


def test_scikit_learns_and_ours_agree():
    rows = StandardScaler().fit_transform(PATIENTS)
    asked = {"epochs": 5, "splits": in_order(1, 150)}
    ours, theirs = (
        model_complexity(made(hidden_layer_sizes=(4,), alpha=0.1), rows, PROGRESS, **asked)
        for made in (MLPRegressor, neural_network.MLPRegressor)
    )
    np.testing.assert_allclose(ours.test_errors, theirs.test_errors, rtol=1e-6)
    np.testing.assert_allclose(ours.train_scores, theirs.train_scores, rtol=1e-6)
    assert ours.error_name == theirs.error_name == "half squared error"
    assert ours.parameters.tolist() == theirs.parameters.tolist()


def test_several_labels_and_several_numbers():
    rows = StandardScaler().fit_transform(X)
    labels = np.stack([Y, rows[:, 0] > 0], axis=1).astype(int)
    asked = {"epochs": 3, "splits": in_order(1, 200)}
    ours, theirs = (
        model_complexity(made((4,)), rows, labels, **asked)
        for made in (MLPClassifier, neural_network.MLPClassifier)
    )
    np.testing.assert_allclose(ours.test_errors, theirs.test_errors, rtol=1e-6)
    numbers = np.stack([PROGRESS, -PROGRESS], axis=1) / 100
    asked = {"epochs": 3, "splits": in_order(1, 150)}
    ours, theirs = (
        model_complexity(made(hidden_layer_sizes=(4,)), PATIENTS, numbers, **asked)
        for made in (MLPRegressor, neural_network.MLPRegressor)
    )
    np.testing.assert_allclose(ours.test_errors, theirs.test_errors, rtol=1e-6)


def test_the_same_numbers_whatever_the_workers():
    one, two = (
        model_complexity(SCALED, X, Y, epochs=4, sizes=[2, 30], splits=2, n_jobs=n) for n in (1, 2)
    )
    for name in ("train_errors", "test_errors", "train_scores", "test_scores"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_splits_hold_the_same_share_of_each_class_and_are_repeatable():
    first, second, other = (
        model_complexity(SCALED, X, Y, epochs=[1], splits=3, random_state=seed)
        for seed in (1, 1, 2)
    )
    for test in first.tested:
        assert len(test) == 40
        assert abs(Y[test].mean() - Y.mean()) < 0.02
    assert len(set(first.seeds)) == 3
    np.testing.assert_array_equal(first.test_errors, second.test_errors)
    assert not np.array_equal(first.test_errors, other.test_errors)
    groups = np.arange(200) // 20
    splitter = GroupShuffleSplit(2, random_state=0)
    places = list(splitter.split(X, Y, groups))
    graph = model_complexity(SCALED, X, Y, epochs=[1], splits=places)
    assert [test.tolist() for test in graph.tested] == [test.tolist() for _, test in places]


def test_a_scorer_decides():
    graph = model_complexity(SCALED, X, Y, epochs=5, splits=in_order(1, 200), scoring="roc_auc")
    assert graph.decides == "score"
    assert graph.score_name == "roc auc"
    assert graph.best.test_score == graph.test_score.max()
    train, test = parts(graph)
    model = clone(SCALED).set_params(mlpclassifier__max_iter=5)
    model.set_params(mlpclassifier__random_state=graph.seeds[0]).fit(X[train], Y[train])
    score = get_scorer("roc_auc")(model, X[test], Y[test])
    assert graph.test_scores[0, 0, 0, 4] == pytest.approx(score)


def test_rows_that_count_more():
    weights = 1.0 + np.arange(200) % 3
    graph = model_complexity(
        SCALED, X, Y, epochs=[3], splits=in_order(1, 200), sample_weight=weights
    )
    train, test = parts(graph)
    scaler = StandardScaler().fit(X[train])
    network = clone(SCALED[-1]).set_params(max_iter=3, random_state=graph.seeds[0])
    network.fit(scaler.transform(X[train]), Y[train], weights[train])
    probabilities = network.predict_proba(scaler.transform(X[test]))
    wanted = log_loss(Y[test], probabilities, sample_weight=weights[test])
    assert graph.test_errors[0, 0, 0, 0] == pytest.approx(wanted)


@pytest.mark.parametrize(
    "model", [LogisticRegression(), LinearRegression(), Perceptron(), MLPRegressor(solver="lbfgs")]
)
def test_what_comes_to_its_end_stays_there(model):
    graph = model_complexity(make_pipeline(StandardScaler(), model), X, Y, epochs=400, splits=1)
    assert np.isfinite(graph.test_errors).all()
    assert len(set(graph.train_errors[0, 0, 0, -3:])) == 1


def test_the_estimator_is_not_changed():
    model = clone(SCALED)
    before = model.get_params()["mlpclassifier"].get_params()
    model_complexity(model, X, Y, epochs=2, sizes=[2], splits=1)
    assert model[-1].get_params() == before
    assert not hasattr(model[-1], "coefs_")


def test_progress_counts_the_trainings():
    told = []
    model_complexity(
        SCALED, X, Y, epochs=1, sizes=[1, 2], splits=2, progress=lambda *n: told.append(n)
    )
    assert told[-1] == (4, 4)
    assert all(total == 4 for _, total in told)


# ---------------------------------------------------------------------------- what they mean


def test_zones_by_hand():
    # One size, one penalty, six epochs, two splits; means over the splits are:
    #   train 1.0  0.6  0.5  0.40  0.2  nan
    #   test  1.2  0.8  0.7  0.75  1.0  nan
    # The best is the third. Its test errors are 0.6 and 0.8: s = √0.02, s* = s / √2 = 0.1, so that
    # up to 0.8 is good. The first is worse by 0.5: all of it training error, as its gap is 0.2 as
    # that of the best. The fifth is worse by 0.3: training −0.3, gap 0.8 instead of 0.2.
    train = np.array([[1.0, 0.6, 0.5, 0.4, 0.2, np.nan]] * 2)[:, None, None]
    test = np.array([[1.1, 0.7, 0.6, 0.7, 0.9, 1.0], [1.3, 0.9, 0.8, 0.8, 1.1, 1.0]])[:, None, None]
    assert standard_error(test[:, 0, 0, 2]) == pytest.approx(0.1)
    test[1, 0, 0, 1] -= 1e-9  # not at the limit to the last bit
    zones, best = zones_of(train, test, np.arange(6).reshape(1, 1, 6))
    assert best == 2
    assert zones.ravel().tolist() == ["underfit", "good", "good", "good", "overfit", "diverged"]


def test_less_learned_and_a_wider_gap_are_weighed_against_each_other():
    # Worse by 0.4 than the best: 0.1 more training error, 0.3 more gap; and the other way round.
    train, test = np.array([[0.5, 0.6, 0.8]]), np.array([[0.6, 1.0, 1.0]])
    assert zones_of(train, test, np.arange(3))[0].tolist() == ["good", "overfit", "underfit"]


def test_the_simplest_has_few_weights_then_a_strong_penalty_then_few_epochs():
    ranks = simplest_first(np.array([5, 9]), np.array([0.0, 1.0]), np.array([1, 2]))
    assert ranks.tolist() == [[[2, 3], [0, 1]], [[6, 7], [4, 5]]]


def graph_of(test, train=None, **given):
    """Make a graph of test errors of shape (k, s, p, e)."""
    test = np.asarray(test, float)
    train = test if train is None else np.asarray(train, float)
    _, sizes, penalties, epochs = test.shape
    values = {
        "epochs": np.arange(1, epochs + 1),
        "sizes": tuple((n,) for n in range(1, sizes + 1)),
        "penalties": np.arange(penalties, dtype=float),
        "penalty": "alpha",
        "parameters": np.arange(sizes) * 10 + 10,
        "train_errors": train,
        "test_errors": test,
        "train_scores": -train,
        "test_scores": -test,
        "error_name": "log loss",
        "score_name": "score",
        "decides": "error",
        "tested": (),
        "seeds": (0,) * len(test),
    }
    return ComplexityGraph(**{**values, **given})


def test_the_best_the_choice_and_bands():
    graph = graph_of([[[[3.0, 1.4]], [[2.0, 1.0]]], [[[3.0, 1.4]], [[2.0, 2.0]]]])
    # Means 3, 1.4 for the small one and 2, 1.5 for the large: the small one is best, s* = 0.
    assert graph.best_place == graph.choice_place == (0, 0, 1)
    assert graph.axes == ("epochs", "size")
    assert graph.spread("test")[1, 0].tolist() == [0.0, pytest.approx(np.sqrt(0.5))]
    noisy = graph_of([[[[3.0, 1.4]], [[2.0, 0.8]]], [[[3.0, 1.4]], [[2.0, 1.6]]]])
    # Now the large one is, with 1.2 ± 0.4: the small one's 1.4 is simpler, and within.
    assert noisy.best_place == (1, 0, 1)
    assert noisy.standard_error == pytest.approx(0.4)
    assert noisy.choice == noisy.cell(0, 0, 1)
    assert noisy.choice.zone == "good"
    assert noisy.best_epochs.tolist() == [[1], [1]]
    by_score = graph_of(noisy.test_errors, decides="score")
    assert by_score.best_place == noisy.best_place
    assert by_score.zones.tolist() == noisy.zones.tolist()
    told = noisy.to_dict()
    assert told["choice"]["size"] == [1]
    assert told["test_errors"] == noisy.test_errors.tolist()
    assert "2 × 1 × 2 cells × 2 splits" in repr(noisy)


def test_a_small_network_underfits_and_a_large_one_overfits():
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (120, 2))
    ring = (np.hypot(*points.T) < 0.6) ^ (random.random(120) < 0.1)
    model = MLPClassifier(learning_rate_init=0.02, batch_size=16, alpha=0)
    graph = model_complexity(
        model, points, ring, epochs=[1, 30, 300], sizes=[1, 8, (100, 100)], splits=3
    )
    assert set(graph.zones[0].ravel()) == {"underfit"}
    assert graph.zones[2, 0, -1] == "overfit"
    assert graph.best.size != (1,)


def test_divergence_is_a_zone_and_not_fatal():
    model = MLPRegressor(solver="sgd", learning_rate_init=0.02, alpha=0)
    graph = model_complexity(model, X, Y * 1.0, epochs=3, sizes=[1], penalties=[0, 1e9], splits=2)
    wide = MLPRegressor(hidden_layer_sizes=(), solver="gd", alpha=0)
    assert "diverged" in graph.zones
    assert graph.best.zone == "good"
    with pytest.raises(InputError, match="every training diverged: scale the columns"):
        model_complexity(wide.set_params(learning_rate_init=1e8), X, Y * 1.0, epochs=3, splits=1)


# ---------------------------------------------------------------------------- Ctrl-C and misuse


def test_ctrl_c_keeps_the_splits_that_are_finished():
    def press(done, total):
        del total
        if done >= 2:
            raise KeyboardInterrupt

    asked = {"epochs": 1, "sizes": [1, 2], "n_jobs": 1}
    graph = model_complexity(SCALED, X, Y, splits=30, progress=press, **asked)
    assert graph.interrupted
    assert 1 <= graph.splits < 30
    assert graph.test_errors.shape[0] == len(graph.tested) == len(graph.seeds) == graph.splits


def test_ctrl_c_before_anything_is_finished():
    def press(done, total):
        del done, total
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model_complexity(
            SCALED, X, Y, epochs=2000, sizes=[1, (200, 200)], splits=1, progress=press, n_jobs=2
        )


@pytest.mark.parametrize(
    ("model", "asked", "sentence"),
    [
        (SCALED, {"epochs": 0}, "epochs takes a whole number of at least 1"),
        (SCALED, {"epochs": [1, 2.5]}, "epochs takes a whole number"),
        (SCALED, {"sizes": [-1]}, "-1 is no size of a network"),
        (SCALED, {"sizes": "64"}, "sizes takes several sizes"),
        (SCALED, {"sizes": []}, "sizes is empty"),
        (SCALED, {"penalties": [-1]}, "penalties takes strengths of at least 0"),
        (SCALED, {"penalties": 0.1}, "penalties takes strengths"),
        (SCALED, {"penalty": "l2"}, "penalty is 'alpha' or 'l1', not 'l2'"),
        (SCALED, {"splits": 0}, "splits is a number of at least 1"),
        (SCALED, {"test_size": 1.5}, "test_size above 0 and below 1"),
        (SCALED, {"splits": [([0, 1], [])]}, "no rows to train on, or none to test on"),
        (SCALED, {"splits": 3.5}, "cannot be divided"),
        (SCALED, {"n_jobs": 0}, "n_jobs is a number of at least 1"),
        (SCALED, {"scoring": "wrong"}, "there is no scorer 'wrong'"),
        (SCALED, {"scoring": "r2_score_of"}, "there is no scorer"),
        (LogisticRegression(), {"sizes": [1]}, "LogisticRegression has no hidden layers"),
        (neural_network.MLPClassifier(), {"penalty": "l1", "penalties": [1]}, "has no l1"),
        (neural_network.MLPClassifier(solver="lbfgs"), {}, "cannot be followed epoch by epoch"),
        (MLPClassifier(restarts=3), {}, "restarts=3: a model-complexity graph trains once"),
        (MLPClassifier, {}, "got MLPClassifier; make one first"),
        (StandardScaler(), {}, "this package's estimators or scikit-learn's MLPs.*StandardScaler"),
    ],
)
def test_misuse(model, asked, sentence):
    with pytest.raises(InputError, match=sentence):
        model_complexity(model, X, Y, **{"epochs": 1, "splits": 1, **asked})


def test_rows_that_cannot_be_used():
    with pytest.raises(InputError, match="do not go together"):
        model_complexity(SCALED, X[:10], Y)
    with pytest.raises(InputError, match="cannot be divided into training and test"):
        model_complexity(SCALED, X[:3], [0, 0, 1])
    with pytest.raises(ValueError, match="NaN"):
        model_complexity(SCALED[-1], np.where(X > 20, np.nan, X), Y, epochs=1)
    labels = np.arange(200) % 3
    with pytest.raises(InputError, match="score cannot be computed"):
        model_complexity(SCALED, X, labels, epochs=1, splits=1, scoring="f1")
