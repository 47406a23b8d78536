"""Captions read blind: the sheet, the key, the scale and the score."""

import json
import math
import random

import pytest
from tiny import (
    MAX_LENGTH,
    learned_vae,
    make_model,
    saved_weights,
    some_captions,
    write_coco,
    write_lines,
)
from verbs import assert_refused, lines, run, run_warm

from textvae.data.cleaning import clean
from textvae.data.text_modes import TextSettings
from textvae.data.tokenizer import Tokenizer
from textvae.errors import BadInput
from textvae.evaluation.blind import Row, mix, score, write_sheet
from textvae.metrics.definitions import REAL
from textvae.saving import weights_folder
from textvae.saving.bundle import ModelBundle

SOURCES = {
    REAL: [f"real caption {i}" for i in range(300)],
    "a": [f"caption {i} of a" for i in range(40)],
    "b": [f"caption {i} of b" for i in range(50)],
}


def read(path):
    """The columns of a file of numbered lines."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(len(row) == 2 for row in rows)
    return dict(rows)


def test_a_sheet_has_as_many_captions_of_each_source_and_none_twice():
    rows = mix(SOURCES, 40, seed=3)
    for source, captions in SOURCES.items():
        chosen = [row.caption for row in rows if row.source == source]
        assert len(chosen) == len(set(chosen)) == 40
        assert set(chosen) <= set(captions)
    assert len({row.caption for row in mix(SOURCES, 40, 4)} & set(SOURCES[REAL])) == 40
    assert rows == mix(SOURCES, 40, seed=3) != mix(SOURCES, 40, seed=4)


def test_the_order_of_a_sheet_does_not_tell_whose_captions_they_are():
    """How often the next is of another source, over 60 sheets: Wald and Wolfowitz's runs."""
    changes = [
        sum(a.source != b.source for a, b in zip(rows, rows[1:], strict=False))
        for rows in (mix(SOURCES, 40, seed) for seed in range(60))
    ]
    expected = 119 * 80 / 119  # the next is one of 119 others, 80 of them of other sources
    assert sum(changes) / len(changes) == pytest.approx(expected, abs=3)  # s.e. .7


@pytest.mark.parametrize(("sources", "count", "message"), [
    ({"a": ["x"]}, 1, "there are no real captions"),
    ({REAL: ["x"], "a": ["y"] * 9}, 2, "real has 1 captions, and 2 are needed"),
    ({REAL: ["x"] * 9, "a": ["y"]}, 2, "a has 1 captions, and 2 are needed"),
    (SOURCES, 0, "at least 1, got 0"),
])  # fmt: skip
def test_what_cannot_be_mixed_is_refused(sources, count, message):
    with pytest.raises(BadInput, match=message):
        mix(sources, count)


def rated(tmp_path, marks):
    """A folder of a sheet with these marks, by the source of each caption."""
    rows = [Row(source, f"caption {mark}") for source, given in marks.items() for mark in given]
    random.Random(0).shuffle(rows)
    write_sheet(tmp_path, rows)
    key, sheet = read(tmp_path / "key.txt"), read(tmp_path / "sheet.txt")
    assert [Row(key[number], sheet[number]) for number in key] == rows
    ratings = [f"{number}\t{text.split()[1]}" for number, text in sheet.items()]
    write_lines(tmp_path / "ratings.txt", ratings)
    return tmp_path


def test_shares_and_standard_errors_are_those_of_hand_counts(tmp_path):
    found = score(rated(tmp_path, {"b": "2210", "a": "0000000000", REAL: "2222222221"}))
    assert [each.source for each in found] == [REAL, "a", "b"]
    assert [tuple(each) for each in found] == [
        (REAL, 10, 0.9, 0.1, 0.0),
        ("a", 10, 0.0, 0.0, 1.0),
        ("b", 4, 0.5, 0.25, 0.25),
    ]
    assert found[0].standard_error("fine") == pytest.approx(math.sqrt(0.09 / 10))
    assert found[2].standard_error("slip") == pytest.approx(math.sqrt(3 / 64))
    assert found[1].standard_error("nonsense") == 0.0


