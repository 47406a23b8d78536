"""Captions on a grid between four captions."""

import re

import numpy as np
import pytest
from fake_pipeline import FakePipeline

from textvae.errors import BadInput
from textvae.latent.interpolation import corners_of, grid_codes
from textvae.web.examples import GRID
from textvae.web.grid import SIZE, fill_grid
from textvae.web.rendering.grid import grid
from textvae.web.server import warm_up

FOUR = ("a dog on a bench", "a cat on a bed", "a red bus", "a train at a station")


@pytest.mark.parametrize("size", [2, 5, 7])
def test_a_cell_is_the_blend_that_its_place_gives(size):
    """Against the blend of two sides, each written out."""
    corners = np.random.default_rng(0).normal(size=(4, 6))
    codes = grid_codes(corners, size).reshape(size, size, 6)
    share = np.linspace(0, 1, size)
    for row in range(size):
        left = (1 - share[row]) * corners[0] + share[row] * corners[2]
        right = (1 - share[row]) * corners[1] + share[row] * corners[3]
        for column in range(size):
            expected = (1 - share[column]) * left + share[column] * right
            np.testing.assert_allclose(codes[row, column], expected, atol=1e-6)
    np.testing.assert_array_equal(codes[0, 0], corners[0].astype(np.float32))
    np.testing.assert_array_equal(codes[-1, -1], corners[3].astype(np.float32))


def test_the_four_captions_are_in_the_corners_and_the_rest_is_the_models(service):
    made = fill_grid(service, "coco", *FOUR)
    assert len(made.captions) == SIZE * SIZE
    assert tuple(made.captions[cell] for cell in corners_of(SIZE)) == FOUR
    assert list(made.captions) == FakePipeline("coco").grid(FOUR, SIZE)


def test_the_grid_that_the_page_begins_with_is_filled_before_a_visitor_asks(service):
    warm_up(service)
    vae = service.models.get("coco")
    before = len(vae.calls)
    fill_grid(service, "coco", *GRID)
    assert len(vae.calls) == before


def test_a_corner_that_cannot_be_read_is_named(service):
    with pytest.raises(BadInput, match="^Bottom left: Type a line"):
        fill_grid(service, "coco", *FOUR[:2], " ", FOUR[3])


def test_a_grid_as_html_has_all_its_cells_and_nothing_that_was_typed_as_markup(service):
    made = fill_grid(service, "coco", "a dog <img src=x>", *FOUR[1:])
    text = grid(made)
    assert "<img" not in text
    assert len(re.findall('role="gridcell"', text)) == SIZE * SIZE
    assert len(re.findall('tabindex="0"', text)) == 1  # one stop for the keyboard
