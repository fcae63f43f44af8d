"""Numbers to be predicted, on the scale on which a network begins."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import StandardScaler

from chainrule.tables import Table
from chainrule.workflow import TrainSettings, load_model, save_model, train
from chainrule.workflow.target_scaling import MeanScaler, scaling_for


def test_the_scale_of_a_loss():
    assert isinstance(scaling_for("poisson"), MeanScaler)
    assert isinstance(scaling_for("squared_error"), StandardScaler)
    assert isinstance(scaling_for(None), StandardScaler)


def test_dividing_by_the_mean():
    y = np.array([[0.0, 0.0], [30.0, 0.0], [60.0, 0.0]])
    scaler = clone(MeanScaler()).fit(y)
    # The means are 30 and 0; by 0 nothing is divided.
    assert scaler.mean_.tolist() == [30.0, 1.0]
    assert scaler.transform(y).T.tolist() == [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]
    np.testing.assert_array_equal(scaler.inverse_transform(scaler.transform(y)), y)


@pytest.mark.parametrize("unit", [1e-3, 1e5])
def test_the_unit_of_counts_is_of_no_importance(unit, tmp_path):
    x = np.arange(150) * 7 % 30 / 10
    frame = pl.DataFrame({"x": x, "y": np.round(np.exp(x)) * unit})
    settings = TrainSettings(loss="poisson", epochs=40, learning_rate=0.01)
    training = train(Table(frame, "counts", None, "y", ""), settings)
    assert training.scores.r2 > 0.9
    save_model(tmp_path / "m.chainrule", training.model)
    again = load_model(tmp_path / "m.chainrule")
    found = again.numbers(frame)
    np.testing.assert_array_equal(found, training.model.numbers(frame))
    assert found.min() >= 0
    assert found.mean() == pytest.approx(frame["y"].mean(), rel=0.2)


def test_without_hidden_layers_it_is_poisson_regression():
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 2))
    y = random.poisson(np.exp(x @ [0.5, -0.3] + 2)).astype(float)
    weights = random.integers(1, 4, size=200)
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y, "w": weights})
    table = Table(frame, "counts", None, "y", "")
    settings = TrainSettings(
        loss="poisson", hidden_layer_sizes=(), solver="lbfgs", l2=0.0, early_stopping=False
    )
    model = train(table, dataclasses.replace(settings, weights="w"), test=table).model
    known = PoissonRegressor(alpha=0, tol=1e-8).fit(x, y, sample_weight=weights)
    np.testing.assert_allclose(model.numbers(frame), known.predict(x), rtol=1e-3)
