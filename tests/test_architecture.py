import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A module may import only from lines above its own.
RANKS = [
    "errors types version metrics information importance spread memory evidence latent_map",
    "atlas config captions tokenizer ngrams manifest seen transfer words packing devices quiet",
    "gaussian objective batches glove recurrence optimizer bleu card hub",
    "embedding encoder publish",
    "decoders",
    "model generation",
    "prior",
    "storage",
    "pipeline figures",
    "textvae",  # the package itself, whose `load` hands out pipelines
    "interpolation samples",
    "evaluation callbacks report",
    "training",
    "web",
    "__main__",
]
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names.split()}
PARTS = ("web", "report")  # packages within, each of one rank
MODULES = [*(ROOT / "textvae").glob("*.py")]
MODULES += [path for part in PARTS for path in (ROOT / "textvae" / part).glob("*.py")]
RESULTS = ("__main__", "server")  # captions and figures; the address of the page


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
    return names


def own_module(name):
    """`textvae.model.TextVAE` -> `model`; `textvae.BadInput` -> `textvae`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in RANK else "textvae"


def module_of(path):
    if path.parent.name in PARTS:
        return path.parent.name
    return "textvae" if path.stem == "__init__" else path.stem


def test_every_module_has_a_rank():
    assert {module_of(path) for path in MODULES} == set(RANK)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_imports_point_upstream(path):
    here = module_of(path)
    own = {own_module(name) for name in imports(path) if name.split(".")[0] == "textvae"}
    if here == "textvae":  # `load` imports when it is called, so it may look anywhere
        own -= {"hub", "pipeline", "publish"}
    if here in PARTS:
        own -= {here}
    assert not [name for name in own if RANK[name] >= RANK[here]]


def test_gradio_is_imported_by_the_page_alone():
    users = [
        path for path in MODULES if any(n.split(".")[0] == "gradio" for n in imports(path))
    ]
    assert users
    assert {path.parent.name for path in users} == {"web"}


def test_what_needs_no_network_of_neurons_imports_none():
    """Importing TensorFlow takes seconds, which `--help` and a refusal must not."""
    program = (
        "import sys, json, textvae, textvae.captions, textvae.tokenizer, textvae.config,"
        " textvae.glove, textvae.__main__\n"
        "heavy = {'keras', 'tensorflow', 'gradio', 'plotly', 'huggingface_hub', 'sacrebleu'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert json.loads(out.stdout) == []


def test_standard_output_is_for_the_commands_results():
    """Everything else that is said goes to standard error."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                to = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert to.get("file") == "sys.stderr" or path.stem in RESULTS, path


def test_user_input_is_never_checked_by_assert():
    """`python -O` drops asserts, and their message helps nobody."""
    found = {}
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        count = sum(isinstance(node, ast.Assert) for node in ast.walk(tree))
        if count:
            found[module_of(path)] = count
    assert set(found) <= {"web"}  # for mypy: what cannot happen
