r"""Formulas as people write them: in one line of text, and as LaTeX.

In text: · for products, − for minus, x² for squares, e^(−x), ln(x), d/dx[…] for a derivative that
has not been taken yet.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from chainrule.mathematics.expressions.tree import (
    Call,
    Cases,
    Condition,
    Constant,
    Derivative,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sequence,
    Series,
    Sum,
    Symbol,
)

__all__ = ["latex", "symbol_latex", "symbol_text", "text"]

# What holds together more strongly has the larger number.
_SUM, _SERIES, _PRODUCT, _POWER, _ATOM = range(5)
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LOWERABLE = "0123456789ijklmn"
_LOWERED = str.maketrans(_LOWERABLE, "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙ")
_FRACTIONS = {Fraction(1, 2): "½"}
_HALF = Fraction(1, 2)
# A longer number is never written by fewer of its digits.
_MOST_DIGITS, _MOST_ZEROS = 12, 400
# sin²(x), but σ(z)²: only names of several letters take the exponent in the middle.
_SQUARED_INSIDE = frozenset(
    ("sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan", "ln")
)
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Φ": "Phi", "Δ": "Delta", "Σ": "Sigma", "Ω": "Omega",
}  # fmt: skip
_GREEK_NAMES = frozenset(_GREEK.values())
_LATEX_FUNCTIONS = frozenset(("sin", "cos", "tan", "sinh", "cosh", "tanh", "ln"))
_ARC = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_OTHER_FUNCTIONS = {"σ": r"\sigma", "Φ": r"\Phi", "φ": r"\varphi", "sign": r"\operatorname{sign}"}
_RELATIONS = {"=": "=", "≠": r"\ne", "<": "<", "≤": r"\le", ">": ">", "≥": r"\ge"}


def text(expression: Expression) -> str:
    """Write a formula in one line.

    Parameters
    ----------
    expression : Expression
        The formula.

    Returns
    -------
    str

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> text(parse("2*x**2 - exp(-x)/sqrt(x) + log(x)*(1 - x)"))
    '2x² − e^(−x)/√x + ln(x)·(1 − x)'
    """
    return _text(expression)[0]


def latex(expression: Expression) -> str:
    r"""Write a formula as LaTeX.

    Parameters
    ----------
    expression : Expression
        The formula.

    Returns
    -------
    str

    Examples
    --------
    >>> from chainrule.mathematics.expressions import parse
    >>> print(latex(parse("1/(1 + exp(-x)) - alpha*tanh(x)**2")))
    \frac{1}{1 + e^{-x}} - \alpha\,\tanh^{2}\left(x\right)
    """
    return _latex(expression)[0]


def symbol_text(name: str) -> str:
    """Write a variable: ``z_k`` as zₖ.

    Examples
    --------
    >>> symbol_text("z_k"), symbol_text("weight")
    ('zₖ', 'weight')
    """
    head, _, index = name.rpartition("_")
    if head and index and set(index) <= set(_LOWERABLE):
        return head + index.translate(_LOWERED)
    return name


def symbol_latex(name: str) -> str:
    r"""Write a variable as LaTeX.

    Examples
    --------
    >>> [symbol_latex(name) for name in ("ŷ_k", "alpha", "x1", "weight")]
    ['\\hat{y}_{k}', '\\alpha', 'x_{1}', '\\mathrm{weight}']
    """
    head, _, index = name.rpartition("_")
    if head and index:
        return f"{symbol_latex(head)}_{{{index}}}"
    letters = name.rstrip("0123456789")
    if letters and letters != name:
        return f"{symbol_latex(letters)}_{{{name[len(letters) :]}}}"
    if name == "ŷ":
        return r"\hat{y}"
    if name in _GREEK or name in _GREEK_NAMES:
        return "\\" + _GREEK.get(name, name)
    return name if len(name) == 1 else rf"\mathrm{{{name}}}"


def _within(written: tuple[str, int], least: int, brackets: tuple[str, str] = ("(", ")")) -> str:
    """Put what holds together less strongly than needed into brackets."""
    inside, strength = written
    return inside if strength >= least else f"{brackets[0]}{inside}{brackets[1]}"


# ------------------------------------------------------------------------------------- text


def _text(e: Expression) -> tuple[str, int]:
    """Return a formula's text, and how strongly it holds together."""
    return _TEXT[type(e)](e)


def _number_text(e: Number) -> tuple[str, int]:
    size = abs(e.value)
    if (tens := _tens(size)) is not None:
        written, strength = tens
    elif size.denominator == 1:
        written, strength = str(size.numerator), _ATOM
    elif size in _FRACTIONS and not e.decimal:
        written, strength = _FRACTIONS[size], _ATOM
    elif e.decimal and _ends(size):
        written, strength = f"{float(size):.12f}".rstrip("0"), _ATOM
    else:
        written, strength = f"{size.numerator}/{size.denominator}", _PRODUCT
    return (written, strength) if e.value >= 0 else (f"−{written}", _SUM)


