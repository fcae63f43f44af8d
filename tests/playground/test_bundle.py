"""The teacher's bundle: what is recorded is what was, and one file shows it without a server."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from chainrule.errors import InputError
from chainrule.playground.bundle import differences, join_modules, write_bundle
from chainrule.playground.messages import unpack_frame
from chainrule.playground.page_files import page_file
from chainrule.playground.recording import Recording, record
from chainrule.playground.session import Session

ADDRESS = "data=circle&points=100&layers=3&did=e12~s.learning_rate.0.01~e20~w.1.0.0.0.5~b2~p3"


def session_at(address):
    session = Session(address=address)
    session.course.catch_up()
    return session


@pytest.fixture(scope="module")
def session():
    session = session_at(ADDRESS)
    session.pick(row=17)
    return session


@pytest.fixture(scope="module")
def recording(session):
    return record(session)


# ---------------------------------------------------------------- recording


def test_every_step_is_recorded_and_the_end_is_the_same_to_the_bit(session, recording):
    frames = [unpack_frame(frame) for frame in recording.frames]
    assert len(frames) == 1 + 12 + 1 + 20 + 1 + 2 + 3
    assert [header["frame"] for header, _ in frames] == list(range(len(frames)))
    assert [header["epoch"] for header, _ in frames[:13]] == list(range(13))
    assert frames[-1][0]["address"] == session.address == recording.state["address"]
    assert (frames[-1][1]["weights"] == session.course.training.parameters).all()
    assert frames[13][0]["rate"] == 0.01  # it was changed, and nothing else
    assert (frames[13][1]["weights"] == frames[12][1]["weights"]).all()


def test_a_long_run_is_thinned_evenly():
    frames = record(session_at("points=50&layers=2&did=e90"), most_frames=10).frames
    epochs = [unpack_frame(frame)[0]["epoch"] for frame in frames]
    assert epochs == list(range(0, 91, 10))


def test_the_points_that_can_be_sent_through_have_their_numbers_in_every_frame(session, recording):
    first, *others = recording.picks
    assert first["row"] == 17
    assert 3 <= len(others) <= 7
    assert len({session.data.answers[pick["row"]] for pick in recording.picks}) == 2
    assert [len(pick["values"]) for pick in recording.picks] == [len(recording.frames)] * (
        1 + len(others)
    )
    session.pick(row=17)
    now = session.frame()[0]["picked"]
    assert now["says"] == first["values"][-1]["says"]
    assert first["values"][-1]["values"][0] == pytest.approx(now["values"][0], rel=1e-5)


def test_explanations_and_inspections_are_those_of_the_session(session, recording):
    session.pick(row=17)
    last = len(recording.frames) - 1
    told = [one for one in recording.told if one["frame"] == last and one["pick"] == 0]
    assert [one["message"] for one in told] == [session.explain()]
    assert {one["frame"] for one in recording.told} >= {0, last}
    asked = [one["asked"] for one in recording.opened]
    assert len(asked) == (2 + 3 + 1) + (2 * 3 + 3) + (3 + 1)  # nodes, and weights with biases
    weight = {"weight": {"layer": 2, "from": None, "to": 0}}
    found = recording.opened[asked.index(weight)]
    assert found["message"] == session.inspect_weight(2, None, 0)


def test_recording_leaves_the_session_alone(session):
    before = session.address, session.course.training.parameters.copy(), session.picked.row
    record(session, most_frames=3)
    assert (session.address, session.picked.row) == (before[0], before[2])
    assert (session.course.training.parameters == before[1]).all()


def test_what_ended_by_itself_is_recorded_to_its_end():
    session = session_at("data=gaussians&points=100&model=perceptron&did=e50")
    last = unpack_frame(record(session).frames[-1])[0]
    assert last["stopped"].startswith("converged")
    assert last["epoch"] == session.course.epoch < 50


@pytest.mark.parametrize(
    "address",
    ["data=hills&points=60&layers=2&did=e3", "data=penguins&layers=&did=e3", "data=digits&did=e1"],
)
def test_numbers_several_classes_and_pictures(address):
    recording = record(session_at(address), most_frames=3)
    assert recording.told
    assert recording.opened
    assert write_bundle(recording).startswith(b"<!doctype html>")


def test_a_session_gives_it_with_a_name():
    name, content = session_at("points=50&layers=2&did=e3").bundle()
    assert name == "circle-epoch-3.html"
    assert content.startswith(b"<!doctype html>")


def test_there_must_be_something_to_record():
    with pytest.raises(InputError, match="nothing to record yet"):
        record(Session())


# ---------------------------------------------------------------- one file


def test_differences_can_be_undone(recording):
    written = np.frombuffer(differences(recording.frames), np.uint8)
    start, last = 0, np.zeros(0, np.uint8)
    for frame in recording.frames:
        here = written[start : start + len(frame)].copy()
        common = min(len(here), len(last))
        here[len(here) - common :] += last[len(last) - common :]
        assert here.tobytes() == frame
        start, last = start + len(frame), here


def test_all_modules_are_in_it_but_the_connection_to_a_server(recording):
    page = write_bundle(recording).decode()
    assert "WebSocket" not in page
    assert page.count("<script") == page.count("</script>") == 3
    assert '<link rel="stylesheet"' not in page
    assert "import {" not in page
    assert page_file("steps.css").decode()[:60] in page


def test_a_large_run_stays_small():
    recording = record(session_at("layers=8,8&did=e300"))
    assert len(recording.frames) == 200
    assert len(unpack_frame(recording.frames[0])[1]["weights"]) == 24 + 72 + 9
    assert len(write_bundle(recording)) < 4_000_000


def test_what_a_name_says_cannot_end_the_script(recording):
    hostile = "</script><script>document.title = 'owned'</script>"
    changed = Recording(
        welcome=recording.welcome,
        state={**recording.state, "title": hostile},
        frames=recording.frames,
    )
    assert "owned" not in write_bundle(changed).decode()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('import everything from "./store.js";\n', "import everything from"),
        ("export default 3;\n", "export default 3"),
        ('import { a } from "./main.js";\n', "in a circle: main.js → one.js → main.js"),
    ],
)
def test_modules_that_cannot_be_joined_are_refused(text, wrong):
    main = 'import { one } from "./one.js";\none();\n'
    with pytest.raises(ValueError, match=re.escape(wrong)):
        join_modules("main.js", {"main.js": main, "one.js": text})


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def file(recording, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "bundle.html"
    path.write_bytes(write_bundle(recording))
    return path.as_uri()


@pytest.fixture
def page(browser, file):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(file)
    page.wait_for_selector("#lesson p >> text=recorded run")
    page.wait_for_selector("body.is-recorded")  # with the first frame that is drawn
    shows(page, 32)
    yield page
    page.close()
    # Pictures are made in the page: their addresses lead nowhere else.
    assert [one for one in said if not one.startswith(("blob:", "data:"))] == [file]


def resize(page, width):
    """Give the window another width, and wait until the page is laid out for it."""
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(
        "async (width) => { for (let i = 0; i < 4 || innerWidth !== width; i += 1)"
        " await new Promise(requestAnimationFrame); }",
        width,
    )


def shows(page, number):
    """Wait until an epoch is shown."""
    page.wait_for_selector(f".transport-epoch >> text=/^{number}$/")


class TestInBrowser:
    """What the one file shows."""

    def test_there_are_no_lessons_to_choose(self, page):
        assert not page.locator("#lesson-choice").is_visible()
        assert not page.locator("#lesson-page").is_visible()

    def test_it_steps_rewinds_and_plays_to_its_end(self, page):
        page.click("#do-reset")
        shows(page, 0)
        page.click("#do-epoch")
        shows(page, 1)
        page.locator("#do-rewind").fill("20")
        shows(page, 20)
        page.click("#do-play")
        shows(page, 32)
        page.wait_for_selector("#do-play >> text=Play")

    def test_it_tells_a_point(self, page, recording):
        page.get_by_role("button", name="Send a point through").click()
        page.wait_for_selector(".maths-stage table")
        assert "Row 17 through" in page.text_content(".maths-title")
        steps = page.locator(".maths-steps button")
        assert steps.count() == 6
        told = next(one for one in recording.told if one["frame"] == len(recording.frames) - 1)
        for at, step in enumerate(told["message"]["steps"][:6]):
            steps.nth(at).click()
            html = step["parts"][0]["html"]
            number = re.search(r"<mn>([\d.]{4,})</mn>", html)
            if number:
                assert number[1] in page.text_content(".maths-stage")
        page.get_by_role("button", name="All steps").click()
        assert page.locator(".maths-all").count() == len(told["message"]["steps"])

    def test_at_another_epoch_it_says_of_which_one_it_tells(self, page):
        page.get_by_role("button", name="Send a point through").click()
        page.wait_for_selector(".maths-stage table")
        page.locator("#do-rewind").fill("30")
        page.wait_for_selector(".maths-title >> text=/, at epoch 32/")

    def test_arrow_keys_go_from_part_to_part(self, page):
        page.get_by_role("button", name="Send a point through").click()
        page.wait_for_selector(".maths-stage table")
        where = page.locator(".maths-where")
        first = where.text_content()
        page.focus(".maths-told")
        page.keyboard.press("ArrowRight")
        second = where.text_content()
        page.keyboard.press("ArrowLeft")
        assert (where.text_content(), second) != (first, first)
        page.keyboard.press("End")
        assert where.text_content().startswith("Step 6 of 6")

    def test_what_was_not_recorded_is_said(self, page):
        for name in ("learning_rate", "data-moons", "features-x1"):
            assert page.is_disabled(f"#set-{name}")
        assert not page.is_disabled("#set-speed")
        assert page.is_hidden("#do-restart")
        page.keyboard.press("n")
        page.wait_for_selector("#notes >> text=settings cannot be changed")
        shows(page, 32)

    def test_what_needs_no_server_can_be_shared(self, page, session):
        group = page.get_by_role("group", name="Share and keep")
        page.click("#do-share")
        labels = group.get_by_role("button").all_text_contents()
        assert labels == ["Share link", "Python", "Picture"]
        group.get_by_role("button", name="Share link").click()
        command = page.text_content("dialog[open] pre")
        assert command == f"chainrule playground '{session.address}'"
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="detached")
        for name, what in (("Python", "pre"), ("Picture", "img")):
            if not group.is_visible():
                page.click("#do-share")
            group.get_by_role("button", name=name).click()
            page.wait_for_selector(f"dialog[open] {what}")
            if what == "pre":
                assert page.text_content("dialog[open] pre") == session.python()
            else:
                image = page.locator("dialog[open] img")
                size = image.evaluate("async i => (await i.decode(), [i.naturalWidth, i.alt])")
                assert size[0] > 1200
                assert "circle" in size[1]
            page.keyboard.press("Escape")
            page.wait_for_selector("dialog[open]", state="detached")

    def test_the_view_can_be_changed(self, page):
        cells = page.locator("#plane canvas").first
        width = cells.evaluate("cells => cells.width")
        page.check("#set-decisions")
        expect(cells).not_to_have_js_property("width", width)
        assert page.is_checked("#set-decisions")

    @pytest.mark.parametrize("width", [360, 2560])
    def test_nothing_is_wider_than_the_screen(self, page, width):
        resize(page, width)
        page.get_by_role("button", name="Send a point through").click()
        page.wait_for_selector(".maths-stage table")
        page.get_by_role("button", name="All steps").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_everyone_can_read_it(self, page, violations):
        resize(page, 360)
        page.get_by_role("button", name="Send a point through").click()
        page.wait_for_selector(".maths-stage table")
        page.locator(".maths-steps button").nth(3).click()
        assert violations(page) == []
