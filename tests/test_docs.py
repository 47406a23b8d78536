"""The documents say what is so."""

import ast
import importlib
import importlib.util
import re
import shlex
import subprocess
import textwrap
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from test_architecture import LAYERS, NAMES, PACKAGE
from test_docstrings import load_once

import textvae
from textvae import loading
from textvae.cli.main import build_parser
from textvae.config.recipe import RECIPES
from textvae.config.settings import SECTIONS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks(text, language=""):
    """The contents of fenced blocks of a language; those without one, if none is named."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == language]


def script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# README.md


def test_the_readme_is_short_and_has_a_picture():
    assert len(README.encode()) < 10_000
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 1
    assert (ROOT / pictures[0]).is_file()


def test_the_samples_of_the_readme_are_what_its_command_gives():
    """Word for word, on a processor of any kind."""
    section = README.split("## What it writes\n")[1].split("\n## ")[0]
    command = re.search(r"`textvae (generate [^`]+)`", section)[1]
    arguments = build_parser().parse_args(shlex.split(command))
    [shown] = blocks(section)
    given = load_once(arguments.weights).generate(
        arguments.num_captions, temperature=arguments.temperature, seed=arguments.seed
    )
    assert len(given) == 10
    assert shown.splitlines() == given


@pytest.mark.parametrize("name", ["README.md", "docs/usage.md", "docs/package-index.md"])
def test_the_python_of_the_documents_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "load", load_once)
    text = (ROOT / name).read_text(encoding="utf-8")
    code = blocks(text, "python") or [text.split("The same in Python:\n")[1].split("\n`")[0]]
    found = {}
    exec(textwrap.dedent(code[0]), found)
    assert found["vae"].name == "coco"
    assert "z" not in found or found["z"].shape == (1, 64)


def test_the_readme_lists_the_models_that_come_with_the_package():
    table = README.split("## The models that come with it\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [
        "coco",
        *sorted(set(textvae.list_models()) - {"coco"}, reverse=True),
    ]


def test_tables_are_filled_where_they_stand():
    tables = script("tables")
    for page in tables.PAGES:
        text = page.read_text(encoding="utf-8")
        outside = r"(<!-- table \w+ -->\n).*?(\n<!-- end -->)"
        emptied = re.sub(outside, r"\1\2", text, flags=re.DOTALL)
        filled = tables.filled(emptied)
        assert re.sub(outside, r"\1\2", filled, flags=re.DOTALL) == emptied
        assert filled.count("\n| --- |") == text.count("\n| --- |")


# What every page names is there


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_documents_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    for path, _, heading in (each.partition("#") for each in targets if "://" not in each):
        target = page.parent / path if path else page
        assert target.exists(), path
        if heading:
            assert heading in anchors(target.read_text(encoding="utf-8")), f"{path}#{heading}"


def anchors(text):
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def commands(page):
    """The commands in the blocks of a page that begin with `textvae`."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for block in (*blocks(text), *blocks(text, "sh")):
        for line in block.splitlines():
            for part in re.split(r"[|]|[<>] \S+", line):
                words = shlex.split(part, comments=True)
                if words[:1] == ["textvae"]:
                    yield words[1:]


COMMANDS = [(page, words) for page in PAGES for words in commands(page)]


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{name_of(p)}: {' '.join(w)}" for p, w in COMMANDS]
)
def test_commands_of_the_documents_can_be_typed(page, words):
    if words != ["--help"]:
        assert build_parser().parse_args(words).run


def test_every_verb_and_every_recipe_is_shown():
    (subparsers,) = (a for a in build_parser()._actions if hasattr(a, "choices") and a.choices)
    usage = list(commands(ROOT / "docs" / "usage.md"))
    assert set(subparsers.choices) == {words[0] for words in usage}
    training = list(commands(ROOT / "docs" / "training.md"))
    trained = {words[1] for words in training if words[0] == "train"}
    assert trained == {path.stem for path in RECIPES.glob("*.json")}


PLACES = {name.split(".")[1] for name in NAMES if name != "textvae"}
SETTINGS = {
    f"{name}.{field}"
    for name, section in SECTIONS.items()
    for field in section.__dataclass_fields__
}


