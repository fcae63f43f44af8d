"""The rows of the table: what is done, how often, and how fast it is to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from network import Network

TRAINERS = ("chainrule", "scikit-learn", "torch", "torch-compiled", "keras", "jax")
PREDICTORS = ("chainrule", "scikit-learn", "torch", "torch-compiled", "keras", "jax", "onnxruntime")


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes
    ----------
    name : str
        By which it is asked for.
    measure : str
        What is measured: the function of ``measure.py`` of this name.
    rows : int
        Rows to train on, or to predict.
    network : Network
        What is trained.
    epochs : int
        Between the two fits whose difference is taken; or of the one fit.
    unit : str
        Of the time.
    contestants : tuple of str
        Who has a way of doing this.
    goals : mapping of str to float
        How many times slower a contestant is to be, and "peers": each of the others.
    share : float, optional
        Of the limit that is to be reached.
    at_most : float, optional
        The time that is to be reached.
    cores : int, optional
        Whose peak is the limit; all if not given.
    """

    name: str
    measure: str
    rows: int
    network: Network
    epochs: int
    unit: str = "µs a step"
    contestants: tuple[str, ...] = TRAINERS
    goals: Mapping[str, float] = field(default_factory=dict)
    share: float | None = None
    at_most: float | None = None
    cores: int | None = None

    @property
    def steps(self) -> int:
        """Mini-batches of an epoch."""
        return -(-self.rows // self.network.batch)

    def __str__(self) -> str:
        """Say it as the tables do."""
        n = self.network
        size = f"{self.rows:,}×{n.columns}, {n.hidden}, {n.classes}"
        return f"{size}, batch {n.batch}" if self.epochs else size

    def goal(self, contestant: str) -> float | None:
        """Return how many times slower than chainrule a contestant is to be."""
        return self.goals.get(contestant, self.goals.get("peers"))


TINY = Network(2, (4,), 2, 100)
SMALL = Network(20, (64, 64), 2, 32)
DIGITS = Network(64, (100,), 10, 200)
TABULAR = Network(30, (256, 256), 2, 256)
PICTURES = Network(784, (256,), 10, 128)
WIDE = Network(784, (1024, 1024), 10, 512)
NEURON = Network(50, (), 2, 1024)
IRIS = Network(4, (100,), 3, 150)
ANY = Network(20, (), 2, 64)  # its hidden layers are those of architectures()

BATCHED = ("chainrule", "scikit-learn", "torch", "torch-compiled", "jax")
"""Who trains several networks at once; Keras has no natural way."""

_ROWS = (
    Workload("tiny", "steady", 100, TINY, 2000, goals={"peers": 30}, at_most=4,
             contestants=(*TRAINERS, "jax-hundred")),
    Workload("small", "steady", 10_000, SMALL, 8, goals={"peers": 5}, share=0.5, cores=1),
    Workload("digits", "steady", 10_000, DIGITS, 20, goals={"peers": 6}, share=0.45),
    Workload("tabular", "steady", 200_000, TABULAR, 2, goals={"peers": 1.8}, share=0.7),
    Workload("pictures", "steady", 60_000, PICTURES, 3, goals={"peers": 1.5}, share=0.65),
    Workload("wide", "steady", 20_000, WIDE, 8, goals={"peers": 1.2}, share=0.8),
    Workload("neuron", "steady", 1_000_000, NEURON, 2, goals={"peers": 2}),
    Workload("sweep", "sweep", 5_000, ANY, 20, "s", goals={"peers": 8}),
    Workload("first-fit", "first_fit", 150, IRIS, 50, "s",
             goals={"scikit-learn": 1, "peers": 2}),
    Workload("restarts", "restarts", 10_000, SMALL, 5, "s", BATCHED, {"peers": 4}),
    Workload("one-row", "one_row", 1, SMALL, 0, "µs a call", PREDICTORS, {"scikit-learn": 10}),
    Workload("one-row-compiled", "one_row", 1, SMALL, 0, "µs a call",
             ("chainrule", "onnxruntime"), {"onnxruntime": 1}, at_most=10),
    Workload("many-rows", "many_rows", 1_000_000, TABULAR, 0, "ms", PREDICTORS,
             {"peers": 1.2}, share=0.7),
)  # fmt: skip
WORKLOADS = {workload.name: workload for workload in _ROWS}
"""Every row of the table by its name."""

PAIRS = ("newton", "newton-ten")
"""What is compared within one process, by pairs.py."""

STARTS = 32
"""Networks of the row restarts."""


def architectures(count: int = 60) -> list[Network]:
    """Return the networks of the sweep: 1 to 3 hidden layers of 8 to 128 nodes, none twice."""
    random = np.random.RandomState(0)
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < count:
        depth = random.randint(1, 4)
        drawn[tuple(int(width) for width in random.randint(8, 129, depth))] = None
    return [Network(20, hidden, 2, 64) for hidden in drawn]
