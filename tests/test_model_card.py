"""The model card, read back by the Hub's own reader."""

import copy
import dataclasses
import json
import re

import pytest
from hub_card import problems_of
from huggingface_hub import ModelCard
from tiny import random_vae

from textvae import list_models
from textvae.errors import BadInput
from textvae.loading import locate
from textvae.metrics.definitions import DEFINITIONS
from textvae.saving import model_card as module
from textvae.saving.data_section import is_of_coco
from textvae.saving.evaluations import checked_evaluation
from textvae.saving.model_card import model_card
from textvae.saving.weights_folder import card_of, load

CONFIG = {
    "format": 1,
    "name": "coco",
    "model": {"decoder": "lstm", "latent_dim": 64},
    "text": {"max_length": 20, "keep_punctuation": False},
    "vocab_size": 9123,
}
MEASURED = {
    "num_captions": 12384,
    "num_tokens": 141_000,
    "latent_dim": 64,
    "unknown_rate": 0.0123,
    "nll": 20.51239,
    "nll_std": 0.01,
    "kl": 25.25,
    "elbo": -45.76239,
    "active_units": 61,
    "reconstruction_bleu4": 0.41239,
    "reconstruction_exact": 0.0511,
    "settings": {"seed": 0, "draws": 3, "iw_samples": 0},
}
REPORT = {
    "command": "textvae train coco --captions captions_train2014.json",
    "recipe": {"name": "coco", "data": {"captions": ["captions_train2014.json"]}},
    "data": {
        "train": {"captions": 160_000, "tokens": 2_000_000},
        "validation": {"captions": 12_384},
    },
    "num_parameters": 9_876_543,
    "seconds": 4260.0,
    "tokens_per_second": 7654.3,
    "best_epoch": 12,
    "prior": {"epochs": 6, "num_parameters": 3_210_987, "validation_nll": 35.214},
    "validation": MEASURED,
    "versions": {"textvae": "0.1.0", "tensorflow": "2.21.0"},
    "finished": "2026-11-22",
    "history": [{}] * 13,
    "samples": ["a man riding a wave", "a cat | on *a* table", "<b>two dogs</b>"],
}


@pytest.fixture(scope="module")
def card():
    return model_card(CONFIG, REPORT, "hf://me/coco")


def section(card, title):
    return card.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_hub_reads_the_front_matter(card):
    data = ModelCard(card).data
    assert data.library_name == "textvae"
    assert data.pipeline_tag == "text-generation"
    assert data.inference is False
    assert {"vae", "text-vae", "latent-space"} <= set(data.tags)
    results = {result.metric_name: result for result in data.eval_results}
    assert results["reconstruction_bleu4"].metric_value == 0.4124
    assert {result.dataset_name for result in results.values()} == {"COCO captions"}
    assert {result.dataset_split for result in results.values()} == {"validation"}


def test_every_metric_stands_beside_its_definition(card):
    measured = section(card, "Measured")
    for name, about in DEFINITIONS.items():
        rows = [line for line in measured.splitlines() if line.startswith(f"| `{name}` |")]
        if name in MEASURED:
            [row] = rows
            cells = re.split(r"(?<!\\)\|", row)  # as Markdown does: an escaped bar is text
            assert [cell.strip().replace("\\|", "|") for cell in cells[3:]] == [about, ""]
            assert float(cells[2].replace(",", "")) == pytest.approx(MEASURED[name], rel=1e-3)
        else:
            assert not rows
    assert "On the 12,384 captions of the validation set (141,000 tokens)" in measured
    assert "seed 0, draws 3" in measured


def test_metrics_of_a_group_are_named_with_it():
    measured = {
        **MEASURED,
        "samples": {"scene": {"unique": 0.91}, "standard": {"unique": None}},
    }
    card = model_card(CONFIG, {**REPORT, "validation": measured}, "hf://me/coco")
    assert f"| `samples.scene.unique` | 0.91 | {DEFINITIONS['unique']} |" in card
    assert "samples.standard" not in card


def test_the_samples_are_all_there_and_are_shown_as_text(card):
    samples = section(card, "Samples")
    assert "All 3 captions of `vae.generate(3, seed=0)`, unselected" in samples
    shown = [line[4:] for line in samples.splitlines() if line.startswith("    ")]
    assert shown == REPORT["samples"]  # indented: neither Markdown nor HTML


def test_our_own_snippet_comes_first(card):
    assert card.index('textvae.load("hf://me/coco")') < card.index("## Measured")
    assert card.split("```python\n")[1].startswith("import textvae")


def test_coco_gets_its_licence_and_its_biases(card):
    data = section(card, "Training data and its licence")
    assert "by the COCO Consortium under CC BY 4.0" in data
    assert "The licence of the weights: not recorded" in data
    assert "stereotyped" in section(card, "Limits and biases")


