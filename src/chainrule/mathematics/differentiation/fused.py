"""Errors together with the activation before them: the chain rule, and what it makes cancel."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.mathematics.differentiation.checking import Checker
from chainrule.mathematics.differentiation.engine import Work
from chainrule.mathematics.differentiation.known import (
    ERRORS,
    FUNCTIONS,
    MULTIPLY_OUT,
    PERCEPTRON,
    Known,
)
from chainrule.mathematics.differentiation.recognition import SIMPLIFY, SPLIT, simpler
from chainrule.mathematics.differentiation.rules import Rule
from chainrule.mathematics.differentiation.steps import Derivation
from chainrule.mathematics.expressions.algebra import tidy
from chainrule.mathematics.expressions.notation import symbol_latex
from chainrule.mathematics.expressions.parsing import parse
from chainrule.mathematics.expressions.sympy_forms import weight
from chainrule.mathematics.expressions.tree import (
    ONE,
    Call,
    Cases,
    Condition,
    Derivative,
    Expression,
    Negative,
    Product,
    Quotient,
    Sequence,
    Series,
    Sum,
    Symbol,
    exp,
)
from chainrule.mathematics.expressions.trivia import without_trivia

__all__ = ["derive_cross_entropy", "derive_fused", "derive_perceptron", "derive_softmax"]

_CHAIN = Rule(
    "chain rule",
    "∂E/∂z = ∂E/∂ŷ · ∂ŷ/∂z",
    r"\frac{\partial E}{\partial z} = "
    r"\frac{\partial E}{\partial \hat{y}} \cdot \frac{\partial \hat{y}}{\partial z}",
)
_CANCEL = Rule("cancel", "a/b · b = a", r"\frac{a}{b} \cdot b = a")
_WRITE = Rule("write ŷ", "ŷ for what it stands for", r"\hat{y} = f(z)")
_Y = Symbol("ŷ")
Moves = tuple[tuple[Rule, Expression], ...]

_HELD = "y, the answer, is held constant."


def derive_fused(error: str, activation: str) -> Derivation:
    """Derive an error of ŷ = f(z) with respect to z.

    Parameters
    ----------
    error, activation : str
        Names of their records.

    Returns
    -------
    Derivation
    """
    e, f = ERRORS[error], FUNCTIONS[activation]
    checker = Checker.for_formula(e.function, "ŷ", bound={"ŷ": f.function})
    first = Work(checker, part="∂E/∂ŷ")
    outer = first.known(e, partial=True)
    second = Work(checker, part="∂ŷ/∂z")
    inner = second.known(f, partial=True)
    if activation in _WRITTEN:
        inner = second.follow(inner, [(_WRITE, inner.put(_WRITTEN[activation], _Y))])
    third = Work(checker, part="∂E/∂z")
    composed = Derivative(e.function.put(_Y, f.function), "z", partial=True)
    product = third.begin(_CHAIN, composed, without_trivia(Product((outer, inner))))
    result = third.follow(product, _shorter(product))
    return Derivation(
        title=f"derivative of {e.title}" + (f" of {_an(f)}" if activation != "identity" else ""),
        name="E",
        slope_name="∂E/∂z",
        function=e.function,
        variable="z",
        where=(("ŷ", f.function),),
        steps=(*first.steps, *second.steps, *third.steps),
        result=result,
        notes=(_HELD, *f.notes),
        points=len(checker.points),
    )


_WRITTEN = {"logistic": parse("sigmoid(z)"), "tanh": parse("tanh(z)"), "exp": parse("exp(z)")}


def _an(f: Known) -> str:
    """Say "a sigmoid" of "the sigmoid", but "ReLU" of "ReLU"."""
    name = f.title.removeprefix("the ")
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}" if name != f.title else name


def _shorter(product: Expression) -> Iterator[tuple[Rule, Expression]]:
    whole = product
    if weight(tidied := tidy(whole)) < weight(whole):
        fractions = any(isinstance(part, Quotient) for part in whole.parts())
        whole = tidied
        yield _CANCEL if fractions else SIMPLIFY, whole
    if weight(opened := _opened(whole)) < weight(whole):
        yield MULTIPLY_OUT, opened


def _opened(whole: Expression) -> Expression:
    """Multiply a product out, if just one of its factors is a sum."""
    if not isinstance(whole, Product):
        return whole
    sums = [factor for factor in whole.factors if isinstance(factor, Sum)]
    if len(sums) != 1:
        return whole
    others = tuple(factor for factor in whole.factors if factor is not sums[0])
    return tidy(Sum(tuple(Product((*others, term)) for term in sums[0].terms)))


def derive_perceptron() -> Derivation:
    """Derive the perceptron's error with respect to z.

    Returns
    -------
    Derivation
    """
    step = FUNCTIONS["step"]
    checker = Checker.for_formula(PERCEPTRON.function, "z", bound={"ŷ": step.function})
    work = Work(checker)
    return Derivation(
        title=f"derivative of {PERCEPTRON.title}",
        name="E = (ŷ − y)·z",
        slope_name="∂E/∂z",
        function=PERCEPTRON.function,
        variable="z",
        where=(("ŷ", step.function),),
        result=work.known(PERCEPTRON, partial=True),
        steps=tuple(work.steps),
        notes=(_HELD, *PERCEPTRON.notes),
        points=len(checker.points),
    )


# ------------------------------------------------------------------------------ many outputs

# However many outputs there are, four will do to check with.
_LABELS = ("i", "j", "a", "b")


def _recognize(letter: str) -> Rule:
    fraction = r"\frac{e^{z_i}}{\sum_k e^{z_k}}"
    return Rule(
        "recognize the softmax",
        f"e^zᵢ/(Σₖ e^zₖ) = {letter}ᵢ",
        f"{fraction} = {symbol_latex(letter)}_i",
    )


def _sum_over(body: Expression, index: str, *, without: str = "") -> Series:
    return Series(body, Sequence(index, _LABELS, without))


def _softmax(label: str, *, over: str = "k") -> Expression:
    return exp(Symbol(f"z_{label}")) / _sum_over(exp(Symbol(f"z_{over}")), over)


def _softmax_part(work: Work, letter: str, *, i: str, j: str) -> Expression:
    """Derive output i of a softmax with respect to logit j."""
    h, e_i, e_j = Symbol(f"{letter}_{i}"), exp(Symbol(f"z_{i}")), exp(Symbol(f"z_{j}"))
    total, other = _sum_over(exp(Symbol("z_k")), "k"), Symbol(f"{letter}_{j}")
    whole = work.differentiate(Derivative(_softmax(i), f"z_{j}", partial=True))
    if i == j:
        return work.follow(
            whole,
            (
                (SPLIT, e_i / total * ((total - e_i) / total)),
                (_CANCEL_TOTAL, e_i / total * (ONE - e_i / total)),
                (_recognize(letter), h * (ONE - h)),
            ),
        )
    moves = ((SPLIT, Negative(e_i / total * (e_j / total))), (_recognize(letter), -(h * other)))
    return work.follow(whole, moves)


_CANCEL_TOTAL = Rule("cancel", "(a − b)/a = 1 − b/a", r"\frac{a - b}{a} = 1 - \frac{b}{a}")


def derive_softmax() -> Derivation:
    """Derive an output of softmax with respect to a logit, its own and another.

    Returns
    -------
    Derivation
    """
    bound = {f"h_{label}": _softmax(label) for label in _LABELS}
    checker = Checker.for_formula(_softmax("i"), "z_j", bound=bound)
    own, other = (Work(checker, part=f"∂hᵢ/∂zⱼ where i {relation} j") for relation in "=≠")
    i, j = Symbol("i"), Symbol("j")
    values = _softmax_part(own, "h", i="i", j="i"), _softmax_part(other, "h", i="i", j="j")
    return Derivation(
        title="derivative of softmax",
        name="hᵢ",
        slope_name="∂hᵢ/∂zⱼ",
        function=_softmax("i"),
        variable="z_j",
        steps=(*own.steps, *other.steps),
        result=Cases(values, (Condition(i, "=", j), Condition(i, "≠", j))),
        notes=("The logits are changed one at a time; all others are held constant.",),
        points=len(checker.points),
    )


_TARGETS = Rule("the targets add up to 1", "Σᵢ yᵢ = 1", r"\sum_i y_i = 1")
_COLLECT = Rule(
    "put the missing term back",
    "yⱼ + Σ yᵢ over all i ≠ j is Σᵢ yᵢ",
    r"y_j + \sum_{i \ne j} y_i = \sum_i y_i",
)
_CHAIN_OVER_ALL = Rule(
    "chain rule, over all outputs",
    "∂E/∂zⱼ = Σᵢ ∂E/∂ŷᵢ · ∂ŷᵢ/∂zⱼ, the term i = j first",
    r"\frac{\partial E}{\partial z_j} = \sum_i \frac{\partial E}{\partial \hat{y}_i}"
    r" \cdot \frac{\partial \hat{y}_i}{\partial z_j}",
)


def _all_ways(outer: Expression, own: Expression, other: Expression) -> tuple[Expression, Moves]:
    """Return ∂E/∂zⱼ by the chain rule, and how it becomes ŷⱼ − yⱼ."""
    y_i, y_j, p_j = (Symbol(name) for name in ("y_i", "y_j", "ŷ_j"))
    rest = _sum_over(Product((outer, other)), "i", without="j")
    at_j = _sum_over(outer, "i").term("j")
    chain = Sum((Product((at_j, own)), rest))
    return chain, (
        (_CANCEL, Sum((-(y_j * (ONE - p_j)), _sum_over(y_i * p_j, "i", without="j")))),
        (MULTIPLY_OUT, Sum((-y_j, y_j * p_j, p_j * _sum_over(y_i, "i", without="j")))),
        (_COLLECT, p_j * _sum_over(y_i, "i") - y_j),
        (_TARGETS, p_j - y_j),
    )


def derive_cross_entropy() -> Derivation:
    """Derive the cross-entropy of a softmax with respect to a logit.

    Returns
    -------
    Derivation
    """
    error = Negative(_sum_over(Symbol("y_k") * Call("ln", Symbol("ŷ_k")), "k"))
    bound = {f"ŷ_{label}": _softmax(label) for label in _LABELS}
    squares = [Symbol(f"t_{label}") * Symbol(f"t_{label}") for label in _LABELS]
    for label, square in zip(_LABELS, squares, strict=True):
        bound[f"y_{label}"] = square / Sum(tuple(squares))  # any targets that add up to 1
    checker = Checker.for_formula(error, "z_j", bound=bound)
    works = [
        Work(checker, part=part)
        for part in ("∂E/∂ŷᵢ", "∂ŷᵢ/∂zⱼ where i = j", "∂ŷᵢ/∂zⱼ where i ≠ j", "∂E/∂zⱼ")
    ]
    outer = works[0].differentiate(Derivative(error, "ŷ_i", partial=True))
    outer = works[0].follow(outer, simpler(outer))
    own = _softmax_part(works[1], "ŷ", i="j", j="j")
    other = _softmax_part(works[2], "ŷ", i="i", j="j")
    logged = Negative(_sum_over(Symbol("y_k") * Call("ln", _softmax("k", over="l")), "k"))
    start, moves = _all_ways(outer, own, other)
    composed = Derivative(logged, "z_j", partial=True)
    result = works[3].follow(works[3].begin(_CHAIN_OVER_ALL, composed, start), moves)
    return Derivation(
        title="derivative of the cross-entropy of a softmax",
        name="E",
        slope_name="∂E/∂zⱼ",
        function=error,
        variable="z_j",
        where=(("ŷ_k", _softmax("k", over="l")),),
        steps=tuple(step for work in works for step in work.steps),
        result=result,
        notes=("The targets yₖ are held constant; those of one row add up to 1.",),
        points=len(checker.points),
    )
