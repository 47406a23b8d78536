"""The Map tab in Chromium, around fake models."""

import json
import re
import threading
import time
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from fake_pipeline import SCENES, fake_map
from playwright.sync_api import expect
from test_app import FOUR_FRAMES
from waiting import wait_until_shown

from textvae.web.place import Place


@pytest.fixture
def opened(open_page, page_url):
    """Opens the Map tab by a link, and waits for the caption at the first place."""

    def opened(query="", **context):
        context = {"viewport": {"width": 1200, "height": 1300}, **context}  # all of the map
        page = open_page(f"{page_url}/?tab=map{query}", **context)
        wait_until_shown(page.locator(".tv-map[data-caption]"))  # tensorflow may come
        return page

    return opened


def state(page):
    return page.locator(".tv-map").evaluate("e => ({...e.dataset})")


def wait_for_drawing(page):
    """Wait until what has changed is on the screen."""
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def current(page):
    return page.locator(".tv-map-point .tv-current")


def choose_model(page, name):
    page.locator("#model input").click()
    page.get_by_role("option", name=name).click()


def caption_at(fakes, text, model="coco"):
    """What a place says, without the page: a dot its caption, others what the fake decodes."""
    place = Place.parse(text)
    apart = np.linalg.norm(fake_map().points - (place.x, place.y), axis=1)
    if apart.min() < 1e-3:
        return fake_map().captions[apart.argmin()]
    return fakes[model].decode(fake_map().code_at((place.x, place.y))[None])[0]


def on_screen(page, place):
    """Where a place of the whole map is in the window."""
    points = fake_map().points
    box = page.locator(".tv-plane canvas").bounding_box()
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([box["width"], box["height"]]) - 2 - 44  # the border, the padding
    scale = (room / (high - low)).min()
    x, y = (np.asarray(place) - (low + high) / 2) * scale
    return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 - y


def isolated(kind=None):
    """The point, of a kind if one is given, that is furthest from all others."""
    points, kinds = fake_map().points, fake_map().kinds
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 99 * np.eye(
        len(points)
    )
    score = distances.min(axis=1)
    if kind is not None:
        score[kinds != fake_map().names.index(kind)] = 0
    return int(score.argmax())


PIXEL = """(canvas, [x, y]) => {
  const box = canvas.getBoundingClientRect();
  const sharp = canvas.width / canvas.clientWidth;
  const at = [(x - box.left - 1) * sharp, (y - box.top - 1) * sharp].map(Math.round);
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
}"""
COLOUR = """(canvas, number) => {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(canvas).getPropertyValue(`--tv-kind-${number}`);
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}"""


NAMELESS = """controls => controls
    .filter((e) => !(e.ariaLabel || e.innerText || e.labels?.[0]?.textContent || "").trim())
    .map((e) => e.outerHTML)"""
POST = """async ([url, body]) => {
  const headers = {"content-type": "application/json"};
  return (await fetch(url, {method: "POST", headers, body: JSON.stringify(body)})).json();
}"""


def shown_colour(page, point):
    """The colour of a point on the screen without its opacity, and the opacity."""
    canvas = page.locator(".tv-plane canvas")
    pixel = canvas.evaluate(PIXEL, on_screen(page, fake_map().points[point]))
    return np.array(pixel[:3]), pixel[3] / 255


def kind_colour(page, number):
    return np.array(page.locator(".tv-plane canvas").evaluate(COLOUR, number)[:3])


