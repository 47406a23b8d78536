"""Link previews on other pages: title, description, and a picture drawn here.

Gradio's page names its own card, with a picture on another host. Here a link has a card of its
contents, at `card.png` with the same query; `picture.svg` is the whole result, for saving.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, TypeVar
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from textvae.errors import BadInput, Unavailable
from textvae.report.fonts import FAMILY, FONTS
from textvae.web import links
from textvae.web.events import log_failure
from textvae.web.i18n.language import ENGLISH, strings, use_language
from textvae.web.pictures.contents import (
    Content,
    content_of,
    name_of_page,
    writable,
)
from textvae.web.pictures.layout import CARD_SIZE, card, picture
from textvae.web.pictures.png import to_png
from textvae.web.pictures.svg import to_svg
from textvae.web.result_cache import ResultCache
from textvae.web.service import Service
from textvae.web.serving import gradio_queue
from textvae.web.serving.places import COME_AGAIN, Places
from textvae.web.serving.refusals import BUSY, WRONG_VALUE, Refused
from textvae.web.serving.routes import CARD, PICTURE, root_of
from textvae.web.zero_gpu import is_zero_gpu

FONT_FILES = {f"/{path.name}": path for path in FONTS.values()}
KEPT = 64  # cards, of about 100 kB each
MAX_WAITING = 8  # pictures; one more is rejected, since each may take the model's time
DAY = 86_400  # seconds
CARD_TAGS = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')

T = TypeVar("T")
log = logging.getLogger(__name__)


class Sharing:
    """Middleware: adds a card to the page, and serves pictures and their font."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._cards = ResultCache(KEPT)
        self._drawing = Places(1, MAX_WAITING)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one ASGI request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        path = scope["path"].removeprefix(root_of(request.app.get_blocks()))
        if path in FONT_FILES:
            kept = {"Cache-Control": f"public, max-age={30 * DAY}"}
            await FileResponse(FONT_FILES[path], headers=kept)(scope, receive, send)
        elif path == CARD:
            answer = await self._card(request)
            await answer(scope, receive, send)
        elif path == PICTURE:
            answer = await self._drawn(_picture_of, request)
            await answer(scope, receive, send)
        elif path in ("", "/") and scope["method"] == "GET":
            await self.app(scope, receive, _naming_card(request, send))
        else:
            await self.app(scope, receive, send)

    async def _card(self, request: Request) -> Response:
        key = tuple(sorted(links.parse(request.url.query).items()))
        found, is_lasting = self._cards.get(key), True
        if found is None:
            found, is_lasting = await self._drawn(_card_of, request)
            if is_lasting:
                self._cards.put(key, found)
        headers = {"Cache-Control": f"public, max-age={DAY}" if is_lasting else "no-store"}
        return Response(found, media_type="image/png", headers=headers)

    async def _drawn(
        self, draw: Callable[[Service, Mapping[str, str]], T], request: Request
    ) -> T:
        """The drawing of a link, unless others are already waiting for the model."""
        page = request.app.get_blocks()
        if gradio_queue.is_full(page):
            raise Refused(BUSY, strings.BUSY, COME_AGAIN)
        query = links.parse(request.url.query)
        async with self._drawing.take():
            return await to_thread.run_sync(draw, page.service, query)


def _card_of(service: Service, query: Mapping[str, str]) -> tuple[bytes, bool]:
    """The card of a link, or of the page if that is impossible; whether it is final."""
    is_lasting = True
    with use_language(ENGLISH):  # the font has its letters
        if not is_zero_gpu():  # else this process has no model
            for wanted in (query, {"tab": "about"}):
                try:
                    return to_png(card(writable(content_of(service, wanted)))), is_lasting
                except BadInput as error:
                    log.debug("no card of a link: %s", error)
                    is_lasting = is_lasting and not isinstance(error, Unavailable)
                except Exception:
                    log_failure()
                    is_lasting = False
        # There is not even a model, which may still come.
        return to_png(card(Content(service.models.default, name_of_page()))), is_zero_gpu()


def _picture_of(service: Service, query: Mapping[str, str]) -> Response:
    if is_zero_gpu():
        raise Refused(WRONG_VALUE, strings.NO_PICTURE)
    try:
        text = to_svg(picture(content_of(service, query)))
    except BadInput as error:
        raise Refused(WRONG_VALUE, str(error)) from error
    return Response(text, media_type="image/svg+xml")


