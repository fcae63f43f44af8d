"""chainrule predict, evaluate, info, examples, and the command itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from typer.main import get_command

from chainrule.cli.app import app
from chainrule.tables import load_example
from chainrule.workflow import load_model, predict


@pytest.fixture
def penguins(models):
    return models / "penguins.chainrule"


def test_predict_writes_csv_to_stdout(run, penguins):
    result = run("predict", penguins, "penguins", "--probabilities")
    assert result.code == 0
    assert result.stderr == ""
    found = pl.read_csv(result.stdout.encode())
    assert found.columns == ["prediction", *(f"probability {c}" for c in classes(penguins))]
    frame = load_example("penguins").frame
    wanted = predict(load_model(penguins), frame, probabilities=True)
    assert found["prediction"].to_list() == wanted["prediction"].to_list()
    np.testing.assert_allclose(found[:, 1:].to_numpy(), wanted[:, 1:].to_numpy(), rtol=1e-6)


def classes(path):
    return load_model(path).origin.classes


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_predict_writes_a_file(run, models, tmp_path, ending):
    load_example("diabetes").frame.write_csv(tmp_path / "d.csv")
    result = run("predict", models / "diabetes.chainrule", "d.csv", "-o", f"p.{ending}")
    assert result == (0, "", f"442 predictions in p.{ending}\n")
    read = pl.read_csv if ending == "csv" else pl.read_parquet
    assert read(tmp_path / f"p.{ending}").shape == (442, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", f"p.{ending}"]


def test_predict_does_not_need_the_target(run, penguins, tmp_path):
    frame = load_example("penguins").frame
    frame.select(reversed(frame.columns)).drop("species").write_csv(tmp_path / "new.csv")
    without = run("predict", penguins, "new.csv")
    assert without.code == 0
    assert without.stdout == run("predict", penguins, "penguins").stdout


def test_predict_into_a_broken_pipe_is_quiet(command, penguins, tmp_path):
    frame = load_example("penguins").frame
    pl.concat([frame] * 500).write_csv(tmp_path / "long.csv")
    with subprocess.Popen(
        [command, "predict", penguins, tmp_path / "long.csv", "-p"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline().startswith(b"prediction,")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_predict_to_a_device(run, penguins):
    assert run("predict", penguins, "penguins", "-o", "/dev/null").code == 0


def test_evaluate_own_table_scores_the_test_part(run, penguins):
    result = run("evaluate", penguins, "penguins")
    assert "species in penguins (test part): 69 rows" in result.stdout
    assert "scored are only the test rows" in result.stderr
    scores = json.loads(run("evaluate", penguins, "penguins", "--json").stdout)
    trained = load_model(penguins).origin.scores
    assert scores["part"] == "test"
    assert {key: scores[key] for key in trained} == trained


@pytest.mark.parametrize(("part", "rows"), [("all", 344), ("train", 275), ("test", 69)])
def test_evaluate_parts(run, penguins, part, rows):
    result = run("evaluate", penguins, "penguins", "--part", part, "--json")
    assert json.loads(result.stdout)["rows"] == rows
    assert ("has learned from these rows" in result.stderr) == (part != "test")


def test_evaluate_other_rows(run, penguins, tmp_path):
    load_example("penguins").frame[:100].write_csv(tmp_path / "some.csv")
    result = run("evaluate", penguins, "some.csv")
    assert result.stderr == ""
    assert "species in some.csv: 100 rows" in result.stdout


def test_evaluate_numbers(run, models):
    result = run("evaluate", models / "diabetes.chainrule", "diabetes")
    assert "R²" in result.stdout
    assert "Residuals" in result.stdout
    assert "lowest" in result.stdout


def test_confusion_matrix_of_ten_classes_fits_80_columns(run, models):
    result = run("evaluate", models / "digits.chainrule", "digits")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith("9 ")


def test_info(run, penguins):
    result = run("info", penguins)
    assert "species: Adelie, Chinstrap, Gentoo" in result.stdout
    assert "15 → 8 → 3" in result.stdout
    report = json.loads(run("info", penguins, "--json").stdout)
    assert report["parameters"] == 155
    assert len(report["history"]["train_loss"]) == 5
    assert set(report["versions"]) >= {"chainrule", "numpy", "scikit-learn", "skops", "python"}


def test_info_of_other_versions_says_so(run, penguins, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99.1")
    assert "with 99.1: predictions may differ" in run("info", penguins).stderr


def test_examples(run):
    assert "penguins" in run("examples").stdout
    listed = json.loads(run("examples", "--json").stdout)
    assert {"penguins", "admissions", "digits", "xor"} <= {example["name"] for example in listed}


@pytest.mark.parametrize("name", ["train", "predict", "evaluate", "report", "info", "examples"])
def test_help_of_commands(run, name):
    result = run(name, "--help")
    assert result.code == 0
    assert f"Usage: chainrule {name} [OPTIONS]" in result.stdout
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    # The words of every option begin in the same column, and examples are not torn apart.
    starts = {
        len(line) - len(line[2:].partition("  ")[2].lstrip())
        for line in lines
        if re.match(r"  (--|[A-Z]{2})", line)
    }
    assert len(starts) == 1
    assert not re.search(r"^  chainrule .*\n\n  chainrule", result.stdout, re.MULTILINE)


def test_help_tells_every_option_and_theme(run):
    told = run("train", "--help").stdout
    train = get_command(app).commands["train"]
    for option in train.params:
        if option.param_type_name == "option":
            assert f"\n  {', '.join(option.opts)}" in told
            assert f"\n{option.rich_help_panel or 'Options'}\n" in told
    assert "[dim]" not in told
    assert set(get_command(app).commands) <= set(run("--help").stdout.split())


def test_help_and_version_load_nothing_heavy():
    script = """
