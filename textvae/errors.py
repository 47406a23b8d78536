"""The exceptions that callers are expected to catch, with messages written for users.

    BadInput (a ValueError)    what was given cannot be used: commands exit with 2
      Unavailable              the Hub, the network or the disk failed: 1
    TrainingFailed             a run cannot succeed with its settings: 1
    TrainingInterrupted        a run was stopped and can be resumed: 1
    WorkerLost                 another process of the run has ended; it can be resumed: 1

Errors that a user can cause and fix are `BadInput`; the message names the argument, the value
received and what to do. Commands print a message as one line; the page shows it as a notice.
Any other exception is a bug or a system error.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path


class BadInput(ValueError):
    """An argument, a file or a setting that cannot be used as it is.

    Example:
        >>> import textvae
        >>> try:
        ...     textvae.load("no-such-model")
        ... except BadInput as error:
        ...     print(error)
        no weights 'no-such-model': ...
    """


class Unavailable(BadInput):
    """The input may be right, but the Hub, the network or the disk failed.

    The same call may work later.

    Example:
        >>> issubclass(Unavailable, BadInput), issubclass(BadInput, ValueError)
        (True, True)
    """


class TrainingFailed(Exception):
    """The KL has collapsed or the loss is not finite; the message names settings to change."""


class TrainingInterrupted(Exception):
    """Ctrl-C or SIGTERM ended a run, after its checkpoint was written."""


class WorkerLost(Exception):
    """Another worker of the same training has stopped or can no longer be reached."""


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Within the block, an `OSError` names `path`, which a full disk's does not by default.

    Example:
        >>> with naming(Path("runs/dogs.txt")):
        ...     raise OSError(28, "No space left on device")
        Traceback (most recent call last):
        OSError: [Errno 28] No space left on device: 'runs/dogs.txt'
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
