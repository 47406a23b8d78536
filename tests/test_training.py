import contextlib
import functools
import io
import json
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event
from tiny import (
    CAPTIONS,
    TOKENIZER,
    copy_of_weights,
    session_folder,
    shaken_model,
    some_captions,
    stored,
    write_coco,
    write_lines,
)

from textvae.cli.main import main
from textvae.config.recipe import Recipe
from textvae.data.batching import CaptionBatches
from textvae.data.captions import Caption, Captions
from textvae.data.tokenizer import EOS_ID, Tokenizer
from textvae.errors import BadInput
from textvae.saving import weights_folder
from textvae.training import checkpointing, trainer

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {
    "data": {"min_count": 1, "validation_share": 0.2, "max_length": 10},
    "model": {"latent_dim": 5, "embed_dim": 12, "encoder_dim": 10, "hidden_dim": 20},
    "train": {
        "epochs": 2, "batch_size": 10, "learning_rate": 0.01, "warmup_steps": 2,
        "beta": 0.05, "beta_epochs": 1.0, "min_active_units": 0,
        "word_dropout": 0.2, "dropout": 0.1,
    },
    "prior": {"epochs": 1, "batch_size": 10},
}  # fmt: skip


def recipe_with(**sections):
    """The tiny recipe with other settings."""
    raw = {"name": "tiny", **SETTINGS}
    raw |= {name: {**SETTINGS[name], **values} for name, values in sections.items()}
    return Recipe.from_dict(raw, "here")


def captions_file():
    path = session_folder() / "captions.json"
    return path if path.exists() else write_coco(path, some_captions(130))


def command(output, *more, **sections):
    """The words of a `train` command line."""
    recipe = session_folder() / f"{output.parent.name}-{output.name}.json"
    recipe.write_text(json.dumps(recipe_with(**sections).as_dict()))
    files = ["--captions", str(captions_file())]
    return ["train", str(recipe), *files, "--output", str(output), *map(str, more)]


