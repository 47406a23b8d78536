import json
import resource

import numpy as np
import pytest
import safetensors.numpy
from tiny import (
    SIZES,
    TOKENIZER,
    VOCAB_SIZE,
    bundle_of,
    copy_of_weights,
    former_prior,
    make_model,
    random_vae,
    scene_prior,
    shaken_model,
)

import textvae
from textvae.config.recipe import find_recipe
from textvae.data.text_modes import TextSettings
from textvae.data.tokenizer import Tokenizer
from textvae.data.vocabulary import vocabulary_bytes
from textvae.errors import BadInput
from textvae.pipeline import Pipeline
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle
from textvae.saving.files import partial_of
from textvae.saving.variables import named_variables

FILES = [
    "README.md",
    "config.json",
    "manifest.json",
    "model.safetensors",
    "prior.safetensors",
    "report.json",
    "vocabulary.txt",
]


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def change_arrays(folder, change):
    path = folder / "model.safetensors"
    arrays = safetensors.numpy.load_file(path)
    change(arrays)
    safetensors.numpy.save_file(arrays, path)


def halved(variable):
    """Single precision that has been through half."""
    return variable.numpy().astype(np.float16).astype(np.float32)


@pytest.mark.parametrize("settings", [
    {"decoder": "lstm"},
    {"decoder": "repeat"},
    {"decoder": "lstm", "vector_dim": 9, "freeze_embeddings": True},
], ids=["lstm", "repeat", "projected"])  # fmt: skip
@pytest.mark.parametrize("make_prior", [scene_prior, former_prior])
def test_what_is_saved_is_loaded_in_half_precision(tmp_path, settings, make_prior):
    model, prior = shaken_model(**settings), make_prior()
    before = ModelBundle(
        "tiny",
        model,
        TOKENIZER,
        TextSettings(12, True),
        prior,
        {"history": [1.5]},
    )
    weights_folder.save(before, tmp_path / "w")
    after = weights_folder.load(tmp_path / "w")
    assert (after.name, after.text, after.report) == (before.name, before.text, before.report)
    assert (after.model.config, after.prior.config) == (model.config, prior.config)
    assert after.tokenizer.words == TOKENIZER.words
    ours, theirs = (named_variables(each.model) for each in (before, after))
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_array_equal(halved(ours[name]), theirs[name].numpy())
    ours, theirs = (named_variables(each) for each in (prior, after.prior))
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_array_equal(halved(ours[name]), theirs[name].numpy())
    again = tmp_path / "again"
    weights_folder.save(after, again)
    assert content(again) == content(tmp_path / "w")


def test_a_loaded_model_says_the_same(tmp_path):
    vae = random_vae()  # whose weights half precision can hold
    vae.save(tmp_path / "w")
    again = Pipeline.from_folder(tmp_path / "w")
    for prior in ("scene", "standard"):
        assert again.generate(9, seed=3, prior=prior) == vae.generate(9, seed=3, prior=prior)
    captions = ["a small dog runs in the snow", "a cat sleeps"]
    for codec, other in ((again, vae), (again.space, vae.space)):
        np.testing.assert_array_equal(codec.encode(captions), other.encode(captions))
    assert again.interpolate(*captions) == vae.interpolate(*captions)
    assert again.rephrase(captions[0], 3) == vae.rephrase(captions[0], 3)


def test_a_folder_without_a_prior_has_none(tmp_path):
    weights_folder.save(bundle_of(make_model()), tmp_path / "w")
    assert weights_folder.load(tmp_path / "w").prior is None


def test_a_saved_folder_holds_its_files_and_no_path_of_this_machine(tmp_path):
    random_vae().save(tmp_path / "w")
    files = content(tmp_path / "w")
    assert sorted(files) == FILES
    for data in files.values():
        assert str(tmp_path).encode() not in data
        assert b"/home/" not in data


