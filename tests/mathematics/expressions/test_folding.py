"""Lines are folded where a person would, and never longer than allowed."""

from hypothesis import given
from hypothesis import strategies as st

from chainrule.mathematics.expressions.folding import fold


@given(st.text(alphabet="ab·+−=() ", max_size=300), st.integers(20, 80))
def test_no_line_is_too_long_and_nothing_is_lost(line, width):
    folded = fold(line, indent="  ", further="    ", width=width)
    words = [word for word in line.replace("·", "· ").split(" ") if word]
    assert "".join(folded.split()) == "".join(line.split())
    if all(len(word) + 8 <= width for word in words):
        assert max(map(len, folded.split("\n"))) <= width


def test_brackets_are_kept_together():
    line = "= (a + b + c)·(d + e) − (f + g + h)·(i + j)"
    assert fold(line, width=32) == "= (a + b + c)·(d + e)\n− (f + g + h)·(i + j)"


def test_a_sign_stays_with_its_term():
    assert all(
        not row.rstrip().endswith(("+", "−", "="))
        for width in range(12, 40)
        for row in fold("f = aaa + bbb − ccc + ddd = eee", width=width).split("\n")
    )
