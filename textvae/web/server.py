"""Starting the page from a shell: settings from the environment, one clear line when bad."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NoReturn

from textvae.errors import BadInput
from textvae.web import strings as say
from textvae.web.page import launch_options
from textvae.web.service import Service

SETTINGS = """settings, from the environment:
  TEXTVAE_WEIGHTS       the model shown first: a name under weights/, or a folder
  GRADIO_SERVER_NAME    the address to listen on (127.0.0.1; 0.0.0.0 for every one)
  GRADIO_SERVER_PORT    the port (PORT does as well; 7860)
"""


def open_service() -> Service:
    """The service that the environment asks for; ends the process if it cannot be had."""
    try:
        return Service(os.environ.get("TEXTVAE_WEIGHTS") or None)
    except BadInput as error:
        _stop(error)


def serve(demo: Any, service: Service) -> None:
    """Answer at once, then load the first model while the page says so; until interrupted."""
    argparse.ArgumentParser(
        description="The textvae page, in a browser.",
        epilog=SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    try:
        print(say.ADDRESS.format(url=_launch(demo)), flush=True)
        service.load(service.default)
        demo.block_thread()
    except BadInput as error:
        _stop(error)
    except KeyboardInterrupt:
        demo.close()


def _launch(demo: Any) -> str:
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = _port()
    try:
        _, url, _ = demo.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            **launch_options(),
        )
    except OSError as error:
        reason = str(error).partition("\n")[0]
        raise BadInput(say.TAKEN_PORT.format(port=port, host=host, reason=reason)) from error
    return str(url)


def _port() -> int | None:
    """The port asked for; None lets Gradio take the first free one from 7860 on."""
    for name in ("GRADIO_SERVER_PORT", "PORT"):
        value = os.environ.get(name)
        if value:
            if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
                raise BadInput(say.BAD_PORT.format(name=name, value=value))
            return int(value)
    return None


def _stop(error: BadInput) -> NoReturn:
    print(f"textvae: {error}", file=sys.stderr, flush=True)
    raise SystemExit(2)
