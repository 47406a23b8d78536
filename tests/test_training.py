import dataclasses
import functools
import json
import os
import re
import resource
import shutil
import signal
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from runs import (
    ONE_BATCH,
    captions_file,
    command,
    eagerly,
    recipe_with,
    report_of,
    run_unmeasured,
    unbroken,
    unmeasured,
    validation_texts,
)
from tiny import (
    CAPTIONS,
    TOKENIZER,
    copy_of_weights,
    session_folder,
    some_captions,
    write_lines,
)
from verbs import run, start

import textvae
from textvae import loading
from textvae.config.settings import PriorConfig
from textvae.data.batching import CaptionBatches, padded
from textvae.data.tokenizer import Tokenizer
from textvae.saving import manifest, weights_folder
from textvae.saving.data_section import base_models_of
from textvae.saving.variables import named_variables, read_arrays
from textvae.training.checkpointing import CHECKPOINT
from textvae.training.lock import locked
from textvae.training.preparation import read_splits
from textvae.training.progress import ProgressBar
from textvae.training.trainer import Trainer


def without_clock(report):
    """The report less what depends on when and how fast it was made."""
    timed = {"seconds", "total_seconds", "tokens_per_second", "finished", "command", "history"}
    history = [
        {name: value for name, value in logs.items() if name not in timed}
        for logs in report["history"]
    ]
    prior = {name: value for name, value in report["prior"].items() if name not in timed}
    return {
        **{k: v for k, v in report.items() if k not in timed},
        "history": history,
        "prior": prior,
    }


def assert_same_weights(folder, other):
    for name in ("model.safetensors", "prior.safetensors", "vocabulary.txt", "config.json"):
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name


# What a run leaves --------------------------------------------------------------------------


def test_a_run_leaves_a_folder_that_loads_and_metrics_on_standard_output():
    folder, said = unbroken()
    assert said.status == 0, said.err
    report = report_of(folder)
    metrics = dict(line.split("\t") for line in said.out.splitlines())
    assert float(metrics["nll"]) == pytest.approx(report["validation"]["nll"], rel=1e-3)
    assert int(metrics["num_captions"]) == report["data"]["validation"]["captions"]
    assert "progress" not in said.out
    loaded = weights_folder.load(folder)
    assert loaded.name == "tiny"
    assert loaded.prior is not None
    assert 0 < len(loaded.latent_map.captions) <= report["data"]["train"]["captions"]
    assert not list(folder.glob(".*.partial"))


def test_a_run_ends_with_a_verdict_in_its_report_on_its_card_and_on_standard_error():
    folder, said = unbroken()
    found = report_of(folder)["verdict"]
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert len(found["text"]) >= 3
    for sentence in found["text"]:
        assert sentence in said.err
        assert f"- {sentence}\n" in card
    vae = textvae.load(folder)
    held_out = validation_texts()
    exact = np.mean(
        [
            text == back
            for text, back in zip(held_out, vae.decode(vae.encode(held_out)), strict=True)
        ]
    )
    assert found["held_out_exact"] == pytest.approx(exact)


def test_a_run_reports_its_counts():
    folder, said = unbroken()
    report, count = report_of(folder), 130
    train, held_out = (report["data"][part]["captions"] for part in ("train", "validation"))
    assert (train + held_out, held_out) == (count, 26)  # a fifth of the images
    assert report["data"]["has_groups"]
    assert f"{count} captions read, {count} kept, 0 dropped" in said.err
    assert report["vocab_size"] == len(weights_folder.load(folder).tokenizer)
    assert report["num_parameters"] == sum(
        int(np.prod(v.shape)) for v in weights_folder.load(folder).model.weights
        if "active_units" not in v.path and "tracker" not in v.path
    )  # fmt: skip
    assert len(report["history"]) == 2
    assert [logs["epoch"] for logs in report["history"]] == [1, 2]
    assert report["seconds"] == pytest.approx(sum(p["seconds"] for p in report["history"]))
    tokens = report["data"]["train"]["tokens"]
    for logs in report["history"]:
        assert logs["tokens_per_second"] == pytest.approx(tokens / logs["seconds"])


