"""Two and three worker processes train what one process trains, also when they are killed."""

import json
import signal

import numpy as np
import pytest
from runs import command
from workers_here import ended, started

from textvae.saving.sealed import read_sealed
from textvae.training.checkpointing import CHECKPOINT

# 104 captions for training: the last batch of an epoch has 2 rows, so not all have one.
NOISY = {
    "train": {
        "epochs": 1, "batch_size": 51, "free_bits": 0.02, "dropout": 0.3, "word_dropout": 0.3,
        "latent_noise": 0.3, "fragments": 0.3, "pairs": True, "word_noise": 0.2,
        "clip_norm": 0.5, "precision": "float32", "shards": 2,
    },
    "prior": {"epochs": 1, "batch_size": 51, "latent_dim": 6},
}  # fmt: skip
# In bfloat16 a sum depends on what is summed together: with four shards each has whole ones.
# Gradients are still added in another order, and after many steps that tips a number to its
# neighbour, a hundredth away; two epochs are before that.
COARSE = {
    "train": {**NOISY["train"], "epochs": 2, "precision": "bfloat16", "shards": 4},
    "prior": {"epochs": 0},
}


def assert_same_run(one, other):
    """All that a checkpoint holds is the same: weights, optimiser, metrics and losses."""
    (expected, text), (found, other_text) = (
        read_sealed(each / CHECKPOINT) for each in (one, other)
    )
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        if name.startswith("kept."):
            continue  # in half precision
        np.testing.assert_allclose(found[name], array, rtol=1e-5, atol=1e-5, err_msg=name)
    for logs, others in zip(
        *(json.loads(each["run"])["history"] for each in (text, other_text)), strict=True
    ):
        for name in logs.keys() - {"seconds", "tokens_per_second"}:
            assert others[name] == pytest.approx(logs[name], rel=1e-5), name


def test_three_workers_and_two_devices_train_what_one_process_trains(tmp_path):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    processes = [
        started([command(one, **NOISY)]),
        # Devices train a prior as they train a VAE; the three workers train one.
        started([command(two, **{**NOISY, "prior": {"epochs": 0}})], devices="2"),
        started([command(three, **NOISY)] * 3),
    ]
    (single,), (mirrored,), (chief, *others) = map(ended, processes)
    assert single[0] == mirrored[0] == chief[0] == 0, (single, mirrored, chief)
    assert chief[1] == single[1]  # the metrics; none are measured here
    for status, out, err in others:
        assert (status, out) == (0, ""), err
        assert "is done; worker 0" in err
    assert_same_run(one, two)
    assert_same_run(one, three)
    assert_same_run(one / "prior", three / "prior")
    names = [sorted(each.name for each in folder.iterdir()) for folder in (one, three)]
    assert names[0] == names[1]


def test_workers_that_were_stopped_and_killed_go_on_to_the_same_end(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    reference = started([command(one, **COARSE)])
    words = command(two, **COARSE)
    for status, out, err in ended(started([words] * 2, {1: f"{signal.SIGTERM:d}@0"})):
        assert (status, out) == (1, ""), err
        assert "interrupted; the same command with --resume continues" in err, err
    again = [*words, "--resume"]
    (status, _, err), killed = ended(started([again] * 2, {1: f"{signal.SIGKILL:d}@1"}))
    assert killed[0] == -signal.SIGKILL
    assert status == 1, err
    complaint = err.strip().split("\n")[-1]
    assert complaint.startswith("textvae: worker 1 (127.0.0.1:")
    assert "start all workers again" in complaint
    assert "Traceback" not in err
    assert [each[0] for each in ended(started([again] * 2))] == [0, 0]
    assert ended(reference)[0][0] == 0
    assert_same_run(one, two)


def test_an_output_that_is_a_file_is_refused_by_all_workers(tmp_path):
    (tmp_path / "run").write_text("mine")
    for status, out, err in ended(started([command(tmp_path / "run", **COARSE)] * 2)):
        assert (status, out) == (2, ""), err
        assert "run is a file; name a folder for the run" in err