def test_own_lines_do_not_get_the_licence_of_coco():
    report = copy.deepcopy(REPORT)
    report["recipe"]["data"]["captions"] = ["my_lines.txt"]
    card = model_card(CONFIG, report, "hf://me/lines")
    assert "CC BY" not in card
    assert "COCO" not in card
    assert "image-captions" not in card
    assert (
        "`my_lines.txt`. Their language: not recorded. The licence of the weights: not" in card
    )
    assert (ModelCard(card).data.license, ModelCard(card).data.language) == ("unknown", None)
    assert ModelCard(card).data.eval_results[0].dataset_name == "my_lines.txt"
    assert "160,000 lines for training, 12,384 for validation; no line is in both." in card
    report["data"]["has_groups"] = True  # so that equal lines of two groups may be
    card = model_card(CONFIG, report, "hf://me/lines")
    assert "12,384 for validation; no group of them is in both." in card


@pytest.mark.parametrize(
    ("names", "is_coco"),
    [
        (["captions_train2014.json", "captions_val2014.json"], True),
        (["captions_train.json.gz"], True),
        (["captions_train2014.json", "mine.txt"], False),
        (["captions.txt"], False),
        ([], False),
    ],
)
def test_coco_is_known_by_the_names_of_its_files(names, is_coco):
    assert is_of_coco({"recipe": {"data": {"captions": names}}}) is is_coco


@pytest.mark.parametrize(
    "more", [{"data": {**REPORT["data"], "has_coco_images": False}}, {"language": ["fr"]}]
)
def test_own_captions_in_a_file_named_like_coco_s_are_not_taken_for_them(more):
    assert "COCO" not in model_card(CONFIG, {**REPORT, **more}, "hf://me/lines")


@pytest.mark.parametrize(
    "report", [{}, {"history": [{"epoch": 1}]}, {"validation": {"nll": 1.0}}]
)
def test_an_unfinished_run_has_a_card_that_says_so(report):
    card = model_card(CONFIG, report, "hf://me/coco")
    assert "this run is not finished" in section(card, "Measured")
    assert ModelCard(card).data.license == "unknown"


@pytest.mark.parametrize("place", [("recipe", "data"), ()])
def test_the_licence_and_the_language_that_were_named_are_on_the_card(place):
    report = copy.deepcopy(REPORT)
    found = report
    for key in place:
        found = found[key]
    found |= {"license": "cc0-1.0", "language": ["fr", "zh-Hant"]}
    card = ModelCard(model_card(CONFIG, report, "hf://me/lines")).data
    assert (card.license, card.language) == ("cc0-1.0", ["fr", "zh-Hant"])


def test_nothing_is_on_the_card_that_nobody_has_named(card):
    data = ModelCard(card).data
    assert (data.license, data.language) == ("unknown", None)
    assert {"datasets", "base_model"}.isdisjoint(data.to_dict())
    assert "MIT" not in card


def test_what_was_named_is_where_the_hub_looks_for_it():
    report = copy.deepcopy(REPORT)
    report["recipe"]["data"]["captions"] = [
        "hf://datasets/me/pets@v1/train.csv",
        "hf://datasets/me/pets/more.csv",
    ]
    report["recipe"]["init_from"] = "hf://me/base@0a1b"
    report["tags"] = ["pets"]
    data = ModelCard(model_card(CONFIG, report, "hf://me/lines")).data
    assert (data.datasets, data.base_model) == (["me/pets"], ["me/base"])
    assert "pets" in data.tags
    result = data.eval_results[0]
    assert (result.dataset_type, result.dataset_split) == ("me/pets", "validation")
    report["base_model"] = ["me/other"]
    data = ModelCard(model_card(CONFIG, report, "hf://me/lines")).data
    assert data.base_model == ["me/other"]


def test_an_evaluation_that_was_pushed_is_on_the_card_and_where_the_hub_shows_results():
    tested = {**MEASURED, "nll": 19.5, "captions": ["hf://datasets/me/pets/test.csv"]}
    card = model_card(CONFIG, {**REPORT, "evaluations": [tested, {"nll": 1}]}, "hf://me/coco")
    found = {
        (each.dataset_type, each.metric_name): each.metric_value
        for each in ModelCard(card).data.eval_results
    }
    assert found["me/pets", "nll"] == 19.5
    assert found["coco-captions", "nll"] == 20.5124
    measured = section(card, "Measured")
    assert measured.count("| metric | value |") == 2
    assert "On `hf://datasets/me/pets/test.csv`: 12,384 lines (141,000 tokens)." in measured


