import pytest
import tensorflow as tf

from textvae.nn.compiling import Compiled

VECTOR = tf.TensorSpec((None,))


def plain(function, *signature):
    return tf.function(function, signature, autograph=False)


def compiled(function, *signature):
    return Compiled(function, *signature, device="/device:CPU:0")


@pytest.mark.parametrize(("compile_function", "num_warnings"), [(plain, 2), (compiled, 0)])
def test_functions_of_several_models_are_not_taken_for_one_that_is_traced_again(
    compile_function, num_warnings, caplog
):
    """They share their code, and TensorFlow would warn the user of a library about it."""

    def of_model(number):
        return compile_function(lambda x: x + number, VECTOR)

    for number in range(6):
        assert float(of_model(number)(tf.zeros(3))[0]) == number
    warnings = [each for each in caplog.records if "retracing" in each.getMessage()]
    assert len(warnings) == num_warnings


def test_one_trace_serves_every_length():
    function = compiled(lambda x: tf.reduce_sum(x), VECTOR)
    assert [float(function(tf.ones(n))) for n in (0, 1, 5)] == [0.0, 1.0, 5.0]
    assert function.num_traces == 1
