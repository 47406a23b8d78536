"""Draws from N(0, I), starting at any row of a seed's sequence."""

from typing import Any

import numpy as np

from textvae.types import Codes

PIECE = 4096  # rows drawn at a time while skipping


class StandardCodes:
    """Rows of N(0, I); row i depends only on the seed, wherever a call begins.

    The number of random bits that a normal draw consumes varies, so the generator cannot jump
    to a row: the rows before it are drawn and discarded. A call that continues where the last
    one ended skips none, because that position is remembered.

    Example:
        >>> draws = StandardCodes()
        >>> all_rows = draws.rows(5, latent_dim=2, seed=1)
        >>> bool((draws.rows(2, latent_dim=2, seed=1, first=3) == all_rows[3:]).all())
        True
    """

    def __init__(self) -> None:
        # One tuple, which threads replace atomically: seed, D, the next row, and the state.
        self._last: tuple[int, int, int, Any] | None = None

    def rows(self, count: int, latent_dim: int, seed: int, first: int = 0) -> Codes:
        """`count` rows from number `first` on, `[count, D]` float32.

        Memory does not grow with `first`; time does, unless the last call ended there.

        Example:
            >>> StandardCodes().rows(3, latent_dim=2, seed=1, first=1_000).shape
            (3, 2)
        """
        rng, place, last = np.random.default_rng(seed), 0, self._last
        if last is not None and last[:2] == (seed, latent_dim) and last[2] <= first:
            place, rng.bit_generator.state = last[2:]
        while place < first:
            skipped = min(PIECE, first - place)
            rng.standard_normal((skipped, latent_dim))
            place += skipped
        draws = rng.standard_normal((count, latent_dim)).astype(np.float32)
        self._last = (seed, latent_dim, first + count, rng.bit_generator.state)
        return draws
