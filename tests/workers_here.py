"""Workers of one training on this machine."""

import contextlib
import json
import os
import socket
import sys
from pathlib import Path
from unittest import mock

from verbs import start

from textvae.runtime.workers import VARIABLE

# A command of which a worker can end itself when so many epochs are over.
CODE = """
import os, sys
sys.path.insert(0, os.environ["TESTS"])
from runs import unmeasured
from textvae.cli.main import main
from textvae.training.trainer import Trainer

signal, _, epoch = os.environ["END"].partition("@")
fit_epoch = Trainer._fit_epoch

def fit_or_end(self):
    if signal and self.run.epoch == int(epoch):
        os.kill(os.getpid(), int(signal))
    fit_epoch(self)

Trainer._fit_epoch = fit_or_end
if os.environ["DEVICES"]:  # as if each core were a GPU
    import contextlib
    import tensorflow as tf
    from textvae.runtime.replicas import mirrored
    from textvae.training import train

    cpu, = tf.config.list_physical_devices("CPU")
    parts = [tf.config.LogicalDeviceConfiguration()] * int(os.environ["DEVICES"])
    tf.config.set_logical_device_configuration(cpu, parts)
    names = [each.name for each in tf.config.list_logical_devices("CPU")]
    train.replicas_here = lambda device: contextlib.nullcontext(mirrored(names))
with unmeasured():
    main(sys.argv[1:])
"""


def config_of(addresses, index, **more):
    """`TF_CONFIG` of one of the workers at these addresses."""
    task = {"type": "worker", "index": index}
    return json.dumps({"cluster": {"worker": addresses}, "task": task, **more})


def free_addresses(count):
    """Addresses on this machine that nobody listens at."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("", 0))) for _ in range(count)]
        return tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)


def started(commands, ends=None, devices=""):
    """A process for each command line, all of them workers of one training if there are more.

    Args:
        commands: the words of each.
        ends: for some of them, `signal@epoch` that the process then sends itself.
        devices: how many the processor is divided into, each with a replica.
    """
    addresses, processes = free_addresses(len(commands)), []
    for index, words in enumerate(commands):
        variables = {"TESTS": str(Path(__file__).parent), "DEVICES": devices}
        variables["END"] = (ends or {}).get(index, "")
        variables[VARIABLE] = config_of(addresses, index) if len(commands) > 1 else ""
        with mock.patch.dict(os.environ, variables):
            processes.append(start(*words, program=(sys.executable, "-c", CODE)))
    return processes


def ended(processes, limit=600.0):
    """The status of each, and what it wrote on standard output and error."""
    said = [process.communicate(limit) for process in processes]
    return [
        (process.returncode, *texts) for process, texts in zip(processes, said, strict=True)
    ]
