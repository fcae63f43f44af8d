"""A point sent through, a node, a weight: what is told equals `explain`, number by number."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from playwright.sync_api import expect

from chainrule import explain
from chainrule.playground.answers import answer_of

from .tab import as_number, close_as_shown

ADDRESS = "data=moons&layers=2&points=60&did=e3"
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# What explain calls a quantity, and the sign that the page writes it with.
SIGNS = {"z": "z", "h": "h", "delta": "δ", "dE/dW": "∂E/∂W", "dE/db": "∂E/∂b", "dE/dh": "∂E/∂h"}
LINES = """[...document.querySelectorAll("#maths .line")].filter((line) => line.checkVisibility())
  .map((line) => [line.getAttribute("aria-label").split(" = ")[0],
    [...line.querySelectorAll(".value math")].pop().textContent])"""


def click_point(tab, row):
    """Click where a point lies in the plane."""
    a, b = tab.see(
        "(({ points }) => [points.a[ROW], points.b[ROW]])(seen.store.state.data)".replace(
            "ROW", str(row)
        )
    )
    (left, right), (low, high) = tab.see("seen.store.state.data.axes.map((x) => [x.low, x.high])")
    box = tab.page.locator("#plane canvas").last.bounding_box()
    x = box["x"] + (a - left) / (right - left) * box["width"]
    y = box["y"] + (high - b) / (high - low) * box["height"]
    tab.page.mouse.click(x, y)


def lonely_row(tab):
    """The row that is farthest from all others, so that a click means no other."""
    points = tab.see("seen.store.state.data.points")
    places = np.array([points["a"], points["b"]]).T
    away = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(away, np.inf)
    away[np.array(points["part"]) != 0] = 0
    return int(np.argmax(away.min(1)))


def expected(session, row):
    """All that `explain` has of a row, by the signs of the page."""
    estimator = session.course.training.estimator
    x = session.data.encode(session.data.frame[row])
    quantities = explain(estimator, x, [answer_of(session.data, row)]).quantities
    layers = len(session.course.training.network.sizes) - 1
    found = {"ŷ": quantities["y_hat"].value.item(), "E": float(quantities["E"].value)}
    for layer, (name, sign) in itertools.product(range(1, layers + 1), SIGNS.items()):
        if name + str(layer) in quantities:
            found.update(named(sign, "", layer, quantities[f"{name}{layer}"].value))
    for layer, sign in itertools.product(range(1, layers + 1), "Wb"):
        found.update(named(sign, "′", layer, quantities[f"{sign}{layer}_new"].value))
    return found


def named(sign, after, layer, values):
    """Write the numbers of a layer with their indices; an only node has none."""
    values = np.squeeze(values, 0) if values.ndim > 1 and "W" not in sign else values
    above = str(layer).translate(RAISED)
    for place, value in np.ndenumerate(values):
        alone = "W" not in sign and values.size == 1
        index = "" if alone else ",".join(str(i + 1).translate(LOWERED) for i in place)
        yield f"{sign}{above}{index}{after}", float(value)


@pytest.fixture
def picked(tab):
    tab.load(ADDRESS)
    row = lonely_row(tab)
    click_point(tab, row)
    tab.wait("seen.store.frame.picked && seen.store.frame.picked.row === given", row)
    tab.wait("document.querySelector('.maths-stage').checkVisibility()")
    tab.drawn()
    yield tab, row
    tab.see("{ seen.source.send('pick', { row: null }); }")
    tab.wait("seen.store.frame.picked === null")


def test_a_point_is_sent_through_in_six_steps(picked):
    tab, row = picked
    session = tab.agrees()
    told, lit, steps = {}, [], []
    while True:
        told.update(tab.see(LINES))
        steps.append(tab.page.locator(".maths-steps [aria-current=step]").inner_text())
        lit.append(tab.page.locator("#network .network-lit").count())
        following = tab.page.locator(".maths-next")
        if following.is_disabled():
            break
        following.click()
    assert [step.splitlines()[0] for step, _ in itertools.groupby(steps)] == list("123456")
    assert min(lit) > 0
    wanted = expected(session, row)
    assert len(wanted) == 30
    for sign, value in wanted.items():
        name = "ŷ" if sign == "h²" else sign
        assert close_as_shown(as_number(told[name].lstrip("=")), value), (name, told[name], value)


def test_what_runs_along_the_edges_is_what_the_nodes_put_out(picked):
    tab, row = picked
    session = tab.session()
    session.pick(row=row)
    assert tab.frame["picked"] == json.loads(json.dumps(session.frame()[0]["picked"]))
    says = tab.page.locator("#network [data-place='node 1 0'] .network-value").text_content()
    assert close_as_shown(as_number(says), tab.frame["picked"]["values"][0][0])


def opened(tab):
    """The numbers of what was opened, as they are shown."""
    rows = tab.see(
        "[...document.querySelectorAll('.maths-table tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return dict(rows)


def open_place(tab, place):
    """Open a node, or from it a weight or bias, by keyboard."""
    tab.see("{ seen.inspection = null; }")
    kind, layer, *nodes = place.split()
    tab.page.locator(f"#network [data-place='node {layer} {nodes[-1]}']").focus()
    if kind != "node":
        tab.page.keyboard.press(kind[0])
    while tab.see("document.activeElement.dataset.place") != place:
        tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Enter")
    lit = "document.querySelector(`#network .network-lit[data-place='${given}']`)"
    tab.wait(f"seen.inspection !== null && {lit}", place)
    tab.drawn()


OPENED = {
    "node 1 0": ("z¹₁", "h¹₁", "δ¹₁", "∂E/∂h¹₁", "∂E/∂W¹₁,₁", "∂E/∂W¹₂,₁", "∂E/∂b¹₁"),
    "node 2 0": ("z²", "ŷ", "δ²", "∂E/∂W²₁,₁", "∂E/∂W²₂,₁", "∂E/∂b²"),
    "weight 1 0 1": ("z¹₂", "∂E/∂W¹₁,₂", "W¹₁,₂′", "ŷ"),
    "weight 2 1 0": ("z²", "∂E/∂W²₂,₁", "W²₂,₁′"),
    "bias 1 1": ("z¹₂", "∂E/∂b¹₂", "b¹₂′"),
}


@pytest.mark.parametrize("place", OPENED)
def test_a_node_or_a_weight_is_opened(picked, place):
    tab, row = picked
    wanted = expected(tab.session(), row)
    open_place(tab, place)
    shown = opened(tab)
    for name in OPENED[place]:
        assert close_as_shown(as_number(shown[name]), wanted[name]), name
    for name, said in tab.see(LINES):
        if name in wanted:
            assert close_as_shown(as_number(said.lstrip("=")), wanted[name]), name
    assert place in tab.see(
        "[...document.querySelectorAll('#network .network-lit')].map((lit) => lit.dataset.place)"
    )
    if place.startswith("weight 1"):
        # The whole chain on one line: the product of its factors is the gradient.
        chain = ["∂E/∂ŷ", "∂ŷ/∂z²", "W²₂,₁", "∂h¹₂/∂z¹₂", "x₁"]
        product = np.prod([as_number(shown[factor])[0] for factor in chain])
        assert product == pytest.approx(wanted["∂E/∂W¹₁,₂"], rel=1e-4)


def test_a_node_is_opened_by_a_click(tab):
    tab.load(ADDRESS)
    box = tab.page.locator("#network [data-place='node 1 1'] rect").bounding_box()
    tab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.wait("seen.inspection?.title === given", "Node 2 of hidden layer 1, tanh")
    tab.page.keyboard.press("Escape")


RESPONSE = """async (node) => {
  const { signedTable } = await import("./page/colors.js");
  const { data, shape } = seen.store.frame.arrays.nodes;
  const bytes = data.slice(node * shape[1] * shape[2], (node + 1) * shape[1] * shape[2]);
  const cells = document.querySelector("#plane canvas");
  const { width, height } = cells;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(cells, 0, 0);
  const shown = context.getImageData(0, 0, width, height).data;
  const pixels = new Uint32Array(shown.buffer);
  return pixels.length === bytes.length && pixels.every((p, i) => p === signedTable()[bytes[i]]);
}"""


def test_the_plane_shows_what_a_node_responds_to_while_one_looks_at_it(tab):
    tab.load(ADDRESS)
    tab.page.mouse.move(0, 0)
    before = tab.pixels(0)
    for place, number, name in (("node 1 1", 3, "h¹₂"), ("node 0 0", 0, "x₁")):
        box = tab.page.locator(f"#network [data-place='{place}'] rect").bounding_box()
        tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(tab.page.locator(".plane-caption")).to_have_text(f"what {name} responds to")
        tab.until(lambda number=number: tab.page.evaluate(RESPONSE, number))
    tab.page.mouse.move(0, 0)
    expect(tab.page.locator(".plane-caption")).to_be_hidden()
    tab.until(lambda: tab.pixels(0) == before)


def test_a_weight_is_dragged_and_the_prediction_changes(picked):
    tab, row = picked
    before = tab.frame["picked"]["values"][-1][0]
    x, y = tab.page.evaluate(
        """() => {
          const path = document.querySelector("#network [data-place='weight 2 1 0']");
          const middle = path.getPointAtLength(path.getTotalLength() * 0.4);
          const { x, y } = middle.matrixTransform(path.getScreenCTM());
          return [x, y];
        }"""
    )
    weight = tab.weights[-2]
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x, y - 30, steps=3)
    tab.page.mouse.up()
    tab.settle("seen.store.frame.arrays.weights.data.at(-2) > given + 0.55", float(weight))
    session = tab.agrees()
    assert "~w.2.1.0." in session.address
    session.pick(row=row)
    picked_now = session.frame()[0]["picked"]
    assert tab.frame["picked"]["values"] == picked_now["values"]
    assert picked_now["values"][-1][0] != before


def test_a_bias_is_changed_by_keyboard(picked):
    tab, row = picked
    before, bias = tab.frame["picked"]["values"][-1][0], float(tab.weights[-1])
    tab.page.locator("#network [data-place='node 2 0']").focus()
    tab.page.keyboard.press("b")
    for _ in range(3):  # one right after the other, before the first is drawn
        tab.page.keyboard.press("ArrowUp")
        bias = round(bias + 0.05, 4)
    tab.settle("Math.abs(seen.store.frame.arrays.weights.data.at(-1) - given) < 1e-6", bias)
    session = tab.agrees()
    session.pick(row=row)
    assert session.frame()[0]["picked"]["values"] == tab.frame["picked"]["values"]
    assert tab.frame["picked"]["values"][-1][0] > before