@pytest.mark.parametrize("page", [p for p in PAGES if p.name != "CHANGELOG.md"], ids=name_of)
def test_settings_and_names_of_the_package_in_the_documents_exist(page):
    named = re.findall(r"`([a-z_]+(?:\.\w+)+)(?:=[^`]*)?`", page.read_text(encoding="utf-8"))
    for name in named:
        is_file = Path(name).suffix in (".html", ".json", ".md", ".py", ".safetensors", ".txt")
        first = name.split(".")[0]
        if name in SETTINGS or is_file or first not in {*SECTIONS, *PLACES}:
            continue
        module, *attributes = resolved(name)
        for attribute in attributes:
            assert hasattr(module, attribute), name
            module = getattr(module, attribute)


def resolved(name):
    """The longest module that a name begins with, and the attributes behind it."""
    parts, attributes = ["textvae", *name.split(".")], []
    while ".".join(parts) not in NAMES:
        attributes.insert(0, parts.pop())
    return [importlib.import_module(".".join(parts)), *attributes]


# docs/architecture.md


def test_the_architecture_names_every_module_once():
    map_ = ARCHITECTURE.split("## Where things are\n")[1].split("\n## ")[0]
    named, folder = [], None
    for line in map_.splitlines():
        if heading := re.fullmatch(r"### `([\w/]+)/`: \S.*", line):
            folder = PACKAGE if heading[1] == "textvae" else PACKAGE / heading[1]
            assert folder.is_dir()
        elif module := re.fullmatch(r"- `(\w+)`: \S.*", line):
            named.append(folder / f"{module[1]}.py")
        else:
            assert not line, line
    assert [path for path, count in Counter(named).items() if count > 1] == []
    modules = {path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}
    assert set(named) == modules


def test_the_architecture_has_the_layers_that_imports_are_held_to():
    [layers] = blocks(ARCHITECTURE, "layers")
    assert layers.splitlines() == LAYERS


def test_files_and_folders_that_the_architecture_names_exist():
    for name in re.findall(r"`([\w./]+(?:\.py|/))`", ARCHITECTURE):
        assert any((base / name).exists() for base in (ROOT, PACKAGE)) or name == "textvae/", (
            name
        )


def test_there_is_no_module_for_things_without_a_home():
    homeless = {"utils", "util", "helpers", "common", "misc", "tools"}
    assert not [path for path in PACKAGE.rglob("*.py") if path.stem in homeless]


def test_only_one_reader_knows_the_files_of_coco():
    """By the key that its instances alone have."""
    for name, path in NAMES.items():
        constants = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if "category_id" in constants:
            assert name == "textvae.data.readers.coco"


# Files about the project


def test_one_version_is_named_everywhere():
    version = textvae.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert headings[:2] == ["Unreleased", f"{version} - {citation['date-released']}"]
    assert citation["version"] == version


def test_hooks_and_workflow_run_the_checks_of_the_project():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    [local] = hooks["repos"]
    assert local["repo"] == "local"  # nothing is fetched
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for hook in local["hooks"]:
        program = re.match(r"\.venv/bin/\w+(?: \w+)?", hook["entry"])[0]
        assert program in makefile
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in steps


def test_editors_wrap_python_where_ruff_does():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert f"max_line_length = {ruff['line-length']}\n" in (ROOT / ".editorconfig").read_text()


@pytest.mark.parametrize("name", ["frontier", "rate_distortion", "quality_variety"])
def test_the_plots_are_of_what_was_measured(name):
    plotted = (ROOT / "docs" / f"{name}.svg").read_text(encoding="utf-8")
    assert plotted == getattr(script("plots"), name)()


def test_no_tracked_file_names_a_folder_of_one_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    places = ("/" + "work/", "/" + "root/", "/" + "tmp/runs")
    text_files = (
        ROOT / name for name in tracked if not name.endswith((".png", ".safetensors", ".woff2"))
    )
    for path in filter(Path.is_file, text_files):
        text = path.read_text(encoding="utf-8")
        assert not [place for place in places if place in text], path
