"""What is told of a point, a node and a weight: explain's numbers, and what they are about."""

import re

import numpy as np
import pytest
from reading_told import (
    bias,
    check_html,
    node,
    same,
    spoken,
    tell_node,
    tell_point,
    tell_weight,
    weight,
)
from sklearn.preprocessing import StandardScaler

from chainrule import InputError, MLPClassifier, MLPRegressor, explain
from chainrule.playground.data import make_data
from chainrule.playground.inspection import Names, names_of
from chainrule.playground.settings import Settings

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(40, 3))
NUMBER = X[:, 0] * 2 + 1
NAMES = ["grade", "test", "age"]
POINT = ([1.0, 2.0], "yes")


# ------------------------------------------------------------------ the curriculum's network


X1, X2, H1, H2, OUT = node(0, 0), node(0, 1), node(1, 0), node(1, 1), node(2, 0)
W11, W21, W12, W22 = weight(1, 0, 0), weight(1, 1, 0), weight(1, 0, 1), weight(1, 1, 1)
V1, V2, B1, B2, C = weight(2, 0, 0), weight(2, 1, 0), bias(1, 0), bias(1, 1), bias(2, 0)
FIRST = [X1, X2, H1, H2, W11, W21, W12, W22, B1, B2]

PLACES = [
    ("1. Feedforward", [[X1, X2], FIRST, [H1, H2, OUT, V1, V2, C]]),
    ("2. Compare", [[OUT]]),
    ("3. Calculate", [[OUT]]),
    (
        "4. Run",
        [
            [OUT],
            [H1, H2, OUT, V1, V2, C],
            [OUT, H1, H2, V1, V2],
            [X1, X2, H1, H2, W11, W21, W12, W22],
            # The biases, and the whole chain of the weight with the largest slope.
            [H1, H2, B1, B2, OUT, V2, X2, W22],
        ],
    ),
    ("5. Update", [[W11, W21, W12, W22], [B1, B2, V1, V2, C]]),
    ("6. Repeat", [[OUT]]),
]


def test_each_part_says_where_it_is_in_the_network(worked):
    told = tell_point(worked(["no", "yes"]), *POINT, names=["grade", "test"], row=17)
    assert told["title"] == "Row 17 through a network of 2–2–1 nodes (sigmoid)"
    for step, (title, parts) in zip(told["steps"], PLACES, strict=True):
        assert step["title"].startswith(title)
        for part, places in zip(step["parts"], parts, strict=True):
            assert same(part["places"], places), (title, part["places"])


def test_the_row_as_it_was_given_is_told_at_the_inputs(worked):
    names = Names(["grade", "test"], cells={"grade (of 6)": 1, "test": "2 of 9"})
    told = tell_point(worked(["no", "yes"]), *POINT, names=names, row=17)
    first = told["steps"][0]["parts"][0]
    assert "grade (of 6)" in first["html"]
    assert same(first["places"], [X1, X2])


@pytest.mark.parametrize(
    ("layer", "source", "to", "symbols", "numbers"),
    [
        (1, 1, 0, "∂E/∂ŷ·∂ŷ/∂z²·W²₁,₁·∂h¹₁/∂z¹₁·x₂", "0.6·0.201108·2 = −0.100028"),
        (1, 0, 1, "∂E/∂ŷ·∂ŷ/∂z²·W²₂,₁·∂h¹₂/∂z¹₂·x₁", "(−0.5)·0.244458·1 = 0.0506624"),
        (1, None, 0, "∂E/∂ŷ·∂ŷ/∂z²·W²₁,₁·∂h¹₁/∂z¹₁", "0.6·0.201108 = −0.050014"),
        (2, 0, 0, "∂E/∂ŷ·∂ŷ/∂z²·h¹₁", "0.721115 = −0.298893"),
        (2, None, 0, "∂E/∂ŷ·∂ŷ/∂z²", "= −0.414487"),
    ],
)
def test_the_whole_chain_is_one_line(layer, source, to, symbols, numbers, worked):
    about = {"layer": layer, "source": source, "to": to}
    told = tell_weight(worked(["no", "yes"]), *POINT, names=["grade", "test"], **about)
    (line,) = [line for line in spoken(told["html"]) if f" = {symbols} = " in line]
    between = " " if numbers.startswith("=") else "·"
    assert line.endswith(f" = {symbols} = −1.7079·0.242687{between}{numbers}")


