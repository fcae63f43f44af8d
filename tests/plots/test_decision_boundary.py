"""Decision boundaries: what is drawn is what the model says, and where the lines are by hand."""

import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression as SklearnLogisticRegression
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neural_network import MLPClassifier as SklearnMLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from chainrule import InputError, LogisticRegression, MLPClassifier, MLPRegressor, Perceptron
from chainrule.estimators import WeightRecorder
from chainrule.explanation import permutation_importance
from chainrule.plots import DecisionBoundary
from chainrule.plots.boundary._animation import chosen_epochs
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, train

RANDOM = np.random.default_rng(0)
PLANE = RANDOM.uniform(0, 10, (120, 2))
# 2x₁ + x₂ − 18 = 0, the line of the curriculum.
SIDE = np.where(2 * PLANE[:, 0] + PLANE[:, 1] >= 18, "yes", "no")


def axes():
    return Figure(layout="constrained").subplots()


def draw(model, X, y=None, **options):
    return DecisionBoundary.from_estimator(model, X, y, ax=axes(), **options)


def perceptron_of_the_course():
    model = Perceptron(random_state=0).fit(PLANE, SIDE)
    model.coef_, model.intercept_ = [[2.0, 1.0]], [-18.0]
    return model


def two_nodes():
    """4x₁ − 8 and −3x₂ + 15 with weights 1 and −2 to the output."""
    model = MLPClassifier((2,), activation="relu", random_state=0).initialize(PLANE, SIDE)
    model.coefs_ = [np.array([[4.0, 0.0], [0.0, -3.0]]), np.array([[1.0], [-2.0]])]
    model.intercepts_ = [np.array([-8.0, 15.0]), np.array([0.5])]
    return model


# ---------------------------------------------------------------------- the ground


