"""The page around the models, in a browser; `app.py` starts it."""

from textvae.web.page import build_demo, launch_options
from textvae.web.server import open_service, serve
from textvae.web.service import Service

__all__ = ["Service", "build_demo", "launch_options", "open_service", "serve"]
