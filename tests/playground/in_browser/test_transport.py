"""Playing, stepping, going back, racing: what the engine has done after each button."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.playground.session import Session


def test_it_begins_where_a_session_begins(tab):
    session = tab.agrees()
    assert session.settings.data == "circle"
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === 1")
    # The address bar follows, so that it can be copied from there.
    tab.wait("location.hash.slice(1) === seen.store.frame.address")


def test_the_address_bar_can_be_typed_into(tab):
    tab.see("{ location.hash = '#data=xor&layers=3&did=e2'; }")
    tab.settle("seen.store.state.settings.data === 'xor'")
    tab.agrees()
    told = tab.address
    assert told.endswith("&did=e2")
    tab.wait("location.hash.slice(1) === given", told)
    # The same again, written otherwise, is written as it was.
    tab.see("{ location.hash = '#layers=3&data=xor&did=e2'; }")
    tab.wait("location.hash.slice(1) === given", told)


@pytest.mark.parametrize("unit", ["epoch", "batch", "point"])
@pytest.mark.parametrize("how", ["button", "key"])
def test_one_step(tab, unit, how):
    def step():
        if how == "button":
            tab.page.click(f"#do-{unit}")
        else:
            tab.page.keyboard.press({"epoch": ".", "batch": ",", "point": "p"}[unit])

    steps = tab.frame["steps"]
    for count in (1, 2):
        step()
        tab.settle("seen.store.frame.steps > given", steps)
        steps = tab.frame["steps"]
        assert tab.agrees().address.endswith(f"&did={unit[0]}{count}")
    assert steps == (70 if unit == "epoch" else 2)


def test_epochs_batches_and_points_mixed(tab):
    """An epoch that was begun is finished first."""
    for unit in ("batch", "point", "epoch", "point"):
        steps = tab.frame["steps"]
        tab.page.click(f"#do-{unit}")
        tab.settle("seen.store.frame.steps > given", steps)
    session = tab.agrees()
    assert session.address.endswith("&did=b1~p1~e1~p1")
    assert tab.page.locator("#transport output").first.inner_text() == "1"


@pytest.mark.parametrize("how", ["button", "key"])
def test_play_and_pause(tab, how):
    def press():
        tab.page.click("#do-play") if how == "button" else tab.page.keyboard.press("Space")

    press()
    tab.wait("seen.store.frame.playing && seen.store.frame.epoch >= 3")
    tab.wait("document.querySelector('#do-play').innerText.trim() === 'Pause'")
    press()
    tab.settle()
    tab.wait("document.querySelector('#do-play').innerText.trim() === 'Play'")
    stood = tab.frame["epoch"]
    session = tab.agrees()
    assert session.address.endswith(f"&did=e{stood}")
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === given", stood + 1)


def test_reset_and_new_start(tab):
    begun = tab.weights
    tab.load("did=e7")
    tab.page.click("#do-reset")
    tab.settle("seen.store.frame.epoch === 0")
    assert np.array_equal(tab.weights, begun)
    tab.agrees()
    tab.page.click("#do-restart")
    tab.settle("seen.store.state.settings.seed === 1")
    assert not np.array_equal(tab.weights, begun)
    tab.agrees()


def test_rewind_by_keyboard_and_forward_again(tab):
    tab.load("did=e9")
    last = tab.weights
    tab.page.focus("#do-rewind")
    for key, epoch in (("ArrowLeft", 8), ("ArrowLeft", 7), ("Home", 0), ("ArrowRight", 1)):
        tab.page.keyboard.press(key)
        tab.settle("seen.store.frame.epoch === given", epoch)
        tab.agrees()
    tab.page.keyboard.press("End")
    tab.settle("seen.store.frame.epoch === 9")
    assert np.array_equal(tab.weights, last)
    tab.agrees()


def test_what_is_done_after_a_rewind_is_done_from_there(tab):
    tab.load("did=e5~b2~s.learning_rate.0.5~e4")
    tab.page.focus("#do-rewind")
    tab.page.keyboard.press("Home")
    tab.settle("seen.store.frame.epoch === 0")
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === 1")
    assert tab.agrees().settings.learning_rate == 0.03


def test_a_race_is_won_by_the_best(tab):
    tab.load("data=xor&points=100")
    for name, value in (("race-starts", "3"), ("race-epochs", "8")):
        tab.reveal(f"#{name}").click(click_count=3)
        tab.page.keyboard.type(value)
    tab.page.click("#do-race")
    tab.settle("seen.store.frame.race?.over")
    assert tab.frame["epoch"] == 8
    losses = []
    for seed in range(3):
        session = Session(address=f"data=xor&points=100&seed={seed}")
        session.advance("epoch", 8)
        losses.append(session.frame()[0]["train"]["loss"])
    assert [curve[-1] for curve in tab.frame["race"]["curves"]] == losses
    assert tab.frame["train"]["loss"] == min(losses)
    assert tab.settings["seed"] == np.argmin(losses)
    tab.agrees()


def test_the_perceptron_is_pulled_by_the_point_that_was_named(tab):
    """Δw = α(y − ŷ)x, by hand from the frame before; y and ŷ are 0 or 1."""
    tab.load("data=gaussians&points=60&model=perceptron&play_by=point&learning_rate=0.3&noise=30")
    session = tab.session()
    data, pulled = session.data, 0
    for step in range(1, 16):
        row, weights = tab.frame["next_row"], tab.weights
        x = np.append(data.x_train[list(data.train).index(row)], 1.0)
        y = tab.see(f"seen.store.state.data.points.answer[{row}]")
        says = int(x @ weights >= 0)
        tab.page.click("#do-point")
        tab.settle("seen.store.frame.steps === given", step)
        assert tab.weights == pytest.approx(weights + 0.3 * (y - says) * x, abs=1e-6)
        pulled += y != says
    assert 0 < pulled < 15
    tab.agrees()