def test_the_reported_losses_fit_together():
    folder, _ = unbroken()
    for logs in report_of(folder)["history"]:
        assert logs["val_loss"] == pytest.approx(
            logs["val_nll"] + 0.05 * logs["val_kl"], rel=1e-5
        )
        assert logs["beta"] == pytest.approx(0.05)  # the warm-up is over after one epoch


def test_nothing_that_a_run_writes_names_a_folder_of_this_machine():
    folder, _ = unbroken()
    for name in ("report.json", "config.json", "README.md", "model.safetensors"):
        for path in (session_folder(), folder.parent):
            assert str(path).encode() not in (folder / name).read_bytes(), name
    assert "--captions captions.json" in report_of(folder)["command"]


def assert_weights_are_of(folder, epoch):
    loaded, held_out = weights_folder.load(folder), validation_texts()
    rows = CaptionBatches([loaded.tokenizer.encode(text) for text in held_out], 256)
    loaded.model.compile(run_eagerly=True)  # one batch, for which a trace takes longer
    logs = loaded.model.evaluate(rows.dataset(), verbose=0, return_dict=True)
    assert logs["kl"] == pytest.approx(epoch["val_kl"], rel=2e-3)  # in half precision
    assert logs["nll"] == pytest.approx(epoch["val_nll"], rel=2e-3)
    assert logs["active_units"] == epoch["val_active_units"]


def assert_weights_are_of_the_best_epoch(folder):
    report = report_of(folder)
    best = min(report["history"], key=lambda logs: logs["val_loss"])
    assert report["best_epoch"] == best["epoch"]
    assert_weights_are_of(folder, best)


def test_the_saved_weights_are_those_of_the_best_epoch():
    assert_weights_are_of_the_best_epoch(unbroken()[0])


def test_a_run_stops_when_patience_is_over_and_keeps_its_best_weights(tmp_path):
    """At such a learning rate the loss soon rises again. Without epochs there is no prior."""
    train = {"learning_rate": 0.3, "epochs": 30, "patience": 2, "shards": 1}
    said = run_unmeasured(*command(tmp_path / "run", train=train, prior={"epochs": 0}))
    assert said.status == 0, said.err
    assert "no lower validation loss for 2 epochs: training ends after epoch" in said.err
    report = report_of(tmp_path / "run")
    assert len(report["history"]) == report["best_epoch"] + 2 < 30
    assert_weights_are_of_the_best_epoch(tmp_path / "run")
    assert weights_folder.load(tmp_path / "run").prior is None
    assert report["prior"] is None


def test_the_curves_hold_the_history_and_need_no_network():
    folder, _ = unbroken()
    page = (folder / "history.html").read_text(encoding="utf-8")
    assert "src=" not in page.split("<body", 1)[1].split("<script>", 1)[0]
    charts = re.findall(r'<script type="application/json">(.*?)</script>', page)
    lines = [tuple(trace["y"]) for chart in charts for trace in json.loads(chart)["data"]]
    history = report_of(folder)["history"]
    for name in ("nll", "val_nll", "kl", "val_kl", "loss", "val_loss", "val_active_units"):
        assert tuple(logs[name] for logs in history) in lines


# Broken and resumed runs --------------------------------------------------------------------


KILLED = """
import os, signal, sys
from textvae.training import checkpointing, progress, trainer
checkpointing.SECONDS_BETWEEN_CHECKPOINTS = 0.0
count = 0
def die(*_, **__):
    global count
    count += 1
    if count == {count}:
        os.kill(os.getpid(), signal.SIGKILL)
{function} = die
from textvae.cli.main import main
main(sys.argv[1:])
"""
STEP, LOGS = "progress.ProgressBar.on_train_batch_end", "trainer.write_tensorboard"
KILLS = [  # at which call of what, the epochs that are done then, and where resuming begins
    (LOGS, 1, 1, "run after 1 of 2 epochs and 0 batches"),  # between two epochs
    (STEP, 2, 1, "run after 1 of 2 epochs and 8 batches"),  # of 11: 4, 4 and 3 steps at once
    (STEP, 2, 2, "prior after 0 of 1 epochs and 4 batches"),
]


def interrupted(arguments, number):
    """What a run said that gets a signal in its first epoch."""
    update, steps = ProgressBar.on_train_batch_end, []

    def interrupt_in_the_first_epoch(self, batch, logs=None):
        update(self, batch, logs)
        steps.append(batch)
        if len(steps) == 1:
            os.kill(os.getpid(), number)

    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ProgressBar, "on_train_batch_end", interrupt_in_the_first_epoch)
        said = run(*arguments)
    assert len(steps) in (1, 2)  # ended after the steps under way, or those after them
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    return said


