"""COCO annotation files, text files and tables -> cleaned captions.

Nothing later knows about COCO. A caption keeps one trace of where it came from, its `group`:
captions of one group must never be split between training and validation.
"""

import csv
import difflib
import io
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from textvae.data import text_files
from textvae.errors import BadInput

Json = dict[str, Any]
ACCEPTED = (".json", ".txt", ".tsv", ".csv")  # each also with .gz behind it


class Caption(NamedTuple):
    """One cleaned caption; `group` is what must stay on one side of every split."""

    group: str
    text: str


@dataclass(frozen=True)
class Captions:
    """The captions that were kept, and an account of those that were not.

    Attributes:
        captions: kept captions, in the order of the files.
        num_read: captions before anything was dropped.
        dropped: how many were dropped for which reason; `num_read` = kept + dropped, always.
    """

    captions: tuple[Caption, ...]
    num_read: int
    dropped: Mapping[str, int]

    def __post_init__(self) -> None:
        if self.num_read != len(self.captions) + sum(self.dropped.values()):
            raise ValueError(f"{self.num_read} captions read, but {self.summary()}")

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def texts(self) -> list[str]:
        """The cleaned texts, in order."""
        return [caption.text for caption in self.captions]

    @property
    def num_kept(self) -> int:
        """How many captions there are."""
        return len(self.captions)

    def summary(self) -> str:
        """One line: "9 captions read, 7 kept, 2 dropped (2 longer than 20 words)"."""
        reasons = _ranked(self.dropped)
        return (
            f"{self.num_read:,} captions read, {self.num_kept:,} kept, "
            f"{sum(self.dropped.values()):,} dropped" + (f" ({reasons})" if reasons else "")
        )


def load_captions(
    files: Sequence[Path | str],
    *,
    instances: Sequence[Path | str] = (),
    category: str | None = None,
    column: str = "caption",
    max_length: int | None = None,
    keep_punctuation: bool = False,
) -> Captions:
    """Read, clean and filter the captions of all `files`, in order.

    A group is an image ("coco:42": the same id in two files is one image) or, where there are
    no images, the cleaned text itself, so that equal lines stay together.

    Args:
        files: COCO `captions_*.json`, `.txt` with one caption a line, `.tsv` or `.csv` with a
            header line; each also as `.gz`. UTF-8.
        instances: COCO `instances_*.json`, read only if there is a `category`.
        category: with `instances`, keep the captions of images that show it; without, keep the
            captions that say it, in the singular or the plural ("wine glasses").
        column: the column of a table that holds the captions.
        max_length: drop captions of more words than this, counted after cleaning.
        keep_punctuation: passed to `clean`.

    Raises:
        BadInput: if a file cannot be used, the category is unknown or nothing is kept.
    """
    if not files:
        raise BadInput("no captions file was given; give at least one")
    if max_length is not None and max_length < 1:
        raise BadInput(f"max_length must be at least 1 word, got {max_length}")
    raw = [entry for file in files for entry in _read(Path(file), column)]
    dropped: Counter[str] = Counter()
    if category is not None and instances:
        raw = _of_images_showing(raw, category, instances, dropped)
    kept = _cleaned(raw, max_length, keep_punctuation, dropped)
    if category is not None and not instances:
        kept = _saying(kept, category, dropped)
    if not kept:
        names = ", ".join(map(str, files))
        why = _ranked(dropped) or "there were none to begin with"
        raise BadInput(f"no caption is left of {names}: {why}; give other captions or limits")
    return Captions(tuple(kept), len(kept) + dropped.total(), dict(dropped))


# Cleaning ---------------------------------------------------------------------------------


