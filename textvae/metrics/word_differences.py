"""The words that differ between two captions, by an alignment with the fewest changes."""

from collections.abc import Sequence
from typing import NamedTuple

from textvae.words import split_words


class Span(NamedTuple):
    """A run of words that is the same in two captions, or differs.

    Attributes:
        before: its words in the first caption; empty for an insertion.
        after: its words in the second caption; empty for a deletion.
        old: `before` as written in the first caption, with the white space before it.
        new: `after` as written in the second caption, with the white space before it.

    Example:
        >>> span = align("GTK 的 dog", "GTK 的dogs")[1]
        >>> span.old, span.old_text, span.new, span.is_kept
        (' dog', 'dog', 'dogs', False)
    """

    before: list[str]
    after: list[str]
    old: str = ""
    new: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether both captions have the same words here."""
        return self.before == self.after

    @property
    def old_text(self) -> str:
        """The words of the first caption as written."""
        return self.old.lstrip()

    @property
    def new_text(self) -> str:
        """The words of the second caption as written."""
        return self.new.lstrip()

    @property
    def gap(self) -> str:
        """A space if one of the captions has white space before this run, else empty."""
        return " " * any(text != text.lstrip() for text in (self.old, self.new))


def align(before: str, after: str) -> list[Span]:
    """Two captions as alternating runs of kept and of changed words, in order.

    The alignment has the fewest insertions, deletions and replacements of words and, among
    those with equally few, keeps the most words.

    Example:
        >>> for span in align("a dog on a beach", "a big dog on the street"):
        ...     print(span.before, span.after, span.is_kept)
        ['a'] ['a'] True
        [] ['big'] False
        ['dog', 'on'] ['dog', 'on'] True
        ['a', 'beach'] ['the', 'street'] False

    Source: Wagner & Fischer 1974.
    """
    old, new = split_words(before), split_words(after)
    change, costs = _costs(old, new)
    spans: list[Span] = []
    i = j = 0
    while i < len(old) or j < len(new):
        both = i < len(old) and j < len(new)
        is_kept = both and old[i] == new[j]  # keeping a word never costs more than changing it
        if not spans or spans[-1].is_kept != is_kept:
            spans.append(Span([], []))
        is_replaced = both and costs[i][j] == costs[i + 1][j + 1] + change
        is_deleted = i < len(old) and costs[i][j] == costs[i + 1][j] + change
        if is_kept or is_replaced or is_deleted:
            spans[-1].before.append(old[i])
            i += 1
        if is_kept or is_replaced or not is_deleted:
            spans[-1].after.append(new[j])
            j += 1
    texts = (
        _as_written(before, [span.before for span in spans]),
        _as_written(after, [span.after for span in spans]),
    )
    return [Span(*span[:2], *both) for span, *both in zip(spans, *texts, strict=True)]


def words_changed(before: str, after: str) -> int:
    """The number of words to insert, delete or replace to turn one caption into the other.

    Example:
        >>> words_changed("a man riding a wave", "a man on a big wave")
        2
    """
    # Replacing as many words as possible within a changed run minimises the changes.
    return sum(
        max(len(span.before), len(span.after))
        for span in align(before, after)
        if not span.is_kept
    )


def words_kept(before: str, after: str) -> int:
    """The number of words of the first caption that the second keeps in the same order.

    These are the words that `align` keeps, which minimises changes rather than maximising kept
    words.

    Example:
        >>> words_kept("a man riding a wave", "a man on a big wave")
        4
    """
    return sum(len(span.before) for span in align(before, after) if span.is_kept)


def _as_written(line: str, runs: Sequence[Sequence[str]]) -> list[str]:
    """Runs of words as written in a line, each with the white space before it."""
    texts: list[str] = []
    begin = end = 0
    for words in runs:
        for word in words:
            end = line.index(word, end) + len(word)
        texts.append(line[begin:end])
        begin = end
    return texts


def _costs(old: Sequence[str], new: Sequence[str]) -> tuple[int, list[list[int]]]:
    """The cost of a change, and of making `old[i:]` into `new[j:]` at `[i][j]`.

    A kept word costs -1, so that among equally few changes those that keep more words are
    cheaper.
    """
    change = len(old) + 1
    costs = [[change * (len(new) - j) for j in range(len(new) + 1)]]
    for i, word in enumerate(reversed(old), 1):
        below, row = costs[-1], [0] * len(new) + [change * i]
        for j in range(len(new) - 1, -1, -1):
            if word == new[j]:
                row[j] = below[j + 1] - 1
            else:
                row[j] = change + min(below[j + 1], below[j], row[j + 1])
        costs.append(row)
    return change, costs[::-1]
