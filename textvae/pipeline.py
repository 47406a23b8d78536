"""What people, the commands and the page call: strings in, strings out."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import tensorflow as tf

from textvae.data.batching import BUCKETS, CaptionBatches, bucketed
from textvae.data.captions import clean
from textvae.data.tokenizer import BOS_ID, EOS_ID
from textvae.decoding.generator import Generator
from textvae.decoding.prior import CaptionPrior
from textvae.errors import BadInput
from textvae.hub import upload
from textvae.latent.interpolation import interpolate_codes
from textvae.latent.latent_map import NUM_POINTS, LatentMap, build_map, draw
from textvae.nn.gaussian import DiagonalGaussian
from textvae.nn.model import packing_of
from textvae.runtime.devices import device_name, share_gpus
from textvae.saving import model_card, weights_folder
from textvae.types import Codes

ENCODE_BATCH = BUCKETS[-1]
LONGEST_TEXT = 10_000  # characters of one typed caption; more is a mistake, not a caption
MOST_CAPTIONS = 100_000  # at once; the codes of more would fill the memory

share_gpus()  # here, because nothing runs a model, or trains one, without this module


class PreparedCaption(NamedTuple):
    """What the model sees of a typed caption.

    Attributes:
        cleaned: the words it reads, unknown ones included.
        unknown_words: words outside its vocabulary; it goes on without their meaning.
        suggestions: for an unknown word the nearest known one, where there is one.
        shortened: whether words beyond the model's longest caption were cut off.
    """

    cleaned: str
    unknown_words: tuple[str, ...]
    suggestions: dict[str, str]
    shortened: bool

    def explain(self, word: str) -> str:
        """The unknown word, with the nearest known one where there is one."""
        near = self.suggestions.get(word)
        return f"{word} (did you mean {near}?)" if near else word


class Pipeline:
    """A trained model with its vocabulary, its cleaning and its fitted prior."""

    def __init__(self, stored: weights_folder.ModelBundle) -> None:
        self.stored = stored
        self.notice = ""  # what whoever loaded this should know of where it comes from
        self.name, self.report = stored.name, stored.report
        self.model, self.tokenizer = stored.model, stored.tokenizer
        self.max_length = stored.text.max_length
        self.latent_dim = stored.model.config.latent_dim
        size = len(stored.tokenizer), self.max_length
        self.generator = Generator(stored.model.decoder, *size)
        self.prior = CaptionPrior(stored.prior, *size) if stored.prior else None
        ids, codes = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None, None))
        model = stored.model
        # Compiled once for all who ask: -log p(x|z) in nats, [B, T], [B, D] -> [B], and q(z|x).
        self.nll = tf.function(
            lambda token_ids, z: model.nll(token_ids, z), [ids, codes], autograph=False
        )
        self.posterior_of = tf.function(
            lambda token_ids: model.posterior(token_ids), [ids], autograph=False
        )

    def warm_up(self) -> None:
        """Compile what generating takes side by side, in two thirds of the time.

        Else each part is compiled when it is first used, one after the other.
        """
        tasks = [
            lambda: self._posteriors([[BOS_ID, EOS_ID]]),
            lambda: self.generator.decode(self.prior_codes(1, 0, "standard"), 1.0, 1.0, 0),
        ]
        if self.prior:
            tasks.append(partial(self.prior.write, 1, 0))
        with ThreadPoolExecutor(len(tasks)) as pool:
            for done in [pool.submit(task) for task in tasks]:
                done.result()

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read a weights folder. Raises `BadInput`."""
        return cls(weights_folder.load(folder))

    def save(self, folder: Path | str) -> None:
        """Write a weights folder that `textvae.load` reads. Raises `OSError` on a full disk."""
        weights_folder.save(self.stored, Path(folder))

    def push_to_hub(self, repo: str, *, private: bool = False) -> upload.Pushed:
        """Upload the model with its card to `owner/repo`; one that is there already stays.

        Raises:
            BadInput: the name is none, or the Hub wants a token that may write there.
            Unavailable: the Hub or the network fails.
        """
        upload.check_name(repo)
        files = weights_folder.files_of(self.stored, f"hf://{repo}")
        return upload.push(files, repo, private=private)

    def card(self) -> str:
        """The model card, Markdown with front matter."""
        source = f"path/to/{self.name}"
        return model_card.model_card(weights_folder.config_of(self.stored), self.report, source)

    @property
    def device(self) -> str:
        """`CPU`, or the GPU that the model runs on."""
        return device_name()

    @property
    def is_language_model(self) -> bool:
        """Whether it has no codes, so that it can generate and be measured, and no more."""
        return self.latent_dim == 0

    @property
    def has_fitted_prior(self) -> bool:
        """Whether `prior="fitted"` can be asked for."""
        return self.prior is not None

    def prepare(self, caption: str) -> PreparedCaption:
        """What the model will see of `caption`.

        Raises:
            BadInput: nothing is left after cleaning, or the model knows none of the words.
        """
        if not isinstance(caption, str):
            raise BadInput(f"a caption must be text, got {caption!r}")
        if len(caption) > LONGEST_TEXT:
            raise BadInput(
                f"a caption may have {LONGEST_TEXT:,} characters, got {len(caption):,}"
            )
        words = clean(caption, self.stored.text.keep_punctuation).split()
        if not words:
            raise BadInput(
                f"no words are left of {_quoted(caption)} after cleaning; type a caption in"
                " English words, such as: a dog on a beach"
            )
        cleaned = " ".join(words[: self.max_length])
        unknown = self.tokenizer.unknown_words(cleaned)
        if set(cleaned.split()) <= set(unknown):
            raise BadInput(
                f"the model knows none of the words in {_quoted(cleaned)}; it was trained on"
                " English captions, such as: a dog on a beach"
            )
        near = {word: self.tokenizer.nearest(word) for word in unknown}
        suggestions = {word: found[0] for word, found in near.items() if found}
        return PreparedCaption(cleaned, unknown, suggestions, len(words) > self.max_length)

    def generate(
        self,
        num_captions: int = 5,
        *,
        temperature: float = 0.3,
        top_p: float = 1.0,
        seed: int = 0,
        prior: str | None = None,
    ) -> list[str]:
        """Captions of codes drawn from the prior.

        The same seed gives the same captions; more of them begin with the same ones.

        Args:
            num_captions: at least 1.
            temperature: 0 takes the likeliest word each time; 1 draws as the model believes.
            top_p: draw among the likeliest words that together have this probability.
            seed: of the codes and the words, 0 or more.
            prior: `fitted` draws codes of captions that a language model writes, which lie
                where real captions' codes do; `standard` is the plain normal. None means
                fitted where there is one.

        Raises:
            BadInput: an argument out of range.
        """
        z = self.prior_codes(num_captions, seed, prior)
        return self.decode(z, temperature=temperature, top_p=top_p, seed=seed)

    def prior_codes(self, num_codes: int, seed: int = 0, prior: str | None = None) -> Codes:
        """Codes drawn from the prior, `[N, D]`; arguments as in `generate`."""
        if type(num_codes) is not int or not 1 <= num_codes <= MOST_CAPTIONS:
            raise BadInput(
                f"the number of captions must be from 1 to {MOST_CAPTIONS:,}, got {num_codes!r}"
            )
        _check_seed(seed)
        if prior not in (None, "fitted", "standard"):
            raise BadInput(f"prior must be fitted or standard, got {prior!r}")
        if prior == "standard" or (prior is None and self.prior is None):
            rng = np.random.default_rng(seed)
            return rng.standard_normal((num_codes, self.latent_dim)).astype(np.float32)
        if self.prior is None:
            raise BadInput(
                f"the weights {self.name!r} have no fitted prior; use prior standard"
            )
        rows = self.prior.write(num_codes, seed)
        noise = self.prior.noise(num_codes, self.latent_dim, seed)
        mu, sigma = self._posteriors(rows)
        z: Codes = (mu + sigma * noise).astype(np.float32)
        return z

    def reconstruct(self, captions: Sequence[str]) -> list[str]:
        """Each caption read back from its posterior mean, the likeliest words."""
        return self.decode(self.encode(captions))

    def reconstruct_draws(
        self, caption: str, num_draws: int = 3, *, seed: int = 0
    ) -> list[str]:
        """The caption read back from draws of its posterior: what its neighbourhood says."""
        _check_seed(seed)
        if type(num_draws) is not int or not 1 <= num_draws <= 1000:
            raise BadInput(f"the number of draws must be from 1 to 1000, got {num_draws!r}")
        mu, sigma = self.posterior(caption)
        noise = np.random.default_rng(seed).standard_normal((num_draws, self.latent_dim))
        return self.decode((mu + sigma * noise).astype(np.float32))

    def posterior(self, caption: str) -> tuple[Codes, Codes]:
        """mu and sigma of one caption, `[D]` each."""
        self._refuse_without_codes()
        mu, sigma = self._posteriors([self.token_ids(caption)])
        return mu[0], sigma[0]

    def interpolate(
        self, first: str, last: str, num_steps: int = 7, *, path: str = "linear"
    ) -> list[str]:
        """Captions met on the way between two captions' codes, both ends included.

        Args:
            first: a caption.
            last: a caption.
            num_steps: captions in all, at least 2.
            path: `linear`, or `spherical`, which turns from one direction to the other while
                the distance from the origin changes as much as the direction. On either the
                steps are closer in the middle, where words change; see `ease`.
        """
        start, end = self.encode([first, last])
        return self.decode(interpolate_codes(start, end, num_steps, path))

    def encode(self, captions: Sequence[str]) -> Codes:
        """Posterior means, `[N, D]` float32: the repeatable code of each caption."""
        if isinstance(captions, str):
            raise BadInput(f"captions must be a list of captions, got the text {captions!r}")
        self._refuse_without_codes()
        return self._posteriors([self.token_ids(text) for text in captions])[0]

    def decode(
        self,
        z: Codes,
        *,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
    ) -> list[str]:
        """One caption a row of `z` `[N, D]`; see `generate` for the other arguments."""
        z = np.asarray(z)
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            self._refuse_without_codes()
            raise BadInput(
                f"codes must have the shape [N, {self.latent_dim}], got {list(z.shape)}"
            )
        if z.dtype.kind not in "fiu" or not (np.abs(z) < 1e30).all():
            raise BadInput("codes must be finite numbers; some are not")
        _check_seed(seed)
        rows = self.generator.decode(z.astype(np.float32), temperature, top_p, seed)
        return [self.tokenizer.decode(row) for row in rows]

    def word_probabilities(self, captions: Sequence[str], codes: Codes) -> list[list[float]]:
        """How sure the model was of each word: p(word | z, the words before it), in (0, 1].

        At temperature 1 and over the whole vocabulary, so that the logarithms of a caption's
        words and of its end add up to log p(x|z). Repeatable, whatever the words were drawn by.

        Args:
            captions: as `decode` gives them.
            codes: the code of each, `[N, D]`.
        """
        rows = [self.tokenizer.encode(caption) for caption in captions]
        if codes.shape != (len(rows), self.latent_dim):
            raise BadInput(
                f"each caption needs its code: got {len(rows)} captions and codes of the shape"
                f" {list(codes.shape)}"
            )
        if not rows:
            return []
        token_ids = bucketed(rows)
        z = codes[np.arange(len(token_ids)) % len(rows)].astype(np.float32)
        found = token_probabilities(self.model, tf.constant(token_ids), tf.constant(z))
        return [
            values[: len(row) - 2].tolist()  # neither <bos> nor <eos>
            for row, values in zip(rows, found.numpy(), strict=False)  # copies stand behind
        ]

    def in_training_set(self, captions: Sequence[str]) -> list[bool] | None:
        """Whether each caption stands word for word in the training data, cleaned as it was.

        By a filter that ships with the weights and holds no text: a training caption is always
        found, and of 10,000 others one or two are taken for one. None where there is none.
        """
        if self.stored.seen is None:
            return None
        marks = self.stored.text.keep_punctuation
        return self.stored.seen.find([clean(caption, marks) for caption in captions])

    @property
    def latent_map(self) -> LatentMap | None:
        """The map of what the model can say, where its weights have one."""
        return self.stored.latent_map

    def make_map(self, num_points: int = NUM_POINTS, seed: int = 0) -> LatentMap:
        """Make the map anew, from codes of the prior; `save` then stores it with the weights.

        Fewer than `num_points` captions are on it: repeated ones and those that stand in the
        training data are left out.
        """
        captions, codes = draw(self, num_points, seed)
        copied = self.in_training_set(captions) or [False] * len(captions)
        kept = [i for i, is_copy in enumerate(copied) if not is_copy]
        self.stored.latent_map = build_map([captions[i] for i in kept], codes[kept])
        return self.stored.latent_map

    def token_ids(self, caption: str) -> list[int]:
        """`<bos> words <eos>` of what `prepare` leaves of the caption."""
        return self.tokenizer.encode(self.prepare(caption).cleaned)

    def _refuse_without_codes(self) -> None:
        if self.is_language_model:
            raise BadInput(
                f"the weights {self.name!r} are a language model, which has no codes: it can"
                " generate and be evaluated; for anything else take a VAE's, such as coco"
            )

    def _posteriors(self, rows: Sequence[Sequence[int]]) -> tuple[Codes, Codes]:
        """mu and sigma of captions given as token ids, `[N, D]` each."""
        mu, sigma = np.empty((2, len(rows), self.latent_dim), np.float32)
        batches = CaptionBatches(rows, ENCODE_BATCH)
        for batch in batches.plan():
            posterior: DiagonalGaussian = self.posterior_of(
                bucketed([batches.rows[i] for i in batch])
            )
            mu[batch] = posterior.mu.numpy()[: len(batch)]
            sigma[batch] = posterior.sigma.numpy()[: len(batch)]
        return mu, sigma


@tf.function(reduce_retracing=True, autograph=False)
def token_probabilities(model: Any, token_ids: Any, z: Any) -> Any:
    """p(token | z, tokens before) of all but `<bos>`: `[B, T]`, `[B, D]` -> `[B, T - 1]`.

    What stands at padding means nothing. It is computed all the same: the number of real
    positions would be another shape at every call.
    """
    packing = packing_of(token_ids)
    features = model.decoder.hidden(packing.pack(token_ids[:, :-1]), z, packing)
    token_nll = model.decoder.token_nll(features, packing.pack(token_ids[:, 1:]))
    return packing.unpack(tf.exp(-token_nll))


def _check_seed(seed: int) -> None:
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise BadInput(f"seed must be a whole number, 0 or more, got {seed!r}")


def _quoted(text: str) -> str:
    short = text if len(text) <= 60 else text[:57] + "..."
    return repr(short)
