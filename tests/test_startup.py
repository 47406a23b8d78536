"""Until the first caption: nothing is done for nothing, and the page answers at once."""

import json
import subprocess
import sys
import threading
import urllib.request

import pytest
from fake_pipeline import FakePipeline

from textvae.web.i18n import english
from textvae.web.page import build_demo, launch_options
from textvae.web.service import Service

# Counts the parses of gradio's own sources while the page's modules are imported.
PARSES = """
import ast, json, sys
parse, counted = ast.parse, []
def counting(source, *arguments, **options):
    if sys._getframe(1).f_globals.get("__name__", "").startswith("gradio."):
        counted.append(len(source))
    return parse(source, *arguments, **options)
ast.parse = counting
before = len(sys.meta_path)
import {module}
import gradio
print(json.dumps([len(counted), len(sys.meta_path) - before, hasattr(gradio.Button, "click")]))
"""


def parses(module, root):
    program = PARSES.format(module=module)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_gradio_writes_no_stubs_when_the_page_imports_it(root):
    count, finders_left, has_events = parses("textvae.web.page", root)
    assert count == 0  # 162 of gradio 6.31 by itself
    assert finders_left == 0
    assert has_events


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
    loading = threading.Thread(target=slow.load, args=("coco",))
    loading.start()
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            assert page.status == 200
        with urllib.request.urlopen(f"{url}config", timeout=10) as config:
            shown = config.read().decode()
        assert english.LOADING in shown
        assert english.STATUS_LOADING.format(model="coco") in shown
        assert slow.facts("coco") is None  # and it still is
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
        slow.load("coco")
        slow.warm_up("coco", english.INTERPOLATE_EXAMPLES[0])

    threads = [threading.Thread(target=start)]
    threads += [threading.Thread(target=slow.generate, args=("coco", 7))]
    for thread in threads:
        thread.start()
    slow.arrive.set()
    for thread in threads:
        thread.join(20)
    assert asked[0] == 7
    assert len(asked) > 1
