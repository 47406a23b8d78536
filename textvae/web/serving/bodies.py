"""Validation of request bodies for each kind of address, and their form for Gradio."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from textvae.errors import BadInput
from textvae.web.i18n.language import strings
from textvae.web.serving import gradio_queue
from textvae.web.serving.refusals import (
    NOT_FOUND,
    TOO_LARGE,
    TOO_MANY,
    WRONG_VALUE,
    Refused,
)
from textvae.web.serving.routes import Route
from textvae.web.validation import quoted

MAX_EVENT = 100_000  # bytes; an event of the page with every box full of emoji has 62,000
LONGEST_NAME = 64  # characters of the name of a session, an event, or an agent's method
NAME = re.compile(rf"[\w-]{{1,{LONGEST_NAME}}}", re.ASCII)  # as created by clients


def rewritten(route: Route, value: Any, page: Any) -> Any:
    """The body for Gradio: checked, complete, and without unexpected parts.

    Raises:
        Refused: the value is invalid for this kind of address, or it is for a session that does
            not fetch its answers.

    Example:
        >>> from types import SimpleNamespace
        >>> page = SimpleNamespace(_queue=SimpleNamespace(pending_messages_per_session={}))
        >>> rewritten(Route("reset", {}), {"event_id": "4f2a", "fn_index": 3}, page)
        {'event_id': '4f2a'}
        >>> rewritten(Route("join", {}), ["a dog"], page)
        Traceback (most recent call last):
        textvae.web.serving.refusals.Refused: The body must be a JSON object.
    """
    if not isinstance(value, dict):
        raise Refused(WRONG_VALUE, strings.NOT_AN_OBJECT)
    try:
        found = BODIES[route.kind](value, route.parts, page)
    except BadInput as error:
        raise Refused(WRONG_VALUE, str(error)) from error
    if gradio_queue.is_behind(page, found.get("session_hash")):
        raise Refused(TOO_MANY, strings.UNFETCHED)
    return found


def is_direct(route: Route, body: Mapping[str, Any], page: Any) -> bool:
    """Whether it bypasses the queue, and holds a thread while a model is busy.

    Example:
        >>> from types import SimpleNamespace
        >>> page = SimpleNamespace(fns={4: SimpleNamespace(queue=False)})
        >>> is_direct(Route("run", {"name": "generate"}), {"data": [5]}, page)
        True
        >>> is_direct(Route("run", {"name": "predict"}), {"fn_index": 4}, page)
        False
    """
    if route.kind != "run":
        return route.kind == "panel"
    event = page.fns.get(body.get("fn_index"))  # None for an endpoint, which has a name
    return event is None or bool(event.queue)


def has_object(value: Any) -> bool:
    """Whether it contains an object, which no control or endpoint accepts.

    Example:
        >>> has_object(["a dog", [{"path": "/etc/passwd"}]]), has_object(["a dog", [0.5]])
        (True, False)
    """
    if isinstance(value, list):
        return any(map(has_object, value))
    return isinstance(value, dict)


def session_name(value: Any) -> str:
    """The name of a session or an event.

    Raises:
        Refused: it is not a valid name, such as one of a megabyte.

    Example:
        >>> session_name("w3hk0c5d1q")
        'w3hk0c5d1q'
        >>> session_name("../w3hk0c5d1q")
        Traceback (most recent call last):
        textvae.web.serving.refusals.Refused: The name of a session or an event has 1 to 64 ...
    """
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise Refused(WRONG_VALUE, strings.NOT_A_SESSION)


def _call(body: Mapping[str, Any], parts: Mapping[str, str], page: Any) -> dict[str, Any]:
    """A call of an endpoint with its arguments in a list; the last ones may be omitted."""
    given = body.get("data")
    if not isinstance(given, list):
        raise Refused(WRONG_VALUE, strings.NO_DATA)
    arguments = _arguments(parts["name"], given, page)
    return {"data": list(arguments.values()), **_session(body)}


def _call_by_name(
    body: Mapping[str, Any], parts: Mapping[str, str], page: Any
) -> dict[str, Any]:
    """A call of an endpoint with its arguments by name."""
    return _arguments(parts["name"], body, page)


def _arguments(name: str, given: Any, page: Any) -> dict[str, Any]:
    endpoint = page.endpoints.get(name)
    if endpoint is None:
        names = ", ".join(page.endpoints)
        raise Refused(NOT_FOUND, strings.NO_ENDPOINT.format(name=quoted(name), names=names))
    arguments: dict[str, Any] = endpoint.arguments(given)
    endpoint.check(**arguments)
    return arguments


def _run(body: Mapping[str, Any], parts: Mapping[str, str], page: Any) -> dict[str, Any]:
    """An event of the page, identified by its number; or a call of an endpoint."""
    return _call(body, parts, page) if body.get("fn_index") is None else _event(body, page)


def _join(body: Mapping[str, Any], _: Mapping[str, str], page: Any) -> dict[str, Any]:
    """An event of the page for the queue."""
    session_name(body.get("session_hash"))
    return _event(body, page)


def _event(body: Mapping[str, Any], page: Any) -> dict[str, Any]:
    number, data, trigger = (body.get(name) for name in ("fn_index", "data", "trigger_id"))
    event = page.fns.get(number) if type(number) is int else None
    if event is None or event.fn is None:
        raise Refused(NOT_FOUND, strings.NO_EVENT.format(number=quoted(number)))
    if not isinstance(data, list) or len(data) != len(event.inputs):
        raise Refused(WRONG_VALUE, strings.WRONG_COUNT.format(count=len(event.inputs)))
    if trigger is not None and type(trigger) is not int:
        raise Refused(NOT_FOUND, strings.NO_CONTROL.format(number=quoted(trigger)))
    given = {"data": data, "event_data": body.get("event_data")}
    is_private = event.api_visibility == "private"
    if is_private and len(json.dumps(given)) > MAX_EVENT:
        raise Refused(TOO_LARGE, strings.TOO_LARGE.format(limit=MAX_EVENT))
    return {"fn_index": number, "trigger_id": trigger, **given, **_session(body)}


def _panel(body: Mapping[str, Any], _: Mapping[str, str], page: Any) -> dict[str, Any]:
    """A request of a panel's script."""
    number, name = body.get("component_id"), body.get("fn_name")
    block = page.blocks.get(number) if type(number) is int else None
    function = getattr(block, name, None) if isinstance(name, str) else None
    if not getattr(function, "_is_server_fn", False):
        raise Refused(NOT_FOUND, strings.NO_CONTROL.format(number=quoted(number)))
    session = session_name(body.get("session_hash"))
    asked = {"component_id": number, "fn_name": name, "data": body.get("data")}
    return {**asked, "session_hash": session}


