import math

import pytest

from textvae.metrics.aggregation import mean_and_std, seeds_of


def test_the_seeds_of_two_evaluations_share_none():
    assert seeds_of(0, 3) + seeds_of(1, 3) == [0, 1, 2, 3, 4, 5]


def test_the_deviation_is_that_of_a_sample():
    found = mean_and_std([{"a": 1.0}, {"a": 2.0}, {"a": 6.0}])
    assert found == {"a": 3.0, "a_std": pytest.approx(math.sqrt(7.0))}
    assert mean_and_std([{"a": 2.0}]) == {"a": 2.0}
