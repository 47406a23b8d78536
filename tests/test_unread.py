"""The messages of sessions, beside what Gradio keeps of them."""

import asyncio
import gc
from types import SimpleNamespace

import gradio as gr
import pytest
from apart import run_apart
from gradio.server_messages import (
    EstimationMessage,
    HeartbeatMessage,
    ProcessCompletedMessage,
    ProcessStartsMessage,
)

from textvae.web.serving import gradio_queue
from textvae.web.serving.unread import Messages, Unread, size_of


def test_of_the_notices_for_an_event_the_last_is_kept():
    messages = Messages()
    for rank in (3, 2, 1):
        for event in "ab":
            messages.put_nowait(EstimationMessage(event_id=event, rank=rank, queue_size=rank))
        messages.put_nowait(HeartbeatMessage())
    messages.put_nowait(ProcessStartsMessage(event_id="a"))
    messages.put_nowait(ProcessCompletedMessage(event_id="a", output={}, success=True))
    found = [messages.get_nowait() for _ in range(messages.qsize())]
    assert [(each.event_id, getattr(each, "rank", None)) for each in found] == [
        ("a", 1),
        ("b", 1),
        (None, None),
        ("a", None),
        ("a", None),
    ]


def test_a_client_that_waits_gets_the_notice_that_replaces_none():
    async def wait():
        messages = Messages()
        waiting = asyncio.ensure_future(messages.get())
        await asyncio.sleep(0)
        messages.put_nowait(HeartbeatMessage(event_id="a"))
        messages.put_nowait(HeartbeatMessage(event_id="a"))
        await asyncio.wait_for(waiting, 5)
        return messages.qsize()

    assert run_apart(wait()) <= 1


def test_the_size_is_that_of_the_answers_that_are_left():
    messages = Messages()
    large = {"data": [[0.5] * 128] * 256}
    messages.put_nowait(ProcessCompletedMessage(event_id="a", output=large, success=True))
    with_one = messages.size
    messages.put_nowait(ProcessStartsMessage(event_id="b"))
    messages.put_nowait(ProcessCompletedMessage(event_id="b", output=large, success=True))
    assert messages.size == 2 * with_one
    assert messages.answered() == {"a", "b"}
    messages.get_nowait()
    assert messages.size == with_one
    while not messages.empty():
        messages.get_nowait()
    assert messages.size == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: [[float(row + column) for column in range(128)] for row in range(256)],
        lambda: ["é" * 1000 + str(number) for number in range(300)],
        lambda: {f"name {number}": [f"a caption {number}", number] for number in range(2000)},
    ],
    ids=["points", "texts", "objects"],
)
def test_sizes_are_about_what_the_allocator_says(make):
    def held(value):
        total, seen, left = 0, set(), [value]
        while left:
            each = left.pop()
            if id(each) not in seen:
                seen.add(id(each))
                total += each.__sizeof__() + 16 * gc.is_tracked(each)
                left += gc.get_referents(each)
        return total

    value = make()
    assert size_of(value) == pytest.approx(held(value), rel=0.5)


def test_a_session_that_is_forgotten_twice_is_forgotten():
    unread = Unread()
    unread["s"] = asyncio.Queue()
    del unread["s"]
    del unread["s"]
    assert "s" not in unread


def test_the_queue_of_a_page_keeps_messages_so():
    with gr.Blocks() as page:
        gr.Button()
    page.queue()
    gradio_queue.prepare(page)
    event = SimpleNamespace(alive=True, _id="e", session_hash="s")
    page._queue.pending_messages_per_session["s"] = asyncio.Queue()
    for rank in (2, 1):
        page._queue.send_message(event, EstimationMessage(rank=rank, queue_size=3))
    assert page._queue.pending_messages_per_session["s"].qsize() == 1
