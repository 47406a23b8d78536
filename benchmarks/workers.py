"""Objects in separate processes, one for each system to compare.

In one process the systems would affect each other: TensorFlow's input pipeline changes how the
whole process allocates memory, all keep threads, and peak memory could not be attributed.
"""

import importlib
import multiprocessing
from collections.abc import Iterable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from benchmarks.machine import peak_memory_mb

PATIENCE = 60.0  # seconds until a worker that does not end is terminated


class Worker:
    """An object in another process, used as a context that ends the process.

    Args:
        made_by: `module:name` of the function that makes the object.
        arguments: of that function.
    """

    def __init__(self, made_by: str, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, made_by, arguments))
        self._process.daemon = True  # ends with this process in any case
        self._process.start()
        there.close()

    def call(self, method: str, *arguments: Any) -> Any:
        """The result of a method of the object; any exception is raised as `RuntimeError`."""
        self._here.send((method, arguments))
        try:
            result, failure = self._here.recv()
        except EOFError:
            raise RuntimeError(f"the worker ended while it was asked to {method}") from None
        if failure:
            raise RuntimeError(failure)
        return result

    def peak_memory_mb(self) -> float:
        """The peak memory of the process so far, in megabytes (10^6 bytes)."""
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
    """Make the object at the first call, and answer calls until the pipe is closed."""
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