def test_the_ground_is_what_the_model_predicts():
    y = np.digitize(PLANE.sum(axis=1), [7, 12])
    model = MLPClassifier((8,), random_state=0, max_iter=20, tol=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(PLANE, y)
    shown = draw(model, PLANE, y, resolution=20)
    grid = np.array([[x, y] for y in shown.y.grid for x in shown.x.grid])
    assert shown.kind == "probability"
    assert shown.classes == (0, 1, 2)
    np.testing.assert_allclose(shown.class_values.reshape(-1, 3), model.predict_proba(grid), 1e-5)
    assert (shown.predicted_class.ravel() == model.predict(grid)).all()
    assert shown.x.grid[0] < PLANE[:, 0].min() < PLANE[:, 0].max() < shown.x.grid[-1]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (Perceptron(random_state=0), "decision"),
        (RidgeClassifier(), "decision"),
        (DecisionTreeClassifier(random_state=0), "probability"),
        (SklearnLogisticRegression(), "probability"),
        (FixedThresholdClassifier(SklearnLogisticRegression(), threshold=0.8), "class"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_models_with_probabilities_and_without(model, kind):
    model.fit(PLANE, SIDE)
    shown = draw(model, PLANE, SIDE, resolution=15)
    grid = np.array([[x, y] for y in shown.y.grid for x in shown.x.grid])
    assert shown.kind == kind
    assert np.array(shown.classes)[shown.predicted_class.ravel()].tolist() == (
        model.predict(grid).tolist()
    )


def test_numbers():
    y = 3 * PLANE[:, 0] - PLANE[:, 1]
    model = DecisionTreeRegressor(max_depth=3).fit(PLANE, y)
    shown = draw(model, PLANE, pd.Series(y, name="height"), resolution=15)
    grid = np.array([[x, y] for y in shown.y.grid for x in shown.x.grid])
    np.testing.assert_allclose(shown.predicted_value.ravel(), model.predict(grid), 1e-5)
    assert shown.r2 == pytest.approx(model.score(PLANE, y))
    assert shown.target.tolist() == y.tolist()
    assert shown.figure_.axes[1].get_ylabel() == "height (background: predicted; points: true)"
    assert "predicted height" in shown.alt_text


def test_one_number_everywhere_and_a_single_row():
    model = DecisionTreeRegressor().fit(PLANE, np.full(120, 4.0))
    shown = draw(model, PLANE[:1], [4.0])
    assert shown.ax_.get_title("left") == "Predicted and true values"
    assert np.isnan(shown.r2)


# ---------------------------------------------------------------------- the points


def test_rings_are_around_what_is_misclassified():
    y = np.where(RANDOM.random(120) < 0.2, "no", SIDE)
    model = LogisticRegression().fit(PLANE, y)
    shown = draw(model, PLANE, y)
    wrong = model.predict(PLANE) != y
    assert shown.wrong.tolist() == wrong.tolist()
    assert shown.n_wrong == wrong.sum() > 0
    (rings,) = shown.rings_
    np.testing.assert_allclose(rings.get_offsets(), PLANE[wrong])
    assert (
        shown.ax_.get_title("left") == f"Decision boundary: {wrong.sum()} of 120 rows misclassified"
    )
    assert f"{wrong.sum()} of 120 rows misclassified" in shown.alt_text


def test_each_class_has_a_marker_of_its_own():
    y = np.arange(120) % 10
    shown = draw(DecisionTreeClassifier(max_depth=4).fit(PLANE, y), PLANE, y)
    kinds = {
        json.dumps([points.get_paths()[0].vertices.tolist(), points.get_facecolor().tolist()])
        for points in shown.points_
    }
    assert len(kinds) == 10
    entries = [text.get_text() for text in shown.legend_.get_texts()]
    assert entries == [*map(str, range(10)), "misclassified"]


def test_many_rows_are_thinned_and_all_are_counted():
    X = RANDOM.uniform(0, 10, (5000, 2))
    y = np.where(X.sum(axis=1) > 10, 1, 0)
    model = SklearnLogisticRegression(C=1e-4).fit(X, 1 - y)
    shown = draw(model, X, y)
    assert len(shown.points) == len(shown.rows) == 2000
    assert (shown.points == X[shown.rows]).all()
    assert (shown.n_rows, shown.n_wrong) == (5000, (model.predict(X) != y).sum())
    assert all(points.get_rasterized() for points in shown.points_)
    assert "2,000 of 5,000 rows are drawn" in written_on(shown)


def test_without_answers_points_have_no_class():
    shown = draw(LogisticRegression().fit(PLANE, SIDE), PLANE)
    assert shown.target is None
    assert shown.wrong is None
    assert shown.ax_.get_title("left") == "Decision boundary"
    assert len(shown.points_) == 1


def written_on(shown):
    return " ".join(text.get_text().replace("\n", " ") for text in shown.ax_.texts)


# ---------------------------------------------------------------------- more than two columns


@pytest.fixture(scope="module")
def penguins():
    table = load_example("penguins")
    model = train(table, TrainSettings(epochs=15, seed=0)).model
    return model, table.frame, table.frame["species"]


def test_others_are_held_at_medians_and_the_most_frequent(penguins):
    model, frame, y = penguins
    shown = draw(model, frame, y, features=("bill_length_mm", "flipper_length_mm"))
    assert (shown.x.name, shown.y.name) == ("bill_length_mm", "flipper_length_mm")
    assert shown.held == {
        "island": "Biscoe",
        "bill_depth_mm": frame["bill_depth_mm"].median(),
        "body_mass_g": 4050,
        "sex": "male",
        "year": 2008,
    }
    row = frame[:1].with_columns(
        bill_length_mm=pl.lit(shown.x.grid[3]),
        flipper_length_mm=pl.lit(shown.y.grid[70]),
        **{name: pl.lit(cell) for name, cell in shown.held.items()},
    )
    np.testing.assert_allclose(shown.class_values[70, 3], model.probabilities(row)[0], 1e-4)
    assert "5 others at median or most frequent value" in written_on(shown)
    assert "rows with their own other values" in written_on(shown)
    assert "2 rows have no place here" in written_on(shown)
    assert shown.target_name == "species"


def test_others_are_held_at_what_is_stated(penguins):
    model, frame, y = penguins
    held = {"island": "Dream", "bill_depth_mm": 17.25, "sex": None}
    shown = draw(model, frame, y, features=("bill_length_mm", "body_mass_g"), held_at=held)
    assert {name: shown.held[name] for name in held} == held
    assert "island = Dream, bill_depth_mm = 17.25, sex = (missing), 2 others" in written_on(shown)
    other = draw(model, frame, y, features=("bill_length_mm", "body_mass_g"))
    assert (shown.class_values != other.class_values).any()


def test_the_two_that_matter_most():
    X = RANDOM.normal(size=(400, 5)).astype(np.float32)
    y = (X[:, 3] - X[:, 1] > 0).astype(int)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    shown = draw(model, X, y)
    most = permutation_importance(model, X, y).order[:2]
    assert {shown.x.place, shown.y.place} == set(most.tolist()) == {1, 3}
    assert shown.ranked
    assert "2 of 5 columns that matter most" in written_on(shown)
    assert draw(model[1], X).x.place == 1  # without answers, and without steps


def test_a_category_along_an_axis(penguins):
    model, frame, y = penguins
    shown = draw(model, frame, y, features=("island", "bill_length_mm"))
    assert shown.x.levels == ("Biscoe", "Dream", "Torgersen")
    assert shown.predicted_class.shape == (150, 3)
    assert [text.get_text() for text in shown.ax_.get_xticklabels()] == list(shown.x.levels)
    places = {name: place for place, name in enumerate(shown.x.levels)}
    assert shown.points[:, 0].tolist() == [places[frame["island"][i]] for i in shown.rows.tolist()]


def test_tables_of_pandas_and_two_categories():
    frame = pd.DataFrame(load_example("penguins").frame.to_dict(as_series=False)).dropna()
    frame["sex"] = frame["sex"].astype("category")
    y = frame.pop("species")
    numbers = ["bill_length_mm", "body_mass_g"]
    encoder = make_column_transformer(
        (StandardScaler(), numbers), (OneHotEncoder(), ["island", "sex"])
    )
    model = make_pipeline(encoder, LogisticRegression()).fit(frame, y)
    shown = draw(model, frame, y, features=("sex", "island"))
    assert shown.predicted_class.shape == (3, 2)
    assert (shown.held["bill_length_mm"], shown.held["year"]) == (44.5, 2008)
    # Whole numbers vary without steps too.
    varied = draw(model, frame, y, features=("body_mass_g", "bill_length_mm"))
    assert len(np.unique(varied.x.grid)) == 150


def test_rare_categories_are_left_out_and_counted():
    names = [f"level {i:02}" for i in range(20)]
    frame = pl.DataFrame(
        {"a": [names[i // 10] for i in range(200)] + names[:12], "b": RANDOM.normal(size=212)}
    )
    y = np.where(frame["b"].to_numpy() > 0, "u", "v")
    encoder = make_column_transformer((OneHotEncoder(), ["a"]), (StandardScaler(), ["b"]))
    model = make_pipeline(encoder, LogisticRegression()).fit(frame, y)
    shown = draw(model, frame, y)
    assert shown.x.levels == tuple(names[:12])
    assert shown.n_without_place == 80
    assert shown.ax_.get_xlabel() == "a (12 most frequent of 20)"


def test_dates_along_an_axis():
    from chainrule.tables import Table

    days = pl.Series(np.datetime64("2020-01-01") + np.arange(200))
    frame = pl.DataFrame({"sold": days, "b": RANDOM.normal(size=200)})
    frame = frame.with_columns(
        kind=pl.when(pl.col("b") > 0).then(pl.lit("u")).otherwise(pl.lit("v"))
    )
    model = train(Table(frame, "days", None, "kind", ""), TrainSettings(epochs=3)).model
    shown = draw(model, frame, frame["kind"])
    assert shown.x.kind == "date"
    assert shown.points[0, 0] == 18262  # days from 1970 to 2020
    shown.figure_.canvas.draw()
    assert "2020" in [text.get_text() for text in shown.ax_.get_xticklabels()]


def test_a_target_that_was_scaled():
    y = 1000 + 50 * PLANE[:, 0]
    network = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", random_state=0)
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), network), transformer=StandardScaler()
    )
    shown = draw(model.fit(PLANE, y), PLANE, y)
    assert shown.predicted_value[0, 0] == pytest.approx(1000 + 50 * shown.x.grid[0], rel=1e-3)


# ---------------------------------------------------------------------- lines of nodes


def test_the_line_of_the_course():
    shown = draw(perceptron_of_the_course(), PLANE, SIDE, nodes=True)
    (node,) = shown.nodes
    assert node.weights == pytest.approx((2, 1))
    assert node.bias == pytest.approx(-18)
    assert (node.number, node.share) == (1, 1.0)
    assert shown.n_wrong == 0
    across = shown.x.grid[None, :] * 2 + shown.y.grid[:, None] >= 18
    assert (shown.predicted_class == across).all()


def test_shares_by_hand():
    """Activations (0, 4) and (6, 0) have standard deviations 2 and 3; times 1 and 2: 2 and 6."""
    rows = np.array([[2.0, 3.0], [3.0, 5.0]])
    shown = draw(two_nodes(), rows, ["no", "yes"], nodes=True)
    assert [node.share for node in shown.nodes] == pytest.approx([0.25, 0.75])
    assert [node.weights for node in shown.nodes] == [
        pytest.approx((4, 0), abs=1e-12),
        pytest.approx((0, -3), abs=1e-12),
    ]
    assert [node.bias for node in shown.nodes] == pytest.approx([-8, 15])


def test_lines_are_in_the_units_before_the_scaler():
    """u = (x − 5) / 2 and v = (y − 1) / 4, so that 4u + 8v − 1 = 2x + 2y − 13."""
    scaler = StandardScaler().fit([[3.0, -3.0], [7.0, 5.0]])
    network = Perceptron(random_state=0).fit(PLANE, SIDE)
    network.coef_, network.intercept_ = [[4.0, 8.0]], [-1.0]
    (node,) = draw(make_pipeline(scaler, network), PLANE, SIDE, nodes=True).nodes
    assert node.weights == pytest.approx((2, 2))
    assert node.bias == pytest.approx(-13)


def test_a_step_that_is_no_scaler_bends_the_line():
    model = make_pipeline(FunctionTransformer(np.square), LogisticRegression()).fit(PLANE, SIDE)
    (node,) = draw(model, PLANE, SIDE, nodes=True).nodes
    assert node.weights is None
    assert (node.sums >= 0).tolist() == (draw(model, PLANE).predicted_class == 1).tolist()


def test_arrows_point_to_the_positive_side():
    shown = draw(two_nodes(), PLANE, SIDE, nodes=True)
    arrows = [text for text in shown.ax_.texts if getattr(text, "arrow_patch", None) is not None]
    tips = [np.round(np.sign(np.round(arrow.xyann, 6))).tolist() for arrow in arrows]
    assert sorted(tips) == [[0.0, -1.0], [1.0, 0.0]]  # down for −3x₂ + 15, right for 4x₁ − 8


def test_networks_of_scikit_learn_have_lines_too():
    model = SklearnMLPClassifier((3,), max_iter=5, random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(PLANE, SIDE)
    nodes = draw(model, PLANE, SIDE, nodes=True).nodes
    np.testing.assert_allclose([node.weights for node in nodes], model.coefs_[0].T, 1e-9)
    np.testing.assert_allclose([node.bias for node in nodes], model.intercepts_[0], 1e-9)
    spread = np.maximum(PLANE @ model.coefs_[0] + model.intercepts_[0], 0).std(axis=0)
    amount = np.abs(model.coefs_[1][:, 0]) * spread
    np.testing.assert_allclose([node.share for node in nodes], amount / amount.sum())


def test_of_many_nodes_those_with_the_largest_shares_are_drawn():
    model = MLPClassifier((40,), random_state=0).initialize(PLANE, SIDE)
    shown = draw(model, PLANE, SIDE, nodes=True)
    assert len(shown.nodes) == 40
    assert sum(node.share for node in shown.nodes) == pytest.approx(1)
    numbers = [int(found) for found in re.findall(r"(\d+) · \d+%", written_on(shown))]
    largest = sorted(shown.nodes, key=lambda node: -node.share)[:12]
    assert 0 < len(numbers) <= 12
    assert set(numbers) <= {node.number for node in largest}
    assert "The 12 largest shares of 40 nodes" in written_on(shown)


# ---------------------------------------------------------------------- step and sigmoid


def test_step_and_sigmoid_share_their_weights():
    figure = Figure()
    shown = DecisionBoundary.step_and_sigmoid(
        perceptron_of_the_course(), PLANE, SIDE, ax=figure.subplots(1, 2)
    )
    assert shown.line.weights == pytest.approx((2, 1))
    assert shown.line.bias == pytest.approx(-18)
    z = 2 * shown.step.x.grid[None, :] + shown.step.y.grid[:, None] - 18
    assert (shown.step.predicted_class == (z >= 0)).all()
    assert (shown.step.predicted_class == shown.sigmoid.predicted_class).all()
    np.testing.assert_allclose(shown.sigmoid.class_values[..., 1], 1 / (1 + np.exp(-z)), atol=1e-6)
    titles = [ax.get_title("left").replace("\n", " ") for ax in shown.axes_]
    assert titles == ["Step: ŷ = 1 if z ≥ 0, else 0", "Sigmoid: ŷ = σ(z)"]
    assert written_on(shown.step) == "z = 2 · X[:, 0] + 1 · X[:, 1] − 18"
    assert shown.figure_ is figure
    assert "neither class reaches 90 %" in shown.alt_text


def test_the_sigmoid_is_what_logistic_regression_says():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(PLANE, SIDE)
    shown = DecisionBoundary.step_and_sigmoid(model, PLANE, SIDE)
    assert len(shown.axes_) == 2
    np.testing.assert_allclose(
        shown.sigmoid.class_values, draw(model, PLANE).class_values, atol=1e-6
    )


def test_one_node_of_a_network():
    shown = DecisionBoundary.step_and_sigmoid(two_nodes(), PLANE, SIDE, node=2, ax=axes())
    assert shown.line.weights == pytest.approx((0, -3), abs=1e-12)
    assert shown.step.classes == ("no", "yes")
    assert shown.step.target is None  # what a hidden node says yes to is no class


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "2 nodes in its first layer; choose one with node=1 to 2"),
        ({"node": 3}, "node=3: the first layer has nodes 1 to 2"),
        ({"node": True}, "node=True: the first layer has nodes 1 to 2"),
    ],
)
def test_which_neuron_is_to_be_said(options, said):
    with pytest.raises(InputError, match=re.escape(said)):
        DecisionBoundary.step_and_sigmoid(two_nodes(), PLANE, SIDE, **options)


