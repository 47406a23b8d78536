"""Files that come with the package: weights, recipes, and the files for a Space.

In a checkout they are next to the package. A wheel has copies of them inside the package, in
`shipped`, where `setup.py` puts them.
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = PACKAGE / "shipped"


def resource(name: str) -> Path:
    """The path of a folder or file of that name, in an installed package or in a checkout.

    Example:
        >>> (resource("recipes") / "coco.json").is_file()
        True
    """
    installed = SHIPPED / name
    return installed if installed.exists() else PACKAGE.parent / name
