"""The model card, `README.md` of a weights folder, made from `report.json` alone.

The same report gives the same card: no date, path or machine but those in the report. The front
matter is JSON values under YAML keys, which every reader of YAML takes.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from textvae.metrics.definitions import DEFINITIONS

NAME = "README.md"
COCO_FILE = re.compile(r"captions_\w+[.]json([.]gz)?")  # as the COCO site names its files
SHORT = 60  # characters that a Space's short_description may have

TRAINING_FACTS = {
    *("command", "recipe", "seconds", "tokens_per_second", "best_epoch"),
    *("prior", "versions", "finished", "history"),
}

LIMITS = """\
- It writes short English captions in lower case without punctuation, one sentence each. It is
  no language model for other text.
- Its vocabulary is closed: a word outside it is read as `<unk>`, and its meaning is lost.
"""
VAE_LIMITS = """\
- A point of the space is a gist, not a copy: what it gives back may swap objects, numbers and
  colours. It has seen no image and knows nothing of whether a caption is true.
- What it writes is for exploring a space of captions, not for decisions about people.
"""
LANGUAGE_MODEL_LIMITS = """\
- It is a yardstick for VAEs of its size. It has seen no image and knows nothing of whether a
  caption is true.
"""
COCO_BIASES = """\
- COCO shows everyday scenes from photographs on Flickr, described by crowd workers: sport,
  kitchens, streets, pets and wild animals come easily, little else does.
- Its captions show and guess people unevenly: men more often than women, with stereotyped
  company (Zhao et al. 2017, Hendricks et al. 2018). The model repeats and may sharpen this.
"""
OTHER_BIASES = """\
- It repeats the habits and the prejudices of the lines that it was trained on.
"""


def model_card(config: Mapping[str, Any], report: Mapping[str, Any], source: str) -> str:
    """The card as Markdown with front matter.

    Args:
        config: what `config.json` holds.
        report: what `report.json` holds; that of an unfinished run has no figures yet.
        source: what `textvae.load` takes to get this model.
    """
    biases = COCO_BIASES if is_of_coco(report) else OTHER_BIASES
    limits = LANGUAGE_MODEL_LIMITS if _is_language_model(config) else VAE_LIMITS
    parts = [
        front_matter(_facts(config, report)),
        f"# {config['name']}\n\n{_about(config, report)}",
        f"## Load it\n\n{_snippet(config, source)}",
        f"## Measured\n\n{_measured(report)}",
        f"## Samples\n\n{_samples(report)}",
        f"## Training\n\n{_training(report)}",
        f"## Training data and its licence\n\n{_data(report)}",
        f"## Limits and biases\n\n{LIMITS}{limits}{biases}",
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def front_matter(facts: Mapping[str, Any]) -> str:
    """The block between `---` lines that the Hub reads."""
    lines = (
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items()
    )
    return f"---\n{''.join(lines)}---\n"


def _is_language_model(config: Mapping[str, Any]) -> bool:
    return not config["model"]["latent_dim"]


def is_of_coco(report: Mapping[str, Any]) -> bool:
    """Whether the captions came from the COCO files, going by their official names."""
    names = _caption_files(report)
    return bool(names) and all(COCO_FILE.fullmatch(name) for name in names)


def _caption_files(report: Mapping[str, Any]) -> Sequence[str]:
    names: Sequence[str] = report.get("recipe", {}).get("data", {}).get("captions", [])
    return names


def _facts(config: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    tags = ["vae", "text-vae", "latent-space", "sentence-interpolation", "tensorflow"]
    if _is_language_model(config):
        tags = ["language-model", "lstm", "tensorflow"]
    facts: dict[str, Any] = {
        "library_name": "textvae",
        "pipeline_tag": "text-generation",
        "license": "mit",
        "language": ["en"],
        "tags": [*tags, "image-captions"] if is_of_coco(report) else tags,
    }
    if measured := report.get("validation"):
        is_lm = _is_language_model(config)
        facts["metrics"] = ["perplexity" if is_lm else "bleu"]
        task = "Language modelling" if is_lm else "Caption autoencoding"
        facts["model-index"] = [
            {"name": config["name"], "results": [_result(report, measured, task)]}
        ]
    return facts


def _result(
    report: Mapping[str, Any], measured: Mapping[str, Any], task: str
) -> dict[str, Any]:
    names = {"reconstruction_bleu4": "bleu", "nll": "nll", "kl": "kl", "elbo": "elbo"}
    names["ppl"] = "perplexity"
    coco = {"name": "COCO captions", "type": "coco-captions"}
    other = {"name": ", ".join(_caption_files(report)) or "own captions", "type": "text"}
    return {
        "task": {"name": task, "type": "text-generation"},
        "dataset": {**(coco if is_of_coco(report) else other), "split": "validation"},
        "metrics": [
            {"name": name, "type": kind, "value": round(measured[name], 4)}
            for name, kind in names.items()
            if name in measured
        ],
    }


def _about(config: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    model = config["model"]
    words = "word by word" if model["decoder"] == "lstm" else "all words at once"
    size = (
        f" It has {report['num_parameters']:,} weights." if "num_parameters" in report else ""
    )
    if _is_language_model(config):
        return (
            "An LSTM language model of captions: the decoder of a textvae model of this size,"
            " trained alone on the same captions in the same way, to measure that model"
            f" against. It knows {config['vocab_size']:,} words and captions of up to"
            f" {config['text']['max_length']} words.{size}\n"
        )
    return (
        "A variational autoencoder for captions: it turns a sentence into a point of a"
        f" continuous space of {model['latent_dim']} dimensions, and any point back into a"
        f" sentence. A bidirectional LSTM reads, the `{model['decoder']}` decoder writes"
        f" {words}; it knows {config['vocab_size']:,} words and captions of up to"
        f" {config['text']['max_length']} words.{size}\n"
    )


def _snippet(config: Mapping[str, Any], source: str) -> str:
    python = f"""\
