"""textvae: captions to points of a continuous space, and points back to captions.

    >>> import textvae
    >>> vae = textvae.load("coco")
    >>> vae.generate(2, seed=1)
    >>> vae.reconstruct(["a dog on a beach"])
    >>> vae.interpolate("a dog on a beach", "a man riding a wave", num_steps=7)

Importing this package is cheap: everything below is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from textvae.version import __version__

if TYPE_CHECKING:
    from textvae.config.recipe import Recipe
    from textvae.errors import BadInput, Unavailable
    from textvae.evaluation.evaluate import evaluate
    from textvae.loading import list_models, load
    from textvae.pipeline import Pipeline
    from textvae.training.train import train

__all__ = [
    "BadInput",
    "Pipeline",
    "Recipe",
    "Unavailable",
    "__version__",
    "evaluate",
    "list_models",
    "load",
    "train",
]

_HOMES = {
    "BadInput": "textvae.errors",
    "Pipeline": "textvae.pipeline",
    "Recipe": "textvae.config.recipe",
    "Unavailable": "textvae.errors",
    "evaluate": "textvae.evaluation.evaluate",
    "list_models": "textvae.loading",
    "load": "textvae.loading",
    "train": "textvae.training.train",
}


def __getattr__(name: str) -> Any:
    """The public name, imported from its home when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'textvae' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
