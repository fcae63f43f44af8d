"""The session: settings and what was done since are the state, bit for bit."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import InputError
from chainrule.playground.course import Course
from chainrule.playground.data import make_data
from chainrule.playground.estimator import make_estimator
from chainrule.playground.journal import write_journal
from chainrule.playground.messages import parse_message
from chainrule.playground.session import Session
from chainrule.playground.settings import Settings
from chainrule.tables import load_example
from chainrule.workflow import TrainSettings, load_model, save_model, train

SMALL = "points=60&layers=3"


def weights(session):
    return session.course.training.parameters


def play_until_still(session):
    while session.playing:
        session.play(0.01)


def opened(address):
    """Open an address and do all that it tells."""
    session = Session(address=address)
    play_until_still(session)
    return session


# ---------------------------------------------------------------- the same address, the same state


_DOINGS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from(["epoch", "batch", "point"]), st.integers(1, 9)),
    st.tuples(st.just("set"), st.just("learning_rate"), st.sampled_from([0.003, 0.1])),
    st.tuples(st.just("set"), st.just("optimizer"), st.sampled_from(["adam", "momentum"])),
    st.tuples(st.just("set"), st.just("l2"), st.sampled_from([0.0, 0.01])),
    st.tuples(st.just("set"), st.just("noise"), st.sampled_from([0, 20])),
    st.tuples(st.just("set"), st.just("layers"), st.sampled_from([[3], [2, 2]])),
    st.tuples(
        st.just("weight"), st.just(1), st.sampled_from([0, None]), st.just(1), st.floats(-1, 1)
    ),
    st.tuples(st.just("rewind"), st.integers(0, 5)),
    st.tuples(st.just("reset")),
    st.tuples(st.just("restart")),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(_DOINGS, max_size=12))
def test_whatever_is_done_its_address_leads_to_the_same_bits(doings):
    session = Session(address=SMALL)
    for name, *values in doings:
        if name == "rewind":
            values = [min(values[0], session.course.furthest)]
        getattr(session, name)(*values)
        play_until_still(session)
    again = opened(session.address)
    assert again.address == session.address
    assert weights(again).tobytes() == weights(session).tobytes()
    one, other = session.frame(), again.frame()
    assert {**one[0], "curve": 0} == {**other[0], "curve": 0, "furthest": one[0]["furthest"]}
    for key in one[1]:
        np.testing.assert_array_equal(one[1][key], other[1][key])


def test_a_training_is_that_of_fit():
    session = Session(address="data=moons&points=100&layers=5,4&optimizer=adam&dropout=0.2&l1=0.01")
    session.advance("batch", 3)
    session.advance("epoch", 20)
    data = session.data
    model = make_estimator(session.settings, classifies=True, rows=len(data.x_train))
    model.set_params(max_iter=20)
    with pytest.warns(match="Maximum iterations"):
        model.fit(data.x_train, data.y_train)
    fitted = session.course.training.network.flatten(model.coefs_, model.intercepts_, np.float32)
    assert fitted.tobytes() == weights(session).tobytes()
    header, _ = session.frame()
    assert header["test"]["score"] == model.score(data.x_test, data.y_test)


def test_a_long_journal_is_caught_up_with_in_slices():
    session = Session(address=f"{SMALL}&did=e40000")
    assert session.playing
    assert 0 < session.course.epoch < 40_000
    assert session.frame()[0]["catching_up"]
    play_until_still(session)
    assert session.course.epoch == 40_000
    assert not session.frame()[0]["catching_up"]


def test_many_epochs_at_once_are_done_in_slices_and_can_be_paused():
    session = Session(address=SMALL)
    session.handle(parse_message('{"type": "advance", "unit": "epoch", "count": 1000000}'))
    assert session.playing
    session.play(0.01)
    session.handle(parse_message('{"type": "pause"}'))
    assert not session.playing
    reached = session.course.epoch
    assert 0 < reached < 1_000_000
    assert session.address.endswith(f"did=e{reached}")
    session.handle(parse_message('{"type": "advance", "unit": "batch", "count": 3}'))
    play_until_still(session)
    assert session.address.endswith(f"did=e{reached}~b3")


def test_playing_stands_still_while_a_weight_is_dragged():
    now = [0.0]
    session = Session(address=f"{SMALL}&speed=max", clock=lambda: now[0])
    session.start_playing()
    assert session.play(0.001)
    epoch = session.course.epoch
    for i in range(100):
        session.weight(1, 0, 1, i / 100)
        now[0] += 0.05
        assert not session.play(0.001)
    assert session.address.endswith(f"did=e{epoch}~w.1.0.1.0.99")
    now[0] += 0.5
    assert session.playing
    assert session.play(0.001)
    assert session.course.epoch > epoch


def test_no_more_is_done_by_hand_than_an_address_can_tell(monkeypatch):
    monkeypatch.setattr("chainrule.playground.course.MOST_ENTRIES", 10)
    session = Session(address=SMALL)
    for i in range(3):
        session.weight(1, 0, 1, i / 2)
        session.advance("epoch")
    session.weight(1, 0, 1, -1.0)
    before = session.address
    for refused in (
        lambda: session.weight(1, 0, 0, 0.5),
        lambda: session.set("learning_rate", 0.5),
        lambda: session.advance("epoch"),
        session.start_playing,
    ):
        with pytest.raises(InputError, match="7 things have been done since the start"):
            refused()
    assert session.address == before
    assert weights(opened(session.address)).tobytes() == weights(session).tobytes()
    session.rewind(1)
    play_until_still(session)
    session.advance("epoch")
    session.reset()
    session.start_playing()


# ---------------------------------------------------------------- going back and on


def test_one_can_go_back_to_any_epoch_and_forward_again():
    session = Session(address=f"{SMALL}&optimizer=adam&dropout=0.3")
    seen = {0: weights(session).tobytes()}
    for epoch in range(1, 300):
        session.advance("epoch", 1)
        seen[epoch] = weights(session).tobytes()
    for epoch in (299, 7, 0, 150, 151, 64, 298, 13):
        session.rewind(epoch)
        play_until_still(session)
        assert session.course.epoch == epoch
        assert weights(session).tobytes() == seen[epoch]
        assert session.frame()[0]["furthest"] == 299
    session.advance("epoch", 2)
    assert weights(session).tobytes() == seen[15]
    assert session.frame()[0]["furthest"] == 15
    assert session.address.endswith("did=e15")


def test_going_back_also_goes_back_on_settings_and_weights_set_by_hand():
    session = Session(address=SMALL)
    session.advance("epoch", 5)
    before = weights(session).tobytes()
    session.weight(1, 0, 2, 0.75)
    moved = weights(session).tobytes()
    session.advance("epoch", 2)
    session.set("learning_rate", 0.3)
    session.advance("batch", 2)
    session.rewind(5)
    play_until_still(session)
    assert weights(session).tobytes() == moved != before
    assert session.settings.learning_rate == 0.03
    session.rewind(7)
    play_until_still(session)
    assert session.settings.learning_rate == 0.3


def test_the_curve_does_not_depend_on_how_it_was_run():
    at_once = Session(address=SMALL)
    at_once.course.run("epoch", 2000)
    in_slices = Session(address=f"{SMALL}&speed=max")
    in_slices.start_playing()
    while in_slices.course.epoch < 2000:
        in_slices.course.run("epoch", min(7, 2000 - in_slices.course.epoch), seconds=0.0)
    assert in_slices.course.curve.points == at_once.course.curve.points
    assert len(at_once.course.curve.points) <= 601
    assert at_once.course.curve.points[0].epoch == 0


def test_long_epochs_are_run_in_parts_and_told_as_whole_ones(monkeypatch):
    monkeypatch.setattr("chainrule.playground.course._LONG", 0.0)
    session = Session(address=f"{SMALL}&batch_size=3&speed=max")
    session.start_playing()
    while session.course.epoch < 5 or not session.course.training.rows_into:
        session.play(0.0)
    told = write_journal(session.course.told)
    assert told.startswith("e5~b")
    session.pause()
    again = opened(session.address)
    assert weights(again).tobytes() == weights(session).tobytes()
    session.set("learning_rate", 0.01)
    session.start_playing()
    while session.course.epoch < 8:
        session.play(0.0)
    session.advance("epoch", 1)
    assert session.course.epoch == 9
    assert len(session.course.told) <= 5
    again = opened(session.address)
    assert weights(again).tobytes() == weights(session).tobytes()


# ---------------------------------------------------------------- what a change does


def test_each_setting_has_the_effect_that_is_said():
    session = Session(address=SMALL)
    session.advance("epoch", 3)
    start = Session(address=SMALL)
    before = weights(session).tobytes()
    session.set("speed", "200")
    assert (session.course.epoch, weights(session).tobytes()) == (3, before)
    session.set("learning_rate", 0.01)
    assert (session.course.epoch, weights(session).tobytes()) == (3, before)
    assert session.address.endswith("did=e3~s.learning_rate.0.01")
    assert session.frame()[0]["rate"] == 0.01
    session.set("activations", ["relu"])
    assert session.course.epoch == 0
    assert weights(session).tobytes() != before
    session.set("activations", ["tanh"])
    session.set("learning_rate", 0.03)
    assert weights(session).tobytes() == weights(start).tobytes()
    places = session.data.places.copy()
    session.set("data_seed", 5)
    assert not np.array_equal(session.data.places, places)


def test_the_same_start_and_a_new_one():
    session = Session(address=SMALL)
    first = weights(session).tobytes()
    session.advance("epoch", 3)
    session.reset()
    assert (session.course.epoch, weights(session).tobytes()) == (0, first)
    session.restart()
    assert weights(session).tobytes() != first
    assert session.settings.seed == 1


@pytest.mark.parametrize("play_by", ["epoch", "batch", "point"])
def test_it_plays_by_the_clock(play_by):
    now = [0.0]
    session = Session(address=f"{SMALL}&speed=20&play_by={play_by}", clock=lambda: now[0])
    session.start_playing()
    steps = []
    for _ in range(10):
        assert session.play(1.0)
        assert not session.play(1.0)
        now[0] += 0.0501
        steps.append(str(session.course.told[-1]))
    assert steps == [f"{play_by[0]}{i}" for i in range(1, 11)]
    session.pause()
    now[0] += 100
    assert not session.play(1.0)


def test_early_stopping_ends_it_at_the_best_epoch():
    session = Session(address=f"{SMALL}&early_stopping=1&patience=5&learning_rate=0.3&speed=max")
    session.start_playing()
    play_until_still(session)
    header, _ = session.frame()
    assert "did not improve" in header["stopped"]
    assert header["held_out"]["loss"] == header["curve"]["held_out"][-1]
    assert 0 <= header["held_out"]["score"] <= 1
    best = header["best_epoch"]
    assert best < header["epoch"]
    with pytest.raises(InputError, match="has ended"):
        session.start_playing()
    ended = weights(session).tobytes()
    session.rewind(best)
    play_until_still(session)
    assert weights(session).tobytes() == ended
    assert session.frame()[0]["stopped"] is None


def test_the_best_start_wins_the_race():
    start = f"{SMALL}&data=spiral&learning_rate=0.1"
    session = Session(address=start)
    session.race(4, 30)
    assert session.frame()[0]["race"]["epochs"] == 30
    play_until_still(session)
    alone = [opened(f"{start}&seed={i}&did=e30") for i in range(4)]
    losses = [one.course.losses()[0].loss for one in alone]
    best = int(np.argmin(losses))
    assert session.settings.seed == best
    assert weights(session).tobytes() == weights(alone[best]).tobytes()
    assert session.address == alone[best].address
    race = session.frame()[0]["race"]
    assert (race["over"], race["best"]) == (True, best)
    assert [curve[-1] for curve in race["curves"]] == losses
    session.advance("epoch")
    assert session.frame()[0]["race"] is None


def test_a_perceptron_is_pulled_by_one_point_at_a_time():
    session = Session(address="data=gaussians&points=40&model=perceptron&learning_rate=1")
    data = session.data
    for _ in range(15):
        header, _ = session.frame()
        row = header["next_row"]
        x = data.encode(data.frame[row])[0].astype(np.float64)
        w = weights(session).astype(np.float64)
        wanted, said = int(data.answers[row]), int(w[:2] @ x + w[2] >= 0)
        session.advance("point")
        expected = w + (wanted - said) * np.array([*x, 1.0])
        np.testing.assert_allclose(weights(session), expected, rtol=1e-6, atol=1e-7)
    session.set("speed", "max")
    session.start_playing()
    play_until_still(session)
    assert "no row was misclassified" in session.frame()[0]["stopped"]


# ---------------------------------------------------------------- used wrongly


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: s.set("layers", [99]),
        lambda s: s.set("data", "own"),
        lambda s: s.set("nothing", 1),
        lambda s: s.load("data=own"),
        lambda s: s.load("did=x5"),
        lambda s: s.load("rubbish"),
        lambda s: s.rewind(99),
        lambda s: s.rewind(-1),
        lambda s: s.race(1, 10),
        lambda s: s.race(3, 0),
        lambda s: s.weight(9, 0, 0, 1.0),
        lambda s: s.weight(1, 9, 0, 1.0),
        lambda s: s.weight(1, 0, -1, 1.0),
        lambda s: s.weight(1, 0, 0, math.nan),
        lambda s: s.pick(row=10**6),
        lambda s: s.inspect_node(9, 0),
        lambda s: s.inspect_node(0, -1),
        lambda s: s.inspect_weight(0, 0, 0),
        lambda s: s.take_table("a.csv", b""),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(wrong):
    session = opened(f"{SMALL}&did=e3")
    before = session.address, weights(session).tobytes(), session.data
    with pytest.raises(InputError) as caught:
        wrong(session)
    assert len(str(caught.value)) < 250
    assert (session.address, weights(session).tobytes(), session.data) == before
    session.advance("epoch")
    assert session.course.epoch == 4


def test_ones_own_table():
    rows = "\n".join(
        f"{i},{i % 7},{'yes' if i % 7 > 3 else 'no'},{'abc'[i % 3]}" for i in range(90)
    )
    session = Session()
    session.take_table("mine.csv", f"one,two,answer,letter\n{rows}\n".encode())
    assert session.settings.data == "own"
    session.set("target", "answer")
    session.set("columns", "all")
    session.set("x_axis", "two")
    session.set("optimizer", "adam")
    state = session.state()
    assert state["data"]["axes"][0]["name"] == "two"
    assert ["answer", "answer"] in state["choices"]["target"]
    session.advance("epoch", 60)
    assert session.frame()[0]["test"]["score"] == 1.0
    with pytest.raises(InputError, match="drop its file"):
        Session(address=session.address)
    with pytest.raises(InputError, match="there is no"):
        session.set("target", "nowhere")
    assert session.settings.target == "answer"


def test_a_model_file_leads_to_the_network_that_was_saved(tmp_path):
    session = opened(f"{SMALL}&did=e7~w.1.0.1.0.5~e2")
    name, content = session.model_file()
    assert name == "circle.chainrule"
    other = Session(address="data=moons")
    other.take_model(content)
    play_until_still(other)
    assert weights(other).tobytes() == weights(session).tobytes()
    (tmp_path / "m.chainrule").write_bytes(content)
    model = load_model(tmp_path / "m.chainrule")
    data = session.data
    predicted = model.probabilities(data.frame[data.test])[:, 1]
    expected = session.course.training.estimator.predict_proba(data.x_test)[:, 1]
    np.testing.assert_array_equal(predicted, expected)


def test_a_model_of_the_command_line_is_shown_if_it_is_small_enough(tmp_path):
    session = Session(address=SMALL)
    for layers in ((4,), (32,)):
        settings = TrainSettings(epochs=2, hidden_layer_sizes=layers)
        trained = train(load_example("moons"), settings)
        save_model(tmp_path / f"{layers[0]}.chainrule", trained.model)
    session.take_model((tmp_path / "4.chainrule").read_bytes())
    assert session.settings.data == "moons"
    before = session.address
    with pytest.raises(InputError, match="a layer has 1 to 16 nodes, not 32"):
        session.take_model((tmp_path / "32.chainrule").read_bytes())
    with pytest.raises(InputError, match="the file"):
        session.take_model(b"PK rubbish")
    assert session.address == before


def test_a_course_tells_what_was_done():
    data = make_data(Settings({"points": 60}))
    course = Course(data, Settings({"points": 60}))
    course.run("epoch", 2)
    course.run("epoch", 3)
    course.run("point", 1)
    course.run("epoch", 1)
    assert write_journal(course.told) == "e5~p1~e1"
    assert course.epoch == 6
