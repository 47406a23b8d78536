import gc
import html
import json
import math
import re
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest
from apart import run_apart
from fake_pipeline import LATENT_DIM, REPORTS, SCENES, TRAINED, FakePipeline
from starlette.exceptions import HTTPException
from starlette.requests import Request
from tiny import random_vae

from textvae import loading
from textvae.errors import BadInput
from textvae.metrics.definitions import DEFINITIONS
from textvae.web import about, links, render, words
from textvae.web.i18n import chinese, english
from textvae.web.i18n.language import preferred_language, use_language
from textvae.web.page import build_demo
from textvae.web.plots import curves, posterior
from textvae.web.requests import unavailable
from textvae.web.send import Boxes, send
from textvae.web.server import serve
from textvae.web.service import WEIGHT_FILES, Service, card_of
from textvae.web.settings import Settings, read_settings
from textvae.web.widgets import guarded

HOSTILE = """<img src=x onerror=alert(1)> ${1+1} {{value}} ` " '"""


@pytest.fixture
def fake():
    return FakePipeline("coco")


@pytest.fixture
def service(fake):
    return Service(load=lambda name: fake, shipped=["coco", "elephant"])


# The service


def test_nothing_is_loaded_until_it_is_asked_for():
    loaded = []
    service = Service(
        load=lambda name: loaded.append(name) or FakePipeline(name), shipped=["a"]
    )
    assert service.facts("a") is None
    assert not loaded
    service.generate("a")
    service.generate("a", seed=1)
    assert loaded == ["a"]


def test_a_result_asked_for_twice_is_made_once(service, fake):
    assert service.generate("coco", seed=3) is service.generate("coco", seed=3)
    assert fake.calls == ["decode"]


def test_a_model_that_fails_to_load_is_tried_again():
    answers = iter([BadInput("truncated"), FakePipeline("coco")])

    def load(name):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    service = Service(load=load, shipped=["coco"])
    with pytest.raises(BadInput, match="truncated"):
        service.load("coco")
    assert service.has_failed("coco")
    assert service.load("coco").latent_dim == LATENT_DIM
    assert not service.has_failed("coco")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"num_captions": 0}, "Captions must be a whole number from 1 to 20, not 0."),
        ({"num_captions": 21}, "Captions must be a whole number"),
        ({"num_captions": 2.5}, "not 2.5"),
        ({"num_captions": True}, "not True"),
        ({"seed": None}, "Seed must be a whole number from 0 to 2147483647, not nothing."),
        ({"seed": math.nan}, "not nan"),
        ({"seed": math.inf}, "not inf"),
        ({"seed": -1}, "not -1"),
        ({"seed": "7"}, "not 7"),
        ({"temperature": math.nan}, "Temperature must be a number from 0 to 2, not nan."),
        ({"temperature": 2.1}, "not 2.1"),
        ({"top_p": 0}, "Top-p must be a number from 0.01 to 1, not 0."),
        ({"prior": "uniform"}, "must be one of fitted, standard, not uniform."),
    ],
)
def test_a_bad_setting_is_named_and_never_reaches_the_model(service, fake, arguments, sentence):
    with pytest.raises(BadInput, match=re.escape(sentence)):
        service.generate("coco", **arguments)
    assert not fake.calls


