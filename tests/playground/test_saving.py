"""What the playground trains is kept: as a file that every command takes, and as Python."""

import json
import math
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from chainrule.cli import main
from chainrule.errors import InputError
from chainrule.playground import saving
from chainrule.playground.course import Course
from chainrule.playground.data import make_data, read_own
from chainrule.playground.journal import read_journal
from chainrule.playground.saving import make_model, model_file, open_model, python_code
from chainrule.playground.settings import SETTINGS, Settings, read_address, write_address
from chainrule.tables import load_example
from chainrule.workflow import train
from chainrule.workflow.settings import TrainSettings


def model_of(course):
    return make_model(course.data, course.training, course.start, course.told)


def weights_of(estimator):
    return [*estimator.coefs_, *estimator.intercepts_]


# ---------------------------------------------------------------------- Python

SMALL = "points=80&layers=3&"
ADDRESSES = [
    f"{SMALL}did=e4",
    "data=circle&points=80",
    f"{SMALL}data=spiral&classes=3&noise=5&data_seed=4&features=x2,product,sin_x1&did=e4~b2~p3",
    f"{SMALL}data=hills&noise=20&train_share=50&optimizer=adam&did=e3",
    f"{SMALL}data=hills&model=network&seed=9&dropout=0.2&l1=0.001&did=e2~s.l2.0.1~e2",
    f"{SMALL}did=b2~w.1.b.2.-0.5~w.1.0.1.0.25~e2~w.2.1.0.1e-05",
    f"{SMALL}decay=cosine&planned_epochs=9&did=e4",
    f"{SMALL}did=e2~s.decay.one_cycle~s.planned_epochs.8~e3",
    f"{SMALL}decay=plateau&did=e2~s.momentum.0.5~s.optimizer.nesterov~e2",
    f"{SMALL}early_stopping=1&patience=3&learning_rate=1&did=e40",
    "data=circle&model=perceptron&points=60&did=e3~p5~s.learning_rate.0.5~e1",
    "data=admissions&layers=&optimizer=gd&points=60&did=e3",
    "data=iris&optimizer=muon&x_axis=sepal_width_cm&did=e2",
    "data=penguins&columns=all&features=x1,x1_squared&layers=4&did=e2",
    "data=penguins&y_axis=sex&layers=2&did=e2",
    "data=iris&y_axis=species&features=x1,sin_x1&layers=2&did=e2",
    "data=own&target=body_mass_g&y_axis=body_mass_g&x_axis=flipper_length_mm&layers=3&did=e3",
    "data=own&target=body_mass_g&columns=all&noise=3&layers=4&did=e2",
    "data=own&error=squared_error&layers=2&did=e2",
    "data=own&target=year&layers=2&did=b1",
    "data=digits&layers=4&noise=10&batch_size=100&did=e1",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_script_gives_the_same_bits(address, tmp_path, monkeypatch, capsys, course_of, birds):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "birds.csv").write_bytes(birds)
    course = course_of(address)
    code = python_code(course.data, course.start, course.told, course.training)
    space = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(compile(code, "script", "exec"), space)  # noqa: S102
    expected = course.training.estimator
    pairs = zip(weights_of(space["network"]), weights_of(expected), strict=True)
    assert all(np.array_equal(ours, theirs) for ours, theirs in pairs)
    for name in ("X_train", "y_train", "X_test", "y_test"):
        assert np.array_equal(space[name], getattr(course.data, name.lower()))
    score = expected.score(course.data.x_test, course.data.y_test)
    assert f"{score:.4f}" in capsys.readouterr().out
    assert ("network.fit(" in code) == (
        str(address).rpartition("did=")[2] in ("e1", "e2", "e3", "e4")
        and "cosine" not in address
        and "early" not in address
    )
    assert all(len(line) <= 88 or line.startswith("# In the") for line in code.splitlines())


def test_the_script_is_short(course_of):
    course = course_of("data=spiral&noise=10&features=x1,x2,sin_x1,sin_x2&layers=8,8&did=e2")
    code = python_code(course.data, course.start, course.told, course.training)
    assert len(code.splitlines()) < 40
    address = code.partition("# In the playground: #")[2].partition("\n")[0]
    assert address == "data=spiral&noise=10&features=x1,x2,sin_x1,sin_x2&layers=8,8&did=e2"
    again, journal = read_address(address)
    assert (again, journal) == (course.start, "e2")


def test_a_part_of_a_long_table(monkeypatch, tmp_path, course_of, birds):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("chainrule.playground._own_table.MOST_ROWS", 100)
    monkeypatch.setattr("chainrule.playground._script.MOST_ROWS", 100)
    (tmp_path / "birds.csv").write_bytes(birds)
    course = course_of("data=own&did=e1&layers=2")
    assert course.data.frame.height == 100
    space = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        exec(python_code(course.data, course.start, course.told, course.training), space)  # noqa: S102
    assert np.array_equal(space["X_train"], course.data.x_train)


