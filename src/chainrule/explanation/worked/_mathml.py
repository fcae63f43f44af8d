"""Formulas in MathML, which browsers lay out by themselves."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from unicodedata import normalize
from xml.etree import ElementTree as ET

from chainrule.explanation.worked._arithmetic import Expression, Quotient, Rest
from chainrule.explanation.worked._document import Matrix
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._writing import _POWER, TextWriter

__all__ = [
    "MathmlWriter",
    "clean",
    "math",
    "matrix_mathml",
    "pieces",
    "rule_mathml",
    "rule_text",
    "taken_apart",
]

# A browser breaks no line inside a formula, so that a long one is several. They are cut at these
# marks, which are white space to MathML: between the terms of a sum, and where need be before any
# other sign. Inside fractions, roots and exponents nothing can be cut.
_TERM, _SIGN = "\n", "\t"
_UNCUT = str.maketrans("", "", _TERM + _SIGN)
# What is so short fits into one line of the narrowest screen.
_SHORT = 22

# Signs that stand in the names of symbols; any other is a letter.
_LETTERS = {
    "ŷ": '<mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover>',
    "W²": "<msup><mi>W</mi><mn>2</mn></msup>",
    "max ": '<mi>max</mi><mspace width="0.2em"/>',
    "Σ": "<mi>Σ</mi>",
    "‖": '<mo form="prefix" stretchy="false">‖</mo>',
    "|": '<mo form="prefix" stretchy="false">|</mo>',
}
_LETTER = re.compile("|".join(map(re.escape, _LETTERS)) + "|.[₀-₉]*", re.DOTALL)
_RAISED = re.compile("<msu(?:bsu)?p>")
_TAG = re.compile(r"<[^>]*>")
# What latex2mathml puts around a formula, and the wide spaces between formulas on one line.
_OUTER = re.compile(r"<math[^>]*>(.*)</math>", re.DOTALL)
_SPACE = re.compile(r"\\q?quad(?![a-zA-Z])")
# What it sets badly: functions without a space or with too much, a minus between no terms, and f′,
# whose prime stands high enough by itself.
_NAME = re.compile(r"<(m[io])>([a-zA-Z]{2,})</\1>(?P<called><mo[^>]*>&#x00028;)?")
_ALONE = re.compile(r"(&#x0003D;|&#x00028;|&#x0002C;|&#x02190;)</mo><mo>&#x02212;")
_PRIME = re.compile(r"<msup>(<mi>[^<]*</mi>)<mi>&#x02032;</mi></msup>")
# On one line: signs with spaces around them, those above a letter, and scripts.
_BETWEEN = frozenset("=+−←≥<≤>")
_ABOVE = {"′": "′", "^": "\u0302"}
_SCRIPTS = {"msup": "^", "mover": "^", "msub": "_", "munder": "_", "msubsup": "_^"}
# What no page may hold: control characters, halves of characters, and what Unicode leaves unused.
_UNWRITABLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Let text be text: a column may be called <script>.

    Examples
    --------
    >>> clean('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return escape(_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def taken_apart(number: float, digits: int) -> tuple[str, str]:
    """Return what is written of a number, and to which power of ten, if any.

    Examples
    --------
    >>> taken_apart(-2.5e-9, 6), taken_apart(0.25, 6)
    (('−2.5', '−9'), ('0.25', ''))
    """
    mantissa, _, power = format(float(number), f".{digits}g").partition("e")
    mantissa = mantissa.replace("inf", "∞").replace("nan", "NaN").replace("-", "−")
    return mantissa, str(int(power)).replace("-", "−") if power else ""


class MathmlWriter(TextWriter):
    """Writes formulas in MathML, marked where they may be cut; parameters as for the TextWriter.

    Examples
    --------
    >>> z = Symbol("z", 1, (2,))
    >>> print(MathmlWriter().symbol(z))
    <msubsup><mi>z</mi><mn>2</mn><mtext>(1)</mtext></msubsup>
    >>> print(MathmlWriter().number(-0.5))
    <mo form="prefix">−</mo><mn>0.5</mn>
    """

    plus, minus = '<mo form="infix">+</mo>', '<mo form="prefix">−</mo>'
    times = f"{_SIGN}<mo>⋅</mo>"

    def number(self, number: float) -> str:
        """Write a number; one with an exponent is drawn together, not to be read as a product."""
        mantissa, power = taken_apart(number, self.digits)
        sign = self.minus if mantissa.startswith("−") else ""
        written = f"{sign}<mn>{mantissa.removeprefix('−')}</mn>"
        if not power:
            return written
        return f'{written}<mo lspace="0" rspace="0">×</mo><msup><mn>10</mn><mn>{power}</mn></msup>'

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol."""
        own = _own(symbol)
        if symbol.by is None:
            return own
        return (
            f"<mfrac><mrow><mi>∂</mi>{own}</mrow><mrow><mi>∂</mi>{_own(symbol.by)}</mrow></mfrac>"
        )

    def rest(self, rest: Rest) -> str:
        """Write what the other terms of a sum add up to."""
        if not self.numbers:
            return "<mo>⋯</mo>"
        written = self.number(rest.number)
        sign = self.minus if written.startswith(self.minus) else ""
        brace = f"<munder><mrow>{written.removeprefix(sign)}</mrow><mo>⏟</mo></munder>"
        return f"{sign}<munder>{brace}<mtext>{rest.count:,} more</mtext></munder>"

    def further(self, written: str, sign: str, term: str) -> str:
        """Write one more term of a sum."""
        return f"{written}{_TERM}{sign.replace('prefix', 'infix')}{term}"

    def parenthesized(self, written: str) -> str:
        """Put parentheses around something; within them, a sum is cut only where need be."""
        inside = written.replace(_TERM, _SIGN)
        stretchy = "" if "<mfrac>" in inside else ' stretchy="false"'
        return f"<mo{stretchy}>(</mo>{inside}<mo{stretchy}>)</mo>"

    def fraction(self, quotient: Quotient) -> tuple[str, int]:
        """Write a fraction."""
        above, below = self._uncut(quotient.above), self._uncut(quotient.below)
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>", _POWER

    def power(self, base: str, exponent: Expression) -> str:
        """Write a power."""
        # A symbol or a number may have something above it already.
        if _RAISED.search(base) and not base.startswith("<mo"):
            base = self.parenthesized(base)
        base = base.translate(_UNCUT)
        return f"<msup><mrow>{base}</mrow><mrow>{self._uncut(exponent)}</mrow></msup>"

    def call(self, name: str, arguments: tuple[Expression, ...]) -> str:
        """Write a function of something."""
        if name == "exp":
            return f"<msup><mi>e</mi><mrow>{self._uncut(arguments[0])}</mrow></msup>"
        if name == "sqrt":
            return f"<msqrt>{self._uncut(arguments[0])}</msqrt>"
        inside = "<mo>,</mo>".join(self.write(argument) for argument in arguments)
        if name == "abs":
            inside = inside.replace(_TERM, _SIGN)
            return f'<mo form="prefix">|</mo>{inside}<mo form="postfix">|</mo>'
        called = {"Phi": "Φ", "phi": "φ"}.get(name, name)
        return f"<mi>{called}</mi><mo>\N{FUNCTION APPLICATION}</mo>{self.parenthesized(inside)}"

    def _uncut(self, expression: Expression) -> str:
        return self.write(expression).translate(_UNCUT)