@pytest.mark.parametrize(
    ("caption", "sentence"),
    [
        ("", "Type a caption first"),
        ("  \n\t ", "Type a caption first"),
        ("a" * 401, "401 characters long; at most 400"),
        ("?!... 123", "no word in English letters"),
        ("海滩上的一只狗", "no word in English letters"),
        ("zqx vbn", "knows none of the words"),
        (None, "must be text, not nothing"),
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
    with pytest.raises(BadInput, match="list of 1 to 256 captions, not 257"):
        service.encode("coco", ["a dog"] * 257)


def test_kl_per_unit_is_zero_for_the_prior_itself(service):
    result = service.reconstruct("coco", "a dog on a beach")
    assert result.kl_per_unit.min() > 0
    prior = SimpleNamespace(mu=np.zeros(3, "float32"), sigma=np.ones(3, "float32"))
    assert type(result).kl_per_unit.fget(prior) == pytest.approx([0, 0, 0])


def test_a_folder_can_be_the_default_model(tmp_path):
    with pytest.raises(BadInput, match="neither a shipped model \\(coco\\) nor a folder"):
        Service(str(tmp_path), shipped=["coco"])
    for name in WEIGHT_FILES:
        (tmp_path / name).touch()
    service = Service(str(tmp_path), shipped=["coco"])
    assert service.names == [str(tmp_path), "coco"]
    assert Service("elephant", shipped=["coco", "elephant"]).default == "elephant"


def test_the_default_model_comes_first_and_is_the_one_of_a_plain_link():
    service = Service("elephant", shipped=["coco", "elephant", "article"])
    assert service.names == ["elephant", "coco", "article"]
    assert links.read({}, service.names)["model"] == "elephant"


def test_no_weights_at_all_says_what_to_do():
    with pytest.raises(BadInput, match="python -m textvae train coco"):
        Service(shipped=[])


# Links


def test_a_link_restores_what_it_was_made_from():
    settings = {"first": "a & b=c?", "last": "“d” #e", "steps": 9, "path": "spherical"}
    query = {
        k: v[0] for k, v in parse_qs(links.write("interpolate", "article", **settings)).items()
    }
    read = links.read(query, ["coco", "article"])
    assert {name: read[name] for name in settings} == settings
    assert (read["tab"], read["model"]) == ("interpolate", "article")


def test_a_link_remembers_that_the_words_were_measured():
    settings = {"n": 5, "temperature": 0.3, "top_p": 1.0, "prior": "fitted", "seed": 3}
    for measured in (True, False):
        link = links.write("generate", "coco", **settings, words=measured)
        assert links.read(links.parse(link), ["coco"])["words"] is measured


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "admin", "model": "../etc", "n": "999", "seed": "-1", "temperature": "nan"},
        {"n": "٣٤", "seed": "1e9", "top_p": "inf", "prior": "x", "steps": "", "path": "[]"},
        {"caption": "", "first": "!" * 3, "last": "a" * 9999, "seed": "9" * 5000},
        {"words": "yes"},
    ],
)
def test_a_mangled_link_falls_back_to_the_defaults(query):
    assert links.read(query, ["coco"]) == links.read({}, ["coco"])


# HTML


def test_nothing_typed_survives_as_markup(service):
    result = service.interpolate("coco", f"a dog {HOSTILE}", "a cat on a bed")
    for text in (render.interpolated(result), render.notice(HOSTILE), render.actions(HOSTILE)):
        assert "<img" not in text
        assert "alert(1)>" not in text


def test_differences_are_marked_in_both_captions():
    assert render.difference("a dog on a beach", "a dog on the street") == (
        "a dog on <del>a beach</del>",
        "a dog on <ins>the street</ins>",
    )
    assert render.difference("a dog", "a big dog") == ("a dog", "a <ins>big</ins> dog")
    assert render.kept_words("a dog on a beach", "a dog on the street") == (
        "3 of 5 words came back."
    )


def test_an_unknown_word_is_named_with_the_nearest_known_one(service):
    html_ = render.reconstructed(service.reconstruct("coco", "a manx on a beach"))
    assert "does not know “manx”" in html_
    assert 'data-word="manx" data-by="man"' in html_


def test_a_long_caption_says_that_it_was_shortened(service):
    html_ = render.reconstructed(service.reconstruct("coco", "a dog on a beach " * 5))
    assert "Shortened to the first 16 words" in html_


def test_an_export_holds_the_captions_and_what_makes_them_again(service):
    result = service.generate("coco", 3, seed=11)
    found = re.search('data-export="([^"]*)"', render.generated(result))
    export = json.loads(html.unescape(found[1]))
    assert export["captions"] == list(result.captions)
    settings = export["settings"]
    assert (settings["seed"], settings["n"], export["model"]) == (11, 3, "coco")
    assert export["in_training_set"] == [caption in TRAINED for caption in result.captions]
    assert links.read(links.parse(export["link"]), ["coco"])["seed"] == 11


