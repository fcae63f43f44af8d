"""The spreadsheet of a worked example, worked out again by another program than ours.

IronCalc calculates every formula; what is kept beside the formula is the engine's own number.
"""

import re
import warnings
import zipfile
from xml.etree import ElementTree as ET

import ironcalc
import numpy as np
import pytest

from chainrule import (
    InputError,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    explain,
)
from chainrule.mathematics import ACTIVATIONS

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(40, 3))
TWO = (X[:, 0] + X[:, 1] > 0).astype(int)
THREE = np.array(list("abc"))[RANDOM.randint(0, 3, 40)]
LABELS = RANDOM.randint(0, 2, (40, 2))
NUMBER = X[:, 0] * 2 + 1
COUNT = RANDOM.poisson(2, 40).astype(float)
WEIGHTS = RANDOM.uniform(0.1, 3, 40)
SHEETS = ["network", "1 feedforward", "2 compare", "3 error", "4 backwards", "5 update", "6 repeat"]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def small(**settings):
    return MLPClassifier(
        **{"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 3} | settings
    )


def regressor(**settings):
    return MLPRegressor(hidden_layer_sizes=(4,), random_state=0, max_iter=3, **settings)


NETWORKS = {
    **{
        f"activation {name}": (small(activation=name), TWO) for name in ACTIVATIONS if name != "exp"
    },
    **{
        f"solver {name}": (small(solver=name), TWO)
        for name in (
            "gd",
            "sgd",
            "momentum",
            "nesterov",
            "rmsprop",
            "adam",
            "adamw",
            "nadam",
            "lbfgs",
        )
    },
    "muon": (small(solver="muon", hidden_layer_sizes=(3, 4)), TWO),
    "limited": (small(max_norm=0.3, l1=0.01, clip_norm=0.1), TWO),
    "smoothed": (small(label_smoothing=0.1), THREE),
    "three classes": (small(hidden_layer_sizes=(3, 3)), THREE),
    "several labels": (small(), LABELS),
    "a number": (regressor(), NUMBER),
    "a count": (regressor(loss="poisson"), COUNT),
    "perceptron": (Perceptron(max_iter=20), TWO),
    "logistic": (LogisticRegression(alpha=0.1), THREE),
    "linear": (LinearRegression(alpha=0.1), NUMBER),
}


def fitted(model, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


def cells_of(path):
    """Return by sheet and place whether a cell is a formula, and the number kept in it."""
    found = {}
    with zipfile.ZipFile(path) as book:
        for sheet in range(len(SHEETS)):
            tree = ET.fromstring(book.read(f"xl/worksheets/sheet{sheet + 1}.xml"))  # noqa: S314
            for cell in tree.iter(f"{MAIN}c"):
                number = cell.find(f"{MAIN}v")
                if number is not None and cell.get("t") is None:
                    formula = cell.find(f"{MAIN}f") is not None
                    found[sheet, cell.get("r")] = formula, float(number.text)
    return found


def place_of(reference):
    letters, row = re.match(r"([A-Z]+)(\d+)", reference).groups()
    return int(row), ironcalc.column_number_from_name(letters)


def recalculated(book, cells):
    """Return what the other program makes of each formula."""
    book.evaluate()
    return {
        (sheet, reference): book.get_cell_value(sheet, *place_of(reference))
        for (sheet, reference), (formula, _) in cells.items()
        if formula
    }


def open_book(path):
    return ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")


def assert_agree(calculated, cells):
    kept = {place: cells[place][1] for place in calculated}
    assert len(kept) > 15
    for place, number in kept.items():
        assert calculated[place] == pytest.approx(number, rel=1e-9, abs=1e-9), place


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    "rows", [{"row": 3}, {"row": [1, 5, 7], "sample_weight": WEIGHTS}], ids=["row", "batch"]
)
def test_another_program_calculates_the_same(name, rows, tmp_path):
    model, y = NETWORKS[name]
    if not hasattr(model, "coefs_"):
        fitted(model, y)
    path = tmp_path / "row.xlsx"
    explain(model, X, y, **rows).to_excel(path)
    cells = cells_of(path)
    assert_agree(recalculated(open_book(path), cells), cells)


@pytest.mark.parametrize("name", ["activation relu", "solver adam", "three classes", "a number"])
def test_a_changed_weight_changes_all_that_follows(name, tmp_path):
    model, y = NETWORKS[name]
    model = fitted(model, y)
    before, after = tmp_path / "before.xlsx", tmp_path / "after.xlsx"
    explain(model, X, y, row=3).to_excel(before)
    old = float(model.coefs_[0][1, 2])
    model.coefs_[0][1, 2] = old + 0.25
    example = explain(model, X, y, row=3)
    example.to_excel(after)
    model.coefs_[0][1, 2] = old
    was, would_be = cells_of(before), cells_of(after)
    assert was.keys() == would_be.keys()
    # What differs on the first sheet and is no formula is that weight.
    ((sheet, reference),) = (
        place
        for place, (formula, number) in was.items()
        if place[0] == 0 and not formula and number != would_be[place][1]
    )
    book = open_book(before)
    book.set_user_input(sheet, *place_of(reference), repr(would_be[sheet, reference][1]))
    found = recalculated(book, was)
    assert_agree(found, would_be)
    assert any(found[place] != pytest.approx(was[place][1]) for place in found)


def test_the_sheets_are_the_six_steps(tmp_path):
    path = tmp_path / "row.xlsx"
    explain(fitted(small(), TWO), X, TWO, row=3).to_excel(path)
    names = [sheet["name"] for sheet in open_book(path).get_worksheets_properties()]
    assert names == SHEETS


def test_names_are_text(tmp_path):
    pandas = pytest.importorskip("pandas")
    rows = pandas.DataFrame(X, columns=["=1+1", "<script>", "@x"])
    labels = np.where(TWO, "=2+2", "no")
    path = tmp_path / "row.xlsx"
    explain(LogisticRegression().fit(rows, labels), rows, labels, row=3).to_excel(path)
    book = open_book(path)
    texts = {book.get_cell_value(0, row, column) for row in range(1, 60) for column in range(1, 12)}
    assert {"=1+1", "<script>", "@x"} <= texts


def test_what_is_too_large_is_refused_and_nothing_is_lost(tmp_path):
    path = tmp_path / "row.xlsx"
    path.write_text("mine", encoding="utf-8")
    wide = MLPClassifier((400, 400)).initialize(X, TWO)
    with pytest.raises(InputError, match="at most 20,000 weights"):
        explain(wide, X, TWO, row=3).to_excel(path)
    rows = np.tile(X, (2, 1))
    with pytest.raises(InputError, match="at most 64 rows"):
        explain(small().initialize(X, TWO), rows, np.tile(TWO, 2)).to_excel(path)
    assert path.read_text(encoding="utf-8") == "mine"
    with pytest.raises(InputError, match="nowhere"):
        explain(small().initialize(X, TWO), X, TWO, row=3).to_excel(tmp_path / "nowhere" / "x.xlsx")
