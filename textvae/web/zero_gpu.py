"""Hugging Face's ZeroGPU, which lends a Space a GPU for the duration of a call.

Such a Space must mark the functions of events that need the GPU. Each call then runs in a
process forked from the page's, and only that has a GPU. TensorFlow does not work in a fork of a
process that has used it, so the page's own process never imports it; models are loaded in the
forked processes, which are used for several calls.
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
    """An event's function, marked on a Space with ZeroGPU as one that needs the GPU.

    Elsewhere it is the function itself.
    """
    if not is_zero_gpu():
        return function
    # Installed only in these Spaces.
    marked: Callable[..., Any] = importlib.import_module("spaces").GPU(function)
    return marked
