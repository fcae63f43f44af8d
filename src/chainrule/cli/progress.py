"""The live progress bar of a fit, on stderr and only on a terminal."""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import TYPE_CHECKING, Any

from chainrule.cli.terminal import talk

if TYPE_CHECKING:
    from rich.progress import Progress
    from sklearn.callback import CallbackContext

    from chainrule.training import Epoch

__all__ = ["EpochBar"]

# The first epoch, which may compile the engine, tells nothing about the others.
_RECENT = 15


class EpochBar:
    """A scikit-learn callback that shows each epoch.

    Parameters
    ----------
    epochs : int
        How many there will be at most.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._bar: Progress | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def setup(self, estimator: Any, context: CallbackContext) -> None:
        """Show the bar, if stderr is a terminal."""
        from rich.progress import BarColumn, Progress, TextColumn

        del estimator, context
        console = talk()
        if not console.is_terminal:
            return
        self._bar = Progress(
            TextColumn("epoch {task.completed}/{task.total}"),
            BarColumn(bar_width=None),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            expand=True,
        )
        self._task = self._bar.add_task("starting", total=self._epochs)
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
        if self._bar is not None and context.task_name == "epoch":
            epoch = estimator.history_[-1]
            self._recent.append(epoch.seconds)
            self._bar.update(self._task, completed=epoch.epoch, description=self._describe(epoch))
        return False

    def _describe(self, epoch: Epoch) -> str:
        held_out = epoch.validation_loss
        left = median(self._recent) * (self._epochs - epoch.epoch)
        return "  ".join(
            (
                f"loss {epoch.train_loss:.4f}",
                *([] if held_out is None else [f"held out {held_out:.4f}"]),
                f"{_thousands(epoch.samples_per_second)} samples/s",
                # Early stopping may end it sooner.
                f"≤ {int(left) // 60}:{int(left) % 60:02d} left",
            )
        )


def _thousands(rate: float) -> str:
    if rate >= 1e6:
        return f"{rate / 1e6:.1f}M"
    return f"{rate / 1e3:.0f}k" if rate >= 1e3 else f"{rate:.0f}"
