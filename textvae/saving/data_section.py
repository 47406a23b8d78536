"""What a model card says about the captions that the model was trained on."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

COCO_FILE = re.compile(r"captions_\w+[.]json([.]gz)?")  # as the COCO site names its files
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
    """The names of the files of training captions, as the report's recipe lists them.

    Example:
        >>> caption_files({"recipe": {"data": {"captions": ["mine.txt"]}}}), caption_files({})
        (['mine.txt'], [])
    """
    names = _value(report, "recipe", "data", "captions")
    return names if isinstance(names, list) and all(isinstance(n, str) for n in names) else []


def own_lines(report: Mapping[str, Any]) -> list[str]:
    """Lines that the model wrote when its training ended, as examples of its language.

    Example:
        >>> own_lines({"samples": ["a dog", 3]}), own_lines({})
        (['a dog'], [])
    """
    samples = _value(report, "samples")
    found = samples if isinstance(samples, list) else []
    return [line for line in found if isinstance(line, str) and line]


def languages_of(report: Mapping[str, Any]) -> list[str]:
    """The languages of the captions, as their tags: as they were named, else COCO's.

    Example:
        >>> languages_of({"language": ["fr"]}), languages_of({})
        (['fr'], [])
    """
    for named in (_value(report, "language"), _value(report, "recipe", "data", "language")):
        if isinstance(named, list) and all(isinstance(each, str) for each in named) and named:
            return list(named)
    return ["en"] if is_of_coco(report) else []


def license_of(report: Mapping[str, Any]) -> str:
    """The licence of the weights: as it was named, else ours of weights of COCO; may be empty.

    Example:
        >>> license_of({"license": "cc0-1.0"}), license_of({})
        ('cc0-1.0', '')
    """
    for named in (_value(report, "license"), _value(report, "recipe", "data", "license")):
        if isinstance(named, str) and named:
            return named
    return "mit" if is_of_coco(report) else ""


def is_of_coco(report: Mapping[str, Any]) -> bool:
    """Whether the training captions came from COCO, judged by the official file names.

    Example:
        >>> is_of_coco({"recipe": {"data": {"captions": ["captions_train2014.json"]}}})
        True
    """
    names = caption_files(report)
    return bool(names) and all(COCO_FILE.fullmatch(name) for name in names)


def data_section(report: Mapping[str, Any]) -> str:
    """The source of the captions, their licence, and the files of the folder made from them.

    Example:
        >>> print(data_section({"recipe": {"data": {"captions": ["mine.txt"]}}}), end="")
        Lines from `mine.txt`. Their language: not recorded. The licence of the weights: not
        recorded; ask the author of the model.
    """
    names = ", ".join(f"`{name}`" for name in caption_files(report)) or "unnamed files"
    if is_of_coco(report):
        source = (
            f"Captions of MS COCO (Lin et al. 2014, Chen et al. 2015), from {names}, by the"
            f" COCO Consortium under CC BY 4.0.{_counts(report)} The weights are under the MIT"
            " licence and contain none of the captions."
        )
    else:
        license_, languages = license_of(report), ", ".join(languages_of(report))
        source = (
            f"Lines from {names}. Their language: {languages or 'not recorded'}. The licence of"
            f" the weights: {license_ or 'not recorded; ask the author of the model'}."
            f"{_counts(report)}"
        )
    return f"{source}\n{_training_set_filter(report)}{_map(report)}"


def _value(report: Any, *keys: str) -> Any:
    """What a report, perhaps a stranger's, has at a path of keys; None where it has not."""
    for key in keys:
        report = report.get(key) if isinstance(report, Mapping) else None
    return report


def things(report: Mapping[str, Any]) -> str:
    """What a model's lines are called: "captions" of COCO, else "lines".

    Example:
        >>> things({})
        'lines'
    """
    return "captions" if is_of_coco(report) else "lines"


def biases(report: Mapping[str, Any]) -> str:
    """What the captions' origin makes the model repeat, as Markdown list items.

    Example:
        >>> print(biases({}), end="")
        - It reproduces the habits and prejudices of the lines that it was trained on.
    """
    return COCO_BIASES if is_of_coco(report) else OTHER_BIASES


def _counts(report: Mapping[str, Any]) -> str:
    data = report.get("data")
    if not data:
        return ""
    shared = "no image is in both" if is_of_coco(report) else "no line is in both"
    return (
        f" {data['train']['captions']:,} {things(report)} for training,"
        f" {data['validation']['captions']:,} for validation; {shared}."
    )


def _training_set_filter(report: Mapping[str, Any]) -> str:
    """What the optional `seen.safetensors` is, where the report says that it is there."""
    facts = report.get("training_set_filter")
    if not facts:
        return ""
    return (
        f"\n`seen.safetensors` is a Bloom filter of the {facts['captions']:,} distinct training"
        " captions. It tells whether a caption is among them word for word, without containing"
        f" any of them, and is wrong for {facts['false_positive_rate'] * 10_000:.3g} in 10,000"
        " other captions. The page marks training captions with it, and"
        " `vae.in_training_set(captions)` queries it.\n"
    )


def _map(report: Mapping[str, Any]) -> str:
    """What the optional `map.safetensors` is, where there is one."""
    found = report.get("map")
    if not found:
        return ""
    is_filtered = report.get("training_set_filter")
    originals = ", none of which is in its training data" if is_filtered else ""
    return (
        f"\n`map.safetensors` holds what the page's map shows: {found['captions']:,} captions"
        f" that the model generated{originals}, with their codes.\n"
    )
