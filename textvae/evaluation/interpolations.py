"""What lies between captions: whether the way from one to another is made of captions."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from textvae.errors import BadInput
from textvae.evaluation.artifacts import EvaluationArtifacts
from textvae.latent.interpolation import interpolate_codes
from textvae.metrics.aggregation import mean_and_std, seeds_of
from textvae.metrics.ngram_lm import WittenBell
from textvae.pipeline import Pipeline
from textvae.types import Codes

NUM_STEPS = 7  # both ends included
MANY = 5  # different captions of the 7: the way is walked, not jumped
NUM_SETS = 3  # of pairs, each with a seed: enough to state a spread
ROUNDING = 1e-6  # of a distance, relative to its start
Embed = Callable[[str], np.ndarray[Any, Any]]


def interpolation_figures(
    vae: Pipeline,
    captions: Sequence[str],
    codes: Codes,
    num_pairs: int,
    *,
    seed: int = 0,
    lm: WittenBell | None = None,
    evidence: EvaluationArtifacts | None = None,
) -> dict[str, Any]:
    """Figures of straight ways of 7 steps between pairs of held-out captions, decoded greedily.

    Args:
        vae: the model.
        captions: cleaned, two different ones at least.
        codes: their posterior means, `[N, D]`.
        num_pairs: pairs in each of 3 sets; fewer where captions are few.
        seed: of which captions make a pair.
        lm: of the training captions, for `inner_ppl`, which is left out without it.
        evidence: is given the ways of the first set, and their ends.

    Raises:
        BadInput: num_pairs below 1, or no two captions differ.
    """
    embed, seeds = embedding_of(vae), seeds_of(seed, NUM_SETS)
    sets = [held_out_pairs(captions, num_pairs, number) for number in seeds]
    measured = []
    for pairs in sets:
        lines = [interpolate_codes(codes[a], codes[b], NUM_STEPS, "linear") for a, b in pairs]
        decoded = vae.decode(np.concatenate(lines))
        ways = [decoded[i : i + NUM_STEPS] for i in range(0, len(decoded), NUM_STEPS)]
        ends = [(captions[a], captions[b]) for a, b in pairs]
        measured.append(figures_of(ways, ends, embed, lm))
        if evidence is not None and not evidence.ways:
            evidence.ways, evidence.ends = ways, ends
    return {
        "num_pairs": len(sets[0]),
        "num_steps": NUM_STEPS,
        "seeds": seeds,
        **mean_and_std(measured),
    }


def held_out_pairs(captions: Sequence[str], num_pairs: int, seed: int) -> list[tuple[int, int]]:
    """Places of `num_pairs` pairs of different captions, none in two pairs.

    They are a function of the seed and of which captions there are, not of their order.
    """
    if num_pairs < 1:
        raise BadInput(f"the number of pairs must be at least 1, got {num_pairs}")
    places = {text: place for place, text in enumerate(captions)}
    if len(places) < 2:
        raise BadInput("interpolation needs two different captions; all of these are the same")
    order = sorted(places, key=lambda text: (zlib.crc32(f"{seed} {text}".encode()), text))
    pairs = zip(order[::2], order[1::2], strict=False)
    return [(places[a], places[b]) for a, b in pairs][:num_pairs]


def figures_of(
    ways: Sequence[Sequence[str]],
    ends: Sequence[tuple[str, str]],
    embed: Embed,
    lm: WittenBell | None = None,
) -> dict[str, float]:
    """The figures of decoded `ways`, each between two captions of `ends`."""
    read_back = [(way[0] == a, way[-1] == b) for way, (a, b) in zip(ways, ends, strict=True)]
    nearer = [is_monotone(way, b, embed) for way, (_, b) in zip(ways, ends, strict=True)]
    out = {
        "distinct_captions": float(np.mean([len(set(way)) for way in ways])),
        "distinct_5_of_7": float(np.mean([len(set(way)) >= MANY for way in ways])),
        "monotone": float(np.mean(nearer)),
        "endpoints_exact": float(np.mean(read_back)),
    }
    if lm is not None:
        out["inner_ppl"] = lm.perplexity([text for way in ways for text in way[1:-1]])
    return out


def is_monotone(way: Sequence[str], target: str, embed: Embed) -> bool:
    """Whether no step leads away from `target`, and the last is nearer to it than the first.

    A way that stays where it is goes nowhere, so it is not monotone.
    """
    goal = embed(target)
    distances = np.array([np.linalg.norm(embed(text) - goal) for text in way])
    slack = ROUNDING * distances[0]
    return bool((np.diff(distances) <= slack).all() and distances[-1] < distances[0] - slack)


def embedding_of(vae: Pipeline) -> Embed:
    """A caption -> the mean of the model's own word vectors over its words, `[E]`.

    Source: Shen et al. 2020 for such distances along a way (arXiv 1905.12777).
    """
    vectors = vae.model.embedding(tf.range(len(vae.tokenizer))).numpy().astype(np.float64)

    def embed(caption: str) -> np.ndarray[Any, Any]:
        ids = vae.tokenizer.encode(caption)[1:-1]  # <bos> and <eos> are in all
        mean: np.ndarray[Any, Any] = vectors[ids].mean(axis=0)
        return mean

    return embed
