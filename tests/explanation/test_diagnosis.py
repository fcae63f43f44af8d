"""What a diagnosis is, what it takes, and that it finds nothing where nothing is wrong."""

import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_wine
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from chainrule import InputError, MLPClassifier, MLPRegressor
from chainrule.explanation import Diagnosis, Finding, diagnose
from chainrule.explanation._rows import MOST_ROWS, open_case
from chainrule.explanation.diagnosing._finding import counted, joined, show
from chainrule.explanation.diagnosing.diagnosis import CHECKS
from chainrule.tables import examples, load_example
from chainrule.workflow import TrainSettings, load_model, save_model, train

# ---------------------------------------------------------------------------- as an object


def two_findings():
    return Diagnosis(
        (
            Finding("CR999", "Too quiet", "Nothing was heard in 3 days.", "call.", {"days": 3}),
            Finding("CR998", "Too loud", "x" * 30 + " learning_rate_init=0.001 " * 9, "hush."),
        ),
        looked_at=CHECKS[:2],
        not_looked_at=CHECKS[2:3],
        missing=("y",),
    )


def test_it_is_a_sequence_of_findings():
    diagnosis = two_findings()
    assert len(diagnosis) == 2
    assert diagnosis[0].numbers == {"days": 3}
    assert diagnosis[-1:] == (diagnosis[1],)
    assert [finding.code for finding in diagnosis] == ["CR999", "CR998"]
    assert diagnosis.codes == ("CR999", "CR998")
    assert repr(diagnosis) == "Diagnosis(CR999, CR998)"
    assert diagnosis[0].page == "python -m chainrule.explanation CR999"
    with pytest.raises(AttributeError):
        diagnosis[0].title = "Silent"


def test_it_prints_in_80_columns():
    text = str(two_findings())
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("2 findings. Mend the first")
    assert text.splitlines()[2:6] == [
        "CR999 Too quiet",
        "  Nothing was heard in 3 days.",
        "  Change: call.",
        "  More: python -m chainrule.explanation CR999",
    ]
    assert text.count("learning_rate_init=0.001") == 9  # never cut in two


def test_it_becomes_plain_data():
    data = json.loads(json.dumps(two_findings().to_dict()))
    assert data["findings"][0] == {
        "code": "CR999",
        "title": "Too quiet",
        "evidence": "Nothing was heard in 3 days.",
        "advice": "call.",
        "page": "python -m chainrule.explanation CR999",
        "numbers": {"days": 3},
    }
    assert (data["looked_at"], data["not_looked_at"]) == (["CR101", "CR102"], ["CR103"])


def test_numbers_and_lists_are_written_as_a_person_does():
    assert [show(x) for x in (0.0, -1234.5, 1e6, 0.05, 1e-9)] == [
        *("0", "-1,234", "1e+06", "0.05", "1e-09"),
    ]
    assert (counted(1, "row"), counted(0, "row")) == ("1 row", "0 rows")
    assert joined(["a", "b"]) == "a and b"


def test_the_registry_is_in_order_and_consistent():
    codes = [check.code for check in CHECKS]
    assert codes == sorted(set(codes))
    for check in CHECKS:
        assert set(check.unless) <= set(codes[: codes.index(check.code)])
        assert set(check.needs) <= {"X", "y", "history", "held-out"}
        assert check.only in ("", "classes", "numbers", "hidden layers")


def test_a_notebook_shows_it_with_its_pages(set_weights, rng):
    equal = set_weights([np.ones((2, 3)), np.ones((3, 1))], [np.zeros(3), [0]], y=["<a>", "b"])
    X = np.column_stack([rng.normal(size=200), 1000 + rng.normal(size=200)])
    equal.feature_names_in_ = np.array(["x", "<y>"], object)
    html = diagnose(equal, pd.DataFrame(X, columns=["x", "<y>"]))._repr_html_()
    assert html.startswith("<div ")
    assert "<p>2 findings. Mend the first" in html
    assert "<code>CR101</code> The inputs are not scaled</b>" in html
    assert html.count("<details><summary>About CR10") == 2
    assert "&lt;y&gt;" in html
    assert "√(μ² + s²) &gt; 10" in html  # from the page
    tags = re.findall(r"</?([a-z]+)", html)
    assert all(tags.count(tag) % 2 == 0 for tag in set(tags) - {"br"})


