"""A model of plain lines, from its folder to the commands and the page."""

import dataclasses
import functools

import numpy as np
import pytest
from samples_of_text import LINES
from tiny import make_model, session_folder
from verbs import lines, run

from textvae.data.pieces import PieceTokenizer
from textvae.data.text_modes import TextSettings, fold
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput
from textvae.pipeline import Pipeline
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle
from textvae.web.own_sentence import surroundings
from textvae.web.rendering.about import explained
from textvae.web.rendering.generate import generated
from textvae.web.rendering.reconstruct import reconstructed
from textvae.web.service import Service

ALL_LINES = [fold(line) for each in LINES.values() for line in each]


@functools.cache
def plain_vae(mode="plain"):
    """A pipeline with random weights that reads plain lines, or tokens."""
    if mode == "plain":
        tokenizer = PieceTokenizer.fit(ALL_LINES * 5)
    else:
        tokenizer = Tokenizer.fit(ALL_LINES, 1, mode)
    model = make_model(vocab_size=len(tokenizer), latent_dim=4)
    text = TextSettings(40, mode=mode)
    report = {"samples": ["床前明月光", "疑是地上霜"]}
    return Pipeline(ModelBundle("poems", model, tokenizer, text, None, report))


@pytest.mark.parametrize("mode", ["plain", "tokens"])
def test_the_mode_is_stored_with_the_weights_and_used_when_they_are_read(tmp_path, mode):
    before = plain_vae(mode)
    before.save(tmp_path)
    after = Pipeline.from_folder(tmp_path)
    assert after.bundle.text == TextSettings(40, mode=mode)
    assert after.tokenizer.words == before.tokenizer.words
    for line in ALL_LINES:
        assert after.prepare(line) == before.prepare(line)
        assert after.prepare(line).cleaned == line[: len(after.prepare(line).cleaned)]
    config = weights_folder.config_of(before.bundle)
    assert config["text"] == {"max_length": 40, "keep_punctuation": False, "mode": mode}


def test_a_folder_of_captions_does_not_name_its_mode(tmp_path):
    bundle = dataclasses.replace(plain_vae().bundle, text=TextSettings(40, True))
    config = weights_folder.config_of(bundle)
    assert config["text"] == {"max_length": 40, "keep_punctuation": True}


@pytest.mark.parametrize("text", [
    {"max_length": 40, "keep_punctuation": False, "mode": "poem"},
    {"max_length": 40, "keep_punctuation": False, "mode": ["plain"]},
    {"max_length": 40, "mode": "plain"},
    {"max_length": 40, "keep_punctuation": False, "mode": "caption"},  # of these pieces
])  # fmt: skip
def test_an_unknown_or_different_mode_is_refused_in_one_line(tmp_path, text):
    import json

    plain_vae().save(tmp_path)
    (tmp_path / "manifest.json").unlink()
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "text": text}))
    with pytest.raises(BadInput, match="invalid text settings|white space") as refusal:
        Pipeline.from_folder(tmp_path)
    assert "\n" not in str(refusal.value)


def test_what_a_model_of_plain_lines_writes_is_always_valid_text():
    vae = plain_vae()
    captions = vae.generate(300, seed=1, temperature=2.0, prior="standard")
    assert any(not caption.isascii() for caption in captions)
    for caption in captions:
        caption.encode("utf-8")
        assert caption == fold(caption)
        assert "<unk>" not in caption


def test_the_probability_of_a_word_is_that_of_its_pieces_together():
    vae, captions = (
        plain_vae(),
        ["Der Hund läuft, die Katze schläft.", "床前明月光，疑是地上霜。"],
    )
    codes = vae.encode(captions)
    rows = [vae.tokenizer.encode(caption) for caption in captions]
    pieces = vae.compiled.word_probabilities(rows, codes)
    words = vae.word_probabilities(captions, codes)
    for caption, row, found in zip(captions, pieces, words, strict=True):
        assert "".join(vae.words(caption)) == caption
        assert len(vae.words(caption)) == len(found)
        np.testing.assert_allclose(np.log(found).sum(), np.log(row).sum(), rtol=1e-5)


def test_commands_read_any_line_and_say_what_to_type(tmp_path):
    folder = session_folder() / "plain"
    plain_vae().save(folder)
    file = tmp_path / "lines.txt"
    file.write_text("".join(f"{line}\n" for line in ALL_LINES) + "\n", encoding="utf-8")
    said = run("reconstruct", "--weights", folder, "--file", file)
    assert lines(said) == [*Pipeline.from_folder(folder).reconstruct(ALL_LINES), ""]
    number = len(ALL_LINES) + 1
    assert f"caption {number} gives an empty line: no words are left of ''; " in said.err
    assert said.err.rstrip().endswith("such as: 床前明月光")
    assert "unknown words" not in said.err


def test_the_page_shows_lines_of_any_script_in_their_own_direction():
    service = Service("poems", load=lambda name: plain_vae(), shipped=["poems"])
    for line in ("مرحبا بالعالم", "床前明月光", "50% off!", "\U0001f415"):
        made = service.reconstruct("poems", line)
        assert made.prepared.cleaned == line
        assert 'lang="" dir="auto"' in reconstructed(
            made, surroundings(service, "poems", line, 0.7, 0)
        )
    assert service.models.own_lines("poems") == ["床前明月光", "疑是地上霜"]
    made = service.reconstruct("poems", "zq" * 99)
    around = surroundings(service, "poems", made.typed, 0.7, 0)
    assert "Shortened to the first 40 pieces of text" in reconstructed(made, around)
    about = explained(service.about("poems"))
    assert "pieces of text in its vocabulary" in about
    assert "words per" not in about
    shaded = generated(service.generate("poems", 5, 1.0, with_words=True))
    assert 'class="tv-word"' in shaded
    assert 'dir="auto"' in shaded
