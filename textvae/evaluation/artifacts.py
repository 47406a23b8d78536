"""The captions and codes of an evaluation, kept for its report."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from textvae.metrics import gaussian_kl
from textvae.types import Codes, Floats


def _no_codes() -> Codes:
    return np.empty((0, 0), np.float32)


@dataclass
class EvaluationArtifacts:
    """The results of `evaluate`; attributes that were not measured are empty.

    Attributes:
        captions: the held-out captions, in order.
        reconstructions: each of them decoded greedily from its posterior mean.
        mu: their posterior means, `[N, D]`.
        log_var: the logarithms of their posterior variances, `[N, D]`.
        paths: the interpolations of the first set of pairs, each of 7 captions.
        ends: the two held-out captions at the ends of each of `paths`.
        samples: the first set of samples of each prior.

    Example:
        >>> artifacts = EvaluationArtifacts()
        >>> artifacts.captions, artifacts.mu.shape, artifacts.samples
        ((), (0, 0), {})
    """

    captions: Sequence[str] = ()
    reconstructions: Sequence[str] = ()
    mu: Codes = field(default_factory=_no_codes)
    log_var: Codes = field(default_factory=_no_codes)
    paths: Sequence[Sequence[str]] = ()
    ends: Sequence[tuple[str, str]] = ()
    samples: dict[str, Sequence[str]] = field(default_factory=dict)

    def kl_per_unit(self) -> Floats:
        """The mean KL of each latent unit in nats, `[D]`; their sum is the metric `kl`."""
        mu, log_var = self.mu.astype(np.float64), self.log_var.astype(np.float64)
        kl: Floats = gaussian_kl.kl_per_unit(mu, log_var).mean(axis=0)
        return kl
