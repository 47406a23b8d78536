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
    r"""Print a failure as one line, without line breaks and control characters.

    Example:
        >>> with contextlib.redirect_stderr(sys.stdout):
        ...     report("more.txt is empty;\n give one caption per line")
        textvae: more.txt is empty; give one caption per line
    """
    line = " ".join(message.split()).translate(CONTROLS)
    if sys.stderr is None:  # closed; `print` would use standard output
        return
    with contextlib.suppress(OSError):  # the status shows it as well
        print(f"textvae: {line}", file=sys.stderr, flush=True)


def fail(message: str, status: int) -> NoReturn:
    """Print a failure and exit.

    Raises:
        SystemExit: with `status`.

    Example:
        >>> with contextlib.redirect_stderr(sys.stdout):
        ...     fail("more.txt is empty; give one caption per line", WRONG_INPUT)
        Traceback (most recent call last):
        SystemExit: 2
    """
    report(message)
    raise SystemExit(status)
