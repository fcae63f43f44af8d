"""Reads a printed explanation as a person with a pocket calculator does.

Every number is taken for what its digits say and no more: an interval. What a line says must lie
within the interval that its own numbers lead to.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

DIGITS = 6
NUMBER = r"\d+(?:\.\d+)?(?:e[−+]\d+)?"
NAME = (
    r"(?:max z|clip_norm|max_norm|ΣW²|Σ\|W\||‖∂E‖|[A-Za-zŷδαβελμρℓ])"
    r"[⁰¹²³⁴⁵⁶⁷⁸⁹]*[₀₁₂₃₄₅₆₇₈₉,]*′?(?:⟨\d+⟩)?"
)
SYMBOL = rf"∂{NAME}/∂{NAME}|{NAME}"
FUNCTIONS = r"(?:e\^|ln|tanh|max|min|sign|√|Φ|φ)(?=\()"
TOKEN = re.compile(rf"(?P<function>{FUNCTIONS})|(?P<number>{NUMBER})|(?P<symbol>{SYMBOL})|.")
LINE = re.compile(rf"^   (?P<symbol>{SYMBOL}) = (?P<rest>.*)$")
GIVEN = re.compile(r"^(?:x|W|b|w|y|d|α|β|ε|λ|μ|ρ|ℓ|m|v|r|O|max z|ΣW²|Σ\|W\||‖|clip_norm|max_norm)")
MADE = re.compile(r"^(?:∂|z|h|ŷ|δ|e|E|P|S|s|a|u|q|n)(?![a-z])")
# Words in parentheses at the end of a line.
REMARK = re.compile(
    r"\s*\((?:as |of |before |after |in step|every |the |d is|∂E|ŷ − 1)"
    r"[^()]*(?:\([^()]*\)[^()]*)*\)$"
)


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    @classmethod
    def of(cls, number, exact=False):
        size = (
            0.0
            if exact or number == 0
            else 0.5 * 10.0 ** (math.floor(math.log10(abs(number))) - DIGITS + 1)
        )
        return cls(number - size, number + size)

    def _all(self, other, operation):
        ends = [operation(a, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(min(ends), max(ends))

    def __add__(self, other):
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other):
        return Interval(self.low - other.high, self.high - other.low)

    def __neg__(self):
        return Interval(-self.high, -self.low)

    def __mul__(self, other):
        return self._all(other, lambda a, b: a * b)

    def __truediv__(self, other):
        assert not other.low <= 0 <= other.high, (other, "division by an interval around 0")
        return self._all(other, lambda a, b: a / b)

    def __pow__(self, other):
        power = round((other.low + other.high) / 2)
        ends = [self.low**power, self.high**power]
        inside = [0.0] if power % 2 == 0 and self.low < 0 < self.high else []
        return Interval(min(ends + inside), max(ends + inside))

    def through(self, function):
        return Interval(function(self.low), function(self.high))


def _phi(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


RISING = {
    "exp": lambda x: math.exp(x) if x < 709 else math.inf,
    "ln": math.log,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "Phi": lambda x: math.erfc(-x / math.sqrt(2)) / 2,
    "sign": lambda x: math.copysign(1, x),
}


def evaluate(node):
    if isinstance(node, ast.Constant):
        return Interval.of(float(node.value))
    if isinstance(node, ast.UnaryOp):
        return -evaluate(node.operand)
    if isinstance(node, ast.BinOp):
        left, right = evaluate(node.left), evaluate(node.right)
        return {
            ast.Add: Interval.__add__,
            ast.Sub: Interval.__sub__,
            ast.Mult: Interval.__mul__,
            ast.Div: Interval.__truediv__,
            ast.Pow: Interval.__pow__,
        }[type(node.op)](left, right)
    assert isinstance(node, ast.Call)
    values = [evaluate(argument) for argument in node.args]
    if node.func.id in ("max", "min"):
        pick = max if node.func.id == "max" else min
        return Interval(pick(v.low for v in values), pick(v.high for v in values))
    (x,) = values
    if node.func.id == "abs":
        ends = sorted((abs(x.low), abs(x.high)))
        return Interval(0.0 if x.low < 0 < x.high else ends[0], ends[1])
    if node.func.id == "phi":
        ends = [_phi(x.low), _phi(x.high), *([_phi(0)] if x.low < 0 < x.high else [])]
        return Interval(min(ends), max(ends))
    return x.through(RISING[node.func.id])


PLAIN = {
    "e−": "E-",
    "e+": "E+",
    "e^(": "exp(",
    "√(": "sqrt(",
    "Φ(": "Phi(",
    "φ(": "phi(",
    "−": "-",
    "·": "*",
    "^": "**",
}


def calculate(numbers):
    """Work a formula of numbers out, as far as its digits allow."""
    plain = re.sub(r" \[[\d,]+ more\]", "", numbers)
    plain = re.sub(r"\|([^|]+)\|", r"abs(\1)", plain)
    for old, new in PLAIN.items():
        plain = plain.replace(old, new)
    return evaluate(ast.parse(plain, mode="eval").body)


def number(text):
    return float(text.replace("−", "-"))


def calculations(text):
    """Find every line of the form symbol = …, continued lines joined, remarks left out."""
    found = []
    for raw in text.split("\n"):
        start = LINE.match(raw)
        if start and start["rest"][:1] != "[":
            found.append([start["symbol"], start["rest"]])
        elif found and found[-1] is not None and re.match(r"^ {4,}\S", raw):
            found[-1][1] += " " + raw.strip()
        else:
            found.append(None)  # something else: what is continued ends here
    lines = []
    for entry in filter(None, found):
        symbol, rest = entry
        lines.append((symbol, [part.strip() for part in REMARK.sub("", rest).split(" = ")]))
    return lines


def leaves(formula, kinds):
    """Return the symbols and numbers of a formula in order."""
    formula = re.sub(r" \[[\d,]+ more\]", "", formula)
    return [m[0] for m in TOKEN.finditer(formula) if m.lastgroup in kinds]


def check(text):
    """Check every line of a printed explanation; returns how many there were."""
    known = {}
    count = 0
    for symbol, parts in calculations(text):
        where = f"{symbol} = {' = '.join(parts)}"
        value = number(parts[-1]) if re.fullmatch(rf"−?{NUMBER}", parts[-1]) else None
        assert value is not None, f"no number at the end of: {where}"
        numbers = parts[-2] if len(parts) > 1 else parts[-1]
        if len(parts) == 2 and any(leaves(parts[0], ("symbol",))):
            # Symbol = other symbol = number, or a formula of which only the value is told.
            _substituted(parts[0], parts[1], known, where)
            numbers = parts[1]
        elif len(parts) == 3:
            _substituted(parts[0], parts[1], known, where)
        again, told = calculate(numbers), Interval.of(value)
        assert again.low <= told.high, where
        assert told.low <= again.high, where
        known[symbol] = parts[-1]
        count += 1
    return count


def _substituted(symbols, numbers, known, where):
    """See that each symbol was replaced by the number that stands above for it."""
    left = leaves(symbols, ("symbol", "number"))
    right = leaves(numbers, ("number",))
    if "…" in symbols:  # what the others add up to has no symbol
        return _folded(symbols, numbers, known, where)
    assert len(left) == len(right), where
    for name, digits in zip(left, right, strict=True):
        _same(name, digits, known, where)
    return None


def _folded(symbols, numbers, known, where):
    before = leaves(symbols.split("…")[0], ("symbol", "number"))
    after = leaves(symbols.split("…")[1], ("symbol", "number"))
    right = leaves(numbers, ("number",))
    assert len(right) == len(before) + 1 + len(after), where
    for name, digits in zip(before, right, strict=False):
        _same(name, digits, known, where)
    for name, digits in zip(reversed(after), reversed(right), strict=False):
        _same(name, digits, known, where)


def _same(name, digits, known, where):
    if re.fullmatch(NUMBER, name):
        assert name == digits, where
        return
    if name not in known:
        assert GIVEN.match(name), f"{name} is not told above: {where}"
        assert not MADE.match(name), f"{name} is not told above: {where}"
        known[name] = digits
    assert known[name].lstrip("−") == digits.lstrip("−"), f"{name}: {where}"
