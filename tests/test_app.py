"""The page in Chromium: around fake models, then `textvae app` with the shipped ones."""

import json
import os
import re
import signal
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fake_pipeline import MOVED, SCENES, TRAINED
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import expect
from verbs import free_port, start
from waiting import wait_until_shown

from textvae.metrics.definitions import DEFINITIONS
from textvae.web.examples import PAIRS, SEED

ROOT = Path(__file__).resolve().parent.parent
TABS = {
    "Your words": "reconstruct",
    "Map": "map",
    "Between two": "interpolate",
    "Arithmetic": "sum",
    "Made up": "generate",
    "About": "about",
}
# What a tab or a fold shows for the first time gets its values once more two frames after it
# has appeared, in place of what a test has typed there meanwhile.
FOUR_FRAMES = """async () => {
    for (let i = 0; i < 4; i++) await new Promise(requestAnimationFrame);
}"""
HOSTILE = "<img src=x onerror=alert(1)> ${1+1} {{value}} dog"


def captions(page, tab="generate"):
    return page.locator(f"#{tab}-result .tv-caption").all_inner_texts()


def generate_with_seed(page, seed):
    page.locator("#seed input").fill(str(seed))
    page.locator("#seed input").press("Enter")
    expect(page.locator("#generate-result .tv-summary")).to_contain_text(f"seed {seed} ")
    return captions(page)


def go_to(page, name):
    page.get_by_role("tab", name=name).click()
    shown = ".tv-map[data-caption]" if name == "Map" else f"#{TABS[name]}-result .tv-result"
    expect(page.locator(shown)).to_be_visible()
    page.evaluate(FOUR_FRAMES)


@pytest.fixture
def writing(page):
    """The tab on which the model writes by itself, with its settings unfolded."""
    go_to(page, "Made up")
    unfold(page, "generate-settings")
    return page


def unfold(page, fold):
    page.locator(f"#{fold} > button").click()
    expect(page.locator(f"#{fold} :is(input, li)").first).to_be_visible()
    page.evaluate(FOUR_FRAMES)


def reconstruct(page, caption):
    page.locator("#caption input").fill(caption)
    page.locator("#caption input").press("Enter")


# The first screen


def test_the_first_screen_reads_a_sentence_and_the_keyboard_alone_suffices(page):
    expect(page.locator(".tv-intro").first).to_contain_text("Type one of your own")
    expect(page.locator("#status")).to_contain_text("ready")
    expect(page.locator("#status")).to_contain_text("trained on 1,234 captions")
    expect(page.locator("#status")).to_contain_text("CPU")
    reconstruct(page, "a cat sleeping on a bed")
    expect(page.locator("#reconstruct-result .tv-output")).to_have_text(
        "a cat sleeping on a bed"
    )
    around = page.locator("#reconstruct-around section")
    expect(around).to_have_count(3)
    for heading, rows in zip(
        ("Nearest to it", "In other words", "Written by"), (5, 5, 5), strict=True
    ):
        section = around.filter(has=page.get_by_role("heading", name=heading))
        expect(section.locator("li")).to_have_count(rows)
    assert not page.locator("#seed").is_visible()
    assert not page.locator("#wording").is_visible()

    # What is folded out beside a caption closes again.
    row = page.locator("#reconstruct-around li").first
    fold = row.locator(".tv-use")
    row.locator("summary").click()
    page.keyboard.press("Escape")
    expect(fold).not_to_have_attribute("open", "")
    assert row.locator("summary").evaluate("e => e === document.activeElement")
    row.locator("summary").click()
    page.locator("#title").click()
    expect(fold).not_to_have_attribute("open", "")

    # Without the pointer from here on.
    page.get_by_role("tab", name="Your words").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#caption') !== null"):
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("a dog on a beach")
    page.keyboard.press("Enter")
    expect(page.locator("#reconstruct-result .tv-output")).to_have_text("a dog on a beach")
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")  # to the third use: the start of a path
    page.keyboard.press("Enter")
    expect(page.locator("#first input")).to_have_value(row.locator(".tv-caption").inner_text())


