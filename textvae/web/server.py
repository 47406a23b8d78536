"""Serving the page."""

from __future__ import annotations

import gc
import io
import socket
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from typing import Any

from textvae.checks import first_line
from textvae.errors import BadInput
from textvae.runtime.memory import (
    gc_disabled,
    let_tensorflow_free,
    limit_malloc_arenas,
    return_freed_memory,
)
from textvae.web import agents, examples, links
from textvae.web.grid import fill_grid
from textvae.web.i18n import english
from textvae.web.page import launch_options
from textvae.web.service import PAUSE, Service
from textvae.web.serving.connections import Connection
from textvae.web.serving.draining import Ending
from textvae.web.serving.library_logs import keep_terse
from textvae.web.settings import Settings
from textvae.web.zero_gpu import is_zero_gpu

TRIMMING = 15.0  # seconds after which freed memory is returned to the system


def serve(
    demo: Any, service: Service, settings: Settings, end: Callable[[], None] | None = None
) -> None:
    """Serve the page until a signal ends it; the first model loads in the background.

    After the first SIGTERM or Ctrl-C, requests in progress have `settings.drain` seconds.

    Args:
        demo: the page, not yet launched.
        service: for the answers.
        settings: of the server.
        end: ends the process from any thread, even if the main thread is busy; by default this
            function returns in the end.

    Raises:
        BadInput: the port is taken, or the model cannot be loaded.
    """
    limit_malloc_arenas()  # before any thread starts
    let_tensorflow_free()
    ending = Ending(demo, settings.drain, _report, end)
    with ending.on_signals():
        with gc_disabled():
            url = _launch(demo, settings)
            print(english.ADDRESS.format(url=url), flush=True)
            if agents.prepare_mcp(demo):
                print(english.MCP_SERVER.format(url=url), flush=True)
            if not is_zero_gpu():  # else the forked processes load it
                service.models.load(service.models.default)
            gc.freeze()  # all current objects stay, so collections can skip them
        if not is_zero_gpu():
            warm_up(service)
        while not ending.wait(TRIMMING):
            return_freed_memory()


def warm_up(service: Service) -> None:
    """Run the first visitor's requests once on the default model, to shorten the wait.

    All tabs are filled when the page is opened; the grid takes longest.
    """
    default = service.models.default
    own = service.models.own_lines(default)[:2]
    service.warm_up(default, own if len(own) == 2 else examples.PAIRS[0])
    shown = links.read({}, [default], service.models.own_lines)
    time.sleep(PAUSE)
    with suppress(BadInput):  # it may not know these words
        fill_grid(service, default, *(shown[name] for name in links.PARAMETERS["grid"]))


def _launch(demo: Any, settings: Settings) -> str:
    _check_address(settings)
    where = {
        "server_name": settings.host,
        "server_port": settings.port,
        "root_path": settings.url,
    }
    options = {**where, "prevent_thread_lock": True, "quiet": True, **launch_options()}
    try:
        with redirect_stdout(io.StringIO()):  # `quiet` does not cover Gradio's MCP server
            _, url, _ = demo.launch(**options)
    except OSError as error:
        raise _cannot_listen(settings, error) from error
    demo.server.config.http_protocol_class = Connection  # of connections from now on
    keep_terse()
    return str(url)


def _check_address(settings: Settings) -> None:
    """Raise `BadInput` unless a socket can listen there.

    Gradio would try a hundred ports for five seconds each, without giving the reason.
    """
    host = settings.host.strip("[]")
    try:
        found = socket.getaddrinfo(host, settings.port or 0, type=socket.SOCK_STREAM)
        family, *_, address = min(found)  # IPv4 if there are both
        socket.create_server(address[:2], family=family).close()
    except (OSError, UnicodeError) as error:
        raise _cannot_listen(settings, error) from error


def _cannot_listen(settings: Settings, error: Exception) -> BadInput:
    said = getattr(error, "strerror", None) or first_line(error)
    reason, port = said.partition(" (while ")[0], settings.port or "7860 to 7959"
    return BadInput(english.TAKEN_PORT.format(port=port, host=settings.host, reason=reason))


def _report(message: str) -> None:
    with suppress(OSError):  # its reader may be gone, like `tee` at Ctrl-C
        print(f"textvae: {message}", file=sys.stderr, flush=True)
