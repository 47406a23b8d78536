"""`python tests/fake_app.py [--many]`: the page around fake models, served as app.py does it.

Each answer of a model takes as many seconds as FAKE_SECONDS says. With `--many`, each line of
standard input starts one more page: an object of variables for its environment. Such a page is
a process of its own, forked from this one, which has imported everything and built the page;
with FAKE_BUILDS among its variables it builds one anew. Standard output has its process id
before what it says itself, and its status at the end.
"""

import gc
import json
import os
import sys
import time
from contextlib import suppress

from fake_pipeline import FakePipeline

from textvae.web.settings import read_settings
from textvae.web.stubs import skip_stubs

read_settings()  # before Gradio is imported
skip_stubs()

from textvae.cli.verbs import app  # noqa: E402
from textvae.web import server  # noqa: E402
from textvae.web.page import build_demo  # noqa: E402
from textvae.web.service import Service  # noqa: E402


class SlowPipeline(FakePipeline):
    def prior_codes(self, *arguments, **named):
        time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
        return super().prior_codes(*arguments, **named)


def build():
    service = Service(load=SlowPipeline, shipped=["coco", "elephant", "article"])
    return build_demo(service), service


def serve(demo, service):
    sys.exit(server.serve(demo, service, read_settings(), end=app.end))


def serve_each():
    FakePipeline("coco")  # whose map takes seconds to lay out
    page = build()  # takes seconds, too, and depends on no variable of a line
    gc.freeze()  # a collection would write to all that the pages share
    for line in sys.stdin:
        if os.fork():
            continue
        process = os.fork()  # the page; this process waits for its end
        if not process:
            os.environ.update(json.loads(line))
            print(os.getpid(), flush=True)
            serve(*(build() if "FAKE_BUILDS" in os.environ else page))
        _, status = os.waitpid(process, 0)
        print(f"ended with {os.waitstatus_to_exitcode(status)}", flush=True)
        os._exit(0)
    with suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)  # what Python does at its end would take seconds


if __name__ == "__main__":
    serve_each() if sys.argv[1:] == ["--many"] else serve(*build())