@functools.cache
def interrupted_run():
    """A folder with a run that got Ctrl-C in its first epoch, and what it said."""
    folder = session_folder() / "interrupted"
    return folder, interrupted(command(folder), signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_resume(tmp_path, number):
    if number == signal.SIGINT:
        _, said = interrupted_run()
    else:
        said = interrupted(command(tmp_path / "run", model=WITHOUT_CODE), number)
    assert said.status == 1
    assert said.out == ""
    assert "interrupted; the same command with --resume continues" in said.err
    assert "Traceback" not in said.err


def test_a_run_that_is_interrupted_and_killed_resumes_to_the_same_weights_and_history(tmp_path):
    source, said = interrupted_run()
    assert said.status == 1
    folder = shutil.copytree(source, tmp_path / "run")
    arguments, resumed_where = command(folder, "--resume"), "run after 0 of 2 epochs and [48] "
    for function, count, epochs, where in KILLS:
        program = KILLED.replace("{count}", str(count)).replace("{function}", function)
        process = start(*arguments, program=(sys.executable, "-c", program))
        _, errors = process.communicate()
        assert process.returncode == -signal.SIGKILL, errors
        assert re.search(resumed_where, errors), errors
        assert len(report_of(folder)["history"]) == epochs
        # The weights of the epochs that are done can be used already.
        weights_folder.load(folder)
        resumed_where = where
    resumed = run_unmeasured(*arguments)
    assert resumed.status == 0, resumed.err
    assert resumed_where in resumed.err
    assert "is replaced" not in resumed.err  # as no model is finished there
    assert_same_weights(folder, unbroken()[0])
    found, expected = (without_clock(report_of(each)) for each in (folder, unbroken()[0]))
    del found["validation"]  # empty, as nothing is measured: the weights are the same
    assert found == {name: expected[name] for name in found}


def test_the_weights_of_a_run_that_has_not_ended_say_so(tmp_path):
    folder = copy_of_weights(tmp_path / "mine")
    options = ["generate", "--weights", str(folder), "--num-captions", "1"]
    assert "not ended" not in run(*options).err
    vae = textvae.load(folder)
    vae.bundle.report = {"history": vae.report["history"], "recipe": {}}
    vae.save(folder)
    said = run(*options)
    assert said.status == 0
    warning = "the training of (.*) has not ended.*; unless it is still running, .*--resume"
    assert re.search(warning, said.err)[1] == str(folder)  # two runs may have one name


def checkpoint_of_another_run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    source = unbroken()[0] / CHECKPOINT
    (folder / CHECKPOINT).write_bytes(source.read_bytes())
    return folder


def test_resuming_with_other_settings_or_captions_is_refused(tmp_path):
    folder = checkpoint_of_another_run(tmp_path)
    before = (folder / CHECKPOINT).read_bytes()
    for more, what in (
        (["--set", "train.learning_rate=0.1"], "train.learning_rate 0.01, got 0.1"),
        (["--set", "data.min_count=60"], "other vocabulary"),
        (["--set", "data.validation_share=0.3"], "other (captions|vocabulary)"),
    ):
        said = run(*[*command(folder, "--resume"), *more])
        assert said.status == 2
        assert_one_line(said, f"the checkpoint was made with {what}; resume with the same")
    assert (folder / CHECKPOINT).read_bytes() == before


def assert_one_line(said, pattern):
    """The last line on standard error is the complaint, and there is no traceback."""
    last = said.err.strip().splitlines()[-1]
    assert re.search(pattern, last), last
    assert last.startswith("textvae: ")
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_run_that_is_finished_resumes_to_itself(tmp_path):
    folder = shutil.copytree(unbroken()[0], tmp_path / "run")
    (folder / manifest.NAME).unlink()  # former versions had none
    (folder / "model.safetensors").write_bytes(b"what a kill in a former version left")
    said = run_unmeasured(*command(folder, "--resume"))
    assert said.status == 0, said.err
    assert_same_weights(folder, unbroken()[0])
    assert report_of(folder)["history"] == report_of(unbroken()[0])["history"]


def test_a_run_or_a_model_in_the_folder_is_never_overwritten(tmp_path):
    folder, _ = unbroken()
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    said = run(*command(folder))
    assert said.status == 2
    assert_one_line(said, "already holds a run; --resume it or choose another --output")
    assert {path: path.read_bytes() for path in before} == before
    weights = copy_of_weights(tmp_path)
    said = run(*command(weights))
    assert said.status == 2
    assert_one_line(said, "already holds a trained model; choose another --output")


@pytest.mark.parametrize("name", ["README.md", "prior/report.json"])
def test_a_file_of_somebody_that_a_run_would_replace_is_never_replaced(tmp_path, name):
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    said = run(*command(tmp_path))
    assert said.status == 2
    assert_one_line(said, f"holds {name}, which a run would replace; choose another --output")
    assert mine.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]


