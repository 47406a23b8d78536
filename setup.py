"""Builds the package; everything that is not computed is in pyproject.toml.

In a checkout weights, recipes and what a Space needs stand beside the package, where people
look for them. A wheel has copies of them in the package: see `textvae/runtime/resources.py`.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("weights", "recipes", "app.py", "requirements.txt", "requirements.lock", "LICENSE")


class BuildWithResources(build_py):
    """Copies into the package what stands beside it."""

    def run(self) -> None:
        """Build the package without what an earlier build left; then add the copies."""
        if self.editable_mode:  # everything is in place
            super().run()
            return
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for name in SHIPPED:
            self._ship(Path(name), Path(self.build_lib) / "textvae" / "shipped" / name)

    def _ship(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)


setup(cmdclass={"build_py": BuildWithResources})
