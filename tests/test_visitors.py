"""The load script, on the page around fake models: it must see right answers as right."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from apart import run_apart
from fake_pipeline import FakePipeline

from benchmarks import turns, visitors
from benchmarks.asked_alone import Alone, wrong_answers
from benchmarks.browser import Lost
from benchmarks.page_process import first_visit
from benchmarks.trends import trend
from benchmarks.visitor import Log, Visitor
from textvae.web.examples import SEED
from textvae.web.service import Service


@pytest.fixture(scope="module")
def log(page_url):
    run_apart(first_visit(page_url))
    log = Log()
    run_apart(turns.visits((page_url, os.getpid()), log, 6, minutes=0.1, seed=3, pause=0.3))
    return log


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
            visitor = Visitor(client, Log(), 0, 1.0)
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
    assert log.wall_seconds > 5
    [(moment, seconds)] = log.cpu_per_action
    assert log.waits[0][0] < moment < log.waits[-1][0] + log.wall_seconds / 2
    assert seconds == pytest.approx(log.cpu_seconds / len(log.waits))
    relative = [percent for _, percent in turns.in_logarithms(log.waits)]
    assert len(relative) == sum(map(len, log.seconds.values()))
    assert min(relative) <= 0 <= max(relative)


def test_waits_that_grow_as_the_machine_slows_do_not_drift_in_the_reference_page_s_times():
    """On a machine that gets slower by half within an hour, whatever the page does."""
    moments = range(0, 3600, 2)
    waits = [
        (moment, action, seconds * 1.5 ** (moment / 3600))
        for moment in moments
        for action, seconds in (("open", 2.0), ("generate", 0.3))
    ]
    reference = [(moment, 0.1 * 1.5 ** (moment / 3600)) for moment in range(0, 3601, 100)]
    growth = 100 * math.log(1.5)
    drifts = [trend(turns.in_logarithms(waits, *machine)) for machine in ((), (reference,))]
    assert [each.per_hour for each in drifts] == pytest.approx([growth, 0], abs=0.5)


def test_a_page_that_gets_slower_drifts_in_the_reference_page_s_times():
    steady = [(moment, 0.1) for moment in range(0, 3601, 100)]
    waits = [(moment, "open", 1.5 ** (moment / 3600)) for moment in range(0, 3600, 2)]
    found = trend(turns.in_logarithms(waits, steady)).per_hour
    assert found == pytest.approx(100 * math.log(1.5), abs=0.5)


def test_a_page_beside_itself_is_as_fast_as_itself(page_url):
    app = page_url, os.getpid()
    with ThreadPoolExecutor(1) as pool:  # a loop of its own, as `run_apart` has
        found = pool.submit(turns.turn, app, app, 3, 1.5, seed=1, page_first=True).result()
    assert found.page > 0 < found.reference
    assert found.work == pytest.approx(100 * np.log(found.page / found.reference))
    assert abs(found.waiting) < 200


def test_a_page_that_others_keep_busy_makes_its_visitors_wait_longer():
    """Half of the waits are three times as long: the medians of both kinds differ by that."""
    log, other = Log(), Log()
    other.seconds = {"open": [1.0, 2.0, 3.0], "generate": [0.1], "send": [0.2]}
    log.seconds = {"open": [3.0, 6.0, 9.0], "generate": [0.3]}
    assert turns.waiting(log, other) == pytest.approx(100 * math.log(3))


def test_a_failure_while_the_capacity_is_measured_is_not_passed_over(monkeypatch):
    async def fails(app, log, *_):
        log.errors["open: lost"] += 1

    monkeypatch.setattr(visitors, "visits", fails)
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="open: lost"):
        pool.submit(
            visitors.capacity, ("http://x", 1), 2, 0
        ).result()  # it has a loop of its own
