"""What the page promises, wide and on a phone, in light and dark, in English and in Chinese.

The other tests of the page see it wide, light and in English. Here each promise is tested on a
phone, in the dark and in Chinese, and in at least one other look; together these are all looks.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from test_app import FOUR_FRAMES
from waiting import wait_until_shown

from textvae.web.i18n.language import CATALOGUES
from textvae.web.place import Place

WIDTHS = {"wide": 1280, "phone": 390}
LOCALES = {"en": {}, "zh": {"locale": "zh-CN"}}  # the browser's own is en-US
PHONE = "phone-dark-zh"
HEIGHT = 844
DOG = "a dog on a bench"


@dataclass
class Look:
    """The page in one look: `open(query)` gives it, `text` are its strings."""

    name: str
    text: Any
    open: Any

    @property
    def width(self):
        return WIDTHS[self.name.split("-")[0]]


@pytest.fixture
def look(request, open_page, page_url):
    width, scheme, language = request.param.split("-")

    def opened(query=""):
        size = {"width": WIDTHS[width], "height": HEIGHT}
        page = open_page(
            f"{page_url}/{query}", viewport=size, color_scheme=scheme, **LOCALES[language]
        )
        wait_until_shown(page.locator("#status [data-state=ready]"))
        return page

    return Look(request.param, CATALOGUES[language], opened)


def looks(*others):
    return pytest.mark.parametrize("look", [PHONE, *others], indirect=True)


def read(page, sentence):
    page.locator("#caption input").fill(sentence)
    page.locator("#caption input").press("Enter")


def open_tab(page, name):
    page.locator(f"[role=tab][data-tab-id={name}]").click()
    wait_until_shown(page.locator(f"#{name}-result .tv-result"))
    page.evaluate(FOUR_FRAMES)


def bottom(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"]


@looks("phone-light-en", "phone-dark-en")
def test_the_first_screen_says_what_this_is_and_what_becomes_of_a_sentence(look):
    page = look.open()
    expect(page.locator(".tv-intro").first).to_have_text(look.text.RECONSTRUCT_INTRO)
    assert bottom(page.locator("#reconstruct-result .tv-input")) < HEIGHT
    for tab in ("map", "sum"):
        assert bottom(page.locator(f"[role=tab][data-tab-id={tab}]")) < HEIGHT / 2
    for folded in ("#wording", "#boldness"):
        expect(page.locator(folded)).to_be_hidden()

    # It is said otherwise, and moved along directions that keep their promise.
    said = page.locator("#reconstruct-around section").nth(1)
    expect(said.get_by_role("heading")).to_have_text(look.text.OTHERWISE)
    before = said.locator(".tv-caption").all_inner_texts()
    said.get_by_role("button", name=look.text.REWORD).click()
    expect(said.locator(".tv-caption").first).not_to_have_text(before[0])
    night = page.locator(".tv-move").filter(has_text=look.text.DIRECTIONS["night"])
    expect(night).to_contain_text(look.text.KEPT.format(share=0.9))
    night.get_by_role("slider").press("End")
    expect(night.locator(".tv-current")).to_have_text("a city street at night")

    read(page, DOG)
    expect(page.locator("#reconstruct-result .tv-output")).to_have_text(DOG)
    near = page.locator("#reconstruct-around section").first
    expect(near.get_by_role("heading")).to_have_text(look.text.NEAR)
    expect(near.locator("li")).to_have_count(5)


@looks("wide-dark-en")
def test_a_sentence_is_found_on_the_map_and_what_was_left_out_or_went_wrong_is_said(look):
    page = look.open("?tab=map")
    wait_until_shown(page.locator(".tv-map[data-caption]"))
    page.locator("[name=sentence]").fill(DOG)
    page.locator("[name=sentence]").press("Enter")
    expect(page.locator(".tv-here")).to_have_text(look.text.MAP_YOURS)
    expect(page.locator(".tv-near-space li")).to_have_count(6)
    expect(page.locator(".tv-near-plane li")).not_to_have_count(0)
    expect(page.locator(".tv-kept")).to_contain_text(look.text.MAP_KEPT[-12:])
    food = page.locator(".tv-kinds").get_by_role("button", name=look.text.KINDS["food"])
    food.click()
    found = look.text.MAP_FOUND.format(count=20, total=80)
    expect(page.locator(".tv-found")).to_have_text(found)
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
    assert Place.parse(page.locator(".tv-map").get_attribute("data-place"))

    open_tab(page, "reconstruct")
    result = page.locator("#reconstruct-result")
    read(page, "2 elephants on a bench!")
    things = [look.text.QUOTED.format(text="2"), look.text.PUNCTUATION]
    left_out = look.text.LEFT_OUT.format(things=look.text.AND_SO_ON.join(things))
    expect(result.locator(".tv-left-out")).to_have_text(left_out)
    expect(result.locator(".tv-summary")).to_have_text(look.text.SAME_OF_READ)
    read(page, "zqx vbn")
    start = look.text.UNREADABLE_SUCH_AS.partition("{example}")[0].format(text="zqx vbn")
    expect(page.get_by_role("alert")).to_contain_text(start)
    expect(result.locator(".tv-output")).to_be_hidden()


OUTLINE = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return [outlineStyle, parseFloat(outlineWidth), document.activeElement.tagName];
}"""


