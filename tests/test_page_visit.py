"""A visit in Chromium: its address, its failures, and the network that comes and goes."""

import json
import re
import threading
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from waiting import wait_until_shown

from textvae.web.examples import CAPTIONS, SEED
from textvae.web.i18n.language import CATALOGUES, preferred_language
from textvae.web.service import Service


class Held:
    """Requests of the page to an address, which wait until they are let go."""

    def __init__(self, page, address):
        self.page, self.routes, self.is_on = page, [], True
        page.route(address, self._take)

    def _take(self, route):
        self.routes.append(route) if self.is_on else route.continue_()

    def wait_for(self, count):
        for _ in range(200):
            if len(self.routes) >= count:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("the page did not ask")


@pytest.fixture
def late(monkeypatch):
    """The first filling has all tabs but the last when it has `begun`, and waits for `go`."""
    late, about = SimpleNamespace(begun=threading.Event(), go=threading.Event()), Service.about

    def waiting(self, model):  # without the lock of the model
        if not late.begun.is_set():
            late.begun.set()
            assert late.go.wait(30)
        return about(self, model)

    monkeypatch.setattr(Service, "about", waiting)
    yield late
    late.go.set()


def address(page):
    return {name: value[0] for name, value in parse_qs(urlsplit(page.url).query).items()}


def read(page, sentence):
    page.locator("#caption input").fill(sentence)
    page.locator("#caption input").press("Enter")
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text(sentence)


def is_shown(page, name):
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def test_back_and_forward_go_through_the_visit_and_reload_restores_it(page):
    start = page.url
    read(page, "a dog on a bench")
    expect(page).to_have_url(re.compile("caption=a\\+dog\\+on\\+a\\+bench"))
    page.get_by_role("tab", name="Made up").click()
    page.locator("#new-seed").click()
    expect(page).to_have_url(re.compile(f"tab=generate.*seed=(?!{SEED}&)"))
    seed = address(page)["seed"]
    page.get_by_role("tab", name="Map").click()
    expect(page).to_have_url(re.compile("tab=map&.*place="))
    page.go_back()
    is_shown(page, "Made up")
    expect(page.locator("#generate-result .tv-summary")).to_contain_text(f"seed {seed} ")
    page.go_back()
    expect(page.locator("#generate-result .tv-summary")).to_contain_text(f"seed {SEED} ")
    page.go_back()
    is_shown(page, "Your words")
    expect(page.locator("#caption input")).to_have_value("a dog on a bench")
    page.go_forward()
    page.go_forward()
    page.go_forward()
    is_shown(page, "Map")
    for _ in range(3):  # without waiting for an answer
        page.evaluate("history.back()")
    is_shown(page, "Your words")
    expect(page.locator("#generate-result .tv-summary")).to_contain_text(f"seed {SEED} ")
    page.go_back()
    expect(page).to_have_url(start)
    expect(page.locator("#caption input")).not_to_have_value("a dog on a bench")
    page.go_forward()
    expect(page.locator("#caption input")).to_have_value("a dog on a bench")
    page.reload()
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text("a dog on a bench")


