"""The front matter of a card: the facts between `---` lines that the Hub reads."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from textvae.saving.data_section import (
    are_of_coco,
    base_models_of,
    caption_files,
    hub_datasets,
    is_of_coco,
    languages_of,
    license_of,
    tags_of,
    worded,
)
from textvae.saving.evaluations import evaluations_of

VAE_TAGS = ["vae", "text-vae", "latent-space", "sentence-interpolation", "tensorflow"]
LANGUAGE_MODEL_TAGS = ["language-model", "lstm", "tensorflow"]
RESULTS = {  # our name for a metric -> its type on the Hub
    "reconstruction_bleu4": "bleu",
    "nll": "nll",
    "kl": "kl",
    "elbo": "elbo",
    "ppl": "perplexity",
}


def front_matter(facts: Mapping[str, Any]) -> str:
    """Front matter: JSON values under YAML keys, which is valid YAML.

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
    """The contents of the front matter of a model card.

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
        "tags": [*tags, *tags_of(report)],
        "datasets": hub_datasets(caption_files(report)),
        "base_model": base_models_of(report),
    }
    facts = {key: value for key, value in facts.items() if value}  # the recorded ones
    facts["inference"] = False  # the Hub itself does not run models of this library
    own, others = report.get("validation"), evaluations_of(report)
    if own or others:
        facts["metrics"] = ["perplexity" if is_lm else "bleu"]
        task = "Language modelling" if is_lm else worded("Caption autoencoding", report)
        files, is_coco = caption_files(report), is_of_coco(report)
        results = [_result(task, files, "validation", own, is_coco)] if own else []
        results += [
            _result(task, names, "", each, are_of_coco(names))
            for each in others
            for names in [each.get("captions", ())]
        ]
        facts["model-index"] = [{"name": config["name"], "results": results}]
    return facts


def is_language_model(config: Mapping[str, Any]) -> bool:
    """Whether a `config.json` describes a decoder without latent units.

    Example:
        >>> is_language_model({"model": {"latent_dim": 64}})
        False
    """
    return not config["model"]["latent_dim"]


def _result(
    task: str, files: Sequence[str], split: str, measured: Mapping[str, Any], is_coco: bool
) -> dict[str, Any]:
    """An entry of `model-index`; `type` must be an identifier, `name` is for display."""
    of_hub = hub_datasets(files)
    name, kind = ", ".join(files) or "own captions", "text"
    if is_coco:
        name, kind = "COCO captions", "coco-captions"
    elif len(of_hub) == 1:
        name = kind = of_hub[0]
    return {
        "task": {"name": task, "type": "text-generation"},
        "dataset": {"name": name, "type": kind, **({"split": split} if split else {})},
        "metrics": [
            {"name": metric, "type": hub_type, "value": round(measured[metric], 4)}
            for metric, hub_type in RESULTS.items()
            if isinstance(measured.get(metric), int | float)
        ],
    }
