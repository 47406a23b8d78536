"""The load script, on the page around fake models: it must see right answers as right."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from apart import run_apart
from fake_pipeline import FakePipeline

from benchmarks import visitors
from benchmarks.asked_alone import Alone, wrong_answers
from benchmarks.browser import Lost
from benchmarks.page_process import first_visit
from benchmarks.trends import trend
from benchmarks.visitor import Log, Visitor
from benchmarks.yardstick import Pace, Yardstick
from textvae.web.examples import SEED
from textvae.web.service import Service


@pytest.fixture(scope="module")
def log(page_url):
    run_apart(first_visit(page_url))
    arguments = SimpleNamespace(visitors=6, minutes=0.1, seed=3)
    return run_apart(visitors.visits(page_url, os.getpid(), arguments, Pace(0.3)))


@pytest.fixture
def alone():
    def load(name):
        return FakePipeline(name, has_prior=name != "article")

    return Alone(Service(load=load, shipped=["coco", "elephant", "article"]))


def test_visitors_click_on_every_tab_and_nothing_fails(log):
    assert not log.errors
    assert log.num_full == 0
    assert {"open", "generate", "reconstruct"} <= set(log.seconds)
    assert {request[0] for request, _ in log.answers} >= {"generate", "reconstruct"}
    assert all(second > 0 for seconds in log.seconds.values() for second in seconds)


def test_a_mixed_up_answer_is_noticed(log, alone):
    num_requests, wrong = wrong_answers(log, alone)
    assert wrong == []
    assert 1 < num_requests <= len(log.answers)
    position = next(i for i, (request, _) in enumerate(log.answers) if request[0] == "generate")
    request, answer = log.answers[position]
    log.answers[position] = request, answer[::-1]
    [one] = wrong_answers(log, alone)[1]
    assert str(request) in one
    assert wrong_answers(log, alone, num_requests) == (num_requests, [one])
    assert wrong_answers(log, alone, 0) == (0, [])
    log.answers[position] = request, answer


def test_an_answer_to_other_settings_is_noticed_at_once(page_url):
    async def visit():
        import httpx

        async with httpx.AsyncClient(base_url=page_url, timeout=30) as client:
            visitor = Visitor(client, Log(), 0, Pace(1.0))
            await visitor.open()
            visitor.browser.put("seed", 99)  # typed, but not asked for
            visitor._note("generate")

    with pytest.raises(Lost, match=f"seed is {SEED}, asked was 99"):
        run_apart(visit())


def test_percentiles_are_those_of_known_series():
    found = visitors.percentiles([i / 100 for i in range(101)])
    assert found == {"count": 101, "p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    assert visitors.percentiles([2.0])["p99"] == 2.0


def test_memory_threads_and_waiting_are_followed(log):
    assert len(log.memory) == len(log.threads) > 1
    assert all(count >= 1 for _, count in log.threads)
    assert [cpu for _, cpu in log.cpu] == sorted(cpu for _, cpu in log.cpu)
    relative = [percent for _, percent in visitors.in_logarithms(log.waits)]
    assert len(relative) == sum(map(len, log.seconds.values()))
    assert min(relative) <= 0 <= max(relative)


def test_waits_and_work_that_grow_as_the_machine_slows_do_not_drift_in_its_own_times():
    """On a machine that gets slower by half within an hour, whatever the page does."""
    moments = range(0, 3600, 2)
    slower = [1.5 ** (moment / 3600) for moment in moments]
    speeds = [(moment, 0.1 * each) for moment, each in zip(moments, slower, strict=True)]
    log = Log()
    log.waits = [
        (moment, action, seconds * each)
        for moment, each in zip(moments, slower, strict=True)
        for action, seconds in (("open", 2.0), ("generate", 0.3))
    ]
    used = 0.0
    for moment, each in zip(moments, slower, strict=True):
        log.cpu.append((moment, used))
        used += 0.4 * each
    growth = 100 * math.log(1.5)
    for found in (visitors.in_logarithms, lambda waits, *of: visitors.work(log, *of)):
        assert trend(found(log.waits)).per_hour == pytest.approx(growth, rel=0.02)
        assert trend(found(log.waits, speeds)).per_hour == pytest.approx(0, abs=0.5)


def test_a_machine_that_is_slower_by_half_gets_pauses_longer_by_half():
    slowing = SimpleNamespace(now=iter([0.1, 0.1, 0.15]).__next__)
    pace = Pace(8.0, slowing)
    assert [pace.pause(), pace.pause()] == [8.0, pytest.approx(12.0)]


def test_a_fixed_computation_is_timed_in_a_process_of_its_own():
    with Yardstick() as yardstick:
        yardstick.wait()
        assert 0.001 < yardstick.now() < 10
        process = yardstick._process
    assert process.poll() is not None


def test_a_page_takes_as_much_as_itself(page_url):
    app, arguments = (page_url, os.getpid()), SimpleNamespace(visitors=3, seed=1)
    with ThreadPoolExecutor(1) as pool:  # a loop of its own, as `run_apart` has
        found = pool.submit(visitors.in_turns, app, app, 2, arguments, 0.02).result()
    assert min(found["old_ms"] + found["fresh_ms"]) > 0
    ratios = np.log(np.array(found["old_ms"]) / np.array(found["fresh_ms"]))
    assert found["older_percent"] == pytest.approx(100 * ratios.mean(), abs=0.5)
    assert found["error"] == pytest.approx(100 * ratios.std(ddof=1) / 2**0.5, abs=0.5)
