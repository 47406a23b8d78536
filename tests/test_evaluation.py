import dataclasses
import functools
import math
from collections import Counter

import numpy as np
import pytest
from test_decoders import plain_logits
from test_siblings import plain_recall
from tiny import (
    TOKENIZER,
    beside,
    bundle_of,
    learned_alone,
    learned_vae,
    random_vae,
    shaken_model,
    some_captions,
)

from textvae.errors import BadInput
from textvae.evaluation.evaluate import evaluate
from textvae.evaluation.reconstruction import reconstruction_metrics
from textvae.metrics.active_units import active_units
from textvae.metrics.definitions import DEFINITIONS
from textvae.metrics.importance_weighting import noise
from textvae.pipeline import Pipeline

# Some the model has learned and some not, two with unknown words, one repeated.
CAPTIONS = [*some_captions(110)[75:], "a purple dog runs", "two dogs on the beach"]
CAPTIONS.append(CAPTIONS[0])


@functools.cache
def metrics():
    return evaluate(learned_vae(), CAPTIONS, iw_samples=6, seed=3)


def log_normal(z, mu, sigma):
    density = np.exp(-0.5 * ((z - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    return np.log(density).sum()


def plain_metrics(iw_samples, seed, vae):
    """One caption and one draw at a time: lists of nll `[3]`, kl and nll_iw."""
    nll, kl, nll_iw = [], [], []
    for text in CAPTIONS:
        words = np.array([TOKENIZER.encode(text)], np.int32)
        posterior = vae.posterior(text)
        mu, sigma = posterior.mu.astype(np.float64), posterior.sigma.astype(np.float64)
        kl.append(0.5 * (mu**2 + sigma**2 - np.log(sigma**2) - 1).sum())
        log_weights, nlls = [], []
        for draw in range(max(3, iw_samples)):
            z = mu + sigma * noise(text, draw, len(mu), seed)
            logits = plain_logits(vae.model, "lstm", words[0, :-1], z)
            log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            nlls.append(-log_probs[np.arange(len(logits)), words[0, 1:]].sum())
            log_weights.append(
                log_normal(z, 0.0, np.ones_like(mu)) - nlls[-1] - log_normal(z, mu, sigma)
            )
        nll.append(nlls[:3])
        nll_iw.append(-np.log(np.mean(np.exp(log_weights[:iw_samples]))))
    return np.array(nll), np.array(kl), np.array(nll_iw)


@functools.cache
def plain():
    return plain_metrics(6, 3, learned_vae())


def test_nll_and_its_standard_deviation_are_those_of_a_plain_loop():
    assert metrics()["nll"] == pytest.approx(plain()[0].mean(), rel=1e-4)
    assert metrics()["nll_std"] == pytest.approx(plain()[0].mean(axis=0).std(ddof=1), rel=1e-2)


def test_kl_is_that_of_a_plain_loop_and_elbo_is_their_sum():
    assert metrics()["kl"] == pytest.approx(plain()[1].mean(), rel=1e-4)
    assert metrics()["elbo"] == -(metrics()["nll"] + metrics()["kl"])


def test_nll_iw_is_that_of_a_plain_loop():
    assert metrics()["nll_iw"] == pytest.approx(plain()[2].mean(), rel=1e-4)


def test_ppl_is_the_exponential_of_nll_iw_per_word_or_eos():
    num_tokens = sum(len(text.split()) + 1 for text in CAPTIONS)
    assert metrics()["num_tokens"] == num_tokens
    assert metrics()["ppl"] == pytest.approx(math.exp(plain()[2].sum() / num_tokens), rel=1e-4)


def test_the_importance_weighted_bound_is_tighter_and_tightens():
    bounds = [
        evaluate(learned_vae(), CAPTIONS, iw_samples=s, seed=3)["nll_iw"] for s in (1, 60)
    ]
    assert bounds[1] < metrics()["nll_iw"] < bounds[0]
    # With one draw the bound is the elbo, estimated from that draw.
    assert bounds[0] == pytest.approx(-metrics()["elbo"], abs=1.0)


def test_the_bound_has_a_standard_deviation_if_it_has_more_than_one_draw():
    assert metrics()["nll_iw_std"] > 0.0
    assert metrics()["ppl_std"] > 0.0
    assert (
        not {"nll_iw_std", "ppl_std"} & evaluate(learned_vae(), CAPTIONS, iw_samples=1).keys()
    )


def test_without_iw_samples_there_is_no_nll_iw():
    found = evaluate(learned_vae(), CAPTIONS, seed=3)
    assert "nll_iw" not in found
    assert "ppl" not in found
    assert found["nll"] == pytest.approx(metrics()["nll"], rel=1e-6)


def test_the_order_of_the_captions_changes_no_metric():
    turned = evaluate(learned_vae(), CAPTIONS[::-1], iw_samples=6, seed=3)
    for name, value in metrics().items():
        if name != "settings":
            assert turned[name] == pytest.approx(value, rel=1e-4), name


def test_a_caption_is_measured_alike_among_other_captions():
    both = [CAPTIONS[:20], CAPTIONS[20:]]
    parts = [evaluate(learned_vae(), part, iw_samples=6, seed=3) for part in both]
    for name in ("nll", "kl", "nll_iw", "reconstruction_exact"):
        mean = sum(f[name] * f["num_captions"] for f in parts) / len(CAPTIONS)
        assert mean == pytest.approx(metrics()[name], rel=1e-4)


def test_another_seed_changes_only_what_is_drawn():
    other = evaluate(learned_vae(), CAPTIONS, seed=4)
    assert other["nll"] != metrics()["nll"]
    for name in ("kl", "active_units", "reconstruction_exact", "reconstruction_bleu4"):
        assert other[name] == metrics()[name]


def test_the_noise_of_a_caption_is_standard_normal_and_its_own():
    drawn = np.concatenate([noise("a dog", draw, 100, 0) for draw in range(100)])
    assert drawn.mean() == pytest.approx(0.0, abs=0.04)
    assert drawn.std() == pytest.approx(1.0, abs=0.03)
    assert (noise("a dog", 0, 9, 0) == noise("a dog", 0, 9, 0)).all()
    for other in (noise("a cat", 0, 9, 0), noise("a dog", 1, 9, 0), noise("a dog", 0, 9, 1)):
        assert (noise("a dog", 0, 9, 0) != other).all()


def test_unknown_rate_is_the_share_of_words_outside_the_vocabulary():
    num_words = sum(len(text.split()) for text in CAPTIONS)
    assert metrics()["unknown_rate"] == 3 / num_words  # purple, two, dogs


def test_counts_and_settings_stand_beside_the_metrics():
    assert metrics()["num_captions"] == len(CAPTIONS)
    assert metrics()["latent_dim"] == learned_vae().latent_dim
    assert metrics()["settings"] == {"seed": 3, "draws": 3, "iw_samples": 6}


def test_active_units_are_counted_over_all_captions_at_once():
    mu = learned_vae().encode(CAPTIONS)
    assert metrics()["active_units"] == (mu.astype(np.float64).var(axis=0) > 0.01).sum()
    std = np.sqrt([0.005, 0.0099, 0.0101, 4.0])
    assert active_units(np.array([[1.0], [-1.0]]) * std + 100) == 2


def test_reconstructions_are_scored_against_the_captions():
    reconstructions = learned_vae().reconstruct(CAPTIONS)
    exact = np.mean([a == b for a, b in zip(CAPTIONS, reconstructions, strict=True)])
    assert metrics()["reconstruction_exact"] == exact
    assert 0.2 < exact < 0.95  # else the test would show nothing
    bleu = plain_bleu([text.split() for text in CAPTIONS], [t.split() for t in reconstructions])
    assert metrics()["reconstruction_bleu4"] == pytest.approx(bleu, abs=1e-6)


def plain_bleu(captions, reconstructions):
    """Corpus BLEU-4 by counting."""
    length, wanted = (sum(map(len, texts)) for texts in (reconstructions, captions))
    score = min(1.0, math.exp(1 - wanted / length))
    for n in (1, 2, 3, 4):
        matches = total = 0
        for caption, back in zip(captions, reconstructions, strict=True):
            grams = [
                Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))
                for words in (caption, back)
            ]
            matches += (grams[0] & grams[1]).total()
            total += grams[1].total()
        score *= (matches / total) ** 0.25
    return score


def test_bleu_agrees_with_nltk():
    """On captions of 4 words and more: nltk counts a missing 4-gram as a wrong one."""
    from nltk.translate.bleu_score import corpus_bleu

    rng = np.random.default_rng(0)
    captions = [text for text in some_captions(180) if text.count(" ") > 2]
    reconstructions = [
        " ".join(w if rng.random() < 0.9 else "dog" for w in text.split()) for text in captions
    ]
    theirs = corpus_bleu(
        [[text.split()] for text in captions], [t.split() for t in reconstructions]
    )
    ours = reconstruction_metrics(captions, reconstructions)["reconstruction_bleu4"]
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert 0.3 < ours < 0.9


def test_bleu_by_hand():
    captions, reconstructions = ["a b c d e f", "g h i j k"], ["a b c d e x", "g h i j"]
    # n-grams that match: 9 of 10, 7 of 8, 5 of 6, 3 of 4; 10 words where 11 were wanted.
    product = (9 / 10) * (7 / 8) * (5 / 6) * (3 / 4)
    metrics = reconstruction_metrics(captions, reconstructions)
    assert metrics["reconstruction_bleu4"] == pytest.approx(
        math.exp(1 - 11 / 10) * product**0.25
    )
    assert metrics["reconstruction_exact"] == 0.0
    assert reconstruction_metrics(captions, captions) == {
        "reconstruction_bleu4": pytest.approx(1.0),
        "reconstruction_exact": 1.0,
    }


# Who is near whom


def test_siblings_are_looked_for_in_the_space_of_scenes():
    groups = [f"image {i // 2}" for i in range(len(CAPTIONS) - 1)] + ["alone"]
    assert len(CAPTIONS) > 20  # so that ten nearest are not all
    found = evaluate(learned_vae(), CAPTIONS, groups=groups)
    share, asked = plain_recall(learned_vae().scene.encode(CAPTIONS).tolist(), groups, 10)
    assert (found["sibling_recall"], found["num_siblings"]) == (pytest.approx(share), asked)
    bare = learned_alone()
    share, _ = plain_recall(learned_vae().encode(CAPTIONS).tolist(), groups, 10)
    assert evaluate(bare, CAPTIONS, groups=groups)["sibling_recall"] == pytest.approx(share)


@pytest.mark.parametrize("groups", [(), CAPTIONS])
def test_lines_without_groups_have_no_siblings(groups):
    """A line that stands there twice is no sibling of itself."""
    assert len(set(CAPTIONS)) < len(CAPTIONS)
    assert "sibling_recall" not in evaluate(learned_vae(), CAPTIONS, groups=groups)


@functools.cache
def with_map():
    """The learned model with a map; nobody else's."""
    vae = beside(learned_vae(), dataclasses.replace(learned_vae().bundle))
    vae.make_map(80, seed=1)
    return vae


def test_a_map_is_measured_where_there_is_one():
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors

    assert not {"trustworthiness", "map_neighbours"} & metrics().keys()
    shown = with_map().latent_map
    assert len(shown.captions) > 25
    found = evaluate(with_map(), CAPTIONS[:9])
    assert found["num_map_captions"] == len(shown.captions)
    assert found["trustworthiness"] == pytest.approx(
        trustworthiness(shown.codes, shown.points, n_neighbors=10)
    )
    near = [
        NearestNeighbors(n_neighbors=10).fit(rows).kneighbors(return_distance=False)
        for rows in (shown.points, shown.codes)
    ]
    shares = [len({*a} & {*b}) / 10 for a, b in zip(*near, strict=True)]
    assert found["map_neighbours"] == pytest.approx(np.mean(shares))


def test_progress_is_shown_for_every_batch():
    seen = []
    evaluate(
        learned_vae(), CAPTIONS * 8, progress=lambda batches: seen.extend(batches) or batches
    )
    assert sorted(np.concatenate(seen).tolist()) == list(range(8 * len(CAPTIONS)))


@pytest.mark.parametrize(("captions", "settings", "message"), [
    (["a dog runs"], {}, "needs at least 2 captions, got 1"),
    ([], {}, "got 0"),
    (CAPTIONS, {"iw_samples": -1}, "iw_samples must be a whole number from 0 to .*, got -1"),
    ("a dog runs", {}, "captions must be a list of captions, got the text 'a dog runs'"),
    (CAPTIONS, {"train": "train.txt"}, "train must be a list of captions, got the text 'tr"),
    (CAPTIONS, {"seed": -1}, "seed must be a whole number from 0 to .*, got -1"),
    (CAPTIONS, {"groups": ["a", "a"]}, f"got 2 groups for {len(CAPTIONS)} captions"),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(captions, settings, message):
    with pytest.raises(BadInput, match=message):
        evaluate(random_vae(), captions, **settings)


def test_a_repeated_line_is_no_sibling_of_itself_beside_captions_of_images():
    first, second, alone = some_captions(3)
    groups = ["image", "image", f"text:{alone}", f"text:{alone}"]
    found = evaluate(learned_vae(), [first, second, alone, alone], groups=groups)
    assert found["num_siblings"] == 2


def test_codes_far_from_the_prior_have_a_bound_though_their_perplexity_is_no_number():
    model = shaken_model()
    model.encoder.to_mu.bias.assign(np.full(model.config.latent_dim, 200.0))
    vae = Pipeline(bundle_of(model))
    found = evaluate(vae, CAPTIONS, iw_samples=2)
    distance = 0.5 * (vae.encode(CAPTIONS).astype(float) ** 2).sum(axis=1).mean()
    assert found["nll_iw"] == pytest.approx(distance, rel=0.2)  # nearly all of it
    assert found["nll_iw"] * found["num_captions"] / found["num_tokens"] > 710
    assert found["ppl"] > 1e300
    assert math.isfinite(found["ppl"])


def test_of_a_large_map_the_first_captions_are_measured_and_the_definition_says_so(monkeypatch):
    from sklearn.manifold import trustworthiness

    shown = with_map().latent_map
    monkeypatch.setattr("textvae.evaluation.neighbourhoods.MAX_CAPTIONS", 25)
    found = evaluate(with_map(), CAPTIONS[:9])
    assert found["num_map_captions"] == 25
    assert found["trustworthiness"] == pytest.approx(
        trustworthiness(shown.codes[:25], shown.points[:25], n_neighbors=10)
    )
    for name in ("trustworthiness", "map_neighbours", "sibling_recall"):
        assert "first 6,000" in DEFINITIONS[name]
