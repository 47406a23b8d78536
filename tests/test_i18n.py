"""The strings of the page, and the language that they come in."""

import re
from types import SimpleNamespace

import gradio as gr
import pytest
from fake_pipeline import REPORTS, FakePipeline
from gradio.context import LocalContext

from textvae.errors import BadInput
from textvae.metrics.definitions import DEFINITIONS
from textvae.web import links
from textvae.web.i18n import chinese, english
from textvae.web.i18n.language import preferred_language, use_language
from textvae.web.page import build_demo
from textvae.web.service import Service

# Messages for whoever starts the page, and signs and names that need no translation.
ENGLISH_ONLY = {
    *("NO_WEIGHTS", "BAD_WEIGHTS", "BAD_REVISION", "BAD_PORT", "TAKEN_PORT", "ADDRESS"),
    *("MCP_SERVER", "ENDING_SOON", "TOLD", "BAD_DRAIN", "BAD_URL"),
    *("TITLE", "WORD_PERCENT", "ARROW", "OF_CAPTION", "ABOUT_STD"),
}


ORDER = ("reconstruct", "map", "interpolate", "grid", "sum", "generate", "about")  # of tabs


@pytest.fixture
def service():
    return Service(load=FakePipeline, shipped=["coco", "elephant"])


def test_every_interface_string_is_in_use(root):
    source = "".join(path.read_text("utf-8") for path in (root / "textvae").rglob("*.py"))
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
def test_the_language_is_the_preferred_one_of_those_the_page_has(header, language):
    assert preferred_language(header) == language


def test_messages_are_in_the_language_of_the_visitor(service):
    seeds = "种子必须是 0 到 2147483647 之间的整数"
    with use_language("zh"), pytest.raises(BadInput, match=seeds):
        service.generate("coco", seed=-1)
    with use_language("zh"), pytest.raises(BadInput, match="终点: “zqx”里的词模型一个也不认识"):
        service.interpolate("coco", "a dog", "zqx")
    with pytest.raises(BadInput, match="Seed must be"):
        service.generate("coco", seed=-1)


def test_a_model_that_cannot_be_loaded_is_tried_once_and_every_tab_says_why():
    tried = []

    def load(name):
        tried.append(name)
        raise BadInput("the weights are truncated")

    page = build_demo(Service(load=load, shipped=["coco"]))
    functions = {getattr(each.fn, "__name__", ""): each.fn for each in page.fns.values()}
    values = links.read({}, ["coco"])
    LocalContext.request.set(SimpleNamespace(headers={}))
    given = [values[name] for tab in ORDER for name in links.PARAMETERS[tab]]
    shown = functions["fill"]("coco", *given)
    notices = [each for each in shown if isinstance(each, str) and "tv-notice" in each]
    assert tried == ["coco"]
    assert len(notices) == len(ORDER)
    assert all("the weights are truncated" in each for each in notices)


def test_what_is_said_of_samples_is_true_of_a_language_model():
    for text in (english.GENERATE_INTRO, english.WORDS_LEGEND):
        assert "point" not in text
    assert not re.search("点|场景", chinese.GENERATE_INTRO + chinese.WORDS_LEGEND)


def test_couplets_are_not_called_a_poem_of_several_poets():
    assert "联句" not in chinese.DATA_OF["poems"]


def test_a_word_from_right_to_left_keeps_its_place_in_a_sentence():
    asked = Service(load=FakePipeline, shipped=["coco"])
    with pytest.raises(BadInput, match="“\u2068كلب\u2069”"):
        asked.prepare("coco", "كلب")
    with pytest.raises(BadInput, match="“zqx”"):
        asked.prepare("coco", "zqx")


READ = re.compile(r'(?:aria-label|placeholder|title|data-texts)="([^"]*)"|>([^<]+)<')


def read_of(html_text):
    """What is read of some HTML, and read out."""
    return " ".join(map("".join, READ.findall(f">{html_text}<")))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_model_of_lines_reads_and_writes_is_not_called_captions(language):
    service = Service(load=FakePipeline, shipped=["coco", "lines"])
    with use_language(language):
        page = build_demo(service)
        seen = [each for each in page.config["components"] if each["type"] != "api"]
    laid_out = [each["props"] for each in seen]
    functions = {getattr(each.fn, "__name__", ""): each.fn for each in page.fns.values()}
    headers = {"accept-language": language}
    LocalContext.request.set(SimpleNamespace(headers=headers))
    texts = {}
    for model in ("coco", "lines"):
        values = links.read({}, [model], service.models.own_lines)
        given = [values[name] for tab in ORDER for name in links.PARAMETERS[tab]]
        shown = functions["fill"](model, *given)
        texts[model] = read_of(" ".join(each for each in shown if isinstance(each, str)))
    named = {"en": r"\bcaptions?\b", "zh": "描述"}[language]
    assert re.search(named, texts["coco"], re.IGNORECASE)
    # With what stands around it; `.*` would read the whole text anew at each character.
    around = f".{{0,40}}{named}.{{0,40}}"
    assert not re.findall(around, texts["lines"], re.IGNORECASE)
    # What is laid out once, whatever model is chosen afterwards.
    fixed = ("label", "info", "placeholder", "value", "html_template")
    for props in laid_out:
        if props.get("elem_id") in ("model", "status", "title"):
            continue
        for text in (str(props[name]) for name in fixed if props.get(name)):
            read = read_of(text).replace("{caption}", "")  # which scripts fill in
            assert not re.search(named, read, re.IGNORECASE), text
    # A box gets what the chosen model begins with, unless somebody has typed something else.
    first, last, *_ = REPORTS["lines"]["samples"]
    values = links.read({"first": "a cat"}, ["coco"], service.models.own_lines)
    given = [values[name] for tab in ORDER for name in links.PARAMETERS[tab]]
    _, *boxes = functions["chosen"]("lines", *given)
    names = [name for tab in ORDER for name in links.PARAMETERS[tab]]
    filled = dict(zip(names, boxes, strict=True))
    assert (filled["caption"], filled["last"]) == (first, last)
    assert filled["first"] == gr.skip()


def test_the_page_in_another_language_differs_in_its_texts_alone(service):
    page = build_demo(service)
    plain = page.config
    with use_language("zh"):
        translated = page.config
    assert page.config == plain

    def labels(config):
        found = [each["props"].get("label") for each in config["components"]]
        return [label for label in found if label]

    assert {"Seed", "Made up", "Your words"} <= set(labels(plain))
    assert {"种子", "模型写的", "你写的"} <= set(labels(translated))
    same = ("layout", "dependencies", "page")
    assert all(plain[key] == translated[key] for key in same)
    for ours, theirs in zip(plain["components"], translated["components"], strict=True):
        assert (ours["id"], ours["type"]) == (theirs["id"], theirs["type"])
        for key in ("elem_id", "elem_classes", "minimum", "maximum", "visible", "id"):
            assert ours["props"].get(key) == theirs["props"].get(key)
