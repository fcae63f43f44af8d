"""Reads what is told of a place: its formulas, its numbers, and where in the network it is."""

import re
from xml.etree import ElementTree as ET

from chainrule.explanation.worked._arithmetic import Line
from chainrule.playground import inspection


def tell_point(model, x, y, **known):
    return inspection.tell_point(inspection.look_closely(model, x, y, **known))


def tell_node(model, x, y, *, layer, node, **known):
    return inspection.tell_node(inspection.look_closely(model, x, y, **known), layer, node)


def tell_weight(model, x, y, *, layer, source, to, **known):
    return inspection.tell_weight(inspection.look_closely(model, x, y, **known), layer, source, to)


def node(layer, place):
    return {"kind": "node", "layer": layer, "node": place}


def bias(layer, place):
    return {"kind": "bias", "layer": layer, "node": place}


def weight(layer, source, to):
    return {"kind": "weight", "layer": layer, "from": source, "to": to}


def same(places, expected):
    """Whether these are the places, each once, in whatever order."""
    found = [tuple(place.items()) for place in places]
    return len(found) == len(set(found)) and set(found) == {tuple(p.items()) for p in expected}


def spoken(html):
    """Return every formula as it is read aloud."""
    return re.findall(r'aria-label="([^"]*)"', html)


def check_html(html):
    """Well-formed, nothing that the page's policy forbids, every formula read aloud."""
    tree = ET.fromstring(html)  # noqa: S314 (our own)
    for element in tree.iter():
        assert element.tag != "script"
        assert not any(name == "style" or name.startswith("on") for name in element.attrib)
    for element in tree.iterfind(".//*[@role='math']"):
        assert element.attrib["aria-label"]
    drawn = {id(m) for e in tree.iterfind(".//*[@role='math']") for m in e.iter("math")}
    told = {id(m) for m in tree.iter("math")} - drawn
    assert not told
    return tree


SUPER, SUB = (str.maketrans(signs, "0123456789") for signs in ("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"))
NAME = re.compile(r"(∂E/∂)?([xWbzhδŷ])([⁰¹²³⁴⁵⁶⁷⁸⁹]*)([₀₁₂₃₄₅₆₇₈₉,]*)(′?)")


def quantity(quantities, name):
    """Find in explain's quantities what has this name; None for what is an optimizer's own."""
    match = NAME.fullmatch(name)
    if match is None or name.startswith("∂E/∂ŷ"):
        return None
    slope, letter, layer, index, new = match.groups()
    called = {"ŷ": "y_hat", "δ": "delta"}.get(letter, letter) + layer.translate(SUPER)
    if slope:
        called = f"dE/d{called}"
    array = quantities[called + ("_new" if new else "")].value
    places = [int(i) - 1 for i in index.translate(SUB).split(",") if i]
    if letter in "Wb":
        return array[tuple(places)] if places else array[0]
    return array[0, places[0] if places else 0]


def check_numbers(told, quantities):
    compared = 0
    for number in told["numbers"]:
        expected = quantity(quantities, number["name"])
        if expected is not None:
            assert number["value"] == expected, number["name"]
            compared += 1
    return compared


def check_lines(part):
    for block in part.blocks:
        if isinstance(block, Line):
            assert block.deviation < 1e-9, block
