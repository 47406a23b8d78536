"""What the Hub refuses of a model card's front matter, as far as it says so.

Source: https://github.com/huggingface/hub-docs/blob/main/modelcard.md, with what is required
and of which kind; the patterns are those of its messages.
"""

import re

import yaml

REPO = r"(?:[\w-]+\/)?[\w.-]+"  # of a dataset, a model, or a plain name
LICENSE = r"[a-z0-9][a-z0-9.-]+"


def problems_of(card: str) -> list[str]:
    """The Hub's messages; empty for a card that it takes."""
    found = re.match(r"---\n(.+?\n)---\n", card, re.DOTALL)
    if not found:
        return ["empty or missing yaml metadata in repo card"]
    facts = yaml.safe_load(found[1])
    problems = [
        f'"{key}" must be a string or a list of strings'
        for key in ("license", "language", "tags", "datasets", "base_model", "library_name")
        for value in listed(facts.get(key, []))
        if not isinstance(value, str) or not value
    ]
    for key, pattern in (("license", LICENSE), ("datasets", REPO), ("base_model", REPO)):
        problems += [
            f'"{key}" with value "{value}" is not valid'
            for value in listed(facts.get(key, []))
            if not re.fullmatch(pattern, str(value))
        ]
    for number, model in enumerate(facts.get("model-index", [])):
        place = f"model-index[{number}]"
        problems += missing(model, "name", place)
        for index, result in enumerate(model["results"]):
            problems += problems_of_result(result, f"{place}.results[{index}]")
    return problems


def problems_of_result(result: dict, place: str) -> list[str]:
    problems = missing(result["task"], "type", f"{place}.task")
    for key in ("type", "name"):
        problems += missing(result["dataset"], key, f"{place}.dataset")
    if not re.fullmatch(REPO, result["dataset"].get("type", "")):
        problems.append(f'"{place}.dataset.type" fails to match the required pattern')
    for number, metric in enumerate(result["metrics"]):
        problems += missing(metric, "type", f"{place}.metrics[{number}]")
        if not isinstance(metric.get("value"), int | float | str | list | dict):
            problems.append(f'"{place}.metrics[{number}].value" is required')
    return problems


def missing(facts: dict, key: str, place: str) -> list[str]:
    is_there = isinstance(facts.get(key), str) and facts[key]
    return [] if is_there else [f'"{place}.{key}" is required']


def listed(value):
    return value if isinstance(value, list) else [value]
