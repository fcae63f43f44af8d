"""One's own table dropped and learned, models saved and opened, the Python that does the same."""

from __future__ import annotations

import json
import warnings

import numpy as np
import polars as pl
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule.cli import main
from chainrule.playground.data import read_own


def make_table():
    draws = np.random.default_rng(0)
    a, b = draws.normal(size=(2, 400)).round(3)
    kind = np.where(a**2 + b**2 < 1.3, "in", "out")
    return pl.DataFrame({"a": a, "kind": kind, "b": b, "size": (3 * np.abs(a)).round(2)})


TABLE = make_table().write_csv()


@pytest.fixture
def own(open_tab):
    """A tab on which the table was dropped."""
    tab = open_tab()
    tab.drop("own.csv", TABLE)
    tab.settle("seen.store.state.settings.data === 'own'")
    tab.wait("seen.notes.length > 0")  # with it the first control is given the focus
    tab.table = read_own("own.csv", TABLE.encode())
    return tab


def choose(tab, name, label):
    """Choose by keyboard: its first letter goes through all that begin with it."""
    control = tab.page.locator(f"#set-{name}")
    control.focus()
    for _ in range(20):
        tab.page.keyboard.press(label[0])
        if control.input_value() == label:
            break
    tab.settle("seen.store.state.settings[given[0]] === given[1]", [name, label])


def test_a_table_is_dropped_and_learned(own):
    note = own.see("seen.notes.at(-1)")
    assert note["text"] == ("own.csv is read: choose what to predict, and the axes, under Data.")
    own.agrees()
    for name, label in (("target", "kind"), ("x_axis", "a"), ("y_axis", "b")):
        choose(own, name, label)
    choose(own, "optimizer", "adam")
    own.page.click("#do-play")
    own.wait("seen.store.frame.test.score >= 0.95", seconds=240)
    own.page.click("#do-play")
    own.settle()
    session = own.agrees()
    assert session.data.inputs == ["a", "b"]
    assert own.number("test-score")[0] >= 90


def test_a_number_with_the_poisson_error(own):
    choose(own, "target", "size")
    own.page.focus("#set-error")
    own.page.keyboard.press("ArrowDown")
    own.settle("seen.store.state.settings.error === 'poisson'")
    own.page.click("#do-epoch")
    own.settle("seen.store.frame.epoch === 1")
    assert own.agrees().course.training.network.loss == "poisson"


INK = """([canvas, places]) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return places.map((across) => {
    const rows = [];
    for (let y = 0; y < height; y += 1) {
      const at = 4 * (y * width + Math.round(across * width));
      const [red, green, blue, alpha] = data.slice(at, at + 4);
      if (alpha > 200 && red + green + blue < 200) rows.push(y);
    }
    return rows.reduce((sum, y) => sum + y, 0) / rows.length / height;
  });
}"""


@pytest.mark.parametrize("answers", ["passed", "pay"])
def test_a_table_with_one_input_is_a_curve_that_learns(open_tab, answers):
    tab = open_tab("layers=3&learning_rate=0.1")
    hours = np.linspace(0, 10, 101)
    pay, passed = np.round(20 + 3 * hours, 2), np.where(hours > 4, "yes", "no")
    table = pl.DataFrame({"hours": hours, answers: passed if answers == "passed" else pay})
    tab.drop("hours.csv", table.write_csv())
    tab.settle("seen.store.state.settings.data === 'own'")
    tab.table = read_own("hours.csv", table.write_csv().encode())
    for _ in range(5):
        before = tab.frame["epoch"]
        tab.page.click("#do-epoch")
        tab.settle("seen.store.frame.epoch === given", before + 1)
    tab.drawn()
    session = tab.agrees()
    curve, up = tab.array("curve"), session.data.axes[1]
    assert np.array_equal(curve, session.frame()[1]["curve"].astype(np.float32))
    assert np.ptp(curve) > 0.1 * (up.high - up.low)
    field = tab.page.locator("#plane canvas").nth(1).element_handle()
    places = [0.2, 0.5, 0.8]
    said = np.interp(np.array(places) * len(curve) - 0.5, np.arange(len(curve)), curve)
    drawn = 1 - np.array(tab.page.evaluate(INK, [field, places]))
    assert drawn == pytest.approx((said - up.low) / (up.high - up.low), abs=0.01)
    legend = "probability of yes" if answers == "passed" else "what the network says"
    assert legend in tab.page.locator(".plane-legend").inner_text()
    features = tab.reveal("#set-features").locator("button:visible")
    assert features.all_inner_texts() == ["x₁", "x₁²", "sin πx₁"]
    names = tab.page.locator(".plane-axes text").all_text_contents()
    assert {"hours", answers} < {*names}
    assert ({"yes", "no"} < {*names}) == (answers == "passed")


