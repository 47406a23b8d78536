"""Published results for sentences of the Penn Treebank, test set, word level."""

from typing import NamedTuple


class Row(NamedTuple):
    """One model of the table; None for unknown values.

    Attributes:
        nll: nats per sentence, of the bound that its authors report.
        ppl: per token, including `</s>`.
        kl: nats per sentence.
        mutual_information: of code and sentence, in nats.
        active_units: of the latent units.
        num_units: the number of latent units.
    """

    nll: float | None = None
    ppl: float | None = None
    kl: float | None = None
    mutual_information: float | None = None
    active_units: int | None = None
    num_units: int | None = None


NUM_TEST_TOKENS = 82_430  # of the test file, including `</s>`, as in all rows
# An nll is that of its authors' bound; not all truncate sentences at the same length.
PUBLISHED = {
    "VAE-LSTM (Texar)": Row(nll=101.9, ppl=104.6),
    "VAE (Bowman et al. 2016, as SentenceIAF reports it)": Row(ppl=119.0),
    "VAE, baseline of iVAE (Fang et al. 2019)": Row(102.6, 108.3, 1.1, None, 2),
    "inverse autoregressive flow (SentenceIAF)": Row(nll=110.5, ppl=92.4),
}
