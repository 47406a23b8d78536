"""The tables for users of other libraries: what is to be typed here works as it is typed."""

import re

import pytest
from hub_client import ROOT, run
from hubserver import HubServer
from tiny import saved_weights

import textvae
from textvae.cli.main import build_parser

PAGE = (ROOT / "docs" / "coming-from.md").read_text("utf-8")
ROWS = [
    tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:3])
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| there |", "| --- |"))
]
CODE = [found[1] for _, here in ROWS if (found := re.match("`([^`]+)`", here))]
IN_WORDS = ("never: ", "the environment: ")
# Begins where our modules are imported, so the rows may name only what `textvae` itself offers.
RUN = """
import sys
names = {}
for line in sys.argv[1:]:
    print(line, file=sys.stderr, flush=True)
    compiled = names.get("vae")
    exec(line, names)
    names["vae"] = compiled or names.get("vae")  # another would be compiled once more
"""


def is_command(code):
    return code.startswith("textvae ")


def test_each_row_of_the_tables_works(tmp_path):
    beginning = re.search("```python\n(.+?)```", PAGE, re.DOTALL)[1]
    files = {path.name: path.read_bytes() for path in saved_weights().iterdir()}
    with HubServer(token="hf_right") as server:
        server.repos.clear()
        commit = server.add("me/model", files)
        server.repos["model", "me/model"].refs["v1"] = commit
        script = [f"import os; os.chdir({str(tmp_path)!r})", beginning]
        script += [code for code in CODE if not is_command(code)]
        token = {"HF_TOKEN": "hf_right", "TEXTVAE_HUB_DEADLINE": "60"}
        options = {"env": token, "kind": "tensorflow"}
        done = run(RUN, script, server.url, tmp_path / "home", **options)
    assert done.returncode == 0, done.stderr
    assert 'license: "cc0-1.0"' in server.repos["model", "me/copy"].files["README.md"].decode()


@pytest.mark.parametrize("code", sorted(set(filter(is_command, CODE))))
def test_the_commands_of_the_tables_can_be_typed(code):
    assert build_parser().parse_args(code.split()[1:]).run


def test_rows_name_only_what_the_package_offers():
    named = {name for code in CODE for name in re.findall(r"\btextvae\.(\w+)", code)}
    assert named <= {*textvae.__all__, "__version__"}


def test_every_row_has_code_or_says_why_not():
    assert len(ROWS) >= 40
    assert all(here.startswith(("`", *IN_WORDS)) for _, here in ROWS)
