"""Files as they reach the disk: all of a set or none."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def json_bytes(value: Any) -> bytes:
    r"""Indented JSON in UTF-8 with a final newline.

    Example:
        >>> json_bytes({"name": "café"})
        b'{\n  "name": "caf\xc3\xa9"\n}\n'
    """
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """All of `files` or none: each is written aside first, and renamed when all are on disk.

    Raises:
        OSError: the disk is full or not writable; what was there before is untouched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aside = {name: folder / f".{name}.partial" for name in files}
    try:
        for name, data in files.items():
            with aside[name].open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for name, path in aside.items():
            path.replace(folder / name)
    finally:
        for path in aside.values():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
