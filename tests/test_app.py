"""The page in Chromium, first around fake models, then `python app.py` on the shipped ones."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from textvae.web.service import WEIGHT_FILES

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = "<img src=x onerror=alert(1)> ${1+1} {{value}} dog"


def captions(page, tab="generate"):
    return page.locator(f"#{tab}-result .tv-caption").all_inner_texts()


def generate_with_seed(page, seed):
    page.locator("#seed input").fill(str(seed))
    page.locator("#generate-run").click()
    expect(page.locator("#generate-result .tv-summary")).to_contain_text(f"seed {seed} ")
    return captions(page)


def go_to(page, name):
    page.get_by_role("tab", name=name).click()
    expect(page.locator(f"#{name.lower()}-result .tv-result")).to_be_visible()


def reconstruct(page, caption):
    page.locator("#caption input").fill(caption)
    page.locator("#caption input").press("Enter")


# Generate


def test_captions_are_there_when_the_page_opens(page):
    assert len(captions(page)) == 5
    expect(page.locator("#status")).to_contain_text("ready")
    expect(page.locator("#status")).to_contain_text("CPU")


def test_the_same_seed_gives_the_same_captions_again(page):
    before = generate_with_seed(page, 11)
    assert generate_with_seed(page, 12) != before
    assert generate_with_seed(page, 11) == before


def test_the_dice_show_another_seed_and_use_it(page):
    page.locator("#dice").click()
    expect(page.locator("#seed input")).not_to_have_value("7")
    seed = page.locator("#seed input").input_value()
    expect(page.locator("#generate-result .tv-summary")).to_contain_text(f"seed {seed} ")


def test_the_number_of_captions_follows_its_slider(page):
    page.locator("#num-captions input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#generate-result li")).to_have_count(6)


def test_a_bad_seed_gets_a_sentence_and_the_captions_stay(page):
    before = captions(page)
    page.locator("#seed input").fill("-3")
    page.locator("#generate-run").click()
    expect(page.get_by_role("alert")).to_contain_text("Seed must be a whole number from 0")
    assert captions(page) == before
    generate_with_seed(page, 4)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(
    ("button", "tab", "box"),
    [("Reconstruct", "Reconstruct", "caption"), ("From", "Interpolate", "first")],
)
def test_a_caption_is_sent_to_another_tab_and_used_there(page, button, tab, box):
    row = page.locator("#generate-result li").nth(1)
    caption = row.locator(".tv-caption").inner_text()
    row.get_by_role("button", name=re.compile(f"^{button}")).click()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(page.locator(f"#{box} input")).to_have_value(caption)
    expect(page.locator(f"#{tab.lower()}-result")).to_contain_text(caption)


# Reconstruct


def test_unknown_words_are_named_and_the_nearest_can_be_taken(page):
    go_to(page, "Reconstruct")
    reconstruct(page, "A manx, on grassy ground!")
    result = page.locator("#reconstruct-result")
    expect(result).to_contain_text("does not know “manx”")
    expect(result.locator(".tv-read")).to_have_text("a manx on grassy ground")
    expect(result.locator("del").last).to_have_text("grassy")
    expect(result.locator("ins").last).to_have_text("sandy")
    result.get_by_role("button", name="man", exact=True).click()
    expect(page.locator("#caption input")).to_have_value("A man, on grassy ground!")
    expect(result.locator(".tv-remarks")).to_have_count(0)


def test_the_posterior_is_drawn_with_its_draws(page):
    go_to(page, "Reconstruct")
    expect(page.locator("#reconstruct-draws li")).to_have_count(3)
    expect(page.locator("#posterior .main-svg").first).to_be_visible()
    expect(page.locator("#posterior-heading")).to_contain_text("of 32 units")


@pytest.mark.parametrize("caption", ["", "?!?", "大象在水里", "zqx vbn", "a dog " * 100])
def test_a_bad_caption_gets_a_sentence_and_never_reaches_the_model(page, fakes, caption):
    go_to(page, "Reconstruct")
    before = len(fakes["coco"].calls)
    reconstruct(page, caption)
    expect(page.get_by_role("alert")).to_be_visible()
    assert len(fakes["coco"].calls) == before


def test_what_is_typed_is_shown_as_text(page):
    go_to(page, "Reconstruct")
    reconstruct(page, HOSTILE)
    expect(page.locator("#reconstruct-result .tv-read")).to_have_text(
        "img srcx onerroralert value dog"
    )
    reconstruct(page, "${1+1} {{value}} <img src=x> zqx")
    expect(page.get_by_role("alert")).to_contain_text(
        "knows none of the words in '${1+1} {{value}}"
    )


# Interpolate


def test_a_walk_begins_and_ends_at_its_captions(page):
    go_to(page, "Interpolate")
    page.locator("#first input").fill("a dog on a beach")
    page.locator("#last input").fill("a cat on a bed")
    page.locator("#last input").press("Enter")
    rows = page.locator("#interpolate-result .tv-caption")
    expect(rows.first).to_have_text("a dog on a beach")
    expect(rows.last).to_have_text("a cat on a bed")
    page.locator("#swap").click()
    expect(rows.first).to_have_text("a cat on a bed")


def test_dragging_along_the_path_shows_the_sentence_there(page):
    go_to(page, "Interpolate")
    slider = page.get_by_role("slider", name="Position along the path")
    slider.focus()
    for key, row in (("Home", "first"), ("End", "last")):
        page.keyboard.press(key)
        text = getattr(page.locator("#interpolate-result .tv-caption"), row).inner_text()
        expect(page.locator(".tv-here")).to_have_text(text)
        expect(slider).to_have_attribute("aria-valuetext", text)


def test_an_example_works_with_one_click(page):
    go_to(page, "Interpolate")
    page.locator("#interpolate-examples button").nth(1).click()
    expect(page.locator("#interpolate-result .tv-caption").first).to_contain_text("cat")
    expect(page.locator("#last input")).to_have_value("an elephant standing in the water")


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
    expect(page.get_by_role("tab", name="Interpolate")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.locator("#last input")).to_have_value("a cat & bed")
    expect(page.locator("#model input")).to_have_value("elephant")
    expect(page.locator("#interpolate-result li")).to_have_count(4)
    page.locator("#interpolate-result").get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    assert {name: value[0] for name, value in parse_qs(link.query).items()} == wanted


def test_results_are_downloaded_as_they_are_shown(page):
    shown = captions(page)
    with page.expect_download() as saved:
        page.locator("#generate-result").get_by_role("button", name="JSON").click()
    export = json.loads(Path(saved.value.path()).read_text("utf-8"))
    assert (export["captions"], export["settings"]["seed"]) == (shown, 7)
    with page.expect_download() as saved:
        page.locator("#generate-result").get_by_role("button", name="CSV").click()
    lines = Path(saved.value.path()).read_text("utf-8").splitlines()
    assert lines[:2] == ['"number","caption"', f'"1","{shown[0]}"']


def test_choosing_another_model_refreshes_the_results(page):
    before = captions(page)
    page.locator("#model input").click()
    page.get_by_role("option", name="seed").click()
    expect(page.locator("#generate-result .tv-caption").first).not_to_have_text(before[0])
    expect(page.locator("#prior")).not_to_contain_text("fitted prior")  # it has none
    expect(page.locator("#generate-result .tv-summary")).to_contain_text("standard normal")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_every_tab_fits_its_window_and_can_be_read(open_page, page_url, width, scheme):
    page = open_page(page_url, viewport={"width": width, "height": 844}, color_scheme=scheme)
    for name in ("Generate", "Reconstruct", "Interpolate"):
        go_to(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not page.evaluate(OUTSIDE)
        for piece in (".tv-caption", ".tv-summary", ".tv-button span", ".tv-intro"):
            assert page.locator(f"{piece}:visible").first.evaluate(CONTRAST) >= 4.5, (
                name,
                piece,
            )


# Pieces that end beyond the window, even where a parent cuts them off.
OUTSIDE = """[...document.querySelectorAll("button, input, p, ol, li span, .tv-walk")]
  .filter((e) => !e.closest(".tv-hidden") && e.getBoundingClientRect().right > innerWidth)
  .map((e) => e.outerHTML)"""

# Of an element's text to the first opaque background behind it, as WCAG 2 defines it.
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


def test_the_keyboard_alone_suffices(page):
    page.get_by_role("tab", name="Generate").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#seed') !== null"):
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("23")
    page.keyboard.press("Enter")
    expect(page.locator("#generate-result .tv-summary")).to_contain_text("seed 23 ")
    first = captions(page)[0]
    page.locator("#generate-result li button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#caption input")).to_have_value(first)


def test_every_control_has_a_name(page):
    for name in ("Generate", "Reconstruct", "Interpolate"):
        go_to(page, name)
        for control in page.locator("input:visible, button:visible, textarea:visible").all():
            assert control.evaluate(NAME), control.evaluate("e => e.outerHTML")


NAME = (
    """e => (e.ariaLabel || e.innerText || e.title || e.labels?.[0]?.innerText || "").trim()"""
)


# For programs


@pytest.fixture(scope="module")
def client(page_url):
    client = Client(page_url, verbose=False, ssl_verify=False)
    yield client
    client.close()


def test_the_endpoints_are_the_five_and_no_more(client):
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/generate", "/reconstruct", "/interpolate", "/encode", "/decode"}
    assert all(parameter["label"] for parameter in named["/generate"]["parameters"])


def test_the_endpoints_answer_with_plain_json(client):
    assert len(client.predict(num_captions=3, seed=5, api_name="/generate")) == 3
    back = client.predict("A manx on a beach", api_name="/reconstruct")
    assert (back["cleaned"], back["unknown_words"]) == ("a manx on a beach", ["manx"])
    walk = client.predict("a dog", "a cat", num_steps=4, api_name="/interpolate")
    assert (len(walk), walk[0], walk[-1]) == (4, "a dog", "a cat")
    codes = client.predict(["a dog", "a cat"], api_name="/encode")
    assert len(client.predict(codes, model="seed", api_name="/decode")) == 2


def test_an_endpoint_refuses_bad_input_in_a_sentence(client):
    with pytest.raises(AppError, match="Captions must be a whole number from 1 to 20, not 999"):
        client.predict(num_captions=999, api_name="/generate")
    with pytest.raises(AppError, match="no model named “dog”"):
        client.predict("a cat", model="dog", api_name="/reconstruct")


# The real thing: python app.py


def run_app(**environment):
    return subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def app_url():
    process = run_app(GRADIO_SERVER_PORT=str(free_port()))
    line = process.stdout.readline()
    yield re.search(r"http://\S+", line)[0].rstrip("/") if line else process.communicate()[1]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_app_fills_itself_from_the_shipped_weights(open_page, app_url):
    page = open_page(app_url)
    expect(page.locator("#generate-result li")).to_have_count(5, timeout=60_000)
    assert all(len(caption.split()) > 2 for caption in captions(page))
    expect(page.locator("#model input")).to_have_value("coco")


def test_the_app_reconstructs_and_walks_with_the_shipped_weights(open_page, app_url):
    page = open_page(f"{app_url}/?tab=reconstruct&caption=a+dog+on+a+zqxbeach")
    result = page.locator("#reconstruct-result")
    expect(result).to_contain_text("does not know “zqxbeach”", timeout=60_000)
    expect(result.locator(".tv-back")).not_to_be_empty()
    go_to(page, "Interpolate")
    expect(page.locator("#interpolate-result li")).to_have_count(7)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"TEXTVAE_WEIGHTS": "nowhere"}, "TEXTVAE_WEIGHTS is “nowhere”, which is neither"),
        ({"GRADIO_SERVER_PORT": "http"}, "GRADIO_SERVER_PORT is “http”, which is not a port"),
    ],
)
def test_a_bad_setting_ends_the_app_with_one_line(setting, sentence):
    process = run_app(**setting)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith(f"textvae: {sentence}")
    assert errors.count("\n") == 1


def test_importing_the_app_loads_neither_model_nor_tensorflow(tmp_path):
    for name in WEIGHT_FILES:
        (tmp_path / name).touch()
    check = (
        "import sys, app; sys.exit('tensorflow' in sys.modules or bool(app.service._pipelines))"
    )
    environment = {**os.environ, "TEXTVAE_WEIGHTS": str(tmp_path)}
    command = [sys.executable, "-c", check]
    assert subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
