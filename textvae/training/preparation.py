"""Captions of a recipe to splits, vocabulary and batches."""

import dataclasses
import logging
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from textvae.config.recipe import Recipe
from textvae.config.settings import DataConfig, TrainConfig
from textvae.data.batching import CaptionBatches
from textvae.data.block_files import BlockFile
from textvae.data.caption_set import Captions
from textvae.data.pairing import Pairing
from textvae.data.reading_notes import (
    MIN_LINES,
    describe_dropped,
    describe_examples,
    describe_reworded,
    expectation,
    unknown_share,
    unknown_things,
)
from textvae.data.splitting import (
    count_groups,
    describe_other_share,
    has_own_validation,
    held_out_split,
    no_longer_than,
    split_by_group,
    training_split,
    without_groups_of,
)
from textvae.data.stored_captions import StoredCaptions
from textvae.data.text_modes import PLAIN, UNITS
from textvae.data.token_cache import TokenCache, write_tokens
from textvae.data.vocabulary import Vocabulary, fit_vocabulary
from textvae.errors import BadInput
from textvae.training.fitting import fitting_length, fitting_share, length_percentiles
from textvae.training.reading import count_different, gathered_captions

MIN_CAPTIONS = 40  # for training, as 50 lines give; fewer do not generalise
MIN_LEFT = 30  # for training, if some of 50 lines are too long, or equal and held out
MIN_DIFFERENT = 20  # for training; fewer distinct lines are soon memorised
MIN_VALIDATION_CAPTIONS = 2
MANY_LONG = 0.1  # share of the lines
VALIDATION_BATCH = 256
SHARED = "also in the validation set"

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Splits:
    """The captions of one run; no group, such as those of an image, is in both parts."""

    train: Captions
    validation: Captions


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """The data that a network is trained on.

    Attributes:
        splits: the captions.
        tokenizer: the vocabulary of the training captions.
        max_length: the maximum number of tokens of a caption.
        batches: of the training captions, in a new order each epoch.
        validation_batches: of the validation captions.
    """

    splits: Splits
    tokenizer: Vocabulary
    max_length: int
    batches: CaptionBatches
    validation_batches: CaptionBatches


def read_splits(recipe: Recipe, folder: Path | None = None) -> Splits:
    r"""Read the training and validation captions, and log their counts.

    Args:
        recipe: the settings.
        folder: where captions too many for memory are stored for reuse; None means a temporary
            folder, which is removed when the process ends.

    Raises:
        BadInput: no file is given, a file cannot be used, or too few captions are left.
        OSError: the disk is full.

    Example:
        >>> _ = Path("pets.txt").write_text("\n".join(f"dog {n}" for n in range(100)))
        >>> data = DataConfig(captions=("pets.txt",), text="tokens")
        >>> len(read_splits(Recipe(name="pets", data=data)).validation)
        10
    """
    data, seed = recipe.data, recipe.train.seed
    if not data.captions:
        raise BadInput("no training captions: name at least one file with --captions")
    whole = gathered_captions(
        data, data.captions, seed, folder and folder / "captions.tfrecord"
    )
    for line in (
        *describe_examples(whole.examples),
        *describe_dropped(whole.dropped),
        *describe_reworded(whole.reworded),
    ):
        log.info("%s", line)
    captions = training_split(whole)
    has_own = bool(data.validation) or has_own_validation(whole)
    if has_own:
        path = folder and folder / "validation.tfrecord"
        files = [data.validation] if data.validation else []
        held_out = gathered_captions(data, files, seed, path, 0) if files else whole
        validation = held_out_split(held_out, "validation", "test")
        train = without_groups_of(captions, validation, SHARED)
        log.info("training: %s", train.summary())
        log.info("validation: %s", validation.summary())
    else:
        log.info("captions: %s", captions.summary())
        share = data.validation_share or fitting_share(count_groups(captions))
        train, validation = split_by_group(captions, share, seed)
        log.info("split: %s for training, %s for validation", *_counts(train, validation))
        if note := describe_other_share(train, validation, share):
            log.warning("%s", note)
    splits = Splits(train, validation)
    different = count_different(train)
    _check_size(splits, different, is_divided=not has_own, category=data.category)
    if different < len(train):
        log.info("different lines for training: %s", f"{different:,}")
    # Of both parts; with too few, an error would have been raised.
    num_lines = max(different + count_different(validation), MIN_LINES)
    log.info("what to expect from this many lines: %s", expectation(num_lines))
    return splits


