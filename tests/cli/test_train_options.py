"""Each way of training that is asked for reaches the estimator, the model file and the report."""

from __future__ import annotations

import dataclasses
import json

import polars as pl
import pytest
from typer.main import get_command

from chainrule.cli.app import app
from chainrule.cli.train_options import FLAGS
from chainrule.training.schedules import Cosine, Step, WarmUp
from chainrule.workflow import TrainSettings, load_model
from chainrule.workflow.choices import SOLVERS
from chainrule.workflow.estimator import PARAMETERS
from chainrule.workflow.model import network_of

#: What is typed, the setting it changes, its value, and the estimator's if that is another.
REACHES = [
    ("--layers 4,3", "hidden_layer_sizes", (4, 3)),
    ("--layers none", "hidden_layer_sizes", ()),
    ("--activation gelu", "activation", "gelu"),
    ("--activation tanh,mish", "activation", ("tanh", "mish")),
    ("--initialization he", "initialization", "he"),
    ("--seed 7", "seed", 7),
    *((f"--solver {solver}", "solver", solver) for solver in SOLVERS),
    ("--learning-rate 0.02", "learning_rate", 0.02),
    ("--schedule cosine", "schedule", "cosine"),
    ("--schedule step:every=2,factor=0.1", "schedule", "step:every=2,factor=0.1"),
    ("--warm-up 1", "warm_up", 1),
    ("--solver sgd --momentum 0.5", "momentum", 0.5),
    ("--batch 32", "batch_size", 32),
    ("--epochs 3", "epochs", 3),
    ("--clip-norm 0.5", "clip_norm", 0.5),
    ("--class-weight balanced", "class_weight", "balanced"),
    ("--held-out 0.25", "validation_fraction", 0.25),
    ("--patience 3", "patience", 3),
    ("--monitor f1_macro", "monitor", "f1_macro"),
    ("--min-change 0.01", "min_change", 0.01),
    ("--start-from-epoch 1", "start_from_epoch", 1),
    ("--l1 0.01", "l1", 0.01),
    ("--l2 0.02", "l2", 0.02),
    ("--solver adamw --weight-decay 0.1", "weight_decay", 0.1),
    ("--dropout 0.25", "dropout", 0.25),
    ("--dropout 0.25,0", "dropout", (0.25, 0.0)),
    ("--input-dropout 0.1", "input_dropout", 0.1),
    ("--input-noise 0.1", "input_noise", 0.1),
    ("--max-norm 2", "max_norm", 2.0),
    ("--label-smoothing 0.1", "label_smoothing", 0.1),
    ("--restarts 2", "restarts", 2),
    ("--restarts 2 --combine average", "combine", "average"),
]
#: Schedules as the estimator has them.
SCHEDULES = {
    "cosine": "cosine",
    "step:every=2,factor=0.1": Step(every=2, factor=0.1),
    1: WarmUp(schedule="constant", over=1),
}
#: Settings that are no parameter of an estimator; other tests show what they do.
OF_THE_ROWS = {
    *("target", "task", "kinds", "drop", "groups", "weights"),
    *("test_fraction", "threads", "model"),
}


@pytest.fixture
def trained(run, tmp_path):
    """Train on the irises, or another table, for two epochs; return the JSON and the model."""

    def train(options, table="iris"):
        epochs = () if "--epochs" in options else ("--epochs", "2")
        result = run(
            "train", table, *epochs, *options.split(), "--json", "--no-report", "-o", "m.chainrule"
        )
        assert result.code == 0, result.stderr
        return json.loads(result.stdout), load_model(tmp_path / "m.chainrule")

    return train


@pytest.mark.parametrize(("options", "name", "value"), REACHES)
def test_an_option_reaches_the_estimator_and_the_file(run, trained, options, name, value):
    report, model = trained(options)
    plain = list(value) if isinstance(value, tuple) else value
    assert report["settings"][name] == plain
    assert json.loads(run("info", "m.chainrule", "--json").stdout)["settings"][name] == plain
    estimator = network_of(model.pipeline)
    if name in ("schedule", "warm_up"):
        assert estimator.learning_rate == SCHEDULES[value]
    else:
        assert getattr(estimator, PARAMETERS.get(name, name)) == value


def test_every_setting_is_tried():
    tried = {name for _, name, _ in REACHES} | {"early_stopping", "loss"}
    assert tried | OF_THE_ROWS == {field.name for field in dataclasses.fields(TrainSettings)}


def test_every_setting_has_an_option_and_a_theme():
    options = {o.opts[0]: o for o in get_command(app).commands["train"].params}
    assert set(FLAGS.values()) <= set(options)
    in_no_theme = {flag for flag in FLAGS.values() if options[flag].rich_help_panel is None}
    assert in_no_theme == {"--target"}


def test_numbers_are_trained_with_the_same_options(trained):
    options = "--solver nesterov --schedule cosine:final=0.5 --l1 0.001 --dropout 0.1"
    _, model = trained(f"{options} --input-noise 0.05 --max-norm 3 --monitor score", "diabetes")
    estimator = network_of(model.pipeline)
    assert estimator.learning_rate == Cosine(final=0.5)
    assert (estimator.solver, estimator.l1, estimator.dropout) == ("nesterov", 0.001, 0.1)
    assert (estimator.input_noise, estimator.max_norm, estimator.monitor) == (0.05, 3.0, "score")