def test_several_neurons_are_no_step():
    three = LogisticRegression().fit(PLANE, np.digitize(PLANE[:, 0], [3, 6]))
    with pytest.raises(InputError, match="3 neurons, one for each class"):
        DecisionBoundary.step_and_sigmoid(three, PLANE)


# ---------------------------------------------------------------------- moving


@pytest.fixture(scope="module")
def followed():
    recorder = WeightRecorder()
    network = MLPClassifier((6,), random_state=0, max_iter=30, tol=0, learning_rate_init=0.05)
    model = make_pipeline(StandardScaler(), network.set_callbacks(recorder))
    with pytest.warns(ConvergenceWarning):
        model.fit(PLANE, SIDE)
    return recorder, model


def test_frames_are_what_the_network_said_then(followed):
    recorder, model = followed
    moving = DecisionBoundary.animate(recorder, PLANE, SIDE, model=model, frames=6, resolution=12)
    assert moving.epochs == chosen_epochs(range(31), 6)
    assert (moving.epochs[0], moving.epochs[-1]) == (0, 30)
    for epoch, frame, loss, score in zip(
        moving.epochs, moving.frames, moving.losses, moving.scores, strict=True
    ):
        then = recorder.model_at(epoch)
        grid = np.array([[x, y] for y in frame.y.grid for x in frame.x.grid])
        expected = then.predict_proba(model[0].transform(grid))
        np.testing.assert_allclose(frame.class_values.reshape(-1, 2), expected, 1e-5)
        known = model[0].transform(PLANE)
        assert score == pytest.approx((then.predict(known) == SIDE).mean())
        own = then.predict_proba(known)[np.arange(120), (SIDE == "yes").astype(int)]
        assert loss == pytest.approx(-np.log(own).mean(), rel=1e-5)
        assert frame.wrong.tolist() == (then.predict(known) != SIDE).tolist()
    assert (
        moving.told[0] == f"Epoch 0 · loss {moving.losses[0]:.3f} · accuracy {moving.scores[0]:.1%}"
    )
    assert moving.alt_text.startswith("An animation of 6 pictures, from epoch 0")


