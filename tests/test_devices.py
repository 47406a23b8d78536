import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import tensorflow as tf
from tiny import saved_weights
from verbs import start, tiny

from textvae.runtime import devices
from textvae.web.rendering import header
from textvae.web.results import Facts

ROOT = Path(__file__).resolve().parent.parent
# Three virtual devices of the CPU, the last two of which are taken for GPUs.
VIRTUAL = """
import json, sys
import tensorflow as tf
[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 3)
from textvae.runtime import devices
from textvae.web.rendering import header
from textvae.web.results import Facts
devices._logical_gpus = lambda: ["/device:CPU:1", "/device:CPU:2"]
devices.is_gpu = lambda device: device[-1] in "12"
"""
CHOICES = """
from textvae.errors import BadInput
broken, multiply, found = "", tf.matmul, {}
def matmul(a, b, **options):
    product = multiply(a, b, **options)
    if product.device[-1] in broken:
        raise tf.errors.InternalError(None, None, "no kernel image is available")
    return product
tf.matmul = matmul
for broken in ("", "1", "12"):
    for wanted in ("auto", "cpu", "gpu", "gpu:1", "gpu:2"):
        with tf.device("/device:CPU:1"):  # where TensorFlow would place things
            try:
                with devices.device_scope(wanted):
                    found[f"{wanted} {broken}"] = tf.zeros(1).device[-1]
            except BadInput as error:
                found[f"{wanted} {broken}"] = str(error)
tf.matmul = multiply
print(json.dumps(found))
"""
MODELS = """
import textvae
captions, places, results = [], [], []
for wanted in ("cpu", "gpu", "gpu:1"):
    vae = textvae.load(sys.argv[1], device=wanted)
    captions.append(vae.generate(5, seed=1) + vae.reconstruct(["a small dog runs"]))
    places.append(sorted({variable.value.device[-1] for variable in vae.model.weights}))
    results.append(vae.compiled.posterior([[1, 4, 2, 0]]).mu.device[-1])
print(json.dumps([captions, places, results]))
"""
IMPORTED = """
from textvae.runtime.imports import import_tensorflow
import_tensorflow()
"""
LOGGED = """
tf.debugging.set_log_device_placement(True)
import textvae
vae = textvae.load(sys.argv[1], device="gpu:1")
vae.generate(5, seed=1), vae.decode(vae.encode(["a small dog runs"]))
"""


def run(program, *arguments):
    # Commands silence TensorFlow unless this is set.
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def on_virtual_devices():
    """What a process with virtual devices said: its choices, and what models gave on each."""
    program = (sys.executable, "-c", VIRTUAL + CHOICES + MODELS)
    process = start(saved_weights(), program=program)
    out, err = process.communicate()
    assert process.returncode == 0, err
    return SimpleNamespace(stdout=out, stderr=err)


def test_the_device_is_the_one_asked_for_or_the_first_that_can_compute(on_virtual_devices):
    found = json.loads(on_virtual_devices.stdout.splitlines()[0])
    chosen = {key: each for key, each in found.items() if len(each) == 1}
    assert chosen == {
        "auto ": "1", "cpu ": "0", "gpu ": "1", "gpu:1 ": "2",
        "auto 1": "2", "cpu 1": "0", "gpu:1 1": "2",
        "auto 12": "0", "cpu 12": "0",
    }  # fmt: skip
    refused = {key: each for key, each in found.items() if len(each) > 1}
    assert set(refused) == {"gpu:2 ", "gpu 1", "gpu:2 1", "gpu 12", "gpu:1 12", "gpu:2 12"}
    for key, message in refused.items():
        assert message.startswith(f"cannot use the device '{key.split()[0]}'; TensorFlow has")
    complaint = "a GPU cannot be used: no kernel image is available"
    assert on_virtual_devices.stderr.count(complaint) == 6


def test_a_model_runs_where_it_is_asked_to_and_gives_the_same_captions(on_virtual_devices):
    printed = on_virtual_devices.stdout.splitlines()
    (first, *others), places, results = json.loads(printed[-1])
    assert others == [first, first]
    assert places == [["0"], ["1"], ["2"]]
    assert results == ["0", "1", "2"]


def test_tensorflow_places_all_products_of_a_model_where_its_weights_are():
    log = run(IMPORTED + VIRTUAL + LOGGED, saved_weights()).stderr.splitlines()
    placed = [line.strip()[-1] for line in log if "(MatMul): /job:" in line]
    assert len(placed) > 5
    assert set(placed) == {"2"}  # and by default it places them on the first device


