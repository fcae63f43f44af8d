"""The lesson: its numbers are the curriculum's, and every line of it can be recomputed."""

import re

import printed_lines

from chainrule.explanation import lesson


def parts():
    """Split the lesson where a new network begins, whose symbols mean other numbers."""
    return re.split(r"\n(?=[IV]+\. )", str(lesson()))[1:]


def test_every_line_of_every_part_can_be_recomputed():
    counts = [printed_lines.check(part) for part in parts()]
    assert len(counts) == 6
    assert min(counts) >= 6


def test_the_curriculums_numbers():
    number, probability, classes, network, same, _ = parts()
    # E = ½(y − ŷ)² = ½ · 1.25², ∂E/∂w = −(y − ŷ)x.
    assert "E = 0.5·(y − ŷ)^2 = 0.5·(2 − 0.75)^2 = 0.78125" in number
    assert "∂E/∂W¹₂,₁ = x₂·δ¹ = 2·(−1.25) = −2.5" in number
    assert "= 0.7·7 + 0.8·5 − 6 = 2.9" in probability
    assert "= 0.947846" in probability
    for known in ("0.665241", "0.244728", "0.0900306"):  # softmax(2, 1, 0)
        assert known in classes
    assert "= 1·0.1 + 2·0.4 + 1·0.05 + 0 = 0.95" in same
    assert "= 0.585513" in same
    for known in ("0.721115", "0.574443", "0.585513", "0.535266", "−0.238099", "0.101325"):
        assert known in network


def test_the_penguin_is_a_real_one():
    penguin = parts()[5]
    assert re.search(r"flipper_length_mm +184\n", penguin)
    assert "The answer is Adelie: the prediction is right." in penguin
    assert "it now names 9" in " ".join(penguin.split())


def test_it_fits_the_screen_and_is_the_same_each_time():
    text = str(lesson())
    assert max(map(len, text.split("\n"))) <= 80
    assert text == str(lesson())
