"""Settings as values: made once, checked when made, never changed.

A recipe is a JSON file with three sections, `data`, `model` and `train`, one for each class
here. A misspelt key, a wrong type or a value out of range is refused when the recipe is read.
"""

import dataclasses
import json
import sys
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from textvae.config import renamed
from textvae.data.text_files import read_json
from textvae.errors import BadInput

LARGEST = sys.float_info.max  # so neither NaN nor an infinity is a number here
WIDEST = 16_384  # a size beyond this is a mistake, or a file made to exhaust the memory
RECIPES = Path(__file__).resolve().parents[2] / "recipes"


def setting(default: Any, about: str, **limits: Any) -> Any:
    """A field with its meaning and its limits: `minimum`, `maximum`, `above`, `choices`."""
    return dataclasses.field(default=default, metadata={"about": about, **limits})


class Section:
    """What the sections share: every value is checked, unknown keys are refused."""

    NAME = ""

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            name = f"{self.NAME}.{field.name}"
            value = _of_type(name, getattr(self, field.name), hints[field.name])
            _within(name, value, field.metadata)
            object.__setattr__(self, field.name, value)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Self:
        """The section in `raw`; a misspelt key is an error, not a silent default."""
        if not isinstance(raw, Mapping):
            raise BadInput(f"{cls.NAME} must be an object of settings, got {raw!r}")
        raw = renamed.rename_settings(cls.NAME, raw)
        known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        if unknown := sorted(set(raw) - known):
            choices = ", ".join(sorted(known))
            raise BadInput(f"unknown key {cls.NAME}.{unknown[0]}; {cls.NAME} has {choices}")
        return cls(**raw)