def test_the_posterior_figure_is_ordered_by_information():
    mu, sigma, kl = (
        np.array([0.0, 3.0, 1.0]),
        np.array([1.0, 0.1, 0.5]),
        np.array([0, 6.3, 0.8]),
    )
    figure = json.loads(posterior(mu, sigma, kl))
    assert figure["data"][0]["y"] == [3.0, 1.0, 0.0]
    assert figure["data"][0]["error_y"]["array"] == [0.1, 0.5, 1.0]
    assert [unit for unit, *_ in figure["data"][0]["customdata"]] == [1, 2, 0]


# Clicks


BOXES = Boxes("reconstruct", "a Zebrafish, a zebrafishes", "b", "c")


@pytest.mark.parametrize(
    ("click", "expected"),
    [
        ({"action": "reconstruct", "caption": "x"}, ("reconstruct", "x", "b", "c")),
        ({"action": "first", "caption": "x"}, ("interpolate", BOXES.caption, "x", "c")),
        ({"action": "last", "caption": "x"}, ("interpolate", BOXES.caption, "b", "x")),
        (
            {"action": "example", "first": "x", "last": "y"},
            ("reconstruct", BOXES.caption, "x", "y"),
        ),
        (
            {"action": "replace", "word": "zebrafish", "by": "zebra"},
            ("reconstruct", "a zebra, a zebrafishes", "b", "c"),
        ),
        ({"action": "replace", "word": "(", "by": "\\1"}, None),
        ({"action": "drop table"}, None),
        ({}, None),
    ],
)
def test_a_click_fills_the_boxes_it_means(click, expected):
    assert send(click, BOXES) == (Boxes(*expected) if expected else BOXES)


def test_a_click_cannot_fill_a_box_without_limit():
    assert len(send({"action": "first", "caption": "a" * 10_000}, BOXES).first) == 400


# Failures


def test_an_unexpected_failure_is_logged_under_the_id_that_is_shown(caplog):
    def broken(*inputs):
        raise RuntimeError("/secret/path")

    shown, *_ = guarded(broken, 2)("coco")
    number = re.search(r"id ([0-9a-f]{8})", shown)[1]
    assert "/secret" not in shown
    assert number in caplog.text
    assert "/secret/path" in caplog.text


def test_bad_input_becomes_a_notice_and_leaves_the_results():
    def refuse(*inputs):
        raise BadInput("too <long>")

    shown, *others = guarded(refuse, 2)("coco")
    assert "too &lt;long&gt;" in shown
    assert 'role="alert"' in shown
    assert all("value" not in other for other in others)


# Words


def test_every_interface_string_is_in_use(root):
    source = "".join(path.read_text("utf-8") for path in (root / "textvae/web").rglob("*.py"))
    names = [name for name in vars(english) if name.isupper()]
    assert names
    used = set(re.findall(r"\b(?:strings|english)\.([A-Z_]+)", source))
    assert not [name for name in names if name not in used]


def pieces(value):
    """A string, or those in a tuple or a dictionary, each with where it stands."""
    if isinstance(value, str):
        return {"": value}
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return {f"{key}{where}": text for key, one in items for where, text in pieces(one).items()}


def fields(text):
    """What a template is filled with, and how; plotly's own fields among them."""
    return sorted(re.findall(r"%?\{[^}]*\}", text))


# For whoever starts the page, names and signs that need no words, and captions.
ENGLISH_ONLY = {
    *("NO_WEIGHTS", "BAD_WEIGHTS", "BAD_REVISION", "BAD_PORT", "TAKEN_PORT", "ADDRESS"),
    "AGENTS",
    *("TITLE", "WORD_SHARE", "ARROW", "OF_CAPTION", "ABOUT_SPREAD"),
    *("RECONSTRUCT_EXAMPLES", "INTERPOLATE_EXAMPLES", "SUM_EXAMPLES", "ABOUT_EXAMPLE"),
}


