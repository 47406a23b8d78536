"""`app.py` as a separate process, and its use of resources."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.browser import Browser, Lost
from benchmarks.machine import ROOT

START = 300.0  # seconds after which a page that is not ready is given up


@contextmanager
def running_app(errors: Any = None, **settings: str) -> Iterator[tuple[str, int]]:
    """`app.py` as its own process: the address, once its model is ready, and the process id.

    Args:
        errors: the file to which it logs; by default that of this process.
        settings: variables of its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), **settings}
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL if errors is None else errors,
        stderr=errors,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, app)
        yield url, app.pid
    finally:
        app.terminate()
        app.wait(30)


def _wait_until_ready(url: str, app: Any) -> None:
    """Wait until the page has answered a first visit, before which nothing can be measured."""
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and app.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=10).status_code == 200:
                asyncio.run(first_visit(url))
                return
        except (httpx.HTTPError, Lost):
            pass
        time.sleep(0.2)
    raise RuntimeError(f"app.py was never ready at {url}")


async def first_visit(url: str) -> None:
    """Open the page once, without a time limit."""
    async with httpx.AsyncClient(base_url=url, timeout=START) as client:
        await Browser(client).open()


def memory_mb(process: int) -> float:
    """The current memory of the process, in megabytes (10^6 bytes)."""
    return _status(process, "VmRSS") * 1024 / 1e6


def num_threads(process: int) -> int:
    """The current number of threads of the process."""
    return _status(process, "Threads")


def _status(process: int, name: str) -> int:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)
    return int(found[1]) if found else 0


def cpu_seconds(process: int) -> float:
    """Seconds of processor time used by the process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
