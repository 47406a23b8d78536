"""Every tab under axe-core, and what the keyboard needs, in both themes and on a phone."""

from importlib.resources import files
from itertools import pairwise

import pytest
from playwright.sync_api import expect
from test_app import TABS
from waiting import wait_until_shown

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# Of the rules of WCAG 2.2 AA and axe-core's best practices, all. Where a contrast is undecided,
# as before a gradient, the text is returned with its colour.
RUN = """async () => {
  const kinds = ["violations", "incomplete"];
  const { violations, incomplete } = await axe.run(document, { resultTypes: kinds });
  const of = ({ id, nodes }) => nodes.map((node) => [id, node]);
  const colour = (node) => {
    const style = getComputedStyle(document.querySelector(node.target[0]));
    return node.html.startsWith("<text") ? style.fill : style.color;
  };
  return {
    wrong: violations.flatMap(of).map(([id, node]) => `${id}: ${node.html}`),
    open: incomplete.flatMap(of).map(([id, node]) => [id, node.html, colour(node)]),
    paper: getComputedStyle(document.body).backgroundColor,
  };
}"""
LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4")]
  .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""


def luminance(colour):
    """Relative luminance of `rgb(r, g, b)`, as WCAG 2 defines it."""
    parts = [int(each) / 255 for each in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return sum(share * x for share, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("width", "scheme", "locale"), [(1280, "light", "en-US"), (390, "dark", "zh-CN")]
)
def test_axe_finds_nothing_on_any_tab(open_page, page_url, width, scheme, locale):
    page = open_page(
        page_url,
        viewport={"width": width, "height": 850},
        color_scheme=scheme,
        **({} if locale == "en-US" else {"locale": locale}),
    )
    page.evaluate(AXE)
    for name in (*TABS.values(), "grid"):
        page.locator(f"[role=tab][data-tab-id={name}]").click()
        shown = ".tv-map[data-caption]" if name == "map" else f"#{name}-result .tv-result"
        expect(page.locator(shown)).to_be_visible(timeout=60_000)
        if name == "about":
            wait_until_shown(page.locator("#curves .main-svg").first)
        found = page.evaluate(RUN)
        assert not found["wrong"], (name, found["wrong"])
        for rule, html, colour in found["open"]:
            assert rule == "color-contrast", html
            assert contrast(colour, found["paper"]) >= 4.5, (name, html, colour)
        levels = page.evaluate(LEVELS)
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)
        live = page.locator("[aria-live], [role=status], [role=alert]").all_inner_texts()
        assert not [text for text in live if "common." in text]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


FOCUS = """() => {
  const html = document.activeElement.outerHTML.slice(0, 120);
  const { outlineWidth, outlineStyle } = getComputedStyle(document.activeElement);
  return { html, width: parseFloat(outlineWidth), kind: outlineStyle };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_plot_labels_and_placeholders_can_be_seen(open_page, page_url, scheme):
    page = open_page(page_url, color_scheme=scheme)
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    page.keyboard.press("Tab")
    assert "tv-skip" in page.evaluate(FOCUS)["html"]
    for stop in range(36):
        if stop == 26:  # what lies below, with the sliders of the settings
            page.locator("#reconstruct-settings > button").click()
            page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if stop > 26 and found["html"].startswith("<body"):  # past the end of the page
            break
        assert found["kind"] != "none", found
        assert found["width"] >= 2, found
        page.keyboard.press("Tab")

    # The label that the pointer shows in a plot.
    page.locator("#inside > button").click()
    point = page.locator("#posterior .points path").first
    wait_until_shown(point)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label, fill = page.locator("#posterior .hovertext").first, "e => getComputedStyle(e).fill"
    wait_until_shown(label)
    text, paper = (label.locator(part).evaluate(fill) for part in ("text.nums", "path"))
    assert contrast(text, paper) >= 4.5

    # The placeholders of empty boxes.
    page.get_by_role("tab", name="Map").click()
    boxes = page.locator(".tv-map-sentence input, .tv-map-search input")
    expect(boxes.first).to_be_visible()
    assert boxes.count() == 2
    for box in boxes.all():
        hint = box.evaluate("each => getComputedStyle(each, '::placeholder').color")
        assert (
            contrast(hint, box.evaluate("each => getComputedStyle(each).backgroundColor"))
            >= 4.5
        )


def test_fewer_than_25_stops_lead_to_the_map_and_the_focus_follows_a_choice(page):
    stops = 0
    while stops < 25:
        stops += 1
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.tabId") == "map":
            page.keyboard.press("Enter")
            expect(page.locator(".tv-map[data-caption]")).to_be_visible()
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    assert stops < 25

    page.get_by_role("tab", name="Your words").press("Enter")
    row = page.locator("#reconstruct-around li").first
    expect(row).to_be_visible()
    row.locator("summary").press("Enter")
    row.get_by_role("button", name="in a sum").press("Enter")
    expect(page.get_by_role("tab", name="Arithmetic")).to_be_focused()
