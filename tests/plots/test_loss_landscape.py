"""The loss around a solution: its values by hand and by the model, its planes, its pictures."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    WeightRecorder,
)
from chainrule.plots import LossLandscape
from chainrule.plots.loss._landscape_drawing import levels_of

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(60, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
NUMBERS = X @ [1.0, -2.0] + 0.3 * RANDOM.normal(size=60)
LINE = X[:, :1], 3 * X[:, 0] + 2 + 0.1 * NUMBERS


def quietly(model, *data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data, **options)


def recorded(model, *data, every=1):
    recorder = WeightRecorder(every)
    return quietly(model.set_callbacks(recorder), *data), recorder


def looked_at(model, *data, resolution=7, **options):
    options.setdefault("ax", Figure().subplots())
    return LossLandscape.from_estimator(model, *data, resolution=resolution, **options)


def network(**options):
    usual = {"solver": "gd", "learning_rate_init": 0.5, "max_iter": 12, "random_state": 0}
    return MLPClassifier((3,), activation="tanh", **{**usual, **options})


@pytest.fixture(scope="module")
def trained():
    return recorded(network(alpha=0.7), X, LABELS)


# ------------------------------------------------------------------ the loss itself


@pytest.mark.parametrize("options", [{"alpha": 0.5}, {"l1": 0.2}, {"label_smoothing": 0.2}])
def test_the_loss_at_the_solution_is_the_models_own(options):
    model = quietly(network(solver="lbfgs", max_iter=200, **options), X, LABELS)
    display = looked_at(model, X, LABELS)
    assert_allclose(display.solution_loss, model.loss_, rtol=1e-9)
    assert_allclose(display.loss[3, 3], display.solution_loss, rtol=1e-12)


def test_a_linear_neuron_has_a_bowl():
    x, y = LINE
    model = LinearRegression(alpha=2.0).fit(x, y)
    display = looked_at(model, x, y)
    # E = (Σ ½ (y − wx − b)² + ½ · 2 w²) / n
    w, b = np.meshgrid(display.x, display.y)
    errors = 0.5 * (y - w[..., None] * x[:, 0] - b[..., None]) ** 2
    assert_allclose(display.loss, (errors.sum(axis=-1) + w**2) / len(y), rtol=1e-12)
    assert_allclose(display.solution, [model.coef_[0], model.intercept_], rtol=1e-12)
    assert_allclose(display.solution_loss, model.loss_, rtol=1e-12)
    assert display.ax_.get_xlabel() == "w, the weight"
    assert display.ax_.get_ylabel() == "b, the bias"
    # Far enough to rise as much as without weights.
    rise = np.mean(0.5 * y**2) - model.loss_
    assert display.loss[3, -1] - model.loss_ >= rise * 0.999
    assert display.loss[-1, 3] - model.loss_ >= rise * 0.999


def test_rows_with_weights():
    x, y = LINE
    weights = np.arange(60.0)
    model = LinearRegression().fit(x, y, sample_weight=weights)
    display = looked_at(model, x, y, sample_weight=weights)
    assert_allclose(display.solution_loss, model.loss_, rtol=1e-10)
    balanced = LogisticRegression(class_weight="balanced", alpha=1.0).fit(X, LABELS)
    assert_allclose(looked_at(balanced, X, LABELS).solution_loss, balanced.loss_, rtol=1e-9)


def test_many_rows_are_sampled_and_the_penalty_is_that_of_all():
    x = np.ones((6000, 1))
    model = LinearRegression(alpha=60.0).fit(x, np.full(6000, 2.0))
    display = looked_at(model, x, np.full(6000, 2.0))
    # Every row has the same error, so that any sample has the loss of all.
    assert (display.rows, display.rows_used) == (6000, 5000)
    assert_allclose(display.solution_loss, model.loss_, rtol=1e-9)
    assert any("5,000 of 6,000 rows" in text.get_text() for text in display.ax_.texts)


@pytest.mark.parametrize("classes", [3, 10])
def test_several_classes(classes):
    labels = np.arange(60) % classes
    model = quietly(MLPClassifier((4,), solver="lbfgs", max_iter=20, random_state=0), X, labels)
    assert_allclose(looked_at(model, X, labels).solution_loss, model.loss_, rtol=1e-9)


def test_inside_pipelines_the_path_is_in_the_networks_own_weights():
    recorder = WeightRecorder()
    inner = MLPRegressor(
        hidden_layer_sizes=(3,), solver="gd", max_iter=10, random_state=0, learning_rate_init=0.1
    ).set_callbacks(recorder)
    wrapped = TransformedTargetRegressor(inner, transformer=StandardScaler())
    model = quietly(make_pipeline(StandardScaler(), wrapped), X, NUMBERS * 100)
    display = looked_at(model, X, NUMBERS * 100, recorder=recorder)
    losses = model.steps[-1][1].regressor_.loss_curve_
    assert_allclose(display.path_loss[:-1], losses, rtol=1e-9)


def test_sparse_rows():
    model = quietly(network(), csr_matrix(X), LABELS)
    dense = looked_at(model, X, LABELS).loss
    assert_allclose(looked_at(model, csr_matrix(X), LABELS).loss, dense, rtol=1e-12)


# ------------------------------------------------------------------ the path


def test_the_paths_losses_are_those_on_record(trained):
    model, recorder = trained
    display = looked_at(model, X, LABELS, recorder=recorder)
    # Gradient descent meets the loss of an epoch before its step.
    assert_allclose(display.path_loss[:-1], model.loss_curve_, rtol=1e-12)
    assert_array_equal(display.path_epochs, range(13))
    assert display.best_epoch == 12
    assert_allclose(display.path[-1], 0, atol=1e-12)


def test_the_paths_coordinates_have_its_losses():
    # With two parameters nothing of the path lies outside of the plane.
    x, y = LINE
    gd = LinearRegression(solver="gd", learning_rate_init=0.5, max_iter=8, random_state=0)
    model, recorder = recorded(gd, x, y)
    display = looked_at(model, x, y, recorder=recorder)
    w, b = display.path.T
    losses = np.mean(0.5 * (y - np.outer(w, x[:, 0]) - b[:, None]) ** 2, axis=1)
    assert_allclose(display.path_loss, losses, rtol=1e-10)
    assert_allclose(losses[:-1], model.loss_curve_, rtol=1e-10)


def test_the_plane_is_that_of_the_principal_directions(trained):
    model, recorder = trained
    display = looked_at(model, X, LABELS, recorder=recorder)
    assert_allclose(display.directions @ display.directions.T, np.eye(2), atol=1e-12)
    theirs = PCA(n_components=2).fit(recorder.path)
    assert_allclose(display.share, theirs.explained_variance_ratio_.sum(), rtol=1e-10)
    agree = np.abs(display.directions @ theirs.components_.T)
    assert_allclose(agree, np.eye(2), atol=1e-6)
    inside = display.origin + display.path @ display.directions
    gaps = recorder.path - inside
    assert_allclose(gaps @ display.directions.T, 0, atol=1e-12)
    for axis, coordinates in zip((display.x, display.y), display.path.T, strict=True):
        assert axis[0] < coordinates.min()
        assert axis[-1] > coordinates.max()


def test_the_best_epoch_may_be_one_that_was_not_recorded():
    options = {"early_stopping": True, "validation_fraction": 0.3, "learning_rate_init": 2.0}
    model, recorder = recorded(network(max_iter=60, **options), X, LABELS, every=7)
    assert model.best_epoch_ not in recorder.epochs
    display = looked_at(model, X, LABELS, recorder=recorder)
    assert display.best_epoch == model.best_epoch_
    assert model.best_epoch_ in display.path_epochs
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert any(label.startswith(f"kept: epoch {model.best_epoch_}") for label in labels)
    assert any(label.startswith(f"end: epoch {recorder.epochs[-1]}") for label in labels)


def test_a_path_of_one_step_is_straight():
    model, recorder = recorded(LogisticRegression(max_iter=1, random_state=0), X, LABELS)
    assert recorder.epochs == [0, 1]
    display = looked_at(model, X, LABELS, recorder=recorder)
    assert_allclose(display.directions @ display.directions.T, np.eye(2), atol=1e-12)
    assert_allclose(display.share, 1)
    assert_allclose(display.path[:, 1], 0, atol=1e-12)


def test_a_path_without_length_is_looked_at_along_random_directions():
    model, recorder = recorded(LinearRegression(), X, NUMBERS)
    assert looked_at(model, X, NUMBERS, recorder=recorder).share is None
    with pytest.raises(InputError, match="path has no length"):
        looked_at(model, X, NUMBERS, recorder=recorder, directions="path")


# ------------------------------------------------------------------ other directions


def test_random_directions_are_normalized_neuron_by_neuron(trained):
    model, _ = trained
    display = looked_at(model, X, LABELS)
    for direction in display.directions:
        first, second = direction[:9].reshape(3, 3), direction[9:]
        # Weights of the three hidden nodes, then their biases; the output's weights and bias.
        own = np.vstack([model.coefs_[0], model.intercepts_[0]])
        assert_allclose(np.linalg.norm(first, axis=0), np.linalg.norm(own, axis=0), rtol=1e-12)
        own = np.append(model.coefs_[1], model.intercepts_[1])
        assert_allclose(np.linalg.norm(second), np.linalg.norm(own), rtol=1e-12)
    again = looked_at(model, X, LABELS)
    assert_array_equal(display.directions, again.directions)
    other = looked_at(model, X, LABELS, random_state=1)
    assert not np.allclose(display.directions, other.directions)


def test_given_directions_and_span(trained):
    model, _ = trained
    directions = np.eye(13)[[0, 12]]
    display = looked_at(model, X, LABELS, directions=directions, span=(0.5, 2), resolution=5)
    assert_allclose(display.x, [-0.5, -0.25, 0, 0.25, 0.5])
    assert_allclose(display.y, [-2, -1, 0, 1, 2])
    moved = quietly(network(alpha=0.7, max_iter=1), X, LABELS)
    moved.coefs_ = [weights.copy() for weights in model.coefs_]
    moved.intercepts_ = [bias.copy() for bias in model.intercepts_]
    moved.coefs_[0][0, 0] += 0.5
    moved.intercepts_[1][0] -= 2
    assert_allclose(display.loss[0, 4], looked_at(moved, X, LABELS).solution_loss, rtol=1e-12)


def test_the_plane_through_three_minima():
    options = {"solver": "lbfgs", "restarts": 5, "max_iter": 30}
    model = quietly(network(**options), X, LABELS)
    display = looked_at(model, X, LABELS, directions="restarts")
    runs = model.restarts_
    order = [int(name.removeprefix("start ")) - 1 for name in display.minima_names]
    assert order[0] == runs.best
    assert len(set(order)) == 3
    # Of minima that are equally low, either may be shown.
    assert_allclose(np.sort(runs.losses[order]), np.sort(runs.losses)[:3], rtol=1e-4)
    assert_allclose(display.minima_loss, runs.losses[order], rtol=1e-9)
    apart = np.linalg.norm(display.minima[:, None] - display.minima, axis=-1)
    assert_allclose(apart, runs.distances[np.ix_(order, order)], rtol=1e-9, atol=1e-9)
    assert_array_equal(display.barriers, display.barriers.T)
    line = looked_at(model, X, LABELS, directions="restarts", kind="line", resolution=201)
    within = line.loss[(line.x >= 0) & (line.x <= 1)].max()
    assert within >= line.minima_loss.max() + line.barriers[0, 1] - 1e-12
    assert_allclose(line.barriers[0, 1], display.barriers[0, 1])
    assert_allclose(line.minima.ravel(), [0, 1], atol=1e-12)


def test_the_line_between_two_models():
    x, y = LINE
    one, other = LinearRegression().fit(x, y), LinearRegression().fit(x, -y)
    display = looked_at(one, x, y, kind="line", other=other)
    a = display.x
    w = one.coef_[0] + a * (other.coef_[0] - one.coef_[0])
    b = one.intercept_ + a * (other.intercept_ - one.intercept_)
    losses = np.mean(0.5 * (y - np.outer(w, x[:, 0]) - b[:, None]) ** 2, axis=1)
    assert_allclose(display.loss, losses, rtol=1e-10)
    assert {0.0, 1.0} <= set(a.round(12))
    assert_allclose(display.barriers, 0, atol=1e-9)
    assert (display.kind, display.y) == ("line", None)
    assert display.ax_.get_xlabel() == "way from this one (0) to the other (1)"


def test_the_line_from_the_start(trained):
    model, recorder = trained
    display = looked_at(model, X, LABELS, kind="line", recorder=recorder)
    assert display.minima_names == ("the start", "the solution")
    assert_allclose(display.minima_loss[0], model.loss_curve_[0], rtol=1e-12)
    assert_allclose(display.minima_loss[1], display.solution_loss, rtol=1e-12)


# ------------------------------------------------------------------ misuse


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"directions": "left"}, "directions is one of"),
        ({"directions": "path"}, "give recorder=recorder"),
        ({"directions": "parameters"}, "single neuron with one input"),
        ({"directions": "restarts"}, "fit it with restarts=3"),
        ({"directions": [[1, 2], [3, 4]]}, "two vectors of 13 numbers"),
        ({"directions": None}, "got None"),
        ({"directions": np.ones((2, 13))}, "parallel"),
        ({"directions": "parameters", "kind": "line"}, "spans a plane"),
        ({"recorder": WeightRecorder()}, "no epochs yet"),
        ({"recorder": "yes"}, "takes a chainrule.WeightRecorder"),
        ({"kind": "cube"}, "kind is 'plane' or 'line'"),
        ({"other": 1}, "other is for kind='line'"),
        ({"other": 1, "kind": "line"}, "looks at a network of chainrule"),
        ({"span": 0}, "span is how far to look"),
        ({"span": (1, 2, 3)}, "span is how far to look"),
        ({"resolution": 1}, "resolution is a whole number"),
        ({"resolution": 10.5}, "resolution is a whole number"),
        ({"sample_weight": [1.0]}, "sample_weight has 1"),
        ({"ax": 3}, "takes matplotlib axes"),
    ],
)
def test_misuse_is_told_in_a_sentence(trained, options, message):
    with pytest.raises(InputError, match=message):
        looked_at(trained[0], X, LABELS, **options)


def test_rows_that_are_not_the_models(trained):
    model = trained[0]
    for rows, labels, message in [
        (X, None, "give X and y"),
        (X, LABELS[:3], "y has 3"),
        (X[:, :1], LABELS, "1 features"),
        (X * np.nan, LABELS, "row 0 of X has nan"),
        (X, LABELS + 7, "none of the network's classes"),
        (X[:0], LABELS[:0], "no rows"),
    ]:
        with pytest.raises(InputError, match=message):
            looked_at(model, rows, labels)


def test_models_that_have_no_weights_here():
    with pytest.raises(NotFittedError):
        looked_at(MLPClassifier(), X, LABELS)
    with pytest.raises(InputError, match="network of chainrule"):
        looked_at(TheirClassifier(), X, LABELS)


def test_the_recorder_of_another_model(trained):
    model, _ = trained
    _, same_shape = recorded(network(random_state=5), X, LABELS)
    with pytest.raises(InputError, match="does not lead to this model's weights"):
        looked_at(model, X, LABELS, recorder=same_shape)
    _, larger = recorded(MLPClassifier((4,), max_iter=2), X, LABELS)
    with pytest.raises(InputError, match="network of 17 weights"):
        looked_at(model, X, LABELS, recorder=larger)
    several, first = recorded(network(restarts=4), X, LABELS)
    assert several.restarts_.best != 0
    with pytest.raises(InputError, match="first of several starts"):
        looked_at(several, X, LABELS, recorder=first)


def test_the_line_to_another_shape_or_to_itself(trained):
    model, _ = trained
    other = quietly(MLPClassifier((4,), max_iter=2), X, LABELS)
    with pytest.raises(InputError, match="different shapes"):
        looked_at(model, X, LABELS, kind="line", other=other)
    with pytest.raises(InputError, match="one and the same"):
        looked_at(model, X, LABELS, kind="line", other=model)


# ------------------------------------------------------------------ the picture


def test_levels_are_true_and_hold_every_loss():
    for loss in ([0.123, 0.9], [1e-3, 1e4], [5.0, 5.0], [0.0, 1.0], [2.0, np.inf], [np.inf]):
        levels = levels_of(np.array(loss))
        assert (np.diff(levels) > 0).all()
        finite = [value for value in loss if np.isfinite(value)]
        assert levels[-1] >= max(finite, default=0)
    ratios = np.diff(np.log(levels_of(np.array([1e-3, 1e4]))))
    assert ratios.max() < 1.3 * np.median(ratios)


def test_the_picture_of_a_path(looks_as_recorded):
    x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    y = np.array([-1.0, 1.0, 3.0, 5.0])
    gd = LinearRegression(solver="gd", learning_rate_init=0.6, max_iter=20, random_state=0)
    model, recorder = recorded(gd, x, y)
    display = LossLandscape.from_estimator(model, x, y, recorder=recorder)
    looks_as_recorded(display.figure_, "loss_landscape")


def test_losses_beyond_all_numbers_are_left_grey(trained):
    display = looked_at(trained[0], X, LABELS, span=1e200)
    assert np.isinf(display.loss).any()
    assert any("grey: infinite" in text.get_text() for text in display.ax_.texts)
    display.figure_.canvas.draw()


def test_names_are_drawn_as_they_are():
    table = pd.DataFrame({"<script>alert('a long name')</script> $x$": X[:, 0]})
    model = LinearRegression().fit(table, NUMBERS)
    display = looked_at(model, table, NUMBERS)
    label = display.ax_.get_xlabel()
    assert label.startswith("w, the weight of <script>")
    assert label.endswith("</script> $x$"[-10:])


def test_drawn_again_without_a_screen(trained):
    model, recorder = trained
    ax = Figure().subplots()
    display = looked_at(model, X, LABELS, recorder=recorder, ax=ax)
    assert display.ax_ is ax
    other = Figure().subplots()
    assert display.plot(ax=other) is display
    assert display.ax_ is other
    assert display.line_ in other.get_lines()
    assert display.colorbar_.ax.get_ylabel() == "loss"


def test_what_is_told_to_who_does_not_see(trained):
    model, recorder = trained
    text = looked_at(model, X, LABELS, recorder=recorder).alt_text
    assert f"{model.loss_curve_[0]:.4g} at epoch 0" in text
    assert "of its variance" in text
    assert "at epoch 12." in text