def with_sharing(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options for Starlette, with this middleware last, behind the gate.

    Example:
        >>> from textvae.web.requests import app_options
        >>> [each.cls.__name__ for each in with_sharing(app_options())["middleware"]]
        ['Language', 'Gate', 'Sharing']
    """
    return {**options, "middleware": [*options["middleware"], Middleware(Sharing)]}


def font_faces() -> str:
    """The style element with the font of captions for the page.

    Example:
        >>> font_faces()
        '<style>@font-face{...font-weight:400;...}@font-face{...font-weight:700;...}</style>'
    """
    faces = "".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{700 if is_bold else 400};'
        f'font-display:swap;src:url("{path.name}") format("woff2")}}'
        for is_bold, path in FONTS.items()
    )
    return f"<style>{faces}</style>"


def title_of(query: Mapping[str, str]) -> str:
    """The contents of a link in one line, from only the link.

    Example:
        >>> title_of({"tab": "interpolate", "first": "a dog", "last": "a cat"})
        '“a dog” → “a cat” · textvae'
        >>> title_of({"tab": "sum", "start": "a", "minus": "b", "plus": "c"})
        'a − b + c · textvae'
        >>> title_of({})
        'textvae'
    """
    texts = {name: " ".join(text.split())[:120] for name, text in query.items()}
    shown = _TITLES.get(texts.get("tab", ""), _no_title)(texts)
    return f"{shown} · {strings.TITLE}" if shown else strings.TITLE


def _quoted(text: str) -> str:
    return strings.QUOTED.format(text=text) if text else ""


def _no_title(_: Mapping[str, str]) -> str:
    return ""


_TITLES: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "reconstruct": lambda q: _quoted(q.get("caption", "")),
    "map": lambda q: _quoted(q.get("pin", "")) or strings.MAP,
    "interpolate": lambda q: strings.ARROW.format(
        first=_quoted(q.get("first", "…")), last=_quoted(q.get("last", "…"))
    ),
    "grid": lambda _: strings.GRID,
    "sum": lambda q: f"{q.get('start', '…')} − {q.get('minus', '…')} + {q.get('plus', '…')}",
    "generate": lambda _: strings.GENERATE,
    "about": lambda _: strings.ABOUT,
}


def _naming_card(request: Request, send: Any) -> Any:
    """`send` with the card in the head of the page, whose length it changes."""
    start: Any = None
    parts: list[bytes] = []

    async def named(message: Any) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = b"".join(parts)
        headers = dict(start["headers"])
        if b"</head>" in body and headers.get(b"content-type", b"").startswith(b"text/html"):
            body = _with_card(body, request)
            headers[b"content-length"] = str(len(body)).encode()
            start["headers"] = list(headers.items())
        await send(start)
        await send({**message, "body": body})

    return named


def _with_card(body: bytes, request: Request) -> bytes:
    """The page with the tags of its own card in place of Gradio's."""
    head, end, rest = body.partition(b"</head>")
    start, opened, tail = CARD_TAGS.sub(b"", head).partition(b"<head>")
    title = "" if b"<title" in tail else f"<title>{escape(_title(request))}</title>"
    return start + opened + f"{title}{_tags(request)}".encode() + tail + end + rest


def _title(request: Request) -> str:
    return title_of(links.parse(request.url.query))


def _tags(request: Request) -> str:
    tail, title = request.url.query, _title(request)
    address = _address(request)
    card_at = f"{address or root_of(request.app.get_blocks())}{CARD}" + f"?{tail}" * bool(tail)
    og = {
        "type": "website",
        "site_name": strings.TITLE,
        "title": title,
        "description": strings.TAGLINE,
        "image": card_at,
        "image:width": str(CARD_SIZE[0]),
        "image:height": str(CARD_SIZE[1]),
        "image:alt": title,
    }
    if address:
        og["url"] = f"{address}/" + f"?{tail}" * bool(tail)
    twitter = {
        "card": "summary_large_image",
        "title": title,
        "description": strings.TAGLINE,
        "image": card_at,
    }
    lines = [f'<meta property="og:{name}" content="{escape(v)}">' for name, v in og.items()]
    lines += [
        f'<meta name="twitter:{name}" content="{escape(v)}">' for name, v in twitter.items()
    ]
    return "\n" + "\n".join(lines)


def _address(request: Request) -> str:
    """The page's own address, if configured: by a Space, or as a full root path.

    That of the request is not used, since anyone can forge it, and a cache may keep it.
    """
    if space := os.environ.get("SPACE_HOST", ""):
        return f"https://{space}"
    root = request.app.get_blocks().root_path or ""
    return str(root).rstrip("/") if urlsplit(root).scheme in ("http", "https") else ""