import sys
from chainrule.cli import main
main(["--version"])
main(["train", "--help"])
print({"numba", "polars", "scipy", "sklearn", "sympy"} & set(sys.modules), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == "set()\n"
    assert done.stdout.startswith("chainrule ")
    assert "--solver" in done.stdout


def test_without_arguments_it_helps(run):
    assert run().stdout == run("--help").stdout


def test_shell_completion(run_installed):
    asked = {
        "_CHAINRULE_COMPLETE": "complete_bash",
        "COMP_WORDS": "chainrule tr",
        "COMP_CWORD": "1",
    }
    assert run_installed(env={**os.environ, **asked}).stdout.split() == ["train"]


def test_a_weighted_model_is_told_and_used(run, tmp_path):
    rows = 200
    pl.DataFrame({"x": [i * 0.37 % 5 for i in range(rows)]}).with_columns(
        y=pl.when(pl.col("x") > 2).then(pl.lit("high")).otherwise(pl.lit("low")),
        w=pl.int_range(rows) % 4 * 0.5,
    ).write_csv(tmp_path / "t.csv")
    trained = run("train", "t.csv", "-t", "y", "--weights", "w", "--epochs", "3").stdout
    assert "train on 120, test on 30; 50 of weight 0 left out" in " ".join(trained.split())
    for told in (trained, run("info", "t.chainrule").stdout):
        assert "rows weighted by 'w'" in " ".join(told.split())
        assert "\nScores on 30 test rows, weighted by 'w'\n" in told
    known = json.loads(run("info", "t.chainrule", "--json").stdout)
    assert known["settings"]["weights"] == "w"
    scored = json.loads(run("evaluate", "t.chainrule", "t.csv", "--json").stdout)
    assert scored["weights"] == "w"
    assert scored["accuracy"] == known["scores"]["accuracy"]
    assert "Confusion matrix by weight" in run("evaluate", "t.chainrule", "t.csv").stdout
    pl.read_csv(tmp_path / "t.csv").drop("y", "w").write_csv(tmp_path / "new.csv")
    predicted = run("predict", "t.chainrule", "new.csv")
    assert (predicted.stdout.count("\n"), predicted.stderr) == (rows + 1, "")
    # Known to be no input, it is not reported as a column that the model does not use.
    assert run("predict", "t.chainrule", "t.csv").stderr == ""
