"""What the page and the endpoints ask of the models."""

import math
import re
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from fake_pipeline import LATENT_DIM, SCENES, FakePipeline
from tiny import count_cleaned_and_encoded, learned_vae, random_vae

from textvae.errors import BadInput
from textvae.web import maps
from textvae.web.endpoints import checks
from textvae.web.own_sentence import surroundings
from textvae.web.rendering.reconstruct import reconstructed
from textvae.web.service import NUM_REMEMBERED, Service, card_of


@pytest.fixture
def fake():
    return FakePipeline("coco")


@pytest.fixture
def service(fake):
    return Service(load=lambda name: fake, shipped=["coco", "elephant"])


def test_nothing_is_loaded_until_it_is_asked_for():
    loaded = []
    service = Service(
        load=lambda name: loaded.append(name) or FakePipeline(name), shipped=["a"]
    )
    assert service.models.facts("a") is None
    assert not loaded
    service.generate("a")
    service.generate("a", seed=1)
    assert loaded == ["a"]


def test_a_result_asked_for_twice_is_made_once(service, fake):
    assert service.generate("coco", seed=3) is service.generate("coco", seed=3)
    assert fake.calls == ["decode"]


def test_the_newest_results_are_remembered_however_many_there_are(service, fake):
    for seed in range(NUM_REMEMBERED + 3):
        service.generate("coco", 1, seed=seed)
    calls = len(fake.calls)
    service.generate("coco", 1, seed=NUM_REMEMBERED + 2)
    assert len(fake.calls) == calls
    service.generate("coco", 1, seed=0)
    assert len(fake.calls) == calls + 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_captions": 0}, "num_captions must be a whole number from 1 to 20; got 0."),
        ({"num_captions": 21}, "num_captions must be a whole number"),
        ({"num_captions": 2.5}, "got 2.5"),
        ({"num_captions": True}, "got True"),
        ({"seed": None}, "Seed must be a whole number from 0 to 2147483647; got nothing."),
        ({"seed": math.nan}, "got nan"),
        ({"seed": math.inf}, "got inf"),
        ({"seed": -1}, "got -1"),
        ({"seed": "7"}, "got 7"),
        ({"temperature": math.nan}, "temperature must be a number from 0 to 2; got nan."),
        ({"temperature": 2.1}, "got 2.1"),
        ({"top_p": 0}, "top_p must be a number from 0.01 to 1; got 0."),
        ({"prior": "uniform"}, "must be one of scene, standard; got uniform."),
    ],
)
def test_a_bad_setting_is_named_and_never_reaches_the_model(service, fake, arguments, sentence):
    with pytest.raises(BadInput, match=re.escape(sentence)):
        service.generate("coco", **arguments)
    assert not fake.calls


@pytest.mark.parametrize(
    ("caption", "sentence"),
    [
        ("", "Type a line in the language of the model first"),
        ("  \n\t ", "Type a line in the language of the model first"),
        ("a" * 401, "401 characters long; the limit is 400"),
        ("?!... 123", f"knows none of the words .* the model, such as “{SCENES[0]}”"),
        ("海滩上的一只狗", "knows none of the words in “海滩上的一只狗”"),
        ("zqx vbn", "knows none of the words"),
        (None, "must be text; got nothing"),
        (["a dog"], "must be text"),
    ],
)
def test_a_bad_caption_gets_a_sentence_and_is_not_reconstructed(
    service, fake, caption, sentence
):
    with pytest.raises(BadInput, match=sentence):
        service.reconstruct("coco", caption)
    with pytest.raises(BadInput, match=f"^To: .*{sentence}"):
        service.interpolate("coco", "a dog", caption)
    assert not fake.calls


def test_an_unknown_model_is_refused_with_the_known_ones(service):
    with pytest.raises(BadInput, match="no model named “dog”. Choose one of coco, elephant"):
        service.generate("dog")


@pytest.fixture
def counted(monkeypatch):
    """A service around a real model, and what of it is cleaned and encoded, call by call."""
    vae = learned_vae()
    cleaned, encoded = count_cleaned_and_encoded(vae, monkeypatch)
    return Service(load=lambda name: vae, shipped=["tiny"]), cleaned, encoded


def test_a_caption_is_cleaned_and_encoded_once_to_be_read_back(counted):
    service, cleaned, encoded = counted
    vae, text = service.models.get("tiny"), "A small dog, on the beach!"
    made = service.reconstruct("tiny", text)
    assert (cleaned, encoded) == ([text], [1])
    assert made.prepared.cleaned == "a small dog on the beach"
    assert made.caption == vae.reconstruct(text)
    assert list(made.draws) == vae.reconstruct_draws(text, 3, seed=0)
    np.testing.assert_allclose(made.posterior.mu, vae.encode(text), atol=1e-6)


def test_the_first_tab_encodes_a_caption_once_in_each_network(monkeypatch):
    vae, text = random_vae(), "a small dog"
    service = Service(load=lambda name: vae, shipped=["tiny"])
    _, words = count_cleaned_and_encoded(vae, monkeypatch)
    _, scenes = count_cleaned_and_encoded(vae.scene, monkeypatch)
    service.reconstruct("tiny", text)
    found = surroundings(service, "tiny", text, 0.7, 0)
    assert (words, scenes) == ([1], [1])
    assert list(found.wordings) == vae.rephrase(text, 5, temperature=0.7, seed=0)