def test_late_answers_add_no_steps_and_the_last_step_or_swap_counts(page):
    start = page.url
    read(page, "a dog on a bench")
    page.get_by_role("tab", name="Made up").click()
    expect(page).to_have_url(re.compile("tab=generate"))
    page.go_back()
    page.go_forward()  # which has the caption that the page begins with
    shown = page.locator("#reconstruct-result .tv-input")
    expect(shown).to_have_text(CAPTIONS[0])
    held = Held(page, "**/run/predict*")
    page.evaluate("history.back()")
    held.wait_for(1)
    page.evaluate("history.back()")
    expect(page).to_have_url(start)
    page.keyboard.press("PageDown")  # which only scrolls
    held.routes[0].continue_()
    held.wait_for(2)
    expect(shown).to_have_text("a dog on a bench")
    held.is_on = False
    held.routes[1].continue_()
    expect(shown).to_have_text(CAPTIONS[0])
    expect(page).to_have_url(start)
    page.go_forward()
    expect(shown).to_have_text("a dog on a bench")

    # Of slow steps the last counts.
    expect(page).to_have_url(re.compile(r"a\+dog\+on\+a\+bench"))
    read(page, "a cat on a bed")  # the second step from the start
    expect(page).to_have_url(re.compile(r"a\+cat\+on\+a\+bed"))
    held = Held(page, "**/run/predict*")
    page.evaluate("history.back()")
    held.wait_for(1)
    page.evaluate("history.back()")
    page.wait_for_timeout(500)  # for a second request, should there be one
    held.is_on = False
    for route in reversed(held.routes):  # the answers come in another order
        route.continue_()
        page.wait_for_timeout(500)
    expect(shown).to_have_text(CAPTIONS[0])
    expect(page.locator("#caption input")).to_have_value(CAPTIONS[0])

    # Two swaps leave the ends where they were.
    page.get_by_role("tab", name="Between two").click()
    first = page.locator("#first input")
    expect(page.locator("#interpolate-result .tv-result")).to_be_visible()
    before, held = first.input_value(), Held(page, "**/run/predict*")
    page.locator("#swap").click()
    held.wait_for(1)
    page.locator("#swap").click()
    page.wait_for_timeout(300)  # for a second request, should there be one
    held.is_on = False
    for route in held.routes:
        route.continue_()
    page.wait_for_timeout(1000)
    expect(first).to_have_value(before)


def test_copies_and_failed_pictures_are_announced_and_saved_files_work_elsewhere(
    page, page_url, saved
):
    page.evaluate("""() => {
        const live = document.querySelector("body > [aria-live=polite]");
        window.told = [];
        const note = () => live.textContent && window.told.push(live.textContent);
        new MutationObserver(note).observe(live, { childList: true });
    }""")
    for n in (0, 1, 1):
        page.locator("#reconstruct-around li .tv-button[data-copy]").nth(n).click()
        page.wait_for_timeout(500)
    assert page.evaluate("told.filter((text) => text === 'Copied').length") == 3
    page.get_by_role("button", name="History").click()
    page.locator("dialog li button").nth(1).click()
    expect(page.locator("dialog [aria-live=polite]")).to_have_text("Copied")

    page.keyboard.press("Escape")
    link = json.loads(saved(page, "reconstruct", "JSON"))["link"]
    assert link.startswith(f"{page_url}/?tab=reconstruct&model=coco&caption=two+dogs")

    # A table holds nothing that a spreadsheet would compute.
    row = ["=1+1", "- said the fox", "a-b", 'a "dog"', "-0.5 0.1", -0.5]
    made = page.evaluate("row => window.textvae.csv([row])", row)
    assert made == '\ufeff"\'=1+1","\'- said the fox","a-b","a ""dog""","-0.5 0.1","-0.5"\r\n'

    # A picture that the browser cannot make is told until it is read.
    page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = (done) => done(null); }")
    fold = page.locator("#reconstruct-result .tv-toolbar details.tv-use")
    fold.locator("summary").click()
    fold.get_by_role("button", name="PNG").click()
    expect(fold.locator("summary")).to_contain_text("could not be drawn")
    page.wait_for_timeout(2000)  # longer than "Copied" is shown
    expect(fold.locator("summary")).to_contain_text("could not be drawn")


