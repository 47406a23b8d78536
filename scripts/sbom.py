"""The bill of materials of what the page and the commands run on, as CycloneDX.

python scripts/sbom.py      writes sbom.json from requirements.lock; needs no network
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from textvae.version import __version__  # noqa: E402

PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)(?: *; *([^\\]+?))? *\\?$")


def pins(lock: str) -> list[dict[str, Any]]:
    r"""The packages of a lock file: each with its name, version, marker and sha256.

    Example:
        >>> pins("six==1.17.0 \\\n    --hash=sha256:4721f391\n")
        [{'name': 'six', 'version': '1.17.0', 'marker': '', 'sha256': ['4721f391']}]
    """
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if match := PIN.match(line):
            name, version, marker = match.groups()
            found.append(
                {"name": name, "version": version, "marker": marker or "", "sha256": []}
            )
        elif line.strip().startswith("--hash=sha256:"):
            found[-1]["sha256"].append(line.split(":")[1].removesuffix("\\").strip())
    return found


def sbom(lock: str) -> dict[str, Any]:
    """The bill of materials of a lock file; the same lock file gives the same one."""
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "textvae",
                "version": __version__,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [_component(pin) for pin in pins(lock)],
    }


def _component(pin: dict[str, Any]) -> dict[str, Any]:
    purl = f"pkg:pypi/{pin['name']}@{pin['version']}"
    page = f"https://pypi.org/project/{pin['name']}/{pin['version']}/"
    component = {
        "type": "library",
        "bom-ref": f"{purl}#{pin['marker']}" if pin["marker"] else purl,
        "name": pin["name"],
        "version": pin["version"],
        "purl": purl,
        "externalReferences": [{"type": "distribution", "url": page}],
    }
    if pin["marker"]:
        component["description"] = f"where {pin['marker']}"
    return component


def main() -> None:
    """Write `sbom.json`."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    text = json.dumps(sbom(lock), indent=1) + "\n"
    (ROOT / "sbom.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
