"""The quality of reconstructions of captions from their codes."""

from collections.abc import Sequence

import sacrebleu

from textvae.words import spaced


def reconstruction_metrics(
    captions: Sequence[str], reconstructions: Sequence[str]
) -> dict[str, float]:
    """`reconstruction_bleu4` and `reconstruction_exact` of captions and their reconstructions.

    Example:
        >>> captions = ["a dog runs on the beach", "a cat"]
        >>> reconstruction_metrics(captions, ["a dog runs on the grass", "a cat"])
        {'reconstruction_bleu4': 0.77..., 'reconstruction_exact': 0.5}

    Source: Papineni et al. 2002, by sacrebleu with the words of `split_words` (Post 2018).
    """
    bleu = sacrebleu.corpus_bleu(
        list(map(spaced, reconstructions)),
        [list(map(spaced, captions))],
        tokenize="none",
        force=True,
    )
    exact = sum(a == b for a, b in zip(captions, reconstructions, strict=True))
    return {
        "reconstruction_bleu4": bleu.score / 100.0,
        "reconstruction_exact": exact / len(captions),
    }
