"""What `export` writes, run by ONNX Runtime alone."""

import errno
import functools
import itertools
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import tensorflow as tf
from tiny import (
    CAPTIONS,
    MAX_LENGTH,
    TOKENIZER,
    bundle_of,
    former_prior,
    learned_alone,
    learned_vae,
    make_model,
    random_vae,
    session_folder,
    shaken_model,
    some_captions,
)
from verbs import assert_refused, tiny

from benchmarks import onnx_agreement
from benchmarks.onnx_agreement import drawing, sessions, written
from textvae.data.batching import padded
from textvae.data.text_modes import TextSettings
from textvae.decoding.generator import Generator
from textvae.decoding.sampling import word_seeds
from textvae.errors import BadInput
from textvae.export import folder as folder_module
from textvae.export import tracing
from textvae.export.graphs import Graph
from textvae.export.onnx_files import onnx_files
from textvae.pipeline import Pipeline
from textvae.saving.files import write_files

EXAMPLE = Path(__file__).parent.parent / "examples" / "onnx_captions.py"
NETWORKS = {
    "lstm": {},
    "repeat": {"decoder": "repeat"},
    "projection": {"vector_dim": 9},
    "language model": {"latent_dim": 0},
}


@functools.cache
def network(kind):
    return shaken_model(**NETWORKS[kind])


@functools.cache
def exported(kind):
    return sessions(onnx_files(network(kind)))


@pytest.mark.parametrize("kind", ["lstm", "repeat", "projection"])
def test_posteriors_of_rows_of_any_length_are_the_models(kind):
    rows = [TOKENIZER.encode(text) for text in [*some_captions(50), "", "dog"]]
    ours = network(kind).posterior(tf.constant(padded(rows)))
    mu, log_var = exported(kind)["encoder"](token_ids=padded(rows).astype(np.int64))
    np.testing.assert_allclose(mu, ours.mu, atol=1e-4)
    np.testing.assert_allclose(log_var, ours.log_var, atol=1e-4)
    alone, _ = exported(kind)["encoder"](token_ids=np.array(rows[:1]))
    np.testing.assert_allclose(alone[0], mu[0], atol=1e-5)


@pytest.mark.parametrize("kind", NETWORKS)
def test_words_are_those_that_the_model_writes(kind):
    model, count = network(kind), 50
    z = np.random.default_rng(0).standard_normal((count, model.config.latent_dim), np.float32)
    generator = Generator(model.decoder, len(TOKENIZER), MAX_LENGTH)
    greedy = generator.decode(z, 0.0, 1.0, seed=0)
    assert written(exported(kind), z, generator.num_steps) == greedy
    drawn = generator.decode(z, 0.7, 1.0, seed=3)
    pick = drawing(word_seeds(count, generator.num_steps, seed=3), 0.7)
    assert written(exported(kind), z, generator.num_steps, pick) == drawn
    assert len({tuple(row) for row in drawn}) > count / 2


def test_the_command_measures_the_model_and_its_prior(monkeypatch, capsys):
    monkeypatch.setattr("textvae.loading.load_quietly", lambda name, device: learned_vae())
    onnx_agreement.main(["--count", "40", "--json"])
    found = json.loads(capsys.readouterr().out)
    for name in ("model", "prior"):
        assert 0.0 < found[name]["largest_difference_of_mu"] < 1e-4
        assert found[name]["greedy_alike"] == found[name]["drawn_alike"] == 1.0
    assert found["settings"]["count"] == 40


def test_the_command_sees_means_and_captions_that_differ():
    compiled = learned_vae().compiled
    sizes = {"latent_dim": 8, "embed_dim": 16, "encoder_dim": 24, "hidden_dim": 48}
    run, z = sessions(onnx_files(make_model(**sizes))), compiled.standard_codes(40, seed=0)
    rows = [TOKENIZER.encode(text) for text in some_captions(40)]
    apart = onnx_agreement.compare_posteriors(compiled, run, rows)
    assert apart["largest_difference_of_mu"] > 1e-2
    found = onnx_agreement.compare_words(compiled.generator, run, z, temperature=0.7, seed=0)
    assert max(found.values()) < 0.5


