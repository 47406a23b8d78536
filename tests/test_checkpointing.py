import types

import pytest
from runs import recipe_with

from textvae.config.settings import TrainConfig
from textvae.data.batching import CaptionBatches
from textvae.data.captions import Caption, Captions
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput
from textvae.training import checkpointing
from textvae.training.checkpointing import Checkpointing, Run, identity_of
from textvae.training.preparation import Splits, TrainingData


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
    before.history = [{"epoch": 1, "val_loss": 2.0}]
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
