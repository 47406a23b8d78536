"""Middleware for every request: the gate, its language, and error messages."""

from __future__ import annotations

from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse

from textvae.web.i18n.language import preferred_language, strings, use_language
from textvae.web.serving.gate import Gate
from textvae.web.serving.refusals import WRONG_VALUE

TRANSLATED = ("/", "/config")  # paths whose response depends on the language, for caches
QUEUE_IS_FULL = "Queue is full"  # the beginning of Gradio's message


class Language:
    """Middleware: answers each request in the language that its browser prefers.

    Example:
        >>> async def app(scope, receive, send):
        ...     print(strings.SEED)
        >>> scope = {"path": "/", "headers": [(b"accept-language", b"zh-CN")]}
        >>> next(Language(app)(scope, None, None).__await__(), None)
        种子
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one ASGI request."""
        headers = dict(scope.get("headers") or ())
        preferred = headers.get(b"accept-language", b"").decode("latin-1")

        async def send_varying(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"vary", b"Accept-Language")]
            await send(message)

        with use_language(preferred_language(preferred)):
            is_translated = scope.get("path") in TRANSLATED
            await self.app(scope, receive, send_varying if is_translated else send)


def app_options() -> dict[str, Any]:
    """The options that Gradio passes on to Starlette, its framework.

    Example:
        >>> [each.cls.__name__ for each in app_options()["middleware"]]  # the outermost first
        ['Language', 'Gate']
    """
    return {
        "middleware": [Middleware(Language), Middleware(Gate)],
        "exception_handlers": {503: unavailable, RequestValidationError: malformed},
    }


async def unavailable(request: Request, error: Exception) -> JSONResponse:
    """The response to a request that fails with 503, with our message if the queue is full.

    Gradio's page replaces the message of every 503, so browsers get status 429 instead.
    """
    status, detail = 503, str(getattr(error, "detail", ""))
    if isinstance(error, HTTPException) and detail.startswith(QUEUE_IS_FULL):
        status, detail = 429 if "origin" in request.headers else 503, strings.BUSY
    return JSONResponse({"detail": detail}, status)


async def malformed(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    """The response to a request with parts of the wrong types, which it does not repeat."""
    return JSONResponse({"detail": strings.MALFORMED}, WRONG_VALUE)
