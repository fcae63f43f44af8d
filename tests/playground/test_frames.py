"""A frame of the session: the network as it is, a point sent through it, and the curve."""

import math

import numpy as np
import pytest

from chainrule.playground.inspection import look_closely
from chainrule.playground.session import Session

SMALL = "points=60&layers=3"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "data=circle",
            "data=xor",
            "data=moons",
            "data=spiral&classes=3",
            "data=gaussians&classes=10",
        ),
        *("data=admissions", "data=hills", "data=iris&columns=all", "data=penguins", "data=digits"),
        *(
            "data=iris&model=perceptron",
            "data=hills&error=squared_error&layers=",
            "layers=16,16,16,16,16,16",
        ),
    ],
)
def test_a_frame_shows_the_network_as_it_is(address):
    session = Session(address=f"points=100&{address}&did=e2")
    session.course.catch_up()
    state, (header, arrays) = session.state(), session.frame()
    sizes = state["network"]["sizes"]
    np.testing.assert_array_equal(arrays["weights"], session.course.training.parameters)
    assert arrays["nodes"].shape[0] == sum(sizes)
    assert arrays["level"].shape == (128, 128)
    assert ("winner" in arrays) == (sizes[-1] > 1)
    assert len(state["network"]["inputs"]) == sizes[0]
    data, estimator = session.data, session.course.training.estimator
    assert header["test"]["score"] == pytest.approx(estimator.score(data.x_test, data.y_test))
    grid = data.grid(128)
    if data.classes is None:
        numbers = data.scaling.inverse_transform(estimator.predict(grid)[:, None]).ravel()
        assert header["range"] == pytest.approx([numbers.min(), numbers.max()], rel=1e-5)
    else:
        decided = np.searchsorted(data.classes, estimator.predict(grid)).reshape(128, 128)
        shown = arrays["winner"] if sizes[-1] > 1 else (arrays["level"] >= 128).astype(int)
        assert (shown == decided).mean() > 0.995  # a half may be rounded to either side
        assert np.sum(header["confusion"]) == len(data.test)
        right = np.trace(header["confusion"]) / len(data.test)
        assert right == pytest.approx(header["test"]["score"])


@pytest.mark.parametrize("address", ["data=penguins&columns=all", "data=circle", "data=moons"])
def test_the_picture_of_an_input_is_as_strong_as_the_input(address):
    session = Session(address=f"points=100&{address}")
    inputs = session.data.x_train.shape[1]
    values = session.data.grid(32).T.reshape(inputs, 32, 32)
    farthest = np.maximum(abs(values).max(axis=(1, 2), keepdims=True), 1)
    shown = session.frame()[1]["nodes"][:inputs]
    assert np.array_equal(shown, np.rint(128 + 127 * values / farthest).astype(np.uint8))
    held = [i for i in range(inputs) if np.ptp(values[i]) == 0]
    assert len(held) > 5 or "penguins" not in address


def test_a_point_is_sent_through():
    session = Session(address=f"{SMALL}&did=e5")
    session.course.catch_up()
    row = int(session.data.test[3])
    session.pick(row=row)
    picked = session.frame()[0]["picked"]
    estimator, data = session.course.training.estimator, session.data
    x = data.encode(data.frame[row])
    assert picked["values"][-1] == pytest.approx(estimator.predict_proba(x)[0, 1:], rel=1e-5)
    assert picked["answer"] == data.classes[data.answers[row]]
    assert picked["says"].startswith(estimator.predict(x)[0])
    session.pick(at=(1.0, -2.0))
    assert session.frame()[0]["picked"]["answer"] is None
    session.pick()
    assert session.frame()[0]["picked"] is None


def test_the_curve_is_sent_once():
    session = Session(address=SMALL)
    session.state()
    assert session.frame()[0]["curve"]["epoch"] == [0]
    session.advance("epoch", 3)
    curve = session.frame()[0]["curve"]
    assert (curve["from"], curve["epoch"]) == (1, [1, 2, 3])
    assert session.frame()[0]["curve"]["epoch"] == []
    session.reset()
    curve = session.frame()[0]["curve"]
    assert (curve["from"], curve["epoch"]) == (0, [0])


def test_what_is_no_number_is_null():
    session = Session(address=f"{SMALL}&data=hills&learning_rate=10&layers=&batch_size=1")
    session.advance("epoch", 30)
    header, _ = session.frame()
    for part in ("train", "test"):
        assert header[part]["loss"] is None or math.isfinite(header[part]["loss"])


def test_a_point_is_worked_out_once_and_anew_when_anything_has_changed(monkeypatch):
    session = Session(address=f"{SMALL}&optimizer=momentum&did=e2")
    session.course.catch_up()
    worked = []
    monkeypatch.setattr(
        "chainrule.playground._asked.look_closely",
        lambda *given, **named: worked.append(look_closely(*given, **named)) or worked[-1],
    )
    row = int(session.data.test[0])
    session.pick(row=row)
    session.explain()
    session.inspect_node(1, 0)
    before = session.inspect_weight(1, 0, 1)
    assert len(worked) == 1
    for number, change in enumerate(
        (
            lambda: session.weight(1, 0, 1, 0.5),
            lambda: session.set("learning_rate", 0.5),
            lambda: session.advance("point"),
            lambda: session.pick(row=row + 1),
            lambda: session.reset(),
        ),
        start=2,
    ):
        change()
        after = session.inspect_weight(1, 0, 1)
        assert len(worked) == number
        assert after["numbers"] != before["numbers"]
        before = after
