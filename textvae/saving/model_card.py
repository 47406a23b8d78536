"""The model card, `README.md` of a weights folder, made only from its settings and report.

The same report gives the same card: all dates and names in it come from the report.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from textvae.data.text_modes import CAPTION, PLAIN, UNITS
from textvae.metrics.definitions import DEFINITIONS
from textvae.metrics.report_values import value_at
from textvae.saving.data_section import (
    biases,
    data_section,
    is_of_coco,
    own_lines,
    things,
    worded,
)
from textvae.saving.evaluations import evaluations_of
from textvae.saving.front_matter import front_matter, is_language_model, model_facts
from textvae.version import PROJECT_URL

NAME = "README.md"
INSTALL = """\
Install the library with `pip install textvae`, or with `pip install "textvae[app]"` to open the
page on the model as well."""
TRAINING_FACTS = {
    *("command", "recipe", "seconds", "tokens_per_second", "best_epoch"),
    *("prior", "versions", "finished", "history"),
}
COCO_LIMITS = """\
- It writes short English captions in lower case without punctuation, one sentence each. It is
  not a general language model.
"""
OTHER_LIMITS = """\
- It writes single lines like those that it was trained on. It is not a general language model.
"""
CLOSED_VOCABULARY = """\
- Its vocabulary is closed: any other word is read as `<unk>`, and its meaning is lost.
"""
VAE_LIMITS = """\
- A reconstruction may differ from the caption in objects, numbers or colours. The model has
  seen no images and cannot tell whether a caption is true.
- It is meant for exploring a space of captions, not for decisions about people.
"""
LANGUAGE_MODEL_LIMITS = """\
- It is a baseline for VAEs of its size. It has seen no images and cannot tell whether a caption
  is true.
"""


def model_card(config: Mapping[str, Any], report: Mapping[str, Any], source: str) -> str:
    """The card as Markdown with front matter.

    Args:
        config: the content of `config.json`.
        report: the content of `report.json`, without metrics if the run is unfinished.
        source: what `textvae.load` takes to get this model.

    Example:
        >>> config = {"name": "tiny", "model": {"latent_dim": 2, "decoder": "lstm"},
        ...           "vocab_size": 40, "text": {"max_length": 20}}
        >>> card = model_card(config, {}, "path/to/tiny")
        >>> [line for line in card.splitlines() if line.startswith("# ")]
        ['# tiny']
    """
    sections = [
        front_matter(model_facts(config, report)),
        f"# {config['name']}\n\n{_about(config, report)}",
        f"## Load it\n\n{_snippet(config, report, source)}",
        f"## Measured\n\n{_measured(report)}",
        f"## Samples\n\n{_samples(report)}",
        f"## Training\n\n{_training(report)}",
        f"## Training data and its licence\n\n{data_section(report)}",
        f"## Limits and biases\n\n{_limits(config, report)}{biases(report)}",
    ]
    return "\n".join(section.rstrip("\n") + "\n" for section in sections)


def _limits(config: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    text = config["text"]
    is_plain = text.get("mode") == PLAIN
    is_cleaned = text.get("mode", CAPTION) == CAPTION and not text.get("keep_punctuation")
    written = COCO_LIMITS if is_of_coco(report) and is_cleaned else OTHER_LIMITS
    limits = LANGUAGE_MODEL_LIMITS if is_language_model(config) else VAE_LIMITS
    return written + ("" if is_plain else CLOSED_VOCABULARY) + worded(limits, report)


def _about(config: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    model, count = config["model"], report.get("num_parameters")
    unit, lines = UNITS[config["text"].get("mode", CAPTION)], things(report)
    sizes = (
        f"It has a vocabulary of {config['vocab_size']:,} {unit}"
        f"{f' and {count:,} parameters' if count else ''}, and takes {lines} of up to"
        f" {config['text']['max_length']} {unit}.\n"
    )
    if is_language_model(config):
        return (
            f"An LSTM language model of {lines}: the decoder of a textvae model of this size,"
            f" trained on its own on the same {lines} in the same way, as a baseline for that"
            f" model. {sizes}"
        )
    sentence = "sentence" if lines == "captions" else "line"
    one = unit.removesuffix("s")
    order = {"lstm": f"{one} by {one}", "repeat": f"all {unit} at once"}.get(model["decoder"])
    return (
        f"A variational autoencoder for {lines}: it encodes a {sentence} as a point of a"
        f" continuous space of {model['latent_dim']} dimensions, and decodes any point into a"
        f" {sentence}. The encoder is a bidirectional LSTM; the decoder is"
        f" `{model['decoder']}`{f', which writes {order}' if order else ''}. {sizes}"
    )


def _snippet(config: Mapping[str, Any], report: Mapping[str, Any], source: str) -> str:
    first, last = "a dog on a beach", "a man riding a wave"
    if not is_of_coco(report):
        first, last = (*own_lines(report), "a line", "another line")[:2]
    quoted = [json.dumps(line, ensure_ascii=False) for line in (first, last)]
    python = f"""\
vae = textvae.load({json.dumps(source, ensure_ascii=False)})
vae.generate(5, seed=1)
vae.reconstruct([{quoted[0]}])
vae.interpolate({quoted[0]}, {quoted[1]}, num_steps=7)"""
    shell = f"""\