def test_a_sentence_is_said_otherwise_moved_in_a_direction_and_found_on_the_map(page, fakes):
    said = page.locator("#reconstruct-around section").nth(1)
    before = said.locator(".tv-caption").all_inner_texts()
    said.get_by_role("button", name="Other wordings").click()
    vae, typed = fakes["coco"], page.locator("#caption input").input_value()
    expected = vae.rephrase(typed, 5, seed=1)
    assert expected != before
    expect(said.locator(".tv-caption")).to_have_text(expected)
    export = page.locator("#reconstruct-result [data-export]").get_attribute("data-export")
    assert json.loads(export)["settings"]["wording"] == 1

    moves = page.locator("#reconstruct-towards .tv-move")
    expect(moves).to_have_count(2)  # of the three directions, those that keep their promise
    night = moves.filter(has_text="at night")
    expect(night).to_contain_text("works 90% of the time")
    expect(night.locator(".tv-current")).to_have_text(MOVED["night"])
    slider = night.get_by_role("slider", name="Move it towards “at night”")
    slider.press("Home")
    back = page.locator("#reconstruct-result .tv-output").inner_text()
    expect(night.locator(".tv-current")).to_have_text(back)
    expect(slider).to_have_attribute("aria-valuetext", back)
    expect(night.locator("[data-copy]")).to_have_attribute("data-copy", back)
    slider.press("End")
    night.locator("summary").click()
    night.get_by_role("button", name="in a sum").click()
    expect(page.locator("#start input")).to_have_value(MOVED["night"])
    result = page.locator("#sum-result [data-export]")
    expect(result).to_have_attribute("data-export", re.compile(MOVED["night"]))

    go_to(page, "Your words")
    row = page.locator("#reconstruct-around li").first
    caption = row.locator(".tv-caption").inner_text()
    row.locator("summary").click()
    row.get_by_role("button", name="on the map").click()
    expect(page.get_by_role("tab", name="Map")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".tv-map")).to_have_attribute("data-sentence", caption)


# Made up


def test_new_captions_come_from_another_seed_and_a_seed_gives_the_same_again(writing):
    writing.locator("#new-seed").click()
    expect(writing.locator("#seed input")).not_to_have_value(str(SEED))
    seed = writing.locator("#seed input").input_value()
    expect(writing.locator("#generate-result .tv-summary")).to_contain_text(f"seed {seed} ")

    before = generate_with_seed(writing, 11)
    assert generate_with_seed(writing, 12) != before
    assert generate_with_seed(writing, 11) == before

    # A bad seed is refused until it is a good one.
    writing.locator("#seed input").fill("-3")
    writing.locator("#generate-run").click()
    expect(writing.get_by_role("alert")).to_contain_text("Seed must be a whole number from 0")
    generate_with_seed(writing, 4)
    expect(writing.get_by_role("alert")).to_have_count(0)


def test_results_follow_a_slider_that_is_moved_reset_or_corrected_and_typed_values_stay(
    writing,
):
    rows, slider = writing.locator("#generate-result li"), writing.locator("#num-captions")
    slider.locator("input[type=range]").press("ArrowRight")
    expect(rows).to_have_count(6)
    slider.get_by_test_id("reset-button").click()
    expect(rows).to_have_count(5)
    with writing.expect_response("**/queue/join*"):  # which refuses 25
        slider.locator("input[type=number]").fill("25")
    writing.wait_for_timeout(300)  # until the page has heard of it
    slider.locator("input[type=number]").blur()
    expect(slider.locator("input[type=number]")).to_have_value("20")
    expect(rows).to_have_count(20)

    # A number between two steps stays.
    number = writing.locator("#temperature input[type=number]")
    number.fill("0.62")
    expect(writing).to_have_url(re.compile(r"temperature=0\.62\b"))
    number.blur()
    writing.wait_for_timeout(500)  # for a correction that should not be
    expect(number).to_have_value("0.62")
    expect(writing).to_have_url(re.compile(r"temperature=0\.62\b"))


