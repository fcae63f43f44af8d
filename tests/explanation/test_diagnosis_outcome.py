"""CR401 and CR403: how well the training rows are predicted, and which classes never are."""

import math

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression
from sklearn.metrics import d2_log_loss_score, log_loss, r2_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import scale

from chainrule import MLPClassifier, MLPRegressor
from chainrule.explanation import diagnose
from chainrule.explanation._rows import open_case
from chainrule.explanation.diagnosing._yardsticks import measure
from chainrule.tables import load_example
from chainrule.training import History

# ---------------------------------------------------------------------------- what is measured


def test_the_error_of_guessing_by_hand(fit, rng):
    X = rng.normal(size=(40, 2))
    y = np.array([0, 0, 0, 1] * 10)
    model = fit(MLPClassifier((3,), max_iter=1), X, y)
    case = open_case(model, X, y, sample_weight=None)
    assert case.trivial_error == pytest.approx(entropy([0.75, 0.25]))
    weighted = open_case(model, X, y, sample_weight=np.where(y == 1, 3.0, 1.0))
    assert weighted.trivial_error == pytest.approx(math.log(2))
    numbers = fit(MLPRegressor(hidden_layer_sizes=(3,), max_iter=1), X, 2.0 * y)
    case = open_case(numbers, X, 2.0 * y, sample_weight=None)
    assert case.trivial_error == pytest.approx(0.5 * 4 * 0.75 * 0.25)  # half the variance


def test_skill_is_r2_and_its_like_for_probabilities(waves, regressor, fit):
    X, y = waves
    case = open_case(regressor, X, y, sample_weight=None)
    assert case.skill == pytest.approx(r2_score(y, regressor.predict(X)))
    labels = np.array(["a", "b", "c"])[X.argmax(axis=1)]
    model = fit(MLPClassifier((10,), random_state=0), X, labels)
    case = open_case(model, X, labels, sample_weight=None)
    probabilities = model.predict_proba(X)
    assert case.error == pytest.approx(log_loss(labels, probabilities))
    assert case.skill == pytest.approx(d2_log_loss_score(labels, probabilities))


def test_counts_have_a_mean_to_guess(fit, rng):
    X, y = rng.normal(size=(100, 2)), rng.poisson(3, 100).astype(float)
    model = fit(MLPRegressor("poisson", hidden_layer_sizes=(5,), max_iter=3, random_state=0), X, y)
    case = open_case(model, X, y, sample_weight=None)
    by_hand = np.mean([v * math.log(v / y.mean()) - v + y.mean() if v else y.mean() for v in y])
    assert case.trivial_error == pytest.approx(by_hand)


def test_neighbors_leave_the_row_itself_out(waves, regressor):
    X, y = waves
    case = open_case(regressor, X, y, sample_weight=None)
    left_out = cross_val_predict(KNeighborsRegressor(5), X, y, cv=LeaveOneOut())
    seen = measure(case)
    assert seen.neighbors == pytest.approx(r2_score(y, left_out))
    assert seen.guessing == 0
    assert seen.network == pytest.approx(regressor.score(X, y))


def test_a_line_leaves_the_row_itself_out(rng, fit):
    X = rng.normal(size=(120, 4))
    X[:, 3] = X[:, 0] + X[:, 1]  # one column too many, and one row far out
    X[7] *= 40
    y = X[:, 0] + rng.normal(size=120)
    model = fit(MLPRegressor(hidden_layer_sizes=(3,), max_iter=1), X, y)
    left_out = cross_val_predict(LinearRegression(), X, y, cv=LeaveOneOut())
    seen = measure(open_case(model, X, y, sample_weight=None))
    assert seen.line == pytest.approx(r2_score(y, left_out))
    assert seen.reachable == max(seen.line, seen.neighbors)


