"""Hugging Face's ZeroGPU, which lends a Space a GPU for the time of a call.

Such a Space must mark the functions of events that want the GPU. Each call then runs in a
process that is forked from the page's and in which alone there is a GPU. TensorFlow does not
work in a fork of a process that has used it, so there the page's own process never imports it;
models are loaded in the forked processes, which are used for several calls.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any


def is_zero_gpu() -> bool:
    """Whether this is a Space with ZeroGPU, which sets the variable and has the package."""
    return bool(os.environ.get("SPACES_ZERO_GPU")) and find_spec("spaces") is not None


def on_gpu(function: Callable[..., Any]) -> Callable[..., Any]:
    """An event's function, marked as one that wants the GPU of a Space with ZeroGPU."""
    if not is_zero_gpu():
        return function
    # Installed in these Spaces, and nowhere else.
    marked: Callable[..., Any] = importlib.import_module("spaces").GPU(function)
    return marked
