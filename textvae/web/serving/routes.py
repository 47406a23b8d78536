"""The routes of the page; there are no others.

Gradio has routes that this page never uses: for uploads, files, proxies, recordings, logins and
edits of the source. Requests outside the table below get status 404 before they reach Gradio.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from textvae.web.i18n.language import strings
from textvae.web.serving.refusals import NOT_FOUND, WRONG_METHOD, Refused

API = "/gradio_api"
HEALTH, READY = "/healthz", "/readyz"
CARD, PICTURE = "/card.png", "/picture.svg"
READ, WRITE = ("GET", "HEAD"), ("POST",)

# By kind, the methods and the pattern of the whole path, without a trailing slash.
TABLE: Mapping[str, tuple[tuple[str, ...], str]] = {
    "page": (READ, ""),
    "health": (READ, f"{HEALTH}|{READY}"),
    "asset": (
        READ,
        # A longer name is a system error, which Gradio does not expect.
        r"/(config|theme\.css|favicon\.ico|robots\.txt|manifest\.json"
        r"|(static|assets|svelte)(/[A-Za-z0-9_.-]{1,99}){1,9}|[\w-]+\.woff2)"
        rf"|{API}/(info|openapi\.json|app_id|startup-events|theme\.css|queue/status|mcp/schema)",
    ),
    "picture": (READ, f"{CARD}|{PICTURE}"),
    "heartbeat": (("GET",), rf"{API}/heartbeat/(?P<session>[^/]+)"),
    "session": (("GET",), rf"{API}/queue/data"),
    "answer": (("GET",), rf"{API}/call/(v2/)?(?P<name>[^/]+)/(?P<event>[^/]+)"),
    "call_by_name": (WRITE, rf"{API}/call/v2/(?P<name>[^/]+)"),
    "call": (WRITE, rf"{API}/call/(?P<name>[^/]+)"),
    "run": (WRITE, rf"{API}/(run|api)/(?P<name>[^/]+)"),
    "join": (WRITE, rf"{API}/queue/join"),
    "panel": (WRITE, rf"{API}/component_server"),
    "cancel": (WRITE, rf"{API}/cancel"),
    "reset": (WRITE, rf"{API}/reset"),
    "agents": (WRITE, rf"{API}/mcp(/http)?"),
}
PATTERNS = {kind: (methods, re.compile(each)) for kind, (methods, each) in TABLE.items()}
ANSWERS = ("session", "answer")  # streams for fetching answers


class Route(NamedTuple):
    """The kind of a path, and its parts."""

    kind: str
    parts: Mapping[str, str]


def find(method: str, path: str) -> Route:
    """The route of a request.

    Raises:
        Refused: there is no such route, or not with this method.

    Example:
        >>> find("GET", "/healthz")
        Route(kind='health', parts={})
        >>> find("POST", "/gradio_api/call/v2/generate/").parts
        {'name': 'generate'}
        >>> find("POST", "/gradio_api/upload")
        Traceback (most recent call last):
        textvae.web.serving.refusals.Refused: There is no such address on this page.
    """
    methods: set[str] = set()
    bare = path[:-1] if path.endswith("/") else path
    for kind, (allowed, pattern) in PATTERNS.items():
        found = pattern.fullmatch(bare)
        if found and method in allowed:
            return Route(kind, found.groupdict())
        if found:
            methods.update(allowed)
    if methods:
        allowed_ones = ", ".join(sorted(methods))
        raise Refused(
            WRONG_METHOD,
            strings.NO_METHOD.format(methods=allowed_ones),
            {"Allow": allowed_ones},
        )
    raise Refused(NOT_FOUND, strings.NO_ADDRESS)


def for_gradio(route: Route, path: str) -> str:
    """Gradio's path for an address, without a redirect.

    Example:
        >>> for_gradio(Route("agents", {}), "/gradio_api/mcp/http")
        '/gradio_api/mcp/'
        >>> for_gradio(Route("join", {}), "/gradio_api/queue/join/")
        '/gradio_api/queue/join'
    """
    if route.kind == "agents":
        return f"{API}/mcp/"
    return path.rstrip("/") or "/"


def root_of(page: Any) -> str:
    """The path prefix of the page; empty without one.

    Example:
        >>> from types import SimpleNamespace
        >>> root_of(SimpleNamespace(root_path="https://example.org/captions/"))
        '/captions'
        >>> root_of(SimpleNamespace(root_path=""))
        ''
    """
    return urlsplit(page.root_path or "").path.rstrip("/")