def test_a_weight_of_the_curriculums_network(worked):
    about = {"layer": 1, "source": 1, "to": 0}
    told = tell_weight(worked(["no", "yes"]), *POINT, names=["grade", "test"], **about)
    assert told["title"] == "Weight W¹₂,₁ from input x₂ to node 1 of hidden layer 1"
    assert told["places"][0] == W21
    assert same(told["places"], [W21, X2, H1, V1, OUT])
    numbers = {number["name"]: number["value"] for number in told["numbers"]}
    assert numbers["W¹₂,₁"] == 0.4
    assert numbers["∂E/∂W¹₂,₁"] == pytest.approx(-0.100028, abs=5e-7)
    assert numbers["W¹₂,₁′"] == pytest.approx(0.4 + 0.5 * 0.100028, abs=5e-7)
    assert "W¹₂,₁′ = W¹₂,₁ − α·∂E/∂W¹₂,₁ = 0.4 − 0.5·(−0.100028) = 0.450014" in spoken(told["html"])


def test_a_node_of_the_curriculums_network(worked):
    told = tell_node(worked(["no", "yes"]), *POINT, names=["grade", "test"], layer=1, node=1)
    assert told["title"] == "Node 2 of hidden layer 1, sigmoid"
    assert same(told["places"], [H2, X1, X2, W12, W22, B2, V2, OUT])
    numbers = {number["name"]: number["value"] for number in told["numbers"]}
    for name, value in {
        "z¹₂": 0.3,
        "h¹₂": 0.574443,
        "δ¹₂": 0.050662,
        "∂h¹₂/∂z¹₂": 0.244458,
        "∂E/∂h¹₂": 0.207243,
        "∂E/∂W¹₁,₂": 0.050662,
        "∂E/∂W¹₂,₂": 0.101325,
        "∂E/∂b¹₂": 0.050662,
        "W²₂,₁": -0.5,
    }.items():
        assert numbers[name] == pytest.approx(value, abs=5e-7), name
    assert "x₁ is grade; x₂ is test." in told["html"]


def test_an_input_says_where_it_comes_from(worked):
    names = Names(["grade", "test"], ["It is the grade.", "It is what was scored."])
    told = tell_node(worked(["no", "yes"]), *POINT, names=names, layer=0, node=1)
    assert told["title"] == "Input x₂: test"
    assert "It is what was scored." in told["html"]
    assert same(told["places"], [X2, W21, W22, H1, H2])
    numbers = {number["name"]: number["value"] for number in told["numbers"]}
    slope = explain(worked(["no", "yes"]), *POINT).quantities["dE/dx"].value[0, 1]
    assert (numbers["x₂"], numbers["∂E/∂x₂"]) == (2.0, slope)


# ------------------------------------------------------------------ a place without an answer


def test_a_place_that_is_no_row_is_only_sent_through(worked):
    told = tell_point(worked(["no", "yes"]), [1.0, 2.0], None, names=["grade", "test"], row=None)
    assert told["title"].startswith("This place through a network")
    assert [step["title"][:2] for step in told["steps"]] == ["1."]
    assert "The probability of yes is 0.585513" in told["steps"][0]["parts"][-1]["html"]
    one = tell_node(
        worked(["no", "yes"]), [1.0, 2.0], None, names=["grade", "test"], layer=1, node=0
    )
    assert {"z¹₁", "h¹₁"} <= {number["name"] for number in one["numbers"]}
    about = {"layer": 1, "source": 0, "to": 0}
    other = tell_weight(worked(["no", "yes"]), [1.0, 2.0], None, names=["grade", "test"], **about)
    assert "no error to learn from" in other["html"]
    for found in (
        one,
        other,
        tell_node(worked(["no", "yes"]), POINT[0], None, names="ab", layer=0, node=0),
    ):
        assert not any("E" in number["name"] for number in found["numbers"])
        check_html(found["html"])


def test_a_number_is_told_in_its_own_units():
    scaling = StandardScaler().fit(1000 * NUMBER[:, None] + 4000)
    y = scaling.transform(1000 * NUMBER[:, None] + 4000)[:, 0]
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="sgd").initialize(X, y)
    told = tell_point(model, X[0], y[0], names=Names(NAMES, scaling=scaling), row=0)
    html = "".join(part["html"] for step in told["steps"] for part in step["parts"])
    own = scaling.inverse_transform(model.predict(X[:1])[:, None])[0, 0]
    assert f"which is {own:.6g} in the target&#x27;s own units".replace("-", "−") in html
    assert f"The answer is {1000 * NUMBER[0] + 4000:.6g}, the prediction {own:.6g}." in html