def test_of_two_trainings_in_a_folder_the_second_is_told_of_the_first(tmp_path):
    with locked(tmp_path / "run"):
        said = run(*command(tmp_path / "run"))
    assert said.status == 2
    assert_one_line(said, f"run is being trained by process {os.getpid()} on .* since ")


def test_there_must_be_something_to_resume(tmp_path):
    said = run(*command(tmp_path / "none", "--resume"))
    assert said.status == 2
    assert_one_line(said, "nothing to resume: .*checkpoint.safetensors does not exist")


# Runs that end themselves -------------------------------------------------------------------


def test_too_few_captions_are_refused_before_anything_is_written(tmp_path):
    few = write_lines(tmp_path / "few.txt", CAPTIONS[:45])
    arguments = command(tmp_path / "run")
    arguments[arguments.index("--captions") + 1] = str(few)
    said = run(*arguments)
    assert said.status == 2
    assert_one_line(said, "too few captions: 36 for training and 9 .* at least 40 and 2")
    assert not (tmp_path / "run").exists()


def test_an_empty_vocabulary_is_refused_before_anything_is_written(tmp_path):
    said = run(*command(tmp_path / "run", "--set", "data.min_count=1000"))
    assert said.status == 2
    assert_one_line(said, "empty vocabulary: .* lower min_count")
    assert not (tmp_path / "run").exists()


def test_frozen_vectors_need_vectors(tmp_path):
    said = run(*command(tmp_path / "run", "--set", "model.freeze_embeddings=true"))
    assert said.status == 2
    assert_one_line(said, "freeze_embeddings needs word vectors: give a file by --embeddings")


# What does not depend on a code is seen in a language model, which has less to be traced.
WITHOUT_CODE = {"latent_dim": 0}
COLLAPSING = {
    "beta": 500.0, "beta_schedule": "constant", "min_active_units": 5, "epochs": 9, "shards": 1
}  # fmt: skip


@functools.cache
def collapsed():
    """A folder with a run whose KL has collapsed, and what it said."""
    folder = session_folder() / "collapsed"
    return folder, run(*command(folder, train=COLLAPSING, prior={"epochs": 0}))


def test_a_collapsed_kl_ends_the_run_and_says_how_to_go_on():
    folder, said = collapsed()
    assert said.status == 1
    advice = (
        r"the KL has collapsed: .* [0-4] of 5 latent units are active.*"
        r"--resume --set train.beta=0.05 \(now 500\), or with --resume --set"
        r" train.free_bits=0.5"
    )
    assert_one_line(said, advice)
    again = run(*command(folder, train=COLLAPSING, prior={"epochs": 0}))
    assert again.status == 2
    assert_one_line(again, f"holds a run that was stopped: {advice}")


@pytest.mark.parametrize("name", ["beta", "free_bits"])
def test_a_collapsed_run_goes_on_as_it_was_told_to(tmp_path, name):
    folder = tmp_path / "run"
    [advice] = re.findall(rf"--set (train\.{name}=[\d.]+)", collapsed()[1].err)
    shutil.copytree(collapsed()[0], folder)
    settings = {**COLLAPSING, "epochs": 14, "patience": 6}
    arguments = command(folder, "--resume", train=settings, prior={"epochs": 0})
    said = run_unmeasured(*arguments, "--set", advice)
    assert said.status == 0, said.err
    assert f"train.{name} changes from" in said.err
    assert "train.epochs changes from 9 to 14" in said.err
    report = report_of(folder)
    assert report["history"][-1]["val_kl"] > 1.3 > report["history"][0]["val_kl"]
    assert report["best_epoch"] > 1  # of those before the change none is kept


