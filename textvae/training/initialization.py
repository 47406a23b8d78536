"""The initial network of a run: fresh, or with the weights of a trained one."""

import contextlib
import dataclasses
import json
import logging
import random
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from textvae.config.recipe import Recipe
from textvae.data.glove import read_glove
from textvae.errors import BadInput
from textvae.loading import OF_THE_CODE
from textvae.nn.model import TextVAE
from textvae.nn.replicated import untrained
from textvae.saving.bundle import ModelBundle
from textvae.saving.variables import named_variables
from textvae.training.compilation import training_objective
from textvae.training.preparation import TrainingData

log = logging.getLogger(__name__)


def build_model(
    recipe: Recipe,
    data: TrainingData,
    source: ModelBundle | None,
    strategy: tf.distribute.Strategy | None = None,
) -> TextVAE:
    """The network of a recipe with its initial weights.

    Args:
        recipe: the settings, including the file of word vectors.
        data: the captions, whose word counts give the output bias of a fresh network.
        source: the trained model to start from, if any.
        strategy: of the replicas that train it together, if there are several.

    Raises:
        BadInput: vectors are to be frozen but not given, or the source has other sizes.
    """
    config, vectors = recipe.model, None
    if recipe.data.embeddings:
        vectors = read_glove(recipe.data.embeddings, data.tokenizer, recipe.train.seed)
        log.info("vectors: %s", vectors.summary(data.splits.train.each_text(), data.tokenizer))
        width = vectors.dimension
        config = dataclasses.replace(
            config, vector_dim=None if width == config.embed_dim else width
        )
        if source and config.vector_dim != source.model.config.vector_dim:
            raise BadInput(
                f"cannot start from {source.name!r} with vectors of {width} numbers, as its own"
                f" have {source.model.embedding.table.shape[1]}; leave out --embeddings"
            )
    elif config.freeze_embeddings and not source:
        raise BadInput(
            "model.freeze_embeddings needs word vectors: give a file by --embeddings"
        )
    objective = training_objective(recipe.train, len(data.batches))
    with _seeded(recipe.train.seed):
        model = untrained(config, len(data.tokenizer), objective, strategy)
    model.init_output_bias(data.batches.counts(len(data.tokenizer)))
    if vectors:
        model.embedding.table.assign(vectors.matrix)
    if source:
        copy_weights(source, model)  # only new words keep that bias and these vectors
    return model


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Within the block, Keras draws initial weights from `seed`.

    Keras takes seeds from Python's global generator, and seeds NumPy's as well. Both are the
    caller's, so they are as before after the block.
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)


def copy_weights(source: ModelBundle, model: TextVAE) -> None:
    """Copy trained weights to `model`; new words keep their vectors and biases.

    From a language model, a VAE takes the embedding and the decoder; weights of z stay fresh.

    Raises:
        BadInput: the sizes of the two networks differ.

    Example:
        >>> import textvae
        >>> bundle = textvae.load("article").bundle
        >>> copy_weights(bundle, bundle.prior)
        Traceback (most recent call last):
        textvae.errors.BadInput: cannot start from 'article': its model.decoder is 'repeat' ...
    """
    trained, ours = (dataclasses.asdict(each.config) for each in (source.model, model))
    is_lm = source.model.config.is_language_model
    for key in trained:
        if trained[key] != ours[key] and not (is_lm and key in OF_THE_CODE):
            value = trained[key] if isinstance(trained[key], str) else json.dumps(trained[key])
            raise BadInput(
                f"cannot start from {source.name!r}: its model.{key} is {trained[key]!r} and"
                f" the recipe's is {ours[key]!r}; add --set model.{key}={value}"
            )
    variables = named_variables(source.model)
    for name, variable in named_variables(model).items():
        if is_lm and name not in variables:
            continue  # a weight of the encoder
        value, old = variable.numpy().copy(), variables[name].numpy()
        # The word axis may have grown at its end, and the axis of z from no units.
        value[tuple(map(slice, old.shape))] = old
        variable.assign(value)
