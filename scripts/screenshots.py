"""Take the pictures in docs/screenshots: every tab, light, dark and on a phone.

python scripts/screenshots.py      (needs requirements-dev.txt and Chromium)
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
TABS = ("Generate", "Reconstruct", "Interpolate", "Map", "About")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LOOKS = {
    "": ("light", DESKTOP),
    "-dark": ("dark", DESKTOP),
    "-phone": ("light", PHONE),
}
# What a tab shows when it is ready.
READY = {
    "Generate": "#generate-result li",
    "Reconstruct": "#posterior .main-svg",
    "Interpolate": "#interpolate-result li",
    "Map": ".tv-map[data-drawn]",
    "About": "#curves .main-svg",
}
SETTLE = 2.5  # seconds until charts and transitions have come to rest


def main() -> None:
    """Start the page on the shipped weights and take fifteen pictures."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    app = subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env={**os.environ, "GRADIO_SERVER_PORT": port}
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        program = shutil.which("chromium") or shutil.which("google-chrome")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for suffix, (scheme, size) in LOOKS.items():
                take(chromium, url, suffix, scheme, size)
            chromium.close()
    finally:
        app.terminate()
        app.wait(20)


def wait_for(url: str) -> None:
    """Wait until the page answers."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)


def take(chromium: Browser, url: str, suffix: str, scheme: str, size: dict) -> None:
    """The five tabs in one look."""
    context = chromium.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{url}/?__theme={scheme}")
    for tab in TABS:
        show(page, tab)
        page.screenshot(path=FOLDER / f"{tab.lower()}{suffix}.png", full_page=True)
    context.close()


def show(page: Page, tab: str) -> None:
    """Open a tab and wait until it is ready."""
    page.get_by_role("tab", name=tab).click(timeout=60_000)
    page.wait_for_timeout(1000 * SETTLE)
    page.locator(READY[tab]).first.wait_for(timeout=60_000)
    page.wait_for_timeout(1000 * SETTLE)


if __name__ == "__main__":
    main()
