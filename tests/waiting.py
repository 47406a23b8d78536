"""Waiting until something is on a page."""

import time
from typing import Any

OFTEN = 2_400  # ms; at a longer limit Playwright looks twice a second, at this one ten times


def wait_until_shown(locator: Any, seconds: float = 60.0) -> None:
    """As `locator.wait_for`, which looks more often when its limit is short."""
    from playwright.sync_api import TimeoutError  # which not everyone who imports this needs

    end = time.monotonic() + seconds
    while True:
        try:
            locator.wait_for(timeout=OFTEN)
        except TimeoutError:
            if time.monotonic() > end:
                raise
        else:
            return
