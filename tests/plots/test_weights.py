"""Weights as pictures and maps, and how they are spread by layer and epoch."""

import warnings

import jax
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.testing import assert_allclose
from sklearn import neural_network as theirs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import LogisticRegression, MLPClassifier, MLPRegressor
from chainrule.errors import InputError
from chainrule.estimators import WeightRecorder
from chainrule.explanation._case import Case
from chainrule.explanation._rows import open_case
from chainrule.plots import Weights
from chainrule.plots.network._image_inputs import find_image
from chainrule.plots.network._weight_histograms import Idle, _Numbers
from chainrule.plots.network._weight_maps import arrange
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, train


def pixels(inputs, hidden=(5,), outputs=3):
    return MLPClassifier(hidden, random_state=0).initialize(
        np.zeros((outputs, inputs)), np.arange(outputs)
    )


def titles(display):
    return [text.get_text() for text in display.ax_.texts]


# ---------------------------------------------------------------------- pictures


def test_a_picture_holds_the_weights_where_the_pixels_are(looks_as_recorded):
    model = MLPClassifier((2,)).initialize(np.zeros((2, 16)), [0, 1])
    first, second = np.zeros((4, 4)), np.zeros((4, 4))
    first[0, 3], second[2] = -2.0, [1.0, 3.0, 1.0, 0.5]
    model.coefs_ = [np.stack([first.ravel(), second.ravel()], axis=1), np.array([[1.0], [-1.0]])]
    display = Weights.from_estimator(model)
    # ‖second‖ · 1 = √11.25 is more than ‖first‖ · 1 = 2.
    assert display.shown_.tolist() == [1, 0]
    assert display.images_[0].get_array().tolist() == second.tolist()
    assert display.images_[1].get_array().tolist() == first.tolist()
    assert titles(display) == ["h¹₂\n±3", "h¹₁\n±2"]
    assert [image.get_clim() for image in display.images_] == [(-3.0, 3.0), (-2.0, 2.0)]
    assert "each on its own scale" in display.title
    assert "the largest is 3, from x₁₀ to h¹₂" in display.alt_text
    looks_as_recorded(display.figure_, "weights_pictures")


def test_all_on_one_scale():
    display = Weights.from_estimator(pixels(25), scale="common")
    largest = np.abs(display.weights).max()
    assert {image.get_clim() for image in display.images_} == {(-largest, largest)}
    ends = [label.get_text() for label in display.colorbar_.ax.get_yticklabels()]
    assert ends == [f"−{largest:.3g}\nlowers z", "0", f"+{largest:.3g}\nraises z"]
    assert "all on one scale" in display.title


def test_the_most_important_come_first_and_the_rest_is_counted():
    model = pixels(784, (256,), 10)
    model.coefs_[0][:, 99] *= 10
    model.coefs_[1][42] *= 20
    display = Weights.from_estimator(model)
    assert display.image_shape == (28, 28)
    assert display.shown_[:2].tolist() == [42, 99]
    assert len(display.images_) == 24
    assert "24 of 256 nodes" in display.title
    assert len(Weights.from_estimator(model, most=3).images_) == 3


def test_on_small_axes_there_are_fewer():
    figure = Figure(figsize=(3.5, 3))
    display = Weights.from_estimator(pixels(64, (50,)), ax=figure.subplots())
    assert 1 < len(display.images_) < 20
    assert display.figure_ is figure


