"""CR3xx: units and gradients inside the network, by hand and in real trainings."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chainrule import MLPClassifier, MLPRegressor
from chainrule.explanation import diagnose
from chainrule.explanation._rows import open_case
from chainrule.explanation.diagnosing._nodes import _flat

# ---------------------------------------------------------------------------- what is measured


def test_slopes_by_hand(set_weights):
    # The worked network of the curriculum: 2-2-1, all sigmoid, x = (1, 2), y = 1.
    model = set_weights(
        [[[0.1, -0.2], [0.4, 0.3]], [[0.6], [-0.5]]],
        [[0.05, -0.1], [0.2]],
        y=[0, 1],
        activation="sigmoid",
    )
    X, y = np.array([[1.0, 2.0]]), [1]
    case = open_case(model, X, y, sample_weight=None)
    # δ² = −0.414487; δ¹ = (−0.050014, 0.050662)
    expected = [np.sqrt((0.050014**2 + 0.050662**2) / 2), 0.414487]
    np.testing.assert_allclose(case.slopes, expected, atol=1e-6)
    assert case.error == pytest.approx(0.535266, abs=1e-6)
    gradient = dict(zip(("W1", "W2"), case.network.views(case.gradient), strict=True))
    np.testing.assert_allclose(gradient["W2"][0].ravel(), [-0.298893, -0.238099], atol=1e-6)
    np.testing.assert_allclose(gradient["W1"][1], [-0.050014, 0.050662], atol=1e-6)


def test_slopes_against_jax(rng):
    X = rng.normal(size=(40, 3))
    y = rng.normal(size=40)
    model = MLPRegressor(hidden_layer_sizes=(6, 4), activation="tanh", max_iter=1, tol=0)
    model.set_params(random_state=0, solver="lbfgs", max_fun=1)
    with pytest.warns(match="lbfgs failed to converge"):
        model.fit(X, y)
    weights = [jnp.array(w) for w in model.coefs_]

    def error(biases, x, target):
        h = x
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            h = jnp.tanh(h @ w + b)
        return 0.5 * ((h @ weights[-1] + biases[-1])[0] - target) ** 2

    each = jax.vmap(jax.grad(error), in_axes=(None, 0, 0))
    deltas = each([jnp.array(b) for b in model.intercepts_], X, y)
    expected = [np.sqrt((np.asarray(delta) ** 2).mean()) for delta in deltas]
    case = open_case(model, X, y, sample_weight=None)
    np.testing.assert_allclose(case.slopes, expected, rtol=1e-9)


def test_flat_by_hand(set_weights):
    # tanh′ = 1 − h² < 0.05 beyond |h| = √0.95 = 0.9747, |z| = 2.18
    tanh = set_weights([[[1.0]], [[1.0]]], [[0], [0]], y=[0, 1], activation="tanh")
    case = open_case(tanh, [[-2.2], [-2.1], [0.0], [2.1], [2.2]], None, sample_weight=None)
    assert _flat(case, 0).ravel().tolist() == [True, False, False, False, True]
    # σ′ = σ(1 − σ) < 0.05 / 4 beyond |z| = 4.36
    sigmoid = set_weights([[[1.0]], [[1.0]]], [[0], [0]], y=[0, 1], activation="sigmoid")
    case = open_case(sigmoid, [[-4.4], [-4.3], [0.0], [4.3], [4.4]], None, sample_weight=None)
    assert _flat(case, 0).ravel().tolist() == [True, False, False, False, True]


# ---------------------------------------------------------------------------- CR301


def bank(dead, units=10, *, rng):
    """Return weights of ReLU units, some of which are never active on small inputs."""
    bias = np.zeros(units)
    bias[:dead] = -100
    return rng.normal(size=(3, units)), bias


@pytest.mark.parametrize(("dead", "found"), [(0, False), (2, False), (3, True), (10, True)])
def test_dead_units_are_counted(dead, found, rng, set_weights):
    w, b = bank(dead, rng=rng)
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    model = set_weights([w, np.ones((10, 1))], [b, [0]], y=y)
    model.history_ = []
    diagnosis = diagnose(model, X)
    assert diagnosis.codes == (("CR301",) if found else ())
    if found:
        assert f"{dead} of 10 in hidden layer 1." in diagnosis[0].evidence
        assert "for every one of 200 rows" in diagnosis[0].evidence
        assert diagnosis[0].numbers == {"layers": [1], "dead": [dead], "units": [10], "rows": 200}
        assert diagnosis[0].advice.startswith("activation='leaky_relu'")


def test_few_dead_units_in_a_large_network_are_usual(rng, set_weights):
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    layers = {}
    for dead in (4, 5):  # of 10 in one layer of three: 13 % and 17 % in all
        w, b = bank(dead, rng=rng)
        coefs = [w, np.abs(rng.normal(size=(10, 10))), np.eye(10), np.ones((10, 1))]
        model = set_weights(coefs, [b, np.zeros(10), np.zeros(10), [0]], y=y)
        model.history_ = []
        layers[dead] = diagnose(model, X).codes
    assert layers == {4: (), 5: ("CR301",)}


def test_one_row_brings_a_unit_to_life(rng, set_weights):
    X, y = np.abs(rng.normal(size=(100, 3))), np.arange(100) % 2
    w = np.column_stack([-np.ones((3, 5)), np.ones((3, 5))])
    model = set_weights([w, np.ones((10, 1))], [np.zeros(10), [0]], y=y)
    model.history_ = []
    assert diagnose(model, X).codes == ("CR301",)
    X[17] = -1
    assert diagnose(model, X).codes == ()


@pytest.mark.parametrize(("rows", "found"), [(39, False), (40, True)])
def test_few_rows_do_not_show_that_a_unit_is_dead(rows, found, rng, set_weights):
    w, b = bank(10, rng=rng)
    model = set_weights([w, np.ones((10, 1))], [b, [0]], y=[0, 1])
    model.history_ = []
    assert ("CR301" in diagnose(model, rng.normal(size=(rows, 3))).codes) == found


def test_other_activations_do_not_die(rng, set_weights):
    w, b = bank(9, rng=rng)
    for activation in ("leaky_relu", "elu", "gelu"):
        model = set_weights([w, np.ones((10, 1))], [b, [0]], y=[0, 1], activation=activation)
        model.history_ = []
        assert diagnose(model, rng.normal(size=(50, 3))).codes == ()


def test_units_that_an_l1_penalty_has_switched_off_are_not_dead(rng, set_weights):
    w = rng.normal(size=(3, 10))
    w[:, :6] = 0
    model = set_weights([w, np.ones((10, 1))], [np.zeros(10), [0]], y=[0, 1], l1=0.01)
    model.history_ = []
    X = rng.normal(size=(50, 3))
    assert diagnose(model, X).codes == ()
    model.l1 = 0.0
    assert diagnose(model, X).codes == ("CR301",)


@pytest.mark.parametrize(("rate", "dies"), [(1.0, True), (0.01, False)])
def test_long_steps_kill_units(rate, dies, waves, fit):
    model = MLPRegressor(hidden_layer_sizes=(50,), learning_rate_init=rate, batch_size=32)
    diagnosis = diagnose(fit(model.set_params(random_state=0), *waves), *waves)
    assert ("CR301" in diagnosis.codes) == dies
    if dies:
        found = next(finding for finding in diagnosis if finding.code == "CR301")
        assert found.advice.startswith("learning_rate_init=0.1 (now 1)")


# ---------------------------------------------------------------------------- CR302


@pytest.mark.parametrize(("size", "found"), [(1.0, False), (100.0, True)])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_saturated_units(size, found, activation, rng, set_weights):
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    w = size * rng.normal(size=(3, 8))
    model = set_weights(
        [w, rng.normal(size=(8, 1))], [np.zeros(8), [0]], y=y, activation=activation
    )
    model.history_ = []
    diagnosis = diagnose(model, X, y)
    assert ("CR302" in diagnosis.codes) == found
    if found:
        assert f"flat ends of the {activation}" in diagnosis[0].evidence
        assert diagnosis[0].numbers["layers"] == [1]
        assert diagnosis[0].numbers["shares"][0] >= 0.5
        assert diagnosis[0].advice.startswith("activation='relu'")


def test_half_of_the_units_have_to_be_saturated(rng, set_weights):
    X, y = rng.normal(size=(200, 3)), np.arange(200) % 2
    codes = {}
    for count in (3, 4):
        b = np.zeros(8)
        b[:count] = 50
        model = set_weights(
            [0.5 * rng.normal(size=(3, 8)), np.ones((8, 1))], [b, [0]], y=y, activation="tanh"
        )
        model.history_ = []
        codes[count] = diagnose(model, X, y).codes
    assert codes == {3: (), 4: ("CR302",)}


def test_saturated_units_that_decide_well_are_healthy(set_weights):
    # Exclusive or by two steep sigmoids: or, and; as certain as a sigmoid can be.
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 20, float), np.array([0, 1, 1, 0] * 20)
    model = set_weights(
        [[[20, 20], [20, 20]], [[20], [-20]]], [[-10, -30], [-10]], y=y, activation="sigmoid"
    )
    assert model.score(X, y) == 1
    assert diagnose(model, X, y).codes == ()
    assert diagnose(model, X).codes == ("CR302",)  # without y nobody knows that they decide well


def test_a_start_with_large_weights_is_told_to_start_smaller(rng):
    X, y = 9 * rng.normal(size=(200, 400)), np.arange(200) % 2
    model = MLPClassifier((50,), activation="tanh", initialization="uniform", random_state=0)
    model.set_params(max_iter=1).initialize(X, y)
    (finding,) = [finding for finding in diagnose(model, X, y) if finding.code == "CR302"]
    assert finding.advice.startswith("initialization='glorot' (now 'uniform')")
    model.set_params(initialization="glorot").initialize(X / 9, y)
    assert "CR302" not in diagnose(model, X / 9, y).codes


# ---------------------------------------------------------------------------- CR303 and CR304


def chain(factor, depth, *, rng, units=5):
    """Return weights that multiply a gradient by about a factor in each layer on its way back."""
    middle = [factor * np.linalg.qr(rng.normal(size=(units, units)))[0] for _ in range(depth - 1)]
    coefs = [rng.normal(size=(3, units)), *middle, np.ones((units, 1))]
    return coefs, [np.zeros(units)] * depth + [np.zeros(1)]


@pytest.mark.parametrize(
    ("factor", "depth", "codes"),
    [
        (0.1, 3, ()),  # 100 times smaller
        (0.1, 5, ("CR303",)),  # 10,000 times
        (1.0, 9, ()),
        (10.0, 3, ()),
        (10.0, 5, ("CR304",)),
    ],
)
def test_gradients_that_vanish_or_explode(factor, depth, codes, rng, set_weights):
    coefs, intercepts = chain(factor, depth, rng=rng)
    X, y = rng.normal(size=(100, 3)), rng.normal(size=100)
    model = set_weights(coefs, intercepts, y=y, activation="identity")
    model.history_ = []
    diagnosis = diagnose(model, X, y)
    assert diagnosis.codes == codes
    if codes:
        slopes = np.array(diagnosis[0].numbers["slopes"])
        # Orthogonal matrices change no length: each layer exactly by the factor.
        np.testing.assert_allclose(slopes[:-2] / slopes[1:-1], factor, rtol=1e-9)


def test_the_course_is_told_from_the_output_back(rng, set_weights):
    coefs, intercepts = chain(0.1, 5, rng=rng)
    X, y = rng.normal(size=(100, 3)), rng.normal(size=100)
    model = set_weights(coefs, intercepts, y=y, activation="identity")
    model.history_ = []
    (finding,) = diagnose(model, X, y)
    last, first = finding.numbers["slopes"][-1], finding.numbers["slopes"][0]
    assert f"gets {last / first:,.0f} times smaller: {last:.3g} → " in finding.evidence
    assert finding.evidence.endswith(f" → {first:.3g}.")
    assert "fewer hidden layers" in finding.advice


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_deep_sigmoids_vanish_and_deep_relus_do_not(activation, moons):
    model = MLPClassifier((32,) * 8, activation=activation, initialization="he", random_state=0)
    found = diagnose(model.initialize(*moons), *moons)
    assert ("CR303" in found.codes) == (activation == "sigmoid")
    if found:
        assert found[0].advice.startswith("activation='relu'")


def test_a_trained_network_at_its_minimum_has_no_vanished_gradient(waves, fit):
    # All rows together have none left at all, each row still has.
    model = MLPRegressor(hidden_layer_sizes=(5, 5), activation="tanh", solver="lbfgs", alpha=0)
    model.set_params(random_state=0, max_iter=2000, max_fun=10**6)
    case = open_case(fit(model, *waves), *waves, sample_weight=None)
    assert np.abs(case.gradient).max() < 0.05 * case.slopes.min()
    assert not {"CR303", "CR304"} & set(diagnose(model, *waves).codes)


def test_a_hidden_step_passes_no_gradient_on(moons, fit):
    model = MLPClassifier((10, 10, 10), activation=("tanh", "step", "tanh"), random_state=0)
    finding = next(f for f in diagnose(fit(model, *moons), *moons) if f.code == "CR303")
    assert finding.evidence.startswith("No gradient reaches hidden layers 1 and 2: the slope of")
    assert finding.numbers["slopes"][:2] == [0, 0]
    model.set_params(activation=("tanh", "sigmoid", "tanh"), learning_rate_init=0.01)
    assert "CR303" not in diagnose(fit(model, *moons), *moons).codes


def test_a_gradient_that_overflows_is_exploding(rng, set_weights):
    X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    coefs, intercepts = chain(1e60, 7, rng=rng)
    model = set_weights(coefs, intercepts, y=y, activation="identity")
    model.history_ = []
    (finding,) = diagnose(model, X, y)
    assert finding.code == "CR304"
    assert "the gradient gets infinite" in finding.evidence


def test_the_advice_for_a_bad_start_is_a_better_one(moons):
    model = MLPClassifier((512,) * 8, initialization="uniform", random_state=0)
    (finding,) = diagnose(model.initialize(*moons), *moons)
    assert finding.advice == "initialization='glorot' (now 'uniform')."
    model.set_params(initialization="he").initialize(*moons)
    assert diagnose(model, *moons).codes == ()


def test_a_step_longer_than_the_weights(set_weights):
    # z = 0 for every row, y = 1: ∂E/∂b = −1; ∂E/∂W = −mean x = −(3, 4): of length √26.
    X, y = np.tile([3.0, 4.0], (10, 1)), np.ones(10)
    model = set_weights([[[4.0], [-3.0]]], [[0.0]], y=y, solver="sgd", learning_rate_init=1.0)
    model.history_ = []
    (finding,) = [f for f in diagnose(model, X, y) if f.code == "CR304"]
    assert finding.numbers == pytest.approx(
        {"gradient": np.sqrt(26), "weights": 5.0, "learning_rate": 1.0}
    )
    assert "would be 1.02 times as long as all weights together (5)." in finding.evidence
    assert finding.advice.startswith("clip_norm=1.0")
    model.learning_rate_init = 0.9
    assert "CR304" not in diagnose(model, X, y).codes
    model.learning_rate_init = 1.0
    model.clip_norm = 1.0
    assert "CR304" not in diagnose(model, X, y).codes
    model.clip_norm = None
    model.solver = "adam"  # whose steps have the length of the rate
    assert "CR304" not in diagnose(model, X, y).codes


def test_units_behind_a_strong_penalty_are_not_called_dead(moons, fit):
    model = MLPClassifier((50,), alpha=1000.0, learning_rate_init=0.01, random_state=0)
    diagnosis = diagnose(fit(model, *moons), *moons)
    assert (open_case(model, *moons, sample_weight=None).trace.h[0] == 0).all(axis=0).mean() > 0.3
    assert diagnosis.codes == ("CR401",)
    assert diagnosis[0].advice.startswith("alpha=10 ")
