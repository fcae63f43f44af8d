"""How formulas are written: plain text, LaTeX, or the formula of a spreadsheet's cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.explanation.worked._arithmetic import (
    Call,
    Choice,
    Expression,
    Line,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Ref,
    Rest,
    Sum,
)
from chainrule.explanation.worked._notation import Symbol, latex_number, text_number

__all__ = ["LARGEST_POWER", "CellWriter", "LatexWriter", "TextWriter", "sides"]

# How strongly a formula holds together; what is weaker than its surroundings is put in parentheses.
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4

LARGEST_POWER = 700
"""e to much more than this is more than a spreadsheet's cell can hold."""

# A power that is written as a product, and from where on it is written by its logarithm.
_SQUARE, _HIGH = 2, 100


class TextWriter:
    """Writes formulas as plain text that a pocket calculator's owner reads.

    Parameters
    ----------
    numbers : bool
        Whether to write numbers in the place of symbols.
    digits : int
        Significant digits.

    Examples
    --------
    >>> h = Ref(Symbol("h", 1, (2,)), 0.25)
    >>> slope = Product((h, Sum((Number(1), Negative(h)))))
    >>> TextWriter().write(slope), TextWriter(numbers=True).write(slope)
    ('h¹₂·(1 − h¹₂)', '0.25·(1 − 0.25)')
    """

    plus, minus = "+", "−"

    def __init__(self, *, numbers: bool = False, digits: int = 6) -> None:
        self.numbers, self.digits = numbers, digits
        self._write: dict[type[Expression], Callable[[Any], tuple[str, int]]] = {
            Number: self._number,
            Ref: self._ref,
            Rest: self._rest,
            Sum: self._sum,
            Negative: self._negative,
            Product: self._product,
            Quotient: self._quotient,
            Power: self._power,
            Call: self._call,
            Choice: self._choice,
        }

    def write(self, expression: Expression) -> str:
        """Write a formula."""
        return self._at_least(expression, _SUM)

    # ------------------------------------------------------------------ what differs

    def number(self, number: float) -> str:
        """Write a number."""
        return text_number(number, self.digits)

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol."""
        return str(symbol)

    def rest(self, rest: Rest) -> str:
        """Write what the other terms of a sum add up to."""
        return f"{self.number(rest.number)} [{rest.count:,} more]" if self.numbers else "…"

    def parenthesized(self, written: str) -> str:
        """Put parentheses around something."""
        return f"({written})"

    times = "·"

    def further(self, written: str, sign: str, term: str) -> str:
        """Write one more term of a sum."""
        return f"{written} {sign} {term}"

    def fraction(self, quotient: Quotient) -> tuple[str, int]:
        """Write a fraction."""
        above = self._at_least(quotient.above, _PRODUCT)
        return f"{above}/{self._at_least(quotient.below, _POWER)}", _PRODUCT

    def power(self, base: str, exponent: Expression) -> str:
        """Write a power."""
        return f"{base}^{self._at_least(exponent, _ATOM)}"

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """Write a function of something."""
        inside = ", ".join(self.write(argument) for argument in arguments)
        if name == "abs":
            return f"|{inside}|"
        names = {"exp": "e^", "sqrt": "√", "Phi": "Φ", "phi": "φ"}
        return f"{names.get(name, name)}({inside})"

    def choice(self, choice: Choice) -> Expression:
        """Return what is to be written of a choice."""
        return choice.chosen

    # ------------------------------------------------------------------ what is the same

    def _at_least(self, expression: Expression, strength: int) -> str:
        written, own = self._write[type(expression)](expression)
        return self.parenthesized(written) if own < strength else written

    def _leaf(self, written: str) -> tuple[str, int]:
        return written, _SUM if written.startswith(self.minus) else _ATOM

    def _number(self, number: Number) -> tuple[str, int]:
        return self._leaf(self.number(number.number))

    def _ref(self, ref: Ref) -> tuple[str, int]:
        if self.numbers:
            return self._leaf(self.number(ref.number))
        return self.symbol(ref.symbol), _ATOM if ref.symbol.by is None else _POWER

    def _rest(self, rest: Rest) -> tuple[str, int]:
        return self._leaf(self.rest(rest))

    def _sum(self, total: Sum) -> tuple[str, int]:
        written = ""
        for term in total.terms:
            sign = self.plus
            if isinstance(term, Negative):
                sign, term = self.minus, term.term
                part = self._at_least(term, _PRODUCT)
            else:
                part = self._write[type(term)](term)[0]
                if part.startswith(self.minus) and written:
                    sign, part = self.minus, part[len(self.minus) :]
            if written:
                written = self.further(written, sign, part)
            else:
                written = part if sign == self.plus else sign + part
        return written or self.number(0.0), _SUM

    def _negative(self, negative: Negative) -> tuple[str, int]:
        term = negative.term
        if self.numbers and isinstance(term, Ref) and term.number < 0:  # two signs are none
            return self._leaf(self.number(-term.number))
        return self.minus + self._at_least(negative.term, _PRODUCT), _SUM

    def _product(self, product: Product) -> tuple[str, int]:
        first, *others = product.factors
        # A minus sign in front of the whole product needs no parentheses.
        head = self._write[type(first)](first)
        weak = head[1] < _PRODUCT and not isinstance(first, Ref | Number | Negative)
        written = [self.parenthesized(head[0]) if weak else head[0]]
        written += [self._at_least(factor, _POWER) for factor in others]
        return self.times.join(written), _SUM if head[0].startswith(self.minus) else _PRODUCT

    def _quotient(self, quotient: Quotient) -> tuple[str, int]:
        return self.fraction(quotient)

    def _power(self, power: Power) -> tuple[str, int]:
        return self.power(self._at_least(power.base, _ATOM), power.exponent), _POWER

    def _call(self, call: Call) -> tuple[str, int]:
        return self.call(call.name, call.arguments), _POWER if call.name == "exp" else _ATOM

    def _choice(self, choice: Choice) -> tuple[str, int]:
        chosen = self.choice(choice)
        return self._write[type(chosen)](chosen)


class LatexWriter(TextWriter):
    r"""Writes formulas in LaTeX; parameters as for :class:`TextWriter`.

    Examples
    --------
    >>> z = Ref(Symbol("z", 1, (2,)), -0.5)
    >>> sigmoid = Quotient(Number(1), Sum((Number(1), Call("exp", (Negative(z),)))))
    >>> print(LatexWriter().write(sigmoid))
    \frac{1}{1 + e^{-z^{(1)}_{2}}}
    >>> print(LatexWriter(numbers=True).write(sigmoid))
    \frac{1}{1 + e^{0.5}}
    """

    minus = "-"
    times = r" \cdot "

    def number(self, number: float) -> str:
        """Write a number."""
        return latex_number(number, self.digits)

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol."""
        return symbol.latex

    def rest(self, rest: Rest) -> str:
        """Write what the other terms of a sum add up to."""
        if not self.numbers:
            return r"\cdots"
        return rf"\underbrace{{{self.number(rest.number)}}}_{{{rest.count}\text{{ more}}}}"

    def fraction(self, quotient: Quotient) -> tuple[str, int]:
        """Write a fraction."""
        return rf"\frac{{{self.write(quotient.above)}}}{{{self.write(quotient.below)}}}", _POWER

    def power(self, base: str, exponent: Expression) -> str:
        """Write a power."""
        # A symbol may have something above it already.
        base = base if "^" not in base or base.startswith("(") else f"({base})"
        return f"{base}^{{{self.write(exponent)}}}"

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """Write a function of something."""
        inside = ", ".join(self.write(argument) for argument in arguments)
        if name == "exp":
            return f"e^{{{inside}}}"
        if name == "sqrt":
            return rf"\sqrt{{{inside}}}"
        if name == "abs":
            return f"|{inside}|"
        names = {"Phi": r"\Phi", "phi": r"\varphi", "sign": r"\operatorname{sign}"}
        return f"{names.get(name, chr(92) + name)}({inside})"


