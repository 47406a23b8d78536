"""The documents say what is so."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from textvae.cli.main import build_parser
from textvae.config.recipe import RECIPES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verbs():
    (subparsers,) = (a for a in build_parser()._actions if hasattr(a, "choices") and a.choices)
    return sorted(subparsers.choices)


def test_the_readme_has_the_figures_and_samples_of_the_reports():
    assert script("readme").filled(README) == README


@pytest.mark.parametrize("name", ["rate_distortion", "quality_variety"])
def test_the_plots_are_of_what_was_measured(name):
    drawn = (ROOT / "docs" / f"{name}.svg").read_text(encoding="utf-8")
    assert drawn == getattr(script("plots"), name)()


@pytest.mark.parametrize("recipe", sorted(path.stem for path in RECIPES.glob("*.json")))
def test_the_readme_shows_how_to_train(recipe):
    assert f"python -m textvae train {recipe} --captions" in README


@pytest.mark.parametrize("verb", verbs())
def test_the_readme_shows(verb):
    assert f"python -m textvae {verb} " in README


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")))
def test_links_between_documents_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_no_tracked_file_names_a_folder_of_one_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    places = ("/" + "work/", "/" + "root/", "/" + "tmp/runs")
    text_files = (
        ROOT / name for name in tracked if not name.endswith((".png", ".safetensors"))
    )
    for path in filter(Path.is_file, text_files):
        text = path.read_text(encoding="utf-8")
        assert not [place for place in places if place in text], path
