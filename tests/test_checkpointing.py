import functools
import json
import os
import signal
import time
import types

import numpy as np
import pytest
import safetensors.numpy
import tensorflow as tf
from runs import recipe_with
from tiny import compiled, make_model

from textvae.config.settings import TrainConfig
from textvae.data.batching import CaptionBatches
from textvae.data.caption_set import Caption, Captions
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput, TrainingInterrupted
from textvae.runtime.replicas import ALONE
from textvae.training import checkpointing
from textvae.training.checkpointing import CHECKPOINT, NEXT, PREVIOUS, Checkpointing, latest
from textvae.training.distributed import DistributedCheckpointing
from textvae.training.preparation import Splits, TrainingData
from textvae.training.run import Run, identity_of, parse_run, settings_of


@pytest.mark.parametrize(("done", "ends", "counted"), [
    (0, (3, 7, 11), (4, 8, 10)),  # the last of an epoch are fewer than Keras counts
    (8, (3,), (10,)),
    (5, (3, 7), (9, 10)),
])  # fmt: skip
def test_steps_are_counted_from_where_the_epoch_was_resumed(
    monkeypatch, tmp_path, done, ends, counted
):
    saved = []
    monkeypatch.setattr(checkpointing, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    run = Run({})
    run.batch = done
    keeper = Checkpointing(run, tmp_path, 10)
    keeper.set_model(types.SimpleNamespace(metrics_variables=[]))
    monkeypatch.setattr(keeper, "save", lambda: saved.append(run.batch))
    keeper.on_epoch_begin(0)
    found = []
    for end in ends:
        keeper.on_train_batch_end(end)
        found.append(run.batch)
    assert tuple(found) == counted
    assert tuple(saved) == counted[:-1]  # at the end of an epoch comes validation first


def test_captions_are_known_by_their_content():
    def identity(texts):
        part = Captions(tuple(Caption(t, t) for t in texts), len(texts), {})
        batches = CaptionBatches([[1, 2]], 1)
        data = TrainingData(Splits(part, part), Tokenizer(["a"]), 10, batches, batches)
        return identity_of(recipe_with(), data)

    assert identity(["a b", "c"]) == identity(["a b", "c"])
    assert identity(["a b", "c"]) != identity(["c", "a b"])


def test_a_run_takes_over_what_it_wrote_and_nothing_of_another():
    before = Run({"settings": {"init_from": None, "train": {"shards": 5}}, "captions": 7})
    before.epoch, before.batch, before.seconds = 3, 40, 12.5
    before.history = [{"epoch": n, "val_loss": 2.0} for n in (1, 2, 3)]
    after = Run(before.identity)
    after.restore(before.as_json())
    assert vars(after) == vars(before)
    for other, what in (
        ({"settings": {"init_from": None, "train": {"shards": 6}}}, "train.shards 5, got 6"),
        (
            {"settings": {"init_from": "coco", "train": {"shards": 5}}},
            "init_from None, got coco",
        ),
        ({"captions": 8}, "other captions"),
    ):
        with pytest.raises(BadInput, match=f"made with {what}; resume with the same"):
            Run({**before.identity, **other}).restore(before.as_json())


def test_a_resumed_run_may_change_how_long_it_is_and_its_objective():
    def identity(**train):
        return {"settings": {"train": {"epochs": 5, "beta": 0.5, "seed": 0, **train}}}

    before = Run(identity())
    before.epoch, before.failure = 2, "the KL has collapsed"
    before.history = [
        {"epoch": n, "val_nll": 2.0, "val_kl": 4.0, "val_loss": 4.0} for n in (1, 2)
    ]
    longer, other = Run(identity(epochs=9)), Run(identity(beta=0.25, epochs=9))
    assert longer.restore(before.as_json()) == {"train.epochs": (5, 9)}
    assert (longer.first, longer.failure) == (1, "")
    assert longer.history == before.history
    assert other.restore(before.as_json()) == {
        "train.epochs": (5, 9),
        "train.beta": (0.5, 0.25),
    }
    assert other.first == 3
    assert [logs["val_loss"] for logs in other.history] == [3.0, 3.0]
    assert other.identity == identity(beta=0.25, epochs=9)
    with pytest.raises(
        BadInput, match=r"train.seed 0, got 1; .*what may change: .*train.epochs"
    ):
        Run(identity(seed=1)).restore(before.as_json())


def test_a_setting_that_a_former_version_did_not_have_was_at_its_default():
    former = Run({"settings": {"train": {"seed": 5}}}).as_json()
    Run({"settings": {"train": {"seed": 5, "shards": TrainConfig().shards}}}).restore(former)
    with pytest.raises(BadInput, match=f"made with train.shards {TrainConfig().shards}, got 7"):
        Run({"settings": {"train": {"seed": 5, "shards": 7}}}).restore(former)


# Damage -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with two checkpoints of a network, of which the last is after another epoch."""
    folder = tmp_path_factory.mktemp("saved")
    keeper = keeper_of(folder)
    keeper.kept = {"embedding.bias": np.arange(3, dtype=np.float16)}
    keeper.save()
    keeper.run.epoch, keeper.run.history = 1, [{"epoch": 1, "val_loss": 2.0}]
    keeper.save()
    return folder


@functools.cache
def network():
    return compiled(make_model())


def keeper_of(folder, epochs=3):
    keeper = Checkpointing(Run({"settings": {"train": {"epochs": epochs}}}), folder, 10)
    keeper.set_model(network())
    return keeper


def refused(folder, data, message):
    (folder / CHECKPOINT).write_bytes(data)
    keeper, table = keeper_of(folder), network().embedding.table
    before = table.numpy() + 1.0
    table.assign(before)
    with pytest.raises(BadInput, match=message) as caught:
        keeper.restore(keeper.model)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    np.testing.assert_array_equal(table.numpy(), before)
    return str(caught.value)


def test_the_last_two_checkpoints_are_kept_and_hold_what_a_run_needs(saved):
    assert sorted(path.name for path in saved.iterdir()) == [PREVIOUS, CHECKPOINT]
    assert latest(saved) == saved / CHECKPOINT
    keeper = keeper_of(saved)
    keeper.restore(keeper.model)
    assert keeper.run.epoch == 1
    assert keeper.kept["embedding.bias"].tolist() == [0.0, 1.0, 2.0]
    assert not keeper.metrics_to_restore  # after an epoch they are of its validation


def test_after_a_kill_the_newest_whole_checkpoint_is_taken(saved, tmp_path):
    for name, source in ((PREVIOUS, PREVIOUS), (NEXT, CHECKPOINT)):
        (tmp_path / name).write_bytes((saved / source).read_bytes())
    keeper = keeper_of(tmp_path)
    keeper.restore(keeper.model)
    assert keeper.run.epoch == 1
    (tmp_path / NEXT).unlink()
    keeper.restore(keeper.model)
    assert keeper.run.epoch == 0


def test_a_flipped_bit_anywhere_is_refused_with_what_to_do(saved, tmp_path):
    data = (saved / CHECKPOINT).read_bytes()
    rng = np.random.default_rng(0)
    header = 8 + int.from_bytes(data[:8], "little")
    places = [*range(8), *rng.integers(8, header, 40), *rng.integers(header, len(data), 12)]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(rng.integers(8))
        refused(tmp_path, bytes(flipped), "is damaged .*; train from scratch in another")
    (tmp_path / PREVIOUS).write_bytes(data)
    message = refused(tmp_path, data[:-1], "is damaged")
    assert message.endswith(
        f"delete it, and --resume continues from the previous one, {tmp_path / PREVIOUS}"
    )
    (tmp_path / CHECKPOINT).unlink()
    keeper = keeper_of(tmp_path)
    keeper.restore(keeper.model)


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": 9},
        {"epoch": "1"},
        {"batch": -1},
        {"batch": 10},
        {"seconds": float("inf")},
        {"history": [{"epoch": 7, "val_loss": 2.0}]},
        {"history": [{"epoch": 1}]},
        {"history": [3]},
        {"identity": []},
        {"unknown": 3},
    ],
    ids=str,
)
def test_a_checkpoint_without_its_checksum_that_says_what_no_run_does_is_refused(
    saved, tmp_path, change
):
    metadata = json.loads(parts(saved)[1]["run"])
    run = {"run": json.dumps({**metadata, **change})}
    data = safetensors.numpy.save(parts(saved)[0], run)
    refused(tmp_path, data, "is damaged|is of an epoch")


