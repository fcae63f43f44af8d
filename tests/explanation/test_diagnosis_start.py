"""CR1xx: what a network starts from, its inputs, its targets and its first weights."""

import numpy as np
import pytest
from sklearn.preprocessing import scale

from chainrule import MLPClassifier, MLPRegressor
from chainrule.explanation import diagnose

# ---------------------------------------------------------------------------- CR101


def columns(rng):
    """Columns that are as they should be, whatever they look like at first."""
    return {
        "standardized": scale(rng.normal(size=1000)),
        "0 to 1": rng.random(1000),
        "centimeters": rng.normal(5.8, 0.8, 1000),
        "grades": rng.integers(1, 6, 1000),
        "yes or no": rng.random(1000) < 0.3,
        "nearly always yes": rng.random(1000) < 0.998,
        "a rare category": rng.random(1000) < 0.002,
        "never": np.zeros(1000),
        "always": np.ones(1000),
        "counts of a word": np.where(rng.random(1000) < 0.98, 0, 0.05 * rng.random(1000)),
        "heavy tails": scale(rng.standard_t(2, 1000)),
    }


def first_codes(X, fit, **parameters):
    y = np.arange(len(X)) % 2
    model = MLPClassifier((5,), max_iter=1, learning_rate_init=1e-6, random_state=0, **parameters)
    diagnosis = diagnose(fit(model, X, y), X)
    return diagnosis.codes[:1], diagnosis


def test_no_usual_column_is_called_not_scaled(rng, fit):
    X = np.column_stack(list(columns(rng).values())).astype(float)
    assert first_codes(X, fit)[0] == ()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("large", lambda rng: rng.normal(0, 100, 1000)),
        ("years", lambda rng: rng.integers(1990, 2026, 1000)),
        ("small", lambda rng: rng.normal(0, 0.01, 1000)),
        ("far from 0", lambda rng: rng.normal(9, 0.5, 1000)),
        ("0 and 1000", lambda rng: 1000 * (rng.random(1000) < 0.5)),
        ("always 50", lambda rng: np.full(1000, 50)),  # noqa: ARG005
    ],
)
def test_the_column_that_is_not_scaled_is_named(name, make, rng, fit):
    good = list(columns(rng).values())
    X = np.column_stack([*good[:4], make(rng), *good[4:]]).astype(float)
    codes, diagnosis = first_codes(X, fit)
    assert codes == ("CR101",), name
    numbers = diagnosis[0].numbers
    assert numbers["columns"] == ["X[:, 4]"]
    assert numbers["of_columns"] == 12
    assert numbers["means"] == pytest.approx([X[:, 4].mean()])
    assert numbers["standard_deviations"] == pytest.approx([X[:, 4].std()])
    assert "1 of 12 columns has " in diagnosis[0].evidence
    assert "StandardScaler" in diagnosis[0].advice


def test_the_worst_columns_come_first_and_only_three_are_named(rng, fit):
    sizes = np.array([20, 1, 1000, 50, 0.01, 30])
    X = rng.normal(size=(1000, 6)) * sizes
    evidence = first_codes(X, fit)[1][0]
    # times past a bound: 2, -, 100, 5, 10, 3
    assert evidence.numbers["columns"] == [f"X[:, {j}]" for j in (2, 4, 3, 5, 0)]
    assert evidence.evidence.count("X[:") == 3
    assert evidence.evidence.endswith("and 2 more.")


def test_newton_does_not_mind_the_scale(rng, fit):
    X = rng.normal(size=(100, 2)) * 1000
    model = fit(MLPClassifier((3,), solver="lbfgs", max_iter=1), X, np.arange(100) % 2)
    assert diagnose(model, X).codes == ("CR101",)
    model.solver = "newton"  # as the single neurons have it
    assert diagnose(model, X).codes == ()


# ---------------------------------------------------------------------------- CR102


