"""A model's results for the report: its metrics, the data behind them, and its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from textvae.data.text_modes import CAPTION, UNITS
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.metrics.report_values import number_at, text_at, value_at
from textvae.metrics.training_history import History, best_epoch_of, history_of
from textvae.report.charts.base import COLOURS, Entry

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

MAX_MODELS = 4  # side by side in one report
PRIORS = {"scene": "scenes", "standard": "standard prior"}


@dataclass(frozen=True)
class ModelResults:
    """One evaluated model; what it lacks, such as latent codes, is empty.

    Attributes:
        name: in the report.
        metrics: what `evaluate` returned.
        artifacts: the captions and codes behind those metrics.
        history: of its training.
        best_epoch: the epoch whose weights it has, or None if unknown.
        facts: about the model, as labels and texts.
        train: its training captions, to compare its samples with.
        words: its vocabulary, to compare with those of others.
        has_scenes: whether its prior over captions has codes, called scenes.
        colour: its colour in all charts, which the report chooses.

    Example:
        >>> found = EvaluationArtifacts(samples={"standard": ["a cat"], "scene": ["a dog"]})
        >>> results = ModelResults("coco", {}, found)
        >>> results.main_prior, results.main_samples, results.has_codes
        ('scene', ['a dog'], False)
    """

    name: str
    metrics: Mapping[str, Any]
    artifacts: EvaluationArtifacts = field(default_factory=EvaluationArtifacts)
    history: History = ()
    best_epoch: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    train: Sequence[str] = ()
    words: Sequence[str] = ()
    has_scenes: bool = True
    colour: str = COLOURS[0]

    def metric(self, *path: str) -> Any:
        """The value under these keys of `metrics`, or None if missing.

        Example:
            >>> results = ModelResults("coco", {"samples": {"scene": {"novel": 0.9}}})
            >>> results.metric("samples", "scene", "novel")
            0.9
            >>> results.metric("interpolations", "monotone") is None
            True
        """
        return value_at(self.metrics, *path)

    def samples_name(self, key: str) -> str:
        """The source of the samples under this key of `metrics`, and their temperature.

        Example:
            >>> import numpy as np
            >>> codes = EvaluationArtifacts(mu=np.zeros((1, 2), np.float32))
            >>> ModelResults("coco", {}, codes).samples_name("scene_at_0.5")
            'scenes at 0.5'
            >>> ModelResults("lm", {}).samples_name("standard")
            'language model'
        """
        prior, _, temperature = key.partition("_at_")
        is_written = not self.has_codes or (prior == "scene" and not self.has_scenes)
        source = "language model" if is_written else PRIORS.get(prior, prior)
        return f"{source} at {temperature}" if temperature else source

    @property
    def entry(self) -> Entry:
        """Its entry in the legends of charts."""
        return Entry(self.name, self.colour)

    @property
    def main_prior(self) -> str:
        """The prior that samples come from by default; empty if there are no samples."""
        samples = self.artifacts.samples
        return "scene" if "scene" in samples else next(iter(samples), "")

    @property
    def main_samples(self) -> Sequence[str]:
        """The samples of `main_prior`."""
        return self.artifacts.samples.get(self.main_prior, ())

    @property
    def has_codes(self) -> bool:
        """Whether captions have latent codes; those of a language model have none."""
        return self.artifacts.mu.size > 0


def model_results_of(
    vae: Pipeline,
    name: str,
    metrics: Mapping[str, Any],
    artifacts: EvaluationArtifacts,
    train: Sequence[str] = (),
) -> ModelResults:
    """The results of a model with the facts about its training in its weights folder.

    The folder may be external: values of an unexpected type are left out.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> results = model_results_of(vae, "article", {}, EvaluationArtifacts())
        >>> results.facts["latent units"], results.facts["vocabulary"]
        ('32', '878 words')
    """
    return ModelResults(
        name=name,
        metrics=metrics,
        artifacts=artifacts,
        history=history_of(vae.report),
        best_epoch=best_epoch_of(vae.report),
        facts=_facts(vae),
        train=train,
        words=vae.tokenizer.words,
        has_scenes=vae.has_scenes,
    )


def _facts(vae: Pipeline) -> dict[str, str]:
    report, text = vae.report, vae.bundle.text
    unit, keeps_all = UNITS[text.mode], text.mode != CAPTION
    captions, epochs = number_at(report, "data", "train", "captions"), history_of(report)
    facts = {
        "recipe": text_at(report, "recipe", "name"),
        "latent units": f"{vae.latent_dim:,}" if vae.latent_dim else "none (language model)",
        "decoder": str(vae.bundle.model.config.decoder),
        "parameters": f"{vae.bundle.model.count_params():,}",
        "vocabulary": f"{len(vae.tokenizer):,} {unit}",
        "longest caption": f"{vae.max_length} {unit}",
        "punctuation": "kept" if keeps_all or text.keep_punctuation else "removed",
        "trained on": None if captions is None else f"{captions:,} captions",
        "epochs": f"{len(epochs):,}" if epochs else None,
        "trained with": text_at(report, "command"),
        "finished": text_at(report, "finished"),
    }
    return {label: fact for label, fact in facts.items() if fact}