def truncate(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def poison(name):
    def change(arrays):
        arrays[name].flat[3] = np.nan

    return lambda folder: change_arrays(folder, change)


def lose(name):
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(("damage", "message"), [
    (truncate, r"model.safetensors is truncated or damaged .*copy or train it again"),
    (lambda f: (f / "model.safetensors").write_bytes(b""), "truncated or damaged"),
    (lambda f: (f / "model.safetensors").write_bytes(b"\x80" * 400), "truncated or damaged"),
    (lose("model.safetensors"), "model.safetensors does not exist"),
    (lose("config.json"), "config.json does not exist"),
    (lose("vocabulary.txt"), "vocabulary.txt does not exist"),
    (lambda f: (f / "vocabulary.txt").write_bytes(vocabulary_bytes(Tokenizer(["a", "dog"]))),
     f"has 6 words, but the weights next to it were trained with {VOCAB_SIZE}"),
    (lambda f: (f / "report.json").write_text("{"), "report.json is not valid JSON"),
    (lambda f: (f / "config.json").write_text("{"), "config.json is not valid JSON"),
    (lambda f: (f / "config.json").write_text("[]"), "not the config.json of a textvae model"),
    (lambda f: (f / "config.json").write_text('{"architectures": ["GPT2LMHeadModel"]}'),
     "not the config.json of a textvae model: no valid 'format'"),
    (lambda f: change_config(f, format=1), "is of format 1, and this version reads 2"),
    (lambda f: change_config(f, format=True), "no valid 'format'"),
    (lambda f: change_config(f, vocab_size="23"), "no valid 'vocab_size'"),
    (lambda f: change_config(f, model={"latent": 3}), "unknown key model.latent"),
    (lambda f: change_config(f, model={"latent_dim": -3}), "model.latent_dim must be at least"),
    (lambda f: change_config(f, model={"decoder": "gpt"}), "unknown decoder 'gpt'"),
    (lambda f: change_config(f, model={"latent_dim": 7, "embed_dim": 16, "encoder_dim": 24,
     "hidden_dim": 48}), r"has the shape \[.*\], but the settings .* require \[.*\]"),
    (lambda f: change_config(f, text={"max_length": 0, "keep_punctuation": False}),
     "invalid text settings"),
    (lambda f: change_config(f, text={"max_length": 9}), "invalid text settings"),
    (lambda f: change_config(f, text={"max_length": 9, "keep_punctuation": False, "x": 1}),
     "invalid text settings"),
    (lambda f: change_arrays(f, lambda a: a.pop("embedding.table")),
     "lacks the weights embedding.table"),
    (lambda f: change_arrays(f, lambda a: a.update(extra=np.zeros(3))),
     "holds the unknown weights extra"),
    (poison("embedding.table"), "embedding.table holds values that are not finite"),
    (lose("prior.safetensors"), "prior.safetensors does not exist"),
    (lambda f: change_config(f, prior=True), "no valid 'prior'"),
    (lambda f: change_config(f, prior=SIZES), "prior.safetensors: .* has the shape"),
    (lambda f: change_config(f, prior={**SIZES, "latent_dim": 0}),
     "prior.safetensors holds the unknown weights"),
])  # fmt: skip
def test_a_damaged_folder_is_refused_with_one_line_that_says_where(tmp_path, damage, message):
    folder = copy_of_weights(tmp_path)
    damage(folder)
    with pytest.raises(BadInput, match=message) as caught:
        weights_folder.load(folder)
    assert "\n" not in str(caught.value)


def test_a_full_disk_leaves_the_old_weights_whole_and_nothing_beside_them(tmp_path):
    folder = copy_of_weights(tmp_path)
    before = content(folder)
    changed = weights_folder.load(folder)
    changed.model.embedding.bias.assign_add(np.ones(VOCAB_SIZE))
    size = len(before["model.safetensors"])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, hard))
        with pytest.raises(OSError, match="too large|No space"):
            weights_folder.save(changed, folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert content(folder) == before
    weights_folder.load(folder)


def test_a_file_is_no_place_for_weights(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(BadInput, match="file is a file; name a folder for the weights"):
        Pipeline(bundle_of(shaken_model())).save(tmp_path / "file")
    with pytest.raises(BadInput, match="file is a file; name a folder for the run"):
        textvae.train(find_recipe("lines"), tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_nothing_is_saved_through_a_link_out_of_the_folder(tmp_path):
    folder, mine = copy_of_weights(tmp_path), tmp_path / "mine"
    mine.write_text("kept")
    bundle = weights_folder.load(folder)
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(mine)
    with pytest.raises(BadInput, match="README.md is a link out of its folder"):
        weights_folder.save(bundle, folder)
    (folder / "README.md").unlink()
    partial_of(folder / "README.md").symlink_to(mine)
    weights_folder.save(bundle, folder)
    assert mine.read_text() == "kept"
