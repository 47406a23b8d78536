"""What a process keeps in memory: a page that is visited for long, and a training."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import CoroutineType

import httpx
import pytest
from apart import run_apart
from fake_pipeline import FakePipeline
from gradio.state_holder import SessionState

from benchmarks.browser import Browser
from textvae.runtime.memory import gc_disabled
from textvae.web import page
from textvae.web.service import Service
from textvae.web.settings import QUIET, read_settings

# Prints how many arenas glibc has opened once ten threads have held memory at the same time.
ARENAS = """
import ctypes, sys, threading
from pathlib import Path
from textvae.runtime.memory import limit_malloc_arenas
if sys.argv[1] == "limited":
    limit_malloc_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
all_hold = threading.Barrier(10)
def hold():
    libc.malloc(100_000)
    all_hold.wait(30)
threads = [threading.Thread(target=hold) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
report = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(report))
libc.fclose(ctypes.c_void_p(report))
print(Path(sys.argv[2]).read_text().count("<heap nr="))
"""

# Prints how many of 50 megabytes are still this process's after they were freed.
FREED = """
import ctypes, os, sys
from textvae.runtime.memory import disable_malloc_trim
if sys.argv[1] == "kept":
    disable_malloc_trim()
libc, size = ctypes.CDLL(None), 50_000_000
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = resident()
piece = libc.malloc(size)
ctypes.memset(piece, 1, size)
libc.free(piece)
print((resident() - before) // 1_000_000)
"""

# Prints how many of 50 megabytes, in pieces beneath one that stays, are still this process's
# after they were freed.
BENEATH = """
import ctypes, os, sys
from textvae.runtime.memory import return_freed_memory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = resident()
pieces = [libc.malloc(50_000) for _ in range(1000)]
for piece in pieces:
    ctypes.memset(piece, 1, 50_000)
for piece in pieces[:-1]:
    libc.free(piece)
if sys.argv[1] == "returned":
    return_freed_memory()
print((resident() - before) // 1_000_000)
"""

# Prints how many of 200 megabytes of a tensor are still this process's after it was freed.
TENSOR = """
import os
from textvae.runtime.imports import import_tensorflow
from textvae.runtime.memory import let_tensorflow_free
let_tensorflow_free()
import_tensorflow()
import tensorflow as tf
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
tf.ones(2_000)
before = resident()
tensor = tf.ones(50_000_000)
del tensor
print((resident() - before) // 1_000_000)
"""


@pytest.fixture(scope="module")
def demo():
    """A page around fake models that remembers two visitors."""
    gc.collect()
    gc.freeze()  # a million objects of other tests, which each look below would go through
    with pytest.MonkeyPatch.context() as patch:
        for name in QUIET:
            patch.delenv(name)
        read_settings()
        patch.setattr(page, "SESSIONS", 2)
        demo = page.build_demo(Service(load=FakePipeline, shipped=["coco", "article"]))
        demo.launch(prevent_thread_lock=True, quiet=True, **page.launch_options())
    yield demo
    demo.close(verbose=False)


async def captions_of(browser, seed):
    browser.put("seed", seed)
    await browser.fire("generate-run", "click")
    return browser.result("generate-result")["captions"]


async def three_visits(url):
    """Three visitors, each of whom clicks twice, the first again when all have come."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        visitors = [Browser(client) for _ in range(3)]
        for visitor in visitors:
            await visitor.open()
        return [[await captions_of(visitor, seed) for visitor in visitors] for seed in (1, 2)]


def sessions():
    """How many visits' state is alive.

    By `type`, because some objects of other libraries warn when their class is asked for.
    """
    gc.collect()
    return sum(type(each) is SessionState for each in gc.get_objects())


def test_only_so_many_visitors_are_remembered_and_the_others_go_on(demo):
    before = sessions()
    first, second = run_apart(three_visits(demo.local_url))
    assert first == [first[0]] * 3
    assert second == [second[0]] * 3 != first
    assert sessions() - before <= 2


def test_a_visit_keeps_nothing_of_what_it_sent_and_was_sent(demo):
    with httpx.Client(base_url=demo.local_url, timeout=30) as http:
        swap, *_ = (
            each
            for each in http.get("/config").json()["dependencies"]
            if each["backend_fn"]
            and len(each["inputs"]) == len(each["outputs"]) == 2
            and not each["queue"]
        )
        values = {"data": ["a dog " * 5_000] * 2, "session_hash": "s"}
        answer = http.post("/gradio_api/run/predict", json={"fn_index": swap["id"], **values})
    assert answer.status_code == 200
    assert "a dog a dog" not in str(demo.state_holder.session_data["s"].config_values)


def test_no_statistics_of_events_are_kept(demo):
    before = demo._queue.events_recorded
    run_apart(three_visits(demo.local_url))
    assert demo._queue.events_recorded >= before + 9
    assert len(demo._queue.event_analytics) <= 1
    assert not demo._queue.cached_event_analytics_summary["functions"]


def number_of(script, root, *arguments, **environment):
    """The number that the script prints in a process of its own."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    env = {**os.environ, **environment}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=root, check=True, env=env
    )
    return int(done.stdout)


def test_threads_share_two_arenas(root, tmp_path):
    assert number_of(ARENAS, root, "default", tmp_path / "report") > 2
    assert number_of(ARENAS, root, "limited", tmp_path / "report") == 2


def test_freed_memory_is_kept_for_the_next_step(root):
    assert number_of(FREED, root, "default") < 10
    assert number_of(FREED, root, "kept") > 40


def test_freed_memory_is_returned_from_beneath_what_stays(root):
    assert number_of(BENEATH, root, "kept") > 40
    assert number_of(BENEATH, root, "returned") < 10


def test_a_page_does_not_keep_the_memory_of_tensors(root):
    # What is kept would be seen, as in the next test. Without oneDNN, which TensorFlow does not
    # use on older processors, nothing is kept anyway.
    onednn = {"TF_ENABLE_ONEDNN_OPTS": "1"}
    assert number_of(TENSOR, root, **onednn) < 50


def test_what_the_environment_sets_of_memory_stays(root, tmp_path):
    settings = {"MALLOC_ARENA_MAX": "4", "MALLOC_MMAP_MAX_": "7", "MALLOC_TRIM_THRESHOLD_": "9"}
    assert number_of(ARENAS, root, "limited", tmp_path / "report", **settings) == 4
    assert number_of(FREED, root, "kept", **settings) < 10
    given = {"TF_ONEDNN_USE_SYSTEM_ALLOCATOR": "false", "TF_ENABLE_ONEDNN_OPTS": "1"}
    assert number_of(TENSOR, root, **given) > 150


def test_the_garbage_collector_runs_again_afterwards_if_it_did_before():
    with pytest.raises(ValueError, match="within"), gc_disabled():
        raise ValueError("within")
    assert gc.isenabled()
    with gc_disabled():
        with gc_disabled():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def num_heartbeats():
    gc.collect()
    name = "queue_data_helper.<locals>.heartbeat"
    return sum(
        type(each) is CoroutineType and each.__qualname__.endswith(name)
        for each in gc.get_objects()
    )


def test_streams_of_one_visit_that_are_cut_leave_nothing(demo, monkeypatch):
    wait_for = asyncio.wait_for  # Gradio looks for a cut stream every ten seconds

    def wait_for_less(step, timeout):
        return wait_for(step, timeout and min(timeout, 0.5))

    monkeypatch.setattr(asyncio, "wait_for", wait_for_less)
    before, api = num_heartbeats(), "/gradio_api/queue"
    with httpx.Client(base_url=demo.local_url, timeout=30) as http:
        found = http.get("/config").json()["dependencies"]
        number = next(each["id"] for each in found if each["api_name"] == "generate")
        data = [1, 0.3, 1.0, 5, "", False, ""]
        body = {"fn_index": number, "data": data, "session_hash": "s"}
        with demo.service.models.locked_model("coco"):  # so that the event stays at work
            assert http.post(f"{api}/join", json=body).status_code == 200
            with ExitStack() as streams:
                for _ in range(5):
                    stream = http.stream("GET", f"{api}/data?session_hash=s")
                    assert streams.enter_context(stream).status_code == 200
            end = time.monotonic() + 20
            while num_heartbeats() > before:
                assert time.monotonic() < end
                time.sleep(0.2)


def test_calls_for_a_model_that_is_loading_hold_up_no_click():
    ready = threading.Event()

    def load(name):
        if name == "elephant":
            ready.wait(60)
        return FakePipeline(name)

    demo = page.build_demo(Service(load=load, shipped=["coco", "elephant"]))
    demo.launch(prevent_thread_lock=True, quiet=True, **page.launch_options())

    def ask(_):
        body = {"caption": "a dog", "model": "elephant"}
        url = f"{demo.local_url}gradio_api/call/v2/reconstruct"
        return httpx.post(url, json=body, timeout=90, verify=False).status_code

    with (
        httpx.Client(base_url=demo.local_url, timeout=5) as http,
        ThreadPoolExecutor(20) as pool,
    ):
        swap = next(
            each["id"]
            for each in http.get("/config").json()["dependencies"]
            if each["backend_fn"]
            and not each["queue"]
            and len(each["inputs"]) == len(each["outputs"]) == 2
        )
        asked = [pool.submit(ask, number) for number in range(20)]
        time.sleep(1)
        body = {"fn_index": swap, "data": ["a", "b"], "session_hash": "s"}
        try:
            assert http.post("/gradio_api/run/predict", json=body).status_code == 200
        finally:
            ready.set()
        assert {each.result() for each in asked} <= {200, 503}
    demo.close(verbose=False)
