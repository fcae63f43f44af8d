"""A spreadsheet's step 5: the optimizer's own rule, from old weights to new ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.explanation.spreadsheet._cells import Block, Formula, Page, each
from chainrule.explanation.spreadsheet._error import Errors
from chainrule.explanation.spreadsheet._scene import Given, Scene, up
from chainrule.explanation.worked._arithmetic import Line, Number, Power, Ref, refs
from chainrule.explanation.worked._calculation import Update
from chainrule.explanation.worked._notation import Symbol
from chainrule.explanation.worked._update import step_lines
from chainrule.explanation.worked._writing import CellWriter, TextWriter
from chainrule.mathematics.arrays import Array
from chainrule.training import OPTIMIZERS, OptimizerState
from chainrule.training.optimizers import look_ahead, step_length
from chainrule.training.update import clip_by_norm, update

__all__ = ["MEANINGS", "Steps", "write_update"]

MEANINGS = {
    "α": "learning rate",
    "μ": "momentum: part of the last step kept",
    "ρ": "part of the average squared slope kept",
    "β₁": "part of the average slope kept",
    "β₂": "part of the average squared slope kept",
    "ε": "keeps from dividing by 0",
    "λ": "weight decay",
    "λ₂": "strength of the L2 penalty",
    "λ₁": "strength of the L1 penalty",
    "clip_norm": "longest gradient allowed",
    "max_norm": "longest column of weights allowed",
    "p": "momentum that slopes of 1 would have",
}
"""The settings of a step and of the penalties, by their symbols."""

_WEIGHT = Symbol("W")
_SLOPE = str(Symbol("E", by=_WEIGHT))
_SAID = {
    "m": "the average slope",
    "v": "the average squared slope",
    "n": "the average slope as the next step will have it",
}
_MUON = (
    "Muon turns the whole matrix at once, in many products of matrices: no formula of a cell. The",
    "gray numbers are the engine's, for the weights as they were; they do not follow a change.",
)


@dataclass(frozen=True, eq=False)
class Steps:
    """The optimizer's step of all weights, as numbers and as formulas.

    Attributes
    ----------
    scene : Scene
        The calculation, with its update.
    """

    scene: Scene

    @property
    def update(self) -> Update:
        """The step as the engine takes it."""
        step = self.scene.calculation.update
        assert step is not None  # noqa: S101
        return step

    @cached_property
    def lines(self) -> list[Line]:
        """The rule for any weight."""
        return step_lines(self.update, Ref(_WEIGHT, 0.0))

    @cached_property
    def settings(self) -> dict[str, float]:
        """The numbers that the rule, the penalties and the limits go by."""
        terms, rates = self.update.regularization, self.update.rates
        found = {str(ref.symbol): ref.number for line in self.lines for ref in refs(line.formula)}
        found = {symbol: number for symbol, number in found.items() if symbol in MEANINGS}
        others = {
            "λ": rates.weight_decay,
            "λ₂": terms.l2,
            "λ₁": terms.l1,
            "clip_norm": terms.clip_norm,
            "max_norm": terms.max_norm,
            "p": self.update.before.pace if terms.l1 and "μ" in found else 0.0,
        }
        found |= {symbol: number for symbol, number in others.items() if number}
        return {symbol: found[symbol] for symbol in MEANINGS if symbol in found}

    @property
    def memory(self) -> dict[str, Array]:
        """What the optimizer remembers of all weights, by the letter it has in the rule."""
        letters = {str(ref.symbol) for line in self.lines for ref in refs(line.formula)}
        before = self.update.before
        return {letter: self._part(before, letter) for letter in ("m", "v") if letter in letters}

    def _part(self, state: OptimizerState, letter: str) -> Array:
        """Return the vector that the rule calls so."""
        return state.second if letter == "v" and not self.remembers_velocity else state.first

    def meaning(self, letter: str) -> str:
        """Say what the rule calls so."""
        if letter == "v" and self.remembers_velocity:
            return "how fast each weight moves"
        return _SAID[letter]

    @property
    def remembers_velocity(self) -> bool:
        """Whether v is a velocity, not an average of squares."""
        return not {"ρ", "β₂"} & self.settings.keys()

    def turned(self, layer: int) -> bool:
        """Whether the weights of a layer are turned as one matrix, which no cell's formula can."""
        between = 0 < layer < len(self.scene.calculation.network.layers) - 1
        return between and OPTIMIZERS[self.update.optimizer].between is not None

    # ------------------------------------------------------------------ the engine's numbers

    def remembered(self) -> dict[str, Array]:
        """Return what the lines of the rule come to, by their symbols."""
        own, after = self.update, self.update.after
        found = {f"{letter}′": self._part(after, letter) for letter in ("m", "v")}
        beta = own.rates.beta_1
        found["n"] = look_ahead(self.clipped, own.before, beta)[1]
        return found

    @cached_property
    def clipped(self) -> Array:
        """The gradient, no longer than it may be."""
        return clip_by_norm(self.update.gradient, self.update.regularization.clip_norm)

    def moved(self, *, decay: bool) -> Array:
        """Return all weights after the step, before anything limits them."""
        calculation, own = self.scene.calculation, self.update
        rates = own.rates if decay else own.rates._replace(weight_decay=0.0)
        free = own.regularization._replace(l1=0.0, max_norm=0.0)
        return update(
            calculation.network,
            calculation.parameters,
            own.gradient,
            own.before,
            optimizer=own.optimizer,
            rates=rates,
            regularization=free,
        )[0]

    def reach(self) -> Array:
        """Return how far slopes of 1 in every step so far would have moved each weight."""
        own = self.update
        reach = OPTIMIZERS[own.optimizer].reach(own.after, own.rates)
        return np.broadcast_to(reach, own.parameters.shape)

    @property
    def reach_formula(self) -> str:
        """The same as a formula, by the names of the rule."""
        name, rates, t = self.update.optimizer, self.update.rates, self.update.after.step
        if name in ("adam", "adamw", "nadam", "muon"):
            damped = f"{{α}}*SQRT(1-{_raised('β₂', t)})/(SQRT({{v′}})+{{ε}})"
            if name in ("adam", "adamw"):
                return damped
            now, soon = _raised("β₁", t), _raised("β₁", t + 1)
            return f"({{β₁}}*(1-{now})/(1-{soon})+(1-{{β₁}})/(1-{now}))*{damped}"
        if name == "rmsprop":
            return "{α}/(SQRT({v′})+{ε})"
        if "μ" not in self.settings:
            return "{α}"
        pace = "({μ}*{p}+{α})" if "p" in self.settings else "{α}"
        return f"{{μ}}*{pace}+{{α}}" if rates.nesterov else pace


