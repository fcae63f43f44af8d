"""Lessons: they can be opened, and what they claim happens."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule.explanation import explain
from chainrule.playground.journal import Ran, read_journal
from chainrule.playground.lessons import LESSONS, lesson_page, tell_lessons
from chainrule.playground.session import Session
from chainrule.playground.settings import SETTINGS, read_address

PAGES = {f"{lesson.id}/{at}": page for lesson in LESSONS for at, page in enumerate(lesson.pages, 1)}


def opened(key, **changed):
    """Open a page as the browser does, with some settings changed as the question says."""
    session = Session(address=PAGES[key].address(key))
    for name, value in changed.items():
        session.set(name, value)
    return session


def played(key, epochs, **changed):
    """Return the training of a page after so many epochs."""
    course = opened(key, **changed).course
    course.run("epoch", epochs)
    return course


def losses(course):
    """Return the losses of training and test rows by epoch."""
    return np.array([(point.train, point.test) for point in course.curve.points]).T


# ---------------------------------------------------------------- what they are


def test_there_are_those_of_the_curriculum():
    assert [lesson.id for lesson in LESSONS] == [
        *("perceptron", "sigmoid", "combining", "backpropagation"),
        *("overfitting", "regularization", "minima"),
    ]
    assert all(2 <= len(lesson.pages) <= 4 for lesson in LESSONS)


@pytest.mark.parametrize("key", PAGES)
def test_a_page_can_be_opened(key):
    page, session = PAGES[key], opened(key)
    assert session.settings.lesson == key
    assert {name: session.settings[name] for name in page.settings} == page.settings
    # Settings that do not apply would be shown nowhere.
    assert set(page.settings) <= set(session.settings.shown(session.facts))
    assert session.address == read_again(page.address(key))
    told = page.to_dict(key)
    if told["pick"] is not None:
        session.pick(**told["pick"])
    if page.opened is not None:
        place = {k: v for k, v in told["inspect"].items() if k != "kind"}
        source = place.pop("from")
        assert session.inspect_weight(place["layer"], source, place["to"])["numbers"]


def read_again(address):
    """Write an address as a session does: every setting in its order."""
    session = Session(address=address)
    return session.address


@pytest.mark.parametrize("key", PAGES)
def test_a_page_is_short_and_has_only_what_is_not_said_anyway(key):
    page = PAGES[key]
    assert len(re.findall(r"[.:!?](?: |$)", page.text)) <= 5
    assert len(page.text) < 330
    assert len(page.question) < 200
    assert len(page.answer) < 260
    assert page.question.count("?") == 1 or page.question[0].isupper()
    view = {name for name, setting in SETTINGS.items() if setting.effect == "view"}
    same = {n for n, v in page.settings.items() if v == SETTINGS[n].default and n not in view}
    # What a page is about may be said although it is so by itself.
    assert same <= {"data", "optimizer", "learning_rate"}


def test_the_browser_is_told_plainly():
    told = tell_lessons()
    assert told[3]["pages"][1]["inspect"] == {
        "kind": "weight",
        "layer": 1,
        "from": 0,
        "to": 0,
    }
    assert told[0]["pages"][0]["pick"] is None
    settings, journal = read_address(told[3]["pages"][0]["address"])
    assert settings.lesson == "backpropagation/1"
    assert not any(isinstance(entry, Ran) for entry in read_journal(journal))
    assert lesson_page("perceptron/9") is None


# ---------------------------------------------------------------- what they claim


def test_the_perceptron_comes_to_rest_where_a_line_is_enough():
    course = played("perceptron/1", 10)
    assert course.stopped.startswith("converged")
    assert course.epoch == 3  # two with mistakes, and one that finds none
    assert course.losses()[0].score == 1.0


def test_only_mistakes_move_the_line():
    course = opened("perceptron/1").course
    wrong = moved = 0
    for _ in range(40):
        row = course.training.next_rows()
        model, before = course.training.estimator, course.training.parameters.copy()
        mistake = model.predict(course.data.x_train[row])[0] != course.data.y_train[row][0]
        course.run("point", 1)
        assert mistake == bool((course.training.parameters != before).any())
        wrong += mistake
        moved += not mistake
    assert wrong > 0
    assert moved > 30


def test_the_perceptron_never_rests_on_exclusive_or():
    course = played("perceptron/2", 200)
    assert course.stopped is None
    assert course.losses()[0].score < 0.75


def test_the_pale_band_becomes_narrower():
    course = played("sigmoid/1", 10)
    steep = [np.abs(course.training.parameters).max()]
    for _ in range(3):
        course.run("epoch", 50)
        steep.append(np.abs(course.training.parameters).max())
    assert steep == sorted(steep)
    assert steep[-1] > 1.5 * steep[0]


def test_the_log_loss_falls_in_every_epoch_and_the_accuracy_does_not_rise():
    course = opened("sigmoid/2").course
    seen = []
    for _ in range(60):
        course.run("epoch", 1)
        seen.append(course.losses()[0])
    falls = np.diff([one.loss for one in seen]) < 0
    assert falls.all()
    assert (np.diff([one.score for one in seen]) == 0).sum() > 30


def test_a_single_neuron_learns_the_circle_from_squares_only():
    assert played("sigmoid/3", 50).losses()[1].score > 0.95
    assert played("sigmoid/3", 200, features=["x1", "x2"]).losses()[1].score < 0.65


def test_two_lines_leave_the_circle_open_and_three_close_it():
    assert played("combining/1", 300).losses()[1].score < 0.85
    assert played("combining/1", 300, layers=[3]).losses()[1].score > 0.97
    course = played("combining/2", 300)
    assert course.losses()[1].score > 0.97
    # Each line keeps one side away: whatever a node's sign, it counts for the disk on one side.
    layer = course.training.network.layers[1]
    assert np.abs(course.training.parameters[layer.weights]).min() > 1


def test_the_spiral_needs_a_second_layer():
    assert played("combining/3", 300).losses()[1].score > 0.97
    patchy, whole = played("combining/3", 300, layers=[8]), played("combining/3", 300)
    assert patchy.losses()[1].loss > 5 * whole.losses()[1].loss


def test_the_network_worked_out_by_hand_is_that_of_the_curriculum():
    session = opened("backpropagation/1")
    session.pick(**PAGES["backpropagation/1"].to_dict("")["pick"])
    picked = session.frame()[0]["picked"]
    assert picked["inputs"] == pytest.approx([1, 2], abs=5e-7)
    assert picked["values"][0] == pytest.approx([0.721115, 0.574443], abs=1e-6)
    assert picked["values"][1] == pytest.approx([0.585513], abs=1e-6)
    # With the answer 1 the rest of the curriculum's numbers follow.
    estimator = session.course.training.estimator
    given = np.array([[1.0, 2.0]]), session.data.classes[1:]
    told = str(explain(estimator, *given, digits=6))
    for number in ("0.535266", "−0.414487", "−0.298893", "−0.238099", "−0.050014", "0.101325"):
        assert number in told
    html = "".join(part["html"] for step in session.explain()["steps"] for part in step["parts"])
    shown = re.sub(r"<[^>]*>", "", html)
    assert "0.345448" in shown
    assert "0.585513" in shown
    assert "0.585513" in PAGES["backpropagation/1"].answer


def test_a_step_leads_where_the_open_weight_says():
    page, session = PAGES["backpropagation/3"], opened("backpropagation/3")
    assert session.frame()[0]["next_row"] == page.pick
    session.pick(page.pick)
    place = page.opened
    told = session.inspect_weight(place.layer, place.source, place.to)
    session.advance("point")
    layer = session.course.training.network.layers[place.layer - 1]
    now = session.course.training.parameters[layer.weights].reshape(2, 1)[place.source, place.to]
    before, *others = (number["value"] for number in told["numbers"])
    assert abs(before - now) > 1e-4
    assert min(abs(value - now) for value in others) < 1e-6


def test_too_little_stays_high_and_too_much_comes_apart():
    train, test = losses(played("overfitting/1", 300))
    assert train[-1] > 0.45
    assert train[150] - train[-1] < 0.02
    train, test = losses(played("overfitting/2", 500))
    lowest = test.argmin()
    assert lowest < 150
    assert train[-1] < 0.3 * train[lowest]
    assert test[-1] > 2 * test[lowest]
    few, many = (losses(played(f"overfitting/{page}", 500))[:, -1] for page in (2, 3))
    assert many[1] - many[0] < 0.4 * (few[1] - few[0])
    rows = [len(opened(f"overfitting/{page}").data.train) for page in (2, 3)]
    assert rows[1] == 20 * rows[0]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_regularization_narrows_the_gap(page):
    free = losses(played("overfitting/2", 500))[:, -1]
    held = losses(played(f"regularization/{page}", 500))[:, -1]
    assert held[0] > free[0]
    assert held[1] < 0.75 * free[1]
    assert held[1] - held[0] < 0.6 * (free[1] - free[0])


def test_without_the_penalty_it_overfits_after_all():
    course = opened("regularization/1").course
    course.run("epoch", 500)
    before = course.losses()
    course.change(course.settings.changed("l2", 0.0))
    course.run("epoch", 500)
    train, test = course.losses()
    assert train.loss < before[0].loss
    assert test.loss > before[1].loss


def test_it_stops_by_itself_and_goes_back():
    course = played("regularization/3", 500)
    assert course.stopped is not None
    assert course.training.best_epoch < course.epoch + 20 < 150


def test_starts_end_in_different_minima():
    session = opened("minima/1")
    ends = []
    for seed in range(2, 10):
        course = opened("minima/2", seed=seed).course
        course.run("epoch", 400)
        ends.append(course.losses()[0].loss)
    assert opened("minima/1").settings.seed == 2
    session.restart()
    assert session.settings.seed == 3
    assert ends[0] == pytest.approx(0.37, abs=0.01)
    assert ends[1] == pytest.approx(0.105, abs=0.01)
    low, high = sum(end < 0.15 for end in ends), sum(end > 0.3 for end in ends)
    assert (low, len(ends) - low - high, high) == (5, 1, 2)


def test_zeros_stay_alike():
    course = played("minima/3", 100)
    first, second = course.training.network.layers
    weights = course.training.parameters
    by_node = weights[first.weights].reshape(2, 4)
    assert np.ptp(by_node, axis=1).max() == 0
    assert np.ptp(weights[second.weights]) == 0
    assert course.losses()[0].score < 0.6
