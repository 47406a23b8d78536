import json

import pytest
from hub_client import whole

from textvae.errors import BadInput
from textvae.saving import manifest


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
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / manifest.NAME
    path.write_text(text)
    with pytest.raises(BadInput, match=manifest.NAME) as caught:
        manifest.read(path)
    assert "\n" not in str(caught.value)


def test_a_local_folder_is_checked_where_it_has_a_manifest(tmp_path):
    for name, data in whole().items():
        (tmp_path / name).write_bytes(data)
    manifest.check(tmp_path)
    (tmp_path / "vocabulary.txt").write_bytes(b"a\ncat\n")
    with pytest.raises(BadInput, match="vocabulary.txt differs from what manifest.json"):
        manifest.check(tmp_path)
    (tmp_path / manifest.NAME).unlink()
    manifest.check(tmp_path)