def test_every_interface_string_has_a_translation_with_the_same_fields():
    names = {name for name in vars(english) if name.isupper()} - ENGLISH_ONLY
    assert names == {name for name in vars(chinese) if name.isupper() and name[0] != "_"}
    for name in names - {"DEFINITIONS"}:
        ours, theirs = (pieces(getattr(module, name)) for module in (english, chinese))
        assert {key: fields(text) for key, text in ours.items()} == {
            key: fields(text) for key, text in theirs.items()
        }, name
    assert set(chinese.DEFINITIONS) == set(DEFINITIONS)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh", "zh"),
        ("ZH-Hant-TW", "zh"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,zh;q=0.5,en;q=0.3", "zh"),
        ("en;q=0.2, zh;q=0.7", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=x,en", "en"),
        ("zh;q=nan", "en"),
        ("*", "en"),
        (";;q=,,=", "en"),
    ],
)
def test_the_language_is_the_most_wanted_of_those_spoken(header, language):
    assert preferred_language(header) == language


def test_complaints_are_in_the_language_of_the_visitor(service):
    with (
        use_language("zh"),
        pytest.raises(BadInput, match="种子必须是 0 到 2147483647 之间的整数"),
    ):
        service.generate("coco", seed=-1)
    with use_language("zh"), pytest.raises(BadInput, match="终点: “zqx”里的词模型一个也不认识"):
        service.interpolate("coco", "a dog", "zqx")
    with pytest.raises(BadInput, match="Seed must be"):
        service.generate("coco", seed=-1)


def test_the_page_in_another_language_differs_in_its_words_alone(service):
    page = build_demo(service)
    plain = page.config
    with use_language("zh"):
        translated = page.config
    assert page.config == plain

    def labels(config):
        found = [each["props"].get("label") for each in config["components"]]
        return [label for label in found if label]

    assert {"Seed", "Generate", "Your caption"} <= set(labels(plain))
    assert {"种子", "生成", "你的句子（英文）"} <= set(labels(translated))
    same = ("layout", "dependencies", "page")
    assert all(plain[key] == translated[key] for key in same)
    for ours, theirs in zip(plain["components"], translated["components"], strict=True):
        assert (ours["id"], ours["type"]) == (theirs["id"], theirs["type"])
        for key in ("elem_id", "elem_classes", "minimum", "maximum", "visible", "id"):
            assert ours["props"].get(key) == theirs["props"].get(key)


def test_a_full_line_is_kind_words_to_people_and_503_to_programs():
    full = HTTPException(503, "Queue is full. Max size is 1 and size is 1.")

    def answer(error, **headers):
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        response = run_apart(unavailable(Request({"type": "http", "headers": raw}), error))
        return response.status_code, json.loads(response.body)["detail"]

    assert answer(full, origin="http://here") == (429, english.BUSY)
    assert answer(full) == (503, english.BUSY)
    other = HTTPException(503, "Queue is stopped.")
    assert answer(other, origin="http://here") == (503, "Queue is stopped.")


# How sure the model was of each word, and what stands in the training data


def test_unsure_words_are_shaded_with_their_share_and_named_for_those_who_hear():
    shares = (0.9, 0.899, 0.5, 0.499, 0.1, 0.0999)
    found = words.shaded("a <b> c d e f", shares)
    levels = re.findall(r'data-level="(\d)">([^<]*)<i aria-hidden="true">(\d+)</i>', found)
    assert levels == [
        *(("2", "&lt;b&gt;", "89"), ("2", "c", "50"), ("1", "d", "49")),
        *(("1", "e", "10"), ("0", "f", "9")),
    ]
    assert "(less sure of &lt;b&gt; 89%, c 50%, d 49%, e 10%, f 9%)" in found
    assert "(sure of every word)" in words.shaded("a dog", (0.95, 1.0))


def test_the_legend_has_an_entry_for_every_level():
    shown = re.findall(r'data-level="(\d)">([^<]*)<', words.legend())
    assert shown == [(str(n), english.WORDS_LEVELS[n]) for n in (3, 2, 1, 0)]
    assert len(english.WORDS_LEVELS) == words.PLAIN + 1


