"""What the figures of an evaluation were measured on, kept for those who want to look at it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from textvae.metrics import gaussian_kl
from textvae.types import Codes, Floats


def _no_codes() -> Codes:
    return np.empty((0, 0), np.float32)


@dataclass
class EvaluationArtifacts:
    """Captions and codes behind the figures; what was not measured is empty.

    Attributes:
        captions: the held-out captions, in order.
        read_back: each of them read back greedily from its posterior mean.
        mu: their posterior means, `[N, D]`.
        log_var: the logarithms of their posterior variances, `[N, D]`.
        ways: the interpolations of the first set of pairs, each of 7 captions.
        ends: the two held-out captions of each of `ways`.
        samples: the first set of samples of each prior.
    """

    captions: Sequence[str] = ()
    read_back: Sequence[str] = ()
    mu: Codes = field(default_factory=_no_codes)
    log_var: Codes = field(default_factory=_no_codes)
    ways: Sequence[Sequence[str]] = ()
    ends: Sequence[tuple[str, str]] = ()
    samples: dict[str, Sequence[str]] = field(default_factory=dict)

    def kl_per_unit(self) -> Floats:
        """Mean KL of each latent unit to the standard normal in nats, `[D]`: together, `kl`."""
        mu, log_var = self.mu.astype(np.float64), self.log_var.astype(np.float64)
        kl: Floats = gaussian_kl.kl_per_unit(mu, log_var).mean(axis=0)
        return kl
