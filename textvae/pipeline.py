"""The public interface of a trained model: captions in, captions out."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Self

from textvae.checks import seed_number, whole_number
from textvae.config import defaults
from textvae.data.tokenizer import BOS_ID, EOS_ID
from textvae.errors import BadInput
from textvae.hub.card_facts import card_facts
from textvae.hub.repository import Pushed
from textvae.hub.upload import check_can_push, push
from textvae.inference.codec import MAX_FIRST, CaptionCodec
from textvae.inference.labelled import LabelledCaptions
from textvae.latent.drawn_map import draw_captions, map_of
from textvae.latent.latent_map import NUM_POINTS, LatentMap
from textvae.runtime.progress import bar
from textvae.saving import weights_folder
from textvae.saving.files import named_path
from textvae.types import Codes

MAX_CAPTIONS = 100_000  # at once; more codes would fill the memory
PART = 128  # captions drawn at once to find those of a label


class Pipeline(LabelledCaptions):
    """A trained model with its vocabulary, its cleaning and its prior over captions.

    `textvae.load` gives one. A caption is a string, or the result of `prepare` or `posterior`
    for one, which is then not cleaned or encoded again. Where a method takes a list of
    captions, it also takes a single one and gives a single result.

    Several threads may use it at once, and it can be pickled and copied.

    Example:
        >>> import textvae
        >>> vae = textvae.load("article")
        >>> vae.reconstruct("Two elephants standing in the water!")
        'two elephants standing in the water'
        >>> vae.reconstruct(["an elephant in the water", "an elephant standing in the grass"])
        ['an elephant in the water', 'an elephant standing in the grass']
    """

    def warm_up(self) -> None:
        """Compile the functions that the first request needs, in parallel.

        This takes two thirds of the time that compiling each at its first use would.

        Example:
            >>> import textvae
            >>> textvae.load("article").warm_up()
        """
        codecs = [self, self.scene] if self.scene else [self]
        tasks: list[Callable[[], Any]] = [
            partial(each.compiled.posteriors, [[BOS_ID, EOS_ID]]) for each in codecs
        ]
        tasks.append(partial(self.generate, 1))
        with ThreadPoolExecutor(len(tasks)) as pool:
            for done in [pool.submit(task) for task in tasks]:
                done.result()

    @classmethod
    def from_folder(cls, folder: Path | str) -> Self:
        """Read a weights folder. Raises `BadInput`.

        Example:
            >>> from textvae import loading
            >>> Pipeline.from_folder(loading.locate("article")).name
            'article'
        """
        return cls(weights_folder.load(named_path(folder)))

    def save(self, folder: Path | str) -> None:
        """Write a weights folder that `textvae.load` reads. Raises `OSError` on a full disk.

        Example:
            >>> import textvae
            >>> textvae.load("article").save("my-model")
            >>> textvae.load("my-model").reconstruct("two elephants standing in the water")
            'two elephants standing in the water'
        """
        weights_folder.save(self.bundle, named_path(folder))

    def push_to_hub(
        self,
        repo: str,
        *,
        private: bool = False,
        license: str | None = None,
        language: str | Sequence[str] = (),
        tags: str | Sequence[str] = (),
        base_model: str | Sequence[str] = (),
        results: Mapping[str, Any] | Sequence[Mapping[str, Any]] = (),
    ) -> Pushed:
        """Upload the model with its card to the model repository `owner/repo` of the Hub.

        The repository is created if necessary, and left unchanged if it has the same model.

        Args:
            repo: its name.
            private: whether only its owner may see it.
            license: of the weights, such as `cc-by-4.0`.
            language: tags of the languages of the captions, such as `fr`.
            tags: more tags, by which the Hub finds the model.
            base_model: the models `owner/repo` that training began from.
            results: metrics that `textvae.evaluate` gave.

        The last five are for the card and default to the values in the report; the last four
        take one value or several.

        Raises:
            BadInput: `repo` has another form, there is no token or it may not write there, or
                the repository is public although `private` was requested.
            Unavailable: the Hub or the network fails.

        Example:
            >>> import textvae
            >>> textvae.load("my-model").push_to_hub("me/my-model").url  # doctest: +SKIP
            'https://huggingface.co/me/my-model'
        """
        check_can_push(repo)
        self.report.update(card_facts(license, language, tags, base_model, results))
        files = weights_folder.files_of(self.bundle, f"hf://{repo}")
        return push(files, repo, private=private)

    def card(self) -> str:
        """The model card, Markdown with front matter.

        Example:
            >>> import textvae
            >>> print(textvae.load("article").card())
            ---
            ...
        """
        return weights_folder.card_of(self.bundle, f"path/to/{self.name}")

    def generate(
        self,
        num_captions: int = defaults.NUM_CAPTIONS,
        *,
        temperature: float = defaults.TEMPERATURE,
        top_p: float = defaults.TOP_P,
        seed: int = 0,
        prior: str | None = None,
        label: str | None = None,
        first: int = 0,
        batch_size: int | None = None,
        show_progress: bool = False,
    ) -> list[str]:
        """Captions of codes drawn from the prior.

        The same seed gives the same captions, regardless of their number, and on any processor,
        except for ties that processors round differently.

        Args:
            num_captions: from 1 to 100,000; for more, call again with `first`.
            temperature: 0 takes the most probable word each time. For scenes, words are drawn
                from the likely ones, and a higher temperature admits more of them; at 1,
                captions of `coco` are as varied as human ones. Language models and codes of
                words draw from all words at this temperature.
            top_p: draw only from the most probable of these words with this total probability.
            seed: of the codes and the words, 0 or more.
            prior: `scene` draws scenes from N(0, I) and words them; `standard` draws the
                model's own codes from N(0, I) and decodes them. None means `scene` if the model
                has a prior over captions. If that is a language model, it writes them.
            label: keep only captions that show this one of the `labels`.
            first: the number of the first caption. 5 captions with `first=5` are those that
                follow the first 5 of this seed.
            batch_size: captions decoded at once, from 1 to 512; None chooses a fast number.
            show_progress: whether to show a progress bar on standard error.

        Raises:
            BadInput: an argument is out of range, or the model has no such label or hardly
                ever writes a caption of it.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> captions = vae.generate(3, seed=1)
            >>> captions + vae.generate(2, seed=1, first=3) == vae.generate(5, seed=1)
            True
        """
        settings: dict[str, Any] = {
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
            "batch_size": batch_size,
        }
        if label is not None:
            count = whole_number("the number of captions", num_captions, 1, MAX_CAPTIONS)
            skipped = whole_number("first", first, 0, MAX_CAPTIONS - count)
            parts = (
                self.generate(PART, prior=prior, first=start, **settings)
                for start in range(0, MAX_CAPTIONS - PART, PART)
            )
            found = islice(self.with_label(parts, label), skipped + count)
            counted = {"desc": "generate", "total": skipped + count, "unit": "caption"}
            return list(bar(show_progress, found, **counted))[skipped:]
        z = self.prior_codes(num_captions, seed, prior, first)
        captions: list[str] = self.prior_codec(prior).decode(
            z, first=first, show_progress=show_progress, **settings
        )
        return captions

    def prior_codec(self, prior: str | None = None) -> CaptionCodec:
        """The codec of `prior_codes`: `scene`, or the model itself.

        Raises:
            BadInput: there is no such prior, or the model does not have it.

        Example:
            >>> import textvae
            >>> vae = textvae.load("coco")
            >>> vae.prior_codec() is vae.scene, vae.prior_codec("standard") is vae
            (True, True)
        """
        if prior not in (None, *defaults.PRIORS):
            raise BadInput(f"prior must be {' or '.join(defaults.PRIORS)}, got {prior!r}")
        if prior == "scene" and not self.scene:
            raise BadInput(f"the weights {self.name!r} have no scenes; use prior standard")
        return self if prior == "standard" or not self.scene else self.scene

    def prior_codes(
        self, num_codes: int, seed: int = 0, prior: str | None = None, first: int = 0
    ) -> Codes:
        """Codes drawn from N(0, I), `[N, D]`; arguments as in `generate`.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> codes = vae.prior_codes(2, seed=1)
            >>> vae.prior_codec().decode(codes, temperature=0.3, seed=1)
            ['...', '...']
        """
        count = whole_number("the number of captions", num_codes, 1, MAX_CAPTIONS)
        first = whole_number("first", first, 0, MAX_FIRST)
        compiled = self.prior_codec(prior).compiled
        return compiled.standard_codes(count, seed_number(seed), first)

    @property
    def latent_map(self) -> LatentMap | None:
        """The map of captions that comes with the weights, if they have one.

        Example:
            >>> import textvae
            >>> len(textvae.load("coco").latent_map.captions) > 1000
            True
        """
        return self.bundle.latent_map

    def make_map(self, num_points: int = NUM_POINTS, seed: int = 0) -> LatentMap:
        """Make a new map, from codes of the prior; `save` then stores it with the weights.

        Its kinds are the labels if the model has labels, else kinds of scene. Captions that
        repeat another or are in the training data are left out, so it usually has fewer than
        `num_points`.

        Raises:
            BadInput: `num_points` is not from 1 to 50,000, no caption is left, or the model has
                a single latent unit.

        Example:
            >>> import textvae
            >>> latent_map = textvae.load("article").make_map(num_points=50)
            >>> len(latent_map.captions) == len(latent_map.points) <= 50
            True
        """
        drawn = draw_captions(self, num_points, seed)
        self.bundle.latent_map = map_of(self, *drawn, seed)
        return self.bundle.latent_map
