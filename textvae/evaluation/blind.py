"""Blind ratings: captions of hidden source, mixed, rated by a reader, and scored.

N-grams cannot measure whether a caption makes sense; a reader can. Real captions are always
among those to rate, since their ratings show how strict the reader is.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from textvae.checks import listed
from textvae.data.text_files import read_lines
from textvae.errors import BadInput
from textvae.metrics.definitions import REAL
from textvae.saving.files import write_files

SHEET, KEY, SCALE, RATINGS = "sheet.txt", "key.txt", "scale.txt", "ratings.txt"
MARKS = {"2": "fine", "1": "slip", "0": "nonsense"}
YARDSTICK = 0.85  # share of real captions rated fine; if it is lower, a reader was stricter
SHOWN = 5  # missing ratings listed in a message
ABOUT = f"""\
Please rate each caption in {SHEET}. Do not look into {KEY}, which says where each is from.

2  fine: somebody could write it under a photograph; small informality is fine
1  a slip: one error of grammar, a repeated phrase, or an odd scene that can be imagined
0  nonsense: it does not parse, or what it describes is impossible or incoherent

Write {RATINGS} beside it, a line for each caption: its number, a tab, and 2, 1 or 0.
"""


class Row(NamedTuple):
    """A caption on the sheet, and its source.

    Example:
        >>> Row("real", "a dog runs").source
        'real'
    """

    source: str
    caption: str


class Score(NamedTuple):
    """The ratings of one source's captions: shares from 0 to 1.

    Attributes:
        source: of the captions.
        num_captions: the number rated.
        fine: the share rated 2.
        slip: the share rated 1.
        nonsense: the share rated 0.

    Example:
        >>> score = Score("coco", 100, fine=0.9, slip=0.1, nonsense=0.0)
        >>> round(score.standard_error("fine"), 3)
        0.03
    """

    source: str
    num_captions: int
    fine: float
    slip: float
    nonsense: float

    def standard_error(self, mark: str) -> float:
        """The standard error of one of the shares."""
        share: float = getattr(self, mark)
        return math.sqrt(share * (1.0 - share) / self.num_captions)


def mix(sources: Mapping[str, Sequence[str]], count: int, seed: int = 0) -> list[Row]:
    """`count` captions of each source, drawn without replacement and in random order.

    Args:
        sources: the captions of each; `real` must be one of them.
        count: captions to take from each, at least 1.
        seed: of the choice and the order.

    Raises:
        BadInput: there is no source `real`, or one has too few captions.

    Example:
        >>> rows = mix({"real": ["a dog"], "mine": ["a cat", "a cow"]}, 1)
        >>> sorted(row.source for row in rows)
        ['mine', 'real']
    """
    if count < 1:
        raise BadInput(f"the number of captions must be at least 1, got {count}")
    if REAL not in sources:
        raise BadInput(
            "there are no real captions, without which one rating cannot be compared with"
            f" another; add a source {REAL!r}"
        )
    rng, rows = random.Random(seed), list[Row]()
    for name, captions in sources.items():
        if len(captions) < count:
            raise BadInput(
                f"{name} has {len(captions)} captions, and {count} are needed; give more, or"
                " rate fewer of each"
            )
        rows += [Row(name, caption) for caption in rng.sample(list(captions), count)]
    rng.shuffle(rows)
    return rows


def check_folder(folder: Path) -> None:
    """Raise `BadInput` if it is a file, or holds a sheet, which may be in use.

    Example:
        >>> check_folder(Path("nowhere"))
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; name a folder for the sheet")
    for name in (SHEET, KEY, RATINGS):
        if (folder / name).exists():
            raise BadInput(f"{folder} already has a {name}; name another folder")


def write_sheet(folder: Path, rows: Sequence[Row]) -> None:
    r"""Write the sheet, the scale for the reader, and the key, which the reader must not see.

    Raises:
        BadInput: the folder already holds a sheet.
        OSError: the disk is full; then nothing is written.

    Example:
        >>> write_sheet(Path("blind"), [Row("mine", "a cat"), Row("real", "a dog")])
        >>> Path("blind/sheet.txt").read_text()
        '1\ta cat\n2\ta dog\n'
    """
    check_folder(folder)
    # The sheet comes last: it never exists without its key.
    columns = {KEY: [row.source for row in rows], SHEET: [row.caption for row in rows]}
    files = {
        name: "".join(f"{number}\t{text}\n" for number, text in enumerate(texts, 1)).encode()
        for name, texts in columns.items()
    }
    write_files(folder, {SCALE: ABOUT.encode(), **files})


def score(folder: Path) -> list[Score]:
    r"""The ratings of each source, real captions first.

    Raises:
        BadInput: a file is missing, or the ratings are not one of 2, 1 and 0 for each caption.

    Example:
        >>> write_sheet(Path("read"), [Row("mine", "a cat of"), Row("real", "a dog")])
        >>> _ = Path("read/ratings.txt").write_text("1\t0\n2\t2\n")
        >>> [(each.source, each.fine, each.nonsense) for each in score(Path("read"))]
        [('real', 1.0, 0.0), ('mine', 0.0, 1.0)]
    """
    key, ratings = _read_table(folder / KEY), _read_table(folder / RATINGS)
    _check_ratings(ratings, key, folder / RATINGS)
    found: dict[str, Counter[str]] = {}
    for number, source in key.items():
        found.setdefault(source, Counter())[MARKS[ratings[number]]] += 1
    order = sorted(found, key=lambda source: (source != REAL, source))
    totals = {source: found[source].total() for source in order}
    return [
        Score(
            source,
            totals[source],
            **{mark: found[source][mark] / totals[source] for mark in MARKS.values()},
        )
        for source in order
    ]


def _read_table(path: Path) -> dict[str, str]:
    """The entry for each number in a file of numbered lines."""
    if not path.exists():
        advice = "make the sheet first"
        if path.name == RATINGS:
            advice = f"rate the captions first, as {SCALE} says"
        raise BadInput(f"{path} does not exist; {advice}")
    out: dict[str, str] = {}
    for place, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        number, *rest = line.split(maxsplit=1)
        if not rest:
            raise BadInput(
                f"{path}, line {place}: expected a number and a rating, got {line[:40]!r}"
            )
        if number in out:
            raise BadInput(f"{path}, line {place}: caption {number} is rated twice; keep one")
        out[number] = rest[0].strip()
    return out


def _check_ratings(ratings: Mapping[str, str], key: Mapping[str, str], path: Path) -> None:
    for number, mark in ratings.items():
        if number not in key:
            raise BadInput(f"{path} rates caption {number[:20]!r}, which is not on the sheet")
        if mark not in MARKS:
            raise BadInput(f"{path}: caption {number} is rated {mark[:20]!r}, not 2, 1 or 0")
    missing = [number for number in key if number not in ratings]
    if missing:
        some = listed(missing, SHOWN)
        raise BadInput(
            f"{path} is not complete: {len(missing)} of {len(key)} captions have no rating"
            f" ({some})"
        )
