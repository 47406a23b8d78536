"""The same seed gives the same captions, whatever processor rounds as it does."""

import json
import subprocess

import pytest
from forked import run_forked
from tiny import random_vae, saved_weights

import textvae
from benchmarks import seed_agreement
from benchmarks.seed_agreement import WAYS, Way, share_alike

COUNT = 250  # the benchmark takes two thousand, which take minutes
DRAWING = {"seed": 0, "temperature": 0.7}


def test_captions_that_ship_agree_where_arithmetic_differs_most():
    """Here with oneDNN on all threads, and without it on one in a process of its own."""
    vae, settings = textvae.load("coco"), {"weights": "coco", "count": COUNT, **DRAWING}
    there = seed_agreement.captions_of(WAYS[-1], settings)
    assert there.keys() == {"scene", "standard"}
    for prior, captions in there.items():
        here = vae.generate(COUNT, prior=prior, **DRAWING)
        assert share_alike([here, captions]) >= 1 - 1 / COUNT  # one may differ


def forked(command, env, **options):
    """`subprocess.run` of Python code in a fork of a process that has imported TensorFlow."""
    _, _, code, *arguments = command
    done = run_forked(code=code, arguments=arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done


def test_a_way_writes_what_generate_gives(monkeypatch):
    monkeypatch.setattr(subprocess, "run", forked)
    vae, sizes = random_vae(), (1, 7, 60, 300)
    vae.save(folder := saved_weights().parent / "agreeing")
    settings = {"weights": str(folder), "count": 90, "seed": 3, "temperature": 1.0}
    found = seed_agreement.captions_of(Way(True, 1, sizes), settings)
    loaded = textvae.load(str(folder))
    for prior, captions in found.items():
        assert captions == loaded.generate(90, seed=3, temperature=1.0, prior=prior)


def test_a_caption_agrees_if_all_ways_write_it_alike():
    sets = [["a", "b", "c", "d"], ["a", "b", "x", "d"], ["a", "y", "c", "d"]]
    assert share_alike(sets) == 2 / 4
    assert share_alike(sets[:1]) == 1.0
    with pytest.raises(ValueError, match="zip"):
        share_alike([["a"], ["a", "b"]])


def test_the_command_compares_each_way_with_the_first_and_all_with_each_other(
    monkeypatch, capsys
):
    given = iter([["a", "b", "c"], ["a", "b", "x"], ["a", "y", "c"], ["a", "b", "c"]])
    seen = []

    def run(command, env, **options):
        seen.append((env["TF_ENABLE_ONEDNN_OPTS"], json.loads(command[-1])))
        out = json.dumps({"scene": next(given)})
        return subprocess.CompletedProcess(command, 0, stdout=out)

    monkeypatch.setattr(subprocess, "run", run)
    seed_agreement.main(["--count", "3", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["seed_agreement"] == {"scene": 1 / 3}
    assert [each["scene"] for each in found["with_the_first"].values()] == [2 / 3, 2 / 3, 1.0]
    assert {(onednn, asked["threads"]) for onednn, asked in seen} == {
        (onednn, threads) for onednn in "01" for threads in (1, 2)
    }
    assert seen[-1][1]["at_once"] == [1, 7, 60, 300]