def test_words_are_measured_only_when_asked_for_and_for_the_same_captions(service, fake):
    plain = service.generate("coco", 3, seed=5)
    assert (plain.probabilities, fake.calls) == (None, ["decode"])
    sure = service.generate("coco", 3, seed=5, with_words=True)
    assert (sure.captions, fake.calls) == (plain.captions, ["decode", "words"])
    assert [len(row) for row in sure.probabilities] == [len(c.split()) for c in plain.captions]


def test_the_page_gives_the_captions_of_the_command():
    vae = random_vae()
    service = Service(load=lambda name: vae, shipped=["tiny"])
    for prior in ("fitted", "standard"):
        made = service.generate("tiny", 4, 0.8, 0.9, prior, 3)
        expected = vae.generate(4, temperature=0.8, top_p=0.9, seed=3, prior=prior)
        assert list(made.captions) == expected


def test_captions_of_the_training_data_are_marked_wherever_they_show(service):
    made = service.generate("coco", 12, seed=0)
    assert [
        c for c, known in zip(made.captions, made.in_training_set, strict=True) if known
    ] == [caption for caption in made.captions if caption in TRAINED]
    assert render.generated(made).count("tv-seen") == sum(made.in_training_set) == 2
    assert "Word for word in the training data: 2 of 12." in render.generated(made)
    back = service.reconstruct("coco", "A cat sleeping on a bed next to a laptop computer!")
    assert render.reconstructed(back).count("tv-seen") == 2  # what was read, and what came back
    path = service.interpolate("coco", SCENES[0], SCENES[1], 3)
    assert path.in_training_set == (True, False, False)
    assert render.interpolated(path).count("tv-seen") == 1


def test_without_a_filter_nothing_is_said_of_the_training_data():
    service = Service(load=FakePipeline, shipped=["article"])
    made = service.generate("article", 12)
    assert made.in_training_set is None
    assert "training data" not in render.generated(made)
    assert "in_training_set" not in html.unescape(render.generated(made))


# About


def about_of(report, name="coco"):
    vae = FakePipeline(name)
    vae.report = report
    return Service(load=lambda _: vae, shipped=[name]).about(name)


def everything(known):
    return about.explained(known) + about.trained(known.report) + about.limits(known)


def test_the_figures_of_a_report_stand_with_their_definitions():
    shown = html.unescape(everything(about_of(REPORTS["coco"])))
    assert "<b>70%</b><span>of captions come back word for word</span>" in shown
    assert "<b>32 of 32</b>" in shown
    assert f"<td>4.225 ± 0.0072</td><td>{DEFINITIONS['nll']}</td>" in shown
    assert '<th scope="row">samples.fitted.unique</th><td>0.99</td>' in shown
    assert "After 13 passes" in shown
    assert "MS COCO" in shown
    assert "mistakes about 1 in 10,000 others" in shown
    ids = re.findall(r'aria-describedby="([^"]+)"', shown)
    assert ids
    assert all(f'role="tooltip" id="{one}"' in shown for one in ids)


@pytest.mark.parametrize(
    "report",
    [
        {},
        REPORTS["elephant"],
        {"history": [], "validation": {}, "recipe": {}},
        {"history": {"a": 1}, "validation": [3], "recipe": "x", "data": 7, "seen": [1]},
        {"history": [3, {"epoch": "1"}, {"epoch": 1}], "validation": {"nll": None}},
        {"history": [{"epoch": 1, "val_nll": math.nan, "val_kl": True}], "seconds": "long"},
        {"recipe": {"data": {"captions": [3], "category": 5}, "init_from": 7}},
        {"recipe": {"data": "x", "init_from": HOSTILE}, "finished": HOSTILE},
        {"validation": {"num_captions": "x", "samples": {"fitted": {"nll": {"kl": []}}}}},
    ],
)
def test_a_report_that_lacks_parts_or_lies_is_shown_as_far_as_it_goes(report):
    known = about_of(report)
    shown = everything(known)
    assert english.ABOUT_WHAT in shown
    assert english.LIMITS_OTHER[0] in html.unescape(shown)
    assert "<img" not in shown
    assert "None" not in shown
    for names in (("nll", "kl"), ("loss", "active_units")):
        json.loads(curves(report, names))