def test_dots_and_names_of_kinds_are_told_apart_and_the_legend_filters_them(opened):
    page = opened()
    latent_map = fake_map()
    wait_for_drawing(page)
    boxes = json.loads(state(page)["labels"])
    assert len(latent_map.names) - len(boxes) in (0, 1)  # one may be left to the legend
    canvas = page.locator(".tv-plane canvas").bounding_box()
    dots = [on_screen(page, point) for point in latent_map.points]
    for n, (left, top, right, bottom) in enumerate(boxes):  # names cover no dot
        for x, y in dots:
            x, y = x - canvas["x"] - 1, y - canvas["y"] - 1
            assert not (left < x < right and top < y < bottom)
        assert 0 <= left < right <= canvas["width"]
        for a, b, c, d in boxes[:n]:
            assert right <= a or c <= left or bottom <= b or d <= top

    assert state(page)["points"] == state(page)["drawn"] == str(len(latent_map.captions))
    assert page.locator(".tv-kind").count() == 4  # none is of no kind
    kinds = {"pets": 3, "food": 4, "street": 7, "ball": 0}
    for kind, number in kinds.items():
        colour, _ = shown_colour(page, isolated(kind))
        np.testing.assert_allclose(colour, kind_colour(page, number), atol=4)
    page.locator(".tv-kinds").get_by_role("button", name="Food 20").click()
    expect(page.locator(".tv-found")).to_have_text("20 of 80 dots")
    wait_for_drawing(page)
    colour, strength = shown_colour(page, isolated("food"))
    np.testing.assert_allclose(colour, kind_colour(page, 4), atol=4)
    assert strength > 0.7
    assert shown_colour(page, isolated("street"))[1] < 0.2  # a shadow
    page.locator(".tv-kinds").get_by_role("button", name="Cats and dogs").click()
    assert state(page)["shown"] == "40"
    for _ in range(2):
        page.locator(".tv-kinds [aria-pressed=true]").first.click()
    assert state(page)["shown"] == "80"

    # Text has the direction of its first letter. This draws over the map.
    said = page.evaluate("""() => {
      const canvas = document.querySelector(".tv-plane canvas");
      const plane = new window.textvaePlane.Plane(canvas, {x: [0], y: [0], kind: [0]});
      plane.resize();
      return ["2 هاتف iPhone!", "a dog"].map((text) => {
        plane.drawText(text, plane.width / 2, plane.height / 2, []);
        return plane.context.direction;
      });
    }""")
    assert said == ["rtl", "ltr"]


def test_the_mouse_reads_drags_zooms_and_moves_the_map_and_leaves_no_requests_behind(
    opened, fakes, monkeypatch
):
    page = opened()
    point = isolated()
    caption = fake_map().captions[point]
    x, y = on_screen(page, fake_map().points[point])
    page.mouse.move(x + 3, y)
    expect(page.locator(".tv-tip span")).to_have_text(caption)
    page.mouse.click(x, y)
    expect(page.locator(".tv-map")).to_have_attribute(
        "data-place", ",".join(f"{v:.3f}".rstrip("0") for v in fake_map().points[point])
    )
    expect(current(page)).to_have_text(caption)
    [decoded] = fakes["coco"].decode(
        fake_map().code_at(fake_map().points[point].round(3))[None]
    )
    expect(page.locator(".tv-also span")).to_have_text(decoded)
    expect(page.locator(".tv-here")).to_have_text("On this dot")
    before = state(page)["place"]
    page.mouse.click(x + 25, y + 25)  # where no dot is
    expect(page.locator(".tv-tip")).to_be_hidden()
    expect(page.locator(".tv-map")).not_to_have_attribute("data-place", before)
    place = Place.parse(state(page)["place"])
    assert on_screen(page, (place.x, place.y)) == pytest.approx((x + 25, y + 25), abs=0.6)
    expect(current(page)).to_have_text(caption_at(fakes, state(page)["place"]))
    expect(page.locator(".tv-here")).to_contain_text("a blend of the nearest four")
    expect(page.locator(".tv-also")).to_be_hidden()
    copy = page.locator(".tv-map-point .tv-actions button").first
    assert copy.get_attribute("data-copy") == current(page).inner_text()
    assert copy.text_content() == f"Copy “{current(page).inner_text()}”"

    # A drag is answered while it lasts.
    decode, running, most, calls = fakes["coco"].decode, [0], [0], []

    def slowly(z, **settings):
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.12)
        running[0] -= 1
        calls.append(threading.get_ident())
        return decode(z, **settings)

    monkeypatch.setattr(fakes["coco"], "decode", slowly)
    before = int(state(page)["answers"])
    box = page.locator(".tv-plane canvas").bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 200)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(box["x"] + 80 + 6 * step, box["y"] + 200 + step)
        page.wait_for_timeout(15)
    during = len(calls)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert 3 <= during < 40  # many, and far fewer than positions
    assert len(calls) <= during + 2
    assert most[0] == 1
    assert int(state(page)["answers"]) - before == len(calls)
    place = Place.parse(state(page)["place"])
    end = (box["x"] + 80 + 6 * 59, box["y"] + 200 + 59)
    assert on_screen(page, (place.x, place.y)) == pytest.approx(end, abs=5)  # or a dot there
    monkeypatch.undo()
    expect(current(page)).to_have_text(caption_at(fakes, state(page)["place"]))

    # The wheel and the buttons zoom, and the map can be moved.
    page.mouse.move(x, y)
    scrolled = page.evaluate("scrollY")
    page.mouse.wheel(0, -300)
    wait_for_drawing(page)
    assert float(state(page)["zoom"]) > 1.5
    assert page.evaluate("scrollY") == scrolled
    page.mouse.move(x + 1, y)  # what was under the pointer still is
    expect(page.locator(".tv-tip span")).to_have_text(caption)
    page.get_by_role("button", name="Drag to move the map").click()
    answers = state(page)["answers"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 40)
    page.mouse.up()
    page.mouse.move(x - 60, y + 41)
    expect(page.locator(".tv-tip span")).to_have_text(caption)
    assert state(page)["answers"] == answers
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    wait_for_drawing(page)
    assert int(state(page)["drawn"]) < 80
    page.get_by_role("button", name="Show the whole map").click()
    wait_for_drawing(page)
    assert (state(page)["zoom"], state(page)["drawn"]) == ("1", "80")


