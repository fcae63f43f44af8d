"""The network as nodes and edges: its numbers are the engine's, and its words have room."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.testing import assert_allclose
from sklearn import neural_network as theirs
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    explain,
)
from chainrule.errors import InputError
from chainrule.plots import NetworkDiagram
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, train


def wide(inputs, hidden, outputs):
    """A network of these sizes with its first weights."""
    rows = np.zeros((outputs, inputs))
    return MLPClassifier(hidden, random_state=0).initialize(rows, np.arange(outputs))


def words(diagram):
    return [text.get_text() for text in diagram.texts_]


def assert_apart(diagram):
    """No text stands on another, and none leaves the figure."""
    figure = diagram.figure_
    figure.draw_without_rendering()
    texts = [text for text in diagram.texts_ if text.get_text()]
    boxes = [text.get_window_extent() for text in texts]
    for (i, a), (j, b) in itertools.combinations(enumerate(boxes), 2):
        wide_, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide_ < 1 or high < 2, (texts[i].get_text(), texts[j].get_text())
    for text, box in zip(texts, boxes, strict=True):
        assert box.x0 >= -2, text
        assert box.x1 <= figure.bbox.x1 + 2, text


# ---------------------------------------------------------------------- numbers


def test_the_worked_network_of_the_curriculum(looks_as_recorded, worked):
    diagram = NetworkDiagram.from_estimator(worked(), X=[[1.0, 2.0]], row=0)
    # z¹ = (0.95, 0.3), h¹ = σ(z¹), ŷ = σ(0.6 h₁ − 0.5 h₂ + 0.2).
    assert_allclose(diagram.values[1], [0.721115, 0.574443], atol=5e-7)
    assert_allclose(diagram.values[2], [0.585513], atol=5e-7)
    said = words(diagram)
    assert {"x₁\n1", "x₂\n2", "h¹₁\n0.7211", "h¹₂\n0.5744", "ŷ\n0.5855", "P(1)"} <= set(said)
    assert {"0.05", "−0.1", "0.2"} <= set(said)  # the biases
    assert {"0.1", "0.8", "−0.2", "0.6"} <= set(said)  # w·x
    assert diagram.title == "Row 0: the answer is 1 (probability 0.5855)"
    assert "0.5855" in diagram.alt_text
    looks_as_recorded(diagram.figure_, "network_diagram_row")


def test_what_is_carried_adds_up_to_z(worked):
    diagram = NetworkDiagram.from_estimator(worked(), X=[1.0, 2.0])
    z = diagram.carried[0].sum(axis=0) + diagram.biases[0]
    assert_allclose(z, [0.95, 0.3])
    assert NetworkDiagram.from_estimator(worked()).carried[1].tolist() == [[0.6], [-0.5]]


def test_the_values_are_those_that_explain_shows():
    table = load_example("penguins")
    model = train(table, TrainSettings(epochs=2)).model
    for row in (0, 3, 343):
        values = NetworkDiagram.from_estimator(model, X=table.frame, row=row).values
        plt.close("all")
        shown = explain(model, table.frame, row=row).quantities
        for name, part in zip(("x", "h1", "h2", "y_hat"), values, strict=True):
            assert np.array_equal(shown[name].value[0], part)


def test_widths_are_in_proportion_to_the_weights():
    model = wide(5, (4, 3), 2)
    model.coefs_[0][2] = 0.0
    diagram = NetworkDiagram.from_estimator(model, ax=Figure().subplots())
    widths = [np.asarray(edges.get_linewidths()) for edges in diagram.edges_]
    largest = max(np.abs(w).max() for w in model.coefs_)
    for drawn, weights in zip(widths, model.coefs_, strict=True):
        assert_allclose(drawn / max(map(max, widths)), np.sort(np.abs(weights).ravel()) / largest)


def test_signs_have_colors_and_dashes():
    (edges,) = NetworkDiagram([[[1.0], [-2.0]]], [[0.5]], activations=["identity"]).plot().edges_
    positive, negative = edges.get_colors()
    assert positive[:3].mean() > negative[:3].mean() + 0.1  # told apart in grey too
    solid, dashed = (pattern[1] for pattern in edges.get_linestyles())
    assert solid is None
    assert len(dashed) == 2


# ---------------------------------------------------------------------- which nodes


def test_of_wide_layers_the_most_important_nodes_are_drawn():
    model = wide(784, (256,), 10)
    model.coefs_[0][:, 7] *= 100.0
    model.coefs_[0][700] *= 100.0
    diagram = NetworkDiagram.from_estimator(model)
    places = [shown.places for shown in diagram.shown_]
    assert [len(part) for part in places] == [12, 12, 10]
    assert [shown.rest for shown in diagram.shown_] == [772, 244, 0]
    assert 700 in places[0]
    assert 7 in places[1]
    assert {"⋮ 772 more", "⋮ 244 more", "256 nodes", "ReLU"} <= set(
        words(diagram) + "\n".join(words(diagram)).split("\n")
    )
    assert_apart(diagram)
    length = np.linalg.norm(model.coefs_[0], axis=0) * np.linalg.norm(model.coefs_[1], axis=1)
    assert set(places[1]) == set(np.argsort(-length)[:12])


def test_of_very_many_lines_the_widest_are_drawn():
    model = wide(100, (50,), 3)
    diagram = NetworkDiagram.from_estimator(model, most_nodes=100)
    assert len(diagram.edges_[0].get_segments()) == 2000
    assert any("2,000 widest lines" in text for text in words(diagram))
    expected = np.sort(np.abs(model.coefs_[0]).ravel())[-2000:]
    drawn = np.asarray(diagram.edges_[0].get_linewidths())
    assert_allclose(drawn / drawn[-1], expected / expected[-1])


def test_with_a_row_those_that_carry_most():
    weights = [np.eye(3), np.ones((3, 1))]
    told = {"values": [[0.0, 5.0, 1.0], [0.0, 5.0, 1.0], [6.0]], "row": 4, "answer": "ŷ = 6"}
    diagram = NetworkDiagram(
        weights, [[0.0] * 3, [0.0]], activations=["relu", "identity"], most_nodes=1, **told
    ).plot()
    assert [shown.places.tolist() for shown in diagram.shown_] == [[1], [1], [0]]
    assert diagram.plot(most_nodes=2).shown_[1].places.tolist() == [1, 2]


def test_the_answer_is_drawn_though_it_is_far_from_the_largest():
    # 40 outputs that are all regression targets but one: of labels the answer is what is ≥ ½.
    diagram = NetworkDiagram(
        [np.ones((1, 40))],
        [np.zeros(40)],
        activations=["softmax"],
        values=[[1.0], np.arange(40.0)],
        answer_places=[0],
        most_nodes=3,
    ).plot()
    assert diagram.shown_[-1].places.tolist() == [0, 38, 39]
    rims = diagram.nodes_[-1].get_linewidths()
    assert rims[0] > rims[1]


# ---------------------------------------------------------------------- words


@pytest.mark.parametrize(
    "sizes", [(1, (), 2), (5, (), 3), (784, (256,), 10), (4, (8,) * 8, 3), (20, (300, 2), 4)]
)
@pytest.mark.parametrize("values", [False, True])
def test_words_never_stand_on_each_other(sizes, values):
    given = {"X": np.ones(sizes[0])} if values else {}
    assert_apart(NetworkDiagram.from_estimator(wide(*sizes), **given))


@pytest.mark.parametrize("size", [(5.5, 3.2), (6.4, 4.8), (12.0, 9.0)])
def test_nor_on_axes_that_were_given(size):
    figure = Figure(figsize=size, layout="constrained")
    diagram = NetworkDiagram.from_estimator(wide(30, (50, 20), 3), ax=figure.subplots())
    assert_apart(diagram)
    assert diagram.figure_ is figure
    assert diagram.shown_[0].rest >= 18


def test_too_small_axes_are_refused():
    with pytest.raises(InputError, match=r"too small for a network of 3 layers.* width of \d"):
        NetworkDiagram.from_estimator(wide(3, (3,), 3), X=np.ones(3), ax=Figure((2, 4)).subplots())
    with pytest.raises(InputError, match=r"too small for a network of 3 layers.* height of \d"):
        NetworkDiagram.from_estimator(wide(9, (9,), 3), ax=Figure((6, 1)).subplots())


def test_names_are_shown_as_they_are():
    columns = ["<script>alert(1)</script>", "$x^2$", "a\nb", "🐧", "c" * 60, "year"]
    X = pd.DataFrame(np.eye(6) * 3, columns=columns)
    y = ["<b>", "$y$", "e" * 60] * 2
    model = MLPClassifier((2,)).initialize(X, y)
    diagram = NetworkDiagram.from_estimator(model, X=X, row=2)
    assert {"<script>alert(1)</script>", "$x^2$", "a b", "▯", "<b>", "$y$"} <= set(words(diagram))
    assert not any(text.get_parse_math() for text in diagram.texts_)
    assert_apart(diagram)
    diagram.figure_.draw_without_rendering()


def test_one_hot_inputs_are_named_as_in_the_table():
    table = load_example("penguins")
    model = train(table, TrainSettings(epochs=1)).model
    diagram = NetworkDiagram.from_estimator(model, most_nodes=99)
    assert {"island=Biscoe", "bill_length_mm", "Adelie", "Gentoo"} <= set(words(diagram))
    assert diagram.shown_[0].rest == 0


# ---------------------------------------------------------------------- kinds of model


def test_a_number_is_told_in_its_own_units():
    X, y = np.arange(8.0)[:, None], np.arange(8.0) * 100
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), LinearRegression()), transformer=StandardScaler()
    ).fit(X, y)
    diagram = NetworkDiagram.from_estimator(model, X=X, row=6)
    assert diagram.answer == "ŷ = 600 (scaled: ŷ = 1.091)"
    assert diagram.answer_places == (0,)
    table = load_example("diabetes")
    trained = train(table, TrainSettings(epochs=1)).model
    assert NetworkDiagram.from_estimator(trained, X=table.frame, row=0).title.startswith(
        "Row 0: progression = "
    )


def test_answers_of_every_kind():
    X = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    labels = MLPClassifier((2,)).initialize(X, np.array([[1, 0], [0, 1], [1, 1]]))
    labels.intercepts_[-1][:] = [-50, 50]
    assert NetworkDiagram.from_estimator(labels, X=X[0]).answer == "the answer is 1"
    labels.intercepts_[-1][:] = [-50, -50]
    assert (
        NetworkDiagram.from_estimator(labels, X=X[0]).answer == "the answer is none of the labels"
    )
    alone = MLPClassifier((2,)).initialize(X, ["all"] * 3)
    alone.coefs_[-1][:], alone.intercepts_[-1][:] = 0.0, np.log(4.0)
    told = NetworkDiagram.from_estimator(alone, X=X[0]).answer
    assert told == "the answer is all (probability 0.8)"
    line = Perceptron().fit(X, ["no", "no", "yes"])
    assert NetworkDiagram.from_estimator(line, X=X, row=2).answer == "the answer is yes"
    assert NetworkDiagram.from_estimator(line, X=X, row=1).answer == "the answer is no"
    several = Perceptron(max_iter=5).initialize(X, ["a", "b", "c"])
    several.coefs_, several.intercepts_ = [np.zeros((2, 3))], [np.array([1.0, 3.0, 2.0])]
    assert NetworkDiagram.from_estimator(several, X=X[0]).answer == "the answer is b"
    numbers = MLPRegressor(hidden_layer_sizes=(2,)).initialize(X, X)
    numbers.coefs_[-1][:], numbers.intercepts_[-1][:] = 0.0, [1.5, -2.0]
    assert NetworkDiagram.from_estimator(numbers, X=X[0]).answer == "ŷ = 1.5, −2"


@pytest.mark.parametrize("several", [False, True])
def test_networks_of_scikit_learn(several):
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=["a", "b", "c"])
    y = np.array(["x", "y", "z" if several else "x"])[np.arange(30) % 3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network = theirs.MLPClassifier((4,), activation="tanh", max_iter=3, random_state=0)
        model = make_pipeline(StandardScaler(), network).fit(X, y)
    diagram = NetworkDiagram.from_estimator(model, X=X, row=5)
    expected = model.predict_proba(X)[5]
    assert_allclose(diagram.values[-1], expected if several else expected[1:])
    assert diagram.inputs == ("a", "b", "c")
    assert diagram.outputs == (("x", "y", "z") if several else ("P(y)",))
    assert diagram.activations == ("tanh", "softmax" if several else "logistic")


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_regressors_of_scikit_learn(loss):
    X = np.random.default_rng(0).random((20, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = theirs.MLPRegressor(loss, (3,), max_iter=3, random_state=0).fit(X, X[:, 0])
    diagram = NetworkDiagram.from_estimator(model, X=X, row=0)
    assert_allclose(diagram.values[-1], model.predict(X)[:1])


# ---------------------------------------------------------------------- where, and misuse


def test_it_is_drawn_again_elsewhere_and_without_pyplot(worked):
    diagram = NetworkDiagram.from_estimator(worked())
    assert plt.get_fignums() == [1]
    figure = Figure()
    ax = figure.subplots()
    assert diagram.plot(ax=ax) is diagram
    assert diagram.ax_ is ax
    assert plt.get_fignums() == [1]


def test_all_weights_are_nothing():
    model = LogisticRegression(solver="gd").initialize(np.eye(3), ["a", "b", "c"])
    diagram = NetworkDiagram.from_estimator(model)
    assert not np.any(diagram.edges_[0].get_linewidths())
    assert "reach from 0 to 0" in diagram.alt_text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"X": [[1.0, 2.0]] * 3}, "of one row are drawn, not of 3: say which"),
        ({"X": [[1.0, 2.0]] * 3, "row": [0, 1]}, "of one row are drawn, not of 2"),
        ({"X": [[1.0, 2.0]], "row": 1}, "there is no row 1"),
        ({"row": 1}, "row=1 without X"),
        ({"X": [[1.0, np.nan]]}, "row 0 of X has nan in column 1"),
        ({"X": [[1.0]]}, "features"),
        ({"X": [["a", "b"]]}, "cannot be looked at"),
        ({"X": np.zeros((0, 2))}, "no rows"),
        ({"most_nodes": 0}, "most_nodes=0"),
        ({"most_nodes": 2.5}, "most_nodes=2.5"),
        ({"ax": "here"}, "ax takes matplotlib axes"),
    ],
)
def test_misuse_is_one_sentence(given, said, worked):
    with pytest.raises(InputError, match=said) as error:
        NetworkDiagram.from_estimator(worked(), **given)
    assert "\n" not in str(error.value)


def test_other_models_are_refused(worked):
    with pytest.raises(InputError, match="NetworkDiagram looks at a network"):
        NetworkDiagram.from_estimator(StandardScaler())
    for model in (MLPClassifier(), theirs.MLPClassifier(), make_pipeline(theirs.MLPRegressor())):
        with pytest.raises(NotFittedError, match="has none yet"):
            NetworkDiagram.from_estimator(model)
    model = worked()
    model.coefs_[0][0, 0] = np.inf
    with pytest.raises(InputError, match="layer 1 is infinite"):
        NetworkDiagram.from_estimator(model)
