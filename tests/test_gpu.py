"""The benchmark for GPUs, with a virtual device in place of one."""

import json
import os
import subprocess
import sys

from benchmarks.gpu import MISSING, NO_GPU, TOLERANCE


def run(root, *arguments):
    command = [sys.executable, "-m", "benchmarks.gpu", *arguments]
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}  # a GPU that this machine may have
    return subprocess.run(command, cwd=root, env=hidden, capture_output=True, text=True)


def test_a_virtual_device_gives_the_losses_and_captions_of_the_cpu(root):
    done = run(root, "--virtual", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    placed, equal = found["placement"], found["equality"]
    assert [each[-5:] for each in placed["weights_on"]] == ["CPU:1"]
    assert [loop["waits"] for loop in placed["loops"].values()] == [[], []]
    assert equal["same_captions"] == 1.0
    assert set(equal["relative_difference"]) == {"nll", "kl", "training"}
    assert max(equal["relative_difference"].values()) < TOLERANCE
    for task, unit in (("training", "tokens"), ("decoding", "captions")):
        assert set(found[task][f"{unit}_per_second"]) == {"textvae", "pytorch"}
        assert min(found[task][f"{unit}_per_second"].values()) > 0


def test_without_a_gpu_one_line_says_so(root):
    done = run(root, "--require")
    assert done.returncode == MISSING
    assert done.stderr == f"{NO_GPU}\n"
    assert done.stdout == ""
