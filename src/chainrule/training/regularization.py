"""Regularization: what keeps a network from learning its rows by heart, as plain numbers."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Regularization"]


class Regularization(NamedTuple):
    """What is asked for besides a small error; 0 is none of it.

    Attributes
    ----------
    l1, l2 : float
        Strengths of the penalties Σ|W| and ½ΣW², in units of one row's error.
    max_norm : float
        The largest norm that the weights into one node may have, ‖W₍·ⱼ₎‖ ≤ c, after every step.
    clip_norm : float
        The largest norm that the gradient of all parameters may have; a longer one is scaled back.
    label_smoothing : float
        Share of the right answer that is divided among all answers, 0 to 1.
    input_noise : float
        Standard deviation of the normal noise that is added to every input in every step.
    input_dropout : float
        Share of the inputs that is switched off at random in every step; the rest is scaled up.

    References
    ----------
    Srivastava et al. (2014), Dropout; Pascanu et al. (2013), On the difficulty of training
    recurrent neural networks; Szegedy et al. (2016), Rethinking the Inception architecture;
    Bishop (1995), Training with noise is equivalent to Tikhonov regularization.
    """

    l1: float = 0.0
    l2: float = 0.0
    max_norm: float = 0.0
    clip_norm: float = 0.0
    label_smoothing: float = 0.0
    input_noise: float = 0.0
    input_dropout: float = 0.0
