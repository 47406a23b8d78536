"""The front matter of a card: the facts between `---` lines that the Hub reads."""

import json
from collections.abc import Mapping
from typing import Any

from textvae.saving.data_section import (
    caption_files,
    is_of_coco,
    languages_of,
    license_of,
)

VAE_TAGS = ["vae", "text-vae", "latent-space", "sentence-interpolation", "tensorflow"]
LANGUAGE_MODEL_TAGS = ["language-model", "lstm", "tensorflow"]
RESULTS = {  # metric of ours -> its type on the Hub
    "reconstruction_bleu4": "bleu",
    "nll": "nll",
    "kl": "kl",
    "elbo": "elbo",
    "ppl": "perplexity",
}


def front_matter(facts: Mapping[str, Any]) -> str:
    """JSON values under YAML keys, which every reader of YAML takes.

    Example:
        >>> print(front_matter({"license": "mit", "tags": ["vae"]}), end="")
        ---
        license: "mit"
        tags: ["vae"]
        ---
    """
    lines = (
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in facts.items()
    )
    return f"---\n{''.join(lines)}---\n"


def model_facts(config: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """What the front matter of a model card holds.

    Args:
        config: the content of `config.json`.
        report: the content of `report.json`; without metrics there is no `model-index`.

    Example:
        >>> config = {"name": "tiny", "model": {"latent_dim": 0}}
        >>> model_facts(config, {})["tags"]
        ['language-model', 'lstm', 'tensorflow']
    """
    is_lm = is_language_model(config)
    tags = LANGUAGE_MODEL_TAGS if is_lm else VAE_TAGS
    facts: dict[str, Any] = {
        "library_name": "textvae",
        "pipeline_tag": "text-generation",
        "license": license_of(report) or "unknown",
        "language": languages_of(report),
        "tags": [*tags, "image-captions"] if is_of_coco(report) else tags,
    }
    if not facts["language"]:
        del facts["language"]  # not recorded
    if report.get("validation"):
        facts["metrics"] = ["perplexity" if is_lm else "bleu"]
        task = "Language modelling" if is_lm else "Caption autoencoding"
        facts["model-index"] = [{"name": config["name"], "results": [_result(report, task)]}]
    return facts


def is_language_model(config: Mapping[str, Any]) -> bool:
    """Whether a `config.json` describes a decoder without latent units.

    Example:
        >>> is_language_model({"model": {"latent_dim": 64}})
        False
    """
    return not config["model"]["latent_dim"]


def _result(report: Mapping[str, Any], task: str) -> dict[str, Any]:
    coco = {"name": "COCO captions", "type": "coco-captions"}
    other = {"name": ", ".join(caption_files(report)) or "own captions", "type": "text"}
    measured = report["validation"]
    return {
        "task": {"name": task, "type": "text-generation"},
        "dataset": {**(coco if is_of_coco(report) else other), "split": "validation"},
        "metrics": [
            {"name": name, "type": kind, "value": round(measured[name], 4)}
            for name, kind in RESULTS.items()
            if name in measured
        ],
    }