@looks("wide-light-zh")
def test_the_keyboard_is_seen_and_a_grid_of_four_corners_begins_in_the_first_screen(look):
    page = look.open()
    page.keyboard.press("Tab")
    expect(page.locator(".tv-skip")).to_be_focused()
    expect(page.locator(".tv-skip")).to_have_text(look.text.SKIP)
    page.keyboard.press("Enter")
    assert page.locator("#tabs").evaluate("each => each.contains(document.activeElement)")
    for _ in range(8):
        page.keyboard.press("Tab")
        kind, width, tag = page.evaluate(OUTLINE)
        assert tag != "BODY"
        assert kind != "none"
        assert width >= 2
    expect(page.locator("h1")).to_have_count(1)

    open_tab(page, "grid")
    page.evaluate("scrollTo(0, 0)")
    cells = page.locator("[data-cell]")
    expect(cells).to_have_count(49)
    assert cells.first.bounding_box()["y"] < HEIGHT
    boxes = [page.locator(f"#{name}").bounding_box() for name in ("top_left", "top_right")]
    assert boxes[0]["y"] == boxes[1]["y"]  # side by side, as in the grid
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
    cells.nth(8).click()
    expect(page.locator(".tv-grid .tv-current")).to_have_text(cells.nth(8).inner_text())
    walk = page.locator("[data-walk]")
    expect(walk).to_have_text(look.text.PLAY)
    walk.click()
    expect(walk).to_have_text(look.text.STOP)


PARTS = "names => names.map((name) => document.querySelector(name)?.content)"
FETCH = "async (url) => { const r = await fetch(url); return r.headers.get('content-type'); }"


@looks("wide-dark-zh")
def test_a_link_has_a_card_a_result_is_saved_as_a_picture_and_a_metric_is_explained(look):
    page = look.open(f"?tab=reconstruct&caption={DOG.replace(' ', '+')}")
    expect(page.locator("#reconstruct-result .tv-output")).to_have_text(DOG)
    names = ("og:title", "og:description", "og:image")
    found = page.evaluate(PARTS, [f'[property="{name}"]' for name in names])
    assert found[0] == f"“{DOG}” · textvae"
    assert found[1] == look.text.TAGLINE
    assert page.evaluate(FETCH, found[2]) == "image/png"
    fold = page.locator("#reconstruct-result .tv-toolbar details")
    for name, start in (("png", b"\x89PNG"), ("svg", b"<svg")):
        fold.locator("summary").click()
        with page.expect_download() as download:
            fold.get_by_role("button", name=look.text.SAVES[name]).click()
        assert Path(download.value.path()).read_bytes().startswith(start)

    open_tab(page, "about")
    metric = page.locator(".tv-metric").first
    metric.click()
    expect(metric.locator(".tv-definition")).to_be_visible()
    expect(metric.locator(".tv-definition")).to_contain_text(
        look.text.DEFINITIONS["reconstruction_exact"]
    )
    expect(page.locator("#about-result")).to_contain_text(look.text.ABOUT_MEASURED)

    if look.width == WIDTHS["wide"]:  # phones have no description for programs
        page.locator("footer .show-api").click()
        expect(page.locator(".api-docs")).to_be_visible()
        expect(page.locator(".api-docs")).to_contain_text("/reconstruct")


@looks("phone-light-zh")
def test_the_address_follows_the_visit_and_back_goes_through_it(look):
    page = look.open()
    start = page.url
    wait_until_shown(page.locator("#reconstruct-result .tv-input"))  # the page has filled
    read(page, DOG)
    expect(page).to_have_url(re.compile("caption=a\\+dog\\+on\\+a\\+bench"))
    open_tab(page, "grid")
    expect(page).to_have_url(re.compile("tab=grid&"))
    page.go_back()
    expect(page.locator("[data-tab-id=reconstruct]")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page).to_have_url(start)
    expect(page.locator("#caption input")).not_to_have_value(DOG)
    page.go_forward()
    expect(page.locator("#caption input")).to_have_value(DOG)
    page.reload()
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text(DOG)
    assert parse_qs(urlsplit(page.url).query)["model"] == ["coco"]