def test_a_diverged_run_cannot_go_on_and_says_so(tmp_path):
    train = {"learning_rate": 1e18, "clip_norm": 1e18, "warmup_steps": 0, "shards": 1}
    settings = {"train": train, "model": WITHOUT_CODE}
    folder = tmp_path / "run"
    said = run(*command(folder, **settings))
    assert said.status == 1
    advice = "training has diverged: .* train again in another --output with a lower"
    assert_one_line(said, advice)
    again = run(*command(folder, "--resume", **settings))
    assert_one_line(again, f"cannot be continued: {advice}")


def test_a_finished_run_goes_on_for_more_epochs_and_keeps_what_a_push_noted(tmp_path):
    folder = shutil.copytree(unbroken()[0], tmp_path / "run")
    kept = {"license": "cc-by-4.0", "language": ["fr"], "base_model": ["me/pets"]}  # on cards
    bundle = weights_folder.load(folder)
    bundle.report.update(kept)
    weights_folder.save(bundle, folder)
    said = run(*command(folder, "--resume", "--set", "train.epochs=4"))
    assert said.status == 0, said.err
    [warning] = re.findall("the model in .* copy the folder to keep it", said.err)
    assert f"in {folder} is replaced as soon as an epoch is kept" in warning
    history = report_of(folder)["history"]
    assert [logs["epoch"] for logs in history] == [1, 2, 3, 4]
    assert history[:2] == report_of(unbroken()[0])["history"]
    assert {name: report_of(folder).get(name) for name in kept} == kept


def test_settings_that_the_prior_cannot_go_on_with_are_refused_before_the_run_goes_on(tmp_path):
    folder = shutil.copytree(unbroken()[0], tmp_path / "run")
    before = (folder / CHECKPOINT).read_bytes()
    for setting, what in (
        ("prior.latent_dim=7", "prior.latent_dim 6, got 7"),
        ("prior.learning_rate=0.1", "prior.learning_rate 0.001, got 0.1"),
    ):
        more = ["--resume", "--set", "train.epochs=4", "--set", setting]
        said = run(*command(folder, *more))
        assert said.status == 2
        assert_one_line(said, f"made with {what}; .* may change: prior.beta, prior.epochs")
    assert (folder / CHECKPOINT).read_bytes() == before


def test_a_run_that_keeps_its_last_weights_ends_with_them(tmp_path, monkeypatch):
    write, slept = Trainer._write_tensorboard, [0.0]

    def write_slowly(trainer):
        slept[0] += 20.0
        write(trainer)

    monkeypatch.setattr(Trainer, "_write_tensorboard", write_slowly)
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + slept[0])
    monkeypatch.setattr("textvae.training.trainer.time", clock)
    train = {"learning_rate": 0.3, "epochs": 6, "patience": 1, "keep": "last", "shards": 1}
    said = run_unmeasured(*command(tmp_path / "run", train=train, model=WITHOUT_CODE))
    assert said.status == 0, said.err
    assert "train.patience has no effect because train.keep is last" in said.err
    assert "the weights of the last epoch are kept: with few lines the validation" in said.err
    report, last = report_of(tmp_path / "run"), 6
    assert report["best_epoch"] == len(report["history"]) == last
    assert_weights_are_of(tmp_path / "run", report["history"][-1])
    losses = [f"{logs['nll']:.2f}" for logs in report["history"]]
    assert re.findall(r"epoch \d: training nll (.*); validation nll \d", said.err) == losses
    # The time left, with 20 s of writing after each epoch; the first compiles the network.
    left = re.findall(r"epoch (\d): .*; (\d\d):(\d\d) to epoch 6", said.err)
    assert [int(epoch) for epoch, *_ in left] == [2, 3, 4, 5]
    for epoch, minutes, seconds in left:
        num_left = last - int(epoch)
        assert 20 * num_left <= 60 * int(minutes) + int(seconds) < 30 * num_left
    assert "the last" in (tmp_path / "run" / "README.md").read_text()


# Starting from something --------------------------------------------------------------------


