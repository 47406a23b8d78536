"""Access to Gradio's queue, for which Gradio 6.31 has no public interface.

An event waits in the queue, is processed by a job, and its answer then stays in the session's
messages until the client's stream has delivered it.
"""

from __future__ import annotations

from typing import Any

from gradio.server_messages import CloseStreamMessage, ProcessCompletedMessage

from textvae.web.i18n.language import preferred_language, strings, use_language
from textvae.web.serving.unread import Unread

CLOSED = f"data: {CloseStreamMessage().model_dump_json()}\n\n"  # a stream without an answer
MAX_SESSIONS = 512  # with unfetched answers
MAX_SIZE = 64_000_000  # bytes of these answers, most with a few thousand each
MAX_UNREAD, MAX_UNREAD_SIZE = 256, 8_000_000  # messages and bytes for one session


def prepare(page: Any) -> None:
    """Make a page that is not yet served keep its answers within these limits.

    Example:
        >>> from types import SimpleNamespace
        >>> page = SimpleNamespace(_queue=SimpleNamespace())
        >>> prepare(page)
        >>> page._queue.pending_messages_per_session
        Unread()
    """
    page._queue.pending_messages_per_session = Unread()


def bound(page: Any) -> None:
    """Limit unfetched answers by forgetting sessions.

    First those with all their answers, then the oldest.

    Gradio would also drop those with a waiting or running event, and its whole queue ends when
    it has a message for one of them.

    Example:
        >>> from types import SimpleNamespace
        >>> unread = Unread.fromkeys(map(str, range(MAX_SESSIONS)))
        >>> queue = SimpleNamespace(pending_messages_per_session=unread, event_ids_to_events={})
        >>> queue.pending_event_ids_session = {"0": {"an event"}}
        >>> bound(SimpleNamespace(_queue=queue))
        >>> len(unread) == MAX_SESSIONS - 1, "0" in unread, "1" in unread
        (True, True, False)
    """
    queue = page._queue
    unread, pending = queue.pending_messages_per_session, queue.pending_event_ids_session
    for session in [each for each in pending if each not in unread]:
        del pending[session]  # its stream was cut, and no one will receive its events
    at_work = {event.session_hash for event in list(queue.event_ids_to_events.values())}
    size = sum(messages.size for messages in unread.values())
    idle = [each for each in unread if each not in at_work]
    for session in sorted(idle, key=lambda each: bool(pending.get(each))):
        if len(unread) < MAX_SESSIONS and size < MAX_SIZE:
            return
        size -= unread.pop(session).size
        pending.pop(session, None)


def forget_cut(page: Any, session: str) -> None:
    """Forget the events of a session whose stream ended before them.

    Gradio drops them, but still counts them, and no later stream of the session would end.

    Example:
        >>> from types import SimpleNamespace
        >>> queue = SimpleNamespace(pending_messages_per_session={}, event_ids_to_events={})
        >>> queue.pending_event_ids_session = {"w3hk0c": {"an event"}}
        >>> forget_cut(SimpleNamespace(_queue=queue), "w3hk0c")
        >>> queue.pending_event_ids_session
        {'w3hk0c': set()}
    """
    queue = page._queue
    messages = queue.pending_messages_per_session.get(session)
    answered = messages.answered() if messages else set()
    pending = queue.pending_event_ids_session.get(session, set())
    for event in pending - answered:
        if not getattr(queue.event_ids_to_events.get(event), "alive", False):
            pending.discard(event)


def is_behind(page: Any, session: str | None) -> bool:
    """Whether a session has too many unfetched messages.

    Example:
        >>> from types import SimpleNamespace
        >>> unread = Unread.fromkeys(["w3hk0c", "zq81fd"])
        >>> unread["w3hk0c"].size = MAX_UNREAD_SIZE
        >>> page = SimpleNamespace(_queue=SimpleNamespace(pending_messages_per_session=unread))
        >>> is_behind(page, "w3hk0c"), is_behind(page, "zq81fd"), is_behind(page, None)
        (True, False, False)
    """
    messages = page._queue.pending_messages_per_session.get(session)
    return messages is not None and (
        messages.qsize() >= MAX_UNREAD or messages.size >= MAX_UNREAD_SIZE
    )


