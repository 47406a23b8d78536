"""Moving a caption's code: along a direction, or by the difference of two captions."""

from collections.abc import Sequence

from textvae.errors import BadInput
from textvae.inference.between import CaptionsBetween
from textvae.inference.caption import CaptionLike
from textvae.latent.directions import Direction
from textvae.latent.traversal import STEPS, first_shown, traverse
from textvae.latent.word_edits import EDITS, has_exchanged


class CaptionMoves(CaptionsBetween):
    """Captions with one attribute changed, by moving their codes.

    A code is moved until the decoded caption shows the change, since the required distance
    differs from caption to caption.
    """

    def towards(
        self, caption: CaptionLike, change: str, *, strength: float | None = None
    ) -> str:
        """A caption with one attribute changed, by moving its code along a direction.

        Args:
            caption: where to start.
            change: the name of one of the model's `directions`, such as "night".
            strength: how far to go; 1 is as far as captions with and without the change differ.
                None goes just far enough for the caption to show the change.

        Raises:
            BadInput: the model has no such direction.

        Example:
            >>> import textvae
            >>> textvae.load("coco").towards("a dog is sleeping on a bed", "cat")
            'a cat is sleeping on a bed'
        """
        known = {each.name: each for each in self.bundle.directions}
        if change not in known:
            names = ", ".join(known) or "none"
            raise BadInput(f"no direction {change!r}; the model {self.name!r} has {names}")
        if strength is not None:
            moved: str = self.decode(known[change].move(self.encode([caption]), strength)[0])
            return moved
        return self.moved_captions([caption], known[change])[0]

    def moved_captions(
        self, captions: Sequence[CaptionLike], direction: Direction
    ) -> list[str]:
        """Each caption moved along a direction until it shows the change, or to the last step.

        Example:
            >>> import textvae
            >>> vae = textvae.load("coco")
            >>> night = next(each for each in vae.bundle.directions if each.name == "night")
            >>> vae.moved_captions(["a city street with cars"], night)
            ['a city street with cars ... night']
        """
        shows = EDITS[direction.name].shows
        found = traverse(self.decode, self.encode(captions), [direction.move])
        return [path[first_shown(map(shows, path)) or -1] for path in found]

    def add_up(self, start: CaptionLike, minus: CaptionLike, plus: CaptionLike) -> str:
        """The caption of code(start) - code(minus) + code(plus).

        The code moves along the difference until the caption has the words of `plus` instead
        of those of `minus`; if that never happens, it moves by the difference itself.

        Example:
            >>> import textvae
            >>> textvae.load("coco").add_up("a dog on a couch", "a dog", "a cat")
            'a cat on a couch'
        """
        first, second = self._prepared(minus).cleaned, self._prepared(plus).cleaned
        code, before, after = self.encode([start, minus, plus])
        [path] = traverse(
            self.decode,
            code[None],
            [lambda codes, strength: codes + strength * (after - before)],
        )
        reached = first_shown(has_exchanged(first, second, text) for text in path)
        return path[reached or STEPS.index(1.0)]