def test_a_gif(followed, tmp_path):
    recorder, model = followed
    path = tmp_path / "moving.gif"
    DecisionBoundary.animate(
        recorder, PLANE, SIDE, path, model=model, frames=4, seconds=2, resolution=20, nodes=True
    )
    with Image.open(path) as image:
        assert (image.format, image.n_frames, image.info["loop"]) == ("GIF", 4, 0)
        assert image.info["duration"] == 500
        corner = image.convert("RGB").getpixel((0, 0))
    assert corner == (255, 255, 255)
    assert [file.name for file in tmp_path.iterdir()] == ["moving.gif"]
    assert plt.get_fignums() == []


def test_a_page(tmp_path):
    y = np.where(SIDE == "yes", "</script>", "no")
    inner = WeightRecorder()
    network = LogisticRegression(solver="gd", max_iter=3, tol=0, random_state=0)
    with pytest.warns(ConvergenceWarning):
        network.set_callbacks(inner).fit(PLANE, y)
    path = tmp_path / "moving.html"
    moving = DecisionBoundary.animate(inner, PLANE, y, path, frames=3, resolution=10)
    page = path.read_text(encoding="utf-8")
    assert page.count("</script>") == 1
    assert not re.findall(r"https?://|@import|src=\"(?!data:)", page)
    data = json.loads(re.search(r"= (\{\"pictures.*?\});\n", page).group(1))
    assert data["told"] == moving.told
    assert len(data["pictures"]) == len(data["milliseconds"]) == 3
    assert "<iframe" in moving._repr_html_()


