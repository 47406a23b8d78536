"""Ends the training within a minute if another worker is lost."""

import logging
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from typing import Self

from textvae.errors import BadInput, TrainingFailed, TrainingInterrupted, WorkerLost
from textvae.runtime.connection import Connection, Ended
from textvae.runtime.workers import Workers

BEAT, SILENCE = 5.0, 35.0  # seconds between heartbeats, and without one until lost
GRACE = 15.0  # seconds in which TensorFlow should raise its error
NOT_TENSORFLOWS = (BadInput, TrainingFailed, TrainingInterrupted, WorkerLost, OSError)

log = logging.getLogger(__name__)


class Watch:
    """A context in which a thread watches the connections to other workers.

    If a connection ends without a last message, or nothing arrives for `SILENCE` seconds, its
    worker is lost. Then `abort` should make TensorFlow raise an error, which becomes a
    `WorkerLost` here; if TensorFlow keeps waiting, the process is ended.

    Args:
        workers: all workers, and the index of this one.
        peers: the connections, by the index of the worker at the other end.
        abort: called with a message, in the thread, once a worker is lost.

    Raises:
        WorkerLost: instead of TensorFlow's error, if a worker is lost.

    Example:
        >>> with Watch(Workers(("a:1", "b:1"), 0), {}):
        ...     pass
    """

    def __init__(
        self,
        workers: Workers,
        peers: Mapping[int, Connection],
        abort: Callable[[str], object] = str,
    ) -> None:
        self.workers, self.peers, self.abort = workers, dict(peers), abort
        self.heard = dict.fromkeys(self.peers, time.monotonic())
        self.message = ""
        self.is_lost, self.is_over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        # TensorFlow may have noticed first.
        is_its_own = isinstance(error, Exception) and not isinstance(error, NOT_TENSORFLOWS)
        is_lost = is_its_own and self.is_lost.wait(2 * BEAT)
        self.is_over.set()
        self.thread.join()
        if is_lost:
            raise WorkerLost(self.message) from error

    def _run(self) -> None:
        beat_at = 0.0
        while not self.is_lost.is_set() and not self.is_over.is_set():
            now = time.monotonic()
            if now >= beat_at:
                self._tell_all({})
                beat_at = now + BEAT
            for peer in select.select(list(self.peers.values()), [], [], 0.2)[0]:
                self._listen(next(i for i, each in self.peers.items() if each is peer))
            for index in [i for i in self.peers if now - self.heard[i] > SILENCE]:
                self._lose(self.workers.name(index))
        if self.is_lost.is_set() and not self.is_over.wait(GRACE):
            log.critical("%s", self.message)
            os._exit(1)

    def _listen(self, index: int) -> None:
        try:
            messages = self.peers[index].arrived()
        except Ended:
            del self.peers[index]
            self._lose(self.workers.name(index))
            return
        self.heard[index] = time.monotonic()
        for message in messages:
            if message.get("left"):
                self.peers.pop(index).close()
                return
            if "lost" in message:
                self._lose(str(message["lost"]))

    def _lose(self, name: str) -> None:
        if not self.is_lost.is_set():
            self.message = f"{name} has stopped or cannot be reached"
            self._tell_all({"lost": name})  # other workers are connected only to the chief
            self.is_lost.set()
            self.abort(self.message)

    def _tell_all(self, message: dict[str, str]) -> None:
        for peer in self.peers.values():
            peer.send(message)
