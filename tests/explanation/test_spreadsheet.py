"""The spreadsheet, recalculated by IronCalc, which shares no code with us or with its writer."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import warnings
import zipfile

import ironcalc
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    explain,
)
from chainrule.errors import InputError
from chainrule.explanation.spreadsheet import _workbook
from chainrule.mathematics import ACTIVATIONS
from chainrule.mathematics.activations import HIDDEN_ACTIVATIONS
from chainrule.training import OPTIMIZERS

NETWORK, FORWARD, COMPARE, ERROR, BACKWARD, UPDATE, REPEAT = range(7)
CLOSE = 1e-9
UP = "⁰¹²³⁴⁵"

rng = np.random.default_rng(5)
X = rng.normal(size=(30, 3))
TWO, THREE, LABELS = rng.integers(0, 2, 30), rng.integers(0, 3, 30), rng.integers(0, 2, (30, 2))
REAL, COUNTS = rng.normal(size=(30, 2)), rng.poisson(2.0, 30)
WEIGHTS = rng.uniform(0.5, 2.0, 30)


class Sheets:
    """A spreadsheet as IronCalc reads it."""

    def __init__(self, path):
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        self.names = [sheet["name"] for sheet in self.model.get_worksheets_properties()]

    def cells(self):
        """Every formula, number and text by its place."""
        return {place: self.model.get_cell_value(*place) for place in self.model.get_all_cells()}

    def formulas(self):
        found = {p: self.model.get_cell_formula(*p) for p in self.model.get_all_cells()}
        return {place: formula for place, formula in found.items() if formula is not None}

    def row_of(self, sheet, heading):
        """Return the first row of numbers below a heading."""
        last = self.model.get_sheet_dimensions(sheet)[1]
        for row in range(1, last + 1):
            if str(self.model.get_cell_value(sheet, row, 1)).startswith(heading):
                return row + (1 if self.model.get_cell_value(sheet, row + 1, 1) else 2)
        raise AssertionError(f"no {heading!r} on sheet {self.names[sheet]!r}")

    def block(self, sheet, heading, rows, columns):
        top = self.row_of(sheet, heading)
        return np.array(
            [
                [self.model.get_cell_value(sheet, top + i, 3 + j) for j in range(columns)]
                for i in range(rows)
            ]
        )

    def set_weight(self, layer, i, j, value):
        row = self.row_of(NETWORK, f"W{UP[layer]}:") + i
        self.model.update_cell_with_number(NETWORK, row, 3 + j, value)

    def text(self):
        return "\n".join(str(value) for value in self.cells().values())


def write(model, y, path, **how):
    example = explain(model, X, y, **how)
    example.to_excel(path)
    return example


def assert_same(found, wanted, where=""):
    if isinstance(wanted, float) and isinstance(found, float):
        assert abs(found - wanted) <= CLOSE * max(1.0, abs(wanted)), where
    else:
        assert found == wanted, where


def assert_recalculated(path):
    """What is stored in the cells is the engine's; IronCalc has to come to the same."""
    sheets = Sheets(path)
    stored, formulas = sheets.cells(), sheets.formulas()
    sheets.model.evaluate()
    for place, formula in formulas.items():
        assert_same(sheets.model.get_cell_value(*place), stored[place], (place, formula))
    return sheets


def assert_ours(sheets, example):
    """The cells, recalculated, hold the quantities that the explanation has by name."""
    named = {name: quantity.value for name, quantity in example.quantities.items()}
    layers = sum(name.startswith("z") for name in named)
    for n in range(1, layers + 1):
        shape = named[f"z{n}"].T.shape
        z = sheets.block(FORWARD, f"z{UP[n]} =", *shape)
        np.testing.assert_allclose(z, named[f"z{n}"].T, rtol=CLOSE, atol=CLOSE)
        delta = sheets.block(BACKWARD, f"δ{UP[n]} =", *shape)
        np.testing.assert_allclose(delta, named[f"delta{n}"].T, rtol=CLOSE, atol=CLOSE)
        inputs, nodes = named[f"W{n}"].shape
        slopes = sheets.block(BACKWARD, f"∂E/∂W{UP[n]} =", inputs + 1, nodes)
        ours = np.vstack([named[f"dE/dW{n}"], named[f"dE/db{n}"]])
        np.testing.assert_allclose(slopes, ours, rtol=CLOSE, atol=CLOSE)
        new = sheets.block(UPDATE, f"W{UP[n]}′ and", inputs + 1, nodes)
        ours = np.vstack([named[f"W{n}_new"], named[f"b{n}_new"]])
        np.testing.assert_allclose(new, ours, rtol=CLOSE, atol=CLOSE)
    output, again = named["y_hat"].T, named["y_hat_new"].T
    np.testing.assert_allclose(
        sheets.block(FORWARD, "ŷ =", *output.shape), output, rtol=CLOSE, atol=CLOSE
    )
    np.testing.assert_allclose(
        sheets.block(REPEAT, "ŷ′ =", *again.shape), again, rtol=CLOSE, atol=CLOSE
    )
    assert_same(sheets.block(ERROR, "E =", 1, 1)[0, 0], float(named["E"]))
    assert_same(sheets.block(REPEAT, "E′ =", 1, 1)[0, 0], float(named["E_new"]))


