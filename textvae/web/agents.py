"""The MCP server of the page, by which agents call the endpoints, and what it does otherwise.

Gradio 6.31 has no settings for what is replaced here.
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

    Answers are in JSON, where Gradio sends the `str` of a result, which for a dictionary is
    Python's notation. A call holds none of the page's threads, and what an agent asked for that
    has left is not computed. No value of a call is taken for a file. The page has neither
    prompts nor resources.
    """
    server = getattr(page, "mcp_server_obj", None)
    if not server:
        return False
    _answer_in_json(server)
    _hold_no_threads(server)
    _check_values(server)
    types = import_module("mcp.types")
    for request in (types.GetPromptRequest, types.ReadResourceRequest):
        # Asked for a prompt that there is not, Gradio calls a tool.
        server.mcp_server.request_handlers.pop(request, None)
    return True


def _answer_in_json(server: Any) -> None:
    postprocess = server.postprocess_output_data
    server.postprocess_output_data = lambda data, root_url: postprocess(
        [json.dumps(each) for each in data], root_url
    )


def _hold_no_threads(server: Any) -> None:
    """Each call would hold a thread until the page, which needs more of them, has answered it.

    Many at once would wait for one another for ever, also after their agents have left.
    """
    with_progress = server._execute_tool_with_progress

    async def finished(job: Any) -> list[Any]:
        return [await asyncio.wrap_future(job.future)]

    async def followed(job: Any, token: Any) -> list[Any]:
        try:
            return list(await with_progress(job, token))
        finally:
            job.future.cancel()  # of an agent that has left, unless a thread has begun with it

    server._execute_tool_without_progress = finished
    server._execute_tool_with_progress = followed
    # With which it makes a client of the page, once.
    own_thread = partial(to_thread.run_sync, limiter=CapacityLimiter(1))
    vars(import_module("gradio.mcp"))["run_sync"] = own_thread


def _check_values(server: Any) -> None:
    """Have the endpoints check values, as they do for everybody, and not a schema.

    That is done in the event loop, and holds up all visitors for seconds where there are many.
    Objects are refused before: Gradio's client would send the file that one names.
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
