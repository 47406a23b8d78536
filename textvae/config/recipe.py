"""Recipes: named sets of settings, each a JSON file with the sections of `settings`."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from textvae.config import renamed
from textvae.config.settings import (
    SECTIONS,
    DataConfig,
    ModelConfig,
    PriorConfig,
    TrainConfig,
)
from textvae.data.text_files import read_json
from textvae.errors import BadInput
from textvae.runtime.resources import resource

RECIPES = resource("recipes")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named set of settings for one training run.

    Attributes:
        name: of the recipe, and of the model it trains.
        about: what it is for, in a sentence.
        init_from: the weights to start from: a name, a folder or `hf://owner/repo`.
        data, model, train, prior: the sections of settings.

    Example:
        >>> recipe = Recipe(name="mine", train=TrainConfig(epochs=3))
        >>> recipe.with_settings(["train.beta=0.1", "data.category=dog"]).train.beta
        0.1
    """

    name: str
    about: str = ""
    init_from: str | None = None
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    prior: PriorConfig = PriorConfig()

    def for_prior(self, hidden_dim: int | None = None) -> Self:
        """The recipe of the language model behind the fitted prior: a decoder without z.

        Args:
            hidden_dim: that of the language model it starts from, if there is one.

        Example:
            >>> Recipe(name="mine").for_prior().model.is_language_model
            True
        """
        prior = self.prior
        model = dataclasses.replace(
            self.model,
            decoder="lstm",
            latent_dim=0,
            hidden_dim=prior.hidden_dim or hidden_dim or self.model.hidden_dim,
            vector_dim=None,
            freeze_embeddings=False,
        )
        # Settings that concern the code stay at their defaults: changing them for the VAE must
        # not make the prior's checkpoint that of another run.
        train = TrainConfig(
            epochs=prior.epochs,
            batch_size=prior.batch_size,
            learning_rate=prior.learning_rate,
            final_learning_rate=self.train.final_learning_rate,
            warmup_steps=self.train.warmup_steps,
            clip_norm=self.train.clip_norm,
            beta_schedule="constant",
            word_dropout=0.0,
            dropout=prior.dropout,
            patience=prior.patience,
            shards=self.train.shards,
            precision=self.train.precision,
            seed=self.train.seed,
        )
        data = dataclasses.replace(self.data, embeddings=None)
        return dataclasses.replace(self, data=data, model=model, train=train)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], source: str) -> Self:
        """The recipe in `raw`; `source` names it in messages.

        Raises:
            BadInput: `raw` is not a recipe, or has an unknown key or an invalid value.

        Example:
            >>> Recipe.from_dict({"name": "mine", "train": {"seed": 3}}, "mine.json").train.seed
            3
        """
        if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
            raise BadInput(
                f"{source} is not a recipe: it needs a name and sections of settings"
            )
        known = {field.name for field in dataclasses.fields(cls)}
        if unknown := sorted(set(raw) - known):
            raise BadInput(
                f"{source} has the unknown key {unknown[0]}; a recipe has {', '.join(known)}"
            )
        for key in ("about", "init_from"):
            if not isinstance(raw.get(key, ""), str | None):
                raise BadInput(f"{source}: {key} must be a string, got {raw[key]!r}")
        values = dict(raw)
        for name, section in SECTIONS.items():
            values[name] = section.from_dict(raw.get(name, {}))
        return cls(**values)

    def with_settings(self, assignments: Sequence[str]) -> Self:
        """This recipe with `section.key=value` applied; values are JSON or plain text.

        Raises:
            BadInput: an assignment has another form, an unknown key or an invalid value.

        Example:
            >>> Recipe(name="mine").with_settings(["data.category=wine glass"]).data.category
            'wine glass'
        """
        sections = {name: dict(raw) for name, raw in self.as_dict().items() if name in SECTIONS}
        for assignment in assignments:
            path, equals, text = assignment.partition("=")
            section, _, key = path.strip().partition(".")
            if not equals or section not in sections or not key:
                raise BadInput(
                    f"--set takes section.key=value with a section of {', '.join(sections)},"
                    f" got {assignment!r}"
                )
            given = {key: _json_or_text(text.strip())}
            sections[section].update(renamed.rename_settings(section, given))
        made = {name: SECTIONS[name].from_dict(raw) for name, raw in sections.items()}
        return dataclasses.replace(self, **made)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON has it: dictionaries, lists and plain values.

        Example:
            >>> Recipe(name="mine").as_dict()["data"]["captions"]
            []
        """
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain


def find_recipe(name: str) -> Recipe:
    """A recipe by its name under `recipes/`, or by the path of its `.json` file.

    Raises:
        BadInput: there is no such recipe, or it has an unknown key or an invalid value.

    Example:
        >>> find_recipe("lines").name
        'lines'
    """
    path = Path(name) if name.endswith(".json") else RECIPES / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in RECIPES.glob("*.json")))
        raise BadInput(f"no recipe {name!r}: choose one of {known}, or name a .json file")
    return Recipe.from_dict(read_json(path), str(path))


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # numbers or nesting may also be too long
        return text
