"""Finding a model by its name, folder or address on the Hub, and loading it."""

import contextlib
import json
import logging
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textvae.config import defaults
from textvae.errors import BadInput
from textvae.hub.addresses import PREFIX, Address, parse_address
from textvae.runtime.imports import import_tensorflow
from textvae.runtime.resources import resource
from textvae.saving import manifest
from textvae.saving.files import named_path

if TYPE_CHECKING:
    from textvae.pipeline import Pipeline

WEIGHTS = resource("weights")
OF_THE_CODE = {"latent_dim", "encoder_dim"}  # sizes that a language model does not have
log = logging.getLogger(__name__)


def list_models() -> list[str]:
    """Names of the VAEs that come with the package, the default first.

    A language model in the same place would be left out.

    Example:
        >>> list_models()
        ['coco', 'article', 'elephant', 'poems']
    """
    configs = filter(_has_codes, WEIGHTS.glob("*/config.json"))
    names = sorted(path.parent.name for path in configs)
    return sorted(names, key=lambda name: name != defaults.WEIGHTS)


def _has_codes(config: Path) -> bool:
    try:
        return bool(json.loads(config.read_bytes())["model"]["latent_dim"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return True  # loading it reports the error


def sizes_to_start_from(weights: str | Path) -> dict[str, Any]:
    """The settings `model.*` of a network that starts with these weights.

    For a language model, only those of the decoder. They are checked when it is loaded.

    Raises:
        BadInput: there is no such model.
        Unavailable: it is on the Hub, which cannot be reached, and the cache has no copy.

    Example:
        >>> sizes_to_start_from("article")["decoder"]
        'repeat'
    """
    from textvae.saving.limited_reading import MAX_CONFIG_BYTES, read_limited_json

    folder = locate(weights)
    try:
        config = manifest.find_one(folder, manifest.CONFIG)
        sizes = read_limited_json(config, MAX_CONFIG_BYTES)["model"]
        kept = sizes if sizes["latent_dim"] else sizes.keys() - OF_THE_CODE
        return {key: sizes[key] for key in kept}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}  # loading it reports the error


def find(weights: str | Path) -> Path | Address:
    """The folder, or the address on the Hub, of a model; nothing is downloaded yet.

    Args:
        weights: the name of an included model, a folder, in which `~` is the home folder, or
            `hf://owner/repo[@revision]`. `coco` is the included model, `./coco` and
            `Path("coco")` are a folder. The prefix `hf://` may be omitted unless a file or
            folder of that name exists.

    Raises:
        BadInput: it is not one of these.

    Example:
        >>> find("coco").name, find("hf://me/model"), str(find("me/model@v1"))
        ('coco', Address(repo='me/model', revision='main'), 'hf://me/model@v1')
    """
    if not isinstance(weights, str | os.PathLike):
        raise BadInput(f"weights must be a name or a folder, got {weights!r}")
    if isinstance(weights, str) and weights.startswith(PREFIX):
        return parse_address(weights)
    try:
        folder = named_path(weights)
        # Not ./coco, coco/ or ../coco, and not a Path, which drops a leading ./.
        is_name = isinstance(weights, str) and Path(weights).name == weights
        for each in (WEIGHTS / weights, folder) if is_name else (folder,):
            if manifest.has_model(each):
                return each
        if isinstance(weights, str) and not folder.exists():
            with contextlib.suppress(BadInput):
                return parse_address(PREFIX + weights)
        raise BadInput(_why_none(weights, folder))
    except OSError as error:  # the name is too long
        raise BadInput(f"no weights {str(weights)!r:.80}: {error}"[:200]) from None


def full_name(weights: str) -> str:
    """The name of weights as used in reports: with `hf://` if they are on the Hub.

    Example:
        >>> full_name("me/pets"), full_name("coco")
        ('hf://me/pets', 'coco')
    """
    with contextlib.suppress(BadInput):
        found = find(weights)
        return weights if isinstance(found, Path) else str(found)
    return weights


def with_full_names(command: Sequence[str], weights: Collection[str]) -> list[str]:
    """A command with the full names of weights, also after `=`.

    Example:
        >>> with_full_names(["train", "lines", "--init-from=me/pets"], ["me/pets"])
        ['train', 'lines', '--init-from=hf://me/pets']
    """
    found = []
    for each in command:
        option, equals, value = each.partition("=") if each.startswith("--") else ("", "", each)
        found.append(option + equals + (full_name(value) if value in weights else value))
    return found


def _why_none(weights: str | Path, folder: Path) -> str:
    """Why there are no weights of this name."""
    if folder.is_file():
        return f"{weights} is a file; weights are a folder, perhaps {folder.parent}"
    if any(folder.glob("*.onnx")):
        return (
            f"{weights} is an export for ONNX Runtime, not a weights folder; name the weights"
            " that it was made from"
        )
    return (
        f"no weights {str(weights)!r}: name one of {', '.join(list_models()) or '(none)'}, a"
        " folder with a config.json, or hf://owner/repo"
    )


def locate(weights: str | Path) -> Path:
    """The folder of a model, downloaded if it is on the Hub; see `find` for its name.

    If the Hub cannot be reached, a cached copy is used, and a warning logged.

    Raises:
        BadInput: there is no such model.
        Unavailable: it is on the Hub, which cannot be reached, and the cache has no copy.

    Example:
        >>> locate("coco").name
        'coco'
    """
    folder, notice = _locate(weights)
    if notice:
        log.warning(notice)
    return folder


def _locate(weights: str | Path) -> tuple[Path, str]:
    """The folder, and a warning if it is a cached copy, else an empty string."""
    found = find(weights)
    if isinstance(found, Path):
        return found, ""
    from textvae.hub.download import fetch

    try:
        fetched = fetch(str(found))
    except BadInput as error:
        if str(weights).startswith(PREFIX):
            raise
        no_folder = f"there is no folder {weights}; as a model on the Hub: {error}"
        raise type(error)(no_folder) from error
    return fetched.folder, fetched.notice


def load(
    weights: str | Path = defaults.WEIGHTS, *, device: str = defaults.DEVICE
) -> "Pipeline":
    """A trained model, ready to use.

    Args:
        weights: one of `list_models()`, a folder, or `[hf://]owner/repo[@revision]` on the
            Hugging Face Hub; see `find`. If the Hub cannot be reached, a cached copy is used,
            as stated in the `notice` of the result.
        device: `auto`, `cpu`, `gpu`, or `gpu:1` and so on; see `runtime.devices.device_scope`.

    Raises:
        BadInput: there is no such model, its files are damaged or do not belong together, or
            there is no such device.
        Unavailable: it is on the Hub, which cannot be reached, and the cache has no copy.

    Example:
        >>> vae = load("article")
        >>> vae.generate(2, seed=1)
        ['...', '...']
        >>> vae.reconstruct("Two elephants standing in the water!")
        'two elephants standing in the water'
    """
    return _open(*_locate(weights), device)


def load_quietly(
    weights: str | Path = defaults.WEIGHTS, *, device: str = defaults.DEVICE
) -> "Pipeline":
    """As `load`, for commands: TensorFlow is imported without its notices.

    This affects the whole process; see `runtime.imports`.

    Example:
        >>> load_quietly("no-such-model")  # TensorFlow is not imported for this
        Traceback (most recent call last):
        textvae.errors.BadInput: no weights 'no-such-model': ...
    """
    located = _locate(weights)
    import_tensorflow(device)  # takes seconds, so only if there is something to load
    return _open(*located, device)


def _open(folder: Path, notice: str, device: str) -> "Pipeline":
    from textvae.pipeline import Pipeline
    from textvae.runtime.devices import device_scope

    with device_scope(device):
        pipeline = Pipeline.from_folder(folder)
    pipeline.notice = notice
    return pipeline
