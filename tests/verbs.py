"""Running a verb: in this process, or as a process of its own, perhaps at a port."""

import contextlib
import functools
import io
import re
import socket
import subprocess
import sys
from types import SimpleNamespace
from unittest import mock

from forked import ROOT, Forked

from textvae import loading
from textvae.cli.main import main
from textvae.config import defaults

COMMAND = (sys.executable, "-m", "textvae")


class Pipes:
    """Standard input, output and error of a command, as bytes below and text above."""

    def __init__(self, data=b""):
        self.stdin = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8")
        self.stdout, self.stderr = (
            io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
            for _ in range(2)
        )

    def of(self, name):
        return getattr(self, name).buffer.getvalue()


def run(*arguments, stdin=b""):
    """A command in this process: its status, and what it wrote as `out`, `err` and `data`."""
    pipes, status = Pipes(stdin), 0
    with (
        mock.patch.object(sys, "stdin", pipes.stdin),
        contextlib.redirect_stdout(pipes.stdout),
        contextlib.redirect_stderr(pipes.stderr),
    ):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code or 0
    data = pipes.of("stdout")
    return SimpleNamespace(
        status=status,
        data=data,
        out=data.decode("utf-8", "replace"),
        err=pipes.of("stderr").decode(),
    )


def run_warm(*arguments, **options):
    """`run`, where a command that names the learned weights gets `learned_vae`, which they are.

    What commands and tests compile of it is compiled once then, and not by each of them. Where
    a device is named, the weights are read from their folder, once for all commands.
    """
    with warm():
        return run(*arguments, **options)


def warm():
    """Within the block, commands are as `run_warm` runs them."""
    return mock.patch.object(loading, "load_quietly", _load)


def tiny(verb, *arguments, **options):
    """`run_warm` on the learned weights."""
    from tiny import saved_weights  # which takes TensorFlow, and not everyone who runs a verb

    return run_warm(verb, "--weights", saved_weights(), *arguments, **options)


def _load(weights, *, device, load=loading.load_quietly):
    from tiny import saved_weights

    if str(weights) != str(saved_weights()):
        return load(weights, device=device)
    return _learned(load, device)


@functools.cache
def _learned(load, device):
    from tiny import learned_vae, saved_weights

    loaded = load(saved_weights(), device=device)  # which refuses a device that is not there
    return learned_vae() if device == defaults.DEVICE else loaded


def lines(said):
    """The lines that a command which succeeded printed."""
    assert said.status == 0, said.err
    assert said.out.endswith("\n")
    return said.out.removesuffix("\n").split("\n")


def assert_refused(said, pattern, status=2):
    """One line on standard error, nothing on standard output."""
    assert said.status == status, said.err
    assert said.out == ""
    complaint = said.err.strip().split("\n")
    assert len(complaint) == 1, said.err
    assert complaint[0].startswith("textvae: ")
    assert re.search(pattern, complaint[0]), complaint[0]


def free_port():
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(*arguments, program=COMMAND, **options):
    """A command as a process; its standard error, and output unless given, are text pipes.

    Python programs of this environment begin where TensorFlow is imported; see `forked`.
    """
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    match program:
        case (sys.executable, "-m", module) if options.keys() == {"stdout", "stderr"}:
            return Forked(module=module, arguments=arguments, **options)
        case (sys.executable, "-c", code) if options.keys() == {"stdout", "stderr"}:
            return Forked(code=code, arguments=arguments, **options)
    options = {"text": True, "cwd": ROOT, **options}
    return subprocess.Popen([*program, *map(str, arguments)], **options)
