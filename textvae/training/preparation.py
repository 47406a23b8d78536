"""Captions of a recipe -> splits, vocabulary and batches."""

import dataclasses
import logging

from textvae.config.recipe import Recipe
from textvae.data.batching import CaptionBatches
from textvae.data.captions import Captions, load_captions
from textvae.data.splitting import split_by_group, without_groups_of
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput
from textvae.hub.datasets import with_local_copies

MIN_CAPTIONS = 50  # with fewer there is nothing to generalise from
MIN_VALIDATION_CAPTIONS = 2
VALIDATION_BATCH = 256

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Splits:
    """The captions of one run; no image is in both."""

    train: Captions
    validation: Captions


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """What a network is trained on.

    Attributes:
        splits: the captions.
        tokenizer: the vocabulary of the training captions.
        batches: of the training captions, in another order each epoch.
        validation_batches: of the validation captions.
    """

    splits: Splits
    tokenizer: Tokenizer
    batches: CaptionBatches
    validation_batches: CaptionBatches


def read_splits(recipe: Recipe) -> Splits:
    """Read the training and validation captions, and log their counts.

    Raises:
        BadInput: no file is named, a file cannot be used, or too few captions are left.
    """
    data = recipe.data
    if not data.captions:
        raise BadInput("no training captions: name at least one file with --captions")
    settings = {
        "instances": data.instances,
        "category": data.category,
        "options": data.read_options,
        "max_length": data.max_length,
        "keep_punctuation": data.keep_punctuation,
    }
    captions = load_captions(with_local_copies(data.captions), **settings)  # type: ignore[arg-type]
    if data.validation:
        validation = load_captions(with_local_copies([data.validation]), **settings)  # type: ignore[arg-type]
        train = without_groups_of(captions, validation, "also in the validation set")
        log.info("training: %s", train.summary())
        log.info("validation: %s", validation.summary())
    else:
        log.info("captions: %s", captions.summary())
        train, validation = split_by_group(captions, data.validation_share, recipe.train.seed)
        log.info("split: %s for training, %s for validation", *_counts(train, validation))
    if len(train) < MIN_CAPTIONS or len(validation) < MIN_VALIDATION_CAPTIONS:
        raise BadInput(
            f"too few captions: {len(train)} for training and {len(validation)} for validation,"
            f" of at least {MIN_CAPTIONS} and {MIN_VALIDATION_CAPTIONS}; give more files or a"
            " wider category"
        )
    return Splits(train, validation)


def prepare_data(recipe: Recipe, splits: Splits, known: Tokenizer | None) -> TrainingData:
    """The vocabulary of the training captions, and the batches of both splits.

    Args:
        recipe: the settings.
        splits: the captions.
        known: the vocabulary that the network has already, which new words are added to.

    Raises:
        BadInput: no word is frequent enough.
    """
    texts, settings, min_count = splits.train.texts, recipe.train, recipe.data.min_count
    tokenizer = known.extended(texts, min_count) if known else Tokenizer.fit(texts, min_count)
    log.info("vocabulary: %s words, seen at least %d times", f"{len(tokenizer):,}", min_count)
    return TrainingData(
        splits,
        tokenizer,
        CaptionBatches(
            [tokenizer.encode(text) for text in texts],
            settings.batch_size,
            settings.seed,
            settings.fragments,
        ),
        CaptionBatches(
            [tokenizer.encode(text) for text in splits.validation.texts], VALIDATION_BATCH
        ),
    )


def _counts(*captions: Captions) -> list[str]:
    return [f"{len(each):,}" for each in captions]