class _CharacterTable(dict[int, str]):
    """For `str.translate`: asks `rule` once for each character it has not met."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        self.rule = rule

    def __missing__(self, code_point: int) -> str:
        self[code_point] = self.rule(chr(code_point))
        return self[code_point]


APOSTROPHES = "'\u2018\u2019\u02bc\uff07"  # typewriter, curly, modifier letter, full width


def _letters_only(character: str) -> str:
    # Dropped without a space: the apostrophe of "man's", accents that have no composed
    # letter, and invisible joiners such as the soft hyphen.
    if character in APOSTROPHES or unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf"):
        return ""
    return character if character.isalpha() else " "


def _letters_digits_and_marks(character: str) -> str:
    if character in APOSTROPHES:
        return "'"
    kind = unicodedata.category(character)
    if kind in ("Mn", "Mc", "Me", "Cf"):
        return ""
    # Controls, lone surrogates and unassigned code points would not survive a UTF-8 file.
    return " " if kind[0] in "CZ" else character


LETTERS = _CharacterTable(_letters_only)
MARKS = _CharacterTable(_letters_digits_and_marks)
WORD_OR_MARK = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|\S")


def clean(text: str, keep_punctuation: bool = False) -> str:
    """Lower-case words with single spaces between; cleaning twice changes nothing more.

    Letters of any script stay ("Café" -> "café"). Apostrophes go without a trace
    ("a man's dog" -> "a mans dog", as in the article's `str.translate`); digits and all other
    marks become a space ("black-and-white" -> "black and white").

    Args:
        text: anything, in any Unicode.
        keep_punctuation: for benchmarks whose texts are scored with their marks. Digits stay,
            words keep inner apostrophes and hyphens ("man's", "well-lit"), and every other
            mark becomes a word of its own: "Dogs, 2." -> "dogs , 2 ."
    """
    table = MARKS if keep_punctuation else LETTERS
    # Normalised once more at the end: letters whose mark was dropped between may now compose.
    text = _normalised(_normalised(text).translate(table))
    return " ".join(WORD_OR_MARK.findall(text) if keep_punctuation else text.split())


def _normalised(text: str) -> str:
    """Lower case in NFKC, so that equal-looking words are equal strings."""
    if text.isascii():
        return text.lower()
    # Lower-casing may undo the normal form, and the normal form may bring capitals back.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


# Splitting --------------------------------------------------------------------------------


def split_by_image(captions: Captions, share: float, seed: int) -> tuple[Captions, Captions]:
    """(training, validation): whole groups only, `share` of the groups in validation.

    Depends on the groups and the seed, not on the order of the captions. Both parts account
    for their own captions only; what reading dropped stays with `captions`.

    Args:
        captions: of at least 2 groups.
        share: in (0, 1); rounded to whole groups, at least one on each side.
        seed: equal seeds give equal parts.

    Raises:
        BadInput: if `share` is out of range or there are fewer than 2 groups.
    """
    if not 0 < share < 1:
        raise BadInput(f"the validation share must be between 0 and 1, got {share}")
    groups = sorted({caption.group for caption in captions.captions})
    if len(groups) < 2:
        raise BadInput(
            f"cannot split {len(groups)} group of captions in two: captions of one image, or "
            f"equal lines, stay together; give more captions or a validation file"
        )
    random.Random(seed).shuffle(groups)
    held_out = set(groups[: min(max(round(share * len(groups)), 1), len(groups) - 1)])
    parts: tuple[list[Caption], list[Caption]] = ([], [])
    for caption in captions.captions:
        parts[caption.group in held_out].append(caption)
    train, validation = (Captions(tuple(part), len(part), {}) for part in parts)
    return train, validation


def without_groups_of(captions: Captions, other: Captions, reason: str) -> Captions:
    """`captions` less those whose group occurs in `other`, counted under `reason`."""
    taken = {caption.group for caption in other.captions}
    return _keep(captions, [c for c in captions.captions if c.group not in taken], reason)


def limited(captions: Captions, limit: int) -> Captions:
    """The first `limit` captions; the rest is counted as dropped.

    Raises:
        BadInput: if `limit` is below 1.
    """
    if limit < 1:
        raise BadInput(f"limit must be at least 1 caption, got {limit}")
    return _keep(captions, captions.captions[:limit], f"after the first {limit:,}")


def _keep(captions: Captions, kept: Sequence[Caption], reason: str) -> Captions:
    dropped = Counter(captions.dropped)
    if num_lost := len(captions) - len(kept):
        dropped[reason] += num_lost
    return Captions(tuple(kept), captions.num_read, dict(dropped))


def _ranked(dropped: Mapping[str, int]) -> str:
    """Most frequent reason first: "512 longer than 20 words, 107 blank line"."""
    return ", ".join(f"{n:,} {reason}" for reason, n in Counter(dropped).most_common())


# Filtering --------------------------------------------------------------------------------


class _Raw(NamedTuple):
    """A caption as it stood in its file; `group` is empty where there are no images."""

    group: str
    text: str


def _cleaned(
    raw: Iterable[_Raw], max_length: int | None, keep_punctuation: bool, dropped: Counter[str]
) -> list[Caption]:
    """Cleaned captions with words in them and not too many."""
    kept = []
    for group, raw_text in raw:
        text = clean(raw_text, keep_punctuation)
        if not text:
            is_blank = not raw_text.strip()
            dropped["blank line" if is_blank else "no words left after cleaning"] += 1
        elif max_length is not None and text.count(" ") >= max_length:
            dropped[f"longer than {max_length} words"] += 1
        else:
            kept.append(Caption(group or f"text:{text}", text))
    return kept


def _of_images_showing(
    raw: Sequence[_Raw], category: str, instances: Sequence[Path | str], dropped: Counter[str]
) -> list[_Raw]:
    """The captions of images in which COCO's annotators marked `category`."""
    if not all(entry.group for entry in raw):
        raise BadInput(
            "instances go with COCO captions, but some captions come from a text or a table "
            f"without image ids; leave instances out to keep captions that say {category!r}"
        )
    known, shown = _images_of(category, [_read_instances(Path(file)) for file in instances])
    kept = []
    for entry in raw:
        if entry.group in shown:
            kept.append(entry)
        elif entry.group in known:
            dropped[f"not of category {category.strip().lower()!r}"] += 1
        else:
            dropped["image is not in the instances files"] += 1
    return kept


def _images_of(category: str, parsed: Sequence[Json]) -> tuple[set[str], set[str]]:
    """(all images of the instances files, those that show `category`), as groups."""
    names = {entry["name"]: entry["id"] for data in parsed for entry in data["categories"]}
    forms = _forms(category)
    wanted = {category_id for name, category_id in names.items() if name.lower() in forms}
    if not wanted:
        near = difflib.get_close_matches(" ".join(category.lower().split()), names)
        hint = "did you mean" if near else "there are, for example,"
        examples = ", ".join(near or sorted(names)[:5])
        raise BadInput(f"no COCO category {category!r}; {hint} {examples}")
    known = {f"coco:{image['id']}" for data in parsed for image in data["images"]}
    shown = {
        f"coco:{note['image_id']}"
        for data in parsed
        for note in data["annotations"]
        if note["category_id"] in wanted
    }
    return known, shown


def _saying(captions: Sequence[Caption], category: str, dropped: Counter[str]) -> list[Caption]:
    """The captions in which `category` occurs as a word or phrase, singular or plural."""
    says = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_forms(category))))})\b")
    kept = [caption for caption in captions if says.search(caption.text)]
    if captions and not kept:
        seen = {word for caption in captions for word in caption.text.split()}
        asked = clean(category).split()
        near = [w for word in asked for w in difflib.get_close_matches(word, seen)]
        hint = f"did you mean {', '.join(near)}" if near else "give another category or none"
        raise BadInput(f"no caption says {category!r}, singular or plural; {hint}")
    if num_lost := len(captions) - len(kept):
        dropped[f"without the word {clean(category)!r}"] += num_lost
    return kept


