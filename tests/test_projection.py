import numpy as np

from textvae.latent.projection import (
    covariance,
    inverse_projection,
    principal_plane,
    separating_axes,
    topic_plane,
)
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


def test_no_other_axes_separate_groups_better():
    """By between-group over within-group variance, summed over both axes."""
    groups = np.repeat([0, 1, 2, 3, 4], [300, 60, 100, 40, 50])
    corners = [[0, 0, 0, 0, 0], [2, 0, 0, 3, 0], [0, 0, 3, -2, 0], [3, 3, 2, 0, 1], [9] * 5]
    codes = RNG.normal(size=(550, 5)) * [1.0, 4.0, 1.0, 1.0, 2.0] + np.array(corners)[groups]
    shares = np.bincount(groups)[:4] / len(groups)
    means = np.array([codes[groups == group].mean(axis=0) for group in range(4)])
    between = np.cov(means.T, aweights=np.sqrt(shares), ddof=0)
    within = sum((groups == g).mean() * np.cov(codes[groups == g].T, ddof=0) for g in range(5))
    within += 0.1 * np.trace(np.cov(codes.T, ddof=0)) / 5 * np.eye(5)

    def ratio(axes):
        return np.trace(np.linalg.solve(axes.T @ within @ axes, axes.T @ between @ axes))

    axes = separating_axes(codes, groups, ungrouped=4)
    np.testing.assert_allclose(axes.T @ within @ axes, np.eye(2), atol=1e-9)
    for scale in (0.01, 0.1, 10.0):
        others = (axes + scale * RNG.normal(size=(5, 2)) for _ in range(1000))
        assert ratio(axes) > 0.9999 * max(ratio(other) for other in others)


def test_the_inverse_projection_moves_the_projection_by_one_along_each_axis():
    axes = RNG.normal(size=(6, 2))
    changes = inverse_projection(CODES, axes)
    np.testing.assert_allclose(changes @ axes, np.eye(2), atol=1e-9)
    # Under a normal distribution with the covariance of the codes and the ridge, no change with
    # that projection has a higher density: at a maximum the gradient is zero.
    covariance_ = np.cov(CODES.T, ddof=0)
    precision = np.linalg.inv(covariance_ + 0.1 * covariance_.trace() / 6 * np.eye(6))
    invisible = np.eye(6) - axes @ np.linalg.pinv(axes)
    np.testing.assert_allclose(changes @ precision @ invisible, 0.0, atol=1e-9)