def test_a_film_is_made_by_ffmpeg(followed, tmp_path, monkeypatch):
    recorder, model = followed
    path = tmp_path / "moving.mp4"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="written by ffmpeg, which is not installed here; write a"):
        DecisionBoundary.animate(recorder, PLANE, SIDE, path, model=model)
    tools = tmp_path / "tools"
    tools.mkdir()
    # As ffmpeg is called: pictures come in, the last word is the file to write.
    program = tools / "ffmpeg"
    program.write_text('#!/bin/sh\nfor last; do :; done\n/bin/cat > "$last"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    moving = DecisionBoundary.animate(
        recorder, PLANE, SIDE, path, model=model, frames=3, seconds=3, resolution=10
    )
    height, width, _ = moving.pictures()[0].shape
    assert path.stat().st_size == (height // 2 * 2) * (width // 2 * 2) * 3 * (3 + 2)
    program.write_text("#!/bin/sh\necho no such codec >&2\nexit 1\n")
    with pytest.raises(InputError, match="ffmpeg could not make the film: no such codec"):
        moving.save(path)
    assert path.stat().st_size > 0


def test_numbers_that_move():
    y = 100 + 10 * PLANE[:, 0]
    recorder = WeightRecorder()
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, tol=0, random_state=0)
    model = TransformedTargetRegressor(network, transformer=StandardScaler())
    # The wrapper fits a copy, which has its callbacks with it.
    model.regressor.set_callbacks(recorder)
    with pytest.warns(ConvergenceWarning):
        model.fit(PLANE, y)
    moving = DecisionBoundary.animate(recorder, PLANE, y, model=model, frames=4, resolution=10)
    assert moving.scores[-1] == pytest.approx(model.score(PLANE, y), abs=1e-4)
    assert moving.losses[-1] == pytest.approx(
        ((model.predict(PLANE) - y) ** 2).mean() / 2, rel=1e-3
    )
    assert moving.told[-1].endswith(f"R² {moving.scores[-1]:.2f}")
    assert len(moving.pictures()) == 4