def test_captions_are_saved_and_sent_to_other_tabs_and_follow_the_model(page, saved):
    go_to(page, "Made up")
    shown = captions(page)
    assert len(shown) == 5
    expect(page.locator("#generate-result .tv-word")).to_have_count(0)

    # They are saved as they are shown.
    export = json.loads(saved(page, "generate", "JSON"))
    assert (export["captions"], export["settings"]["seed"]) == (shown, SEED)
    text = saved(page, "generate", "CSV")
    assert text.startswith("\ufeff")  # by which Excel knows UTF-8
    lines = text.removeprefix("\ufeff").splitlines()
    assert lines[0] == '"number","caption","in_training_set"'
    seen = ["true" if text in TRAINED else "false" for text in shown]
    assert lines[1:] == [f'"{i + 1}","{text}","{seen[i]}"' for i, text in enumerate(shown)]

    for use, tab, box in (
        ("as your words", "Your words", "caption"),
        ("as the start of a path", "Between two", "first"),
        ("in a sum", "Arithmetic", "start"),
    ):
        go_to(page, "Made up")
        row = page.locator("#generate-result li").nth(1)
        caption = row.locator(".tv-caption").inner_text()
        row.locator("summary").click()
        row.get_by_role("button", name=use).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        expect(page.locator(f"#{box} input")).to_have_value(caption)
        result = page.locator(f"#{TABS[tab]}-result [data-export]")
        expect(result).to_have_attribute("data-export", re.compile(re.escape(caption)))

    go_to(page, "Made up")
    before = captions(page)
    page.locator("#model input").click()
    page.get_by_role("option", name="The article’s model").click()
    expect(page.locator("#generate-result .tv-caption").first).not_to_have_text(before[0])
    go_to(page, "Your words")  # which it cannot say otherwise
    expect(page.locator("#reconstruct-around")).not_to_contain_text("In other words")


def test_improbable_words_are_shaded_and_captions_of_the_training_data_labelled(
    open_page, page_url
):
    page = open_page(f"{page_url}/?tab=generate&words=1&seed=3")
    legend = page.locator(".tv-legend")
    wait_until_shown(legend)

    unfold(page, "generate-settings")
    page.get_by_label("Show how sure the model was").uncheck()
    expect(legend).to_have_count(0)
    expect(page.locator("#generate-result .tv-word")).to_have_count(0)
    generate_with_seed(page, SEED)
    page.get_by_label("Show how sure the model was").check()
    expect(legend).to_be_visible()
    shown = captions(page)
    text = page.locator("#generate-result .tv-caption").first.text_content()
    share = {0: 5, 1: 30, 2: 70}  # of the fake; words of length 3, 7, ... are probable
    caption = SCENES[5 * SEED % len(SCENES)].split()
    unsure = ", ".join(f"{w} {share[len(w) % 4]}%" for w in caption if len(w) % 4 in share)
    assert f"(less sure of {unsure})" in text
    assert len(shown) == 5
    page.get_by_label("Show how sure the model was").uncheck()
    expect(legend).to_have_count(0)

    page.locator("#num-captions input[type=number]").fill("12")
    page.locator("#num-captions input[type=number]").press("Enter")
    expect(page.locator("#generate-result li .tv-training-label")).to_have_count(2)
    marked = page.locator("#generate-result li", has=page.locator(".tv-training-label"))
    assert set(marked.locator(".tv-caption").all_inner_texts()) == TRAINED
    expect(page.locator("#generate-result")).to_contain_text("training data: 2 of 12")


# A sentence of one's own


