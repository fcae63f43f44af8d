"""Kinds of columns and what is said about them."""

import datetime as dt

import polars as pl
import pytest

from chainrule.errors import InputError
from chainrule.tables import describe_columns

ROWS = 60
CASES = {
    "integers": ([i % 7 for i in range(ROWS)], "number"),
    "three integers": ([i % 3 for i in range(ROWS)], "number"),
    "floats all different": ([i / 7 for i in range(ROWS)], "number"),
    "integers all different": ([i * i + 3 for i in range(ROWS)], "number"),
    "years": (list(range(1960, 1960 + ROWS)), "number"),
    "texts of numbers": ([str(i % 5) for i in range(ROWS)], "number"),
    "texts of numbers and None": (["None", *(["1.5", "2"] * 30)][:ROWS], "number"),
    "zero one": ([0, 1] * 30, "yes/no"),
    "zero one floats": ([0.0, 1.0] * 30, "yes/no"),
    "booleans": ([True, False] * 30, "yes/no"),
    "words": (["Yes", "no"] * 30, "yes/no"),
    "letters": (["y", "n", None] * 20, "yes/no"),
    "true false": (["TRUE", "FALSE"] * 30, "yes/no"),
    "colors": (["red", "blue", "green"] * 20, "category"),
    "two words": (["male", "female"] * 30, "category"),
    "codes": ([f"0{i % 9}" for i in range(ROWS)], "category"),
    "one word or missing": (["x", None] * 30, "category"),
    "days": ([dt.date(2024, 1, 1) + dt.timedelta(i) for i in range(ROWS)], "date"),
    "times": ([f"2024-05-{i % 28 + 1:02}T1{i % 9}:00:00Z" for i in range(ROWS)], "date"),
    "constant": ([5] * ROWS, "constant"),
    "nothing": ([None] * ROWS, "constant"),
    "only markers": (["?", "NA", ""] * 20, "constant"),
    "row count": (list(range(ROWS)), "identifier"),
    "row count shuffled": ([(i * 7) % ROWS + 1 for i in range(ROWS)], "identifier"),
    "customer_id": ([1000 + 17 * i for i in range(ROWS)], "identifier"),
    "customerId": ([1000 + 17 * i for i in range(ROWS)], "identifier"),
    "serials": ([f"A-{i:04}" for i in range(ROWS)], "identifier"),
    "prose": ([f"a long sentence about thing number {i}" for i in range(ROWS)], "text"),
    "lists": ([[i] for i in range(ROWS)], "text"),
}


@pytest.mark.parametrize("name", CASES)
def test_kinds(name):
    values, kind = CASES[name]
    frame = pl.DataFrame({name: values, "other": [i * 0.5 for i in range(ROWS)]})
    column = describe_columns(frame)[0]
    assert (column.name, column.kind) == (name, kind)
    assert column.used == (kind not in ("constant", "identifier", "text"))
    assert column.note.startswith("dropped: ") != column.used
    assert column.dtype


def test_counts_and_notes():
    frame = pl.DataFrame(
        {
            "age": [30, None, 41, 30] * 25,
            "pay": [1.0, 2.0, 3.0, 1000.0] + [1.0] * 96,
            "city": ["Rome", "Oslo", "Rome", None] * 24 + ["Bern", "Bonn", "Rome", "Rome"],
            "id": [f"n{i}" for i in range(100)],
        }
    )
    age, pay, city, ident = describe_columns(frame)
    assert (age.missing, age.distinct) == (25, 2)
    assert age.note == "standardized; filled, marked"
    assert pay.note == "log, standardized"
    assert city.note == "one-hot, with rare and missing"
    assert ident.note == "dropped: all differ"


def test_notes_fit_beside_the_other_columns_of_a_terminal():
    """Of 80 columns, 46 are for the name (17 letters of it), kind, missing cells and inputs."""
    values = {
        "a": [1.0, 2.0, 3.0, 9000.0, None] * 20,
        "b": ["u", "v", None, "u", "v"] * 19 + ["r", "s", "t", "u", "v"],
        "c": ["yes", "no", None, "no", "yes"] * 20,
        "d": [f"n{i}" for i in range(98)] + ["n0", None],
        "e": [None] * 100,
    }
    columns = describe_columns(pl.DataFrame(values))
    assert {column.kind for column in columns} >= {"number", "category", "yes/no", "identifier"}
    assert "rare and missing" in columns[1].note
    assert columns[3].note == "dropped: nearly all differ"
    assert max(len(column.note) for column in columns) <= 80 - 46