def test_a_network_that_has_gone_astray_is_told_as_it_is(worked):
    model = worked(["no", "yes"])
    model.coefs_[0][0, 0] = np.nan
    names = {"names": ["grade", "test"]}
    told = tell_weight(model, *POINT, **names, layer=1, source=0, to=0)
    assert "gone astray" in told["html"]
    assert None in [number["value"] for number in told["numbers"]]
    check_html(told["html"])
    tell_point(model, *POINT, row=0, **names)
    tell_node(model, *POINT, layer=1, node=0, **names)


# ------------------------------------------------------------------ names


HOSTILE = [
    "<script>alert(1)</script>",
    "a & b \"'</div>",
    "🐧" * 5 + "x" * 300,
    "\u202eשלום\u202c\0\x1b]",
    "",
    "$x$ `*` {{ }}",
]


def test_names_are_text_whatever_they_are():
    rows = np.random.RandomState(0).normal(size=(12, 6))
    labels = np.array(HOSTILE[:4])[np.arange(12) % 4]
    model = MLPClassifier((3,)).initialize(rows, labels)
    names = Names(HOSTILE, HOSTILE, cells=dict(zip(HOSTILE, reversed(HOSTILE), strict=True)))
    for label in HOSTILE[:4]:
        told = tell_point(model, rows[0], label, names=names, row=0)
        for step in told["steps"]:
            for part in step["parts"]:
                check_html(part["html"])
    for layer, j in ((0, 0), (0, 3), (1, 0), (2, 0), (2, 2)):
        told = tell_node(model, rows[0], HOSTILE[0], names=names, layer=layer, node=j)
        check_html(told["html"])
        assert len(told["title"]) < 120
    assert (
        "<script>" in tell_node(model, rows[0], HOSTILE[0], names=names, layer=0, node=0)["title"]
    )


def test_inputs_called_as_they_are_written_are_not_called_twice(worked):
    told = tell_node(worked(["no", "yes"]), *POINT, names=["x₁", "x₂"], layer=0, node=1)
    assert told["title"] == "Input x₂"


def test_what_is_not_there_is_said_in_a_sentence(worked):
    names = {"names": ["grade", "test"]}
    with pytest.raises(InputError, match="no layer 3: the network has layers 0 to 2"):
        tell_node(worked(["no", "yes"]), *POINT, **names, layer=3, node=0)
    with pytest.raises(InputError, match="no node 2 in layer 1: it has 2"):
        tell_weight(worked(["no", "yes"]), *POINT, **names, layer=2, source=2, to=0)
    with pytest.raises(InputError, match="no weight leads to layer 0"):
        tell_weight(worked(["no", "yes"]), *POINT, **names, layer=0, source=None, to=0)
    with pytest.raises(InputError, match="3 names were given for 2 inputs"):
        tell_point(worked(["no", "yes"]), *POINT, names=NAMES, row=0)


SOURCES = {
    "test_score": "It is test_score, standardized: less ",
    "test_score²": "It is the square of test_score, standardized.",
    "test_score · grade": "It is the product of test_score and grade, both standardized.",
    "sin π · grade": "It is the sine of π times grade, standardized.",
    "sex=male": "It is 1 where sex=male, else 0.",
    "body_mass_g is missing": "It is 1 where body_mass_g has no value, else 0.",
    "year": "It is year, standardized: less 2,008",
}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"data": "admissions", "features": ["x1", "x1_squared", "product", "sin_x2"]}, 4),
        ({"data": "penguins", "columns": "all"}, 3),
    ],
)
def test_where_inputs_come_from(settings, expected):
    data = make_data(Settings(settings))
    names = names_of(data, row=3)
    assert len(names.sources) == len(data.inputs)
    found = dict(zip(names.inputs, names.sources, strict=True))
    known = found.keys() & SOURCES.keys()
    assert len(known) == expected
    for name in known:
        assert found[name].startswith(SOURCES[name])
    assert names.cells == data.frame.select(names.cells.keys()).row(3, named=True)
    at = names_of(data, at=(50.0, 20.0)).cells
    assert list(at) == [axis.name for axis in data.axes]


def test_standardized_numbers_are_what_the_sentence_says():
    data = make_data(Settings({"data": "admissions"}))
    names = names_of(data, row=5)
    for i, (name, source) in enumerate(zip(names.inputs, names.sources, strict=True)):
        less, divided = map(float, re.findall(r"(?:less|by) ([\d.]+)", source))
        value = (names.cells[name] - less) / divided
        assert data.encode(data.frame[5])[0, i] == pytest.approx(value, abs=2e-3)
