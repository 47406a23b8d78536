"""What the published figures mean: one sentence each, for the card, the page and the docs.

Beside a figure that was drawn several times, `<name>_std` is its standard deviation; that of
`nll_iw` and `ppl`, over seeds, is the jackknife's, told from ten groups of the draws.
"""

DEFINITIONS = {
    "nll": "nats a caption, -log p(x|z), one z from the posterior; mean of 3 draws",
    "kl": "nats a caption, KL(q(z|x) || N(0, I)), never clipped",
    "elbo": "nats a caption, -(nll + kl)",
    "nll_iw": "nats a caption, importance-weighted bound on -log p(x) with iw_samples draws",
    "ppl": "exp(nll_iw a token), of a language model exp(nll a token); tokens are words and"
    " <eos>",
    "mutual_information": "nats, I(x; z) over the whole set, mean of 3 draws; at most log"
    " num_captions",
    "active_units": "latent units whose posterior mean varies over captions by more than 0.01",
    "reconstruction_bleu4": "corpus BLEU-4, 0..1, greedy from the posterior mean",
    "reconstruction_exact": "share of captions read back word for word, greedy from the mean",
    "unknown_rate": "share of words outside the vocabulary",
    **{
        f"bleu_{n}": f"samples: mean sentence BLEU-{n} against all captions, method-1 smoothing"
        for n in range(2, 6)
    },
    **{
        f"self_bleu_{n}": f"samples: mean sentence BLEU-{n} against the other samples"
        for n in range(2, 6)
    },
    "forward_ppl": "samples: perplexity under a 4-gram model of the training captions",
    "reverse_ppl": "samples: perplexity of the captions under a 4-gram model of the samples",
    "distinct_1": "samples: distinct words / words",
    "distinct_2": "samples: distinct word pairs / word pairs",
    "unique": "samples: distinct captions / captions",
    "novel": "samples: share that is no training caption",
    "distinct_captions": "interpolations: different captions of the 7 on a way",
    "distinct_5_of_7": "interpolations: share of ways with at least 5 different captions of 7",
    "monotone": "interpolations: share of ways on which no step leads away from the target, by"
    " the mean word vector, and the last is nearer than the first",
    "inner_ppl": "interpolations: perplexity of the 5 inner captions, as forward_ppl",
    "endpoints_exact": "interpolations: share of ends read back word for word",
}
