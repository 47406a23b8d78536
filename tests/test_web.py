import html
import json
import math
import re
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest
from fake_pipeline import LATENT_DIM, FakePipeline

from textvae.errors import BadInput
from textvae.web import links, render, strings
from textvae.web.figures import posterior
from textvae.web.send import Boxes, send
from textvae.web.server import serve
from textvae.web.service import WEIGHT_FILES, Service
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
    assert fake.calls == ["generate"]


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
def test_the_rows_of_a_walk_are_points_of_its_slider(service, fake, steps):
    first, last = "a dog on a beach", "a red bus on a street"
    walk = service.interpolate("coco", first, last, steps)
    assert len(walk.captions) == steps
    assert (walk.captions[0], walk.captions[-1]) == (first, last)
    assert len(walk.fine) >= 48
    assert walk.captions == walk.fine[:: walk.stride]


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


def test_no_weights_at_all_says_what_to_do():
    with pytest.raises(BadInput, match="python -m textvae train coco"):
        Service(shipped=[])


# Links


def test_a_link_restores_what_it_was_made_from():
    settings = {"first": "a & b=c?", "last": "“d” #e", "steps": 9, "path": "spherical"}
    query = {
        k: v[0] for k, v in parse_qs(links.write("interpolate", "seed", **settings)).items()
    }
    read = links.read(query, ["coco", "seed"])
    assert {name: read[name] for name in settings} == settings
    assert (read["tab"], read["model"]) == ("interpolate", "seed")


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "admin", "model": "../etc", "n": "999", "seed": "-1", "temperature": "nan"},
        {"n": "٣٤", "seed": "1e9", "top_p": "inf", "prior": "x", "steps": "", "path": "[]"},
        {"caption": "", "first": "!" * 3, "last": "a" * 9999, "seed": "9" * 5000},
    ],
)
def test_a_mangled_link_falls_back_to_the_defaults(query):
    assert links.read(query, ["coco"]) == links.read({}, ["coco"])


# HTML


def test_nothing_typed_survives_as_markup(service):
    result = service.interpolate("coco", f"a dog {HOSTILE}", "a cat on a bed")
    for text in (render.walk(result), render.notice(HOSTILE), render.actions(HOSTILE)):
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


def test_every_interface_string_is_in_use(root):
    source = "".join(path.read_text("utf-8") for path in (root / "textvae/web").glob("*.py"))
    names = [name for name in vars(strings) if name.isupper()]
    assert names
    assert not [name for name in names if f"say.{name}" not in source]


# Starting


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
    return steps


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
