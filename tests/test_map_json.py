"""A map as the browser takes it."""

import dataclasses
import json

import numpy as np
from fake_pipeline import fake_map

from textvae.latent.latent_map import LatentMap
from textvae.latent.scene_kinds import KINDS
from textvae.web import map_json
from textvae.web.i18n import english


def test_labels_and_words_keep_their_names_though_kinds_of_scene_are_spelled_so():
    found = fake_map()
    labels = dataclasses.replace(found, names=("family", "land", "other", "pets", "x"))
    labels = dataclasses.replace(labels, has_labels=True)
    read = LatentMap.from_arrays(*labels.arrays(), labels.codes.shape[1], "m")
    sent = map_json.as_json(read)["kinds"]
    assert [kind["name"] for kind in sent] == ["family", "land", "other", "pets", "x"]
    assert [kind["colour"] for kind in sent] == [0, 1, 2, 3, 4]
    assert not any(kind["other"] for kind in sent)
    words = dataclasses.replace(found, names=("family", "land", "tea", "x", "other"))
    sent = map_json.as_json(words)["kinds"]
    assert [kind["name"] for kind in sent] == ["family", "land", "tea", "x", "Other"]
    assert [kind["other"] for kind in sent] == [False] * 4 + [True]


def test_what_the_browser_gets_is_the_map_without_its_codes():
    latent_map = fake_map()
    sent = json.loads(json.dumps(map_json.as_json(latent_map)))
    assert tuple(sent["captions"]) == latent_map.captions
    np.testing.assert_allclose(
        np.column_stack([sent["x"], sent["y"]]), latent_map.points, atol=6e-4
    )
    assert all(value == round(value, 3) for value in sent["x"])  # as a place in a link
    names = [sent["kinds"][kind]["name"] for kind in sent["kind"]]
    assert names[0] == english.KINDS["pets"]
    assert sent["kinds"][sent["kind"][0]]["colour"] == list(KINDS).index("pets")
    assert sent["kinds"][-1] == {"name": "Other", "colour": len(KINDS), "other": True}
    share, trust = latent_map.kept.neighbours, latent_map.kept.trustworthiness
    assert f"about {10 * share:.0f} are among the 10 nearest" in sent["kept"]
    assert f"{trust:.2f}" in sent["kept"]
    assert 0 <= sent["start"] < len(latent_map.captions)
