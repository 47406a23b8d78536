"""Draw the plots of the pages on quality from what was measured.

`frontier.svg`: samples that readers rated fine, over self-BLEU, from measured/readers.json.
`rate_distortion.svg`: rate and distortion after each epoch of training, from the reports.
`quality_variety.svg`: the Texygen benchmark over temperatures, from docs/measured/texygen.json.

python scripts/plots.py
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.curves import svg  # noqa: E402  (it stands beside this folder, not in it)
from benchmarks.published import PUBLISHED_CURVE  # noqa: E402

MEASURED = ROOT / "docs" / "measured"
PARTS = {  # each starts from the weights of the one before
    "beta 0.2": MEASURED / "coco_base_report.json",
    "beta 0.12": MEASURED / "coco_middle_report.json",
    "beta 0.06": MEASURED / "coco_late_report.json",
    "beta 0.1": ROOT / "weights" / "coco" / "report.json",
}


def epochs(path: Path) -> list[tuple[float, float]]:
    """(kl, nll) on the validation captions after each epoch."""
    history = json.loads(path.read_text(encoding="utf-8"))["history"]
    return [(logs["val_kl"], logs["val_nll"]) for logs in history]


def frontier() -> str:
    """The share that readers rated fine over self-BLEU-5; further left is more varied."""
    found = json.loads((MEASURED / "readers.json").read_text(encoding="utf-8"))["frontier"]
    curves = {
        name: sorted((row["self_bleu_5"], row["fine"]) for row in rows)
        for name, rows in found["curves"].items()
    }
    real = found["real"]
    return svg(
        curves,
        title="Samples read blind, by temperature; the line is real captions",
        across=f"self-BLEU-5 of 10,000 captions; real captions: {real['self_bleu_5']:.3f}",
        up="share that readers rated fine",
        lowest=0.3,
        line=real["fine"],
    )


def rate_distortion() -> str:
    """Distortion over rate."""
    return svg(
        {name: epochs(path) for name, path in PARTS.items()},
        title="Distortion over rate, one point per epoch",
        across="rate: KL to the standard normal, nats per caption",
        up="distortion: nll, nats per caption",
        lowest=0.0,
    )


def quality_variety() -> str:
    """BLEU-5 over self-BLEU-5 at several temperatures; further left is more varied."""
    found = json.loads((MEASURED / "texygen.json").read_text(encoding="utf-8"))
    curves = {
        of["name"]: sorted((row["self_bleu_5"], row["bleu_5"]) for row in of["rows"])
        for of in found["models"].values()
    }
    real = found["real"]
    return svg(
        {**curves, "published": PUBLISHED_CURVE},
        title="Texygen: quality over diversity by temperature; the line is real captions",
        across=f"self-BLEU-5; real captions: {real['self_bleu_5']:.3f}",
        up="BLEU-5",
        lowest=0.1,
        line=real["bleu_5"],
    )


PLOTS = {
    "frontier.svg": frontier,
    "rate_distortion.svg": rate_distortion,
    "quality_variety.svg": quality_variety,
}


def main() -> None:
    """Write the plots."""
    for name, plot in PLOTS.items():
        (ROOT / "docs" / name).write_text(plot(), encoding="utf-8")


if __name__ == "__main__":
    main()
