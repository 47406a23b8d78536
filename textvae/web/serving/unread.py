"""The unfetched messages of sessions, replacing Gradio's own collections.

Gradio 6.31 keeps every notice of an event's place in the queue, of which a busy page sends a
hundred for each event, and does not track the memory of answers.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import Any

from gradio.server_messages import (
    EstimationMessage,
    HeartbeatMessage,
    ProcessCompletedMessage,
    ProgressMessage,
)
from gradio.utils import LRUCache

# Of these, only the last one for an event is needed.
NOTICES = (EstimationMessage, HeartbeatMessage, ProgressMessage)
NUMBER = 32  # bytes of a number and its list slot


class Messages(asyncio.Queue[Any]):
    """The messages for one session.

    Attributes:
        size: of the answers among them, in bytes.

    Example:
        >>> messages = Messages()
        >>> for rank in (2, 1, 0):  # places of one event in the queue
        ...     messages.put_nowait(EstimationMessage(event_id="4f2a", rank=rank, queue_size=3))
        >>> messages.qsize(), messages.get_nowait().rank
        (1, 0)
    """

    _queue: deque[Any]  # the container of `asyncio.Queue`, for subclasses

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def answered(self) -> set[str]:
        """The events whose answers are among them."""
        return {each.event_id for each in self._queue if _is_answer(each)}

    def _put(self, message: Any) -> None:
        queue = self._queue
        if isinstance(message, NOTICES):
            for number, each in enumerate(queue):
                if type(each) is type(message) and each.event_id == message.event_id:
                    queue[number] = message
                    return
        if _is_answer(message):
            self.size += size_of(message.output)
        super()._put(message)

    def _get(self) -> Any:
        message = super()._get()
        if _is_answer(message):
            self.size -= size_of(message.output)
        return message


class Unread(LRUCache[str, Messages]):
    """The messages of every session by name, limited by `gradio_queue.bound`.

    Example:
        >>> unread = Unread()
        >>> unread["w3hk0c"] = asyncio.Queue()  # as Gradio does
        >>> unread["w3hk0c"].size
        0
        >>> del unread["w3hk0c"], unread["w3hk0c"]  # twice, without a KeyError
    """

    def __init__(self) -> None:
        super().__init__(sys.maxsize)

    def __setitem__(self, session: str, messages: Any) -> None:
        """Start a session, for which Gradio has made an empty queue."""
        super().__setitem__(session, Messages())

    def __delitem__(self, session: str) -> None:
        """Forget a session, unless already forgotten.

        Gradio forgets it for each of its streams that is cut. If that failed, the task that
        keeps such a stream alive would run forever.
        """
        if session in self:
            super().__delitem__(session)


def size_of(value: Any) -> int:
    """The approximate memory of a JSON value in bytes.

    Example:
        >>> size_of({"data": [[0.5] * 100] * 10}) // 1000
        32
    """
    if isinstance(value, dict):
        return sum(map(size_of, value)) + sum(map(size_of, value.values()))
    if isinstance(value, list):
        # Its elements are of one kind, and an answer may have a hundred thousand numbers.
        is_of_numbers = bool(value) and isinstance(value[0], int | float)
        return NUMBER * len(value) if is_of_numbers else sum(map(size_of, value))
    return sys.getsizeof(value)


def _is_answer(message: Any) -> bool:
    return isinstance(message, ProcessCompletedMessage)