def test_worked_network(tmp_path, worked):
    path = tmp_path / "a.xlsx"
    example = explain(worked(), [1.0, 2.0], 1)
    example.to_excel(path)
    sheets = assert_recalculated(path)
    assert_ours(sheets, example)
    # z¹ = 0.1 + 0.8 + 0.05 and −0.2 + 0.6 − 0.1; ŷ = σ(0.6·0.721115 − 0.5·0.574443 + 0.2)
    np.testing.assert_allclose(sheets.block(FORWARD, "z¹", 2, 1).ravel(), [0.95, 0.3], rtol=1e-12)
    assert sheets.block(FORWARD, "ŷ", 1, 1)[0, 0] == pytest.approx(0.585513, abs=5e-7)
    # −ln 0.585513, −1/0.585513, 0.585513·(1 − 0.585513), and their product 0.585513 − 1
    assert sheets.block(ERROR, "E =", 1, 1)[0, 0] == pytest.approx(0.535266, abs=5e-7)
    assert sheets.block(BACKWARD, "∂e/∂ŷ", 1, 1)[0, 0] == pytest.approx(-1.707904, abs=5e-6)
    assert sheets.block(BACKWARD, "∂ŷ/∂z²", 1, 1)[0, 0] == pytest.approx(0.242688, abs=5e-6)
    assert sheets.block(BACKWARD, "δ²", 1, 1)[0, 0] == pytest.approx(-0.414487, abs=5e-7)
    # 0.6 + 0.5·0.414487·0.721115
    new = sheets.block(UPDATE, "W²′", 3, 1)
    assert new[0, 0] == pytest.approx(0.749446, abs=5e-6)
    assert sheets.names == [
        "network",
        "1 feedforward",
        "2 compare",
        "3 error",
        "4 backwards",
        "5 update",
        "6 repeat",
    ]


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
def test_every_activation(tmp_path, activation):
    model = MLPClassifier((4, 3), activation=activation, max_iter=2, alpha=0.1, tol=0)
    path = tmp_path / "a.xlsx"
    example = write(fit(model, THREE), THREE, path, row=[1, 2, 3])
    assert_ours(assert_recalculated(path), example)


def fit(model, y, x=X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y)