def test_a_notebook_is_told_that_all_is_well(classifier, moons):
    html = diagnose(classifier, *moons)._repr_html_()
    assert "<p>Nothing found: the scale of the inputs, " in html
    assert "<details>" not in html


# ---------------------------------------------------------------------------- nothing is wrong


def test_a_healthy_network_is_told_soin_one_sentence(classifier, moons):
    diagnosis = diagnose(classifier, *moons)
    assert len(diagnosis) == 0
    text = " ".join(str(diagnosis).split())
    assert text.startswith("Nothing found: the scale of the inputs, ")
    assert "underfitting and classes never predicted were looked at" in text
    assert text.endswith("; not overfitting and too few held-out rows, for want of held-out rows.")
    assert "the targets" not in text  # it predicts classes
    assert repr(diagnosis) == "Diagnosis(nothing found)"


def test_it_says_what_it_could_not_look_at(regressor, waves):
    text = " ".join(str(diagnose(regressor)).split())
    assert "not the scale of the inputs, the scale of the targets, dead units," in text
    assert text.endswith("for want of X, y and held-out rows.")
    text = " ".join(str(diagnose(regressor, waves[0])).split())
    assert "not the scale of the targets, vanishing gradients" in text
    assert text.endswith("for want of y and held-out rows.")


def test_a_network_without_hidden_layers_is_not_asked_about_them(waves, fit):
    model = fit(MLPRegressor(hidden_layer_sizes=(), solver="lbfgs"), *waves)
    data = diagnose(model, *waves).to_dict()
    assert not {"CR103", "CR301", "CR302", "CR303"} & {*data["looked_at"], *data["not_looked_at"]}
    assert "CR304" in data["looked_at"]


@pytest.mark.parametrize("name", [example.name for example in examples()])
def test_nothing_is_found_in_the_examples_as_the_command_line_trains_them(name):
    table = load_example(name)
    training = train(table, TrainSettings())
    network = training.model.pipeline[-1]
    inner = getattr(network, "regressor_", network)
    inner.n_validation_ = None  # 12 rows are few, and it says so: see CR404
    diagnosis = diagnose(training.model.pipeline, table.frame, table.frame[table.target])
    assert diagnosis.codes == ()
    assert "CR402" in diagnosis.to_dict()["looked_at"]


