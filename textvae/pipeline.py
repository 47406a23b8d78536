"""The face of a trained model: captions in, captions out."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self, overload

from textvae.checks import language_tag, license_name, seed_number, whole_number
from textvae.codec import Caption, CaptionCodec, is_single
from textvae.config import defaults
from textvae.data.prepared_caption import prepare_readable
from textvae.errors import BadInput
from textvae.hub.addresses import check_repo_name
from textvae.hub.repository import Pushed
from textvae.hub.upload import push
from textvae.latent.interpolation import interpolate_codes
from textvae.latent.latent_map import NUM_POINTS, LatentMap, build_map, draw_captions
from textvae.latent.neighbours import nearest_codes
from textvae.saving import weights_folder
from textvae.types import Codes

MAX_CAPTIONS = 100_000  # of one seed; the codes of more at once would fill the memory
MAX_NEIGHBOURS = 10**9


class Neighbour(NamedTuple):
    """A line found by `Pipeline.neighbours`, and the distance between the two codes."""

    caption: str
    distance: float


class Pipeline(CaptionCodec):
    """A trained model with its vocabulary, its cleaning and its fitted prior.

    `textvae.load` and `textvae.train` give one. A caption is a string, or what `prepare` or
    `posterior` made of one, which is not cleaned or encoded again. Where a method takes a list
    of captions, it also takes a single one and gives a single result.

    A pipeline serves one thread at a time; `prepare` and `in_training_set` alone may be called
    from several at once.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> vae.reconstruct("Two elephants in the water!")
        'two elephants in the water'
        >>> vae.reconstruct(["an elephant in the water", "an elephant walking in the grass"])
        ['an elephant in the water', 'an elephant walking in the grass']
    """

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read a weights folder. Raises `BadInput`.

        Example:
            >>> from textvae import loading
            >>> Pipeline.from_folder(loading.locate("article")).name
            'article'
        """
        return cls(weights_folder.load(folder))

    def save(self, folder: Path | str) -> None:
        """Write a weights folder that `textvae.load` reads. Raises `OSError` on a full disk.

        Example:
            >>> import textvae
            >>> textvae.load("article").save("my-model")
            >>> textvae.load("my-model").reconstruct("two elephants in the water")
            'two elephants in the water'
        """
        weights_folder.save(self.bundle, Path(folder).expanduser())

    def push_to_hub(
        self,
        repo: str,
        *,
        private: bool = False,
        license: str | None = None,
        language: Sequence[str] = (),
    ) -> Pushed:
        """Upload the model with its card to the model repository `owner/repo` of the Hub.

        The repository is made if there is none, and left as it is if it has the same model.

        Args:
            repo: its name.
            private: only for its owner.
            license: of the weights, such as `cc-by-4.0`, for the card; as recorded by default.
            language: the tags of the languages of the captions, for the card; likewise.

        Raises:
            BadInput: `repo` is not such a name, the repository is public where `private` was
                asked for, or the Hub wants a token that may write there.
            Unavailable: the Hub or the network fails.

        Example:
            >>> import textvae
            >>> textvae.load("my-model").push_to_hub("me/my-model").url  # doctest: +SKIP
            'https://huggingface.co/me/my-model'
        """
        check_repo_name(repo)
        if license is not None:
            self.report["license"] = license_name(license)
        if language:
            self.report["language"] = [language_tag(tag) for tag in language]
        files = weights_folder.files_of(self.bundle, f"hf://{repo}")
        return push(files, repo, private=private)

    def card(self) -> str:
        """The model card, Markdown with front matter."""
        return weights_folder.card_of(self.bundle, f"path/to/{self.name}")

    def generate(
        self,
        num_captions: int = defaults.NUM_CAPTIONS,
        *,
        temperature: float = defaults.TEMPERATURE,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        prior: str | None = None,
        first: int = 0,
    ) -> list[str]:
        """Captions of codes drawn from the prior.

        The same seed gives the same captions, and more captions begin with the same ones.

        Args:
            num_captions: 1 to 100,000.
            temperature: 0 takes the most probable word each time; 1 draws words with the
                model's own probabilities.
            top_p: draw among the most probable words that together have this probability.
            seed: of the codes and the words, 0 or more.
            prior: `fitted` draws codes of captions that a language model writes, which lie
                where codes of real captions do; `standard` is N(0, I). None means fitted where
                there is one.
            first: the number of the first caption. 5 captions with `first=5` are those that
                follow the first 5 of this seed.

        Raises:
            BadInput: an argument out of range.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> captions = vae.generate(3, seed=1)
            >>> captions + vae.generate(2, seed=1, first=3) == vae.generate(5, seed=1)
            True
        """
        z = self.prior_codes(num_captions, seed, prior, first)
        captions: list[str] = self.decode(
            z, temperature=temperature, top_p=top_p, seed=seed, first=first
        )
        return captions

    def prior_codes(
        self, num_codes: int, seed: int = 0, prior: str | None = None, first: int = 0
    ) -> Codes:
        """Codes drawn from the prior, `[N, D]`; arguments as in `generate`.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> vae.decode(vae.prior_codes(2, seed=1), temperature=0.3, seed=1)
            ['...', '...']
        """
        count = whole_number("the number of captions", num_codes, 1, MAX_CAPTIONS)
        first = whole_number("first", first, 0, MAX_CAPTIONS - count)
        seed = seed_number(seed)
        if prior not in (None, "fitted", "standard"):
            raise BadInput(f"prior must be fitted or standard, got {prior!r}")
        fitted = self.compiled.prior
        if prior == "standard" or (prior is None and fitted is None):
            return self.compiled.standard_codes(count, seed, first)
        if fitted is None:
            raise BadInput(
                f"the weights {self.name!r} have no fitted prior; use prior standard"
            )
        return self.compiled.fitted_codes(fitted, count, seed, first)

    @overload  # a string is a sequence of strings, too; the first match counts
    def reconstruct(self, captions: Caption) -> str: ...  # type: ignore[overload-overlap]
    @overload
    def reconstruct(self, captions: Sequence[Caption]) -> list[str]: ...
    def reconstruct(self, captions: Any) -> Any:
        """Each caption read back from its code, with the most probable words.

        Example:
            >>> import textvae
            >>> textvae.load("article").reconstruct("two elephants in the water")
            'two elephants in the water'
        """
        return self.decode(self.encode(captions))

    def reconstruct_draws(
        self, caption: Caption, num_draws: int = defaults.NUM_DRAWS, *, seed: int = 0
    ) -> list[str]:
        """The caption read back from draws of its posterior, with the most probable words.

        Example:
            >>> import textvae
            >>> len(textvae.load("article").reconstruct_draws("an elephant", 3))
            3
        """
        captions: list[str] = self.decode(self.posterior(caption).sample(num_draws, seed))
        return captions

    def interpolate(
        self,
        first: Caption,
        last: Caption,
        num_steps: int = defaults.NUM_STEPS,
        *,
        path: str = defaults.PATH,
    ) -> list[str]:
        """Captions read from the codes on a path between two captions, both ends included.

        Args:
            first: where the path begins.
            last: where it ends.
            num_steps: captions in all, from 2 to 1000.
            path: `linear` or `spherical`; see `latent.interpolation.interpolate_codes`.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> ends = "an elephant walking in the grass", "two elephants in the water"
            >>> vae.interpolate(*ends, num_steps=5)
            ['an elephant walking in the grass', ..., 'two elephants in the water']
        """
        start, end = self.encode([first, last])
        captions: list[str] = self.decode(interpolate_codes(start, end, num_steps, path))
        return captions

    @overload
    def neighbours(  # type: ignore[overload-overlap]
        self, captions: Caption, among: Iterable[str], k: int = ...
    ) -> list[Neighbour]: ...
    @overload
    def neighbours(
        self, captions: Sequence[Caption], among: Iterable[str], k: int = ...
    ) -> list[list[Neighbour]]: ...
    def neighbours(self, captions: Any, among: Iterable[str], k: int = 10) -> Any:
        """The `k` lines whose codes are nearest to that of a caption, nearest first.

        Distances are Euclidean. Equally near lines come in their order, and a line that occurs
        several times counts once. Lines that the model cannot read, such as empty ones, are
        left out, with a warning in the log.

        Args:
            captions: one caption, or a list, which gives a list of neighbours for each.
            among: the lines to search.
            k: how many to find, at least 1; all where there are fewer lines.

        Raises:
            BadInput: an argument out of range, or the model can read none of the lines.

        Example:
            >>> import textvae
            >>> vae, lines = textvae.load("article"), ["a tree", "two elephants in a river"]
            >>> vae.neighbours("two elephants in the water", lines, k=1)[0].caption
            'two elephants in a river'
        """
        k = whole_number("the number of neighbours", k, 1, MAX_NEIGHBOURS)
        if isinstance(among, str):
            raise BadInput(f"among must be a list of lines, got the text {among!r}")
        if is_single(captions):
            return self.neighbours([captions], among, k)[0]
        lines = prepare_readable(among, self.prepare)
        texts, codes = list(lines), self.encode(list(lines.values()))
        found = nearest_codes(self.encode(captions), codes, k)
        return [
            [Neighbour(texts[i], distance) for i, distance in zip(*each, strict=True)]
            for each in zip(found.indices.tolist(), found.distances.tolist(), strict=True)
        ]

    @property
    def latent_map(self) -> LatentMap | None:
        """The map of captions of the model's own, if its weights have one."""
        return self.bundle.latent_map

    def make_map(self, num_points: int = NUM_POINTS, seed: int = 0) -> LatentMap:
        """Make a new map, from codes of the prior; `save` then stores it with the weights.

        It has fewer than `num_points` captions: repeated ones, and those that stand in the
        training data, are left out.

        Example:
            >>> import textvae
            >>> latent_map = textvae.load("article").make_map(num_points=50)
            >>> len(latent_map.captions) == len(latent_map.points) <= 50
            True
        """
        captions, codes = draw_captions(self, num_points, seed)
        copied = self.in_training_set(captions) or [False] * len(captions)
        kept = [i for i, is_copy in enumerate(copied) if not is_copy]
        self.bundle.latent_map = build_map([captions[i] for i in kept], codes[kept])
        return self.bundle.latent_map
