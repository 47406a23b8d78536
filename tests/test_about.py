"""The About tab, from reports of any shape."""

import dataclasses
import html
import json
import math
import re

import pytest
from fake_pipeline import REPORTS, FakePipeline

from textvae.errors import BadInput
from textvae.metrics.definitions import DEFINITIONS
from textvae.metrics.training_history import PANELS
from textvae.web.i18n import english
from textvae.web.rendering.about import explained, limits, trained
from textvae.web.rendering.header import model_name
from textvae.web.rendering.plots import curves
from textvae.web.service import Service

HOSTILE = """<img src=x onerror=alert(1)> ${1+1} {{value}} ` " '"""


def about_of(report, name="coco"):
    vae = FakePipeline(name)
    vae.report = report
    return Service(load=lambda _: vae, shipped=[name]).about(name)


def everything(about):
    return explained(about) + trained(about.report) + limits(about)


def test_the_metrics_of_a_report_are_shown_with_their_definitions():
    shown = html.unescape(everything(about_of(REPORTS["coco"])))
    label = english.ABOUT_LABELS["reconstruction_exact"]
    assert f"<b>70%</b><span>{label}</span>" in shown
    assert "<b>32 of 32</b>" in shown
    assert f"<td>4.225 ± 0.0072</td><td>{DEFINITIONS['nll']}</td>" in shown
    assert '<th scope="row">samples.scene.unique</th><td>0.99</td>' in shown
    assert "(epochs: 13)" in shown
    assert "MS COCO" in shown
    assert "mistakes about 1 in 10,000 other" in shown
    ids = re.findall(r'aria-describedby="([^"]+)"', shown)
    assert ids
    assert all(f'role="tooltip" id="{one}"' in shown for one in ids)


def test_the_minutes_of_training_are_those_of_all_stages_where_they_are_known():
    report = {"seconds": 600, "prior": {"seconds": 300}, "recipe": {"init_from": "coco-late"}}
    minutes = f"<dt>{english.ABOUT_FACTS['minutes']}</dt><dd>%s</dd>"
    last, counted = english.ABOUT_FROM, english.ABOUT_FROM_COUNTED
    for more, number, said in (({}, 15, last), ({"total_seconds": 6000}, 100, counted)):
        shown = html.unescape(everything(about_of({**report, **more})))
        assert minutes % number in shown
        assert said.format(source="coco-late") in shown


@pytest.mark.parametrize(
    "report",
    [
        {},
        REPORTS["elephant"],
        {"history": [], "validation": {}, "recipe": {}},
        {
            "history": {"a": 1},
            "validation": [3],
            "recipe": "x",
            "data": 7,
            "training_set_filter": [1],
        },
        {"history": [3, {"epoch": "1"}, {"epoch": 1}], "validation": {"nll": None}},
        {"history": [{"epoch": 1, "val_nll": math.nan, "val_kl": True}], "seconds": "long"},
        {"recipe": {"data": {"captions": [3], "category": 5}, "init_from": 7}},
        {"recipe": {"data": "x", "init_from": HOSTILE}, "finished": HOSTILE},
        {"validation": {"num_captions": "x", "samples": {"scene": {"nll": {"kl": []}}}}},
    ],
)
def test_a_report_that_lacks_parts_or_lies_is_shown_as_far_as_it_goes(report):
    about = about_of(report)
    shown = everything(about)
    assert english.ABOUT_WHAT in shown
    assert english.LIMITS_OTHER[0] in html.unescape(shown)
    assert "<img" not in shown
    assert "None" not in shown
    json.loads(curves(report, PANELS))


def test_a_model_of_other_words_is_explained_by_a_caption_of_its_own():
    vae = FakePipeline("coco")
    prepare = vae.prepare
    vae.prepare = preparing_only(prepare, "surfboard")
    service = Service(load=lambda _: vae, shipped=["coco"])
    service.warm_up("coco", ("a cat", "a dog"))  # which it does not know
    assert service.about("coco").example.typed == vae.generate(1)[0]
    of_lines = about_of(REPORTS["lines"], "lines")  # which would take ours letter by letter
    assert of_lines.example.typed == REPORTS["lines"]["samples"][0]
    vae.prepare = preparing_only(prepare, "zebra")
    silent = Service(load=lambda _: vae, shipped=["coco"]).about("coco")
    assert silent.example is None
    assert english.ABOUT_WHAT in explained(silent)


