r"""Newton's method for single neurons: networks without hidden layer, and so without local minima.

    θ ← θ − t H⁻¹ ∂E/∂θ

with H the matrix of second derivatives and t = 1, halved until the error falls enough (Armijo). A
handful of steps find the optimum to the last digits, where gradient descent takes thousands. Each
costs about as much as one product of the rows with themselves, XᵀX.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.mathematics import L1
from chainrule.mathematics.arrays import Array
from chainrule.network.architecture import Architecture
from chainrule.network.engine import Data
from chainrule.network.threads import one_blas_thread
from chainrule.training.equations import solve
from chainrule.training.history import Epoch
from chainrule.training.objective import Objective, Point
from chainrule.training.proximal import lasso
from chainrule.training.separation import Separation
from chainrule.training.validation import Validation, follow

__all__ = ["NewtonResult", "newton_method"]

LARGEST_HESSIAN = 5000
# Armijo's share of the decrease that the slope promises, and how often a step is halved for it.
ENOUGH, HALVINGS = 1e-4, 50
# So much of what the slope promises is only met where the error is nearly a straight line.
STRAIGHT = 0.9
# What rounding alone may change in the error, as a share of it.
ROUNDING = 1e-14
# Below this the columns are taken apart by a QR decomposition instead of by their products.
SMALLEST_CONDITION = 1e-12


class NewtonResult(NamedTuple):
    """How :func:`newton_method` ended.

    Attributes
    ----------
    parameters : array of shape (network.parameter_count,)
        All weights and biases.
    loss : float
        The penalized error there.
    iterations : int
        Steps taken.
    gradient_norm : float
        The largest component of the gradient there.
    converged : bool
        Whether an optimum was reached.
    trouble : None, 'singular' or 'separable'
        Whether the optimum is one of many, because columns depend on each other, or infinitely
        far away.
    message : str
        What happened, in a sentence.
    """

    parameters: Array
    loss: float
    iterations: int
    gradient_norm: float
    converged: bool
    trouble: str | None
    message: str


def newton_method(
    network: Architecture,
    parameters: Array,
    data: Data,
    *,
    l2: float,
    max_iterations: int,
    tolerance: float,
    observe: Callable[[Epoch, Array], bool],
    l1: float = 0.0,
    label_smoothing: float = 0.0,
    validate: Callable[[Array], Validation] | None = None,
) -> NewtonResult:
    """Minimize the penalized error over all rows by damped Newton steps.

    Parameters
    ----------
    network : Architecture
        d inputs, k outputs, no hidden layer.
    parameters : array of shape (network.parameter_count,)
        Where it starts.
    data : Data
        n training rows in float64.
    l2 : float
        Strength of the squared penalty.
    max_iterations : int
        Where to stop at the latest.
    tolerance : float
        Stop when no component of the gradient is larger.
    observe : callable
        Takes each iteration as an Epoch and the parameters after it; returns True to stop. Its
        ``learning_rate`` is the share t of the full step.
    l1 : float
        Strength of the absolute penalty; weights become exactly 0.
    label_smoothing : float
        Share of the right answer that is divided among all.
    validate : callable, optional
        As in :class:`chainrule.training.stepping.Stepping`.

    Returns
    -------
    NewtonResult

    Raises
    ------
    InputError
        There is a hidden layer, the loss has no curvature, or the Hessian would be too large.

    Notes
    -----
    With L1 each step is taken to the optimum of the quadratic model with the penalty's corners, as
    in Friedman, Hastie & Tibshirani (2010); see also Lee, Sun & Saunders (2014). Where columns
    depend on each other and no penalty decides, the weights of least norm are found, as by least
    squares. That data are separable, so that no finite optimum exists (Albert & Anderson 1984), is
    proven row by row before it is said.

    Examples
    --------
    At x = 0 one of four answers is 1 and at x = 1 three are, so that the odds are ⅓ and 3: b is
    −ln 3 and w is 2 ln 3.

    >>> from chainrule.network.engine import make_data
    >>> x = np.repeat([[0.0], [1.0]], 4, axis=0)
    >>> y = np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0], [0.0]])
    >>> result = newton_method(
    ...     Architecture((1, 1), (), "log_loss"),
    ...     np.zeros(2),
    ...     make_data(x, y, dtype=np.float64),
    ...     l2=0.0,
    ...     max_iterations=20,
    ...     tolerance=1e-10,
    ...     observe=lambda epoch, parameters: False,
    ... )
    >>> bool(np.allclose(result.parameters, [2 * np.log(3), -np.log(3)])), result.converged
    (True, True)
    """
    _check(network)
    with one_blas_thread():
        run = _Run(
            Objective(network, data, l1=l1, l2=l2, label_smoothing=label_smoothing),
            parameters,
            tolerance,
        )
        started = time.perf_counter()
        for iteration in count():
            if run.has_ended(iteration) or iteration == max_iterations:
                break
            share = run.step()
            if share == 0:
                break
            seconds = time.perf_counter() - started
            epoch = _epoch(run, iteration + 1, share, seconds, validate)
            stop = observe(epoch, run.parameters)
            started = time.perf_counter()
            if stop:
                run.told_to_stop()
                iteration += 1
                break
        return run.result(iteration)


def _check(network: Architecture) -> None:
    size = network.sizes[0] + 1
    if len(network.layers) > 1:
        raise InputError(
            "Newton's method is for single neurons; this network has hidden layers: take "
            "solver='lbfgs', or leave the hidden layers out"
        )
    if network.loss == "perceptron":
        raise InputError(
            "the perceptron's loss consists of straight lines, so that Newton's method finds no "
            "step; take solver='sgd', or a logistic regression"
        )
    size *= network.sizes[-1] if network.loss == "cross_entropy" else 1
    if size > LARGEST_HESSIAN:
        raise InputError(
            f"Newton's method would need a matrix of {size} × {size} second derivatives, and "
            f"{LARGEST_HESSIAN} × {LARGEST_HESSIAN} is the largest; take solver='lbfgs'"
        )


def _epoch(
    run: _Run,
    number: int,
    share: float,
    seconds: float,
    validate: Callable[[Array], Validation] | None,
) -> Epoch:
    started = time.perf_counter()
    validation = follow(validate, run.parameters)
    return Epoch(
        epoch=number,
        train_loss=run.point.loss,
        validation_loss=validation[0],
        validation_score=validation[1],
        learning_rate=share,
        seconds=seconds + time.perf_counter() - started,
        samples_per_second=run.objective.design.rows / max(seconds, 1e-9),
        data_loss=run.point.data_loss,
        penalty=run.point.penalty,
    )


class _Run:
    """Where Newton's method is, and whether it goes on."""

    def __init__(self, objective: Objective, parameters: Array, tolerance: float) -> None:
        self.objective = objective
        self.tolerance = tolerance
        self.separation = Separation(objective)
        # Outputs whose optimum is infinitely far away are left where that was noticed.
        self.active: NDArray[np.bool_] = np.ones(objective.outputs, np.bool_)
        self.point = objective.at(objective.start(np.asarray(parameters, np.float64)))
        self.hessian: Array = np.empty(0)
        self.slopes: Array = np.full(objective.outputs, np.inf)  # the gradient's largest components
        self.norm = self.norm_before = np.inf
        self.falls: list[float] = []  # by how much the error fell in each step
        self.rested = False
        self.reason = ""

    @property
    def parameters(self) -> Array:
        """All weights and biases, as the network has them."""
        return self.objective.parameters(self.point.theta)

    # ------------------------------------------------------------------ whether it goes on

    def has_ended(self, iteration: int) -> bool:
        """Look at where it is, and find the direction to go on; True if there is no need to."""
        if not np.isfinite(self.point.loss):
            self.reason = ", as the error is not finite where it starts: begin with smaller weights"
            return True
        self._differentiate()
        self._freeze(self.separation.separated(self.point.z, self.active))
        if not self.active.any():
            return True
        self.norm_before, self.norm = self.norm, float(self.slopes[self.active].max())
        self.rested = self._is_flat(iteration) or self._has_stalled()
        if self.rested and not self.separation.possible:
            return True
        self.direction = self._find_direction()
        if self.separation.possible and (self.rested or self._is_slow()):
            endless = self.separation.recession(self.direction, self.point.z, self.active)
            if endless:
                # One more step, after which the rows that can be separated are.
                self._freeze(endless)
                self.direction[:, endless] = self.separation.way[:, endless]
                return not self.direction.any()
        return self.rested

    def _differentiate(self, *, anew: bool = False) -> None:
        before = self.hessian if self.falls and not anew else None
        self.gradient, self.hessian = self.objective.derivatives(self.point, before)
        self.slopes = self.objective.largest_slopes(self.point, self.gradient)

    def _freeze(self, outputs: list[int]) -> None:
        self.active[outputs] = False

    def _is_flat(self, iteration: int) -> bool:
        # The second step of least squares takes back what rounding did to the first.
        refines = self.objective.quadratic and iteration < 2 and self.norm > 0
        return self.norm <= self.tolerance and not refines

    def _has_stalled(self) -> bool:
        """Whether rounding is all that a step still changes."""
        if not self.falls or self.falls[-1] > ROUNDING * abs(self.point.loss):
            return False
        if self.norm < 0.5 * self.norm_before:
            return False
        self.reason = ", as far as double precision goes"
        return True

    def _is_slow(self) -> bool:
        """Whether the error falls by a constant share: towards an optimum it falls by squares."""
        return len(self.falls) > 2 and self.falls[-1] > 0.2 * self.falls[-2]

    # ------------------------------------------------------------------ one step

    def step(self) -> float:
        """Go along the direction as far as the error falls; returns the share of it, or 0."""
        here, direction = self.point, self.direction
        slope = float(np.vdot(self.gradient, direction))
        if self.objective.l1 > 0:
            after = L1.value(here.theta[:-1] + direction[:-1])
            slope += self.objective.l1 * (after - L1.value(here.theta[:-1]))
        share = 1.0
        for _ in range(HALVINGS):
            there = self.objective.at(here.theta + share * direction)
            if there.loss <= here.loss + ENOUGH * share * slope + ROUNDING * abs(here.loss):
                break
            share /= 2
        else:
            self.rested = abs(slope) <= ROUNDING * abs(here.loss)
            self.reason = ", and no point along Newton's direction is lower"
            return 0.0
        if share == 1:
            share, there = self._lengthened(there, slope)
        self.falls.append(here.loss - there.loss)
        self.point = there
        return share

    def _lengthened(self, there: Point, slope: float) -> tuple[float, Point]:
        """Double a full step for as long as the error falls along a straight line.

        A quadratic falls by half of what the slope promises. Much more is met far out, where a
        saturated sigmoid has no curvature.
        """
        here, share = self.point, 1.0
        while here.loss - there.loss > max(STRAIGHT * share * -slope, ROUNDING * abs(here.loss)):
            further = self.objective.at(here.theta + 2 * share * self.direction)
            if not further.loss < there.loss:
                break
            share, there = 2 * share, further
        return share, there

    def _find_direction(self) -> Array:
        """Return −H⁻¹ ∂E/∂θ, or where the penalty's corners let the quadratic model fall to."""
        if self.objective.l1 > 0:
            return self._to_the_models_optimum()
        direction, condition = self._solve()
        design = self.objective.design
        if condition < SMALLEST_CONDITION and not design.is_orthogonal:
            parameters = self.parameters
            design.orthogonalize()
            self.point = self.objective.at(self.objective.start(parameters))
            self._differentiate(anew=True)
            direction, _ = self._solve()
        direction[:, ~self.active] = 0
        return self.objective.centered(direction)

    def _solve(self) -> tuple[Array, float]:
        """Return −H⁻¹ ∂E/∂θ, and the smallest condition number met, as its reciprocal."""
        gradient, hessian, outputs = self.gradient, self.hessian, self.objective.outputs
        if self.objective.coupled:
            flat, condition = solve(_anchored(hessian[0], outputs), gradient.T.reshape(-1, 1))
            return -flat.reshape(outputs, -1).T, condition
        if self.objective.quadratic:
            solution, condition = solve(hessian[0], gradient)
            return -solution, condition
        pairs = [solve(hessian[j], gradient[:, j : j + 1]) for j in range(outputs)]
        return -np.hstack([one for one, _ in pairs]), min(condition for _, condition in pairs)

    def _to_the_models_optimum(self) -> Array:
        theta, gradient = self.point.theta, self.gradient
        thresholds = np.full_like(theta, self.objective.l1)
        thresholds[-1] = 0
        if self.objective.coupled:
            columns = [part.T.ravel() for part in (gradient, theta, thresholds)]
            best = lasso(self.hessian[0], *columns).reshape(theta.T.shape).T
        else:
            blocks = np.broadcast_to(self.hessian, (theta.shape[1], *self.hessian.shape[1:]))
            best = np.column_stack(
                [
                    lasso(block, *columns)
                    for block, *columns in zip(
                        blocks, gradient.T, theta.T, thresholds.T, strict=True
                    )
                ]
            )
        direction: Array = best - theta
        return direction

    # ------------------------------------------------------------------ how it ended

    def told_to_stop(self) -> None:
        """Take note that whoever observes has had enough; the point is not looked at any more."""
        gradient = self.objective.gradient(self.point)
        self.slopes = self.objective.largest_slopes(self.point, gradient)
        self.norm = float(self.slopes.max())
        self.reason = " because it was told to"

    def result(self, iterations: int) -> NewtonResult:
        """Say how it ended."""
        steps = "1 step" if iterations == 1 else f"{iterations} steps"
        flat = f"the gradient's largest component is {self.norm:.3g}"
        dependent = self.objective.design.dependent
        trouble = None
        if self.rested:
            message = f"converged after {steps}{self.reason}: {flat}"
        elif self.reason:
            message = f"stopped after {steps}{self.reason}: {flat}"
        else:
            message = f"not converged after {steps}: {flat}, and more than {self.tolerance:g}"
        if dependent and self.objective.l2 == 0:
            trouble = "singular"
            message += f"; {_dependence(dependent)}"
        separated = self.separation.sentence(~self.active)
        if separated:
            trouble = "separable"
            message = separated
        return NewtonResult(
            parameters=self.parameters,
            loss=self.point.loss,
            iterations=iterations,
            gradient_norm=float(self.slopes.max()),
            converged=self.rested and not separated,
            trouble=trouble,
            message=message,
        )


def _dependence(directions: int) -> str:
    ways = "1 direction" if directions == 1 else f"{directions} directions"
    return (
        f"the columns depend on each other ({ways} of the weights change no prediction), so that "
        "the Hessian is singular and the optimum one of many; the weights of least norm were taken"
    )


def _anchored(hessian: Array, outputs: int) -> Array:
    """Give the Hessian of coupled outputs curvature where it has none by definition.

    Adding the same to every class changes no probability. The gradient has no part in that
    direction, and so neither has the solution, whatever curvature is put there.
    """
    size = len(hessian) // outputs
    blocks = hessian.reshape(outputs, size, outputs, size)
    own = np.einsum("jakb,jk->ab", blocks, np.eye(outputs)) / outputs
    anchored: Array = (blocks + own[None, :, None, :]).reshape(hessian.shape)
    return anchored