def test_a_row_that_a_column_has_to_itself_is_guessed(rng, fit):
    X = np.column_stack([rng.normal(size=80), np.arange(80) == 5]).astype(float)
    y = X[:, 0] + 0.1 * rng.normal(size=80)
    model = fit(MLPRegressor(hidden_layer_sizes=(3,), max_iter=1), X, y)
    assert 0.8 < measure(open_case(model, X, y, sample_weight=None)).line < 1


def test_with_as_many_columns_there_is_no_line_to_speak_of(rng, fit):
    X, y = rng.normal(size=(100, 51)), rng.normal(size=100)
    model = fit(MLPRegressor(hidden_layer_sizes=(3,), max_iter=1), X, y)
    assert measure(open_case(model, X, y, sample_weight=None)).line == 0


@pytest.mark.parametrize("kind", ["binary", "three classes"])
def test_accuracies_are_those_of_the_estimator(kind, waves, fit):
    X = waves[0]
    y = X.argmax(axis=1) if kind == "three classes" else (X[:, 0] > 0.5).astype(int)
    weights = np.linspace(0, 1, len(X))
    model = fit(MLPClassifier((5,), max_iter=10, random_state=0), X, y)
    case = open_case(model, X, y, sample_weight=weights)
    seen = measure(case)
    assert seen.network == pytest.approx(model.score(X, y, sample_weight=weights))
    shares = np.bincount(y, weights=weights) / weights.sum()
    assert seen.guessing == pytest.approx(shares.max())


def test_accuracy_of_several_labels_is_label_by_label(waves, fit):
    X = waves[0]
    y = (X[:, :2] > 0).astype(int)
    model = fit(MLPClassifier((5,), max_iter=10, random_state=0), X, y)
    network = measure(open_case(model, X, y, sample_weight=None)).network
    assert network == pytest.approx((model.predict(X) == y).mean())


# ---------------------------------------------------------------------------- CR401


def table(name):
    frame = load_example(name).frame
    return frame.drop("class").to_numpy(), frame["class"].to_numpy()


def test_too_small_a_network(fit):
    X, y = table("circle")
    model = MLPClassifier((1,), learning_rate_init=0.01, random_state=0)
    (finding,) = diagnose(fit(model, X, y), X, y)
    assert finding.code == "CR401"
    assert finding.numbers["of_guessing"] == pytest.approx(0.5, abs=0.05)
    assert finding.numbers["of_neighbors"] > 0.98
    assert finding.numbers["quality"] == pytest.approx(model.score(X, y))
    assert finding.advice == "hidden_layer_sizes=(100,) (now (1,))."
    assert diagnose(fit(model.set_params(hidden_layer_sizes=(100,)), X, y), X, y).codes == ()


def test_nothing_to_learn(fit, rng):
    X, y = rng.normal(size=(300, 2)), rng.normal(size=300)
    model = MLPRegressor(hidden_layer_sizes=(20,), early_stopping=True, random_state=0)
    finding = diagnose(fit(model, X, scale(y)), X, scale(y))[0]
    assert finding.code == "CR401"
    assert finding.advice.startswith("the inputs: neighbors and a line find next to nothing")
    assert "on held-out rows)" in finding.evidence
    assert finding.numbers["held_out"] == max(model.validation_scores_)


@pytest.mark.parametrize(
    ("parameters", "advice"),
    [
        ({"alpha": 1000.0}, "alpha=10 (now 1000): the penalty is strong."),
        ({"l1": 300.0}, "l1=3 (now 300): the penalty is strong."),
        ({"hidden_layer_sizes": ()}, "hidden_layer_sizes=(100,) (now ())."),
    ],
)
def test_what_keeps_it_from_learning(parameters, advice, fit):
    X, y = table("circle")
    model = MLPClassifier((64,), learning_rate_init=0.01, random_state=0)
    assert diagnose(fit(model, X, y), X, y).codes == ()
    diagnosis = diagnose(fit(model.set_params(**parameters), X, y), X, y)
    assert "CR401" in diagnosis.codes
    assert diagnosis[-1].advice == advice


