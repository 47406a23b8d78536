"""`python tests/fake_app.py`: the page around fake models, started as app.py starts it.

Each answer of a model takes as many seconds as FAKE_SECONDS says.
"""

import os
import sys
import time

from fake_pipeline import FakePipeline

from textvae.web.settings import read_settings

settings = read_settings()

from textvae.cli.verbs import app  # noqa: E402
from textvae.web import server  # noqa: E402
from textvae.web.page import build_demo  # noqa: E402
from textvae.web.service import Service  # noqa: E402


class SlowPipeline(FakePipeline):
    def prior_codes(self, *arguments, **named):
        time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
        return super().prior_codes(*arguments, **named)


server.import_tensorflow = lambda device: None  # which fake models do not need
service = Service(load=SlowPipeline, shipped=["coco", "elephant", "article"])
sys.exit(server.serve(build_demo(service), service, settings, end=app.end))
