"""Labels of a trained model: learned from its training lines, tested on held-out ones."""

import logging
from collections import Counter
from typing import Any

import numpy as np

from textvae.checks import LONGEST_NAME, is_label
from textvae.data.caption_set import Caption, Captions
from textvae.data.prepared_caption import readable_lines
from textvae.latent.labels import Labels, fit_labels
from textvae.pipeline import Pipeline
from textvae.types import Floats

NUM_LINES, NUM_HELD_OUT = 20_000, 2_000  # lines to learn the labels from, and to test them on
NUM_MOVED, MIN_MOVED = 50, 5  # held-out lines to move towards each label
BETTER_THAN_GUESSING = 1.5  # minimum ratio of recall to that of guessing
SEED = 0

log = logging.getLogger(__name__)


def learn_labels(vae: Pipeline, train: Captions, held_out: Captions) -> Labels | None:
    """A classifier of codes by label, tested on held-out lines.

    Args:
        vae: the trained model.
        train: lines with labels to learn from.
        held_out: lines with labels to test it on.

    Returns:
        None if the model is a language model, the lines have fewer than two labels, no held-out
        line has one of them, or the codes barely separate the labels.

    Example:
        >>> import textvae
        >>> captions = Captions((Caption("1", "a dog"),), 1, {})  # without a label
        >>> learn_labels(textvae.load("article"), captions, captions) is None
        True
    """
    if vae.is_language_model or not any(line.label for line in train.captions):
        return None
    names = {line.label for line in train.captions} - {""}
    if left_out := sum(not is_label(name) for name in names):
        log.warning(
            "labels dropped: %d; a label has at most %d printable characters",
            left_out,
            LONGEST_NAME,
        )
    known = _labelled(vae, train, NUM_LINES)
    if len({line.label for line in known}) < 2:
        log.warning(
            "the training lines have fewer than two labels, so none are learned; label more"
            " lines, with names of at most %d characters",
            LONGEST_NAME,
        )
        return None
    found = fit_labels(
        [line.label for line in known], vae.encode([line.text for line in known])
    )
    held_out_lines = _labelled(vae, held_out, NUM_HELD_OUT)
    tried = [line for line in held_out_lines if line.label in found.names]
    if not tried:
        log.warning(
            "no held-out line has one of the labels, so they cannot be tested or stored;"
            " label more lines"
        )
        return None
    recall = _mean_recall(vae, found, tried)
    log.info(
        "labels: mean recall on held-out lines %.0f%%; by guessing, %.0f%%",
        100 * recall,
        100 / len(found.names),
    )
    if recall * len(found.names) < BETTER_THAN_GUESSING:
        log.warning("the codes barely separate the labels; labels are not stored")
        return None
    vae.bundle.labels = found
    kept = [_share_moved(vae, target, tried) for target in range(len(found.names))]
    return found._replace(recall=round(recall, 3), kept=np.array(kept, np.float32))


def label_facts(labels: Labels | None, train: Captions) -> dict[str, Any]:
    """The facts about labels for a report; empty without labels.

    Example:
        >>> label_facts(None, Captions((), 0, {}))
        {}
    """
    if labels is None:
        return {}
    found = Counter(caption.label for caption in train.captions)
    counts = {name: found[name] for name in labels.names}
    moved = {
        name: round(float(share), 2)
        for name, share in zip(labels.names, labels.kept, strict=True)
    }
    return {"labels": {"lines": counts, "recall": labels.recall, "moved": moved}}


def _labelled(vae: Pipeline, lines: Captions, most: int) -> list[Caption]:
    """Lines with a label, if the model can read them, in random order."""
    # Sorted first, so that the order of the file does not matter.
    found = sorted(line for line in lines.captions if is_label(line.label))
    order = np.random.default_rng(SEED).permutation(len(found))[:most]
    drawn = [found[place] for place in order.tolist()]
    readable = readable_lines((line.text for line in drawn), vae.prepare)
    return [line for line in drawn if line.text in readable]


def _mean_recall(vae: Pipeline, labels: Labels, tried: list[Caption]) -> float:
    """The mean over labels of the share of lines whose codes predict it."""
    told = labels.predict(vae.encode([line.text for line in tried]))
    right = np.array([labels.names[place] for place in told.tolist()])
    true = np.array([line.label for line in tried])
    shares: Floats = np.array([np.mean(right[true == name] == name) for name in set(true)])
    return float(shares.mean())


def _share_moved(vae: Pipeline, target: int, tried: list[Caption]) -> float:
    """The share of lines with another label that show this one once moved; 0 if too few."""
    others = [line.text for line in tried if line.label != vae.labels[target]][:NUM_MOVED]
    if len(others) < MIN_MOVED:
        return 0.0
    moved = vae.moved_to_label(others, target)
    return float(np.mean(vae.labels_shown(moved) == target))
