import dataclasses
import functools
import hashlib
import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from runs import unbroken
from tiny import learned_vae, saved_weights, session_folder, some_captions

from textvae.data.caption_set import Caption, Captions
from textvae.data.training_set_filter import BloomFilter, TrainingSetFilter
from textvae.errors import BadInput
from textvae.pipeline import Pipeline
from textvae.saving import manifest, weights_folder
from textvae.saving.manifest import TRAINING_SET_FILTER
from textvae.saving.variables import array_bytes

WORDS = [f"word{i}" for i in range(60)]
TRAINED = [" ".join(words) for words in itertools.product(WORDS, WORDS)]  # 3,600
NEVER = [f"an invented caption number {i}" for i in range(300_000)]


@pytest.mark.parametrize(("rate", "count"), [(1e-4, 300_000), (1e-2, 20_000), (0.3, 2_000)])
def test_every_caption_is_found_and_others_at_the_stated_rate(rate, count):
    found = BloomFilter.of(TRAINED, rate)
    assert all(found.contains(TRAINED))
    wrong = sum(found.contains(NEVER[:count]))
    std = (count * rate * (1 - rate)) ** 0.5
    assert abs(wrong - count * rate) < 4 * std  # of a binomial
    assert found.fill**found.num_hashes == pytest.approx(rate, rel=0.15)


def test_cocos_captions_fit_into_less_than_400_kb():
    made = (f"a caption of coco, {i}" for i in range(130_000))
    assert BloomFilter.of(made).bits.nbytes < 400_000


def test_a_caption_sets_the_bits_that_its_digest_says():
    found = BloomFilter.of(["a dog", "a dog"], 1e-3)
    digest = hashlib.blake2b(b"a dog").digest()
    numbers = [int.from_bytes(digest[4 * i : 4 * i + 4], "little") for i in range(10)]
    expected = {number % found.num_bits for number in numbers}
    bits = "".join(f"{byte:08b}" for byte in found.bits.tolist())
    assert {i for i, bit in enumerate(bits) if bit == "1"} == expected
    assert (found.num_captions, found.num_hashes) == (1, 10)


def test_the_bits_are_the_same_in_every_process_and_order():
    program = (
        "from textvae.data.training_set_filter import BloomFilter;"
        "print(BloomFilter.of([f'a {i} b' for i in range(999)]).bits.tobytes().hex())"
    )
    here = BloomFilter.of([f"a {i} b" for i in range(998, -1, -1)]).bits.tobytes().hex()
    for seed in ("1", "2"):
        out = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        )
        assert out.stdout.strip() == here


def test_a_model_that_started_from_another_knows_its_captions_too():
    known = TrainingSetFilter.of(["a cat"], before=TrainingSetFilter.of(["a dog", "a cow"]))
    assert known.contains(["a dog", "a cat", "a bird"]) == [True, True, False]
    assert known.contains([]) == []
    assert known.facts() == {"captions": 1, "false_positive_rate": pytest.approx(2e-4)}


# In the weights folder


def test_a_run_remembers_its_training_captions_and_no_others():
    folder, _ = unbroken()
    counts = json.loads((folder / "report.json").read_text())["data"]
    known = weights_folder.load(folder).training_set_filter
    assert known.num_captions == counts["train"]["captions"]
    num_others = len(some_captions(130)) - sum(known.contains(some_captions(130)))
    assert num_others == counts["validation"]["captions"]
    assert (
        f"of the {known.num_captions} distinct training" in (folder / "README.md").read_text()
    )


@functools.cache
def remembered():
    known = TrainingSetFilter.of(["a dog runs", "a cat sits"])
    folder = session_folder() / "remembered"
    bundle = dataclasses.replace(learned_vae().bundle, training_set_filter=known)
    weights_folder.save(bundle, folder)
    return folder


def remembering(tmp_path):
    """Weights that remember two captions, to break."""
    return Path(shutil.copytree(remembered(), tmp_path / "weights"))


