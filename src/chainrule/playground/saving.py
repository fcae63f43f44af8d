"""What the playground trains as a model one can keep: its file, back from it, and as Python."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from chainrule.errors import InputError
from chainrule.explanation import diagnose
from chainrule.explanation.inputs._raw_columns import trace_all
from chainrule.playground._address_of_model import address_of_model, settings_of_model
from chainrule.playground._script import python_code
from chainrule.playground.data import DataSet, make_data
from chainrule.playground.journal import Changed, Moved, settings_after, write_journal
from chainrule.playground.settings import DATA_SETS, OWN, read_address, write_address
from chainrule.tables import Table, data_hash, load_example
from chainrule.workflow import Model, TrainSettings, load_model, save_model
from chainrule.workflow.choices import SOLVERS
from chainrule.workflow.fitting import Fit
from chainrule.workflow.model import Origin, class_outputs
from chainrule.workflow.notes import column_notes, course, data_notes
from chainrule.workflow.rivals import compare, score_rivals, score_row_by_row
from chainrule.workflow.rows import Rows

if TYPE_CHECKING:
    from chainrule.estimators import OpenTraining
    from chainrule.playground.course import Course
    from chainrule.playground.journal import Entry
    from chainrule.playground.settings import Settings

__all__ = ["MOST_BYTES", "OpenedModel", "make_model", "model_file", "open_model", "python_code"]

#: The largest model file that the page takes.
MOST_BYTES = 20_000_000


def make_model(
    data: DataSet, training: OpenTraining, settings: Settings, journal: tuple[Entry, ...] = ()
) -> Model:
    """Make a model of a training: all that it takes to use it and to know how it was made.

    Parameters
    ----------
    data : DataSet
        What is learned.
    training : OpenTraining
        As it stands.
    settings : Settings
        What it started with.
    journal : tuple of Entry
        What was done since.

    Returns
    -------
    Model
        Takes a table as it was before noise was added; its ``origin`` holds the address from
        which the same network comes again, too.

    Raises
    ------
    InputError
        Not a whole epoch has been trained.
    """
    if training.epoch == 0:
        raise InputError(
            "nothing has been learned yet: train at least one whole epoch, then save the model"
        )
    estimator = training.estimator
    network = estimator if data.scaling is None else _scaled(estimator, data.scaling)
    learned = Rows(data.x_train, data.answers[data.train])
    rows = Rows(data.x_test, data.answers[data.test])
    classes = None if data.classes is None else tuple(data.classes)
    predicted, sure = (
        (network.predict(rows.x), True) if classes is None else class_outputs(network, rows.x)
    )
    scores, goodness = score_row_by_row(rows.y, predicted, classes=classes, probabilistic=sure)
    rivals = score_rivals(learned, rows, classes=classes)
    used = _settings(data, training, settings_after(settings, journal))
    held_out = len(training.held_out)
    seen = learned if classes is None else learned.with_targets(data.y_train)
    known = course(Fit(network, seen, held_out, None), used)
    if not training.stopped:
        known |= {"best_epoch": training.epoch, "stopped": _by_hand(training, journal)}
    seconds = sum(known["history"]["seconds"])
    origin = Origin(
        name=data.name,
        target=data.target,
        task=data.task,
        classes=data.classes,
        columns=_columns(data),
        data={
            **data_notes(data.table, None),
            "noise": settings.noise,
            "address": write_address(settings, write_journal(journal)),
        },
        split={
            "train_rows": len(data.train),
            "test_rows": len(data.test),
            "held_out_rows": held_out,
            "seed": settings.data_seed,
        },
        baselines={rival.name: rival.scores.to_dict() for rival in rivals},
        scores=scores.to_dict(),
        verdict=compare(goodness, rivals, linear=not settings.layers),
        diagnosis=diagnose(network, seen.x, seen.y).to_dict(),
        seconds=seconds * training.epoch / len(known["history"]["seconds"]),
        **known,
    )
    return Model(Pipeline([("encoder", data.encoder), ("network", network)]), origin)


def _scaled(estimator: Any, scaling: Any) -> Any:
    """Wrap a network of scaled numbers as :class:`TransformedTargetRegressor` does when it fits."""
    wrapper = TransformedTargetRegressor(clone(estimator), transformer=scaling, check_inverse=False)
    wrapper.regressor_, wrapper.transformer_, wrapper._training_dim = estimator, scaling, 1
    return wrapper


def _columns(data: DataSet) -> list[dict[str, Any]]:
    """Tell what became of each column; a feature counts for both columns that it is made of."""
    names = data.encoder.get_feature_names_out().tolist()
    notes = column_notes(data.described, names)
    kinds = list(data.encoder.named_steps["reader"].kinds)
    steps = [step for _, step in data.encoder.steps]
    sources = trace_all(steps, [(place,) for place in range(len(kinds))]) or []
    for note in notes:
        if note["used"]:
            place = kinds.index(note["name"])
            note["inputs"] = sum(place in source for source in sources)
    return notes


def _by_hand(training: OpenTraining, journal: tuple[Entry, ...]) -> str:
    """Say why a training is where it is, in words that follow "stopped:"."""
    epochs = f"{training.epoch:,} epoch{'s' * (training.epoch != 1)}"
    told = f"by hand, in the playground, after {epochs}"
    if training.rows_into:
        told += f" and {training.rows_into:,} rows of the next"
    moved = len({(m.layer, m.source, m.to) for m in journal if isinstance(m, Moved)})
    changed = list(dict.fromkeys(c.name for c in journal if isinstance(c, Changed)))
    more = [f"{moved} weight{'s' * (moved != 1)} set by hand"] if moved else []
    more += [f"another {' and '.join(changed)} on the way"] if changed else []
    return ", with ".join([told, " and ".join(more)]) if more else told


def _settings(data: DataSet, training: OpenTraining, settings: Settings) -> TrainSettings:
    """Tell the settings as a training by the command line has them."""
    used = [column.name for column in data.described]
    given: dict[str, Any] = {
        "target": data.target,
        "task": data.task,
        "kinds": {c.name: c.kind for c in data.described if c.kind == "number" and c.distinct < 2},
        "drop": tuple(n for n in data.frame.columns if n not in used and n != data.target),
        "test_fraction": (100 - settings.train_share) / 100,
        "model": settings.model,
        "learning_rate": settings.learning_rate,
        "schedule": settings.decay,
        "epochs": training.epoch,
        "l1": settings.l1,
        "l2": settings.l2,
        "early_stopping": False,
        "seed": settings.seed,
    }
    if settings.model == "network":
        given |= _of_a_network(training, settings)
        if data.classes is None:
            given["loss"] = settings.error
    return TrainSettings(**given).settled(data.task)


def _of_a_network(training: OpenTraining, settings: Settings) -> dict[str, Any]:
    parameters = training.estimator.get_params(deep=False)
    solver = SOLVERS[settings.optimizer]
    given: dict[str, Any] = {
        "hidden_layer_sizes": settings.layers,
        "initialization": settings.initialization,
        "solver": solver.name,
    }
    if settings.layers:
        given |= {"activation": settings.activations, "dropout": settings.dropout or None}
    if solver.momentum:
        given["momentum"] = parameters["momentum"]
    if solver.weight_decay:
        given["weight_decay"] = parameters["weight_decay"]
    if solver.batches:
        given["batch_size"] = parameters["batch_size"]
    if settings.early_stopping and len(training.held_out):
        given |= {
            "early_stopping": True,
            "validation_fraction": parameters["validation_fraction"],
            "patience": parameters["n_iter_no_change"],
            "monitor": "loss",
            "min_change": parameters["tol"],
        }
    return given


def model_file(data: DataSet, course: Course) -> tuple[str, bytes]:
    """Return a training as a model file, and what to call it.

    Parameters
    ----------
    data : DataSet
        What is learned.
    course : Course
        The training, with its journal.

    Returns
    -------
    (str, bytes)
        Such as ``spiral.chainrule``.

    Raises
    ------
    InputError
        Not a whole epoch has been trained.
    """
    model = make_model(data, course.training, course.start, course.told)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.chainrule")
        save_model(path, model)
        return f"{_file_name(data.name)}.chainrule", path.read_bytes()


def _file_name(name: str) -> str:
    """Write a table's name so that every system can have a file of it."""
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name)
    return plain.strip("._")[:60] or "model"


