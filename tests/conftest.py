"""The page's fixtures: one server around fake models, one Chromium, one page for each test."""

import gc
import json
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until_shown

from textvae.web.settings import QUIET
from textvae.web.stubs import skip_stubs

# Before anything imports Gradio, as the page does: its statistics of events warn with pandas 3,
# in a thread that may run between two tests, where no filter of pytest's holds.
os.environ.update(QUIET)
skip_stubs()  # as the page does; saves almost half of the time of that import
# As commands that train do before TensorFlow's first product, which may be long past when a
# test trains in this process: runs in all processes must round alike.
os.environ["TF_SET_ONEDNN_FPMATH_MODE"] = "BF16"

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    # A background job inherits that Ctrl-C is ignored, and would pass it on to the commands
    # that tests start and interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# The slowest files. xdist gives out whole files, and with one of these at the end the other
# processes would have nothing to do.
SLOW = {
    *("test_training.py", "test_app.py", "test_page_map.py", "test_benchmarks.py"),
    *("test_gpu.py", "test_interrupts.py", "test_packaging.py", "test_page_visit.py"),
    *("test_space.py", "test_upload.py", "test_draining.py", "test_zero_gpu.py"),
    *("test_seed_agreement.py", "test_cli.py", "test_engine.py", "test_imports.py"),
    *("test_workers_train.py", "test_model.py", "test_keras.py", "test_coming_from.py"),
    *("test_notebook.py", "test_page_accessibility.py", "test_former_versions.py"),
    "test_report.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slowest files."""
    items.sort(key=lambda item: item.path.name not in SLOW)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Look for no garbage while modules are imported, which takes a fifth of that time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is imported, a million objects that stay."""
    gc.collect()
    gc.freeze()
    # Tracing a network makes containers by the hundred thousand, which mostly stay: to look at
    # them after every 700, as Python does unless told otherwise, finds next to nothing.
    gc.set_threshold(20_000, 20, 20)


# A reload ends the stream of events, which Gradio's script says as an error.
LEFT = ("AbortError: signal is aborted", "Unexpected error Connection errored out")


@pytest.fixture(scope="session")
def fakes() -> dict[str, Any]:
    """The fake models that the page has loaded so far, by name."""
    return {}


@pytest.fixture(scope="session")
def page_url(tmp_path_factory: pytest.TempPathFactory, fakes: dict[str, Any]) -> Iterator[str]:
    """The address of the page around fake models, served from this process."""
    os.environ["GRADIO_TEMP_DIR"] = str(tmp_path_factory.mktemp("gradio"))
    from fake_pipeline import FakePipeline

    from textvae.web.page import build_demo, launch_options
    from textvae.web.service import Service

    def load(name: str) -> FakePipeline:
        fakes[name] = FakePipeline(name, has_prior=name != "article")
        return fakes[name]

    demo = build_demo(Service(load=load, shipped=["coco", "elephant", "article"]))
    options = {"prevent_thread_lock": True, "quiet": True, **launch_options()}
    _, url, _ = demo.launch(server_name="127.0.0.1", **options)
    yield url.rstrip("/")
    demo.close(verbose=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium. Where it is missing the tests fail, since the page would go untested."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.fail("the page's tests need Chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # on two busy cores plotly alone takes seconds
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def service() -> Any:
    """The page's state around fake models, loaded when they are asked for."""
    from fake_pipeline import FakePipeline

    from textvae.web.service import Service

    return Service(load=FakePipeline, shipped=["coco", "article"])


class Pages:
    """Pages of a browser that tests use in turn, one for each kind of context.

    A page of a new context fetches and compiles all of Gradio again, which takes longer than
    most tests. What a visit leaves behind is gone when the next one begins. The size of the
    window, the theme and forced colours are set again for each.
    """

    def __init__(self, browser: Any) -> None:
        self.browser, self.kept = browser, dict[str, Any]()

    def take(self, viewport: Any, color_scheme: Any = "light", **context: Any) -> Any:
        """A page in a context of this kind, without any history; `give_back` it."""
        page = self.kept.pop(json.dumps(context), None)
        if page is None:
            page = self.browser.new_context(**context, viewport=viewport).new_page()
        page.context.clear_cookies()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, forced_colors="none")
        return page

    def open(self, page: Any, url: str) -> None:
        """Load the address as the first one of a visit."""
        script = "localStorage.clear(); sessionStorage.clear();"
        tools = page.context.new_cdp_session(page)
        tools.send("Page.enable")
        added = tools.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        page.goto(url)
        tools.send("Page.removeScriptToEvaluateOnNewDocument", added)
        tools.detach()

    def give_back(self, page: Any, **context: Any) -> None:
        """Keep the page for the next test, once the listeners of this one are removed."""
        kind = json.dumps(
            {k: v for k, v in context.items() if k not in ("viewport", "color_scheme")}
        )
        try:
            page.unroute_all(behavior="ignoreErrors")
            page.goto("about:blank")
            page.mouse.move(0, 0)
        except Exception:  # a test has closed or broken it
            page.context.close()
            return
        if kind in self.kept:
            page.context.close()
        else:
            self.kept[kind] = page


@pytest.fixture(scope="session")
def pages(browser: Any) -> Pages:
    """The pages that are open already."""
    return Pages(browser)


@pytest.fixture
def open_page(pages: Pages) -> Iterator[Any]:
    """Opens an address as a new visitor; fails on outside requests and console errors."""
    opened: list[tuple[Any, dict[str, Any], dict[str, Any]]] = []
    outside, errors = [], []

    def open_page(url: str, **context: Any) -> Any:
        context = {"viewport": {"width": 1200, "height": 900}, **context}
        page = pages.take(**context)
        page.set_default_timeout(15_000)
        page.set_default_navigation_timeout(60_000)  # tensorflow may be loading beside it
        own = ("/".join(url.split("/")[:3]), "data:", "blob:")
        listeners = {
            "request": lambda r: r.url.startswith(own) or outside.append(r.url),
            "pageerror": lambda error: errors.append(str(error)),
            "console": lambda m: m.type == "error" and errors.append(m.text),
        }
        for event, listener in listeners.items():
            page.on(event, listener)
        opened.append((page, listeners, context))
        pages.open(page, url)
        return page

    yield open_page
    for page, listeners, context in opened:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        pages.give_back(page, **context)
    assert not outside
    assert not [each for each in errors if not each.startswith(LEFT)]


@pytest.fixture
def page(open_page: Any, page_url: str) -> Any:
    """The page around fake models, once its first sentence has been read."""
    page = open_page(page_url)
    wait_until_shown(page.locator("#reconstruct-result .tv-result"))
    return page


@pytest.fixture
def saved() -> Callable[[Any, str, str], str]:
    """The text of the file that the fold "Save" of a tab gives in a format, such as "JSON"."""

    def save(page: Any, tab: str, kind: str) -> str:
        fold = page.locator(f"#{tab}-result .tv-toolbar details.tv-use")
        if fold.get_attribute("open") is None:
            fold.locator("summary").click()
        with page.expect_download() as download:
            fold.get_by_role("button", name=kind).click()
        return Path(download.value.path()).read_text("utf-8")

    return save


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parent.parent