def test_files_say_what_they_take_and_give_and_hold_half_precision():
    model = network("lstm")
    files = onnx_files(model)
    loaded = {name: onnx.load_from_string(data) for name, data in files.items()}
    for each in loaded.values():
        onnx.checker.check_model(each, full_check=True)
        stored = [c for c in each.graph.initializer if np.prod(c.dims) > 5]
        assert {c.data_type for c in stored} == {onnx.TensorProto.FLOAT16}
    step = loaded["step.onnx"].graph
    assert [each.name for each in step.input] == [
        "token_ids", "state_0", "state_1", "state_2"
    ]  # fmt: skip
    assert [each.name for each in step.output][0] == "logits"
    assert onnx_files(model) == files


def test_weights_that_half_precision_cannot_hold_stay_as_they_are():
    graph = Graph("constants")
    for value in (np.float32([0.1, 2.0]), np.float32([70000.0, 1.0]), np.float32([0.5, 2.0])):
        graph.constant(value)
    assert [c.data_type for c in graph._constants] == [
        onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
    ]  # fmt: skip


def test_an_operation_without_a_counterpart_is_named():
    graph = Graph("unknown")
    x = graph.input("x", "float32", ["B"])
    with pytest.raises(BadInput, match=f"Cos has no counterpart in {tracing.__name__}"):
        tracing.inline(graph, lambda x: [tf.cos(x)], [(x, tf.TensorSpec((None,)))])


# The folder, and the example that reads it


@functools.cache
def folder_of(kind):
    """An exported folder: of the learned model alone, or with the prior of another."""
    vae = learned_vae() if kind == "with prior" else learned_alone()
    folder = session_folder() / f"exported {kind}"
    vae.export(folder)
    return folder


@pytest.fixture
def example(monkeypatch):
    def load(folder):
        monkeypatch.setattr(sys, "argv", [str(EXAMPLE), str(folder), "a dog", "a cat sits"])
        return runpy.run_path(str(EXAMPLE))

    return load


def test_the_example_reconstructs_and_generates_what_the_model_does(example):
    vae = learned_alone()
    run = example(folder_of("alone"))
    codes = np.concatenate([run["encode"](text) for text in some_captions(50)])
    np.testing.assert_allclose(codes, vae.encode(some_captions(50)), atol=1e-4)
    assert run["decode"](codes) == vae.reconstruct(some_captions(50))
    assert run["generate"](50, temperature=0.0, seed=4) == vae.generate(
        50, temperature=0.0, seed=4
    )


def test_the_example_generates_with_the_prior_where_there_is_one(example):
    run, vae = example(folder_of("with prior")), learned_vae()
    assert run["generate"](50, temperature=0.0) == vae.generate(50, temperature=0.0)
    assert len(set(run["generate"](50, temperature=1.0))) > 25


def test_the_example_draws_words_with_their_probabilities(example):
    run, vae = example(folder_of("alone")), learned_vae()
    z = np.repeat(np.random.default_rng(1).standard_normal((1, 8)).astype(np.float32), 4000, 0)
    first = [text.split()[0] for text in run["decode"](z, temperature=2.0)]
    logits, _ = vae.decoder.step(np.array([1]), vae.decoder.start(z[:1]))
    kept = np.delete(np.arange(len(TOKENIZER)), [0, 1, 2, 3])
    expected = tf.nn.softmax(logits[0].numpy()[kept] / 2.0).numpy()
    found = [first.count(TOKENIZER.words[i]) / 4000 for i in kept]
    np.testing.assert_allclose(found, expected, atol=0.04)


