"""The load script, on the page around fake models: it must see right answers as right."""

import os
from types import SimpleNamespace

import pytest
from apart import run_apart
from fake_pipeline import FakePipeline

from benchmarks import visitors
from benchmarks.browser import Lost
from textvae.web.examples import SEED
from textvae.web.service import Service


@pytest.fixture(scope="module")
def log(page_url):
    run_apart(visitors.first_visit(page_url))
    arguments = SimpleNamespace(visitors=6, minutes=0.1, pause=0.3, seed=3)
    return run_apart(visitors.visits(page_url, os.getpid(), arguments))


@pytest.fixture
def alone():
    def load(name):
        return FakePipeline(name, has_prior=name != "article")

    return visitors.Alone(Service(load=load, shipped=["coco", "elephant", "article"]))


def test_visitors_click_on_every_tab_and_nothing_fails(log):
    assert not log.errors
    assert log.num_full == 0
    assert {"open", "generate", "reconstruct"} <= set(log.seconds)
    assert {request[0] for request, _ in log.answers} >= {"generate", "reconstruct"}
    assert all(second > 0 for seconds in log.seconds.values() for second in seconds)


def test_a_mixed_up_answer_is_noticed(log, alone):
    num_requests, wrong = visitors.wrong_answers(log, alone)
    assert wrong == []
    assert 1 < num_requests <= len(log.answers)
    position = next(i for i, (request, _) in enumerate(log.answers) if request[0] == "generate")
    request, answer = log.answers[position]
    log.answers[position] = request, answer[::-1]
    [one] = visitors.wrong_answers(log, alone)[1]
    assert str(request) in one
    assert visitors.wrong_answers(log, alone, num_requests) == (num_requests, [one])
    assert visitors.wrong_answers(log, alone, 0) == (0, [])
    log.answers[position] = request, answer


def test_an_answer_to_other_settings_is_noticed_at_once(page_url):
    async def visit():
        import httpx

        async with httpx.AsyncClient(base_url=page_url, timeout=30) as client:
            visitor = visitors.Visitor(client, visitors.Log(), 0, 1.0)
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
    relative = [percent for _, percent in visitors.relative_waits(log)]
    assert len(relative) == sum(map(len, log.seconds.values()))
    assert min(relative) <= 100 <= max(relative)
