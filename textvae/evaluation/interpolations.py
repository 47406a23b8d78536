"""Metrics of interpolations: whether paths between captions consist of good captions.

The paths are those of `vae.paths`, as in the commands and on the page.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from textvae.config import defaults
from textvae.data.prepared_caption import readable_captions
from textvae.errors import BadInput
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.metrics.aggregation import mean_and_std, seeds_of
from textvae.metrics.line_faults import dangling_share, repeated_share
from textvae.metrics.ngram_lm import WittenBell
from textvae.pipeline import Pipeline
from textvae.types import Floats
from textvae.words import split_words

MANY = 5  # distinct captions of the 7, so that most steps change the caption
NUM_SETS = 3  # of pairs, each with its own seed, for a standard deviation
SHORT = range(3, 8)  # words of a short caption, as users type them
TOLERANCE = 1e-6  # of rounding, relative to the distance between the ends
Embed = Callable[[str], Floats]


def interpolation_metrics(
    vae: Pipeline,
    captions: Sequence[str],
    num_pairs: int,
    *,
    seed: int = 0,
    lm: WittenBell | None = None,
    artifacts: EvaluationArtifacts | None = None,
) -> dict[str, Any]:
    """Metrics of linear paths of 7 steps between pairs of held-out captions.

    Args:
        vae: the model.
        captions: cleaned; at least two distinct ones that the model can read.
        num_pairs: pairs in each of 3 sets; fewer if there are few captions.
        seed: of the choice of pairs.
        lm: of the training captions, for `inner_ppl`, which is left out without it.
        artifacts: receives the paths of the first set, and their ends.

    Raises:
        BadInput: `num_pairs` is below 1, or no two captions differ.
    """
    embed, seeds = caption_embedding(vae), seeds_of(seed, NUM_SETS)
    known = readable_captions(captions, vae.prepare)
    sets = [held_out_pairs(known, num_pairs, number) for number in seeds]
    measured = []
    for pairs in sets:
        ends = [(known[a], known[b]) for a, b in pairs]
        paths = vae.paths(ends, defaults.NUM_STEPS)
        measured.append(path_metrics(paths, ends, embed, lm))
        if artifacts is not None and not artifacts.paths:
            artifacts.paths, artifacts.ends = paths, ends
    return {
        "num_pairs": len(sets[0]),
        "num_steps": defaults.NUM_STEPS,
        "seeds": seeds,
        **mean_and_std(measured),
    }


def short_captions(captions: Sequence[str]) -> list[str]:
    """The captions of three to seven words, like many typed ones.

    Example:
        >>> short_captions(["a dog", "a dog runs", "a man rides a horse on the beach"])
        ['a dog runs']
    """
    return [text for text in captions if len(split_words(text)) in SHORT]


def held_out_pairs(captions: Sequence[str], num_pairs: int, seed: int) -> list[tuple[int, int]]:
    """The indices of up to `num_pairs` disjoint pairs of different captions.

    The pairs depend on the seed and the set of captions, not on their order.

    Raises:
        BadInput: `num_pairs` is below 1, or no two captions differ.

    Example:
        >>> held_out_pairs(["a dog", "a cat", "a dog"], 5, seed=0)
        [(2, 1)]
    """
    if num_pairs < 1:
        raise BadInput(f"the number of pairs must be at least 1, got {num_pairs}")
    places = {text: place for place, text in enumerate(captions)}
    if len(places) < 2:
        raise BadInput(
            f"interpolations need two captions that differ, got {len(places)}; give more"
            " captions, or ask for 0 pairs"
        )
    order = sorted(places, key=lambda text: (zlib.crc32(f"{seed} {text}".encode()), text))
    pairs = zip(order[::2], order[1::2], strict=False)
    return [(places[a], places[b]) for a, b in pairs][:num_pairs]


def path_metrics(
    paths: Sequence[Sequence[str]],
    ends: Sequence[tuple[str, str]],
    embed: Embed,
    lm: WittenBell | None = None,
) -> dict[str, float]:
    """The metrics of decoded `paths`, each between the two captions in `ends`.

    Example:
        >>> by_length = lambda text: np.array([float(len(text))])
        >>> path_metrics([["a", "a dog", "two dogs"]], [("a", "two dogs run")], by_length)
        {'distinct_captions': 3.0, 'distinct_5_of_7': 0.0, 'monotone': 1.0,
         'endpoints_exact': 0.5, 'inner_repeated': 0.0, 'inner_dangling': 0.0}
    """
    is_exact = [(path[0] == a, path[-1] == b) for path, (a, b) in zip(paths, ends, strict=True)]
    is_nearing = [is_monotone(path, b, embed) for path, (_, b) in zip(paths, ends, strict=True)]
    out = {
        "distinct_captions": float(np.mean([len(set(path)) for path in paths])),
        "distinct_5_of_7": float(np.mean([len(set(path)) >= MANY for path in paths])),
        "monotone": float(np.mean(is_nearing)),
        "endpoints_exact": float(np.mean(is_exact)),
    }
    inner = [text for path in paths for text in path[1:-1]]
    out |= {"inner_repeated": repeated_share(inner), "inner_dangling": dangling_share(inner)}
    if lm is not None:
        out["inner_ppl"] = lm.perplexity(inner)
    return out


def is_monotone(path: Sequence[str], target: str, embed: Embed) -> bool:
    """Whether no step leads away from `target`, and the last is nearer to it than the first.

    So a path with a single caption throughout is not monotone.

    Example:
        >>> by_length = lambda text: np.array([float(len(text))])
        >>> is_monotone(["a", "a do", "a dog"], "a dog", by_length)
        True
        >>> is_monotone(["a", "a dog", "a do"], "a dog", by_length)
        False
    """
    goal = embed(target)
    distances = np.array([np.linalg.norm(embed(text) - goal) for text in path])
    slack = TOLERANCE * distances[0]
    return bool((np.diff(distances) <= slack).all() and distances[-1] < distances[0] - slack)


def caption_embedding(vae: Pipeline) -> Embed:
    """A function that returns the mean of the model's word vectors over a caption, `[E]`.

    Example:
        >>> import textvae
        >>> embed = caption_embedding(textvae.load("article"))
        >>> whole, words = embed("two elephants"), [embed("two"), embed("elephants")]
        >>> whole.shape, np.allclose(whole, np.mean(words, axis=0))
        ((50,), True)

    Source: Shen et al. 2020, for such distances along a path (arXiv 1905.12777).
    """
    vectors = vae.model.embedding(tf.range(len(vae.tokenizer))).numpy().astype(np.float64)

    def embed(caption: str) -> Floats:
        ids = vae.tokenizer.encode(caption)[1:-1]  # <bos> and <eos> are in all
        total: Floats = vectors[ids].sum(axis=0)
        return total / max(len(ids), 1)

    return embed