# ---------------------------------------------------------------------------- back again


@dataclass(frozen=True)
class OpenedModel:
    """A model file that was opened, and what it takes to show it.

    Attributes
    ----------
    model : Model
        Ready to predict.
    address : str
        Settings and journal, if it was made in the playground; else empty.
    table : str
        The name of the table it was trained with.
    example : bool
        Whether that is an example, which is at hand.
    columns : list of str
        What a table must have to be predicted.
    layers : list of int
        Inputs, nodes of each hidden layer, outputs.
    """

    model: Model
    address: str
    table: str
    example: bool
    columns: list[str]
    layers: list[int]

    def is_of(self, table: Table) -> bool:
        """Whether the model was trained with this very table."""
        return bool(self.model.origin.data["hash"] == data_hash(table.frame))

    def address_with(self, table: Table | None) -> str:
        """Return the address at which the playground shows the model.

        Parameters
        ----------
        table : Table or None
            One's own, that the model was trained with; not looked at for an example.

        Returns
        -------
        str
            Of a model of the command line every weight stands in it.

        Raises
        ------
        InputError
            The playground has nothing like it, in a sentence.
        """
        if self.address:
            return self.address
        settings = settings_of_model(self.model, example=self.example)
        data = make_data(settings, None if self.example else table)
        return address_of_model(self.model, settings, data)

    @property
    def needs(self) -> str:
        """Say in a sentence what else is needed; empty if nothing is."""
        if self.example:
            return ""
        columns = ", ".join([*self.columns[:8], *(["…"] if len(self.columns) > 8 else [])])
        target = self.model.origin.target
        return (
            f"The model was trained with the table {self.table!r}: drop that table, with the "
            f"columns {columns} and {target}, to see it at work."
        )


