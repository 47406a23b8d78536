import math
from collections import Counter

import numpy as np
import pytest
from nltk.translate.bleu_score import corpus_bleu
from tiny import TOKENIZER, learned_vae, random_vae, some_captions, teacher_forced

from textvae.errors import BadInput
from textvae.evaluation.evaluate import active_units, evaluate, noise, reconstruction_figures

# Some learned, some not, some with unknown words, one twice.
CAPTIONS = [*some_captions(110)[75:], "a purple dog runs", "two dogs on the beach"]
CAPTIONS.append(CAPTIONS[0])
VAE = learned_vae()
FIGURES = evaluate(VAE, CAPTIONS, iw_samples=6, seed=3)


def log_normal(z, mu, sigma):
    density = np.exp(-0.5 * ((z - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    return np.log(density).sum()


def plain_figures(iw_samples, seed, vae=VAE):
    """One caption and one draw at a time: lists of nll `[3]`, kl and nll_iw."""
    nll, kl, nll_iw = [], [], []
    for text in CAPTIONS:
        words = np.array([TOKENIZER.encode(text)], np.int32)
        posterior = vae.posterior(text)
        mu, sigma = posterior.mu.astype(np.float64), posterior.sigma.astype(np.float64)
        kl.append(0.5 * (mu**2 + sigma**2 - np.log(sigma**2) - 1).sum())
        log_weights, surprises = [], []
        for draw in range(max(3, iw_samples)):
            z = mu + sigma * noise(text, draw, len(mu), seed)
            features = teacher_forced(vae.model.decoder, words[0, :-1], z.astype(np.float32))
            logits = vae.model.decoder.logits(features).numpy().astype(np.float64)
            log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            surprises.append(-log_probs[np.arange(len(logits)), words[0, 1:]].sum())
            log_weights.append(
                log_normal(z, 0.0, np.ones_like(mu)) - surprises[-1] - log_normal(z, mu, sigma)
            )
        nll.append(surprises[:3])
        nll_iw.append(-np.log(np.mean(np.exp(log_weights[:iw_samples]))))
    return np.array(nll), np.array(kl), np.array(nll_iw)


NLL, KL, NLL_IW = plain_figures(6, 3)


def test_nll_and_its_spread_are_those_of_a_plain_loop():
    assert FIGURES["nll"] == pytest.approx(NLL.mean(), rel=1e-4)
    assert FIGURES["nll_std"] == pytest.approx(NLL.mean(axis=0).std(ddof=1), rel=1e-2)


def test_kl_is_that_of_a_plain_loop_and_elbo_is_their_sum():
    assert FIGURES["kl"] == pytest.approx(KL.mean(), rel=1e-4)
    assert FIGURES["elbo"] == -(FIGURES["nll"] + FIGURES["kl"])


def test_nll_iw_is_that_of_a_plain_loop():
    assert FIGURES["nll_iw"] == pytest.approx(NLL_IW.mean(), rel=1e-4)


def test_ppl_is_nll_iw_a_word_or_eos():
    num_tokens = sum(len(text.split()) + 1 for text in CAPTIONS)
    assert FIGURES["num_tokens"] == num_tokens
    assert FIGURES["ppl"] == pytest.approx(math.exp(NLL_IW.sum() / num_tokens), rel=1e-4)


def test_the_importance_weighted_bound_is_tighter_and_tightens():
    bounds = [evaluate(VAE, CAPTIONS, iw_samples=s, seed=3)["nll_iw"] for s in (1, 60)]
    assert bounds[1] < FIGURES["nll_iw"] < bounds[0]
    # With one draw the bound is the elbo, estimated from that draw.
    assert bounds[0] == pytest.approx(-FIGURES["elbo"], abs=1.0)


def test_without_iw_samples_there_is_no_nll_iw():
    figures = evaluate(VAE, CAPTIONS, seed=3)
    assert "nll_iw" not in figures
    assert "ppl" not in figures
    assert figures["nll"] == pytest.approx(FIGURES["nll"], rel=1e-6)


def test_the_order_of_the_captions_changes_no_figure():
    turned = evaluate(VAE, CAPTIONS[::-1], iw_samples=6, seed=3)
    for name, value in FIGURES.items():
        if name != "settings":
            assert turned[name] == pytest.approx(value, rel=1e-4), name


def test_captions_beside_it_change_nothing_about_a_caption():
    both = [CAPTIONS[:20], CAPTIONS[20:]]
    parts = [evaluate(VAE, part, iw_samples=6, seed=3) for part in both]
    for name in ("nll", "kl", "nll_iw", "reconstruction_exact"):
        mean = sum(f[name] * f["num_captions"] for f in parts) / len(CAPTIONS)
        assert mean == pytest.approx(FIGURES[name], rel=1e-4)


def test_another_seed_draws_anew_but_leaves_what_is_not_drawn():
    other = evaluate(VAE, CAPTIONS, seed=4)
    assert other["nll"] != FIGURES["nll"]
    for name in ("kl", "active_units", "reconstruction_exact", "reconstruction_bleu4"):
        assert other[name] == FIGURES[name]


def test_the_noise_of_a_caption_is_standard_normal_and_its_own():
    drawn = np.concatenate([noise("a dog", draw, 100, 0) for draw in range(100)])
    assert drawn.mean() == pytest.approx(0.0, abs=0.04)
    assert drawn.std() == pytest.approx(1.0, abs=0.03)
    assert (noise("a dog", 0, 9, 0) == noise("a dog", 0, 9, 0)).all()
    for other in (noise("a cat", 0, 9, 0), noise("a dog", 1, 9, 0), noise("a dog", 0, 9, 1)):
        assert (noise("a dog", 0, 9, 0) != other).all()


def test_unknown_rate_is_the_share_of_words_outside_the_vocabulary():
    num_words = sum(len(text.split()) for text in CAPTIONS)
    assert FIGURES["unknown_rate"] == 3 / num_words  # purple, two, dogs


def test_counts_and_settings_stand_beside_the_figures():
    assert FIGURES["num_captions"] == len(CAPTIONS)
    assert FIGURES["latent_dim"] == VAE.latent_dim
    assert FIGURES["settings"] == {"seed": 3, "draws": 3, "iw_samples": 6}


def test_active_units_are_counted_over_all_captions_at_once():
    mu = VAE.encode(CAPTIONS)
    assert FIGURES["active_units"] == (mu.astype(np.float64).var(axis=0) > 0.01).sum()
    spread = np.sqrt([0.005, 0.0099, 0.0101, 4.0])
    assert active_units(np.array([[1.0], [-1.0]]) * spread + 100) == 2


def test_what_is_read_back_is_scored_against_the_captions():
    read_back = VAE.reconstruct(CAPTIONS)
    exact = np.mean([a == b for a, b in zip(CAPTIONS, read_back, strict=True)])
    assert FIGURES["reconstruction_exact"] == exact
    assert 0.2 < exact < 0.95  # or the test shows nothing
    bleu = plain_bleu([text.split() for text in CAPTIONS], [t.split() for t in read_back])
    assert FIGURES["reconstruction_bleu4"] == pytest.approx(bleu, abs=1e-6)


def plain_bleu(captions, read_back):
    """Corpus BLEU-4 by counting."""
    length, wanted = (sum(map(len, texts)) for texts in (read_back, captions))
    score = min(1.0, math.exp(1 - wanted / length))
    for n in (1, 2, 3, 4):
        matches = total = 0
        for caption, back in zip(captions, read_back, strict=True):
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
    rng = np.random.default_rng(0)
    captions = [text for text in some_captions(180) if text.count(" ") > 2]
    read_back = [
        " ".join(w if rng.random() < 0.9 else "dog" for w in text.split()) for text in captions
    ]
    theirs = corpus_bleu([[text.split()] for text in captions], [t.split() for t in read_back])
    ours = reconstruction_figures(captions, read_back)["reconstruction_bleu4"]
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert 0.3 < ours < 0.9


def test_bleu_of_a_case_worked_by_hand():
    captions, read_back = ["a b c d e f", "g h i j k"], ["a b c d e x", "g h i j"]
    # n-grams that match: 9 of 10, 7 of 8, 5 of 6, 3 of 4; 10 words where 11 were wanted.
    product = (9 / 10) * (7 / 8) * (5 / 6) * (3 / 4)
    figures = reconstruction_figures(captions, read_back)
    assert figures["reconstruction_bleu4"] == pytest.approx(
        math.exp(1 - 11 / 10) * product**0.25
    )
    assert figures["reconstruction_exact"] == 0.0
    assert reconstruction_figures(captions, captions) == {
        "reconstruction_bleu4": pytest.approx(1.0),
        "reconstruction_exact": 1.0,
    }


def test_progress_is_shown_for_every_batch():
    seen = []
    evaluate(VAE, CAPTIONS * 8, progress=lambda batches: seen.extend(batches) or batches)
    assert sorted(np.concatenate(seen).tolist()) == list(range(8 * len(CAPTIONS)))


@pytest.mark.parametrize(("captions", "settings", "message"), [
    (["a dog runs"], {}, "needs at least 2 captions, got 1"),
    ([], {}, "got 0"),
    (CAPTIONS, {"iw_samples": -1}, "iw_samples and seed must be 0 or more, got -1 and 0"),
    (CAPTIONS, {"seed": -1}, "must be 0 or more, got 0 and -1"),
])  # fmt: skip
def test_what_cannot_be_measured_is_refused(captions, settings, message):
    with pytest.raises(BadInput, match=message):
        evaluate(random_vae(), captions, **settings)
