import errno
import io
import logging
import os
import shutil
import sys

import pytest
import tensorflow as tf
from runs import command, report_of, run_unmeasured, unbroken
from tensorflow.core.util.event_pb2 import Event
from verbs import run

from textvae.runtime.progress import progress_bar, row_bar
from textvae.training import progress


@pytest.fixture
def bar(monkeypatch):
    monkeypatch.setattr(progress, "MIN_SECONDS", 0)
    return lambda: progress.ProgressBar([1000, 1000, 2000], "epoch 1/2")


def test_the_bar_counts_tokens(bar, caplog, capsys):
    caplog.set_level(logging.INFO, "textvae")
    shown = bar()
    shown.on_train_batch_end(0, {"nll": 12.345, "kl": 6.7})
    assert shown.bar.n == 1000
    shown.on_train_batch_end(4, {})  # several at once, and more than there are
    shown.close()
    last = capsys.readouterr().err.split("\r")[-1]
    assert "4.00k/4.00k" in last
    assert "tok/s" in last
    assert "nll=12.35, kl=6.70" in last or "nll=12.34, kl=6.70" in last


def test_there_is_no_bar_where_progress_is_not_logged(bar, caplog, capsys):
    caplog.set_level(logging.WARNING, "textvae")
    shown = bar()
    shown.on_train_batch_end(0, {"nll": 12.345, "kl": 6.7})
    shown.close()
    assert capsys.readouterr().err == ""


def test_tensorboard_logs_hold_every_epoch():
    folder, _ = unbroken()
    (path,) = (folder / "tensorboard").iterdir()
    events = [Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(path))]
    assert events[0].file_version == "brain.Event:2"
    for event, logs in zip(events[1:], report_of(folder)["history"], strict=True):
        assert event.step == logs["epoch"]
        values = {value.tag: value.simple_value for value in event.summary.value}
        assert values == pytest.approx(logs, rel=1e-6)


def test_there_is_no_bar_where_standard_error_is_closed(bar, caplog, monkeypatch):
    caplog.set_level(logging.INFO, "textvae")
    monkeypatch.setattr(sys, "stderr", None)
    shown = bar()
    shown.on_train_batch_end(0, {"nll": 12.345, "kl": 6.7})
    shown.close()
    with row_bar(True, 3) as rows:
        assert rows.disable


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EPIPE])
def test_a_bar_that_cannot_be_written_ends_no_training(bar, caplog, monkeypatch, number):
    class Unwritable(io.StringIO):
        def write(self, text):
            raise OSError(number, "cannot be written")

    caplog.set_level(logging.INFO, "textvae")
    monkeypatch.setattr(sys, "stderr", Unwritable())
    shown = bar()
    shown.on_train_batch_end(0, {"nll": 12.345, "kl": 6.7})
    shown.close()
    assert shown.bar.n == 1000


def test_a_resumed_run_logs_the_epoch_that_a_full_disk_has_kept_out(tmp_path, monkeypatch):
    folder = shutil.copytree(unbroken()[0], tmp_path / "run")
    first = report_of(folder)["history"][:1]  # the second epoch could not be written
    progress.write_tensorboard(folder / "tensorboard", first)

    def full(where, history):
        raise OSError(errno.ENOSPC, "No space left on device", str(where))

    with monkeypatch.context() as patch:
        patch.setattr("textvae.training.trainer.write_tensorboard", full)
        assert run(*command(folder, "--resume")).status == 1
    assert run_unmeasured(*command(folder, "--resume")).status == 0
    (path,) = (folder / "tensorboard").iterdir()
    assert len(list(tf.data.TFRecordDataset(str(path)))) == 1 + 2


def test_the_bar_fits_its_terminal(bar, caplog, monkeypatch):
    class Terminal(io.StringIO):
        def fileno(self):
            return 2

    caplog.set_level(logging.INFO, "textvae")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: os.terminal_size((60, 20)))
    shown = bar()
    shown.on_train_batch_end(0, {"nll": 12.345, "kl": 6.7})
    shown.close()
    assert max(map(len, terminal.getvalue().split("\r"))) <= 60


def test_what_is_encoded_is_not_lost_with_its_bar(monkeypatch):
    class FullDisk(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", FullDisk())
    assert list(progress_bar(True, "encode")([[1, 2], [3]])) == [[1, 2], [3]]