class CellWriter(TextWriter):
    """Writes the formula of a spreadsheet's cell, with symbols in braces where addresses go.

    A cell holds no number beyond 10^308, and some spreadsheets make an error of a power below
    10^−308: so e is raised to no more than 700, a square is a product, and a high power is written
    by its logarithm.

    Examples
    --------
    >>> z = Ref(Symbol("z", 1, (2,)), -0.5)
    >>> CellWriter().write(Call("max", (Number(0), z)))
    'MAX(0,{z¹₂})'
    >>> CellWriter().write(Quotient(Number(1), Sum((Number(1), Call("exp", (Negative(z),))))))
    '1/(1 + EXP(MIN(700,-{z¹₂})))'
    """

    minus = "-"
    times = "*"

    def number(self, number: float) -> str:
        """Write a number so that nothing of it is lost."""
        return repr(float(number)) if number != int(number) else str(int(number))

    def symbol(self, symbol: Symbol) -> str:
        """Write a name in braces."""
        return f"{{{symbol}}}"

    def power(self, base: str, exponent: Expression) -> str:
        """Write a power."""
        if isinstance(exponent, Number) and exponent.number == _SQUARE:
            return f"({base}*{base})"
        if isinstance(exponent, Number) and exponent.number > _HIGH:
            return f"IF({base}>0,EXP({self.write(exponent)}*LN({base})),0)"
        return f"POWER({base},{self.write(exponent)})"

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """Write a function of something."""
        inside = ",".join(self.write(argument) for argument in arguments)
        if name == "exp":
            return f"EXP(MIN({LARGEST_POWER},{inside}))"
        if name == "phi":
            return f"(EXP(-0.5*{inside}*{inside})/SQRT(2*PI()))"
        return f"{ {'Phi': 'NORMSDIST'}.get(name, name.upper()) }({inside})".replace(" ", "")

    def choice(self, choice: Choice) -> Expression:
        """Return a choice as it is: the cell is to choose again when numbers change."""
        return choice

    def _choice(self, choice: Choice) -> tuple[str, int]:
        sign = ">=" if choice.or_equal else ">"
        test = f"{self.write(choice.number)}{sign}{self.number(choice.bound)}"
        return f"IF({test},{self.write(choice.then)},{self.write(choice.otherwise)})", _ATOM


def sides(line: Line, write: type[TextWriter], digits: int) -> list[str]:
    """Write what stands right of a line's symbol: formula, numbers and value, each only once."""
    symbols, numbers = write(digits=digits), write(numbers=True, digits=digits)
    written = [numbers.write(line.formula), numbers.number(line.number)]
    if not line.brief:
        written.insert(0, symbols.write(line.formula))
    return list(dict.fromkeys(written))
