"""A lesson: one neuron, then a small network, then a penguin, each by the same six steps."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.estimators import LinearRegression, LogisticRegression, MLPClassifier
from chainrule.explanation.worked._document import Paragraph, Step
from chainrule.explanation.worked._told import Told
from chainrule.explanation.worked.worked_example import WorkedExample, explain

__all__ = ["lesson"]

_INTRODUCTION = (
    (
        "A network learns by six steps, again and again: feedforward, compare with the answer, "
        "calculate the error, run the feedforward backwards, update the weights, repeat. Here they "
        "are with every number, so that you can follow them with a pocket calculator. All you need "
        "to know is what a slope is: how much a thing changes when another grows by a little."
    ),
    (
        "How to read the symbols: x is what goes in, W are the weights and b the biases, z is the "
        "weighted sum of a node, h what it hands on, ŷ the prediction and y the right answer; E is "
        "the error. The raised number is the layer, the lowered ones say which node: W¹₂,₃ leads "
        "from input 2 to node 3 of layer 1. ∂E/∂W is the slope of E: how much E grows when this W "
        "grows by a little. And δ is short for ∂E/∂z."
    ),
)
_STEPS = {
    "1": "Every node multiplies what it is given by its weights and adds its bias: that is z. "
    "Then its function f bends z: that is h.",
    "3": "The error is one number that says how wrong the prediction is; 0 would be perfect.",
    "4": "Would E grow or fall if a weight grew a little, and how fast? Between a weight and E "
    "lies a chain of calculations; the slope of the whole chain is the product of the slopes of "
    "its links. That is the chain rule. We begin at the end, because what is found for one layer "
    "is used again for the layer before it.",
    "5": "A positive slope means that E falls when the weight is made smaller. So every weight is "
    "moved against its slope, by a small part α of it.",
}
_PARTS = (
    (
        "I. One neuron that predicts a number",
        (
            "The smallest network there is: ŷ = x·W + b. Its error is half the squared distance "
            "from the answer."
        ),
    ),
    (
        "II. One neuron that predicts a probability",
        (
            "The sigmoid turns any z into a number between 0 and 1. Here are two probabilities, "
            "0.7 and 0.8, combined into one with the weights 7 and 5 and the bias −6."
        ),
    ),
    (
        "III. One neuron for each class",
        (
            "Three classes, three neurons. The softmax turns their z into probabilities that add "
            "up to 1, and the answer is one-hot: 1 for the right class, 0 for the others."
        ),
    ),
    (
        "IV. A network",
        (
            "Two neurons in front of a third: what they hand on is what it takes in. On the way "
            "back the chain is longer by two links, and nothing else is new."
        ),
    ),
    (
        "V. The same network, its biases as weights",
        (
            "A bias is the weight of an input that is always 1. Given the row (1, 2, 1), a network "
            "without biases in its hidden layer gives the same prediction."
        ),
    ),
    (
        "VI. A penguin",
        (
            "The same with real data: is it an Adelie or a Gentoo penguin? What goes in are two "
            "measurements in millimeters, scaled so that their mean is 0 and their spread 1."
        ),
    ),
)
_COLUMNS = ["bill_length_mm", "flipper_length_mm"]
_PENGUIN, _EPOCHS = 17, 100


def lesson(*, digits: int = 6) -> Told:
    """Tell the six steps of learning from one neuron to a penguin.

    Parameters
    ----------
    digits : int
        Significant digits in what is written.

    Returns
    -------
    Told
        Text if printed, a page in a notebook.

    Examples
    --------
    >>> from chainrule.explanation import lesson
    >>> print(str(lesson()).splitlines()[0])
    How a network learns, with every number
    """
    model, x, y, said = _penguins()
    examples = (
        explain(_neuron_of_numbers(), [1.0, 2.0], 2.0, digits=digits),
        explain(_neuron_of_probabilities(), [0.7, 0.8], 1, digits=digits),
        explain(_neurons_of_classes(), [1.0, 2.0], "vanilla", digits=digits),
        explain(_network(), [1.0, 2.0], 1, digits=digits),
        explain(_network_without_biases(), [1.0, 2.0, 1.0], digits=digits),
        explain(model, x, y, row=_PENGUIN, digits=digits),
    )
    steps = [Step("Before we begin", tuple(map(Paragraph, _INTRODUCTION)))]
    for i, ((title, words), example) in enumerate(zip(_PARTS, examples, strict=True)):
        steps += _tell(title, words, example, explained=i == 0)
    steps.append(Step("And so on", (Paragraph(said),)))
    return Told("How a network learns, with every number", steps, digits=digits)


def _tell(title: str, words: str, example: WorkedExample, *, explained: bool) -> Iterator[Step]:
    """Tell one part: what it is about, and its steps, explained the first time."""
    yield Step(title, (Paragraph(words),))
    for step in example.steps[:-1]:
        said = _STEPS.get(step.title[0]) if explained else None
        yield replace(step, blocks=(Paragraph(said), *step.blocks)) if said else step


def _neuron_of_numbers() -> Any:
    model = LinearRegression(solver="gd", alpha=0.0, learning_rate_init=0.1)
    return _set(model, [1.0, 3.0], [[[0.5], [-0.25]]], [[0.75]])


def _neuron_of_probabilities() -> Any:
    model = LogisticRegression(solver="gd", alpha=0.0, learning_rate_init=0.5)
    return _set(model, [0, 1], [[[7.0], [5.0]]], [[-6.0]])


def _neurons_of_classes() -> Any:
    model = LogisticRegression(solver="gd", alpha=0.0, learning_rate_init=0.5)
    flavors = ["vanilla", "chocolate", "strawberry"]
    # z = (2, 1, 0), in the order of the alphabet (1, 0, 2).
    return _set(model, flavors, [[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]], [[0.0, 0.0, 0.0]])


def _network() -> Any:
    model = MLPClassifier(
        (2,), activation="sigmoid", solver="gd", alpha=0.0, learning_rate_init=0.5
    )
    weights = [[[0.1, -0.2], [0.4, 0.3]], [[0.6], [-0.5]]]
    return _set(model, [0, 1], weights, [[0.05, -0.1], [0.2]])


def _network_without_biases() -> Any:
    model = MLPClassifier((2,), activation="sigmoid", solver="gd", alpha=0.0)
    weights = [[[0.1, -0.2], [0.4, 0.3], [0.05, -0.1]], [[0.6], [-0.5]]]
    return _set(model, [0, 1], weights, [[0.0, 0.0], [0.2]])


def _set(model: Any, y: Sequence[Any], weights: Any, biases: Any) -> Any:
    """Give a network these weights and biases; y is what it may answer."""
    model.initialize(np.zeros((len(y), len(weights[0]))), y)
    model.coefs_ = [np.array(w) for w in weights]
    model.intercepts_ = [np.array(b) for b in biases]
    return model


def _penguins() -> tuple[Any, Any, Any, str]:
    """Train a small network on the penguins; returns it, rows, answers, and how it went on."""
    from chainrule.tables import load_example

    frame = load_example("penguins").frame.drop_nulls([*_COLUMNS, "species"])
    frame = frame.filter(frame["species"] != "Chinstrap")
    x, y = frame.select(_COLUMNS), frame["species"].to_numpy()
    network = MLPClassifier(
        (2,),
        activation="sigmoid",
        solver="gd",
        alpha=0.0,
        learning_rate_init=0.5,
        max_iter=_EPOCHS,
        random_state=0,
    )
    model = make_pipeline(StandardScaler().set_output(transform="polars"), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is not meant to be done yet
        model.fit(x, y)
    first, last = (network.history_[i].train_loss for i in (0, -1))
    said = (
        f"Before this row was explained, the network had gone through all {len(x)} penguins "
        f"{_EPOCHS} times, each time taking one step with the average slope of all of them. "
        f"The error fell from {first:.4f} to {last:.4f}, and of the penguins it has seen it now "
        f"names {model.score(x, y):.1%} rightly. To know how it does on others, keep some aside: "
        "that is what chainrule train does."
    )
    return model, x, y, said
