"""The encoder: finite float32, readable names, one sentence for what does not fit."""

import datetime as dt
import pickle

import numpy as np
import polars as pl
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.tables import (
    TRUSTED_TYPES,
    describe_columns,
    extra_columns,
    iterate_table,
    load_example,
    make_encoder,
    read_table,
)

TABLE = pl.DataFrame(
    {
        "age": [20, None, 40, 50] * 30,
        "pay": [1.0, 2.0, 3.0, 5000.0] + [2.0] * 116,
        "member": ["yes", "no", None, "yes"] * 30,
        "city": ["Rome", "Oslo", None, "Rome"] * 29 + ["Bern", "Bonn", "Rome", "Rome"],
        "sold": [dt.datetime(2023, 1, 1) + dt.timedelta(hours=37 * i) for i in range(120)],
        "same": [1] * 120,
    }
)


def fitted(frame, **options):
    return make_encoder(describe_columns(frame, **options)).fit(frame)


def test_shape_type_and_names():
    encoder = fitted(TABLE)
    matrix = encoder.transform(TABLE)
    names = encoder.get_feature_names_out().tolist()
    assert isinstance(encoder, Pipeline)
    assert matrix.dtype == np.float32
    assert matrix.flags.c_contiguous
    assert matrix.shape == (120, len(names))
    assert np.isfinite(matrix).all()
    assert names == [
        *("age", "pay", "sold: days", "age is missing"),
        *("sold: month sin", "sold: month cos", "sold: day sin", "sold: day cos"),
        *("sold: weekday sin", "sold: weekday cos", "sold: hour sin", "sold: hour cos"),
        *("member", "member is missing"),
        *("city=(missing)", "city=Oslo", "city=Rome", "city=(rare)"),
    ]


def test_values():
    encoder = fitted(TABLE)
    names = encoder.get_feature_names_out().tolist()
    columns = dict(zip(names, encoder.transform(TABLE).T, strict=True))
    assert columns["age"][1] == columns["age"][2]  # filled with the median, 40
    assert columns["age"].mean() == pytest.approx(columns["age"][2] / 4, abs=1e-5)
    assert set(columns["age is missing"]) == {0.0, 1.0}
    assert columns["member"][:4].tolist() == [1, 0, 1, 1]
    assert columns["member is missing"][:4].tolist() == [0, 0, 1, 0]
    assert columns["city=(rare)"].sum() == 2
    assert columns["pay"].max() < 15  # after the logarithm
    assert columns["sold: days"].std() == pytest.approx(1, abs=1e-5)
    squares = columns["sold: month sin"] ** 2 + columns["sold: month cos"] ** 2
    assert squares == pytest.approx(np.ones(120), abs=1e-6)


def test_unseen_categories_and_odd_cells_are_accepted():
    encoder = fitted(TABLE)
    names = encoder.get_feature_names_out().tolist()
    row = TABLE[:1].with_columns(
        city=pl.lit("Atlantis"), member=pl.lit("perhaps"), age=pl.lit(None), sold=pl.lit(None)
    )
    found = dict(zip(names, encoder.transform(row)[0], strict=True))
    assert found["city=(rare)"] == 1
    assert found["member is missing"] == 1
    assert found["age is missing"] == 1
    assert found["sold: hour sin"] == 0
    frequent = fitted(pl.DataFrame({"c": ["a", "b"] * 9}))
    assert frequent.transform(pl.DataFrame({"c": ["z"]})).tolist() == [[0, 0]]


def test_type_of_a_cell_does_not_matter():
    frame = pl.DataFrame({"n": [1, 2, 3] * 9, "c": [1, 2, 7] * 9, "b": [0, 1, 1] * 9})
    encoder = fitted(frame, kinds={"c": "category"})
    expected = encoder.transform(frame)
    for variant in (
        frame.cast(pl.String),
        frame.cast(pl.Float64),
        frame.cast(pl.Float64).cast(pl.String),
        frame.cast(pl.UInt8),
        frame.with_columns(b=pl.col("b").cast(pl.Boolean)),
        frame.select("b", "c", "n", extra=pl.lit(0)),
    ):
        assert np.array_equal(encoder.transform(variant), expected)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop("age"), "lacks the column 'age'"),
        (lambda t: t.rename({"city": "City"}), "lacks the column 'city'; did you mean 'City'"),
        (lambda t: t.drop("age", "city"), "lacks 2 columns: 'age', 'city'"),
        (lambda t: t.cast({"age": pl.String}).with_columns(age=pl.lit("old")), "'old' in row 1"),
        (lambda t: t.with_columns(pay=pl.lit(float("inf"))), "'pay' holds inf in row 1"),
        (lambda t: t.with_columns(sold=pl.lit("May")), "'sold' holds 'May' in row 1 where a date"),
        (lambda t: t.to_numpy(), "polars.DataFrame is expected"),
    ],
)
def test_tables_that_do_not_fit(change, said):
    with pytest.raises(InputError, match=said):
        fitted(TABLE).transform(change(TABLE))


def test_extra_columns_are_ignored_and_told():
    encoder = fitted(TABLE)
    more = TABLE.with_columns(new=pl.lit(1))
    assert extra_columns(encoder, more) == ["same", "new"]
    assert np.array_equal(encoder.transform(more), encoder.transform(TABLE))


def test_no_usable_column():
    with pytest.raises(InputError, match="no column can be used"):
        make_encoder([c for c in describe_columns(TABLE) if not c.used])