def test_what_was_not_read_is_named_and_heard_and_boxes_follow_the_direction_of_what_is_typed(
    page,
):
    result = page.locator("#reconstruct-result")
    page.locator("#caption input").fill("2 dogs on a bench 🐶!")
    page.locator("#caption input").press("Enter")
    expect(result.locator(".tv-left-out")).to_have_text("Not read: “2”, “🐶”, punctuation.")
    page.locator("#caption input").fill("3 elephants on a bench")
    page.locator("#caption input").press("Enter")
    expect(result.locator(".tv-left-out")).to_have_text("Not read: “3”.")
    expect(result.locator(".tv-summary")).to_have_text("All that was read came back.")
    read(page, "elephants on a bench")
    expect(result.locator(".tv-summary")).to_have_text("Every word came back.")
    expect(result.locator(".tv-left-out")).to_have_count(0)

    page.locator("#caption input").fill("a manx on 2 benches")
    page.locator("#caption input").press("Enter")
    live = page.locator("body > [aria-live=polite]")
    expect(live).to_contain_text("does not know “manx”")
    expect(live).to_contain_text("Not read: “2”.")
    expect(live).to_contain_text("Written again:")

    # A box takes the language of the model and the direction of what is typed.
    box, direction = page.locator("#caption input"), "e => getComputedStyle(e).direction"
    expect(box).to_have_attribute("lang", "en")
    for text, wanted in (("مرحبا بالعالم", "rtl"), ("a dog", "ltr")):
        box.fill(text)
        assert box.evaluate(direction) == wanted
    page.get_by_role("tab", name="Between two").click()
    expect(page.locator("#first input")).to_have_attribute("dir", "auto")
    page.get_by_role("tab", name="Map").click()
    for name in ("A sentence to find", "Search the map"):
        box = page.locator("#map").get_by_label(name)
        expect(box).to_have_attribute("dir", "auto")
        expect(box).to_have_attribute("lang", "en")


def test_after_a_failure_nothing_of_the_result_before_it_is_left_until_the_next(page):
    output = page.locator("#reconstruct-result .tv-output")
    draws = page.locator("#reconstruct-draws li").first
    expect(output).to_be_visible()
    page.locator("#inside > button").click()
    expect(draws).to_be_visible()
    page.locator("#caption input").fill("zqx vbn")
    page.locator("#caption input").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(output).to_be_hidden()
    expect(page.locator("#reconstruct-around li").first).to_be_hidden()
    expect(draws).to_be_hidden()
    read(page, "a dog on a bench")
    expect(output).to_be_visible()
    expect(page).to_have_url(re.compile("caption=a\\+dog\\+on\\+a\\+bench"))

    page.get_by_role("tab", name="About").click()
    expect(page.locator("#about-limits li").first).to_be_visible()
    page.locator("#about-notice .prose").evaluate(
        "each => { each.innerHTML = '<div class=tv-notice>no</div>'; }"
    )
    for part in ("#about-limits li", "#card"):
        expect(page.locator(part).first).to_be_hidden()


@pytest.fixture
def take(pages):
    """Gives a page before its visit, whose network may fail, which the console then says."""
    taken = []

    def take(**context):
        context = {"viewport": {"width": 1280, "height": 844}, **context}
        page = pages.take(**context)
        taken.append((page, context))
        return page

    yield take
    for page, context in taken:
        page.context.set_offline(False)
        pages.give_back(page, **context)


@pytest.fixture(params=[({}, 1280, "light"), ({"locale": "zh-CN"}, 390, "dark")])
def watched(request, take, pages, page_url):
    """A page whose network may fail."""
    locale, width, scheme = request.param  # the browser's own locale is en-US
    page = take(viewport={"width": width, "height": 844}, color_scheme=scheme, **locale)
    pages.open(page, page_url)
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    return page


def test_offline_and_a_silent_server_are_told_within_seconds_and_heal(watched):
    line = watched.locator(".tv-connection")
    text = CATALOGUES[preferred_language(watched.evaluate("navigator.language"))]
    expect(line).to_be_hidden()
    watched.context.set_offline(True)
    expect(line).to_have_text(text.OFFLINE, timeout=5000)
    for place in (0, 10_000):  # wherever the visitor has scrolled, and over nothing at the top
        watched.evaluate(f"scrollTo(0, {place})")
        expect(line).to_be_in_viewport(ratio=1)
    box, shown = line.bounding_box(), "e => getComputedStyle(e).backgroundColor"
    assert box["height"] < 90
    assert "/" not in line.evaluate(shown)  # not to be read through
    watched.evaluate("scrollTo(0, 0)")
    assert watched.locator("h1").bounding_box()["y"] >= box["height"]
    watched.context.set_offline(False)
    expect(line).to_be_hidden(timeout=10_000)
    watched.route("**/startup-events", lambda route: route.abort("connectionrefused"))
    expect(line).to_have_text(text.SERVER_GONE, timeout=5000)
    watched.unroute("**/startup-events")
    expect(line).to_be_hidden(timeout=10_000)
    ours = json.dumps({"detail": text.ENDING, "error": text.ENDING})
    answers = []
    watched.route("**/startup-events", lambda route: route.fulfill(**answers[-1]))
    for status, body, is_gone in ((502, "", True), (503, ours, False), (503, "<p>no", True)):
        answers.append({"status": status, "body": body})
        watched.evaluate("dispatchEvent(new Event('online'))")  # which asks at once
        said = text.SERVER_GONE if is_gone else ""
        expect(line).to_have_text(said, timeout=5000)  # of the server, or of a proxy before it