def test_the_search_finds_words_of_any_script_and_enter_goes_through_the_matches(opened):
    page = opened()
    box = page.get_by_role("searchbox", name="Search the map")
    box.fill("Dog numb")
    expect(page.locator(".tv-found")).to_have_text("10 of 80 dots")
    seen = set()
    for _ in range(10):
        before = int(state(page)["answers"])
        box.press("Enter")
        expect(page.locator(".tv-map")).to_have_attribute("data-answers", str(before + 1))
        place = Place.parse(state(page)["place"])
        at = np.linalg.norm(fake_map().points - (place.x, place.y), axis=1)
        seen.add(fake_map().captions[at.argmin()])
    assert seen == {caption for caption in fake_map().captions if " dog " in caption}
    box.fill("xylophone")
    expect(page.locator(".tv-found")).to_have_text(
        "No sentence on the map contains these words."
    )
    box.fill("")
    expect(page.locator(".tv-found")).to_be_hidden()
    assert state(page)["shown"] == "80"

    # The Enter that ends a word of an input method stays in the box.
    box.fill("dog")
    before = state(page)["answers"]
    box.evaluate("""box => box.dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true}))""")
    page.wait_for_timeout(500)
    assert state(page)["answers"] == before

    def with_other_captions(route):
        answer = route.fetch()
        body = answer.json()
        if "captions" in body:
            body["captions"][:3] = ["An Émeu, and its Nest", "床前明月光", "a mans hat"]
        route.fulfill(response=answer, json=body)

    page.route(re.compile("/component_server"), with_other_captions)
    choose_model(page, "Elephants")
    shown = page.locator(".tv-map")
    expect(shown).to_have_attribute("data-result", re.compile('"model":"elephant"'))
    for text in ("émeu nest", "明月", "man's hat", "man\u2019s hat"):
        page.get_by_role("searchbox").fill(text)
        expect(shown).to_have_attribute("data-shown", "1")