def test_a_column_called_like_a_part_of_a_date():
    frame = TABLE.select("sold").with_columns(pl.Series("sold: days", [1.0, 2.0] * 60))
    with pytest.raises(InputError, match="'sold: days' is called like a part of a date"):
        make_encoder(describe_columns(frame))


def test_features_may_be_called_alike():
    frame = pl.DataFrame({"a": ["x", "y"] * 5, "a=x": [1.0, 2.5] * 5})
    assert fitted(frame).get_feature_names_out().tolist() == ["a=x", "a=x", "a=y"]


def test_large_numbers_that_differ_little_keep_their_difference():
    seconds = [1.7e9 + i for i in range(50)]
    matrix = fitted(pl.DataFrame({"t": seconds})).transform(pl.DataFrame({"t": seconds}))
    assert len(np.unique(matrix)) == 50


def test_far_off_values_stay_finite():
    encoder = fitted(pl.DataFrame({"x": [0.0, 1e-6, 2e-6], "k": [1.0, 5.0, 9.0]}))
    assert np.isfinite(encoder.transform(pl.DataFrame({"x": [1e29], "k": [-1e29]}))).all()


def test_a_column_that_is_constant_or_missing_in_the_training_part():
    frame = pl.DataFrame(
        {"a": [1.0, 1.0, 1.0, 9.0], "b": [None, None, None, 2.0], "c": [1, 2, 3, 5]}
    )
    encoder = make_encoder(describe_columns(frame)).fit(frame[:3])
    assert np.isfinite(encoder.transform(frame)).all()


def own_classes(value, found):
    """Full names of all classes met in a fitted estimator that are not built in."""
    kind = type(value)
    if kind.__module__ != "builtins":
        found.add(f"{kind.__module__}.{kind.__qualname__}")
    if isinstance(value, BaseEstimator):
        value = vars(value)
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple)):
        for item in value:
            own_classes(item, found)
    return found


def test_saving():
    """Only scikit-learn, NumPy, built-in types and the classes of the allow-list; copies agree."""
    columns = describe_columns(TABLE)
    axes = [column.name for column in columns if column.kind == "number"][:2]
    encoder = make_encoder(columns, axes=axes, features=["x1", "product"]).fit(TABLE)
    found = own_classes(encoder, set())
    own = {name for name in TRUSTED_TYPES if name.startswith("chainrule.")}
    assert {name for name in found if name.startswith("chainrule.")} == own
    assert not [name for name in found if name.startswith("polars")]
    copy = pickle.loads(pickle.dumps(encoder))  # noqa: S301
    assert np.array_equal(copy.transform(TABLE), encoder.transform(TABLE))
    again = clone(encoder).fit(TABLE)
    assert np.array_equal(again.transform(TABLE), encoder.transform(TABLE))


def test_skops_loads_it_with_the_allow_list():
    encoder = fitted(TABLE)
    data = skops.io.dumps(encoder)
    unknown = set(skops.io.get_untrusted_types(data=data))
    assert unknown <= set(TRUSTED_TYPES)
    copy = skops.io.loads(data, trusted=sorted(unknown))
    assert np.array_equal(copy.transform(TABLE), encoder.transform(TABLE))
    assert copy.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()


def test_chunks_are_encoded_like_the_whole(tmp_path):
    frame = load_example("penguins").frame
    path = tmp_path / "p.csv"
    frame.write_csv(path)
    encoder = fitted(frame, target="species")
    chunks = [encoder.transform(chunk) for chunk in iterate_table(path, rows=50)]
    assert np.array_equal(np.vstack(chunks), encoder.transform(read_table(path)))


def test_hostile_table():
    rows = 40
    frame = pl.DataFrame(
        {
            **{f"n{i}": [float((i * j) % 13) for j in range(rows)] for i in range(1, 200)},
            "🦊<script>alert(1)</script>": ["<b>", "</b>", "😀", None] * 10,
            "": [1.5, 2.5] * 20,
            "nothing": [None] * rows,
            "a__b missingindicator_": [None, 1.0] * 20,
        }
    )
    encoder = fitted(frame)
    matrix = encoder.transform(frame)
    assert np.isfinite(matrix).all()
    assert matrix.shape[1] == len(encoder.get_feature_names_out())
    assert "🦊<script>alert(1)</script>=😀" in encoder.get_feature_names_out()
    assert encoder.transform(frame[:1]).shape[0] == 1


NUMBER = st.one_of(st.none(), st.floats(-1e29, 1e29), st.just(float("nan")))
WORD = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "NA", "07"]), st.text(max_size=3))
DAY = st.one_of(st.none(), st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)))
FLAG = st.one_of(st.none(), st.booleans())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(NUMBER, WORD, DAY, FLAG), min_size=3, max_size=30),
    st.lists(st.tuples(NUMBER, WORD, DAY, FLAG), min_size=1, max_size=5),
)
def test_never_anything_but_finite_numbers(train, later):
    schema = {"x": pl.Float64, "w": pl.String, "d": pl.Datetime("us"), "f": pl.Boolean}
    kinds = {"x": "number", "w": "category", "d": "date", "f": "yes/no"}
    first, second = (pl.DataFrame(rows, schema=schema, orient="row") for rows in (train, later))
    encoder = fitted(first, kinds=kinds)
    for frame in (first, second):
        matrix = encoder.transform(frame)
        assert matrix.shape == (len(frame), len(encoder.get_feature_names_out()))
        assert np.isfinite(matrix).all()