@pytest.mark.parametrize(("mean", "spread"), [(150, 80), (2000, 1), (0, 0.01), (0, 30)])
def test_targets_far_from_what_a_network_puts_out(mean, spread, rng, fit):
    X = rng.normal(size=(200, 3))
    y = mean + spread * scale(X[:, 0])
    model = MLPRegressor(hidden_layer_sizes=(10,), random_state=0)
    finding = diagnose(fit(model, X, y), X, y)[0]
    assert finding.code == "CR102"
    assert finding.numbers == pytest.approx(
        {"output": 0, "mean": mean, "standard_deviation": spread}
    )
    healthy = scale(y)
    assert "CR102" not in diagnose(fit(model, X, healthy), X, healthy).codes


def test_the_output_that_is_not_scaled_is_named(rng, fit):
    X = rng.normal(size=(200, 3))
    y = np.column_stack([X[:, 0], 500 * X[:, 1]])
    model = fit(MLPRegressor(hidden_layer_sizes=(10,), random_state=0), X, y)
    assert diagnose(model, X, y)[0].evidence.startswith("Output 1 of the targets has a mean of")


def test_a_network_that_has_coped_with_its_targets_is_left_alone(rng, fit):
    X = rng.normal(size=(200, 3))
    y = 20 + 2 * X[:, 0]
    model = MLPRegressor(hidden_layer_sizes=(10,), random_state=0)
    assert "CR102" in diagnose(fit(model, X, y), X, y).codes
    model.set_params(learning_rate_init=0.03, max_iter=1000)
    assert "CR102" not in diagnose(fit(model, X, y), X, y).codes
    # L-BFGS finds the length of its steps itself, however short it is kept here.
    model.set_params(solver="lbfgs", max_iter=1)
    assert "CR102" not in diagnose(fit(model, X, y), X, y).codes


def test_targets_of_other_losses_have_no_scale(rng, fit):
    X = rng.normal(size=(200, 3))
    y = rng.poisson(50, 200).astype(float)
    model = fit(MLPRegressor("poisson", hidden_layer_sizes=(10,), random_state=0), X, y)
    assert "CR102" not in diagnose(model, X, y).codes


# ---------------------------------------------------------------------------- CR103


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_start_from_zeros_is_never_broken_by_symmetry(activation, moons, fit):
    model = MLPClassifier((7,), activation=activation, initialization="zeros", random_state=0)
    diagnosis = diagnose(fit(model, *moons), *moons)
    finding = diagnosis[0]
    assert finding.code == "CR103"
    assert finding.numbers == {"layers": [1], "nodes": 7}
    assert "(now 'zeros')" in finding.advice
    assert diagnose(model)[0].code == "CR103"
    # What follows from it is not told as well.
    assert not {"CR203", "CR301", "CR303", "CR401"} & set(diagnosis.codes)
    model.set_params(initialization="he", learning_rate_init=0.01)
    assert "CR103" not in diagnose(fit(model, *moons), *moons).codes


def test_equal_weights_set_by_hand(set_weights):
    half = [[0.5, 0.5], [0.2, 0.2]]
    mixed = [[0.5, 0.1], [0.2, 0.2]]
    y = ["a", "b", "a", "b"]
    model = set_weights([mixed, half, [[1], [1]]], [[0, 0], [1, 1], [0]], y=y)
    finding = diagnose(model)[0]
    assert finding.numbers == {"layers": [2], "nodes": 2}
    assert "have the same weights" in finding.evidence
    # A bias of its own, or a weight that differs by more than rounding, makes a node another.
    model.intercepts_[1][1] = 1.001
    assert diagnose(model).codes == ()
    model.intercepts_[1][1] = 1 + 1e-9
    assert diagnose(model).codes == ("CR103",)


def test_what_is_not_symmetry(set_weights):
    y = ["a", "b", "a", "b"]
    one_node = set_weights([[[0.0], [0.0]], [[1]]], [[0], [0]], y=y)
    assert diagnose(one_node).codes == ()
    pruned = set_weights([np.zeros((2, 3)), np.ones((3, 1))], [np.zeros(3), [0]], y=y, l1=0.1)
    assert diagnose(pruned).codes == ()
    pruned.l1 = 0.0
    assert diagnose(pruned).codes == ("CR103",)