def test_hostile_names_in_the_script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "a\"b'; print(1) #.csv"
    content = b'"x\n1",y,"t""\n"\n' + b"".join(
        b"%d.5,%d.25,%d\n" % (i, i * i, i % 2) for i in range(40)
    )
    (tmp_path / name).write_bytes(content)
    settings = Settings({"data": "own", "layers": [2], "features": ["x1", "product"]})
    course = Course(make_data(settings, read_own(name, content)), settings, read_journal("b1"))
    course.catch_up()
    space = {}
    exec(python_code(course.data, course.start, course.told, course.training), space)  # noqa: S102
    assert np.array_equal(space["network"].coefs_[0], course.training.estimator.coefs_[0])


# ---------------------------------------------------------------------- the model


@pytest.mark.parametrize("address", [a for a in ADDRESSES if "did=e" in a][1::2])
def test_a_model_tells_how_it_was_made(address, course_of):
    course = course_of(address)
    data, model = course.data, model_of(course)
    origin = model.origin
    assert (origin.target, origin.task, origin.classes) == (data.target, data.task, data.classes)
    assert origin.split["train_rows"] + origin.split["test_rows"] == data.frame.height
    assert origin.split["held_out_rows"] == len(course.training.held_out)
    assert sum(bool(c["used"]) for c in origin.columns) == len(model.columns)
    found = read_address(origin.data["address"])
    assert found == (course.start, address.rpartition("did=")[2].replace("e40", found[1]))
    assert origin.history["epoch"][-1] == course.training.epoch
    assert json.loads(json.dumps(origin.to_dict())) == json.loads(
        json.dumps(model.origin.to_dict())
    )
    TrainSettings(**{k: tuple(v) if isinstance(v, list) else v for k, v in origin.settings.items()})
    frame = data.frame[data.test]
    if data.classes is None:
        expected = data.scaling.inverse_transform(
            course.training.estimator.predict(data.x_test)[:, None]
        ).ravel()
        assert model.numbers(frame) == pytest.approx(expected)
        assert origin.scores["r2"] == pytest.approx(
            course.training.estimator.score(data.x_test, data.y_test), abs=1e-5
        )
    else:
        said = np.array(data.classes)[model.class_outputs(frame)[0].argmax(axis=1)]
        assert said.tolist() == course.training.estimator.predict(data.x_test).tolist()
        assert origin.scores["accuracy"] == (said == data.y_test).mean()


@pytest.mark.parametrize("optimizer", [name for name, _ in SETTINGS["optimizer"].choices])
@pytest.mark.parametrize("decay", ["constant", "one_cycle", "plateau", "step"])
def test_settings_of_every_kind_are_told(optimizer, decay, course_of):
    address = f"{SMALL}optimizer={optimizer}&decay={decay}&momentum=0.5&weight_decay=0.2&did=e1"
    origin = model_of(course_of(address)).origin
    told = origin.settings
    assert (told["solver"], told["schedule"], told["epochs"]) == (optimizer, decay, 1)
    rate, size = told["learning_rate"], told["batch_size"]
    assert (rate, size) == (0.03, None if optimizer == "gd" else 10)
    momenta = {"sgd": 0.0, "momentum": 0.5, "nesterov": 0.5}
    assert told["momentum"] == momenta.get(optimizer)
    assert told["weight_decay"] == (0.2 if optimizer in ("adamw", "muon") else None)


def test_how_it_ended(course_of):
    def stopped(address):
        return model_of(course_of(address)).origin.stopped

    start = "by hand, in the playground, after 2 epochs"
    assert stopped(f"{SMALL}did=e2") == start
    assert stopped(f"{SMALL}did=e2~b1") == f"{start} and 10 rows of the next"
    moved = "w.1.b.2.-0.5~w.1.0.1.0.25"
    assert stopped(f"{SMALL}did=e1~{moved}~e1~s.l2.0.1") == (
        f"{start}, with 2 weights set by hand and another l2 on the way"
    )
    early = model_of(course_of(f"{SMALL}early_stopping=1&patience=3&learning_rate=1&did=e60"))
    assert early.origin.stopped == "held-out loss had not improved for 3 epochs"
    losses = early.origin.history["validation_loss"]
    assert early.origin.best_epoch == 1 + int(np.argmin(losses)) < len(losses)
    with pytest.raises(InputError, match="train at least one whole epoch"):
        model_of(course_of(f"{SMALL}did=b2"))


def test_inputs_made_of_each_column(course_of):
    course = course_of("data=penguins&columns=all&features=x1,x1_squared,product&layers=2&did=e1")
    x, y = (axis.name for axis in course.data.axes)
    counts = {c["name"]: c["inputs"] for c in model_of(course).origin.columns}
    # Itself, whether it is missing, its square and the product; and without itself.
    assert (counts[x], counts[y]) == (4, 2)
    assert counts["sex"] == 3


