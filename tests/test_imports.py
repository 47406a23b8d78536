"""A library leaves its user's process alone; a command keeps TensorFlow quiet."""

import ast
import gc
import importlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from tiny import saved_weights

from textvae.runtime.imports import (
    import_tensorflow,
    keep_keras_in_cache,
    notices_dropped,
    without,
)

# Imports other libraries, then all modules of ours, and prints what the latter changed and what
# any of them asked of the network.
CHANGES = """
import gc, importlib, json, logging, os, pkgutil, signal, sys, threading, warnings

asked = []
def note_network(event, values):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        asked.append([event, str(values)])
sys.addaudithook(note_network)

for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
import tensorflow as tf

calls = []
def note_mallopt(event, values):
    if event == "ctypes.dlsym" and values[1] == "mallopt":
        calls.append("mallopt")
sys.addaudithook(note_mallopt)
tf.config.list_physical_devices = lambda kind=None: ["GPU:0"]
tf.config.experimental.set_memory_growth = lambda *values: calls.append("memory growth")

loggers = {"": logging.root, **logging.root.manager.loggerDict}
loggers = {name: each for name, each in loggers.items() if isinstance(each, logging.Logger)}
def state():
    threads = tf.config.threading
    return {
        "environment": dict(os.environ),
        "log levels": {name: each.level for name, each in loggers.items()},
        "log handlers": {name: list(map(str, each.handlers)) for name, each in loggers.items()},
        "disabled log levels": logging.root.manager.disable,
        "threads": [each.name for each in threading.enumerate()],
        "thread counts": [threads.get_intra_op_parallelism_threads(),
                          threads.get_inter_op_parallelism_threads()],
        "thread settings": [threading.stack_size(), sys.getswitchinterval(),
                            sys.getrecursionlimit()],
        "standard error": [os.fstat(2).st_ino, str(sys.stderr), str(sys.stdout)],
        "garbage collection": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(),
                               list(map(str, gc.callbacks))],
        "import hooks": [list(map(str, each)) for each in (sys.meta_path, sys.path_hooks)],
        "import path": list(sys.path),
        "warnings": list(map(str, warnings.filters)),
        "signals": [str(signal.getsignal(each)) for each in signal.valid_signals()],
        "excepthooks": [str(sys.excepthook), str(threading.excepthook)],
        "Keras": [str(tf.keras.config.dtype_policy()), tf.keras.config.floatx()],
        "calls": list(calls),
    }

before = state()
import textvae
modules = [each.name for each in pkgutil.walk_packages(textvae.__path__, "textvae.")]
for name in modules:
    if name != "textvae.__main__":
        importlib.import_module(name)
after = state()
changed = {key: [old, after[key]] for key, old in before.items() if old != after[key]}
print(json.dumps([changed, asked]))
"""

# Loads a model while another thread writes numbered lines to standard error.
LOAD_BESIDE_A_WRITER = """
import logging, os, sys, threading, time
import textvae
from textvae import loading

is_loaded = threading.Event()
def write():
    number = 0
    while not is_loaded.is_set():
        os.write(2, f"line {number}\\n".encode())
        number += 1
        time.sleep(0.01)
    print(number)
writer = threading.Thread(target=write)
writer.start()
vae = getattr(loading, sys.argv[1])(sys.argv[2])
is_loaded.set()
writer.join()
if sys.argv[1] == "load_quietly":
    vae.generate(1, seed=1)  # needs none of the libraries that were left out
print(logging.getLogger("tensorflow").level)
from textvae.runtime.imports import UNUSED
print({name in sys.modules for name in UNUSED})
import h5py, pandas, sklearn.manifold
print(pandas.DataFrame({"a": [1]}).shape)
"""


def other_libraries(root):
    """What modules of ours import of other libraries when they are imported."""
    names = set()
    for path in (root / "textvae").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module)
    return sorted(name for name in names if not name.startswith("textvae"))


def run(root, *arguments):
    # Not the environment of this process, in which our modules are imported already.
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    return done


def test_importing_every_module_changes_nothing_in_the_process_and_asks_no_network(root):
    done = run(root, "-c", CHANGES, json.dumps(other_libraries(root)))
    assert json.loads(done.stdout.splitlines()[-1]) == [{}, []]


