"""Model files: what goes in comes out, and nothing else comes out."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from contextlib import suppress

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import f1_score, make_scorer

from chainrule.errors import InputError
from chainrule.tables import Table, load_example
from chainrule.training.schedules import Cosine, WarmUp
from chainrule.workflow import TrainSettings, evaluate, load_model, predict, save_model, train
from chainrule.workflow import model_file as module
from chainrule.workflow.choices import SOLVERS
from chainrule.workflow.model import network_of


@pytest.mark.parametrize("name", ["penguins", "diabetes"])
def test_round_trip(request, name, tmp_path):
    model = request.getfixturevalue(name).model
    save_model(tmp_path / "m.chainrule", model)
    again = load_model(tmp_path / "m.chainrule")
    frame = load_example(name).frame
    assert predict(again, frame).equals(predict(model, frame))
    assert again.origin == model.origin
    history = network_of(again.pipeline).history_
    assert history.to_dict() == network_of(model.pipeline).history_.to_dict()


def test_every_kind_of_column_and_option(tmp_path):
    rows = 80
    frame = pl.DataFrame(
        {
            "number": [None if i % 9 == 0 else i * 0.7 % 5 for i in range(rows)],
            "skewed": [10.0 ** (i % 6) for i in range(rows)],
            "flag": [None if i % 8 == 0 else bool(i % 3) for i in range(rows)],
            "text": [None if i % 7 == 0 else "abc"[i % 3] for i in range(rows)],
            "date": [
                f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d} {i % 24:02d}:00" for i in range(rows)
            ],
            "y": [i % 2 == 0 for i in range(rows)],
        }
    )
    settings = TrainSettings(
        hidden_layer_sizes=(4, 3), activation=("tanh", "mish"), dropout=(0.1, 0.0), epochs=2
    )
    for solver in ("adam", "momentum"):
        changes = {"solver": solver, **tuples(settings)}
        kind = TrainSettings(**{**settings.to_dict(), **changes})
        model = train(Table(frame, "all", None, "y", ""), kind).model
        save_model(tmp_path / "m.chainrule", model)
        assert predict(load_model(tmp_path / "m.chainrule"), frame).equals(predict(model, frame))


def tuples(settings):
    names = ("hidden_layer_sizes", "activation", "dropout", "drop")
    return {name: getattr(settings, name) for name in names}


NUMBERS = [
    *({"solver": name} for name in SOLVERS),
    *({"model": "linear", "solver": name} for name in ("newton", "lbfgs", "adam")),
    {"schedule": "one_cycle:peak_at=0.4", "warm_up": 1, "solver": "sgd"},
    {"schedule": "cosine_restarts:period=2,growth=1.5"},
    {"restarts": 2},
    {"restarts": 3, "combine": "average"},
    {"learning_rate": "find", "clip_norm": 1.0, "max_norm": 3.0, "l1": 0.01},
    {"groups": "sex", "monitor": "neg_mean_absolute_error", "start_from_epoch": 1},
    {"early_stopping": False},
]
CLASSES = [
    *({"model": "logistic", "solver": name} for name in ("newton", "lbfgs", "sgd")),
    {"model": "perceptron", "learning_rate": 0.5},
    {"model": "perceptron", "early_stopping": False, "schedule": "inverse_time"},
    {"restarts": 3, "combine": "average", "class_weight": "balanced"},
    {"class_weight": {"Gentoo": 3.0}},
    {"groups": "year", "monitor": "score", "label_smoothing": 0.1, "input_dropout": 0.1},
]


@pytest.mark.parametrize(
    ("name", "options"),
    [*(("diabetes", o) for o in NUMBERS), *(("penguins", o) for o in CLASSES)],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else value,
)
def test_every_way_of_training_is_kept(tmp_path, name, options):
    table = load_example(name)
    network = options.get("model") is None and options.get("solver") != "newton"
    few = {"hidden_layer_sizes": (4,)} if network else {}
    model = train(table, TrainSettings(epochs=3, **few, **options)).model
    save_model(tmp_path / "m.chainrule", model)
    again = load_model(tmp_path / "m.chainrule")
    assert again.origin == model.origin
    for setting, value in options.items():
        if value != "find":
            assert again.origin.settings[setting] == value
    probable = again.origin.classes is not None and options.get("model") != "perceptron"
    assert predict(again, table.frame, probabilities=probable).equals(
        predict(model, table.frame, probabilities=probable)
    )
    scores = evaluate(again, table.frame).scores.to_dict()
    assert scores == model.origin.scores
    assert network_of(again.pipeline).get_params() == network_of(model.pipeline).get_params()


def test_a_function_is_refused_while_it_can_still_be_replaced(tmp_path):
    model = train(load_example("iris"), TrainSettings(epochs=2, hidden_layer_sizes=(4,))).model
    network = network_of(model.pipeline)
    for schedule in (lambda step: 0.1 / (1 + step), WarmUp(schedule=lambda _: 0.1, over=2)):
        network.set_params(learning_rate=schedule)
        with pytest.raises(InputError, match=r"parameter learning_rate holds .*lambda.* no code"):
            save_model(tmp_path / "m.chainrule", model)
    network.set_params(learning_rate=Cosine(final=0.1), monitor=make_scorer(f1_score))
    with pytest.raises(InputError, match="parameter monitor holds"):
        save_model(tmp_path / "m.chainrule", model)
    assert list(tmp_path.iterdir()) == []
    network.set_params(monitor="loss")
    save_model(tmp_path / "m.chainrule", model)
    again = load_model(tmp_path / "m.chainrule")
    assert network_of(again.pipeline).learning_rate == Cosine(final=0.1)


def test_small_and_without_optimizer_state(penguins, tmp_path):
    model = penguins.model
    network = network_of(model.pipeline)
    save_model(tmp_path / "small.chainrule", model)
    save_model(tmp_path / "large.chainrule", model, optimizer_state=True)
    assert network._optimizer_state is not None
    assert (tmp_path / "small.chainrule").stat().st_size < 30_000
    small, large = (
        network_of(load_model(tmp_path / f"{name}.chainrule").pipeline)
        for name in ("small", "large")
    )
    assert not hasattr(small, "_optimizer_state")
    np.testing.assert_array_equal(
        large._optimizer_state["first"], network._optimizer_state["first"]
    )


def test_nothing_is_ever_unpickled(penguins, tmp_path, monkeypatch):
    save_model(tmp_path / "m.chainrule", penguins.model)

    def refuse(*_, **__):
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler", "_Unpickler", "_load", "_loads"):
        monkeypatch.setattr(pickle, name, refuse)
    load_model(tmp_path / "m.chainrule")


def test_arrays_of_objects_are_refused(penguins, tmp_path):
    save_model(tmp_path / "m.chainrule", penguins.model)
    stored = io.BytesIO()
    np.save(stored, np.array([{}, []], dtype=object), allow_pickle=True)
    rewrite(
        tmp_path / "m.chainrule",
        lambda name, data: stored.getvalue() if name.endswith("npy") else data,
    )
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path / "m.chainrule")


def test_layers_that_do_not_fit_are_refused(penguins, tmp_path):
    save_model(tmp_path / "m.chainrule", penguins.model)

    def widen(name, data):
        if not name.endswith(".npy"):
            return data
        array = np.load(io.BytesIO(data))
        stored = io.BytesIO()
        np.save(stored, np.zeros((3, 5), np.float32) if array.shape == (8, 3) else array)
        return stored.getvalue()

    rewrite(tmp_path / "m.chainrule", widen)
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path / "m.chainrule")


def rewrite(path, change):
    """Change members of a model file and put its checksums right."""
    import hashlib

    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members.pop("chainrule.json"))
    members = {name: change(name, data) for name, data in members.items()}
    header["members"] = {n: hashlib.sha256(d).hexdigest() for n, d in members.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr("chainrule.json", json.dumps(header))


def test_types_and_ways_of_building_outside_the_lists(penguins, tmp_path):
    save_model(tmp_path / "m.chainrule", penguins.model)
    whole = (tmp_path / "m.chainrule").read_bytes()
    for node in (
        {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"},
        {"__class__": "RandomForestClassifier", "__module__": "sklearn.ensemble._forest"},
        {"__class__": "str", "__module__": "builtins", "__loader__": "MethodNode"},
        {"__class__": "Unheard", "__module__": "chainrule.estimators"},
    ):
        (tmp_path / "m.chainrule").write_bytes(whole)

        def change(name, data, node=node):
            if name != "schema.json":
                return data
            return json.dumps({**json.loads(data), "more": [node]}).encode()

        rewrite(tmp_path / "m.chainrule", change)
        with pytest.raises(InputError, match=node["__class__"]):
            load_model(tmp_path / "m.chainrule")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "bomb.chainrule"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", bytes(1 << 20))
    monkeypatch.setattr(module, "_LARGEST", 1 << 16)
    with pytest.raises(InputError, match="unpack"):
        load_model(path)


@pytest.mark.parametrize("part", range(1, 20))
def test_cut_short_anywhere(penguins, tmp_path, part):
    path = tmp_path / "m.chainrule"
    save_model(path, penguins.model)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * part // 20])
    with pytest.raises(InputError, match=r"m\.chainrule"):
        load_model(path)


def test_flipped_anywhere(penguins, tmp_path):
    path = tmp_path / "m.chainrule"
    save_model(path, penguins.model)
    whole = path.read_bytes()
    good = load_model(path)
    frame = load_example("penguins").frame
    for place in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        # Some bytes, such as dates in the zip, mean nothing to us: then nothing is different.
        with suppress(InputError):
            assert predict(load_model(path), frame).equals(predict(good, frame))


def test_failing_to_write_leaves_the_earlier_file(penguins, tmp_path, monkeypatch):
    path = tmp_path / "m.chainrule"
    path.write_text("earlier")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="no space left"):
        save_model(path, penguins.model)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_a_skops_file(penguins, tmp_path):
    import skops.io

    save_model(tmp_path / "m.chainrule", penguins.model)
    pipeline = skops.io.load(tmp_path / "m.chainrule", trusted=sorted(module.ALLOWED_TYPES))
    assert list(pipeline.named_steps) == ["encoder", "network"]


@pytest.mark.parametrize(
    "change", [{"name": 3}, {"columns": {}}, {"history": None}, {"seconds": "1"}, {"more": 1}]
)
def test_an_origin_of_other_types_is_refused(penguins, tmp_path, change):
    path = tmp_path / "m.chainrule"
    save_model(path, penguins.model)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members.pop("chainrule.json"))
    header["origin"] |= change
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**members, "chainrule.json": json.dumps(header).encode()}.items():
            archive.writestr(name, data)
    with pytest.raises(InputError, match="damaged"):
        load_model(path)