MODELS = {
    "half the squared error": (LinearRegression(solver="gd", max_iter=3), REAL[:, 0]),
    "two outputs": (MLPRegressor(hidden_layer_sizes=(4,), max_iter=2), REAL),
    "Poisson": (MLPRegressor(hidden_layer_sizes=(4,), loss="poisson", max_iter=2), COUNTS),
    "log loss": (LogisticRegression(solver="gd", max_iter=3), TWO),
    "labels": (MLPClassifier((4,), label_smoothing=0.1, max_iter=2), LABELS),
    "cross-entropy": (LogisticRegression(solver="newton", alpha=1.0), THREE),
    "smoothed": (MLPClassifier((4,), label_smoothing=0.1, max_iter=2), THREE),
    "perceptron": (Perceptron(max_iter=2, alpha=0.1), TWO),
    "three perceptrons": (Perceptron(max_iter=2), THREE),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_loss(tmp_path, name):
    model, y = MODELS[name]
    fit(model, y)
    for how in ({"row": 4}, {"row": [4, 5, 8], "sample_weight": WEIGHTS}):
        path = tmp_path / "a.xlsx"
        example = write(model, y, path, **how)
        assert_ours(assert_recalculated(path), example)


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("solver", [*OPTIMIZERS, "lbfgs"])
def test_every_optimizer(tmp_path, solver, limited):
    limits = {"alpha": 0.1}
    if solver != "lbfgs":
        limits |= {"clip_norm": 0.05, "max_norm": 0.8}
    if solver != "muon":
        limits["l1"] = 0.05
    own = limits if limited else {}
    model = MLPClassifier((4, 3, 4), solver=solver, max_iter=2, **own)
    path = tmp_path / "a.xlsx"
    example = write(fit(model, TWO), TWO, path, row=[0, 3, 9], sample_weight=WEIGHTS)
    assert_ours(assert_recalculated(path), example)


@pytest.mark.parametrize(
    "parameters",
    [
        {"solver": "sgd", "momentum": 0.0, "l1": 0.1},
        {"solver": "sgd", "nesterovs_momentum": False, "l1": 0.1},
        {"solver": "muon", "l1": 0.1},
        {"solver": "adamw", "weight_decay": 0.3, "l1": 0.1},
    ],
)
def test_other_ways_of_stepping(tmp_path, parameters):
    model = MLPClassifier((4,), max_iter=3, **parameters)
    path = tmp_path / "a.xlsx"
    example = write(fit(model, TWO), TWO, path, row=7)
    assert_ours(assert_recalculated(path), example)


@pytest.mark.parametrize("solver", ["adam", "nadam"])
def test_late_step(tmp_path, solver):
    # 0.9^20000 is smaller than any double: some spreadsheets make an error of such a power.
    model = fit(MLPClassifier((4,), solver=solver, max_iter=3, l1=0.01), TWO)
    model._optimizer_state["step"] = 20_000
    path = tmp_path / "a.xlsx"
    example = write(model, TWO, path, row=7)
    sheets = assert_recalculated(path)
    assert_ours(sheets, example)
    assert not any("POWER(" in formula for formula in sheets.formulas().values())


def changed(model, layer, i, j, value):
    """Return a copy with another weight, and that weight as the network's float type has it."""
    other = copy.deepcopy(model)
    other.coefs_[layer][i, j] = value
    return other, float(other.coefs_[layer][i, j])


CHANGES = {
    "softmax": (MLPClassifier((4, 3), activation="tanh", max_iter=2, alpha=0.1), THREE),
    "hidden softmax": (MLPClassifier((4, 3), activation="softmax", max_iter=2), LABELS),
    "limits": (
        MLPClassifier(
            (4, 3), solver="nadam", max_iter=2, l1=0.05, alpha=0.1, max_norm=0.8, clip_norm=0.1
        ),
        TWO,
    ),
    "squares": (MLPRegressor(hidden_layer_sizes=(4, 3), activation="silu", max_iter=2), REAL),
}


@pytest.mark.parametrize("value", [0.9, -3000.0])
@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("name", CHANGES)
def test_change_of_a_weight(tmp_path, name, layer, value):
    """All sheets with the weight changed in its cell are those of a network with that weight."""
    model, y = CHANGES[name]
    other, value = changed(fit(model, y), layer, 1, 0, value)
    how = {"row": [2, 5], "sample_weight": WEIGHTS}
    write(model, y, tmp_path / "a.xlsx", **how)
    write(other, y, tmp_path / "b.xlsx", **how)
    sheets, wanted = Sheets(tmp_path / "a.xlsx"), Sheets(tmp_path / "b.xlsx")
    before = sheets.cells()
    sheets.set_weight(layer + 1, 1, 0, value)
    sheets.model.evaluate()
    after, right = sheets.cells(), wanted.cells()
    assert after.keys() == right.keys()
    for place in wanted.formulas():
        assert_same(after[place], right[place], (place, sheets.model.get_cell_formula(*place)))
    # It is no empty promise: prediction, error, slopes and new weights have changed.
    for sheet in (FORWARD, ERROR, BACKWARD, UPDATE, REPEAT):
        assert any(before[p] != after[p] for p in sheets.formulas() if p[0] == sheet)


def test_change_of_worked_network(tmp_path, worked):
    """The first weight 0.1 becomes 1.1: by hand, as 1.1·1 + 0.4·2 + 0.05 = 1.95."""
    path = tmp_path / "a.xlsx"
    explain(worked(), [1.0, 2.0], 1).to_excel(path)
    sheets = Sheets(path)
    sheets.set_weight(1, 0, 0, 1.1)
    sheets.model.evaluate()
    assert sheets.block(FORWARD, "z¹", 2, 1)[0, 0] == pytest.approx(1.95, abs=1e-12)
    # σ(1.95) = 0.875447; ŷ = σ(0.6·0.875447 − 0.5·0.574443 + 0.2) = σ(0.438047) = 0.607793
    assert sheets.block(NETWORK, "The prediction", 1, 1)[0, 0] == pytest.approx(0.607793, abs=1e-6)
    # −ln 0.607793
    assert sheets.block(NETWORK, "The error", 1, 1)[0, 0] == pytest.approx(0.497921, abs=2e-6)


def test_change_of_input_answer_and_setting(tmp_path, worked):
    path = tmp_path / "a.xlsx"
    explain(worked(), [1.0, 2.0], 1).to_excel(path)
    sheets = Sheets(path)
    for heading, value in (("x,", 0.5), ("y,", 0.0), ("The settings", 0.25)):
        row = sheets.row_of(NETWORK, heading)
        sheets.model.update_cell_with_number(NETWORK, row, 3, value)
    sheets.model.evaluate()
    example = explain(worked(learning_rate_init=0.25), [0.5, 2.0], 0)
    assert_ours(sheets, example)
    assert sheets.block(COMPARE, "The decision", 3, 1).ravel().tolist() == ["1", "0", "wrong"]


def test_decisions_follow(tmp_path):
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    model = fit(LogisticRegression(solver="gd", max_iter=3), np.array(["cat", "Cat"])[TWO], table)
    path = tmp_path / "a.xlsx"
    explain(model, table, np.array(["cat", "Cat"])[TWO], row=3).to_excel(path)
    sheets = Sheets(path)
    for value in (1000.0, -1000.0):
        row = sheets.row_of(NETWORK, "W¹:") + 3
        sheets.model.update_cell_with_number(NETWORK, row, 3, value)
        sheets.model.evaluate()
        predicted, answer, verdict = sheets.block(COMPARE, "The decision", 3, 1).ravel()
        # The classes are sorted: Cat, cat.
        assert predicted == ("cat" if value > 0 else "Cat")
        assert verdict == ("right" if predicted == answer else "wrong")


# ------------------------------------------------------------------ how it is written


def test_names_are_text(tmp_path):
    names = ["=1+1", "<script>alert(1)</script>", "{=SUM(A1)}", "https://a.b", "\x01 & 'é'", "+2"]
    table = pd.DataFrame(np.tile(X, 2), columns=names)
    classes = np.array(["=2+3", "@x", ""])[THREE]
    model = fit(LogisticRegression(solver="gd", max_iter=3), classes, table)
    path = tmp_path / "a.xlsx"
    explain(model, table, classes, row=2).to_excel(path)
    sheets = assert_recalculated(path)
    top = sheets.row_of(NETWORK, "x,")
    found = [sheets.model.get_cell_value(NETWORK, top + i, 2) for i in range(6)]
    assert [found[i] for i in (0, 1, 2, 3, 5)] == [names[i] for i in (0, 1, 2, 3, 5)]
    assert all(sheets.model.get_cell_formula(NETWORK, top + i, 2) is None for i in range(6))
    assert set(sheets.block(COMPARE, "The classes", 3, 1).ravel()) == {"=2+3", "@x", "(empty)"}
    with zipfile.ZipFile(path) as archive:
        assert not any("hyperlink" in name for name in archive.namelist())
        assert "<script>" not in archive.read("xl/sharedStrings.xml").decode()


def test_only_functions_that_every_spreadsheet_knows(tmp_path):
    known = re.findall(
        "[A-Z]+",
        "ABS COUNT EXACT EXP IF INDEX ISNUMBER LN MATCH MAX MIN NORMSDIST PI POWER SIGN SQRT SUM "
        "SUMIF SUMPRODUCT SUMSQ TANH",
    )
    used = set()
    for activation in ACTIVATIONS.keys() - {"exp"}:
        model = MLPClassifier(
            (3, 3), activation=activation, solver="nadam", l1=0.1, max_norm=1.0, clip_norm=1.0
        )
        y = TWO if activation == "relu" else THREE
        write(model.initialize(X, y), y, tmp_path / "a.xlsx", row=[1, 2])
        for formula in Sheets(tmp_path / "a.xlsx").formulas().values():
            used |= set(re.findall(r"([A-Z.0-9_]+)\(", formula))
    assert used == set(known)


def test_numbers_are_shown_with_six_digits(tmp_path, worked):
    path = tmp_path / "a.xlsx"
    explain(worked(), [1.0, 2.0], 1).to_excel(path)
    sheets = Sheets(path)
    shown = [
        sheets.model.get_formatted_cell_value(sheet, sheets.row_of(sheet, heading), 3).strip()
        for sheet, heading in ((FORWARD, "ŷ"), (BACKWARD, "δ²"), (NETWORK, "W¹:"), (NETWORK, "x,"))
    ]
    assert shown == ["0.585513", "-0.414487", "0.1", "1"]


def test_weights_stand_out_and_labels_stay_in_sight(tmp_path, worked):
    path = tmp_path / "a.xlsx"
    explain(worked(), [1.0, 2.0], 1).to_excel(path)
    sheets = Sheets(path)
    row = sheets.row_of(NETWORK, "W¹:")
    weight = sheets.model.get_cell_style(NETWORK, row, 3)["fill"]
    result = sheets.model.get_cell_style(FORWARD, sheets.row_of(FORWARD, "z¹"), 3).get("fill")
    assert weight != result
    for sheet in range(7):
        assert sheets.model.get_frozen_rows_count(sheet) == 1
        assert sheets.model.get_frozen_columns_count(sheet) == 2
    assert "Change a yellow cell" in sheets.text()


def test_without_answers(tmp_path, worked):
    path = tmp_path / "a.xlsx"
    explain(worked(), [[1.0, 2.0], [0.5, 0.5]]).to_excel(path)
    sheets = assert_recalculated(path)
    assert sheets.names == ["network", "1 feedforward"]
    assert "The error" not in sheets.text()
    sheets.set_weight(1, 0, 0, 1.1)
    sheets.model.evaluate()
    assert sheets.block(NETWORK, "The prediction", 1, 1)[0, 0] == pytest.approx(0.607793, abs=1e-6)


def test_muon_says_what_is_no_formula(tmp_path):
    path = tmp_path / "a.xlsx"
    model = fit(MLPClassifier((4, 3), solver="muon", max_iter=2), TWO)
    example = write(model, TWO, path, row=3)
    sheets = assert_recalculated(path)
    assert "they do not follow a change" in sheets.text()
    assert_ours(sheets, example)
    top = sheets.row_of(UPDATE, "O²")
    assert sheets.model.get_cell_formula(UPDATE, top, 3) is None


def test_own_units(tmp_path):
    y = 1000 + 50 * REAL[:, 0]
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=2)
    path = tmp_path / "a.xlsx"
    model = TransformedTargetRegressor(network, transformer=StandardScaler())
    write(fit(model, y), y, path, row=[3, 4])
    sheets = assert_recalculated(path)
    own = sheets.block(COMPARE, "The prediction in", 1, 2)
    np.testing.assert_allclose(own[0], model.predict(X[[3, 4]]), rtol=1e-5)  # predicts in float32
    curved = FunctionTransformer(np.log, np.exp, check_inverse=False)
    write(fit(TransformedTargetRegressor(network, transformer=curved), y), y, path, row=3)
    assert "own units" not in assert_recalculated(path).text()


