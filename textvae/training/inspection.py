"""Inspecting captions files before training on them."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from textvae.checks import listed
from textvae.config.recipe import Recipe
from textvae.config.settings import DataConfig
from textvae.data.caption_set import Captions, Example
from textvae.data.reading_notes import (
    MIN_LINES,
    describe_dropped,
    describe_examples,
    describe_reworded,
    expectation,
    shortened,
    unknown_share,
    unknown_things,
)
from textvae.data.splitting import (
    count_groups,
    has_own_validation,
    no_longer_than,
    split_by_group,
    training_split,
)
from textvae.data.stored_captions import is_held, sample
from textvae.data.text_modes import CAPTION, UNITS
from textvae.data.vocabulary import Vocabulary, fit_vocabulary
from textvae.errors import BadInput
from textvae.training.fitting import fitting_length, fitting_share, length_percentiles
from textvae.training.preparation import MIN_CAPTIONS, MIN_DIFFERENT
from textvae.training.reading import count_different, gathered_captions

NUM_COMMON = 12  # labels and splits to list
HELD_OUT = 0.1  # share of groups held out to estimate how many words of new lines are unknown


@dataclasses.dataclass(frozen=True)
class Inspection:
    """The contents of files, and the part that a model would be trained on.

    Attributes:
        files: the detected format of each file.
        text: the text mode.
        read: lines read.
        kept: lines left for training.
        dropped: lines dropped, by reason.
        examples: the first lines, before and after cleaning.
        different: distinct lines among those kept; the others are duplicates.
        most_frequent: the line that is repeated most, with its number; empty if none is, or if
            there are too many lines to count each.
        reworded: the share of the first lines whose words cleaning changed.
        groups: groups of kept lines that stay together in the split.
        splits: kept lines in each split named by the files.
        labels: kept lines with each label, the most common first.
        unit: the unit of lengths.
        lengths: of lines, kept or too long: "median", "99%" and "longest".
        max_length: the limit that these lengths suggest.
        vocabulary: the number of entries that would be learned.
        unknown: the share of words in held-out lines that would be unknown; in the mode plain,
            the share of pieces that are bytes. None if there are too few lines.
        expect: what to expect at this size.
    """

    files: Sequence[str]
    text: str
    read: int
    kept: int
    dropped: Mapping[str, int]
    examples: Sequence[Example]
    different: int
    most_frequent: Mapping[str, int]
    reworded: float
    groups: int
    splits: Mapping[str, int]
    labels: Mapping[str, int]
    unit: str
    lengths: Mapping[str, int]
    max_length: int
    vocabulary: int
    unknown: float | None
    expect: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        examples = [example._asdict() for example in self.examples]
        return {**dataclasses.asdict(self), "examples": examples}


def inspect(recipe: Recipe) -> Inspection:
    r"""Read the captions of a recipe as training would, and summarise them.

    Raises:
        BadInput: a file cannot be used, or no captions are left.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("pets.txt").write_text("A dog runs.\nA cat sleeps.\n")
        >>> found = inspect(Recipe(name="pets", data=DataConfig(captions=("pets.txt",))))
        >>> found.kept, found.lengths["longest"], found.expect
        (2, 3, 'too few to train on: 50 different lines are enough')
    """
    data = dataclasses.replace(recipe.data, max_length=None)
    captions = gathered_captions(data, data.captions, recipe.train.seed, None)
    recipe = recipe.for_size(_num_training(captions, recipe.data))
    data = recipe.data
    min_count = _min_count(data.min_count, len(captions))
    vocabulary = fit_vocabulary(captions.each_text(), data.text, min_count, data.max_pieces)
    apart = _vocabulary_apart(captions, recipe)
    # In training, held-out lines have characters that no training line has.
    reader = apart[0] if apart else vocabulary
    counts = Counter(map(reader.length, captions.each_text()))
    limit = data.max_length or fitting_length(counts)
    kept = no_longer_than(captions, limit, reader.length, UNITS[data.text])
    different = count_different(kept)
    return Inspection(
        files=captions.files,
        text=data.text,
        read=captions.num_read,
        kept=len(kept),
        dropped=dict(kept.dropped),
        examples=captions.examples,
        different=different,
        most_frequent=_most_frequent(kept),
        reworded=captions.reworded,
        groups=count_groups(kept),
        splits=dict(Counter(each.split for each in kept.captions if each.split)),
        labels=dict(Counter(each.label for each in kept.captions if each.label).most_common()),
        unit=UNITS[data.text],
        lengths=length_percentiles(counts),
        max_length=limit,
        vocabulary=len(vocabulary),
        unknown=unknown_share(*apart) if apart else None,
        expect=expectation(_num_useful(len(kept), different)),
    )


def describe(found: Inspection) -> Iterator[str]:
    """The findings as lines for the user.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("pets.txt").write_text("A dog runs.")
        >>> found = inspect(Recipe(name="pets", data=DataConfig(captions=("pets.txt",))))
        >>> list(describe(found))[:3]
        ['pets.txt: one caption per line', '  A dog runs.', '    -> a dog runs']
    """
    yield from found.files
    yield from describe_examples(found.examples)
    yield f"lines read: {found.read:,}, kept: {found.kept:,}, in the text mode {found.text}"
    yield from describe_dropped(found.dropped)
    yield from describe_reworded(found.reworded)
    if found.different < found.kept:
        yield f"different lines: {found.different:,}; the others are duplicates"
    for line, count in found.most_frequent.items():
        yield f"most frequent line, {count:,} times: {shortened(line)}"
    if found.groups < found.different:
        yield f"groups: {found.groups:,}, each of which stays on one side of the split"
    if found.splits:
        yield "splits: " + _counts(found.splits)
    if found.labels:
        yield f"{len(found.labels):,} labels: " + _counts(found.labels)
        if without := found.kept - sum(found.labels.values()):
            yield f"lines without a label: {without:,}"
    lengths = ", ".join(f"{name} {value}" for name, value in found.lengths.items())
    yield f"length in {found.unit}: {lengths}; limit {found.max_length}"
    yield f"vocabulary: {found.vocabulary:,} {found.unit}"
    if found.unknown is not None:
        what = unknown_things(found.text)
        yield f"{what} in new lines: {found.unknown:.1%}" + _advice(found)
    yield f"what to expect from this many lines: {found.expect}"


def _num_training(captions: Captions, data: DataConfig) -> int:
    """An estimate of the number of lines left for training."""
    lines = training_split(captions)
    if has_own_validation(captions):
        return len(lines)
    share = data.validation_share or fitting_share(count_groups(lines))
    return len(lines) - round(share * len(lines))


def _num_useful(num_lines: int, different: int) -> int:
    """The number of lines to judge by, which training accepts although some are equal."""
    # A fifth of the different lines may be held out.
    are_enough = num_lines >= MIN_LINES and 4 * different >= 5 * MIN_DIFFERENT
    return max(different, MIN_LINES) if are_enough else different


def _most_frequent(captions: Captions) -> dict[str, int]:
    """The line that is repeated most; empty if none is, or if they are not in memory."""
    texts = captions.each_text() if is_held(captions) else ()
    return {line: count for line, count in Counter(texts).most_common(1) if count > 1}


def _min_count(min_count: int, num_lines: int) -> int:
    # The vocabulary of so few lines might be empty; training rejects them anyway.
    return min_count if num_lines >= MIN_CAPTIONS else 1


def _vocabulary_apart(
    captions: Captions, recipe: Recipe
) -> tuple[Vocabulary, Sequence[str]] | None:
    """A vocabulary of most lines, and the remaining lines; None if there are too few."""
    data = recipe.data
    captions = sample(training_split(captions))
    try:
        train, held_out = split_by_group(captions, HELD_OUT, recipe.train.seed)
        if len(held_out) < 5:
            return None
        known = fit_vocabulary(train.texts, data.text, data.min_count, data.max_pieces)
    except BadInput:
        return None
    return known, held_out.texts


def _advice(found: Inspection) -> str:
    if found.text == CAPTION and (found.unknown or 0.0) > 0.1:
        return "; --text plain has no unknown words"
    return ""


def _counts(counts: Mapping[str, int]) -> str:
    return listed([f"{name} {count:,}" for name, count in counts.items()], NUM_COMMON)
