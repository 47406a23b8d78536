"""Put the measured figures and the unselected samples of the shipped weights into README.md.

python scripts/readme.py           writes README.md
python scripts/readme.py --check   exits with 1 if that would change it

Figures of the validation part are those of the reports in weights/; those of the test part are
what `evaluate --json` printed, as it stands in docs/measured/.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.published import PUBLISHED  # noqa: E402  (it stands beside this folder, not in it)

README = ROOT / "README.md"
COLUMNS = (
    ("nll", "{:.2f}"),
    ("kl", "{:.2f}"),
    ("active_units", "{} of {latent_dim}"),
    ("reconstruction_bleu4", "{:.3f}"),
    ("reconstruction_exact", "{:.3f}"),
)


MEASURED = ROOT / "docs" / "measured"
# What is shown of the test part: figures of the model, of its samples and of ways between.
OF_MODEL = (("reconstruction_bleu4", "{:.3f}"), ("reconstruction_exact", "{:.3f}"))
OF_SAMPLES = (
    ("bleu_5", "{:.3f}"),
    ("self_bleu_5", "{:.3f}"),
    ("forward_ppl", "{:.1f}"),
    ("reverse_ppl", "{:.1f}"),
    ("novel", "{:.3f}"),
)
SHOWN_TEMPERATURES = (0.9, 1.0)
OF_WAYS = (("distinct_5_of_7", "{:.3f}"), ("inner_ppl", "{:.1f}"))


def report(name: str) -> dict:
    """The report of a shipped model."""
    return json.loads((ROOT / "weights" / name / "report.json").read_text(encoding="utf-8"))


def figures(names: list[str]) -> str:
    """A row a model: what it is, its figures on the validation part, what it took."""
    rows = [["weights", "what", *(name for name, _ in COLUMNS), "captions", "trained in"]]
    for name in names:
        known = report(name)
        measured = known["validation"]
        row = [f"`{name}`", known["recipe"]["about"]]
        for key, form in COLUMNS:
            row.append(form.format(measured[key], latent_dim=measured["latent_dim"]))
        row.append(f"{measured['num_captions']:,}")
        both = known["seconds"] + known["prior"]["seconds"]
        row.append(f"{both / 60:.0f} min, {known['tokens_per_second']:,.0f} tokens/s")
        rows.append(row)
    return table(rows)


def table(rows: list[list[str]]) -> str:
    """Markdown; the first row is the head."""
    rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def test_part() -> str:
    """Real captions, the models and what each prior gives, on the test part."""
    columns = (*OF_MODEL, *OF_SAMPLES, *OF_WAYS)
    rows = [["", *(f"`{name}`" for name, _ in columns)]]
    vae, lm = (
        json.loads((MEASURED / f"{name}.json").read_text()) for name in ("coco_test", "lm_test")
    )
    rows.append(["real captions", *cells({}, vae["samples"]["real"], {})])
    for prior, what in (("fitted", "the fitted prior"), ("standard", "the standard normal")):
        row = cells(vae, vae["samples"][prior], vae["interpolations"])
        rows.append([f"`coco`, samples from {what}", *row])
    for name, drawn in lm["samples"].items():
        if name.startswith("standard"):
            temperature = name.partition("_at_")[2] or lm["settings"]["temperature"]
            rows.append(
                [f"language model, independent draws at {temperature}", *cells({}, drawn, {})]
            )
    return table(rows)


def cells(model: dict, drawn: dict, ways: dict) -> list[str]:
    """One row of the table of the test part; what a row has not is a dash."""
    parts = ((OF_MODEL, model), (OF_SAMPLES, drawn), (OF_WAYS, ways))
    return [
        form.format(given[name]) if name in given else "–"
        for columns, given in parts
        for name, form in columns
    ]


def peers() -> str:
    """The Texygen benchmark: what others have published, and ours, measured in the same way."""
    kinds = [f"{kind}-{n}" for kind in ("BLEU", "self-BLEU") for n in (2, 3, 4, 5)]
    rows = [["", *kinds]]
    for name, figures_of in PUBLISHED.items():
        shown = ["–" if each is None else f"{each:.3f}" for each in figures_of]
        rows.append([f"{name}, published", *shown])
    found = json.loads((MEASURED / "texygen.json").read_text(encoding="utf-8"))
    names = [kind.lower().replace("-", "_") for kind in kinds]
    for of in found["models"].values():
        for drawn in of["rows"]:
            if drawn["temperature"] in SHOWN_TEMPERATURES:
                row = [f"`{of['name']}` at {drawn['temperature']:g}"]
                rows.append([*row, *(f"{drawn[name]:.3f}" for name in names)])
    return table(rows)


def samples(name: str, count: int = 10) -> str:
    """The first captions that seed 0 gives, one a line."""
    return "\n".join(["```", *report(name)["samples"][:count], "```"])


def filled(text: str) -> str:
    """`text` with what stands between the markers made anew."""
    blocks = {
        "figures": figures(["coco", "elephant", "article"]),
        "test part": test_part(),
        "peers": peers(),
        "samples": samples("coco"),
    }
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
