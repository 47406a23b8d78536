import dataclasses
import json
from pathlib import Path

import pytest

from textvae.config.recipe import Recipe, find_recipe
from textvae.config.settings import SECTIONS, DataConfig, ModelConfig, TrainConfig
from textvae.errors import BadInput

RECIPES = sorted((Path(__file__).parent.parent / "recipes").glob("*.json"))


def write(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_under_recipes_loads_under_its_own_name(path):
    recipe = find_recipe(path.stem)
    assert recipe.name == path.stem
    assert recipe.about
    assert find_recipe(str(path)) == recipe
    wanted = json.loads(path.read_text())
    for section in SECTIONS:
        got = recipe.as_dict()[section]
        assert {key: got[key] for key in wanted.get(section, {})} == wanted.get(section, {})


def test_a_recipe_goes_through_json_unchanged():
    recipe = find_recipe("coco").with_settings(['data.captions=["a.json", "b.txt"]'])
    again = Recipe.from_dict(json.loads(json.dumps(recipe.as_dict())), "here")
    assert again == recipe
    assert again.data.captions == ("a.json", "b.txt")


def test_what_a_recipe_leaves_out_has_the_stated_default(tmp_path):
    recipe = find_recipe(write(tmp_path / "r.json", {"name": "short", "train": {"epochs": 3}}))
    assert recipe.train == TrainConfig(epochs=3)
    assert (recipe.data, recipe.model) == (DataConfig(), ModelConfig())
    assert recipe.init_from is None


@pytest.mark.parametrize(("assignment", "section", "key", "value"), [
    ("train.beta=0.5", "train", "beta", 0.5),
    ("train.beta=1", "train", "beta", 1.0),
    ("train.beta_schedule=cyclical", "train", "beta_schedule", "cyclical"),
    (' train.seed = 7 ', "train", "seed", 7),
    ("data.category=traffic light", "data", "category", "traffic light"),
    ("data.category=null", "data", "category", None),
    ("data.max_length=auto", "data", "max_length", None),
    ("data.keep_punctuation=true", "data", "keep_punctuation", True),
    ("data.embeddings=a=b.txt", "data", "embeddings", "a=b.txt"),
    ('data.captions=["x.txt"]', "data", "captions", ("x.txt",)),
])  # fmt: skip
def test_a_setting_on_the_command_line_changes_itself_alone(assignment, section, key, value):
    before = find_recipe("elephant")
    after = before.with_settings([assignment])
    changed = getattr(after, section)
    assert getattr(changed, key) == value
    assert type(getattr(changed, key)) is type(value)
    back = dataclasses.replace(changed, **{key: getattr(getattr(before, section), key)})
    assert dataclasses.replace(after, **{section: back}) == before


def test_later_settings_win():
    recipe = find_recipe("coco").with_settings(["train.seed=1", "train.seed=2"])
    assert recipe.train.seed == 2


@pytest.mark.parametrize(("assignment", "message"), [
    ("model.latent_dim=-1", "model.latent_dim must be at least 0, got -1"),
    ("model.hidden_dim=0", "model.hidden_dim must be at least 1, got 0"),
    ("model.latent_dim=9999", "model.latent_dim must be at most 4096, got 9999"),
    ("model.latent_dim=2.5", "model.latent_dim must be a whole number, got 2.5"),
    ("model.latent_dim=true", "model.latent_dim must be a whole number, got True"),
    ("model.latent_dim=many", "model.latent_dim must be a whole number, got 'many'"),
    ("model.latent=3", "unknown key model.latent; model has .*latent_dim"),
    ("train.word_dropout=1", "train.word_dropout must be below 1.0, got 1.0"),
    ("train.learning_rate=0", "train.learning_rate must be above 0.0, got 0.0"),
    ("train.learning_rate=NaN", "train.learning_rate must be a number, got nan"),
    ("train.beta=Infinity", "train.beta must be a number, got inf"),
    ("train.beta=1" + "0" * 400, "train.beta must be a number, got 10"),
    ("train.beta=-1", "train.beta must be at least 0.0, got -1.0"),
    ("train.seed=-1", "train.seed must be at least 0, got -1"),
    ("train.beta_schedule=sine", "must be one of constant, linear, cyclical, got 'sine'"),
    ("data.captions=x.txt", "data.captions must be a list of strings, got 'x.txt'"),
    ("data.captions=[1]", r"data.captions must be a list of strings, got \[1\]"),
    ("data.validation=3", "data.validation must be a string or null, got 3"),
    ("data.keep_punctuation=1", "must be true or false, got 1"),
    ("trein.beta=1", "a section of data, model, train, prior, got 'trein.beta=1'"),
    ("train.beta", "takes section.key=value .* got 'train.beta'"),
    ("beta=1", "takes section.key=value .* got 'beta=1'"),
    ("train.=1", "takes section.key=value .* got 'train.=1'"),
])  # fmt: skip
def test_a_bad_setting_is_named_with_what_came_in(assignment, message):
    with pytest.raises(BadInput, match=message):
        find_recipe("coco").with_settings([assignment])


@pytest.mark.parametrize(("content", "message"), [
    ({"name": "x", "modle": {}}, "unknown key modle; a recipe has .*model"),
    ({"name": "x", "model": {"latent": 3}}, "unknown key model.latent"),
    ({"name": "x", "model": 3}, "model must be an object of settings, got 3"),
    ({"name": "x", "model": None}, "model must be an object of settings, got None"),
    ({"name": "x", "init_from": 3}, "init_from must be a string, got 3"),
    ({"name": ""}, "a name of 1 to 100 characters that can be printed, got ''"),
    ({"name": "mes\u00a0recettes"}, "a name of 1 to 100 characters"),
    ({"name": "x" * 101}, "a name of 1 to 100 characters"),
    ({"model": {}}, "is not a recipe: it needs a name"),
    ({"name": 3}, "is not a recipe"),
    ([], "is not a recipe"),
    ("{'name': 1}", "is not valid JSON.*line 1 column 2"),
    ("", "is empty"),
])  # fmt: skip
def test_a_bad_recipe_file_is_named_with_its_fault(tmp_path, content, message):
    with pytest.raises(BadInput, match=message):
        find_recipe(write(tmp_path / "r.json", content))


def test_an_unknown_recipe_is_refused_with_the_known_ones():
    with pytest.raises(
        BadInput,
        match="no recipe 'coc': choose one of article, coco, coco-base, coco-late, coco-middle",
    ):
        find_recipe("coc")
    with pytest.raises(BadInput, match="no recipe 'none.json'"):
        find_recipe("none.json")


def test_the_recipe_of_the_prior_has_the_settings_of_its_own_section():
    recipe = find_recipe("coco").with_settings(
        ["prior.latent_dim=7", "prior.hidden_dim=9", "prior.epochs=3", "prior.beta=0.3",
         "prior.free_bits=0.1", "prior.own_share=0.2", "prior.word_noise=0.15",
         "prior.word_dropout=0.05", "prior.dropout=0.4", "prior.batch_size=11",
         "prior.learning_rate=0.002", "prior.patience=5", "train.seed=8", "train.beta=0.9"]
    )  # fmt: skip
    prior = recipe.for_prior()
    assert (prior.model.latent_dim, prior.model.hidden_dim) == (7, 9)
    assert prior.model.embed_dim == recipe.model.embed_dim
    for name in ("epochs", "beta", "free_bits", "own_share", "word_noise", "word_dropout"):
        assert getattr(prior.train, name) == getattr(recipe.prior, name), name
    for name in ("dropout", "batch_size", "learning_rate", "patience"):
        assert getattr(prior.train, name) == getattr(recipe.prior, name), name
    assert (prior.train.seed, prior.train.pairs, prior.train.beta_schedule) == (
        8,
        True,
        "constant",
    )
    assert prior.train.min_active_units == 0  # a run does not fail of it
    alone = recipe.with_settings(["prior.latent_dim=0"]).for_prior()
    assert alone.model.is_language_model
    assert not alone.train.pairs


# Settings by the number of captions ---------------------------------------------------------

ROWS = [
    {"up_to": 60, "train.epochs": 7, "model.latent_dim": 4},
    {"up_to": 90, "train.epochs": 5},
]


def with_rows(rows=ROWS, **more):
    return Recipe.from_dict({"name": "mine", "by_size": rows, **more}, "here")


def test_the_first_row_that_holds_gives_the_settings_for_few_captions():
    recipe = with_rows(train={"epochs": 3})
    assert [recipe.for_size(n).train.epochs for n in (1, 60, 61, 90, 91)] == [7, 7, 5, 5, 3]
    assert recipe.for_size(60).model.latent_dim == 4
    assert recipe.for_size(60).by_size == ()
    assert recipe.train.epochs == 3
    assert Recipe.from_dict(recipe.as_dict(), "here") == recipe


def test_what_is_set_holds_for_any_number_of_captions():
    recipe = with_rows().with_settings(["train.epochs=2", "train.code_noise=0.1"])
    assert recipe.for_size(60).train.epochs == 2
    assert recipe.for_size(60).model.latent_dim == 4


def test_a_run_from_trained_weights_takes_epochs_alone():
    rows = [{**ROWS[0], "train.batch_size": 9, "train.beta_epochs": 20.0, "prior.epochs": 4}]
    recipe = with_rows(rows, init_from="coco").for_size(60)
    assert (recipe.train.epochs, recipe.train.batch_size, recipe.prior.epochs) == (7, 9, 4)
    assert recipe.model.latent_dim == ModelConfig().latent_dim
    assert recipe.train.beta_epochs == TrainConfig().beta_epochs  # the network is no new one


@pytest.mark.parametrize(("rows", "complaint"), [
    ({"up_to": 5}, "by_size must be a list of settings such as"),
    ([{"train.epochs": 5}], "by_size must be a list"),
    ([{"up_to": 5}, {"up_to": 5}], "from fewer captions to more"),
    ([{"up_to": 5, "train.epoch": 5}], "unknown key train.epoch"),
    ([{"up_to": 5, "train.epochs": -1}], "train.epochs must be at least 0"),
])  # fmt: skip
def test_rows_of_another_form_are_refused(rows, complaint):
    with pytest.raises(BadInput, match=complaint):
        with_rows(rows)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_no_recipe_says_what_licence_or_language_somebodys_lines_have(path):
    data = find_recipe(path.stem).data
    assert (data.license, data.language) == (None, ())
