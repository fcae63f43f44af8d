"""An explanation as a spreadsheet with live formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainrule.errors import InputError
from chainrule.explanation.diagnosing._finding import counted
from chainrule.explanation.spreadsheet._backward import write_backpropagation
from chainrule.explanation.spreadsheet._cells import Block, Book, Page, each
from chainrule.explanation.spreadsheet._error import write_error
from chainrule.explanation.spreadsheet._forward import write_comparison, write_pass
from chainrule.explanation.spreadsheet._scene import Given, Pass, Scene, up
from chainrule.explanation.spreadsheet._update import MEANINGS, Steps, write_update
from chainrule.explanation.worked._calculation import Calculation
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._selection import select
from chainrule.explanation.worked._subject import Subject
from chainrule.explanation.worked._telling import shown, title_of
from chainrule.explanation.worked._update import how_it_steps
from chainrule.explanation.worked._writing import LARGEST_POWER
from chainrule.files import check_writable, write_beside
from chainrule.mathematics.arrays import Array
from chainrule.network import feedforward

__all__ = ["write_excel"]

_MOST_WEIGHTS, _MOST_ROWS, _MOST_CELLS = 20_000, 64, 500_000
# Blocks like the weights, and like the nodes, that the sheets have at most or so.
_OF_WEIGHTS, _OF_NODES = 12, 12
_MOST_OUTPUTS = 10  # Of more there are no predictions at the top of the first sheet.

# name, title and text of every sheet
_CHANGE_ME = (
    "Change a yellow cell, a weight or a bias: on every sheet all that follows from it changes.",
    "The other blue numbers may be changed too: inputs, answers, settings.",
    "All black numbers are formulas: click on one to see where it comes from.",
)
_FORWARD = (
    "1 feedforward",
    "1. Feedforward: from the inputs to the prediction",
    (
        "In each layer a node adds up what comes in, times its weights, and its bias: that is z.",
        "Its activation function makes h of z, which goes on to the next layer; the last gives ŷ.",
        f"In formulas MIN({LARGEST_POWER}, …) only keeps e^… within what a cell can hold.",
    ),
)
_COMPARE = (
    "2 compare",
    "2. Compare the prediction with the answer",
    ("How far is the prediction ŷ from the answer y?",),
)
_ERROR = (
    "3 error",
    "3. Calculate the error",
    (
        "One number says how wrong the prediction is: 0 is perfect.",
        "Each row counts with its share s; penalties on large weights come on top.",
    ),
)
_BACKWARD = (
    "4 backwards",
    "4. Run the feedforward backwards: how the error changes with each weight",
    (
        "δ says how the error E changes with z: by the chain rule, a product of slopes.",
        "From δ of a layer follow the slopes of its weights, and δ of the layer before it.",
        "Where ŷ is as good as 0 or 1, a slope by it is 'none': then δ is s·(ŷ − y).",
    ),
)
_UPDATE = (
    "5 update",
    "5. Update the weights",
    ("Every weight moves a little against its slope, so that the error gets smaller.",),
)
_REPEAT = (
    "6 repeat",
    "6. Repeat: the feedforward again, with the new weights",
    ("The same formulas as in steps 1 and 3, with every weight moved.",),
)
_ROSE = (
    "Where it rose, the step was too long, or a penalty or what the optimizer remembers of other "
    "rows pulled another way."
)


def write_excel(subject: Subject, calculation: Calculation, path: str | Path) -> None:
    """Write an explanation as a spreadsheet: change a weight, and all that follows changes.

    Parameters
    ----------
    subject : Subject
        What it is about.
    calculation : Calculation
        Its numbers; every cell has a formula, and beside it the engine's number.
    path : str or Path
        The file to write; it is written whole or not at all.

    Raises
    ------
    InputError
        The network or the mini-batch is too large for a sheet to be read, a weight is no finite
        number, or the file cannot be written.
    """
    check_writable(path)
    _check_size(subject, calculation)
    scene = Scene(subject, calculation)
    named = Named(calculation, select(calculation, full=False), subject.rows)
    with np.errstate(all="ignore"):
        written = _write(scene, named)
    with write_beside(path) as file:
        file.write(written)


def _check_size(subject: Subject, calculation: Calculation) -> None:
    network, rows = calculation.network, len(subject.rows)
    weights = network.parameter_count
    if rows > _MOST_ROWS:
        raise InputError(
            f"a spreadsheet shows at most {_MOST_ROWS} rows, and these are {rows:,}; name fewer"
        )
    if weights > _MOST_WEIGHTS:
        raise InputError(
            f"a spreadsheet shows at most {_MOST_WEIGHTS:,} weights and biases, and this network "
            f"has {weights:,}; write the explanation as text or a page instead"
        )
    turns = sum(own.outputs**2 for own in network.layers if own.activation == "softmax")
    cells = _OF_WEIGHTS * weights + rows * (_OF_NODES * sum(network.sizes) + turns)
    if cells > _MOST_CELLS:
        raise InputError(
            f"a spreadsheet of {counted(rows, 'row')} through this network would have about "
            f"{cells:,} cells, more than {_MOST_CELLS:,}; name fewer rows, or write the "
            "explanation as text or a page instead"
        )
    if not np.isfinite(calculation.parameters).all():
        raise InputError(
            "the network has weights that are no finite numbers, which a spreadsheet cannot hold; "
            "diagnose tells where they come from"
        )


def _write(scene: Scene, named: Named) -> bytes:
    """Write sheet after sheet."""
    title = title_of(scene.subject, named)
    book = Book(title)
    steps = Steps(scene) if scene.calculation.update is not None else None
    network = book.page("network", title, _CHANGE_ME)
    outcome = _Outcome(network, scene, learns=steps is not None)
    given = _write_given(network, scene, steps)
    page = book.page(*_FORWARD)
    there = write_pass(page, scene, given.x, given.layers, scene.calculation.trace)
    outcome.fill_predictions("ŷ", there.h[-1], scene.calculation.trace.prediction)
    if steps is not None:
        write_comparison(book.page(*_COMPARE), scene, given, there)
        _write_learning(book, named, given, there, steps, outcome)
    return book.close()


def _write_learning(
    book: Book, named: Named, given: Given, there: Pass, steps: Steps, outcome: _Outcome
) -> None:
    """Write the error, the way back, the step, and the feedforward after it."""
    scene, calculation = steps.scene, steps.scene.calculation
    before, after = calculation.parameters, steps.update.parameters
    page = book.page(*_ERROR)
    errors = write_error(page, scene, given, given.layers, there, calculation.trace, before)
    slopes = write_backpropagation(book.page(*_BACKWARD), scene, given, there, errors)
    name, heading, told = _UPDATE
    page = book.page(name, heading, [how_it_steps(named), *told])
    new = write_update(page, steps, given, slopes, errors)
    page = book.page(*_REPEAT)
    trace = feedforward(calculation.network, after, calculation.trace.x)
    again = write_pass(page, scene, given.x, new, trace, prime="′")
    page.heading("The error with the new weights")
    later = write_error(page, scene, given, new, again, trace, after, known=errors)
    _write_judgment(page, steps, errors.total, later.total)
    outcome.fill_predictions("ŷ′", again.h[-1], trace.prediction)
    outcome.fill_errors(steps, errors.total, later.total)


def _write_judgment(page: Page, steps: Steps, before: Block, after: Block) -> None:
    """Write whether the error fell."""
    first, second = _errors_of(steps)
    page.heading("Did the error fall?")
    change = page.block(
        "",
        np.array([[second - first]]),
        each("{after}-{before}", after=after, before=before),
        labels=[("E′ − E", "")],
    )
    told = "fell" if second < first else "rose" if second > first else "stayed"
    said = np.array([[told if np.isfinite(second - first) else "#NUM!"]], dtype=object)
    page.block(
        "",
        said,
        each('IF({e}<0,"fell",IF({e}>0,"rose","stayed"))', e=change),
        labels=[("it", "")],
        kind="result",
    )
    page.say("")
    page.say(_ROSE)


def _errors_of(steps: Steps) -> tuple[float, float]:
    """Return E before and after the step."""
    calculation = steps.scene.calculation
    return calculation.error + calculation.penalty, steps.update.error


class _Outcome:
    """What comes out, at the top of the first sheet, where the weights are changed.

    Parameters
    ----------
    page : Page
        The first sheet.
    scene : Scene
        The calculation.
    learns : bool
        Whether there are answers to learn from.
    """

    def __init__(self, page: Page, scene: Scene, *, learns: bool) -> None:
        self._page, self._rooms = page, {}
        page.heading("What comes out")
        last = len(scene.calculation.network.layers) - 1
        outputs, header = scene.nodes("ŷ", last), scene.rows
        if len(outputs) <= _MOST_OUTPUTS:
            name = "The prediction ŷ, and ŷ′ with the new weights after the step"
            self._rooms["ŷ"] = page.later(
                name if learns else "The prediction ŷ", outputs, len(header), header=header
            )
            if learns:
                new = [(f"{symbol}′", said) for symbol, said in outputs]
                self._rooms["ŷ′"] = page.later("", new, len(header))
        if learns:
            labels = [("E", "before the step"), ("E′", "after the step")]
            self._rooms["E"] = page.later("The error E, and E′ after the step", labels, 1)

    def fill_predictions(self, letter: str, there: Block, predictions: Array) -> None:
        """Write predictions, where there are not too many of them for this place."""
        if letter in self._rooms:
            self._page.fill(self._rooms[letter], predictions.T, each("{h}", h=there))

    def fill_errors(self, steps: Steps, before: Block, after: Block) -> None:
        """Write the errors."""
        numbers = np.array(_errors_of(steps))[:, None]
        self._page.fill(self._rooms["E"], numbers, lambda i, _: (before, after)[i].cell())


# ------------------------------------------------------------------ what is given


def _write_given(page: Page, scene: Scene, steps: Steps | None) -> Given:
    """Write all numbers that are no formulas: rows, settings, weights, memory."""
    calculation = scene.calculation
    vector = calculation.parameters
    page.heading("The rows" if len(scene.rows) > 1 else "The row")
    x = page.block(
        "x, as the network takes it",
        calculation.trace.x.T,
        labels=scene.inputs(),
        header=scene.rows,
        kind="given",
    )
    y, weights = _write_targets(page, scene)
    settings = {} if steps is None else _write_settings(page, steps)
    layers = []
    for i in range(len(calculation.network.layers)):
        page.heading(scene.layer_title(i))
        layers.append(
            page.block(
                f"W{up(i)}: by what each node (column) multiplies what comes in; its bias b{up(i)}",
                scene.joined(vector, i),
                labels=scene.sources(i),
                header=scene.targets(i),
                kind="weight",
            )
        )
    memory = {} if steps is None else _write_memory(page, steps)
    _write_cells(page, scene)
    return Given(x, layers, y, weights, settings, memory)


def _write_targets(page: Page, scene: Scene) -> tuple[Block | None, Block | None]:
    """Write the right answers, and how much each row counts."""
    calculation, weights = scene.calculation, scene.calculation.problem.weights
    if calculation.y is None:
        return None, None
    last = len(calculation.network.layers) - 1
    smoothing = calculation.counts.terms.label_smoothing
    smoothed = f"; smoothed, label_smoothing = {smoothing:g}" if smoothing else ""
    y = page.block(
        f"y, the answer{smoothed}",
        calculation.y.T,
        labels=scene.nodes("y", last),
        header=scene.rows,
        kind="given",
    )
    counts = np.ones(len(scene.rows)) if weights is None else weights
    at = page.block(
        "w, how much each row counts",
        counts[None],
        labels=[("w", "")],
        header=scene.rows,
        kind="given",
    )
    return y, at


def _write_settings(page: Page, steps: Steps) -> dict[str, Block]:
    page.heading("The settings of the step")
    blocks = {}
    for symbol, number in steps.settings.items():
        labels = [(symbol, MEANINGS[symbol])]
        blocks[symbol] = page.block("", np.array([[number]]), labels=labels, kind="given")
    return blocks


def _write_memory(page: Page, steps: Steps) -> dict[str, list[Block]]:
    """Write what the optimizer remembers of the steps before, of each weight."""
    scene, memory = steps.scene, {}
    for letter, vector in steps.memory.items():
        page.heading(f"{letter}, {steps.meaning(letter)}, before the step")
        blocks = []
        for i in range(len(scene.calculation.network.layers)):
            # Of a matrix that is turned as a whole only the biases go by the rule.
            rows = slice(-1, None) if steps.turned(i) else slice(None)
            blocks.append(
                page.block(
                    f"{letter} of W{up(i)} and b{up(i)}",
                    scene.joined(vector, i)[rows],
                    labels=scene.sources(i)[rows],
                    header=scene.targets(i),
                    kind="given",
                )
            )
        memory[letter] = blocks
    return memory


def _write_cells(page: Page, scene: Scene) -> None:
    """Write the first row as it was given, where its columns became other inputs."""
    cells = scene.subject.cells
    if not cells:
        return
    page.heading(f"{scene.rows[0].capitalize()} of the table, before its columns became inputs")
    page.say("Only to be read: nothing is worked out from these.")
    for name, value in cells:
        page.block("", np.array([[shown(value)]], dtype=object), labels=[("", name)], kind="text")
