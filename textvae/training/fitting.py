"""Settings that depend on the captions: the split, the maximum length, and those by size."""

import logging
import math
from collections import Counter
from itertools import accumulate

from textvae.config.by_size import UP_TO
from textvae.config.recipe import Recipe
from textvae.config.settings import SECTIONS, TrainConfig
from textvae.data.caption_set import Captions
from textvae.data.stored_captions import sample
from textvae.data.vocabulary import fit_vocabulary

VALIDATION_SHARE, MAX_VALIDATION_SHARE = 0.05, 0.2
MAX_VALIDATION_GROUPS = 26_214  # a twentieth of a window of lines, see `data.shuffling`
SHORTEST_LIMIT, LONGEST_LIMIT = 20, 100  # of `data.max_length` if derived from the data

log = logging.getLogger(__name__)


def fitting_share(num_groups: int) -> float:
    """The share of groups to hold out: a twentieth, at least ten groups, at most a fifth.

    Of many groups, it is `MAX_VALIDATION_GROUPS`.

    Example:
        >>> [fitting_share(count) for count in (50, 100, 200, 1000)]
        [0.2, 0.1, 0.05, 0.05]
    """
    most = min(MAX_VALIDATION_SHARE, MAX_VALIDATION_GROUPS / max(num_groups, 1))
    return min(max(VALIDATION_SHARE, 10 / max(num_groups, 1)), most)


def fitting_length(counts: Counter[int]) -> int:
    """The token limit that keeps 99 in 100 lines, within bounds.

    Example:
        >>> fitting_length(Counter([30] * 199 + [80]))
        30
    """
    return min(max(length_at(counts, 0.99), SHORTEST_LIMIT), LONGEST_LIMIT)


def count_short(recipe: Recipe, train: Captions, validation: Captions) -> int:
    """An estimate of the number of training lines that are not too long.

    All of them if no setting depends on it, as with twice the lines of any row or more, or if
    the run starts from trained weights, which have a different vocabulary.

    Example:
        >>> count_short(Recipe(name="mine"), Captions((), 0, {}), Captions((), 0, {}))
        0
    """
    largest = max((row[UP_TO] for row in recipe.by_size), default=0)
    if recipe.init_from or len(train) >= 2 * largest:  # half would have to be too long
        return len(train)
    data, some = recipe.for_size(len(train)).data, sample(train)
    vocabulary = fit_vocabulary(some.texts, data.text, data.min_count, data.max_pieces)
    lengths, held_out = (
        Counter(map(vocabulary.length, each.each_text())) for each in (some, validation)
    )
    limit = data.max_length or fitting_length(lengths + held_out)
    num_short = sum(count for length, count in lengths.items() if length <= limit)
    return round(len(train) * num_short / max(len(some), 1))


def sized(recipe: Recipe, num_captions: int) -> Recipe:
    """The recipe with the settings for this many training captions, which are logged.

    Example:
        >>> recipe = Recipe(name="mine", by_size=({"up_to": 100, "train.epochs": 60},))
        >>> sized(recipe, 80).train.epochs
        60
    """
    sized_recipe = recipe.for_size(num_captions)
    before, after = recipe.as_dict(), sized_recipe.as_dict()
    changes = [
        f"{section}.{key} {value}"
        for section in SECTIONS
        for key, value in after[section].items()
        if value != before[section][key]
    ]
    if changes:
        log.info("settings for so few lines: %s", ", ".join(changes))
    settings = sized_recipe.train
    if settings.keep == "last":
        log.info(
            "the weights of the last epoch are kept: with few lines the validation loss rises"
            " long before the model can write"
        )
    if settings.keep == "last" and settings.patience != TrainConfig().patience:
        log.warning(
            "train.patience has no effect because train.keep is last: the run goes on to its"
            " last epoch; --set train.keep=best would end it earlier"
        )
    return sized_recipe


def length_percentiles(counts: Counter[int]) -> dict[str, int]:
    """The median, the 99th percentile and the maximum of the counted lengths.

    Example:
        >>> length_percentiles(Counter([3, 5, 5, 9]))
        {'median': 5, '99%': 9, 'longest': 9}
    """
    return {
        "median": length_at(counts, 0.5),
        "99%": length_at(counts, 0.99),
        "longest": max(counts),
    }


def length_at(counts: Counter[int], share: float) -> int:
    """A quantile of the lengths of lines.

    It is the length of a line at or above the share, so that at 0.99 all of a hundred lines are
    within it.

    Args:
        counts: how many lines there are of each length.
        share: from 0 to 1.

    Example:
        >>> length_at(Counter([3, 5, 5, 9]), 0.5), length_at(Counter([3, 5, 5, 9]), 0.99)
        (5, 9)
    """
    place = math.ceil(share * (counts.total() - 1))
    ordered = sorted(counts)
    at_most = accumulate(counts[length] for length in ordered)
    return next(n for n, below in zip(ordered, at_most, strict=True) if below > place)
