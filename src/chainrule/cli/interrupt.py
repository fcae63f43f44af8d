"""Ctrl-C during a fit: once asks it to end, twice leaves at once."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from chainrule.cli.terminal import talk
from chainrule.errors import InputError

if TYPE_CHECKING:
    from sklearn.callback import CallbackContext

__all__ = ["StopOnInterrupt"]

_LEAVE = 130


class StopOnInterrupt:
    """A scikit-learn callback that listens for Ctrl-C while a fit runs.

    Python runs signal handlers only between its own steps, and counts several signals that
    arrive during one step of compiled code as one. The interpreter does write a byte to its
    wakeup descriptor for each of them at once; a thread reads those.

    Attributes
    ----------
    asked : bool
        Whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.asked = False
        self._begun = False  # whether there is a start that will come to an end

    def setup(self, estimator: Any, context: CallbackContext) -> None:
        """Listen, from the beginning of the fit."""
        del estimator, context
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._earlier = signal.signal(signal.SIGINT, lambda *_: None)
        self._descriptor = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def teardown(self, estimator: Any, context: CallbackContext) -> None:
        """Stop listening, at the end of the fit, however it ended."""
        del estimator, context
        signal.set_wakeup_fd(self._descriptor)
        signal.signal(signal.SIGINT, self._earlier)
        self._writer.close()
        self._thread.join()
        self._reader.close()

    def on_fit_task_begin(self, estimator: Any, context: CallbackContext) -> None:
        """Let none of several starts begin any more, as its single epoch would count as a result.

        Raises
        ------
        InputError
            Which a fit forgives if another start came to an end.
        """
        del estimator
        if context.task_name != "restart":
            return
        if self.asked and self._begun:
            raise InputError("Ctrl-C was pressed before this start began")
        self._begun = True

    def on_fit_task_end(self, estimator: Any, context: CallbackContext) -> bool:
        """Return True to end the fit."""
        del estimator, context
        return self.asked

    def _listen(self) -> None:
        while received := self._reader.recv(64):
            for number in received:
                if number == signal.SIGINT:
                    self._pressed()

    def _pressed(self) -> None:
        if self.asked:
            # No file is open for writing during a fit, so nothing is left behind.
            talk().print("\nleft at once; nothing was written")
            _show_cursor()
            os._exit(_LEAVE)
        self.asked = True
        talk().print("\nstopping after this epoch; press Ctrl-C again to leave at once")


def _show_cursor() -> None:
    """Bring back the cursor that the progress bar has hidden."""
    stderr = sys.__stderr__
    if stderr is not None and stderr.isatty():
        stderr.write("\x1b[?25h")
        stderr.flush()
