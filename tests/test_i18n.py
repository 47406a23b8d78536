"""The strings of the page, and the language that they come in."""

import re

import pytest
from fake_pipeline import FakePipeline

from textvae.errors import BadInput
from textvae.metrics.definitions import DEFINITIONS
from textvae.web.i18n import chinese, english
from textvae.web.i18n.language import preferred_language, use_language
from textvae.web.page import build_demo
from textvae.web.service import Service

# Messages for whoever starts the page, and signs and names that need no translation.
ENGLISH_ONLY = {
    *("NO_WEIGHTS", "BAD_WEIGHTS", "BAD_REVISION", "BAD_PORT", "TAKEN_PORT", "ADDRESS"),
    *("MCP_SERVER", "ENDING_SOON", "TOLD", "BAD_DRAIN"),
    *("TITLE", "WORD_PERCENT", "ARROW", "OF_CAPTION", "ABOUT_STD"),
}


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


def test_the_page_in_another_language_differs_in_its_texts_alone(service):
    page = build_demo(service)
    plain = page.config
    with use_language("zh"):
        translated = page.config
    assert page.config == plain

    def labels(config):
        found = [each["props"].get("label") for each in config["components"]]
        return [label for label in found if label]

    assert {"Seed", "Made up", "Your sentence"} <= set(labels(plain))
    assert {"种子", "模型写的", "你的句子"} <= set(labels(translated))
    same = ("layout", "dependencies", "page")
    assert all(plain[key] == translated[key] for key in same)
    for ours, theirs in zip(plain["components"], translated["components"], strict=True):
        assert (ours["id"], ours["type"]) == (theirs["id"], theirs["type"])
        for key in ("elem_id", "elem_classes", "minimum", "maximum", "visible", "id"):
            assert ours["props"].get(key) == theirs["props"].get(key)
