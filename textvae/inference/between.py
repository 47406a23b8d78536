"""Interpolation: paths between two captions, and grids between four."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from textvae.checks import shown, whole_number
from textvae.config import defaults
from textvae.data.batching import BUCKETS
from textvae.errors import BadInput
from textvae.inference.caption import CaptionLike, is_single
from textvae.inference.space import CaptionSpace
from textvae.latent.interpolation import (
    corners_of,
    grid_codes,
    interpolate_codes,
    repeating,
    without_repeats,
)
from textvae.types import Codes

MAX_DISTINCT = 12  # steps that all differ; on a finer path, neighbours may be equal
GRID_TEMPERATURE = 0.5  # of a cell's other wordings, to keep them near its scene
BATCH = BUCKETS[-2]  # rows of wordings; more would be padded to four times as many


class CaptionsBetween(CaptionSpace):
    """Captions decoded from codes between those of given captions.

    Nearby codes often have the same most probable caption. Repeated captions are worded
    differently, so that all captions of a path or a grid differ.
    """

    def interpolate(
        self,
        first: CaptionLike,
        last: CaptionLike,
        num_steps: int = defaults.NUM_STEPS,
        *,
        path: str = defaults.PATH,
    ) -> list[str]:
        """Captions decoded from the codes on a path between two captions, both included.

        The ends are what `reconstruct` gives; the captions between them are worded from scenes,
        if the model has scenes. On a path of at most 12 steps no caption is repeated, unless a
        scene cannot be worded differently.

        Args:
            first: where the path begins.
            last: where it ends.
            num_steps: the number of captions, from 2 to 1000.
            path: `linear` or `spherical`; see `latent.interpolation.interpolate_codes`.

        Raises:
            BadInput: an argument is out of range, or `prepare` refuses a caption.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> ends = "an elephant standing in the grass", "a herd of elephants in a field"
            >>> vae.interpolate(*ends, num_steps=5)
            ['an elephant standing in the grass', ..., 'a herd of elephants in a field']
        """
        return self.paths([(first, last)], num_steps, path=path)[0]

    def paths(
        self,
        ends: Sequence[tuple[CaptionLike, CaptionLike]],
        num_steps: int = defaults.NUM_STEPS,
        *,
        path: str = defaults.PATH,
    ) -> list[list[str]]:
        """`interpolate` between the two captions of each pair, all pairs at once.

        Raises:
            BadInput: an argument is out of range, an item is not a pair, or `prepare` refuses a
                caption.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> pairs = [("an elephant", "two elephants"), ("a tree", "an elephant")]
            >>> vae.paths(pairs, 3) == [vae.interpolate(*pair, 3) for pair in pairs]
            True
        """
        ends = list(ends)  # a `zip` can be iterated only once
        for pair in ends:
            if is_single(pair) or len(pair) != 2:
                raise BadInput(f"a path goes from one caption to another, got {shown(pair)}")
        captions = [self._read(caption) for pair in ends for caption in pair]
        read_back = self.reconstruct(captions)
        codes = self.space.encode(captions)
        between = [
            interpolate_codes(codes[i], codes[i + 1], num_steps, path)[1:-1]
            for i in range(0, len(codes), 2)
        ]
        inner = iter(self.space.decode(np.concatenate(between)) if between else [])
        found = [
            [read_back[2 * i], *islice(inner, len(steps)), read_back[2 * i + 1]]
            for i, steps in enumerate(between)
        ]
        if not self.has_scenes or num_steps > MAX_DISTINCT:
            return found
        return [self._path_without_repeats(*each) for each in zip(found, between, strict=True)]

    def grid(self, corners: Sequence[CaptionLike], size: int = defaults.GRID_SIZE) -> list[str]:
        """Captions on a square grid between four captions, row by row.

        The corners are what `reconstruct` gives; the captions between them are worded from
        scenes, if the model has scenes, and then none is repeated, unless a scene cannot be
        worded differently.

        Args:
            corners: the captions at the top left, top right, bottom left and bottom right.
            size: the number of rows and columns, from 2 to 12.

        Raises:
            BadInput: `corners` are not four, `size` is out of range, or `prepare` refuses a
                caption.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> corners = "an elephant", "two elephants", "a tree", "an elephant in the water"
            >>> len(vae.grid(corners, 3))
            9
        """
        size = whole_number("the size of a grid", size, 2, MAX_DISTINCT)
        if is_single(corners) or len(corners) != 4:
            raise BadInput(f"a grid is between four captions, got {shown(corners)}")
        prepared = [self._prepared(caption) for caption in corners]
        codes = grid_codes(self.space.encode(prepared), size)
        captions: list[str] = self.space.decode(codes)
        ends = corners_of(size)
        for cell, caption in zip(ends, self.reconstruct(prepared), strict=True):
            captions[cell] = caption
        if not self.has_scenes or not self.scene:
            return captions
        is_bad = self.scene.repeats_a_word
        again = repeating(captions, ends, is_bad)
        if not again:
            return captions
        wordings = self.scene.wordings(
            codes[again], temperature=GRID_TEMPERATURE, batch_size=BATCH
        )
        return without_repeats(captions, dict(zip(again, wordings, strict=True)), is_bad)

    def _path_without_repeats(self, path: list[str], scenes: Codes) -> list[str]:
        """A path without repeated captions; `scenes` are those between its ends.

        The result does not depend on other paths.
        """
        if self.scene is None or not len(scenes):
            return path
        is_bad = self.scene.repeats_a_word
        if not repeating(path, (0, len(path) - 1), is_bad):
            return path
        return without_repeats(path, dict(enumerate(self.scene.wordings(scenes), 1)), is_bad)
