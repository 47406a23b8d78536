"""Put the measured figures and the unselected samples of the shipped weights into README.md.

python scripts/readme.py           writes README.md
python scripts/readme.py --check   exits with 1 if that would change it
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
COLUMNS = (
    ("nll", "{:.2f}"),
    ("kl", "{:.2f}"),
    ("active_units", "{} of {latent_dim}"),
    ("reconstruction_bleu4", "{:.3f}"),
    ("reconstruction_exact", "{:.3f}"),
)


def report(name: str) -> dict:
    """The report of a shipped model."""
    return json.loads((ROOT / "weights" / name / "report.json").read_text(encoding="utf-8"))


def figures(names: list[str]) -> str:
    """A row a model: what it is, its figures on the validation part, what it took."""
    head = ["weights", "what", *(name for name, _ in COLUMNS), "captions", "trained in"]
    rows = [head, ["---"] * len(head)]
    for name in names:
        known = report(name)
        measured = known["validation"]
        row = [f"`{name}`", known["recipe"]["about"]]
        for key, form in COLUMNS:
            row.append(form.format(measured[key], latent_dim=measured["latent_dim"]))
        row.append(f"{measured['num_captions']:,}")
        row.append(
            f"{known['seconds'] / 60:.0f} min, {known['tokens_per_second']:,.0f} tokens/s"
        )
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def samples(name: str, count: int = 10) -> str:
    """The first captions that seed 0 gives, one a line."""
    return "\n".join(["```", *report(name)["samples"][:count], "```"])


def filled(text: str) -> str:
    """`text` with what stands between the markers made anew."""
    blocks = {"figures": figures(["coco", "elephant", "seed"]), "samples": samples("coco")}
    for marker, block in blocks.items():
        start, end = f"<!-- {marker} -->\n", f"\n<!-- /{marker} -->"
        before, rest = text.split(start)
        text = before + start + block + end + rest.split(end)[1]
    return text


def main() -> None:
    """Write or check."""
    now = README.read_text(encoding="utf-8")
    wanted = filled(now)
    if "--check" not in sys.argv:
        README.write_text(wanted, encoding="utf-8")
    elif wanted != now:
        sys.exit("README.md is not what the reports say; run: python scripts/readme.py")


if __name__ == "__main__":
    main()
