"""Starting the page."""

import contextlib
import gc
import socket
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from fake_pipeline import FakePipeline
from verbs import free_port

from textvae.errors import BadInput
from textvae.web import server
from textvae.web.page import build_demo
from textvae.web.service import Service
from textvae.web.serving import connections
from textvae.web.settings import Settings


@pytest.fixture(autouse=True)
def ends_at_once(monkeypatch):
    """As if a signal came in the second minute; test_draining.py has real ones."""

    class Ending:
        def __init__(self, demo, *_):
            self.steps = demo.steps

        def wait(self, seconds):
            self.steps.append(f"wait {seconds:g} s")
            return self.steps.count(f"wait {seconds:g} s") == 2

        def on_signals(self):
            return contextlib.nullcontext()

    monkeypatch.setattr(server, "Ending", Ending)
    monkeypatch.setattr(server, "let_tensorflow_free", lambda: None)  # is for this process
    monkeypatch.setattr(gc, "freeze", lambda: None)  # conftest has frozen what is to stay


def started(load, monkeypatch=None):
    steps = []
    if monkeypatch:
        monkeypatch.setattr(server, "return_freed_memory", lambda: steps.append("memory"))
    demo = SimpleNamespace(
        launch=lambda **options: steps.append("page") or (None, "http://here/", None),
        server=SimpleNamespace(config=SimpleNamespace()),
        steps=steps,
    )
    service = Service(load=lambda name: steps.append("model") or load(name), shipped=["coco"])
    server.serve(demo, service, Settings(None, "127.0.0.1", None))
    return steps


def test_no_garbage_is_looked_for_until_the_model_is_loaded(monkeypatch):
    seen = []
    monkeypatch.setattr(gc, "freeze", lambda: seen.append("frozen"))
    started(lambda name: seen.append(gc.isenabled()) or FakePipeline(name))
    assert seen == [False, "frozen"]
    assert gc.isenabled()


def test_the_page_answers_before_the_model_is_loaded_and_returns_freed_memory(
    monkeypatch, capsys
):
    steps = ["page", "model", "wait 15 s", "memory", "wait 15 s"]
    assert started(FakePipeline, monkeypatch) == steps
    assert capsys.readouterr().out == "textvae is running at http://here/\n"


def test_weights_that_cannot_be_loaded_end_the_page():
    def truncated(name):
        raise BadInput("model.safetensors is truncated")

    with pytest.raises(BadInput, match="model.safetensors is truncated"):
        started(truncated)


def test_a_host_that_this_machine_does_not_have_is_refused_at_once():
    demo = SimpleNamespace(launch=lambda **_: pytest.fail("Gradio would try for minutes"))
    refused = "cannot listen on port 7861 of 192.0.2.1: [A-Z][a-z ]+; give another --host"
    with pytest.raises(BadInput, match=refused):
        server._launch(demo, Settings(None, "192.0.2.1", 7861))


def test_the_end_goes_on_where_nobody_reads_what_is_said_of_it(monkeypatch):
    def broken(text):
        raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", SimpleNamespace(write=broken, flush=lambda: None))
    server._report("ending")


def test_idle_connections_to_the_page_end(service, monkeypatch):
    monkeypatch.setattr(connections, "IDLE", 0.4)
    monkeypatch.setattr(server, "keep_terse", lambda: None)  # a handler that would stay
    demo = build_demo(service)
    url = urlsplit(server._launch(demo, Settings(None, "127.0.0.1", free_port())))
    try:
        with socket.create_connection((url.hostname, url.port), timeout=4) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
            assert idle.recv(1) == b""
    finally:
        demo.close(verbose=False)
