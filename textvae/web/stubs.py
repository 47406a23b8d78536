"""Importing Gradio without the type stubs that it writes at each import.

At import Gradio parses the source of every component twice, to write a `.pyi` next to it for
editors: 1.2 of the 2.8 seconds of its import, for files that are not read at run time. Gradio
6.31 has no setting for it. So a process that serves the page, and no other program, replaces
the function that writes them while its module is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

WRITER = "gradio.component_meta"


class _StubFinder(MetaPathFinder):
    """Finds the module that writes stubs in the usual way, and wraps its loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Import hook."""
        if fullname != WRITER:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader:
            spec.loader = _StubLoader(spec.loader)
        return spec


class _StubLoader(Loader):
    """Loads the module as the wrapped loader does, and replaces the function in it."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self.loader.exec_module(module)
        module.create_or_modify_pyi = _write_nothing


def _write_nothing(*_: Any) -> None:
    pass


def skip_stubs() -> None:
    """Keep Gradio from writing stubs at import; no effect if it is already imported."""
    if WRITER not in sys.modules:
        sys.meta_path.insert(0, _StubFinder())
