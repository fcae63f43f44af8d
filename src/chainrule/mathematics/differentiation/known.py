"""The functions that have a name: activations, penalties, and errors as functions of ŷ."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from chainrule.mathematics.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from chainrule.mathematics.differentiation.recognition import SPLIT
from chainrule.mathematics.differentiation.rules import Rule
from chainrule.mathematics.expressions.parsing import parse
from chainrule.mathematics.expressions.tree import (
    ZERO,
    Cases,
    Condition,
    Expression,
    Product,
    Symbol,
    number,
)

__all__ = ["ERRORS", "FUNCTIONS", "PERCEPTRON", "Known"]


@dataclass(frozen=True)
class Known:
    """A function with a name.

    Attributes
    ----------
    title : str
        What it is called in a sentence.
    function : Expression
        What it is.
    variable : str
        Of what.
    moves : tuple of (Rule, Expression)
        How its derivative is brought into the usual form, after what is done with any.
    notes : tuple of str
        What has to be said of it.
    """

    title: str
    function: Expression
    variable: str = "z"
    moves: tuple[tuple[Rule, Expression], ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, variable: str) -> Known:
        """Return the same as a function of another variable."""

        def renamed(e: Expression) -> Expression:
            return e.put(Symbol(self.variable), Symbol(variable))

        moves = tuple((rule, renamed(after)) for rule, after in self.moves)
        notes = tuple(note.replace(f" {self.variable} ", f" {variable} ") for note in self.notes)
        return Known(self.title, renamed(self.function), variable, moves, notes)


def _pieces(*parts: tuple[str, str]) -> Cases:
    """Return a function in pieces: of each its formula, and how z compares with 0."""
    return Cases(
        tuple(parse(formula) for formula, _ in parts),
        tuple(Condition(Symbol("z"), relation, ZERO) for _, relation in parts),
    )


_RECOGNIZE_TANH = Rule(
    "recognize tanh",
    "(e^x − e^(−x))/(e^x + e^(−x)) = tanh(x)",
    r"\frac{e^x - e^{-x}}{e^x + e^{-x}} = \tanh(x)",
)
_RECOGNIZE_PREDICTION = Rule(
    "recognize ŷ",
    "ŷ = 1 if z ≥ 0, and 0 if z < 0",
    r"\hat{y} = \begin{cases}1 & z \ge 0\\ 0 & z < 0\end{cases}",
)
ONE_FRACTION = Rule(
    "one fraction",
    "a/b + c/d = (a·d + c·b)/(b·d)",
    r"\frac{a}{b} + \frac{c}{d} = \frac{a\,d + c\,b}{b\,d}",
)
MULTIPLY_OUT = Rule("multiply out", "a·(b + c) = a·b + a·c", r"a\,(b + c) = a\,b + a\,c")

_CORNER = "At z = 0 there is a corner and so no slope; that of the left side is taken."
_NO_SLOPE = "At z = 0 there is a jump and so no slope; 0 is taken."
_LESS, _MORE = "exp(z) - exp(-z)", "exp(z) + exp(-z)"

FUNCTIONS: dict[str, Known] = {
    "identity": Known("the identity", parse("z")),
    "step": Known("the step function", _pieces(("1", "≥"), ("0", "<")), notes=(_NO_SLOPE,)),
    "logistic": Known("the sigmoid", parse("1/(1 + exp(-z))")),
    "tanh": Known(
        "the hyperbolic tangent",
        parse(f"({_LESS})/({_MORE})"),
        moves=(
            (SPLIT, parse(f"1 - ({_LESS})^2/({_MORE})^2")),
            (_RECOGNIZE_TANH, parse("1 - tanh(z)^2")),
        ),
    ),
    "relu": Known("ReLU", _pieces(("z", ">"), ("0", "≤")), notes=(_CORNER,)),
    "leaky_relu": Known(
        "leaky ReLU", _pieces(("z", ">"), (f"{LEAKY_SLOPE}*z", "≤")), notes=(_CORNER,)
    ),
    "elu": Known(
        "ELU",
        _pieces(("z", ">"), ("exp(z) - 1", "≤")),
        notes=("At z = 0 both pieces have the slope 1.",),
    ),
    "selu": Known(
        "SELU",
        Product((Symbol("λ"), _pieces(("z", ">"), ("α*(exp(z) - 1)", "≤")))),
        notes=(f"λ = {SELU_SCALE:.6f} and α = {SELU_ALPHA:.6f}.", _CORNER),
    ),
    "gelu": Known("GELU", parse("z*Phi(z)")),
    "silu": Known("SiLU, also called swish", parse("z*sigmoid(z)")),
    "mish": Known("Mish", parse("z*tanh(ln(1 + exp(z)))")),
    "softplus": Known("softplus", parse("ln(1 + exp(z))")),
    "exp": Known("the exponential function", parse("exp(z)")),
    "l2": Known("the L2 penalty", number(Fraction(1, 2)) * parse("w^2"), "w"),
    "l1": Known(
        "the L1 penalty",
        parse("abs(w)"),
        "w",
        notes=("At w = 0 there is a corner and so no slope; 0 is taken.",),
    ),
}
"""Functions of one variable: the activations by the names of their records, and the penalties."""

_BOTH = "ŷ*(1 - ŷ)"
ERRORS: dict[str, Known] = {
    "half_squared_error": Known(
        "the half squared error", number(Fraction(1, 2)) * parse("(y - ŷ)^2"), "ŷ"
    ),
    "log_loss": Known(
        "the log loss",
        parse("-y*ln(ŷ) - (1 - y)*ln(1 - ŷ)"),
        "ŷ",
        moves=(
            (ONE_FRACTION, parse(f"((1 - y)*ŷ - y*(1 - ŷ))/({_BOTH})")),
            (MULTIPLY_OUT, parse(f"(ŷ - y*ŷ - y + y*ŷ)/({_BOTH})")),
            (Rule("simplify", "−y·ŷ + y·ŷ = 0", r"-y\,\hat{y} + y\,\hat{y} = 0"),
             parse(f"(ŷ - y)/({_BOTH})")),
        ),
    ),
    "poisson": Known("half the Poisson deviance", parse("y*ln(y/ŷ) - y + ŷ"), "ŷ"),
}  # fmt: skip
"""Errors of one output as functions of the prediction ŷ, by the names of their records."""

PERCEPTRON = Known(
    "the perceptron's error",
    _pieces(("(1 - y)*z", "≥"), ("-y*z", "<")),
    moves=((_RECOGNIZE_PREDICTION, parse("ŷ - y")),),
    notes=("At z = 0, on the boundary, there is a corner; the piece z ≥ 0 is taken.",),
)
"""(ŷ − y)·z with ŷ the step function of z, which is constant on both sides of 0."""
