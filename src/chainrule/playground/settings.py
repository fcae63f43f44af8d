"""What the playground is set to: one typed table, from which controls and addresses are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, unquote

from chainrule.errors import InputError
from chainrule.playground._data_settings import (
    BY_CLASSES,
    DATA_SETS,
    DATA_SETTINGS,
    FEATURES,
    MADE_UP,
    OWN,
)
from chainrule.playground._network_settings import NETWORK_SETTINGS
from chainrule.playground._setting import Effect, Facts, Setting, SettingValueError
from chainrule.playground._training_settings import ENDING_DECAYS, TRAINING_SETTINGS
from chainrule.playground._view_settings import VIEW_SETTINGS
from chainrule.tables.names import did_you_mean

__all__ = [
    "BY_CLASSES",
    "DATA_SETS",
    "ENDING_DECAYS",
    "FEATURES",
    "JOURNAL",
    "MADE_UP",
    "OWN",
    "SETTINGS",
    "Effect",
    "Facts",
    "Setting",
    "SettingValueError",
    "Settings",
    "read_address",
    "write_address",
]

SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (*DATA_SETTINGS, *NETWORK_SETTINGS, *TRAINING_SETTINGS, *VIEW_SETTINGS)
}
"""Every setting by its name, in the order of the controls."""

JOURNAL = "did"
"""What an address calls that which was done since the start."""

# With as many entries of the journal as there may be.
_LONGEST_ADDRESS = 60_000
# What may stand in an address as it is, so that it stays readable.
_PLAIN = ",.-_~:()"


class Settings(Mapping[str, Any]):
    """What every setting is; never changed, only copied with changes.

    Parameters
    ----------
    values : mapping of str to object
        Of the settings that are not at their defaults; checked.

    Raises
    ------
    SettingValueError
        A value cannot be.
    InputError
        There is no such setting.

    Examples
    --------
    >>> settings = Settings({"layers": [8, 8], "noise": 10})
    >>> settings.layers, settings.activations, settings["noise"], settings.data
    ((8, 8), ('tanh', 'tanh'), 10, 'circle')
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        known = {name: setting.default for name, setting in SETTINGS.items()}
        for name, value in (values or {}).items():
            known[name] = _setting(name).check(value)
        self._values = _settled(known)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(f"there is no setting {name!r}")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        changed = {n: v for n, v in self._values.items() if v != SETTINGS[n].default}
        return f"Settings({changed})"

    def __hash__(self) -> int:
        return hash(tuple(self._values.values()))

    def changed(self, name: str, value: Any) -> Settings:
        """Return the same settings but for one.

        Parameters
        ----------
        name : str
            Which.
        value : object
            As the page sends it.

        Returns
        -------
        Settings

        Raises
        ------
        SettingValueError
            The value cannot be.
        InputError
            There is no such setting.
        """
        return Settings({**self._values, name: value})

    def shown(self, facts: Facts) -> list[str]:
        """Return the names of the settings that apply to such data.

        Parameters
        ----------
        facts : Facts
            What is known of the data.

        Returns
        -------
        list of str
            In the order of the controls.
        """
        return [name for name, setting in SETTINGS.items() if setting.applies(self, facts)]

    def to_dict(self) -> dict[str, Any]:
        """Return every value as plain data for JSON."""
        return {n: list(v) if isinstance(v, tuple) else v for n, v in self._values.items()}


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise InputError(f"there is no setting {name!r:.60}{did_you_mean(name, list(SETTINGS))}")
    return SETTINGS[name]


def _settled(values: dict[str, Any]) -> dict[str, Any]:
    """Give every hidden layer an activation: new ones that of the layer before."""
    layers, chosen = len(values["layers"]), values["activations"]
    last = chosen[-1:] or SETTINGS["activations"].default[:1]
    values["activations"] = (*chosen[:layers], *(last * max(0, layers - len(chosen))))
    return values


def write_address(settings: Settings, journal: str = "") -> str:
    """Write settings, and what was done since, as an address has them behind its ``#``.

    Parameters
    ----------
    settings : Settings
        All of them are written.
    journal : str
        What was done.

    Returns
    -------
    str

    Examples
    --------
    >>> write_address(Settings({"data": "xor"}), "e5")[:18], write_address(Settings(), "e5")[-7:]
    ('data=xor&target=&x', '&did=e5')
    """
    parts = [f"{n}={quote(SETTINGS[n].write(v), safe=_PLAIN)}" for n, v in settings.items()]
    parts += [f"{JOURNAL}={quote(journal, safe=_PLAIN)}"] if journal else []
    return "&".join(parts)


def read_address(address: str) -> tuple[Settings, str]:
    """Read what :func:`write_address` wrote, or a part of it; what is missing is at its default.

    Parameters
    ----------
    address : str
        Such as ``data=xor&layers=8,8&did=e120``; a whole link's part after ``#``.

    Returns
    -------
    (Settings, str)
        With the journal.

    Raises
    ------
    SettingValueError
        A value cannot be.
    InputError
        It is too long, or names what is no setting.

    Examples
    --------
    >>> settings, journal = read_address("data=xor&layers=3&did=e120")
    >>> settings.data, settings.layers, journal
    ('xor', (3,), 'e120')
    """
    if len(address) > _LONGEST_ADDRESS:
        raise InputError(f"an address has at most {_LONGEST_ADDRESS:,} letters")
    values, journal = {}, ""
    for part in filter(None, address.lstrip("#").split("&")):
        name, equals, text = part.partition("=")
        if not equals:
            raise InputError(f"{part!r:.60} in the address is not of the form name=value")
        if name == JOURNAL:
            journal = unquote(text)
        else:
            values[name] = _setting(name).read(unquote(text))
    return Settings(values), journal