def test_the_target_is_left_out_and_order_kept():
    frame = pl.DataFrame({"b": [1, 2, 2], "y": [0, 1, 1], "a": ["u", "v", "u"]})
    assert [column.name for column in describe_columns(frame, target="y")] == ["b", "a"]


def test_date_parts_are_those_that_vary():
    days = [dt.date(2024, 3, 1 + i % 28) for i in range(60)]
    hours = [dt.datetime(2020 + i % 3, 1 + i % 12, 1, i % 24) for i in range(60)]
    first, second = describe_columns(pl.DataFrame({"d": days, "h": hours}))
    assert first.parts == ("days", "day sin", "day cos", "weekday sin", "weekday cos")
    assert {"year", "month sin", "hour cos"} <= set(second.parts)
    assert "day sin" not in second.parts
    assert first.note == "days, day, weekday"


def test_a_row_count_alone_is_kept():
    """In a table of x and y, the only input is no identifier."""
    columns = describe_columns(pl.DataFrame({"x": range(30), "y": range(30)}), target="y")
    assert columns[0].kind == "number"
    with pytest.raises(InputError, match="no column can be used"):
        describe_columns(pl.DataFrame({"id": range(30), "y": range(30)}), target="y")


def test_kinds_can_be_overridden():
    frame = pl.DataFrame(
        {"zip": [1, 2, 3] * 9, "n": range(27), "t": ["1", "0", "x"] * 9, "d": ["2024-01-01"] * 27}
    )
    kinds = {"zip": "category", "n": "number", "t": "identifier", "d": "date"}
    columns = describe_columns(frame, kinds=kinds)
    assert [column.kind for column in columns] == list(kinds.values())
    assert columns[2].note == "dropped: as asked"


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"colour": "category"}, "no column 'colour'; did you mean 'color'"),
        ({"color": "categorical"}, "unknown kind 'categorical'; did you mean 'category'"),
        ({"color": "zzz"}, "there are: number, category, yes/no"),
        ({"color": "number"}, "'color' holds the text 'red' in row 1 where a number"),
        ({"color": "date"}, "'color' cannot be read as dates: it holds 'red' in row 1"),
        ({"color": "yes/no"}, "'color' cannot be read as yes/no: it holds 'red' in row 1"),
        ({"n": "yes/no"}, "'n' cannot be read as yes/no: it holds 5 in row 3"),
        ({"when": "number"}, "'when' holds Date"),
        ({"list": "category"}, "cannot be a category"),
    ],
)
def test_overrides_that_cannot_be(kinds, said):
    frame = pl.DataFrame(
        {
            "color": ["red", "blue", "red"],
            "n": [0, 1, 5],
            "when": [dt.date(2024, 1, i) for i in (1, 2, 3)],
            "list": [[1], [2], [3]],
        }
    )
    with pytest.raises(InputError, match=said):
        describe_columns(frame, kinds=kinds)


def test_a_text_among_numbers_is_an_error_not_a_category():
    values = [str(i % 50) for i in range(1000)]
    values[16] = "abc"
    frame = pl.DataFrame({"dose": values})
    with pytest.raises(InputError, match=r"'dose' holds 999 numbers but the text 'abc' in row 17"):
        describe_columns(frame)
    assert describe_columns(frame, kinds={"dose": "category"})[0].kind == "category"
    values[::10] = ["many"] * 100
    assert describe_columns(pl.DataFrame({"dose": values}))[0].kind == "category"


@pytest.mark.parametrize("bad", [float("inf"), float("-inf"), 1e35])
def test_infinity_is_named(bad):
    with pytest.raises(InputError, match=r"'x' holds .* in row 3 .*finite"):
        describe_columns(pl.DataFrame({"x": [1.0, float("nan"), bad]}))


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"y": [1, 2]}),
        pl.DataFrame({"a": [1, 1], "b": [None, None], "y": [1, 2]}),
        pl.DataFrame({"a": ["u", "v"], "y": [1, 2]}),
    ],
)
def test_no_usable_column(frame):
    with pytest.raises(InputError, match="no column can be used"):
        describe_columns(frame, target="y")
