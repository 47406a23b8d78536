import math

import numpy as np
import pytest

from textvae.metrics.importance_weighting import GroupedWeights, jackknife_std


def drawn_weights(num_draws, num_captions, seed):
    """Log weights `[S, N]` of captions with different means."""
    rng = np.random.default_rng(seed)
    levels = np.random.default_rng(0).normal(-30.0, 5.0, num_captions)
    return levels + rng.normal(0.0, 1.0, (num_draws, num_captions))


def grouped(log_weights):
    weights = GroupedWeights(log_weights.shape[1])
    halves = np.array_split(np.arange(log_weights.shape[1]), 2)
    for draw, row in enumerate(log_weights):
        for captions in halves:
            weights.add(captions, draw, row[captions])
    return weights


def test_the_nll_is_that_of_the_mean_weight_with_all_draws_or_without_a_group():
    log_weights = drawn_weights(23, 7, 1)
    weights = grouped(log_weights)
    expected = -np.log(np.exp(log_weights).mean(axis=0))
    np.testing.assert_allclose(weights.nll(23), expected, rtol=1e-12)
    for group, nll in enumerate(weights.nll_without_each(23)):
        rest = [row for draw, row in enumerate(log_weights) if draw % 10 != group]
        np.testing.assert_allclose(nll, -np.log(np.exp(rest).mean(axis=0)), rtol=1e-12)


def test_the_deviation_estimated_from_one_seed_is_that_over_seeds():
    def metric(nll):
        return {"nll_iw": float(nll.mean())}

    over_seeds, estimated = [], []
    for seed in range(300):
        weights = grouped(drawn_weights(50, 20, seed))
        over_seeds.append(metric(weights.nll(50))["nll_iw"])
        estimated.append(jackknife_std([*map(metric, weights.nll_without_each(50))]))
    mean = np.sqrt(np.mean([each["nll_iw_std"] ** 2 for each in estimated]))
    assert mean == pytest.approx(np.std(over_seeds, ddof=1), rel=0.15)


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    without = [{"mean": float(np.delete(values, i).mean())} for i in range(5)]
    found = jackknife_std(without)["mean_std"]
    assert found == pytest.approx(values.std(ddof=1) / math.sqrt(5))