def test_the_standard_error_is_how_far_chance_moves_a_share(tmp_path):
    rng = random.Random(1)
    shares = [sum(rng.random() < 0.7 for _ in range(80)) / 80 for _ in range(4000)]
    mean = sum(shares) / 4000
    std = math.sqrt(sum((share - mean) ** 2 for share in shares) / 3999)
    [found] = score(rated(tmp_path, {REAL: "2" * 56 + "0" * 24}))
    assert found.standard_error("fine") == pytest.approx(std, rel=0.05)


def test_ratings_in_any_order_and_with_spaces_count(tmp_path):
    folder = rated(tmp_path, {REAL: "21", "a": "20"})
    before = score(folder)
    turned = (folder / "ratings.txt").read_text().splitlines()[::-1]
    text = "\n\n".join(line.replace("\t", "   ") + "  " for line in turned)
    (folder / "ratings.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert score(folder) == before


@pytest.mark.parametrize(("ratings", "message"), [
    (None, "ratings.txt does not exist; rate the captions first, as scale.txt says"),
    (["1\t2"], r"not complete: 3 of 4 captions have no rating \(2, 3, 4\)"),
    (["1\t2", "2\t1", "3\t0", "4\t3"], "caption 4 is rated '3', not 2, 1 or 0"),
    (["1\t2", "2\t1", "3\t0", "4\tfine"], "caption 4 is rated 'fine', not 2, 1 or 0"),
    (["1\t2", "2\t1", "3\t0", "4"], "line 4: expected a number and a rating, got '4'"),
    (["1\t2", "2\t1", "3\t0", "3\t0", "4\t1"], "line 4: caption 3 is rated twice"),
    (["1\t2", "2\t1", "3\t0", "4\t1", "5\t1"], "rates caption '5', which is not on the sheet"),
])  # fmt: skip
def test_ratings_that_do_not_fit_the_sheet_are_refused(tmp_path, ratings, message):
    folder = rated(tmp_path, {REAL: "21", "a": "20"})
    (folder / "ratings.txt").unlink()
    if ratings:
        write_lines(folder / "ratings.txt", ratings)
    with pytest.raises(BadInput, match=message):
        score(folder)


# The command


@pytest.fixture
def made(tmp_path):
    """A sheet of people's captions, a model's and a file's; the folder and what was said."""
    captions = write_coco(
        tmp_path / "captions.json", [f"{t.upper()}!" for t in some_captions(60)]
    )
    others = write_lines(
        tmp_path / "others.txt", [f"An Other Dog, number {i}." for i in range(30)]
    )
    said = run_warm(
        "blind", tmp_path / "sheet", "--captions", captions, "--weights", saved_weights(),
        "--samples", f"others={others}", "--count", 20, "--temperature", 0.9, "--seed", 5,
    )  # fmt: skip
    return tmp_path / "sheet", said


def test_the_command_mixes_people_models_and_files(made):
    folder, said = made
    assert lines(said) == [str(folder / "sheet.txt")]
    assert "60 captions of 3 sources" in said.err
    key, sheet = read(folder / "key.txt"), read(folder / "sheet.txt")
    by_source = {
        source: [sheet[number] for number in key if key[number] == source]
        for source in (REAL, "tiny", "others")
    }
    assert {len(captions) for captions in by_source.values()} == {20}
    assert set(by_source[REAL]) <= set(some_captions(60))  # cleaned as the model's are
    expected = learned_vae().generate(20, temperature=0.9, seed=5)
    assert sorted(by_source["tiny"]) == sorted(expected)
    assert all(caption.startswith("an other dog number") for caption in by_source["others"])
    shown = (folder / "sheet.txt").read_text() + (folder / "scale.txt").read_text()
    assert not [name for name in ("tiny", "others") if name in shown]


def test_the_command_scores_what_was_rated(made):
    folder, _ = made
    key = read(folder / "key.txt")
    mark = {REAL: "2", "tiny": "1", "others": "0"}
    write_lines(folder / "ratings.txt", [f"{n}\t{mark[source]}" for n, source in key.items()])
    said = run("blind", folder, "--score")
    assert lines(said) == [
        "source\tfine\tslip\tnonsense\tcaptions",
        "real\t1.000 ± 0.000\t0.000 ± 0.000\t0.000 ± 0.000\t20",
        "others\t0.000 ± 0.000\t0.000 ± 0.000\t1.000 ± 0.000\t20",
        "tiny\t0.000 ± 0.000\t1.000 ± 0.000\t0.000 ± 0.000\t20",
    ]
    assert not said.err
    write_lines(folder / "ratings.txt", [f"{n}\t{n == '1' and 2 or 1}" for n in key])
    said = run("blind", folder, "--score", "--json")
    assert "of the real captions were rated fine: this reader was stricter" in said.err
    found = json.loads(said.out)
    assert [each["source"] for each in found] == [REAL, "others", "tiny"]
    assert sum(each["fine"] for each in found) == pytest.approx(1 / 20)
    fine = max(each["fine_standard_error"] for each in found)
    assert fine == pytest.approx(math.sqrt(0.05 * 0.95 / 20))


def test_the_path_of_a_sheet_can_be_had_as_json(tmp_path):
    captions = write_lines(tmp_path / "people.txt", some_captions(30))
    words = tmp_path / "sheet", "--captions", captions, "--weights", saved_weights()
    said = run_warm("blind", *words, "--count", 2, "--json")
    assert json.loads(said.out) == str(tmp_path / "sheet" / "sheet.txt"), said.err


def test_a_sheet_is_never_written_over(made, tmp_path):
    folder, _ = made
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == {"sheet.txt", "key.txt", "scale.txt"}
    said = run_warm("-q", "blind", folder, "--captions", tmp_path / "captions.json",
                    "--weights", saved_weights(), "--count", 5)  # fmt: skip
    assert_refused(said, r"already has a sheet\.txt; name another folder")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "--captions is missing: name captions that people wrote, or score ratings"),
    (["--score"], r"key\.txt does not exist; make the sheet first"),
    (["--captions", "c.txt", "--samples", "x"], "--samples takes NAME=FILE, got 'x'"),
    (["--captions", "c.txt", "--count", "0"], "number of captions must be .* got 0"),
    (["--captions", "c.txt", "--count", "7"], "real has 3 captions, and 7 are needed"),
    (["--captions", "c.txt", "--samples", "real=c.txt"], "name, got real, tiny, real"),
])  # fmt: skip
def test_the_command_refuses_what_it_cannot_do(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "c.txt", some_captions(3))
    said = run_warm("-q", "blind", "sheet", "--weights", saved_weights(), *arguments)
    assert_refused(said, message)
    assert not (tmp_path / "sheet").exists()


