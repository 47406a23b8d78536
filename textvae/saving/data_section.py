"""The section of a model card about the captions that the model was trained on."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from textvae.metrics.report_values import value_at

NAME_ON_HUB = r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)"
ON_HUB = re.compile(rf"hf://{NAME_ON_HUB}(?:@|$)")
DATASET_ON_HUB = re.compile(rf"hf://datasets/{NAME_ON_HUB}")
# But not in the name of a field.
CAPTION = re.compile(r"\b([Cc])aption(?=s?\b)(?![^{}]*\})")
# The names of COCO's files and of their parts.
COCO_FILE = re.compile(r"captions_(?:train|val|validation|test)(?:20\d\d)?[.]json(?:[.]gz)?")
COCO_BIASES = """\
- COCO shows everyday scenes from photographs on Flickr, described by crowd workers: sports,
  kitchens, streets, pets and wild animals are well covered, little else is.
- Its captions mention people, and guess their gender, unevenly: men more often than women, in
  stereotyped contexts (Zhao et al. 2017, Hendricks et al. 2018). The model reproduces this and
  may amplify it.
"""
OTHER_BIASES = """\
- It reproduces the habits and prejudices of the lines that it was trained on.
"""


def caption_files(report: Mapping[str, Any]) -> Sequence[str]:
    """The names of the files of training captions in the report's recipe.

    Example:
        >>> caption_files({"recipe": {"data": {"captions": ["mine.txt"]}}}), caption_files({})
        (['mine.txt'], [])
    """
    names = value_at(report, "recipe", "data", "captions")
    return names if isinstance(names, list) and all(isinstance(n, str) for n in names) else []


def own_lines(report: Mapping[str, Any]) -> list[str]:
    """Lines that the model wrote at the end of training, as examples of its language.

    Example:
        >>> own_lines({"samples": ["a dog", 3]}), own_lines({})
        (['a dog'], [])
    """
    samples = value_at(report, "samples")
    found = samples if isinstance(samples, list) else []
    return [line for line in found if isinstance(line, str) and line]


def languages_of(report: Mapping[str, Any]) -> list[str]:
    """The language tags of the captions, if recorded.

    Example:
        >>> languages_of({"language": ["fr"]}), languages_of({})
        (['fr'], [])
    """
    return _named(report, "language")


def license_of(report: Mapping[str, Any]) -> str:
    """The licence of the weights if recorded; else empty.

    Example:
        >>> license_of({"license": "cc0-1.0"}), license_of({})
        ('cc0-1.0', '')
    """
    return next(iter(_named(report, "license")), "")


def tags_of(report: Mapping[str, Any]) -> list[str]:
    """Further tags for the Hub, if recorded.

    Example:
        >>> tags_of({"tags": ["recipes"]})
        ['recipes']
    """
    return _named(report, "tags")


def base_models_of(report: Mapping[str, Any]) -> list[str]:
    """The models that the training started from, by name on the Hub, if recorded.

    Example:
        >>> base_models_of({"recipe": {"init_from": "hf://me/pets@v1"}}), base_models_of({})
        (['me/pets'], [])
    """
    start = value_at(report, "recipe", "init_from")
    found = ON_HUB.match(start) if isinstance(start, str) else None
    return _named(report, "base_model") or ([found[1]] if found else [])


def hub_datasets(files: Sequence[str]) -> list[str]:
    """The datasets on the Hub that the files come from, each once.

    Example:
        >>> hub_datasets(["hf://datasets/me/pets/a.csv", "hf://datasets/me/pets/b.csv", "c"])
        ['me/pets']
    """
    found = filter(None, map(DATASET_ON_HUB.match, files))
    return list(dict.fromkeys(each[1] for each in found))


def _named(report: Mapping[str, Any], key: str) -> list[str]:
    """The names recorded under a key when the model was pushed, else when it was trained."""
    for value in (value_at(report, key), value_at(report, "recipe", "data", key)):
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list) and names and all(isinstance(n, str) and n for n in names):
            return list(names)
    return []


def is_of_coco(report: Mapping[str, Any]) -> bool:
    """Whether the training captions are COCO's, by the names of files, images and language.

    Example:
        >>> is_of_coco({"recipe": {"data": {"captions": ["captions_train2014.json"]}}})
        True
    """
    has_images = value_at(report, "data", "has_coco_images")  # not in former reports
    is_english = languages_of(report) in ([], ["en"])
    return has_images is not False and is_english and are_of_coco(caption_files(report))


def are_of_coco(files: Sequence[str]) -> bool:
    """Whether all files are named like COCO's caption files.

    Example:
        >>> are_of_coco(["captions_val2014.json"]), are_of_coco([])
        (True, False)
    """
    return bool(files) and all(COCO_FILE.fullmatch(name) for name in files)


def data_section(report: Mapping[str, Any]) -> str:
    """The source of the captions, their licence, and the files derived from them.

    Example:
        >>> print(data_section({"recipe": {"data": {"captions": ["mine.txt"]}}}), end="")
        Lines from `mine.txt`. Their language: not recorded. The licence of the weights: not
        recorded; ask the author of the model.
    """
    names = ", ".join(f"`{name}`" for name in caption_files(report)) or "unnamed files"
    license_ = license_of(report) or "not recorded; ask the author of the model"
    rights = f"The licence of the weights: {license_}."
    if is_of_coco(report):
        source = (
            f"Captions of MS COCO (Lin et al. 2014, Chen et al. 2015), from {names}, by the"
            f" COCO Consortium under CC BY 4.0.{_counts(report)} The weights contain none of"
            f" them. {rights}"
        )
    else:
        languages = ", ".join(languages_of(report)) or "not recorded"
        source = f"Lines from {names}. Their language: {languages}. {rights}{_counts(report)}"
    return f"{source}\n{_training_set_filter(report)}{_map(report)}"


def things(report: Mapping[str, Any]) -> str:
    """The name for the lines of a model: "captions" for COCO's, else "lines".

    Example:
        >>> things({})
        'lines'
    """
    return "captions" if is_of_coco(report) else "lines"


def of_lines(text: str) -> str:
    """A text with "lines" in place of "captions", except in the names of fields in braces.

    Example:
        >>> of_lines("Captions: {caption}, a caption")
        'Lines: {caption}, a line'
    """
    return CAPTION.sub(lambda match: "Line" if match[1] == "C" else "line", text)


def worded(text: str, report: Mapping[str, Any]) -> str:
    """A text about captions, or about lines if the model's are not captions.

    Example:
        >>> worded("nats per caption", {})
        'nats per line'
    """
    return text if is_of_coco(report) else of_lines(text)


def biases(report: Mapping[str, Any]) -> str:
    """The biases to expect from the origin of the captions, as Markdown list items.

    Example:
        >>> print(biases({}), end="")
        - It reproduces the habits and prejudices of the lines that it was trained on.
    """
    return COCO_BIASES if is_of_coco(report) else OTHER_BIASES


def kept_apart(report: Mapping[str, Any]) -> str:
    """The unit that is never in both sets of lines: an "image", a "group", or a "line".

    Example:
        >>> kept_apart({}), kept_apart({"data": {"has_groups": True}})
        ('line', 'group')
    """
    if is_of_coco(report):
        return "image"
    has_groups = value_at(report, "data", "has_groups")
    grouped = has_groups or value_at(report, "recipe", "data", "group_column")
    return "group" if grouped else "line"


def _counts(report: Mapping[str, Any]) -> str:
    data = report.get("data")
    if not data:
        return ""
    apart = kept_apart(report)
    shared = f"no {'group of them' if apart == 'group' else apart} is in both"
    return (
        f" {data['train']['captions']:,} {things(report)} for training,"
        f" {data['validation']['captions']:,} for validation; {shared}."
    )


def _training_set_filter(report: Mapping[str, Any]) -> str:
    """A paragraph on `seen.safetensors`, if the report mentions it."""
    facts = report.get("training_set_filter")
    if not facts:
        return ""
    return worded(
        f"\n`seen.safetensors` is a Bloom filter of the {facts['captions']:,} distinct training"
        " captions. It tells whether a caption is among them word for word, without containing"
        f" any of them, and is wrong for {facts['false_positive_rate'] * 10_000:.3g} in 10,000"
        " other captions. The page marks training captions with it, and"
        " `vae.in_training_set(captions)` queries it.\n",
        report,
    )


def _map(report: Mapping[str, Any]) -> str:
    """A paragraph on `map.safetensors`, if there is one."""
    found = report.get("map")
    if not found:
        return ""
    is_filtered = report.get("training_set_filter")
    originals = ", none of which is in its training data" if is_filtered else ""
    return (
        f"\n`map.safetensors` holds what the page's map shows: {found['captions']:,}"
        f" {things(report)} that the model generated{originals}, with their codes.\n"
    )