def run(arguments):
    """Exit status, standard output and standard error of a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as stop:
            status = stop.code
    return types.SimpleNamespace(status=status, out=out.getvalue(), err=err.getvalue())


@functools.cache
def unbroken():
    """A run of two passes: its folder and what it said."""
    folder = session_folder() / "unbroken"
    return folder, run(command(folder))


def report_of(folder):
    return json.loads((folder / "report.json").read_text())


def without_clock(report):
    """The report less what depends on when and how fast it was made."""
    timed = {"seconds", "tokens_per_second", "finished", "command", "history"}
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


def assert_same_result(folder, other):
    for name in ("model.safetensors", "prior.safetensors", "vocabulary.txt", "config.json"):
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name
    assert without_clock(report_of(folder)) == without_clock(report_of(other))


# What a run leaves --------------------------------------------------------------------------


def test_a_run_leaves_a_folder_that_loads_and_figures_on_standard_output():
    folder, said = unbroken()
    assert said.status == 0, said.err
    report = report_of(folder)
    figures = dict(line.split("\t") for line in said.out.splitlines())
    assert float(figures["nll"]) == pytest.approx(report["validation"]["nll"], rel=1e-3)
    assert int(figures["num_captions"]) == report["data"]["validation"]["captions"]
    assert "progress" not in said.out
    loaded = weights_folder.load(folder)
    assert loaded.name == "tiny"
    assert loaded.prior is not None
    assert 0 < len(loaded.latent_map.captions) <= report["data"]["train"]["captions"]
    assert not list(folder.glob(".*.partial"))


def test_a_run_reports_its_counts():
    folder, said = unbroken()
    report, count = report_of(folder), 130
    train, held_out = (report["data"][part]["captions"] for part in ("train", "validation"))
    assert (train + held_out, held_out) == (count, 26)  # a fifth of the images
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
        assert logs["beta"] == pytest.approx(0.05)  # the warm-up is over after one pass


def test_nothing_that_a_run_writes_names_a_folder_of_this_machine():
    folder, _ = unbroken()
    for name in ("report.json", "config.json", "README.md", "model.safetensors"):
        assert str(session_folder()).encode() not in (folder / name).read_bytes(), name
    assert "--captions captions.json" in report_of(folder)["command"]


@pytest.mark.parametrize(("given", "kept"), [
    ("/home/me/x.json", "x.json"),
    ("--output=/home/me/runs/a", "--output=a"),
    ('data.captions=["/home/me/a.json","b c/d.txt"]', 'data.captions=["a.json","d.txt"]'),
    ("runs/a/", "a/"),
    ("hf://owner/repo", "hf://owner/repo"),
    ("train.beta=0.5", "train.beta=0.5"),
])  # fmt: skip
def test_of_a_path_a_report_keeps_the_last_part(given, kept):
    assert trainer._without_folder(given) == kept
    recipe = recipe_with(data={"captions": ["/home/me/x.json"], "embeddings": "/home/me/g.txt"})
    portable = trainer._portable({**recipe.as_dict(), "init_from": "/home/me/coco"})
    assert "/home" not in json.dumps(portable)


def test_the_saved_weights_are_those_of_the_best_pass():
    folder, _ = unbroken()
    report, loaded = report_of(folder), weights_folder.load(folder)
    best = min(report["history"], key=lambda logs: logs["val_loss"])
    assert report["best_epoch"] == best["epoch"]
    held_out = validation_texts()
    rows = CaptionBatches([loaded.tokenizer.encode(text) for text in held_out], 256)
    loaded.model.compile()
    logs = loaded.model.evaluate(rows.dataset(), verbose=0, return_dict=True)
    assert logs["kl"] == pytest.approx(best["val_kl"], rel=2e-3)  # in half precision
    assert logs["nll"] == pytest.approx(best["val_nll"], rel=2e-3)
    assert logs["active_units"] == best["val_active_units"]


def validation_texts():
    with contextlib.redirect_stderr(io.StringIO()):
        parts = trainer.read_parts(recipe_with(data={"captions": [str(captions_file())]}))
    return parts.validation.texts


def test_tensorboard_logs_hold_every_pass():
    folder, _ = unbroken()
    (path,) = (folder / "tensorboard").iterdir()
    events = [Event.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(path))]
    assert events[0].file_version == "brain.Event:2"
    for event, logs in zip(events[1:], report_of(folder)["history"], strict=True):
        assert event.step == logs["epoch"]
        values = {value.tag: value.simple_value for value in event.summary.value}
        assert values == pytest.approx(logs, rel=1e-6)


def test_the_curves_hold_the_history_and_need_no_network():
    folder, _ = unbroken()
    page = (folder / "history.html").read_text()
    assert "val_" not in page.rsplit("Plotly.newPlot", 1)[1][:50]
    assert '<script src="http' not in page
    figure = trainer.figures.training_curves(report_of(folder)["history"])
    lines = [tuple(line.y) for line in figure.data]
    history = report_of(folder)["history"]
    for name in ("nll", "val_nll", "kl", "val_kl", "loss", "val_loss", "val_active_units"):
        assert tuple(logs[name] for logs in history) in lines


def test_the_bar_counts_tokens(monkeypatch):
    monkeypatch.setattr(
        checkpointing, "tqdm", functools.partial(checkpointing.tqdm, mininterval=0)
    )
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        bar = checkpointing.ProgressBar([1000, 1000, 2000], "pass 1/2")
        bar.on_train_batch_end(0, {"nll": 12.345, "kl": 6.7})
        assert bar.bar.n == 1000
        bar.on_train_batch_end(4, {})  # several at once, and more than there are
        bar.close()
    last = err.getvalue().split("\r")[-1]
    assert "4.00k/4.00k" in last
    assert "tok/s" in last
    assert "nll=12.35, kl=6.70" in last or "nll=12.34, kl=6.70" in last


def test_validation_shares_no_image_with_training(tmp_path):
    """Whether the validation part is a share or a file of its own."""
    whole = write_coco(tmp_path / "all.json", some_captions(130), per_image=5)
    for validation in (None, str(write_coco(tmp_path / "v.json", CAPTIONS[:30], per_image=5))):
        recipe = recipe_with(data={"captions": [str(whole)], "validation": validation})
        with contextlib.redirect_stderr(io.StringIO()):
            parts = trainer.read_parts(recipe)
        groups = [{c.group for c in part.captions} for part in (parts.train, parts.validation)]
        assert groups[0]
        assert groups[1]
        assert not groups[0] & groups[1]
        if validation:
            assert parts.train.dropped == {"also in the validation part": 30}


# Broken and resumed runs --------------------------------------------------------------------


@pytest.mark.parametrize(("done", "ends", "counted"), [
    (0, (3, 7, 11), (4, 8, 10)),  # the last of a pass are fewer than Keras counts
    (8, (3,), (10,)),
    (5, (3, 7), (9, 10)),
])  # fmt: skip
def test_steps_are_counted_from_where_the_pass_was_resumed(
    monkeypatch, tmp_path, done, ends, counted
):
    saved = []
    monkeypatch.setattr(checkpointing, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    run = checkpointing.Run({})
    run.batch = done
    keeper = checkpointing.Checkpointing(run, tmp_path, 10)
    keeper.set_model(types.SimpleNamespace(metrics_variables=[]))
    monkeypatch.setattr(keeper, "save", lambda: saved.append(run.batch))
    keeper.on_epoch_begin(0)
    found = []
    for end in ends:
        keeper.on_train_batch_end(end)
        found.append(run.batch)
    assert tuple(found) == counted
    assert tuple(saved) == counted[:-1]  # at the end of a pass comes validation first


KILLED = """
import os, signal, sys
from textvae.training import checkpointing
checkpointing.SECONDS_BETWEEN_CHECKPOINTS = 0.0
count = 0
def die(self, batch, logs=None):
    global count
    count += 1
    if count == {count}:
        os.kill(os.getpid(), signal.SIGKILL)
