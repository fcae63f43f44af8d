"""What is told of a point, a node and a weight: explain's numbers, and what they are about."""

import re
import warnings
from itertools import product
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from chainrule import (
    InputError,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    explain,
)
from chainrule.estimators import OpenTraining
from chainrule.explanation.worked._arithmetic import Line
from chainrule.explanation.worked.close_up import CloseUp
from chainrule.playground.data import make_data
from chainrule.playground.inspection import Names, names_of, tell_node, tell_point, tell_weight
from chainrule.playground.settings import Settings
from chainrule.training import OPTIMIZERS

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(40, 3))
THREE = np.array(list("abc"))[RANDOM.randint(0, 3, 40)]
NUMBER = X[:, 0] * 2 + 1
NAMES = ["grade", "test", "age"]


POINT = ([1.0, 2.0], "yes")


def node(layer, place):
    return {"kind": "node", "layer": layer, "node": place}


def bias(layer, place):
    return {"kind": "bias", "layer": layer, "node": place}


def weight(layer, source, to):
    return {"kind": "weight", "layer": layer, "from": source, "to": to}


def same(places, expected):
    """Whether these are the places, each once, in whatever order."""
    found = [tuple(place.items()) for place in places]
    return len(found) == len(set(found)) and set(found) == {tuple(p.items()) for p in expected}


def spoken(html):
    """Return every formula as it is read aloud."""
    return re.findall(r'aria-label="([^"]*)"', html)


def check_html(html):
    """Well-formed, nothing that the page's policy forbids, every formula read aloud."""
    tree = ET.fromstring(html)  # noqa: S314 (our own)
    for element in tree.iter():
        assert element.tag != "script"
        assert not any(name == "style" or name.startswith("on") for name in element.attrib)
    for element in tree.iterfind(".//*[@role='math']"):
        assert element.attrib["aria-label"]
    drawn = {id(m) for e in tree.iterfind(".//*[@role='math']") for m in e.iter("math")}
    told = {id(m) for m in tree.iter("math")} - drawn
    assert not told
    return tree


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


# ------------------------------------------------------------------ any network


SUPER, SUB = (str.maketrans(signs, "0123456789") for signs in ("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"))
NAME = re.compile(r"(∂E/∂)?([xWbzhδŷ])([⁰¹²³⁴⁵⁶⁷⁸⁹]*)([₀₁₂₃₄₅₆₇₈₉,]*)(′?)")


def quantity(quantities, name):
    """Find in explain's quantities what has this name; None for what is an optimizer's own."""
    match = NAME.fullmatch(name)
    if match is None or name.startswith("∂E/∂ŷ"):
        return None
    slope, letter, layer, index, new = match.groups()
    called = {"ŷ": "y_hat", "δ": "delta"}.get(letter, letter) + layer.translate(SUPER)
    if slope:
        called = f"dE/d{called}"
    array = quantities[called + ("_new" if new else "")].value
    places = [int(i) - 1 for i in index.translate(SUB).split(",") if i]
    if letter in "Wb":
        return array[tuple(places)] if places else array[0]
    return array[0, places[0] if places else 0]


def check_numbers(told, quantities):
    compared = 0
    for number in told["numbers"]:
        expected = quantity(quantities, number["name"])
        if expected is not None:
            assert number["value"] == expected, number["name"]
            compared += 1
    return compared


def check_lines(part):
    for block in part.blocks:
        if isinstance(block, Line):
            assert block.deviation < 1e-9, block


ACTIVATIONS = ["tanh", "relu", "sigmoid", "softmax", "elu", "mish", "identity", "gelu", "selu"]


def random_network(seed):
    random = np.random.RandomState(seed)
    sizes = tuple(random.randint(1, 10, random.randint(1, 5)).tolist())
    activation = [ACTIVATIONS[i] for i in random.randint(0, len(ACTIVATIONS), len(sizes))]
    settings = {
        "activation": activation,
        "solver": ["sgd", "adam", "muon", "rmsprop"][random.randint(4)],
        "alpha": [0.0, 0.01][random.randint(2)],
        "random_state": seed,
        "max_iter": 2,
    }
    d = int(random.randint(1, 20))
    rows = random.normal(size=(30, d))
    kind = random.randint(4)
    if kind == 0:
        model, y = MLPRegressor(hidden_layer_sizes=sizes, **settings), random.normal(size=30)
    elif kind == 1:
        model = MLPRegressor(hidden_layer_sizes=sizes, **settings)
        y = random.normal(size=(30, 3))
    else:
        model = MLPClassifier(sizes, **settings)
        y = np.arange(30) % (2 if kind == 2 else random.randint(3, 11))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(rows, y)
    return model, rows[0], y[:1]