def prepare_data(
    recipe: Recipe,
    splits: Splits,
    known: Vocabulary | None,
    learned: Vocabulary | None = None,
) -> TrainingData:
    """The vocabulary of the training captions, and the batches of both splits.

    Args:
        recipe: the settings.
        splits: the captions.
        known: the vocabulary that the network already has, to which new words are added.
        learned: the vocabulary to use unchanged. Counting many words again may find others.

    Raises:
        BadInput: no word is frequent enough, or the known vocabulary is of another text mode.
    """
    data, settings = recipe.data, recipe.train
    tokenizer = learned or _vocabulary(data, splits.train.each_text(), known)
    lengths = Counter(map(tokenizer.length, splits.train.each_text()))
    # Characters missing from training lines take three pieces, so held-out lines count too.
    held_out = Counter(map(tokenizer.length, splits.validation.each_text()))
    max_length = data.max_length or fitting_length(lengths + held_out)
    unit = UNITS[data.text]
    percentiles = length_percentiles(lengths).values()
    log.info("length in %s: median %d, 99%% at most %d, longest %d", unit, *percentiles)
    what = unknown_things(data.text)
    share = unknown_share(tokenizer, splits.validation.each_text())
    log.info("%s in validation lines: %.1f%%", what, 100 * share)
    log.info("lines of at most %d %s are kept", max_length, unit)
    whole = splits
    splits = Splits(
        no_longer_than(whole.train, max_length, tokenizer.length, unit),
        no_longer_than(whole.validation, max_length, tokenizer.length, unit),
    )
    if num_long := sum(_sizes(whole)) - sum(_sizes(splits)):
        [dropped] = describe_dropped({f"longer than {max_length} {unit}": num_long})
        are_many = num_long > MANY_LONG * sum(_sizes(whole))
        log.log(logging.WARNING if are_many else logging.INFO, "%s", dropped)
        different = count_different(splits.train)
        _check_size(splits, different, dropped)
        num_lines = max(different + count_different(splits.validation), MIN_LINES)
        log.info("what to expect from the remaining lines: %s", expectation(num_lines))
    return TrainingData(
        splits,
        tokenizer,
        max_length,
        _batches(splits.train, tokenizer, settings),
        CaptionBatches(
            _rows(splits.validation, tokenizer, "validation"),
            VALIDATION_BATCH,
            pairing=_pairing(splits.validation, settings) if settings.pairs else None,
        ),
    )


def _batches(
    captions: Captions, tokenizer: Vocabulary, settings: TrainConfig
) -> CaptionBatches:
    return CaptionBatches(
        _rows(captions, tokenizer, "training"),
        settings.batch_size,
        settings.seed,
        settings.fragments,
        _pairing(captions, settings, settings.word_noise) if settings.pairs else None,
    )


def _rows(captions: Captions, tokenizer: Vocabulary, name: str) -> list[list[int]] | TokenCache:
    """The token ids: in memory if the captions are, else in a file next to theirs."""
    stored = captions.captions
    if not isinstance(stored, StoredCaptions):
        return [tokenizer.encode(text) for text in captions.each_text()]
    path = stored.file.path.with_name(f"{name}-tokens.tfrecord")
    words = zlib.crc32("\n".join(tokenizer.words).encode())
    identity = [*stored.identity, tokenizer.mode, words]
    if file := BlockFile.find(path, identity):
        return TokenCache(file)
    log.info("tokenising %s lines", f"{len(stored):,}")
    return write_tokens(stored, tokenizer, path, identity)


def _pairing(captions: Captions, settings: TrainConfig, word_noise: float = 0.0) -> Pairing:
    is_stored = isinstance(captions.captions, StoredCaptions)
    # Captions on disk have their groups with them.
    groups = [] if is_stored else [caption.group for caption in captions.captions]
    return Pairing(groups, settings.seed, settings.own_share, word_noise)


def _sizes(splits: Splits) -> tuple[int, int]:
    return len(splits.train), len(splits.validation)


def _check_size(
    splits: Splits,
    different: int,
    dropped: str = "",
    is_divided: bool = True,
    category: str | None = None,
) -> None:
    """Raise if a split has too few captions, or distinct ones; `dropped` ends the message."""
    if different < MIN_DIFFERENT <= len(splits.train):
        raise BadInput(
            f"only {different} distinct training lines among {len(splits.train):,}; at least"
            f" {MIN_DIFFERENT} are needed"
        )
    train, validation = _sizes(splits)
    were_enough = bool(dropped) or (is_divided and train + validation >= MIN_LINES)
    least = MIN_LEFT if were_enough else MIN_CAPTIONS
    if train < least or validation < MIN_VALIDATION_CAPTIONS:
        advice = "give more lines or a wider category" if category else "give more lines"
        if is_divided and train + validation >= MIN_LINES:
            are_equal = different + count_different(splits.validation) < train + validation
            advice = "remove equal lines, " if are_equal else ""
            advice += "add --set data.validation_share=0.1, or name a --validation file"
        elif train < least <= train + (num_shared := splits.train.dropped.get(SHARED, 0)):
            advice = f"{num_shared:,} lines are {SHARED}; give others to validate on"
        raise BadInput(
            f"too few captions: {train} for training and {validation} for validation; at least"
            f" {least} and {MIN_VALIDATION_CAPTIONS} are needed ({MIN_LINES} different lines"
            f" are enough); {dropped or advice}"
        )


def _vocabulary(data: DataConfig, texts: Iterable[str], known: Vocabulary | None) -> Vocabulary:
    """The vocabulary of `texts`, appended to the known one."""
    if known is None:
        tokenizer = fit_vocabulary(texts, data.text, data.min_count, data.max_pieces)
    elif known.mode == data.text:
        tokenizer = known.extended(texts, data.min_count)
    else:
        raise BadInput(
            f"data.text is {data.text}, but the weights to start from read {known.mode} text;"
            f" add --text {known.mode}, or train without --init-from"
        )
    seen = "" if data.text == PLAIN else f", seen at least {data.min_count} times"
    unit = UNITS[data.text]
    log.info("vocabulary: %s %s%s", f"{len(tokenizer):,}", unit, seen)
    return tokenizer


def _counts(*captions: Captions) -> list[str]:
    return [f"{len(each):,}" for each in captions]