vae = textvae.load("{source}")
vae.generate(5, seed=1)
vae.reconstruct(["a dog on a beach"])
vae.interpolate("a dog on a beach", "a man riding a wave", num_steps=7)"""
    shell = f"""\
python -m textvae generate --weights {source} --num-captions 5
TEXTVAE_WEIGHTS={source} python app.py"""
    if _is_language_model(config):
        python = f"""\
lm = textvae.load("{source}")
lm.generate(5, temperature=1.0, seed=1)"""
        shell = f"""\
python -m textvae generate --weights {source} --temperature 1
python -m textvae evaluate --weights {source} --captions held_out.txt"""
    return f"""\
```python
import textvae

{python}
```

```
{shell}
```

The files are data: settings that are checked, words, and arrays in safetensors. Loading them
executes nothing, and `manifest.json` holds the size and the sha256 of each.
"""


def _measured(report: Mapping[str, Any]) -> str:
    measured = report.get("validation")
    if not measured or {"num_captions", "num_tokens", "settings"} - set(measured):
        return "Nothing yet: this run is not finished.\n"
    settings = ", ".join(f"{key} {value}" for key, value in measured["settings"].items())
    return (
        f"On {measured['num_captions']:,} captions of the validation part"
        f" ({measured['num_tokens']:,} tokens), which training did not see but early stopping"
        f" did; {settings}.\n\n| figure | value | what it is |\n| --- | ---: | --- |\n"
        + "".join(_rows(measured))
    )


def _rows(figures: Mapping[str, Any], group: str = "") -> Iterator[str]:
    """A line of the table for each figure that has a definition; groups are before the dot."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{group}{name}.")
        elif name in DEFINITIONS and isinstance(value, int | float):
            about = DEFINITIONS[name].replace("|", "\\|")  # a bare bar would end the cell
            yield f"| `{group}{name}` | {_number(value)} | {about} |\n"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _samples(report: Mapping[str, Any]) -> str:
    samples = report.get("samples")
    if not samples:
        return "None yet.\n"
    count = len(samples)
    lines = "".join(f"    {caption}\n" for caption in samples)
    return f"All {count} that `vae.generate({count}, seed=0)` gave, none left out:\n\n{lines}"