@pytest.mark.parametrize("solver", ["adam", "sgd", "gd", "lbfgs"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_nothing_is_found_in_good_fits_of_every_kind(solver, activation, fit):
    frame = load_example("gaussians").frame
    X, y = frame.drop("class").to_numpy(), frame["class"].to_numpy()
    rate = {"adam": 0.01, "sgd": 0.1, "gd": 1.0}.get(solver, 0.001)
    model = MLPClassifier((20,), activation=activation, solver=solver, random_state=0)
    model.set_params(learning_rate_init=rate, max_iter=500, alpha=0.01)
    assert diagnose(fit(model, X, y), X, y).codes == ()


# ---------------------------------------------------------------------------- what it takes


def test_a_pipeline_is_followed_to_its_end(fit):
    X, y = load_wine(return_X_y=True)
    network = MLPClassifier((20,), learning_rate_init=0.01, random_state=0)
    model = fit(make_pipeline(StandardScaler(), network), X, y)
    assert diagnose(model, X, y).codes == ()
    assert "CR101" in diagnose(model[-1], X, y).codes  # the same network on what it was not fed
    nested = Pipeline([("inner", model)])
    assert diagnose(nested, X, y).codes == ()
    alone = Pipeline([("all", model[-1])])
    assert diagnose(alone, StandardScaler().fit_transform(X), y).codes == ()


def test_columns_have_the_names_of_the_table(fit):
    X, y = load_wine(return_X_y=True, as_frame=True)
    model = MLPClassifier((20,), random_state=0)
    assert "'proline' (mean 747" in diagnose(fit(clone(model), X, y), X, y)[0].evidence
    bare = diagnose(fit(clone(model), X.to_numpy(), y), X.to_numpy(), y)[0]
    assert "X[:, 12] (mean 747" in bare.evidence
    assert bare.numbers["columns"][0] == "X[:, 12]"
    piped = fit(make_pipeline(StandardScaler(with_std=False), clone(model)), X, y)
    assert "'proline'" in diagnose(piped, X, y)[0].evidence
    piped = fit(make_pipeline(StandardScaler(with_std=False), clone(model)), X.to_numpy(), y)
    assert "X[:, 12]" in diagnose(piped, X.to_numpy(), y)[0].evidence


def test_targets_are_transformed_as_in_the_fit(waves, fit):
    X, y = waves
    network = MLPRegressor(hidden_layer_sizes=(50,), learning_rate_init=0.01, random_state=0)
    model = TransformedTargetRegressor(network, transformer=StandardScaler())
    y = 1000 + 500 * y
    case = open_case(fit(model, X, y), X, y, sample_weight=None)
    assert case.y.mean() == pytest.approx(0, abs=1e-12)
    assert case.y.std() == pytest.approx(1)
    assert diagnose(model, X, y).codes == ()
    assert diagnose(fit(make_pipeline(StandardScaler(), clone(model)), X, y), X, y).codes == ()
    two = np.column_stack([y, -y])
    assert open_case(fit(clone(model), X, two), X, two, sample_weight=None).y.shape == (300, 2)


@pytest.mark.parametrize("sparse", [sp.csr_array, sp.csc_matrix])
def test_sparse_rows(sparse, rng, fit):
    X = rng.normal(size=(200, 5)) * (rng.random((200, 5)) < 0.3)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    model = fit(MLPClassifier((10,), learning_rate_init=0.01, random_state=0), X, y)
    dense = diagnose(model, X, y)
    assert diagnose(model, sparse(X), y).to_dict() == dense.to_dict()
    scaled = fit(make_pipeline(MaxAbsScaler(), model), sparse(X), y)
    assert diagnose(scaled, sparse(X), y).codes == dense.codes


@pytest.mark.parametrize("kind", ["binary", "three classes", "labels", "numbers", "counts"])
def test_every_kind_of_target(kind, rng, fit):
    X = rng.normal(size=(300, 3))
    y = {
        "binary": np.where(X[:, 0] > 0, "yes", "no"),
        "three classes": np.array(["a", "b", "c"])[X.argmax(axis=1)],
        "labels": (X[:, :2] > 0).astype(int),
        "numbers": X[:, :2] - X[:, 1:],
        "counts": rng.poisson(np.exp(X[:, 0])).astype(float),
    }[kind]
    loss = {"loss": "poisson"} if kind == "counts" else {}
    make = MLPRegressor if np.asarray(y).dtype.kind == "f" else MLPClassifier
    model = make(hidden_layer_sizes=(30,), learning_rate_init=0.01, random_state=0, **loss)
    case = open_case(fit(model, X, y), X, y, sample_weight=None)
    assert case.y.shape == case.trace.prediction.shape
    assert case.y.dtype == np.float64
    assert diagnose(model, X, y).codes == ()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_tables_of_either_library(frame, fit):
    X, y = load_wine(return_X_y=True)
    table = frame(dict(zip(load_wine().feature_names, X.T, strict=True)))
    model = MLPClassifier((20,), random_state=0)
    assert "'proline' (mean 747" in diagnose(fit(clone(model), table, y), table, y)[0].evidence
    scaled = make_pipeline(StandardScaler(), clone(model).set_params(learning_rate_init=0.01))
    assert diagnose(fit(scaled, table, y), table, y).codes == ()


@pytest.mark.parametrize("combine", ["best", "average"])
def test_of_several_starts_the_one_that_was_kept_is_looked_at(combine, waves, fit):
    model = MLPRegressor(hidden_layer_sizes=(20,), restarts=2, combine=combine, random_state=0)
    model.set_params(learning_rate_init=0.02)
    case = open_case(fit(model, *waves), *waves, sample_weight=None)
    kept = model.restarts_[model.restarts_.best]
    np.testing.assert_array_equal(case.parameters, kept.parameters)
    assert [epoch.train_loss for epoch in case.history] == [e.train_loss for e in kept.history]
    assert diagnose(model, *waves).codes == ()


def test_a_network_that_learned_by_partial_fit(moons):
    X, y = moons
    model = MLPClassifier((50,), learning_rate_init=0.01, random_state=0)
    for turn in range(150):
        model.partial_fit(X[turn % 3 :: 3], y[turn % 3 :: 3], classes=np.unique(y))
    diagnosis = diagnose(model, X, y)
    assert diagnosis.codes == ()
    assert {"CR202", "CR203", "CR401"} <= set(diagnosis.to_dict()["looked_at"])


def test_a_model_from_a_file(tmp_path):
    table = load_example("diabetes")
    trained = train(table, TrainSettings(hidden_layer_sizes=(8,))).model
    save_model(tmp_path / "a.chainrule", trained)
    loaded = load_model(tmp_path / "a.chainrule")
    rows = table.frame, table.frame[table.target]
    expected = diagnose(trained.pipeline, *rows)
    assert len(expected) > 0
    assert diagnose(loaded, *rows).to_dict() == expected.to_dict()
    assert diagnose(loaded.pipeline, *rows).to_dict() == expected.to_dict()


def test_only_some_rows_are_looked_at_and_always_the_same(rng, fit):
    X = rng.normal(size=(5000, 2))
    y = (X[:, 0] > 0).astype(int)
    model = fit(MLPClassifier((5,), max_iter=2, random_state=0), X, y)
    case = open_case(model, X, y, sample_weight=None)
    assert case.x.shape == (MOST_ROWS, 2)
    assert len(np.unique(case.x, axis=0)) == MOST_ROWS
    np.testing.assert_array_equal(case.y[:, 0], case.x[:, 0] > 0)
    again = open_case(model, X, y, sample_weight=None)
    np.testing.assert_array_equal(case.x, again.x)


def test_very_wide_rows_do_not_fill_the_memory(fit):
    X = sp.random_array((40, 1_000_000), density=1e-5, random_state=0, format="csr")
    y = np.arange(40) % 2
    model = fit(MLPClassifier((1,), max_iter=1, random_state=0), X, y)
    assert open_case(model, X, y, sample_weight=None).x.shape == (20, 1_000_000)


def test_weights_are_those_of_rows_and_classes(rng, fit):
    X = rng.normal(size=(100, 2))
    y = (np.arange(100) < 20).astype(int)
    weights = rng.random(100)
    model = fit(MLPClassifier((5,), class_weight="balanced", max_iter=2, random_state=0), X, y)
    case = open_case(model, X, y, sample_weight=weights)
    # balanced: n / (2 · rows of the class), 100 / 40 and 100 / 160
    np.testing.assert_allclose(case.weights, weights * np.where(y == 1, 2.5, 0.625))
    assert open_case(model, X, y, sample_weight=None).weights.sum() == pytest.approx(100)


def test_diagnosing_changes_nothing(classifier, moons):
    before = json.dumps(classifier.history_.to_dict()), [w.copy() for w in classifier.coefs_]
    names = set(vars(classifier))
    diagnose(classifier, *moons)
    assert json.dumps(classifier.history_.to_dict()) == before[0]
    assert all(np.array_equal(*pair) for pair in zip(classifier.coefs_, before[1], strict=True))
    assert set(vars(classifier)) == names


# ---------------------------------------------------------------------------- misuse


def test_another_kind_of_model_is_refused(waves):
    with pytest.raises(InputError, match=r"a network of chainrule, .* not at a Ridge"):
        diagnose(Ridge().fit(*waves), *waves)
    with pytest.raises(InputError, match="not at a Ridge"):
        diagnose(make_pipeline(StandardScaler(), Ridge()).fit(*waves))


@pytest.mark.parametrize(
    "model",
    [
        MLPRegressor(),
        make_pipeline(StandardScaler(), MLPRegressor()),
        TransformedTargetRegressor(MLPRegressor()),
        TransformedTargetRegressor(make_pipeline(StandardScaler(), MLPRegressor())),
    ],
)
def test_a_network_without_weights_is_refusedin_one_sentence(model, waves):
    said = "diagnose looks at weights, and this MLPRegressor has none yet; call fit or initialize"
    for rows in ((), waves):
        with pytest.raises(NotFittedError, match=said):
            diagnose(model, *rows)


@pytest.mark.parametrize(
    ("model", "kind"), [(None, "None"), (MLPRegressor, "the class MLPRegressor"), ("net", "a str")]
)
def test_what_is_no_model_is_refused(model, kind):
    with pytest.raises(InputError, match=f"not at {kind}$"):
        diagnose(model)


def spoiled(array, value):
    array = np.array(array, dtype=object if isinstance(value, str) else float)
    array[(3, 1) if array.ndim == 2 else 3] = value
    return array


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X, y: (spoiled(X, np.nan), y), "row 3 of X has nan in column 1; give the rows as"),
        (lambda X, y: (spoiled(X, np.inf), y), "row 3 of X has inf in column 1"),
        (lambda X, y: (X, spoiled(y, np.nan)), "row 3 of y is nan; give the targets as"),
        (lambda X, y: (X[:, :2], y), "the rows cannot be looked at: X has 2 features, but MLPReg"),
        (lambda X, y: (spoiled(X, "red"), y), "cannot be looked at: could not convert string"),
        (lambda X, y: (X, np.column_stack([y, y])), "y has 2 columns, but the network has 1 out"),
        (lambda X, y: (X[0], y[0]), "y is .*, not an array; give one of as many rows as X"),
        (lambda X, y: (X[0], y[:3]), "the rows cannot be looked at: Expected 2D array, got 1D"),
    ],
)
def test_rows_that_cannot_be_looked_at(spoil, message, regressor, waves):
    with pytest.raises(InputError, match=message) as error:
        diagnose(regressor, *spoil(*waves))
    assert "\n" not in str(error.value)


