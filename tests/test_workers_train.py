"""Three worker processes train what one process trains."""

import json

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
        "clip_norm": 0.5, "precision": "float32",
    },
    "prior": {"epochs": 1, "batch_size": 51, "latent_dim": 6},
}  # fmt: skip


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
        started([command(two, **NOISY)], devices="2"),
        started([command(three, **NOISY)] * 3),
    ]
    (single,), (mirrored,), (chief, *others) = map(ended, processes)
    assert single[0] == mirrored[0] == chief[0] == 0, (single, mirrored, chief)
    assert chief[1] == single[1]  # the metrics; none are measured here
    for status, out, err in others:
        assert (status, out) == (0, ""), err
        assert "is done; worker 0" in err
    for other in (two, three):
        assert_same_run(one, other)
        assert_same_run(one / "prior", other / "prior")
    names = [sorted(each.name for each in folder.iterdir()) for folder in (one, three)]
    assert names[0] == names[1]