def _training(report: Mapping[str, Any]) -> str:
    if TRAINING_FACTS - set(report):
        return "This run is not finished.\n"
    minutes = report["seconds"] / 60
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    settings = json.dumps(report["recipe"], indent=2, ensure_ascii=False)
    return (
        f"`{report['command']}`\n\n"
        f"{len(report['history'])} passes in {minutes:,.0f} minutes, at"
        f" {report['tokens_per_second']:,.0f} tokens a second; the weights are those of pass"
        f" {report['best_epoch']}, which explained the validation part best. Finished"
        f" {report['finished']} with {versions}.{_prior(report['prior'])}\n\n"
        f"All settings:\n\n```json\n{settings}\n```\n"
    )


def _prior(fitted: Mapping[str, Any] | None) -> str:
    if fitted is None:
        return ""
    return (
        " `generate` draws the codes of captions that a language model writes, trained on the"
        f" same captions in {fitted['passes']} passes ({fitted['num_parameters']:,} parameters,"
        f" {fitted['validation_nll']:.2f} nats a caption of the validation part)."
    )


def _data(report: Mapping[str, Any]) -> str:
    data = report.get("data", {})
    counts = (
        f" {data['train']['captions']:,} captions to train on,"
        f" {data['validation']['captions']:,} to validate on; no image is on both sides."
        if data
        else ""
    )
    names = ", ".join(f"`{name}`" for name in _caption_files(report)) or "unnamed files"
    if is_of_coco(report):
        return (
            f"Captions of MS COCO (Lin et al. 2014, Chen et al. 2015), from {names}, by the"
            f" COCO Consortium under CC BY 4.0.{counts} The weights are under the MIT licence"
            f" and hold none of its captions.\n{_seen(report)}{_map(report)}"
        )
    return (
        f"Lines from {names}, whose licence whoever trained this model knows.{counts}\n"
        f"{_seen(report)}{_map(report)}"
    )


def _seen(report: Mapping[str, Any]) -> str:
    """What the optional `seen.safetensors` is, where the report says that it is there."""
    seen = report.get("seen")
    if not seen:
        return ""
    return (
        "\n`seen.safetensors` tells whether a caption stands word for word among the"
        f" {seen['captions']:,} different training captions, without holding any of them: a"
        " Bloom filter, which takes"
        f" {seen['false_positive_rate'] * 10_000:.3g} in 10,000 other captions for one. The"
        " page marks such captions with it, and `vae.in_training_set(captions)` asks it.\n"
    )


def _map(report: Mapping[str, Any]) -> str:
    """What the optional `map.safetensors` is, where there is one."""
    found = report.get("map")
    if not found:
        return ""
    originals = ", none of which stands in its training data" if report.get("seen") else ""
    return (
        f"\n`map.safetensors` is what the page's map shows: {found['captions']:,} captions that"
        f" the model itself made{originals}, with their codes.\n"
    )


def space_card(
    repo: str,
    revision: str,
    *,
    sdk_version: str,
    is_private: bool,
    parts: Sequence[str] = (),
) -> str:
    """`README.md` of a Space that shows the model `repo` at the commit `revision`.

    `parts` are the optional files that the model has.
    """
    name = repo.partition("/")[2]
    facts: dict[str, Any] = {
        "title": name,
        "emoji": "🌊",
        "colorFrom": "indigo",
        "colorTo": "blue",
        "sdk": "gradio",
        "sdk_version": sdk_version,
        "python_version": "3.11",
        "app_file": "app.py",
        "license": "mit",
        "short_description": "Captions as points of a space: play with a VAE"[:SHORT],
        "tags": ["vae", "text-generation", "latent-space"],
        "models": [repo],
        "suggested_hardware": "cpu-basic",
        "pinned": False,
    }
    if not is_private:  # what is fetched while the Space is built is there when it starts
        from textvae.saving.manifest import FILES
        from textvae.saving.manifest import NAME as MANIFEST

        facts["preload_from_hub"] = [
            f"{repo} {','.join([MANIFEST, *FILES, *parts])} {revision}"
        ]
    secret = "It is private: add a secret HF_TOKEN that may read it.\n" if is_private else ""
    return (
        f"{front_matter(facts)}\n# {name}\n\nThe page of textvae on the model [{repo}]"
        f"(https://huggingface.co/{repo}), commit `{revision}`.\n{secret}"
    )