def test_overflow_is_an_error_in_its_cell_only(tmp_path):
    model = fit(MLPRegressor(hidden_layer_sizes=(4,), loss="poisson", max_iter=2), COUNTS)
    other, _ = changed(model, 1, 0, 0, 1e6)
    for node in range(4):
        other.coefs_[1][node, 0] = 1e6
    path = tmp_path / "a.xlsx"
    write(other, COUNTS, path, row=[1, 2])
    sheets = assert_recalculated(path)
    assert "#NUM!" in sheets.text()


# ------------------------------------------------------------------ what cannot be written


def test_too_much_for_a_spreadsheet(tmp_path, worked):
    path = tmp_path / "a.xlsx"
    path.write_text("earlier")
    model = worked()
    with pytest.raises(InputError, match="at most 64 rows, and these are 65"):
        explain(model, np.ones((65, 2))).to_excel(path)
    wide = MLPClassifier((200, 100)).initialize(X, TWO)
    with pytest.raises(InputError, match="20,000 weights and biases, and this network has 21,001"):
        explain(wide, X[0]).to_excel(path)
    square = MLPClassifier((150,), activation="softmax").initialize(X, TWO)
    with pytest.raises(InputError, match="30 rows through this network would have about 739,452"):
        explain(square, X[:30]).to_excel(path)
    model.coefs_[0][0, 0] = np.nan
    with pytest.raises(InputError, match="no finite numbers"):
        explain(model, [1.0, 2.0]).to_excel(path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch, worked):
    path = tmp_path / "a.xlsx"
    path.write_text("earlier")

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(_workbook, "_write_judgment", fail)
    with pytest.raises(MemoryError):
        explain(worked(), [1.0, 2.0], 1).to_excel(path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("where", ["missing/a.xlsx", "."])
def test_where_nothing_can_be_written(tmp_path, where, worked):
    with pytest.raises(InputError, match="cannot be written"):
        explain(worked(), [1.0, 2.0], 1).to_excel(tmp_path / where)


def test_only_a_spreadsheet_needs_its_library():
    code = "import sys, chainrule.explanation; print('xlsxwriter' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert result.stdout.strip() == "False"