def is_full(page: Any) -> bool:
    """Whether one more event would be rejected.

    Example:
        >>> from types import SimpleNamespace
        >>> class Queue(list):
        ...     max_size = 2
        >>> is_full(SimpleNamespace(_queue=Queue(["an event"])))
        False
        >>> is_full(SimpleNamespace(_queue=Queue(["an event", "another"])))
        True
    """
    queue = page._queue
    return queue.max_size is not None and len(queue) >= queue.max_size


def num_at_work(page: Any) -> int:
    """The number of events that wait or are being processed.

    Example:
        >>> from types import SimpleNamespace
        >>> class Queue(list):
        ...     get_active_worker_count = lambda self: 2
        >>> num_at_work(SimpleNamespace(_queue=Queue(["a waiting event"])))
        3
    """
    queue = page._queue
    return len(queue) + int(queue.get_active_worker_count())


def has_uncollected(page: Any) -> bool:
    """Whether an answer has not reached its client yet.

    Example:
        >>> from types import SimpleNamespace
        >>> queue = SimpleNamespace(pending_event_ids_session={"w3hk0c": {"an event"}})
        >>> queue.pending_messages_per_session = Unread.fromkeys(["w3hk0c"])
        >>> has_uncollected(SimpleNamespace(_queue=queue))
        True
    """
    queue = page._queue
    sessions = list(queue.pending_event_ids_session.items())  # changed by another thread
    return any(
        events and name in queue.pending_messages_per_session for name, events in sessions
    )


def is_known(page: Any, session: str) -> bool:
    """Whether a session has had an event recently.

    Example:
        >>> from types import SimpleNamespace
        >>> unread = Unread.fromkeys(["w3hk0c"])
        >>> page = SimpleNamespace(_queue=SimpleNamespace(pending_messages_per_session=unread))
        >>> is_known(page, "w3hk0c"), is_known(page, "zq81fd")
        (True, False)
    """
    return session in page._queue.pending_messages_per_session


def expects(page: Any, session: str) -> bool:
    """Whether a known session has an event with an undelivered answer.

    Example:
        >>> from types import SimpleNamespace
        >>> pending = {"w3hk0c": {"an event"}, "zq81fd": set()}
        >>> page = SimpleNamespace(_queue=SimpleNamespace(pending_event_ids_session=pending))
        >>> expects(page, "w3hk0c"), expects(page, "zq81fd")
        (True, False)
    """
    return bool(page._queue.pending_event_ids_session.get(session))


def session_of(page: Any, event: str) -> str | None:
    """The session of an event with an undelivered answer; None if there is none.

    Example:
        >>> from types import SimpleNamespace
        >>> pending = {"w3hk0c": {"4f2a", "77be"}}
        >>> page = SimpleNamespace(_queue=SimpleNamespace(pending_event_ids_session=pending))
        >>> session_of(page, "77be"), session_of(page, "90cd")
        ('w3hk0c', None)
    """
    for session, events in page._queue.pending_event_ids_session.items():
        if event in events:
            return str(session)
    return None


def answer_all(page: Any) -> None:
    """Answer every open event with 'try again later', in its visitor's language.

    Called in the thread of the server's event loop.

    Example:
        >>> from types import SimpleNamespace
        >>> queue = SimpleNamespace(pending_event_ids_session={"w3hk0c": {"an event"}})
        >>> queue.pending_messages_per_session = Unread.fromkeys(["w3hk0c"])
        >>> queue.event_ids_to_events = {}
        >>> answer_all(SimpleNamespace(_queue=queue))
        >>> queue.pending_messages_per_session["w3hk0c"].get_nowait().output["error"]
        'The page is restarting. Please try again in a minute.'
    """
    queue = page._queue
    for session, events in queue.pending_event_ids_session.items():
        messages = queue.pending_messages_per_session.get(session)
        for event in list(events) if messages else ():
            output = {"error": _sentence(queue.event_ids_to_events.get(event)), "visible": True}
            messages.put_nowait(
                ProcessCompletedMessage(output=output, success=False, event_id=event)
            )


def _sentence(event: Any) -> str:
    wanted = event.request.headers.get("accept-language", "") if event else ""
    with use_language(preferred_language(wanted)):
        return str(strings.ENDING)
