"""Reading: every format gives the same table, every bad file one sentence."""

import csv
import gzip
import io
import json
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from chainrule.errors import InputError
from chainrule.tables import _csv as csv_module
from chainrule.tables import _streams as streams_module
from chainrule.tables import data_hash, iterate_table, load_table, read_table

FRAME = pl.DataFrame(
    {
        "n": [1, None, 3, -4],
        "x": [0.5, 1e-9, None, -3.25],
        "word": ["a b", "c,d", None, 'say "é"'],
        "two lines": ["x\ny", "z", "z", None],
        "🦊": ["<script>", "&", "😀", "'"],
    }
)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of a few bytes, so that every record is cut somewhere."""
    monkeypatch.setattr(streams_module, "BLOCK", 7)
    monkeypatch.setattr(streams_module, "_LINES", 2)


def write(path, frame):
    name = path.name
    if ".parquet" in name:
        frame.write_parquet(path)
    elif ".arrows" in name:
        frame.write_ipc_stream(path.with_suffix(".arrow"))
        return path.with_suffix(".arrow")
    elif name.endswith((".arrow", ".feather", ".ipc")):
        frame.write_ipc(path, compression="zstd" if "feather" in name else "uncompressed")
    else:
        packed = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix, "uncompressed")
        if ".jsonl" in name or ".ndjson" in name:
            frame.write_ndjson(path, compression=packed, check_extension=False)
        else:
            separator = "\t" if ".tsv" in name else ","
            frame.write_csv(path, separator=separator, compression=packed, check_extension=False)
    return path


@pytest.mark.parametrize(
    "name",
    [
        *("t.csv", "t.csv.gz", "t.csv.zst", "t.tsv", "t.TSV.gz", "t.txt"),
        *("t.jsonl", "t.jsonl.gz", "t.ndjson.zst"),
        *("t.parquet", "t.arrow", "t.feather", "t.arrows", "my.t.v1.csv"),
    ],
)
def test_every_format_gives_the_same_table(name, tmp_path):
    path = write(tmp_path / name.replace(".TSV", ".tsv"), FRAME)
    assert_frame_equal(read_table(path), FRAME)
    assert_frame_equal(pl.concat(iterate_table(path, rows=3)), FRAME)
    assert [len(chunk) for chunk in iterate_table(path, rows=3)] == [3, 1]
    assert data_hash(read_table(path)) == data_hash(FRAME)
    assert load_table(path).name in ("t", "my")
    assert load_table(str(path)).source == str(path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_delimiters_line_ends_and_byte_order_mark(separator, ending, bom, tmp_path):
    rows = [["a", "b c", "d"], ["1", "x", "2.5"], ["NA", "y", "-1e3"]]
    path = tmp_path / "t.csv"
    path.write_bytes(bom + ending.join(separator.join(row) for row in rows).encode())
    assert read_table(path).to_dict(as_series=False) == {
        "a": [1, None],
        "b c": ["x", "y"],
        "d": [2.5, -1000.0],
    }


def test_mixed_line_ends_blank_lines_and_spaces(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'\n a ,b\r\n1, x\n\n\r\n 2 ,"y\r\nz"\r\n?,w\n\n')
    assert read_table(path).rows() == [(1, "x"), (2, "y\nz"), (None, "w")]


def test_decimal_commas_do_not_fool_the_delimiter(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1,5;2,5\n1,5;2,5\n")
    assert read_table(path).columns == ["a", "b"]


def test_the_ending_decides_between_delimiters_that_fit_alike(tmp_path):
    for name, columns in (("t.tsv", ["a,b", "c"]), ("t.csv", ["a", "b\tc"])):
        (tmp_path / name).write_text("a,b\tc\n1,2\t3\n")
        assert read_table(tmp_path / name).columns == columns


def test_types_of_delimited_columns(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "i,f,zip,big,none,yes,inf,text,late\n"
        "1,1,01234,123456789012345678901,,true,1,None,1\n"
        "+2,1e3,99999,1,NaN,false,inf,NA,2\n"
        "null,.5,12345,2,null,true,2,x,a\n"
    )
    frame = read_table(path)
    assert frame.schema == {
        "i": pl.Int64,
        "f": pl.Float64,
        "zip": pl.String,
        "big": pl.String,
        "none": pl.String,
        "yes": pl.String,
        "inf": pl.Float64,
        "text": pl.String,
        "late": pl.String,
    }
    assert frame["i"].to_list() == [1, 2, None]
    assert frame["none"].to_list() == [None] * 3
    assert frame["text"].to_list() == ["None", None, "x"]
    assert frame["zip"][0] == "01234"


@pytest.mark.parametrize("marker", ["", "NA", "N/A", "nan", "NaN", "null", "None", "?"])
def test_missing_markers_among_numbers(marker, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"x,y\n1,a\n{marker},b\n3.5,c\n")
    assert read_table(path)["x"].to_list() == [1.0, None, 3.5]


def test_a_nameless_column_is_called_by_its_place(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",a\n0,x\n1,y\n")
    assert read_table(path).columns == ["column_1", "a"]


def test_single_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n\n3")
    assert read_table(path)["x"].to_list() == [1, 3]


BROKEN = {
    "few fields": (b"a,b,c\n1,2,3\n4,5\n", "line 3 of", "has 2 fields where the header has 3"),
    "many fields": (b"a,b\n1,2\n1,2,3\n", "line 3 of", "has 3 fields where the header has 2"),
    "after quotes": (b'a,b\n"1\n2",3\n\n4\n', "line 5 of", "has 1 field where"),
    "open quote": (b'a,b\n1,2\n"3,4\n5,6\n', "line 3 of", "never closed"),
    "stray quote": (b'a,b\n1,2\n5" pipe,2\n', "line 3 of", "quote mark inside a cell"),
    "text after quote": (b'a,b\n1,2\n"5"x,2\n', "line 3 of", "quote mark inside a cell"),
    "latin1": ("a,b\nx,y\nAndré,1\n".encode("latin1"), "line 3 of", "0xe9"),
    "latin1 header": ("é,b\nx,y\n".encode("latin1"), "line 1 of", "not UTF-8"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
    "same names": (b"a,b,a\n1,2,3\n", "two columns called 'a'", "columns 1 and 3"),
    "header only": (b"a,b\n", "no rows"),
    "blank": (b" \n\n", "is empty"),
    "nothing": (b"", "is empty"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("packed", [False, True])
def test_broken_delimited_text(case, packed, tmp_path):
    data, *parts = BROKEN[case]
    path = tmp_path / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    for read in (read_table, lambda p: next(iterate_table(p))):
        with pytest.raises(InputError) as error:
            read(path)
        for part in parts:
            assert part in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("case", [c for c in BROKEN if c not in ("utf-16", "blank", "nothing")])
def test_line_numbers_do_not_depend_on_blocks(case, tmp_path):
    test_broken_delimited_text(case, False, tmp_path)


JSON_BROKEN = {
    "not json": (b'{"a": 1}\n\n{"a": }\n', "line 3 of", "not valid JSON"),
    "cut short": (b'{"a": 1}\n{"a": 2', "line 2 of", "not valid JSON"),
    "nan": (b'{"a": 1}\n{"a": NaN}\n', "line 2 of", "NaN is not JSON"),
    "list": (b"[1, 2]\n", "line 1 of", "not an object"),
    "kinds": (b'{"a": 1}\n{"a": true}\n', "line 2 of", "different kinds"),
    "no keys": (b"{}\n{}\n", "no rows with names"),
    "bytes": (b'{"a": "\xe9"}\n', "line 1 of", "not UTF-8"),
}


@pytest.mark.parametrize("case", JSON_BROKEN)
def test_broken_json_lines(case, tmp_path):
    data, *parts = JSON_BROKEN[case]
    path = tmp_path / "t.jsonl"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        read_table(path)
    for part in parts:
        assert part in str(error.value)


@pytest.mark.usefixtures("small_blocks")
def test_json_types_hold_for_all_blocks(tmp_path):
    path = tmp_path / "t.jsonl"
    rows = [{"a": 1, "b": "x"}, {"a": 2.5, "b": None}, {"b": "z", "c": True}, {"a": None}]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    frame = read_table(path)
    assert frame.schema == {"a": pl.Float64, "b": pl.String, "c": pl.Boolean}
    assert frame.rows() == [
        (1.0, "x", None),
        (2.5, None, None),
        (None, "z", True),
        (None, None, None),
    ]
    assert_frame_equal(pl.concat(iterate_table(path, rows=1)), frame)


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "houses.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"no file .*house\.csv; did you mean 'houses\.csv'\?"):
        read_table(tmp_path / "house.csv")
    with pytest.raises(InputError, match="nor the folder"):
        read_table(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(InputError, match="is a directory"):
        read_table(tmp_path)
    with pytest.raises(InputError, match="is a directory"):
        load_table(tmp_path)
    with pytest.raises(
        InputError, match=r"neither a file nor an example called 'pengins'.*'pengui"
    ):
        load_table("pengins")
    with pytest.raises(InputError, match=r"did you mean 'iris'"):
        load_table(tmp_path / "iris.csv")


def test_only_what_is_called_nearly_so_is_offered(tmp_path):
    for name in ("houses.csv", "houses.chainrule", "cars.csv"):
        (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(InputError, match=r"did you mean 'houses\.csv'\?$"):
        load_table(tmp_path / "houses.tsv")
    # An ending means that a file was meant, and the ending itself makes no two names alike.
    for name in ("missing.csv", "moon.csv", "bus.csv"):
        with pytest.raises(InputError, match=rf"no file .*{name}$"):
            load_table(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("t.xlsx", "save the sheet as .csv"),
        ("t.json", "call it .jsonl"),
        ("t.pickle", "readable are .csv"),
        ("table", "no ending"),
        ("t.gz", "'.gz'"),
        ("t.parquet.gz", "'.parquet'"),
    ],
)
def test_endings_that_cannot_be_read(name, said, tmp_path):
    (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InputError, match=said):
        read_table(tmp_path / name)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv.zst", "t.parquet", "t.arrow", "t.jsonl.zst"])
@pytest.mark.parametrize("how", ["garbage", "truncated", "empty"])
def test_damaged_files(name, how, tmp_path):
    long = pl.DataFrame({"x": [float(i) ** 0.5 for i in range(5000)]})
    path = write(tmp_path / name, long)
    data = path.read_bytes()
    bad = {"garbage": b"garbage, really\n" * 9, "truncated": data[: len(data) // 2], "empty": b""}
    path.write_bytes(bad[how])
    for read in (read_table, lambda p: list(iterate_table(p))):
        with pytest.raises(InputError, match=r"t\..*(sound|empty|never closed)") as error:
            read(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_no_rows(name, tmp_path):
    path = write(tmp_path / name, FRAME.clear())
    for read in (read_table, lambda p: list(iterate_table(p))):
        with pytest.raises(InputError, match="no rows"):
            read(path)


def test_permission(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(InputError, match="permission denied"):
        read_table(path)


def test_names_with_glob_signs_are_plain_files(tmp_path):
    for name in ("a[1]*.parquet", "a[1]*.csv.zst"):
        path = write(tmp_path / name, FRAME)
        assert_frame_equal(read_table(path), FRAME)


def test_columns_of_other_types_from_parquet(tmp_path):
    frame = pl.DataFrame(
        {
            "u8": pl.Series([1, 2], dtype=pl.UInt8),
            "f32": pl.Series([0.5, float("nan")], dtype=pl.Float32),
            "cat": pl.Series(["a", " b "], dtype=pl.Categorical),
            "when": pl.Series([0, 1], dtype=pl.Datetime("ms", "Europe/Rome")),
            "wait": pl.Series([1_500_000, None], dtype=pl.Duration("us")),
            "list": [[1], [2]],
        }
    )
    path = write(tmp_path / "t.parquet", frame)
    table = read_table(path)
    assert list(table.schema.values())[:5] == [
        *(pl.Int64, pl.Float64, pl.String, pl.Datetime("us"), pl.Float64)
    ]
    assert table.row(1)[:3] == (2, None, "b")
    assert table["when"].dt.hour()[0] == 1
    assert table["wait"].to_list() == [1.5, None]


def test_chunks_must_have_rows(tmp_path):
    with pytest.raises(InputError, match="at least 1"):
        next(iterate_table(tmp_path / "t.csv", rows=0))


CELL = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e6, 1e6).map(str),
    st.sampled_from(["", "NA", "nan", "?", "007", "yes", "inf", "a\nb", '"', 'x"y', ",", "None"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=["Zs"])),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12), st.integers(1, 5))
@example([("1", "x"), ("", ""), ("a", "2")], 2)
def test_round_trip_and_chunks(tmp_path, monkeypatch, rows, size):
    """What csv writes is read back, whatever the block size; chunks add up to the whole."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b"), *rows])
    path = tmp_path / "t.csv"
    path.write_bytes(text.getvalue().encode())
    whole = read_table(path)
    with monkeypatch.context() as patch:
        patch.setattr(streams_module, "BLOCK", 16)
        assert_frame_equal(read_table(path), whole)
        assert_frame_equal(pl.concat(iterate_table(path, rows=size)), whole)
    raw = pl.concat(csv_module.text_frames(path))
    expected = [tuple(cell or None for cell in row) for row in rows]
    assert [tuple(cell or None for cell in row) for row in raw.rows()] == expected


def test_the_package_imports_quickly():
    """Neither scikit-learn nor Polars is loaded before a name is asked for."""
    code = (
        "import sys, chainrule.tables as t; "
        "assert not {'sklearn', 'polars'} & set(sys.modules); t.read_table; "
        "assert 'polars' in sys.modules and 'sklearn' not in sys.modules; "
        "assert all(hasattr(t, name) for name in t.__all__); assert callable(t.examples)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
