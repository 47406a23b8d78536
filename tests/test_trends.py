"""Slopes and their errors, against numpy's."""

import math

import numpy as np
import pytest

from benchmarks.trends import BLOCKS, trend


def test_the_slope_and_its_error_are_those_of_numpy_on_means_of_blocks():
    rng = np.random.default_rng(0)
    seconds = np.arange(3600.0)
    figures = 900 + seconds / 360 + rng.normal(size=3600)
    late = seconds >= 3599 / 3
    x, y = (each[late].reshape(BLOCKS, -1).mean(1) for each in (seconds, figures))
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    found = trend(list(zip(seconds, figures, strict=True)))
    assert found.per_hour == pytest.approx(3600 * slope)
    assert found.error == pytest.approx(3600 * math.sqrt(covariance[0, 0]))
    assert abs(found.per_hour - 10) < 3 * found.error


def test_what_comes_first_is_warming_up():
    early = [(float(second), 900.0 - second) for second in range(30)]
    late = [(30.0 + second, 100.0 + second / 60) for second in range(60)]
    assert trend([*early, *late]).per_hour == pytest.approx(60.0)


def test_of_too_few_points_nothing_is_claimed():
    assert trend([(0.0, 1.0), (1.0, 2.0)]).error == math.inf
