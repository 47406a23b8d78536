"""A Space with ZeroGPU, whose package forks the page's process; here a fake one does."""

import os
import signal
import subprocess
import sys

from gradio_client import Client
from tiny import saved_weights
from verbs import free_port

# What the package does, without a GPU: one forked process, which is used for all calls.
SPACES = """
import multiprocessing
from functools import wraps

fork, workers, functions = multiprocessing.get_context("fork"), [], []

def serve(pipe):
    while True:
        number, args, kwargs = pipe.recv()
        try:
            pipe.send((functions[number](*args, **kwargs), None))
        except Exception as error:
            pipe.send((None, error))

def GPU(task):
    functions.append(task)
    number = len(functions) - 1

    @wraps(task)
    def run(*args, **kwargs):
        if not workers:
            here, there = fork.Pipe()
            fork.Process(target=serve, args=(there,), daemon=True).start()
            workers.append(here)
        workers[0].send((number, args, kwargs))
        result, error = workers[0].recv()
        if error:
            raise error
        return result

    run.zerogpu = True
    return run
"""


def environment(folder, **variables):
    (folder / "spaces.py").write_text(SPACES)
    return {**os.environ, "PYTHONPATH": str(folder), **variables}


def test_captions_come_from_a_forked_process(tmp_path, root):
    port = free_port()
    page = subprocess.Popen(
        [sys.executable, "app.py", "--weights", str(saved_weights()), "--port", str(port)],
        cwd=root,
        env=environment(tmp_path, SPACES_ZERO_GPU="true"),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert "is running at" in page.stdout.readline()
        client = Client(f"http://127.0.0.1:{port}", verbose=False)
        made = client.predict(num_captions=3, seed=1, api_name="/generate")
        assert len(made["captions"]) == 3
        again = client.predict(num_captions=3, seed=1, api_name="/generate")
        assert again == made
        assert client.predict("a small dog runs", api_name="/reconstruct")["caption"]
    finally:
        os.killpg(page.pid, signal.SIGKILL)  # with the forked process
        page.wait(30)
        page.stdout.close()
