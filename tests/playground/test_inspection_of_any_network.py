"""What is told of any network agrees with explain, and with what the next step does."""

import re
import warnings
from itertools import product

import numpy as np
import pytest
from reading_told import (
    bias,
    check_html,
    check_lines,
    check_numbers,
    node,
    quantity,
    spoken,
    tell_node,
    tell_point,
    tell_weight,
    weight,
)

from chainrule import LogisticRegression, MLPClassifier, MLPRegressor, Perceptron, explain
from chainrule.estimators import OpenTraining
from chainrule.explanation.worked.close_up import CloseUp
from chainrule.training import OPTIMIZERS

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(40, 3))
THREE = np.array(list("abc"))[RANDOM.randint(0, 3, 40)]
NAMES = ["grade", "test", "age"]
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
