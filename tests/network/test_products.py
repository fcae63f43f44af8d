"""The products in register blocks: every size, every layout, and the same bits in any block."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.network import products
from chainrule.network.processor import BYTES_WORTH_COPYING, ROWS, ROWS_WORTH_COPYING, panel_columns

SIZES = st.integers(1, 75)  # more than two panels of the widest registers
TYPES = st.sampled_from([np.float32, np.float64])
WRONG = 99.0  # what a result holds before: nothing of it may be left


@numba.njit
def add(x, w, bias, out, panel):
    products.multiply_add(x, w, bias, out, panel)


@numba.njit
def multiply(x, w, out):
    products.multiply(x, w, out)


@numba.njit
def left(x, delta, out, panel):
    products.multiply_transposed_left(x, delta, out, panel)


@numba.njit
def right(delta, w, out, panel):
    products.multiply_transposed_right(delta, w, out, panel)


@numba.njit
def sum_rows(delta, out):
    products.sum_rows(delta, out)


def draw(dtype, *shapes):
    random = np.random.default_rng(sum(map(sum, shapes)))
    return [random.normal(size=shape).astype(dtype) for shape in shapes]


def agree(result, expected, terms):
    """Within what rounding may do to so many terms of size 1."""
    largest = 4 * terms * np.finfo(result.dtype).eps
    np.testing.assert_allclose(result, expected, rtol=0, atol=largest)


@given(m=SIZES, a=SIZES, b=SIZES, dtype=TYPES)
def test_weighted_sums(m, a, b, dtype):
    x, w, bias = draw(dtype, (m, a), (a, b), (b,))
    out = np.full((m, b), WRONG, dtype)
    add(x, w, bias, out, out[0, :0])
    exact = x.astype(np.float64) @ w.astype(np.float64)
    agree(out, exact + bias, 4 * a)
    multiply(x, w, out)
    agree(out, exact, 4 * a)


@given(m=SIZES, a=SIZES, b=SIZES, dtype=TYPES)
def test_gradient_of_weights_and_bias(m, a, b, dtype):
    x, delta = draw(dtype, (m, a), (m, b))
    out, summed = np.full((a, b), WRONG, dtype), np.full(b, WRONG, dtype)
    left(x, delta, out, out[0, :0])
    agree(out, x.T.astype(np.float64) @ delta.astype(np.float64), 4 * m)
    sum_rows(delta, summed)
    agree(summed, delta.sum(axis=0, dtype=np.float64), 4 * m)


@given(m=SIZES, a=SIZES, b=SIZES, dtype=TYPES)
def test_error_of_the_layer_before(m, a, b, dtype):
    delta, w = draw(dtype, (m, b), (a, b))
    out = np.full((m, a), WRONG, dtype)
    panel = np.full(b * panel_columns(dtype), WRONG, dtype)
    right(delta, w, out, panel)
    agree(out, delta.astype(np.float64) @ w.T.astype(np.float64), 4 * b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_number_has_the_same_bits_in_any_block(dtype):
    # So that a mini-batch may be cut anywhere, among any number of threads.
    m, a, b = 3 * ROWS + 1, 70, panel_columns(dtype) + 5
    x, w, bias, delta = draw(dtype, (m, a), (a, b), (b,), (m, a))
    whole, turned = np.empty((m, b), dtype), np.empty((m, b), dtype)
    panel = np.empty(a * panel_columns(dtype), dtype)
    add(x, w, bias, whole, panel[:0])
    right(delta, np.ascontiguousarray(w.T), turned, panel)
    for first, last in [(0, 1), (1, ROWS), (2, ROWS + 2), (ROWS, m), (m - 1, m)]:
        part = np.empty((last - first, b), dtype)
        add(x[first:last], w, bias, part, panel[:0])
        np.testing.assert_array_equal(part, whole[first:last])
        right(delta[first:last], np.ascontiguousarray(w.T), part, panel)
        np.testing.assert_array_equal(part, turned[first:last])


def test_nothing_beside_a_result_is_touched():
    # The last vector of a row is wider than what is left of it.
    x, w, bias = draw(np.float32, (9, 3), (3, 5), (5,))
    room = np.full((11, 5), WRONG, np.float32)
    add(x, w, bias, room[1:10], room[0, :0])
    assert (room[0] == WRONG).all()
    assert (room[10] == WRONG).all()
    assert (room[1:10] != WRONG).all()


@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_what_is_not_finite_stays_so(special):
    x, w, bias = draw(np.float32, (ROWS, 4), (4, 40), (40,))
    x[2, 1] = special
    out = np.empty((ROWS, 40), np.float32)
    add(x, w, bias, out, out[0, :0])
    assert not np.isfinite(out[2]).any()
    assert np.isfinite(np.delete(out, 2, axis=0)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [BYTES_WORTH_COPYING // 4, BYTES_WORTH_COPYING // 4 + 37])
def test_a_factor_with_long_rows_is_copied_and_nothing_else_changes(dtype, columns):
    steps = 45
    x, w, bias = draw(dtype, (ROWS_WORTH_COPYING + 3, steps), (steps, columns), (columns,))
    panel = np.full(steps * panel_columns(dtype), WRONG, dtype)
    copied, read = (np.full((len(x), columns), WRONG, dtype) for _ in range(2))
    add(x, w, bias, copied, panel)
    assert (panel != WRONG).all()
    add(x, w, bias, read, panel[:-1])  # too small
    np.testing.assert_array_equal(copied, read)
    left(np.ascontiguousarray(x.T), w, copied, panel)
    left(np.ascontiguousarray(x.T), w, read, panel[:0])
    np.testing.assert_array_equal(copied, read)
    agree(read, x.astype(np.float64) @ w.astype(np.float64), 4 * steps)
