"""What CI installs is locked file by file, and the bill of materials lists it."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_docs import ROOT, script

import textvae

SHA256 = re.compile("[0-9a-f]{64}")
UNLOCKED = {"torch"}  # of which any build will do


def locked(name):
    pins = script("sbom").pins((ROOT / f"{name}.lock").read_text(encoding="utf-8"))
    return {canonicalize_name(pin["name"]): pin for pin in pins}


def wanted(name):
    """The requirements of a file and of those that it includes."""
    for line in (ROOT / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from wanted(line.removeprefix("-r ").removesuffix(".txt"))
        elif line and not line.startswith("#"):
            yield Requirement(line)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_package_is_locked_with_the_sha256_of_its_files(name):
    pins = locked(name)
    for requirement in wanted(name):
        assert requirement.specifier.contains(
            pins[canonicalize_name(requirement.name)]["version"]
        )
    for package, pin in pins.items():
        assert pin["sha256"], package
        assert all(SHA256.fullmatch(each) for each in pin["sha256"]), package
    assert not UNLOCKED & pins.keys()
    assert len(pins) > 60


def test_what_the_page_runs_on_is_the_same_in_ci():
    page, ci = locked("requirements"), locked("requirements-dev")
    assert page.keys() <= ci.keys()
    assert all(ci[name]["version"] == pin["version"] for name, pin in page.items())


def test_the_bill_of_materials_is_that_of_the_lock_file():
    found = json.loads((ROOT / "sbom.json").read_text(encoding="utf-8"))
    assert found == script("sbom").sbom((ROOT / "requirements.lock").read_text("utf-8"))
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["version"] == textvae.__version__
    listed = {each["name"]: each["version"] for each in found["components"]}
    assert {canonicalize_name(name): version for name, version in listed.items()} == {
        name: pin["version"] for name, pin in locked("requirements").items()
    }


def test_locked_packages_replace_those_installed_without_hashes(tmp_path):
    (tmp_path / "scripts").mkdir()
    for path in [ROOT / "scripts" / "setup", *ROOT.glob("requirements*")]:
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    pip = tmp_path / ".venv" / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    pip.write_text('#!/bin/sh\necho "$*" >> "$(dirname "$0")/asked"\n')
    pip.chmod(0o755)
    for more in ({}, {"LOCKED": "1"}):
        env = {"PATH": os.environ["PATH"], "PYTHON": sys.executable, **more}
        subprocess.run(["scripts/setup", "runtime"], cwd=tmp_path, env=env, check=True)
    first, last = (pip.parent / "asked").read_text().splitlines()
    assert "--require-hashes" not in first
    assert "--require-hashes" in last
    assert "--force-reinstall" in last