def test_models_that_write_marks_are_not_told_by_them(tmp_path):
    tokenizer = Tokenizer(["Dog,", "Cats!"], mode="tokens")
    model, text = make_model(vocab_size=len(tokenizer)), TextSettings(MAX_LENGTH, mode="tokens")
    bundle = ModelBundle("marked", model, tokenizer, text, None, {"history": []})
    weights_folder.save(bundle, tmp_path / "marked")
    captions = write_lines(tmp_path / "c.txt", some_captions(20))
    said = run_warm("blind", tmp_path / "sheet", "--captions", captions, "--count", 5,
                    "--weights", saved_weights(), tmp_path / "marked")  # fmt: skip
    assert said.status == 0, said.err
    sheet = read(tmp_path / "sheet" / "sheet.txt").values()
    assert [text for text in sheet if text != clean(text)] == []


def test_samples_may_come_from_standard_input(tmp_path):
    captions = write_lines(tmp_path / "c.txt", some_captions(9))
    typed = "".join(f"another dog {word}\n" for word in "abcdefgh").encode()
    said = run_warm("blind", tmp_path / "sheet", "--captions", captions, "--count", 4,
                    "--weights", saved_weights(), "--samples", "other=-",
                    stdin=typed)  # fmt: skip
    assert said.status == 0, said.err
    assert "12 captions of 3 sources" in said.err


def test_a_file_in_place_of_the_folder_is_refused_before_a_model_is_loaded(
    tmp_path, monkeypatch
):
    captions = write_lines(tmp_path / "c.txt", some_captions(3))
    (tmp_path / "sheet").touch()
    monkeypatch.setattr("textvae.cli.verbs.blind.load_several", None)
    said = run("blind", tmp_path / "sheet", "--captions", captions)
    assert_refused(said, "sheet is a file; name a folder for the sheet")