@pytest.mark.parametrize("how", ["load", "load_quietly"])
def test_no_line_that_another_thread_writes_is_lost_while_a_model_is_loaded(root, how):
    """A command does without some libraries, and its process can still import them."""
    done = run(root, "-c", LOAD_BESIDE_A_WRITER, how, saved_weights())
    count = int(done.stdout.splitlines()[0])
    assert count > 10
    lines = [line for line in done.stderr.splitlines() if line.startswith("line ")]
    assert sorted(lines) == sorted(f"line {number}" for number in range(count))
    # Which notices TensorFlow has depends on the processor.
    is_greeted = "oneDNN" in done.stderr or "cpu_feature_guard" in done.stderr
    assert is_greeted == (how == "load")
    level, *libraries = done.stdout.splitlines()[1:]
    assert level == "0"
    assert libraries == [str({how == "load"}), "(1, 1)"]


def test_notices_are_dropped_and_all_other_lines_are_kept(capfd):
    with notices_dropped():
        os.write(
            2, b"WARNING: All log messages before absl::InitializeLog() is called are ...\n"
        )
        os.write(2, b"I0000 00:00:1795611601.724991   12788 port.cc:153] oneDNN is on.\n")
        os.write(2, b"E0000 00:00:1795611601.724991   12788 port.cc:153] it fails\n")
        os.write(2, b"ours\n")
    assert capfd.readouterr().err == (
        "E0000 00:00:1795611601.724991   12788 port.cc:153] it fails\nours\n"
    )


def test_an_import_that_fails_says_so_with_all_that_was_written(capfd):
    def fail():
        os.write(2, b"half of it\n")
        raise ImportError("no such library")

    with pytest.raises(ImportError, match="no such library"), notices_dropped():
        fail()
    assert capfd.readouterr().err == "half of it\n"


@pytest.mark.parametrize(("device", "expected"), [("cpu", "hidden"), ("auto", "shared")])
def test_a_command_for_the_cpu_hides_the_gpus_and_others_share_them(
    monkeypatch, device, expected
):
    from textvae.runtime import devices

    calls = []
    monkeypatch.setattr(devices, "hide_gpus", lambda: calls.append("hidden"))
    monkeypatch.setattr(devices, "share_gpu_memory", lambda: calls.append("shared"))
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.delitem(sys.modules, "tensorflow")  # as before it is imported
    import_tensorflow(device)
    assert calls == [expected]


@pytest.mark.parametrize(
    ("cache", "has_settings", "expected"),
    [
        ("", False, "{home}/.cache/textvae/keras"),
        ("/elsewhere", False, "/elsewhere/textvae/keras"),
        ("", True, None),
    ],
)
def test_a_command_has_keras_write_into_the_cache_folder_alone(
    monkeypatch, tmp_path, cache, has_settings, expected
):
    monkeypatch.setenv("KERAS_HOME", "")  # so that it is as before afterwards
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    if has_settings:
        (tmp_path / ".keras").mkdir()
    keep_keras_in_cache()
    assert os.environ.get("KERAS_HOME") == (expected and expected.format(home=tmp_path))
    monkeypatch.setenv("KERAS_HOME", "/mine")
    keep_keras_in_cache()
    assert os.environ["KERAS_HOME"] == "/mine"


MANY = """
import sys
from textvae.data import stored_captions
stored_captions.WINDOW = 50
from textvae.cli.main import main
main(["inspect", sys.argv[1]])
"""


def test_many_lines_are_inspected_without_a_folder_of_keras_in_the_home(root, tmp_path):
    file, home = tmp_path / "lines.txt", tmp_path / "home"
    home.mkdir()
    file.write_text("".join(f"a dog number {n}\n" for n in range(200)))
    env = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = [sys.executable, "-c", MANY, str(file)]
    subprocess.run(command, cwd=root, env=env, check=True, capture_output=True)
    assert {path.name for path in home.iterdir()} <= {".cache"}


def test_what_tensorflow_is_not_to_find_can_be_imported_in_other_threads(tmp_path, monkeypatch):
    (tmp_path / "unused_here.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with without("unused_here"):
        with pytest.raises(ModuleNotFoundError, match="unused_here"):
            importlib.import_module("unused_here")
        with ThreadPoolExecutor() as pool:
            assert pool.submit(importlib.import_module, "unused_here").result()
    monkeypatch.delitem(sys.modules, "unused_here")
    assert importlib.import_module("unused_here")
