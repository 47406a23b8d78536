"""Fill the tables of README.md and docs/experiments.md from what was measured.

python scripts/tables.py

A table stands between `<!-- table NAME -->` and `<!-- end -->`. Metrics on the validation
captions are those of the reports in weights/; those on the test captions are what
`textvae evaluate --json` printed, in docs/measured/.
"""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / "README.md", ROOT / "docs" / "experiments.md")
MEASURED = ROOT / "docs" / "measured"
MODELS = ("coco", "poems", "elephant", "article")
VALIDATION = {
    "nll": "{:.2f}",
    "kl": "{:.2f}",
    "active_units": "{} of {latent_dim}",
    "reconstruction_bleu4": "{:.3f}",
    "reconstruction_exact": "{:.3f}",
}
# On the test captions: metrics of the model, of its samples, and of its interpolations.
OF_MODEL = {"reconstruction_bleu4": "{:.3f}", "reconstruction_exact": "{:.3f}"}
OF_SAMPLES = {
    "bleu_5": "{:.3f}",
    "self_bleu_5": "{:.3f}",
    "forward_ppl": "{:.1f}",
    "reverse_ppl": "{:.1f}",
    "novel": "{:.3f}",
}
# What samples are drawn from, by its name in a report.
PRIORS = {"scene": "scenes", "standard": "codes of words"}
OF_INTERPOLATIONS = {"distinct_5_of_7": "{:.3f}", "inner_ppl": "{:.1f}"}


def read(path: Path) -> Any:
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def table(rows: list[list[str]]) -> str:
    """Markdown; the first row is the head."""
    rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def models() -> str:
    """A row per model: what it is, its metrics on the validation captions, what it took."""
    rows = [["weights", "what", *VALIDATION, "captions", "trained in"]]
    for name in MODELS:
        report = read(ROOT / "weights" / name / "report.json")
        metrics = report["validation"]
        shown = [form.format(metrics[key], **metrics) for key, form in VALIDATION.items()]
        minutes = (report["seconds"] + report["prior"]["seconds"]) / 60
        speed = f"{minutes:.0f} min, {report['tokens_per_second']:,.0f} tokens/s"
        about = report["recipe"]["about"]
        rows.append([f"`{name}`", about, *shown, f"{metrics['num_captions']:,}", speed])
    return table(rows)


def test_captions() -> str:
    """Real captions, and samples of each model and prior, on the test captions."""
    names = (*OF_MODEL, *OF_SAMPLES, *OF_INTERPOLATIONS)
    rows = [["", *(f"`{name}`" for name in names)]]
    vae, lm = (read(MEASURED / f"{name}_test.json") for name in ("coco", "lm"))
    rows.append(["real captions", *cells({}, vae["samples"]["real"], {})])
    for name, samples in sorted(vae["samples"].items()):
        prior, temperature = drawn(name, vae)
        if prior in PRIORS:
            row = cells(vae, samples, vae["interpolations"])
            rows.append([f"`coco`, samples from {PRIORS[prior]} at {temperature}", *row])
    for name, samples in lm["samples"].items():
        prior, temperature = drawn(name, lm)
        if prior in PRIORS:
            about = f"language model, independent draws at {temperature}"
            rows.append([about, *cells({}, samples, {})])
    return table(rows)


def drawn(name: str, model: dict) -> tuple[str, str]:
    """The prior and the temperature of a model's samples, which a report has by such a name."""
    prior, _, temperature = name.partition("_at_")
    return prior, temperature or str(model["settings"]["temperature"])


def cells(model: dict, samples: dict, interpolations: dict) -> list[str]:
    """The metrics of one row; a dash for what was not measured."""
    groups = (
        (OF_MODEL, model),
        (OF_SAMPLES, samples),
        (OF_INTERPOLATIONS, interpolations),
    )
    return [
        form.format(metrics[name]) if name in metrics else "–"
        for forms, metrics in groups
        for name, form in forms.items()
    ]


TABLES = {each.__name__: each for each in (models, test_captions)}


def filled(text: str) -> str:
    """`text` with its tables filled."""
    return re.sub(
        r"(<!-- table (\w+) -->\n).*?\n?(<!-- end -->)",
        lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}",
        text,
        flags=re.DOTALL,
    )


def main() -> None:
    """Write the pages."""
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
