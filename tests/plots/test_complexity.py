"""The picture of a model-complexity graph: what is drawn, where, and how it looks."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from chainrule import InputError, MLPClassifier
from chainrule.estimators import ComplexityGraph
from chainrule.plots import ModelComplexity


def graph_of(sizes=4, penalties=1, epochs=40, splits=3, **given):
    """Make a graph by a formula: test errors fall, and rise the sooner the larger the network."""
    size = np.arange(1, sizes + 1)[:, None, None] / sizes
    penalty = np.arange(penalties)[None, :, None] / max(1, penalties)
    epoch = np.arange(1, epochs + 1)[None, None, :] / epochs
    capacity = size * epoch * (1 - 0.8 * penalty)
    train = 0.1 + 0.9 * np.exp(-8 * capacity)
    test = train + 0.6 * capacity**2 + 0.05
    apart = (np.arange(splits) - (splits - 1) / 2)[:, None, None, None] * 0.05
    values = {
        "epochs": np.arange(1, epochs + 1),
        "sizes": tuple((2**n,) if n else () for n in range(sizes)),
        "penalties": 10.0 ** np.arange(-4, penalties - 4),
        "penalty": "alpha",
        "parameters": np.arange(sizes) * 10 + 10,
        "train_errors": train + apart / 2,
        "test_errors": test + apart,
        "train_scores": 1 - train + apart / 2,
        "test_scores": 1 - test + apart,
        "error_name": "log loss",
        "score_name": "accuracy",
        "decides": "error",
        "tested": (np.arange(3),) * splits,
        "seeds": (0,) * splits,
    }
    return ComplexityGraph(**{**values, **given})


def titles(display):
    return [ax.get_title("left") for ax in display.axes_]


def test_a_panel_for_each_size_and_one_against_them_all(looks_as_recorded):
    display = ModelComplexity.from_graph(graph_of())
    assert titles(display)[:2] == ["no hidden layer", "2 nodes"]
    assert len(display.axes_) == 5
    assert display.axes_[-1].get_xlabel() == "nodes of the hidden layers"
    looks_as_recorded(display.figure_, "complexity_epochs_and_size")


def test_a_map_of_size_and_penalty(looks_as_recorded):
    graph = graph_of(sizes=3, penalties=4, epochs=1)
    display = ModelComplexity.from_graph(graph)
    (drawn,) = display.artists_
    shown = drawn["image"].get_array()
    np.testing.assert_allclose(shown, graph.test_error[:, :, 0].T)
    # Complexity grows to the right and upwards: weak penalties are the first row, at the top.
    assert display.ax_.get_yticklabels()[0].get_text() == "0.0001"
    words = [text.get_text() for text in drawn["texts"]]
    assert sum("best" in word for word in words) == 1
    assert f"{graph.best.test_error:.3g}" in next(word for word in words if "best" in word)
    looks_as_recorded(display.figure_, "complexity_map")


def test_the_curves_are_the_means_and_the_bands_one_standard_deviation():
    graph = graph_of(sizes=1)
    display = ModelComplexity.from_graph(graph, ax=Figure().subplots())
    (drawn,) = display.artists_
    np.testing.assert_array_equal(drawn["test"].get_ydata(), graph.test_error[0, 0])
    np.testing.assert_array_equal(drawn["train"].get_ydata(), graph.train_error[0, 0])
    band = drawn["test_band"].get_paths()[0].vertices
    edges = [band[band[:, 0] == 10][:, 1].min(), band[band[:, 0] == 10][:, 1].max()]
    # Splits lie 0.05 apart: that is their standard deviation.
    np.testing.assert_allclose(edges, graph.test_error[0, 0, 9] + np.array([-0.05, 0.05]))


def test_the_best_is_marked_where_it_lies():
    graph = graph_of()
    display = ModelComplexity.from_graph(graph, ax=Figure(figsize=(12, 8)).subplots(2, 3))
    size, _, epoch = graph.best_place
    marked = [place for place, drawn in enumerate(display.artists_) if len(drawn["marks"])]
    assert size in marked
    assert len(display.axes_) - 1 in marked
    star, told = display.artists_[size]["marks"][:2]
    assert star.get_xdata() == graph.epochs[epoch]
    assert star.get_ydata() == graph.best.test_error
    number = f"{graph.best.test_error:.3g} ± {graph.best.test_spread:.2g}"
    assert told.get_text() == f"best: epoch {graph.best.epoch}\n{number}"


def test_zones_end_halfway_between_cells():
    train, test = ([[[[1.0]], [[0.4]], [[0.3]], [[0.1]]]], [[[[1.1]], [[0.5]], [[0.5]], [[0.9]]]])
    errors = {"train_errors": np.array(train), "test_errors": np.array(test)}
    graph = graph_of(sizes=4, epochs=1, splits=1, **errors)
    assert graph.zones.ravel().tolist() == ["underfit", "good", "good", "overfit"]
    display = ModelComplexity.from_graph(graph, ax=Figure().subplots())
    (drawn,) = display.artists_
    spans = sorted((zone.get_x(), zone.get_width()) for zone in drawn["zones"])
    assert spans == [(-0.5, 1.0), (0.5, 2.0), (2.5, 1.0)]
    hatches = [zone.get_hatch() for zone in sorted(drawn["zones"], key=lambda z: z.get_x())]
    assert hatches == ["//", None, "\\\\"]
    assert {text.get_text() for text in display.ax_.texts} >= {"underfit", "good", "overfit"}


def test_scores_and_single_axes():
    graph = graph_of(sizes=3, penalties=3)
    display = ModelComplexity(graph)
    for against, label in [
        ("epochs", "epochs"),
        ("size", "nodes of the hidden layers"),
        ("penalty", "penalty L2 (alpha), weaker to the right"),
    ]:
        display.plot(against=against, of="score", ax=Figure().subplots())
        assert display.ax_.get_xlabel() == label
        assert display.ax_.get_ylabel().startswith("accuracy\nmean ± std. dev., 3 splits")
    size, _, epoch = graph.best_place
    # A weak penalty stands at the right: the second tick's place holds the middle strength.
    display.plot(against="penalty", ax=Figure().subplots())
    (drawn,) = display.artists_
    at = dict(zip(drawn["test"].get_xdata(), drawn["test"].get_ydata(), strict=True))
    assert at[2.0] == graph.test_error[size, 0, epoch]
    assert len(ModelComplexity.from_graph(graph).axes_) == 4


def test_many_sizes_are_thinned_and_the_best_stays():
    graph = graph_of(sizes=11)
    display = ModelComplexity.from_graph(graph)
    assert len(display.axes_) == 6
    size = graph.best.size
    assert f"{','.join(map(str, size))} nodes" in titles(display)


def test_what_diverged_is_told():
    graph = graph_of(sizes=2, epochs=10)
    graph.test_errors[0, 1, 0, 4:] = np.nan
    display = ModelComplexity.from_graph(graph)
    assert "diverged" in {text.get_text() for text in display.axes_[1].texts}
    assert "6 diverged" in display.alt_text


def test_one_split_has_no_bands_to_tell():
    display = ModelComplexity.from_graph(graph_of(sizes=1, splits=1))
    assert display.ax_.get_ylabel() == "log loss"
    assert "means of 1 split." in display.alt_text
    assert not any("±" in text.get_text() for text in display.ax_.texts)


def test_from_data_without_pyplot():
    rows = np.linspace(-1, 1, 30)[:, None]
    ax = Figure().subplots()
    display = ModelComplexity.from_estimator(
        *(MLPClassifier((2,)), rows, rows[:, 0] > 0), epochs=3, splits=2, ax=ax
    )
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert plt.get_fignums() == []
    assert display.plot(ax=ax) is display
    assert display.alt_text.startswith("Training and test log loss against epochs, means of 2 ")


def test_the_alternative_text_tells_the_numbers():
    graph = graph_of(penalties=2)
    told = ModelComplexity(graph).alt_text
    assert f"test error of {graph.best.test_error:.3g}" in told
    assert f"alpha {graph.best.penalty:g}" in told
    assert f"Of {graph.zones.size} cells" in told


def test_misuse():
    graph = graph_of(sizes=2, epochs=3)
    with pytest.raises(InputError, match="against takes an axis that was varied, here 'epochs'"):
        ModelComplexity.from_graph(graph, against="penalty")
    with pytest.raises(InputError, match="of is 'error' or 'score', not 'loss'"):
        ModelComplexity.from_graph(graph, of="loss")
    with pytest.raises(InputError, match="a single cell, and nothing to draw it against"):
        ModelComplexity.from_graph(graph_of(sizes=1, epochs=1))
    with pytest.raises(InputError, match="ax takes matplotlib axes"):
        ModelComplexity.from_graph(graph, ax=3)
