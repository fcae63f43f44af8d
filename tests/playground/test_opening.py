"""Model files that are opened in the playground: its own, and those of the command line."""

import io
import zipfile

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.playground import saving
from chainrule.playground.course import Course
from chainrule.playground.data import make_data, read_own
from chainrule.playground.journal import read_journal
from chainrule.playground.saving import model_file, open_model
from chainrule.playground.settings import read_address
from chainrule.tables import load_example
from chainrule.workflow import save_model, train
from chainrule.workflow.settings import TrainSettings

SMALL = "points=80&layers=3&"


def test_open_model(course_of, birds):
    course = course_of(f"{SMALL}data=spiral&classes=3&did=e2")
    _, content = model_file(course.data, course)
    opened = open_model(content)
    assert read_address(opened.address) == (course.start, "e2")
    assert (opened.table, opened.example, opened.needs) == ("spiral", True, "")
    assert opened.layers == [2, 3, 3]
    assert opened.is_of(course.data.table)
    own = course_of("data=own&layers=2&did=e1")
    opened = open_model(model_file(own.data, own)[1])
    assert not opened.example
    assert opened.is_of(read_own("other.csv", birds))
    assert opened.needs == (
        "The model was trained with the table 'birds': drop that table, with the columns "
        f"{', '.join(opened.columns)} and species, to see it at work."
    )


def trained(tmp_path, name, **settings):
    """Train by the command line's means, and open the file."""
    table = load_example(name)
    if name == "diabetes":
        table = read_own("mine.csv", table.frame.write_csv().encode())
    model = train(table, TrainSettings(epochs=2, **settings)).model
    save_model(tmp_path / "m.chainrule", model)
    return open_model((tmp_path / "m.chainrule").read_bytes()), table


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("penguins", {"hidden_layer_sizes": (4, 3), "early_stopping": False}),
        ("iris", {"hidden_layer_sizes": (3,), "solver": "lbfgs", "test_fraction": 0.25}),
        ("iris", {"hidden_layer_sizes": (3,), "drop": ("petal_width_cm", "sepal_width_cm")}),
        (
            "iris",
            {"hidden_layer_sizes": (3,), "drop": tuple(load_example("iris").frame.columns[:3])},
        ),
        ("iris", {"model": "perceptron", "seed": 3}),
        ("admissions", {"model": "perceptron"}),
        ("moons", {"solver": "newton"}),
        ("hills", {"hidden_layer_sizes": (6,)}),
        ("diabetes", {"hidden_layer_sizes": (3,), "target": "progression", "loss": "poisson"}),
    ],
)
def test_a_model_of_the_command_line_is_shown_as_it_is(name, settings, tmp_path):
    opened, table = trained(tmp_path, name, **settings)
    assert (opened.address, opened.example) == ("", name != "diabetes")
    address, journal = read_address(opened.address_with(table))
    course = Course(make_data(address, table), address, read_journal(journal))
    course.catch_up()
    data, model = course.data, opened.model
    assert model.layer_sizes == opened.layers == list(course.training.network.sizes)
    assert len(data.train) == model.origin.split["train_rows"]
    rows = data.frame[data.test]
    shown = course.training.estimator
    if data.classes is None:
        said = data.scaling.inverse_transform(shown.predict(data.x_test)[:, None]).ravel()
        assert said == pytest.approx(model.numbers(rows), rel=1e-5)
    else:
        assert np.array_equal(shown.predict(data.x_test), model.pipeline.predict(rows))
    if hasattr(shown, "predict_proba"):
        assert np.array_equal(shown.predict_proba(data.x_test), model.probabilities(rows))


def test_a_model_with_more_weights_than_an_address_has_room_for(tmp_path, monkeypatch):
    opened, table = trained(tmp_path, "iris", hidden_layer_sizes=(16, 16, 16, 16))
    assert len(opened.address_with(table)) < 40_000
    monkeypatch.setattr("chainrule.playground._address_of_model.MOST_ENTRIES", 900)
    with pytest.raises(InputError, match=r"has 947 weights and biases.* up to 900: train one with"):
        opened.address_with(table)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("iris", {}, "a layer has 1 to 16 nodes, not 128"),
        ("digits", {"hidden_layer_sizes": (2,)}, "takes 61 inputs"),
        ("iris", {"hidden_layer_sizes": (2,), "drop": ("petal_width_cm",)}, "all of them, two, or"),
        ("iris", {"hidden_layer_sizes": (2,), "test_fraction": 0.333}, "no whole percentage"),
        ("penguins", {"hidden_layer_sizes": (2,), "kinds": {"year": "category"}}, "with --kind"),
        ("circle", {"hidden_layer_sizes": (2,), "seed": 3}, "draws other points"),
        ("penguins", {"hidden_layer_sizes": (2,), "groups": "island"}, "with groups"),
    ],
)
def test_a_model_that_the_playground_has_nothing_like(name, settings, message, tmp_path):
    opened, table = trained(tmp_path, name, **settings)
    with pytest.raises(InputError, match=message) as caught:
        opened.address_with(table)
    assert "\n" not in str(caught.value)


def test_a_model_file_that_cannot_be_opened(monkeypatch, course_of):
    course = course_of(f"{SMALL}did=e1")
    _, content = model_file(course.data, course)
    for broken, message in (
        (b"", "m.chainrule is not a chainrule model file"),
        (b"PK" * 40, "m.chainrule is a damaged model file"),
        (content[:-100], "m.chainrule is a damaged model file"),
        (with_type(content, "os.system"), "m.chainrule is a damaged model file"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            open_model(broken, "m.chainrule")
        assert "\n" not in str(caught.value)
        assert "model.chainrule" not in str(caught.value)
    monkeypatch.setattr(saving, "MOST_BYTES", 1 << 10)
    with pytest.raises(InputError, match="has more than the"):
        open_model(content)


def with_type(content, name):
    """Put another type into a model file."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            text = old.read(member)
            new.writestr(
                member,
                text.replace(b"PlaneFeatures", name.encode()).replace(b"FrameReader", b"system"),
            )
    return out.getvalue()
