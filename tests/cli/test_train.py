"""chainrule train: the report, the JSON, the model file, and what is asked for."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from chainrule.workflow import load_model
from chainrule.workflow._proportions import wilson

QUICK = ("--layers", "8", "--epochs", "3", "--no-report")


def test_report_tells_everything(run, tmp_path):
    result = run("train", "penguins", *QUICK[:-1])
    assert result.code == 0
    assert result.stderr == ""
    told = result.stdout
    assert "penguins: 344 rows, 7 columns → species (3 classes); train on 275, test on 69" in told
    assert "island             category        0       3" in told
    assert "network, 15 → 8 → 3 (relu, then softmax; 155 parameters)" in told
    assert "3 epochs in " in told
    assert facts(result)["stopped"] == "after all 3 epochs"
    for name in ("network", "linear model", "always Adelie"):
        assert f"\n{name}  " in told
    assert "chainrule evaluate penguins.chainrule penguins\n" in told
    assert re.search(r"\nReport     penguins\.html \(\d+ kB\); next:\n", told)
    assert re.search(r"\n  chainrule explain penguins\.chainrule penguins --row \d+\n", told)
    names = ["penguins.chainrule", "penguins.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert (tmp_path / "penguins.chainrule").stat().st_size < 30_000


def test_the_networks_scores_have_intervals(run):
    told = run("train", "penguins", *QUICK).stdout
    cells = [line.split() for line in told.split("test rows\n")[1].splitlines()[:4]]
    assert [row[0] for row in cells[1:]] == ["network", "95", "to"]
    scores, low, high = (list(map(float, row[-5:])) for row in cells[1:])
    assert all(a < b < c for a, b, c in zip(low, scores, high, strict=True))
    # Wilson's interval of so many of 69.
    assert low[0] == pytest.approx(wilson(scores[0], 69)[0], abs=2e-4)
    few = run("train", "diabetes", *QUICK, "--test-fraction", "0.003").stdout
    assert "95 % from" not in few


def test_default_network_is_good_and_the_file_small(run, tmp_path):
    result = run("train", "penguins", "--json", "--no-report")
    report = json.loads(result.stdout)
    assert report["scores"]["accuracy"] >= 0.97
    assert report["best_epoch"] < len(report["history"]["epoch"])
    assert report["stopped"] == "held-out loss had not improved for 20 epochs"
    assert (tmp_path / "penguins.chainrule").stat().st_size < 100_000


def test_json_is_the_origin(run, tmp_path):
    report = json.loads(run("train", "diabetes", *QUICK, "--json", "-o", "d.chainrule").stdout)
    assert report["model"] == "d.chainrule"
    assert report["layers"] == [10, 8, 1]
    assert report["task"] == "regression"
    assert set(report["baselines"]) == {"linear model", "mean"}
    assert report["settings"]["hidden_layer_sizes"] == [8]
    assert load_model(tmp_path / "d.chainrule").origin.to_dict() == {
        key: value
        for key, value in report.items()
        if key not in ("model", "report", "interrupted", "layers", "parameters", "zero_weights")
    }


def test_a_table_of_ones_own(run, tmp_path):
    frame = pl.DataFrame(
        {"id": [f"r{i}" for i in range(60)], "x": range(60), "c": ["u", "v", "w"] * 20}
    ).with_columns(y=pl.col("x") * 1.5)
    frame.write_csv(tmp_path / "mine.csv")
    result = run(
        *("train", "mine.csv", "-t", "y", "--drop", "id", "--kind", "c=category", *QUICK),
        *("--kind", "x=number"),
    )
    assert result.code == 0, result.stderr
    assert "mine: 60 rows, 2 columns → y (a number)" in result.stdout
    assert load_model(tmp_path / "mine.chainrule").columns == ["x", "c"]


def test_a_test_table(run, tmp_path):
    frame = pl.DataFrame({"x": [float(i % 7) for i in range(80)]}).with_columns(
        y=pl.when(pl.col("x") > 3).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    frame[:60].write_csv(tmp_path / "first.csv")
    frame[60:].write_parquet(tmp_path / "second.parquet")
    result = run("train", "first.csv", "-t", "y", "--test", "second.parquet", *QUICK)
    assert "train on 60, test on 20 of second" in result.stdout
    assert "chainrule evaluate first.chainrule second.parquet" in result.stdout


@pytest.mark.parametrize(
    "options",
    [
        ("--layers", "none"),
        ("--layers", "8,4", "--activation", "tanh,gelu", "--dropout", "0.1,0"),
        ("--solver", "sgd", "--batch", "1000"),
        ("--solver", "gd", "--no-early-stopping"),
        ("--solver", "lbfgs", "--layers", "4"),
        ("--l1", "0.01", "--l2", "0.1", "--threads", "1", "--patience", "1"),
    ],
)
def test_options(run, options):
    result = run("train", "iris", "--epochs", "4", "--json", *options)
    assert result.code == 0, result.stderr
    assert result.stderr == ""
    assert json.loads(result.stdout)["scores"]["rows"] == 30


def test_same_seed_same_scores(run):
    reports = [
        json.loads(run("train", "iris", *QUICK, "--seed", seed, "--json").stdout)
        for seed in (1, 1, 2)
    ]
    losses = [report["history"]["train_loss"] for report in reports]
    assert losses[0] == losses[1] != losses[2]


def test_many_columns_and_findings_stay_one_screen(run, tmp_path):
    wide = {f"c{i}": [float(i * j % 11) for j in range(50)] for i in range(200)}
    pl.DataFrame({**wide, "y": ["a", "b"] * 25}).write_csv(tmp_path / "wide.csv")
    result = run("train", "wide.csv", "-t", "y", *QUICK)
    assert len(json.loads(run("info", "wide.chainrule", "--json").stdout)["diagnosis"]["findings"])
    lines = result.stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def noisy(tmp_path):
    """A table on which a network of any size learns nothing, and hardly any rows are held out."""
    rows = 60
    noise = {f"x{i}": [float((j * (j + 3 * i)) % 13) for j in range(rows)] for i in range(5)}
    pl.DataFrame({**noise, "y": ["a", "b", "b"] * (rows // 3)}).write_csv(tmp_path / "noise.csv")


def test_findings_are_told_in_options(run, tmp_path):
    noisy(tmp_path)
    report = run("train", "noise.csv", "-t", "y", "--solver", "sgd", "--learning-rate", "300")
    findings = json.loads(run("info", "noise.chainrule", "--json").stdout)["diagnosis"]["findings"]
    told = " ".join(report.stdout.partition("Diagnosis")[2].split())
    first = findings[0]
    assert told.startswith(f"{first['code']} {first['title']}: ")
    assert re.search(r"Try: --learning-rate [\d.e-]+ \(now 300\)", told)
    assert "learning_rate_init" not in told
    assert f"More: {first['page']}" in told
    for other in findings[1:]:
        assert f"{other['code']} {other['title']}. More: {other['page']}" in told
    info = " ".join(run("info", "noise.chainrule").stdout.split())
    for finding in findings:
        assert f"{finding['code']} {finding['title']}: " in info


def test_a_healthy_training_has_no_diagnosis(run):
    report = run("train", "penguins")
    assert "Diagnosis" not in report.stdout
    assert "Diagnosis" not in run("info", "penguins.chainrule").stdout


def facts(result):
    """What the section on the training tells, by its name."""
    section = result.stdout.partition("\nTraining\n")[2].partition("\n\n")[0]
    found = {}
    for line in section.splitlines():
        if not line.startswith(" "):
            name = line.split()[0]
            line = line.removeprefix(name)
        found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return found


def test_the_loss_is_told_in_its_parts(run):
    told = facts(run("train", "iris", *QUICK, "--l2", "0.5", "--l1", "0.01", "--patience", "7"))
    number = r"([\d.]+)"
    parts = re.fullmatch(
        rf"{number} = data {number} \+ penalty {number}; held out {number}",
        told["loss"],
    )
    loss, data, penalty, _ = map(float, parts.groups())
    assert loss == pytest.approx(data + penalty, rel=1e-3)
    assert penalty > 0
    assert told["settings"] == (
        "adam, learning rate 0.001, batches of 16, l1 0.01, l2 0.5, patience 7, seed 0"
    )


def test_the_weights_that_l1_brought_to_0_are_counted(run):
    result = run("train", "diabetes", "--model", "linear", "--l1", "20")
    count = json.loads(run("info", "diabetes.chainrule", "--json").stdout)["zero_weights"]
    assert 0 < count < 10
    assert facts(result)["model"].endswith(f"(identity; 11 parameters, {count} of them 0)")


def test_restarts_are_told(run):
    result = run("train", "iris", *QUICK, "--restarts", "3")
    runs = json.loads(run("info", "iris.chainrule", "--json").stdout)["restarts"]
    losses = [run["final_loss"] for run in runs["runs"]]
    assert len(losses) == 3
    assert runs["best"] == losses.index(min(losses))
    told = facts(result)["starts"]
    assert told.startswith(
        f"3: held-out loss {min(losses):.4g} (best) to {max(losses):.4g} (worst)"
    )
    assert f"median {sorted(losses)[1]:.4g}; minima " in told
    assert told.endswith(f"apart; kept start {runs['best'] + 1}")
    averaged = run("train", "iris", *QUICK, "--restarts", "3", "--combine", "average")
    assert facts(averaged)["starts"].endswith("predictions are the average of all")


def test_a_perceptron_tells_its_mistakes(run, tmp_path):
    line = [float(i % 9) for i in range(90)]
    pl.DataFrame({"x": line, "y": ["low" if x < 4 else "high" for x in line]}).write_csv(
        tmp_path / "line.csv"
    )
    told = facts(run("train", "line.csv", "-t", "y", "--model", "perceptron"))
    assert told["mistakes"].endswith(", 0, epoch by epoch: converged")
    assert told["stopped"].startswith("converged: no row was misclassified")
    noisy(tmp_path)
    options = ("--model", "perceptron", "--epochs", "30", "--no-early-stopping")
    told = facts(run("train", "noise.csv", "-t", "y", *options))
    history = json.loads(run("info", "noise.chainrule", "--json").stdout)["history"]["mistakes"]
    assert len(history) == 30
    first, last = (", ".join(map(str, part)) for part in (history[:5], history[-5:]))
    assert told["mistakes"] == f"{first}, …, {last}, epoch by epoch: not converged"
    assert told["stopped"].endswith("rows were still misclassified")


def test_newton_tells_its_steps_and_the_gradient(run):
    told = facts(run("train", "iris", "--solver", "newton"))
    steps = int(told["course"].split()[0])
    assert re.match(rf"{steps} iterations in .*; kept the last", told["course"])
    assert told["stopped"].startswith(
        f"converged after {steps} steps: the gradient's largest component is "
    )


def test_separable_classes_have_no_finite_optimum(run):
    told = facts(run("train", "iris", "--solver", "newton", "--l2", "0"))
    assert told["settings"] == "newton, l2 0, seed 0"
    assert told["stopped"].startswith("no finite optimum exists: ")


def test_a_second_run_compiles_nothing(run_installed):
    run_installed("train", "penguins")
    assert run_installed("train", "penguins")[::2] == (0, "")
