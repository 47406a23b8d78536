import json
from pathlib import Path

import pytest

from textvae.config import renamed
from textvae.config.recipe import Recipe
from textvae.config.settings import TrainConfig
from textvae.errors import BadInput

ROOT = Path(__file__).resolve().parent.parent
# As an earlier version wrote it.
REPORT = {
    "recipe": {"name": "old", "train": {"code_noise": 0.25, "seed": 2}},
    "prior": {"passes": 10, "validation_nll": 31.5},
    "validation": {"nll": 2.0, "nll_spread": 0.1, "settings": {"draws": 3}},
    "samples": ["a dog"],
    "seen": {"captions": 9, "false_positive_rate": 1e-4},
}


def keys_of(value):
    """Every key in nested dictionaries and lists."""
    if isinstance(value, dict):
        return set(value) | {key for each in value.values() for key in keys_of(each)}
    return (
        {key for each in value for key in keys_of(each)} if isinstance(value, list) else set()
    )


def test_an_old_report_is_read_under_the_names_of_today():
    before = json.dumps(REPORT)
    assert renamed.rename_report(REPORT) == {
        "recipe": {"name": "old", "train": {"latent_noise": 0.25, "seed": 2}},
        "prior": {"epochs": 10, "validation_nll": 31.5},
        "validation": {"nll": 2.0, "nll_std": 0.1, "settings": {"draws": 3}},
        "samples": ["a dog"],
        "training_set_filter": {"captions": 9, "false_positive_rate": 1e-4},
    }
    assert json.dumps(REPORT) == before


def test_names_of_today_stay_and_win_over_former_ones():
    today = renamed.rename_report(REPORT)
    assert renamed.rename_report(today) == today
    assert renamed.rename_report({"seen": 1, "training_set_filter": 2}) == {
        "training_set_filter": 2
    }


@pytest.mark.parametrize(
    "odd", [None, 3, [], ["a"], {}, {"prior": [3], "recipe": "x", "seen": [1], "validation": 7}]
)
def test_what_is_no_report_is_left_to_its_reader(odd):
    found = renamed.rename_report(odd)
    assert type(found) is type(odd)
    assert renamed.rename_run(odd) == odd
    assert renamed.rename_sections(odd) == odd


def test_a_checkpoint_made_under_a_former_name_has_the_identity_of_its_run():
    def run(name):
        settings = {"init_from": None, "model": {"latent_dim": 8}, "train": {name: 0.25}}
        return {"epoch": 2, "identity": {"settings": settings, "captions": 5}}

    assert renamed.rename_run(run("code_noise")) == run("latent_noise")
    assert renamed.rename_run(run("latent_noise")) == run("latent_noise")


def test_a_recipe_with_a_former_name_is_the_same_recipe():
    old = {"name": "a", "train": {"code_noise": 0.25}}
    new = {"name": "a", "train": {"latent_noise": 0.25}}
    assert Recipe.from_dict(old, "a.json") == Recipe.from_dict(new, "a.json")
    assert Recipe.from_dict(new, "a.json").train.latent_noise == 0.25


def test_a_former_name_can_be_set_on_the_command_line():
    recipe = Recipe.from_dict({"name": "a", "train": {"latent_noise": 0.25}}, "a.json")
    assert recipe.with_settings(["train.code_noise=0.5"]).train.latent_noise == 0.5
    with pytest.raises(BadInput, match=r"train.latent_noise must be below 1.0, got 2.0"):
        recipe.with_settings(["train.code_noise=2"])


def test_both_names_of_one_setting_are_refused():
    raw = {"code_noise": 0.2, "latent_noise": 0.3}
    with pytest.raises(BadInput, match=r"both are given; remove train.code_noise"):
        TrainConfig.from_dict(raw)


def test_nothing_that_is_shipped_keeps_a_former_name_once_it_is_read():
    reports = sorted(ROOT.glob("weights/*/report.json"))
    assert reports
    former = {"code_noise", "seen", "passes"}
    for path in reports:
        keys = keys_of(renamed.rename_report(json.loads(path.read_text(encoding="utf-8"))))
        assert not keys & former, path
        assert not {key for key in keys if key.endswith("_spread")}, path
