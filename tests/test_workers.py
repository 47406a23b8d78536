"""Workers of one training: who they are, whether they agree, and when one is gone."""

import contextlib
import json
import re
import socket
import threading
import time

import pytest
from runs import captions_file, command, recipe_with
from verbs import assert_refused, run
from workers_here import config_of, free_addresses

from textvae.errors import BadInput, WorkerLost
from textvae.runtime import rendezvous, watch
from textvae.runtime.connection import Connection
from textvae.runtime.rendezvous import Rendezvous
from textvae.runtime.workers import VARIABLE, Workers, workers_of
from textvae.training.facts import facts_of
from textvae.training.preparation import Splits, read_splits


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a:1,b:1", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has no object `cluster`"),
        ('{"cluster": {"ps": ["a:1"]}}', "names the job 'ps'"),
        ('{"cluster": {"worker": "a:1"}}', "has no list of addresses for 'worker'"),
        (config_of(["a:1", "b"], 0), "the address 'b'"),
        (config_of(["a:1", "b:70000"], 0), "the address 'b:70000'"),
        (config_of(["a:1", 5], 0), "the address 5"),
        (config_of(["a:1", "b:1", "a:1"], 0), "one worker twice: a:1"),
        (config_of(["a:1", "b:1"], 2), "task.index 2, and 'worker' has 2"),
        (config_of(["a:1", "b:1"], True), "task.index True"),
        (config_of(["a:1", "b:1"], 0, task={"type": "chief"}), "task.type 'chief'"),
        (config_of(["a:1", "b:1"], 0, task=None), "task.type None"),
    ],
)
def test_a_variable_that_cannot_be_used_is_refused_in_one_line(
    text, complaint, monkeypatch, tmp_path
):
    monkeypatch.setenv(VARIABLE, text)
    said = run(*command(tmp_path / "run"))
    assert_refused(said, f"TF_CONFIG .*{complaint}")
    assert not (tmp_path / "run").exists()


def test_a_chief_is_the_first_of_the_workers():
    cluster = {"worker": ["b:1", "c:1"], "chief": ["a:1"]}
    named = {"cluster": cluster, "task": {"type": "worker", "index": "1"}}
    workers = workers_of({VARIABLE: json.dumps(named)})
    assert workers == Workers(("a:1", "b:1", "c:1"), 2)


@pytest.mark.parametrize("text", ["", " ", "{}", config_of(["a:1"], 0)])
def test_one_worker_trains_as_ever(text):
    assert workers_of({VARIABLE: text}) is None


def test_a_port_in_use_is_refused_and_nothing_is_written(monkeypatch, tmp_path):
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv(VARIABLE, config_of([f"127.0.0.1:{port}", "127.0.0.1:1"], 0))
        assert_refused(run(*command(tmp_path / "run")), f"port {port}, which cannot be used")
    assert not (tmp_path / "run").exists()


def meet(addresses, facts, folders, patience=20.0):
    """What each worker is told when all meet in this process: None if all is well."""
    told = [None] * len(facts)
    meetings = [Rendezvous(Workers(each, i)) for i, each in enumerate(addresses)]

    def come(index):
        def open_folder():
            folders[index].mkdir(exist_ok=True)

        try:
            meetings[index].agree(facts[index], folders[index], open_folder, patience)
        except BadInput as error:
            told[index] = str(error)

    threads = [threading.Thread(target=come, args=(i,)) for i in range(len(facts))]
    for thread in reversed(threads):  # the chief comes last
        thread.start()
    for thread in threads:
        thread.join()
    return told, meetings


@pytest.fixture
def quick(monkeypatch):
    """A file that another machine wrote shows within half a second here."""
    monkeypatch.setattr(rendezvous, "FOLDER_PATIENCE", 0.5)


def test_workers_with_the_same_facts_and_folder_agree(tmp_path):
    addresses = free_addresses(3)
    told, meetings = meet([addresses] * 3, [{"beta": "1"}] * 3, [tmp_path / "run"] * 3)
    assert told == [None] * 3
    assert list((tmp_path / "run").iterdir()) == []
    with socket.create_server(("", meetings[0].workers.port)):
        pass  # TensorFlow can have it
    for meeting in meetings:
        meeting.__exit__(None, None, None)


@pytest.mark.usefixtures("quick")
def test_a_worker_that_does_not_see_the_folder_is_named_to_all(tmp_path):
    addresses = free_addresses(2)
    folders = [tmp_path / "here", tmp_path / "there"]
    told, _ = meet([addresses] * 2, [{}] * 2, folders)
    assert told[0] == told[1]
    assert told[0].startswith(f"worker 1 ({addresses[1]}) does not see the files of worker 0")


def facts(index=0, resume=False, captions=None, **sections):
    """The facts of a worker with the tiny recipe."""
    recipe = recipe_with(data={"captions": [str(captions_file())]}, **sections)
    splits = read_splits(recipe)
    if captions:
        splits = Splits(captions(splits), splits.validation)
    return facts_of(Workers(("a:1", "b:1"), index), recipe, splits, resume)


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"train": {"beta": 0.25}}, r"train.beta 0.25, and worker 0 \(.*\) has 0.05"),
        ({"resume": True}, r"--resume given, and .* has not given"),
        ({"captions": lambda splits: splits.validation}, "training captions 26 with checksum"),
    ],
)
def test_a_worker_with_another_run_is_told_what_differs(other, difference, tmp_path):
    addresses = free_addresses(2)
    told, _ = meet([addresses] * 2, [facts(), facts(1, **other)], [tmp_path] * 2)
    assert told[0] == told[1]
    assert re.match(rf"worker 1 \({addresses[1]}\) has {difference}", told[0]), told