@pytest.mark.parametrize(("share", "strong"), [(0.05, False), (0.15, True)])
def test_a_penalty_is_strong_by_its_part_in_the_first_loss(share, strong, fit):
    X, y = table("circle")
    model = fit(MLPClassifier((10,), max_iter=1, alpha=0.5, l1=0.2, random_state=0), X, y)
    first = model.history_[0]._replace(train_loss=2.0, data_loss=2 - 2 * share, penalty=2 * share)
    history = History()
    history.append(first)
    model.history_ = history
    expected = ("alpha", 0.5) if strong else None
    assert open_case(model, X, y, sample_weight=None).strong_penalty() == expected


def test_too_much_dropout_keeps_it_from_learning(waves, fit):
    model = MLPRegressor(hidden_layer_sizes=(50,), learning_rate_init=0.01, random_state=0)
    diagnosis = diagnose(fit(model.set_params(dropout=0.9), *waves), *waves)
    assert diagnosis.codes == ("CR401",)
    assert diagnosis[0].advice == "dropout=0.1 (now up to 0.9): too little is left to learn with."
    assert diagnose(fit(model.set_params(dropout=0.1), *waves), *waves).codes == ()


def test_more_epochs_or_a_higher_rate_for_one_that_creeps(waves, fit, set_history):
    X, y = waves
    model = MLPRegressor(hidden_layer_sizes=(100,), max_iter=1, random_state=0)
    set_history(fit(model, X, y), list(1 / (1 + np.arange(100))))
    model.set_params(max_iter=100)
    share = (1 / 75 - 1 / 100) / (1 - 1 / 100)
    assert share < 0.02  # as good as at its end
    assert diagnose(model, X, y)[-1].advice == "max_iter=400 (now 100)."
    set_history(model, list(1 / (1 + np.arange(100)) ** 0.3))
    assert diagnose(model, X, y)[-1].advice == "learning_rate_init=0.003 (now 0.001)."
    model.set_params(max_iter=200)  # it ended before, by itself
    assert diagnose(model, X, y)[-1].advice == "hidden_layer_sizes=(100, 100) (now (100,))."


def test_a_network_of_several_layers_is_made_wider(waves, fit, set_history):
    X, y = waves
    model = MLPRegressor(hidden_layer_sizes=(60, 40), max_iter=1, random_state=0)
    set_history(fit(model, X, y), list(1 / (1 + np.arange(100))))
    model.set_params(max_iter=200)
    assert diagnose(model, X, y)[-1].advice == "hidden_layer_sizes=(120, 80) (now (60, 40))."


def hurried(model, set_history, scores):
    """Give a network a history that early stopping ended while the loss was falling."""
    set_history(model, list(1 / (1 + 0.02 * np.arange(20))), [1.0] * 20, scores)
    model.set_params(early_stopping=True, max_iter=200)
    model.stopping_reason_ = "the validation score did not improve by more than tol=0.000100"
    model.best_epoch_ = 5
    return model


def test_early_stopping_that_was_too_hasty(waves, fit, set_history):
    X, y = waves
    model = MLPRegressor(hidden_layer_sizes=(100,), max_iter=1, random_state=0)
    hurried(fit(model, X, y), set_history, list(np.linspace(0.1, 0.2, 20)))
    model.n_validation_ = 1000
    finding = diagnose(model, X, y)[-1]
    assert finding.code == "CR401"
    assert finding.advice.startswith("n_iter_no_change=50 (now 10), which waits longer")
    assert finding.numbers["held_out"] == pytest.approx(0.1 + 4 * 0.1 / 19)  # of the epoch kept
    model.set_params(n_iter_no_change=50)
    assert diagnose(model, X, y)[-1].advice.startswith("hidden_layer_sizes")
    # Where it was the luck of a few held-out rows, that is told instead.
    model.n_validation_ = 20
    assert diagnose(model, X, y).codes == ("CR404",)


