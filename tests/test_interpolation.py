"""Interpolation paths between codes."""

import numpy as np
import pytest

from textvae.latent.interpolation import ease, interpolate_codes


def test_the_linear_path_is_straight_and_its_steps_closer_in_the_middle():
    z = interpolate_codes(np.array([0.0, 24.0]), np.array([12.0, 0.0]), 7, "linear")
    expected = [[0, 24], [4, 16], [5, 14], [6, 12], [7, 10], [8, 8], [12, 0]]
    np.testing.assert_allclose(z, expected, atol=1e-6)
    assert z.dtype == np.float32


def test_the_pace_is_the_same_however_many_steps_there_are():
    many = ease(np.linspace(0.0, 1.0, 61))
    assert (np.diff(many) > 0).all()
    np.testing.assert_allclose(many + many[::-1], 1.0)  # forwards as backwards
    np.testing.assert_allclose(12 * many[::10], [0, 4, 5, 6, 7, 8, 12], atol=1e-12)
    np.testing.assert_allclose(many[::30], ease(np.linspace(0.0, 1.0, 3)))


def test_the_spherical_path_turns_evenly_while_the_distance_changes_evenly():
    first, last = np.array([3.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    z = interpolate_codes(first, last, 7, "spherical")
    share = np.array([0, 4, 5, 6, 7, 8, 12]) / 12
    angles, lengths = share * np.pi / 2, 3.0 - 2.0 * share
    expected = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    np.testing.assert_allclose(z, expected * lengths[:, None], atol=1e-6)


def test_directions_on_the_spherical_path_stay_in_the_plane_of_the_ends():
    rng = np.random.default_rng(0)
    first, last = rng.normal(size=(2, 6))
    z = interpolate_codes(first, last, 8, "spherical").astype(float)
    units = z / np.linalg.norm(z, axis=1, keepdims=True)
    steps = np.arccos(np.clip((units[1:] * units[:-1]).sum(axis=1), -1, 1))
    total = np.arccos(first @ last / np.linalg.norm(first) / np.linalg.norm(last))
    expected = total * np.diff(ease(np.linspace(0.0, 1.0, 8)))
    np.testing.assert_allclose(steps, expected, atol=1e-3)  # and so no detour


@pytest.mark.parametrize(("first", "last"), [
    ([0.0, 0.0], [1.0, 2.0]), ([1.0, 2.0], [2.0, 4.0]), ([1.0, 2.0], [-1.0, -2.0]),
    ([1.0, 2.0], [1.0, 2.0]),
])  # fmt: skip
def test_where_there_is_no_single_arc_the_path_is_the_line(first, last):
    first, last = np.array(first, np.float32), np.array(last, np.float32)
    arc, line = (interpolate_codes(first, last, 5, path) for path in ("spherical", "linear"))
    np.testing.assert_allclose(arc, line, atol=1e-6)