def test_other_code_and_another_number_of_workers_are_told(tmp_path):
    addresses = free_addresses(3)
    mine, other = facts(), facts(1) | {"the version": "0.1 with code 00000000"}
    told, _ = meet([addresses[:2]] * 2, [mine, other], [tmp_path] * 2)
    assert "has the version 0.1 with code 00000000, and worker 0" in told[1]
    lists = [addresses[:2], addresses]
    told, _ = meet(
        lists, [{"the addresses": ", ".join(each)} for each in lists], [tmp_path] * 2
    )
    assert "has the addresses" in told[0]
    assert told[0] == told[1]


def test_a_worker_that_cannot_begin_tells_why(tmp_path):
    addresses = free_addresses(2)
    chief, other = (Rendezvous(Workers(addresses, i)) for i in range(2))
    other.tell_of(BadInput("no such file: here.txt"))
    with pytest.raises(BadInput, match=r"worker 1 \(.*\) has stopped: no such file: here.txt"):
        chief.agree({}, tmp_path, lambda: None)
    other.own.close()


def test_a_worker_that_does_not_come_is_named(tmp_path):
    addresses = free_addresses(2)
    for index, missing in (
        (0, "timed out waiting for worker 1"),
        (1, "worker 0 .* does not answer"),
    ):
        meeting = Rendezvous(Workers(addresses, index))
        with pytest.raises(BadInput, match=missing):
            meeting.agree({}, tmp_path, lambda: None, patience=0.3)


@pytest.mark.parametrize(
    "noise", [b"\x16\x03\x01\x00", b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b"{}\n"]
)
def test_a_stranger_at_the_port_changes_nothing(noise, tmp_path):
    addresses = free_addresses(2)
    meeting = Rendezvous(Workers(addresses, 0))
    stranger = socket.create_connection(("127.0.0.1", meeting.workers.port))
    stranger.sendall(noise)
    stranger.shutdown(socket.SHUT_WR)
    other = Rendezvous(Workers(addresses, 1))
    thread = threading.Thread(target=other.agree, args=({}, tmp_path, None))
    thread.start()
    meeting.agree({}, tmp_path, lambda: None)
    thread.join()
    stranger.close()


def pair():
    """Both ends of a connection between two workers."""
    return map(Connection, socket.socketpair())


WORKERS = Workers(("a:1", "b:1", "c:1"), 0)


def test_a_connection_that_ends_is_a_worker_that_is_lost():
    """The error that TensorFlow raises then becomes one that names the worker."""
    (ours, theirs), (third, listening) = pair(), pair()
    theirs.close()
    aborted = []
    watching = watch.Watch(WORKERS, {1: ours, 2: third}, aborted.append)
    with pytest.raises(WorkerLost, match=r"worker 1 \(b:1\) has stopped"), watching:
        raise RuntimeError("Socket closed")
    messages = [listening.receive(1.0) for _ in range(2)]
    assert {"lost": "worker 1 (b:1)"} in messages  # the others hear of it
    assert aborted == ["worker 1 (b:1) has stopped or cannot be reached"]


def test_a_worker_that_says_nothing_is_lost(monkeypatch):
    monkeypatch.setattr(watch, "SILENCE", 0.5)
    ours, _theirs = pair()
    with pytest.raises(WorkerLost, match="worker 1"), watch.Watch(WORKERS, {1: ours}):
        raise RuntimeError


def narrow_pair():
    """Both ends of a connection that takes a few kilobytes until they are read."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        other = socket.create_connection(listening.getsockname())
        return Connection(listening.accept()[0]), Connection(other)


def test_a_worker_that_has_left_is_not_lost_and_errors_stay_what_they_are():
    """Not even if it had something to read, and its last word was still on its way.

    A connection that is closed then is reset, and what is on its way does not arrive.
    """
    ours, theirs = narrow_pair()
    ours.send({})
    theirs.send({"much": "x" * 60_000})
    leaving = threading.Thread(target=theirs.leave, args=({"left": True},))
    leaving.start()
    time.sleep(0.2)
    with watch.Watch(WORKERS, {1: ours}) as watching:
        leaving.join()
        time.sleep(0.5)
    assert not watching.is_lost.is_set()
    assert not watching.peers
    with pytest.raises(BadInput), watch.Watch(WORKERS, {}):
        raise BadInput


def test_a_process_that_hangs_without_its_peer_is_ended(monkeypatch, caplog):
    ended = []
    monkeypatch.setattr(watch, "GRACE", 0.1)
    monkeypatch.setattr(watch.os, "_exit", ended.append)
    ours, theirs = pair()
    theirs.close()
    with watch.Watch(WORKERS, {1: ours}):
        time.sleep(1.0)
    assert ended == [1]
    assert "worker 1 (b:1) has stopped" in caplog.text


def test_a_chief_that_ends_before_the_training_is_not_taken_for_a_stranger(tmp_path):
    addresses = free_addresses(2)
    chief, other = (Rendezvous(Workers(addresses, i)) for i in range(2))

    def fail():
        raise OSError("Read-only file system")

    def end():
        with contextlib.suppress(OSError), chief:
            chief.agree({}, tmp_path, fail)

    thread = threading.Thread(target=end)
    thread.start()
    complaint = r"worker 0 \(.*\) has stopped, before the training began"
    with pytest.raises(BadInput, match=complaint), other:
        other.agree({}, tmp_path, None)
    thread.join()
