import numpy as np
import pytest

from textvae.latent import neighbours
from textvae.latent.neighbours import nearest_codes

RNG = np.random.default_rng(0)


def by_sorting(query, codes, count):
    """All codes by (distance, place), one at a time."""
    distances = [float(np.linalg.norm(query.astype(float) - code)) for code in codes]
    order = sorted(range(len(codes)), key=lambda i: (distances[i], i))[:count]
    return order, [distances[i] for i in order]


@pytest.mark.parametrize("block", [1, 12, 40, 10**6])
@pytest.mark.parametrize("count", [1, 5, 200, 500])
def test_they_are_those_of_sorting_all_distances_whatever_is_held_at_once(
    count, block, monkeypatch
):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    queries, codes = (RNG.normal(size=(n, 4)).astype(np.float32) for n in (3, 200))
    found = nearest_codes(queries, codes, count)
    for i, query in enumerate(queries):
        order, distances = by_sorting(query, codes, count)
        assert found.indices[i].tolist() == order
        np.testing.assert_allclose(found.distances[i], distances, rtol=1e-12)


@pytest.mark.parametrize("block", [2, 6, 10**6])
def test_ties_come_in_order(block, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    codes = np.array([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
    found = nearest_codes(np.zeros((1, 2)), codes, 3)
    assert found.indices.tolist() == [[1, 2, 3]]
    assert found.distances.tolist() == [[1.0, 1.0, 1.0]]


def test_near_codes_far_from_the_origin_are_told_apart():
    """|a|^2 + |b|^2 - 2ab in single precision would not."""
    codes = np.float32(4000.0) + np.arange(9, dtype=np.float32)[::-1, None] / 1024
    found = nearest_codes(codes[-1:], codes, 9)
    assert found.indices.tolist() == [list(range(8, -1, -1))]
    np.testing.assert_allclose(found.distances[0], np.arange(9) / 1024)


def test_nothing_to_search_for_or_in_gives_nothing():
    assert nearest_codes(np.zeros((2, 3)), np.zeros((0, 3)), 4).indices.shape == (2, 0)
    assert nearest_codes(np.zeros((0, 3)), np.zeros((5, 3)), 4).distances.shape == (0, 4)
