"""The benchmark for GPUs, with a virtual device in place of one."""

import json
import sys

import pytest
from verbs import start

from benchmarks import gpu
from benchmarks.gpu import MISSING, NO_GPU, TOLERANCE
from textvae.runtime import devices


def test_a_virtual_device_gives_the_losses_and_captions_of_the_cpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # a GPU that this machine may have
    program = (sys.executable, "-m", "benchmarks.gpu")
    process = start("--virtual", "--json", program=program)
    out, err = process.communicate()
    assert process.returncode == 0, err
    found = json.loads(out)
    placed, equal = found["placement"], found["equality"]
    assert [each[-5:] for each in placed["weights_on"]] == ["CPU:1"]
    assert [loop["waits"] for loop in placed["loops"].values()] == [[]] * 3
    assert equal["same_captions"] == 1.0
    assert set(equal["relative_difference"]) == {"nll", "kl", "training"}
    assert max(equal["relative_difference"].values()) < TOLERANCE
    for task, unit in (("training", "tokens"), ("decoding", "captions")):
        assert set(found[task][f"{unit}_per_second"]) == {"textvae", "pytorch"}
        assert min(found[task][f"{unit}_per_second"].values()) > 0


def test_without_a_gpu_one_line_says_so(monkeypatch, capsys):
    monkeypatch.setattr(devices, "_logical_gpus", list)
    monkeypatch.setattr(sys, "argv", ["gpu", "--require"])
    with pytest.raises(SystemExit) as stop:
        gpu.main()
    assert stop.value.code == MISSING
    assert capsys.readouterr() == ("", f"{NO_GPU}\n")
