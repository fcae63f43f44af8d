"""The report beside the model, and ``chainrule report``."""

from __future__ import annotations

import json
import os
import shutil

import polars as pl
import pytest

from chainrule.tables import load_example

QUICK = ("--layers", "8", "--epochs", "3")


@pytest.fixture
def model(models, tmp_path):
    """Copy a model to the folder that commands are run in."""
    return shutil.copy(models / "penguins.chainrule", tmp_path / "penguins.chainrule")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def title(path):
    return path.read_text(encoding="utf-8").partition("<h1>")[2].partition("</h1>")[0]


def test_a_training_writes_one(run, tmp_path):
    result = run("train", "penguins", *QUICK, "-o", "birds.chainrule", "--json")
    assert (result.code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["report"] == "birds.html"
    assert names(tmp_path) == ["birds.chainrule", "birds.html"]
    page = (tmp_path / "birds.html").read_text(encoding="utf-8")
    assert "chainrule explain birds.chainrule penguins --row" in page
    assert "chainrule train penguins --layers 8 --epochs 3" in page
    assert len(page) < 2_000_000


def test_it_says_nothing_of_its_fonts(run_installed):
    asked = {**os.environ, "MPLCONFIGDIR": "/proc/absent"}
    assert run_installed("train", "iris", *QUICK, env=asked).stderr == ""


def test_none_if_none_is_wanted(run, tmp_path):
    result = run("train", "iris", *QUICK, "--no-report")
    assert names(tmp_path) == ["iris.chainrule"]
    assert "Report " not in result.stdout
    assert "chainrule explain iris.chainrule iris --row" in result.stdout
    assert (
        json.loads(run("train", "iris", *QUICK, "--no-report", "--json").stdout)["report"] is None
    )


def test_an_earlier_one_is_replaced(run, tmp_path):
    page = tmp_path / "iris.html"
    page.write_text("earlier")
    page.chmod(0o640)
    assert run("train", "iris", *QUICK).code == 0
    assert title(page) == "Predicting species (iris)"
    assert page.stat().st_mode & 0o777 == 0o640


def test_a_page_that_cannot_be_written_is_found_before_the_training(run, tmp_path):
    (tmp_path / "iris.html").mkdir()
    result = run("train", "iris", *QUICK)
    assert result.code == 2
    assert "iris.html cannot be written: it is a folder" in result.stderr
    assert names(tmp_path) == ["iris.html"]
    assert run("train", "iris", *QUICK, "--no-report").code == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("no\nluck"), "there is no report (no luck); the model is in iris.chainrule"),
        (MemoryError(), "there is no report (MemoryError); the model is in iris.chainrule"),
        (KeyboardInterrupt(), "there is no report, as Ctrl-C was pressed"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_report_that_fails_costs_no_model(run, tmp_path, monkeypatch, error, said):
    def fail(*_, **__):
        raise error

    (tmp_path / "iris.html").write_text("earlier")
    monkeypatch.setattr("chainrule.reporting.training_report.report_of_training", fail)
    result = run("train", "iris", *QUICK)
    assert result.code == 0
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert "Report " not in result.stdout
    assert names(tmp_path) == ["iris.chainrule", "iris.html"]
    assert (tmp_path / "iris.html").read_text() == "earlier"
    assert run("info", "iris.chainrule").code == 0


def test_a_table_to_test_on_is_the_one_that_is_told_of(run, tmp_path):
    frame = load_example("iris").frame
    frame[::2].write_csv(tmp_path / "first.csv")
    frame[1::2].write_csv(tmp_path / "second.csv")
    told = run("train", "first.csv", "-t", "species", "--test", "second.csv", *QUICK).stdout
    assert "chainrule explain first.chainrule second.csv --row" in told
    page = (tmp_path / "first.html").read_text(encoding="utf-8")
    assert "chainrule explain first.chainrule second.csv --row" in page
    assert "--test second.csv" in page
    result = run("report", "first.chainrule", "second.csv")
    assert result.code == 0
    later = (tmp_path / "first.html").read_text(encoding="utf-8")
    assert "chainrule train first --test second.csv --target species --layers 8" in later


def test_later_from_the_model_file(run, model, tmp_path):
    result = run("report", model, "penguins")
    assert (result.code, result.stderr) == (0, "")
    assert "of 69 test rows, which it had not seen" in result.stdout
    assert f"Report {tmp_path / 'penguins.html'} (" in result.stdout
    assert names(tmp_path) == ["penguins.chainrule", "penguins.html"]


@pytest.mark.usefixtures("model")
def test_of_other_rows_it_has_another_name(run, tmp_path):
    load_example("penguins").frame[:100].write_csv(tmp_path / "new.csv")
    assert run("report", "penguins.chainrule", "penguins", "--part", "train").code == 0
    assert run("report", "penguins.chainrule", "new.csv").code == 0
    assert run("report", "penguins.chainrule", "new.csv", "-o", "a.HTM", "--title", "<T>").code == 0
    told = ["a.HTM", "new.csv", "penguins-new.html", "penguins-train.html", "penguins.chainrule"]
    assert names(tmp_path) == told
    assert title(tmp_path / "a.HTM") == "&lt;T&gt;"
    page = (tmp_path / "penguins-train.html").read_text(encoding="utf-8")
    assert "Tested on rows it has learned from" in page


def test_as_json(run, model):
    told = json.loads(run("report", model, "penguins", "--json", "-o", "p.html").stdout)
    assert told["report"] == "p.html"
    assert told["quality"]["rows"] == 69
    assert told["asked"]["target"] == "species"


MISUSE = {
    "no model": ("absent.chainrule penguins", "no model file absent.chainrule"),
    "no table": ("penguins.chainrule absent.csv", "absent.csv"),
    "a model for a page": ("penguins.chainrule penguins -o penguins.chainrule", "-o penguins.html"),
    "no ending": ("penguins.chainrule penguins -o page", "a report is a page of HTML"),
    "in no folder": ("penguins.chainrule penguins -o absent/a.html", "absent does not exist"),
    "nowhere to write": ("penguins.chainrule penguins -o /proc/a.html", "/proc/a.html cannot be"),
    "no such part": ("penguins.chainrule penguins --part half", "part must be one of"),
    "a part of another table": ("penguins.chainrule new.csv --part test", "--part test does not"),
    "other columns": ("penguins.chainrule iris", "lack the columns"),
    "no target": ("penguins.chainrule blind.csv", "no column 'species'"),
    "a missing target": ("penguins.chainrule holes.csv", "target 'species' is missing in 1 row"),
}


@pytest.mark.parametrize(("words", "said"), MISUSE.values(), ids=MISUSE)
@pytest.mark.usefixtures("model")
def test_misuse_is_one_sentence(run, tmp_path, words, said):
    frame = load_example("penguins").frame
    frame[:50].write_csv(tmp_path / "new.csv")
    frame.drop("species").write_csv(tmp_path / "blind.csv")
    holes = pl.Series([None, *frame["species"][1:].to_list()])
    frame.with_columns(species=holes).write_csv(tmp_path / "holes.csv")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = run("report", *words.split())
    assert result.code == 2
    assert said in " ".join(result.stderr.split())
    assert result.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
