"""Work with the Hub's client under a deadline.

The client waits without limit where a host accepts and never answers, and where one refuses it
hides the cause behind half a minute of repeats. So its work is done in a thread that is given
up when it shows no sign of life for `TEXTVAE_HUB_DEADLINE` seconds.
"""

import collections
import contextlib
import math
import os
import queue
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

from textvae.errors import BadInput

DEADLINE = 15.0  # seconds without a sign of life
MOST_ATTEMPTS = 3  # of one transfer; a line that breaks more often than that will again
MOST_BYTES = 2**24  # of an answer that is no file

Result = TypeVar("Result")


class Broken(Exception):
    """A transfer that will not come to an end, with the cause in words."""


class Silent(Broken):
    """No sign of life within the deadline."""


def hub_deadline() -> float:
    """Seconds without a sign of life after which the Hub is given up. Raises `BadInput`."""
    text = os.environ.get("TEXTVAE_HUB_DEADLINE") or str(DEADLINE)
    with contextlib.suppress(ValueError):
        if 0.0 < float(text) < math.inf:
            return float(text)
    raise BadInput(f"TEXTVAE_HUB_DEADLINE must be seconds above 0, got {text!r}")


def hub_host() -> str:
    """The host that the client asks, as messages name it."""
    from huggingface_hub.constants import ENDPOINT

    return urlsplit(ENDPOINT).netloc or str(ENDPOINT)


class Heartbeat:
    """Signs of life of the thread that works with the Hub's client.

    It listens at the client's own hook for responses: every piece that arrives is a beat.
    There it also ends the client's patience: an overloaded Hub and a line that keeps breaking
    are reported at once, with their cause, and not after a series of repeats.
    """

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.is_abandoned = False
        self._thread: int | None = None
        self._attempts: collections.Counter[str] = collections.Counter()
        self.expect(MOST_BYTES)

    def beat(self, seconds: float = 0.0) -> None:
        """It lives, and may be silent this many seconds longer than the deadline."""
        self.silent_at = time.monotonic() + self.deadline + seconds

    def expect(self, size: int) -> None:
        """What comes next has at most this many bytes."""
        self._size = size
        self.beat()

    def bar(self) -> type[Any]:
        """The client's progress bar, whose every step is a beat."""
        from huggingface_hub.utils import tqdm

        pulse = self

        class Bar(tqdm):
            def update(self, n: float | None = 1) -> Any:
                if n:
                    pulse.beat()
                return super().update(n)

        return Bar

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear this thread's responses, and keep the client's own remarks off the screen."""
        from huggingface_hub import get_session, logging

        self._thread = threading.get_ident()
        client, verbosity = get_session(), logging.get_verbosity()
        hooks = client.event_hooks
        client.event_hooks = {**hooks, "response": [*hooks["response"], self._hear]}
        logging.set_verbosity_error()
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", module="huggingface_hub")
                yield
        finally:
            logging.set_verbosity(verbosity)
            client.event_hooks = hooks

    def _hear(self, response: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        self._still_wanted()
        if response.status_code == 429 or response.status_code >= 500:
            raise Broken(f"{hub_host()} answers {response.status_code}")
        if response.request.method == "GET" and response.status_code < 300:
            path = response.url.path
            self._attempts[path] += 1
            if self._attempts[path] > MOST_ATTEMPTS:
                raise Broken(f"the transfer from {hub_host()} breaks off again and again")
            length = int(response.headers.get("content-length", 0))
            if length > self._size:
                raise BadInput(
                    f"{path.rpartition('/')[2]} has {length:,} bytes, more than the"
                    f" {self._size:,} that a model of ours would have; it is not fetched"
                )
            response.stream = _beating(response.stream, self._still_wanted)

    def _still_wanted(self) -> None:
        if self.is_abandoned:
            raise Broken("given up")
        self.beat()


def _beating(stream: Any, beat: Callable[[], None]) -> Any:
    """The same stream, each piece of which is a beat."""
    import httpx2

    class Beating(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for piece in stream:
                beat()
                yield piece

        def close(self) -> None:
            stream.close()

    return Beating()


def run_with_deadline(work: Callable[[Heartbeat], Result]) -> Result:
    """What `work` gives; raises what it raises, or `Silent` when it shows no sign of life.

    The thread is a daemon: one that hangs inside a system call cannot be ended, only left.
    """
    pulse = Heartbeat(hub_deadline())
    outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            with pulse.listening():
                outcome.put((work(pulse), None))
        except BaseException as error:  # whatever it is, the thread that waits wants to know
            outcome.put((None, error))

    threading.Thread(target=run, name="textvae-hub", daemon=True).start()
    while (wait := pulse.silent_at - time.monotonic()) > 0:
        with contextlib.suppress(queue.Empty):
            result, error = outcome.get(timeout=wait)
            if error is not None:
                raise error
            return result  # type: ignore[no-any-return]
    pulse.is_abandoned = True
    raise Silent(f"{hub_host()} has not answered for {pulse.deadline:g} seconds")