def test_a_missing_value_is_told_by_the_name_of_its_column(fit):
    X = pd.DataFrame({"a": [0.0, 1, 2], "b": [1.0, 0, 1]})
    model = fit(MLPClassifier((2,), max_iter=1), X, [0, 1, 0])
    with pytest.raises(InputError, match="row 1 of X has nan in column 'b'"):
        diagnose(model, X.replace({"b": {0: np.nan}}))


def test_labels_of_another_kind_are_refused(moons, classifier):
    X, y = moons
    with pytest.raises(InputError, match=r"y has 1, which is none .* classes: 'lower' and 'upper'"):
        diagnose(classifier, X, np.ones(len(X), int))
    with pytest.raises(InputError, match="y has 'left', which is none"):
        diagnose(classifier, X, np.where(np.arange(len(X)) == 7, "left", y))


def test_of_many_classes_some_are_named(set_weights, rng):
    model = set_weights([np.ones((3, 12))], [np.arange(12)], y=list(range(12)))
    with pytest.raises(InputError, match=r"y has 12, .* classes: 0, 1, .*, 9 and 2 more$"):
        diagnose(model, rng.normal(size=(13, 3)), list(range(13)))


@pytest.mark.parametrize(
    "weights", [-np.ones(300), np.zeros(300), np.full(300, np.nan), np.ones((300, 2))]
)
def test_weights_that_are_none(weights, regressor, waves):
    with pytest.raises(InputError, match="sample_weight must be one number for each row, none of"):
        diagnose(regressor, *waves, sample_weight=weights)


