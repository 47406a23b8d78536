"""Directions of a trained model: learned from training captions, tested on held-out ones."""

import logging
from collections.abc import Sequence

import numpy as np

from textvae.data.prepared_caption import readable_lines
from textvae.data.text_modes import CAPTION
from textvae.latent.directions import PROMISE, Direction, fit_direction
from textvae.latent.word_edits import EDITS, WordEdit
from textvae.pipeline import Pipeline

NUM_PAIRS, MIN_PAIRS = 3000, 300  # training captions to learn a direction from
NUM_TRIED, MIN_TRIED = 200, 50  # held-out captions to test it on
SEED = 0

log = logging.getLogger(__name__)


def learn_directions(
    vae: Pipeline, train: Sequence[str], held_out: Sequence[str]
) -> tuple[Direction, ...]:
    """The directions that work for four of five held-out captions.

    Changes that apply to too few captions are left out. A model whose lines are not captions
    has no directions, since the changes are of English words.

    Args:
        vae: the trained model.
        train: captions to learn from.
        held_out: captions to test the directions on.

    Example:
        >>> import textvae
        >>> learn_directions(textvae.load("article"), ["a dog"], ["a cat"])  # too few captions
        ()
    """
    if vae.bundle.text.mode != CAPTION or vae.is_language_model:
        return ()
    found = []
    for name, edit in EDITS.items():
        pairs = _pairs(vae, train, edit, NUM_PAIRS)
        tried = [before for before, _ in _pairs(vae, held_out, edit, NUM_TRIED)]
        if len(pairs) < MIN_PAIRS or len(tried) < MIN_TRIED:
            continue
        codes = [vae.encode([pair[side] for pair in pairs]) for side in (0, 1)]
        learned = fit_direction(name, *codes)
        kept = _share_kept(vae, edit, learned, tried)
        log.info(
            "direction %s works on %.0f%% of %d held-out captions", name, 100 * kept, len(tried)
        )
        if kept >= PROMISE:
            found.append(learned._replace(kept=round(kept, 3), tried=len(tried)))
    return tuple(found)


def _share_kept(
    vae: Pipeline, edit: WordEdit, direction: Direction, captions: Sequence[str]
) -> float:
    moved = vae.moved_captions(captions, direction)
    return float(np.mean([edit.succeeds(*both) for both in zip(captions, moved, strict=True)]))


def _pairs(
    vae: Pipeline, captions: Sequence[str], edit: WordEdit, most: int
) -> list[tuple[str, str]]:
    """Pairs of a caption and its changed version that the model can read, in random order."""
    ordered = sorted(set(captions))  # so that the order of the file does not matter
    found: list[tuple[str, str]] = []
    for place in np.random.default_rng(SEED).permutation(len(ordered)).tolist():
        if (changed := edit.apply(ordered[place])) is not None:
            found.append((ordered[place], changed))
            if len(found) == most:
                break
    readable = readable_lines((text for pair in found for text in pair), vae.prepare)
    return [pair for pair in found if readable.keys() >= {*pair}]
