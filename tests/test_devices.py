import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import tensorflow as tf
from tiny import saved_weights

from textvae.runtime import devices

ROOT = Path(__file__).resolve().parent.parent
TWO_DEVICES = """
import json, sys
import tensorflow as tf
[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import textvae
captions, places = [], []
for device in ("CPU:0", "CPU:1"):
    with tf.device(device):
        vae = textvae.load(sys.argv[1])
        captions.append(vae.generate(5, seed=1) + vae.reconstruct(["a small dog runs"]))
    places.append(sorted({variable.value.device for variable in vae.model.weights}))
print(json.dumps([captions, places]))
"""


def test_a_model_stays_where_it_was_loaded_and_gives_the_same_captions_on_every_device():
    done = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES, str(saved_weights())],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (first, second), places = json.loads(done.stdout)
    assert first == second
    assert [[place.rpartition("/")[2] for place in each] for each in places] == [
        ["device:CPU:0"],
        ["device:CPU:1"],
    ]


@pytest.fixture
def gpus(monkeypatch):
    """A machine with two GPUs, the second of which is in use; the calls that set growth."""
    grown = []

    def grow(gpu, enable):
        if gpu == "used":
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        grown.append((gpu, enable))

    found = {"GPU": ["free", "used"], "CPU": ["cpu"]}
    monkeypatch.setattr(tf.config, "list_physical_devices", found.get)
    monkeypatch.setattr(tf.config, "list_logical_devices", found.get)
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
    details = {"device_name": "Tesla T4"}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    return grown


def test_memory_grows_on_every_gpu_that_is_not_in_use_yet(gpus):
    devices.grow_gpu_memory()
    assert gpus == [("free", True)]


def test_the_device_shown_is_the_gpu_with_its_name(gpus):
    assert devices.device_name() == "GPU:0 Tesla T4"


def test_with_a_gpu_layers_run_on_it(gpus):
    assert devices.has_gpu()


def test_without_a_gpu_the_device_is_the_cpu():
    assert not devices.has_gpu()
    assert devices.device_name() == "CPU"


@pytest.mark.parametrize(
    ("shards", "intra", "inter"), [(1, 4, 1), (2, 2, 2), (3, 1, 3), (9, 1, 4)]
)
def test_each_shard_has_its_share_of_the_cores(monkeypatch, shards, intra, inter):
    monkeypatch.setattr(devices.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    given = {}
    for kind in ("intra", "inter"):
        name = f"set_{kind}_op_parallelism_threads"
        monkeypatch.setattr(tf.config.threading, name, partial(given.__setitem__, kind))
    devices.divide_cores(shards)
    assert given == {"intra": intra, "inter": inter}


def test_cores_that_tensorflow_has_taken_already_stay_as_they_are():
    tf.zeros(1)  # it has started
    before = tf.config.threading.get_intra_op_parallelism_threads()
    devices.divide_cores(64)
    assert tf.config.threading.get_intra_op_parallelism_threads() == before