def _tens(value: Fraction) -> tuple[str, int] | None:
    """Write a very large or small number with few digits as these times a power of ten."""
    if not value or 10**-6 <= value < 10**15 or 10**_MOST_ZEROS % value.denominator:
        return None
    whole = str(value * 10**_MOST_ZEROS)
    digits = whole.rstrip("0")
    if len(digits) > _MOST_DIGITS:
        return None
    power = len(whole) - 1 - _MOST_ZEROS
    raised = f"10^{power}" if power > 0 else f"10^(−{-power})"
    if digits == "1":
        return raised, _POWER
    return f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}·{raised}", _PRODUCT


def _ends(value: Fraction) -> bool:
    """Whether a number is written exactly with at most twelve digits."""
    return 10**12 % value.denominator == 0 and value < 10**6


def _sum_text(e: Sum) -> tuple[str, int]:
    return _joined(e.terms, _text, "−"), _SUM


def _joined(
    terms: tuple[Expression, ...], write: Callable[[Expression], tuple[str, int]], minus: str
) -> str:
    written = ""
    for place, term in enumerate(terms):
        negative = isinstance(term, Negative)
        inner = term.inner if isinstance(term, Negative) else term
        brackets = ("(", ")") if minus == "−" else (r"\left(", r"\right)")
        # What stands behind Σ goes on to the end, so that only the last term may be one.
        least = _SERIES if place == len(terms) - 1 else _PRODUCT
        first = not place and not negative and not isinstance(inner, Series)
        said = write(inner)[0] if first else _within(write(inner), least, brackets)
        if said.startswith(minus):
            negative, said = True, said[len(minus) :].lstrip()
        if place:
            written += f" {minus} {said}" if negative else f" + {said}"
        else:
            written = f"{minus}{said}" if negative else said
    return written


def _product_text(e: Product) -> tuple[str, int]:
    written, strength = "", _PRODUCT
    for place, factor in enumerate(e.factors):
        last = place == len(e.factors) - 1
        said, strength = _text(factor)
        said = _within((said, strength), _SERIES if last and place else _PRODUCT)
        before = e.factors[place - 1]
        plain = isinstance(before, Number) and text(before).isdecimal()
        wide = isinstance(before, Quotient) or isinstance(factor, Quotient)
        joint = "" if plain and _juxtaposed(factor) else " · " if wide else "·"
        written += joint + said if place else said
    return written, _SERIES if strength == _SERIES else _PRODUCT


def _juxtaposed(factor: Expression) -> bool:
    """Whether a number may stand right before it: 2x, 3x², but 2·weight and 2·3."""
    base = factor.base if isinstance(factor, Power) else factor
    return isinstance(base, Symbol) and len(base.name.split("_")[0]) == 1


def _negative_text(e: Negative) -> tuple[str, int]:
    return f"−{_within(_text(e.inner), _SERIES)}", _SUM


def _quotient_text(e: Quotient) -> tuple[str, int]:
    top = _text(e.top)
    # A fraction on a fraction would be read the other way around.
    over = _within(top, _ATOM) if isinstance(e.top, Quotient) else _within(top, _PRODUCT)
    return f"{over}/{_within(_text(e.bottom), _POWER)}", _PRODUCT


def _power_text(e: Power) -> tuple[str, int]:
    exponent = e.exponent
    if isinstance(exponent, Number):
        if exponent.value == _HALF:
            return f"√{_within(_text(e.base), _ATOM)}", _POWER
        if exponent.value.denominator == 1 and not isinstance(e.base, Constant):
            raised = str(exponent.value.numerator).translate(_RAISED)
            if isinstance(e.base, Call) and e.base.name in _SQUARED_INSIDE and raised[0] != "⁻":
                return f"{e.base.name}{raised}({text(e.base.argument)})", _POWER
            return f"{_within(_text(e.base), _ATOM)}{raised}", _POWER
    return f"{_within(_text(e.base), _ATOM)}^{_within(_text(exponent), _ATOM)}", _POWER


def _call_text(e: Call) -> tuple[str, int]:
    if e.name == "abs":
        return f"|{text(e.argument)}|", _ATOM
    return f"{e.name}({text(e.argument)})", _ATOM


def _cases_text(e: Cases) -> tuple[str, int]:
    pieces = zip(e.values, e.conditions, strict=True)
    return "{" + "; ".join(f"{text(value)} if {text(when)}" for value, when in pieces) + "}", _ATOM


def _condition_text(e: Condition) -> tuple[str, int]:
    return f"{text(e.left)} {e.relation} {text(e.right)}", _SUM


def _sequence_text(e: Sequence) -> tuple[str, int]:
    index = e.index.translate(_LOWERED)
    return (f"Σ_({e.index} ≠ {e.without})" if e.without else f"Σ{index}"), _ATOM


def _series_text(e: Series) -> tuple[str, int]:
    return f"{text(e.over)} {_within(_text(e.body), _PRODUCT)}", _SERIES


def _derivative_text(e: Derivative) -> tuple[str, int]:
    d = "∂" if e.partial else "d"
    return f"{d}/{d}{symbol_text(e.variable)}[{text(e.inner)}]", _ATOM


