"""Each control is moved as a person moves it, and the engine's numbers say what came of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from chainrule.playground.session import Session
from chainrule.playground.settings import DATA_SETS, MADE_UP, SETTINGS


class Move(NamedTuple):
    """Where a control is shown, what is pressed or typed in it, and what that sets it to."""

    keys: tuple[str, ...] = ()
    to: object = None
    typed: str | None = None
    slide: str = "ArrowRight"
    at: str = ""


DOWN = ("ArrowDown",)
MOVES = {
    "x_axis": Move(DOWN * 4, "flipper_length_mm", at="data=penguins"),
    "y_axis": Move(DOWN * 4, "flipper_length_mm", at="data=penguins"),
    "columns": Move(DOWN, "all", at="data=penguins"),
    "classes": Move(typed="4", at="data=gaussians"),
    "points": Move(typed="90"),
    "noise": Move(typed="20"),
    "train_share": Move(typed="45"),
    "data_seed": Move(typed="7"),
    "model": Move(DOWN, "perceptron"),
    "initialization": Move(DOWN, "he"),
    "seed": Move(typed="12"),
    "learning_rate": Move(typed="0.25"),
    "decay": Move(DOWN * 2, "exponential"),
    "planned_epochs": Move(typed="9", at="decay=cosine"),
    "optimizer": Move(DOWN, "momentum"),
    "momentum": Move(typed="0.5", at="optimizer=momentum"),
    "beta_1": Move(typed="0.25", at="optimizer=adam"),
    "beta_2": Move(typed="0.9", at="optimizer=nadam"),
    "rho": Move(typed="0.5", at="optimizer=rmsprop"),
    "weight_decay": Move(typed="0.5", at="optimizer=adamw"),
    "batch_size": Move(typed="32"),
    "l1": Move(typed="0.4"),
    "l2": Move(typed="0.4"),
    "dropout": Move(typed="0.3"),
    "early_stopping": Move(("Space",), True),
}
ELSEWHERE = {
    "data": "test_each_data_set",
    "target": "in test_own_files",
    "error": "in test_own_files",
    "features": "test_each_feature",
    "layers": "test_layers_and_nodes",
    "activations": "test_the_activation_of_each_layer",
    "patience": "test_patience",
    "speed": "test_speed",
    "play_by": "test_what_is_played",
    "show_test": "test_what_is_only_looked_at",
    "decisions": "test_what_is_only_looked_at",
    "lesson": "in test_lessons",
}


def test_no_control_is_left_out(tab):
    names = {record["name"] for record in tab.see("seen.store.welcome.settings")}
    assert names == set(SETTINGS) == {*MOVES, *ELSEWHERE}


def changed(tab, name, press, to=None):
    """Do something to a control, and wait until the server has it: all of several steps."""
    before = tab.settings[name]
    press()
    now = "JSON.stringify(seen.store.state.settings[given[0]])"
    tab.settle(f"{now} !== JSON.stringify(given[1])", [name, before])
    if to is not None:
        tab.settle(f"{now} === JSON.stringify(given[1])", [name, to])
    return tab.settings[name]


def train(tab):
    epoch = tab.frame["epoch"]
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === given", epoch + 1)


def differs(tab, base):
    """Say that the page's network is another than the one without the change."""
    without = Session(address=base)
    without.advance("epoch", tab.frame["epoch"])
    return not np.array_equal(tab.weights, without.course.training.parameters)


def press_all(tab, name, keys):
    control = tab.reveal(f"#set-{name}")
    control.focus()
    for key in keys:
        tab.page.keyboard.press(key)


def type_into(tab, name, text):
    control = tab.reveal(f"#set-{name}")
    control.click(click_count=3)
    tab.page.keyboard.type(text)
    tab.page.keyboard.press("Enter")


@pytest.mark.parametrize("name", MOVES)
def test_a_control(tab, name):
    move = MOVES[name]
    tab.load(f"{move.at}&did=e2")
    before = tab.settings
    if move.typed is None:
        value = changed(tab, name, lambda: press_all(tab, name, move.keys), move.to)
        assert value == move.to
    else:
        value = changed(tab, name, lambda: type_into(tab, name, move.typed))
        assert value == float(move.typed)
    # Nothing else is changed with it.
    assert {n for n, v in tab.settings.items() if v != before[n]} == {name}
    train(tab)
    assert tab.frame["epoch"] == (3 if SETTINGS[name].effect == "training" else 1)
    tab.agrees()
    assert differs(tab, move.at)


SLIDERS = [name for name, move in MOVES.items() if move.typed and not name.endswith("seed")]


@pytest.mark.parametrize("name", SLIDERS)
def test_a_slider(tab, name):
    tab.load(MOVES[name].at)
    tab.reveal(f"#slide-{name}").focus()
    high, value = SETTINGS[name].high, tab.settings[name]
    key = "ArrowLeft" if value > high / 2 else "ArrowRight"
    moved = changed(tab, name, lambda: tab.page.keyboard.press(key))
    assert (moved > value) == (key == "ArrowRight")
    assert float(tab.page.locator(f"#set-{name}").input_value()) == moved
    tab.agrees()


@pytest.mark.parametrize("name", [name for name, _ in DATA_SETS if name != "own"])
def test_each_data_set(tab, name):
    tab.load("data=moons" if name == "circle" else "")
    changed(tab, "data", lambda: tab.page.click(f"label:has(#set-data-{name})"))
    train(tab)
    session = tab.agrees()
    assert session.settings.data == name
    assert len(tab.state["data"]["points"]["a"]) == min(2000, len(session.data.places))
    assert tab.page.locator("#set-points").is_visible() == (name in MADE_UP)
    assert tab.page.locator("#set-error").is_visible() == (session.data.classes is None)