def _own(symbol: Symbol) -> str:
    """Write a symbol that is no derivative, or what stands above or below in one that is."""
    written = _letters(symbol.letter)
    above = "" if symbol.layer is None else f"<mtext>({symbol.layer})</mtext>"
    if symbol.new:
        above = f"<mrow>{above}<mo>′</mo></mrow>"
    below = "<mo>,</mo>".join(f"<mn>{i}</mn>" for i in symbol.index)
    if len(symbol.index) > 1:
        below = f"<mrow>{below}</mrow>"
    if above and below:
        written = f"<msubsup>{written}{below}{above}</msubsup>"
    elif above or below:
        tag = "msup" if above else "msub"
        written = f"<{tag}>{written}{above}{below}</{tag}>"
    if symbol.row is not None:
        written += f'<mo stretchy="false">⟨</mo><mn>{symbol.row}</mn><mo stretchy="false">⟩</mo>'
    return written


@lru_cache(maxsize=256)
def _letters(name: str) -> str:
    found = _LETTER.findall(name)
    written = "".join(_LETTERS.get(sign) or _letter(sign) for sign in found)
    return written if len(found) == 1 else f"<mrow>{written}</mrow>"


def _letter(sign: str) -> str:
    written = f"<mi>{clean(sign[0])}</mi>"
    # Digits below, as in λ₂, belong to the name.
    return f"<msub>{written}<mn>{normalize('NFKC', sign[1:])}</mn></msub>" if sign[1:] else written


def math(inside: str) -> str:
    """Make an element of a formula that is not to be cut."""
    return f"<math>{inside.translate(_UNCUT)}</math>"


def pieces(written: str) -> str:
    """Make elements of a formula, so many that a browser can break it into lines."""
    if _length(written) <= _SHORT:
        return math(written)
    return "".join(map(_term, written.split(_TERM)))


