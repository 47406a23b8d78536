"""Ending promptly and quietly after Ctrl-C or SIGTERM, even during a long computation.

Python handles a signal between two instructions of the main thread, and one call into
TensorFlow can last minutes. So a second thread, which such a call does not block, also waits
for signals. An exception raised inside TensorFlow's Python code may leave it as another one, as
a traceback that TensorFlow prints, or not at all.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from textvae.runtime.signals import heeded_signals

GRACE = 1.2  # seconds for the main thread to clean up


@contextlib.contextmanager
def interruptible(give_up: Callable[[], None]) -> Iterator[None]:
    """Within the block, signals raise `KeyboardInterrupt`, or call `give_up` if that is slow.

    After the signal, nothing more is written to standard error. A signal that is ignored from
    the start, as for a background command of a shell script, stays ignored. Code that installs
    its own handler, such as training to write a checkpoint, is not affected. Outside the main
    thread, which alone receives signals, there is no effect.

    Args:
        give_up: ends the process; called in another thread, `GRACE` seconds after the signal.

    Raises:
        KeyboardInterrupt: there was a signal, regardless of the exception it caused.

    Example:
        >>> with interruptible(give_up=lambda: os._exit(1)):
        ...     print("a long computation")
        a long computation
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _Interrupts(give_up) as interrupts:
        try:
            yield
        except BaseException as error:
            if interrupts.is_interrupted:
                raise KeyboardInterrupt from error
            raise


class _Interrupts:
    """Handlers of both signals, and the thread that waits for the main thread to end."""

    def __init__(self, give_up: Callable[[], None]) -> None:
        self.give_up, self.is_interrupted, self.is_over = give_up, False, threading.Event()
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.writing, False)
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.stderr = _copy_of_standard_error()

    def __enter__(self) -> "_Interrupts":
        self.before = {each: signal.signal(each, self._interrupt) for each in heeded_signals()}
        # Python's C handler writes the number of a signal here immediately.
        self.wakeup = signal.set_wakeup_fd(self.writing, warn_on_full_buffer=False)
        self.watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        signal.set_wakeup_fd(self.wakeup)
        for number, handler in self.before.items():
            signal.signal(number, handler)
        os.close(self.writing)  # which ends the watcher
        self.watcher.join()
        if self.is_interrupted:
            os.dup2(self.stderr, 2)
        os.close(self.stderr)

    def _interrupt(self, *_: object) -> None:
        # Only the first, so that a second one does not interrupt the clean-up.
        if not self.is_interrupted:
            self.is_interrupted = True
            _begin_a_line()
            _redirect_standard_error_to_nowhere()
            raise KeyboardInterrupt

    def _watch(self) -> None:
        with open(self.reading, "rb", buffering=0) as numbers:  # noqa: PTH123
            while number := numbers.read(1):
                is_ours = signal.getsignal(number[0]) == self._interrupt
                if is_ours and not self.is_over.wait(GRACE):
                    os.dup2(self.stderr, 2)
                    if not self.is_interrupted:
                        _begin_a_line()
                    self.give_up()


def _copy_of_standard_error() -> int:
    try:
        return os.dup(2)
    except OSError:  # it is closed
        return os.open(os.devnull, os.O_WRONLY)


def _begin_a_line() -> None:
    """Start a new line after the ^C of a terminal or a progress bar."""
    tqdm = sys.modules.get("tqdm")
    if os.isatty(2) or (tqdm and tqdm.tqdm._instances):
        with contextlib.suppress(OSError):
            os.write(2, b"\n")


def _redirect_standard_error_to_nowhere() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
