"""The settings of a recipe, in sections, with meanings, defaults and limits."""

import dataclasses
import json

from textvae.checks import language_tag, license_name
from textvae.config.section import Section, setting
from textvae.data.pieces import MAX_PIECES
from textvae.data.readers.reader import ReadOptions
from textvae.data.text_modes import LONGEST, MODES
from textvae.errors import BadInput

AUTO = "auto"  # a value of `data.max_length`, in recipes and --set
WIDEST = 16_384  # a larger size is a mistake, or a file crafted to exhaust the memory


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataConfig(Section):
    """The choice of captions, their cleaning and the words to learn.

    Example:
        >>> DataConfig(captions=("captions.txt",)).min_count
        5
        >>> DataConfig(max_length="auto").max_length is None  # it follows the lines
        True
    """

    NAME = "data"

    captions: tuple[str, ...] = setting((), "files of training captions")
    validation: str | None = setting(
        None, "file of validation captions; without one, a share of the captions is split off"
    )
    validation_share: float | None = setting(
        None,
        "share of images, or of lines, split off for validation. null: a twentieth, or up to a"
        " fifth of few lines",
        above=0.0,
        below=1.0,
    )
    instances: tuple[str, ...] = setting((), "COCO instances files, for `category`")
    category: str | None = setting(None, "keep captions of images that show this category")
    column: str | None = setting(None, "column of the captions, where a file has several")
    delimiter: str | None = setting(
        None,
        "what separates the columns of a table, if it is not detected; none if each line is a"
        " caption",
    )
    encoding: str | None = setting(
        None, "encoding of text that is not UTF-8, if it is not detected"
    )
    group_column: str | None = setting(
        None, "column of groups, each of which stays on one side of the split"
    )
    label_column: str | None = setting(None, "column of labels, such as positive and negative")
    text: str = setting(
        "caption",
        "what a line is: plain (as typed, in pieces), caption (lower case, letters only)"
        " or tokens (split at spaces)",
        choices=MODES,
    )
    keep_punctuation: bool = setting(False, "keep punctuation and digits as words of a caption")
    min_count: int = setting(
        5, "learn the words, or the characters, that occur at least this often", minimum=1
    )
    max_pieces: int = setting(
        8000, "largest number of pieces to learn from plain text", minimum=1, maximum=MAX_PIECES
    )
    max_length: int | None = setting(
        None,
        "drop lines with more words, or pieces. auto or null: as many as 99 in 100 lines have,"
        " up to 100",
        minimum=1,
        maximum=LONGEST,
    )
    embeddings: str | None = setting(None, "GloVe file (.txt, .gz, .zip) of word vectors")
    license: str | None = setting(
        None, "licence of the weights for the card, such as cc-by-4.0"
    )
    language: tuple[str, ...] = setting((), "languages of the lines, such as fr, for the card")

    def __post_init__(self) -> None:
        given: object = self.max_length
        if given == AUTO:
            object.__setattr__(self, "max_length", None)
        super().__post_init__()
        if self.license is not None:
            license_name(self.license)
        for tag in self.language:
            language_tag(tag)

    @property
    def read_options(self) -> ReadOptions:
        """How to read the files, if not detected."""
        return ReadOptions(
            self.column, self.delimiter, self.encoding, self.group_column, self.label_column
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelConfig(Section):
    """The sizes of the network: with the vocabulary, everything needed to rebuild it.

    Example:
        >>> ModelConfig(latent_dim=32).latent_dim
        32
    """

    NAME = "model"

    decoder: str = setting("lstm", "lstm (word by word) or repeat (all words at once)")
    latent_dim: int = setting(
        64, "latent units, D; with 0 the model is a language model", minimum=0, maximum=4096
    )
    embed_dim: int = setting(
        256, "size of a word inside the network, E", minimum=1, maximum=WIDEST
    )
    vector_dim: int | None = setting(
        None,
        "size of a stored word vector, if it differs from embed_dim",
        minimum=1,
        maximum=WIDEST,
    )
    encoder_dim: int = setting(
        256, "LSTM units of the encoder, in each direction", minimum=1, maximum=WIDEST
    )
    hidden_dim: int = setting(512, "LSTM units of the decoder, H", minimum=1, maximum=WIDEST)
    freeze_embeddings: bool = setting(False, "do not train the given word vectors")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.is_language_model and self.decoder == "repeat":
            raise BadInput(
                "model.decoder repeat cannot be used with model.latent_dim 0: a language model"
                " must see its own words; set model.decoder to lstm, or latent_dim above 0"
            )

    @property
    def is_language_model(self) -> bool:
        """Whether there is no latent code: only a decoder, trained on the same captions."""
        return self.latent_dim == 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainConfig(Section):
    """How the network is trained. `free_bits` is in nats per latent unit, despite its name.

    Example:
        >>> TrainConfig(epochs=3).learning_rate
        0.001
    """

    NAME = "train"

    epochs: int = setting(
        12,
        "epochs over the training captions; with 0 the network of `init_from` stays as it is",
        minimum=0,
    )
    batch_size: int = setting(128, "captions in a batch", minimum=1)
    learning_rate: float = setting(1e-3, "peak learning rate of Adam", above=0.0)
    final_learning_rate: float = setting(
        0.05,
        "share of learning_rate left at the end of the cosine decay",
        minimum=0.0,
        maximum=1.0,
    )
    warmup_steps: int = setting(500, "steps over which the learning rate rises", minimum=0)
    clip_norm: float = setting(5.0, "gradients are scaled down to this global norm", above=0.0)
    beta: float = setting(0.2, "weight of the KL penalty, at its peak", minimum=0.0)
    beta_schedule: str = setting(
        "linear", "how beta rises to its peak", choices=("constant", "linear", "cyclical")
    )
    beta_epochs: float = setting(
        2.0, "epochs of the linear warm-up, or of one cycle of the cyclical one", above=0.0
    )
    free_bits: float = setting(
        0.0, "KL per latent unit, in nats, that is not penalised", minimum=0.0
    )
    word_dropout: float = setting(
        0.2, "share of input words that the decoder does not see", minimum=0.0, below=1.0
    )
    dropout: float = setting(0.2, "share of features dropped", minimum=0.0, below=1.0)
    latent_noise: float = setting(
        0.0, "share of codes moved towards a random one", minimum=0.0, below=1.0
    )
    fragments: float = setting(
        0.0, "share of captions cut to a fragment of one to six words", minimum=0.0, maximum=1.0
    )
    pairs: bool = setting(False, "write each caption from another one of its group")
    own_share: float = setting(
        0.0,
        "with pairs, share of captions that are written from themselves",
        minimum=0.0,
        maximum=1.0,
    )
    word_noise: float = setting(
        0.0,
        "with pairs, share of words missing from the captions that are read",
        minimum=0.0,
        below=1.0,
    )
    patience: int = setting(
        4,
        "epochs without a lower validation loss before stopping, if `keep` is best",
        minimum=1,
    )
    keep: str = setting(
        "best",
        "which weights are kept: best (those with the lowest validation loss) or last",
        choices=("best", "last"),
    )
    min_active_units: int = setting(
        1,
        "stop the run as collapsed if fewer units are active after the warm-up and KL is low",
        minimum=0,
    )
    shards: int = setting(
        2, "parts of a batch that are computed in parallel on a CPU", minimum=1
    )
    precision: str = setting(
        "auto",
        "precision of matrix products: auto uses bfloat16 if the CPU has units for it",
        choices=("auto", "float32", "bfloat16"),
    )
    seed: int = setting(0, "random seed", minimum=0, maximum=2**31 - 1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PriorConfig(Section):
    """How the prior over captions, a separate VAE, is trained; all else is as in `train`.

    Example:
        >>> PriorConfig(epochs=0).epochs  # the prior is the standard normal alone
        0
    """

    NAME = "prior"

    latent_dim: int = setting(
        32,
        "units of the scene that it writes captions from; with 0 it is a language model",
        minimum=0,
        maximum=4096,
    )
    hidden_dim: int | None = setting(
        None,
        "its LSTM units. null: as many as in the prior that it starts from, or as in the"
        " decoder",
        minimum=1,
        maximum=WIDEST,
    )
    epochs: int = setting(6, "epochs; with 0 the prior is the standard normal alone", minimum=0)
    batch_size: int = setting(64, "captions in a batch", minimum=1)
    learning_rate: float = setting(1e-3, "peak learning rate of Adam", above=0.0)
    beta: float = setting(0.5, "weight of the KL penalty of the scene", minimum=0.0)
    free_bits: float = setting(
        0.2, "KL per unit of the scene, in nats, that is not penalised", minimum=0.0
    )
    own_share: float = setting(
        0.1,
        "share of captions written from themselves instead of another one of their group",
        minimum=0.0,
        maximum=1.0,
    )
    word_noise: float = setting(
        0.1, "share of words missing from the captions that are read", minimum=0.0, below=1.0
    )
    word_dropout: float = setting(
        0.1, "share of input words that the decoder does not see", minimum=0.0, below=1.0
    )
    dropout: float = setting(0.2, "share of features dropped", minimum=0.0, below=1.0)
    patience: int = setting(
        2,
        "epochs without a lower validation loss before stopping, if `train.keep` is best",
        minimum=1,
    )


SECTIONS: dict[str, type[Section]] = {
    section.NAME: section for section in (DataConfig, ModelConfig, TrainConfig, PriorConfig)
}


def describe_settings() -> str:
    """Every setting with its default and its meaning, one per line.

    Example:
        >>> print(describe_settings().splitlines()[0])
          data.captions = none: files of training captions
    """
    lines = []
    for section in SECTIONS.values():
        for field in dataclasses.fields(section):  # type: ignore[arg-type]
            default = json.dumps(field.default).replace("[]", "none").replace("null", "none")
            about = field.metadata["about"]
            lines.append(f"  {section.NAME}.{field.name} = {default}: {about}")
    return "\n".join(lines)