checkpointing.ProgressBar.on_train_batch_end = die
from textvae.cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(("count", "passes", "where"), [
    (5, 1, "run after 1 of 2 passes and 8 batches"),  # 11 a pass: 4, 4 and 3 steps at once
    (7, 2, "prior after 0 of 1 passes and 4 batches"),
], ids=["second pass", "prior"])  # fmt: skip
def test_a_run_killed_in_the_middle_of_a_pass_resumes_to_the_same_weights(
    tmp_path, count, passes, where
):
    arguments = command(tmp_path / "run")
    program = KILLED.replace("{count}", str(count))
    killed = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(report_of(tmp_path / "run")["history"]) == passes
    # The weights of the passes that are done are there to use already.
    weights_folder.load(tmp_path / "run")
    resumed = run([*arguments, "--resume"])
    assert resumed.status == 0, resumed.err
    assert where in resumed.err
    assert_same_result(tmp_path / "run", unbroken()[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_resume_and_resumes_to_the_same_weights(
    tmp_path, monkeypatch, number
):
    arguments = command(tmp_path / "run")
    update, steps = checkpointing.ProgressBar.on_train_batch_end, []

    def interrupt_in_the_first_pass(self, batch, logs=None):
        update(self, batch, logs)
        steps.append(batch)
        if len(steps) == 1:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(
        checkpointing.ProgressBar, "on_train_batch_end", interrupt_in_the_first_pass
    )
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    broken = run(arguments)
    assert broken.status == 1
    assert broken.out == ""
    assert "interrupted; the same command with --resume continues" in broken.err
    assert "Traceback" not in broken.err
    assert len(steps) in (1, 2)  # ended after the steps under way, or those after them
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    resumed = run([*arguments, "--resume"])
    assert resumed.status == 0, resumed.err
    assert_same_result(tmp_path / "run", unbroken()[0])


def checkpoint_of_another_run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    source = unbroken()[0] / checkpointing.CHECKPOINT
    (folder / checkpointing.CHECKPOINT).write_bytes(source.read_bytes())
    return folder


def test_resuming_with_other_settings_or_captions_is_refused(tmp_path):
    folder = checkpoint_of_another_run(tmp_path)
    before = (folder / checkpointing.CHECKPOINT).read_bytes()
    for more, what in (
        (["--set", "train.beta=0.1"], "other settings"),
        (["--set", "data.min_count=60"], "other vocabulary"),
        (["--set", "data.validation_share=0.3"], "other (captions|vocabulary)"),
    ):
        said = run([*command(folder, "--resume"), *more])
        assert said.status == 2
        assert_one_line(said, f"the checkpoint was made with {what}; resume with the same")
    assert (folder / checkpointing.CHECKPOINT).read_bytes() == before


def assert_one_line(said, pattern):
    """The last line on standard error is the complaint, and there is no traceback."""
    import re

    last = said.err.strip().splitlines()[-1]
    assert re.search(pattern, last), last
    assert last.startswith("textvae: ")
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_run_that_is_finished_resumes_to_itself(tmp_path):
    folder = checkpoint_of_another_run(tmp_path)
    parts = ("config.json", "vocabulary.txt", "model.safetensors", "prior.safetensors")
    for name in parts:
        (folder / name).write_bytes((unbroken()[0] / name).read_bytes())
    said = run(command(folder, "--resume"))
    assert said.status == 0, said.err
    assert_same_result(folder, unbroken()[0])


def test_a_run_or_a_model_in_the_folder_is_never_overwritten(tmp_path):
    folder, _ = unbroken()
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    said = run(command(folder))
    assert said.status == 2
    assert_one_line(said, "holds a run already; --resume it or choose another --output")
    assert {path: path.read_bytes() for path in before} == before
    weights = copy_of_weights(tmp_path)
    said = run(command(weights))
    assert said.status == 2
    assert_one_line(said, "holds a trained model already; choose another --output")


def test_there_must_be_something_to_resume(tmp_path):
    said = run(command(tmp_path / "none", "--resume"))
    assert said.status == 2
    assert_one_line(said, "there is nothing to resume: no .*checkpoint.safetensors")


# Runs that end themselves -------------------------------------------------------------------


def test_too_few_captions_are_refused_before_anything_is_written(tmp_path):
    few = write_lines(tmp_path / "few.txt", CAPTIONS[:55])
    said = run([*command(tmp_path / "run"), "--captions", str(few)])
    assert said.status == 2
    assert_one_line(said, "too few captions: 44 to train on and 11 .* at least 50 and 2")
    assert not (tmp_path / "run").exists()


def test_an_empty_vocabulary_is_refused_before_anything_is_written(tmp_path):
    said = run(command(tmp_path / "run", "--set", "data.min_count=1000"))
    assert said.status == 2
    assert_one_line(said, "empty vocabulary: .* lower min_count")
    assert not (tmp_path / "run").exists()


def test_frozen_vectors_need_vectors(tmp_path):
    said = run(command(tmp_path / "run", "--set", "model.freeze_embeddings=true"))
    assert said.status == 2
    assert_one_line(said, "freeze_embeddings needs word vectors: name some by --embeddings")


def test_a_collapsed_kl_ends_the_run_and_says_what_to_change(tmp_path):
    train = {"beta": 500.0, "beta_schedule": "constant", "min_active_units": 5, "epochs": 9}
    said = run(command(tmp_path / "run", train=train))
    assert said.status == 1
    assert_one_line(
        said,
        r"the KL has collapsed: [0-4] of 5 latent units are active after pass 1.*"
        r"lower train.beta \(now 500.0\), raise train.free_bits \(now 0.0\)",
    )


def test_no_run_is_called_collapsed_during_its_warm_up():
    trainer = types.SimpleNamespace(
        recipe=recipe_with(train={"min_active_units": 5, "beta_epochs": 3.0}),
        run=types.SimpleNamespace(epoch=2, history=[{"val_active_units": 0.0}]),
    )
    trainer._is_past_warmup = lambda: trainer.Trainer._is_past_warmup(trainer)
    trainer.Trainer._refuse_collapse(trainer)
    trainer.run.epoch = 3
    with pytest.raises(trainer.Collapsed, match="0 of 5 latent units are active after pass 3"):
        trainer.Trainer._refuse_collapse(trainer)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_diverged_run_ends_and_says_what_to_change(loss):
    trainer = types.SimpleNamespace(
        recipe=recipe_with(), run=types.SimpleNamespace(epoch=2, history=[{"val_loss": loss}])
    )
    with pytest.raises(trainer.Collapsed, match=r"diverged: .*lower train.learning_rate"):
        trainer.Trainer._refuse_divergence(trainer)
    trainer.run.history[-1]["val_loss"] = 3.0
    trainer.Trainer._refuse_divergence(trainer)


@pytest.mark.parametrize(("losses", "patience", "stops_after"), [
    ([5, 4, 3, 3.5, 3.2, 2], 2, 5),
    ([5, 4, 3, 3.5, 2.9, 3, 3], 2, 7),
    ([5, 6, 7, 8], 1, 2),
    ([5, 4, 3, 2], 1, 4),
])  # fmt: skip
def test_a_run_stops_when_patience_is_over_and_keeps_its_best(
    tmp_path, monkeypatch, losses, patience, stops_after
):
    """The passes are played; what is kept and when it ends is the trainer's own doing."""
    settings = {"patience": patience, "epochs": len(losses), "beta_epochs": 1.0}
    made = object.__new__(trainer.Trainer)
    made.recipe, made.output = recipe_with(train=settings), tmp_path
    made.run = checkpointing.Run({})
    made.checkpointing = types.SimpleNamespace(save=lambda: None, is_interrupted=False)
    saved = []
    made._save = lambda: saved.append(made.run.epoch)

    def play():
        made.run.epoch += 1
        loss = float(losses[made.run.epoch - 1])
        logs = {"epoch": made.run.epoch, "val_loss": loss, "val_active_units": 5.0}
        made.run.history.append({**logs, "seconds": 1.0})

    made._run_epoch = play
    made._run_epochs()
    assert made.run.epoch == stops_after
    best = [i + 1 for i in range(stops_after) if losses[i] == min(losses[: i + 1])]
    assert saved == best
    assert made._best()["epoch"] == best[-1]


# Starting from something --------------------------------------------------------------------


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_weights_are_copied_and_new_words_keep_fresh_vectors(decoder):
    source = stored(shaken_model(decoder=decoder))
    tokenizer = source.tokenizer.extended(["purple giraffe"], 1)
    assert tokenizer.words[: len(source.tokenizer)] == source.tokenizer.words
    model = shaken_model(decoder=decoder, vocab_size=len(tokenizer))
    fresh = {name: v.numpy() for name, v in weights_folder.named_variables(model).items()}
    for variable in source.model.weights:
        variable.assign(variable.numpy() * 3 + 1)
    trainer.copy_weights(source, model)
    grown = 0
    for name, variable in weights_folder.named_variables(model).items():
        old = weights_folder.named_variables(source.model)[name].numpy()
        inside = tuple(map(slice, old.shape))
        np.testing.assert_array_equal(variable.numpy()[inside], old)
        is_new = np.ones(variable.shape, bool)
        is_new[inside] = False
        np.testing.assert_array_equal(variable.numpy()[is_new], fresh[name][is_new])
        grown += is_new.any()
    assert grown == (2 if decoder == "lstm" else 4)  # table and bias; kernel and bias beside


def test_weights_of_other_sizes_are_refused_with_the_setting_to_change():
    source = stored(shaken_model(latent_dim=3))
    with pytest.raises(BadInput, match="model.latent_dim is 3 .* set --set model.latent_dim=3"):
        trainer.copy_weights(source, shaken_model())


def test_a_run_from_trained_weights_starts_with_them_and_learns_new_words(tmp_path):
    """With a learning rate of almost 0 the outcome is the start."""
    trained = weights_folder.load(unbroken()[0])
    texts = [text.replace("zebra", "giraffe") for text in some_captions(130)]
    lines = write_lines(tmp_path / "new.txt", texts)
    arguments = command(
        tmp_path / "run",
        "--init-from",
        unbroken()[0],
        train={"learning_rate": 1e-9, "epochs": 1},
    )
    said = run([*arguments, "--captions", str(lines)])
    assert said.status == 0, said.err
    after = weights_folder.load(tmp_path / "run")
    assert after.tokenizer.words == (*trained.tokenizer.words, "giraffe")
    ours, theirs = (weights_folder.named_variables(each.model) for each in (after, trained))
    for name, variable in theirs.items():
        inside = tuple(map(slice, variable.shape))
        np.testing.assert_allclose(ours[name].numpy()[inside], variable.numpy(), atol=1e-5)
    report = (tmp_path / "run" / "report.json").read_text()
    assert str(session_folder()) not in report
    assert '"init_from": "unbroken"' in report


def test_word_vectors_of_another_width_train_and_stay_frozen(tmp_path):
    words = Tokenizer.fit(CAPTIONS, 1).words[4:]
    rng = np.random.default_rng(0)
    vectors = {word: rng.normal(size=7).round(3) for word in words if word != "zebra"}
    lines = (" ".join([word, *map(str, row)]) for word, row in vectors.items())
    glove = write_lines(tmp_path / "glove.txt", lines)
    arguments = command(
        tmp_path / "run", "--embeddings", glove, "--set", "model.freeze_embeddings=true",
        train={"epochs": 1},
    )  # fmt: skip
    said = run(arguments)
    assert said.status == 0, said.err
    assert "vectors: " in said.err
    after = weights_folder.load(tmp_path / "run")
    table = after.model.embedding.table.numpy()
    assert table.shape == (len(after.tokenizer), 7)
    assert after.model.embedding.projection.shape == (7, 12)
    for word, row in vectors.items():
        np.testing.assert_allclose(table[after.tokenizer.ids[word]], row, rtol=5e-4, atol=1e-6)


def test_the_prior_is_the_language_model_that_a_run_of_its_own_gives(tmp_path):
    """Also when the run it belongs to was broken off in between: see the kills above."""
    recipe = recipe_with().of_prior()
    assert (recipe.model.latent_dim, recipe.model.hidden_dim) == (0, 20)
    assert (recipe.train.epochs, recipe.train.batch_size) == (1, 10)
    path = tmp_path / "alone.json"
    path.write_text(json.dumps(recipe.as_dict()))
    alone = tmp_path / "alone"
    said = run(["train", str(path), "--captions", str(captions_file()), "--output", str(alone)])
    assert said.status == 0, said.err
    folder, _ = unbroken()
    assert (folder / "prior.safetensors").read_bytes() == (
        alone / "model.safetensors"
    ).read_bytes()
    facts, report = report_of(folder)["prior"], report_of(alone)
    assert (facts["passes"], facts["num_parameters"]) == (1, report["num_parameters"])
    assert facts["validation_nll"] == report["history"][0]["val_nll"]


def test_without_passes_there_is_no_fitted_prior(tmp_path):
    said = run(command(tmp_path / "run", train={"epochs": 1}, prior={"epochs": 0}))
    assert said.status == 0, said.err
    assert weights_folder.load(tmp_path / "run").prior is None
    assert report_of(tmp_path / "run")["prior"] is None


def test_the_prior_starts_from_that_of_the_model_it_starts_from(tmp_path):
    """Trained on at a rate of nothing, it stays the one it was."""
    folder, _ = unbroken()
    still = {"epochs": 1, "learning_rate": 1e-12}
    said = run(
        command(tmp_path / "run", "--init-from", str(folder), train={"epochs": 1}, prior=still)
    )
    assert said.status == 0, said.err
    assert (tmp_path / "run" / "prior.safetensors").read_bytes() == (
        folder / "prior.safetensors"
    ).read_bytes()


def test_schedules_are_in_optimiser_steps():
    settings = recipe_with(train={"beta": 0.4, "beta_epochs": 2.5}).train
    objective = trainer.training_objective(settings, steps_per_epoch=10)
    assert float(objective.beta(tf.constant(5))) == pytest.approx(0.4 * 5 / 25)
    assert float(objective.beta(tf.constant(25))) == pytest.approx(0.4)
    assert objective.final_beta == 0.4


def test_the_learning_rate_climbs_and_then_falls_along_a_cosine():
    model = shaken_model()
    settings = recipe_with(
        train={"epochs": 10, "learning_rate": 0.01, "warmup_steps": 4,
               "final_learning_rate": 0.1}
    ).train  # fmt: skip
    trainer.compile_model(model, settings, steps_per_epoch=10)
    rate = model.optimizer._learning_rate
    values = [float(rate(tf.constant(step))) for step in (0, 2, 4, 52, 100, 200)]
    cosine = 0.001 + 0.009 * 0.5 * (1 + np.cos(np.pi * 0.5))
    expected = [0.0001, 0.00505, 0.01, cosine, 0.001, 0.001]
    assert values == pytest.approx(expected, rel=1e-4)


def test_a_full_disk_ends_the_run_with_one_line(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    arguments = command(tmp_path / "run")
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        said = run(arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said.status == 1
    assert_one_line(said, "File too large|No space left")
    assert list((tmp_path / "run").iterdir()) == []


def test_captions_are_known_by_their_content():
    def identity(texts):
        part = Captions(tuple(Caption(t, t) for t in texts), len(texts), {})
        made = types.SimpleNamespace(
            recipe=recipe_with(), parts=trainer.Parts(part, part), tokenizer=Tokenizer(["a"])
        )
        return trainer.Trainer._identity(made)

    assert identity(["a b", "c"]) == identity(["a b", "c"])
    assert identity(["a b", "c"]) != identity(["c", "a b"])


# Mixed precision ----------------------------------------------------------------------------


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_mixed_precision_computes_in_bfloat16_on_float32_weights(decoder):
    plain = shaken_model(decoder=decoder)
    with trainer.precision(mixed=True):
        mixed = shaken_model(decoder=decoder)
    assert keras.config.dtype_policy().name == "float32"
    assert {variable.dtype for variable in mixed.weights} == {"float32"}
    ids = np.array([TOKENIZER.encode(text)[:3] + [EOS_ID] for text in CAPTIONS[:40]], np.int32)
    mixed.set_weights(plain.get_weights())
    exact, rough = (model(ids)["nll"].numpy() for model in (plain, mixed))
    assert rough.dtype == np.float32
    np.testing.assert_allclose(rough, exact, rtol=0.1)  # bfloat16 has 8 bits of fraction
    assert np.abs(rough - exact).max() > 1e-5  # float32 would agree to 1e-6


def test_a_run_in_mixed_precision_learns_like_a_plain_one(tmp_path):
    said = run(command(tmp_path / "mixed", train={"mixed_precision": True}))
    assert said.status == 0, said.err
    arrays, _ = weights_folder.read_arrays(tmp_path / "mixed" / "model.safetensors")
    assert {array.dtype for array in arrays.values()} == {np.dtype("float16")}  # as any
    mixed, plain = (
        report_of(f)["validation"]["nll"] for f in (tmp_path / "mixed", unbroken()[0])
    )
    assert mixed != plain
    assert mixed == pytest.approx(plain, rel=0.05)