def test_pictures_of_classes_stay_in_order():
    X = np.random.default_rng(0).random((30, 16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=20).fit(X, np.array(["c", "a", "b"] * 10))
    display = Weights.from_estimator(model)
    assert display.shown_.tolist() == [0, 1, 2]
    assert [text.partition("\n")[0] for text in titles(display)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("count", "shape", "room", "columns"),
    # Six squares on a sheet twice as wide as high stand in rows of three, on a strip in one.
    [(6, (8, 8), (400.0, 230.0), 3), (6, (8, 8), (600.0, 100.0), 6), (1, (4, 8), (50, 50), 1)],
)
def test_pictures_are_as_large_as_can_be(count, shape, room, columns):
    assert arrange(count, shape, room, lines=1).columns == columns


def test_an_image_is_known_by_its_inputs():
    assert Weights.from_estimator(pixels(9)).kind == "map"
    assert Weights.from_estimator(pixels(17)).kind == "map"
    assert Weights.from_estimator(pixels(16)).image_shape == (4, 4)
    assert Weights.from_estimator(pixels(18), image_shape=(3, 6)).images_[0].get_size() == (3, 6)
    table = load_example("penguins")
    assert Weights.from_estimator(train(table, TrainSettings(epochs=1)).model).kind == "map"


def test_pixels_that_are_always_the_same_are_left_empty():
    table = load_example("digits")
    model = train(table, TrainSettings(epochs=1)).model
    display = Weights.from_estimator(model)
    # The encoder has dropped three pixels that no digit touches.
    assert len(display.weights) == 61
    assert display.image_shape == (8, 8)
    picture = np.ma.masked_invalid(display.images_[0].get_array())
    constant = [name for name in table.frame.columns[:64] if table.frame[name].n_unique() == 1]
    empty = [f"pixel_{row}_{column}" for row, column in np.argwhere(picture.mask)]
    assert empty == constant
    assert picture[0, 1] == display.weights[0, display.shown_[0]]
    assert Weights.from_estimator(model, image_shape=(8, 8)).kind == "pictures"


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        ([f"px{i}" for i in range(16)], (4, 4)),
        ([f"px{i}" for i in range(1, 17)], (4, 4)),
        ([f"{i}" for i in range(14)], (4, 4)),
        ([f"r{i // 5}c{i % 5}" for i in range(20)], (4, 5)),
        ([f"age {i}" for i in range(0, 1600, 100)], None),
        (list("abcdefghijklmnop"), None),
        ([f"a{i}_b{i}_c{i}" for i in range(16)], None),
    ],
)
def test_names_that_only_count_say_where_a_pixel_is(names, shape):
    found = find_image(len(names), names)
    assert (None if found is None else found.shape) == shape


# ---------------------------------------------------------------------- maps


def test_a_map_has_inputs_in_rows_and_nodes_in_columns(looks_as_recorded):
    model = MLPClassifier((3,), random_state=0).initialize(np.zeros((2, 2)), ["no", "yes"])
    model.coefs_[0][:] = [[1.0, -2.0, 0.0], [0.5, 0.25, -1.0]]
    display = Weights.from_estimator(model)
    assert display.images_[0].get_array().tolist() == model.coefs_[0].tolist()
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["x₁", "x₂"]
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["h¹₁", "h¹₂", "h¹₃"]
    looks_as_recorded(display.figure_, "weights_map")
    last = Weights.from_estimator(model, layer=-1)
    assert last.layer == 1
    assert last.nodes == ("P(yes)",)


def test_many_names_are_thinned():
    display = Weights.from_estimator(pixels(200, (300,)), kind="map")
    assert len(display.ax_.get_yticklabels()) <= 24
    assert len(display.ax_.get_xticklabels()) <= 24
    assert Weights.from_estimator(pixels(200, (300,)), kind="map", most=7).shown_.size == 7


def test_networks_of_scikit_learn():
    X = np.random.default_rng(0).random((20, 16))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = theirs.MLPClassifier((4,), max_iter=2).fit(X, np.arange(20) % 2)
    display = Weights.from_estimator(model)
    assert np.array_equal(display.weights, model.coefs_[0])
    spread = Weights.histograms(model, X, np.arange(20) % 2)
    assert spread.histograms["weights"][0].counts.sum() == 64


# ---------------------------------------------------------------------- histograms