def _term(written: str) -> str:
    if _length(written) <= _SHORT or _SIGN not in written:
        return math(written)
    return f'<span class="term">{"".join(map(math, written.split(_SIGN)))}</span>'


def _length(written: str) -> int:
    return len(_TAG.sub("", written))


def matrix_mathml(matrix: Matrix, digits: int) -> str:
    """Write a matrix after its name."""
    writer = MathmlWriter(digits=digits)
    rows = "".join(
        f"<mtr>{''.join(f'<mtd>{writer.number(number)}</mtd>' for number in row)}</mtr>"
        for row in matrix.numbers
    )
    symbol = writer.symbol(matrix.symbol)
    return f"{symbol}<mo>=</mo><mrow><mo>[</mo><mtable>{rows}</mtable><mo>]</mo></mrow>"


@lru_cache(maxsize=256)
def rule_mathml(latex: str) -> tuple[str, ...]:
    r"""Turn a rule in LaTeX into MathML; what stands side by side may stand on several lines.

    Examples
    --------
    >>> rule_mathml(r"z = x,\quad h = z")[1]
    '<mrow><mi>h</mi><mo>&#x0003D;</mo><mi>z</mi></mrow>'
    """
    from latex2mathml.converter import convert

    return tuple(_spaced(_OUTER.sub(r"\1", convert(part))) for part in _side_by_side(latex))


@lru_cache(maxsize=256)
def rule_text(latex: str) -> str:
    r"""Write a rule in LaTeX on one line, as it is read aloud.

    Examples
    --------
    >>> rule_text(r"\sigma(z) = \frac{1}{1 + e^{-z}},\quad \sigma'(z) = \sqrt{v_2}")
    'σ(z) = 1/(1 + e^(−z)), σ′(z) = √(v_2)'
    """
    parts = (_linear(ET.fromstring(math(p))) for p in rule_mathml(latex))  # noqa: S314
    return " ".join(" ".join(parts).split())


def _linear(element: ET.Element) -> str:
    """Write an element of MathML on one line."""
    tag, inside = element.tag, [_linear(child) for child in element]
    if tag == "mo":
        return _sign(element.text or "", prefixed=element.get("form") == "prefix")
    if tag == "mfrac":
        return "/".join(map(_held, inside))
    if tag in ("msup", "mover") and inside[1] in _ABOVE:
        return normalize("NFC", inside[0] + _ABOVE[inside[1]])
    if tag in _SCRIPTS:
        marks = zip(_SCRIPTS[tag], inside[1:], strict=True)
        return inside[0].strip() + "".join(mark + _held(script) for mark, script in marks)
    if tag == "msqrt":
        return f"√({''.join(inside)})"
    if tag == "mtable":  # a case with its condition in each row
        return "; ".join(inside)
    if tag == "mtr":
        return " if ".join(inside)
    return (element.text or "") + _beside(element, inside)


def _beside(element: ET.Element, written: list[str]) -> str:
    """Write elements side by side, with a sign between a fraction and what it is a factor of."""
    tags = [child.tag for child in element]
    found = written[:1]
    for before, tag, part in zip(tags, tags[1:], written[1:], strict=False):
        factors = "mfrac" in (before, tag) and "mo" not in (before, tag)
        found.append(f"·{part}" if factors else part)
    return "".join(found)


def _sign(sign: str, *, prefixed: bool) -> str:
    if len(sign) > 1:  # the name of a function
        return f" {sign} "
    if sign == ",":
        return ", "
    return f" {sign} " if sign in _BETWEEN and not prefixed else sign


def _held(written: str) -> str:
    """Put parentheses around what is more than one sign or number."""
    written = re.sub("^− ", "−", written.strip())
    return written if re.fullmatch(r"\w+|\W", written) else f"({written})"


def _spaced(written: str) -> str:
    written = _NAME.sub(_name, written)
    written = _PRIME.sub(r'<mrow>\1<mo lspace="0" rspace="0">&#x02032;</mo></mrow>', written)
    return _ALONE.sub(r'\1</mo><mo form="prefix">&#x02212;', written)


def _name(found: re.Match[str]) -> str:
    called = found["called"] or ""
    after = "0" if called else "0.17em"
    return f'<mo lspace="0.17em" rspace="{after}">{found[2]}</mo>{called}'


def _side_by_side(latex: str) -> list[str]:
    """Cut LaTeX at its wide spaces, but for those between braces."""
    parts, start = [], 0
    for space in _SPACE.finditer(latex):
        before = latex[start : space.start()]
        if before.count("{") - before.count("\\{") == before.count("}") - before.count("\\}"):
            parts.append(before)
            start = space.end()
    return [part.strip() for part in (*parts, latex[start:]) if part.strip()]
