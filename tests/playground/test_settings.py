"""The table of settings: what it makes of addresses, controls and mistakes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import InputError
from chainrule.playground.settings import (
    SETTINGS,
    Facts,
    Settings,
    SettingValueError,
    read_address,
    write_address,
)


def _values(setting):
    match setting.kind:
        case "choice":
            return st.sampled_from([name for name, _ in setting.choices])
        case "list":
            names = [name for name, _ in setting.choices]
            return st.lists(st.sampled_from(names), min_size=1, unique=True)
        case "per_layer":
            names = [name for name, _ in setting.choices]
            return st.lists(st.sampled_from(names), max_size=setting.most_layers)
        case "layers":
            nodes = st.integers(1, setting.most_nodes)
            return st.lists(nodes, max_size=setting.most_layers)
        case "integer":
            return st.integers(setting.low, setting.high)
        case "number":
            return st.floats(setting.low, setting.high)
        case "switch":
            return st.booleans()
        case "text":
            return st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(st.fixed_dictionaries({}, optional={n: _values(s) for n, s in SETTINGS.items()}))
def test_an_address_tells_every_setting(values):
    settings = Settings(values)
    address = write_address(settings, "e5")
    read, journal = read_address(address)
    assert (dict(read), journal) == (dict(settings), "e5")
    assert set(SETTINGS) <= {part.split("=")[0] for part in address.split("&")}
    assert address.isascii()
    assert not set(address) & set(' "<>\\^`{|}#')


def test_every_control_is_plain_data_with_a_label_and_a_sentence():
    controls = json.loads(json.dumps([setting.control() for setting in SETTINGS.values()]))
    assert len({control["name"] for control in controls}) == len(controls)
    for control in controls:
        assert control["label"]
        assert control["help"].endswith(".")
        assert control["effect"] in ("data", "network", "training", "view")
        if control["kind"] in ("number", "integer"):
            assert control["low"] <= control["default"] <= control["high"]
        if control["kind"] == "choice":
            assert control["default"] in [name for name, _ in control["choices"]]


def test_defaults_pass_their_own_checks():
    for setting in SETTINGS.values():
        assert setting.check(setting.default) == setting.default


def test_new_layers_take_the_activation_of_the_one_before():
    settings = Settings({"layers": [3, 3], "activations": ["relu", "gelu"]})
    assert settings.changed("layers", [3, 3, 3]).activations == ("relu", "gelu", "gelu")
    assert settings.changed("layers", [3]).activations == ("relu",)
    assert settings.changed("layers", []).activations == ()
    assert settings.changed("layers", []).changed("layers", [2]).activations == ("tanh",)


def test_what_applies_depends_on_model_and_data():
    assert "momentum" not in Settings().shown(Facts())
    assert "momentum" in Settings({"optimizer": "nesterov"}).shown(Facts())
    perceptron = Settings({"model": "perceptron"}).shown(Facts())
    assert not {"layers", "optimizer", "dropout", "batch_size"} & set(perceptron)
    numbers = Settings({"data": "hills"}).shown(Facts(classifies=False))
    assert "error" in numbers
    assert "model" not in numbers
    assert "features" not in Settings({"data": "digits"}).shown(Facts(image=True, columns=64))


@pytest.mark.parametrize(
    ("address", "about", "sentence"),
    [
        ("layers=99", "layers", "Hidden layers: a layer has 1 to 16 nodes, not '99'"),
        ("layers=1,1,1,1,1,1,1", "layers", "Hidden layers: 7 hidden layers are more than 6"),
        ("noise=x", "noise", "Noise: 'x' is no number"),
        ("noise=nan", "noise", "Noise: 'nan' is no number"),
        ("noise=1.5", "noise", "Noise: 1.5 is no whole number"),
        ("noise=51", "noise", "Noise: 51 is not between 0 and 50"),
        ("learning_rate=1e999", "learning_rate", "Learning rate: '1e999' is no number"),
        ("data=cirle", "data", "Data: there is no 'cirle'; did you mean 'circle'?"),
        ("features=", "features", "Features: choose at least one"),
        ("early_stopping=yes", "early_stopping", "Early stopping: 'yes' is neither 0 nor 1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_control(address, about, sentence):
    with pytest.raises(SettingValueError) as caught:
        read_address(address)
    assert (str(caught.value), caught.value.about) == (sentence, about)


@pytest.mark.parametrize("address", ["nois=3", "layers", "=", "a" * 30_000, "did", "x=1&y"])
def test_an_address_that_is_none_is_refused_in_a_sentence(address):
    with pytest.raises(InputError) as caught:
        read_address(address)
    assert len(str(caught.value)) < 200


@given(st.sampled_from(sorted(SETTINGS)), st.none() | st.lists(st.none(), min_size=1) | st.just({}))
def test_values_of_other_types_are_refused(name, value):
    with pytest.raises(SettingValueError):
        Settings().changed(name, value)