@pytest.mark.parametrize("seed", range(12))
def test_every_node_and_weight_of_random_networks(seed):
    model, x, y = random_network(seed)
    close, sizes = CloseUp(model, x, y), model._network.sizes
    quantities = explain(model, x, y).quantities
    for name, array in close.quantities.items():
        np.testing.assert_array_equal(array.value, quantities[name].value, err_msg=name)
    random = np.random.RandomState(seed)
    for layer in range(len(sizes)):
        j = random.randint(sizes[layer])
        check_lines(close.node(layer, j))
        names = [f"c{i}" for i in range(sizes[0])]
        told = tell_node(model, x, y, names=names, layer=layer, node=j)
        assert told["places"][0] == node(layer, j)
        # z, h, its weights, bias and their slopes, δ: all that there is of it.
        least = 2 + 2 * sizes[layer - 1] + 2 if layer else 2 + sizes[1]
        assert check_numbers(told, quantities) >= least
        check_html(told["html"])
        if layer == 0:
            continue
        for source in (None, random.randint(sizes[layer - 1])):
            check_lines(close.weight(layer, source, j))
            about = {"layer": layer, "source": source, "to": j}
            told = tell_weight(model, x, y, names=names, **about)
            own = bias(layer, j) if source is None else weight(layer, source, j)
            assert told["places"][0] == own
            assert check_numbers(told, quantities) >= 4  # what it is, its sum, slope, new value
            check_html(told["html"])


@pytest.mark.parametrize("seed", range(12))
def test_every_part_of_random_networks(seed):
    model, x, y = random_network(seed)
    sizes = model._network.sizes
    told = tell_point(model, x, y, names=[f"c{i}" for i in range(sizes[0])], row=3)
    lines = explain(model, x, y).steps
    for step, whole in zip(told["steps"], lines, strict=False):
        assert step["title"] == whole.title
        count = 0
        for part in step["parts"]:
            tree = check_html(part["html"])
            own = len(tree.findall(".//*[@class='line']"))
            assert own <= 6
            count += own
            for place in part["places"]:
                assert 0 <= place["layer"] < len(sizes)
                to = place.get("node", place.get("to"))
                assert 0 <= to < sizes[place["layer"]]
                assert 0 <= place.get("from", 0) < sizes[max(place["layer"] - 1, 0)]
        assert count == len(whole.lines)


@pytest.mark.parametrize(
    ("hidden", "inputs", "classes"), [((8, 8), 2, 2), ((16,), 64, 10), ((16,) * 6, 7, 3)]
)
def test_the_telling_is_not_endless(hidden, inputs, classes):
    rows = np.random.RandomState(0).normal(size=(30, inputs))
    model = MLPClassifier(hidden, activation="tanh", solver="adam")
    model.initialize(rows, np.arange(30) % classes)
    told = tell_point(model, rows[0], 1, names=[f"c{i}" for i in range(inputs)], row=0)
    assert len(told["steps"]) == 6
    assert sum(len(step["parts"]) for step in told["steps"]) <= 40
    about = {"layer": 1, "source": 0, "to": 0}
    told = tell_weight(model, rows[0], 1, names=[f"c{i}" for i in range(inputs)], **about)
    assert told["html"].count('class="line"') <= 40


def test_many_paths_are_one_line_by_the_deltas_of_the_next_layer():
    rows = np.random.RandomState(0).normal(size=(30, 2))
    model = MLPClassifier((3, 8), activation="tanh", alpha=0).initialize(rows, np.arange(30) % 2)
    about = {"layer": 1, "source": 1, "to": 0}
    told = tell_weight(model, rows[0], 1, names=["a", "b"], **about)
    terms = " + ".join(f"δ²{k}·W²₁,{k}" for k in "₁₂₃₄₅₆₇₈")
    start = f"∂E/∂W¹₂,₁ = x₂·∂h¹₁/∂z¹₁·({terms}) = "
    (whole,) = [line for line in spoken(told["html"]) if line.startswith("∂E/∂W¹₂,₁ = x₂")]
    assert whole.startswith(start)
    for k in "₁₂₃₄₅₆₇₈":  # and every δ underneath
        assert any(line.startswith(f"δ²{k} = ") for line in spoken(told["html"]))


