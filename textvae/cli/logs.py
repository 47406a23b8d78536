"""The log messages of the package, on standard error."""

import contextlib
import logging
from collections.abc import Iterator

from textvae.cli.terminal import CONTROLS


@contextlib.contextmanager
def logging_to_standard_error(level: int) -> Iterator[None]:
    """Within the block, messages of the `textvae` loggers at `level` or above are printed.

    Example:
        >>> with logging_to_standard_error(logging.WARNING):  # as with --quiet
        ...     logging.getLogger("textvae.training").isEnabledFor(logging.INFO)
        False
    """
    logger, handler = logging.getLogger("textvae"), logging.StreamHandler()
    handler.setFormatter(_Formatter())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


class _Formatter(logging.Formatter):
    """Replaces control characters, since messages quote words of external files."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(CONTROLS)