def test_the_keyboard_alone_reads_the_map_and_only_a_visible_map_is_announced(opened, fakes):
    page = opened()
    canvas = page.get_by_role("application", name="arrow keys move a cursor")
    live = page.locator("body > [aria-live=polite]")
    page.get_by_role("searchbox").focus()
    for _ in range(20):
        page.keyboard.press("Tab")
        if canvas.evaluate("e => e === document.activeElement"):
            break
    before = state(page)["place"]
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert state(page)["place"] == before
    page.keyboard.press("Enter")
    expect(page.locator(".tv-map")).not_to_have_attribute("data-place", before)
    after = state(page)["place"]
    expect(current(page)).to_have_text(caption_at(fakes, after))
    expect(live).to_have_text(caption_at(fakes, after))
    (x, y), (oldx, oldy) = (
        on_screen(page, (place.x, place.y)) for place in map(Place.parse, (after, before))
    )
    assert (x - oldx, oldy - y) == pytest.approx((60, 24), abs=15)  # or the dot beside
    for key, zoom in (("+", 1.6), ("+", 2.56), ("-", 1.6), ("0", 1)):
        page.keyboard.press(key)
        wait_for_drawing(page)
        assert float(state(page)["zoom"]) == pytest.approx(zoom)

    # The focus stays in the list of neighbours.
    rows, before = page.locator(".tv-near-space button"), state(page)["answers"]
    rows.nth(1).press("Enter")
    expect(page.locator(".tv-map")).not_to_have_attribute("data-answers", before)
    expect(rows.nth(1)).to_be_focused()

    # The cursor announces the nearest sentence, however far.
    page.wait_for_timeout(700)  # until the neighbour's caption has been announced
    page.locator(".tv-plane canvas").focus()
    for key in ["Shift+ArrowLeft"] * 12 + ["Shift+ArrowUp"] * 12:
        page.keyboard.press(key)
    live.evaluate("e => { e.textContent = ''; }")
    page.keyboard.press("ArrowUp")
    expect(live).not_to_have_text("")
    assert live.text_content() in fake_map().captions

    # A map that is not shown is not announced.
    page.get_by_role("tab", name="Your words").click()
    choose_model(page, "Elephants")
    ours = re.compile('"model":"elephant"')
    expect(page.locator(".tv-map")).to_have_attribute("data-result", ours)
    page.wait_for_timeout(1000)  # longer than a caption takes to settle
    shown = page.locator("#reconstruct-result [data-announce]")
    assert live.inner_text() == shown.get_attribute("data-announce")


def test_nothing_of_a_map_is_left_while_another_loads_or_fails_and_late_answers_are_dropped(
    opened,
):
    page = opened()
    shown = page.locator(".tv-map")
    button = page.locator(".tv-map-point .tv-actions button").first
    expect(button).to_be_visible()
    answer = {"error": "no map"}
    page.route(re.compile("/component_server"), lambda route: route.fulfill(json=answer))
    choose_model(page, "Elephants")
    expect(page.locator(".tv-map-notice")).to_have_text("no map")
    expect(button).to_be_hidden()
    assert "caption" not in state(page)
    page.unroute_all()
    choose_model(page, "Photo captions")
    expect(shown).to_have_attribute("data-result", re.compile('"model":"coco"'))

    # Another model can be chosen before the map has answered.
    holding, held = {"decode_place", "open_map"}, []

    def hold(route):
        if route.request.post_data_json["fn_name"] in holding:
            held.append(route)
        else:
            route.continue_()

    def wait_for_held(count):
        for _ in range(200):
            if len(held) >= count:
                return
            page.wait_for_timeout(50)
        raise AssertionError("the map did not ask")

    page.route(re.compile("/component_server"), hold)
    answers = int(state(page)["answers"])
    page.mouse.click(*on_screen(page, fake_map().points[isolated()]))
    wait_for_held(1)
    choose_model(page, "Elephants")
    wait_for_held(2)
    expect(page.locator(".tv-map-wait")).to_be_visible()
    expect(page.locator(".tv-kind")).to_have_count(0)
    expect(page.locator(".tv-kept")).to_be_hidden()
    holding.clear()
    held[0].continue_()  # a place of the first model, whose map is gone
    expect(shown).to_have_attribute("data-answers", str(answers + 1))
    choose_model(page, "Photo captions")
    expect(shown).to_have_attribute("data-state", "ready")
    held[1].continue_()  # the map of a model that is not wanted any more
    choose_model(page, "Elephants")
    expect(shown).to_have_attribute("data-result", re.compile('"model":"elephant"'))


