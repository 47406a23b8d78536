"""Recipes: named sets of settings, each a JSON file with the sections of `settings`."""

import dataclasses
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from textvae.checks import LONGEST_NAME, is_model_name, shown
from textvae.config import renamed
from textvae.config.by_size import UP_TO, Row, check_rows, row_for, without
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
        about: its purpose, in one sentence.
        init_from: the weights to start from: a name, a folder or `hf://owner/repo`.
        data, model, train, prior: the sections of settings.
        by_size: settings for few captions, in rows; see `for_size`.

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
    by_size: tuple[Row, ...] = ()

    def for_size(self, num_captions: int) -> Self:
        """The recipe with its settings for this many training captions applied.

        If the run starts from trained weights, only the epochs and batch sizes of a row apply:
        its other settings are for training from scratch.

        Example:
            >>> recipe = Recipe(name="mine", by_size=({"up_to": 100, "train.epochs": 60},))
            >>> recipe.for_size(100).train.epochs, recipe.for_size(101).train.epochs
            (60, 12)
        """
        row = row_for(self.by_size, num_captions)
        if self.init_from:
            row = {key: row[key] for key in row if key.endswith((".epochs", ".batch_size"))}
        settled = dataclasses.replace(self, by_size=())
        return settled.with_settings([f"{key}={json.dumps(row[key])}" for key in row])

    def for_prior(self, hidden_dim: int | None = None) -> Self:
        """The recipe of the prior over captions: a VAE that writes one caption from another.

        Args:
            hidden_dim: that of the prior it starts from, if there is one.

        Example:
            >>> Recipe(name="mine").for_prior().model.latent_dim
            32
        """
        prior = self.prior
        model = dataclasses.replace(
            self.model,
            decoder="lstm",
            latent_dim=prior.latent_dim,
            hidden_dim=prior.hidden_dim or hidden_dim or self.model.hidden_dim,
            vector_dim=None,
            freeze_embeddings=False,
        )
        # Settings of the code stay at their defaults: changing them for the VAE must not make
        # the prior's checkpoint one of another run.
        train = TrainConfig(
            epochs=prior.epochs,
            batch_size=prior.batch_size,
            learning_rate=prior.learning_rate,
            final_learning_rate=self.train.final_learning_rate,
            warmup_steps=self.train.warmup_steps,
            clip_norm=self.train.clip_norm,
            beta=prior.beta,
            beta_schedule="constant",
            free_bits=prior.free_bits,
            pairs=prior.latent_dim > 0,
            own_share=prior.own_share,
            word_noise=prior.word_noise,
            word_dropout=prior.word_dropout,
            dropout=prior.dropout,
            patience=prior.patience,
            min_active_units=0,  # without scenes it is a language model, not a failure
            keep=self.train.keep,
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
        if not is_model_name(raw["name"]):
            raise BadInput(
                f"{source}: a recipe has a name of 1 to {LONGEST_NAME} characters that can be"
                f" printed, got {shown(raw['name'])}"
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
        values["by_size"] = check_rows(raw.get("by_size", ()), source)
        recipe = cls(**values)
        for row in recipe.by_size:
            recipe.for_size(row[UP_TO])  # raises for unknown settings
        return recipe

    def with_settings(self, assignments: Sequence[str]) -> Self:
        """This recipe with `section.key=value` applied; values are JSON or plain text.

        These settings also override `by_size`.

        Raises:
            BadInput: an assignment has another form, an unknown key or an invalid value.

        Example:
            >>> Recipe(name="mine").with_settings(["data.category=wine glass"]).data.category
            'wine glass'
        """
        sections = {name: dict(raw) for name, raw in self.as_dict().items() if name in SECTIONS}
        typed: set[str] = set()
        for assignment in assignments:
            path, equals, text = assignment.partition("=")
            section, _, key = path.strip().partition(".")
            if not equals or section not in sections or not key:
                raise BadInput(
                    f"--set takes section.key=value with a section of {', '.join(sections)},"
                    f" got {assignment!r}"
                )
            given = renamed.rename_settings(section, {key: _json_or_text(text.strip())})
            sections[section].update(given)
            typed.update(f"{section}.{name}" for name in given)
        made = {name: SECTIONS[name].from_dict(raw) for name, raw in sections.items()}
        rows = without(self.by_size, typed)
        return dataclasses.replace(self, by_size=rows, **made)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON: dictionaries, lists and plain values.

        Example:
            >>> Recipe(name="mine").as_dict()["data"]["captions"]
            []
        """
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain


def find_recipe(name: str) -> Recipe:
    """A recipe, by its name under `recipes/` or the path of its `.json` file.

    Raises:
        BadInput: there is no such recipe, or it has an unknown key or an invalid value.

    Example:
        >>> find_recipe("lines").name
        'lines'
    """
    path = Path(name) if name.endswith(".json") else RECIPES / f"{name}.json"
    if not path.is_file():
        if Path(name).is_file():
            raise BadInput(
                f"{name} is not a recipe; to train on its lines: textvae train lines --captions"
                f" {shlex.quote(name)}"
            )
        known = ", ".join(sorted(each.stem for each in RECIPES.glob("*.json")))
        raise BadInput(f"no recipe {name!r}: choose one of {known}, or name a .json file")
    return Recipe.from_dict(read_json(path), str(path))


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # numbers may be too long, nesting too deep
        return text