def test_both_ends_of_a_path_are_cleaned_and_encoded_once(counted):
    service, cleaned, encoded = counted
    vae, ends = service.models.get("tiny"), ("A small dog runs", "a cat sits!")
    path = service.interpolate("tiny", *ends, 4, "spherical")
    assert maps.of(service).on_map(path) is None  # there is no map, and nothing is encoded
    assert (cleaned, len(encoded)) == (list(ends), 1)
    fine = vae.interpolate(*ends, len(path.fine), path="spherical")
    fine[:: path.stride] = vae.interpolate(*ends, 4, path="spherical")
    assert list(path.fine) == fine


def test_codes_of_captions_are_those_of_the_pipeline(counted):
    service, cleaned, encoded = counted
    texts = ["A small dog runs", "a cat sits!"]
    codes = service.encode("tiny", texts)
    assert (cleaned, len(encoded)) == (texts, 1)
    np.testing.assert_allclose(codes, service.models.get("tiny").encode(texts), atol=1e-6)


def test_nobody_waits_while_the_spelling_of_an_unknown_word_is_looked_up(monkeypatch):
    vae, asked, answered = learned_vae(), threading.Event(), threading.Event()

    def nearest(word):
        asked.set()
        assert answered.wait(20)
        return ("zebra",)

    monkeypatch.setattr(vae.tokenizer, "nearest", nearest)
    service = Service(load=lambda name: vae, shipped=["tiny"])
    shown = []

    def visit():
        made = service.reconstruct("tiny", "a zebr runs")
        shown.append(reconstructed(made, surroundings(service, "tiny", "a zebr runs", 0.7, 0)))

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert asked.wait(20)
    service.generate("tiny", 1)
    answered.set()
    visitor.join(20)
    assert "zebra" in shown[0]


@pytest.mark.parametrize("steps", range(3, 16))
def test_the_rows_of_a_path_are_points_of_its_slider(service, fake, steps):
    first, last = "a dog on a beach", "a red bus on a street"
    path = service.interpolate("coco", first, last, steps)
    assert len(path.captions) == steps
    assert (path.captions[0], path.captions[-1]) == (first, last)
    assert len(path.fine) >= 48
    assert path.captions == path.fine[:: path.stride]


def test_encode_and_decode_check_their_lists(service):
    codes = service.encode("coco", ["a dog on a beach", "a cat on a bed"])
    assert np.shape(codes) == (2, LATENT_DIM)
    assert len(service.decode("coco", codes)) == 2
    for bad in ([], "a dog", [0.0], [[0.0]], [[math.nan] * LATENT_DIM], [["x"] * LATENT_DIM]):
        with pytest.raises(BadInput):
            service.decode("coco", bad)
    with pytest.raises(BadInput, match="list of 1 to 256 captions; got 257"):
        service.encode("coco", ["a dog"] * 257)
    with pytest.raises(BadInput, match=r"captions\[1\]: Type a line"):
        service.encode("coco", ["a dog", " "])
    with pytest.raises(BadInput, match=r"captions\[1\]: .*zqx"):
        service.encode("coco", ["a dog", "zqx"])


def test_words_are_measured_only_when_asked_for_and_for_the_same_captions(service, fake):
    plain = service.generate("coco", 3, seed=5)
    assert (plain.probabilities, fake.calls) == (None, ["decode"])
    sure = service.generate("coco", 3, seed=5, with_words=True)
    assert (sure.captions, fake.calls) == (plain.captions, ["decode", "words"])
    assert [len(row) for row in sure.probabilities] == [len(c.split()) for c in plain.captions]


def test_the_page_gives_the_captions_of_the_command():
    vae = random_vae()
    service = Service(load=lambda name: vae, shipped=["tiny"])
    for prior in ("scene", "standard"):
        made = service.generate("tiny", 4, 0.8, 0.9, prior, 3)
        expected = vae.generate(4, temperature=0.8, top_p=0.9, seed=3, prior=prior)
        assert list(made.captions) == expected


def test_a_card_loses_what_is_for_the_hub_and_may_be_missing(service, caplog):
    assert service.about("coco").card == "# coco\n\nA card with **bold** words."
    broken = SimpleNamespace(name="x", card=lambda: 1 / 0)
    assert card_of(broken) == ""
    assert "no model card of x" in caplog.text


def test_a_prior_that_the_model_lacks_is_refused_when_the_call_arrives():
    lacking = Service(load=lambda name: FakePipeline(name, has_prior=False), shipped=["coco"])
    check = checks(lacking)["generate"]
    check(1, 0.5, 1.0, 0, "standard", False, "")
    with pytest.raises(BadInput, match="“coco” has no scenes"):
        check(1, 0.5, 1.0, 0, "scene", False, "")


def test_the_line_that_a_message_gives_can_be_typed(service, fake):
    fake.example = "a dog on a beach " * 60
    with pytest.raises(BadInput) as refused:
        service.reconstruct("coco", "zqx")
    example = re.search("such as “(.+)”", str(refused.value))[1]
    assert example.startswith("a dog on a beach")
    assert len(example) <= 100
