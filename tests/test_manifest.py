import hashlib
import json
import os
import stat

import numpy as np
import pytest
from hub_client import whole

from textvae.errors import BadInput
from textvae.saving import manifest
from textvae.saving.files import partial_of


def listed(**change):
    files = {name: {"size": 3, "sha256": "0" * 64} for name in manifest.FILES} | change
    return json.dumps({"format": 1, "files": files})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "{}",
        '{"format": 2, "files": {}}',
        '{"format": 1, "files": {}}',
        listed(**{"../evil.py": {"size": 3, "sha256": "0" * 64}}),
        listed(**{"config.json": None}),
        listed(**{"config.json": {"size": True, "sha256": "0" * 64}}),
        listed(**{"config.json": {"size": -1, "sha256": "0" * 64}}),
        listed(**{"config.json": {"size": 2**40, "sha256": "0" * 64}}),
        listed(**{"config.json": {"size": 3, "sha256": "zz"}}),
    ],
)
def test_an_invalid_manifest_is_refused(tmp_path, text):
    path = tmp_path / manifest.NAME
    path.write_text(text)
    with pytest.raises(BadInput, match=manifest.NAME) as caught:
        manifest.read(path)
    assert "\n" not in str(caught.value)


@pytest.fixture
def folder(tmp_path):
    for name, data in whole().items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def check(folder):
    manifest.check(folder, manifest.find(folder))


def test_a_local_folder_is_checked_where_it_has_a_manifest(folder, caplog):
    check(folder)
    (folder / "vocabulary.txt").write_bytes(b"a\ncat\n")
    with pytest.raises(BadInput, match="vocabulary.txt differs from what manifest.json"):
        check(folder)
    assert not caplog.messages
    (folder / manifest.NAME).unlink()
    check(folder)
    assert "has no manifest.json, so damage may go unseen" in caplog.text


def test_a_file_that_a_kill_left_beside_its_place_is_found_and_moved_there(folder):
    name = "model.safetensors"
    content = (folder / name).read_bytes()
    partial_of(folder / name).write_bytes(content)
    (folder / name).write_bytes(b"of before")
    found = manifest.find(folder)
    assert found.paths[name] == folder / f".{name}.partial"
    assert not found.changed
    assert not manifest.changed_files(folder)
    check(folder)
    manifest.finish_renames(folder)
    assert (folder / name).read_bytes() == content
    assert manifest.find(folder).paths[name] == folder / name
    assert not list(folder.glob(".*"))


def test_an_empty_manifest_is_a_damaged_one(folder):
    (folder / manifest.NAME).write_bytes(b"")
    with pytest.raises(BadInput, match="manifest.json is damaged"):
        manifest.find(folder)


def test_a_file_that_differs_in_any_bit_is_refused(folder):
    rng = np.random.default_rng(0)
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        for place in rng.integers(len(before), size=20) if path.name in manifest.FILES else ():
            flipped = bytearray(before)
            flipped[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(flipped)
            with pytest.raises(BadInput, match=f"{path.name} differs from what"):
                check(folder)
        path.write_bytes(before)
    check(folder)


def test_what_is_no_regular_file_is_not_read(folder, monkeypatch):
    name, path = "report.json", folder / manifest.NAME
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    raw = json.loads(path.read_text())
    raw["files"][name] = {"size": 0, "sha256": "0" * 64}
    path.write_text(json.dumps(raw))
    digest = hashlib.file_digest

    def of_a_file(file, kind):
        assert stat.S_ISREG(os.fstat(file.fileno()).st_mode)  # else it has no end
        return digest(file, kind)

    monkeypatch.setattr(hashlib, "file_digest", of_a_file)
    with pytest.raises(BadInput, match="report.json differs from what"):
        manifest.check(folder, manifest.find(folder))
