"""Captions from datasets of the Hub: the real client against a Hub on the loopback."""

import json

import pytest
from hub_client import closed_port, run
from hubserver import HubServer

from textvae.data.readers.sources import split_of
from textvae.errors import BadInput
from textvae.hub.datasets import choose_files, parse_dataset

READ = """
import json, logging, sys
from textvae.cli.logs import logging_to_standard_error
from textvae.data.captions import load_captions
from textvae.errors import BadInput
from textvae.hub.datasets import with_local_copies

with logging_to_standard_error(logging.INFO):
    for source in sys.argv[1:]:
        try:
            found = load_captions(with_local_copies([source]), mode="tokens")
            answer = {"texts": found.texts, "splits": [each.split for each in found.captions]}
        except BadInput as error:
            answer = {"error": str(error), "kind": type(error).__name__}
        print(json.dumps(answer))
"""
FILES = {
    "README.md": b"# Pets",
    "pets.py": b"raise SystemExit('code of a dataset was run')",
    "data/train.csv": b"text\nA dog runs.\nA cat sleeps.\n",
    "data/test.csv": b"text\nA bird.\n",
    "weights.bin": b"\x80\x04.",
}


def read(sources, url, home, **options):
    done = run(READ, sources, url, home, **options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def server():
    with HubServer() as server:
        server.commit = server.add("me/pets", FILES, kind="dataset")
        yield server


def test_a_dataset_is_read_with_its_splits_and_nothing_else_of_it_is_fetched(server, tmp_path):
    whole, one, pattern = read(
        [
            "hf://datasets/me/pets",
            "hf://datasets/me/pets/data/train.csv",
            "hf://datasets/me/pets@main/data/t*n.csv",
        ],
        server.url,
        tmp_path,
    )
    assert whole["texts"] == ["A bird.", "A dog runs.", "A cat sleeps."]
    assert whole["splits"] == ["test", "train", "train"]
    assert one["texts"] == pattern["texts"] == ["A dog runs.", "A cat sleeps."]
    fetched = {
        request.path.rpartition("/")[2]
        for request in server.requests
        if "resolve" in request.path
    }
    assert fetched == {"train.csv", "test.csv"}


def test_the_cache_serves_when_the_hub_does_not(server, tmp_path):
    sources = ["hf://datasets/me/pets/data/train.csv"]
    pinned = [f"hf://datasets/me/pets@{server.commit}/data/train.csv"]
    assert "texts" in read(sources, server.url, tmp_path)[0]
    [newest, same] = read([*sources, *pinned], closed_port(), tmp_path)
    assert newest["texts"] == same["texts"] == ["A dog runs.", "A cat sleeps."]
    [missing] = read(["hf://datasets/me/pets/data/test.csv"], closed_port(), tmp_path)
    assert missing["kind"] == "Unavailable"
    assert "cannot load hf://datasets/me/pets/data/test.csv" in missing["error"]


def test_a_dataset_that_cannot_be_fetched_is_refused_in_one_line(server, tmp_path):
    server.is_silent.clear()
    answers = read(
        [
            "hf://datasets/me/none",
            "hf://datasets/me/pets/data/no.csv",
            "hf://datasets/me/pets/weights.bin",
            "hf://me/model",
        ],
        server.url,
        tmp_path,
    )
    for answer, split in zip(
        answers,
        [
            "there is no datasets/me/none on the Hub",
            "no file of captions of this name",
            "no file of captions of this name; it has data/test.csv",
            "a dataset on the Hub is named",
        ],
        strict=True,
    ):
        assert split in answer["error"]
        assert answer["kind"] == "BadInput"


def test_a_hub_that_is_silent_is_given_up(server, tmp_path):
    server.is_silent.set()
    [answer] = read(["hf://datasets/me/pets"], server.url, tmp_path)
    server.is_silent.clear()
    assert answer["kind"] == "Unavailable"
    assert "answer" in answer["error"]


def test_files_of_several_kinds_must_be_named():
    address = parse_dataset("hf://datasets/me/pets")
    with pytest.raises(BadInput, match="several kinds or folders; name one, such as hf://data"):
        choose_files(["en/train.csv", "de/train.csv"], address)
    named = parse_dataset("hf://datasets/me/pets/de")
    assert choose_files(["en/train.csv", "de/train.csv"], named) == ["de/train.csv"]
    with pytest.raises(BadInput, match="has no file of captions: none ends in"):
        choose_files(["README.md", "a.png"], address)


@pytest.mark.parametrize(
    "source", ["hf://datasets/me", "hf://datasets/me/../x", "hf://datasets/me/pets@../x/y"]
)
def test_other_addresses_are_refused(source):
    with pytest.raises(BadInput, match="a dataset on the Hub is named"):
        parse_dataset(source)


def test_splits_are_told_by_names():
    names = ["train.csv", "data/dev-0.csv", "x/test/a.csv", "contrast.csv", "latest.txt"]
    assert [split_of(name) for name in names] == ["train", "validation", "test", "", ""]
    assert split_of("test_data/train.csv") == "train"


def test_a_folder_may_have_a_dot_in_its_name(server, tmp_path):
    server.add("me/dumps", {"2023.en/train.csv": b"text\nA dog runs.\n"}, kind="dataset")
    names = ["2023.en", "2023.en/*"]
    found = read([f"hf://datasets/me/dumps/{name}" for name in names], server.url, tmp_path)
    assert [each.get("texts") for each in found] == [["A dog runs."]] * 2


def test_the_cache_serves_a_whole_dataset_once_all_of_it_is_there(server, tmp_path):
    whole, pattern = "hf://datasets/me/pets", "hf://datasets/me/pets/data/t*n.csv"
    pinned = f"hf://datasets/me/pets@{server.commit}"
    read(["hf://datasets/me/pets/data/train.csv"], server.url, tmp_path)
    [some, missing] = read([pattern, whole], closed_port(), tmp_path)
    assert some["texts"] == ["A dog runs.", "A cat sleeps."]
    assert missing["kind"] == "Unavailable"  # test.csv has never been fetched
    read([whole], server.url, tmp_path)
    for again in read([whole, pinned], closed_port(), tmp_path):
        assert again["texts"] == ["A bird.", "A dog runs.", "A cat sleeps."]
