import json

import pytest
from runs import recipe_with

from textvae.config.portable import portable_command, portable_recipe, without_folders


@pytest.mark.parametrize(("given", "kept"), [
    ("/home/me/x.json", "x.json"),
    ("--output=/home/me/runs/a", "--output=a"),
    ('data.captions=["/home/me/a.json","b c/d.txt"]', 'data.captions=["a.json","d.txt"]'),
    ("runs/a/", "a/"),
    ("hf://owner/repo", "hf://owner/repo"),
    ("train.beta=0.5", "train.beta=0.5"),
])  # fmt: skip
def test_of_a_path_only_the_last_part_is_kept(given, kept):
    assert without_folders(given) == kept
    assert portable_command(["train", given]).startswith("textvae train ")
    assert "/home" not in portable_command(["train", given])


def test_no_part_of_a_recipe_names_a_folder():
    recipe = recipe_with(
        data={
            "captions": ["/home/me/x.json", "/home/me/y.json"],
            "instances": ["/home/me/i.json"],
            "validation": "/home/me/v.json",
            "embeddings": "/home/me/g.txt",
        }
    ).as_dict()
    portable = portable_recipe({**recipe, "init_from": "/home/me/coco"})
    assert "/home" not in json.dumps(portable)
    assert portable["data"]["captions"] == ["x.json", "y.json"]
    assert portable["init_from"] == "coco"
    assert portable["train"] == recipe["train"]


def test_a_name_that_is_not_utf_8_can_be_written_into_a_report():
    name = b"/home/me/caf\xe9.txt".decode(errors="surrogateescape")
    recipe = recipe_with(data={"captions": [name]}).as_dict()
    found = [portable_command(["train", "--captions", name]), portable_recipe(recipe)]
    assert "caf\ufffd.txt" in json.dumps(found, ensure_ascii=False).encode().decode()
