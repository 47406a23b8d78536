"""Metrics of neighbourhoods, in the space of captions and on their map."""

from collections import defaultdict
from collections.abc import Hashable, Sequence

from textvae.metrics.projection_quality import projection_quality
from textvae.metrics.siblings import MAX_CAPTIONS, sibling_recall
from textvae.pipeline import Pipeline


def neighbourhood_metrics(
    vae: Pipeline, captions: Sequence[str], groups: Sequence[Hashable] = ()
) -> dict[str, float]:
    """`sibling_recall` of the codes of `vae.space`, and how well the map preserves them.

    Args:
        vae: the model, with latent units.
        captions: cleaned.
        groups: the group of each, such as its image. Without groups of several distinct
            captions, `sibling_recall` is left out.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> captions = ["an elephant in the water", "elephants in a river", "a tree"]
        >>> neighbourhood_metrics(vae, captions, [1, 1, 2])["num_siblings"]
        2
    """
    out: dict[str, float] = {}
    captions, groups = captions[:MAX_CAPTIONS], groups[:MAX_CAPTIONS]
    if groups := _with_siblings(captions, groups):
        rows = [vae.tokenizer.encode(text) for text in captions]
        found = sibling_recall(vae.space.compiled.posteriors(rows)[0], groups)
        if found:
            out |= {"sibling_recall": found.recall, "num_siblings": found.num_captions}
    shown = vae.latent_map
    if shown:
        codes, points = shown.codes[:MAX_CAPTIONS], shown.points[:MAX_CAPTIONS]
        kept = projection_quality(points, codes)
        out |= {"trustworthiness": kept.trustworthiness, "map_neighbours": kept.neighbours}
        out["num_map_captions"] = len(codes)
    return out


def _with_siblings(captions: Sequence[str], groups: Sequence[Hashable]) -> list[Hashable]:
    """The groups, with one of equal captions split up; empty if all are such."""
    members: dict[Hashable, set[str]] = defaultdict(set)
    for group, text in zip(groups, captions, strict=bool(groups)):
        members[group].add(text)
    if all(len(texts) == 1 for texts in members.values()):
        return []
    return [
        group if len(members[group]) > 1 else (place, group)
        for place, group in enumerate(groups)
    ]
