"""Draw docs/rate_distortion.svg from the reports: where each pass of training took the models.

python scripts/plots.py            writes the picture
python scripts/plots.py --check    exits with 1 if that would change it
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.curves import svg  # noqa: E402  (it stands beside this folder, not in it)

PICTURE = ROOT / "docs" / "rate_distortion.svg"
MEASURED = ROOT / "docs" / "measured"
PARTS = {  # each goes on from the one before
    "beta 0.2": MEASURED / "coco_base_report.json",
    "beta 0.12": MEASURED / "coco_middle_report.json",
    "beta 0.06": MEASURED / "coco_late_report.json",
    "beta 0.1": ROOT / "weights" / "coco" / "report.json",
}


def passes(path: Path) -> list[tuple[float, float]]:
    """(kl, nll) of the validation part after each pass."""
    history = json.loads(path.read_text(encoding="utf-8"))["history"]
    return [(logs["val_kl"], logs["val_nll"]) for logs in history]


def picture() -> str:
    """Distortion over rate."""
    return svg(
        {name: passes(path) for name, path in PARTS.items()},
        title="Distortion over rate, a point a pass",
        across="rate: KL to the standard normal, nats a caption",
        up="distortion: nll, nats a caption",
        lowest=0.0,
    )


def main() -> None:
    """Write or check."""
    wanted = picture()
    if "--check" not in sys.argv:
        PICTURE.write_text(wanted, encoding="utf-8")
    elif not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != wanted:
        sys.exit("docs/rate_distortion.svg is not what the reports say; run scripts/plots.py")


if __name__ == "__main__":
    main()