def open_model(content: bytes, name: str = "the file") -> OpenedModel:
    """Open a model file that was dropped on the page, without trusting it.

    Parameters
    ----------
    content : bytes
        Of a file that the playground or ``chainrule train`` has written.
    name : str
        What to call it in an error.

    Returns
    -------
    OpenedModel

    Raises
    ------
    InputError
        The file is too large, or :func:`chainrule.workflow.load_model` refuses it, in a sentence.
    """
    if len(content) > MOST_BYTES:
        raise InputError(
            f"{name} has more than the {MOST_BYTES // 10**6} MB that the playground takes of a "
            "model"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.chainrule")
        path.write_bytes(content)
        try:
            model = load_model(path)
        except InputError as error:
            raise InputError(str(error).replace(str(path), name)) from error
    origin = model.origin
    address = origin.data.get("address", "")
    address = address if isinstance(address, str) else ""
    return OpenedModel(
        model=model,
        address=address,
        table=origin.name,
        example=_is_of_example(origin, address),
        columns=model.columns,
        layers=model.layer_sizes,
    )


def _is_of_example(origin: Origin, address: str) -> bool:
    """Whether a model was trained with an example, which may be drawn as its address says."""
    if address:
        return bool(read_address(address)[0].data != OWN)
    if origin.name == OWN or origin.name not in dict(DATA_SETS):
        return False
    return bool(origin.data["hash"] == data_hash(load_example(origin.name).frame))
