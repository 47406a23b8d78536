"""Commands and recipes without the local folders of the machine.

Reports and model cards are published, and on other machines only the last part of a path is
meaningful.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from textvae.data.text_modes import encodable

FOLDERS = re.compile(r"""[^"'=,\[\]]*/(?=.)""")  # of paths, also inside `section.key=[...]`


def without_folders(argument: str) -> str:
    """The argument with only the last part of each path; a Hub address is kept in full.

    Bytes of a file name that are not UTF-8, which a report cannot hold, become U+FFFD.

    Example:
        >>> without_folders("--output=/home/me/runs/pets"), without_folders("hf://me/pets")
        ('--output=pets', 'hf://me/pets')
    """
    return encodable(argument if "hf://" in argument else FOLDERS.sub("", argument))


def portable_command(arguments: Sequence[str]) -> str:
    """The command line of `textvae` with these arguments, quoted for a shell.

    Example:
        >>> portable_command(["train", "lines", "--captions", "/home/me/my lines.txt"])
        "textvae train lines --captions 'my lines.txt'"
    """
    return shlex.join(["textvae", *map(without_folders, arguments)])


def portable_recipe(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe as JSON with only the last part of each path.

    Example:
        >>> recipe = {"init_from": "runs/pets", "data": {"captions": ["/home/me/cats.txt"]}}
        >>> portable_recipe(recipe)
        {'init_from': 'pets', 'data': {'captions': ['cats.txt']}}
    """
    data = {key: _portable(value) for key, value in recipe["data"].items()}
    return {**recipe, "init_from": _portable(recipe["init_from"]), "data": data}


def _portable(value: Any) -> Any:
    if isinstance(value, list):
        return [_portable(item) for item in value]
    return without_folders(value) if isinstance(value, str) else value
