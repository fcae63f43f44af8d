"""Which raw column became which inputs: told by the steps, and seen from outside."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_matrix
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from chainrule import InputError, LogisticRegression
from chainrule.explanation.inputs._raw_columns import RawColumns, probe_sources
from chainrule.explanation.inputs._raw_rows import raw_rows
from chainrule.explanation.inputs._whole_model import open_model
from chainrule.tables import describe_columns, make_encoder

ROWS = 60


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(0)
    age = random.integers(18, 80, ROWS).astype(float)
    age[::7] = np.nan
    return pl.DataFrame(
        {
            "age": age,
            "income": np.exp(random.normal(8, 2, ROWS)).round(2),
            "city": random.choice(["A", "A=B", "C"], ROWS),
            "zip": random.choice([10, 20, 30], ROWS),
            "member": random.choice(["yes", "no"], ROWS),
            "sold": pl.Series(random.choice(["2024-01-31", "2024-06-05", "2023-11-11"], ROWS)),
        }
    ).with_columns(pl.col("age").fill_nan(None))


def subject_of(steps, table):
    """Fit a network behind these steps, and take it apart."""
    model = make_pipeline(*steps, LogisticRegression())
    answers = np.arange(ROWS) % 2
    return open_model(model.fit(table, answers), "a test")


def columns_of(steps, table, *, data=None):
    subject = subject_of(steps, table)
    rows = subject.read(table, "X")
    return subject.raw_columns(rows, None if data is None else subject.read(data, "data"))


def by_column(columns):
    """Return the inputs of each group, by name."""
    found = {}
    for name, source in zip(columns.inputs, columns.sources, strict=True):
        found.setdefault(columns.group_name(source), []).append(name)
    return found


def test_our_own_encoder(people):
    encoder = make_encoder(describe_columns(people, kinds={"zip": "category"}))
    columns = columns_of([encoder], people)
    found = by_column(columns)
    assert found["age"] == ["age", "age is missing"]
    assert found["income"] == ["income"]
    # Names alone would not tell the value "A=B" of "city" from a column called "city=A".
    assert found["city"] == ["city=A", "city=A=B", "city=C"]
    assert found["zip"] == ["zip=10", "zip=20", "zip=30"]
    assert found["member"] == ["member"]
    assert found["sold"]
    assert all(name.startswith("sold: ") for name in found["sold"])
    assert sum(map(len, found.values())) == len(columns.inputs)
    assert columns.mixed == ()


def test_what_is_told_is_what_is_seen_from_outside(people):
    encoder = make_encoder(describe_columns(people))
    subject = subject_of([encoder], people)
    rows = subject.read(people, "X")
    told, seen = subject.raw_columns(rows, None).sources, probe_sources(subject.encode, rows)
    # All dates are of other months, but an input may still be the same for all: nothing is seen.
    still = np.ptp(subject.encode(rows), axis=0) == 0
    assert still.sum() < 3
    assert seen == [() if s else source for s, source in zip(still, told, strict=True)]


def test_columns_that_the_model_does_not_read_are_left_out(people):
    encoder = make_encoder(describe_columns(people.select("age", "city")))
    columns = columns_of([encoder], people)
    assert columns.names == ("age", "city")


def test_pipelines_of_scikit_learn(people):
    table = pd.DataFrame(people.to_dict(as_series=False))
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    steps = ColumnTransformer(
        [
            ("categories", OneHotEncoder(drop="first"), ["city", "zip"]),
            ("numbers", numbers, ["income", "age"]),
            ("dropped", "drop", ["sold"]),
        ]
    )
    columns = columns_of([steps], table)
    assert columns.names == tuple(table.columns)
    # 3 − 1 of city, 3 − 1 of zip, then income, age, and the mark of age.
    assert columns.sources == ((2,), (2,), (3,), (3,), (1,), (0,), (0,))


def test_the_order_of_a_tables_columns_does_not_matter(people):
    table = pd.DataFrame(people.to_dict(as_series=False))[["age", "income"]]
    steps = [SimpleImputer(), StandardScaler()]
    subject = subject_of(steps, table)
    turned = subject.read(table[["income", "age"]], "X")
    assert turned.names == ("age", "income")


def test_a_selection_of_columns():
    X = np.random.default_rng(0).normal(size=(ROWS, 4))
    X[:, 2] += np.arange(ROWS) % 2
    subject = subject_of([SelectKBest(k=1)], X)
    assert subject.raw_columns(subject.read(X, "X"), None).sources == ((2,),)


@pytest.mark.parametrize("make", [lambda X: X, lambda X: csr_matrix(X), lambda X: X.tolist()])
def test_a_plain_array(make):
    X = make(np.random.default_rng(0).normal(size=(ROWS, 3)))
    columns = columns_of([], X) if not isinstance(X, list) else columns_of([StandardScaler()], X)
    assert columns.names == columns.group_names == ("X[:, 0]", "X[:, 1]", "X[:, 2]")
    assert columns.sources == ((0,), (1,), (2,))


def test_products_are_mixed():
    X = np.random.default_rng(0).normal(size=(ROWS, 3))
    columns = columns_of([PolynomialFeatures(2, interaction_only=True, include_bias=False)], X)
    assert columns.sources == ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
    assert columns.mixed == (3, 4, 5)
    assert columns.group_names[3] == "X[:, 0] × X[:, 1], mixed"


@pytest.mark.parametrize("step", [PCA(2), Normalizer()])
def test_every_column_is_in_every_input(step):
    X = np.random.default_rng(0).normal(size=(ROWS, 5))
    columns = columns_of([step], X)
    assert set(columns.sources) == {(0, 1, 2, 3, 4)}
    assert columns.group_names == ("5 columns, mixed",)


def test_steps_that_say_nothing_are_looked_at_from_outside(people):
    table = pd.DataFrame(people.select("age", "income", "city").to_dict(as_series=False))
    logarithm = FunctionTransformer(np.log, feature_names_out="one-to-one")
    steps = ColumnTransformer(
        [("log", logarithm, ["income"]), ("city", OneHotEncoder(), ["city"])], remainder="drop"
    )
    columns = columns_of([steps], table)
    assert columns.sources == ((1,), (2,), (2,), (2,))


def test_many_columns_are_probed():
    X = np.random.default_rng(0).normal(size=(ROWS, 200))
    columns = columns_of([FunctionTransformer(np.tanh)], X)
    assert columns.sources == tuple((i,) for i in range(200))


def test_a_constant_column_moves_nothing():
    X = np.column_stack([np.ones(ROWS), np.arange(ROWS)])
    columns = columns_of([FunctionTransformer(np.tanh)], X)
    assert columns.sources == ((), (1,))
    assert columns.group_names == ("X[:, 1]", "(no column)")


def test_one_row_alone_cannot_be_probed():
    X = np.random.default_rng(0).normal(size=(ROWS, 3))
    subject = subject_of([PCA(2)], X)
    with pytest.raises(InputError, match="give one with data="):
        subject.raw_columns(subject.read(X[:1], "X"), None)


def test_sums_by_column():
    columns = RawColumns(("a", "b"), ("a=1", "b", "a=2", "ab"), ((0,), (1,), (0,), (0, 1)))
    assert columns.groups == ((0,), (1,), (0, 1))
    # a: 1 + 3, b: 2, both: 4
    assert columns.add_up(np.array([[1.0, 2, 3, 4]])).tolist() == [[4, 2, 4]]
    assert columns.to_dict()["groups"] == ["a", "b", "a × b, mixed"]


# ---------------------------------------------------------------------- rows of every kind


def tables():
    cells = {"n": [1.5, None, 3.5], "k": [1, 2, 3], "c": ["a", "b", None]}
    array = np.array([[1.5, 1, "a"], [None, 2, "b"], [3.5, 3, None]], object)
    return [pl.DataFrame(cells), pd.DataFrame(cells), array]


@pytest.mark.parametrize("table", tables(), ids=["polars", "pandas", "array"])
def test_rows_of_every_kind_answer_alike(table):
    rows = raw_rows(table, "X")
    assert len(rows) == 3
    assert rows.cells(0) == [1.5, None, 3.5]
    assert rows.cells(2) == ["a", "b", None]
    np.testing.assert_array_equal(rows.numbers(0), [1.5, np.nan, 3.5])
    assert rows.numbers(2) is None
    assert rows.pick(np.array([2, 0, 0])).cells(1) == [3, 1, 1]
    assert rows.reorder(1, np.array([2, 0, 1])).cells(1) == [3, 1, 2]
    assert rows.replace(1, [7, 8, 9]).cells(1) == [7, 8, 9]
    assert rows.replace(0, [None, 8.0, 9.0]).cells(0) == [None, 8.0, 9.0]
    assert rows.cells(0) == [1.5, None, 3.5]
    assert rows.cells(1) == [1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.empty((0, 2)), "X has no rows; give at least one"),
        (pl.DataFrame({"a": []}), "X has no rows"),
        ("penguins", "X is 'penguins', not rows of columns"),
        (None, "X is None, not rows"),
        (np.zeros((2, 2, 2)), "X is a ndarray of shape .2, 2, 2., not rows"),
        ([[1, 2], [3]], "X is list, not rows"),
    ],
)
def test_what_are_no_rows(wrong, said):
    with pytest.raises(InputError, match=said):
        raw_rows(wrong, "X")