def test_a_sentence_drops_as_a_pin_beside_its_neighbours_and_bad_requests_are_refused(
    opened, fakes
):
    page = opened()
    latent_map = fake_map()
    box = page.get_by_role("textbox", name="A sentence to find on the map")
    box.fill("A dog, on a bench!")
    box.press("Enter")
    expect(page.locator(".tv-here")).to_have_text("Your words lie here")
    expect(current(page)).to_have_text("a dog on a bench")
    [code] = fakes["coco"].encode(["a dog on a bench"])
    x, y = latent_map.place(code[None])[0]
    place = Place.parse(state(page)["place"])
    assert (place.x, place.y) == pytest.approx((x, y), abs=1e-3)
    near = latent_map.neighbours(code, 6)
    rows = page.locator(".tv-near-space li")
    shown = [latent_map.captions[i] for i in near.indices[0]]
    assert rows.locator("button").all_inner_texts() == shown
    told = [float(text) for text in rows.locator("small").all_inner_texts()]
    assert told == pytest.approx(near.distances[0], abs=0.006)
    apart = np.hypot(*(latent_map.points - (place.x, place.y)).T)
    beside = [latent_map.captions[i] for i in np.argsort(apart, kind="stable")[:6]]
    assert page.locator(".tv-near-plane button").all_inner_texts() == beside
    assert rows.first.locator("button").get_attribute("dir") == "auto"
    rows.nth(1).locator("button").click()  # goes to that dot
    expect(current(page)).to_have_text(shown[1])
    expect(page.locator(".tv-here")).to_have_text("On this dot")
    box.fill("zqx vbn")
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("knows none of the")
    expect(page.locator(".tv-kept")).to_contain_text("trustworthiness")

    # What the page itself would not send gets an error message.
    url = "/gradio_api/component_server"
    number = page.evaluate(
        "window.gradio_config.components.find((c) => c.props.elem_id === 'map-panel').id"
    )
    for function, data in (
        ("decode_place", None),
        ("decode_place", {"model": "coco", "place": "<img src=x>"}),
        ("decode_place", {"model": "../etc", "place": "0,0"}),
        ("find_sentence", {"model": "coco", "sentence": {"a": 1}}),
        ("find_sentence", {"model": "coco", "sentence": "a" * 9999}),
        ("open_map", ["coco"]),
    ):
        asked = {"data": data, "component_id": number, "fn_name": function}
        answer = page.evaluate(POST, [url, {**asked, "session_hash": "x"}])
        assert set(answer) == {"error"}, answer


def test_a_caption_used_in_another_tab_does_not_move_the_map_back(opened):
    page, held = opened(), []
    shown, before = page.locator(".tv-map"), state(page)["place"]
    caption = current(page).inner_text()
    page.wait_for_timeout(400)  # until it has settled
    page.route("**/queue/join*", lambda route: held.append(route))
    point = page.locator(".tv-map-point")
    point.locator(".tv-actions summary").press("Enter")
    point.get_by_role("button", name="as the end of a path").press("Enter")
    expect(page.get_by_role("tab", name="Between two")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page.locator("#last input")).to_have_value(caption)
    page.get_by_role("tab", name="Map").click()
    expect(page.locator(".tv-plane canvas")).to_be_visible()
    page.mouse.click(*on_screen(page, fake_map().points[isolated()]))
    expect(shown).not_to_have_attribute("data-place", before)
    after = state(page)["place"]
    page.wait_for_timeout(400)
    assert held
    for route in held:
        route.continue_()
    page.wait_for_timeout(1000)
    assert state(page)["place"] == after


def test_a_copied_link_restores_the_place_and_the_pin(opened, fakes):
    page = opened(
        "&model=elephant&place=0.5,-0.75", permissions=["clipboard-read", "clipboard-write"]
    )
    expect(current(page)).to_have_text(caption_at(fakes, "0.5,-0.75", "elephant"))
    page.locator(".tv-shares [data-link]").click()
    expect(page.locator(".tv-shares [data-link]")).to_have_text("Copied")
    link = urlsplit(page.evaluate("navigator.clipboard.readText()"))
    wanted = {"tab": "map", "model": "elephant", "place": "0.5,-0.75"}
    assert {name: value[0] for name, value in parse_qs(link.query).items()} == wanted
    page = opened(f"&pin={quote('a red bus')}")
    expect(current(page)).to_have_text("a red bus")
    expect(page.get_by_role("textbox", name="A sentence to find")).to_have_value("a red bus")


