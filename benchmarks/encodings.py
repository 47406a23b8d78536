"""How often the encoding of a file is detected, by language and number of lines.

    python -m benchmarks.encodings [--locales /usr/share/locale] [--json]

The lines are translated messages of the programs that are installed (gettext's `.mo` files), as
on any Debian; only those that are not ASCII. A file counts as right if it is read as it was
written, as wrong if other characters are read, and as refused if the encoding is asked for.
"""

import argparse
import gettext
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.machine import print_progress
from textvae.data.encodings import find_encoding
from textvae.errors import BadInput

# The code pages in which text in these languages is stored.
LANGUAGES = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), ("cp1250", "iso8859_2")),
    **dict.fromkeys(("bg", "uk"), ("cp1251",)),
    **dict.fromkeys(("da", "es", "fi", "it", "nl", "pt", "sv"), ("cp1252",)),
    "de": ("cp1252", "cp850"),
    "fr": ("cp1252", "mac_roman"),
    "ru": ("cp1251", "koi8_r"),
    "el": ("cp1253",),
    "tr": ("cp1254",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    **dict.fromkeys(("et", "lt", "lv"), ("cp1257",)),
    "vi": ("cp1258",),
    "th": ("cp874",),
    "ko": ("cp949",),
    "zh_TW": ("big5",),
    "zh_CN": ("gb18030",),
    "ja": ("cp932", "euc_jp"),
}
SIZES = (1, 2, 5, 20, 100, 400)
NUM_FILES = 12
# Letters of Romanian that are younger than the encodings, as they were written before.
COMMA_BELOW = str.maketrans("ȘșȚț", "ŞşŢţ")


def messages(folder: Path) -> list[str]:
    """The different lines of the catalogues in a folder, without placeholders.

    Example:
        >>> messages(Path("nowhere"))
        []
    """
    found: set[str] = set()
    for path in folder.glob("*.mo"):
        if path.name.startswith("iso_"):  # names of countries and languages
            continue
        try:
            with path.open("rb") as file:
                catalogue = vars(gettext.GNUTranslations(file))["_catalog"]
        except ValueError:  # it is not in the encoding that it names
            continue
        for source, translated in catalogue.items():
            if source and isinstance(translated, str) and translated != source:
                found.update(" ".join(line.split()) for line in translated.split("\n"))
    return sorted(each for each in found if 20 <= len(each) <= 120 and "%" not in each)


def encodable(lines: Sequence[str], encoding: str) -> Iterator[str]:
    """The lines that this encoding can store and that are not ASCII.

    Example:
        >>> list(encodable(["a dog", "süß", "犬"], "cp1252"))
        ['süß']
    """
    for line in lines:
        old = line.translate(COMMA_BELOW)
        try:
            same = old.encode(encoding).decode(encoding) == old
        except UnicodeEncodeError:
            continue
        if same and not old.isascii():
            yield old


def outcome(lines: Sequence[str], encoding: str) -> str:
    """What becomes of a file of these lines: `right`, `wrong` or `refused`.

    Example:
        >>> outcome(["Zwei Männer gehen über die Straße."], "cp1252")
        'right'
    """
    text = "\n".join(lines) + "\n"
    try:
        found = find_encoding([text.encode(encoding)], "a file")
    except BadInput:
        return "refused"
    return "right" if text.encode(encoding).decode(found, "replace") == text else "wrong"


def main(arguments: Sequence[str] | None = None) -> None:
    """Detect the encodings of files of random lines, and print how often that is right."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.encodings",
        description=(__doc__ or "").partition("\n")[0],
    )
    add = parser.add_argument
    add("--locales", type=Path, default=Path("/usr/share/locale"), metavar="DIR")
    add("--json", action="store_true", help="one JSON object")
    parsed = parser.parse_args(arguments)
    counts = {size: Counter[str]() for size in SIZES}
    not_right = Counter[str]()
    for language, encodings in LANGUAGES.items():
        print_progress(language)
        lines = messages(parsed.locales / language / "LC_MESSAGES")
        for encoding in encodings:
            known = list(encodable(lines, encoding))
            for size in SIZES:
                for seed in range(NUM_FILES if size <= len(known) else 0):
                    result = outcome(random.Random(seed).sample(known, size), encoding)
                    counts[size][result] += 1
                    not_right[f"{language} in {encoding}: {result}"] += result != "right"
    if parsed.json:
        print(json.dumps({"counts": counts, "not_right": +not_right}, indent=2))
        return
    print("| lines | right | wrong | refused |\n| --- | ---: | ---: | ---: |")
    for size, found in counts.items():
        print(f"| {size} | {found['right']} | {found['wrong']} | {found['refused']} |")
    print("\n".join(f"{count} {what}" for what, count in (+not_right).most_common()))


if __name__ == "__main__":
    main()
