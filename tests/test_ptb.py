"""The Penn Treebank's table: its files, its rows, and what is measured for them."""

import gzip
import re
from pathlib import Path

import pytest
from tiny import shaken_model

import textvae
from benchmarks.ptb import __main__ as ptb
from benchmarks.ptb.published import PUBLISHED, Row
from textvae.cli.main import build_parser
from textvae.data.text_modes import TOKENS, TextSettings
from textvae.data.tokenizer import Tokenizer
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle

WORDS = ["<unk>", "N", "the", "board", "'s", "said", "it", "will", "n't", "of", "stocks"]


def write_sample(folder):
    """Files of the benchmark's form, with its leading and trailing spaces."""
    for name, first, count in ((ptb.TRAIN, 0, 60), (ptb.VALIDATION, 60, 12), (ptb.TEST, 72, 8)):
        lines = [
            f" {WORDS[i % 7]} {WORDS[i % 11]} {WORDS[i % 5]} {i} "
            for i in range(first, first + count)
        ]
        (folder / name).write_bytes(gzip.compress("\n".join(lines).encode()))


def save_finished(folder, **sizes):
    """A model as a run leaves it, untrained."""
    tokenizer = Tokenizer(sorted({*WORDS, *map(str, range(80))}), TOKENS)
    model = shaken_model(vocab_size=len(tokenizer), **sizes)
    text = TextSettings(100, mode=TOKENS)
    report = {"history": [], "validation": {}}
    weights_folder.save(ModelBundle(folder.name, model, tokenizer, text, None, report), folder)


def test_what_is_trained_is_measured_on_all_sentences_and_not_trained_again(tmp_path, capsys):
    write_sample(tmp_path)
    save_finished(tmp_path / "runs/ptb-lm", latent_dim=0)
    save_finished(tmp_path / "runs/ptb")
    asked = ["--data", str(tmp_path), "--output", str(tmp_path / "runs"), "--iw-samples", "2"]
    ptb.main(asked)
    printed = capsys.readouterr().out
    assert "8 sentences, 40 tokens, 2 draws" in printed  # four tokens and the end
    for name in (*PUBLISHED, "ptb-lm"):
        assert f"  {name} " in printed
    vae = textvae.load(tmp_path / "runs/ptb")
    found = textvae.evaluate(vae, ptb.sentences(tmp_path / ptb.TEST), iw_samples=2)
    [row] = [line.split() for line in printed.splitlines() if line.startswith("  ptb ")]
    assert row[1:4] == [f"{found[name]:.1f}" for name in ("nll_iw", "ppl", "kl")]


def test_a_run_that_has_not_ended_is_not_taken_for_a_result(tmp_path):
    assert not ptb.is_finished(tmp_path)
    (tmp_path / "report.json").write_text('{"history": []}')
    assert not ptb.is_finished(tmp_path)
    (tmp_path / "report.json").write_text('{"validation": {}}')
    assert ptb.is_finished(tmp_path)


def test_the_rows_are_the_metrics_that_the_table_is_about():
    assert ptb.row_of({"latent_dim": 0, "nll": 95.0, "ppl": 90.0}) == Row(95.0, 90.0)
    metrics = {
        "latent_dim": 32, "nll": 99.0, "nll_iw": 96.0, "ppl": 80.0, "kl": 5.3,
        "mutual_information": 3.5, "active_units": 31,
    }  # fmt: skip
    row = ptb.row_of(metrics)
    assert row == Row(96.0, 80.0, 5.3, 3.5, 31, 32)
    line = next(line for line in ptb.table({"ptb": row}).splitlines() if "ptb" in line)
    assert line.split() == ["ptb", "96.0", "80.0", "5.3", "3.50", "31", "of", "32"]


@pytest.mark.parametrize(("vae", "said"), [
    (Row(96.0, 90.0, 5.3, 3.5, 32, 32), "used, and the bound is no worse than .* by 5.0"),
    (Row(96.0, 97.0, 5.3, 3.5, 31, 32), "not used in full, .* is worse than .* by 2.0"),
    (Row(96.0, 95.0, 5.3, 2.9, 32, 32), "not used in full, and the bound is no worse"),
])  # fmt: skip
def test_the_verdict_asks_for_a_code_that_is_used_and_costs_nothing(vae, said):
    assert re.search(said, ptb.verdict({"ptb-lm": Row(97.0, 95.0), "ptb": vae}))


def test_the_recipes_keep_every_sentence_and_every_word():
    for name in (ptb.LM, ptb.VAE):
        recipe = ptb.recipe_for(name, Path("data"), Path("runs"), [])
        assert (recipe.data.text, recipe.data.min_count) == ("tokens", 1)
        assert recipe.data.max_length >= 83
        assert recipe.data.captions == (f"data/{ptb.TRAIN}",)
        assert recipe.init_from == (None if name == ptb.LM else "runs/ptb-lm")
        typed = build_parser().parse_args(ptb.command_of(recipe))
        assert typed.captions == list(recipe.data.captions)
