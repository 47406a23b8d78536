"""Codes drawn from N(0, I), of which those of a place can be had without those before it."""

from typing import Any

import numpy as np

from textvae.types import Codes

PIECE = 4096  # rows that are drawn at once where they are only passed over


class StandardCodes:
    """Rows of N(0, I), the same ones for a seed wherever one begins.

    A draw takes as many random bits as it takes, so rows can only be reached one after the
    other. Where the last rows ended is remembered: who goes on there passes over none.

    Example:
        >>> draws = StandardCodes()
        >>> all_rows = draws.rows(5, latent_dim=2, seed=1)
        >>> bool((draws.rows(2, latent_dim=2, seed=1, first=3) == all_rows[3:]).all())
        True
    """

    def __init__(self) -> None:
        # One tuple, which threads replace as a whole: seed, D, the next row, and the state.
        self._last: tuple[int, int, int, Any] | None = None

    def rows(self, count: int, latent_dim: int, seed: int, first: int = 0) -> Codes:
        """Draws `first`, `first + 1` and so on, `[count, D]`, in memory for no more than these.

        Example:
            >>> StandardCodes().rows(3, latent_dim=2, seed=1, first=1_000).shape
            (3, 2)
        """
        rng, place, last = np.random.default_rng(seed), 0, self._last
        if last is not None and last[:2] == (seed, latent_dim) and last[2] <= first:
            place, rng.bit_generator.state = last[2:]
        while place < first:
            passed = min(PIECE, first - place)
            rng.standard_normal((passed, latent_dim))
            place += passed
        draws = rng.standard_normal((count, latent_dim)).astype(np.float32)
        self._last = (seed, latent_dim, first + count, rng.bit_generator.state)
        return draws
