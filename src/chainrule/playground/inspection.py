"""What the page tells of a point, a node or a weight: HTML, and the places that it lights up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.explanation.worked.close_up import CloseUp, Part, Place
from chainrule.plain_data import finite
from chainrule.playground._naming import Names, names_of

__all__ = ["Names", "look_closely", "names_of", "tell_node", "tell_point", "tell_weight"]


def look_closely(
    estimator: Any,
    x: Any,
    y: Any,
    *,
    names: Names | Sequence[str],
    row: int | None = None,
    learning_rate: float | None = None,
) -> CloseUp:
    """Work a point out, so that the point, its nodes and its weights can be told.

    The point is taken as the network takes it, encoded: then every number that the page shows of a
    node is also one of the formulas. What it was before is told first, if ``names`` knows.

    Parameters
    ----------
    estimator : estimator
        A network of chainrule with weights.
    x : array of shape (d,) or (1, d)
        The point, as the network takes it.
    y : object
        Its answer as the network takes it; None for a place that is no row, of which only the
        feedforward is told.
    names : Names, or sequence of str
        What inputs are called, or all that is known of them.
    row : int or None
        What the row is called; None for a place that is no row.
    learning_rate : float, optional
        Of the step, where the training that it belongs to knows it better than the estimator.

    Returns
    -------
    CloseUp

    Raises
    ------
    InputError
        As :func:`chainrule.explain`.
    """
    known = names if isinstance(names, Names) else Names(names)
    return CloseUp(
        estimator,
        x,
        y,
        called="This place" if row is None else f"Row {row}",
        inputs=known.inputs,
        sources=known.sources,
        scaling=known.scaling,
        cells=known.cells,
        learning_rate=learning_rate,
    )


def tell_point(close: CloseUp) -> dict[str, Any]:
    """Tell the six steps of learning for one point, part by part.

    Parameters
    ----------
    close : CloseUp
        Of the point.

    Returns
    -------
    dict
        The ``explanation`` message: title and steps; a step has a title and parts, a part its HTML
        and the places that it speaks of.
    """
    steps = [
        {"title": title, "parts": [_plain(part) for part in parts]} for title, parts in close.steps
    ]
    return {"title": close.title, "steps": steps}


def tell_node(close: CloseUp, layer: int, node: int) -> dict[str, Any]:
    """Tell a node: its sum with all numbers, what it puts out, and how the error changes with it.

    Parameters
    ----------
    close : CloseUp
        Of the point.
    layer, node : int
        Layer 0 are the inputs; nodes count from 0.

    Returns
    -------
    dict
        The ``inspection`` message: title, HTML, places, and numbers by name in double precision.

    Raises
    ------
    InputError
        There is no such node.
    """
    return _inspection(close.name_of_node(layer, node), close.node(layer, node))


def tell_weight(close: CloseUp, layer: int, source: int | None, to: int) -> dict[str, Any]:
    """Tell a weight: its whole chain on one line, in symbols and numbers, and its update.

    Parameters
    ----------
    close : CloseUp
        Of the point.
    layer : int
        Which layer's weight, from 1.
    source : int or None
        The node of the layer before that it comes from; None for the bias.
    to : int
        The node it leads to.

    Returns
    -------
    dict
        The ``inspection`` message, as of :func:`tell_node`.

    Raises
    ------
    InputError
        There is no such weight.
    """
    return _inspection(close.name_of_weight(layer, source, to), close.weight(layer, source, to))


def _inspection(title: str, part: Part) -> dict[str, Any]:
    numbers = [{"name": name, "value": finite(value)} for name, value in part.numbers.items()]
    title = title[0].upper() + title[1:]
    return {"title": title, **_plain(part), "numbers": numbers}


def _plain(part: Part) -> dict[str, Any]:
    return {"html": part.to_html(), "places": [_place(place) for place in part.places]}


def _place(place: Place) -> dict[str, Any]:
    if place.kind == "weight":
        return {"kind": "weight", "layer": place.layer, "from": place.source, "to": place.node}
    return {"kind": place.kind, "layer": place.layer, "node": place.node}
