"""The public names, and that they cost nothing before they are used."""

import ast
import inspect
import subprocess
import sys

import pytest

import textvae


def test_every_public_name_is_there_and_documented():
    assert set(textvae._HOMES) == set(textvae.__all__) - {"__version__"}
    assert set(textvae.__all__) <= set(dir(textvae))
    for name in textvae._HOMES:
        found = getattr(textvae, name)
        assert found.__name__ == name
        assert found.__module__ == textvae._HOMES[name]
        assert inspect.getdoc(found)
    with pytest.raises(AttributeError, match="module 'textvae' has no attribute 'decode'"):
        textvae.decode  # noqa: B018


def test_what_a_type_checker_sees_is_what_is_imported():
    tree = ast.parse(inspect.getsource(textvae))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == textvae._HOMES


def test_names_can_be_imported_and_importing_them_is_light():
    program = (
        "import sys\n"
        "from textvae import BadInput, Recipe, Unavailable, __version__, list_models, load\n"
        "heavy = {'numpy', 'keras', 'tensorflow', 'gradio', 'huggingface_hub'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
