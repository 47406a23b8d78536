"""`python tests/fake_app.py`: the page around fake models, started as app.py starts it."""

from fake_pipeline import FakePipeline

from textvae.web.settings import read_settings

settings = read_settings()

from textvae.web.page import build_demo  # noqa: E402
from textvae.web.server import serve  # noqa: E402
from textvae.web.service import Service  # noqa: E402

service = Service(load=FakePipeline, shipped=["coco", "elephant", "article"])
serve(build_demo(service), service, settings)