def test_unknown_words_are_named_bad_captions_refused_and_the_posterior_is_drawn(page, fakes):
    reconstruct(page, "A manx, on grassy ground!")
    result = page.locator("#reconstruct-result")
    expect(result).to_contain_text("does not know “manx”")
    expect(result.locator(".tv-input")).to_have_text("a manx on grassy ground")
    expect(result.locator("del").last).to_have_text("grassy")
    expect(result.locator("ins").last).to_have_text("sandy")
    result.get_by_role("button", name="man", exact=True).click()
    expect(page.locator("#caption input")).to_have_value("A man, on grassy ground!")
    expect(result.locator(".tv-remarks")).to_have_count(0)

    # A bad caption never reaches the model.
    alert, calls = page.get_by_role("alert"), fakes["coco"].calls
    for caption in ("", "?!?", "大象在水里", "zqx vbn", "a dog " * 100):
        before = len(calls)
        reconstruct(page, caption)
        expect(alert).to_be_visible()
        assert len(calls) == before, caption
        reconstruct(page, "a dog on a bench")
        expect(alert).to_have_count(0)

    unfold(page, "inside")
    expect(page.locator("#reconstruct-draws li")).to_have_count(3)
    expect(page.locator("#posterior .main-svg").first).to_be_visible()
    expect(page.locator("#posterior-heading")).to_contain_text("of 32;")

    # What is typed is shown as text.
    reconstruct(page, HOSTILE)
    expect(result.locator(".tv-input")).to_have_text("img srcx onerroralert value dog")
    reconstruct(page, "${1+1} {{value}} <img src=x> zqx")
    expect(alert).to_contain_text("knows none of the words in “${1+1} {{value}}")


# Between two


def test_a_path_ends_at_its_captions_follows_its_slider_and_shows_examples(page):
    go_to(page, "Between two")
    page.locator("#first input").fill("a dog on a beach")
    page.locator("#last input").fill("a cat on a bed")
    page.locator("#last input").press("Enter")
    rows = page.locator("#interpolate-result .tv-caption")
    expect(rows.first).to_have_text("a dog on a beach")
    expect(rows.last).to_have_text("a cat on a bed")
    page.locator("#swap").click()
    expect(rows.first).to_have_text("a cat on a bed")

    slider = page.get_by_role("slider", name="Position along the path")
    slider.focus()
    for key, row in (("Home", "first"), ("End", "last")):
        page.keyboard.press(key)
        text = getattr(rows, row).inner_text()
        expect(page.locator("#interpolate-result .tv-current")).to_have_text(text)
        expect(slider).to_have_attribute("aria-valuetext", text)

    page.locator("#interpolate-examples button").nth(2).click()
    expect(rows.first).to_contain_text("dog")
    expect(page.locator("#last input")).to_have_value(PAIRS[2][1])


# Everywhere


def test_a_copied_link_restores_tab_inputs_and_model(open_page, page_url):
    ends = {"first": "a dog", "last": "a cat & bed"}
    wanted = {
        "tab": "interpolate",
        "model": "elephant",
        **ends,
        "steps": "4",
        "path": "spherical",
    }
    page = open_page(
        f"{page_url}/?{urlencode(wanted)}", permissions=["clipboard-read", "clipboard-write"]
    )
    expect(page.get_by_role("tab", name="Between two")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.locator("#last input")).to_have_value("a cat & bed")
    expect(page.locator("#model input")).to_have_value("Elephants")
    expect(page.locator("#interpolate-result li")).to_have_count(4)
    page.locator("#interpolate-result").get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    assert {name: value[0] for name, value in parse_qs(link.query).items()} == wanted


def test_a_result_is_opened_again_from_the_history_which_is_bounded(page):
    reconstruct(page, "a cat on a bed")
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text("a cat on a bed")
    go_to(page, "Made up")
    first = captions(page)
    unfold(page, "generate-settings")
    generate_with_seed(page, 7)
    page.reload()
    wait_until_shown(page.locator("#generate-result .tv-result"))  # the address names the tab
    button = page.get_by_role("button", name="History")
    expect(button).to_have_text(re.compile("History 4$"))  # with what each tab opens with
    button.click()
    dialog = page.get_by_role("dialog", name="Results of this visit")
    rows = dialog.get_by_role("listitem")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("a wooden plate")
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Save JSON").click()
    export = json.loads(Path(saved.value.path()).read_text("utf-8"))
    # The newest first; a result that is shown again is there once.
    tabs = ["generate", "generate", "reconstruct", "reconstruct"]
    assert [one["tab"] for one in export] == tabs
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Save CSV").click()
    lines = Path(saved.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == 1 + sum(len(one["captions"]) for one in export)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    button.press("Enter")
    expect(rows.nth(1)).to_contain_text(first[0])
    rows.nth(1).get_by_role("button", name="Open again").click()
    expect(page.locator("#generate-result .tv-caption").first).to_have_text(first[0])
    button.click()
    dialog.get_by_role("button", name="Clear").click()
    expect(dialog).to_contain_text("No results yet.")
    assert page.evaluate("sessionStorage.getItem('textvae-history')") == "[]"

    many = """() => {
      for (let seed = 0; seed < 60; seed++) {
        const detail = { tab: "generate", link: `?seed=${seed}`, captions: ["x"] };
        document.dispatchEvent(new CustomEvent("textvae-result", { detail }));
      }
      return JSON.parse(sessionStorage.getItem("textvae-history")).map((one) => one.link);
    }"""
    assert page.evaluate(many) == [f"?seed={seed}" for seed in range(59, 9, -1)]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1200, "dark")])
