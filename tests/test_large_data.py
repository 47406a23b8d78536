"""Captions that are too many to hold: what holds for few of them must hold for many.

Windows and blocks are made small here, so that hundreds of captions are too many.
"""

import itertools
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from runs import recipe_with
from tiny import write_lines
from verbs import start

from textvae.data import block_files, shuffling, splitting, stored_captions, token_rows
from textvae.data import tokenizer as tokenizers
from textvae.data.batching import CaptionBatches
from textvae.data.block_files import BlockFile, BlockWriter
from textvae.data.caption_set import Caption, Captions
from textvae.data.captions import load_captions
from textvae.data.pairing import Pairing
from textvae.data.splitting import split_by_group
from textvae.data.stored_captions import StoredCaptions, gather
from textvae.data.token_cache import write_tokens
from textvae.data.tokenizer import Tokenizer
from textvae.data.training_set_filter import BloomFilter
from textvae.errors import BadInput
from textvae.runtime.scratch import PREFIX, ScratchFolder
from textvae.training.preparation import prepare_data, read_splits
from textvae.training.reading import remove_cache

RNG = np.random.default_rng(0)
WORDS = [a + b for a in "bdfgklmnp" for b in ("a", "e", "i", "o", "u")]
# Each has a word of its own; three of a group, which are far apart in the file.
NUM = 600
TEXTS = [
    f"x{''.join(chr(97 + int(d)) for d in str(n))} {' '.join(RNG.choice(WORDS, n % 9 + 1))}"
    for n in range(NUM)
]
CAPTIONS = [Caption(f"g{n % (NUM // 3)}", text, "ab"[n % 2]) for n, text in enumerate(TEXTS)]
TOKENIZER = Tokenizer.fit(TEXTS, min_count=1)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A window holds 100 captions, a block about 16."""
    for module in (shuffling, stored_captions):
        monkeypatch.setattr(module, "WINDOW", 100)
    for module in (token_rows, stored_captions):
        monkeypatch.setattr(module, "BLOCK", 16)


@pytest.fixture
def stored(tmp_path):
    return gather(CAPTIONS, tmp_path / "cache" / "captions.tfrecord", 3, ["mine"])


@pytest.fixture
def rows(stored, tmp_path):
    return write_tokens(stored, TOKENIZER, tmp_path / "tokens.tfrecord", ["mine"])


def content(batches, epoch=0, skip=0):
    """The batches as lists of rows, or of pairs of rows, without padding."""

    def plain(array):
        if array.ndim == 1:
            return [int(token) for token in array if token]
        return [plain(each) for each in array]

    return [plain(each) for each in batches.dataset(epoch, skip).as_numpy_iterator()]


def test_captions_are_kept_group_by_group_in_an_order_that_their_files_do_not_change(stored):
    assert isinstance(stored, StoredCaptions)
    assert len(stored) == NUM
    assert sorted(stored) == sorted(CAPTIONS)
    groups = [group for group, _ in itertools.groupby(each.group for each in stored)]
    assert len(groups) == NUM // 3
    again = gather(CAPTIONS[::-1], None, 3)
    assert [each.group for each in again] == [each.group for each in stored]
    assert [each.group for each in gather(CAPTIONS, None, 4)] != [each.group for each in stored]
    assert stored[:7] == tuple(stored)[:7]
    assert stored[NUM - 1] == tuple(stored)[-1]
    assert gather(CAPTIONS[:100], None, 3) == tuple(CAPTIONS[:100])  # few are held as they are
    lines = [Caption(f"text:{text}", text) for text in TEXTS]
    assert sorted(gather(lines, None, 3)) == sorted(lines)


def test_captions_are_split_and_filtered_on_disk_as_in_memory(stored):
    whole = Captions(stored, NUM, {})
    train, validation = split_by_group(whole, 0.1, seed=0)
    assert len(validation) == 60  # 20 groups of 200
    held_out = {each.group for each in validation.captions}
    assert not held_out & {each.group for each in train.captions}
    assert sorted([*train.captions, *validation.captions]) == sorted(CAPTIONS)
    short = splitting.no_longer_than(train, 4, lambda text: len(text.split()))
    assert list(short.captions) == [c for c in train.captions if len(c.text.split()) <= 4]
    assert short.dropped == {"longer than 4 words": len(train) - len(short)}
    assert short.captions.identity != train.captions.identity
    assert list(short.captions.part(5, 90)) == list(short.captions)[5:90]
    assert list(short.each_text()) == [caption.text for caption in short.captions]
    marked = [c._replace(split=["train", "", "test"][n % 3]) for n, c in enumerate(CAPTIONS)]
    with_splits = Captions(gather(marked, None, 3), NUM, {})
    assert (whole.splits, with_splits.splits) == (frozenset(), {"train", "test"})
    assert splitting.training_split(with_splits).splits == {"train"}


def test_groups_on_disk_are_held_out_by_their_lines_unless_they_are_lines():
    groups = ["g0" if n % 3 == 0 else f"g{n % 100}" for n in range(NUM)]
    uneven = list(map(Caption, groups, TEXTS))
    first = min(range(50), key=lambda seed: stored_captions._key("g0", seed))
    for seed in (first, first + 1):  # the large group comes first, and somewhere
        stored = gather(uneven, None, seed)
        train, validation = split_by_group(Captions(stored, NUM, {}), 0.1, 0)
        assert len(validation) == 60
        assert "g0" not in {each.group for each in validation.captions}
        assert sorted([*train.captions, *validation.captions]) == sorted(uneven)
    lines = [Caption(f"text:{text}", text) for text in TEXTS + TEXTS[:1] * 200]
    stored = gather(lines, None, 3)
    validation = split_by_group(Captions(stored, len(lines), {}), 0.1, 0)[1]
    held_out, groups = (
        list(dict.fromkeys(each.group for each in some))
        for some in (validation.captions, stored)
    )
    assert held_out == groups[:60]


def test_a_file_that_was_cut_short_changed_or_written_otherwise_is_not_used(stored, caplog):
    path = stored.file.path
    index = path.with_suffix(".json")
    assert list(StoredCaptions(BlockFile.find(path, ["mine"]))) == list(stored)
    data, text = path.read_bytes(), index.read_text(encoding="utf-8")
    version = f'"version": "{block_files.__version__}"'
    assert version in text
    for broken, written, why in (
        (data[:-9], text, "was cut short or changed"),
        (data[:99] + b"?" + data[100:], text, "was cut short or changed"),
        (data, text.replace(version, '"version": "0.0.1"'), "is of another version or damaged"),
        (data, text[:50], "is of another version or damaged"),
        (data, text.replace("mine", "yours"), "is of other captions or settings"),
    ):
        path.write_bytes(broken)
        index.write_text(written, encoding="utf-8")
        caplog.clear()
        assert BlockFile.find(path, ["mine"]) is None
        assert caplog.messages == [f"the cache {path} {why}; rebuilding it"]
    assert list(gather(CAPTIONS, path, 3, ["mine"])) == list(stored)


KILLED = """
import os, signal, sys
from pathlib import Path
from textvae.data import stored_captions
from textvae.data.caption_set import Caption

