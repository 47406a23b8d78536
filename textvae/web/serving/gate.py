"""The gate before Gradio: validation of requests, and responses to them.

Gradio 6.31 answers many malformed requests with status 500 and a traceback in the log. Here
they are rejected with one sentence, before they reach Gradio. Only requests that the page and
its clients send pass: known addresses, JSON within limits, existing events and arguments.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.responses import JSONResponse, Response

from textvae.errors import BadInput
from textvae.web.events import log_failure
from textvae.web.i18n.language import strings
from textvae.web.serving import bodies, gradio_queue, json_bodies, routes
from textvae.web.serving.answers import HOST, Answer
from textvae.web.serving.health import health
from textvae.web.serving.library_logs import Terse
from textvae.web.serving.places import Places
from textvae.web.serving.refusals import (
    ENDING,
    FAILED,
    MALFORMED,
    NOT_FOUND,
    STATUS,
    TOO_LARGE,
    TOO_SLOW,
    WRONG_TYPE,
    Refused,
)

BODY_SECONDS = 20.0  # for the whole body to arrive
TRY_LATER = {"Retry-After": "30", "Connection": "close"}  # seconds; during shutdown
CHECKED_AT_ONCE = 16  # calls, each in a thread, since its model may still be loading
MAX_CALLS = 128  # in checking, including those that wait for it
EVENT = "predict"  # the name under which browsers send events of the page
LONG = 50_000  # bytes of a body that delays others while it is read
DIRECT_AT_ONCE, MAX_DIRECT = 8, 64  # calls that bypass the queue; each holds one of 40 threads
SERVER_ERROR = -32000  # in JSON-RPC, for server-defined errors
MAX_AGENTS = 64  # agents' messages in progress, which do not hold threads
REPLACED = {b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server"}
OF_BODY = {b"content-length", b"content-type", b"content-encoding", b"transfer-encoding"}
GONE = {"page", "deep_link"}  # Gradio's parameters for features that this page lacks
AGENTS = (b"x-gradio-user", b"mcp")  # on requests of the MCP server to its own page
LOOPBACK = ("127.0.0.1", "::1")

log = logging.getLogger(__name__)
log.addFilter(Terse())  # many streams may be cut off at once


class Disconnected(Exception):
    """The client left before its request was complete."""


class Gate:
    """Middleware: passes on valid requests, and answers all others itself."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._checking = CapacityLimiter(CHECKED_AT_ONCE)
        self._calls = Places(MAX_CALLS, MAX_CALLS)
        self._reading = CapacityLimiter(1)  # of long bodies, which take forty times their size
        self._direct = Places(DIRECT_AT_ONCE, MAX_DIRECT)
        self._agents = Places(MAX_AGENTS, MAX_AGENTS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one ASGI request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        page = scope["app"].get_blocks()
        prefix = routes.root_of(page)
        path = scope["path"].removeprefix(prefix)
        headers = _trusted(scope["headers"])
        asked = {**scope, STATUS: {}, "scheme": "http", "headers": headers}
        root = "" if prefix or path.rstrip("/") == "/config" else "/"
        answer = Answer(asked, send, root)
        try:
            route = routes.find(scope["method"], path)
            asked["path"] = routes.for_gradio(route, path)  # where it does not redirect
            with page.draining.answering(route.kind):
                try:
                    await self._answer(route, page, asked, receive, answer)
                except Refused as refusal:  # while it still counts as in progress
                    await _refuse(refusal, scope, receive, send)
        except Refused as refusal:
            await _refuse(refusal, scope, receive, send)
        except Disconnected:
            return
        except Exception as error:
            if answer.has_begun:  # a stream whose session is gone
                log.warning("a response was cut off: %s", type(error).__name__)
                return
            await _refuse(Refused(FAILED, log_failure()), scope, receive, send)

    async def _answer(
        self, route: routes.Route, page: Any, scope: Any, receive: Any, answer: Answer
    ) -> None:
        if route.kind == "health":
            status, state = health(page, scope["path"])
            await JSONResponse(state, status)(scope, receive, answer.send)
            return
        _check_query(route, page, scope)
        if page.draining.has_begun and not _belongs_to_an_answer(route, scope):
            raise Refused(ENDING, strings.ENDING, TRY_LATER)
        if route.kind == "picture":  # takes the time of a model, like a call
            await _until_the_end(page, answer, self.app(scope, receive, answer.send))
            return
        if route.kind == "session" and not gradio_queue.expects(page, _session(scope)):
            # A quick answer may be delivered, and the stream closed, before it is requested.
            closed = Response(gradio_queue.CLOSED, media_type="text/event-stream")
            await closed(scope, receive, answer.send)
            return
        if scope["method"] != "POST":
            try:
                await self.app(scope, receive, answer.send)
            finally:
                if route.kind == "session":
                    gradio_queue.forget_cut(page, _session(scope))
            return
        reading = self._body(route, page, scope, receive)
        body, is_direct = await _until_the_end(page, answer, reading)
        gradio_queue.bound(page)
        headers = [each for each in scope["headers"] if each[0] not in OF_BODY]
        length = str(len(body)).encode()
        scope["headers"] = [
            *headers,
            (b"content-type", b"application/json"),
            (b"content-length", length),
        ]
        asked = _replayed(body, receive)
        if is_direct:
            step = self._answer_direct(scope, asked, answer)
        elif route.kind == "agents":
            step = self._answer_agent(body, scope, asked, answer)
        else:
            step = self.app(scope, asked, answer.send)
        await _until_the_end(page, answer, step)

    async def _answer_direct(self, scope: Any, receive: Any, answer: Answer) -> None:
        async with AsyncExitStack() as place:
            await place.enter_async_context(self._direct.take())

            async def send(message: Any) -> None:
                await place.aclose()  # it is computed; slow readers do not delay others
                await answer.send(message)

            await self.app(scope, receive, send)

    async def _answer_agent(
        self, body: bytes, scope: Any, receive: Any, answer: Answer
    ) -> None:
        try:
            async with self._agents.take():
                await self.app(scope, receive, answer.send)
        except Refused as refusal:  # an error status would end the agent's session
            error = {"code": SERVER_ERROR, "message": refusal.sentence}
            said = {"jsonrpc": "2.0", "id": json.loads(body).get("id"), "error": error}
            await JSONResponse(said)(scope, receive, answer.send)

    async def _body(
        self, route: routes.Route, page: Any, scope: Any, receive: Any
    ) -> tuple[bytes, bool]:
        """The body for Gradio, and whether its request bypasses the queue."""
        raw = await _read(scope, receive)
        is_long = len(raw) > LONG  # read one at a time

        def parsed() -> Any:
            try:
                return json_bodies.parse(raw)
            except BadInput as error:
                raise Refused(MALFORMED, str(error)) from error

        def checked(value: Any) -> tuple[bytes, bool]:
            body = bodies.rewritten(route, value, page)
            return json.dumps(body).encode(), bodies.is_direct(route, body, page)

        def both() -> tuple[bytes, bool]:
            return checked(parsed())

        if route.parts.get("name", EVENT) == EVENT:
            return await to_thread.run_sync(both, limiter=self._reading) if is_long else both()
        async with self._calls.take():  # each keeps its body while its model is loading
            value = (
                await to_thread.run_sync(parsed, limiter=self._reading) if is_long else parsed()
            )
            return await to_thread.run_sync(checked, value, limiter=self._checking)


async def _until_the_end(page: Any, answer: Answer, step: Coroutine[Any, Any, Any]) -> Any:
    """The result of a step towards a response, unless the page ends before it begins."""
    work = asyncio.ensure_future(step)
    over = asyncio.ensure_future(page.draining.is_over.wait())
    await asyncio.wait({work, over}, return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    if not work.done() and not answer.has_begun:
        answer.is_over = True
        raise Refused(ENDING, strings.ENDING, TRY_LATER)
    return await work


def _trusted(headers: Any) -> list[tuple[bytes, bytes]]:
    """The headers of a request except those that give the address of the page."""
    return [(b"host", HOST.encode()), *(each for each in headers if each[0] not in REPLACED)]


def _query(scope: Any) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _session(scope: Any) -> str:
    return _query(scope)["session_hash"][0]


def _check_query(route: routes.Route, page: Any, scope: Any) -> None:
    """Raises `Refused` if the query refers to something that does not exist."""
    query = _query(scope)
    if any(any(query.get(name, ())) for name in GONE):
        raise Refused(NOT_FOUND, strings.NO_ADDRESS)
    if route.kind == "heartbeat":
        bodies.session_name(route.parts["session"])
    if route.kind == "answer" and gradio_queue.session_of(page, route.parts["event"]) is None:
        raise Refused(NOT_FOUND, strings.NO_ANSWER)
    if route.kind == "session":
        session, *more = query.get("session_hash", [""])  # of several, Gradio uses the last
        if more or not gradio_queue.is_known(page, bodies.session_name(session)):
            raise Refused(NOT_FOUND, strings.NO_ANSWER)


def _belongs_to_an_answer(route: routes.Route, scope: Any) -> bool:
    """Whether a request fetches an answer, or is made by the MCP server for its answer."""
    is_loopback = (scope.get("client") or ("",))[0] in LOOPBACK
    return route.kind in routes.ANSWERS or (is_loopback and AGENTS in scope["headers"])


async def _read(scope: Any, receive: Any) -> bytes:
    """The body of a request, within its limits."""
    headers = dict(scope["headers"])
    if (
        headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        != b"application/json"
    ):
        raise Refused(WRONG_TYPE, strings.NOT_JSON_TYPE)
    limit = json_bodies.MAX_BYTES
    too_large = Refused(TOO_LARGE, strings.TOO_LARGE.format(limit=limit))
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length[:20]) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                body += message.get("body", b"")
                if len(body) > limit:
                    raise too_large
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        sentence = strings.TOO_SLOW.format(seconds=int(BODY_SECONDS))
        raise Refused(TOO_SLOW, sentence, {"Connection": "close"}) from None


def _replayed(body: bytes, receive: Any) -> Any:
    """`receive` with this body first, then later messages."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Any:
        return messages.pop() if messages else await receive()

    return replayed


async def _refuse(refusal: Refused, scope: Any, receive: Any, send: Any) -> None:
    """Gradio's clients look for the sentence under either name."""
    body = {"detail": refusal.sentence, "error": refusal.sentence}
    response = JSONResponse(body, refusal.status, refusal.headers)
    await response(scope, receive, Answer(scope, send, "").send)
