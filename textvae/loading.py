"""Finding a model by the name that people give it, and loading it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from textvae.errors import BadInput
from textvae.runtime.imports import import_tensorflow

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

DEFAULT_WEIGHTS = "coco"
WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


def list_models() -> list[str]:
    """Names of the VAEs under `weights/`, the default first; language models are yardsticks."""
    configs = filter(_has_codes, WEIGHTS.glob("*/config.json"))
    names = sorted(path.parent.name for path in configs)
    return sorted(names, key=lambda name: name != DEFAULT_WEIGHTS)


def _has_codes(config: Path) -> bool:
    try:
        return bool(json.loads(config.read_bytes())["model"]["latent_dim"])
    except (OSError, ValueError, LookupError, TypeError):
        return True  # whoever loads it hears what is wrong


def locate(weights: str) -> Path:
    """The folder behind a shipped name, a path or `hf://owner/repo[@revision]`.

    Raises:
        BadInput: there is no such model.
        Unavailable: it is on the Hub, which fails, and the cache has no copy.
    """
    folder, notice = _locate(weights)
    if notice:
        print(notice, file=sys.stderr, flush=True)
    return folder


def _locate(weights: str) -> tuple[Path, str]:
    """The folder, and what to tell whoever asked for it, if anything."""
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


def load(weights: str = DEFAULT_WEIGHTS) -> "Pipeline":
    """The trained model behind a shipped name, a folder or `hf://owner/repo[@revision]`.

    Its `notice` says so when it is the cached copy of a model that the Hub would not give.

    Raises:
        BadInput: there is no such model, or its files are damaged or do not belong together.
        Unavailable: it is on the Hub, which fails, and the cache has no copy.
    """
    folder, notice = _locate(weights)
    import_tensorflow()  # which takes seconds, so not before there is something to load
    from textvae.pipeline import Pipeline

    pipeline = Pipeline.from_folder(folder)
    pipeline.notice = notice
    return pipeline