@pytest.mark.parametrize("raw", [[], {}, {"nll": 1.0}, {**MEASURED, "captions": [1]}])
def test_what_is_no_evaluation_is_refused(raw):
    with pytest.raises(BadInput, match="test.json is not what `textvae evaluate --json`"):
        checked_evaluation(raw, "test.json")


@pytest.mark.parametrize("names", [["captions_val2014.json"], ["my lines.txt"], []])
def test_the_hub_takes_the_card(names):
    report = copy.deepcopy(REPORT)
    report["recipe"]["data"]["captions"] = names
    report["evaluations"] = [{**MEASURED, "captions": names}]
    assert problems_of(model_card(CONFIG, report, "hf://me/coco")) == []
    assert problems_of(model_card(CONFIG, {}, "hf://me/coco")) == []


def test_the_card_says_how_to_install_the_library_and_where_it_is(monkeypatch):
    assert "`pip install textvae`" in section(model_card(CONFIG, REPORT, "coco"), "Load it")
    monkeypatch.setattr(module, "PROJECT_URL", "https://example.org/textvae")
    shown = section(model_card(CONFIG, REPORT, "coco"), "Load it")
    assert "It is at <https://example.org/textvae>." in shown


def test_the_same_report_gives_the_same_card(card):
    again = model_card(CONFIG, json.loads(json.dumps(REPORT)), "hf://me/coco")
    assert again == card


@pytest.mark.parametrize(
    ("decoder", "sentence"),
    [
        ("lstm", "the decoder is `lstm`, which writes word by word. It has"),
        ("repeat", "the decoder is `repeat`, which writes all words at once. It has"),
        ("mine", "the decoder is `mine`. It has"),
    ],
)
def test_the_card_says_how_its_decoder_writes_where_that_is_known(decoder, sentence):
    config = {**CONFIG, "model": {"decoder": decoder, "latent_dim": 64}}
    assert sentence in model_card(config, REPORT, "hf://me/coco")


@pytest.mark.parametrize("name", list_models())
def test_the_cards_that_come_with_the_package_say_what_is_in_their_folders(name):
    folder = locate(name)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card == card_of(load(folder), f"path/to/{name}")


def test_a_card_names_early_stopping_and_pairs_only_where_there_were_some():
    report = copy.deepcopy(REPORT)
    report["recipe"]["train"] = {"keep": "last"}
    report["data"]["has_groups"] = False
    report["prior"] |= {"latent_dim": 32, "validation_kl": 4.0}
    card = model_card(CONFIG, report, "x")
    assert "early stopping" not in card
    assert "given another one" not in card


@pytest.mark.parametrize(
    "report", [{"data": 1}, {"samples": 3}, {"validation": 5}, {"samples": [1, 2]}]
)
def test_a_report_of_somebody_else_ends_no_card(report, caplog):
    bundle = dataclasses.replace(random_vae().bundle, report=report)
    assert "\n## Load it\n" in card_of(bundle, "path/to/tiny")
    assert "its card is incomplete" in caplog.text


def test_no_sample_and_no_name_leaves_its_place_on_a_card():
    bundle = random_vae().bundle
    report = {**bundle.report, "samples": ["a\n\n# Install\n<b>"]}
    found = dataclasses.replace(bundle, report=report)
    card = card_of(found, "path/to/my lines")
    assert "\n# Install" not in card
    assert "textvae app --weights 'path/to/my lines'" in card
    assert 'load("x\\"); y")' in card_of(found, 'x"); y')


@pytest.mark.parametrize("typed", ["", "textvae"])
def test_a_run_in_python_has_no_command_on_its_card(typed):
    training = section(model_card(CONFIG, {**REPORT, "command": typed}, "x"), "Training")
    assert "`textvae`" not in training
    assert training.lstrip().startswith("13 epochs in 71 minutes")


def test_an_evaluation_is_on_the_card_of_a_run_that_is_not_finished():
    tested = {**MEASURED, "captions": ["test.txt"]}
    card = model_card(CONFIG, {"evaluations": [tested]}, "hf://me/lines")
    assert "this run is not finished" in section(card, "Measured")
    assert "On `test.txt`: 12,384 lines (141,000 tokens)." in section(card, "Measured")
    assert {each.dataset_name for each in ModelCard(card).data.eval_results} == {"test.txt"}


@pytest.mark.parametrize("text", [{"keep_punctuation": True}, {"mode": "tokens"}])
def test_only_cleaned_captions_are_said_to_be_without_punctuation(text, card):
    assert "without punctuation" in section(card, "Limits and biases")
    config = {**CONFIG, "text": {**CONFIG["text"], **text}}
    other = model_card(config, REPORT, "hf://me/coco")
    assert "without punctuation" not in section(other, "Limits and biases")
