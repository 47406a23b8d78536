"""How well a plane keeps neighbours, against definitions written out and another library."""

import numpy as np
import pytest

from textvae.metrics.projection_quality import projection_quality

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("size", "count"), [(40, 10), (700, 10), (60, 3)])
def test_it_is_that_of_scikit_learn_and_of_the_definition(size, count):
    from sklearn.manifold import trustworthiness

    codes = RNG.normal(size=(size, 6)).astype(np.float32)
    points = codes[:, :2] + 0.3 * RNG.normal(size=(size, 2))
    found = projection_quality(points, codes, count)
    assert found.trustworthiness == pytest.approx(
        # In float32, near ties would be decided by the processor's way of adding.
        trustworthiness(codes.astype(float), points, n_neighbors=count),
        abs=1e-9,
    )

    def nearest(rows, i):
        distances = [float(np.linalg.norm(rows[j] - rows[i])) for j in range(size)]
        return set(sorted(set(range(size)) - {i}, key=lambda j: distances[j])[:count])

    some = range(size) if size < 100 else ()
    shares = [len(nearest(codes, i) & nearest(points, i)) / count for i in some]
    if shares:
        assert found.neighbours == pytest.approx(np.mean(shares))


def test_nothing_is_lost_where_nothing_was_moved_and_much_by_chance():
    codes = RNG.normal(size=(300, 5))
    assert projection_quality(codes, codes) == (1.0, 1.0)
    by_chance = projection_quality(RNG.normal(size=(300, 2)), codes)
    assert by_chance.trustworthiness == pytest.approx(0.5, abs=0.05)
    assert by_chance.neighbours == pytest.approx(10 / 299, abs=0.02)


@pytest.mark.parametrize("size", [1, 2])
def test_of_two_codes_there_is_nothing_to_compare(size):
    assert projection_quality(np.zeros((size, 2)), np.zeros((size, 4))) == (1.0, 1.0)
