"""Take the pictures in docs/screenshots: every tab, some also in dark mode and on a phone.

python scripts/screenshots.py      (needs requirements-dev.txt and Chromium)
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TABS = {  # by its id: what it shows when it is ready
    "reconstruct": "#reconstruct-around li",
    "map": ".tv-map[data-caption]",
    "interpolate": "#interpolate-result li",
    "grid": "#grid-result [data-cell]",
    "sum": "#sum-result .tv-total",
    "generate": "#generate-result li",
    "about": "#curves .main-svg",
}
NAMES = {"reconstruct": "sentence", "interpolate": "between", "generate": "made-up"}
LOOKS = {  # by the suffix of the file name: the theme, the window and the tabs
    "": ("light", DESKTOP, tuple(TABS)),
    "-dark": ("dark", DESKTOP, ("reconstruct", "map")),
    "-phone": ("light", PHONE, ("reconstruct", "map", "grid")),
    "-phone-dark": ("dark", PHONE, ("reconstruct",)),
}
SENTENCE = "two dogs playing with a frisbee on a beach"
LINKS = {  # the query with which a tab is opened
    "reconstruct": {"caption": SENTENCE},
    "map": {"pin": SENTENCE},
}
MAX_HEIGHT = 1700  # pixels of a page that are shown
COLOURS = 128  # per picture, which makes files a third as large
SETTLE = 2.5  # seconds until charts and transitions have come to rest
PATIENCE = 900_000  # ms for a model to load on a busy machine


def main() -> None:
    """Start the page on the shipped weights and take the pictures."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    app = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env={**os.environ, "GRADIO_SERVER_PORT": port}
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url, app)
        program = shutil.which("chromium") or shutil.which("google-chrome")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for suffix, (scheme, size, tabs) in LOOKS.items():
                for tab in tabs:
                    name = f"{NAMES.get(tab, tab)}{suffix}.png"
                    (FOLDER / name).write_bytes(take(chromium, url, tab, scheme, size))
            chromium.close()
    finally:
        app.terminate()
        app.wait(20)


def wait_for(url: str, app: subprocess.Popen) -> None:
    """Wait until the page answers."""
    while app.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    sys.exit("app.py has ended before its page answered")


def take(chromium: Browser, url: str, tab: str, scheme: str, size: dict) -> bytes:
    """A tab in one look, as a PNG of few colours."""
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    query = urllib.parse.urlencode({"tab": tab, **LINKS.get(tab, {})})
    page.goto(f"{url}/?{query}", timeout=PATIENCE)
    show(page, tab)
    image = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    context.close()
    image = image.crop((0, 0, image.width, min(image.height, MAX_HEIGHT))).convert("RGB")
    found = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(found, "PNG", optimize=True)
    return found.getvalue()


def show(page: Page, tab: str) -> None:
    """Wait until a tab is ready."""
    page.locator("#status [data-state=ready]").wait_for(timeout=PATIENCE)
    page.locator(TABS[tab]).first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1000 * SETTLE)


if __name__ == "__main__":
    main()
