"""Finding a model by the name that people give it, and loading it."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from textvae.config import defaults
from textvae.errors import BadInput
from textvae.runtime.imports import import_tensorflow
from textvae.runtime.resources import resource

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

WEIGHTS = resource("weights")
log = logging.getLogger(__name__)


def list_models() -> list[str]:
    """Names of the VAEs under `weights/`, the default first.

    Language models, which are there for comparison, are left out.

    Example:
        >>> list_models()
        ['coco', 'article', 'elephant']
    """
    configs = filter(_has_codes, WEIGHTS.glob("*/config.json"))
    names = sorted(path.parent.name for path in configs)
    return sorted(names, key=lambda name: name != defaults.WEIGHTS)


def _has_codes(config: Path) -> bool:
    try:
        return bool(json.loads(config.read_bytes())["model"]["latent_dim"])
    except (OSError, ValueError, LookupError, TypeError):
        return True  # loading it says what is wrong


def locate(weights: str) -> Path:
    """The folder of a model, given by a shipped name, a path or `hf://owner/repo[@revision]`.

    Raises:
        BadInput: there is no such model.
        Unavailable: it is on the Hub, which fails, and the cache has no copy.

    Example:
        >>> locate("coco").name
        'coco'
    """
    folder, notice = _locate(weights)
    if notice:
        log.warning(notice)
    return folder


def _locate(weights: str) -> tuple[Path, str]:
    """The folder, and a warning, or nothing, about where it comes from."""
    if weights.startswith("hf://"):
        from textvae.hub.download import fetch

        fetched = fetch(weights)
        return fetched.folder, fetched.notice
    for folder in (WEIGHTS / weights, Path(weights)):
        if (folder / "config.json").is_file():
            return folder, ""
    raise BadInput(
        f"no weights {weights!r}: neither one of {', '.join(list_models()) or '(none)'}"
        " nor a folder with a config.json nor hf://owner/repo"
    )


def load(weights: str = defaults.WEIGHTS) -> "Pipeline":
    """The trained model of a shipped name, a folder or `hf://owner/repo[@revision]`.

    Its `notice` says so if it is a cached copy because the Hub could not be reached.

    Raises:
        BadInput: there is no such model, or its files are damaged or do not belong together.
        Unavailable: it is on the Hub, which fails, and the cache has no copy.

    Example:
        >>> vae = load("coco")
        >>> vae.generate(2, seed=1)
        ['...', '...']
    """
    return _open(*_locate(weights))


def load_quietly(weights: str = defaults.WEIGHTS) -> "Pipeline":
    """As `load`, for commands: TensorFlow is imported without its notices.

    It affects the whole process; see `runtime.imports`.
    """
    located = _locate(weights)
    import_tensorflow()  # it takes seconds, so only once there is something to load
    return _open(*located)


def _open(folder: Path, notice: str) -> "Pipeline":
    from textvae.pipeline import Pipeline

    pipeline = Pipeline.from_folder(folder)
    pipeline.notice = notice
    return pipeline
