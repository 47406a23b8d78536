"""The posterior of one caption: its distribution in the latent space."""

from dataclasses import dataclass

import numpy as np

from textvae.checks import seed_number, whole_number
from textvae.data.prepared_caption import PreparedCaption
from textvae.metrics import gaussian_kl
from textvae.types import Codes, Floats

MAX_SAMPLES = 1000


@dataclass(frozen=True, eq=False)
class CaptionPosterior:
    """q(z|x) of a caption x: a normal distribution with independent units.

    Attributes:
        prepared: the caption as the model reads it.
        mu: the mean, `[D]`: the code of the caption.
        sigma: the standard deviation, `[D]`.
        is_scene: whether its units are those of a scene; see `inference.space`.

    Example:
        >>> import textvae
        >>> posterior = textvae.load("article").posterior("an elephant in the water")
        >>> posterior.mu.shape, posterior.sigma.shape, posterior.prepared.cleaned
        ((32,), (32,), 'an elephant in the water')
    """

    prepared: PreparedCaption
    mu: Codes
    sigma: Codes
    is_scene: bool = False

    def sample(self, num_samples: int, seed: int = 0) -> Codes:
        """Draws mu + sigma * epsilon, `[S, D]`; with more draws, the first ones are the same.

        Raises:
            BadInput: `num_samples` is not from 1 to 1000, or the seed is negative.

        Example:
            >>> from textvae.data.prepared_caption import prepare_caption
            >>> from textvae.data.text_modes import TextSettings
            >>> from textvae.data.tokenizer import Tokenizer
            >>> prepared = prepare_caption("a dog", Tokenizer(["a", "dog"]), TextSettings(20))
            >>> posterior = CaptionPosterior(prepared, np.ones(2), np.zeros(2))
            >>> posterior.sample(3).tolist()
            [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
        """
        count = whole_number("the number of draws", num_samples, 1, MAX_SAMPLES)
        rng = np.random.default_rng(seed_number(seed))
        epsilon = rng.standard_normal((count, len(self.mu)))
        return (self.mu + self.sigma * epsilon).astype(np.float32)

    def kl_per_unit(self) -> Floats:
        """KL(q(z_d|x) || N(0, 1)) in nats, `[D]`; see `metrics.gaussian_kl`."""
        log_var = 2.0 * np.log(self.sigma.astype(np.float64))
        kl: Floats = gaussian_kl.kl_per_unit(self.mu.astype(np.float64), log_var)
        return kl
