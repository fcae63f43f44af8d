"""What a person may have meant."""

from chainrule.tables import closest, did_you_mean
from chainrule.tables.names import listed


def test_closest():
    names = ["Sale_Price", "price", "Lot_Area", "yes", "x"]
    assert closest("sale price", names)[0] == "Sale_Price"
    assert closest("PRICE", names)[0] == "price"
    assert closest("pric", names)[0] == "price"
    assert closest("area", names) == ["Lot_Area"]
    assert closest("qqq", names) == []
    assert closest("missing", ["admissions"]) == []
    assert closest("", names) == []
    assert closest("a", []) == []
    assert len(closest("col", [f"col{i}" for i in range(9)])) == 3


def test_sentences():
    assert did_you_mean("prise", ["price"]) == "; did you mean 'price'?"
    assert did_you_mean("q", ["price", "area"]) == "; there are: price, area"
    assert did_you_mean("q", []) == ""
    assert listed(map(str, range(10))) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