def test_every_tab_fits_its_window_can_be_read_and_names_its_controls(
    open_page, page_url, width, scheme
):
    page = open_page(page_url, viewport={"width": width, "height": 844}, color_scheme=scheme)
    for name in TABS:
        go_to(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not page.evaluate(OUTSIDE)
        for piece in OF_TAB.get(name, OF_RESULTS):
            assert page.locator(f"{piece}:visible").first.evaluate(CONTRAST) >= 4.5, (
                name,
                piece,
            )
        controls = page.locator("input:visible, button:visible, textarea:visible")
        assert controls.evaluate_all(NAMELESS) == [], name


OF_RESULTS = (".tv-caption", ".tv-summary", ".tv-button span", ".tv-intro")
OF_MAP = (".tv-current", ".tv-near button", ".tv-kept", ".tv-intro")
OF_ABOUT = (".tv-intro", ".tv-facts dt", ".tv-metric > span", ".tv-about li", "summary")
OF_TAB = {"Map": OF_MAP, "About": OF_ABOUT}

# What lies beyond the right edge, even cut off, unless it can be scrolled to within its row.
OUTSIDE = """(() => {
  const scrolls = (e) => e && (/auto|scroll/.test(getComputedStyle(e).overflowX)
    ? e.scrollWidth > e.clientWidth : scrolls(e.parentElement));
  return [...document.querySelectorAll("button, input, p, ol, li span, .tv-path")]
    .filter((e) => !e.closest(".tv-hidden") && e.getBoundingClientRect().right > innerWidth)
    .filter((e) => !scrolls(e.parentElement))
    .map((e) => e.outerHTML);
})()"""

# The contrast of an element's text to the first opaque background behind it, after WCAG 2.
CONTRAST = """element => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let behind = element;
  while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0)
    behind = behind.parentElement;
  const back = getComputedStyle(behind || document.body).backgroundColor;
  const [a, b] = [light(rgb(getComputedStyle(element).color)), light(rgb(back))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""


NAMELESS = """controls => controls
    .filter((e) => {
      const name = e.ariaLabel || e.innerText || e.title || e.labels?.[0]?.innerText || "";
      return !name.trim();
    })
    .map((e) => e.outerHTML)"""


# About


def test_about_shows_metrics_with_their_definitions_and_the_curves(page):
    go_to(page, "About")
    figure = page.get_by_role("button", name="70% reconstructed word for word")
    tip = figure.get_by_role("tooltip")
    expect(tip).to_be_hidden()
    figure.hover()
    expect(tip).to_contain_text(DEFINITIONS["reconstruction_exact"])
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()
    figure.focus()
    expect(tip).to_be_visible()
    page.get_by_text("All metrics and their definitions").click()
    expect(page.get_by_role("row", name=re.compile("^kl"))).to_contain_text("never clipped")
    expect(page.locator("#curves .main-svg").first).to_be_visible()
    page.get_by_text("Full model card").click()
    expect(page.locator("#card-text strong")).to_have_text("bold")


def test_about_says_which_parts_a_report_lacks(open_page, page_url):
    page = open_page(f"{page_url}/?tab=about&model=article")
    expect(page.locator("#about-result")).to_contain_text("contains no metrics")
    expect(page.locator("#curves-heading")).to_contain_text("no training history")
    expect(page.locator("#curves .main-svg")).to_have_count(0)


# In Chinese

NAMES = {
    *(
        "textvae",
        "coco",
        "CPU",
        "API",
        "JSON",
        "CSV",
        "MCP",
        "Tab",
        "Enter",
        "BLEU",
        "MIT",
        "COCO",
    ),
    *("Zhao", "Hendricks", "Lin", "Chen", "Consortium", "nll"),
}
# The visible text without captions, which stay in the language of their model.
READABLE = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    const isCaption = parent.closest("[lang=en], .tv-examples, .tv-hidden");
    if (!isCaption && parent.checkVisibility({ visibilityProperty: true }))
      found.push(texts.currentNode.textContent);
  }
  return found.join(" ");
}"""


def test_a_chinese_browser_sees_no_english_word_but_names(open_page, page_url):
    page = open_page(f"{page_url}/?words=1", locale="zh-CN")
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    expect(page.locator("#status")).to_contain_text("就绪")
    names = ("你写的", "地图", "两句之间", "加减法", "模型写的", "关于")
    for name, tab in zip(names, TABS.values(), strict=True):
        page.get_by_role("tab", name=name).click()
        shown = ".tv-map[data-caption]" if tab == "map" else f"#{tab}-result .tv-result"
        expect(page.locator(shown)).to_be_visible()
        if tab == "about":
            wait_until_shown(page.locator("#curves .main-svg").first)
        page.evaluate(FOUR_FRAMES)
        text = re.sub("“[^”]*”", "", page.evaluate(READABLE))  # captions, quoted
        left = set(re.findall("[A-Za-z]{3,}", text)) - NAMES
        assert not left, (name, left)
    page.get_by_role("tab", name="你写的").click()
    unfold(page, "reconstruct-settings")
    expect(page.get_by_role("slider", name="措辞：滑块")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="措辞：输入数值")).to_be_visible()
    reconstruct(page, "zqx")
    expect(page.get_by_role("alert")).to_contain_text("模型一个也不认识")


