"""The tabs of the page, in their order.

A tab is one module with a `build(service) -> Tab`, which lays it out inside a `gr.Tabs`. It has
its parameters in `links`, its results in `rendering`, and its place here.
"""

from textvae.web.tabs import (
    about,
    arithmetic,
    generate,
    grid,
    interpolate,
    map,
    reconstruct,
)

TABS = (
    reconstruct.build,
    map.build,
    interpolate.build,
    grid.build,
    arithmetic.build,
    generate.build,
    about.build,
)
