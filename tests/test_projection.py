import numpy as np

from textvae.latent.projection import covariance, principal_plane, topic_plane
from textvae.latent.topics import nearest_topic_share

RNG = np.random.default_rng(5)
CODES = RNG.normal(size=(300, 6)) * [0.5, 3.0, 1.0, 0.7, 2.0, 0.1] + 4.0


def test_the_principal_plane_is_that_of_the_singular_vectors():
    plane = principal_plane(CODES)
    centred = CODES - CODES.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(plane.points), np.abs(left[:, :2] * sizes[:2]), rtol=1e-6)
    np.testing.assert_allclose(plane.shares, sizes[:2] ** 2 / (sizes**2).sum())


def test_the_order_of_the_codes_does_not_change_the_plane():
    reversed_ = principal_plane(CODES[::-1]).points[::-1]
    np.testing.assert_allclose(reversed_, principal_plane(CODES).points, atol=1e-9)


def grouped(count=240):
    """Codes of three topics that differ in units 0 and 3 alone; the others vary much more."""
    topics = np.arange(count) % 4 - 1
    codes = RNG.normal(size=(count, 8)) * [0.3, 5.0, 5.0, 0.3, 5.0, 5.0, 5.0, 5.0]
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [-4.0, -4.0]])
    codes[:, [0, 3]] += corners[topics + 1]
    return codes, topics


def separation(directions, codes, topics):
    """Between-topic over within-topic variance, summed over the two directions."""
    points = codes @ directions
    kinds = sorted(set(topics[topics >= 0].tolist()))
    means = np.array([points[topics == kind].mean(axis=0) for kind in kinds])
    within = np.mean([points[topics == kind].var(axis=0) for kind in kinds], axis=0)
    return (means.var(axis=0) / within).sum()


def test_the_topic_plane_separates_topics_that_no_principal_plane_shows():
    codes, topics = grouped()
    is_fitted = np.arange(len(codes)) // 4 % 2 == 0
    plane = topic_plane(codes, topics, is_fitted)
    centred = codes - codes.mean(axis=0)
    directions = np.linalg.lstsq(centred, plane.points, rcond=None)[0]
    np.testing.assert_allclose(np.linalg.norm(directions, axis=0), 1.0)
    np.testing.assert_allclose(
        plane.shares, plane.points.var(axis=0) / centred.var(axis=0).sum()
    )
    found = separation(directions, codes, topics)
    others = [
        separation(np.linalg.qr(RNG.normal(size=(8, 2)))[0], codes, topics) for _ in range(200)
    ]
    assert found > 5 * max(others)
    assert nearest_topic_share(plane.points, topics, is_fitted) > 0.95
    principal = principal_plane(codes).points
    assert nearest_topic_share(principal, topics, is_fitted) < 0.6


def test_codes_that_were_not_fitted_do_not_change_the_plane():
    codes, topics = grouped()
    is_fitted = np.arange(len(codes)) < 160
    moved = codes.copy()
    moved[160:] += RNG.normal(size=moved[160:].shape)
    directions = [
        np.linalg.lstsq(each - each.mean(axis=0), plane, rcond=None)[0]
        for each in (codes, moved)
        for plane in [topic_plane(each, topics, is_fitted).points]
    ]
    np.testing.assert_allclose(*directions, atol=1e-6)


def test_the_covariance_is_that_of_its_definition():
    weights = RNG.random(len(CODES))
    mean = sum(w * code for w, code in zip(weights, CODES, strict=True)) / weights.sum()
    terms = (w * np.outer(c - mean, c - mean) for w, c in zip(weights, CODES, strict=True))
    np.testing.assert_allclose(covariance(CODES, weights), sum(terms) / weights.sum())
    np.testing.assert_allclose(covariance(CODES, np.full(300, 7.0)), covariance(CODES))