def test_a_path_and_a_sum_lie_on_small_maps_and_a_mark_follows_the_slider(
    open_page, page_url, fakes
):
    page = open_page(f"{page_url}/?tab=interpolate&first=a+dog&last=a+red+bus+on+a+street")
    box = page.locator("#interpolate-result .tv-small")
    expect(box.locator("canvas")).to_be_visible()
    line = json.loads(box.get_attribute("data-lines"))[0]["places"]
    slider = page.get_by_role("slider", name="Position along the path")
    slider.focus()
    ends = fake_map().place(fakes["coco"].encode(["a dog", "a red bus on a street"]))
    for key, place, end in (("Home", line[0], ends[0]), ("End", line[-1], ends[1])):
        page.keyboard.press(key)
        expect(box).to_have_attribute("data-at", f"{place[0]},{place[1]}".replace(".0,", ","))
        assert place == pytest.approx(list(end), abs=1e-3)
    page.locator("#swap").click()
    expect(page.locator("#first input")).to_have_value("a red bus on a street")
    swapped = json.dumps([{"places": line[::-1], "dashed": True}])
    expect(box).to_have_attribute("data-lines", swapped)
    middle = len(line) // 2  # where the text of every new result is from
    expect(slider).to_have_value(str(middle))
    there = ",".join(f"{value:g}" for value in line[::-1][middle])
    expect(box).to_have_attribute("data-at", there)

    page.get_by_role("tab", name="Arithmetic").click()
    wait_until_shown(page.locator("#sum-result .tv-result"))
    page.evaluate(FOUR_FRAMES)
    sums = ("a dog on a bench", "a woman on a bench", "a red bus on a city street")
    for name, caption in zip(("start", "minus", "plus"), sums, strict=True):
        page.locator(f"#{name} input").fill(caption)
    page.locator("#plus input").press("Enter")
    a, b, c = fakes["coco"].encode(sums)
    total = fakes["coco"].decode((a - b + c)[None])[0]
    expect(page.locator("#sum-result .tv-total")).to_have_text(total)
    near = [fake_map().captions[i] for i in fake_map().nearest(a - b + c, 3)]
    assert page.locator("#sum-result .tv-caption").all_inner_texts() == near
    marks = json.loads(page.locator("#sum-result .tv-small").get_attribute("data-marks"))
    places = {mark["name"]: (mark["x"], mark["y"]) for mark in marks}
    expected = fake_map().place(np.array([a, b, c, a - b + c]))
    for name, place in zip(("A", "B", "C", "A−B+C"), expected, strict=True):  # noqa: RUF001
        assert places[name] == pytest.approx(tuple(place), abs=1e-3)
    canvas = page.locator("#sum-result canvas")
    painted = canvas.evaluate(
        "e => e.getContext('2d').getImageData(0, 0, e.width, e.height).data.some(Boolean)"
    )
    assert painted
    page.locator("#minus input").fill("a manx on a Manx bench")
    page.locator("#sum-run").click()
    page.locator("#sum-result .tv-remarks").get_by_role(
        "button", name="man", exact=True
    ).click()
    expect(page.locator("#minus input")).to_have_value("a man on a man bench")
    expect(page.locator("#sum-result .tv-remarks")).to_have_count(0)
    page.locator("#minus input").fill("")
    page.locator("#sum-run").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("minus B: Type a")
    chip = page.locator("#sum-examples button").first
    chip.click()
    expect(page.locator("#start input")).to_have_value(chip.get_attribute("data-start"))
    expect(page.locator("#sum-result .tv-summary")).to_contain_text(
        chip.get_attribute("data-start")
    )


