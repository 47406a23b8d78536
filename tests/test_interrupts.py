"""Ctrl-C and SIGTERM: in this process, and sent to real ones while they are computing."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from runs import command
from tiny import CAPTIONS, copy_of_weights, write_lines
from verbs import start

from textvae.cli.interrupts import GRACE, interruptible
from textvae.runtime.signals import SIGNALS

LIMIT = 2.0  # seconds
MANY = 100_000


def never():
    pytest.fail("gave up")


def signalled(number, clean_up):
    """Work that the signal ends, if it is heeded."""
    try:
        os.kill(os.getpid(), number)
        time.sleep(10)
    finally:
        clean_up()


@pytest.fixture
def heeded():
    """Signals that are not ignored, as they are where the tests run in the background."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_raises_and_leaves_everything_as_it_was(number, capfd):
    open_files = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(KeyboardInterrupt), interruptible(never):
        signalled(number, lambda: os.write(2, b"what TensorFlow says of it\n"))
    assert [signal.getsignal(each) for each in SIGNALS] == [signal.SIG_DFL] * 2
    assert set(Path("/proc/self/fd").iterdir()) == open_files
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "later\n"


@pytest.mark.usefixtures("heeded")
def test_whatever_exception_has_become_of_a_signal_it_is_an_interruption():
    with pytest.raises(KeyboardInterrupt), interruptible(never):
        signalled(signal.SIGINT, lambda: 1 / 0)
    with pytest.raises(SystemError), interruptible(never):
        raise SystemError


@pytest.mark.usefixtures("heeded")
def test_where_the_main_thread_goes_on_another_gives_up():
    given_up = threading.Event()
    with interruptible(given_up.set):
        with contextlib.suppress(KeyboardInterrupt):
            signalled(signal.SIGINT, time.time)
        assert given_up.wait(GRACE + 5)


@pytest.mark.usefixtures("heeded")
def test_a_signal_that_is_ignored_or_handled_elsewhere_is_left_alone():
    handled = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interruptible(never):
        os.kill(os.getpid(), signal.SIGINT)
        signal.signal(signal.SIGTERM, lambda *_: handled.append("mine"))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE + 0.2)
    assert handled == ["mine"]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_outside_the_main_thread_nothing_changes():
    seen = []

    def work():
        with interruptible(never):
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


# Real processes -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many_lines(tmp_path_factory):
    """More lines than are read in the time that an interrupted command may take."""
    path = tmp_path_factory.mktemp("many") / "lines.txt"
    return write_lines(path, [CAPTIONS[i % len(CAPTIONS)] for i in range(MANY)])


def interrupted(process, number):
    """Seconds from the signal to the end of the process, and what it wrote of trouble."""
    assert process.poll() is None
    sent = time.monotonic()
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    return time.monotonic() - sent, errors


@pytest.mark.parametrize(
    ("verb", "number"),
    [
        ("generate", signal.SIGINT),
        ("generate", signal.SIGTERM),
        ("encode", signal.SIGINT),
        ("evaluate", signal.SIGINT),
        ("neighbours", signal.SIGINT),
        ("reconstruct", signal.SIGINT),
        ("map", signal.SIGTERM),
    ],
)
def test_a_long_command_ends_within_two_seconds_with_one_line(
    verb, number, many_lines, tmp_path
):
    distinct = write_lines(
        many_lines.with_name("distinct.txt"), map("a dog {}".format, range(MANY))
    )
    options = {
        "generate": ("--num-captions", MANY),
        "encode": ("--file", many_lines, "--output", tmp_path / "z.npy"),
        "evaluate": ("--captions", many_lines, "--num-samples", MANY, "--quick"),
        "neighbours": ("a dog", "--file", distinct),
        "reconstruct": ("--file", many_lines),
        "map": ("--num-points", 50_000),
    }
    own = many_lines.parent / f"{verb}-{number}"  # ended at once, `map` leaves its lock there
    weights = ("--weights", copy_of_weights(own))
    process = start(verb, *weights, *options[verb], "-v", stdout=subprocess.DEVNULL)
    assert any(line.startswith("loaded ") for line in process.stderr)
    time.sleep(0.5)
    seconds, errors = interrupted(process, number)
    assert seconds < LIMIT
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "textvae: interrupted"
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())


MEASURING = """
import os, signal, sys, time
from textvae.training import train
def measure(*_, **__):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
train.evaluate = measure
from textvae.cli.main import main
main(sys.argv[1:])
"""


def test_a_training_ends_within_two_seconds_and_says_how_to_go_on(tmp_path):
    folder, model = tmp_path / "run", {"latent_dim": 0}  # which is traced sooner
    train = {"epochs": 1000, "patience": 1000, "shards": 1}
    process = start(*command(folder, train=train, model=model))
    while not (folder / "report.json").exists():  # of the first epoch
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    seconds, errors = interrupted(process, signal.SIGINT)
    assert seconds < LIMIT
    assert process.returncode == 1
    assert re.search(r"^textvae: interrupted; .* --resume continues", errors, re.MULTILINE)
    assert "Traceback" not in errors
    # Nothing is left to train then, so it measures at once.
    arguments = command(folder, "--resume", train={**train, "epochs": 1}, model=model)
    process = start(*arguments, program=(sys.executable, "-c", MEASURING))
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == (
        f"textvae: interrupted; the same command with --resume continues {folder}"
    )
    assert "Traceback" not in errors


STARTING = """
import os, signal, time
from textvae.cli.verbs import app
def build(settings):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
app.build = build
from textvae.cli.main import main
main(["app"])
"""


def test_sigterm_while_the_page_is_built_ends_it_with_status_0():
    process = start(program=(sys.executable, "-c", STARTING))
    process.communicate(timeout=60)
    assert process.returncode == 0


FETCHING = """
import os, signal, sys, time
from textvae import loading
def locate(weights):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
loading.locate = locate
from textvae.cli.main import main
main(sys.argv[1:])
"""


def test_a_signal_while_weights_to_start_from_are_fetched_says_how_to_go_on(tmp_path):
    arguments = command(tmp_path / "run", "--init-from", "hf://me/model")
    process = start(*arguments, program=(sys.executable, "-c", FETCHING))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == (
        "textvae: interrupted; there is no checkpoint yet, so the same command starts over"
    )