def test_the_example_is_short_and_needs_onnx_runtime_and_numpy_alone(tmp_path):
    code = [
        line for line in EXAMPLE.read_text().split('"""', 2)[2].splitlines() if line.strip()
    ]
    assert len(code) <= 41
    words = [str(EXAMPLE), str(folder_of("alone")), "A dog", "a cat sits"]
    program = (
        "import runpy, sys\n"
        "sys.modules.update(dict.fromkeys(['tensorflow', 'keras', 'textvae']))\n"
        f"sys.argv = {words}\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 12
    assert (lines[0], lines[6]) == tuple(learned_vae().reconstruct(["a dog", "a cat sits"]))


def test_the_folder_describes_itself():
    about = json.loads((folder_of("with prior") / "model.json").read_text())
    names = {
        f"{prior}{each}" for prior in ("", "prior_") for each in ("encoder", "start", "step")
    }
    assert set(about["endpoints"]) == names
    assert {path.name for path in folder_of("with prior").iterdir()} == {
        "model.json", "vocabulary.txt", *(f"{name}.onnx" for name in names)
    }  # fmt: skip
    assert about["text"] == {
        "max_length": MAX_LENGTH, "keep_punctuation": False, "mode": "caption"
    }  # fmt: skip
    words = (folder_of("with prior") / "vocabulary.txt").read_text().split("\n")[:-1]
    assert tuple(words) == TOKENIZER.words
    assert [words[about["vocabulary"][name]] for name in ("pad", "bos", "eos", "unk")] == [
        "<pad>", "<bos>", "<eos>", "<unk>"
    ]  # fmt: skip
    for name, endpoint in about["endpoints"].items():
        graph = onnx.load(folder_of("with prior") / f"{name}.onnx").graph
        for kind, values in (("inputs", graph.input), ("outputs", graph.output)):
            found = {
                each.name: [d.dim_param or d.dim_value for d in each.type.tensor_type.shape.dim]
                for each in values
            }
            assert found == {k: v["shape"] for k, v in endpoint[kind].items()}


def test_a_model_of_plain_lines_comes_with_its_pieces(tmp_path):
    from tokenizers import Tokenizer

    from textvae.data.pieces import PieceTokenizer

    pieces = PieceTokenizer.fit(CAPTIONS, min_count=1, max_pieces=60)
    bundle = bundle_of(shaken_model(vocab_size=len(pieces)))
    bundle.tokenizer, bundle.text = pieces, TextSettings(40, mode="plain")
    Pipeline(bundle).export(tmp_path / "plain")
    read = Tokenizer.from_file(str(tmp_path / "plain" / "tokenizer.json"))
    assert [1, *read.encode(" a small dog 🐕").ids, 2] == pieces.encode("a small dog 🐕")


@pytest.mark.parametrize(("target", "format", "message"), [
    ("file", "onnx", "file is a file; name a folder to export to"),
    ("full", "onnx", "full holds other files; name a new folder to export to"),
    ("foreign", "onnx", "foreign holds other files; name a new folder to export to"),
    ("new", "pmml", "the format must be onnx or savedmodel, got 'pmml'"),
])  # fmt: skip
def test_where_nothing_can_be_exported_to_nothing_is_touched(tmp_path, target, format, message):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("kept")
    (tmp_path / "foreign").mkdir()
    for name in ("model.json", "group1-shard1of1.bin"):  # of a model for TensorFlow.js
        (tmp_path / "foreign" / name).write_text("kept")
    with pytest.raises(BadInput, match=message):
        random_vae().export(tmp_path / target, format)
    assert_refused(tiny("export", tmp_path / target, "--format", format), message)
    assert (tmp_path / "file").read_text() == (tmp_path / "full" / "kept").read_text()
    assert len(list((tmp_path / "foreign").iterdir())) == 2
    assert not (tmp_path / "new").exists()


def test_without_onnx_the_command_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("textvae.export.folder.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install 'textvae\[onnx\]'"):
        random_vae().export(tmp_path / "new")


def test_an_earlier_export_is_replaced_whole_from_within_as_well(tmp_path, monkeypatch):
    Pipeline(bundle_of(shaken_model(), former_prior())).export(tmp_path / "exported")
    monkeypatch.chdir(tmp_path / "exported")
    Pipeline(bundle_of(shaken_model())).export(Path())
    names = {path.name for path in Path().iterdir()}
    assert names == {"model.json", "vocabulary.txt", "encoder.onnx", "start.onnx", "step.onnx"}
    assert [path.name for path in tmp_path.iterdir()] == ["exported"]


def export_without_tracing(monkeypatch, folder):
    """From now on, the graphs that the folder holds are exported, which take long to make."""
    graphs = {path.name: path.read_bytes() for path in folder.glob("*.onnx")}
    monkeypatch.setitem(
        folder_module.KINDS, "onnx", lambda networks, made: write_files(made, graphs)
    )


def test_a_kill_at_any_moment_of_replacing_leaves_no_description_of_other_files(
    tmp_path, monkeypatch
):
    """Killed before each change to the folder: `model.json` never stands without its files."""
    folder, rename, unlink = tmp_path / "exported", Path.rename, Path.unlink
    pipeline, count = Pipeline(bundle_of(shaken_model())), itertools.count(1)

    def export(death):
        def dying(change):
            def changed(path, *target, **settings):
                if path.parent in (folder, *folder.glob(".export-*")) and next(count) == death:
                    os.kill(os.getpid(), signal.SIGKILL)
                return change(path, *target, **settings)

            return changed

        Path.rename, Path.unlink = dying(rename), dying(unlink)
        folder_module._replace_content(folder, made)

    pipeline.export(folder)
    export_without_tracing(monkeypatch, folder)
    names, seen = {path.name for path in folder.iterdir()}, set()
    for death in range(1, 2 * len(names) + 1):
        made = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
        for name in names:
            (made / name).write_text("new")
        child = os.fork()
        if not child:
            export(death)
            os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        found = {path.name for path in folder.iterdir() if path.is_file()}
        assert "model.json" not in found or found == names
        seen.add(frozenset(found))
        pipeline.export(folder)  # over whatever stands there
        assert {path.name for path in folder.iterdir()} == names
    assert len(seen) > len(names)


def test_a_folder_that_is_a_file_system_of_its_own_can_be_exported_to(tmp_path, monkeypatch):
    volume, rename = tmp_path / "volume", Path.rename

    def within(path, target):
        if (volume in path.parents) != (volume in Path(target).parents):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", within)
    for _ in range(2):  # new, then over an earlier export
        random_vae().export(volume)
        assert (volume / "model.json").is_file()
        assert not [path for path in volume.iterdir() if path.name.startswith(".")]


def test_an_export_that_cannot_replace_an_earlier_one_leaves_it(tmp_path, monkeypatch):
    folder, rename = tmp_path / "exported", Path.rename
    random_vae().export(folder)
    export_without_tracing(monkeypatch, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for failing in range(1, 2 * len(before) + 1):
        count = itertools.count(1)

        def rename_or_fail(path, target, count=count, failing=failing):
            if next(count) == failing:
                raise OSError(errno.EIO, "Input/output error", str(path))
            return rename(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", rename_or_fail)
            with pytest.raises(OSError, match="Input/output"):
                random_vae().export(folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    random_vae().export(folder)


def test_a_full_disk_ends_an_export_as_a_saved_model_with_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", full)
    said = tiny("export", tmp_path / "out", "--format", "savedmodel")
    assert_refused(said, "No space left on device", status=1)


def test_two_exports_to_one_folder_do_not_mix(tmp_path, monkeypatch):
    vae, write, folder = random_vae(), folder_module._write_onnx, tmp_path / "out"

    def first(networks, made):
        monkeypatch.setitem(folder_module.KINDS, "onnx", write)
        with pytest.raises(BadInput, match="another command is exporting to"):
            vae.export(folder)
        write(networks, made)

    monkeypatch.setitem(folder_module.KINDS, "onnx", first)
    vae.export(folder)
    described = json.loads((folder / "model.json").read_text())["endpoints"]
    assert {path.stem for path in folder.glob("*.onnx")} == {*described}
    vae.export(folder)


def test_the_example_refuses_a_model_of_pieces(tmp_path, example):
    from textvae.data.pieces import PieceTokenizer

    pieces = PieceTokenizer.fit(CAPTIONS, min_count=1, max_pieces=60)
    bundle = bundle_of(shaken_model(vocab_size=len(pieces)))
    bundle.tokenizer, bundle.text = pieces, TextSettings(40, mode="plain")
    Pipeline(bundle).export(tmp_path / "plain")
    with pytest.raises(AssertionError, match="a model of plain lines"):
        example(tmp_path / "plain")
