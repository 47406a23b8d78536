"""The card of a Space, read back by the Hub's own reader."""

from huggingface_hub import ModelCard

from textvae.saving.space_card import MAX_DESCRIPTION, space_card


def test_a_space_card_pins_the_model_and_fetches_it_while_building():
    data = ModelCard(
        space_card("me/coco", "a" * 40, sdk_version="6.31.0", is_private=False)
    ).data.to_dict()
    assert (data["sdk"], data["sdk_version"], data["app_file"]) == (
        "gradio",
        "6.31.0",
        "app.py",
    )
    assert data["models"] == ["me/coco"]
    [preload] = data["preload_from_hub"]
    repo, files, commit = preload.split(" ")
    assert (repo, commit) == ("me/coco", "a" * 40)
    wanted = {
        "manifest.json",
        "config.json",
        "vocabulary.txt",
        "model.safetensors",
        "report.json",
    }
    assert set(files.split(",")) == wanted
    assert len(data["short_description"]) <= MAX_DESCRIPTION


def test_a_space_fetches_the_optional_parts_that_the_model_has():
    options = {"sdk_version": "6.31.0", "is_private": False, "parts": ["seen.safetensors"]}
    card = space_card("me/coco", "a" * 40, **options)
    [preload] = ModelCard(card).data.to_dict()["preload_from_hub"]
    assert preload.split(" ")[1].split(",")[-1] == "seen.safetensors"


def test_a_private_space_is_not_built_with_a_model_that_the_build_cannot_read():
    card = space_card("me/coco", "a" * 40, sdk_version="6.31.0", is_private=True)
    assert "preload_from_hub" not in ModelCard(card).data.to_dict()
    assert "HF_TOKEN" in card
