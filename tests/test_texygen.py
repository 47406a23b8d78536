"""The Texygen benchmark: its words, its figures, and the row of real captions as published."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from tiny import some_captions, weights_folder

from benchmarks import texygen
from textvae.bleu import bleu, self_bleu
from textvae.ngrams import WittenBell

DATA = Path(os.environ.get("TEXTVAE_TEXYGEN", "../shared/data/texygen"))
NEEDS_DATA = pytest.mark.skipif(
    not (DATA / texygen.TEST).is_file(),
    reason="needs the benchmark's files: name their folder in TEXTVAE_TEXYGEN",
)
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


def test_the_figures_are_their_definitions():
    samples = [texygen.words(text) for text in some_captions(130)[90:]] + TRAIN[:2]
    found = texygen.Benchmark(TRAIN, TEST).figures(samples)
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


@NEEDS_DATA
def test_real_captions_score_as_published():
    """.744 .526 .344 .222 and .895 .751 .581 .422, of a copy with a stop at each end; 107.0."""
    train, test = (texygen.read(DATA / name) for name in (texygen.TRAIN, texygen.TEST))
    assert (len(train), len(test)) == (10_000, 10_000)
    found = texygen.Benchmark(train, test).figures(train)
    ours = [found[name] for name in texygen.BLEUS]
    published = texygen.PUBLISHED["real training captions"]
    np.testing.assert_allclose(ours, published, atol=1e-3)
    # As the files stand: what the reference implementation of the protocol gives.
    as_they_stand = [found[f"{name}_as_they_stand"] for name in texygen.BLEUS]
    expected = [0.7404, 0.5203, 0.3371, 0.2180, 0.8925, 0.7474, 0.5737, 0.4158]
    np.testing.assert_allclose(as_they_stand, expected, atol=5e-5)
    assert found["reverse_ppl"] == pytest.approx(107.0, abs=0.05)


@NEEDS_DATA
def test_bleu_and_self_bleu_are_those_of_nltk_on_real_captions():
    train, test = (texygen.read(DATA / name) for name in (texygen.TRAIN, texygen.TEST))
    captions, references = train[:30], test[:200]
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
    asked = ["--weights", str(weights_folder()), "--data", str(tmp_path), "--num-samples", "9"]
    asked += ["--temperatures", "0.5", "1", "--seeds", "0", "3", "--prior", "standard"]
    texygen.main([*asked, "--json"])
    result = json.loads(capsys.readouterr().out)
    cold, warm = result["models"]["VAE"]["rows"]
    assert (cold["temperature"], warm["temperature"]) == (0.5, 1.0)
    vae = texygen.textvae.load(str(weights_folder()))
    sets = [vae.generate(9, temperature=1.0, seed=seed, prior="standard") for seed in (0, 3)]
    benchmark = texygen.Benchmark(TRAIN, TEST)
    values = [benchmark.figures([*map(texygen.words, texts)])["bleu_4"] for texts in sets]
    assert warm["bleu_4"] == pytest.approx(np.mean(values))
    assert warm["bleu_4_spread"] == pytest.approx(np.std(values, ddof=1))
    assert result["settings"]["seeds"] == [0, 3]
    lines = texygen.table(result).splitlines()
    shown = {line[2:34].strip(): line[34:].split() for line in lines}
    assert shown["LeakGAN"][:2] == ["0.746", "0.528"]
    assert shown["VAE tiny at 1"][2] == f"{warm['bleu_4']:.3f}"
    assert shown["real training captions"][-1] == "-"  # what was learned is not new