def test_trained_as_the_command_line_would(course_of):
    """The same table, split, encoder and first weights: the origin differs in little."""
    course = course_of("data=iris&columns=all&layers=3&train_share=80&did=e1")
    ours = model_of(course).origin
    settings = TrainSettings(
        hidden_layer_sizes=(3,),
        activation="tanh",
        solver="sgd",
        learning_rate=0.03,
        momentum=0.0,
        batch_size=10,
        epochs=1,
        l2=0.0,
        early_stopping=False,
    )
    theirs = train(load_example("iris"), settings).model.origin
    assert ours.columns == theirs.columns
    assert {**theirs.data, "noise": 0, "address": ours.data["address"]} == ours.data
    assert {**theirs.split, "seed": 0} == ours.split
    assert list(ours.baselines) == list(theirs.baselines)
    assert ours.baselines == theirs.baselines
    told = {name for name in theirs.settings if theirs.settings[name] != ours.settings[name]}
    assert told <= {"target", "task", "activation"}


# ---------------------------------------------------------------------- files and commands


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out = capsys.readouterr()
        assert code == 0, out.err
        return out.out

    return run


@pytest.mark.parametrize(
    ("address", "data"),
    [
        (
            f"{SMALL}data=penguins&columns=all&features=x1,x2,product&seed=3&data_seed=7&did=e2",
            "penguins",
        ),
        (f"{SMALL}data=hills&points=500&features=x1,x2,sin_x1&noise=5&did=e2", "hills"),
        ("data=own&target=body_mass_g&layers=2&columns=all&train_share=60&did=e2", "birds.csv"),
        ("data=own&y_axis=species&features=x1_squared,x1&layers=3&did=e2", "birds.csv"),
        ("data=circle&model=perceptron&points=500&did=e2", "circle"),
    ],
)
def test_every_command_takes_the_file(address, data, command, tmp_path, course_of, birds):
    (tmp_path / "birds.csv").write_bytes(birds)
    course = course_of(address)
    name, content = model_file(course.data, course)
    assert name == f"{course.data.name}.chainrule"
    (tmp_path / name).write_bytes(content)
    told = json.loads(command("evaluate", name, data, "--json"))
    assert told["part"] == "test"
    clean = course.data.table.frame[course.data.test]
    estimator = course.training.estimator
    predicted = estimator.predict(course.data.encode(clean))
    if course.data.classes is None:
        predicted = course.data.scaling.inverse_transform(predicted[:, None]).ravel()
        error = np.sqrt(np.mean((predicted - clean[course.data.target].to_numpy()) ** 2))
        assert told["rmse"] == pytest.approx(error, rel=1e-4)
    else:
        accuracy = (predicted == clean[course.data.target].to_numpy()).mean()
        assert told["accuracy"] == pytest.approx(accuracy)
    command("predict", name, data, "--output", "predicted.csv")
    assert (
        len((tmp_path / "predicted.csv").read_text().splitlines()) == course.data.frame.height + 1
    )


def test_it_is_told_explained_and_reported(command, tmp_path, course_of):
    course = course_of("data=penguins&columns=all&features=x1,x2,product&layers=3&did=e2")
    name, content = model_file(course.data, course)
    (tmp_path / name).write_bytes(content)
    assert "in the playground, after 2 epochs" in " ".join(command("info", name).split())
    assert "1. Feedforward" in command("explain", name, "penguins", "--row", "3")
    command("report", name, "penguins")
    page = (tmp_path / name).with_suffix(".html").read_text()
    assert "chainrule playground" in page
    assert "chainrule train" not in page


def test_names_of_files():
    names = ("spiral", "../../a b", "<script>", "größe", "...", "x" * 100)
    assert [saving._file_name(name) for name in names] == [
        *("spiral", "a_b", "script", "größe", "model", "x" * 60)
    ]


def test_very_many_epochs_are_told_of(command, tmp_path, course_of):
    """Of a long training not every epoch is kept, and what is told is right all the same."""
    course = course_of("points=20&layers=1&optimizer=gd&did=e10500")
    name, content = model_file(course.data, course)
    (tmp_path / name).write_bytes(content)
    origin = open_model(content).model.origin
    assert len(origin.history["epoch"]) < 10_500
    assert (origin.best_epoch, origin.history["epoch"][-1]) == (10_500, 10_500)
    assert origin.seconds > sum(origin.history["seconds"])
    told = " ".join(command("info", name).split())
    assert "10500 epochs" in told or "10,500 epochs" in told
    last = origin.history["train_loss"][-1]
    assert f"loss {last:.4g}"[:9] in told
    assert math.isfinite(last)


def test_the_address_of_an_origin_is_complete(course_of):
    course = course_of(f"{SMALL}did=e1")
    address = model_of(course).origin.data["address"]
    assert address == write_address(course.start, "e1")
