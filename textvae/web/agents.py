"""The page's MCP server, through which agents call the endpoints, and its changes.

Gradio 6.31 has no settings for the behaviour replaced here.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from anyio import CapacityLimiter, to_thread

from textvae.errors import BadInput
from textvae.web.i18n.language import strings
from textvae.web.serving.bodies import has_object
from textvae.web.validation import quoted


def can_serve_mcp() -> bool:
    """Whether the package `mcp` is installed, which Gradio needs for its MCP server."""
    return find_spec("mcp") is not None


def prepare_mcp(page: Any) -> bool:
    """Prepare the MCP server of a launched page for agents; returns whether it has one.

    Answers are JSON, whereas Gradio sends the `str` of a result, which for a dictionary is
    Python's notation. A call holds none of the page's threads, and requests of agents that have
    left are not computed. No value of a call is treated as a file. The page has neither prompts
    nor resources.
    """
    server = getattr(page, "mcp_server_obj", None)
    if not server:
        return False
    _answer_in_json(server)
    _hold_no_threads(server)
    _check_values(server)
    types = import_module("mcp.types")
    for request in (types.GetPromptRequest, types.ReadResourceRequest):
        # If asked for an unknown prompt, Gradio calls a tool.
        server.mcp_server.request_handlers.pop(request, None)
    return True


def _answer_in_json(server: Any) -> None:
    postprocess = server.postprocess_output_data
    server.postprocess_output_data = lambda data, root_url: postprocess(
        [json.dumps(each) for each in data], root_url
    )


def _hold_no_threads(server: Any) -> None:
    """Keep calls from each holding a thread until the page, which needs threads, has answered.

    Many at once would wait for each other forever, even after their agents have left.
    """
    with_progress = server._execute_tool_with_progress

    async def finished(job: Any) -> list[Any]:
        return [await asyncio.wrap_future(job.future)]

    async def followed(job: Any, token: Any) -> list[Any]:
        try:
            return list(await with_progress(job, token))
        finally:
            job.future.cancel()  # of an agent that has left, unless a thread has started it

    server._execute_tool_without_progress = finished
    server._execute_tool_with_progress = followed
    # With which it creates a client of the page, once.
    own_thread = partial(to_thread.run_sync, limiter=CapacityLimiter(1))
    vars(import_module("gradio.mcp"))["run_sync"] = own_thread


def _check_values(server: Any) -> None:
    """Make the endpoints check values, as for all callers, instead of a schema.

    A schema is checked in the event loop, and delays all visitors for seconds if there are many
    values. Objects are rejected before: Gradio's client would send the file that one names.
    """
    prepare = server._prepare_tool_call_args

    async def no_schema(name: str) -> None:
        pass

    def prepared(name: str, arguments: dict[str, Any]) -> Any:
        for argument, value in arguments.items():
            if has_object(value):
                raise BadInput(strings.NO_OBJECT.format(argument=quoted(argument)))
        return prepare(name, arguments)

    server.mcp_server._get_cached_tool_definition = no_schema
    server._prepare_tool_call_args = prepared
