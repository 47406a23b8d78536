"""Labels of captions: reading the label of a caption, and moving captions towards one."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, overload

import numpy as np

from textvae.data.prepared_caption import PreparedCaption
from textvae.errors import BadInput
from textvae.inference.caption import CaptionLike, is_single
from textvae.inference.moves import CaptionMoves
from textvae.latent.labels import Labels
from textvae.latent.traversal import STEPS, first_shown, traverse
from textvae.types import Ints

MAX_DRAWS_PER_FOUND = 200  # the search for a rarer label is given up
MIN_DRAWS = 1000  # captions drawn before a label counts as rare
UNREADABLE = -1  # in place of a label


class LabelledCaptions(CaptionMoves):
    """Captions of a model whose training lines had labels, such as positive and negative.

    The label that a caption shows is predicted from its code.

    Example:
        >>> import textvae
        >>> textvae.load("article").labels
        ()
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the model distinguishes; empty if its training lines had none."""
        return self.bundle.labels.names if self.bundle.labels else ()

    @overload  # a string is also a sequence of strings; the first match counts
    def label_of(self, captions: CaptionLike) -> str: ...  # type: ignore[overload-overlap]
    @overload
    def label_of(self, captions: Sequence[CaptionLike]) -> list[str]: ...
    def label_of(self, captions: Any) -> Any:
        """The label that a caption shows, or a list with the label of each.

        Raises:
            BadInput: the model has no labels, or cannot read a caption.

        Example:
            >>> import textvae
            >>> textvae.load("article").label_of("an elephant")
            Traceback (most recent call last):
            textvae.errors.BadInput: the weights 'article' have no labels; ...
        """
        if is_single(captions):
            return self.label_of([captions])[0]
        labels = self._known_labels()
        return [labels.names[place] for place in labels.predict(self.encode(captions))]

    def towards(
        self, caption: CaptionLike, change: str, *, strength: float | None = None
    ) -> str:
        """A caption with one attribute changed, or moved towards a label.

        Args:
            caption: where to start.
            change: the name of one of the model's `directions`, such as "night", or one of its
                `labels`.
            strength: how far to go; 1 is as far as captions with and without the change, or of
                the two labels, differ. None goes just far enough to show it.

        Raises:
            BadInput: the model has no such direction or label.

        Example:
            >>> import textvae
            >>> textvae.load("coco").towards("a dog is sleeping on a bed", "cat")
            'a cat is sleeping on a bed'
        """
        names = [each.name for each in self.bundle.directions]
        if not self.labels or change in names:
            return super().towards(caption, change, strength=strength)
        target = self._known_labels().index_of(change)
        if strength is None:
            return self.moved_to_label([caption], target)[0]
        moved = self._known_labels().move(self.encode([caption]), target, strength)
        found: str = self.decode(moved[0])
        return found

    def moved_to_label(self, captions: Sequence[CaptionLike], target: int) -> list[str]:
        """Each caption moved until it shows a label, or to the last step.

        Captions that already show it are only reconstructed.

        Args:
            captions: to be moved.
            target: the index of the label in `labels`.
        """
        towards = self._known_labels().towards(target)
        found = traverse(self.decode, self.encode(captions), [towards])
        shown = self.labels_shown(list(itertools.chain(*found))).reshape(-1, len(STEPS))
        reached = [first_shown(row, start=0) for row in shown == target]
        return [path[-1 if i is None else i] for path, i in zip(found, reached, strict=True)]

    def labels_shown(self, lines: Sequence[str]) -> Ints:
        """The index in `labels` of each line's label, `[N]`; -1 if it cannot be read."""
        readable: dict[str, PreparedCaption] = {}
        for line in lines:
            with suppress(BadInput):
                readable[line] = self.prepare(line)
        labels, found = self._known_labels(), {}
        if readable:
            places = labels.predict(self.encode(list(readable.values())))
            found = dict(zip(readable, places.tolist(), strict=True))
        return np.array([found.get(line, UNREADABLE) for line in lines], np.int64)

    def with_label(self, parts: Iterable[Sequence[str]], name: str) -> Iterator[str]:
        """The captions of a stream that show a label.

        Args:
            parts: the captions, in batches.
            name: of the label.

        Raises:
            BadInput: the model has no such label, or hardly ever writes a caption of it.
        """
        target = self._known_labels().index_of(name)
        num_drawn = num_found = 0
        for part in parts:
            shown = (self.labels_shown(part) == target).tolist()
            num_drawn, num_found = num_drawn + len(part), num_found + sum(shown)
            if num_drawn >= MIN_DRAWS and num_found * MAX_DRAWS_PER_FOUND < num_drawn:
                break
            yield from (line for line, is_shown in zip(part, shown, strict=True) if is_shown)
        raise BadInput(
            f"of {num_drawn:,} captions drawn, {num_found:,} show the label {name!r}; ask for"
            " fewer captions or another label"
        )

    def _known_labels(self) -> Labels:
        if self.bundle.labels is None:
            raise BadInput(
                f"the weights {self.name!r} have no labels; train with --label-column on"
                " labelled lines"
            )
        return self.bundle.labels
