"""How many requests of a kind are answered at once."""

import asyncio

import pytest
from apart import run_apart

from textvae.web.serving.places import Places
from textvae.web.serving.refusals import Refused


class Counted:
    """Requests that are answered, as many at once as there are places."""

    def __init__(self, places):
        self.places, self.now, self.most = places, 0, 0

    async def answer(self, seconds=0.01):
        async with self.places.take():
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(seconds)
            self.now -= 1


def test_so_many_are_answered_at_once_and_some_more_wait():
    async def ask():
        counted = Counted(Places(2, 5))
        asked = (counted.answer() for _ in range(7))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        await counted.answer()  # the places are free again
        return counted.most, [getattr(each, "status", None) for each in answers]

    assert run_apart(ask()) == (2, [None] * 5 + [503] * 2)


def test_whoever_stops_waiting_or_fails_leaves_a_place():
    async def ask():
        counted = Counted(Places(1, 2))
        first = asyncio.ensure_future(counted.answer(60))
        second = asyncio.ensure_future(counted.answer())
        await asyncio.sleep(0.01)
        with pytest.raises(Refused) as refused:
            await counted.answer()
        for each in (second, first):
            each.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        with pytest.raises(RuntimeError):
            async with counted.places.take():
                raise RuntimeError
        await asyncio.gather(counted.answer(), counted.answer())
        return refused.value.headers

    assert run_apart(ask()) == {"Retry-After": "10"}
