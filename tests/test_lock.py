"""One training a folder, by the locks of real processes."""

import fcntl
import os
import resource
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from runs import recipe_with
from verbs import ROOT

from textvae.errors import BadInput
from textvae.runtime import file_locks
from textvae.runtime.replicas import ALONE
from textvae.training import lock, prior_run, train

HOLD = """
import sys, time
from pathlib import Path
from textvae.training.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_training_is_told_who_holds_the_folder(holder, tmp_path):
    told = rf"is being trained by process {holder.pid} on \S+ since 20\S+ \S+; wait for it"
    with pytest.raises(BadInput, match=told), lock.locked(tmp_path):
        pass
    with pytest.raises(BadInput, match=told):
        lock.check_unlocked(tmp_path)
    assert (tmp_path / lock.NAME).exists()


def test_a_killed_process_holds_no_lock(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / lock.NAME).exists()
    lock.check_unlocked(tmp_path)
    with lock.locked(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / lock.NAME).read_text()
    assert not list(tmp_path.iterdir())


def test_who_waits_at_a_removed_file_looks_again(tmp_path, monkeypatch):
    """A holder may end between the opening of the file and the locking of it."""
    flock, calls = fcntl.flock, []

    def late(descriptor, how):
        calls.append(descriptor)
        if len(calls) == 1:
            (tmp_path / lock.NAME).unlink()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with lock.locked(tmp_path):
        assert len(calls) == 2
        with pytest.raises(BadInput):
            lock.check_unlocked(tmp_path)


def test_where_there_are_no_locks_a_warning_says_so(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(file_locks, "fcntl", None)
    with lock.locked(tmp_path):
        lock.check_unlocked(tmp_path)
    assert "no file locks on this system" in caplog.text


def test_the_folder_is_locked_before_anything_is_read(tmp_path, monkeypatch):
    def read(recipe, folder=None):
        with pytest.raises(BadInput, match="is being trained by process"):
            lock.check_unlocked(tmp_path / "runs" / "dogs")
        raise BadInput("stop here")

    monkeypatch.setattr(train, "read_splits", read)
    with pytest.raises(BadInput, match="stop here"):
        train.train(recipe_with(), tmp_path / "runs" / "dogs")
    assert not list(tmp_path.iterdir())


def test_a_lock_that_cannot_be_written_is_named(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        with pytest.raises(OSError, match="File too large") as caught, lock.locked(tmp_path):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.filename == str(tmp_path / lock.NAME)


def test_the_folder_of_the_prior_is_locked_while_it_is_trained(tmp_path, monkeypatch):
    class Trainer:
        def __init__(self, recipe, splits, source, output, *_):
            self.output = output

        def fit(self, resume):
            with pytest.raises(BadInput, match="is being trained by process"):
                lock.check_unlocked(self.output)
            raise BadInput("stop here")

    monkeypatch.setattr(prior_run, "Trainer", Trainer)
    data = SimpleNamespace(max_length=10, splits=None, tokenizer=None)
    run = SimpleNamespace(
        recipe=recipe_with(), output=tmp_path, source=None, replicas=ALONE, data=data
    )
    with pytest.raises(BadInput, match="stop here"):
        prior_run.train_prior(run)


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    mine, folder = tmp_path / "mine", tmp_path / "elsewhere"
    mine.write_text("kept")
    folder.mkdir()
    (folder / lock.NAME).symlink_to(mine)
    with pytest.raises(OSError, match="symbolic links"), lock.locked(folder):
        pass
    assert mine.read_text() == "kept"


def test_a_run_in_the_home_folder_is_where_loading_looks(tmp_path, monkeypatch):
    seen = []

    def stop(recipe, folder=None):
        seen.append(folder)
        raise BadInput("seen")

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "read_splits", stop)
    with pytest.raises(BadInput, match="seen"):
        train.train(recipe_with(), "~/runs/lines")
    assert seen == [tmp_path / "home/runs/lines/cache"]
