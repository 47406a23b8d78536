"""The notebook in `examples/`: its cells from top to bottom, on lines that train in seconds."""

import ast
import json
import logging

import numpy as np
import pytest
from runs import eagerly, unmeasured
from tiny import CAPTIONS, write_lines
from verbs import ROOT

from textvae.errors import BadInput
from textvae.hub.repository import Pushed

NOTEBOOK = json.loads((ROOT / "examples" / "own_lines.ipynb").read_text("utf-8"))
CODE = ["".join(c["source"]) for c in NOTEBOOK["cells"] if c["cell_type"] == "code"]
QUICK = {
    "train.epochs": 1, "train.min_active_units": 0, "train.batch_size": 50, "prior.epochs": 0,
    "train.shards": 1,
    "model.latent_dim": 8, "model.embed_dim": 8, "model.encoder_dim": 8, "model.hidden_dim": 16,
}  # fmt: skip
TYPED = {
    "SETTINGS = []": f"SETTINGS = {[f'{key}={value}' for key, value in QUICK.items()]}",
    'REPO = ""': 'REPO = "me/my-lines"',
    "LICENSE = None": 'LICENSE = "cc0-1.0"',
    "LANGUAGE = []": 'LANGUAGE = ["en"]',
}


def run_cell(source, names):
    """What a notebook shows of a cell: the value of an expression at its end."""
    for old, new in TYPED.items():
        source = source.replace(old, new)
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Where the cells may run, and what arrives at the Hub."""
    arrived, logger = {}, logging.getLogger("textvae")

    def push(files, repo, private):
        arrived[repo] = files
        return Pushed(f"hf://{repo}@{'0' * 40}", f"https://hub.example/{repo}", is_new=True)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    monkeypatch.setattr("textvae.pipeline.push", push)
    monkeypatch.setattr(logging, "basicConfig", lambda **options: None)  # pytest's stays
    level = logger.level
    yield arrived
    logger.setLevel(level)


def test_its_cells_train_write_show_the_space_and_push(notebook, tmp_path, capsys):
    install, choose, train, generate, reconstruct, interpolate, nearest, space, share = CODE
    assert install == '%pip install --quiet "textvae[train]"'
    names = {}
    run_cell(choose, names)
    assert len(set(names["lines"])) == 400
    assert capsys.readouterr().out.startswith("400 lines, such as:\n")
    write_lines(tmp_path / "my_lines.txt", ["", *CAPTIONS[:60]])
    run_cell(choose, names)
    assert names["lines"] == CAPTIONS[:60]
    with unmeasured(), eagerly():
        vae = run_cell(train, names)
    assert repr(vae).startswith("<Pipeline 'lines': latent_dim=8")
    written = [run_cell(cell, names) for cell in (generate, reconstruct, interpolate)]
    assert [len(texts) for texts in written] == [8, 3, 7]
    distances = [each.distance for each in run_cell(nearest, names)]
    assert len(distances) == 5
    assert distances == sorted(distances)
    [dots] = run_cell(space, names).data
    assert list(dots.text) == CAPTIONS[:60]
    codes = vae.encode(CAPTIONS[:60])
    shown = np.var([dots.x, dots.y], axis=1).sum() / np.var(codes, axis=0).sum()
    assert f"{shown:.0%} of their variance" in names["figure"].layout.title.text
    run_cell(share, names)
    card = notebook["me/my-lines"]["README.md"].decode()
    assert 'license: "cc0-1.0"\nlanguage: ["en"]' in card
    said = capsys.readouterr().out.splitlines()[-2:]
    assert said == ["https://hub.example/me/my-lines", 'textvae.load("me/my-lines")']
    with pytest.raises(BadInput, match="a licence is named as on the Hub"):
        run_cell(share.replace("LICENSE = None", 'LICENSE = "My own"'), names)


def test_it_is_a_notebook_of_jupyter_and_colab_without_results():
    """What format 4.5 asks of the kinds of cells that it has; `nbformat` takes it."""
    assert NOTEBOOK["nbformat"] == 4
    assert NOTEBOOK["nbformat_minor"] == 5
    assert NOTEBOOK["metadata"]["kernelspec"] == {
        "display_name": "Python 3", "language": "python", "name": "python3"
    }  # fmt: skip
    cells = NOTEBOOK["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in cells:
        keys = {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            keys |= {"execution_count", "outputs"}
            assert (cell["execution_count"], cell["outputs"]) == (None, [])
        assert cell["cell_type"] in ("code", "markdown")
        assert cell.keys() == keys
        assert all(line.endswith("\n") for line in cell["source"][:-1])
