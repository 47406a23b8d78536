import numpy as np
import tensorflow as tf

from textvae.metrics.active_units import active_units
from textvae.nn.active_units import ActiveUnits

SIGMA = np.sqrt(np.array([0.0, 0.005, 0.0099, 0.0101, 0.02, 4.0]))
MU = np.tile([[1.0], [-1.0]], (50, 1)) * SIGMA + 0.7


def test_units_are_active_whose_mean_has_a_variance_above_a_hundredth():
    assert active_units(MU) == 3
    assert active_units((MU + 100).astype(np.float32)) == 3


def test_counted_over_batches_they_are_the_same_until_the_reset():
    metric = ActiveUnits(6)
    for batch in np.array_split(MU.astype(np.float32), 7):
        metric.update_state(tf.constant(batch))
    assert float(metric.result()) == 3
    metric.reset_state()
    metric.update_state(tf.constant(MU[:1], tf.float32))
    assert float(metric.result()) == 0
