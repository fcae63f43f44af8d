"""The six steps of learning, told in the order in which everything is told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainrule.explanation.diagnosing._finding import counted, joined
from chainrule.explanation.worked._arithmetic import Ref
from chainrule.explanation.worked._backward import tell_backpropagation
from chainrule.explanation.worked._curves import name_of
from chainrule.explanation.worked._document import Block, Cell, Formula, Paragraph, Step, Table
from chainrule.explanation.worked._error import tell_error
from chainrule.explanation.worked._forward import tell_feedforward
from chainrule.explanation.worked._named import Named
from chainrule.explanation.worked._notation import Symbol, text_number
from chainrule.explanation.worked._subject import Subject
from chainrule.explanation.worked._update import tell_update
from chainrule.mathematics.arrays import Array
from chainrule.network import Architecture

__all__ = ["shown", "tell", "through", "title_of"]

# Of more inputs only those are listed that some shown sum is largely made of, and of those no more.
_INPUTS, _CELLS = 12, 16
# A change of E smaller than this part of it is rounding.
_NOTHING = 1e-12


def title_of(subject: Subject, named: Named) -> str:
    """Say which rows go through which network."""
    rows = subject.rows
    which = f"Row {rows[0]}" if len(rows) == 1 else f"A mini-batch of {counted(len(rows), 'row')}"
    return through(which, named.calculation.network)


def through(which: str, network: Architecture) -> str:
    """Say that something goes through a network, of which sizes and functions."""
    sizes = "–".join(map(str, network.sizes))
    functions = joined(list(dict.fromkeys(name_of(layer.activation) for layer in network.layers)))
    return f"{which} through a network of {sizes} nodes ({functions})"


def tell(subject: Subject, named: Named) -> Iterator[Step]:
    """Tell the six steps; without targets only the first."""
    yield Step(
        "1. Feedforward: from the inputs to the prediction",
        (
            *_tell_inputs(subject, named),
            *tell_feedforward(named),
            *_tell_prediction(subject, named),
        ),
    )
    if named.calculation.y is None:
        return
    yield Step("2. Compare the prediction with the answer", tuple(_tell_comparison(subject, named)))
    yield Step("3. Calculate the error", tuple(tell_error(named)))
    yield Step(
        "4. Run the feedforward backwards: how the error changes with each weight",
        tuple(tell_backpropagation(named)),
    )
    yield Step("5. Update the weights", tuple(tell_update(named)))
    which = "row" if len(subject.rows) == 1 else "rows"
    yield Step(f"6. Repeat: the same {which} again", tuple(_tell_repeat(subject, named)))


# ------------------------------------------------------------------ what goes in


def _tell_inputs(subject: Subject, named: Named) -> Iterator[Block]:
    x, chosen = named.calculation.trace.x, named.chosen
    d = x.shape[1]
    places = range(d) if d <= _INPUTS or chosen.full else chosen.nodes[0][:_INPUTS]
    refs = tuple(Ref(Symbol("x", None, (i + 1,)), float(x[0, i])) for i in places)
    if subject.cells:
        yield from _tell_cells(subject, refs)
    alone, named_inputs = len(subject.rows) == 1, subject.inputs is not None
    header = ["input", *(["is"] if named_inputs else [])]
    header += ["value"] if alone else [f"row {subject.rows[r]}" for r in chosen.rows]
    table: list[tuple[Cell, ...]] = []
    for i, ref in zip(places, refs, strict=True):
        names: list[Cell] = [ref.symbol]
        names += [] if subject.inputs is None else [subject.inputs[i]]
        table.append((*names, *(float(x[r, i]) for r in chosen.rows)))
    rest = d - len(table)
    more_said = f"and {counted(rest, 'input')} more, which weigh less here" if rest else ""
    what = "What the network takes" if subject.cells else "The inputs"
    yield Paragraph(f"{what}, x of size {len(x)}×{d}:")
    yield Table(tuple(header), tuple(table), more_said, refs)


def _tell_cells(subject: Subject, inputs: tuple[Ref, ...]) -> Iterator[Block]:
    """List a row as it was before the network's inputs were made of it."""
    listed = subject.cells[:_CELLS]
    more = len(subject.cells) - len(listed)
    whose = "The row" if len(subject.rows) == 1 else f"Row {subject.rows[0]}"
    yield Paragraph(f"{whose} as it was given:")
    rows = tuple((name, shown(value)) for name, value in listed)
    more_said = f"and {counted(more, 'column')} more" if more else ""
    yield Table(("column", "value"), rows, more_said, inputs)


def shown(value: object) -> str | float | None:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "(missing)"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return str(value)


# ------------------------------------------------------------------ what comes out


def _tell_prediction(subject: Subject, named: Named) -> Iterator[Block]:
    predictions = named.calculation.trace.prediction
    for r in named.chosen.rows:
        said = _prediction(subject, predictions[r])
        row = named.row(r)
        start = said[0].upper() if row is None else f"Row {row}: {said[0]}"
        yield Paragraph(f"{start}{said[1:]}.")


