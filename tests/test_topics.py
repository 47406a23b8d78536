import numpy as np
import pytest

from textvae.latent.topics import (
    distinctive_words,
    in_first_half,
    nearest_topic_share,
    topics_of,
)


def test_the_share_near_its_own_topic_by_hand():
    points = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0], [1.0, 1.0], [9.0, 9.0], [2.0, 0.0]])
    topics = np.array([0, 0, 1, 0, 1, 1])
    is_fitted = np.array([True, True, True, False, False, False])
    # The centres are (1, 0) and (10, 0): the last caption is nearer to the other one's.
    assert nearest_topic_share(points, topics, is_fitted) == pytest.approx(2 / 3)


def test_distinctive_words_are_those_that_stand_beside_few_others():
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
    chosen = distinctive_words(captions, 3)
    for scene, things in scenes.items():  # the scene or one of its things, and one of each
        assert len({scene, *things} & set(chosen)) == 1
    assert distinctive_words(captions[::-1], 3) == chosen
    assert distinctive_words(captions[:10]) == []  # too few captions for any


def test_topics_by_hand():
    captions = ["a dog runs", "a cat and a dog", "a cat sits", "nothing", "cat cat"]
    assert topics_of(captions, ["cat", "dog"]).tolist() == [1, -1, 0, -1, 0]


def test_the_half_depends_on_the_text_alone():
    captions = [f"caption {n}" for n in range(1000)]
    found = in_first_half(captions)
    assert (in_first_half(captions[::-1])[::-1] == found).all()
    assert 0.45 < found.mean() < 0.55
