"""textvae: captions to points in a continuous space, and points back to captions.

>>> import textvae
>>> textvae.list_models()
['coco', 'article', 'elephant', 'poems']
>>> vae = textvae.load("article")
>>> vae.generate(2, seed=1)
['...', '...']
>>> vae.reconstruct("Two elephants standing in the water!")
'two elephants standing in the water'
>>> ends = "an elephant standing in the grass", "two elephants standing in the water"
>>> vae.interpolate(*ends, num_steps=5)
['an elephant standing in the grass', ..., 'two elephants standing in the water']

Importing this package is fast: each name is imported from its module when it is first used, and
TensorFlow when a model is loaded.
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
    """A public name, imported from its module when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'textvae' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
