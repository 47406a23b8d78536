import ast
import functools
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "textvae"
# A package, or a module beside them, may import only from lines above its own. A type checker
# alone may look anywhere, and `__init__` imports a public name when it is first asked for.
LAYERS = [
    "errors types version words",
    "checks",
    "runtime",
    "data metrics",
    "config",
    "nn",
    "decoding latent",
    "saving",
    "hub export",
    "inference",
    "pipeline",
    "loading",
    "evaluation",
    "report",
    "training",
    "web",
    "cli",
    "__main__",
]
LAYER = {name: place for place, names in enumerate(LAYERS) for name in names.split()}
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 300
LIGHT = ("errors", "types", "version", "data", "metrics", "config")
RESULTS = ("cli", "web")  # captions and metrics; the address of the page


def dotted(path):
    """`textvae/nn/model.py` -> `textvae.nn.model`; a package is its `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted(path): path for path in MODULES}


@functools.cache
def imports(path):
    """The dotted names that a file imports, wherever in it; not those for type checkers."""
    names = []

    def walk(node):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
        for child in ast.iter_child_nodes(node):
            walk(child)

    walk(ast.parse(path.read_text(encoding="utf-8")))
    return tuple(names)


def own_imports(path):
    """The modules of ours that a file imports: `textvae.nn.model`, not a name within it."""
    found = set()
    for name in imports(path):
        while name not in NAMES and "." in name:
            name = name.rpartition(".")[0]
        if name in NAMES and name != "textvae":
            found.add(name)
    return found


def place_of(name):
    """The package, or the module beside the packages: `textvae.nn.model` -> `nn`."""
    return name.split(".")[1]


def test_every_package_has_a_layer():
    assert {place_of(name) for name in NAMES if name != "textvae"} == set(LAYER)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "textvae"])
def test_imports_point_upstream(name):
    here = place_of(name)
    others = {place_of(each) for each in own_imports(NAMES[name])} - {here}
    assert not [each for each in others if LAYER[each] >= LAYER[here]]


def test_no_imports_go_in_a_circle_between_modules_or_packages():
    modules = {name: own_imports(path) - {name} for name, path in NAMES.items()}
    packages = {}
    for name, found in modules.items():
        if name != "textvae":
            others = {place_of(each) for each in found} - {place_of(name)}
            packages.setdefault(place_of(name), set()).update(others)
    for graph in (modules, packages):
        TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("name", NAMES)
def test_no_module_is_long(name):
    # Catalogues of the page's words are data, read line by line.
    if not name.startswith("textvae.web.i18n."):
        assert len(NAMES[name].read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize(
    ("library", "package"),
    [("gradio", "web"), ("huggingface_hub", "hub"), ("jinja2", "report"), ("onnx", "export")],
)
def test_a_library_is_imported_by_one_package_alone(library, package):
    users = [
        name
        for name, path in NAMES.items()
        if any(each.split(".")[0] == library for each in imports(path))
    ]
    assert users
    assert {place_of(name) for name in users} == {package}


def test_what_needs_no_neural_network_imports_none():
    """Importing TensorFlow takes seconds, which `--help` and a refusal must not take."""
    light = [name for name in NAMES if name != "textvae" and place_of(name) in LIGHT]
    program = (
        f"import sys, json, textvae, textvae.cli.main, {', '.join(light)}\n"
        "heavy = {'keras', 'tensorflow', 'gradio', 'plotly', 'huggingface_hub', 'sacrebleu'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert json.loads(out.stdout) == []


def test_standard_output_is_for_the_commands_results():
    """Everything else that is said goes to standard error."""
    for name, path in NAMES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                to = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert to.get("file") == "sys.stderr" or place_of(name) in RESULTS, name


def test_user_input_is_never_checked_by_assert():
    """`python -O` drops asserts, and their message helps nobody."""
    found = {}
    for name, path in NAMES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        count = sum(isinstance(node, ast.Assert) for node in ast.walk(tree))
        if count:
            found[place_of(name)] = count
    assert not found