@pytest.fixture(scope="module")
def recorded():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4))
    y = np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
    recorder = WeightRecorder()
    model = MLPClassifier((8, 6), max_iter=4, random_state=0, learning_rate_init=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_callbacks(recorder).fit(X, y)
    return model, X, y, recorder


def test_every_number_is_in_a_histogram(recorded):
    model, X, y, _ = recorded
    spread = Weights.histograms(model, X, y)
    for name, counts in {
        "weights": [32, 48, 18],
        "activations": [120 * 8, 120 * 6, 120 * 3],
        "gradients": [32, 48, 18],
    }.items():
        parts = spread.histograms[name]
        assert [int(part.counts.sum()) + part.zeros for part in parts] == counts
        assert len({tuple(part.edges) for part in parts}) == 1  # so that layers can be compared
    part = spread.histograms["weights"][1]
    assert np.array_equal(part.counts, np.histogram(model.coefs_[1], part.edges)[0])
    assert_allclose(part.median, np.median(model.coefs_[1]))
    assert "on 120 rows" in spread.alt_text


def test_the_gradients_are_those_of_automatic_differentiation(recorded):
    model, X, y, _ = recorded

    def error(weights):
        h = X.astype(np.float32)
        for w, b in zip(weights[:-1], model.intercepts_[:-1], strict=True):
            h = jax.nn.relu(h @ w + b)
        logits = h @ weights[-1] + model.intercepts_[-1]
        right = np.eye(3)[np.searchsorted(model.classes_, y)]
        return -(right * jax.nn.log_softmax(logits)).sum(axis=1).mean()

    slopes = jax.grad(error)([np.asarray(w, np.float32) for w in model.coefs_])
    numbers = _Numbers.of(open_case(model, X, y, sample_weight=None))
    for ours, automatic in zip(numbers.gradients, slopes, strict=True):
        assert_allclose(ours, np.ravel(automatic), rtol=2e-3, atol=2e-6)


def test_dead_and_saturated_units_by_hand():
    # Node 1 is −x − 1 and never above 0 for x ≥ 0; node 2 is x; node 3 is 0 on every row.
    model = MLPRegressor(hidden_layer_sizes=(3,), activation="relu")
    X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]
    model.initialize(X, y)
    model.coefs_[0][:], model.intercepts_[0][:] = [[-1.0, 1.0, 0.0]], [-1.0, 0.0, 0.0]
    spread = Weights.histograms(model, X, y)
    assert spread.idle == (Idle("dead", 2, 3), None)
    # Nothing flows through the dead nodes: 2 of 3 gradients of W¹ and of W² are exactly 0.
    assert [part.zeros for part in spread.histograms["gradients"]] == [2, 2]
    assert "2 of 3 units of hidden 1 are dead" in spread.alt_text
    said = [text.get_text() for text in spread.axes_[1].texts]
    assert said[0] == "dead: 2 of 3 (67%)"
    # σ′(z) is below 5 % of its largest, 1/4, where |z| > 4.36: z = 10, 11, 12; but not 0, 1, 2.
    model.set_params(activation="logistic")
    model.coefs_[0][:], model.intercepts_[0][:] = [[1.0, 1.0, 5.0]], [10.0, 0.0, 5.0]
    assert Weights.histograms(model, X, y).idle[0] == Idle("saturated", 2, 3)


def test_by_epoch(recorded):
    model, X, y, recorder = recorded
    spread = Weights.histograms(model, X, y, recorder=recorder)
    assert spread.epochs == [0, 1, 2, 3, 4]
    assert spread.quantiles["weights"].shape == (3, 5, 5)
    expected = np.quantile(recorder.model_at(2).coefs_[1], (0.05, 0.25, 0.5, 0.75, 0.95))
    assert_allclose(spread.quantiles["weights"][1, 2], expected, rtol=1e-6)
    sample = open_case(model, X, y, sample_weight=None).sample
    then = _Numbers.of(Case(recorder.model_at(3), (), sample))
    slopes = np.abs(then.gradients[0][then.gradients[0] != 0])
    assert_allclose(spread.quantiles["gradients"][0, 3, 2], np.median(slopes))
    assert_allclose(spread.idle_shares[0, 3], then.idle[0].share)
    assert np.isnan(spread.idle_shares[2]).all()
    assert len(spread.axes_) == 9
    assert "by epoch, 0 to 4" in spread.alt_text


