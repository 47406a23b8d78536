import numpy as np
import pytest

from textvae.latent.projection import (
    halves,
    nearest_topic_share,
    principal_plane,
    telling_words,
    topic_plane,
    topics_of,
)

RNG = np.random.default_rng(5)
CODES = RNG.normal(size=(300, 6)) * [0.5, 3.0, 1.0, 0.7, 2.0, 0.1] + 4.0


def test_the_principal_plane_is_that_of_the_singular_vectors():
    plane = principal_plane(CODES)
    centred = CODES - CODES.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(plane.points), np.abs(left[:, :2] * sizes[:2]), rtol=1e-6)
    np.testing.assert_allclose(plane.shares, sizes[:2] ** 2 / (sizes**2).sum())


def test_a_plane_does_not_hang_on_the_order_of_the_codes():
    turned = principal_plane(CODES[::-1]).points[::-1]
    np.testing.assert_allclose(turned, principal_plane(CODES).points, atol=1e-9)


def grouped(count=240):
    """Codes of three topics that differ in units 0 and 3 alone, beneath much louder others."""
    topics = np.arange(count) % 4 - 1
    codes = RNG.normal(size=(count, 8)) * [0.3, 5.0, 5.0, 0.3, 5.0, 5.0, 5.0, 5.0]
    corners = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [-4.0, -4.0]])
    codes[:, [0, 3]] += corners[topics + 1]
    return codes, topics


def parting(directions, codes, topics):
    """Between-topic over within-topic variance, summed over the two directions."""
    points = codes @ directions
    kinds = sorted(set(topics[topics >= 0].tolist()))
    means = np.array([points[topics == kind].mean(axis=0) for kind in kinds])
    within = np.mean([points[topics == kind].var(axis=0) for kind in kinds], axis=0)
    return (means.var(axis=0) / within).sum()


def test_the_topic_plane_parts_topics_that_no_principal_plane_shows():
    codes, topics = grouped()
    is_fitted = np.arange(len(codes)) // 4 % 2 == 0
    plane = topic_plane(codes, topics, is_fitted)
    centred = codes - codes.mean(axis=0)
    directions = np.linalg.lstsq(centred, plane.points, rcond=None)[0]
    np.testing.assert_allclose(np.linalg.norm(directions, axis=0), 1.0)
    np.testing.assert_allclose(
        plane.shares, plane.points.var(axis=0) / centred.var(axis=0).sum()
    )
    found = parting(directions, codes, topics)
    others = [
        parting(np.linalg.qr(RNG.normal(size=(8, 2)))[0], codes, topics) for _ in range(200)
    ]
    assert found > 5 * max(others)
    assert nearest_topic_share(plane.points, topics, is_fitted) > 0.95
    principal = principal_plane(codes).points
    assert nearest_topic_share(principal, topics, is_fitted) < 0.6


def test_codes_that_were_not_fitted_have_no_say_in_the_plane():
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


def test_the_share_near_its_own_topic_by_hand():
    points = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0], [1.0, 1.0], [9.0, 9.0], [2.0, 0.0]])
    topics = np.array([0, 0, 1, 0, 1, 1])
    is_fitted = np.array([True, True, True, False, False, False])
    # The centres are (1, 0) and (10, 0): the last caption is nearer to the other one's.
    assert nearest_topic_share(points, topics, is_fitted) == pytest.approx(2 / 3)


def test_telling_words_are_those_with_company_of_their_own():
    scenes = {
        "tennis": ("racket", "court", "serve"),
        "kitchen": ("stove", "fridge", "sink"),
        "surfer": ("wave", "ocean", "board"),
    }
    captions = [
        f"a {size} {scene} with {thing} and {other}"
        for scene, things in scenes.items()
        for thing in things
        for other in things
        for size in ("red", "blue", "green", "old", "new")
    ]
    captions += [
        f"a {size} dog with {n} and more" for n in range(70) for size in ("red", "old")
    ]
    chosen = telling_words(captions, 3)
    for scene, things in scenes.items():  # the scene or one of its things, and one of each
        assert len({scene, *things} & set(chosen)) == 1
    assert telling_words(captions[::-1], 3) == chosen
    assert telling_words(captions[:10]) == []  # too few captions for any


def test_topics_by_hand():
    captions = ["a dog runs", "a cat and a dog", "a cat sits", "nothing", "cat cat"]
    assert topics_of(captions, ["cat", "dog"]).tolist() == [1, -1, 0, -1, 0]


def test_halves_hang_on_the_text_alone():
    captions = [f"caption {n}" for n in range(1000)]
    found = halves(captions)
    assert (halves(captions[::-1])[::-1] == found).all()
    assert 0.45 < found.mean() < 0.55