def test_a_model_of_other_words_is_explained_by_a_caption_of_its_own():
    vae = FakePipeline("coco")
    vae.prepare = prepare_only_of(vae.prepare, "surfboard")
    service = Service(load=lambda _: vae, shipped=["coco"])
    service.warm_up("coco", ("a cat", "a dog"))  # which it does not know
    assert service.about("coco").example.typed == vae.generate(1)[0]
    vae.prepare = prepare_only_of(vae.prepare, "zebra")
    silent = Service(load=lambda _: vae, shipped=["coco"]).about("coco")
    assert silent.example is None
    assert english.ABOUT_WHAT in about.explained(silent)


def prepare_only_of(prepare, word):
    def refuse(caption):
        if word not in caption:
            raise BadInput("unknown")
        return prepare(caption)

    return refuse


def test_a_card_loses_what_is_for_the_hub_and_may_be_missing(caplog):
    assert about_of({}).card == "# coco\n\nA card with **bold** words."
    broken = SimpleNamespace(name="x", card=lambda: 1 / 0)
    assert card_of(broken) == ""
    assert "no model card of x" in caplog.text


def test_the_curves_have_the_values_of_the_history():
    figure = json.loads(curves(REPORTS["coco"], ("nll", "kl")))
    training, validation = (
        next(trace for trace in figure["data"] if (trace["name"], trace["yaxis"]) == one)
        for one in (("training", "y1"), ("validation", "y2"))
    )
    assert training["y"] == [53.0 / epoch for epoch in range(1, 14)]
    assert (validation["x"], validation["y"][-1]) == (list(range(1, 14)), 2.0)


# Starting


def test_a_model_is_warmed_up_when_it_is_loaded(monkeypatch):
    warmed = []
    fake = FakePipeline("coco")
    fake.warm_up = lambda: warmed.append("coco")
    monkeypatch.setattr(loading, "load", lambda name: fake)
    service = Service(shipped=["coco"])
    service.load("coco")
    service.generate("coco", 1)
    assert warmed == ["coco"]


def started(load):
    steps = []
    demo = SimpleNamespace(
        launch=lambda **options: steps.append("page") or (None, "http://here/", None),
        block_thread=lambda: steps.append("wait"),
    )
    service = Service(load=lambda name: steps.append("model") or load(name), shipped=["coco"])
    try:
        serve(demo, service, Settings(None, "127.0.0.1", None))
    except SystemExit as end:
        steps.append(end.code)
    finally:
        gc.unfreeze()
    return steps


def test_no_garbage_is_looked_for_until_the_model_is_loaded(monkeypatch):
    seen = []
    monkeypatch.setattr(gc, "freeze", lambda: seen.append("frozen"))
    started(lambda name: seen.append(gc.isenabled()) or FakePipeline(name))
    assert seen == [False, "frozen"]
    assert gc.isenabled()


def test_the_page_answers_before_the_model_is_loaded(capsys):
    assert started(FakePipeline) == ["page", "model", "wait"]
    assert capsys.readouterr().out == "textvae is at http://here/\n"


def test_weights_that_cannot_be_loaded_end_the_page_with_one_line(capsys):
    def truncated(name):
        raise BadInput("model.safetensors is truncated")

    assert started(truncated) == ["page", "model", 2]
    assert capsys.readouterr().err == "textvae: model.safetensors is truncated\n"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "٣"])
def test_a_bad_port_ends_the_page_with_one_line(monkeypatch, capsys, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match="2"):
        read_settings()
    assert capsys.readouterr().err.startswith(f"textvae: PORT is “{port}”, which is not a port")


def test_the_port_of_gradio_comes_before_the_port_of_the_host(monkeypatch):
    monkeypatch.setenv("PORT", "80")
    assert read_settings().port == 80
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7861")
    assert read_settings().port == 7861