def test_each_feature(tab):
    features = [name for name, _ in SETTINGS["features"].choices]
    for name in [*features[2:], "x1", "x1"]:
        button = tab.page.locator(f"#set-features-{name}")
        was = button.get_attribute("aria-pressed") == "true"
        changed(tab, "features", button.click)
        assert (name in tab.settings["features"]) != was
        assert len(tab.state["network"]["inputs"]) == len(tab.settings["features"])
    train(tab)
    assert tab.agrees().settings.features == tuple(features)


def test_the_last_feature_stays(tab):
    tab.see("{ seen.notes = []; }")
    for name in ("x1", "x2"):
        tab.page.click(f"#set-features-{name}")
        tab.wait("seen.store.state.settings.features.join() === 'x2'")
    tab.wait("seen.notes.some((note) => note.about === 'features')")
    assert tab.page.locator("#error-features").inner_text() == "Features: choose at least one"
    assert tab.page.locator("#set-features-x2").get_attribute("aria-pressed") == "true"
    tab.agrees()


def test_layers_and_nodes(tab):
    steps = [
        ("#do-add-layer", [4, 2, 2]),
        ("#do-add-node-3", [4, 2, 3]),
        ("#do-add-node-1", [5, 2, 3]),
        ("#do-remove-node-2", [5, 1, 3]),
        ("#do-remove-layer", [5, 1]),
        ("#do-remove-layer", [5]),
        ("#do-remove-layer", []),
        ("#do-add-layer", [2]),
    ]
    for button, layers in steps:
        assert changed(tab, "layers", lambda button=button: tab.page.click(button)) == layers
        train(tab)
        session = tab.agrees()
        assert tab.see("seen.store.state.network.sizes") == [2, *layers, 1]
        assert session.course.training.network.sizes == (2, *layers, 1)
    tab.page.click("#set-layers-1", click_count=3)
    tab.page.keyboard.type("16")
    assert changed(tab, "layers", lambda: tab.page.keyboard.press("Enter")) == [16]
    tab.agrees()


def test_a_node_too_many_is_refused(tab):
    tab.load("layers=16,1,1,1,1,1")
    for button in ("#do-add-node-1", "#do-remove-node-2", "#do-add-layer"):
        tab.see("{ seen.notes = []; }")
        tab.page.click(button)
        tab.wait("seen.notes.some((note) => note.about === 'layers')")
        assert tab.page.locator("#error-layers").is_visible()
        assert tab.settings["layers"] == [16, 1, 1, 1, 1, 1]
    tab.agrees()


def test_the_activation_of_each_layer(tab):
    tab.load("layers=3,3,3")
    for layer, keys in ((1, 1), (2, 2), (3, 3)):
        tab.page.focus(f"#set-activations-{layer}")
        for _ in range(keys):
            changed(tab, "activations", lambda: tab.page.keyboard.press("ArrowDown"))
    train(tab)
    session = tab.agrees()
    assert session.settings.activations == ("relu", "logistic", "identity")
    assert differs(tab, "layers=3,3,3")


def test_patience(tab):
    """With none, the first epoch that is not better is the last."""
    tab.load("data=xor&points=60&noise=40&early_stopping=1&learning_rate=1")
    changed(tab, "patience", lambda: type_into(tab, "patience", "1"))
    tab.page.click("#do-play")
    tab.settle("seen.store.frame.stopped")
    session = tab.agrees()
    assert tab.frame["stopped"] == session.course.stopped
    assert tab.page.locator("[data-number=stopped]").inner_text() == session.course.stopped
    assert tab.number("best-epoch")[0] == session.course.training.best_epoch
    assert tab.frame["held_out"] == session.frame()[0]["held_out"] is not None


def test_speed(tab):
    """What is played is the same, however fast."""
    for keys, speed in (("Home", "1"), ("End", "max")):
        changed(tab, "speed", lambda keys=keys: press_all(tab, "speed", (keys,)))
        assert tab.settings["speed"] == speed
        epoch = tab.frame["epoch"]
        tab.page.click("#do-play")
        tab.wait("seen.store.frame.epoch > given", epoch)
        tab.page.click("#do-play")
        tab.settle()
        tab.agrees()


@pytest.mark.parametrize(("unit", "letter"), [("batch", "b"), ("point", "p")])
def test_what_is_played(tab, unit, letter):
    presses = 1 if unit == "batch" else 2
    changed(tab, "play_by", lambda: press_all(tab, "play_by", ["Home", *DOWN * presses]), unit)
    tab.page.click("#do-play")
    tab.wait("seen.store.frame.steps >= 3")
    tab.page.click("#do-play")
    tab.settle()
    session = tab.agrees()
    assert f"&did={letter}{session.course.training.steps}" in session.address
    assert tab.frame["next_row"] == session.frame()[0]["next_row"] is not None


@pytest.mark.parametrize(("name", "canvas"), [("show_test", 2), ("decisions", 0)])
def test_what_is_only_looked_at(tab, name, canvas):
    """The picture is another, the network the same."""
    tab.load("data=moons&did=e20")
    before, other, weights = tab.pixels(canvas), tab.pixels(2 - canvas), tab.weights
    changed(tab, name, lambda: press_all(tab, name, ("Space",)))
    assert tab.pixels(canvas) != before
    assert tab.pixels(2 - canvas) == other
    assert np.array_equal(weights, tab.weights)
    tab.agrees()
    changed(tab, name, lambda: tab.page.click(f"label[for=set-{name}]"))
    assert tab.pixels(canvas) == before