def test_weights_by_name(regressor, waves):
    with pytest.raises(InputError, match="sample_weight is 'balanced', not an array"):
        diagnose(regressor, *waves, sample_weight="balanced")


def test_one_row_is_not_enough_to_call_anything_wrong(classifier, moons):
    X, y = moons
    assert diagnose(classifier, X[:1], y[:1]).codes == ()


def test_rows_of_one_class(classifier, moons):
    X, y = moons
    upper = y == "upper"
    assert diagnose(classifier, X[upper], y[upper]).codes == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"y": 300}, "given y without X"),
        ({"X": 300, "sample_weight": 300}, "sample_weight without y"),
        ({"X": 300, "y": 299}, "X has 300 rows but y has 299"),
        ({"X": 300, "y": 300, "sample_weight": 7}, "but sample_weight has 7"),
        ({"X": 0, "y": 0}, "X has no rows"),
    ],
)
def test_what_does_not_fit_together_is_refused(given, message, regressor, waves):
    whole = dict(zip(("X", "y", "sample_weight"), (*waves, np.ones(300)), strict=True))
    parts = {name: whole[name][:rows] for name, rows in given.items()}
    with pytest.raises(InputError, match=message):
        diagnose(regressor, **parts)


def test_it_is_exported():
    import chainrule.explanation

    exported = chainrule.explanation.__all__
    assert {"Diagnosis", "Finding", "diagnose", "read_page"} <= set(exported)
    assert exported == sorted(exported)