def assert_same_scenes_in_coordinates_of_their_own(after, trained, texts):
    """The prior writes as before, from codes that fill N(0, I)."""
    known = [text for text in CAPTIONS if "zebra" not in text]
    ids = padded([trained.tokenizer.encode(text) for text in known])
    states = (
        prior.decoder.initial_state(prior.posterior(ids).mu)
        for prior in (after.prior, trained.prior)
    )
    for ours, theirs in zip(*states, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)  # stored in half precision
    codes = after.prior.posterior(padded([after.tokenizer.encode(text) for text in texts]))
    mu, sigma = codes.mu.numpy(), codes.sigma.numpy()
    np.testing.assert_allclose(mu.mean(axis=0), 0.0, atol=0.05)
    np.testing.assert_allclose(mu.var(axis=0) + (sigma**2).mean(axis=0), 1.0, atol=0.05)


def test_a_run_from_trained_weights_starts_with_them_and_learns_new_words(tmp_path):
    """With learning rates of almost 0 the outcome is the start."""
    trained = weights_folder.load(unbroken()[0])
    texts = [text.replace("zebra", "giraffe") for text in some_captions(130)]
    lines = write_lines(tmp_path / "new.txt", texts)
    arguments = command(
        tmp_path / "run",
        "--init-from",
        unbroken()[0],
        train={"learning_rate": 1e-9, "epochs": 1, **ONE_BATCH},
        prior={"learning_rate": 1e-9, **ONE_BATCH},
    )
    arguments[arguments.index("--captions") + 1] = str(lines)
    with eagerly():
        said = run_unmeasured(*arguments)
    assert said.status == 0, said.err
    after = weights_folder.load(tmp_path / "run")
    assert after.tokenizer.words == (*trained.tokenizer.words, "giraffe")
    found = named_variables(after.model)
    for name, variable in named_variables(trained.model).items():
        inside = tuple(map(slice, variable.shape))
        np.testing.assert_allclose(found[name].numpy()[inside], variable.numpy(), atol=1e-5)
    assert_same_scenes_in_coordinates_of_their_own(after, trained, texts)
    report = (tmp_path / "run" / "report.json").read_text()
    assert str(unbroken()[0].parent) not in report
    assert '"init_from": "unbroken"' in report


def test_word_vectors_of_another_width_train_and_stay_frozen(tmp_path):
    words = Tokenizer.fit(CAPTIONS, 1).words[4:]
    rng = np.random.default_rng(0)
    vectors = {word: rng.normal(size=7).round(3) for word in words if word != "zebra"}
    lines = (" ".join([word, *map(str, row)]) for word, row in vectors.items())
    glove = write_lines(tmp_path / "glove.txt", lines)
    arguments = command(
        tmp_path / "run", "--embeddings", glove, "--set", "model.freeze_embeddings=true",
        train={"epochs": 1, **ONE_BATCH}, model=WITHOUT_CODE,
    )  # fmt: skip
    with eagerly():
        said = run_unmeasured(*arguments)
    assert said.status == 0, said.err
    assert "vectors: " in said.err
    after = weights_folder.load(tmp_path / "run")
    table = after.model.embedding.table.numpy()
    assert table.shape == (len(after.tokenizer), 7)
    assert after.model.embedding.projection.shape == (7, 12)
    for word, row in vectors.items():
        np.testing.assert_allclose(table[after.tokenizer.ids[word]], row, rtol=5e-4, atol=1e-6)


def assert_prior_is_described(folder, trained, latent_dim):
    """The report has the prior's sizes, and the losses that its run in `trained` ended with."""
    recipe = recipe_with(prior={"latent_dim": latent_dim}).for_prior()
    assert (recipe.model.latent_dim, recipe.model.hidden_dim) == (latent_dim, 20)
    assert (recipe.train.epochs, recipe.train.batch_size) == (1, 10)
    assert recipe.train.pairs == (latent_dim > 0)
    prior, facts = weights_folder.load(folder).prior, report_of(folder)["prior"]
    assert (prior.config.latent_dim, prior.config.hidden_dim) == (latent_dim, 20)
    assert (facts["epochs"], facts["latent_dim"]) == (1, latent_dim)
    assert facts["num_parameters"] == prior.count_params()
    [epoch] = report_of(trained)["history"]
    assert (facts["validation_nll"], facts["validation_kl"]) == (
        epoch["val_nll"],
        epoch["val_kl"],
    )


