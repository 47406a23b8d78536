import numpy as np
import pytest

from textvae.latent.directions import describe_units


def test_units_come_by_their_standard_deviation_with_the_words_of_their_ends():
    """Units 2 and 5 tell four things apart; unit 0 varies most and tells nothing."""
    rng = np.random.default_rng(0)
    things = ["dog", "pizza", "train", "tennis"]
    codes = rng.normal(size=(400, 8))
    codes[:, 0] *= 20.0
    codes[:, [2, 5]] += np.repeat([[3, 3], [3, -3], [-3, 3], [-3, -3]], 100, axis=0)
    units = describe_units([f"a {thing} of {n}" for thing in things for n in range(100)], codes)
    assert [unit.number for unit in units] == np.argsort(-codes.std(axis=0)).tolist()
    for unit in units:
        values = codes[:, unit.number]
        assert (unit.mean, unit.std) == pytest.approx((values.mean(), values.std()))
    ends = {unit.number: (set(unit.low), set(unit.high)) for unit in units}
    assert ends[2] == ({"train", "tennis"}, {"dog", "pizza"})
    assert ends[5] == ({"pizza", "tennis"}, {"dog", "train"})


def test_a_word_goes_with_the_end_where_it_is_more_frequent():
    rng = np.random.default_rng(1)
    value = rng.normal(size=500)
    captions = ["red bus" if v + rng.normal() > 0 else "blue bus" for v in value]
    unit = describe_units(captions, value[:, None])[0]
    assert (unit.low, unit.high) == (("blue",), ("red",))  # `bus` is everywhere


def test_words_of_all_kinds_of_captions_and_rare_ones_describe_no_unit():
    captions = ["a cat"] * 100 + ["the dog"] * 100 + ["zebra"]
    unit = describe_units(captions, np.arange(201.0)[:, None])[0]
    assert (unit.low, unit.high) == (("cat",), ("dog",))
