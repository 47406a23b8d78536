"""Looking at captions files before training, against counts made by hand."""

import json

import pytest
from captions_files import write
from runs import recipe_with
from tiny import write_lines
from verbs import assert_refused, lines, run

from textvae.config.recipe import find_recipe
from textvae.data import stored_captions
from textvae.errors import BadInput
from textvae.training.inspection import inspect
from textvae.training.preparation import read_splits

ROWS = [
    f"{n},{word} Dog number {n} runs!,{'ab'[n % 2]}" for n, word in enumerate(["The", "A"] * 40)
]


@pytest.fixture
def table(tmp_path):
    return write(tmp_path / "a.csv", "\n".join(["id,text,mood", *ROWS, *ROWS[:5], "99,!!!,a"]))


def test_what_a_file_holds_is_counted(table):
    said = run("inspect", table, "--label-column", "mood", "--text", "caption", "--json")
    found = json.loads(said.out)
    assert found["files"] == [
        f"{table}: a table separated by ',' with a header; captions in 'text', labels in 'mood'"
    ]
    assert (found["read"], found["kept"], found["different"]) == (86, 85, 2)
    assert found["dropped"] == {"without words after cleaning": 1}
    assert found["examples"][0] == {
        "raw": "The Dog number 0 runs!",
        "text": "the dog number runs",
        "dropped": "",
    }
    assert len(found["examples"]) == 5
    assert found["labels"] == {"a": 43, "b": 42}
    assert found["lengths"] == {"median": 4, "99%": 4, "longest": 4}
    assert found["vocabulary"] == 4 + 5  # the dog number runs a


def test_a_line_that_is_too_long_is_neither_kept_nor_counted_as_different(tmp_path):
    texts = ["a dog", "a cat"] * 80 + ["a very" + " long" * 30]
    file = write(tmp_path / "a.txt", "\n".join(texts))
    found = json.loads(run("inspect", file, "--text", "caption", "--json").out)
    assert found["dropped"] == {"longer than 20 words": 1}
    counts = [found[name] for name in ("read", "kept", "different", "groups")]
    assert counts == [161, 160, 2, 2]


def test_plain_text_keeps_everything(table):
    found = json.loads(run("inspect", table, "--json").out)
    assert (found["read"], found["kept"], found["different"]) == (86, 86, 81)
    assert found["examples"][0]["text"] == "The Dog number 0 runs!"
    assert found["unknown"] < 0.1


def test_lines_for_people_name_the_setting_that_keeps_what_is_dropped(table):
    said = run("inspect", table, "--text", "caption")
    assert (
        "1 dropped: without words after cleaning (--text plain keeps digits and marks)"
        in lines(said)
    )
    assert "different lines: 2; the others are duplicates" in lines(said)
    assert said.err == ""


def test_the_kind_of_file_and_five_lines_are_the_first_that_a_training_says(table, caplog):
    caplog.set_level("INFO")
    read_splits(recipe_with(data={"captions": [str(table)], "text": "plain"}))
    first, raw, text = [record.getMessage() for record in caplog.records][:3]
    assert first.startswith(f"{table}: a table separated by ','")
    assert (raw, text) == ("  The Dog number 0 runs!", "    -> The Dog number 0 runs!")


def test_what_repeats_most_has_no_label_or_is_changed_by_cleaning_is_said(tmp_path):
    """Such as the NA that R writes for a missing cell."""
    rows = [f"A man's dog {n},{'ab'[n % 2]}" for n in range(50)] + ["NA,"] * 30
    file = write(tmp_path / "a.csv", "\n".join(["text,mood", *rows]))
    said = lines(run("inspect", file, "--label-column", "mood"))
    assert "lines read: 80, kept: 80, in the text mode plain" in said
    assert "different lines: 51; the others are duplicates" in said
    assert "most frequent line, 30 times: NA" in said
    assert "lines without a label: 30" in said
    assert not any("cleaning changes" in line for line in said)
    said = lines(run("inspect", file, "--text", "caption"))
    [changed] = [line for line in said if "cleaning changes" in line]
    assert changed.startswith("62.5% of the lines")
    assert changed.endswith("--text plain keeps them")


@pytest.mark.parametrize(
    ("count", "different", "expect"),
    [(60, 45, "few: the model memorises"), (130, 30, "few: the model memorises"),
     (49, 49, "too few to train on: 50 different lines are enough"),
     (130, 22, "too few to train on: 50 different lines are enough")],
)  # fmt: skip
def test_equal_lines_are_too_few_where_a_training_refuses_them(
    tmp_path, caplog, count, different, expect
):
    caplog.set_level("INFO", "textvae")
    texts = [f"Dog number {chr(0x4E00 + n % different)} runs" for n in range(count)]
    file = write_lines(tmp_path / "a.txt", texts)
    recipe = find_recipe("lines").with_settings([f'data.captions=["{file}"]'])
    found = inspect(recipe)
    assert (found.kept, found.different) == (count, different)
    assert found.expect.startswith(expect)
    if expect.startswith("few"):
        read_splits(recipe)
        assert f"what to expect from this many lines: {expect}" in caplog.text
    else:
        with pytest.raises(BadInput, match="too few|only 1. distinct"):
            read_splits(recipe)


def test_lines_longer_than_any_model_reads_are_dropped_with_advice(tmp_path):
    file = write_lines(tmp_path / "a.txt", ["a dog", "dog " * 3000])
    dropped = "1 dropped: with more than 10,000 characters (no model reads longer ones; "
    assert any(line.startswith(dropped) for line in lines(run("inspect", file)))


def test_files_that_hold_no_captions_are_refused(tmp_path):
    assert_refused(run("inspect", write(tmp_path / "a.txt", "")), "a.txt is empty")
    assert_refused(run("inspect", tmp_path / "none.txt"), "none.txt does not exist")
    said = run("inspect", write(tmp_path / "one.txt", "Only one line\n"))
    assert "what to expect from this many lines: too few to train on" in said.out


def test_the_vocabulary_is_that_of_a_training_on_so_few_lines(tmp_path):
    """Of up to ten thousand lines the recipe `lines` learns what occurs once."""
    texts = [f"Dog number {chr(0x4E00 + n)} runs" for n in range(80)]
    file = write(tmp_path / "a.txt", "\n".join(texts))
    found = json.loads(run("inspect", file, "--text", "caption", "--json").out)
    assert found["vocabulary"] == 4 + 3 + 80


def test_more_lines_than_a_window_are_inspected_on_disk(tmp_path, monkeypatch):
    stored, real = [], stored_captions._store
    monkeypatch.setattr(stored_captions, "WINDOW", 50)
    monkeypatch.setattr(stored_captions, "_store", lambda *a: stored.append(1) or real(*a))
    file = tmp_path / "a.txt"
    file.write_text("\n".join(f"Dog number {number} runs" for number in range(200)))
    found = inspect(recipe_with(data={"captions": [str(file)], "text": "plain"}))
    assert stored
    assert (found.read, found.kept, found.different) == (200, 200, 200)


def test_the_limit_is_about_that_of_a_training_where_held_out_characters_are_new(tmp_path):
    texts = ["".join(chr(0x4E00 + 10 * n + i) for i in range(10)) for n in range(50)]
    file = write_lines(tmp_path / "zh.txt", texts)
    found = inspect(find_recipe("lines").with_settings([f'data.captions=["{file}"]']))
    assert (found.kept, found.max_length) == (50, 30)
