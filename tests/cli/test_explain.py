"""chainrule explain: a row's whole calculation, its inputs, the lesson, and what cannot be done."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from chainrule.tables import load_example
from chainrule.workflow import load_model


@pytest.fixture
def penguins(models):
    return models / "penguins.chainrule"


def test_a_row_is_explained(run, penguins):
    result = run("explain", penguins, "penguins", "--row", 17)
    assert (result.code, result.stderr) == (0, "")
    lines = result.stdout.split("\n")
    assert lines[0].startswith("Row 17 through a network of 15–")
    assert max(map(len, lines)) <= 80
    # The 17th row after the header.
    frame = load_example("penguins").frame
    assert re.search(rf"bill_length_mm +{frame['bill_length_mm'][16]:g}\n", result.stdout)
    assert f"The answer is {frame['species'][16]}: the prediction is" in result.stdout
    for step in range(1, 7):
        assert f"\n{step}. " in result.stdout


def test_without_the_target_only_the_prediction_is_told(run, penguins, tmp_path):
    load_example("penguins").frame.drop("species").write_csv(tmp_path / "new.csv")
    text = run("explain", penguins, "new.csv").stdout
    assert text.startswith("Row 1 through")
    assert "\n2. " not in text
    assert "The prediction is " in text


def test_a_missing_answer_is_no_answer(run, penguins, tmp_path):
    frame = load_example("penguins").frame
    frame.with_columns(species=pl.lit(None, pl.String)).write_csv(tmp_path / "new.csv")
    result = run("explain", penguins, "new.csv", "-r", 3)
    assert result.code == 0
    assert "\n2. " not in result.stdout


def test_several_rows_are_a_mini_batch(run, penguins):
    text = run("explain", penguins, "penguins", "--row", "3,20-22").stdout
    assert text.startswith("A mini-batch of 4 rows")
    assert "⟨20⟩" in text


def test_a_number_is_told_in_its_own_units(run, models):
    text = run("explain", models / "diabetes.chainrule", "diabetes", "--row", 2).stdout
    predicted = load_model(models / "diabetes.chainrule").numbers(
        load_example("diabetes").frame[1:2]
    )
    told = float(re.search(r"which is (\S+) in the target's own units", text)[1])
    assert told == pytest.approx(predicted[0], rel=1e-5)


def test_as_json(run, penguins):
    result = run("explain", penguins, "penguins", "--row", 5, "--format", "json")
    plain = json.loads(result.stdout)
    assert plain["title"].startswith("Row 5 ")
    assert plain["quantities"]["x"]["shape"] == [1, 15]
    assert plain["checks"]["lines"] > 20


def test_as_markdown_into_a_file(run, penguins, tmp_path):
    result = run("explain", penguins, "penguins", "-o", "row.md")
    assert result == (0, "", "written to row.md\n")
    assert (tmp_path / "row.md").read_text(encoding="utf-8").startswith("# Row 1 through")


def test_as_a_page_and_as_a_spreadsheet(run, penguins, tmp_path):
    result = run("explain", penguins, "penguins", "--inputs", "-o", "row.html")
    assert result == (0, "", "written to row.html\n")
    page = (tmp_path / "row.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Which inputs mattered" in page
    result = run("explain", penguins, "penguins", "-o", "row.xlsx")
    assert result.code == 0
    assert result.stderr.endswith(": row.xlsx\n")
    assert (tmp_path / "row.xlsx").read_bytes().startswith(b"PK")


def test_which_inputs_mattered(run, penguins):
    text = run("explain", penguins, "penguins", "--row", 17, "--inputs").stdout
    assert "Which inputs mattered" in text
    assert "Integrated gradients sum to" in text
    assert "What would turn it" in text
    for column in ("island", "bill_length_mm", "year"):
        assert re.search(rf"\n   {column} ", text)


def test_what_the_whole_model_goes_by(run, penguins):
    result = run("explain", penguins, "penguins", "--importance")
    assert result.stdout.startswith("accuracy ")
    assert " on 69 rows" in result.stdout  # the test part
    plain = json.loads(run("explain", penguins, "penguins", "--importance", "-f", "json").stdout)
    assert plain["rows"] == 69


def test_the_lesson_needs_neither_model_nor_table(run):
    result = run("explain", "--lesson")
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("How a network learns, with every number")
    assert "= −1·ln(0.585513) − (1 − 1)·ln(1 − 0.585513) = 0.535266" in result.stdout


def test_more_digits_and_all_terms(run, penguins):
    short = run("explain", penguins, "penguins").stdout
    whole = run("explain", penguins, "penguins", "--full", "--digits", 9).stdout
    assert "more]" in short
    assert "more]" not in whole


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["penguins", "--row", "345"],
            "there is no row 345: the table has 344 rows, counted from 1",
        ),
        (["penguins", "--row", "0"], "--row 0: give the number of a row"),
        (["penguins", "--row", "x"], "--row x: give the number of a row"),
        (["penguins", "--row", "5-2"], "--row 5-2: give the number of a row"),
        (["penguins", "--row", "1-20000"], "a mini-batch of at most 10,000 rows"),
        (["penguins", "--format", "pdf"], "--format pdf: choose one of text, markdown, html"),
        (["penguins", "-o", "row.pdf"], "-o row.pdf: give it one of the endings .txt, .md"),
        (["penguins", "--format", "excel"], "a spreadsheet is written to a file"),
        (["penguins", "--row", "1-3", "--inputs"], "--inputs is about one row"),
        (["penguins", "--importance", "-f", "html"], "--importance is written as text or json"),
        (["iris"], "the data lack the columns"),
        (["nothing.csv"], "nothing.csv"),
        ([], "explain needs a model file and a table"),
    ],
)
def test_bad_input_gets_one_sentence(run, penguins, words, message):
    result = run("explain", penguins, *words)
    assert result.code == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_cell_that_cannot_be_read_is_named_by_its_row_in_the_file(run, penguins, tmp_path):
    frame = load_example("penguins").frame.cast(pl.String)
    cells = frame["body_mass_g"].to_list()
    cells[6] = "heavy"
    frame.with_columns(body_mass_g=pl.Series(cells)).write_csv(tmp_path / "bad.csv")
    result = run("explain", penguins, "bad.csv", "--row", 7)
    assert result.code == 2
    assert "'heavy' in row 7" in result.stderr
    assert run("explain", penguins, "bad.csv", "--row", 8).code == 0


def test_a_class_the_model_does_not_know(run, penguins, tmp_path):
    frame = load_example("penguins").frame.with_columns(species=pl.lit("Emperor"))
    frame.write_csv(tmp_path / "new.csv")
    result = run("explain", penguins, "new.csv", "--row", 4)
    assert result.code == 2
    assert "Emperor" in result.stderr


def test_nothing_is_written_where_it_fails(run, penguins, tmp_path):
    (tmp_path / "row.md").write_text("mine", encoding="utf-8")
    assert run("explain", penguins, "penguins", "--row", 999, "-o", "row.md").code == 2
    assert (tmp_path / "row.md").read_text(encoding="utf-8") == "mine"