def test_weights_without_a_map_get_one_and_another_if_the_server_loses_it(opened):
    page = opened("&model=article")
    expect(page.locator(".tv-map")).to_have_attribute("data-state", "ready")
    assert int(state(page)["points"]) == len(SCENES)
    told = page.locator(".tv-map-wait")
    expect(told).to_be_hidden()
    assert "writing 400 sentences for a small one" in told.text_content()
    assert current(page).inner_text() in SCENES

    asked = []

    def lose(route):
        asked.append(route.request.post_data_json["fn_name"])
        if asked == ["decode_place"]:
            route.fulfill(json={"error": "no map yet", "again": True})
        else:
            route.continue_()

    page.route(re.compile("/component_server"), lose)
    answers = int(state(page)["answers"])
    box = page.locator(".tv-plane canvas").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 40)
    shown = page.locator(".tv-map")
    expect(shown).to_have_attribute("data-answers", str(answers + 2))
    expect(shown).to_have_attribute("data-caption", re.compile("."))
    expect(page.locator(".tv-map-notice")).to_be_hidden()
    assert asked == ["decode_place", "open_map", "decode_place"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_fits_a_phone_and_every_control_has_a_name(opened, scheme):
    page = opened(color_scheme=scheme, viewport={"width": 390, "height": 844}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    controls = page.locator("#map").locator("input:visible, button:visible, canvas:visible")
    assert controls.evaluate_all(NAMELESS) == []
    colour, _ = shown_colour(page, isolated("food"))
    np.testing.assert_allclose(colour, kind_colour(page, 4), atol=4)
    answers = state(page)["answers"]
    page.locator(".tv-plane canvas").scroll_into_view_if_needed()
    x, y = on_screen(page, fake_map().points[isolated("food")])
    page.touchscreen.tap(x, y)
    expect(page.locator(".tv-map")).not_to_have_attribute("data-answers", answers)


def swipe(page, *fingers):
    """Fingers that go from one place to another, as the browser takes them from a screen."""
    touch = page.context.new_cdp_session(page)
    send = lambda kind, points: touch.send(  # noqa: E731
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
    )
    at = lambda share: [  # noqa: E731
        {"x": x0 + share * (x1 - x0), "y": y0 + share * (y1 - y0), "id": i}
        for i, ((x0, y0), (x1, y1)) in enumerate(fingers)
    ]
    send("touchStart", at(0))
    for step in range(1, 9):
        send("touchMove", at(step / 8))
    send("touchEnd", [])


def scrolled_to(page):
    """Where the page is scrolled to, once it no longer moves after a swipe."""
    return page.evaluate(
        """async () => {
            for (let before = null; before !== scrollY; ) {
                before = scrollY;
                await new Promise((resolve) => setTimeout(resolve, 300));
            }
            return scrollY;
        }"""
    )


def test_on_a_phone_one_finger_scrolls_the_page_and_two_move_the_map(opened):
    page = opened(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    canvas = page.locator(".tv-plane canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scrolled, place = page.evaluate("scrollY"), state(page)["place"]
    swipe(page, ((x, y + 90), (x, y - 90)))
    before, scrolled = scrolled, scrolled_to(page)
    assert scrolled > before + 50
    assert (state(page)["place"], state(page)["zoom"]) == (place, "1")
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    swipe(page, ((x - 20, y), (x - 90, y)), ((x + 20, y), (x + 90, y)))
    wait_for_drawing(page)
    assert float(state(page)["zoom"]) > 2
    assert page.evaluate("scrollY") == scrolled
    assert state(page)["place"] == place


def test_one_finger_moves_the_map_once_every_drag_does(opened):
    page = opened(viewport={"width": 900, "height": 600}, has_touch=True, is_mobile=True)
    page.get_by_role("button", name="Drag to move the map").click()
    canvas = page.locator(".tv-plane canvas")
    canvas.scroll_into_view_if_needed()
    wait_for_drawing(page)
    box, scrolled = canvas.bounding_box(), page.evaluate("scrollY")
    before = state(page)["labels"]
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    swipe(page, ((x, y + 80), (x, y - 80)))
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == scrolled
    assert state(page)["labels"] != before


def test_back_leads_from_a_sentence_to_the_place_and_to_the_model_before(opened):
    page = opened("&place=0.5,-0.75")
    page.wait_for_timeout(400)  # until it has settled
    page.locator("[name=sentence]").fill("a dog on a bench")
    page.locator("[name=sentence]").press("Enter")
    expect(page).to_have_url(re.compile("pin=a"))
    page.go_back()
    expect(page.locator(".tv-map")).to_have_attribute("data-place", "0.5,-0.75")
    expect(page.locator(".tv-here")).not_to_have_text("Your words lie here")

    page.wait_for_timeout(400)  # until it has settled
    choose_model(page, "Elephants")
    expect(page).to_have_url(re.compile("model=elephant"))
    page.go_back()
    expect(page.locator("#model input")).to_have_value("Photo captions")


def test_what_is_folded_out_is_within_a_phone(open_page, page_url):
    page = open_page(f"{page_url}/?tab=generate", viewport={"width": 390, "height": 844})
    for tab, at in (("generate", "li"), ("interpolate", "li"), ("grid", ".tv-grid")):
        page.locator(f"[role=tab][data-tab-id={tab}]").click()
        place = page.locator(f"#{tab}-result {at}").first
        expect(place).to_be_visible()
        page.evaluate(FOUR_FRAMES)
        place.locator("summary").click()
        box = place.locator(".tv-uses").bounding_box()
        assert box["x"] >= 0, tab
        assert box["x"] + box["width"] <= 390, tab


def test_a_mouse_moves_the_map_in_a_narrow_window_too(opened):
    page = opened(viewport={"width": 640, "height": 600})
    expect(page.get_by_role("button", name="Drag to move the map")).to_be_visible()
    expect(page.locator(".tv-map-keys")).to_be_visible()
