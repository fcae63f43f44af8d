"""The live progress bar of a fit, on stderr and only on a terminal."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING, Any, Self

from chainrule.cli.terminal import talk

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress
    from sklearn.callback import CallbackContext

    from chainrule.training import Epoch

__all__ = ["EpochBar", "TrainingsBar"]

# The first epoch, which may compile the engine, tells nothing about the others.
_RECENT = 15


class EpochBar:
    """A scikit-learn callback that shows each epoch; of several starts, how all of them do."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def setup(self, estimator: Any, context: CallbackContext) -> None:
        """Show the bar, if stderr is a terminal."""
        from rich.progress import BarColumn, Progress, TextColumn

        del context
        console = talk()
        if not console.is_terminal:
            return
        self._epochs: int = estimator.max_iter
        self._starts: int = getattr(estimator, "restarts", 1)
        self._done: dict[int, int] = {}  # of each start, how many epochs; of an ended one, all
        self._ended = 0
        self._best = float("inf")
        self._bar = Progress(
            TextColumn("{task.fields[count]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            expand=True,
        )
        total = self._epochs * self._starts
        self._task = self._bar.add_task("starting", total=total, count=self._count(0))
        self._bar.start()

    def teardown(self, estimator: Any, context: CallbackContext) -> None:
        """Take the bar away."""
        del estimator, context
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_fit_task_begin(self, estimator: Any, context: CallbackContext) -> None:
        """Nothing to do."""

    def on_fit_task_end(self, estimator: Any, context: CallbackContext) -> bool:
        """Show the newest epoch."""
        if self._bar is None or context.task_name not in ("epoch", "restart"):
            return False
        if context.task_name == "restart":
            self._done[context.task_id] = self._epochs
            self._ended += 1
            self._bar.update(self._task, completed=self._completed, count=self._count(0))
            return False
        epoch = estimator.history_[-1]
        start = 0 if self._starts == 1 or context.parent is None else context.parent.task_id
        self._done[start] = epoch.epoch
        self._recent.append(epoch.seconds)
        self._bar.update(
            self._task,
            completed=self._completed,
            count=self._count(epoch.epoch),
            description=self._describe(epoch),
        )
        return False

    @property
    def _completed(self) -> int:
        return sum(self._done.values())

    def _count(self, epoch: int) -> str:
        if self._starts == 1:
            return f"epoch {epoch}/{self._epochs}"
        return f"{self._ended}/{self._starts} starts done"

    def _describe(self, epoch: Epoch) -> str:
        held_out = epoch.validation_loss
        if self._starts == 1:
            losses = [f"loss {epoch.train_loss:.4f}"]
            losses += [] if held_out is None else [f"held out {held_out:.4f}"]
            speed = epoch.samples_per_second
            return "  ".join((*losses, f"{_thousands(speed)} samples/s", self._left(1)))
        self._best = min(self._best, epoch.train_loss if held_out is None else held_out)
        running = max(1, len(self._done) - self._ended)
        which = "best loss" if held_out is None else "best held out"
        parts = (f"{which} {self._best:.4f}", f"{running} running", self._left(running))
        return "  ".join(parts)

    def _left(self, running: int) -> str:
        """Tell the most time it can take; early stopping may end it sooner."""
        epochs = self._epochs * self._starts - self._completed
        seconds = int(median(self._recent) * epochs / running)
        return f"≤ {seconds // 60}:{seconds % 60:02d} left"


class TrainingsBar:
    """Shows in a ``with`` block how many of several trainings are done, and the time left."""

    def __init__(self) -> None:
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        """Show the bar, if stderr is a terminal."""
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = talk()
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=None),
                TimeRemainingColumn(compact=True),
                TextColumn("left"),
                console=console,
                transient=True,
                expand=True,
            )
            self._task = self._bar.add_task("reading the columns", total=None)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show how many are done."""
        if self._bar is not None:
            self._bar.update(
                self._task, completed=done, total=total, description=f"{done}/{total} trainings"
            )


def _thousands(rate: float) -> str:
    if rate >= 1e6:
        return f"{rate / 1e6:.1f}M"
    return f"{rate / 1e3:.0f}k" if rate >= 1e3 else f"{rate:.0f}"
