"""Start the page, to be opened in a browser."""

import argparse
import dataclasses
from importlib.util import find_spec

from textvae.cli.arguments import WEIGHTS, Parser
from textvae.errors import Unavailable
from textvae.runtime.memory import gc_disabled

EXAMPLE = "{prog} --weights runs/lines --port 7861"
EPILOG = """\
settings from the environment, for what is not given as an argument:
  TEXTVAE_WEIGHTS       as --weights
  TEXTVAE_REVISION      of hf://owner/repo the branch, tag or commit (default: the newest)
  GRADIO_SERVER_NAME    as --host
  GRADIO_SERVER_PORT    as --port (PORT as well)"""
LIBRARIES = ("gradio", "plotly")  # of the extra `app`


def add_arguments(parser: Parser) -> None:
    """Which model is shown first, and the address."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("--weights", metavar="W", help=f"the model shown first: {WEIGHTS} (default: coco)")
    add(
        "--host",
        help="address to listen on (default: 127.0.0.1, this machine only; 0.0.0.0 for all)",
    )
    add("--port", type=int, help="(default: the first free one from 7860 on)")


def run(arguments: argparse.Namespace) -> None:
    """Serve the page until interrupted."""
    if missing := [name for name in LIBRARIES if not find_spec(name)]:
        raise Unavailable(
            f"the page needs {' and '.join(missing)}; install it: pip install 'textvae[app]'"
        )
    from textvae.web.settings import read_settings

    given = {
        name: value
        for name in ("weights", "host", "port")
        if (value := getattr(arguments, name)) is not None
    }
    # Before gradio and tensorflow are imported: they read the environment once.
    settings = dataclasses.replace(read_settings(), **given)
    with gc_disabled():
        from textvae.web.page import build_demo
        from textvae.web.server import open_service, serve

        service = open_service(settings)
        demo = build_demo(service)
    serve(demo, service, settings)
