"""Responses: safe to embed anywhere, and without the requested host name.

Gradio writes the address of a request's Host or X-Forwarded-Host into the page, so a forged one
could poison a cache. The gate gives it `HOST` in place of both; `Answer` removes that again:
browsers resolve addresses without a host relative to the page.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from textvae.web.serving.refusals import STATUS

HOST = "textvae.invalid"  # a name that no host can have; RFC 2606
ORIGIN = f"http://{HOST}".encode()
JSON, EVENTS, HTML = b"application/json", b"text/event-stream", b"text/html"
SVG = b"image/svg+xml"
# No JSON string needs these unescaped; so a caption cannot end a script or begin a tag in any
# document into which the response is pasted.
ESCAPES = {b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026"}
HEADERS = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"same-origin"}
POLICY = b"content-security-policy"
OF_DATA = {POLICY: b"default-src 'none'; sandbox"}  # for responses that are not pages
OF_PICTURES = {  # which contain their styles and font
    POLICY: b"default-src 'none'; style-src 'unsafe-inline'; font-src data:; sandbox"
}
POLICIES = {HTML: {}, SVG: OF_PICTURES}


class Answer:
    r"""Sends a response as ASGI messages, made inert.

    Args:
        scope: of the request.
        send: for the messages.
        root: the path of the page, in place of its address.

    Attributes:
        has_begun: part of the response has been sent.
        is_over: nothing more must be sent.

    Example:
        >>> from starlette.responses import JSONResponse
        >>> async def show(message):
        ...     print(message.get("status") or message["body"].decode())
        >>> scope = {"type": "http", "method": "GET"}
        >>> answer = Answer(scope, show, root="/")
        >>> next(JSONResponse("a <dog>")(scope, None, answer.send).__await__(), None)
        200
        "a \u003cdog\u003e"
    """

    def __init__(self, scope: Mapping[str, Any], send: Any, root: str) -> None:
        self.scope, self._send, self.root = scope, send, root.encode()
        self.has_begun, self.is_over = False, False
        self._start: MutableMapping[str, Any] | None = None  # delayed until the body is there
        self._media_type = b""

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send one ASGI message of the response."""
        if self.is_over:
            return
        if message["type"] == "http.response.start":
            await self._hold(message)
        elif message["type"] == "http.response.body":
            await self._pass_on(message)
        else:
            await self._send(message)

    async def _hold(self, message: MutableMapping[str, Any]) -> None:
        message["status"] = self.scope.get(STATUS, {}).get("status", message["status"])
        headers = [(name.lower(), value) for name, value in message.get("headers", ())]
        self._media_type = dict(headers).get(b"content-type", b"").partition(b";")[0].strip()
        extra = HEADERS | POLICIES.get(self._media_type, OF_DATA)
        message["headers"] = [
            (name, value.replace(ORIGIN, b"") if name == b"location" else value)
            for name, value in headers
            if name not in extra
        ] + list(extra.items())
        if self._media_type in (JSON, HTML):
            self._start = message
        else:
            await self._begin(message)

    async def _pass_on(self, message: MutableMapping[str, Any]) -> None:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._media_type in (JSON, EVENTS):
            for plain, escaped in ESCAPES.items():
                body = body.replace(plain, escaped)
        if self._media_type in (JSON, HTML):
            body = body.replace(ORIGIN, self.root)
        if self._start is not None:
            start, self._start = self._start, None
            _set_length(start, None if more else len(body), self.scope.get("method") == "HEAD")
            await self._begin(start)
        await self._send({**message, "body": body})

    async def _begin(self, message: MutableMapping[str, Any]) -> None:
        self.has_begun = True
        await self._send(message)


def _set_length(start: MutableMapping[str, Any], length: int | None, is_head: bool) -> None:
    """Set the length of a changed body; none if it is unknown."""
    start["headers"] = [each for each in start["headers"] if each[0] != b"content-length"]
    if length is not None and not is_head:
        start["headers"].append((b"content-length", str(length).encode()))