def test_an_accuracy_that_stood_still_too_early(fit):
    X, y = load_iris(return_X_y=True)
    X = scale(X)
    model = MLPClassifier((100,), learning_rate_init=0.01, early_stopping=True, random_state=1)
    finding = diagnose(fit(model, X, y), X, y)[0]
    assert finding.code in ("CR203", "CR401")  # by how steadily the loss was falling
    assert finding.advice.startswith("monitor='loss' (now 'score')")
    model.set_params(monitor="loss")
    assert not {"CR203", "CR401"} & set(diagnose(fit(model, X, y), X, y).codes)


def test_confident_but_right_is_no_underfitting(set_weights, rng):
    # So sure of itself that a few wrong rows make its error worse than guessing.
    X = rng.normal(size=(200, 1))
    y = (X[:, 0] + 0.1 * rng.normal(size=200) > 0).astype(int)
    model = set_weights([[[1000.0]]], [[0.0]], y=y)
    assert open_case(model, X, y, sample_weight=None).skill < 0
    assert diagnose(model, X, y).codes == ()


def test_all_rows_of_one_class_or_number_are_no_underfitting(fit, rng):
    X = rng.normal(size=(60, 2))
    one_class = fit(MLPClassifier((5,), max_iter=5), X, np.ones(60, int))
    assert "CR401" not in diagnose(one_class, X, np.ones(60, int)).codes
    one_number = fit(MLPRegressor(hidden_layer_sizes=(5,), max_iter=5), X, np.ones(60))
    assert "CR401" not in diagnose(one_number, X, np.ones(60)).codes


def test_few_rows_have_no_neighbors_to_speak_of(set_weights, rng):
    X = np.concatenate([rng.normal(-3, 1, (25, 1)), rng.normal(3, 1, (25, 1))])
    y = (X[:, 0] > 0).astype(int)
    model = set_weights([[[1.0]]], [[-4.0]], y=y)  # the line in the wrong place
    assert model.score(X, y) < 0.8
    assert diagnose(model, X, y).codes == ("CR401",)
    assert diagnose(model, X[1:], y[1:]).codes == ()


def test_it_is_not_told_of_a_network_that_was_not_trained(moons):
    model = MLPClassifier((10,), random_state=0).initialize(*moons)
    diagnosis = diagnose(model, *moons)
    assert "CR401" in diagnosis.to_dict()["not_looked_at"]
    assert diagnosis.codes == ()
    assert "for want of a training and held-out rows" in " ".join(str(diagnosis).split())


def test_a_cause_is_told_instead(moons, fit):
    model = MLPClassifier((20,), learning_rate_init=1e-6, tol=0, random_state=0)
    diagnosis = diagnose(fit(model, *moons), *moons)
    assert diagnosis.codes == ("CR203",)
    assert "CR401" in diagnosis.to_dict()["not_looked_at"]


# ---------------------------------------------------------------------------- CR403


def rare(rng, share=0.03, rows=1000):
    X = rng.normal(size=(rows, 3))
    score = X[:, 0] + 1.5 * rng.normal(size=rows)
    return X, np.where(score > np.quantile(score, 1 - share), "ill", "healthy")


def test_a_rare_class_is_never_predicted(rng, fit):
    X, y = rare(rng)
    model = MLPClassifier((10,), random_state=0)
    (finding,) = diagnose(fit(model, X, y), X, y)
    assert finding.code == "CR403"
    assert set(model.predict(X)) == {"healthy"}
    assert finding.numbers == {"classes": ["ill"], "rows": [30], "of_rows": 1000}
    assert finding.evidence.endswith("is predicted to be of class 'ill' (30 of 1,000 rows, 3.0%).")
    assert finding.advice.startswith("class_weight='balanced'")
    model.set_params(class_weight="balanced")
    assert diagnose(fit(model, X, y), X, y).codes == ()
    assert "ill" in model.predict(X)


