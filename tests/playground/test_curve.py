"""A table with one input: what is predicted stands up, and what the network says is a curve."""

import numpy as np
import polars as pl
import pytest

from chainrule.errors import InputError
from chainrule.playground._own_table import read_own
from chainrule.playground.journal import read_journal
from chainrule.playground.session import Session
from chainrule.playground.settings import DATA_SETS, SettingValueError
from chainrule.tables import describe_columns, load_example, make_encoder

HOURS = np.linspace(0, 10, 60)
PAY = 30 + 8 * HOURS - 0.5 * HOURS**2
KINDS = {
    "number": {"hours": HOURS, "pay": PAY},
    "two classes": {"hours": HOURS, "passed": np.where(HOURS > 4, "yes", "no")},
    "three classes": {
        "hours": HOURS,
        "level": np.array(["low", "middle", "high"])[(HOURS // 4).astype(int)],
    },
}


def session_of(kind, address="layers=3&did=e20"):
    content = pl.DataFrame(KINDS[kind]).write_csv().encode()
    session = Session(read_own("mine.csv", content), f"data=own&{address}")
    session.course.catch_up()
    return session


def says(session, places):
    """Work out by hand what the network says, from its weights and from the table's numbers."""
    data, network = session.data, session.course.training.estimator
    seen = _seen(session)
    x = ((places - seen.mean()) / seen.std())[:, None]
    first, second = (np.asarray(w, float) for w in network.coefs_)
    z = np.tanh(x @ first + network.intercepts_[0]) @ second + network.intercepts_[1]
    if data.classes is not None:
        return 1 / (1 + np.exp(-z[:, 0]))
    learned = PAY[data.train]
    return learned.mean() + learned.std() * z[:, 0]


@pytest.mark.parametrize("kind", ["number", "two classes"])
def test_the_curve_is_what_the_network_says(kind):
    session = session_of(kind)
    header, arrays = session.frame()
    low, high = (session.data.axes[0].low, session.data.axes[0].high)
    side = len(arrays["curve"])
    places = low + (np.arange(side) + 0.5) / side * (high - low)
    assert arrays["curve"] == pytest.approx(says(session, places), rel=1e-5, abs=1e-6)
    assert (arrays["level"] == arrays["level"][0]).all()
    assert (arrays["nodes"] == arrays["nodes"][:, :1]).all()
    assert header["picked"] is None
    assert session.state()["data"]["curve"]


def test_numbers_stand_at_their_height():
    data = session_of("number").data
    assert np.array_equal(data.places, np.column_stack([HOURS, PAY]))
    assert [axis.name for axis in data.axes] == ["hours", "pay"]
    assert data.axes[1].low < PAY.min() < PAY.max() < data.axes[1].high
    assert data.inputs == ["hours"]


@pytest.mark.parametrize("kind", ["two classes", "three classes"])
def test_classes_stand_around_their_line(kind):
    session = session_of(kind)
    data = session.data
    assert list(data.axes[1].levels) == data.classes
    assert np.array_equal(np.rint(data.places[:, 1]), data.answers)
    assert len(np.unique(data.places[:, 1])) > 50  # they do not hide one another
    assert ("curve" in session.frame()[1]) == (len(data.classes) == 2)


def test_a_place_is_sent_through_by_what_is_across():
    session = session_of("number")
    session.pick(at=(2.5, 60.0))
    picked = session.frame()[0]["picked"]
    assert picked["at"] == [2.5, 60.0]
    assert float(picked["says"]) == pytest.approx(says(session, np.array([2.5]))[0], rel=1e-3)
    session.pick(at=(2.5, 30.0))
    assert session.frame()[0]["picked"]["inputs"] == picked["inputs"]
    assert picked["inputs"] == pytest.approx([(2.5 - _seen(session).mean()) / _seen(session).std()])


def _seen(session):
    return HOURS[session.data.train]


def test_the_controls_are_those_of_one_column():
    session = session_of("two classes")
    state = session.state()
    assert not {"x_axis", "y_axis", "columns"} & set(state["shown"])
    assert [value for value, _ in state["choices"]["features"]] == ["x1", "x1_squared", "sin_x1"]
    session.set("features", ["x1", "x2", "x1_squared", "sin_x1"])
    x = session.data.x_train[:, 0]
    assert session.data.inputs == ["hours", "hours²", "sin π · hours"]
    made = np.column_stack([x, x**2, np.sin(np.pi * x)])
    assert session.data.x_train == pytest.approx(made, rel=1e-6, abs=1e-6)
    with pytest.raises(SettingValueError, match="of one column there are the features x1, x1_sq"):
        session.set("features", ["x2", "product"])


def test_the_answers_can_stand_up_for_any_table():
    data = Session(None, "data=penguins&y_axis=species&x_axis=body_mass_g").data
    assert data.inputs == ["body_mass_g", "body_mass_g is missing"]
    assert data.plane.curve
    alone = Session(None, "data=penguins&y_axis=species").data
    assert [axis.name for axis in alone.axes] == ["flipper_length_mm", "species"]
    every = Session(None, "data=penguins&y_axis=species&columns=all").data
    assert len(every.inputs) > 10
    assert every.held.startswith("In the whole plane: 6 others at")
    facts = Session(None, "data=penguins&y_axis=species").facts
    assert (facts.columns, facts.axes, facts.curve) == (7, 7, True)
    with pytest.raises(InputError, match="there is no column 'species' for an axis"):
        Session(None, "data=penguins&x_axis=species")


def test_columns_that_cannot_be_an_axis_can_be_learned_from():
    letters = [f"k{i % 20}" for i in range(60)]
    table = pl.DataFrame({"hours": HOURS, "letter": letters, "pay": PAY})
    session = Session(read_own("mine.csv", table.write_csv().encode()), "data=own")
    assert session.data.inputs == ["hours"]
    assert "columns" in session.state()["shown"]
    session.set("columns", "all")
    assert len(session.data.inputs) > 1
    assert session.data.plane.curve
    assert "letter" in session.data.held


@pytest.mark.parametrize("name", [name for name, _ in DATA_SETS if name not in ("own", "digits")])
def test_every_example_by_one_column(name):
    target = load_example(name).target
    session = Session(None, f"data={name}&y_axis={target}&layers=2&did=e1")
    assert session.data.plane.curve
    assert session.data.axes[1].name == target
    assert session.frame()[0]["epoch"] == 1
    assert len(session.data.axes[1].levels) == len(session.data.classes or ())


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_again_from_its_address(kind):
    session = session_of(kind, "layers=3&features=x1,sin_x1&did=e5~b2")
    again = Session(session.table, session.address)
    again.course.catch_up()
    assert np.array_equal(again.course.training.parameters, session.course.training.parameters)
    assert read_journal("e5~b2") == session.course.told


def test_a_perceptron_decides_at_one_place():
    session = session_of("two classes", "model=perceptron&did=e20")
    _, arrays = session.frame()
    assert set(np.unique(arrays["level"])) == {0, 255}
    assert (np.diff(arrays["level"][0].astype(int)) != 0).sum() == 1


def test_the_encoder_takes_one_axis():
    frame = pl.DataFrame({"age": [1.0, 2.0, 4.0], "size": [0.5, 0.0, 0.2]})
    columns = describe_columns(frame)
    encoder = make_encoder(columns, axes=("size",), features=["x1_squared"]).fit(frame)
    assert encoder.get_feature_names_out().tolist() == ["age", "size²"]
    scaled = (frame["size"] - frame["size"].mean()) / frame["size"].std(ddof=0)
    assert encoder.transform(frame)[:, 1] == pytest.approx(scaled.to_numpy() ** 2, rel=1e-6)
    plain = make_encoder(columns, axes=("age",)).fit(frame)
    assert plain.get_feature_names_out().tolist() == ["age", "size"]
    with pytest.raises(InputError, match="of one column there are the features"):
        make_encoder(columns, axes=("age",), features=["x2"])