IRREGULAR = {
    "child": "children",
    "deer": "deer",
    "fish": "fish",
    "foot": "feet",
    "goose": "geese",
    "man": "men",
    "mouse": "mice",
    "person": "people",
    "sheep": "sheep",
    "tooth": "teeth",
    "woman": "women",
}


def _forms(category: str) -> Collection[str]:
    """The category in the singular and the plural, whichever was given, cleaned."""
    *first, last = clean(category).split() or [""]
    if not last:
        raise BadInput(f"category must be a word, got {category!r}")
    singulars = [word for word in _singular_guesses(last) if last in _plurals(word)]
    words = {form for word in (last, *singulars) for form in (word, *_plurals(word))}
    return {" ".join([*first, word]) for word in words}


def _plurals(word: str) -> set[str]:
    """What `word` may look like in the plural, or as a possessive without its apostrophe.

    Some of these spellings do not exist, which does no harm in a search.
    """
    if word.endswith("s"):
        return {word + "es"}
    plurals = {word + "s"}
    if word in IRREGULAR:
        plurals.add(IRREGULAR[word])
    if re.search(r"(?:[xzo]|ch|sh)$", word):
        plurals.add(word + "es")
    if re.search(r"[^aeiou]y$", word):
        plurals.add(word[:-1] + "ies")
    if match := re.search(r"fe?$", word):
        plurals.add(word[: match.start()] + "ves")
    return plurals


