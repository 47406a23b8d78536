"""The names that people give a model, and what is behind them."""

from pathlib import Path

import pytest
from tiny import learned_vae, saved_weights

from textvae import loading
from textvae.errors import BadInput, Unavailable
from textvae.hub import download
from textvae.hub.addresses import Address
from textvae.hub.download import Fetched

COMMIT = "c" * 40


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    """An empty folder to work in, which is also the home folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_the_shipped_models_are_listed_with_the_default_first():
    assert loading.list_models() == ["coco", "article", "elephant", "poems"]
    for name in loading.list_models():
        assert loading.locate(name).name == name


@pytest.mark.parametrize("form", [str, Path])
def test_a_folder_may_be_named_from_here_from_home_or_from_the_root(in_folder, form):
    (in_folder / "runs").mkdir()
    (in_folder / "runs" / "pets").symlink_to(saved_weights())
    for name in ("runs/pets", "~/runs/pets", str(in_folder / "runs/pets")):
        assert loading.find(form(name)).resolve() == saved_weights().resolve()
    vae = loading.load(form("~/runs/pets"))
    assert vae.reconstruct("a cat sits") == learned_vae().reconstruct("a cat sits")


@pytest.mark.parametrize("prefix", ["", "hf://"])
def test_a_model_on_the_hub_is_named_with_or_without_its_prefix(in_folder, prefix):
    assert loading.find(f"{prefix}me/model") == Address("me/model")
    assert loading.find(f"{prefix}me/model@v1") == Address("me/model", "v1")
    assert loading.find(f"{prefix}me/model@{COMMIT}") == Address("me/model", COMMIT)


def test_a_folder_comes_before_a_model_of_its_name_on_the_hub(in_folder):
    (in_folder / "me").mkdir()
    (in_folder / "me" / "model").symlink_to(saved_weights())
    assert loading.find("me/model") == Path("me/model")
    assert loading.find("hf://me/model") == Address("me/model")
    (in_folder / "me" / "empty").mkdir()
    with pytest.raises(
        BadInput, match="no weights 'me/empty': name one of .*, a folder with a"
    ):
        loading.find("me/empty")


@pytest.mark.parametrize(("weights", "message"), [
    ("nowhere", "no weights 'nowhere': name one of coco, article, elephant, poems, a folder"),
    ("./runs/pets", "no weights './runs/pets'"),
    ("a/b/c", "no weights 'a/b/c'"),
    ("me/model@", "no weights 'me/model@'"),
    (Path("me/model"), "no weights 'me/model'"),
    ("hf://me", "is named hf://owner/repo"),
    (3, "weights must be a name or a folder, got 3"),
    (None, "weights must be a name or a folder, got None"),
    ("me/my model", "no weights 'me/my model'"),
    ("hf://me/my model", "is named hf://owner/repo"),
    ("hf://me/model@../../etc", "is named hf://owner/repo"),
    ("n" * 5_000, "no weights 'nnn.*File name too long"),
    ("~nobody-of-this-name/x", "no weights '~nobody-of-this-name/x': name one of"),
])  # fmt: skip
def test_what_names_no_model_is_refused(in_folder, weights, message):
    with pytest.raises(BadInput, match=message):
        loading.load(weights)


def test_a_file_and_an_export_are_named_for_what_they_are(in_folder):
    (in_folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(BadInput, match="^model.safetensors is a file; weights are a folder"):
        loading.load("model.safetensors")
    (in_folder / "export").mkdir()
    (in_folder / "export" / "encoder.onnx").write_bytes(b"")
    with pytest.raises(BadInput, match="^export is an export for ONNX Runtime, not a weights"):
        loading.load("export")


def test_a_mistyped_folder_is_told_apart_from_a_model_on_the_hub(in_folder, monkeypatch):
    def fail(source):
        raise Unavailable(f"cannot load {source}: no network")

    monkeypatch.setattr(download, "fetch", fail)
    with pytest.raises(
        Unavailable, match="^there is no folder runs/pats; as a model on the Hub: cannot"
    ):
        loading.load("runs/pats")
    with pytest.raises(Unavailable, match="^cannot load hf://runs/pats: no network"):
        loading.load("hf://runs/pats")


def test_a_cached_copy_is_mentioned(monkeypatch, caplog):
    fetched = Fetched(saved_weights(), COMMIT, "using the cached copy")
    monkeypatch.setattr(download, "fetch", lambda source: fetched)
    assert loading.load("me/model").notice == "using the cached copy"
    assert caplog.messages == []
    loading.locate("me/model")
    assert caplog.messages == ["using the cached copy"]


def test_what_is_typed_as_a_path_is_never_an_included_model(in_folder, monkeypatch):
    (in_folder / "article").symlink_to(saved_weights())
    for name in ("./article", "article/"):
        assert loading.find(name).resolve() == saved_weights().resolve()
    assert loading.find(Path("article")).resolve() == saved_weights().resolve()
    assert loading.find("article") == loading.WEIGHTS / "article"
    included = loading.locate("article")
    for place, model in (("shop/runs", included), ("runs", saved_weights())):
        (in_folder / place).mkdir(parents=True)
        (in_folder / place / "pets").symlink_to(model)
    for place in ("shop/weights", "here"):
        (in_folder / place).mkdir()
    monkeypatch.chdir(in_folder / "here")
    monkeypatch.setattr(loading, "WEIGHTS", in_folder / "shop/weights")
    assert loading.find("../runs/pets").resolve() == saved_weights().resolve()