def preparing_only(prepare, word):
    def refuse(caption):
        if word not in caption:
            raise BadInput("unknown")
        return prepare(caption)

    return refuse


def test_the_curves_have_the_values_of_the_history():
    figure = json.loads(curves(REPORTS["coco"], PANELS))
    training, validation = (
        next(trace for trace in figure["data"] if (trace["name"], trace["yaxis"]) == one)
        for one in (("training", "y1"), ("validation", "y2"))
    )
    assert training["y"] == [53.0 / epoch for epoch in range(1, 14)]
    assert (validation["x"], validation["y"][-1]) == (list(range(1, 14)), 2.0)


def test_only_an_axis_on_which_small_changes_mean_little_begins_at_zero():
    layout = json.loads(curves(REPORTS["coco"], PANELS))["layout"]
    at_zero = [layout[f"yaxis{row}"]["rangemode"] == "tozero" for row in (1, 2, 3, 4)]
    assert at_zero == [panel.metric == "active_units" for panel in PANELS]


def test_weights_of_coco_have_the_licence_that_their_author_chose():
    chosen = {**REPORTS["coco"], "license": "cc-by-nc-4.0"}
    shown = html.unescape(limits(about_of(chosen)))
    assert "The licence of the weights: cc-by-nc-4.0." in shown
    unknown = html.unescape(limits(about_of(REPORTS["coco"])))
    assert english.WEIGHTS_OTHER in unknown
    assert "captions and are under the MIT" not in shown + unknown


def test_a_model_of_pieces_is_not_said_to_have_unknown_words():
    about = about_of(REPORTS["coco"])
    shown = html.unescape(limits(about))
    assert english.LIMITS[0] in shown
    assert english.LIMITS_COCO[0] in shown
    shown = html.unescape(limits(dataclasses.replace(about, is_of_pieces=True)))
    assert english.LIMITS[0] not in shown
    assert english.LIMITS_COCO[0] not in shown


def test_only_what_was_kept_apart_is_said_to_be_in_one_set():
    grouped = {**REPORTS["lines"], "data": {**REPORTS["lines"]["data"], "has_groups": True}}
    for report, apart in (
        (REPORTS["coco"], "no image is in both"),
        (grouped, "no group of lines is in both"),
        (REPORTS["lines"], "no line is in both"),
    ):
        assert f"validation; {apart} sets." in html.unescape(limits(about_of(report)))


def test_a_model_of_ones_own_in_a_folder_named_like_ours_keeps_its_own_name():
    shown = html.unescape(explained(about_of(REPORTS["lines"], "runs/poems")))
    assert english.ABOUT_MODEL.format(model="poems") in shown
    assert english.MODELS["poems"] not in shown


def test_lines_of_a_dataset_are_not_called_the_authors_own():
    data = {"captions": ["hf://datasets/me/pets/train.csv"], "license": "mit"}
    shown = html.unescape(limits(about_of({"recipe": {"data": data}}, "lines")))
    assert "the lines of hf://datasets/me/pets/train.csv" in shown
    assert "own lines" not in shown
    assert english.WEIGHTS_LICENSED.format(license="mit") in shown


def test_weights_of_the_last_epoch_are_not_said_to_have_been_selected():
    selected = "select the best epoch"
    assert selected in explained(about_of(REPORTS["coco"]))
    recipe = {**REPORTS["coco"].get("recipe", {}), "train": {"keep": "last"}}
    assert selected not in explained(about_of({**REPORTS["coco"], "recipe": recipe}))


def test_the_folder_that_one_stands_in_has_its_name(tmp_path, monkeypatch):
    (tmp_path / "letters" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "letters")
    assert [model_name(each) for each in (".", "./", "inner/..")] == ["letters"] * 3
    kept = [model_name(each) for each in ("runs/poems/", "hf://me/pets@v1")]
    assert kept == ["poems", "pets@v1"]
    monkeypatch.chdir("inner")
    assert model_name("..") == "letters"