@pytest.mark.parametrize("metadata", [None, {}, {"run": ""}, {"run": "[" * 9999}, {"a": "b"}])
def test_missing_and_broken_metadata_are_refused(saved, tmp_path, metadata):
    data = safetensors.numpy.save(parts(saved)[0], metadata)
    refused(tmp_path, data, "is damaged .*metadata")


def parts(folder):
    data = (folder / CHECKPOINT).read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return safetensors.numpy.load(data), header["__metadata__"]


def test_a_run_that_is_longer_than_it_may_be_is_refused(saved):
    keeper = keeper_of(saved, epochs=0)
    with pytest.raises(BadInput, match="of epoch 1, and train.epochs is 0; resume with --set"):
        keeper.restore(keeper.model)


def test_what_a_run_says_of_itself_is_read_back():
    run = Run({"captions": 7}, "bfloat16")
    assert parse_run(run.as_json()) == vars(run)


def test_metadata_that_are_null_are_refused(tmp_path):
    array = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    header = json.dumps({"__metadata__": None, "x": array}).encode()
    refused(tmp_path, len(header).to_bytes(8, "little") + header + bytes(4), "is damaged")


def test_a_validation_that_lasts_is_left_after_a_signal(tmp_path, monkeypatch):
    keeper = keeper_of(tmp_path)
    clock = types.SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr(checkpointing, "time", clock)
    keeper.on_test_batch_end(1)
    keeper.is_interrupted, keeper.interrupted_at = True, 99.9
    keeper.on_test_batch_end(2)
    keeper.interrupted_at = 98.0
    with pytest.raises(TrainingInterrupted):
        keeper.on_test_batch_end(3)


