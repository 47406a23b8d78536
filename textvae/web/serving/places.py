"""Limits on concurrent requests that hold a thread or much memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textvae.web.i18n.language import strings
from textvae.web.serving.refusals import BUSY, Refused

COME_AGAIN = {"Retry-After": "10"}  # seconds


class Places:
    """Handles some requests at once, lets some more wait, and rejects the rest.

    Args:
        at_once: the number handled at once.
        most: the maximum number, including those that wait.

    Example:
        >>> async def two_calls(places):
        ...     async with places.take(), places.take():
        ...         print("both have a place")
        >>> next(two_calls(Places(at_once=2, most=2)).__await__(), None)
        both have a place
        >>> next(two_calls(Places(at_once=1, most=1)).__await__(), None)
        Traceback (most recent call last):
        textvae.web.serving.refusals.Refused: The server is busy and the queue is full. ...
    """

    def __init__(self, at_once: int, most: int) -> None:
        self._free, self._most, self._num = asyncio.Semaphore(at_once), most, 0

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Within the block, a request has one of the places.

        Raises:
            Refused: all are taken, and the maximum number of requests wait.
        """
        if self._num >= self._most:
            raise Refused(BUSY, strings.BUSY, COME_AGAIN)
        self._num += 1
        try:
            async with self._free:
                yield
        finally:
            self._num -= 1