def _raised(symbol: str, times: int) -> str:
    """Write a setting to the power of a number of steps."""
    return CellWriter().write(Power(Ref(Symbol(symbol), 0.0), Number(times)))


def write_update(
    page: Page, steps: Steps, given: Given, slopes: list[Block], errors: Errors
) -> list[Block]:
    """Write what becomes of every weight and bias.

    Parameters
    ----------
    page : Page
        Where.
    steps : Steps
        The rule and its numbers.
    given : Given
        The weights and settings as they are.
    slopes : list of Block
        ∂E/∂W and ∂E/∂b of each layer.
    errors : Errors
        The rows' shares.

    Returns
    -------
    list of Block
        The new weights, and below them the biases, of each layer.
    """
    shared = dict(given.settings) | {"s": errors.share}
    if steps.update.regularization.clip_norm:
        shared["q"] = _write_clipping(page, steps, given, slopes)
    for line in steps.lines:
        if str(line.symbol) == "a":
            shared["a"] = page.block(
                f"a = {TextWriter().write(line.formula)}, {line.remark}",
                np.array([[line.number]]),
                each(CellWriter().write(line.formula), **shared),
                labels=[("a", "")],
            )
    writer = _Writer(page, steps, given, shared)
    return [writer.layer(i, own) for i, own in enumerate(slopes)]


