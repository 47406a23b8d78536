"""The published metrics with one-line definitions, for the model card, page and docs.

For a metric measured several times, `<name>_std` is its standard deviation. For `nll_iw` and
`ppl` it is the standard deviation over seeds, a jackknife estimate from ten groups of draws.
"""

REAL = "real"  # human captions, in place of the name of a model or a prior

DEFINITIONS = {
    "nll": "nats per caption, -log p(x|z) at one z drawn from the posterior; mean of 3 draws",
    "kl": "nats per caption, KL(q(z|x) || N(0, I)), never clipped",
    "elbo": "nats per caption, -(nll + kl)",
    "nll_iw": "nats per caption, importance-weighted bound on -log p(x) with iw_samples draws",
    "ppl": "exp(nll_iw per token), of a language model exp(nll per token); tokens are words,"
    " of plain lines pieces of words, and <eos>",
    "mutual_information": "nats, I(x; z) over all captions, mean of 3 draws; at most log"
    " num_captions",
    "active_units": "latent units whose posterior mean has a variance over captions above 0.01",
    "reconstruction_bleu4": "corpus BLEU-4, 0..1, of greedy reconstructions from the posterior"
    " mean",
    "reconstruction_exact": "share of captions that greedy reconstructions repeat word for"
    " word",
    "sibling_recall": "share of captions with another caption of their image among the 10"
    " nearest by cosine, in the space of the map and of interpolations; of the first 6,000",
    "trustworthiness": "map: from 0 to 1, less the further away in the space the 10 nearest on"
    " the plane are (Venna and Kaski 2001); of its first 6,000 captions",
    "map_neighbours": "map: share of a caption's 10 nearest on the plane that are among its 10"
    " nearest in the space; of its first 6,000 captions",
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
    "novel": "samples: share that are not training captions",
    "repeated": "samples: share with a word twice in a row, or three words that come twice",
    "dangling": "samples: share that end in a word that cannot end an English caption",
    "distinct_captions": "interpolations: distinct captions among the 7 of a path",
    "distinct_5_of_7": "interpolations: share of paths with at least 5 distinct captions of 7",
    "monotone": "interpolations: share of paths on which no step leads away from the target, by"
    " the mean word vector, and the last caption is nearer than the first",
    "inner_ppl": "interpolations: perplexity of the 5 inner captions, as forward_ppl",
    "endpoints_exact": "interpolations: share of ends decoded word for word",
    "inner_repeated": "interpolations: of the 5 inner captions, the share that is `repeated`",
    "inner_dangling": "interpolations: of the 5 inner captions, the share that is `dangling`",
}