def test_few_paths_are_a_sum_over_them():
    rows = np.random.RandomState(0).normal(size=(30, 2))
    model = MLPClassifier((4, 2), activation="tanh", alpha=0).initialize(rows, np.arange(30) % 2)
    about = {"layer": 1, "source": 1, "to": 3}
    told = tell_weight(model, rows[0], 1, names=["a", "b"], **about)
    path = "∂E/∂ŷ·∂ŷ/∂z³·W³{0},₁·∂h²{0}/∂z²{0}·W²₄,{0}·∂h¹₄/∂z¹₄·x₂"
    whole = f"∂E/∂W¹₂,₄ = {path.format('₁')} + {path.format('₂')} = "
    assert any(line.startswith(whole) for line in spoken(told["html"]))


# ------------------------------------------------------------------ the step


SETTINGS = [{"solver": name} for name in OPTIMIZERS]
SETTINGS += [
    {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": True},
    {"solver": "adam", "l1": 0.1},
    {"solver": "sgd", "clip_norm": 0.01, "max_norm": 0.5},
    {"solver": "lbfgs"},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_update_of_every_weight(settings):
    model = MLPClassifier((4, 3), activation="tanh", random_state=1, max_iter=3, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, THREE)
    quantities = explain(model, X[0], THREE[0]).quantities
    for layer, to, source in product((1, 2, 3), (0, 2), (None, 0, 1)):
        about = {"layer": layer, "source": source, "to": to}
        told = tell_weight(model, X[0], THREE[0], names=NAMES, **about)
        new = [number for number in told["numbers"] if re.fullmatch(r"[Wb].*′", number["name"])]
        assert len(new) == 1
        assert new[0]["value"] == quantity(quantities, new[0]["name"])
        check_lines(CloseUp(model, X[0], THREE[0]).weight(layer, source, to))


@pytest.mark.parametrize("solver", ["sgd", "adam", "nadam", "muon", "rmsprop"])
@pytest.mark.parametrize("learning_rate", ["constant", "cosine"])
def test_what_is_told_is_what_the_next_point_does(solver, learning_rate):
    model = MLPClassifier(
        (4, 3), activation="tanh", solver=solver, learning_rate=learning_rate, batch_size=1,
        learning_rate_init=0.1, max_iter=4, random_state=0,
    )  # fmt: skip
    training = OpenTraining(model, X, THREE)
    training.run_points(50)
    row = int(training.next_rows()[0])
    given = training.estimator, X[row].astype(np.float32), THREE[row]
    told = {
        (layer, source): tell_weight(
            *given, names=NAMES, layer=layer, source=source, to=1,
            learning_rate=training.learning_rate,
        )
        for layer, source in product((1, 2, 3), (None, 0))
    }  # fmt: skip
    assert training.run_points(1) == [row]
    after = training.estimator
    for (layer, source), one in told.items():
        (new,) = [n["value"] for n in one["numbers"] if re.fullmatch(r"[Wb].*′", n["name"])]
        if source is None:
            assert new == pytest.approx(after.intercepts_[layer - 1][1], rel=2e-5, abs=1e-6)
        else:
            assert new == pytest.approx(after.coefs_[layer - 1][source, 1], rel=2e-5, abs=1e-6)


def test_a_perceptron_moves_as_the_textbook_says():
    # Curriculum 2.2: misclassified y = 0: W −= αx, b −= α.
    model = Perceptron(learning_rate_init=0.5).initialize([[1.0, 2.0], [2.0, 1.0]], ["no", "yes"])
    for source, value in ((0, -0.5), (1, -1.0), (None, -0.5)):
        about = {"layer": 1, "source": source, "to": 0}
        told = tell_weight(model, [1.0, 2.0], "no", names=["a", "b"], **about)
        (new,) = [n["value"] for n in told["numbers"] if n["name"].endswith("′")]
        assert new == value
    last = tell_point(model, [1.0, 2.0], "no", names=["a", "b"], row=0)["steps"][-1]
    # It lay on the line: its error was 0 and is 0.
    assert "as it was, though the weights have moved" in last["parts"][-1]["html"]


def test_a_single_neuron():
    model = LogisticRegression(solver="gd").initialize(X, THREE)
    told = tell_weight(model, X[0], THREE[0], names=NAMES, layer=1, source=2, to=1)
    assert check_numbers(told, explain(model, X[0], THREE[0]).quantities) >= 4
    assert "to output ŷ₂" in told["title"]


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