def test_a_signal_before_the_end_of_the_first_step_is_not_kept_waiting(tmp_path, monkeypatch):
    handled = []
    monkeypatch.setattr(Checkpointing, "save", lambda self: None)
    keeper = Checkpointing(Run({}), tmp_path, 10)
    keeper.set_model(types.SimpleNamespace(metrics_variables=[]))
    outer = signal.signal(signal.SIGTERM, lambda *_: handled.append("at once"))
    try:
        with keeper.catching_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            assert (handled, keeper.is_interrupted) == (["at once"], False)
            keeper.on_epoch_begin(0)
            keeper.on_train_batch_end(0)
            os.kill(os.getpid(), signal.SIGTERM)
            assert (handled, keeper.is_interrupted) == (["at once"], True)
            os.kill(os.getpid(), signal.SIGTERM)
            assert handled == ["at once", "at once"]
            with pytest.raises(TrainingInterrupted):
                keeper.on_train_batch_end(1)
        os.kill(os.getpid(), signal.SIGTERM)
        assert len(handled) == 3
    finally:
        signal.signal(signal.SIGTERM, outer)


def test_a_checkpoint_of_other_settings_or_vectors_is_not_called_damaged(saved, tmp_path):
    """Also where an epoch has become shorter than the part of it that is done."""
    keeper = keeper_of(tmp_path)
    keeper.run.batch = 9
    keeper.save()
    keeper.save()
    other = Run({"settings": {"train": {"epochs": 3, "batch_size": 64}}})
    wide = compiled(make_model(vector_dim=9))
    for folder, run, model, what in (
        (tmp_path, other, network(), "train.batch_size 128, got 64; resume with the same"),
        (saved, keeper_of(saved).run, wide, "word vectors of 6 numbers, got 9; resume with"),
    ):
        keeper = Checkpointing(run, folder, 5)
        with pytest.raises(BadInput, match=f"made with {what}") as caught:
            keeper.restore(model)
        assert "delete" not in str(caught.value)


def test_a_run_that_collapsed_in_its_last_epoch_needs_more_of_them():
    def identity(**train):
        return {"settings": {"train": {"epochs": 2, "min_active_units": 1, **train}}}

    before = Run(identity())
    before.epoch, before.failure = 2, "the KL has collapsed"
    before.history = [{"epoch": n, "val_loss": 4.0} for n in (1, 2)]
    with pytest.raises(BadInput, match="cannot be continued: the KL has collapsed"):
        Run(identity()).restore(before.as_json())
    for train in ({"epochs": 3}, {"min_active_units": 0}):  # goes on, or is taken as it is
        Run(identity(beta=0.2, **train)).restore(before.as_json())


def test_an_objective_is_not_changed_where_no_epoch_is_left_for_it():
    def identity(**train):
        return {"settings": {"train": {"epochs": 2, "beta": 0.5, **train}}}

    before = Run(identity())
    before.epoch = 2
    before.history = [
        {"epoch": n, "val_nll": 2.0, "val_kl": 4.0, "val_loss": 4.0} for n in (1, 2)
    ]
    with pytest.raises(BadInput, match=r"train.beta would have no effect.*train.epochs=4"):
        Run(identity(beta=0.1)).restore(before.as_json())
    Run(identity(beta=0.1, epochs=4)).restore(before.as_json())
    Run(identity()).restore(before.as_json())


def test_a_vote_in_the_last_step_of_an_epoch_does_not_end_its_validation(tmp_path):
    votes = {"vote": tf.Variable(1.0), "stop_requested": tf.Variable(1.0)}
    keeper = DistributedCheckpointing(Run({}), tmp_path, 10, ALONE)
    keeper.set_model(types.SimpleNamespace(**votes))
    keeper.is_interrupted, keeper.interrupted_at = True, time.monotonic()
    keeper.on_test_begin()
    keeper.on_test_batch_begin(0)
    keeper.on_test_batch_end(0)  # is not left at once
    keeper.interrupted_at -= 60.0
    keeper.on_test_batch_begin(1)
    assert float(keeper.model.vote) == 1.0  # but when it lasts


def test_another_limit_of_active_units_is_no_other_objective():
    def identity(least):
        return {"settings": {"train": {"epochs": 9, "min_active_units": least}}}

    before, after = Run(identity(8)), Run(identity(2))
    before.epoch, before.failure = 2, "the KL has collapsed"
    before.history = [{"epoch": number, "val_loss": 2.0 + number} for number in (1, 2)]
    after.restore(before.as_json())
    assert after.first == 1


def test_a_run_with_labels_is_not_resumed_without_them():
    with_labels, without = (
        {"settings": settings_of(recipe_with(data={"label_column": each}))}
        for each in ("mood", None)
    )
    with pytest.raises(BadInput, match=r"made with data\.label_column mood, got None"):
        Run(without).restore(Run(with_labels).as_json())
    former = {"settings": {k: v for k, v in with_labels["settings"].items() if k != "data"}}
    Run(with_labels).restore(Run(former).as_json())