def _prediction(subject: Subject, prediction: Array) -> str:
    """Say what a network's outputs mean."""
    if not subject.classifies:
        numbers = ", ".join(text_number(number) for number in prediction)
        if subject.in_units is None:
            return f"the prediction is {numbers}"
        own = ", ".join(text_number(v) for v in np.ravel(subject.in_units(prediction[None])))
        return f"the prediction is {numbers}, which is {own} in the target's own units"
    names, loss = subject.outputs, subject.problem.network.loss
    if loss == "cross_entropy":
        best = int(np.argmax(prediction))
        sure = text_number(prediction[best])
        return f"the prediction is {names[best]}, with a probability of {sure}"
    if len(names) > 1:
        told = [f"{name} {text_number(p)}" for name, p in zip(names, prediction, strict=True)]
        return f"the probability of each label: {joined(told)}"
    if loss == "perceptron":
        return f"the prediction is {_decided(subject, prediction[0])}"
    return (
        f"the probability of {names[0]} is {text_number(prediction[0])}: the prediction is "
        f"{_decided(subject, prediction[0])}"
    )


def _decided(subject: Subject, output: float) -> str:
    if len(subject.classes) == 2:
        return subject.classes[int(output >= 0.5)]
    return subject.outputs[0] if output >= 0.5 else f"not {subject.outputs[0]}"


def _tell_comparison(subject: Subject, named: Named) -> Iterator[Block]:
    yield Paragraph("The prediction ŷ beside the answer y:")
    header = ["", "stands for", "answer y", "prediction ŷ", "ŷ − y"]
    several = len(subject.rows) > 1
    table: list[tuple[Cell, ...]] = []
    for r in named.chosen.rows:
        for k in named.chosen.nodes[-1]:
            y, h = named.y(k, r), named.h(named.layers - 1, k, r)
            what = subject.outputs[k] or "the number to predict"
            table.append((h.symbol, what, y.number, h.number, h.number - y.number))
    hidden = len(subject.outputs) - len(named.chosen.nodes[-1])
    others = len(subject.rows) - len(named.chosen.rows)
    more = [f"{counted(hidden, 'output')} more"] if hidden else []
    more += [f"{counted(others, 'row')} more"] if others else []
    more_said = f"and {joined(more)}" if more else ""
    yield Table(tuple(header), tuple(table), more_said, _outputs(named))
    if subject.answers is not None and not several:
        yield Paragraph(_verdict(subject, named))


def _verdict(subject: Subject, named: Named) -> str:
    """Say whether the one row was predicted rightly, or how far off it was."""
    prediction = named.calculation.trace.prediction[0]
    answer = (subject.answers or ("",))[0]
    loss = subject.problem.network.loss
    if not subject.classifies:
        own = (
            prediction if subject.in_units is None else np.ravel(subject.in_units(prediction[None]))
        )
        said = ", ".join(text_number(v) for v in np.ravel(own))
        wanted = ", ".join(text_number(v) for v in np.ravel(answer))
        return f"The answer is {wanted}, the prediction {said}."
    if loss != "cross_entropy" and len(subject.outputs) > 1:
        return f"The answer is {answer}."
    decided = (
        subject.outputs[int(np.argmax(prediction))]
        if loss == "cross_entropy"
        else _decided(subject, prediction[0])
    )
    right = str(answer) == decided
    return f"The answer is {answer}: the prediction is {'right' if right else 'wrong'}."


def _outputs(named: Named) -> tuple[Ref, ...]:
    last, chosen = named.layers - 1, named.chosen
    return tuple(named.h(last, k, r) for r in chosen.rows for k in chosen.nodes[-1])


# ------------------------------------------------------------------ what has changed


def _tell_repeat(subject: Subject, named: Named) -> Iterator[Block]:
    calculation = named.calculation
    update = named.update
    before, after = calculation.error + calculation.penalty, update.error
    yield Formula(
        "feedforward again, with every weight moved",
        r"\hat y = f(\cdots f(x W^{(1)\prime} + b^{(1)\prime}) \cdots)",
    )
    table: list[tuple[Cell, ...]] = []
    for r in named.chosen.rows:
        for k in named.chosen.nodes[-1]:
            h = named.h(named.layers - 1, k, r)
            table.append((h.symbol, h.number, float(update.prediction[r, k])))
    table.append(("E", before, after))
    yield Table(("", "before", "after"), tuple(table), refs=_outputs(named))
    # A perceptron moves a line on which a point lies; its error is 0 before and after.
    moved = subject.problem.network.loss == "perceptron" and bool(update.gradient.any())
    yield Paragraph(_judge(before, after, several=len(subject.rows) > 1, moved=moved))


def _judge(before: float, after: float, *, several: bool, moved: bool) -> str:
    """Say whether the error fell."""
    change = after - before
    whose = "these rows" if several else "this row"
    if moved and before == after:
        return f"The error of {whose} is as it was, though the weights have moved."
    if not np.isfinite(after) or abs(change) <= _NOTHING * max(abs(before), 1.0):
        return f"The error of {whose} is as it was: nothing was left to learn from it."
    if change < 0:
        return (
            f"The error fell by {text_number(-change, 3)}. Repeated with row after row, mini-batch "
            "after mini-batch, this is all that training is."
        )
    return (
        f"The error rose by {text_number(change, 3)}: the step was too long for {whose}, or what "
        "the optimizer remembers of other rows, or a penalty, pulled another way."
    )
