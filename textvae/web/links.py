"""Permalinks: the settings of a tab as a query string.

A link contains every setting of one tab, so that it shows what its sender saw. Missing or
invalid settings take their defaults, since URLs are typed, shortened and mangled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from textvae.config import defaults
from textvae.errors import BadInput
from textvae.latent.interpolation import PATHS
from textvae.web import examples, validation
from textvae.web.clicks import BOXES_OF
from textvae.web.place import Place

MAX_LENGTH = 20_000  # of a link: four captions of 400 characters, each encoded as up to 12
Parse = Callable[[str], Any]


def _whole(low: int, high: int) -> Parse:
    return lambda text: validation.whole_number("", int(text), low, high)


def _number(low: float, high: float) -> Parse:
    return lambda text: validation.number("", float(text), low, high)


def _one_of(choices: Sequence[str]) -> Parse:
    def parse(text: str) -> str:
        validation.choice("", text, choices)
        return text

    return parse


def _flag(text: str) -> bool:
    validation.choice("", text, ("0", "1"))
    return text == "1"


def _place(text: str) -> str:
    Place.parse(text)
    return text


# By tab, in the order of its inputs: each parameter, its parser, and its default.
PARAMETERS: dict[str, dict[str, tuple[Parse, Any]]] = {
    "reconstruct": {
        "caption": (validation.typed_caption, examples.CAPTIONS[0]),
        "boldness": (_number(*validation.TEMPERATURES), defaults.TEMPERATURE),
        "wording": (_whole(*validation.SEEDS), 0),
    },
    "map": {
        "place": (_place, ""),
        "pin": (validation.typed_caption, ""),
    },
    "interpolate": {
        "first": (validation.typed_caption, examples.PAIRS[0][0]),
        "last": (validation.typed_caption, examples.PAIRS[0][1]),
        "steps": (_whole(*validation.STEPS), defaults.NUM_STEPS),
        "path": (_one_of(PATHS), defaults.PATH),
    },
    "grid": {
        name: (validation.typed_caption, caption)
        for name, caption in zip(BOXES_OF["grid"], examples.GRID, strict=True)
    },
    "sum": {
        name: (validation.typed_caption, caption)
        for name, caption in zip(BOXES_OF["sum"], examples.SUMS[0], strict=True)
    },
    "generate": {
        "n": (_whole(*validation.CAPTIONS), defaults.NUM_CAPTIONS),
        "temperature": (_number(*validation.TEMPERATURES), defaults.TEMPERATURE),
        "seed": (_whole(*validation.SEEDS), examples.SEED),
        "words": (_flag, False),
    },
    "about": {},
}


def default(tab: str, name: str) -> Any:
    """The default value of an input.

    Example:
        >>> default("generate", "n"), default("interpolate", "path"), default("map", "pin")
        (5, 'linear', '')
    """
    return PARAMETERS[tab][name][1]


def read(
    query: Mapping[str, str],
    models: Sequence[str],
    own_lines: Callable[[str], Sequence[str]] | None = None,
) -> dict[str, Any]:
    """The tab, the model and every parameter of every tab, from a link or by default.

    Args:
        query: the parameters of a link; see `parse`.
        models: the available ones, the default first.
        own_lines: returns lines of a model to use instead of the default captions, if any.

    Example:
        >>> values = read({"tab": "generate", "seed": "3", "n": "many"}, ["coco"])
        >>> values["model"], values["seed"], values["n"]
        ('coco', 3, 5)
    """
    values = {"tab": query.get("tab"), "model": query.get("model")}
    if values["tab"] not in PARAMETERS:
        values["tab"] = next(iter(PARAMETERS))
    if values["model"] not in models:
        values["model"] = models[0]
    own = list(own_lines(str(values["model"]))) if own_lines else []
    for parameters in PARAMETERS.values():
        place = 0
        for name, (parse, fallback) in parameters.items():
            if own and fallback and parse is validation.typed_caption:
                fallback, place = own[place % len(own)], place + 1
            values[name] = _parsed(parse, query.get(name), fallback)
    return values


def parse(link: str) -> dict[str, str]:
    """The parameters in a query string, with or without its question mark.

    Example:
        >>> parse("?tab=reconstruct&caption=a+dog")
        {'tab': 'reconstruct', 'caption': 'a dog'}
    """
    return dict(parse_qsl(link.removeprefix("?")[:MAX_LENGTH]))


def write(tab: str, model: str, **settings: Any) -> str:
    """The query string that restores one tab, without the question mark.

    Example:
        >>> write("map", "coco", place="0.5,-1", pin="a dog")
        'tab=map&model=coco&place=0.5%2C-1&pin=a+dog'
    """
    ordered = {name: _written(settings[name]) for name in PARAMETERS[tab]}
    return urlencode({"tab": tab, "model": model, **ordered})


def _written(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _parsed(parse: Parse, text: str | None, fallback: Any) -> Any:
    try:
        return fallback if text is None else parse(text)
    except (BadInput, ValueError, OverflowError):
        return fallback