_TEXT: dict[type, Callable[..., tuple[str, int]]] = {
    Number: _number_text,
    Constant: lambda e: ({"pi": "π"}.get(e.name, e.name), _ATOM),
    Symbol: lambda e: (symbol_text(e.name), _ATOM),
    Sum: _sum_text,
    Product: _product_text,
    Negative: _negative_text,
    Quotient: _quotient_text,
    Power: _power_text,
    Call: _call_text,
    Cases: _cases_text,
    Condition: _condition_text,
    Sequence: _sequence_text,
    Series: _series_text,
    Derivative: _derivative_text,
}


# ------------------------------------------------------------------------------------- LaTeX

_BRACKETS = (r"\left(", r"\right)")


def _latex(e: Expression) -> tuple[str, int]:
    """Return a formula's LaTeX, and how strongly it holds together."""
    return _LATEX[type(e)](e)


def _number_latex(e: Number) -> tuple[str, int]:
    written, strength = _number_text(e)
    size = abs(e.value)
    sign = "-" if e.value < 0 else ""
    if "^" in written:
        digits, power = written.replace("−", "-").split("10^")
        return rf"{digits.replace('·', chr(92) + 'cdot ')}10^{{{power.strip('()')}}}", strength
    if size.denominator != 1 and "." not in written:
        written = rf"{sign}\tfrac{{{size.numerator}}}{{{size.denominator}}}"
        return written, _SUM if sign else _PRODUCT
    return written.replace("−", "-"), strength


def _product_latex(e: Product) -> tuple[str, int]:
    written = _within(_latex(e.factors[0]), _PRODUCT, _BRACKETS)
    for before, factor in zip(e.factors, e.factors[1:], strict=False):
        said = _within(_latex(factor), _PRODUCT, _BRACKETS)
        plain = isinstance(before, Number)
        digits = said[0].isdigit() or isinstance(factor, (Number, Quotient))
        dot = r" \cdot " if digits or isinstance(before, Quotient) else "" if plain else r"\,"
        written += dot + said
    return written, _PRODUCT


def _power_latex(e: Power) -> tuple[str, int]:
    if isinstance(e.exponent, Number) and e.exponent.value == _HALF:
        return rf"\sqrt{{{latex(e.base)}}}", _ATOM
    raised = f"^{{{latex(e.exponent)}}}"
    if isinstance(e.base, Call) and e.base.name in _SQUARED_INSIDE and len(e.base.name) > 1:
        return _called(_function_latex(e.base.name) + raised, e.base.argument), _POWER
    return _within(_latex(e.base), _ATOM, _BRACKETS) + raised, _POWER


def _function_latex(name: str) -> str:
    if name in _LATEX_FUNCTIONS:
        return "\\" + name
    if name in _ARC:
        return "\\" + _ARC[name]
    return _OTHER_FUNCTIONS.get(name, rf"\operatorname{{{name}}}")


def _called(function: str, argument: Expression) -> str:
    return rf"{function}\left({latex(argument)}\right)"


def _call_latex(e: Call) -> tuple[str, int]:
    if e.name == "abs":
        return rf"\left|{latex(e.argument)}\right|", _ATOM
    return _called(_function_latex(e.name), e.argument), _ATOM


def _cases_latex(e: Cases) -> tuple[str, int]:
    pieces = zip(e.values, e.conditions, strict=True)
    rows = r"\\ ".join(f"{latex(value)} & {latex(when)}" for value, when in pieces)
    return rf"\begin{{cases}}{rows}\end{{cases}}", _ATOM


def _sequence_latex(e: Sequence) -> tuple[str, int]:
    without = rf" \ne {e.without}" if e.without else ""
    return rf"\sum_{{{e.index}{without}}}", _ATOM


def _derivative_latex(e: Derivative) -> tuple[str, int]:
    d = r"\partial" if e.partial else "d"
    below = f"{d} {symbol_latex(e.variable)}"
    return rf"\frac{{{d}}}{{{below}}}\left[{latex(e.inner)}\right]", _ATOM


_LATEX: dict[type, Callable[..., tuple[str, int]]] = {
    Number: _number_latex,
    Constant: lambda e: ({"pi": r"\pi"}.get(e.name, e.name), _ATOM),
    Symbol: lambda e: (symbol_latex(e.name), _ATOM),
    Sum: lambda e: (_joined(e.terms, _latex, "-"), _SUM),
    Product: _product_latex,
    Negative: lambda e: (f"-{_within(_latex(e.inner), _SERIES, _BRACKETS)}", _SUM),
    Quotient: lambda e: (rf"\frac{{{latex(e.top)}}}{{{latex(e.bottom)}}}", _PRODUCT),
    Power: _power_latex,
    Call: _call_latex,
    Cases: _cases_latex,
    Condition: lambda e: (f"{latex(e.left)} {_RELATIONS[e.relation]} {latex(e.right)}", _SUM),
    Sequence: _sequence_latex,
    Series: lambda e: (
        f"{latex(e.over)} {_within(_latex(e.body), _PRODUCT, _BRACKETS)}",
        _SERIES,
    ),
    Derivative: _derivative_latex,
}
