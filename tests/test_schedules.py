import pytest
import tensorflow as tf

from textvae.errors import BadInput
from textvae.nn.schedules import beta_schedule, constant, cyclical, linear


def values(schedule, steps):
    return [round(float(schedule(tf.constant(step))), 4) for step in steps]


def test_a_constant_beta_is_the_same_at_every_step():
    assert values(constant(0.3), [0, 1, 10**6]) == [0.3, 0.3, 0.3]


def test_a_linear_beta_climbs_from_0_and_stays():
    assert values(linear(10, 0.5), [0, 1, 5, 10, 11, 10**6]) == [0, 0.05, 0.25, 0.5, 0.5, 0.5]


def test_a_cyclical_beta_climbs_for_half_of_each_cycle():
    steps = [0, 4, 5, 9, 10, 14, 25]
    assert values(cyclical(10, 2.0), steps) == [0, 1.6, 2, 2, 0, 1.6, 2]
    assert values(cyclical(10, 1.0, ramp=1.0), [5, 9]) == [0.5, 0.9]


@pytest.mark.parametrize("kind", ["constant", "linear", "cyclical"])
def test_a_schedule_by_its_name_reaches_beta(kind):
    assert values(beta_schedule(kind, 0.7, 4), [7]) == [0.7]
    assert values(beta_schedule(kind, 0.7, 4), [0]) == [0.7 if kind == "constant" else 0.0]


@pytest.mark.parametrize("make", [
    lambda: linear(0), lambda: cyclical(0), lambda: cyclical(5, ramp=0.0),
    lambda: cyclical(5, ramp=1.1),
])  # fmt: skip
def test_lengths_that_make_no_schedule_are_refused(make):
    with pytest.raises(BadInput, match="got"):
        make()