def test_the_page_is_in_the_language_that_is_asked_for(page_url):
    for language, word, other in (("zh-CN,zh;q=0.9", "种子", "Seed"), ("", "Seed", "种子")):
        answer = httpx.get(f"{page_url}/config", headers={"Accept-Language": language})
        labels = [each["props"].get("label") for each in answer.json()["components"]]
        assert word in labels
        assert other not in labels
        assert "Accept-Language" in answer.headers["vary"]


def test_an_unknown_language_gets_english_and_says_so(open_page, page_url):
    page = open_page(page_url, locale="fr-FR")
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page.get_by_role("tab", name="Your words")).to_be_visible()


# For programs


@pytest.fixture(scope="module")
def client(page_url):
    client = Client(page_url, verbose=False, ssl_verify=False)
    yield client
    client.close()


def test_there_are_exactly_five_endpoints(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/generate", "/reconstruct", "/interpolate", "/encode", "/decode"}
    assert all(parameter["label"] for parameter in named["/generate"]["parameters"])


def test_arguments_are_described_by_what_they_mean(client, page):
    named = client.view_api(return_format="dict")["named_endpoints"]
    for endpoint in named.values():
        for argument in endpoint["parameters"]:
            assert argument["label"] == argument["parameter_name"]
            assert len(argument["python_type"]["description"].split()) > 3
    page.get_by_role("button", name="Use via API").click()  # and nothing fails in the console
    page.locator(".api-docs .snippet", has_text="Python").click()
    texts = page.locator(".api-docs .desc")
    asked = texts.filter(
        has_text="A line in the language of the model, at most 400 characters."
    )
    expect(asked).to_be_visible()
    expect(texts.filter(has_text="captions: a list of texts, from the first")).to_be_visible()
    expect(texts.filter(has_text="component")).to_have_count(0)


def test_the_endpoints_answer_in_plain_json(client):
    made = client.predict(num_captions=3, seed=5, api_name="/generate")
    assert made["in_training_set"] == [text in TRAINED for text in made["captions"]]
    assert (len(made["captions"]), made["word_probabilities"]) == (3, None)
    sure = client.predict(3, seed=5, word_probabilities=True, api_name="/generate")
    lengths = [len(text.split()) for text in made["captions"]]
    assert [len(row) for row in sure["word_probabilities"]] == lengths
    back = client.predict("A manx on a beach", api_name="/reconstruct")
    assert (back["cleaned"], back["unknown_words"]) == ("a manx on a beach", ["manx"])
    assert back["in_training_set"] == [False] * 5
    path = client.predict("a dog", "a cat", num_steps=4, api_name="/interpolate")
    assert (path["captions"][0], path["captions"][-1]) == ("a dog", "a cat")
    assert len(path["captions"]) == len(path["in_training_set"]) == 4
    codes = client.predict(["a dog", "a cat"], api_name="/encode")
    assert len(client.predict(codes, model="article", api_name="/decode")) == 2


def test_an_endpoint_says_what_is_wrong_with_its_input(client):
    with pytest.raises(AppError, match="num_captions must be .* from 1 to 20; got 999"):
        client.predict(num_captions=999, api_name="/generate")
    with pytest.raises(AppError, match="no model named “dog”"):
        client.predict("a cat", model="dog", api_name="/reconstruct")


# With the shipped weights


def run_app(**environment):
    return start(program=(sys.executable, "app.py"), env={**os.environ, **environment})


@pytest.fixture(scope="module")
def app_url():
    process = start("app", "--port", free_port())  # app.py does the same
    line = process.stdout.readline()
    yield re.search(r"http://\S+", line)[0].rstrip("/") if line else process.communicate()[1]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def test_the_app_fills_itself_from_the_shipped_weights(open_page, app_url):
    page = open_page(app_url)
    expect(page.locator("#reconstruct-around section").last.locator("li")).to_have_count(
        5, timeout=60_000
    )
    written = page.locator("#reconstruct-around section").last.locator(".tv-caption")
    assert all(len(caption.split()) > 2 for caption in written.all_inner_texts())
    expect(page.locator("#model input")).to_have_value("Photo captions")


def test_the_app_reconstructs_and_interpolates_with_the_shipped_weights(open_page, app_url):
    page = open_page(f"{app_url}/?tab=reconstruct&caption=a+dog+on+a+zqxbeach")
    result = page.locator("#reconstruct-result")
    expect(result).to_contain_text("does not know “zqxbeach”", timeout=60_000)
    expect(result.locator(".tv-output")).not_to_be_empty()
    go_to(page, "Between two")
    expect(page.locator("#interpolate-result li")).to_have_count(7)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"TEXTVAE_WEIGHTS": "nowhere"}, "no weights “nowhere”: neither a shipped model"),
        ({"GRADIO_SERVER_PORT": "http"}, "GRADIO_SERVER_PORT is “http”, which is not a port"),
    ],
)
def test_a_bad_setting_ends_the_app_with_one_line(setting, sentence):
    process = run_app(**setting)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith(f"textvae: {sentence}")
    assert errors.count("\n") == 1


