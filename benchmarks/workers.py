"""Each system in a process of its own, asked in turn.

In one process they would disturb each other: TensorFlow's input pipeline changes how all of the
process gets its memory, both keep threads, and a peak of memory would belong to nobody.
"""

import importlib
import multiprocessing
from collections.abc import Iterable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from benchmarks.machine import peak_memory_mb

PATIENCE = 60.0  # seconds until a worker that was told to end is ended


class Worker:
    """An object that lives in another process; used in a `with`, which ends it.

    Args:
        made_by: `module:name`, called with the other arguments to make the object.
    """

    def __init__(self, made_by: str, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, made_by, arguments))
        self._process.daemon = True  # ends with this process, whatever happens
        self._process.start()
        there.close()

    def call(self, method: str, *arguments: Any) -> Any:
        """What `method` of the object gives; its failure comes as a `RuntimeError`."""
        self._here.send((method, arguments))
        try:
            result, failure = self._here.recv()
        except EOFError:
            raise RuntimeError(f"the worker ended while it was asked to {method}") from None
        if failure:
            raise RuntimeError(failure)
        return result

    def peak_memory_mb(self) -> float:
        """The most memory that the process has held at once so far."""
        peak: float = self.call("")
        return peak

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._here.close()
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.terminate()


def _serve(pipe: Connection, made_by: str, arguments: Iterable[Any]) -> None:
    """Make the object when it is first asked for anything, answer until the pipe is closed."""
    import traceback

    made: Any = None
    while True:
        try:
            method, values = pipe.recv()
        except EOFError:
            return
        try:
            if made is None:
                module, _, name = made_by.partition(":")
                made = getattr(importlib.import_module(module), name)(*arguments)
            pipe.send((getattr(made, method)(*values) if method else peak_memory_mb(), None))
        except Exception:
            pipe.send((None, traceback.format_exc()))
