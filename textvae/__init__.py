"""textvae: captions to points of a continuous space, and points back to captions.

    >>> import textvae
    >>> vae = textvae.load("coco")
    >>> vae.generate(2, seed=1)
    >>> vae.reconstruct(["a dog on a beach"])
    >>> vae.interpolate("a dog on a beach", "a man riding a wave", num_steps=7)

Importing this package is cheap: TensorFlow is imported when a model is loaded.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from textvae.errors import BadInput
from textvae.version import __version__

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

__all__ = ["DEFAULT_WEIGHTS", "BadInput", "__version__", "load", "shipped_models"]

DEFAULT_WEIGHTS = "coco"
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


def shipped_models() -> list[str]:
    """Names under `weights/`, the default first."""
    names = sorted(path.parent.name for path in WEIGHTS.glob("*/config.json"))
    return sorted(names, key=lambda name: name != DEFAULT_WEIGHTS)


def locate(weights: str) -> Path:
    """The folder behind a shipped name or a path. Raises `BadInput` when there is none."""
    for folder in (WEIGHTS / weights, Path(weights)):
        if (folder / "config.json").is_file():
            return folder
    if weights.startswith("hf://"):
        raise BadInput(f"weights are not yet loaded from the Hub, got {weights!r}")
    raise BadInput(
        f"no weights {weights!r}: neither one of {', '.join(shipped_models()) or '(none)'}"
        " nor a folder with a config.json"
    )


def load(weights: str = DEFAULT_WEIGHTS) -> "Pipeline":
    """The trained model behind a shipped name or a folder, ready to use.

    Raises:
        BadInput: there is no such model, or its files are damaged or do not belong together.
    """
    folder = locate(weights)
    from textvae.pipeline import Pipeline  # tensorflow takes seconds to import

    return Pipeline.from_folder(folder)