def test_no_box_on_a_phone_makes_safari_zoom(open_page, page_url):
    page = open_page(page_url, viewport={"width": 390, "height": 844})
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    for name in (*TABS, "Grid"):
        page.get_by_role("tab", name=name).click()
        page.evaluate(FOUR_FRAMES)
        for fold in page.locator("[id$=-settings] > button:visible").all():
            fold.click()
        page.evaluate(FOUR_FRAMES)
        sizes = page.locator("input:visible").evaluate_all(SIZES)
        assert not [each for each in sizes if each[1] < 16], name


# Of boxes that a keyboard opens for, in pixels.
SIZES = """all => all.filter((e) => !e.readOnly && !/range|checkbox|radio/.test(e.type))
    .map((e) => [e.outerHTML.slice(0, 90), parseFloat(getComputedStyle(e).fontSize)])"""


@pytest.mark.parametrize("tab", ["reconstruct", "sum"])
def test_a_long_word_fits_a_phone(open_page, page_url, tab):
    word = "w" + "o" * 60 + "f"
    query = urlencode({"tab": tab, "caption": f"a dog {word}", "start": f"a dog {word}"})
    page = open_page(f"{page_url}/?{query}", viewport={"width": 390, "height": 844})
    remark = page.locator(f"#{tab}-result .tv-remarks li")
    expect(remark).to_contain_text(word)
    assert remark.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