def _write_clipping(page: Page, steps: Steps, given: Given, slopes: list[Block]) -> Block:
    """Write by what all slopes are multiplied where the gradient is longer than allowed."""
    norm, most = float(np.linalg.norm(steps.update.gradient)), given.settings["clip_norm"]
    squares = "+".join(f"SUMSQ({own.all})" for own in slopes)
    length = page.block(
        "‖∂E‖, the length of the gradient: the root of the sum of all squared slopes",
        np.array([[norm]]),
        lambda *_: f"SQRT({squares})",
        labels=[("‖∂E‖", "")],
    )
    longest = steps.update.regularization.clip_norm
    return page.block(
        "q = min(1, clip_norm/‖∂E‖): in the rule below, ∂E/∂W stands for q·∂E/∂W",
        np.array([[min(1.0, longest / norm) if norm else 1.0]]),
        each("IF({d}>{c},{c}/{d},1)", d=length, c=most),
        labels=[("q", "")],
    )


@dataclass(frozen=True, eq=False)
class _Writer:
    """Writes one layer's step after another; ``shared`` is what all cells may refer to."""

    page: Page
    steps: Steps
    given: Given
    shared: dict[str, Block]

    def layer(self, layer: int, slopes: Block) -> Block:
        """Write a layer's step, and return where its new weights stand."""
        scene, here = self.steps.scene, up(layer)
        self.page.heading(scene.layer_title(layer))
        names = self.shared | {"W": self.given.layers[layer], _SLOPE: slopes}
        if "q" in names:
            name = f"q · ∂E/∂W{here} and q · ∂E/∂b{here}"
            formula = each("{q}*{g}", q=names["q"], g=slopes)
            names[_SLOPE] = self._block(name, self.steps.clipped, formula, layer)
        names |= {letter: blocks[layer] for letter, blocks in self.given.memory.items()}
        names["step"] = self._write_rule(names, layer)
        return self._write_new(names, layer)

    def _block(
        self,
        name: str,
        vector: Array,
        formula: Formula | None,
        layer: int,
        *,
        rows: slice = slice(None),
        kind: str = "formula",
    ) -> Block:
        """Write a block for a layer's weights and biases, or for some of its rows."""
        scene = self.steps.scene
        return self.page.block(
            name,
            scene.joined(vector, layer)[rows],
            formula,
            labels=scene.sources(layer)[rows],
            header=scene.targets(layer),
            kind=kind,
        )

    def _write_rule(self, names: dict[str, Block], layer: int) -> Block:
        """Write the optimizer's own lines into ``names``; return what is taken from each weight."""
        steps, count = self.steps, self.given.layers[layer].rows - 1
        turned = steps.turned(layer)
        # Of a matrix that is turned as a whole only the biases go by the rule.
        rows = slice(count, None) if turned else slice(None)
        own = {name: _last(block) for name, block in names.items()} if turned else names
        *lines, last = [line for line in steps.lines if str(line.symbol) != "a"]
        numbers = steps.remembered()
        for line in lines:
            symbol = str(line.symbol)
            what = steps.meaning(symbol.removesuffix("′"))
            name = f"{symbol} = {TextWriter().write(line.formula)}, {what}"
            formula = each(CellWriter().write(line.formula), **own)
            own[symbol] = self._block(name, numbers[symbol], formula, layer, rows=rows)
        step = steps.scene.calculation.parameters - steps.moved(decay=False)
        by_rule = each(CellWriter().write(last.formula), **own)
        name = f"Taken from each: {TextWriter().write(last.formula)}"
        if not turned:
            return self._block(name, step, by_rule, layer)
        return self._write_turned(name, step, by_rule, layer)

    def _write_turned(self, name: str, step: Array, by_rule: Formula, layer: int) -> Block:
        """Write the step of a matrix as Muon has it, from the engine's numbers."""
        own = self.steps.scene.calculation.network.layers[layer]
        length, count = step_length((own.inputs, own.outputs)), own.inputs
        alpha = self.shared["α"]
        for line in _MUON:
            self.page.say(line)
        turned = self._block(
            f"O{up(layer)}, the average slopes of all these weights turned by Muon",
            step / (self.steps.update.rates.learning_rate * length),
            None,
            layer,
            rows=slice(count),
            kind="fixed",
        )

        def formula(i: int, j: int) -> str:
            matrix = f"{alpha.cell()}*{length!r}*{turned.cell(i, j)}"
            return by_rule(i, j) if i == count else matrix

        name = f"Taken from each weight: α·{length:.6g}·O{up(layer)}; biases go by the rule"
        return self._block(name, step, formula, layer)

    def _write_new(self, names: dict[str, Block], layer: int) -> Block:
        """Write the new weights: the step taken, decay, and what limits them."""
        steps, here = self.steps, up(layer)
        terms, count = steps.update.regularization, names["W"].rows - 1
        numbers = steps.moved(decay=True)
        formula, decays = each("{W}-{step}", **names), ""
        if "λ" in names:
            decays = f" − α·λ·W{here}, not from biases"
            formula = _upper(count, each("{W}-{step}-{α}*{λ}*{W}", **names), formula)
        said = f"W{here} − what is taken{decays}"
        if terms.l1:
            names["u"] = self._block(f"u = {said}", numbers, formula, layer)
            names["ℓ"] = self._write_reach(names, layer)
            shrunk = each("SIGN({u})*MAX(0,ABS({u})-{s}*{λ₁}*{ℓ})", **names)
            formula, numbers = _upper(count, shrunk, each("{u}", **names)), steps.update.free
            said = "sign(u)·max(0, |u| − s·λ₁·ℓ), the L1 penalty's step towards 0, not of biases"
        if terms.max_norm:
            names["u"] = self._block(
                f"{'u′' if terms.l1 else 'u'} = {said}", numbers, formula, layer
            )
            names["d"] = self._write_lengths(names["u"], layer)
            limited = each("{u}*IF({d}>{max_norm},{max_norm}/{d},1)", **names)
            formula, numbers = _upper(count, limited, each("{u}", **names)), steps.update.parameters
            said = "u · min(1, max_norm/d), no longer than they may be; biases stay as they are"
        name = f"W{here}′ and b{here}′, the new weights and biases: {said}"
        return self._block(name, steps.update.parameters, formula, layer, kind="result")

    def _write_reach(self, names: dict[str, Block], layer: int) -> Block:
        """Write how far the L1 penalty reaches, for each weight."""
        formula = each(self.steps.reach_formula, **names)
        count = names["W"].rows - 1
        name = "ℓ, how far slopes of 1 in every step would have moved each weight"
        return self._block(name, self.steps.reach(), formula, layer, rows=slice(count))

    def _write_lengths(self, moved: Block, layer: int) -> Block:
        """Write how long the weights into each node are."""
        weights = moved.part(0, moved.rows - 1)
        matrix = self.steps.scene.joined(self.steps.update.free, layer)[:-1]
        return self.page.block(
            "d, the length of each column of weights",
            np.linalg.norm(matrix, axis=0)[None],
            lambda _, j: f"SQRT(SUMSQ({weights.column(j)}))",
            labels=[("d", "")],
            header=self.steps.scene.targets(layer),
        )


def _last(block: Block) -> Block:
    """Return the last row of a block."""
    return block.part(block.rows - 1, 1)


def _upper(count: int, upper: Formula, lower: Formula) -> Formula:
    """Return one formula for so many rows, another for those below."""
    return lambda i, j: (upper if i < count else lower)(i, j)
