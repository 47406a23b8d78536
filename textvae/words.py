"""Splitting lines into words for metrics and the page; a model's tokens may differ."""

import re
from collections.abc import Iterable, Sequence

# Scripts without spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer, Han, kana, Yi.
SPACELESS = (
    "\u0e01-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u2e80-\u2fdf"
    "\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u30ff\u3100-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Signs of these scripts that belong to the preceding character: vowels, tones, stress, voicing.
SIGNS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f18\u0f19\u0f35\u0f37"
    "\u0f39\u0f3e\u0f3f\u0f71-\u0f84\u0f86\u0f87\u0f8d-\u0fbc\u0fc6\u102b-\u103e\u1056-\u1059"
    "\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d\u108f\u109a-\u109d"
    "\u17b4-\u17d3\u17dd\u19b0-\u19c9\u3099\u309a\ua9e5\uaa7b-\uaa7d\uff9e\uff9f\u0300-\u036f"
    "\ufe00-\ufe0f\u200c\u200d"
)
WORD = re.compile(rf"[{SPACELESS}][{SIGNS}]*|[^\s{SPACELESS}]+")
HAS_SPACELESS = re.compile(f"[{SPACELESS}]")


def split_words(line: str) -> list[str]:
    """The words of a line, or its characters where words are not separated by spaces.

    In scripts without spaces between words, each character is a word, with the vowel and tone
    signs on it. A run of other characters between them is one word.

    Example:
        >>> split_words("a dog, 2 cats")
        ['a', 'dog,', '2', 'cats']
        >>> split_words("GTK 的按钮，好")
        ['GTK', '的', '按', '钮', '，', '好']
    """
    return line.split() if line.isascii() else WORD.findall(line)


def are_characters(words: Sequence[str]) -> bool:
    """Whether most words are single characters, of a script without spaces between words.

    Example:
        >>> are_characters(split_words("GTK 的按钮")), are_characters(["a", "dog"])
        (True, False)
    """
    return 2 * sum(bool(HAS_SPACELESS.match(word)) for word in words) > len(words)


def beginning(line: str, most: int) -> str:
    """The first words of a line, with at most `most` characters in total.

    Example:
        >>> beginning("a dog runs", 8), beginning("的按钮好", 2), beginning("Donaudampf", 5)
        ('a dog', '的按', 'Donau')
    """
    if len(line) <= most:
        return line
    ends = [found.end() for found in WORD.finditer(line) if found.end() <= most]
    return line[: ends[-1] if ends else most]


def spaced(line: str) -> str:
    """The words of `split_words` with single spaces between them.

    Example:
        >>> spaced("the 按钮")
        'the 按 钮'
    """
    return line if line.isascii() else " ".join(split_words(line))


def join_words(words: Iterable[str]) -> str:
    """Words as a line, with spaces between them where their scripts have spaces.

    Example:
        >>> join_words(["a", "dog"]), join_words(["床", "前", "，"])
        ('a dog', '床前，')
    """
    line = ""
    for word in words:
        line += " " * is_spaced(line, word) + word
    return line


def is_spaced(before: str, after: str) -> bool:
    """Whether a space belongs between two runs of words.

    Example:
        >>> is_spaced("a", "dog"), is_spaced("床", "前")
        (True, False)
    """
    touching = before[-1:] + after[:1]
    return len(touching) == 2 and not HAS_SPACELESS.search(touching)
