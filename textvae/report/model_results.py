"""What a report is about: models that were measured, with what their figures are of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textvae.evaluation.artifacts import EvaluationArtifacts

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

COLOURS = ("#129484", "#cf6a1d", "#7d6fe0", "#c4568f")  # one a model; legible on both themes
REAL_COLOUR = "#8a8a84"
MOST = len(COLOURS)
PRIORS = {"fitted": "fitted prior", "standard": "standard prior"}


@dataclass(frozen=True)
class ModelResults:
    """One measured model; what it has not, such as codes, is empty.

    Attributes:
        name: as it is called throughout the page.
        figures: what `evaluate` gave.
        evidence: what those figures are of.
        history: of its training, one mapping of numbers a pass.
        best_epoch: the pass whose weights it has, 0 where that is not known.
        facts: what it is, as label and text.
        train: the captions it was trained on, for what compares with them.
        colour: its own in all charts, which the page gives it.
    """

    name: str
    figures: Mapping[str, Any]
    evidence: EvaluationArtifacts = field(default_factory=EvaluationArtifacts)
    history: Sequence[Mapping[str, float]] = ()
    best_epoch: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    train: Sequence[str] = ()
    colour: str = COLOURS[0]

    def figure(self, *path: str) -> Any:
        """The figure under this path, None where there is none."""
        return _inner(self.figures, *path)

    def row_name(self, row: str) -> str:
        """What samples of this row were drawn from, and at which temperature if it says so."""
        name, _, temperature = row.partition("_at_")
        drawn = PRIORS.get(name, name) if self.has_codes else "word by word"
        return drawn + f" at {temperature}" * bool(temperature)

    @property
    def main_prior(self) -> str:
        """The prior that samples come from by default; empty without samples."""
        rows = self.evidence.samples
        return "fitted" if "fitted" in rows else next(iter(rows), "")

    @property
    def main_samples(self) -> Sequence[str]:
        """The samples of `main_prior`."""
        return self.evidence.samples.get(self.main_prior, ())

    @property
    def has_codes(self) -> bool:
        """Whether captions have codes, which those of a language model have not."""
        return self.evidence.mu.size > 0


def model_results_of(
    vae: Pipeline,
    name: str,
    figures: Mapping[str, Any],
    evidence: EvaluationArtifacts,
    train: Sequence[str] = (),
) -> ModelResults:
    """A model of a report, with what its weights folder tells of it.

    The folder may be anybody's: what is not of the expected kind is left out.
    """
    report = vae.report if isinstance(vae.report, Mapping) else {}
    best = report.get("best_epoch")
    return ModelResults(
        name=name,
        figures=figures,
        evidence=evidence,
        history=_passes(report.get("history")),
        best_epoch=best if isinstance(best, int) else 0,
        facts=_facts(vae, report),
        train=train,
    )


def _passes(history: Any) -> list[dict[str, float]]:
    """The finite numbers of each pass that says which it is."""
    if not isinstance(history, list):
        return []
    rows = [
        {name: float(value) for name, value in logs.items() if is_number(value)}
        for logs in history
        if isinstance(logs, Mapping)
    ]
    return [row for row in rows if "epoch" in row]


def is_number(value: Any) -> bool:
    """Whether it is a finite number, and no bool."""
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _facts(vae: Pipeline, report: Mapping[str, Any]) -> dict[str, str]:
    captions, history = _inner(report, "data", "train", "captions"), report.get("history")
    facts = {
        "recipe": str(_inner(report, "recipe", "name") or ""),
        "latent units": f"{vae.latent_dim:,}" if vae.latent_dim else "none: a language model",
        "decoder": str(vae.stored.model.config.decoder),
        "parameters": f"{vae.stored.model.count_params():,}",
        "vocabulary": f"{len(vae.tokenizer):,} words",
        "longest caption": f"{vae.max_length} words",
        "punctuation": "kept" if vae.stored.text.keep_punctuation else "dropped",
        "trained on": f"{captions:,} captions" if is_number(captions) else "",
        "passes": f"{len(history):,}" if isinstance(history, list) and history else "",
        "trained with": str(report.get("command") or ""),
        "finished": str(report.get("finished") or ""),
    }
    return {label: text for label, text in facts.items() if text}


def _inner(report: Mapping[str, Any], *path: str) -> Any:
    """What is under this path, None where there is nothing."""
    found: Any = report
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
