"""Reading files of an external weights folder with limits on size and nesting."""

import json
from pathlib import Path
from typing import Any

from textvae.checks import SURROGATE, shown
from textvae.data.text_files import decode_text
from textvae.errors import BadInput

MAX_CONFIG_BYTES, MAX_REPORT_BYTES, MAX_VOCABULARY_BYTES = 2**16, 2**22, 2**24
DEEPEST = 64  # nested lists and objects; ours have 6
MAX_NESTED = 2**16  # of these in a file, a hundred bytes each in memory; ours have 100


def read_limited(path: Path, most: int) -> bytes:
    """The bytes of a file of at most `most` bytes.

    Raises:
        BadInput: it is missing, too large, or not a file.

    Example:
        >>> _ = Path("dogs.txt").write_bytes(b"a dog")
        >>> read_limited(Path("dogs.txt"), 5)
        b'a dog'
    """
    if not path.is_file():
        raise BadInput(f"{path} does not exist; check the path")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise BadInput(f"{path} is larger than {most:,} bytes, the limit for a model's file")
    return data


def read_limited_json(path: Path, most: int) -> Any:
    """The value in a JSON file of at most `most` bytes.

    Raises:
        BadInput: it cannot be read, is not JSON, has too many or too deeply nested lists and
            objects, or an unpaired surrogate.

    Example:
        >>> _ = Path("pets.json").write_text('["a dog"]')
        >>> read_limited_json(Path("pets.json"), 100)
        ['a dog']
        >>> _ = Path("pets.json").write_text("[" * 80 + "]" * 80)
        >>> read_limited_json(Path("pets.json"), 200)
        Traceback (most recent call last):
        textvae.errors.BadInput: pets.json is nested more than 64 levels deep, the limit
    """
    text = decode_text(read_limited(path, most), str(path))
    if text.count("[") + text.count("{") > MAX_NESTED:
        raise BadInput(f"{path} has more than {MAX_NESTED:,} lists and objects, the limit")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # also for huge numbers and deep nesting
        raise BadInput(f"{path} is not valid JSON: {error}; copy it again") from error
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST + 1:
            raise BadInput(f"{path} is nested more than {DEEPEST} levels deep, the limit")
        for each in level:
            if isinstance(each, str) and not each.isascii() and SURROGATE.search(each):
                raise BadInput(
                    f"{path} contains an unpaired surrogate in {shown(each)}; copy it again"
                )
        level = [inner for each in level for inner in _parts(each)]
    return value


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []
