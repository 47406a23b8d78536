import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from runs import recipe_with
from tiny import CAPTIONS, TOKENIZER, shaken_model

from textvae.data.tokenizer import EOS_ID
from textvae.training.compilation import (
    compile_model,
    learning_rate,
    precision,
    training_objective,
)


def test_beta_rises_over_optimiser_steps():
    settings = recipe_with(train={"beta": 0.4, "beta_epochs": 2.5}).train
    objective = training_objective(settings, steps_per_epoch=10)
    assert float(objective.beta(tf.constant(5))) == pytest.approx(0.4 * 5 / 25)
    assert float(objective.beta(tf.constant(25))) == pytest.approx(0.4)
    assert objective.final_beta == 0.4


def plain_learning_rate(step, height, warmup, num_steps, share):
    """In words: a line from a hundredth of the height, then half a cosine to the share."""
    if step < warmup:
        return height * (0.01 + 0.99 * step / warmup)
    done = min(1.0, (step - warmup) / (num_steps - warmup))
    return height * (share + (1 - share) * (1 + math.cos(math.pi * done)) / 2)


@pytest.mark.parametrize(("epochs", "asked", "warmup"), [
    (10, 4, 4),
    (10, 500, 10),  # of 100 steps a tenth at most
    (2, 500, 2),
    (1, 500, 1),
    (10, 0, 0),
])  # fmt: skip
def test_the_learning_rate_rises_for_at_most_a_tenth_and_then_falls(epochs, asked, warmup):
    settings = recipe_with(
        train={"epochs": epochs, "learning_rate": 0.01, "warmup_steps": asked,
               "final_learning_rate": 0.1}
    ).train  # fmt: skip
    rate, num_steps = learning_rate(settings, steps_per_epoch=10), 10 * epochs
    values = [float(rate(tf.constant(step))) for step in range(2 * num_steps)]
    expected = [
        plain_learning_rate(step, 0.01, warmup, num_steps, 0.1) for step in range(2 * num_steps)
    ]
    assert values == pytest.approx(expected, rel=1e-4)
    assert values.index(max(values)) == warmup


def test_a_run_too_short_to_rise_starts_at_its_height():
    settings = recipe_with(train={"epochs": 1, "learning_rate": 0.01}).train
    assert float(learning_rate(settings, steps_per_epoch=9)(0)) == pytest.approx(0.01)


def test_a_compiled_model_steps_with_the_settings():
    model, settings = shaken_model(), recipe_with(train={"epochs": 10, "clip_norm": 0.7}).train
    compile_model(model, settings, steps_per_epoch=10)
    assert model.optimizer.global_clipnorm == 0.7
    for step in (0, 1, 50):
        model.optimizer.iterations.assign(step)
        expected = float(learning_rate(settings, 10)(step))
        assert float(model.optimizer.learning_rate) == pytest.approx(expected)


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_mixed_precision_computes_in_bfloat16_on_float32_weights(decoder):
    plain = shaken_model(decoder=decoder)
    with precision(mixed=True):
        mixed = shaken_model(decoder=decoder)
    assert keras.config.dtype_policy().name == "float32"
    assert {variable.dtype for variable in mixed.weights} == {"float32"}
    ids = np.array([TOKENIZER.encode(text)[:3] + [EOS_ID] for text in CAPTIONS[:40]], np.int32)
    mixed.set_weights(plain.get_weights())
    exact, rough = (model(ids)["nll"].numpy() for model in (plain, mixed))
    assert rough.dtype == np.float32
    np.testing.assert_allclose(rough, exact, rtol=0.1)  # bfloat16 has 8 bits of fraction
    assert np.abs(rough - exact).max() > 1e-5  # float32 would agree to 1e-6