textvae generate --weights {shlex.quote(source)} --num-captions 5
textvae app --weights {shlex.quote(source)}"""
    if is_language_model(config):
        python = f"""\
lm = textvae.load({json.dumps(source, ensure_ascii=False)})
lm.generate(5, temperature=1.0, seed=1)"""
        shell = f"""\
textvae generate --weights {shlex.quote(source)} --temperature 1
textvae evaluate --weights {shlex.quote(source)} --captions held_out.txt"""
    return f"""\
{INSTALL}{f" It is at <{PROJECT_URL}>." if PROJECT_URL else ""}

```python
import textvae

{python}
```

```
{shell}
```

The files hold nothing but data: validated settings, a list of words and safetensors arrays.
Loading them executes no code, and `manifest.json` lists the size and the sha256 of each.
"""


def _measured(report: Mapping[str, Any]) -> str:
    measured = report.get("validation")
    others = "".join(map(_evaluation, evaluations_of(report)))
    if not measured or {"num_captions", "num_tokens", "settings"} - set(measured):
        unfinished = "Not yet on the validation set: this run is not finished.\n"
        return unfinished + worded(others, report)
    verdict = report.get("verdict", {}).get("text", [])
    judged = "".join(f"- {sentence}\n" for sentence in verdict)
    tables = (
        f"On the {measured['num_captions']:,} {things(report)} of the"
        f" validation set ({measured['num_tokens']:,} tokens), which the model was not trained"
        f" on{_use(report)}. {_table(measured)}" + others
    )
    return f"{judged}\n" * bool(verdict) + worded(tables, report)


def _use(report: Mapping[str, Any]) -> str:
    """How training used the validation set."""
    is_last = value_at(report, "recipe", "train", "keep") == "last"
    return "" if is_last else "; early stopping did use them"


def _evaluation(measured: Mapping[str, Any]) -> str:
    """Metrics on other captions, measured by the author of the push."""
    names = ", ".join(f"`{name}`" for name in measured.get("captions", ())) or "other lines"
    return (
        f"\nOn {names}: {measured['num_captions']:,} lines ({measured['num_tokens']:,} tokens)."
        f" {_table(measured)}"
    )


def _table(measured: Mapping[str, Any]) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in measured["settings"].items())
    header = "| metric | value | definition |\n| --- | ---: | --- |\n"
    return f"Settings: {settings}.\n\n{header}{''.join(_rows(measured))}"


def _rows(metrics: Mapping[str, Any], group: str = "") -> Iterator[str]:
    """A table row for each metric with a definition, prefixed by its groups and dots."""
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{group}{name}.")
        elif name in DEFINITIONS and isinstance(value, int | float):
            definition = DEFINITIONS[name].replace("|", "\\|")  # a bare bar would end the cell
            yield f"| `{group}{name}` | {_number(value)} | {definition} |\n"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _samples(report: Mapping[str, Any]) -> str:
    samples = report.get("samples")
    if not samples:
        return "None yet.\n"
    count = len(samples)
    # Indented and without line breaks, so that it is text, not Markdown.
    lines = "".join(f"    {' '.join(caption.split())}\n" for caption in samples)
    what = things(report)
    return f"All {count} {what} of `vae.generate({count}, seed=0)`, unselected:\n\n{lines}"


def _training(report: Mapping[str, Any]) -> str:
    if TRAINING_FACTS - set(report):
        return "This run is not finished.\n"
    is_paired = value_at(report, "data", "has_groups") is not False  # not in former reports
    minutes = report["seconds"] / 60
    prior = worded(_prior(report["prior"], is_paired), report)
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    settings = json.dumps(report["recipe"], indent=2, ensure_ascii=False)
    typed = report["command"]  # empty for a run in Python, where former versions have "textvae"
    return f"`{typed}`\n\n" * (typed not in ("", "textvae")) + (
        f"{len(report['history'])} epochs in {minutes:,.0f} minutes, at"
        f" {report['tokens_per_second']:,.0f} tokens per second. The weights are those of epoch"
        f" {report['best_epoch']}, {_why_kept(report['recipe'])}. Finished"
        f" {report['finished']} with {versions}.{prior}\n\n"
        f"All settings:\n\n```json\n{settings}\n```\n"
    )


def _why_kept(recipe: Mapping[str, Any]) -> str:
    if recipe.get("train", {}).get("keep") == "last":
        return "the last"
    return "which had the lowest validation loss"


def _prior(facts: Mapping[str, Any] | None, is_paired: bool) -> str:
    if facts is None:
        return ""
    units = facts.get("latent_dim", 0)
    what = f"a VAE of {units} units" if units else "a language model"
    other = " given another one" if is_paired else ""
    given = f"{other}, {facts['validation_kl']:.2f} of KL" if units else ""
    return (
        f" `generate` draws from a prior over captions, {what} trained on the same captions for"
        f" {facts['epochs']} epochs ({facts['num_parameters']:,} parameters,"
        f" {facts['validation_nll']:.2f} nats per caption of the validation set{given})."
    )
