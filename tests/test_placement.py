"""What the host would wait for if the loops that decode ran on a GPU."""

import pytest
import tensorflow as tf
from tiny import MAX_LENGTH, VOCAB_SIZE, random_vae

from benchmarks.placement import loops_of
from textvae.decoding.generator import Generator
from textvae.runtime import devices


def graph_of(function, *arguments):
    return tf.function(function).get_concrete_function(*arguments).graph


def test_a_condition_on_what_is_computed_is_waited_for_and_a_count_is_not():
    def counted(x):
        return tf.while_loop(lambda i, x: i < 9, lambda i, x: (i + 1, 2.0 * x), (0, x))

    def conditional(x):
        return tf.while_loop(lambda x: tf.reduce_sum(x) < 9.0, lambda x: (2.0 * x,), (x,))

    x = tf.TensorSpec((None,))
    assert loops_of(graph_of(counted, x)).waits == []
    assert loops_of(graph_of(conditional, x)).waits == ["the condition"]


def test_int32_that_the_gpu_has_computed_is_waited_for_and_int64_is_not():
    def loop(dtype):
        def body(i, x):
            best = tf.argmax(x, axis=-1, output_type=dtype)
            return i + 1, x + tf.cast(best * 2, tf.float32)[:, None]

        return lambda x: tf.while_loop(lambda i, x: i < 9, body, (0, x))

    x = tf.TensorSpec((None, 3))
    assert loops_of(graph_of(loop(tf.int32), x)).waits == ["ArgMax for Mul"]
    assert loops_of(graph_of(loop(tf.int64), x)).waits == []


def test_what_has_no_kernel_for_a_gpu_is_named():
    def loop(x):
        def body(i, x):
            return i + 1, tf.strings.to_number(tf.strings.as_string(x))

        return tf.while_loop(lambda i, x: i < 9, body, (0, x))

    found = loops_of(graph_of(loop, tf.TensorSpec((None,))))
    assert set(found.on_host) >= {"AsString", "StringToNumber"}
    assert "Placeholder for AsString" in found.waits


@pytest.mark.parametrize("decoder", ["lstm", "repeat"])
@pytest.mark.parametrize("loop", ["greedy", "sampled"])
def test_on_a_gpu_decoding_asks_the_host_for_nothing(monkeypatch, decoder, loop):
    model = random_vae(decoder).model
    on_cpu = Generator(model.decoder, VOCAB_SIZE, MAX_LENGTH)
    assert loops_of(on_cpu.loops()[loop].graph).waits  # it looks which captions have ended
    monkeypatch.setattr(devices, "is_gpu", lambda device: True)
    on_gpu = Generator(model.decoder, VOCAB_SIZE, MAX_LENGTH)
    found = loops_of(on_gpu.loops()[loop].graph)
    assert found.operations > 50
    assert found.on_host == found.waits == []
