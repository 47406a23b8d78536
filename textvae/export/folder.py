"""A folder with a model for other programs: its networks, its vocabulary and `model.json`."""

import contextlib
import dataclasses
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textvae.data.pieces import PieceTokenizer
from textvae.data.tokenizer import BOS_ID, EOS_ID, PAD_ID, UNK_ID
from textvae.data.vocabulary import vocabulary_bytes
from textvae.errors import BadInput
from textvae.runtime import file_locks
from textvae.saving.files import json_bytes, write_files
from textvae.version import __version__

if TYPE_CHECKING:
    from textvae.nn.model import TextVAE
    from textvae.saving.bundle import ModelBundle

    Networks = Mapping[str, TextVAE]  # by the prefix of their endpoints' names

FORMAT = 1  # of `model.json`
DESCRIPTION = "model.json"
UNFINISHED = ".export-"  # prefix of the folder of an export in progress
WRITTEN = re.compile(  # the file names of an export
    r"model[.]json|vocabulary[.]txt|tokenizer[.]json|(prior_)?(encoder|start|step)[.]onnx"
    "|saved_model[.]pb|fingerprint[.]pb|variables|assets"
)


def export(bundle: "ModelBundle", folder: Path, kind: str = "onnx") -> None:
    """Write a model in a form that runs without this package.

    Args:
        bundle: the model; its prior is exported as well.
        folder: new, empty, or of an earlier export, which is replaced.
        kind: `onnx` or `savedmodel`.

    Raises:
        BadInput: `kind` is something else, the folder has other files, another command exports
            to it, or `onnx` is not installed.
        OSError: the disk is full or not writable.

    Example:
        >>> from textvae import loading
        >>> from textvae.saving import weights_folder
        >>> export(weights_folder.load(loading.locate("article")), Path("exported"))
        >>> {"model.json", "encoder.onnx"} <= {path.name for path in Path("exported").iterdir()}
        True
    """
    check_target(folder, kind)
    networks = {"": bundle.model, **({"prior_": bundle.prior} if bundle.prior else {})}
    files = {
        DESCRIPTION: json_bytes(_description(bundle, networks, kind)),
        "vocabulary.txt": vocabulary_bytes(bundle.tokenizer),
    }
    if isinstance(bundle.tokenizer, PieceTokenizer):
        files["tokenizer.json"] = bundle.tokenizer.to_json().encode()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # Inside it, since its parent may be another file system or read-only.
    with (
        _alone(folder),
        tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder) as made,
    ):
        KINDS[kind](networks, Path(made))
        write_files(Path(made), files)
        _replace_content(folder, Path(made))


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Within the block, no other export uses the folder, if the system has locks."""
    if not file_locks.HAS_LOCKS:  # on Windows, where folders cannot be opened either
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        file_locks.lock(descriptor)
        yield
    except file_locks.HeldError:
        raise BadInput(
            f"another command is exporting to {folder}; wait for it, or name another folder"
        ) from None
    finally:
        os.close(descriptor)


def check_target(folder: Path, kind: str) -> None:
    """Check that a model can be exported to `folder`, before loading it.

    Raises:
        BadInput: as `export` does.

    Example:
        >>> check_target(Path("exported"), "pmml")
        Traceback (most recent call last):
        textvae.errors.BadInput: the format must be onnx or savedmodel, got 'pmml'
    """
    if kind not in KINDS:
        raise BadInput(f"the format must be {' or '.join(KINDS)}, got {kind!r}")
    if kind == "onnx" and not find_spec("onnx"):
        raise BadInput("exporting as ONNX needs onnx: pip install 'textvae[onnx]'")
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; name a folder to export to")
    names = {path.name for path in folder.glob("*")}
    unfinished = {name for name in names if name.startswith(UNFINISHED)}
    names -= unfinished  # left by a killed export, perhaps without `model.json`
    is_export = DESCRIPTION in names or bool(unfinished)
    if names and not (is_export and all(map(WRITTEN.fullmatch, names))):
        raise BadInput(f"{folder} holds other files; name a new folder to export to")


def _replace_content(folder: Path, new: Path) -> None:
    """Move all of `new` into `folder`, which itself stays, as it may be the current folder.

    `model.json` is removed first and added last, so that it never describes files of two
    exports. The contents of `folder` are moved to `new`, and back if anything fails.
    """
    before = new / "before"
    before.mkdir()
    old = sorted(folder.iterdir(), key=lambda path: path.name != DESCRIPTION)
    made = sorted(new.iterdir(), key=lambda path: path.name == DESCRIPTION)
    moves = [(path, before / path.name) for path in old if path != new]
    moves += [(path, folder / path.name) for path in made if path != before]
    try:
        for path, place in moves:
            path.rename(place)
    except BaseException:  # also Ctrl-C
        for path, place in reversed(moves):
            if place.exists() and not path.exists():
                place.rename(path)
        raise


def _write_onnx(networks: "Networks", folder: Path) -> None:
    from textvae.export.onnx_files import onnx_files

    for prefix, network in networks.items():
        write_files(folder, onnx_files(network, prefix))


def _write_saved_model(networks: "Networks", folder: Path) -> None:
    from textvae.export.saved_model import write_saved_model

    write_saved_model(networks, folder)


KINDS: "dict[str, Callable[[Networks, Path], None]]" = {
    "onnx": _write_onnx,
    "savedmodel": _write_saved_model,
}


def _description(bundle: "ModelBundle", networks: "Networks", kind: str) -> dict[str, Any]:
    """The content of `model.json`: how to read lines, and the inputs of each endpoint."""
    from textvae.export.endpoints import endpoints

    return {
        "format": FORMAT,
        "kind": kind,
        "name": bundle.name,
        "textvae": __version__,
        "text": dataclasses.asdict(bundle.text),
        "vocabulary": {
            "file": "vocabulary.txt",
            "size": len(bundle.tokenizer),
            "pad": PAD_ID,
            "bos": BOS_ID,
            "eos": EOS_ID,
            "unk": UNK_ID,
        },
        "never_written": [PAD_ID, BOS_ID, UNK_ID],
        "never_first": [EOS_ID],
        "max_steps": bundle.text.max_length + 1,  # the last one writes <eos>
        "latent_dim": bundle.model.config.latent_dim,
        "prior_latent_dim": bundle.prior.config.latent_dim if bundle.prior else None,
        "endpoints": {
            f"{prefix}{endpoint.name}": endpoint.describe()
            for prefix, network in networks.items()
            for endpoint in endpoints(network)
        },
    }
