"""Heartbeats of a thread with Hub requests."""

import contextlib
import time
from pathlib import Path
from urllib.parse import urlsplit

MIN_SPEED = 1_000  # bytes per second; a slower transfer is given up after the deadline


class TransferError(Exception):
    """A transfer that cannot succeed, with its cause in words."""


class HubTimeout(TransferError):
    """No progress within the deadline."""


def hub_host() -> str:
    """The host that the client uses, for messages, without a password.

    Example:
        >>> any(sign in hub_host() for sign in "/@")  # a host, and perhaps a port
        False
    """
    from huggingface_hub.constants import ENDPOINT

    return (urlsplit(ENDPOINT).netloc or str(ENDPOINT)).rpartition("@")[2]


class Heartbeat:
    """When a thread last made progress, and whether its work is still wanted.

    Attributes:
        deadline: seconds without a beat after which the thread is abandoned.
        silent_at: the time, by `time.monotonic`, at which the deadline passes.
        is_receiving: whether a body is arriving, for the message of a failure.
        last_failure: the failure since the last beat, for the same message; else empty.
        unfinished: the file that is being written, to be removed if the work is abandoned.

    Example:
        >>> heartbeat = Heartbeat(deadline=15.0)
        >>> heartbeat.abandon()
        >>> heartbeat.beat()
        Traceback (most recent call last):
        textvae.hub.heartbeat.TransferError: abandoned
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.is_receiving = False
        self.unfinished: Path | None = None
        self.silent_at = 0.0
        self._is_abandoned = False
        self._num_bytes = 0  # since the last beat
        self.beat()

    def beat(self, extra: float = 0.0) -> None:
        """Progress was made; the next step may take `extra` seconds longer than the deadline.

        Beats in between do not shorten that time.

        Raises:
            TransferError: the work is no longer wanted.
        """
        if self._is_abandoned:
            raise TransferError("abandoned")
        self._num_bytes, self.last_failure = 0, ""
        self.silent_at = max(self.silent_at, time.monotonic() + self.deadline + extra)

    def received(self, num_bytes: int) -> None:
        """Bytes have arrived; a beat once they reach `MIN_SPEED` times the deadline.

        Raises:
            TransferError: the work is no longer wanted.
        """
        self._num_bytes += num_bytes
        if self._is_abandoned or self._num_bytes >= MIN_SPEED * self.deadline:
            self.beat()

    @property
    def remaining(self) -> float:
        """Seconds until the deadline passes."""
        return self.silent_at - time.monotonic()

    def abandon(self) -> None:
        """End the work at its next beat, and remove its unfinished file."""
        self._is_abandoned = True
        if self.unfinished:
            with contextlib.suppress(OSError):
                self.unfinished.unlink(missing_ok=True)
