"""Joint validation of the arguments of each question to a `Service`.

`validation` has the checks of single values. No check needs a model. Messages name values that
only programs can get wrong by argument, and others as on the page.
"""

from __future__ import annotations

from typing import Any

from textvae.config import defaults
from textvae.latent.interpolation import PATHS
from textvae.web import validation
from textvae.web.i18n.language import strings


def generation(
    num_captions: Any, temperature: Any, top_p: Any, prior: Any, seed: Any
) -> tuple[int, float, float, str | None, int]:
    """These settings as numbers; a prior of None leaves the choice to the model.

    Raises:
        BadInput: one of them is out of range.

    Example:
        >>> generation(5.0, 1, 0.9, None, 7)
        (5, 1.0, 0.9, None, 7)
    """
    count = validation.whole_number("num_captions", num_captions, *validation.CAPTIONS)
    temperature = validation.number("temperature", temperature, *validation.TEMPERATURES)
    top_p = validation.number("top_p", top_p, *validation.TOP_PS)
    seed = validation.whole_number(strings.SEED, seed, *validation.SEEDS)
    if prior is not None:
        validation.choice("prior", prior, defaults.PRIORS)
    return count, temperature, top_p, prior, seed


def interpolation(
    first: Any, last: Any, num_steps: Any, path: Any
) -> tuple[tuple[str, str], int, str]:
    """Both captions as typed, the number of steps, and the path.

    Raises:
        BadInput: one of them cannot be used; for a caption, the message names its box.

    Example:
        >>> interpolation("a dog", " a  cat", 7, "linear")
        (('a dog', 'a cat'), 7, 'linear')
    """
    typed = (
        validation.typed_caption(first, strings.FIRST),
        validation.typed_caption(last, strings.LAST),
    )
    steps = validation.whole_number("num_steps", num_steps, *validation.STEPS)
    validation.choice("path", path, PATHS)
    return typed, steps, path


def captions(value: Any) -> list[str]:
    """A list of captions as typed.

    Raises:
        BadInput: it is not a list of 1 to 256 captions.

    Example:
        >>> captions(["a dog", " a  cat"])
        ['a dog', 'a cat']
    """
    texts = validation.batch("captions", value, "captions")
    return [validation.typed_caption(each, place(row)) for row, each in enumerate(texts)]


def place(row: int) -> str:
    """The name in messages of one of a list of captions.

    Example:
        >>> place(2)
        'captions[2]'
    """
    return f"captions[{row}]"


def points(value: Any) -> list[Any]:
    """A list of points, each still unchecked, since its length is the model's.

    Raises:
        BadInput: it is not a list of 1 to 256 items.

    Example:
        >>> points([[0.5, -1.25], ["north"]])
        [[0.5, -1.25], ['north']]
        >>> points([])
        Traceback (most recent call last):
        textvae.errors.BadInput: z must be a list of 1 to 256 points; got 0.
    """
    return validation.batch("z", value, "points")
