import queue
import threading
import time
from types import SimpleNamespace

import pytest

from textvae.errors import BadInput, Unavailable
from textvae.hub import deadlines
from textvae.hub.deadlines import hub_deadline, run_with_deadline
from textvae.hub.failures import reason_of
from textvae.hub.heartbeat import HubTimeout, TransferError, hub_host


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


def test_time_that_was_allowed_is_not_taken_back_by_a_sign_of_life(monkeypatch):
    monkeypatch.setenv("TEXTVAE_HUB_DEADLINE", "0.5")

    def work(heartbeat):
        heartbeat.beat(extra=60.0)
        heartbeat.beat()  # as for the answers that come before the files go up
        time.sleep(1.0)
        return "done"

    assert run_with_deadline(work) == "done"


def test_work_is_abandoned_when_whoever_waits_for_it_is_interrupted(monkeypatch, tmp_path):
    begun, goes_on, ended = (threading.Event() for _ in range(3))
    unfinished = tmp_path / "file.incomplete"

    class Interrupted:
        """Ctrl-C comes while one waits here."""

        def put(self, item):
            pass

        def get(self, timeout):
            begun.wait(10)
            raise KeyboardInterrupt

    def work(heartbeat):
        heartbeat.unfinished = unfinished
        unfinished.write_bytes(b"half")
        begun.set()
        goes_on.wait(10)
        try:
            heartbeat.beat()
        except TransferError:
            ended.set()
            raise

    fake = SimpleNamespace(SimpleQueue=Interrupted, Empty=queue.Empty)
    monkeypatch.setattr(deadlines, "queue", fake)
    with pytest.raises(KeyboardInterrupt):
        run_with_deadline(work)
    assert not unfinished.exists()
    goes_on.set()
    assert ended.wait(10)


def test_certificates_that_cannot_be_read_are_not_taken_for_the_cache(monkeypatch):
    def missing():
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr("huggingface_hub.get_session", missing)
    with pytest.raises(Unavailable, match="certificates .*No such file.*SSL_CERT_FILE"):
        run_with_deadline(lambda heartbeat: None)


def test_no_message_has_the_password_of_the_endpoint(monkeypatch):
    url = "https://me:secret@hub.example:8443"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    assert hub_host() == "hub.example:8443"
    said = reason_of(OSError(f"501 for url '{url}/api'"))
    assert said == "501 for url 'https://hub.example:8443/api'"