def test_a_rate_is_found_told_and_recorded(run, trained):
    report, model = trained("--learning-rate find")
    found = report["rate_test"]
    assert report["settings"]["learning_rate"] == found["suggestion"] > 0
    assert network_of(model.pipeline).learning_rate_init == found["suggestion"]
    assert len(found["rates"]) == len(found["losses"]) > 10
    assert "found by a range test" in " ".join(run("info", "m.chainrule").stdout.split())


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("--model network", "MLPClassifier"),
        ("--model logistic --solver lbfgs", "LogisticRegression"),
        ("--model logistic --solver muon", "LogisticRegression"),
        ("--model perceptron --learning-rate 0.5 --class-weight balanced", "Perceptron"),
        ("--solver newton", "LogisticRegression"),
    ],
)
def test_models(trained, options, kind):
    _, model = trained(options)
    assert type(network_of(model.pipeline)).__name__ == kind


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_fits_a_line(trained, solver):
    report, model = trained(f"--model linear --solver {solver}", "diabetes")
    assert type(network_of(model.pipeline)).__name__ == "LinearRegression"
    assert report["settings"]["solver"] == solver


@pytest.mark.parametrize(("options", "stops"), [("--early-stopping", True), ("", False)])
def test_early_stopping_of_single_neurons_is_a_choice(trained, options, stops):
    report, model = trained(f"--solver newton {options}")
    assert network_of(model.pipeline).early_stopping is stops
    assert (report["split"]["held_out_rows"] > 0) is stops


def test_without_early_stopping_all_rows_are_learned_from(run, trained):
    report, model = trained("--no-early-stopping")
    assert report["split"]["held_out_rows"] == 0
    assert network_of(model.pipeline).early_stopping is False
    assert report["best_epoch"] == 2
    assert "held out" not in run("info", "m.chainrule").stdout


def test_weights_of_classes_have_the_type_of_the_classes(run, trained, tmp_path):
    rows = 80
    pl.DataFrame({"x": [i * 7 % 11 for i in range(rows)], "y": [3, 5] * (rows // 2)}).write_csv(
        tmp_path / "n.csv"
    )
    report, model = trained("-t y --task classification --class-weight 5=4,3=0.5", "n.csv")
    assert report["settings"]["class_weight"] == {"5": 4.0, "3": 0.5}
    assert network_of(model.pipeline).class_weight == {5: 4.0, 3: 0.5}
    assert "class weights 5=4 and 3=0.5" in " ".join(run("info", "m.chainrule").stdout.split())
    # Eight times as much: 5 is always said where the input tells nothing.
    confusion = report["scores"]["confusion"]
    assert [row[0] for row in confusion] == [0, 0]


def test_groups_stay_together_in_all_three_parts(run, trained, tmp_path):
    people, rows = 40, 200
    frame = pl.DataFrame({"who": [f"p{i % people}" for i in range(rows)]}).with_columns(
        x=pl.int_range(rows) * 0.7 % 5, y=pl.int_range(rows) % people % 2
    )
    frame.write_csv(tmp_path / "visits.csv")
    report, model = trained("-t y --groups who --task classification", "visits.csv")
    assert model.columns == ["x"]
    # Five rows each: a fifth of forty people to test on, a tenth of the others held out.
    assert report["split"] == {
        "train_rows": 160,
        "test_rows": 40,
        "groups": 40,
        "test_groups": 8,
        "held_out_rows": 15,
    }
    told = run("train", "visits.csv", "-t", "y", "--groups", "who", "--epochs", "2").stdout
    assert "test on 40 (8 of 40 groups of 'who')" in " ".join(told.split())
    scored = run("evaluate", "m.chainrule", "visits.csv", "--json")
    assert json.loads(scored.stdout)["rows"] == 40
    assert run("predict", "m.chainrule", "visits.csv").stdout.count("\n") == rows + 1


def test_counts_are_predicted_by_their_own_loss(run, trained, tmp_path):
    rows = 200
    x = [i * 7 % 20 / 10 for i in range(rows)]
    # Few different whole numbers, which would be classes without the loss; in hundreds of them.
    counts = [100 * round(3**value + i % 3) for i, value in enumerate(x)]
    pl.DataFrame({"x": x, "n": counts}).write_csv(tmp_path / "counts.csv")
    report, model = trained("-t n --loss poisson --epochs 60", "counts.csv")
    assert (report["task"], report["settings"]["loss"]) == ("regression", "poisson")
    assert network_of(model.pipeline).loss == "poisson"
    assert report["scores"]["r2"] > 0.6
    assert model.numbers(pl.DataFrame({"x": [-50.0, 0.0, 2.0]})).min() >= 0
    # The targets are divided by their mean, so that it begins there and not at exp(0) = 1.
    assert report["history"]["train_loss"][0] < 1
    told = " ".join(run("info", "m.chainrule").stdout.split())
    assert "(relu, then exponential;" in told
    assert "loss poisson" in told


def test_a_scorer_of_counts_is_for_counts(trained):
    options = "--loss poisson --monitor neg_mean_poisson_deviance"
    report, model = trained(options, "diabetes")
    assert network_of(model.pipeline).monitor == report["settings"]["monitor"]
