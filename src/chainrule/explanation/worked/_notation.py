"""Symbols and numbers, as the text, LaTeX and plain data of an explanation write them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Symbol", "latex_number", "text_number"]

_UP = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_DOWN = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LATEX = {
    "ŷ": r"\hat y",
    "δ": r"\delta",
    "α": r"\alpha",
    "β": r"\beta",
    "ε": r"\epsilon",
    "λ": r"\lambda",
    "μ": r"\mu",
    "ρ": r"\rho",
    "∂": r"\partial ",
    "Σ": r"\textstyle\sum ",
    "‖": r"\|",
    "ℓ": r"\ell",
    "max ": r"\max ",
}


@dataclass(frozen=True)
class Symbol:
    """The name of one number: W¹₂,₃ is the weight from node 2 to node 3 of layer 1.

    Attributes
    ----------
    letter : str
        Such as ``W``, or ``E`` for the numerator of a derivative.
    layer : int, optional
        Counted from 1; written above.
    index : tuple of int
        Counted from 1; written below.
    row : int, optional
        Which row of a mini-batch; written in angle brackets.
    by : Symbol, optional
        With it, the derivative ∂letter/∂by.
    new : bool
        Whether it is what a step makes of it; written with a prime.

    Examples
    --------
    >>> str(Symbol("W", 1, (2, 13))), Symbol("W", 1, (2, 13)).latex
    ('W¹₂,₁₃', 'W^{(1)}_{2,13}')
    >>> str(Symbol("E", by=Symbol("h", 1, (2,), row=3)))
    '∂E/∂h¹₂⟨3⟩'
    """

    letter: str
    layer: int | None = None
    index: tuple[int, ...] = ()
    row: int | None = None
    by: Symbol | None = None
    new: bool = False

    def __str__(self) -> str:
        """Write it in plain text."""
        above = "" if self.layer is None else str(self.layer).translate(_UP)
        below = ",".join(str(i).translate(_DOWN) for i in self.index)
        row = "" if self.row is None else f"⟨{self.row}⟩"
        own = f"{self.letter}{above}{below}{'′' if self.new else ''}{row}"
        return own if self.by is None else f"∂{own}/∂{self.by}"

    @property
    def latex(self) -> str:
        """Write it in LaTeX."""
        letter = self.letter
        if "_" in letter:  # the name of a setting
            return rf"\text{{{letter.replace('_', chr(92) + '_')}}}"
        for sign, command in _LATEX.items():
            letter = letter.replace(sign, command)
        prime = "'" if self.new else ""
        above = prime if self.layer is None else f"({self.layer}){prime}"
        below = ",".join(map(str, self.index))
        row = "" if self.row is None else rf"\langle {self.row}\rangle"
        own = letter.strip()
        own += f"^{{{above}}}" if above else ""
        own += f"_{{{below}}}" if below else ""
        own += row
        if self.by is None:
            return own
        return rf"\frac{{\partial {own}}}{{\partial {self.by.latex}}}"


def text_number(number: float, digits: int = 6) -> str:
    """Write a number with so many significant digits, with a minus sign that is none of a hyphen.

    Examples
    --------
    >>> text_number(-0.0500144), text_number(2.0), text_number(1e-9)
    ('−0.0500144', '2', '1e−09')
    """
    return format(float(number), f".{digits}g").replace("-", "−")


def latex_number(number: float, digits: int = 6) -> str:
    r"""Write a number in LaTeX.

    Examples
    --------
    >>> latex_number(-2.5e-9)
    '-2.5\\cdot 10^{-9}'
    """
    mantissa, _, exponent = format(float(number), f".{digits}g").partition("e")
    if mantissa.strip("-") in ("inf", "nan"):
        return mantissa.replace("inf", r"\infty").replace("nan", r"\text{NaN}")
    return rf"{mantissa}\cdot 10^{{{int(exponent)}}}" if exponent else mantissa
