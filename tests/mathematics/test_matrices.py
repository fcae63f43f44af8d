"""The work with matrices: NumPy's results, sums that can be followed, sizes that are named."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import InputError
from chainrule.mathematics import add_matrices, dot_product, scale_matrix, sum_entries
from chainrule.mathematics.matrices import parse_matrix

A, B = [[1, 2, 3], [4, 5, 6]], [[1, 0], [0, 1], [2, 2]]


def worked_out(work):
    """Work out the left side of "1·2 + (−3)·4 = −10", and return both sides."""
    left, _, right = work.replace("−", "-").replace("·", "*").rpartition(" = ")
    total = 0.0
    for term in left.replace(" - ", " + -").split(" + "):
        product = 1.0
        for factor in term.split("*"):
            product *= float(factor.strip("()"))
        total += product
    return total, float(right)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 1000))
def test_every_entry_can_be_worked_out_from_what_is_shown(rows, middle, columns, seed):
    draw = np.random.default_rng(seed)
    a, b = draw.integers(-9, 9, (rows, middle)) / 2, draw.integers(-9, 9, (middle, columns)) / 2
    for step, expected in (
        (dot_product(a, b), a @ b),
        (add_matrices(a, a[::-1]), a + a[::-1]),
        (scale_matrix(-1.5, a), -1.5 * a),
        (sum_entries(a), [[a.sum()]]),
        (sum_entries(a, over="rows"), [a.sum(axis=0)]),
        (sum_entries(a, over="columns"), a.sum(axis=1)[:, None]),
    ):
        np.testing.assert_allclose(step.result, expected, rtol=1e-15)
        assert step.result.shape == np.shape(expected)
        for (_, work), value in zip(step.entries, step.result.ravel(), strict=False):
            if "…" in work:
                assert step.name == "sum of all entries"
                continue
            shown, total = worked_out(work)
            assert shown == pytest.approx(total, abs=1e-9)
            assert total == pytest.approx(value, abs=1e-9)


def test_a_dot_product_by_hand():
    step = dot_product(A, B)
    # 1·1 + 2·0 + 3·2 = 7, 1·0 + 2·1 + 3·2 = 8, 4 + 12 = 16, 5 + 12 = 17
    assert step.result.tolist() == [[7, 8], [16, 17]]
    assert (step.rule, step.sizes) == ("(a×b)·(b×c) = a×c", "(2×3)·(3×2) = 2×2")
    assert step.entries[0] == ("row 1, column 1", "1·1 + 2·0 + 3·2 = 7")
    assert step.latex.startswith(r"\begin{pmatrix}1 & 2 & 3 \\ 4 & 5 & 6\end{pmatrix} \cdot ")


def test_the_rules():
    assert add_matrices(A, A).sizes == "(2×3) + (2×3) = 2×3"
    assert scale_matrix(2, A).sizes == "2·(2×3) = 2×3"
    assert sum_entries(A).sizes == "Σ (2×3) = 1×1"
    assert sum_entries(A, over="rows").sizes == "Σ (2×3) = 1×3"
    assert sum_entries(A, over="columns").sizes == "Σ (2×3) = 2×1"
    assert sum_entries(A).entries == (("the only entry", "1 + 2 + 3 + 4 + 5 + 6 = 21"),)


def test_negative_numbers_are_written_as_people_do():
    assert add_matrices([[1]], [[-2]]).entries[0][1] == "1 − 2 = −1"
    assert dot_product([[-1]], [[-2]]).entries[0][1] == "(−1)·(−2) = 2"
    assert add_matrices([[1, 2]], [[3, -4]]).latex.endswith(r"\begin{pmatrix}4 & -2\end{pmatrix}")


@pytest.mark.parametrize("shape", [(2, 3), (20, 100), (1, 1000), (300, 1)])
def test_large_matrices_are_folded(shape):
    draw = np.random.default_rng(0)
    a = draw.normal(size=shape)
    for step in (dot_product(a, a.T), add_matrices(a, a), sum_entries(a, over="rows")):
        lines = str(step).split("\n")
        assert max(map(len, lines)) <= 80
        assert len(lines) <= 90
        if step.result.size > 12:
            assert f"and {step.result.size - len(step.entries):,} more entries likewise" in str(
                step
            )
        assert len(json.dumps(step.to_dict()["entries"])) < 2000
    if shape[1] == 100:
        assert "… 93 more terms …" in str(dot_product(a, a.T))


def test_data():
    data = json.loads(json.dumps(dot_product(A, B).to_dict()))
    assert data["result"] == [[7, 8], [16, 17]]
    assert data["operands"]["B"] == B
    assert data["entries"][0] == {"where": "row 1, column 1", "work": "1·1 + 2·0 + 3·2 = 7"}


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (lambda: dot_product(A, A), r"no dot product \(2×3\)·\(2×3\): the rule is \(a×b\)·\(b×c\)"),
        (lambda: dot_product(A, A), "needs 3 rows and has 2; turned on its side, as 3×2, it would"),
        (lambda: dot_product(A, [[1], [2]]), r"\(2×3\)·\(2×1\).*needs 3 rows and has 2$"),
        (lambda: dot_product([[1], [2]], A), "needs 1 row and has 2"),
        (lambda: add_matrices(A, B), "a 2×3 matrix and a 3×2 matrix cannot be added"),
        (lambda: scale_matrix([1, 2], A), "scaled by one number, and this is a 1×2 matrix"),
        (lambda: scale_matrix("x", A), "c must be a matrix of numbers"),
        (lambda: dot_product([[1, 2], [3]], A), "A must be a matrix of numbers"),
        (lambda: dot_product(A, None), "B holds nan in row 1, column 1"),
        (lambda: add_matrices([[1, np.nan]], [[1, 2]]), "A holds nan in row 1, column 2"),
        (lambda: add_matrices([[1, 2]], [[1, np.inf]]), "B holds inf in row 1, column 2"),
        (lambda: sum_entries([]), "must have rows and columns with numbers; its shape is 0"),
        (lambda: sum_entries(np.zeros((2, 2, 2))), "its shape is 2×2×2"),
        (lambda: sum_entries(A, over="x"), "over all, rows or columns; got 'x'"),
        (lambda: dot_product([[1e200]], [[1e200]]), "larger than any number a computer holds"),
        (lambda: parse_matrix("1 2; 3"), "row 1 has 2 of its numbers and row 2 has 1"),
        (lambda: parse_matrix("1 a"), "row 1 of '1 a' holds something that is no number"),
        (lambda: parse_matrix(""), "'' holds no numbers"),
        (lambda: parse_matrix("1 nan"), "the matrix holds nan in row 1, column 2"),
    ],
)
def test_what_does_not_go_together(work, sentence):
    with pytest.raises(InputError, match=sentence):
        work()


def test_matrices_are_read():
    assert parse_matrix("1 2 3; 4 5 6").tolist() == A
    assert parse_matrix("1,2,3;4,5,6").tolist() == A
    assert parse_matrix(" −1.5e3 ").tolist() == [[-1500]]
