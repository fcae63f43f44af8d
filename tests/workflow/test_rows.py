"""Weights of rows: how they are read, and that they count wherever rows are counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from chainrule.errors import InputError
from chainrule.tables import Table
from chainrule.workflow import TrainSettings, evaluate, load_model, predict, save_model, train
from chainrule.workflow.model import network_of
from chainrule.workflow.rivals import score_rivals, score_row_by_row
from chainrule.workflow.rows import Rows, counted_rows
from chainrule.workflow.scores import score_classes, score_numbers

ROWS = 120
QUICK = TrainSettings(hidden_layer_sizes=(4,), epochs=3, weights="w")
SCORES = ("accuracy", "balanced_accuracy", "log_loss", "roc_auc", "macro_f1", "confusion")
NUMBER_SCORES = ("r2", "rmse", "mae", "median_absolute_error", "residual_quantiles")


def made(frame, name="made"):
    return Table(frame, name, None, "y", "")


@pytest.fixture(scope="module")
def frame():
    """A class that x and z tell of, and whole weights from 0 to 3."""
    random = np.random.default_rng(0)
    x, z, noise = random.normal(size=(3, ROWS))
    y = np.where(x + z / 2 + noise > 0, "yes", "no")
    return pl.DataFrame({"x": x, "z": z, "w": np.arange(ROWS) * 7 % 4, "y": y})


def repeated(frame):
    """The same rows, each as often as its weight says, in the same order."""
    times = frame["w"].to_numpy()
    return frame[np.repeat(np.arange(frame.height), times)].drop("w")


def coefficients(model):
    return np.concatenate([c.ravel() for c in network_of(model.pipeline).coefs_])


# ---------------------------------------------------------------------------- reading


def test_rows_of_weight_0_are_left_out():
    rows = counted_rows(pl.DataFrame({"w": [0, 2, 0, 1]}), "w")
    assert (rows.weights.tolist(), rows.places.tolist()) == ([2.0, 1.0], [1, 3])
    picked = rows.pick(np.array([1]))
    assert (picked.frame["w"].to_list(), picked.weights.tolist()) == ([1], [1.0])
    with pytest.raises(InputError, match="text in row 4 of"), picked.numbered_as_given():
        raise InputError("a text in row 1 of it")
    with pytest.raises(InputError, match="class 'row 9'"), rows.numbered_as_given():
        raise InputError("no class 'row 9'")


def test_weights_may_be_texts_of_numbers():
    assert counted_rows(pl.DataFrame({"w": ["1.5", "0"]}), "w").weights.tolist() == [1.5]


@pytest.mark.parametrize("model", ["network", "logistic", "perceptron"])
@pytest.mark.parametrize("share", [1e-3, 1e-50])
def test_shares_of_a_whole_are_weights_too(frame, model, share):
    # The penalty of a single neuron, and of the linear rival, would outweigh so little.
    settings = TrainSettings(model=model, epochs=5, weights="w")
    counts, shares = (
        train(made(frame.with_columns(pl.col("w") * unit)), settings).model.origin
        for unit in (1 / 2, share)
    )
    assert counts.scores["accuracy"] == pytest.approx(shares.scores["accuracy"])
    rivals = [origin.baselines["linear model"]["log_loss"] for origin in (counts, shares)]
    # Half of each weight is 1 on average or a little more, so that it is left as it is.
    assert rivals[0] == pytest.approx(rivals[1], rel=0.05)


def test_a_weight_that_is_nothing_beside_the_others():
    rows = counted_rows(pl.DataFrame({"w": [1e-30, 5.0, 1e-9]}), "w")
    assert rows.places.tolist() == [1, 2]


# ---------------------------------------------------------------------------- scores


@pytest.mark.parametrize("k", [2, 4])
def test_whole_weights_are_repeated_rows_in_scores_of_classes(k):
    random = np.random.default_rng(k)
    codes = np.r_[np.arange(k), random.integers(k, size=60)]
    weights = random.integers(1, 5, size=len(codes))
    probabilities = random.dirichlet(np.ones(k), len(codes)).round(1) + 1e-3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    times = np.repeat(np.arange(len(codes)), weights)
    classes = tuple(range(k))
    found = score_classes(codes, probabilities, weights.astype(float), classes=classes)
    wanted = score_classes(codes[times], probabilities[times], classes=classes)
    for name in SCORES:
        assert np.ravel(getattr(found, name)) == pytest.approx(np.ravel(getattr(wanted, name)))
    assert found.rows == len(codes)
    shown = probabilities[:, 1] if k == 2 else probabilities
    area = metrics.roc_auc_score(codes, shown, sample_weight=weights, multi_class="ovr")
    assert found.roc_auc == pytest.approx(area)


def test_whole_weights_are_repeated_rows_in_scores_of_numbers():
    random = np.random.default_rng(1)
    true, predicted = random.normal(size=(2, 41))
    weights = random.integers(1, 5, size=41)
    times = np.repeat(np.arange(41), weights)
    found = score_numbers(true, predicted, weights.astype(float)).to_dict()
    wanted = score_numbers(true[times], predicted[times]).to_dict()
    for name in NUMBER_SCORES:
        assert found[name] == pytest.approx(wanted[name]), name
    assert found["r2"] == pytest.approx(metrics.r2_score(true, predicted, sample_weight=weights))


def test_quantiles_worked_by_hand():
    # Residuals 1, 2, 10 of weights 1, 1, 2: half of the weight is at most 2, so the median lies
    # between 2 and 10; a quarter is at most 1, so that quantile lies between 1 and 2.
    scores = score_numbers(np.array([1.0, 10.0, 2.0]), np.zeros(3), np.array([1.0, 2.0, 1.0]))
    assert scores.median_absolute_error == 6.0
    assert scores.residual_quantiles["25%"] == 1.5
    assert scores.residual_quantiles["95%"] == 10.0


@pytest.mark.parametrize("classes", [("no", "yes"), None])
def test_whole_weights_are_repeated_rows_to_the_rivals(classes):
    random = np.random.default_rng(2)
    x = random.normal(size=(80, 2)).astype(np.float32)
    numbers = x[:, 0] + random.normal(size=80)
    y = numbers if classes is None else (numbers > 0).astype(int)
    weights = random.integers(1, 4, size=80)
    rows = Rows(x, y, None, weights.astype(float))
    parts = [rows.pick(np.arange(80) < 50), rows.pick(np.arange(80) >= 50)]
    many = [
        Rows(part.x, part.y).pick(np.repeat(np.arange(len(part.y)), part.weights.astype(int)))
        for part in parts
    ]
    found, wanted = (score_rivals(*p, classes=classes) for p in (parts, many))
    names = NUMBER_SCORES if classes is None else SCORES
    for one, other in zip(found, wanted, strict=True):
        assert one.name == other.name
        for name in names:
            values = [s.to_dict()[name] for s in (one.scores, other.scores)]
            if name == "residual_quantiles":
                values = [list(v.values()) for v in values]
            assert np.ravel(values[0]) == pytest.approx(np.ravel(values[1]), rel=1e-3), name


def test_weights_sway_the_guess_and_the_verdict():
    x = np.zeros((10, 1), np.float32)
    y = np.array([0] * 6 + [1] * 4)
    weights = np.where(y == 1, 9.0, 1.0)
    rows = Rows(x, y, None, weights)
    _, guess = score_rivals(rows, rows, classes=("no", "yes"))
    assert guess.name == "always yes"
    assert guess.scores.accuracy == pytest.approx(36 / 42)
    assert guess.goodness.tolist() == [0.0] * 6 + [9.0] * 4
    _, goodness = score_row_by_row(np.ones(2), np.zeros(2), classes=None, weights=np.r_[1.0, 3.0])
    assert goodness.tolist() == [-1.0, -3.0]


# ---------------------------------------------------------------------------- training


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_a_neuron_learns_the_same_from_weights_as_from_repeated_rows(frame, solver):
    # Without a penalty, the optimum does not depend on how the inputs are scaled.
    settings = TrainSettings(model="logistic", solver=solver, l2=0.0, min_change=1e-9)
    test = made(frame.filter(pl.col("w") > 1), "test")
    weighted = train(made(frame), replace(settings, weights="w"), test=test)
    many = train(made(repeated(frame)), settings, test=made(repeated(test.frame), "test"))
    frames = frame.drop("y", "w")
    found, wanted = (t.model.probabilities(frames) for t in (weighted, many))
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    for name in SCORES:
        pair = [np.ravel(getattr(t.scores, name)) for t in (weighted, many)]
        assert pair[0] == pytest.approx(pair[1], abs=1e-3), name


def test_a_weight_of_0_leaves_the_row_out_of_everything(frame):
    kept = frame.filter(pl.col("w") > 0)
    # What such a row holds is of no importance, its class included.
    rubbish = frame.with_columns(
        x=pl.when(pl.col("w") == 0).then(1e9).otherwise("x"),
        y=pl.when(pl.col("w") == 0).then(None).otherwise("y"),
    )
    one, other = (train(made(table), QUICK) for table in (rubbish, kept))
    np.testing.assert_array_equal(coefficients(one.model), coefficients(other.model))
    assert one.scores == other.scores
    assert one.verdict == other.verdict
    assert one.model.origin.split == other.model.origin.split
    assert one.model.origin.data["rows"] == ROWS


def test_weights_are_no_input_and_count_in_training(frame):
    weighted = train(made(frame), QUICK)
    assert weighted.model.columns == ["x", "z"]
    equal = train(made(frame.with_columns(w=pl.lit(1))), QUICK)
    plain = train(made(frame.drop("w")), replace(QUICK, weights=None))
    np.testing.assert_allclose(coefficients(equal.model), coefficients(plain.model), rtol=1e-5)
    assert equal.scores.accuracy == pytest.approx(plain.scores.accuracy)
    assert not np.allclose(coefficients(weighted.model), coefficients(plain.model), rtol=1e-2)


@pytest.mark.parametrize("monitor", ["loss", "score", "roc_auc"])
def test_weights_count_in_early_stopping(frame, monitor):
    """At so low a rate nothing is learned: what is seen of the held-out rows changes by weight."""
    name = "validation_loss" if monitor == "loss" else "validation_score"
    seen = []
    for weights in (frame["w"] + 1, (frame["w"] + 1) ** 8):
        settings = replace(QUICK, monitor=monitor, learning_rate=1e-12)
        history = train(made(frame.with_columns(w=weights)), settings).model.origin.history
        seen.append(history[name][0])
    assert abs(seen[0] - seen[1]) > 1e-3


def test_a_range_test_sees_the_weights(frame):
    settings = replace(QUICK, learning_rate="find")
    curves = [
        train(made(frame.with_columns(w=w)), settings).model.origin.rate_test["losses"]
        for w in (frame["w"] + 1, (frame["w"] + 1) ** 8)
    ]
    assert curves[0][0] != pytest.approx(curves[1][0], rel=1e-3)


# ---------------------------------------------------------------------------- the model, later


def test_a_weighted_model_later(frame, tmp_path):
    trained = train(made(frame), QUICK)
    save_model(tmp_path / "m.chainrule", trained.model)
    model = load_model(tmp_path / "m.chainrule")
    assert model.origin.settings["weights"] == "w"
    found = evaluate(model, frame)
    assert (found.part, found.scores) == ("test", trained.scores)
    parts = {part: evaluate(model, frame, part=part).scores for part in ("all", "train", "test")}
    assert parts["train"].rows + parts["test"].rows == parts["all"].rows == (frame["w"] > 0).sum()
    assert np.sum(parts["all"].confusion) == frame["w"].sum()
    assert predict(model, frame.drop("w", "y")).height == ROWS
    with pytest.raises(InputError, match="lack the column 'w'"):
        evaluate(model, frame.drop("w"))
    worse = frame.with_columns(y=pl.when(pl.int_range(ROWS) == 101).then(None).otherwise("y"))
    with pytest.raises(InputError, match="first in row 102 "):
        evaluate(model, worse)
