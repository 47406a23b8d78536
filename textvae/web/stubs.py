"""Importing gradio without the stubs that it writes each time.

At import gradio parses the source of every component, twice, to write a `.pyi` beside it for
editors. That is half of the time that its import takes, and nothing at run time reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

WRITER = "gradio.component_meta"


class _WithoutStubs(MetaPathFinder):
    """Finds the module that writes stubs as ever, and empties the function that does it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Import hook."""
        if fullname != WRITER:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader:
            spec.loader = _Emptying(spec.loader)
        return spec


class _Emptying(Loader):
    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self.loader.exec_module(module)
        module.create_or_modify_pyi = _write_nothing


def _write_nothing(*_: Any) -> None:
    """What a stub costs now."""


def skip_stubs() -> None:
    """Have gradio write none when it is imported; nothing if it has been already."""
    if WRITER not in sys.modules:
        sys.meta_path.insert(0, _WithoutStubs())
