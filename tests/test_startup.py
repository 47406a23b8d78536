"""Until the first caption: nothing is done in vain, and the page answers at once.

Its functions are marked for ZeroGPU.
"""

import json
import os
import subprocess
import sys
import threading
import urllib.request

import pytest
from fake_pipeline import FakePipeline
from test_zero_gpu import environment

from textvae.errors import BadInput
from textvae.web import page
from textvae.web.examples import PAIRS
from textvae.web.i18n import english
from textvae.web.models import WEIGHT_FILES
from textvae.web.page import build_demo, launch_options
from textvae.web.service import Service

# Counts the parses of Gradio's own sources while it is imported, which are for its stubs.
PARSES = """
import ast, json, sys
parse, counted = ast.parse, []
def counting(source, *arguments, **options):
    if sys._getframe(1).f_globals.get("__name__", "").startswith("gradio."):
        counted.append(len(source))
    return parse(source, *arguments, **options)
ast.parse = counting
before = list(sys.meta_path)
{statements}
import gradio
found = len(counted), sys.meta_path == before, hasattr(gradio.Button, "click")
print(json.dumps([*found, "tensorflow" in sys.modules, globals().get("pages")]))
"""
# Builds the page, and then that of a Space with ZeroGPU: which functions of each are marked.
PAGE = """
import os
import textvae.cli.verbs.app as app, textvae.web.settings as settings
def built():
    demo, service = app.build(settings.read_settings(sys.argv[1]))
    assert not service.models._pipelines
    queues = {"model": [], "fill": [], "others": []}
    for function in demo.fns.values():
        queue = function.concurrency_id if function.concurrency_id in queues else "others"
        queues[queue].append(hasattr(function.fn, "zerogpu"))
    return queues
pages = [built()]
os.environ["SPACES_ZERO_GPU"] = "true"
pages.append(built())
"""


def after(statements, root, *arguments, **variables):
    command = [sys.executable, "-c", PARSES.format(statements=statements), *arguments]
    options = {"capture_output": True, "text": True, "env": {**os.environ, **variables}}
    done = subprocess.run(command, cwd=root, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def built(root, tmp_path_factory):
    """What a process says that builds pages, with the package of ZeroGPU and no model."""
    weights, packages = (tmp_path_factory.mktemp(name) for name in ("weights", "packages"))
    for name in WEIGHT_FILES:
        (weights / name).touch()
    path = f"{packages}:{root}"
    variables = environment(packages, SPACES_ZERO_GPU="", PYTHONPATH=path)
    return after(PAGE, root, str(weights), **variables)


def test_the_page_is_built_without_a_model_stubs_of_gradio_and_tensorflow(built):
    assert built[:-1] == [0, True, True, False]


def test_only_functions_that_ask_a_model_are_marked_for_zero_gpu(built):
    usual, marked = built[-1]
    assert len(marked["model"]) > 5
    assert all(marked["model"])
    assert marked["fill"]
    assert all(marked["fill"])
    assert not any(marked["others"])
    assert len(usual["model"]) == len(marked["model"])
    assert not any(usual["model"])  # the package alone is no Space


def test_importing_the_package_of_the_page_changes_nothing_in_gradio(root):
    num_parses, finders_unchanged, *_ = after("import textvae.web.service", root)
    assert num_parses > 100  # 162 of gradio 6.31
    assert finders_unchanged


@pytest.fixture
def slow():
    """A service whose model is not there before `arrive` is set."""
    arrive, made = threading.Event(), FakePipeline("coco")

    def load(name):
        assert arrive.wait(30)
        return made

    service = Service(load=load, shipped=["coco"])
    service.arrive, service.made = arrive, made
    yield service
    arrive.set()


def test_the_page_answers_while_the_model_is_loading(slow):
    demo = build_demo(slow)
    options = {"prevent_thread_lock": True, "quiet": True, **launch_options()}
    _, url, _ = demo.launch(server_name="127.0.0.1", **options)
    loading = threading.Thread(target=slow.models.load, args=("coco",))
    loading.start()
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            assert page.status == 200
        with urllib.request.urlopen(f"{url}config", timeout=10) as config:
            shown = config.read().decode()
        assert english.LOADING in shown
        assert english.STATUS_LOADING.format(model="Photo captions") in shown
        assert slow.models.facts("coco") is None  # and it still is
    finally:
        slow.arrive.set()
        loading.join(10)
        demo.close(verbose=False)


def test_a_visitor_who_waits_comes_before_the_warm_up(slow, monkeypatch):
    asked, decode = [], slow.made.prior_codes

    def spy(count, *arguments):
        asked.append(count)
        return decode(count, *arguments)

    monkeypatch.setattr(slow.made, "prior_codes", spy)

    def start():
        slow.models.load("coco")
        slow.warm_up("coco", PAIRS[0])

    threads = [threading.Thread(target=start)]
    threads += [threading.Thread(target=slow.generate, args=("coco", 7))]
    for thread in threads:
        thread.start()
    slow.arrive.set()
    for thread in threads:
        thread.join(20)
    assert asked[0] == 7
    assert len(asked) > 1


def test_weights_that_cannot_be_loaded_are_logged_once(caplog):
    def load(name):
        raise BadInput("config.json is damaged")

    service = Service(load=load, shipped=["coco"])
    for _ in range(3):
        assert page._loaded(service, "coco")[1] == "config.json is damaged"
    [record] = caplog.records
    assert not record.exc_info