def _singular_guesses(word: str) -> list[str]:
    """Words of which `word` may be the plural; `_plurals` has the last say."""
    guesses = [single for single, plural in IRREGULAR.items() if plural == word]
    # "bus" and "glass" are no plurals, though they end in s.
    if not re.search(r"(?:us|ss)$", word):
        endings = (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"))
        guesses += [word.removesuffix(a) + b for a, b in endings if word.endswith(a)]
    return guesses


# Reading ----------------------------------------------------------------------------------


def _read(file: Path, column: str) -> Iterator[_Raw]:
    """The captions of one file, as they stand there."""
    ending = _ending(file)
    if ending not in ACCEPTED:
        raise BadInput(
            f"{file}: cannot read captions from a file of this kind; give one of "
            f"{', '.join(ACCEPTED)}, each also with .gz"
        )
    text = _read_text(file)
    if ending == ".json":
        return _coco_captions(file, _parsed(file, text))
    if ending == ".txt":
        return (_Raw("", line) for line in text_files.split_lines(text))
    return _table_captions(file, text, column, "\t" if ending == ".tsv" else ",")


def _ending(file: Path) -> str:
    return Path(file.name.lower().removesuffix(".gz")).suffix


def _read_text(file: Path) -> str:
    """The whole file as text, which must hold more than white space."""
    text = text_files.read_text(file)
    if not text.strip():
        raise BadInput(f"{file} is empty; give a file with captions")
    return text


def _parsed(file: Path, text: str) -> Json:
    """The JSON object in `text`, without the outlines that make official files large."""
    try:
        data = json.loads(text, object_hook=_without_outline)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{file} is not valid JSON: {error.msg} at line {error.lineno}, column "
            f"{error.colno}; download it again or correct it"
        ) from error
    if not isinstance(data, dict) or not isinstance(data.get("annotations"), list):
        raise BadInput(
            f"{file} is not a COCO annotation file: it has no list of 'annotations'; "
            f"give captions_*.json, or plain text as .txt"
        )
    return data


def _without_outline(entry: Json) -> Json:
    """Drop polygons while parsing: they are most of the gigabytes of an instances file."""
    entry.pop("segmentation", None)
    return entry


def _coco_captions(file: Path, data: Json) -> Iterator[_Raw]:
    for number, note in enumerate(data["annotations"], 1):
        match note:
            case {"image_id": int() | str() as image_id, "caption": str() as caption}:
                yield _Raw(f"coco:{image_id}", caption)
            case {"category_id": _}:
                raise BadInput(
                    f"{file} holds COCO instances, not captions; give captions_*.json"
                )
            case _:
                raise BadInput(
                    f"{file}: annotation {number} is not a COCO caption: it needs an "
                    f"'image_id' and a 'caption' that is text"
                )


def _read_instances(file: Path) -> Json:
    """The parsed instances file, refused if its entries are not as `_images_of` needs them."""
    data = _parsed(file, _read_text(file))
    if any(map(_has("caption"), data["annotations"][:1])):
        raise BadInput(f"{file} holds COCO captions, not instances; give instances_*.json")
    needs = {
        "images": ("id",),
        "categories": ("id", "name"),
        "annotations": ("image_id", "category_id"),
    }
    for part, keys in needs.items():
        entries = data.get(part)
        if not isinstance(entries, list) or not all(map(_has(*keys), entries)):
            raise BadInput(
                f"{file} is not a COCO instances file: each of its {part!r} needs "
                f"{' and '.join(map(repr, keys))}; give instances_*.json"
            )
    return data


def _has(*keys: str) -> Callable[[object], bool]:
    return lambda entry: isinstance(entry, dict) and entry.keys() >= set(keys)


def _table_captions(file: Path, text: str, column: str, delimiter: str) -> Iterator[_Raw]:
    # strict: a quote that never closes would otherwise swallow the rest of the file.
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip() for name in rows.fieldnames or ()]
        if column not in columns:
            raise BadInput(f"{file} has no column {column!r}; it has {', '.join(columns)}")
        rows.fieldnames = columns
        yield from (_Raw("", row[column] or "") for row in rows)
    except csv.Error as error:
        raise BadInput(
            f"{file}, row at line {rows.line_num + 1}: {error}; correct the quotes there"
        ) from error