def test_the_filter_travels_with_the_weights(tmp_path):
    folder = remembering(tmp_path)
    vae = Pipeline.from_folder(folder)
    assert vae.in_training_set(["A cat, sits!", "a cat runs"]) == [True, False]
    assert TRAINING_SET_FILTER in manifest.read(folder / manifest.NAME)
    assert b"cat" not in (folder / TRAINING_SET_FILTER).read_bytes()
    assert Pipeline.from_folder(saved_weights()).in_training_set(["a cat sits"]) is None


def test_a_filter_that_the_manifest_does_not_list_is_of_another_model(tmp_path):
    folder = remembering(tmp_path)
    weights_folder.save(learned_vae().bundle, folder)  # which has none
    assert weights_folder.load(folder).training_set_filter is None
    (folder / manifest.NAME).unlink()
    assert weights_folder.load(folder).training_set_filter is not None


def change(arrays=None, sizes=None, **fields):
    """A filter's file with something else in it."""
    before, metadata = TrainingSetFilter.of(["a dog runs", "a cat sits"]).arrays()
    if fields:
        sizes = [{**json.loads(metadata["filters"])[0], **fields}]
    text = metadata["filters"] if sizes is None else json.dumps(sizes)
    return array_bytes(before if arrays is None else arrays, {"filters": text})


@pytest.mark.parametrize("data", [
    b"", b"\x80" * 99, array_bytes({"bits.0": np.zeros(5, np.uint8)}),
    change(sizes=[]), change(sizes=[3]), change(sizes={"a": 1}), change(extra=1),
    change(num_bits=True), change(num_bits=10**9), change(num_bits="39"), change(num_bits=0),
    change(num_hashes=0), change(num_hashes=17), change(num_captions=None),
    change(rate=0.0), change(rate=1), change(rate=0.5), change(rate=float("nan")),
    change(arrays={}), change(arrays={"bits.0": np.zeros(5), "bits.1": np.zeros(5)}),
    change(arrays={"bits.0": np.full(5, 255, np.uint8)}),  # takes everything for a copy
    change(arrays={"bits.0": np.zeros((1, 5), np.uint8)}),
])  # fmt: skip
def test_a_damaged_filter_is_refused_in_one_line(tmp_path, data):
    folder = remembering(tmp_path)
    (folder / TRAINING_SET_FILTER).write_bytes(data)
    with pytest.raises(
        BadInput, match=rf"{TRAINING_SET_FILTER} is (not the filter|truncated)"
    ) as caught:
        weights_folder.load(folder)
    assert "\n" not in str(caught.value)


def test_a_filter_of_another_model_is_noticed(tmp_path):
    folder = remembering(tmp_path)
    (folder / TRAINING_SET_FILTER).write_bytes(
        array_bytes(*TrainingSetFilter.of(some_captions(9)).arrays())
    )
    with pytest.raises(
        BadInput, match=f"{TRAINING_SET_FILTER} differs from what manifest.json"
    ):
        weights_folder.load(folder)


def test_a_rate_that_no_digest_has_numbers_for_is_refused():
    for rate in (1e-6, 0.9):
        with pytest.raises(BadInput, match=f"got {rate}"):
            BloomFilter.of(["a dog"], rate)


def test_a_filter_that_would_be_too_large_to_read_is_left_out(monkeypatch, caplog):
    module = sys.modules["textvae.training.train"]
    lines = Captions((Caption("1", "a dog"),), 1, {})
    assert module._filter_of(lines, None).contains(["a dog"]) == [True]
    monkeypatch.setattr(module, "MAX_FILTER_BYTES", 0)
    assert module._filter_of(lines, None) is None
    assert "no filter of the training lines" in caplog.text


def test_the_same_captions_are_remembered_once():
    first = TrainingSetFilter.of(["a dog", "a cow"])
    again = TrainingSetFilter.of(["a cow", "a dog"], before=first)
    assert (len(again.filters), again.rate) == (1, 1e-4)