@pytest.mark.parametrize("query", ["", "?tab=reconstruct&model=elephant"])
def test_the_skip_link_moves_nothing_but_the_focus(open_page, page_url, query):
    page = open_page(f"{page_url}/{query}")
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    page.locator("#caption input").fill("a dog on a bench")  # not sent yet
    before = page.url, page.evaluate("history.length")
    page.locator(".tv-skip").press("Enter")
    expect(page.locator("#tabs")).to_be_focused()
    page.wait_for_timeout(700)  # the page settles within half of it
    assert (page.url, page.evaluate("history.length")) == before
    expect(page.locator("#caption input")).to_have_value("a dog on a bench")


TOOK = """async () => {
    const start = performance.now();
    await fetch("gradio_api/startup-events", { cache: "no-store" });
    return performance.now() - start;
}"""


@pytest.mark.parametrize("watched", [({}, 1280, "light")], indirect=True)
def test_a_missing_or_slow_network_is_not_taken_for_a_lost_server(watched):
    watched.evaluate("""() => {
        const isOff = { get: () => false, configurable: true };
        Object.defineProperty(navigator, "onLine", isOff);
        dispatchEvent(new Event("offline"));
    }""")
    watched.wait_for_timeout(3500)  # longer than the interval
    expect(watched.locator(".tv-connection")).to_be_hidden()  # the server is on this machine
    watched.evaluate("() => { delete navigator.onLine; }")

    tools = watched.context.new_cdp_session(watched)
    slow = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", {**slow, "latency": 2500})
    assert watched.evaluate(TOOK) > 2000  # ms: it is slow
    watched.wait_for_timeout(12_000)
    expect(watched.locator(".tv-connection")).to_be_hidden()
    tools.send("Network.emulateNetworkConditions", {**slow, "latency": 0})
    tools.detach()


def test_a_model_chosen_on_another_tab_is_in_the_address_and_the_history(open_page, page_url):
    page = open_page(f"{page_url}/?tab=about")
    wait_until_shown(page.locator("#about-result .tv-result"))
    page.locator("#model input").click()
    page.get_by_role("option", name="Elephants").click()
    expect(page).to_have_url(re.compile("tab=about&model=elephant"))

    # A result that came while its tab was hidden is listed once it is seen.
    page.get_by_role("tab", name="Made up").click()
    expect(page).to_have_url(re.compile("tab=generate&model=elephant"))
    page.get_by_role("tab", name="Your words").click()
    page.locator("#model input").click()
    page.get_by_role("option", name="Photo captions").click()
    made = page.locator("#generate-result [data-export]")
    expect(made).to_have_attribute("data-export", re.compile('"model": "coco"'))
    page.get_by_role("tab", name="Made up").click()
    expect(page).to_have_url(re.compile("tab=generate&model=coco"))
    page.get_by_role("button", name="History").click()
    expect(page.locator("dialog li").first).to_contain_text("Made up · coco")


def test_a_tab_chosen_before_the_first_result_is_in_the_address(take, pages, page_url):
    page, held = take(), []
    page.route("**/queue/join*", lambda route: held.append(route))  # no result comes
    pages.open(page, page_url)
    page.get_by_role("tab", name="About").click()
    expect(page).to_have_url(re.compile("tab=about&model=coco"))


def test_what_is_asked_while_the_page_fills_stays(open_page, page_url, late):
    page = open_page(page_url)
    assert late.begun.wait(60)
    read(page, "a dog on a bench")
    expect(page).to_have_url(re.compile("caption=a\\+dog\\+on\\+a\\+bench"))
    late.go.set()
    page.get_by_role("tab", name="About").click()
    wait_until_shown(page.locator("#about-result .tv-result"))  # the filling has come
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text("a dog on a bench")
    page.go_back()
    expect(page).to_have_url(re.compile("caption=a\\+dog\\+on\\+a\\+bench"))