@pytest.mark.parametrize("count", [1, 2, 7, 40, 1000])
@pytest.mark.parametrize("frames", [2, 10, 60])
def test_early_epochs_are_shown_closely(count, frames):
    found = chosen_epochs(range(count), frames)
    assert (found[0], found[-1]) == (0, count - 1)
    assert len(found) <= frames
    assert len(found) >= min(count, frames) * 0.8
    leaps = np.diff(found)
    assert (leaps > 0).all()
    assert leaps[: len(leaps) // 2].sum() <= leaps[len(leaps) // 2 :].sum()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": "a.avi"}, "a.avi: an animation is written as .gif, .html or .mp4"),
        ({"path": "missing/a.gif"}, "missing does not exist"),
        ({"frames": 1}, "frames must be a whole number of at least 2"),
        ({"seconds": 0}, "seconds must be a number above 0"),
        ({"y": None}, "animate needs y"),
    ],
)
def test_misuse_of_animations(followed, options, said):
    recorder, model = followed
    given = {"model": model, "y": SIDE, **options}
    with pytest.raises(InputError, match=re.escape(said)):
        DecisionBoundary.animate(recorder, PLANE, given.pop("y"), **given)


def test_recorders_that_have_nothing_to_show(followed):
    recorder, _ = followed
    with pytest.raises(InputError, match="no epochs yet"):
        DecisionBoundary.animate(WeightRecorder(), PLANE, SIDE)
    with pytest.raises(InputError, match="takes the WeightRecorder that followed a fit, not list"):
        DecisionBoundary.animate([1, 2], PLANE, SIDE)
    other = LogisticRegression().fit(PLANE, SIDE)
    with pytest.raises(InputError, match="give the model that was fitted with this recorder"):
        DecisionBoundary.animate(recorder, PLANE, SIDE, model=other)


