import math

import numpy as np
import pytest
import tensorflow as tf
from runs import recipe_with
from tiny import CAPTIONS, TOKENIZER, shaken_model

from textvae.data.batching import padded
from textvae.data.tokenizer import EOS_ID
from textvae.nn.model import Objective
from textvae.runtime import processor
from textvae.training.compilation import (
    compile_model,
    learning_rate,
    resolve_precision,
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


@pytest.mark.parametrize(("flags", "chosen"), [
    ("fpu avx2 avx512f", "float32"),
    ("fpu avx512f avx512_bf16", "bfloat16"),
    ("fpu avx512f avx512_bf16 amx_tile amx_bf16", "bfloat16"),
])  # fmt: skip
def test_auto_takes_bfloat16_where_the_processor_has_units_for_it(
    monkeypatch, tmp_path, flags, chosen
):
    (tmp_path / "cpuinfo").write_text(f"model name\t: A CPU\nflags\t\t: {flags}\n")
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    assert resolve_precision("auto") == chosen
    assert resolve_precision("float32") == "float32"
    assert processor.processor_name() == "A CPU"


def test_a_system_that_does_not_list_its_units_computes_in_float32(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "none")
    assert resolve_precision("auto") == "float32"


def training_step(precision, decoder):
    """The terms and gradients of one training step."""
    model = shaken_model(decoder=decoder)
    settings = recipe_with(train={"precision": precision, "dropout": 0.1}).train
    model.objective = training_objective(settings, 10)
    compile_model(model, settings, 10)
    rows = [TOKENIZER.encode(text)[:6] + [EOS_ID] for text in CAPTIONS[:40]]
    with tf.GradientTape() as tape:
        terms = model(tf.constant(padded(rows)), training=True)
        loss = tf.reduce_mean(terms["nll"] + tf.reduce_sum(terms["kl_per_unit"], axis=1))
    gradients = tape.gradient(loss, model.trainable_variables)
    assert {variable.dtype for variable in model.weights} == {"float32"}
    assert {each.dtype for each in (*terms.values(), *gradients)} == {tf.float32}
    return terms["nll"].numpy(), [tf.convert_to_tensor(each).numpy() for each in gradients]


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
def test_bfloat16_products_change_a_step_by_their_rounding_alone(decoder):
    exact, rough = (training_step(each, decoder) for each in ("float32", "bfloat16"))
    np.testing.assert_allclose(rough[0], exact[0], rtol=0.03)  # 8 bits: 0.4% a product
    assert np.abs(rough[0] - exact[0]).max() > 1e-5  # equal steps agree to 1e-6
    for ours, theirs in zip(rough[1], exact[1], strict=True):
        scale = np.linalg.norm(theirs)
        assert np.linalg.norm(ours - theirs) <= 0.05 * scale + 1e-6


def test_validation_is_in_float32_whatever_the_training_is():
    ids = padded([TOKENIZER.encode(text) for text in CAPTIONS[:40]])
    plain, rough = shaken_model(), shaken_model()
    rough.objective = Objective(precision="bfloat16")
    np.testing.assert_array_equal(plain(ids)["nll"], rough(ids)["nll"])