def test_the_prior_is_what_a_run_of_its_own_gives(tmp_path):
    """Also when the run it belongs to was broken off in between: see the kills above."""
    # It needs no prior itself.
    recipe = dataclasses.replace(recipe_with().for_prior(), prior=PriorConfig(epochs=0))
    path, alone = tmp_path / "alone.json", tmp_path / "alone"
    path.write_text(json.dumps(recipe.as_dict()))
    said = run_unmeasured(
        *["train", str(path), "--captions", str(captions_file()), "--output", str(alone)]
    )
    assert said.status == 0, said.err
    folder, _ = unbroken()
    assert (folder / "prior.safetensors").read_bytes() == (
        alone / "model.safetensors"
    ).read_bytes()
    assert_prior_is_described(folder, alone, 6)


def test_a_run_of_no_epochs_keeps_the_network_and_trains_the_prior(tmp_path):
    """One of another size from scratch, which is found out too late to refuse the run."""
    source, folder = unbroken()[0], tmp_path / "run"
    said = run_unmeasured(
        *command(
            folder, "--init-from", source, train={"epochs": 0}, prior={"latent_dim": 0}
        )  # fmt: skip
    )
    assert said.status == 0, said.err
    assert "a different size; training the prior from scratch" in said.err
    kept, name = report_of(folder), "model.safetensors"
    assert (folder / name).read_bytes() == (source / name).read_bytes()
    before = report_of(source)
    assert kept["history"] == before["history"]
    assert before["total_seconds"] == before["seconds"] + before["prior"]["seconds"]
    assert kept["total_seconds"] == before["total_seconds"] + kept["prior"]["seconds"]
    assert_prior_is_described(folder, folder / "prior", 0)
    odd = textvae.load(source)
    odd.bundle.report["history"] = [{"epoch": 1, "val_loss": "low"}, 3]
    odd.save(tmp_path / "odd")
    for start_from in ((), ("--init-from", tmp_path / "odd")):
        said = run(*command(tmp_path / "none", *start_from, train={"epochs": 0}))
        assert said.status == 2
        assert_one_line(said, "train.epochs is 0, which keeps a network .* by --init-from")