def test_of_many_layers_four_are_drawn_by_epoch_and_all_without(recorded):
    _, X, y, _ = recorded
    recorder = WeightRecorder()
    model = MLPClassifier((4,) * 8, max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_callbacks(recorder).fit(X, y)
    spread = Weights.histograms(model, X, y, recorder=recorder)
    assert spread.drawn_layers == (0, 3, 5, 8)
    assert len(Weights.histograms(model, X, y).axes_[0].get_yticklabels()) == 9


def test_a_sample_of_many_rows_is_enough():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30_000, 3))
    model = make_pipeline(StandardScaler(), LogisticRegression(solver="newton")).fit(X, X[:, 0] > 0)
    spread = Weights.histograms(model, X, X[:, 0] > 0)
    assert spread.rows == 2000
    assert spread.axes_[1].get_xlabel() == "h (output: ŷ), 2,000 rows"


def test_on_given_axes_and_without_pyplot(recorded):
    model, X, y, recorder = recorded
    spread = Weights.histograms(model, X, y, ax=Figure().subplots())
    assert len(spread.axes_) == 3
    figure = Figure(figsize=(9, 9))
    spread = Weights.histograms(model, X, y, recorder=recorder, ax=figure.subplots(3, 3))
    assert spread.figure_ is figure
    figure.draw_without_rendering()
    assert plt.get_fignums() == []
    assert spread.plot() is spread
    assert plt.get_fignums() == [1]


def test_the_histograms_of_a_small_network(looks_as_recorded):
    model = MLPRegressor(hidden_layer_sizes=(4,), activation="relu")
    X = np.linspace(-1, 1, 21)[:, None]
    model.initialize(X, X[:, 0])
    model.coefs_ = [np.array([[1.0, -1.0, 2.0, -0.5]]), np.array([[1.0], [-1.0], [0.3], [0.2]])]
    model.intercepts_ = [np.array([0.0, 0.0, -3.0, 0.2]), np.array([0.1])]
    looks_as_recorded(Weights.histograms(model, X, X[:, 0]).figure_, "weights_histograms")


# ---------------------------------------------------------------------- misuse


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "image"}, "kind='image': choose one of"),
        ({"scale": 3}, "scale=3: choose one of"),
        ({"layer": 2}, "no layer 2: the network has 2, numbered 0 to 1"),
        ({"layer": "last"}, "no layer 'last'"),
        ({"image_shape": (3, 5)}, r"image_shape=\(3, 5\) does not fit the layer's 17 inputs"),
        ({"image_shape": "big"}, "image_shape='big' does not fit"),
        ({"image_shape": (1.0, 17.0)}, "does not fit"),
        ({"kind": "pictures"}, "17 inputs of layer 0 are not known to be an image"),
        ({"kind": "pictures", "layer": 1}, "5 inputs of layer 1 are not known"),
        ({"most": 0}, "most=0"),
        ({"ax": 3}, "ax takes matplotlib axes"),
    ],
)
def test_misuse_is_one_sentence(given, said):
    with pytest.raises(InputError, match=said) as error:
        Weights.from_estimator(pixels(17), **given)
    assert "\n" not in str(error.value)


def test_histograms_say_what_they_need(recorded):
    model, X, y, recorder = recorded
    with pytest.raises(InputError, match="needs rows and their answers, X and y"):
        Weights.histograms(model, X, None)
    with pytest.raises(InputError, match="X has 120 rows but y has 3"):
        Weights.histograms(model, X, y[:3])
    with pytest.raises(InputError, match="takes a WeightRecorder that recorded the fit, not int"):
        Weights.histograms(model, X, y, recorder=3)
    with pytest.raises(InputError, match="this recorder has no epochs yet"):
        Weights.histograms(model, X, y, recorder=WeightRecorder())
    other = MLPClassifier((2,)).initialize(X, y)
    with pytest.raises(InputError, match="give the recorder of this model's fit"):
        Weights.histograms(other, X, y, recorder=recorder)
    with pytest.raises(InputError, match="this picture has 3 panels and was given 2"):
        Weights.histograms(model, X, y, ax=Figure().subplots(1, 2))
    with pytest.raises(NotFittedError, match="has none yet"):
        Weights.histograms(MLPClassifier(), X, y)
    with pytest.raises(InputError, match="Weights looks at a network"):
        Weights.from_estimator(StandardScaler())
