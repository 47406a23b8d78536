"""Signs of life of a thread that works with the Hub's client."""

import time
from urllib.parse import urlsplit

MAX_BYTES = 2**24  # of a response that is not a file


class TransferError(Exception):
    """A transfer that cannot succeed, with its cause in words."""


class HubSilent(TransferError):
    """No sign of life within the deadline."""


def hub_host() -> str:
    """The host that the client asks, as messages name it."""
    from huggingface_hub.constants import ENDPOINT

    return urlsplit(ENDPOINT).netloc or str(ENDPOINT)


class Heartbeat:
    """When a working thread last showed a sign of life, and whether it is still wanted.

    Attributes:
        deadline: seconds without a beat after which the thread is abandoned.
        silent_at: the time, by `time.monotonic`, at which the deadline passes.
        is_abandoned: set by the waiting thread; the next beat then ends the work.
        max_bytes: what the next response may hold.

    Example:
        >>> heartbeat = Heartbeat(deadline=15.0)
        >>> heartbeat.is_abandoned = True
        >>> heartbeat.beat()
        Traceback (most recent call last):
        textvae.hub.heartbeat.TransferError: abandoned
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.is_abandoned = False
        self.expect(MAX_BYTES)

    def beat(self, extra: float = 0.0) -> None:
        """A sign of life; the next may take `extra` seconds longer than the deadline.

        Raises:
            TransferError: the work is no longer wanted.
        """
        if self.is_abandoned:
            raise TransferError("abandoned")
        self.silent_at = time.monotonic() + self.deadline + extra

    def expect(self, num_bytes: int) -> None:
        """The next response has at most `num_bytes` bytes."""
        self.max_bytes = num_bytes
        self.beat()