def test_a_full_disk_ends_the_run_with_one_line(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    arguments = command(tmp_path / "run", train={"shards": 1})
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        said = run(*arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said.status == 1
    file = tmp_path / "run" / "checkpoint.next.safetensors"
    assert_one_line(said, f"cannot write {file}: (File too large|No space left).* starts over")
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    said = run(*command(tmp_path / "run", "--output", "/sys/textvae"))  # no, not even as root
    assert said.status == 1
    why = "(Operation not permitted|Permission denied|Read-only file system)"
    assert_one_line(said, f"cannot write /sys/textvae: {why}; the previous contents of /sys")


@pytest.mark.parametrize("part", [".", "prior"])
def test_a_damaged_checkpoint_is_refused_by_the_command(tmp_path, part):
    folder = shutil.copytree(unbroken()[0], tmp_path / "run")
    path = folder / part / CHECKPOINT
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    said = run(*command(folder, "--resume"))
    assert said.status == 2
    assert_one_line(said, "is damaged .*delete it, and --resume continues from the previous")


# Precision ----------------------------------------------------------------------------------


def own_precision():
    """What `auto`, the precision of the unbroken run, is on this processor."""
    return report_of(unbroken()[0])["precision"]


def other_precision():
    """The one that `auto` is not."""
    [other] = {"float32", "bfloat16"} - {own_precision()}
    return other


@functools.cache
def run_in_other_precision():
    """As the unbroken run, without a prior: its folder and what it said."""
    folder = session_folder() / "precision"
    settings = {"train": {"precision": other_precision()}, "prior": {"epochs": 0}}
    return folder, run_unmeasured(*command(folder, **settings))


def test_a_run_in_bfloat16_learns_like_one_in_float32_and_says_what_it_took():
    losses = set()
    for precision, (folder, said) in (
        (own_precision(), unbroken()),
        (other_precision(), run_in_other_precision()),
    ):
        assert said.status == 0, said.err
        assert f"precision of matrix products: {precision}\n" in said.err
        assert report_of(folder)["precision"] == precision
        losses.add(report_of(folder)["history"][-1]["val_nll"])
        arrays, _ = read_arrays(folder / "model.safetensors")
        assert {array.dtype for array in arrays.values()} == {np.dtype("float16")}  # as any
    one, other = losses  # which differ
    assert one == pytest.approx(other, rel=0.05)


def test_a_resumed_run_keeps_the_precision_of_its_checkpoint(tmp_path):
    folder = shutil.copytree(run_in_other_precision()[0], tmp_path / "run")
    settings = {"train": {"precision": own_precision()}, "prior": {"epochs": 0}}
    said = run(*command(folder, **settings), "--resume")
    assert said.status == 2
    kept = other_precision()
    assert_one_line(
        said, f"checkpoint has train.precision {kept}, got {own_precision()}; resume"
    )
    settings["train"]["precision"] = "auto"
    said = run_unmeasured(*command(folder, **settings), "--resume")
    assert said.status == 0, said.err
    assert f"precision of matrix products: {kept}\n" in said.err


def test_a_vocabulary_that_another_run_has_learned_is_used_as_it_is(tmp_path):
    """The prior's words must be those of its model, however words are counted."""
    recipe = recipe_with(data={"captions": [str(captions_file())]})
    fewer = Tokenizer(TOKENIZER.words[4:-1])
    trainer = Trainer(recipe, read_splits(recipe), None, tmp_path / "prior", fewer)
    assert trainer.data.tokenizer is fewer


def test_a_run_of_no_epochs_keeps_the_network_of_one_that_was_broken_off(tmp_path):
    bundle = weights_folder.load(unbroken()[0])
    history = bundle.report["history"]
    bundle.report = {"history": history}  # as it is after an epoch
    weights_folder.save(bundle, tmp_path / "source")
    settings = {"train": {"epochs": 0}, "prior": {"epochs": 0}}
    refused = run(*command(tmp_path / "run", **settings))
    assert refused.status == 2
    assert not (tmp_path / "run" / CHECKPOINT).exists()  # so that the right command can follow
    arguments = command(tmp_path / "run", "--init-from", tmp_path / "source", **settings)
    said = run_unmeasured(*arguments)
    assert said.status == 0, said.err
    seconds = sum(logs["seconds"] for logs in history)
    assert report_of(tmp_path / "run")["seconds"] == pytest.approx(seconds)


def test_a_run_that_is_ended_in_an_epoch_keeps_the_weights_of_the_one_before(
    tmp_path, monkeypatch
):
    train = {"keep": "last", "epochs": 3, "shards": 1}
    settings = {"train": train, "model": WITHOUT_CODE}
    update, calls = ProgressBar.on_train_batch_end, []

    def interrupt_in_the_second_epoch(self, batch, logs=None):
        update(self, batch, logs)
        calls.append(batch)
        if len(calls) == 4:  # 4, 4 and 3 steps an epoch
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(ProgressBar, "on_train_batch_end", interrupt_in_the_second_epoch)
        assert run(*command(tmp_path / "run", **settings)).status == 1
    more = ["--resume", "--set", "train.epochs=1"]
    said = run_unmeasured(*command(tmp_path / "run", *more, **settings))
    assert said.status == 0, said.err
    assert_weights_are_of(tmp_path / "run", report_of(tmp_path / "run")["history"][-1])


def test_a_run_in_python_reports_no_command(tmp_path):
    recipe = recipe_with(
        data={"captions": [str(captions_file())]},
        train={"epochs": 1, **ONE_BATCH},
        model=WITHOUT_CODE,
        prior={"epochs": 0},
    )
    with unmeasured(), eagerly():
        assert textvae.train(recipe, tmp_path / "run")["command"] == ""


def test_a_run_that_begins_from_the_hub_names_the_model_there(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "locate", lambda _: unbroken()[0])
    shorter = {"train": {"epochs": 1, **ONE_BATCH}, "prior": {"epochs": 0}}
    with eagerly():
        said = run_unmeasured(*command(tmp_path / "run", "--init-from", "me/pets", **shorter))
    assert said.status == 0, said.err
    report = report_of(tmp_path / "run")
    assert base_models_of(report) == ["me/pets"]
    assert "--init-from hf://me/pets" in report["command"]
