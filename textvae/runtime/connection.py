"""Messages between two workers: one JSON object per line."""

import contextlib
import json
import socket
import time
from typing import Any

ANSWER_PATIENCE = 15.0  # seconds to wait for a message that should be on its way
LEAVE_PATIENCE = 3.0  # seconds for the other side to notice that this one leaves
LONGEST = 1 << 20  # bytes of a message


class Ended(Exception):
    """The other side is gone, is silent, or sends something other than a worker's message.

    Example:
        >>> link, silent = socket.socketpair()
        >>> with link, silent:
        ...     Connection(link).receive(patience=0.01)
        Traceback (most recent call last):
        textvae.runtime.connection.Ended: does not answer
    """


class Connection:
    """One side of a connection.

    Example:
        >>> one, other = map(Connection, socket.socketpair())
        >>> one.send({"go": True})
        >>> other.receive(patience=1.0)
        {'go': True}
        >>> one.close()
        >>> other.receive(patience=1.0)
        Traceback (most recent call last):
        textvae.runtime.connection.Ended: has stopped
    """

    def __init__(self, link: socket.socket) -> None:
        self.link, self.unread = link, b""

    def fileno(self) -> int:
        """The descriptor of the socket, for `select`."""
        return self.link.fileno()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message, with no effect if the other side is gone."""
        with contextlib.suppress(OSError):
            self.link.settimeout(ANSWER_PATIENCE)
            self.link.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, patience: float) -> dict[str, Any]:
        """The next message.

        Raises:
            Ended: none arrives within `patience` seconds, or the other side is gone.
        """
        deadline = time.monotonic() + patience
        while not (messages := self.arrived(deadline - time.monotonic(), most=1)):
            pass
        return messages[0]

    def arrived(self, patience: float = 0.1, most: int | None = None) -> list[dict[str, Any]]:
        """The complete messages after receiving at most `most` more bytes.

        Raises:
            Ended: nothing arrives within `patience` seconds, or the other side is gone.
        """
        if b"\n" not in self.unread:
            self.unread += self._bytes(patience)
        *lines, rest = self.unread.split(b"\n", maxsplit=most if most else -1)
        self.unread = rest
        return [_parsed(line) for line in lines]

    def _bytes(self, patience: float) -> bytes:
        try:
            self.link.settimeout(max(patience, 0.001))
            data = self.link.recv(LONGEST)
        except TimeoutError as error:
            raise Ended("does not answer") from error
        except OSError as error:
            raise Ended("has stopped") from error
        if not data:
            raise Ended("has stopped")
        if len(self.unread) + len(data) > LONGEST:
            raise Ended("sent something that no worker sends")
        return data

    def leave(self, message: dict[str, Any]) -> None:
        """Send a last message, and close the connection once the other side has done so.

        Closing it with unread bytes could discard the message before the other side reads it.
        """
        self.send(message)
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_WR)
            self.link.settimeout(LEAVE_PATIENCE)
            while self.link.recv(LONGEST):
                pass
        self.close()

    def close(self) -> None:
        """End the connection."""
        self.link.close()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Ended("sent something that no worker sends") from error
    if not isinstance(message, dict):
        raise Ended("sent something that no worker sends")
    return message
