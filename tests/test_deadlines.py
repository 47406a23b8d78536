import threading
import time

import pytest

from textvae.errors import BadInput
from textvae.hub.deadlines import hub_deadline, run_with_deadline
from textvae.hub.heartbeat import HubTimeout, TransferError


@pytest.mark.parametrize("value", ["soon", "0", "-3", "inf", "nan"])
def test_a_bad_deadline_is_refused(monkeypatch, value):
    monkeypatch.setenv("TEXTVAE_HUB_DEADLINE", value)
    with pytest.raises(
        BadInput, match=f"TEXTVAE_HUB_DEADLINE must be seconds above 0, got '{value}'"
    ):
        hub_deadline()


def test_work_may_take_any_time_while_it_shows_signs_of_life(monkeypatch):
    monkeypatch.setenv("TEXTVAE_HUB_DEADLINE", "1.5")

    def work(heartbeat):
        for _ in range(9):
            time.sleep(0.2)
            heartbeat.beat()
        return "done"

    assert run_with_deadline(work) == "done"


def test_work_that_says_how_long_it_will_be_silent_is_given_that_time(monkeypatch):
    monkeypatch.setenv("TEXTVAE_HUB_DEADLINE", "1.5")

    def work(heartbeat):
        heartbeat.beat(extra=60.0)
        time.sleep(2.0)
        return "done"

    assert run_with_deadline(work) == "done"


def test_silent_work_is_abandoned_and_ends_at_its_next_sign_of_life(monkeypatch):
    monkeypatch.setenv("TEXTVAE_HUB_DEADLINE", "0.3")
    goes_on, ended = threading.Event(), threading.Event()

    def work(heartbeat):
        goes_on.wait(60)
        try:
            heartbeat.beat()
        except TransferError:
            ended.set()
            raise

    with pytest.raises(HubTimeout, match="has not answered for 0.3 seconds"):
        run_with_deadline(work)
    goes_on.set()
    assert ended.wait(10)


def test_what_work_raises_is_raised(monkeypatch):
    def work(heartbeat):
        raise KeyError("a fault of ours")

    with pytest.raises(KeyError, match="a fault of ours"):
        run_with_deadline(work)
