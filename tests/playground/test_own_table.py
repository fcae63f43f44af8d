"""A file that is dropped on the page: read with limits, or refused in one sentence."""

import gzip
import io

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from chainrule.errors import InputError
from chainrule.playground import _own_table
from chainrule.playground.data import limited, read_own
from chainrule.playground.session import Session
from chainrule.tables import load_example, load_table, sample_rows

CSV = b"a,b,kind\n1.5,2,x\n2.5,,y\n"
FRAME = pl.DataFrame({"a": [1.5, 2.5], "b": [2, None], "kind": ["x", "y"]})


def packed(write):
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pets.csv", CSV),
        ("pets.CSV", CSV),
        ("../../pets.csv", CSV),
        ("C:\\home\\pets.csv", CSV),
        ("pets.tsv", CSV.replace(b",", b"\t")),
        ("pets.csv.gz", gzip.compress(CSV, mtime=0)),
        ("pets.jsonl", b'{"a":1.5,"b":2,"kind":"x"}\n{"a":2.5,"b":null,"kind":"y"}\n'),
        ("pets.parquet", packed(FRAME.write_parquet)),
        ("pets.arrow", packed(FRAME.write_ipc)),
    ],
)
def test_kinds_of_files(name, content):
    table = read_own(name, content)
    assert_frame_equal(table.frame, FRAME)
    assert (table.name, table.target, table.description) == ("pets", None, "")
    assert "/" not in table.source
    assert "\\" not in table.source


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"x,y\n", "a.csv has column names but no rows"),
        ("a.csv", b"x,y\n1,2\n3\n", "line 3 of a.csv has 1 field"),
        ("a.csv", b"x,x\n1,2\n", "a.csv has two columns called 'x'"),
        ("a.csv", "x,y\n1,é\n".encode("latin1"), "line 2 of a.csv is not UTF-8"),
        ("a.csv", "x,y\n1,2\n".encode("utf-16"), "a.csv is text in UTF-16"),
        ("a.xlsx", CSV, "a.xlsx has the ending '.xlsx', which cannot be read; save the sheet"),
        ("table", CSV, "table has no ending"),
        ("", CSV, "table has no ending"),
        ("..", CSV, "no ending|cannot be read"),
        ("a.parquet", b"PAR1" * 9, "a.parquet is not a sound .parquet file"),
        ("a.arrow", b"ARROW1" * 9, "a.arrow cannot be read"),
        ("a.feather", CSV, "a.feather is not a sound .feather file"),
        ("a.csv.gz", CSV, "a.csv.gz is not a sound gzip file"),
        ("a.csv.gz", gzip.compress(CSV, mtime=0)[:-9], "a.csv.gz is not a sound gzip file"),
        ("a.csv.zst", CSV, "packed with zstd, which is not taken here"),
        ("a.csv", b"a" * ((20 << 20) + 1), "more than the 20 MB that the playground takes"),
    ],
)
def test_what_cannot_be_read(name, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read_own(name, content)
    assert "\n" not in str(caught.value)
    assert "tmp" not in str(caught.value)


def test_too_many_columns():
    wide = pl.DataFrame({f"c{i}": [1.5, 2.5] for i in range(501)})
    with pytest.raises(InputError, match="501 columns, and the playground takes up to 500"):
        read_own("wide.parquet", packed(wide.write_parquet))


def test_a_small_file_that_holds_a_huge_one(monkeypatch):
    monkeypatch.setattr(_own_table, "_MOST_UNPACKED", 1 << 20)
    content = gzip.compress(b"x\n" + b"1\n" * (1 << 20))
    with pytest.raises(InputError, match="unpacks to more than 1 MB"):
        read_own("a.csv.gz", content)
    monkeypatch.setattr(_own_table, "_MOST_CELLS_READ", 100_000)
    long = pl.DataFrame({"x": np.zeros(200_000)})
    with pytest.raises(InputError, match="more rows than can be looked through"):
        read_own("a.parquet", packed(long.write_parquet))


def test_of_very_many_rows_a_sample(monkeypatch):
    monkeypatch.setattr(_own_table, "MOST_ROWS", 1000)
    frame = pl.DataFrame({"x": np.arange(150_000), "y": np.arange(150_000) * 2.0})
    table = read_own("long.parquet", packed(frame.write_parquet))
    assert_frame_equal(table.frame, frame[sample_rows(150_000, 1000)])
    assert table.description == (
        "1,000 of the 150,000 rows of long.parquet are used, chosen at random."
    )


def test_of_a_table_that_was_read_elsewhere_too(monkeypatch, tmp_path):
    monkeypatch.setattr(_own_table, "MOST_ROWS", 1000)
    path = tmp_path / "long.csv"
    rows = np.arange(5000.0)
    frame = pl.DataFrame({"x": rows, "y": rows % 7, "z": rows % 2})
    frame.write_csv(path)
    session = Session(load_table(path))
    assert_frame_equal(session.table.frame, read_own("long.csv", path.read_bytes()).frame)
    note = "1,000 of the 5,000 rows of long.csv are used, chosen at random."
    assert note in session.state()["data"]["notes"]
    few = load_example("moons")
    assert limited(few) is few
    monkeypatch.setattr(_own_table, "MOST_COLUMNS", 1)
    with pytest.raises(InputError, match=r"long.csv has 3 columns, and the playground takes up to"):
        Session(load_table(path))


def test_long_names_are_cut():
    table = read_own("a" * 300 + ".csv", CSV)
    assert len(table.name) <= 100
    assert len(str(read_own("x\0y.csv", CSV).source)) == len("xy.csv")