# ---------------------------------------------------------------------- where, and what not


def test_drawn_where_it_is_asked_for(looks_as_recorded):
    figure, both = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    display = DecisionBoundary.from_estimator(perceptron_of_the_course(), PLANE, SIDE, ax=both[0])
    assert display.ax_ is both[0]
    assert display.figure_ is figure
    DecisionBoundary.from_estimator(two_nodes(), PLANE, SIDE, nodes=True, ax=both[1])
    looks_as_recorded(figure, "decision-boundary")


def test_numbers_look_as_recorded(looks_as_recorded):
    y = PLANE[:, 0] * PLANE[:, 1]
    model = MLPRegressor(hidden_layer_sizes=(2,), activation="relu", random_state=0)
    model.initialize(PLANE, y)
    model.coefs_ = [np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[3.0], [1.0]])]
    model.intercepts_ = [np.array([-6.0, 6.0]), np.array([0.0])]
    figure = Figure(figsize=(6, 4), layout="constrained")
    DecisionBoundary.from_estimator(model, PLANE, y, ax=figure.subplots())
    looks_as_recorded(figure, "decision-boundary-numbers")


def test_it_can_be_drawn_again():
    shown = draw(perceptron_of_the_course(), PLANE, SIDE)
    other = axes()
    assert shown.plot(ax=other) is shown
    assert shown.ax_ is other


def test_nothing_is_cut_off_a_figure_that_does_not_arrange_itself(penguins):
    model, frame, y = penguins
    figure, ax = plt.subplots()
    shown = DecisionBoundary.from_estimator(model, frame, y, ax=ax)
    figure.canvas.draw()
    box = shown.heading_.get_window_extent()
    assert box.y1 <= figure.bbox.y1
    assert shown.legend_.get_window_extent().x1 <= figure.bbox.x1