stored_captions.WINDOW = stored_captions.AT_ONCE = 10
where, last = Path(sys.argv[1]), int(sys.argv[2])

def read():
    for number in range(100):
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)
        yield Caption("g", "a dog" * number)

def killed(captions):
    os.kill(os.getpid(), signal.SIGKILL)

stored_captions._features = killed
stored_captions.gather(read(), where / "captions.tfrecord", 0)
"""


@pytest.mark.parametrize("last", [90, 100])  # as captions are sorted, and as they are written
def test_what_a_run_leaves_that_is_killed_is_removed_by_the_next(last, tmp_path):
    path = tmp_path / "captions.tfrecord"
    process = start(tmp_path, last, program=(sys.executable, "-c", KILLED))
    assert process.wait() == -signal.SIGKILL
    assert any(tmp_path.rglob(f"{PREFIX}*/*"))
    with ScratchFolder(tmp_path) as another, ScratchFolder(tmp_path):
        assert list(tmp_path.iterdir()).count(another.path) == 1  # it is somebody's
    gather(CAPTIONS, path, 3)
    assert sorted(tmp_path.iterdir()) == [path.with_suffix(".json"), path]


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "cache" / "captions.tfrecord"

    class FullDisk(ScratchFolder):
        def __init__(self, parent):
            super().__init__(parent)
            (self.path / path.name).symlink_to("/dev/full")

    monkeypatch.setattr(block_files, "ScratchFolder", FullDisk)
    texts = {"text": [b"a dog" * 9999]}

    def write():
        with BlockWriter(path, None) as writer:
            for _ in range(100):
                writer.write(texts, 1)
            writer.finish()

    with pytest.raises(OSError, match="No space left on device") as caught:
        write()
    assert caught.value.filename == str(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("settings", [{}, {"fragments": 0.3}, {"pairing": 0.3}])
def test_what_fits_a_window_gives_the_same_batches_from_disk_and_memory(
    rows, monkeypatch, settings
):
    monkeypatch.setattr(shuffling, "WINDOW", NUM)
    held, on_disk = dict(settings), dict(settings)
    if "pairing" in settings:
        groups = rows.groups(range(len(rows.sizes)))
        held["pairing"] = Pairing(groups, 0, 0.1, 0.3)
        on_disk["pairing"] = Pairing([], 0, 0.1, 0.3)
    first = CaptionBatches(list(rows), 32, 3, **held)
    second = CaptionBatches(rows, 32, 3, **on_disk)
    assert content(first, 1) == content(second, 1)
    assert first.tokens_of(1) == second.tokens_of(1)
    assert first.num_tokens == second.num_tokens
    assert first.counts(len(TOKENIZER)).tolist() == second.counts(len(TOKENIZER)).tolist()
    assert rows[17] == list(rows)[17]


def test_of_more_than_a_window_every_caption_comes_once_an_epoch_in_a_planned_order(rows):
    batches = CaptionBatches(rows, 32, 3)
    of_epochs = [content(batches, epoch) for epoch in (0, 1)]
    for found in of_epochs:
        assert [len(batch) for batch in found] == [32] * 18 + [24]
        assert sorted(itertools.chain(*found)) == sorted(rows)
    assert of_epochs[0] != of_epochs[1]
    again = CaptionBatches(rows, 32, 3)  # as a resumed run makes it
    for skip in (1, 4, 18):  # in a window, across windows, and the last
        assert content(again, 1, skip) == of_epochs[1][skip:]
    by_hand = [sum(len(row) - 1 for row in batch) for batch in of_epochs[1]]
    assert batches.tokens_of(1) == by_hand
    plan = [[list(rows)[i] for i in batch] for batch in batches.plan(1)]
    assert plan == of_epochs[1]
    place = {tuple(row): n for n, row in enumerate(rows)}
    places = [place[tuple(row)] for row in itertools.chain(*of_epochs[1])]
    assert np.abs(np.diff(places[:90])).mean() > 60  # blocks from everywhere, and shuffled


def test_of_more_than_a_window_pairs_are_of_one_group(rows):
    batches = CaptionBatches(rows, 32, 3, pairing=Pairing([], 3))
    lists, groups = list(rows), rows.groups(range(len(rows.sizes))).tolist()
    group_of = {tuple(row): group for row, group in zip(lists, groups, strict=True)}
    pairs = list(itertools.chain(*content(batches)))
    assert sorted(written for _, written in pairs) == sorted(lists)
    for read, written in pairs:
        assert read != written
        assert group_of[tuple(read)] == group_of[tuple(written)]


def test_counting_forgets_rare_words_alone(monkeypatch):
    monkeypatch.setattr(tokenizers, "MAX_COUNTED", 300)
    rare = [f"rare{n}" for n in range(5000)]
    texts = [f"the dog {word}" for word in rare] + ["a cat"] * 40
    order = np.random.default_rng(0).permutation(len(texts)).tolist()
    found = Tokenizer.fit([texts[i] for i in order], min_count=5).words[4:]
    assert sorted(found) == ["a", "cat", "dog", "the"]


def test_a_filter_of_many_captions_finds_them_and_counts_those_that_differ():
    found = BloomFilter.of_many(iter(TEXTS * 2), 2 * NUM)
    assert all(found.contains(TEXTS))
    assert found.num_captions == NUM
    others = [f"{text} no" for text in TEXTS] * 5
    assert sum(found.contains(others)) <= 2


def test_files_that_tensorflow_reads_are_read_as_others_are():
    import tensorflow as tf

    for name, text in (("a.txt", "A dog.\nTwo cats.\n"), ("b.txt", "A bird.\n")):
        with tf.io.gfile.GFile(f"ram://pets/{name}", "w") as file:
            file.write(text)
    for files in (
        ["ram://pets/*.txt"],
        ["ram://pets"],
        ["ram://pets/a.txt", "ram://pets/b.txt"],
    ):
        assert load_captions(files).texts == ["a dog", "two cats", "a bird"]
    for address, message in (
        ("ram://pets/c.txt", "ram://pets/c.txt does not exist"),
        ("ram://pets/c*.txt", "no file matches ram://pets/c"),
        ("nowhere://pets/a.txt", "TensorFlow knows no files of this kind"),
        ("ram://pets/a.parquet", "download it first"),
    ):
        with pytest.raises(BadInput, match=message.replace("*", ".")):
            load_captions([address])


def test_a_run_finds_the_lines_and_the_tokens_of_the_run_before(tmp_path, caplog, monkeypatch):
    caplog.set_level("INFO", "textvae")
    lines = write_lines(tmp_path / "lines.txt", [*TEXTS, *TEXTS[:50], ""])
    data = {"captions": [str(lines)], "min_count": 1, "validation_share": 0.1}
    recipe, folder = recipe_with(data=data), tmp_path / "cache"

    def prepared():
        caplog.clear()
        found = prepare_data(recipe, read_splits(recipe, folder), None)
        return found, caplog.text

    first, text = prepared()
    assert "storing them in" in text
    assert f"{NUM + 50 - 65 + 65:,}" in text.replace(",", "")
    assert Counter(first.splits.train.each_text()) + Counter(
        first.splits.validation.each_text()
    ) == Counter([*TEXTS, *TEXTS[:50]])
    assert len(first.splits.validation.captions) == pytest.approx(65, abs=12)
    monkeypatch.setattr(stored_captions, "_store", None)  # what is found is not made again
    second, text = prepared()
    assert "using the lines stored in" in text
    assert "tokenising" not in text
    assert list(second.batches.rows) == list(first.batches.rows)
    decoded = [first.tokenizer.decode(row) for row in first.batches.rows]
    assert decoded == list(first.splits.train.each_text())
    assert sorted(each.name for each in Path(folder).iterdir()) == [
        "captions.json",
        "captions.tfrecord",
        "training-tokens.json",
        "training-tokens.tfrecord",
    ]
    (folder / "notes.txt").write_text("somebody's")
    remove_cache(folder)
    assert [each.name for each in folder.iterdir()] == ["notes.txt"]


def test_what_is_no_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / f"{PREFIX}pipe")
    made = []
    thread = threading.Thread(target=lambda: made.append(ScratchFolder(tmp_path)), daemon=True)
    thread.start()
    thread.join(5.0)
    assert made
    made[0].remove()
    assert [each.name for each in tmp_path.iterdir()] == [f"{PREFIX}pipe"]


def test_a_folder_elsewhere_is_read_without_what_holds_no_captions():
    import tensorflow as tf

    for name in ("a.txt", "README.txt", ".b.txt", "c.png"):
        with tf.io.gfile.GFile(f"ram://mixed/{name}", "w") as file:
            file.write("A dog.\n" if name == "a.txt" else "Something else.\n")
    assert load_captions(["ram://mixed"]).texts == ["a dog"]
