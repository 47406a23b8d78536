"""Draw what docs/quality.md shows, from what was measured.

`rate_distortion.svg`: where each pass of training took the models, from their reports.
`quality_variety.svg`: the Texygen benchmark over temperatures, from docs/measured/texygen.json.

python scripts/plots.py            writes the pictures
python scripts/plots.py --check    exits with 1 if that would change it
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.curves import svg  # noqa: E402  (it stands beside this folder, not in it)
from benchmarks.published import PUBLISHED_CURVE  # noqa: E402

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


def rate_distortion() -> str:
    """Distortion over rate."""
    return svg(
        {name: passes(path) for name, path in PARTS.items()},
        title="Distortion over rate, a point a pass",
        across="rate: KL to the standard normal, nats a caption",
        up="distortion: nll, nats a caption",
        lowest=0.0,
    )


def quality_variety() -> str:
    """BLEU-5 over self-BLEU-5 of samples at several temperatures; left is more varied."""
    found = json.loads((MEASURED / "texygen.json").read_text(encoding="utf-8"))
    curves = {
        of["name"]: sorted((row["self_bleu_5"], row["bleu_5"]) for row in of["rows"])
        for of in found["models"].values()
    }
    people = found["real"]["self_bleu_5"], found["real"]["bleu_5"]
    return svg(
        {**curves, "published": PUBLISHED_CURVE},
        title="Texygen: quality over variety, a point a temperature; the line is real captions",
        across=f"self-BLEU-5; real captions: {people[0]:.3f}",
        up="BLEU-5",
        lowest=0.1,
        line=people[1],
    )


PICTURES = {"rate_distortion.svg": rate_distortion, "quality_variety.svg": quality_variety}


def main() -> None:
    """Write or check."""
    for name, draw in PICTURES.items():
        place, wanted = ROOT / "docs" / name, draw()
        if "--check" not in sys.argv:
            place.write_text(wanted, encoding="utf-8")
        elif not place.exists() or place.read_text(encoding="utf-8") != wanted:
            sys.exit(f"docs/{name} is not what was measured; run scripts/plots.py")


if __name__ == "__main__":
    main()
