"""What was asked, the table, the network, how training went, what may be wrong: from the model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.explanation.diagnosing.diagnosis import CHECKS, diagnose
from chainrule.reporting._facts import (
    Asked,
    ColumnFacts,
    CourseFacts,
    DiagnosisFacts,
    FindingFacts,
    LayerFacts,
    Names,
    NetworkFacts,
    Reproduction,
    RestartFacts,
    TableFacts,
)
from chainrule.tables import describe_columns
from chainrule.workflow.option_words import in_options
from chainrule.workflow.reproduction import command_line, python_code
from chainrule.workflow.words import training_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chainrule.reporting._subject import Subject

__all__ = ["again", "asked", "course", "diagnosis", "network", "table"]

#: Words of a training that are about its course, not about what was asked.
_OF_THE_COURSE = ("course", "stopped", "mistakes", "loss", "starts")
#: Of these, what the page does not tell elsewhere.
_TOLD_OF_IT = ("course", "mistakes", "loss", "starts")
_CALLED = {"logistic": "sigmoid"}


def asked(subject: Subject) -> Asked:
    """Tell what was asked for."""
    origin = subject.origin
    told: tuple[tuple[str, str], ...] = ()
    if origin is not None:
        facts = training_facts(subject.model)
        told = tuple((name, words) for name, words in facts if name not in _OF_THE_COURSE)
    return Asked(
        target=subject.target,
        task="regression" if subject.classes is None else "classification",
        classes=() if subject.classes is None else tuple(map(str, subject.classes)),
        kind=subject.kind,
        table="" if origin is None else origin.name,
        created="" if origin is None else origin.created,
        told=told,
    )


# ---------------------------------------------------------------------------- the table


def table(subject: Subject) -> TableFacts | None:
    """Tell what each column was taken for and what became of it."""
    if subject.origin is None:
        return _table_of_test_rows(subject)
    origin = subject.origin
    names = ("name", "kind", "note", "missing", "distinct", "inputs", "used")
    columns = tuple(ColumnFacts(**{name: c[name] for name in names}) for c in origin.columns)
    split, settings = origin.split, origin.settings
    left_out = origin.data["rows"] - split["train_rows"]
    if "test_table" not in split:
        left_out -= split["test_rows"]
    return TableFacts(
        rows=origin.data["rows"],
        columns=columns,
        kinds=_kinds(columns),
        learned=split["train_rows"],
        held_out=split["held_out_rows"],
        tested=split["test_rows"],
        left_out=left_out,
        others=tuple(_others(settings)),
        of_test_rows=False,
    )


def _others(settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name in settings["drop"]:
        yield name, "left out, as asked"
    if settings["groups"] is not None:
        yield settings["groups"], "keeps the rows of one group together in one part; no input"
    if settings["weights"] is not None:
        yield settings["weights"], "says how much each row counts; no input"


def _table_of_test_rows(subject: Subject) -> TableFacts | None:
    try:
        found = describe_columns(subject.frame)
    except InputError:
        return None  # such as columns of infinite numbers, which the model may be at home with
    # What is constant or an identifier here, the model has taken all the same.
    columns = tuple(
        ColumnFacts(
            name=column.name,
            kind=column.kind,
            note="",
            missing=column.missing,
            distinct=column.distinct,
            inputs=None,
            used=True,
        )
        for column in found
    )
    return TableFacts(
        rows=len(subject),
        columns=columns,
        kinds=_kinds(columns),
        learned=None,
        held_out=None,
        tested=len(subject),
        left_out=0,
        others=(),
        of_test_rows=True,
    )


def _kinds(columns: tuple[ColumnFacts, ...]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(column.kind for column in columns).most_common())


# ---------------------------------------------------------------------------- the network


def network(subject: Subject) -> NetworkFacts | None:
    """Tell the layers and how many numbers were learned; None of models of other packages."""
    if not subject.is_ours:
        return None
    learned = subject.network
    sizes, layers = learned._network.sizes, learned._network.layers
    told = [LayerFacts(name="inputs", activation="", nodes=sizes[0], parameters=0)]
    for place, layer in enumerate(layers):
        last = place == len(layers) - 1
        told.append(
            LayerFacts(
                name="output" if last else f"hidden layer {place + 1}",
                activation=_CALLED.get(layer.activation, layer.activation),
                nodes=sizes[place + 1],
                parameters=(sizes[place] + 1) * sizes[place + 1],
            )
        )
    averaged = getattr(learned, "combine", "best") == "average" and hasattr(learned, "restarts_")
    return NetworkFacts(
        layers=tuple(told),
        parameters=sum(layer.parameters for layer in told),
        zeros=sum(int((weights == 0).sum()) for weights in learned.coefs_),
        networks=len(learned.restarts_) if averaged else 1,
    )


# ---------------------------------------------------------------------------- the course


def course(subject: Subject) -> CourseFacts | None:
    """Tell how training went and how it ended."""
    if subject.origin is None:
        return _course_of_estimator(subject)
    origin = subject.origin
    told = training_facts(subject.model)
    return CourseFacts(
        told=tuple((name, words) for name, words in told if name in _TOLD_OF_IT),
        epochs=len(origin.history["epoch"]),
        best_epoch=origin.best_epoch,
        stopped=origin.stopped,
        seconds=origin.seconds,
        restarts=tuple(_restarts(origin.restarts)),
        averaged=origin.restarts.get("combine") == "average",
    )


def _restarts(told: dict[str, Any]) -> Iterable[RestartFacts]:
    for place, run in enumerate(told.get("runs", ())):
        yield RestartFacts(
            number=place + 1,
            seed=run["seed"],
            epochs=run.get("epochs"),
            best_epoch=run["best_epoch"],
            loss=run["final_loss"],
            stopped=run["stopping_reason"],
            kept=place == told["best"],
        )


def _course_of_estimator(subject: Subject) -> CourseFacts | None:
    learned = subject.network
    history = getattr(learned, "history_", None)
    if not subject.is_ours or not history:
        return None
    told: dict[str, Any] = {}
    restarts = getattr(learned, "restarts_", None)
    if restarts is not None:
        told = restarts.to_dict()
        for run, plain in zip(restarts, told["runs"], strict=True):
            plain |= {"final_loss": run.final_loss, "epochs": len(run.history) or None}
    best = getattr(learned, "best_epoch_", None)
    return CourseFacts(
        told=(),
        epochs=len(history),
        best_epoch=len(history) if best is None else int(best),
        stopped=str(getattr(learned, "stopping_reason_", "")),
        seconds=sum(history.column("seconds")),
        restarts=tuple(_restarts(told)),
        averaged=getattr(learned, "combine", "best") == "average",
    )


# ---------------------------------------------------------------------------- the diagnosis


def diagnosis(subject: Subject) -> DiagnosisFacts | None:
    """Tell what was found to be wrong, and what was looked at."""
    if not subject.is_ours:
        return None
    if subject.origin is not None:
        plain = subject.origin.diagnosis
    else:
        # The rows it has learned from are not at hand: only what the training left is looked at.
        plain = diagnose(subject.model).to_dict()
    tell: Callable[[str], str] = str if subject.origin is None else in_options
    subjects = {check.code: check.subject for check in CHECKS}
    keys = ("code", "title", "evidence", "advice", "page")
    return DiagnosisFacts(
        findings=tuple(FindingFacts(**{k: tell(f[k]) for k in keys}) for f in plain["findings"]),
        looked_at=tuple(subjects.get(code, code) for code in plain["looked_at"]),
        not_looked_at=tuple(subjects.get(code, code) for code in plain["not_looked_at"]),
    )


# ---------------------------------------------------------------------------- once more


def again(subject: Subject, names: Names | None) -> Reproduction | None:
    """Tell how to make the model again; None where that is not known."""
    origin = subject.origin
    if origin is None:
        return None
    names = names or Names(data=origin.name, test=origin.split.get("test_table"))
    try:
        command = command_line(origin, names.data, test=names.test)
    except InputError:
        command = ""  # a class's name that no command line can hold: Python can
    hashes = [("hash of the table", origin.data["hash"])]
    if "test_hash" in origin.data:
        hashes.append(("hash of the test table", origin.data["test_hash"]))
    if "address" in origin.data and origin.data["address"] not in command:
        hashes.append(("address in the playground", f"#{origin.data['address']}"))
    return Reproduction(
        command=command,
        python=python_code(origin, names.data, test=names.test),
        seed=origin.settings["seed"],
        hashes=tuple(hashes),
        versions=tuple(origin.versions.items()),
    )