@pytest.mark.parametrize("wanted", ["cuda", "GPU", "gpu:", "gpu:-1", "", None, 0])
def test_what_is_no_device_is_refused(wanted):
    with (
        pytest.raises(devices.BadInput, match="must be auto, cpu, gpu or gpu:NUMBER"),
        devices.device_scope(wanted),
    ):
        pass


def test_a_gpu_that_is_not_there_is_refused():
    with (
        pytest.raises(devices.BadInput, match="'gpu:1'; TensorFlow has found no GPU"),
        devices.device_scope("gpu:1"),
    ):
        pass


@pytest.fixture
def gpus(monkeypatch):
    """A machine with two GPUs, the second of which is in use; the calls that set growth."""
    grown = []

    def grow(gpu, enable):
        if gpu.name.endswith("1"):
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        grown.append((gpu.name, enable))

    found = [SimpleNamespace(name=f"/device:GPU:{i}") for i in range(2)]
    for name in ("list_physical_devices", "list_logical_devices", "get_visible_devices"):
        monkeypatch.setattr(tf.config, name, lambda kind=None: found)
    experimental, details = tf.config.experimental, {"device_name": "Tesla T4"}
    monkeypatch.setattr(experimental, "set_memory_growth", grow)
    monkeypatch.setattr(experimental, "get_memory_growth", lambda gpu: None)
    monkeypatch.setattr(experimental, "get_device_details", lambda gpu: details)
    return grown


def test_memory_grows_on_every_gpu_and_one_line_says_where_it_is_too_late(gpus, caplog):
    devices.share_gpu_memory()
    assert gpus == [("/device:GPU:0", True)]
    [line] = caplog.messages
    assert line.startswith("TensorFlow was used before textvae and holds all memory")


def test_nothing_is_said_if_the_memory_grows_already(gpus, caplog, monkeypatch):
    monkeypatch.setattr(tf.config.experimental, "get_memory_growth", lambda gpu: True)
    devices.share_gpu_memory()
    assert not caplog.messages


def test_the_gpu_in_use_and_the_others_are_named(gpus):
    in_use = "/job:localhost/replica:0/task:0/device:GPU:1"
    assert devices.describe(in_use) == "GPU:1 Tesla T4"
    assert devices.idle_gpus(in_use) == ("GPU:0 Tesla T4",)
    assert devices.describe("/device:CPU:0") == "CPU"
    assert devices.idle_gpus("/device:CPU:0") == ("GPU:0 Tesla T4", "GPU:1 Tesla T4")


def test_without_a_gpu_none_is_named():
    assert devices.idle_gpus(devices.current_device()) == ()
    assert not devices.is_gpu(devices.current_device())


def test_gpus_that_tensorflow_cannot_start_are_hidden(monkeypatch, caplog):
    hidden = []

    def fail(kind):
        raise tf.errors.InternalError(None, None, "cudaSetDevice() failed: out of memory\n...")

    monkeypatch.setattr(tf.config, "list_logical_devices", fail)
    monkeypatch.setattr(
        tf.config, "set_visible_devices", lambda *arguments: hidden.append(arguments)
    )
    with devices.device_scope():
        assert not devices.is_gpu(tf.zeros(1).device)
    assert hidden == [([], "GPU")]
    assert caplog.messages == [
        "TensorFlow cannot start the GPU: cudaSetDevice() failed: out of memory"
    ]


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


def test_a_command_runs_where_it_is_told_to():
    there, elsewhere = (tiny("generate", "--device", each) for each in ("cpu", "auto"))
    assert there.status == 0
    assert there.out == elsewhere.out


@pytest.mark.parametrize(("wanted", "message"), [
    ("gpu:7", "TensorFlow has found no GPU; use auto, cpu or a GPU that it finds"),
    ("cuda", "the device must be auto, cpu, gpu or gpu:NUMBER, got 'cuda'"),
])  # fmt: skip
def test_a_command_refuses_a_device_that_is_not_there(wanted, message):
    done = tiny("generate", "--device", wanted)
    assert done.status == 2
    assert done.err.splitlines()[-1].endswith(message)
    assert not done.out


def test_the_page_names_the_gpu_in_use_and_the_other():
    facts = Facts("coco", "GPU:1 Tesla T4", 64, 20, True, idle_gpus=("GPU:0 Tesla T4",))
    shown = header.status("coco", facts)
    assert "on GPU:1 Tesla T4 (not in use: GPU:0 Tesla T4)" in shown
    assert "not in use" not in header.status("coco", replace(facts, idle_gpus=()))
