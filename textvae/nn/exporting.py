"""Keras's `export` for networks with token ids as input and custom gradients."""

from typing import Any

import keras
import tensorflow as tf

ENDPOINT = "serve"  # Keras's name for calling a model


class ExportableModel(keras.Model):
    """A `keras.Model` of token ids whose SavedModel leaves out custom gradients.

    The gradient of the recurrence reads arrays stored by the forward loop, which a SavedModel
    cannot contain.

    Example:
        >>> ExportableModel().served_inputs().shape
        (None, None)
    """

    def served_inputs(self) -> Any:
        """The inputs of `call`, for `export`: token ids `[B, T]`, int32."""
        return keras.InputSpec(shape=(None, None), dtype="int32")

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: bool | None = None,
        input_signature: Any = None,
        **options: Any,
    ) -> None:
        """Write a SavedModel, or another format of Keras; the arguments are Keras's."""
        signature = input_signature or [self.served_inputs()]
        if format != "tf_saved_model":
            super().export(filepath, format, verbose, signature, **options)
            return
        archive = keras.export.ExportArchive()
        archive.track(self)
        archive.add_endpoint(ENDPOINT, self.__call__, signature, **options)
        without_gradients = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        archive.write_out(filepath, without_gradients, verbose is not False)