BAD = {
    "empty.csv": "",
    "words.csv": "just some words",
    "one.csv": "a,b\n1,2\n",
    "broken.parquet": "PAR1 no",
    "broken.chainrule": "no model",
    "notes.docx": "x",
}


def test_a_bad_file_gets_a_sentence_and_nothing_changes(open_tab):
    tab = open_tab("did=e2")
    for name, content in BAD.items():
        before, count = tab.address, len(tab.see("seen.notes"))
        tab.drop(name, content)
        tab.wait("seen.notes.length > given", count)
        note = tab.see("seen.notes.at(-1)")
        assert note["kind"] == "error"
        assert 10 < len(note["text"]) < 300
        assert "\n" not in note["text"]
        assert tab.page.locator("#notes").get_by_text(note["text"]).is_visible()
        assert tab.address == before
    tab.page.click("#do-epoch")
    tab.settle("seen.store.frame.epoch === 3")
    tab.agrees()
    # A refused upload is also told by the browser itself, on its console.
    refused = [said for said in tab.complaints if "status of 4" in said]
    assert len(refused) == len(BAD)
    tab.complaints.clear()


def test_a_saved_model_predicts_on_the_command_line_and_opens_again(own, tmp_path, capsys):
    choose(own, "target", "kind")
    own.page.click("#do-epoch")
    own.settle("seen.store.frame.epoch === 1")
    with own.page.expect_download() as download:
        own.share("Save model")
    model = tmp_path / download.value.suggested_filename
    download.value.save_as(model)
    (tmp_path / "own.csv").write_text(TABLE)
    assert main(["predict", str(model), str(tmp_path / "own.csv")]) == 0
    said = capsys.readouterr().out.split()
    predicted = np.array(said[said.index("prediction") + 1 :])
    data = own.session().data
    right = np.mean(predicted[data.test] == data.frame["kind"].to_numpy()[data.test])
    assert right == own.frame["test"]["score"]
    weights, address = own.weights, own.address
    own.page.keyboard.press("Escape")
    own.page.click("#do-restart")
    own.settle("seen.store.state.settings.seed === 1")
    with own.page.expect_file_chooser() as chooser:
        own.share("Load model")
    chooser.value.set_files(model)
    own.settle("seen.store.state.settings.seed === 0")
    assert own.address == address
    assert np.array_equal(own.weights, weights)


def test_the_python_gives_the_same_weights(own, tmp_path, monkeypatch, capsys):
    choose(own, "target", "kind")
    for _ in range(2):
        epoch = own.frame["epoch"]
        own.page.click("#do-epoch")
        own.settle("seen.store.frame.epoch > given", epoch)
    own.share("Python")
    code = own.page.locator("dialog[open] pre").inner_text()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text(TABLE)
    space = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(compile(code, "script", "exec"), space)  # noqa: S102
    network = space["network"]
    layers = zip(network.coefs_, network.intercepts_, strict=True)
    flat = np.concatenate([np.append(w.ravel(), b) for w, b in layers])
    assert np.array_equal(flat, own.weights)
    assert f"{own.frame['test']['score']:.4f}" in capsys.readouterr().out


def test_hostile_names_run_nothing(open_tab):
    evil = "<img src=x onerror=alert(1)>"
    rows = "\n".join(f"{i % 7},{i * i % 11},<script>alert({i % 2})</script>" for i in range(40))
    table = f'"{evil}","</script><script>alert(2)</script>","target"\n{rows}\n'
    tab = open_tab()
    tab.drop(f"{evil.replace('/', '')}.csv", table)
    tab.wait("seen.notes.length > 0")
    tab.settle("seen.store.state.settings.data === 'own'")
    assert tab.see("seen.notes.filter((note) => note.kind === 'error')") == []
    assert evil in json.dumps(tab.state)
    tab.see("{ seen.source.send('pick', { row: 0 }); seen.source.send('explain', {}); }")
    tab.wait("seen.explanation")
    for place in ("0 0", "1 0", "3 0"):
        tab.see("{ seen.inspection = null; }")
        tab.page.locator(f"#network [data-place='node {place}']").focus()
        tab.page.keyboard.press("Enter")
        tab.wait("seen.inspection")
    for label in ("Python", "Share link"):
        tab.share(label)
        tab.wait("document.querySelector('dialog[open]')")
        tab.page.keyboard.press("Escape")
    assert tab.page.locator("body img[src=x], body script").count() == 0
    tab.page.mouse.move(*[sum(x) / 2 for x in ((900, 1200), (220, 460))])
    tab.drawn()