def _cancel(body: Mapping[str, Any], _: Mapping[str, str], page: Any) -> dict[str, Any]:
    """A visitor's cancellation of a request."""
    number = body.get("fn_index")
    if type(number) is not int or number not in page.fns:
        raise Refused(NOT_FOUND, strings.NO_EVENT.format(number=quoted(number)))
    session, event = (session_name(body.get(name)) for name in ("session_hash", "event_id"))
    # The number of no event: Gradio would free the place of one whose thread continues.
    return {"session_hash": session, "fn_index": -1, "event_id": event}


def _reset(body: Mapping[str, Any], _: Mapping[str, str], __: Any) -> dict[str, Any]:
    """The same from older clients; Gradio answers it without effect."""
    return {"event_id": session_name(body.get("event_id"))}


def _agents(body: Mapping[str, Any], _: Mapping[str, str], __: Any) -> dict[str, Any]:
    """A JSON-RPC message; the MCP server checks its method and parameters."""
    method, number, params = (body.get(name) for name in ("method", "id", "params"))
    is_message = (
        body.get("jsonrpc") == "2.0"
        and _is_short(method)
        and (number is None or type(number) is int or _is_short(number))
        and isinstance(params, dict | None)
    )
    if not is_message:
        raise Refused(WRONG_VALUE, strings.NOT_A_MESSAGE)
    if method == "tools/call":
        named = params or {}
        if not isinstance(named.get("name"), str) or not isinstance(
            named.get("arguments", {}), dict
        ):
            raise Refused(WRONG_VALUE, strings.NOT_A_TOOL)
    return dict(body)


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME


def _session(body: Mapping[str, Any]) -> dict[str, str]:
    found = body.get("session_hash")
    return {} if found is None else {"session_hash": session_name(found)}


BODIES: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, str], Any], dict[str, Any]]] = {
    "call": _call,
    "call_by_name": _call_by_name,
    "run": _run,
    "join": _join,
    "panel": _panel,
    "cancel": _cancel,
    "reset": _reset,
    "agents": _agents,
}