def test_a_model_chosen_while_the_page_fills_stays(open_page, page_url, late):
    page = open_page(page_url)
    assert late.begun.wait(60)
    page.locator("#model input").click()
    page.get_by_role("option", name="Elephants").click()
    status = page.locator("#status [data-state=ready]")
    expect(status).to_have_attribute("data-model", "elephant")
    late.go.set()
    page.wait_for_timeout(1000)
    expect(status).to_have_attribute("data-model", "elephant")


def test_choices_beside_captions_keep_the_focus_and_reach_a_map_that_is_loading(page):
    row = page.locator("#reconstruct-around li").first
    fold, summary = row.locator(".tv-use"), row.locator("summary")
    summary.press("Enter")
    caption = row.locator(".tv-caption").inner_text()
    row.get_by_role("button", name="as your words").press("Enter")
    expect(summary).to_be_focused()
    expect(fold).not_to_have_attribute("open", "")
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text(caption)
    summary.press("Enter")
    expect(fold).to_have_attribute("open", "")
    fold.locator("button").last.press("Tab")
    expect(fold).not_to_have_attribute("open", "")

    # The keyboard goes on in the result whose suggestion was taken.
    read(page, "a manx on a bench")
    result = page.locator("#reconstruct-result")
    result.get_by_role("button", name="man", exact=True).press("Enter")
    expect(result.locator(".tv-remarks")).to_have_count(0)
    assert result.evaluate("each => each.contains(document.activeElement)")

    # A caption sent to the map while it loads is found.
    held = Held(page, re.compile("/component_server"))
    summary.click()
    caption = row.locator(".tv-caption").inner_text()
    row.get_by_role("button", name="on the map").click()
    held.wait_for(1)
    page.wait_for_timeout(1500)  # the click has been answered
    held.is_on = False
    for route in held.routes:
        route.continue_()
    expect(page.locator(".tv-map")).to_have_attribute("data-sentence", caption)


def test_a_map_that_failed_comes_when_asked_again_and_with_the_network(page):
    held = Held(page, re.compile("/component_server"))
    page.get_by_role("tab", name="Map").click()
    held.wait_for(1)
    page.locator("[name=sentence]").fill("a red bus")
    page.locator("[name=sentence]").press("Enter")
    held.routes.pop().fulfill(json={"error": "no map"})
    expect(page.locator(".tv-map-notice")).to_be_visible()
    page.locator("[name=sentence]").press("Enter")
    held.wait_for(1)
    held.is_on = False
    held.routes.pop().continue_()
    expect(page.locator(".tv-map")).to_have_attribute("data-sentence", "a red bus")

    held.is_on = True
    page.locator("#model input").click()
    page.get_by_role("option", name="Elephants").click()
    held.wait_for(1)
    held.is_on = False
    held.routes.pop().fulfill(json={"error": "no map"})
    expect(page.locator(".tv-map-notice")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".tv-map")).to_have_attribute("data-state", "ready")


def test_the_history_copies_without_permission_and_keeps_languages_and_the_keyboard(
    open_page, page_url
):
    page = open_page(page_url, permissions=["clipboard-read", "clipboard-write"])
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    sentence = "a dog on a bench"
    read(page, sentence)
    page.evaluate("""async () => {
        await navigator.clipboard.writeText("old");
        const refused = { value: () => Promise.reject(new Error()) };
        Object.defineProperty(navigator.clipboard, "writeText", refused);
    }""")
    page.get_by_role("button", name="History").click()
    copy = page.locator("dialog li button").nth(1)
    copy.click()
    expect(copy).to_have_text("Copied")
    expect(copy).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") != "old"
    page.keyboard.press("Escape")
    dialog = page.locator(".tv-history dialog")
    expect(dialog).to_be_hidden()

    # A double click opens it, and a click outside closes it.
    page.get_by_role("button", name="History").dblclick()
    page.wait_for_timeout(300)
    expect(dialog).to_be_visible()
    page.mouse.click(5, 5)  # outside of it
    expect(dialog).to_be_hidden()

    # A result keeps its language.
    page.locator("[data-model-lang]").evaluate("e => { e.dataset.modelLang = 'zh'; }")
    page.get_by_role("button", name="History").click()
    captions = page.locator("dialog li .tv-history-captions").first
    expect(captions).to_have_attribute("lang", "en")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    # The keyboard stays in the history that was cleared.
    page.get_by_role("button", name="History").press("Enter")
    page.locator(".tv-history [data-do=clear]").press("Enter")
    expect(page.locator(".tv-history [data-do=close]")).to_be_focused()


