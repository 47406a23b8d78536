"""Places on a plane for codes."""

import sys

import numpy as np
import pytest

from textvae.latent.layout import EXTENT, layout
from textvae.latent.projection import principal_plane
from textvae.metrics.projection_quality import projection_quality

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(150, 10)) + 4 * np.eye(10)[RNG.integers(0, 10, 150)]


def test_it_keeps_more_neighbours_than_any_plane_through_the_codes():
    found = layout(CODES, 0)
    assert (found.method, found.points.dtype) == ("t-SNE", np.float32)
    kept = projection_quality(found.points, CODES)
    others = [principal_plane(CODES).points, *(CODES @ RNG.normal(size=(20, 10, 2)))]
    assert kept.neighbours > 1.5 * max(
        projection_quality(each, CODES).neighbours for each in others
    )
    assert np.abs(found.points).max() == pytest.approx(EXTENT)


def test_the_same_seed_gives_the_same_layout_to_the_last_bit():
    np.testing.assert_array_equal(layout(CODES, 3).points, layout(CODES, 3).points)


def test_without_scikit_learn_it_shows_principal_components_and_says_so(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    found = layout(CODES, 0)
    assert found.method == "PCA"
    assert "pip install 'textvae[train]' and run textvae map --weights FOLDER" in caplog.text
    expected = principal_plane(CODES).points
    for axis in (0, 1):
        assert abs(np.corrcoef(found.points[:, axis], expected[:, axis])[0, 1]) > 0.9999
    ratio = np.ptp(found.points, axis=0) / np.ptp(expected, axis=0)
    assert ratio[0] == pytest.approx(ratio[1])  # nothing is stretched


@pytest.mark.parametrize("size", [1, 2, 9, 12])
def test_few_codes_and_equal_ones_have_places(size):
    for codes in (RNG.normal(size=(size, 4)), np.ones((size, 4))):
        points = layout(codes, 0).points
        assert points.shape == (size, 2)
        assert np.isfinite(points).all()
