"""A training written out as a Python script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.workflow._python_text import Script, call, quoted, written
from chainrule.workflow.estimator import make_estimator
from chainrule.workflow.fitting import class_weight_by_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainrule.workflow.model import Origin
    from chainrule.workflow.settings import TrainSettings

__all__ = ["script"]


def script(
    origin: Origin, settings: TrainSettings, data: str, *, test: str | None, example: bool
) -> str:
    """Write a script that trains the same model.

    Parameters
    ----------
    origin : Origin
        How the model was made.
    settings : TrainSettings
        Settled.
    data, test : str
        As for :func:`chainrule.workflow.reproduction.python_code`.
    example : bool
        Whether ``data`` is the name of an example.

    Returns
    -------
    str
    """
    writer = _Script(origin, settings, data, test, example)
    return writer.text("Trains a model as chainrule train does.")


class _Script(Script):
    """Collects the lines, and what has to be imported for them."""

    def __init__(
        self,
        origin: Origin,
        settings: TrainSettings,
        data: str,
        test: str | None,
        example: bool,
    ) -> None:
        super().__init__()
        self.origin, self.settings = origin, settings
        self.data, self.test, self.example = data, test, example
        self.classifies = origin.classes is not None
        self.holds_out = origin.split["held_out_rows"] > 0
        self.weighted = settings.weights is not None
        self.grouped = settings.groups is not None

    def parts(self) -> Iterator[list[str]]:
        """Write the script part by part."""
        yield self._read()
        yield self._divide()
        yield self._hold_out()
        yield self._model()
        yield self._fit()
        yield self._score()

    # ------------------------------------------------------------------ rows

    def _read(self) -> list[str]:
        lines = self._read_one("table", self.data, example=self.example)
        if self.test is not None:
            lines += self._read_one("test_table", self.test, example=False)
        lines.append("")
        target = [quoted(self.origin.target), f"task={quoted(self.origin.task)}"]
        prepare = self.use("chainrule.tables", "prepare_target")
        lines.append(call(f"target = {prepare}", ["table", *target]))
        left_out = [*self.settings.drop]
        left_out += [c for c in (self.settings.groups, self.settings.weights) if c is not None]
        inputs = "table"
        if left_out:
            lines.append(call("inputs = table.drop", [quoted(name) for name in left_out]))
            inputs = "inputs"
        describe = self.use("chainrule.tables", "describe_columns")
        given = [inputs, f"target={quoted(self.origin.target)}"]
        if self.settings.kinds:
            lines.append(f"kinds = {written(self.settings.kinds, before=len('kinds = '))}")
            given.append("kinds=kinds")
        lines.append(call(f"columns = {describe}", given))
        lines.append(f"encoder = {self.use('chainrule.tables', 'make_encoder')}(columns)")
        return lines

    def _read_one(self, name: str, data: str, *, example: bool) -> list[str]:
        if example:
            load = self.use("chainrule.tables", "load_example")
            lines = [f"{name} = {load}({quoted(data)}).frame"]
        else:
            read = self.use("chainrule.tables", "read_table")
            lines = [call(f"{name} = {read}", [quoted(data)])]
        if self.weighted:
            count = self.use("chainrule.workflow.rows", "counted_rows")
            weights = quoted(str(self.settings.weights))
            kept = "weights" if name == "table" else "test_weights"
            lines.append(call(f"counted = {count}", [name, weights]))
            lines.append(f"{name}, {kept} = counted.frame, counted.weights  # those above 0")
        return lines

    def _divide(self) -> list[str]:
        lines = []
        if self.grouped:
            codes = self.use("chainrule.workflow.splitting", "group_codes")
            lines.append(call(f"groups = {codes}", ["table", quoted(str(self.settings.groups))]))
        if self.test is not None:
            return [*lines, *self._whole()]
        how = [f"test_fraction={self.settings.test_fraction!r}", f"seed={self.settings.seed}"]
        if self.grouped:
            split = self.use("chainrule.workflow.splitting", "split_table")
            how.insert(0, "groups=groups")
        else:
            split = self.use("chainrule.tables", "split_rows")
        lines += [
            call(f"train, test = {split}", ["target", *how]),
            "X_train, y_train = encoder.fit_transform(table[train]), target.values[train]",
            "X_test, y_test = encoder.transform(table[test]), target.values[test]",
        ]
        if self.weighted:
            lines.append(f"w_train = {self._for_training()}(weights[train])")
            lines.append("w_test = weights[test]")
        if self.grouped:
            lines.append("groups = groups[train]")
        return lines

    def _whole(self) -> list[str]:
        """Train on all rows, and test on another table."""
        values = self.use("chainrule.workflow.targets", "true_values")
        given = ["test_table", quoted(self.origin.target)]
        lines = ["X_train, y_train = encoder.fit_transform(table), target.values"]
        lines.append("X_test = encoder.transform(test_table)")
        if self.classifies:
            lines.append("classes = target.classes.tolist()")
            lines.append(call(f"codes = {values}", [*given, "classes=classes"]))
            lines.append("y_test = target.classes[codes]")
        else:
            lines.append(call(f"y_test = {values}", [*given, "classes=None"]))
        if self.weighted:
            lines.append(f"w_train, w_test = {self._for_training()}(weights), test_weights")
        return lines

    def _for_training(self) -> str:
        return self.use("chainrule.workflow.rows", "for_training")

    def _hold_out(self) -> list[str]:
        if not self.holds_out:
            return []
        hold_out = self.use("chainrule.workflow.splitting", "hold_out")
        lines = ["# Rows to watch: training stops when it gets no better on them."]
        y, classes = "y_train", "None"
        if self.classifies:
            self.use("", "np")
            lines.append("codes = np.searchsorted(target.classes, y_train)")
            y, classes = "codes", "len(target.classes)"
        given = [
            y,
            f"classes={classes}",
            f"groups={'groups' if self.grouped else 'None'}",
            f"fraction={self.settings.validation_fraction!r}",
            f"seed={self.settings.seed + 1}",
        ]
        lines.append(call(f"held_out = {hold_out}", given))
        lines.append("X_watched, y_watched = X_train[held_out], y_train[held_out]")
        lines.append("X_train, y_train = X_train[~held_out], y_train[~held_out]")
        if self.weighted:
            lines.append("w_watched, w_train = w_train[held_out], w_train[~held_out]")
        return lines

    # ------------------------------------------------------------------ the model

    def _model(self) -> list[str]:
        name, given = self.constructor(self._estimator())
        what = "model" if self.classifies else "network"
        lines = [call(f"{what} = {name}", given)]
        if not self.classifies:
            scaler = self._scaler()
            wrapper = self.use("sklearn.compose", "TransformedTargetRegressor")
            scaled = ["network", f"transformer={scaler}()", "check_inverse=False"]
            lines.append(call(f"model = {wrapper}", scaled))
        return lines

    def _estimator(self) -> Any:
        rows = self.origin.split["train_rows"] - self.origin.split["held_out_rows"]
        network = make_estimator(self.settings, rows=rows, stopping=self.holds_out)
        classes = self.origin.classes
        weights = class_weight_by_place(self.settings, classes)
        if isinstance(weights, dict) and classes is not None:
            network.class_weight = {classes[place]: weight for place, weight in weights.items()}
        return network

    def _scaler(self) -> str:
        if self.settings.loss == "poisson":
            return self.use("chainrule.workflow.target_scaling", "MeanScaler")
        return self.use("sklearn.preprocessing", "StandardScaler")

    def _fit(self) -> list[str]:
        given, lines = ["X_train", "y_train"], []
        if self.weighted:
            given.append("sample_weight=w_train")
        if self.holds_out:
            watched = "X_watched, y_watched"
            if not self.classifies:
                lines += [
                    f"scaler = {self._scaler()}().fit(y_train[:, None])",
                    "y_watched = scaler.transform(y_watched[:, None]).ravel()",
                ]
            watched += ", w_watched" if self.weighted else ""
            given.append(f"validation_data=({watched})")
        return [*lines, call("model.fit", given)]

    def _score(self) -> list[str]:
        weights = ", sample_weight=w_test" if self.weighted else ""
        what = "accuracy" if self.classifies else "R²"
        pipeline = self.use("sklearn.pipeline", "Pipeline")
        return [
            f"score = model.score(X_test, y_test{weights})",
            f'print(f"{what} on {{len(y_test)}} test rows: {{score:.4f}}")',
            "",
            "# For new rows, as they are in a table: pipeline.predict(rows)",
            f'pipeline = {pipeline}([("encoder", encoder), ("network", model)])',
        ]
