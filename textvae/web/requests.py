"""What stands around every request: the language that it is answered in, and a full line."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse

from textvae.web.i18n.language import preferred_language, strings, use_language

IN_WORDS = ("/", "/config")  # what is another page in another language, for caches on the way
FULL = "Queue is full"  # how gradio's own sentence begins


class Language:
    """Lets whatever answers a request speak the language that its browser asks for."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, as ASGI hands it over."""
        headers = dict(scope.get("headers") or ())
        wanted = headers.get(b"accept-language", b"").decode("latin-1")

        async def send_varying(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"vary", b"Accept-Language")]
            await send(message)

        with use_language(preferred_language(wanted)):
            in_words = scope.get("path") in IN_WORDS
            await self.app(scope, receive, send_varying if in_words else send)


def app_options() -> dict[str, Any]:
    """What gradio passes on to the web framework below it."""
    return {"middleware": [Middleware(Language)], "exception_handlers": {503: unavailable}}


async def unavailable(request: Request, error: Exception) -> JSONResponse:
    """A full line in kind words.

    Gradio's page replaces every 503 by a sentence of its own, so browsers get another number.
    """
    status, detail = 503, str(getattr(error, "detail", ""))
    if isinstance(error, HTTPException) and detail.startswith(FULL):
        status, detail = 429 if "origin" in request.headers else 503, strings.BUSY
    return JSONResponse({"detail": detail}, status)
