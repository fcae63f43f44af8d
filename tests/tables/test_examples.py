"""Examples are as described, usable, and always the same."""

import numpy as np
import pytest
from polars.testing import assert_frame_equal
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from chainrule.errors import InputError
from chainrule.tables import (
    data_hash,
    describe_columns,
    examples,
    load_example,
    load_table,
    make_encoder,
    prepare_target,
    split_rows,
)
from chainrule.tables.generate import admissions, circle


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_as_described(example):
    table = load_table(example.name)
    assert (table.name, table.source, table.target) == (example.name, None, example.target)
    assert table.frame.shape == (example.rows, example.columns)
    assert table.description == example.description
    target = prepare_target(table.frame, example.target)
    assert target.task == example.task
    columns = describe_columns(table.frame, target=example.target)
    matrix = make_encoder(columns).fit_transform(table.frame)
    assert np.isfinite(matrix).all()
    assert len(split_rows(target)[1]) == pytest.approx(0.2 * example.rows, abs=1)
    assert_frame_equal(table.frame, load_example(example.name).frame)


def test_names():
    names = [example.name for example in examples()]
    assert names == [
        *("penguins", "admissions", "digits", "iris", "wine", "breast_cancer", "diabetes"),
        *("circle", "xor", "moons", "spiral", "gaussians", "hills"),
    ]
    with pytest.raises(InputError, match="no example 'spirl'; did you mean 'spiral'"):
        load_example("spirl")


def test_an_existing_file_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").mkdir()
    assert load_table("xor").source is None
    (tmp_path / "iris").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no ending"):
        load_table("iris")


def test_digits_are_pictures():
    frame = load_example("digits").frame
    assert frame.columns[:2] == ["pixel_0_0", "pixel_0_1"]
    pixels = frame.drop("digit").to_numpy()
    assert (pixels.min(), pixels.max()) == (0.0, 1.0)


def test_bundled_classes_have_names():
    assert load_example("iris").frame["species"].unique().sort().to_list() == [
        *("setosa", "versicolor", "virginica")
    ]
    assert "petal_width_cm" in load_example("iris").frame.columns
    assert "blood_pressure" in load_example("diabetes").frame.columns


def test_generated_tables_never_change():
    """Numbers in lessons and tests rest on these rows."""
    expected = {
        "admissions": "6d3fe11567",
        "spiral": "1e2d7663e1",
        "gaussians": "366ffff332",
        "hills": "57a8a93acc",
    }
    for name, start in expected.items():
        assert data_hash(load_example(name).frame)[:10] == start


def test_admissions_is_curved_and_balanced():
    frame = load_example("admissions").frame
    assert 0.3 < (frame["admitted"] == "yes").mean() < 0.7
    assert frame["test_score"].is_between(0, 100).all()
    assert frame["grade"].is_between(0, 10).all()
    assert not admissions(seed=1).equals(frame)
    points = frame.drop("admitted").to_numpy()
    points = (points - points.mean(0)) / points.std(0)
    curved = np.column_stack([points, points**2, points[:, :1] * points[:, 1:]])
    labels = frame["admitted"].to_numpy()
    straight = LogisticRegression(C=100).fit(points, labels).score(points, labels)
    assert LogisticRegression(C=100).fit(curved, labels).score(curved, labels) > straight + 0.01


def test_spiral_can_be_learned():
    frame = load_example("spiral").frame
    points, labels = frame.drop("class").to_numpy() / 3, frame["class"].to_numpy()
    network = MLPClassifier((32, 32), solver="lbfgs", max_iter=3000, max_fun=30000, random_state=0)
    assert network.fit(points[::2], labels[::2]).score(points[1::2], labels[1::2]) > 0.93


def test_made_up_tables_are_drawn_anew():
    assert load_example("circle", rows=50, seed=3).frame.equals(circle(rows=50, seed=3))
    assert load_example("spiral", classes=2).frame.equals(load_example("spiral").frame)
    for name, option in (("iris", {"rows": 9}), ("digits", {"seed": 1}), ("moons", {"classes": 3})):
        with pytest.raises(InputError, match="is not for the example"):
            load_example(name, **option)
    with pytest.raises(InputError, match="at least two"):
        load_example("xor", rows=1)
    with pytest.raises(InputError, match="must not be negative"):
        load_example("xor", seed=-1)
    with pytest.raises(InputError, match="from 2 to 10"):
        load_example("gaussians", classes=11)


@pytest.mark.parametrize("classes", [3, 4, 7, 10])
@pytest.mark.parametrize("name", ["gaussians", "spiral"])
def test_more_classes(name, classes):
    """Of each about as many, all within the plane, and a nearest neighbor tells most of them."""
    frame = load_example(name, rows=600, seed=1, classes=classes).frame
    counts = frame["class"].value_counts()["count"]
    assert sorted(frame["class"].unique()) == list(range(1, classes + 1))
    assert counts.max() - counts.min() <= 1
    points, labels = frame.drop("class").to_numpy(), frame["class"].to_numpy()
    assert 4 < np.abs(points).max() < 8
    assert KNeighborsClassifier(5).fit(points[::2], labels[::2]).score(points, labels) > 0.9


def test_hills_by_their_formula():
    frame = load_example("hills").frame
    points = frame.drop("height").to_numpy()
    tops = ((3.0, (2, 2), 5), (2.0, (-3, 1), 3), (-2.5, (0.5, -2.5), 4))
    height = sum(top * np.exp(-((points - at) ** 2).sum(1) / width) for top, at, width in tops)
    noise = frame["height"].to_numpy() - height
    assert abs(noise.mean()) < 0.02
    assert noise.std() == pytest.approx(0.1, rel=0.1)
