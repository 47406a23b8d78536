"""A process that imports what takes long once and then forks the commands that tests start.

Run by `forked`, with the descriptor of a socket and what to import: `tensorflow`, or what the
Hub's client needs, `hub`. A request is a packet: the program, its arguments, environment and
folder as JSON, and descriptors for its standard input, output and error and for its fate.
"""

import gc
import importlib
import json
import os
import runpy
import socket
import sys

from textvae.runtime.imports import import_tensorflow

# Not the client itself, which reads its settings when it is imported.
HUB = ("httpcore2", "httpx2", "filelock", "packaging.version", "tqdm", "yaml", "textvae.errors")


def become(request, streams):
    """Be the process that is asked for, from here on."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["environment"])
    if request["folder"]:
        os.chdir(request["folder"])
    sys.argv[1:] = request["arguments"]
    if request["module"]:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    else:
        exec(request["code"], {"__name__": "__main__"})


def watch(request, streams, fate):
    """Fork the command; tell its number and how it ended. Only the command returns."""
    command = os.fork()
    if command:
        os.write(fate, f"{command}\n".encode())
        _, status = os.waitpid(command, 0)
        os.write(fate, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    os.close(fate)
    become(request, streams)


def serve(descriptor):
    """Answer requests until whoever sends them is gone; returns in the commands as well."""
    with socket.socket(fileno=descriptor) as requests:
        while True:
            data, descriptors, *_ = socket.recv_fds(requests, 2**20, 4)
            if not data:
                return
            if not os.fork():
                requests.close()
                break
            for each in descriptors:
                os.close(each)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    watch(json.loads(data), descriptors[:3], descriptors[3])


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file, where a command would not look
    if sys.argv[2] == "hub":
        for name in HUB:
            importlib.import_module(name)
    else:
        import_tensorflow()
        import textvae.evaluation.evaluate
        import textvae.pipeline
        import textvae.training.train  # noqa: F401

    assert "huggingface_hub.constants" not in sys.modules, "it has read the environment"
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # as in the processes of the tests, see conftest.py
    serve(int(sys.argv[1]))
