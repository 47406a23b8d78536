"""Published results for the Texygen benchmark: BLEU-2 to -5, self-BLEU-2 to -5."""

# Zhu et al. 2018 (MLE to RankGAN); Nie et al. 2019 (RelGAN); the first row is a measurement of
# the data of Caccia et al. 2020, published in issue 7 of their repository GansFallingShort.
PUBLISHED: dict[str, tuple[float | None, ...]] = {
    "real training captions": (0.744, 0.526, 0.344, 0.222, 0.895, 0.751, 0.581, 0.422),
    "LSTM language model": (0.731, 0.497, 0.305, 0.189, 0.916, 0.769, 0.583, 0.408),
    "SeqGAN": (0.745, 0.498, 0.294, 0.180, 0.950, 0.840, 0.670, 0.489),
    "LeakGAN": (0.746, 0.528, 0.355, 0.230, 0.966, 0.913, 0.848, 0.780),
    "RankGAN": (0.743, 0.467, 0.264, 0.156, 0.959, 0.882, 0.762, 0.618),
    "RelGAN (temperature 100)": (0.849, 0.687, 0.502, 0.331, None, None, None, None),
}
# BLEU and self-BLEU of the same captions as in the files, by the protocol's own code.
AS_THEY_STAND = (0.7404, 0.5203, 0.3371, 0.2180, 0.8925, 0.7474, 0.5737, 0.4158)
PUBLISHED_REVERSE = {"real training captions": 107.0, "LSTM language model": 174.9}
# (self-BLEU-5, BLEU-5) of a language model at four temperatures.
PUBLISHED_CURVE = ((0.26, 0.16), (0.32, 0.18), (0.37, 0.21), (0.46, 0.23))
