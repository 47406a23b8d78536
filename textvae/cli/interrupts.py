"""Ending soon after Ctrl-C or SIGTERM, whatever is being computed.

Python handles a signal between two instructions of the main thread, and one call into
TensorFlow can last minutes. So a second thread, which such a call does not block, waits for
signals as well.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 1.0  # seconds for the main thread to clean up


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def interruptible(give_up: Callable[[], None]) -> Iterator[None]:
    """Within, both signals raise `KeyboardInterrupt`, or call `give_up` if that takes long.

    A signal that is ignored from the start, as it is for a command in the background of a shell
    script, stays ignored. Code that puts a handler of its own in place, as training does to
    write a checkpoint, is not disturbed. Outside the main thread, which alone receives signals,
    nothing changes.

    Args:
        give_up: ends the process; called in another thread, `GRACE` seconds after the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, _interrupt) for each in heeded}
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(reading, is_over, give_up), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writing)  # which ends the watcher
        watcher.join()


def _watch(reading: int, is_over: threading.Event, give_up: Callable[[], None]) -> None:
    """Wait for the number of a signal, which the system's handler writes at once."""
    with open(reading, "rb", buffering=0) as numbers:  # noqa: PTH123
        while number := numbers.read(1):
            is_ours = signal.getsignal(number[0]) is _interrupt
            if is_ours and not is_over.wait(GRACE):
                give_up()
