"""Features of two columns: what the encoder makes of them, and what is known of them later."""

import numpy as np
import polars as pl
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import MLPClassifier, explain
from chainrule.errors import InputError
from chainrule.explanation import attribute
from chainrule.explanation.inputs._raw_columns import probe_sources, trace_all
from chainrule.explanation.inputs._raw_rows import raw_rows
from chainrule.plots import DecisionBoundary
from chainrule.tables import (
    PLANE_FEATURES,
    describe_columns,
    load_example,
    make_encoder,
    prepare_target,
)
from chainrule.tables.names import subscripted

POINTS = load_example("spiral").frame.drop("class")
AXES = ("x1", "x2")


def encoder_of(frame, axes=AXES, features=PLANE_FEATURES):
    return make_encoder(describe_columns(frame), axes=axes, features=features).fit(frame)


def test_all_of_them_by_scikit_learn_and_numpy():
    z = StandardScaler().fit_transform(POINTS.to_numpy())
    a, b = z.T
    expected = np.column_stack([a, b, a**2, b**2, a * b, np.sin(np.pi * a), np.sin(np.pi * b)])
    encoder = encoder_of(POINTS)
    found = encoder.transform(POINTS)
    assert found.dtype == np.float32
    assert found.flags["C_CONTIGUOUS"]
    assert found == pytest.approx(expected, abs=2e-6)
    assert encoder.get_feature_names_out().tolist() == [
        *("x1", "x2", "x₁²", "x₂²", "x₁x₂", "sin πx₁", "sin πx₂")
    ]


def test_by_hand():
    # Means 2 and 0, deviations 1 and 2: z = ±1.
    frame = pl.DataFrame({"x1": [1.0, 3.0, 1.0, 3.0], "x2": [-2.0, 2.0, 2.0, -2.0]})
    found = encoder_of(frame, features=["product", "x1_squared", "sin_x2"]).transform(
        pl.DataFrame({"x1": [2.5], "x2": [1.0]})
    )
    # z₁ = 0.5, z₂ = 0.5: z₁² = 0.25, z₁z₂ = 0.25, sin(π/2) = 1; in the order of PLANE_FEATURES.
    assert found == pytest.approx(np.array([[0.25, 0.25, 1.0]]), abs=1e-6)


@pytest.mark.parametrize("features", [("x1", "x2"), ["x2", "x1"]])
def test_without_any_it_is_the_usual_encoder(features):
    encoder = encoder_of(POINTS, features=features)
    usual = make_encoder(describe_columns(POINTS)).fit(POINTS)
    assert list(encoder.named_steps) == list(usual.named_steps)
    assert np.array_equal(encoder.transform(POINTS), usual.transform(POINTS))


def test_among_other_columns():
    frame = load_example("penguins").frame.drop("species")
    axes = ("body_mass_g", "bill_length_mm")
    encoder = encoder_of(frame, axes, ["x1", "x2_squared", "product", "sin_x1"])
    usual = make_encoder(describe_columns(frame)).fit(frame)
    names, known = (e.get_feature_names_out().tolist() for e in (encoder, usual))
    kept = [name for name in known if name != "bill_length_mm"]
    made = ["bill_length_mm²", "body_mass_g · bill_length_mm", "sin π · body_mass_g"]
    assert names == kept + made
    found, z = encoder.transform(frame), usual.transform(frame)
    mass, bill = (z[:, known.index(name)] for name in axes)
    assert np.array_equal(found[:, : len(kept)], z[:, [known.index(name) for name in kept]])
    assert np.array_equal(found[:, len(kept) :].T, [bill * bill, mass * bill, np.sin(np.pi * mass)])


def test_what_each_is_made_of_is_known():
    frame = load_example("penguins").frame.drop("species")
    axes = ("flipper_length_mm", "body_mass_g")
    encoder = encoder_of(frame, axes, ["x2", "x1_squared", "product", "sin_x2"])
    steps = [step for _, step in encoder.steps]
    told = trace_all(steps, [(i,) for i in range(frame.width)])
    seen = probe_sources(lambda rows: encoder.transform(rows.table), raw_rows(frame, "X"))
    assert told == seen
    places = tuple(frame.columns.index(name) for name in axes)
    assert told[-3:] == [places[:1], places, places[1:]]


def test_a_model_with_them_is_explained_and_drawn():
    table = load_example("moons").frame
    target = prepare_target(table, "class")
    encoder = make_encoder(
        describe_columns(table, target="class"), axes=AXES, features=["x2", "product"]
    )
    network = MLPClassifier((3,), solver="lbfgs", max_iter=400, random_state=0)
    model = Pipeline([("encoder", encoder), ("network", network)]).fit(table, target.values)
    points = table.drop("class")
    assert "x₁x₂" in str(explain(model, points[:1], target.values[:1]))
    boundary = DecisionBoundary.from_estimator(model, points, target.values)
    assert "x1 (across) and x2 (up)" in boundary.alt_text
    assert "x1 × x2, mixed" in str(attribute(model, 0, data=points))


@pytest.mark.parametrize(
    ("axes", "features", "message"),
    [
        (("sex", "year"), ["x1_squared"], "two columns of numbers, and 'sex' is none"),
        (("age", "year"), ["product"], "two columns of numbers, and 'age' is none"),
        (("year", "body_mass_g"), ["x1", "cube"], "there is no feature 'cube'"),
    ],
)
def test_what_cannot_be(axes, features, message):
    columns = describe_columns(load_example("penguins").frame)
    with pytest.raises(InputError, match=message):
        make_encoder(columns, axes=axes, features=features)


def test_symbols():
    assert [subscripted(name) for name in ("x1", "x12", "X3", "1x", "x", "ab1", "x1²")] == [
        *("x₁", "x₁₂", "X₃", "1x", "x", "ab1", "x1²")
    ]
