"""The models of a page: what is on offer, loading, and the lock around each."""

import threading

import pytest
from fake_pipeline import LATENT_DIM, FakePipeline
from tiny import copy_of_weights, learned_vae

from textvae import loading
from textvae.errors import BadInput
from textvae.hub.cache import RepoCache
from textvae.saving import manifest
from textvae.saving.files import partial_of
from textvae.web import links
from textvae.web.models import WEIGHT_FILES, Models


def test_a_folder_can_be_the_default_model(tmp_path):
    with pytest.raises(BadInput, match="neither a shipped model \\(coco\\) nor a folder"):
        Models(str(tmp_path), shipped=["coco"])
    for name in WEIGHT_FILES:
        (tmp_path / name).touch()
    models = Models(str(tmp_path), shipped=["coco"])
    assert (models.default, models.names) == (str(tmp_path), [str(tmp_path), "coco"])


@pytest.mark.parametrize("prefix", ["", "hf://"])
def test_a_model_on_the_hub_can_be_the_default_model(prefix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    models = Models(f"{prefix}me/model@v1", shipped=["coco"])
    assert models.names == ["hf://me/model@v1", "coco"]
    with pytest.raises(BadInput, match="is named hf://owner/repo"):
        Models("hf://me", shipped=["coco"])


def test_the_default_model_comes_first():
    assert Models("elephant", shipped=["coco", "elephant", "article"]).names == [
        "elephant",
        "coco",
        "article",
    ]


def test_no_weights_at_all_says_what_to_do():
    with pytest.raises(BadInput, match="textvae train coco"):
        Models(shipped=[])


def test_a_model_that_fails_to_load_is_tried_again():
    answers = iter([BadInput("truncated"), FakePipeline("coco")])

    def load(name):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    models = Models(load=load, shipped=["coco"])
    with pytest.raises(BadInput, match="truncated"):
        models.load("coco")
    assert models.has_failed("coco")
    assert models.facts("coco") is None
    assert models.load("coco").latent_dim == LATENT_DIM
    assert not models.has_failed("coco")


def test_a_model_of_long_lines_begins_with_what_may_be_typed():
    vae = FakePipeline("lines")
    models = Models(load=lambda name: vae, shipped=["lines"])
    models.load("lines")
    vae.report = {"samples": ["a dog " * 100, "a cat\u3000on a bed", " "]}
    assert models.own_lines("lines") == ["a cat on a bed"]
    vae.report = {"samples": ["a dog " * 100, "月" * 500]}
    assert models.own_lines("lines") == [("a dog " * 67)[:-5], "月" * 400]


def test_a_cached_model_of_the_hub_begins_with_its_own_lines_before_it_is_loaded(
    tmp_path, monkeypatch
):
    (tmp_path / "report.json").write_text('{"samples": ["ein Hund"]}')
    monkeypatch.setattr(RepoCache, "find", lambda self, revision, name: tmp_path / name)
    model = "hf://me/model@v1"
    assert Models(model, shipped=[]).own_lines(model) == ["ein Hund"]


def test_a_model_is_warmed_up_when_it_is_loaded(monkeypatch):
    warmed = []
    fake = FakePipeline("coco")
    fake.warm_up = lambda: warmed.append("coco")
    monkeypatch.setattr(loading, "load_quietly", lambda name, device: fake)
    models = Models(shipped=["coco"])
    assert models.get("coco") is models.get("coco") is fake
    assert warmed == ["coco"]


def test_a_model_has_one_user_at_a_time_and_keeps_nobody_from_another():
    models, order = Models(load=FakePipeline, shipped=["coco", "elephant"]), []

    def wait_for_coco():
        with models.locked_model("coco"):
            order.append("second")

    with models.locked_model("coco"):
        second = threading.Thread(target=wait_for_coco)
        second.start()
        other = threading.Thread(target=models.load, args=("elephant",))
        other.start()
        other.join(10)
        assert models.facts("elephant") is not None
        assert models.get("coco").name == "coco"  # what needs no lock waits for none
        order.append("first")
    second.join(10)
    assert order == ["first", "second"]


def test_a_model_that_does_not_load_shows_no_folder(caplog):
    def load(name):
        raise BadInput("/srv/w/coco/model.safetensors differs; copy it")

    models = Models(load=load, shipped=["coco"])
    for _ in range(3):
        with pytest.raises(BadInput) as caught:
            models.get("coco")
        assert str(caught.value) == "model.safetensors differs; copy it"
    [said] = caplog.messages
    assert "/srv/w/coco/model.safetensors" in said


def test_a_folder_with_spaces_in_its_name_is_not_shown_either(tmp_path):
    folder = copy_of_weights(tmp_path / "my own")
    models = Models(str(folder), shipped=[])
    (folder / manifest.MODEL).write_bytes(b"")
    with pytest.raises(BadInput) as caught:
        models.get(str(folder))
    assert manifest.MODEL in str(caught.value)
    assert "own" not in str(caught.value)


def test_a_folder_that_a_kill_left_can_be_shown_and_started_from(tmp_path):
    folder = copy_of_weights(tmp_path)
    for name in manifest.read(folder / manifest.NAME):
        (folder / name).rename(partial_of(folder / name))
    assert loading.sizes_to_start_from(folder)["latent_dim"] == learned_vae().latent_dim
    assert Models(str(folder), shipped=[]).default == str(folder)


def test_an_unfinished_run_begins_with_lines_that_it_writes():
    vae = FakePipeline("lines")
    vae.report = {"history": [{"epoch": 1, "val_loss": 2.0}]}
    models = Models(load=lambda name: vae, shipped=["lines"])
    models.load("lines")
    own = models.own_lines("lines")
    assert own == vae.generate(20, seed=0)
    assert links.read({}, ["lines"], models.own_lines)["caption"] == own[0]
