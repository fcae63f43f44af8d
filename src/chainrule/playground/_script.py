"""A playground's network written out as the Python that trains it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from chainrule.playground._own_table import MOST_ROWS
from chainrule.playground.estimator import make_estimator, training_parameters
from chainrule.playground.journal import Changed, Entry, Moved, Ran, write_journal
from chainrule.playground.settings import (
    BY_CLASSES,
    ENDING_DECAYS,
    MADE_UP,
    Settings,
    write_address,
)
from chainrule.workflow._python_text import Script, call, quoted, written

if TYPE_CHECKING:
    from chainrule.estimators import OpenTraining
    from chainrule.playground.data import DataSet

__all__ = ["python_code"]

_WIDTH = 88
_RUN = {"epoch": "run_epochs", "batch": "run_batches", "point": "run_points"}


def python_code(
    data: DataSet, settings: Settings, journal: tuple[Entry, ...], training: OpenTraining
) -> str:
    """Return a script that trains the same network: on the same machine the same bits.

    Where nothing but whole epochs were run, it fits an estimator as a user of scikit-learn knows
    it; else it does again what was done, one thing after the other.

    Parameters
    ----------
    data : DataSet
        What is learned.
    settings : Settings
        What it started with.
    journal : tuple of Entry
        What was done since.
    training : OpenTraining
        What came of it, of which the shape is looked at.

    Returns
    -------
    str
        With ``network``, and ``encoder`` for new rows.

    Examples
    --------
    >>> from chainrule.estimators import OpenTraining
    >>> from chainrule.playground.data import make_data
    >>> settings = Settings({"data": "moons", "layers": [3]})
    >>> data = make_data(settings)
    >>> network = make_estimator(settings, classifies=True, rows=len(data.x_train))
    >>> training = OpenTraining(network, data.x_train, data.y_train)
    >>> code = python_code(data, settings, (Ran("epoch", 5),), training)
    >>> print(code[code.index("network.fit") :].splitlines()[0])
    network.fit(X_train, y_train)
    """
    return _Training(data, settings, journal, training).text("Trains what the playground shows.")


class _Training(Script):
    """Collects the lines, and what has to be imported for them."""

    def __init__(
        self,
        data: DataSet,
        settings: Settings,
        journal: tuple[Entry, ...],
        training: OpenTraining,
    ) -> None:
        super().__init__()
        self.data, self.settings, self.journal = data, settings, journal
        self.network = training.network
        self.classifies = data.classes is not None
        #: Whether the rates depend on how many epochs are planned, or the end on held-out rows.
        later = {entry.name for entry in journal if isinstance(entry, Changed)}
        self.ends = bool(
            settings.early_stopping
            or settings.decay in ENDING_DECAYS
            or later & {"decay", "planned_epochs"}
        )
        whole = all(isinstance(entry, Ran) and entry.unit == "epoch" for entry in journal)
        #: Whether ``fit`` does it: it runs whole epochs, and as many as are planned.
        self.fits = whole and not (self.ends and journal)

    def parts(self) -> Iterator[list[str]]:
        """Write the script part by part."""
        yield [f"# In the playground: #{self._address()}", *self._read()]
        yield self._divide()
        yield self._model()
        yield self._train()
        yield self._score()

    def _address(self) -> str:
        """Write the address without what is at its default anyway."""
        usual = write_address(Settings()).split("&")
        parts = write_address(self.settings, write_journal(self.journal)).split("&")
        return "&".join(part for part in parts if part not in usual) or parts[0]

    # ------------------------------------------------------------------ rows

    def _read(self) -> list[str]:
        data, settings = self.data, self.settings
        lines = [self._load()]
        if data.note:
            sample = self.use("chainrule.tables", "sample_rows")
            lines.append(f"table = table[{sample}(len(table), {MOST_ROWS:_})]")
        about = [quoted(data.target), f"task={quoted(data.task)}"]
        if settings.noise:
            noise = self.use("chainrule.tables", "add_noise")
            given = ["table", str(settings.noise), f"target={about[0]}", about[1]]
            given += [f"seed={settings.data_seed}"] if settings.data_seed else []
            lines.append(call(f"table = {noise}", given))
        prepare = self.use("chainrule.tables", "prepare_target")
        lines.append(call(f"target = {prepare}", ["table", *about]))
        return [*lines, *self._encoder()]

    def _load(self) -> str:
        data, settings = self.data, self.settings
        if data.source is not None:
            read = self.use("chainrule.tables", "read_table")
            return call(f"table = {read}", [quoted(data.source)])
        given = [quoted(data.name)]
        if settings.data in MADE_UP:
            given += [f"rows={settings.points}", f"seed={settings.data_seed}"]
        if settings.data in BY_CLASSES:
            given.append(f"classes={settings.classes}")
        return f"table = {self.use('chainrule.tables', 'load_example')}({', '.join(given)}).frame"

    def _encoder(self) -> list[str]:
        data, lines = self.data, []
        describe = self.use("chainrule.tables", "describe_columns")
        make = self.use("chainrule.tables", "make_encoder")
        given, target = ["table"], quoted(data.target)
        names = [column.name for column in data.described]
        if len(names) < data.frame.width - 1:
            lines.append(call("inputs = table.select", [quoted(name) for name in names]))
            given = ["inputs"]
        else:
            given.append(f"target={target}")
        if data.image is not None:
            kinds = f'{{name: "number" for name in table.columns if name != {target}}}'
            lines.append(f"pixels = {kinds}")
            given.append("kinds=pixels")
        lines.append(call(f"columns = {describe}", given))
        asked = ["columns"]
        if "features" in data.encoder.named_steps:
            axes = tuple(axis.name for axis in data.axes)[: 1 if data.plane.curve else 2]
            features = list(data.encoder.named_steps["features"].features)
            asked += [f"axes={written(axes)}", f"features={self._list(features)}"]
        return [*lines, *_filled(f"encoder = {make}", asked)]

    @staticmethod
    def _list(names: list[str]) -> str:
        return f"[{', '.join(map(quoted, names))}]"

    def _divide(self) -> list[str]:
        settings = self.settings
        split = self.use("chainrule.tables", "split_rows")
        how = [f"test_fraction={(100 - settings.train_share) / 100!r}"]
        how += [f"seed={settings.data_seed}"]
        lines = [call(f"train, test = {split}", ["target", *how])]
        values = "target.values"
        if not self.classifies:
            values = "y"
            poisson = settings.error == "poisson"
            home, name = ("sklearn.preprocessing", "StandardScaler")
            if poisson:
                home, name = ("chainrule.workflow.target_scaling", "MeanScaler")
            scaler = self.use(home, name)
            lines += [
                f"scaler = {scaler}().fit(target.values[train][:, None])",
                "y = scaler.transform(target.values[:, None]).ravel()",
            ]
        return [
            *lines,
            f"X_train, y_train = encoder.fit_transform(table[train]), {values}[train]",
            f"X_test, y_test = encoder.transform(table[test]), {values}[test]",
        ]

    # ------------------------------------------------------------------ the network

    def _model(self) -> list[str]:
        rows = len(self.data.train)
        network = make_estimator(self.settings, classifies=self.classifies, rows=rows)
        if self.fits and self.journal:
            network.set_params(max_iter=sum(e.count for e in self.journal if isinstance(e, Ran)))
        elif not self.ends:
            network.set_params(max_iter=type(network)().max_iter)
        name, given = self.constructor(network)
        return _filled(f"network = {name}", given)

    def _train(self) -> list[str]:
        if self.fits:
            return [f"network.{'fit' if self.journal else 'initialize'}(X_train, y_train)"]
        begin = self.use("chainrule.estimators", "OpenTraining")
        lines = [f"training = {begin}(network, X_train, y_train)"]
        settings = self.settings
        for moved, entries in groupby(self.journal, lambda entry: isinstance(entry, Moved)):
            if moved:
                lines += self._move(entries)
                continue
            for entry in entries:
                if isinstance(entry, Ran):
                    lines.append(f"training.{_RUN[entry.unit]}({entry.count})")
                elif isinstance(entry, Changed):
                    before, settings = settings, settings.changed(entry.name, entry.value)
                    lines += self._change(before, settings)
        return [*lines, "network = training.estimator"]

    def _change(self, before: Settings, after: Settings) -> list[str]:
        rows = len(self.data.train)
        old, new = (training_parameters(settings, rows=rows) for settings in (before, after))
        changed = {name: value for name, value in new.items() if value != old[name]}
        if after.early_stopping or "plateau" in (before.decay, after.decay):
            # A rate that has fallen by itself begins anew, and so does patience.
            changed["learning_rate_init"] = new["learning_rate_init"]
        given = [f"{name}={written(value)}" for name, value in changed.items()]
        return [call("training.change", given)] if given else []

    def _move(self, entries: Any) -> Iterator[str]:
        yield "weights = training.parameters  # by layer: W row by row, then b"
        for moved in entries:
            yield f"weights[{moved.place_in(self.network)}] = {moved.value!r}"
        yield "training.set_parameters(weights)"

    def _score(self) -> list[str]:
        what = "accuracy" if self.classifies else "R²"
        return [
            "score = network.score(X_test, y_test)",
            f'print(f"{what} on {{len(y_test)}} test rows: {{score:.4f}}")',
        ]


def _filled(head: str, arguments: list[str]) -> list[str]:
    """Write a call with as many arguments in each of its lines as there is room for."""
    line = f"{head}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return [line]
    inside = textwrap.wrap(
        ", ".join(argument.replace(" ", "\0") for argument in arguments), _WIDTH - 4
    )
    lines = [f"    {line}".replace("\0", " ") for line in inside]
    return [f"{head}(", *lines, ")"]
