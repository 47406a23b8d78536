"""What the page keeps of its visitors: as much after many as after a few."""

import gc
import os
import subprocess
import sys

import httpx
import pytest
from apart import run_apart
from fake_pipeline import FakePipeline
from gradio.state_holder import SessionState

from benchmarks.browser import Browser
from textvae.runtime.memory import gc_disabled
from textvae.web import page
from textvae.web.service import Service
from textvae.web.settings import QUIET

# Prints how many arenas glibc has opened once ten threads have held memory at the same time.
ARENAS = """
import ctypes, sys, threading
from pathlib import Path
from textvae.runtime.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
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

# Prints how many pages the system had to map anew while the same memory was used five times.
FAULTS = """
import ctypes, resource, sys
from textvae.runtime.memory import keep_freed
if sys.argv[1] == "kept":
    keep_freed()
libc, size = ctypes.CDLL(None), 50_000_000
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def use():
    piece = libc.malloc(size)
    ctypes.memset(piece, 1, size)
    libc.free(piece)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
use()
before = faults()
for _ in range(5):
    use()
print(faults() - before)
"""


# Prints how often Python looked for garbage while something large was imported.
COLLECTIONS = """
import gc, sys
from textvae.runtime.imports import import_tensorflow
starts = []
gc.callbacks.append(lambda phase, info: starts.append(phase) if phase == "start" else None)
if sys.argv[1] == "tensorflow":
    import_tensorflow()
elif sys.argv[1] == "app":
    from textvae.cli.verbs.app import build
    from textvae.web.settings import read_settings
    build(read_settings())
else:
    import tensorflow
assert gc.isenabled()
print(len(starts))
"""


@pytest.fixture
def demo(monkeypatch):
    """A page around fake models that remembers two visitors."""
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(page, "SESSIONS", 2)
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

    By `type`, which asks nothing of the objects: some of other libraries warn when looked at.
    """
    gc.collect()
    return sum(type(each) is SessionState for each in gc.get_objects())


def test_only_so_many_visitors_are_remembered_and_the_others_go_on(demo):
    before = sessions()
    first, second = run_apart(three_visits(demo.local_url))
    assert first == [first[0]] * 3
    assert second == [second[0]] * 3 != first
    assert sessions() - before <= 2


def test_no_statistics_of_events_are_kept(demo):
    run_apart(three_visits(demo.local_url))
    assert demo._queue.events_recorded >= 9
    assert len(demo._queue.event_analytics) <= 1
    assert not demo._queue.cached_event_analytics_summary["functions"]


def count(script, root, *arguments, **environment):
    """The number that a process of its own prints."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    env = {**os.environ, **environment}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=root, check=True, env=env
    )
    return int(done.stdout)


def test_threads_share_two_arenas(root, tmp_path):
    assert count(ARENAS, root, "alone", tmp_path / "report") > 2
    assert count(ARENAS, root, "shared", tmp_path / "report") == 2


def test_freed_memory_is_kept_and_used_again(root):
    given_back, kept = (count(FAULTS, root, how) for how in ("given back", "kept"))
    assert given_back > 100  # also where pages are huge
    assert kept < given_back / 5


def test_what_the_environment_says_of_memory_stays(root, tmp_path):
    asked = {"MALLOC_ARENA_MAX": "4", "MALLOC_MMAP_MAX_": "7", "MALLOC_TRIM_THRESHOLD_": "9"}
    assert count(ARENAS, root, "shared", tmp_path / "report", **asked) == 4
    assert count(FAULTS, root, "kept", **asked) > 100


def test_no_garbage_is_looked_for_within():
    starts = []
    gc.callbacks.append(lambda phase, info: starts.append(phase))
    try:
        with gc_disabled():
            kept = [[number] for number in range(100_000)]
            assert not starts
        kept += [[number] for number in range(100_000)]
        assert starts
    finally:
        gc.callbacks.pop()


def test_garbage_is_looked_for_again_afterwards_if_it_was_before():
    with pytest.raises(ValueError, match="within"), gc_disabled():
        raise ValueError("within")
    assert gc.isenabled()
    with gc_disabled():
        with gc_disabled():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("what", ["tensorflow", "app"])
def test_no_garbage_is_looked_for_while_something_large_is_imported(root, what):
    assert count(COLLECTIONS, root, "plainly") > 100
    assert count(COLLECTIONS, root, what) < 20  # before it begins, and once when it is over
