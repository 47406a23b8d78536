"""The end of a command: its exit status, and one line on standard error on failure.

0: done. 1: interrupted, or failed for any reason except its input. 2: wrong input.
"""

import contextlib
import sys
from typing import NoReturn

from textvae.cli.terminal import CONTROLS

DONE, FAILED, WRONG_INPUT = 0, 1, 2
INTERRUPTED = FAILED


def report(message: str) -> None:
    """Print a failure as one line, without line breaks and control characters."""
    line = " ".join(message.split()).translate(CONTROLS)
    if sys.stderr is None:  # closed; `print` would use standard output
        return
    with contextlib.suppress(OSError):  # the status shows it as well
        print(f"textvae: {line}", file=sys.stderr, flush=True)


def fail(message: str, status: int) -> NoReturn:
    """Print a failure and exit.

    Raises:
        SystemExit: with `status`.
    """
    report(message)
    raise SystemExit(status)
