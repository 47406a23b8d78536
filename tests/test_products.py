import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from verbs import start

from textvae.nn import products
from textvae.nn.products import factor, matmul, matmul_widened, widened

TESTS = Path(__file__).resolve().parent
TRANSPOSED = [(False, False), (True, False), (False, True), (True, True)]
SIZES = [(70, 130, 90), (64, 512, 256), (1, 300, 40), (3, 5, 2)]
# A process in which oneDNN may round: how far a product and both of its gradients are from
# those of numpy with rounded factors, how far products in float32 are from those of exact ones,
# and the share of the values of a product that have more than 8 significant bits.
IN_A_TRAINING = """
import json, sys
sys.path.insert(0, sys.argv[1])
from textvae.runtime.devices import let_onednn_round
let_onednn_round()
import numpy as np, tensorflow as tf
from test_products import SIZES, TRANSPOSED, excess, expected, factors, rounded_to_8_bits, worst
from textvae.nn.products import matmul, onednn_rounds
found = {"rounds": onednn_rounds(), "rough": [], "results": [], "exact": []}
@tf.function
def product_and_gradients(a, b, upstream, ta, tb):
    with tf.GradientTape() as tape:
        tape.watch((a, b))
        product = matmul(a, b, tf.bfloat16, ta, tb)
    return product, *tape.gradient(product, (a, b), upstream)
for size in SIZES:
    for ta, tb in TRANSPOSED:
        a, b, upstream = factors(size, ta, tb)
        found["exact"].append(worst(matmul(a, b, tf.float32, ta, tb), expected(a, b, ta, tb)))
        product, to_a, to_b = product_and_gradients(a, b, upstream, ta, tb)
        rounded = [expected(a, b, ta, tb, True)]
        rounded.append(expected(upstream, b, False, not tb, True))
        rounded.append(expected(a, upstream, not ta, False, True))
        theirs = (product, to_a.numpy().T if ta else to_a, to_b.numpy().T if tb else to_b)
        found["rough"] += [excess(*pair) for pair in zip(theirs, rounded)]
        found["results"].append(float(np.mean(product.numpy() != rounded_to_8_bits(product))))
print(json.dumps(found))
"""


def factors(size, transpose_a, transpose_b):
    """`a` and `b`, as they are given, and the gradient of their product."""
    rng = np.random.default_rng(size[0])
    rows, inner, columns = size
    a = rng.normal(size=(inner, rows) if transpose_a else (rows, inner))
    b = rng.normal(size=(columns, inner) if transpose_b else (inner, columns))
    upstream = rng.normal(size=(rows, columns))
    return [tf.constant(each, tf.float32) for each in (a, b, upstream)]


def rounded_to_8_bits(values):
    return np.asarray(values).astype(ml_dtypes.bfloat16).astype(np.float64)


def expected(a, b, transpose_a=False, transpose_b=False, is_rounded=False):
    """numpy's product, summed in 64 bits."""
    a, b = (rounded_to_8_bits(x) if is_rounded else np.asarray(x, float) for x in (a, b))
    return (a.T if transpose_a else a) @ (b.T if transpose_b else b)


def excess(ours, theirs):
    """The largest difference beyond one rounding to 8 bits, relative to the largest value."""
    beyond = np.abs(np.asarray(ours) - theirs) - 2**-8 * np.abs(theirs)
    return float(beyond.max() / np.abs(theirs).max())


def worst(ours, theirs):
    return float(np.abs(np.asarray(ours) - theirs).max() / np.abs(theirs).max())


@pytest.mark.parametrize(("transpose_a", "transpose_b"), TRANSPOSED)
@pytest.mark.parametrize("size", SIZES)
def test_factors_are_rounded_whether_or_not_the_result_is(size, transpose_a, transpose_b):
    a, b, _ = factors(size, transpose_a, transpose_b)
    product = matmul(a, b, tf.bfloat16, transpose_a, transpose_b)
    assert product.dtype == tf.float32
    assert excess(product, expected(a, b, transpose_a, transpose_b, True)) < 1e-5
    exact = matmul(a, b, tf.float32, transpose_a, transpose_b)
    assert worst(exact, expected(a, b, transpose_a, transpose_b)) < 1e-6


def test_a_factor_that_was_rounded_beforehand_gives_the_same_product():
    a, b, _ = factors((64, 512, 256), False, True)
    beforehand = matmul(a, tf.cast(b, tf.bfloat16), tf.bfloat16, transpose_b=True)
    theirs = expected(a, b, False, True, is_rounded=True)
    assert excess(beforehand, theirs) < 1e-5
    assert excess(matmul(a, factor(b, tf.bfloat16), tf.bfloat16, False, True), theirs) < 1e-5
    assert np.array_equal(factor(b, tf.float32), b)


def test_without_units_factors_and_results_are_rounded_and_sums_are_not(monkeypatch):
    monkeypatch.setattr(products, "onednn_rounds", lambda: False)
    monkeypatch.setattr(products, "_bfloat16_sums_in_float32", lambda: False)
    a, b, upstream = factors((64, 512, 256), False, False)
    with tf.GradientTape() as tape:
        tape.watch((a, b))
        product = matmul(a, b, tf.bfloat16)
    to_a, to_b = tape.gradient(product, (a, b), upstream)
    assert excess(product, expected(a, b, is_rounded=True)) < 1e-5
    assert excess(to_a, expected(upstream, b, False, True, True)) < 1e-5
    assert excess(to_b, expected(a, upstream, True, False, True)) < 1e-5
    for each in (product, to_a, to_b):
        assert np.array_equal(each, rounded_to_8_bits(each))


def test_in_a_training_onednn_rounds_the_factors_alone_and_of_no_other_product(monkeypatch):
    # oneDNN reads its variable at the first product, and where this is forked there was none.
    monkeypatch.delenv("TF_SET_ONEDNN_FPMATH_MODE", raising=False)
    process = start(str(TESTS), program=(sys.executable, "-c", IN_A_TRAINING))
    out, err = process.communicate(300)
    assert process.returncode == 0, err
    found = json.loads(out)
    assert max(found["exact"]) < 1e-6
    assert max(found["rough"]) < 1e-5
    if found["rounds"]:  # AMX: the results keep their digits
        assert max(found["results"][:8]) > 0.9


@pytest.mark.parametrize("size", SIZES)
def test_a_product_with_a_widened_matrix_is_that_with_the_matrix(size):
    a, b, _ = factors(size, False, False)
    found = matmul_widened(a, widened(b)).numpy()
    np.testing.assert_allclose(found, a.numpy() @ b.numpy(), rtol=1e-4, atol=1e-4)