def _of_type(name: str, value: Any, hint: Any) -> Any:
    """`value` as `hint` wants it: an int may stand for a float, a list for a tuple."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if typing.get_origin(option) is tuple:
            is_list = isinstance(value, Sequence) and not isinstance(value, str)
            if is_list and all(isinstance(item, str) for item in value):
                return tuple(value)
        elif option is float:
            if type(value) in (int, float) and abs(value) <= LARGEST:
                return float(value)
        elif type(value) is option:
            return value
    wanted = " or ".join(_plain_name(option) for option in options)
    raise BadInput(f"{name} must be {wanted}, got {value!r}")


def _plain_name(option: Any) -> str:
    if typing.get_origin(option) is tuple:
        return "a list of strings"
    plain = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
    return plain.get(option, "null")


def _within(name: str, value: Any, limits: Mapping[str, Any]) -> None:
    if value is None:
        return
    if "minimum" in limits and value < limits["minimum"]:
        raise BadInput(f"{name} must be at least {limits['minimum']}, got {value!r}")
    if "above" in limits and value <= limits["above"]:
        raise BadInput(f"{name} must be above {limits['above']}, got {value!r}")
    if "maximum" in limits and value > limits["maximum"]:
        raise BadInput(f"{name} must be at most {limits['maximum']}, got {value!r}")
    if "below" in limits and value >= limits["below"]:
        raise BadInput(f"{name} must be below {limits['below']}, got {value!r}")
    if "choices" in limits and value not in limits["choices"]:
        raise BadInput(f"{name} must be one of {', '.join(limits['choices'])}, got {value!r}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataConfig(Section):
    """Which captions, how they are cleaned and which words are learned."""

    NAME = "data"

    captions: tuple[str, ...] = setting((), "files of training captions")
    validation: str | None = setting(None, "file of validation captions; else a share is split")
    validation_share: float = setting(
        0.05, "share of images split off for validation", above=0.0, below=1.0
    )
    instances: tuple[str, ...] = setting((), "COCO instances files, for `category`")
    category: str | None = setting(None, "keep captions of images that show this category")
    column: str = setting("caption", "column of a .tsv or .csv file")
    keep_punctuation: bool = setting(False, "keep punctuation and digits as words")
    min_count: int = setting(5, "a word is learned when seen this often", minimum=1)
    max_length: int = setting(20, "words; longer captions are dropped", minimum=1, maximum=200)
    embeddings: str | None = setting(None, "GloVe file (.txt, .gz, .zip) for the word vectors")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig(Section):
    """The sizes of the network: with the vocabulary, all that is needed to rebuild it."""

    NAME = "model"

    decoder: str = setting("lstm", "lstm (word by word) or repeat (all at once)")
    latent_dim: int = setting(
        64, "latent units, D; with 0 the model is a language model", minimum=0, maximum=4096
    )
    embed_dim: int = setting(
        256, "size of a word inside the network, E", minimum=1, maximum=WIDEST
    )
    vector_dim: int | None = setting(
        None,
        "size of a stored word vector when it differs from embed_dim",
        minimum=1,
        maximum=WIDEST,
    )
    encoder_dim: int = setting(
        256, "LSTM units of the encoder, each direction", minimum=1, maximum=WIDEST
    )
    hidden_dim: int = setting(512, "LSTM units of the decoder, H", minimum=1, maximum=WIDEST)
    freeze_embeddings: bool = setting(False, "leave the word vectors as they were given")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_language_model and self.decoder == "repeat":
            raise BadInput(
                "model.latent_dim 0 makes a language model, which must see its own words: set"
                " model.decoder to lstm, or give latent units to repeat"
            )

    @property
    def is_language_model(self) -> bool:
        """Whether there is no code: the decoder alone, trained on the same captions."""
        return self.latent_dim == 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainConfig(Section):
    """How the network is trained. `free_bits` is in nats per latent unit, despite its name."""

    NAME = "train"

    epochs: int = setting(12, "passes over the training captions", minimum=1)
    batch_size: int = setting(128, "captions in a batch", minimum=1)
    learning_rate: float = setting(1e-3, "Adam's, at its height", above=0.0)
    final_learning_rate: float = setting(
        0.05, "share of learning_rate left at the end of the cosine", minimum=0.0, maximum=1.0
    )
    warmup_steps: int = setting(500, "steps in which the learning rate climbs", minimum=0)
    clip_norm: float = setting(5.0, "gradients are scaled down to this global norm", above=0.0)
    beta: float = setting(0.2, "weight of the KL penalty, at its height", minimum=0.0)
    beta_schedule: str = setting(
        "linear", "how beta gets there", choices=("constant", "linear", "cyclical")
    )
    beta_epochs: float = setting(
        2.0, "passes of the linear warm-up, or of one cycle of the cyclical one", above=0.0
    )
    free_bits: float = setting(0.0, "nats of KL a latent unit has for nothing", minimum=0.0)
    word_dropout: float = setting(
        0.2, "share of words the decoder must guess from z", minimum=0.0, below=1.0
    )
    dropout: float = setting(0.2, "share of features dropped", minimum=0.0, below=1.0)
    latent_noise: float = setting(
        0.0, "share of codes moved towards a random one", minimum=0.0, below=1.0
    )
    fragments: float = setting(
        0.0, "share of captions cut to a piece of one to six words", minimum=0.0, maximum=1.0
    )
    patience: int = setting(
        4, "passes without a better validation loss before stopping", minimum=1
    )
    min_active_units: int = setting(
        1, "after the warm-up, fewer active units stop the run as collapsed", minimum=0
    )
    shards: int = setting(
        2, "parts of a batch computed side by side on the cores of a processor", minimum=1
    )
    mixed_precision: bool = setting(
        False, "compute in bfloat16 and keep the weights in float32; for GPUs"
    )
    seed: int = setting(0, "of everything random", minimum=0, maximum=2**31 - 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PriorConfig(Section):
    """How the language model behind the fitted prior is trained; all else is as in `train`."""

    NAME = "prior"

    hidden_dim: int | None = setting(
        None,
        "its LSTM units; none: those it starts from, or as many as the decoder has",
        minimum=1,
        maximum=WIDEST,
    )
    epochs: int = setting(6, "passes; with 0 there is the standard normal alone", minimum=0)
    batch_size: int = setting(64, "captions in a batch", minimum=1)
    learning_rate: float = setting(1e-3, "Adam's, at its height", above=0.0)
    dropout: float = setting(0.2, "share of features dropped", minimum=0.0, below=1.0)
    patience: int = setting(
        2, "passes without a better validation loss before stopping", minimum=1
    )


SECTIONS = {
    section.NAME: section for section in (DataConfig, ModelConfig, TrainConfig, PriorConfig)
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named set of settings: one file under `recipes/`, one run."""

    name: str
    about: str = ""
    init_from: str | None = None
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    prior: PriorConfig = PriorConfig()

    def of_prior(self, hidden_dim: int | None = None) -> Self:
        """The language model behind the fitted prior as a recipe: a decoder without z.

        `hidden_dim` is that of the language model it starts from, if there is one.
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
        # What concerns a code is left at its default, so that the VAE's choices of it do not
        # make the run of the prior another one.
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
            mixed_precision=self.train.mixed_precision,
            seed=self.train.seed,
        )
        data = dataclasses.replace(self.data, embeddings=None)
        return dataclasses.replace(self, data=data, model=model, train=train)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], source: str) -> Self:
        """The recipe in `raw`; `source` names it in messages."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
            raise BadInput(f"{source} is no recipe: it needs a name and sections of settings")
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
        """This recipe with `section.key=value` texts applied; values are JSON or plain text."""
        sections = {name: dict(raw) for name, raw in self.as_dict().items() if name in SECTIONS}
        for assignment in assignments:
            path, equals, text = assignment.partition("=")
            section, _, key = path.strip().partition(".")
            if not equals or section not in sections or not key:
                raise BadInput(
                    f"--set takes section.key=value with a section of {', '.join(sections)},"
                    f" got {assignment!r}"
                )
            key = renamed.setting_name(section, key)
            sections[section][key] = _json_or_text(text.strip())
        made = {name: SECTIONS[name].from_dict(raw) for name, raw in sections.items()}
        return dataclasses.replace(self, **made)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON takes it."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain


def find_recipe(name: str) -> Recipe:
    """A recipe by its name under `recipes/`, or by its file.

    Raises:
        BadInput: there is none, or it holds an unknown key or a value out of range.
    """
    path = Path(name) if name.endswith(".json") else RECIPES / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in RECIPES.glob("*.json")))
        raise BadInput(f"no recipe {name!r}: choose one of {known}, or name a .json file")
    return Recipe.from_dict(read_json(path), str(path))


def describe_settings() -> str:
    """Every setting with its default and its meaning, one a line."""
    lines = []
    for section in SECTIONS.values():
        for field in dataclasses.fields(section):
            default = json.dumps(field.default).replace("[]", "none").replace("null", "none")
            about = field.metadata["about"]
            lines.append(f"  {section.NAME}.{field.name} = {default}: {about}")
    return "\n".join(lines)


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