def test_a_theme_that_was_chosen_stays(open_page, page_url):
    page = open_page(f"{page_url}/?__theme=dark")
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    read(page, "a dog on a bench")
    expect(page).to_have_url(re.compile("caption=a.*__theme=dark"))
    page.reload()
    expect(page.locator("body.dark")).to_have_count(1)


def test_panels_sliders_and_reopened_results_add_no_extra_steps(page):
    page.locator("footer .show-api").click()
    expect(page.locator(".api-docs .backdrop")).to_be_visible()
    page.locator(".api-docs .backdrop").click(position={"x": 20, "y": 300})
    expect(page.locator(".api-docs")).to_have_count(0)
    read(page, "a dog on a bench")
    expect(page).to_have_url(re.compile("caption=a\\+dog"))
    page.go_back()
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text(CAPTIONS[0])
    page.wait_for_timeout(500)  # for a step that should not be
    page.go_forward()
    expect(page.locator("#caption input")).to_have_value("a dog on a bench")
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text("a dog on a bench")

    # Positions that a slider passes are one step.
    page.get_by_role("tab", name="Made up").click()
    expect(page).to_have_url(re.compile(rf"tab=generate&.*seed={SEED}\b"))
    first, settings = page.url, page.locator("#generate-result .tv-summary")
    usual = settings.text_content()
    page.locator("#generate-settings > button").click()
    slider = page.locator("#temperature input[type=range]")
    expect(slider).to_be_visible()
    page.wait_for_timeout(500)  # until what the fold holds has its values
    for _ in range(3):
        before = page.url
        slider.press("ArrowRight")
        expect(page).not_to_have_url(before)
    page.get_by_role("button", name="History").click()
    made = page.locator("dialog li").filter(has_text="Made up")
    expect(made).to_have_count(1)
    page.keyboard.press("Escape")
    page.go_back()
    is_shown(page, "Your words")  # before: still Made up, two positions earlier
    expect(settings).to_have_text(usual)  # all answers have arrived

    # What is opened again is one step.
    page.get_by_role("tab", name="Made up").click()
    expect(page).to_have_url(first)
    seeds = []
    for _ in range(2):
        before = page.url
        page.locator("#new-seed").click()
        expect(page).not_to_have_url(before)
        seeds.append(address(page)["seed"])
    page.get_by_role("tab", name="Your words").click()
    expect(page).to_have_url(re.compile("tab=reconstruct"))
    page.get_by_role("button", name="History").click()
    made.nth(1).get_by_role("button", name="Open again").click()
    expect(page).to_have_url(re.compile(f"seed={seeds[0]}"))
    page.go_back()
    is_shown(page, "Your words")
    expect(settings).to_have_text(usual)  # all answers have arrived

    # What is opened again takes the place of nothing.
    links = []
    for sentence in ("a cat on a bed", "a woman on a bench"):
        page.get_by_role("tab", name="Your words").click()
        is_shown(page, "Your words")
        read(page, sentence)  # so that the next is no drag in the list
        page.get_by_role("tab", name="Made up").click()
        expect(page).to_have_url(re.compile("tab=generate"))
        before = page.url
        slider.press("ArrowRight")
        expect(page).not_to_have_url(before)
        links.append(page.url)
    page.get_by_role("button", name="History").click()
    count = made.count()
    made.nth(1).get_by_role("button", name="Open again").click()
    expect(page).to_have_url(links[0])
    page.get_by_role("button", name="History").click()
    expect(made).to_have_count(count)
    page.keyboard.press("Escape")
    page.go_back()
    expect(page).to_have_url(links[1])


