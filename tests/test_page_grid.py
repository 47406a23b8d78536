"""The Grid tab in Chromium."""

import pytest
from playwright.sync_api import expect
from waiting import wait_until_shown

from textvae.latent.interpolation import grid_codes

FOUR = ("a dog on a bench", "a cat on a bed", "a red bus", "a train at a station")


@pytest.fixture
def opened(open_page, page_url):
    names = ("top_left", "top_right", "bottom_left", "bottom_right")
    pairs = zip(names, FOUR, strict=True)
    query = "".join(f"&{name}={caption.replace(' ', '+')}" for name, caption in pairs)

    def opened(**context):
        page = open_page(f"{page_url}/?tab=grid{query}", **context)
        wait_until_shown(page.locator("#grid-result .tv-result"))
        return page

    return opened


def cell(page, i):
    return page.locator(f"[data-cell='{i}']")


def test_the_chosen_cell_is_visible_follows_clicks_and_arrow_keys_and_is_sent_on(opened, fakes):
    page, line = opened(), "e => getComputedStyle(e).outlineStyle"
    # The chosen one is seen where the system chooses the colours.
    page.emulate_media(forced_colors="active")
    assert cell(page, 24).evaluate(line) != "none"
    assert cell(page, 0).evaluate(line) == "none"
    page.emulate_media(forced_colors="none")

    decoded = fakes["coco"].decode(grid_codes(fakes["coco"].encode(list(FOUR)), 7))
    current = page.locator(".tv-grid .tv-current")
    expect(current).to_have_text(decoded[24])  # the middle
    cell(page, 0).click()
    expect(current).to_have_text(FOUR[0])
    cell(page, 0).focus()
    for key, at in (("ArrowRight", 1), ("ArrowDown", 8), ("ArrowLeft", 7), ("ArrowLeft", 7)):
        page.keyboard.press(key)
        expect(cell(page, at)).to_be_focused()
        expect(current).to_have_text(decoded[at])
    assert page.locator(".tv-cells [tabindex='0']").count() == 1
    page.locator(".tv-grid summary").click()
    page.locator(".tv-grid").get_by_role("button", name="as your words").click()
    expect(page.locator("#caption input")).to_have_value(decoded[7])


def test_a_walk_goes_from_cell_to_neighbour_until_it_is_stopped_or_a_caption_is_used(opened):
    page = opened()
    cell(page, 5).click()
    page.get_by_role("button", name="Play", exact=True).click()
    for at in (6, 13, 12):  # to the end of the row, then back along the next
        expect(cell(page, at)).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Stop").click()
    selected = page.locator(".tv-cells [aria-selected=true]")
    chosen = selected.get_attribute("data-cell")
    page.wait_for_timeout(1000)  # longer than a step of the walk, which has been stopped
    expect(cell(page, chosen)).to_have_attribute("aria-selected", "true")
    walk = page.get_by_role("button", name="Play", exact=True)
    walk.click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()  # it goes
    page.locator("#top_left input").fill("a red dog")
    page.locator("#top_left input").press("Enter")
    expect(cell(page, 0)).to_have_text("a red dog")
    expect(walk).to_be_visible()
    page.wait_for_timeout(1000)  # longer than a step of the walk, which has ended
    assert selected.get_attribute("data-cell") == "24"

    walk.click()
    page.locator(".tv-grid summary").click()
    chosen = selected.get_attribute("data-cell")
    page.wait_for_timeout(1200)  # longer than a step of the walk, which has ended
    expect(cell(page, chosen)).to_have_attribute("aria-selected", "true")


def test_four_other_captions_come_with_a_click_and_the_grid_fits_a_phone(opened):
    page = opened(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cells = page.locator(".tv-cells").bounding_box()
    for at in (8, 6, 0):  # the first is chosen; the others are out of view until they are
        if at != 8:
            cell(page, at).evaluate("e => e.click()")
        expect(cell(page, at)).to_have_attribute("aria-selected", "true")
        box = cell(page, at).bounding_box()
        assert cells["x"] <= box["x"] + 1
        assert box["x"] + box["width"] <= cells["x"] + cells["width"] + 1
    before = page.locator("#grid-result .tv-cells").inner_text()
    page.locator("#grid-examples button").click()
    expect(page.locator("#top_left input")).not_to_have_value(FOUR[0])
    expect(page.locator("#grid-result .tv-cells")).not_to_have_text(before)
