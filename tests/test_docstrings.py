"""The examples in docstrings run."""

import doctest
import functools
import importlib
import pkgutil

import pytest

import textvae
from textvae import loading

SKIPPED = ("textvae.__main__",)  # importing it runs the command
MODULES = [
    module.name
    for module in pkgutil.walk_packages(textvae.__path__, "textvae.")
    if not module.name.startswith(SKIPPED)
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


load_once = functools.cache(loading.load)  # each model, for all examples


@pytest.mark.parametrize("name", ["textvae", *MODULES])
def test_examples_of_the_docstrings_hold(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "load", load_once)
    result = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples fail"
