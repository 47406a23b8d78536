"""Processes that begin where TensorFlow, or what the Hub's client needs, is imported already.

That takes eight seconds, or half a second. They are processes as others are: signals, kills,
pipes and what they leave when they end are real. How a command starts is tested in
`test_packaging.py`, with the installed program, and in `test_space.py`.
"""

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVER = Path(__file__).with_name("fork_server.py")
IN_A_SHELL = Path(__file__).with_name("forked_command.py")
STARTING = threading.Lock()


def _server(kind="tensorflow"):
    """The socket of this session's server of a kind, which ends with it."""
    with STARTING:
        return _started(kind)


@functools.cache
def _started(kind):
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        process = subprocess.Popen(
            [sys.executable, str(SERVER), str(there.fileno()), kind],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the tests
        )
    atexit.register(lambda: (here.close(), process.wait(30)))
    return here


def for_shells():
    """Words that begin a textvae command in a shell, and what `Popen` of the shell needs."""
    number = _server().fileno()
    environment = {**os.environ, "TEXTVAE_FORK_SERVER": str(number)}
    words = f'"{sys.executable}" -IS "{IN_A_SHELL}"'
    return words, {"env": environment, "pass_fds": [number]}


class Forked:
    """As much of `subprocess.Popen` as the tests use; its streams are text."""

    def __init__(
        self,
        *,
        module="",
        code="",
        arguments=(),
        stdout=None,
        stderr=None,
        env=None,
        kind="tensorflow",
    ):
        self.args, self.returncode = [module or code, *arguments], None
        self.stdout, to_stdout = _stream(stdout)
        self.stderr, to_stderr = _stream(stderr)
        fate, tell_fate = os.pipe()
        request = {
            "module": module,
            "code": code,
            "arguments": list(map(str, arguments)),
            "environment": dict(os.environ if env is None else env),
            "folder": "",
        }
        with open(os.devnull) as nothing:  # noqa: PTH123
            streams = [nothing.fileno(), to_stdout, to_stderr]
            data = json.dumps(request).encode()
            socket.send_fds(_server(kind), [data], [*streams, tell_fate])
        for each, given in ((to_stdout, stdout), (to_stderr, stderr)):
            if given in (None, subprocess.PIPE, subprocess.DEVNULL):
                os.close(each)
        os.close(tell_fate)
        self._fate = os.fdopen(fate)
        self.pid = int(self._fate.readline())

    def wait(self, timeout=None):
        """The exit status, or minus the signal."""
        if self.returncode is None:
            if not select.select([self._fate], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = int(self._fate.readline())
            self._fate.close()
        return self.returncode

    def poll(self):
        """The exit status, or None as long as it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number):
        """Send the signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout=None):
        """What it still writes to its pipes; waits for its end."""
        pipes = [self.stdout, self.stderr]
        written = [None, None]

        def read(k):
            with pipes[k]:
                written[k] = pipes[k].read()

        readers = [threading.Thread(target=read, args=(k,)) for k in (0, 1) if pipes[k]]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join()
        return tuple(written)


def run_forked(timeout=300, **options):
    """`subprocess.run` of Python code in a fork, with its output as text."""
    process = Forked(stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    try:
        out, err = process.communicate(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _stream(given):
    """Our end of a pipe, if one is wanted, and the descriptor for the process."""
    if given == subprocess.PIPE:
        ours, theirs = os.pipe()
        return os.fdopen(ours, encoding="utf-8"), theirs
    if given == subprocess.DEVNULL:
        return None, os.open(os.devnull, os.O_WRONLY)
    if given is None:
        return None, os.dup(2)
    return None, given if isinstance(given, int) else given.fileno()