def test_names_are_drawn_as_they_are():
    frame = pl.DataFrame({"<b>$x$": PLANE[:, 0], "🐧 two\nlines": PLANE[:, 1]})
    y = np.where(SIDE == "yes", "$\\frac", "no")
    shown = draw(LogisticRegression().fit(frame, y), frame, y)
    shown.figure_.savefig("/dev/null", format="png")
    assert (shown.ax_.get_xlabel(), shown.ax_.get_ylabel()) == ("<b>$x$", "▯ two lines")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"features": ("bill_lenth_mm", 0)}, "'bill_lenth_mm'; did you mean 'bill_length_mm'"),
        ({"features": ("year",)}, "features takes two columns, and 1 were given"),
        ({"features": (0, 1, 2)}, "features takes two columns, and 3 were given"),
        ({"features": "year"}, "features takes two columns, such as (0, 1), not 'year'"),
        ({"features": (0, 99)}, "there is no column 99; there are 7"),
        ({"features": ("year", -1)}, "features names 'year' twice"),
        ({"held_at": {"yaer": 1}}, "held_at: there is no column 'yaer'; did you mean 'year'?"),
        ({"held_at": {"year": "old"}}, "held_at: column 'year' holds numbers, not 'old'"),
        ({"held_at": {"sex": "femal"}}, "holds no 'femal' in any row; did you mean 'female'"),
        ({"held_at": {"island": "Biscoe"}, "features": (0, 1)}, "'island', which varies"),
        ({"held_at": 3}, "held_at takes a value for each column it names"),
        ({"resolution": 1}, "resolution=1: use from 2 to 1000"),
        ({"resolution": 10.5}, "resolution must be a whole number"),
        ({"features": ("island", "year"), "nodes": True}, "the categories of 'island'"),
    ],
)  # fmt: skip
def test_misuse(penguins, options, said):
    model, frame, y = penguins
    with pytest.raises(InputError, match=re.escape(said)):
        draw(model, frame, y, **options)


def test_misuse_of_rows_and_answers(penguins):
    model, frame, y = penguins
    with pytest.raises(InputError, match="X has 344 rows but y has 10; give as many"):
        draw(model, frame, y[:10])
    with pytest.raises(InputError, match="y has 'Gento', which is none of the classes; did"):
        draw(model, frame, ["Gento"] * 344)
    with pytest.raises(InputError, match="y has no label in row 1, counted from 0"):
        draw(model, frame, [y[0], None, *y[2:]])
    with pytest.raises(InputError, match="y is to be one value for each row, not str"):
        draw(model, frame, "species")
    with pytest.raises(InputError, match="one row does not tell which columns matter"):
        draw(model, frame[:1], y[:1])
    empty = frame.with_columns(year=pl.lit(None, pl.Int64))
    with pytest.raises(InputError, match="column 'year' has no value in any row"):
        draw(model, empty, y, features=("year", "bill_length_mm"))


def test_misuse_of_models():
    with pytest.raises(NotFittedError, match="this LogisticRegression is not fitted"):
        draw(LogisticRegression(), PLANE, SIDE)
    with pytest.raises(InputError, match="needs a model that predicts, not the class"):
        draw(LogisticRegression, PLANE, SIDE)
    with pytest.raises(InputError, match="not StandardScaler"):
        draw(StandardScaler().fit(PLANE), PLANE, SIDE)
    one = LogisticRegression().fit(PLANE[:, :1], SIDE)
    with pytest.raises(InputError, match="takes 1 column, and a boundary is drawn over two"):
        draw(one, PLANE[:, :1], SIDE)
    model = LogisticRegression().fit(PLANE, SIDE)
    with pytest.raises(InputError, match="3 features, but"):
        draw(model, np.ones((5, 3)), features=(0, 1))
    with pytest.raises(InputError, match="NaN"):
        draw(model, np.array([[1.0, 2.0], [np.nan, 3.0]]), ["yes", "no"])
    several = MLPClassifier((2,), random_state=0).initialize(PLANE, (PLANE > 5).astype(int))
    with pytest.raises(InputError, match="one class for each row, and this model predicts several"):
        draw(several, PLANE)
    tree = DecisionTreeRegressor().fit(PLANE, PLANE)
    with pytest.raises(InputError, match="one predicted number, and this model predicts 2"):
        draw(tree, PLANE)
    with pytest.raises(InputError, match="DecisionTreeRegressor has no nodes"):
        draw(DecisionTreeRegressor().fit(PLANE, PLANE[:, 0]), PLANE, nodes=True)
    with pytest.raises(InputError, match="row 1 of y, counted from 0, is nan, no finite number"):
        draw(DecisionTreeRegressor().fit(PLANE, PLANE[:, 0]), PLANE[:2], [1.0, np.nan])