def logits(bias):
    """Return a network of no hidden layer whose prediction is its bias, whatever the row."""
    return [np.zeros((3, len(bias)))], [np.asarray(bias, float)]


@pytest.mark.parametrize(
    ("counts", "codes"), [((95, 5), ("CR403",)), ((85, 15), ("CR401", "CR403"))]
)
def test_where_one_class_is_nearly_all_an_accuracy_says_nothing(counts, codes, rng, set_weights):
    y = np.repeat(["a", "b"], counts)
    model = set_weights(*logits([-1]), y=y)
    assert diagnose(model, rng.normal(size=(100, 3)), y).codes == codes


@pytest.mark.parametrize(
    ("counts", "found"),
    [((90, 8, 2), [1, 2]), ((50, 40, 10), [2]), ((40, 30, 30), []), ((60, 20, 20), [])],
)
def test_which_classes_are_rare(counts, found, rng, set_weights):
    # Rare is less than half of an equal share: of three classes less than a sixth.
    y = np.repeat(["a", "b", "c"], counts)
    X = rng.normal(size=(100, 3))
    model = set_weights(*logits([1, 0, 0]), y=y)
    diagnosis = [f for f in diagnose(model, X, y) if f.code == "CR403"]
    expected = [["a", "b", "c"][i] for i in found]
    assert [f.numbers["classes"] for f in diagnosis] == ([expected] if found else [])


def test_predicted_once_is_predicted(set_weights):
    y = np.repeat(["a", "b"], [190, 10])
    X = np.zeros((200, 3))
    model = set_weights([np.array([[1.0], [0], [0]])], [[-1.0]], y=y)
    assert "CR403" in diagnose(model, X, y).codes
    X[3, 0] = 2.0  # a row of another class
    assert "CR403" not in diagnose(model, X, y).codes


def test_rows_of_the_class_itself_are_looked_at_however_few(set_weights):
    # 5 rows in 50,000 would hardly be in a sample of 2,000.
    y = np.zeros(50_000, int)
    y[[7, 20_000, 31_000, 40_000, 49_999]] = 1
    X = np.zeros((50_000, 3))
    model = set_weights([np.array([[1.0], [0], [0]])], [[-1.0]], y=y)
    assert "CR403" in diagnose(model, X, y).codes
    X[31_000, 0] = 2.0
    assert "CR403" not in diagnose(model, X, y).codes


def test_a_label_that_is_never_predicted(rng, set_weights):
    X = rng.normal(size=(200, 3))
    y = np.column_stack([np.arange(200) % 2, np.arange(200) < 10, np.arange(200) < 80]).astype(int)
    model = set_weights(*logits([1, -1, -1]), y=y)
    (finding,) = [f for f in diagnose(model, X, y) if f.code == "CR403"]
    assert finding.title == "A label that is never predicted"
    assert finding.numbers == {"classes": [1], "rows": [10], "of_rows": 200}
    assert finding.advice.startswith("sample_weight")


def test_many_classes_are_not_all_named(rng, set_weights):
    y = np.concatenate([np.zeros(180, int), np.arange(1, 6).repeat(4)])
    model = set_weights(*logits([1, 0, 0, 0, 0, 0]), y=y)
    finding = diagnose(model, rng.normal(size=(200, 3)), y)[-1]
    assert finding.numbers["classes"] == [1, 2, 3, 4, 5]
    assert "3 (4 of 200 rows, 2.0%) and 2 more." in finding.evidence


def test_balanced_weights_are_not_advised_twice(rng, set_weights):
    y = np.repeat(["a", "b"], [95, 5])
    model = set_weights(*logits([-1]), y=y, class_weight="balanced")
    finding = diagnose(model, rng.normal(size=(100, 3)), y)[-1]
    assert finding.code == "CR403"
    assert finding.advice.startswith("sample_weight")


def test_numbers_have_no_classes(regressor, waves):
    assert "CR403" not in diagnose(regressor, *waves).to_dict()["looked_at"]
