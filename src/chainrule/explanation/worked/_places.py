"""Which nodes, weights and biases of a network the lines of an explanation speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Literal, NamedTuple

from chainrule.explanation.worked._arithmetic import Line, refs
from chainrule.explanation.worked._document import Block, Matrix, Table
from chainrule.explanation.worked._notation import Symbol
from chainrule.network import Architecture

__all__ = ["Place", "places_of"]

_NODES = ("z", "h", "δ")
# What an optimizer has for each weight, and for a bias as the weight of a 0th input.
_OF_WEIGHTS = ("W", "m", "v", "n", "u", "ℓ", "O")


class Place(NamedTuple):
    """A node, a weight or a bias of a network.

    Attributes
    ----------
    kind : {"node", "weight", "bias"}
        What it is.
    layer : int
        0 for inputs, 1 for the first layer of weights and the nodes it leads to.
    node : int
        Counted from 0; of a weight, the node it leads to.
    source : int, optional
        Of a weight, the node of the layer before that it comes from.
    """

    kind: Literal["node", "weight", "bias"]
    layer: int
    node: int
    source: int | None = None


def places_of(blocks: Iterable[Block], network: Architecture) -> tuple[Place, ...]:
    """Find what some blocks speak of, each place once, in the order in which it is met.

    Parameters
    ----------
    blocks : iterable of Block
        Lines, and matrices and tables of them; sentences and rules speak of no single place.
    network : Architecture
        Its shape.

    Returns
    -------
    tuple of Place

    Examples
    --------
    >>> from chainrule.explanation.worked._arithmetic import Ref
    >>> network = Architecture((2, 2, 1), ("tanh",), "log_loss")
    >>> weight, output = Ref(Symbol("W", 1, (2, 1)), 0.4), Ref(Symbol("ŷ"), 0.6)
    >>> table = Table((), (), refs=(weight, output))
    >>> for place in places_of([table], network):
    ...     print(*place)
    weight 1 0 1
    node 2 0 None
    """
    symbols = (symbol for block in blocks for symbol in _symbols(block))
    places = (place for symbol in symbols for place in _places(symbol, network))
    return tuple(dict.fromkeys(places))


def _symbols(block: Block) -> Iterator[Symbol]:
    if isinstance(block, Line):
        yield block.symbol
        yield from (ref.symbol for ref in refs(block.formula))
    elif isinstance(block, Matrix):
        rows, columns = block.numbers.shape
        letter, layer = block.symbol.letter, block.symbol.layer
        for i, j in product(range(rows), range(columns)):
            yield Symbol(letter, layer, (i + 1, j + 1) if letter == "W" else (j + 1,))
    elif isinstance(block, Table):
        yield from (ref.symbol for ref in block.refs)


def _places(symbol: Symbol, network: Architecture) -> Iterator[Place]:
    """Find the place of a symbol; of a derivative, those of both."""
    if symbol.by is not None:
        yield from _places(symbol.by, network)
    layer, index, letter = symbol.layer, symbol.index, symbol.letter
    node = index[-1] - 1 if index else 0
    if letter == "x":
        yield Place("node", 0, node)
    elif letter == "ŷ":
        yield Place("node", len(network.layers), node)
    elif layer is None:
        return
    elif letter in _NODES:
        yield Place("node", layer, node)
    elif letter == "b":
        yield Place("bias", layer, node)
    elif letter in _OF_WEIGHTS:
        yield _of_weight(layer, index)


def _of_weight(layer: int, index: tuple[int, ...]) -> Place:
    source, node = index[0] - 1, max(index[-1] - 1, 0)
    if source < 0:
        return Place("bias", layer, node)
    return Place("weight", layer, node, source)
