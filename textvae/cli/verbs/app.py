"""Start the page, to be opened in a browser."""

import argparse
import contextlib
import os
import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

from textvae.cli.arguments import DEVICES, WEIGHTS, Parser
from textvae.cli.status import DONE
from textvae.config import defaults
from textvae.errors import Unavailable
from textvae.runtime.memory import gc_disabled

if TYPE_CHECKING:
    from textvae.web.service import Service
    from textvae.web.settings import Settings

EXAMPLE = "{prog} --weights runs/lines --port 7861"
EPILOG = """\
settings from the environment, used for arguments that are not given:
  TEXTVAE_WEIGHTS       as --weights
  TEXTVAE_DEVICE        as --device
  TEXTVAE_REVISION      the branch, tag or commit of hf://owner/repo (default: the newest)
  GRADIO_SERVER_NAME    as --host
  GRADIO_SERVER_PORT    as --port (PORT as well)
  TEXTVAE_DRAIN         as --drain
  GRADIO_ROOT_PATH      as --url; also the path alone, such as /page
for containers, /healthz answers 200 while the page runs, and /readyz once it has a model"""


def add_arguments(parser: Parser) -> None:
    """The model to show first, and the address."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add(
        "--weights",
        metavar="W",
        help=f"the model shown first: {WEIGHTS} (default: {defaults.WEIGHTS})",
    )
    add(
        "--host",
        help="address to listen on (default: 127.0.0.1, only this machine; 0.0.0.0 for all)",
    )
    add("--device", metavar="D", help=f"where the models run: {DEVICES}")
    add("--port", type=int, help="(default: the first free port from 7860)")
    add(
        "--url",
        metavar="U",
        help="where visitors find the page, such as https://example.org/page, for the cards of"
        " links (default: not known, and in a Space its own address)",
    )
    add(
        "--drain",
        type=float,
        metavar="S",
        help="seconds to finish requests after SIGTERM or Ctrl-C (default: 10)",
    )


def run(arguments: argparse.Namespace) -> None:
    """Serve the page until interrupted."""
    arguments.interrupted = DONE  # also while the page starts
    if not find_spec("gradio"):
        raise Unavailable("the page needs gradio; install it: pip install 'textvae[app]'")
    from textvae.web.settings import read_settings

    settings = read_settings(
        *(arguments.weights, arguments.host, arguments.port, arguments.device),
        drain=arguments.drain,
        url=arguments.url,
    )
    demo, service = build(settings)
    from textvae.web.server import serve

    serve(demo, service, settings, end=end)


def end() -> NoReturn:
    """End at once: Python and TensorFlow can take seconds at exit, and wait for threads."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(DONE)


def build(settings: "Settings") -> "tuple[Any, Service]":
    """The page and its service, before any model and TensorFlow are loaded.

    Raises:
        BadInput: there are no such weights.

    Example:
        >>> from textvae.web.settings import Settings
        >>> build(Settings(weights="artcle", host="127.0.0.1", port=7860))
        Traceback (most recent call last):
        textvae.errors.BadInput: no weights “artcle”: neither a shipped model ...
    """
    from textvae.web.stubs import skip_stubs

    with gc_disabled():
        from textvae.web.models import load_warm
        from textvae.web.service import Service

        # Refuses weights that do not exist before Gradio is imported, which takes seconds.
        service = Service(settings.weights, load=partial(load_warm, device=settings.device))
        skip_stubs()
        from textvae.web.page import build_demo

        return build_demo(service), service