def test_a_sentence_sent_without_a_connection_is_read_once_it_is_back(take, pages, page_url):
    page = take()
    pages.open(page, page_url)
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    page.context.set_offline(True)
    page.locator("#caption input").fill("a dog on a bench")
    page.locator("#caption input").press("Enter")
    page.wait_for_timeout(500)
    with page.expect_event("load", timeout=20_000):  # Gradio loads the page again
        page.context.set_offline(False)
    expect(page.locator("#reconstruct-result .tv-input")).to_have_text("a dog on a bench")


def test_what_is_done_before_the_first_answer_stays(take, pages, page_url):
    page = take()
    held = Held(page, "**/run/predict*")
    pages.open(page, page_url)
    held.wait_for(1)
    page.locator("#caption input").fill("a dog on a bench")
    page.get_by_role("tab", name="About").click()
    held.is_on = False
    held.routes[0].continue_()
    wait_until_shown(page.locator("#about-result .tv-result"))
    is_shown(page, "About")
    page.get_by_role("tab", name="Your words").click()
    expect(page.locator("#caption input")).to_have_value("a dog on a bench")


def test_results_fade_while_a_model_loads_and_only_the_last_choice_is_shown(page, monkeypatch):
    look = "e => Number(getComputedStyle(e).opacity)"
    result, status = page.locator("#reconstruct-result .tv-result"), "#status [data-state]"
    assert result.evaluate(look) == 1
    page.locator(status).evaluate("e => { e.dataset.state = 'loading'; }")
    assert result.evaluate(look) < 0.5
    page.locator(status).evaluate("e => { e.dataset.state = 'ready'; }")

    about, go = Service.about, threading.Event()
    begun = {"elephant": threading.Event(), "article": threading.Event()}

    def waiting(self, model):  # without the lock of the model
        if model in begun:
            begun[model].set()
        if model == "elephant":
            assert go.wait(30)
        return about(self, model)

    monkeypatch.setattr(Service, "about", waiting)
    shown = page.locator("#reconstruct-result [data-export]")
    page.evaluate("""() => {
        window.seen = [];
        const panel = document.querySelector("#reconstruct-result");
        const note = () => seen.push(panel.querySelector("[data-export]")?.dataset.export);
        const all = { subtree: true, childList: true, attributes: true };
        new MutationObserver(note).observe(panel, all);
    }""")
    for model, name in (("elephant", "Elephants"), ("article", "The article’s model")):
        page.locator("#model input").click()
        page.get_by_role("option", name=name).click()
        assert begun[model].wait(30)
    expect(shown).to_have_attribute("data-export", re.compile('"model": "article"'))
    go.set()
    page.wait_for_timeout(1000)  # for the answer that was overtaken
    assert '"model": "elephant"' not in page.evaluate("seen.join()")
    expect(page.locator("#status [data-model]")).to_have_attribute("data-model", "article")


def test_a_place_without_an_answer_is_told_where_it_is_seen(take, pages, page_url):
    page = take(viewport={"width": 390, "height": 844})
    pages.open(page, f"{page_url}/?tab=map")
    wait_until_shown(page.locator(".tv-map[data-caption]"))
    page.route(re.compile("/component_server"), lambda route: route.abort())
    page.locator(".tv-plane").evaluate("e => e.scrollIntoView()")
    page.locator(".tv-plane canvas").click(position={"x": 60, "y": 200})
    notice = page.locator(".tv-map-notice")
    expect(notice).to_have_text("There was no answer. Please try again.")
    expect(notice).to_be_in_viewport()


def test_a_page_that_came_to_a_full_queue_fills_itself_later(take, pages, page_url):
    page, refused = take(), []

    def refuse(route):
        if refused:
            route.continue_()
        else:
            refused.append(route)
            route.fulfill(status=429, json={"detail": "busy"})

    page.route("**/queue/join*", refuse)
    pages.open(page, page_url)
    wait_until_shown(page.locator("#reconstruct-result .tv-result"), seconds=30)
    assert refused
