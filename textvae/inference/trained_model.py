"""A trained model: its properties, its device, and its networks for Keras and export."""

import functools
from pathlib import Path
from typing import Any

from textvae.errors import BadInput
from textvae.export.folder import export
from textvae.nn.networks import Decoder, Encoder
from textvae.runtime import devices
from textvae.saving.bundle import ModelBundle
from textvae.saving.data_section import languages_of, own_lines
from textvae.saving.files import named_path


class TrainedModel:
    """A model with its vocabulary; `CaptionCodec` adds what it does with captions.

    It can be pickled and copied. The copy is on the device that TensorFlow uses by default.

    Args:
        bundle: the model and everything stored with it.

    Example:
        >>> import textvae
        >>> textvae.load("article")
        <Pipeline 'article': latent_dim=32, vocab_size=878, max_length=20, ... parameters, ...>
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self.bundle = bundle
        self.notice = ""  # not empty if it is a cached copy; see `loading.load`
        self.name, self.report = bundle.name, bundle.report
        self.model, self.tokenizer = bundle.model, bundle.tokenizer
        self.max_length = bundle.text.max_length
        self.latent_dim = bundle.model.config.latent_dim

    def __repr__(self) -> str:
        sizes = f"latent_dim={self.latent_dim}, vocab_size={len(self.tokenizer)}"
        return (
            f"<{type(self).__name__} {self.name!r}: {sizes}, max_length={self.max_length},"
            f" {self.model.count_params():,} parameters, on {self.device}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.bundle,), {"notice": self.notice}

    @property
    def device(self) -> str:
        """`CPU`, or the GPU that the model runs on."""
        return devices.describe(self.model.device)

    @property
    def idle_gpus(self) -> tuple[str, ...]:
        """The GPUs that the model does not run on."""
        return devices.idle_gpus(self.model.device)

    @property
    def is_language_model(self) -> bool:
        """Whether it has no latent units.

        Then it can only generate captions and compute their likelihood.
        """
        return self.latent_dim == 0

    @property
    def is_unfinished(self) -> bool:
        """Whether its training has not ended, so these are the best weights so far.

        Example:
            >>> import textvae
            >>> textvae.load("article").is_unfinished
            False
        """
        return "recipe" in self.report and "validation" not in self.report

    @property
    def language(self) -> str:
        """The language of its captions, such as `en`; empty if its report names none.

        Example:
            >>> import textvae
            >>> textvae.load("article").language
            'en'
        """
        return next(iter(languages_of(self.report)), "")

    @property
    def example(self) -> str:
        """A line that the model wrote, for messages; empty if its report has none.

        Example:
            >>> import textvae
            >>> "elephant" in textvae.load("article").example
            True
        """
        return next(iter(own_lines(self.report)), "")

    @functools.cached_property
    def encoder(self) -> Encoder:
        """Token ids to posteriors, a `keras.Model`: `[B, T]` -> mu and log_var `[B, D]`.

        Raises:
            BadInput: the model is a language model.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> posterior = vae.encoder(vae.token_ids(["an elephant", "two elephants run"]))
            >>> posterior["mu"].shape.as_list(), posterior["log_var"].shape.as_list()
            ([2, 32], [2, 32])
        """
        self._require_codes()
        return Encoder(self.model, name="encoder")

    @functools.cached_property
    def decoder(self) -> Decoder:
        """Codes and tokens to logits, a `keras.Model`; see `nn.networks.Decoder`.

        Example:
            >>> import textvae
            >>> vae = textvae.load("article")
            >>> token_ids = vae.token_ids(["an elephant in the water"])
            >>> z = vae.encoder(token_ids)["mu"]
            >>> vae.decoder({"token_ids": token_ids, "z": z}).shape.as_list()
            [1, 6, 878]
        """
        return Decoder(self.model, name="decoder")

    def export(self, folder: Path | str, format: str = "onnx") -> None:
        """Write the networks for use without this package; see `export.folder.export`.

        Args:
            folder: new, empty, or with an earlier export, which is replaced.
            format: `onnx`, or `savedmodel` for TensorFlow.

        Raises:
            BadInput: another format, the folder holds something else, `onnx` is not installed,
                or another command is exporting there.

        Example:
            >>> import textvae
            >>> textvae.load("article").export("exported", format="savedmodel")
        """
        export(self.bundle, named_path(folder), format)

    def _require_codes(self) -> None:
        if self.is_language_model:
            raise BadInput(
                f"the weights {self.name!r} are a language model, which has no codes: it can"
                " only generate and be evaluated; for anything else take a VAE, such as coco"
            )
