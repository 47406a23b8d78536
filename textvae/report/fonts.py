"""The font of captions in reports, on the page and in its pictures, for all machines."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
FAMILY = "Source Serif 4"
FONTS = {  # by whether it is bold
    False: STATIC / "source-serif-4-400.woff2",
    True: STATIC / "source-serif-4-700.woff2",
}


@cache
def embedded_fonts() -> str:
    """CSS rules with the embedded font, 56 kB, for self-contained files.

    Example:
        >>> embedded_fonts().count("@font-face")
        2
    """
    faces = []
    for is_bold, path in FONTS.items():
        data = base64.b64encode(path.read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:'{FAMILY}';font-weight:{700 if is_bold else 400};"
            f"src:url(data:font/woff2;base64,{data})}}"
        )
    return "".join(faces)
