"""The playground's data: rows, split, noise, features, and the plane they are drawn in."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import StandardScaler

from chainrule.errors import InputError
from chainrule.playground._axes import Axis
from chainrule.playground.data import MOST_CLASSES, make_data
from chainrule.playground.settings import DATA_SETS, MADE_UP, Settings
from chainrule.tables import (
    Table,
    add_noise,
    describe_columns,
    load_example,
    make_encoder,
    prepare_target,
    split_rows,
)

EXAMPLES = [name for name, _ in DATA_SETS if name != "own"]
PENGUINS = load_example("penguins").frame


def data_of(**values):
    return make_data(Settings(values))


def own(frame, **values):
    table = Table(frame, "mine", "mine.csv", None, "")
    return make_data(Settings({"data": "own", **values}), table)


# ---------------------------------------------------------------------- every data set


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example(name):
    data = data_of(data=name)
    n = data.frame.height
    assert sorted([*data.train, *data.test]) == list(range(n))
    assert len(data.train) == pytest.approx(0.7 * n, abs=2)
    assert np.array_equal(data.x_train, data.encode(data.frame[data.train]))
    assert np.array_equal(data.x_test, data.encode(data.frame[data.test]))
    assert data.x_train.dtype == data.grid(3).dtype == np.float32
    assert len(data.inputs) == data.x_train.shape[1] == data.grid(3).shape[1]
    assert np.isfinite(data.grid(5)).all()
    assert data.grid(5) is data.grid(5)
    assert not data.grid(5).flags.writeable
    for place, axis in zip(data.places.T, data.axes, strict=True):
        assert axis.low < place.min() < place.max() < axis.high
    if data.classes is None:
        assert data.scaling.inverse_transform(data.y_test[:, None]).ravel() == pytest.approx(
            data.answers[data.test]
        )
    else:
        assert np.array(data.classes)[data.answers[data.train]].tolist() == data.y_train.tolist()
        assert 2 <= len(data.classes) <= MOST_CLASSES


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_settings_give_the_same_bits(name):
    one, two = (data_of(data=name, noise=10, data_seed=3, points=80) for _ in range(2))
    for found in ("x_train", "x_test", "y_train", "y_test", "train", "answers", "places"):
        assert np.array_equal(getattr(one, found), getattr(two, found))
    assert np.array_equal(one.grid(6), two.grid(6))


def test_what_is_drawn_by_what_is_said():
    data = data_of(data="spiral", classes=3, points=90, data_seed=4, train_share=50)
    assert data.frame.equals(load_example("spiral", rows=90, seed=4, classes=3).frame)
    assert (data.classes, len(data.train), len(data.test)) == ([1, 2, 3], 45, 45)
    assert np.bincount(data.answers[data.test]).tolist() == [15, 15, 15]
    few = data_of(data="gaussians", classes=10, points=20)
    assert (few.task, len(few.classes)) == ("classification", 10)


def test_every_share_can_be_had():
    for share in (10, 90):
        data = data_of(data="circle", train_share=share, points=20)
        assert len(data.train) == 20 * share // 100
    for name in MADE_UP:
        assert data_of(data=name, points=20).frame.height == 20


def test_scikit_learn_has_the_same_inputs():
    data = data_of(data="moons")
    scaler = StandardScaler().fit(data.frame[data.train].drop("class").to_numpy())
    expected = scaler.transform(data.frame[data.test].drop("class").to_numpy())
    assert data.x_test == pytest.approx(expected, abs=1e-5)


def test_noise_before_the_split():
    data = data_of(data="penguins", noise=20, data_seed=5)
    noisy = add_noise(PENGUINS, 20, target="species", seed=5)
    assert data.frame.equals(noisy)
    assert data.table.frame.equals(PENGUINS)
    target = prepare_target(PENGUINS, "species")
    assert np.array_equal(data.train, split_rows(target, test_fraction=0.3, seed=5)[0])


def test_features():
    data = data_of(data="circle", features=["x1", "x2", "x1_squared", "product", "sin_x2"])
    assert data.inputs == ["x₁", "x₂", "x₁²", "x₁x₂", "sin πx₂"]
    a, b = data.x_train[:, :2].astype(np.float64).T
    expected = np.column_stack([a, b, a * a, a * b, np.sin(np.pi * b)])
    assert data.x_train == pytest.approx(expected, abs=1e-6)
    plain = data_of(data="circle")
    usual = make_encoder(describe_columns(plain.frame, target="class"))
    assert np.array_equal(plain.x_train, usual.fit_transform(plain.frame[plain.train]))


def test_a_number_is_brought_to_scale():
    data = data_of(data="hills")
    assert (data.task, data.classes, data.target) == ("regression", None, "height")
    assert data.y_train.mean() == pytest.approx(0, abs=1e-12)
    assert data.y_train.std() == pytest.approx(1)
    assert np.array_equal(data.answers, data.frame["height"].to_numpy())
    with pytest.raises(InputError, match="goes down to -2"):
        data_of(data="hills", error="poisson")
    counts = pl.DataFrame({"a": [0.5, 1.5, 2.5] * 20, "b": [3.0, 1.5] * 30, "n": range(60)})
    data = own(counts, error="poisson")
    assert data.y_train.mean() == pytest.approx(1)
    assert data.y_train.min() >= 0


# ---------------------------------------------------------------------- the plane


def test_the_grid_is_what_a_table_of_it_would_be():
    data = data_of(data="penguins", columns="all", features=["x1", "x2", "product"])
    x, y = data.axes
    side = 4
    held = {"flipper_length_mm": 197.0, "body_mass_g": 4050.0, "year": 2008.0}
    train = PENGUINS[data.train]
    for name in held:
        held[name] = float(np.quantile(train[name].drop_nulls(), 0.5, method="lower"))
    rows = [
        {x.name: across, y.name: up, **held, "island": "Biscoe", "sex": "male"}
        for up in y.steps(side)[::-1]
        for across in x.steps(side)
    ]
    assert train["island"].mode().to_list() == ["Biscoe"]
    usual = train["sex"].drop_nulls().mode().to_list()
    table = pl.DataFrame(rows).with_columns(sex=pl.lit(usual[0]))
    assert np.array_equal(data.grid(side), data.encode(table))
    for row, cell in zip(rows, data.grid(side), strict=True):
        assert np.array_equal(data.at(row[x.name], row[y.name])[0], cell)
    assert data.held == "In the whole plane: 5 others at median or most frequent value."


def test_few_others_are_named():
    frame = PENGUINS.select("bill_length_mm", "bill_depth_mm", "sex", "species")
    data = own(frame, columns="all")
    assert data.held in (f"In the whole plane: sex = {sex}." for sex in ("male", "female"))
    assert own(frame).held == ""


def test_the_cells_are_in_the_middle_and_from_the_top():
    axis = Axis("x", 0.0, 4.0)
    assert axis.steps(4).tolist() == [0.5, 1.5, 2.5, 3.5]
    data = data_of(data="xor")
    a, b = data.grid(2).T
    assert a.tolist() == [a[0], a[1]] * 2
    assert a[0] < a[1]
    assert b[0] == b[1] > b[2] == b[3]


def test_a_circle_is_round():
    for name in ("circle", "xor", "spiral", "gaussians", "hills"):
        x, y = data_of(data=name).axes
        assert x.high - x.low == pytest.approx(y.high - y.low)


def test_missing_cells_are_where_the_network_takes_them_to_be():
    data = data_of(data="penguins", x_axis="bill_length_mm", y_axis="body_mass_g")
    missing = np.flatnonzero(PENGUINS["body_mass_g"].is_null().to_numpy())
    assert len(missing) == 2
    for row in missing:
        x = data.at(*data.places[row])
        told = [i for i, name in enumerate(data.inputs) if "missing" not in name]
        assert x[0, told] == pytest.approx(data.encode(data.frame[[row]])[0, told], abs=1e-6)


def test_categories_can_be_an_axis():
    data = data_of(data="penguins", y_axis="island")
    assert data.axes[1] == Axis("island", -0.5, 2.5, ("Biscoe", "Dream", "Torgersen"))
    islands = [i for i, name in enumerate(data.inputs) if name.startswith("island=")]
    assert data.grid(3)[:, islands].tolist() == [[0, 0, 1]] * 3 + [[0, 1, 0]] * 3 + [[1, 0, 0]] * 3
    islands = data.frame["island"].replace_strict({"Biscoe": 0, "Dream": 1, "Torgersen": 2})
    assert np.array_equal(np.rint(data.places[:, 1]), islands)
    assert len(np.unique(data.places[:, 1])) == data.frame.height  # rows do not hide one another
    with pytest.raises(InputError, match="two columns of numbers, and 'island' is none"):
        data_of(data="penguins", y_axis="island", features=["x1", "x2", "product"])
    words = PENGUINS.select("island", "sex", "species")
    both = own(words)
    assert [axis.name for axis in both.axes] == ["island", "sex"]
    off = both.places - np.rint(both.places)
    assert abs(np.corrcoef(off.T)[0, 1]) < 0.2  # not along a line either


# ---------------------------------------------------------------------- which axes


def test_axes_that_tell_the_classes_apart():
    random = np.random.default_rng(0)
    noise = random.normal(size=(300, 12))
    # Neither of the two says anything by itself: only neighbors in their plane know.
    a, b = random.uniform(-1, 1, (2, 300))
    frame = pl.DataFrame(noise[:, :3], schema=list("pqr")).with_columns(
        a=pl.Series(a), b=pl.Series(b), k=pl.Series(np.where(a * b > 0, "same", "different"))
    )
    assert [axis.name for axis in own(frame).axes] == ["a", "b"]
    # Among many, those that tell something by themselves come first.
    many = pl.DataFrame(noise, schema=[f"n{i}" for i in range(12)]).with_columns(
        u=pl.Series(a), v=pl.Series(b), z=pl.Series(a**2 + np.exp(b))
    )
    assert [axis.name for axis in own(many).axes] == ["u", "v"]


def test_axes_that_are_asked_for():
    def names(**values):
        return [axis.name for axis in data_of(data="penguins", **values).axes]

    assert names(x_axis="year", y_axis="body_mass_g") == ["year", "body_mass_g"]
    assert names(x_axis="year")[0] == "year"
    assert names(y_axis="bill_length_mm")[1] == "bill_length_mm"
    with pytest.raises(InputError, match="both axes are 'year'"):
        names(x_axis="year", y_axis="year")
    with pytest.raises(InputError, match="no column 'bill_lenght_mm' for an axis; did you mean"):
        names(x_axis="bill_lenght_mm")
    ids = PENGUINS.with_row_index("id")
    with pytest.raises(InputError, match=r"column 'id' \(identifier, 344 different values\)"):
        own(ids, target="species", x_axis="id")


def test_only_the_axes_or_all_columns():
    two, everything = (data_of(data="penguins", columns=c) for c in ("axes", "all"))
    assert [c.name for c in two.described] == [axis.name for axis in two.axes]
    assert [c.name for c in everything.described] == PENGUINS.drop("species").columns
    assert two.columns == everything.columns == PENGUINS.drop("species").columns


# ---------------------------------------------------------------------- pictures


def test_digits():
    data = data_of(data="digits")
    assert data.image == (8, 8)
    assert data.inputs[:2] == ["pixel_0_0", "pixel_0_1"]
    assert data.x_train.shape[1] == 64
    assert data.pixels.shape == (1797, 8, 8)
    brightness = data.frame.drop("digit").to_numpy()
    assert (data.pixels.reshape(-1, 64) == np.rint(brightness * 255)).all()
    # The plane is that of the two directions of largest variance among the training pictures.
    train = brightness[data.train]
    _, spreads, _ = np.linalg.svd(train - train.mean(axis=0), full_matrices=False)
    assert (data.places[data.train] ** 2).sum(axis=0) == pytest.approx(spreads[:2] ** 2)
    middle = data.encode(pl.DataFrame(train.mean(axis=0)[None], schema=data.frame.columns[:64]))
    assert data.at(0, 0) == pytest.approx(middle, abs=1e-5)
    assert "first two principal components" in data.held


def test_pictures_of_ones_own():
    values = np.random.default_rng(0).integers(0, 256, (40, 20))
    names = [f"pixel_{i}_{j}" for i in range(4) for j in range(5)]
    frame = pl.DataFrame(values, schema=names).with_columns(
        pl.lit(7).alias("pixel_0_0"), kind=pl.Series(["a", "b"] * 20)
    )
    data = own(frame)
    assert (data.image, data.target, data.x_train.shape[1]) == ((4, 5), "kind", 20)
    assert (
        data.pixels[3, 1, 2] == frame["pixel_1_2"][3] * 255 // frame.drop("kind").to_numpy().max()
    )
    assert own(frame.drop("pixel_2_3")).image is None


# ---------------------------------------------------------------------- one's own table


def test_what_is_predicted():
    frame = PENGUINS.drop_nulls()
    assert own(frame).target == "species"
    assert own(frame, target="sex").classes == ["female", "male"]
    assert own(frame, target="body_mass_g").task == "regression"
    # What cannot be predicted is passed over: a number of the row, dates, one value alone.
    more = frame.with_columns(
        when=pl.lit("2024-01-05").str.to_date(), row=pl.Series(range(333)), one=pl.lit("x")
    )
    assert own(more).target == "species"
    codes = frame.with_columns(code=pl.Series([i % 13 for i in range(333)]))
    assert own(codes).task == "regression"
    letters = frame.with_columns(code=pl.Series([f"k{i % 13}" for i in range(333)]))
    with pytest.raises(InputError, match="13 classes, and the playground shows up to 10"):
        own(letters, target="code")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"a": [1.5], "b": [2.5], "c": ["x"]}, "the table has one row"),
        ({"a": [1.5, 2.5], "b": [2.5, 1.5], "c": ["x", "y"]}, "a different value in each of its 2"),
        ({"a": [1.5, 2.5], "b": [2.5, 1.5], "c": ["x", "x"]}, "'x' in every row: there is nothing"),
        ({"a": [None] * 4, "b": [None] * 4, "c": [0, 1] * 2}, "no column can be used as an input"),
        (
            {"a": [date(2024, 1, day) for day in range(1, 9)], "c": [0, 1] * 4},
            "there is none: give",
        ),
        ({"a": ["f", "g", "h", "i"] * 4}, "no column can be used"),
        ({"a": [1.5, float("inf")] * 4, "b": [0.1] * 8, "c": [0, 1] * 4}, "'a' holds inf in row 2"),
        ({"a": [1.5, 2.5] * 4, "b": [2.5, 2.0] * 4, "c": ["x", None] * 4}, "'c' has 4 missing"),
    ],
)
def test_a_table_that_cannot_be_learned(frame, message):
    with pytest.raises(InputError, match=message) as caught:
        own(pl.DataFrame(frame), target="c" if "c" in frame else "")
    assert "\n" not in str(caught.value)


def test_without_a_table_of_ones_own():
    with pytest.raises(InputError, match="no table of your own yet"):
        data_of(data="own")


def test_hostile_names():
    names = ["<script>alert(1)</script>", 'a","b', "x1"]
    random = np.random.default_rng(1)
    frame = pl.DataFrame(random.normal(size=(60, 3)), schema=names).with_columns(
        pl.Series("</b>", ["<i>", "&amp;"] * 30)
    )
    data = own(frame, features=["x1", "x2_squared"], columns="all")
    assert (data.target, data.classes) == ("</b>", ["&amp;", "<i>"])
    assert any(name.endswith("²") for name in data.inputs)
    assert np.isfinite(data.grid(3)).all()
