"""The Texygen benchmark: its words, its metrics, and the row of real captions as published."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny import learned_vae, saved_weights, some_captions

from benchmarks import texygen
from textvae.metrics.bleu import bleu, self_bleu
from textvae.metrics.ngram_lm import WittenBell
from textvae.saving import weights_folder

ROOT = Path(__file__).resolve().parent.parent
TRAIN = [texygen.words(f"{text}.") for text in some_captions(60)]
TEST = [texygen.words(text) for text in some_captions(90)[60:]]


@pytest.mark.parametrize(("line", "expected"), [
    ("a dog on a beach.", "a dog on a beach ."),
    ("two husky's hanging out. they smile. ", "two husky 's hanging out . they smile ."),
    ("it isn't a u.s plane, is it?", "it is n't a u.s plane , is it ?"),
    ("a close-up (of a cat)", "a close-up ( of a cat )"),
])  # fmt: skip
def test_words_are_split_as_nltk_splits_them(line, expected):
    assert texygen.words(line) == expected
    assert texygen.words(expected) == expected  # what a model writes is split the same way


def test_a_caption_is_closed_by_one_full_stop():
    assert texygen.closed("a dog .") == "a dog ."
    assert texygen.closed("a dog") == "a dog ."
    assert texygen.closed("is it a dog ?") == "is it a dog ? ."


def test_the_metrics_are_their_definitions():
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    samples = [texygen.words(text) for text in some_captions(130)[90:]] + TRAIN[:2]
    found = texygen.Benchmark(TRAIN, TEST).metrics(samples)
    method1 = SmoothingFunction().method1
    for column, closed in (("bleu_3", True), ("bleu_3_as_they_stand", False)):
        texts, references = (
            [(texygen.closed(text) if closed else text).split() for text in texts]
            for texts in (samples, TEST)
        )
        scores = [
            sentence_bleu(references, text, [1 / 3] * 3, smoothing_function=method1)
            for text in texts
        ]
        assert found[column] == pytest.approx(np.mean(scores), rel=1e-12)
    assert found["novel"] == 40 / 42  # with and without the stop it is the same caption
    lm = WittenBell(TRAIN)
    assert found["forward_ppl"] == lm.perplexity(samples)
    assert found["reverse_ppl"] == WittenBell(samples, lm.vocabulary).perplexity(TEST)


@pytest.mark.parametrize(("self_bleu_5", "bleu_5", "above"), [
    (0.32, 0.18, 0.0),
    (0.29, 0.20, 0.03),  # half way between .16 and .18
    (0.50, 0.20, -0.03 - 0.04 * 2 / 9),  # past the last point, on its line
    (0.20, 0.14, 0.0),
])  # fmt: skip
def test_a_point_is_held_against_the_published_curve(self_bleu_5, bleu_5, above):
    row = {"self_bleu_5": self_bleu_5, "bleu_5": bleu_5}
    assert texygen.above_published_curve(row) == pytest.approx(above, abs=1e-9)


def test_rows_are_refused_where_real_captions_do_not_score_as_published():
    """The command holds the benchmark's own files to this whenever it runs on them."""
    real = dict(zip(texygen.BLEUS, texygen.PUBLISHED["real training captions"], strict=True))
    for name, value in zip(texygen.BLEUS, texygen.AS_THEY_STAND, strict=True):
        real[f"{name}_as_they_stand"] = value
    real["reverse_ppl"] = 107.0
    texygen.refuse_other_protocol(real)
    for name, off in (
        ("bleu_5", 0.002),
        ("self_bleu_2_as_they_stand", 1e-4),
        ("reverse_ppl", 1),
    ):
        with pytest.raises(SystemExit, match=f"{name} of real captions is"):
            texygen.refuse_other_protocol({**real, name: real[name] + off})


def test_bleu_and_self_bleu_are_those_of_nltk_on_captions_of_a_shipped_model():
    """Thousands of words, of captions that ship: those of the map."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    latent_map = weights_folder.load(ROOT / "weights" / "coco").latent_map
    captions, references = latent_map.captions[:30], latent_map.captions[30:230]
    weights, method1 = [[1 / n] * n for n in range(1, 6)], SmoothingFunction().method1

    def by_nltk(text, others):
        rows = [other.split() for other in others]
        return sentence_bleu(rows, text.split(), weights, smoothing_function=method1)

    np.testing.assert_allclose(
        bleu(captions, references), [by_nltk(text, references) for text in captions], rtol=1e-12
    )
    left_out = [
        by_nltk(text, captions[:i] + captions[i + 1 :]) for i, text in enumerate(captions)
    ]
    np.testing.assert_allclose(self_bleu(captions), left_out, rtol=1e-12)


def test_the_command_measures_what_generate_gives(tmp_path, capsys):
    (tmp_path / texygen.TRAIN).write_text("\n".join(TRAIN))
    (tmp_path / texygen.TEST).write_text("\n".join(TEST))
    asked = ["--weights", str(saved_weights()), "--data", str(tmp_path), "--num-samples", "9"]
    asked += ["--temperatures", "0.5", "1", "--seeds", "0", "3", "--prior", "standard"]
    texygen.main([*asked, "--json"])
    result = json.loads(capsys.readouterr().out)
    cold, warm = result["models"]["VAE"]["rows"]
    assert (cold["temperature"], warm["temperature"]) == (0.5, 1.0)
    vae = learned_vae()
    sets = [vae.generate(9, temperature=1.0, seed=seed, prior="standard") for seed in (0, 3)]
    benchmark = texygen.Benchmark(TRAIN, TEST)
    values = [benchmark.metrics([*map(texygen.words, texts)])["bleu_4"] for texts in sets]
    assert warm["bleu_4"] == pytest.approx(np.mean(values))
    assert warm["bleu_4_std"] == pytest.approx(np.std(values, ddof=1))
    assert result["settings"]["seeds"] == [0, 3]
    lines = texygen.table(result).splitlines()
    shown = {line[2:34].strip(): line[34:].split() for line in lines}
    assert shown["LeakGAN"][:2] == ["0.746", "0.528"]
    assert shown["VAE tiny at 1"][2] == f"{warm['bleu_4']:.3f}"
    assert shown["real training captions"][-1] == "-"  # what was learned is not new
