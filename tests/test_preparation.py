import dataclasses
import json

import pytest
from runs import recipe_with
from tiny import CAPTIONS, TOKENIZER, saved_weights, some_captions, write_coco, write_lines

from textvae.data.caption_set import Caption, Captions
from textvae.errors import BadInput
from textvae.training import fitting, train
from textvae.training.fitting import sized
from textvae.training.preparation import Splits, prepare_data, read_splits


def test_validation_shares_no_image_with_training(tmp_path):
    """Whether the validation captions are a share or a file of their own."""
    whole = write_coco(tmp_path / "all.json", some_captions(130), per_image=5)
    for validation in (None, str(write_coco(tmp_path / "v.json", CAPTIONS[:30], per_image=5))):
        recipe = recipe_with(data={"captions": [str(whole)], "validation": validation})
        splits = read_splits(recipe)
        train, held_out = ({c.group for c in split.captions}
                           for split in (splits.train, splits.validation))  # fmt: skip
        assert train
        assert held_out
        assert not train & held_out
        if validation:
            assert splits.train.dropped == {"also in the validation set": 30}


def test_too_few_captions_are_refused(tmp_path):
    few = write_lines(tmp_path / "few.txt", CAPTIONS[:45])
    with pytest.raises(
        BadInput,
        match="too few captions: 36 for training and 9 .* at least 40 and 2 are needed",
    ):
        read_splits(recipe_with(data={"captions": [str(few)]}))
    with pytest.raises(BadInput, match="no training captions: name .* --captions"):
        read_splits(recipe_with())


@pytest.mark.parametrize(
    ("count", "train", "held_out"), [(50, 40, 10), (51, 41, 10), (130, 120, 10)]
)
def test_fifty_lines_are_enough_and_ten_of_few_are_held_out(
    tmp_path, caplog, count, train, held_out
):
    caplog.set_level("INFO", "textvae")
    few = write_lines(tmp_path / "few.txt", some_captions(count))
    recipe = recipe_with(data={"captions": [str(few)], "validation_share": None})
    splits = read_splits(recipe)
    assert (len(splits.train), len(splits.validation)) == (train, held_out)
    assert "what to expect from this many lines: few: the model memorises" in caplog.text
    data = prepare_data(recipe, splits, None)
    assert len(data.splits.train) == train


def test_lines_that_are_too_long_are_counted_with_the_setting_that_keeps_them(tmp_path, caplog):
    caplog.set_level("INFO", "textvae")
    texts = some_captions(130)
    remedy = "(train --set data.max_length=N keeps those of up to 200; divide longer ones)"
    one = write_lines(tmp_path / "one.txt", [*texts, "dog " * 30])
    recipe = recipe_with(data={"captions": [str(one)], "max_length": None})
    prepare_data(recipe, read_splits(recipe), None)
    assert level_of(caplog, f"1 dropped: longer than 20 words {remedy}") == "INFO"
    assert any(each.startswith("length in words: median ") for each in caplog.messages)
    long = [text + " dog" * 99 for text in texts]
    half = write_lines(tmp_path / "half.txt", [*texts[:30], *long])
    recipe = recipe_with(data={"captions": [str(half)], "max_length": None})
    with pytest.raises(BadInput, match="too few captions: .* 130 dropped: longer") as caught:
        prepare_data(recipe, read_splits(recipe), None)
    assert str(caught.value).endswith(remedy)


def test_many_lines_that_are_too_long_are_a_warning(tmp_path, caplog):
    caplog.set_level("INFO", "textvae")
    texts = [text + " dog" * 99 * (n < 14) for n, text in enumerate(some_captions(130))]
    file = write_lines(tmp_path / "a.txt", texts)
    recipe = recipe_with(data={"captions": [str(file)], "max_length": 20})
    prepare_data(recipe, Splits(captions_of(texts[:100]), captions_of(texts[100:])), None)
    [message] = [each for each in caplog.messages if each.startswith("14 dropped: longer")]
    assert level_of(caplog, message) == "WARNING"
    caplog.clear()
    prepare_data(recipe, Splits(captions_of(texts[1:100]), captions_of(texts[100:])), None)
    [message] = [each for each in caplog.messages if "dropped: longer" in each]
    assert (message[:2], level_of(caplog, message)) == ("13", "WARNING")
    caplog.clear()
    prepare_data(recipe, Splits(captions_of(texts[2:100]), captions_of(texts[100:])), None)
    [message] = [each for each in caplog.messages if "dropped: longer" in each]
    assert (message[:2], level_of(caplog, message)) == ("12", "INFO")


def captions_of(texts):
    return Captions(tuple(Caption(text, text) for text in texts), len(texts), {})


def level_of(caplog, message):
    [level] = [each.levelname for each in caplog.records if each.getMessage() == message]
    return level


def test_a_recipe_takes_its_settings_for_few_captions_and_says_so(caplog):
    caplog.set_level("INFO", "textvae")
    rows = (
        {"up_to": 60, "train.epochs": 7, "train.beta": 0.05},
        {"up_to": 90, "train.epochs": 5},
    )
    recipe = dataclasses.replace(recipe_with(), by_size=rows)
    assert [sized(recipe, count).train.epochs for count in (60, 61, 90, 91)] == [7, 5, 5, 2]
    assert caplog.messages == [
        f"settings for so few lines: train.epochs {n}" for n in (7, 5, 5)
    ]


def test_a_patience_that_ends_no_run_is_said_to_be_without_effect(caplog):
    rows = ({"up_to": 60, "train.keep": "last"},)
    recipe = dataclasses.replace(recipe_with(train={"patience": 7}), by_size=rows)
    for count, messages in ((61, 0), (60, 1)):
        sized(recipe, count)
        assert len(caplog.messages) == messages
    assert "train.patience has no effect because train.keep is last" in caplog.text
    sized(dataclasses.replace(recipe_with(), by_size=rows), 60)  # nobody has given one
    assert len(caplog.messages) == 1


def test_new_words_are_added_to_a_known_vocabulary(tmp_path):
    texts = [text.replace("zebra", "giraffe") for text in some_captions(130)]
    lines = write_lines(tmp_path / "lines.txt", texts)
    recipe = recipe_with(data={"captions": [str(lines)]})
    data = prepare_data(recipe, read_splits(recipe), TOKENIZER)
    assert data.tokenizer.words == (*TOKENIZER.words, "giraffe")
    decoded = [data.tokenizer.decode(row) for row in data.batches.rows]
    assert decoded == data.splits.train.texts
    assert len(data.validation_batches.rows) == len(data.splits.validation)


def test_a_mode_that_does_not_fit_the_weights_is_named_with_the_one_that_does(tmp_path):
    file = write_lines(tmp_path / "a.txt", some_captions(130))
    recipe = recipe_with(data={"captions": [str(file)], "text": "plain"})
    with pytest.raises(BadInput, match="weights to start from read caption text; add --text"):
        prepare_data(recipe, read_splits(recipe), TOKENIZER)


@pytest.mark.parametrize(("wanted", "warnings"), [(True, 1), (False, 0)])
def test_punctuation_that_the_weights_do_not_keep_is_warned_of(caplog, wanted, warnings):
    recipe = recipe_with(data={"keep_punctuation": wanted})
    assert train._loaded(recipe, saved_weights()).text.mode == "caption"
    said = [each for each in caplog.messages if "--set data.keep_punctuation=false" in each]
    assert len(said) == warnings


def test_the_splits_of_a_file_are_kept_and_its_test_split_is_left_out(tmp_path):
    texts = some_captions(130)
    images = [
        {"cocoid": n, "split": split, "sentences": [{"raw": text}]}
        for n, (split, text) in enumerate(
            zip(
                ["train"] * 90 + ["restval"] * 10 + ["val"] * 20 + ["test"] * 10,
                texts,
                strict=True,
            )
        )
    ]
    file = tmp_path / "dataset_coco.json"
    file.write_text(json.dumps({"images": images, "dataset": "coco"}))
    splits = read_splits(recipe_with(data={"captions": [str(file)]}))
    assert splits.train.texts == texts[:100]
    assert splits.validation.texts == texts[100:120]


def test_a_file_of_validation_lines_alone_is_split(tmp_path):
    """As `hf://datasets/me/pets/validation.csv` is one."""
    images = [
        {"cocoid": n, "split": "val", "sentences": [{"raw": text}]}
        for n, text in enumerate(some_captions(130))
    ]
    file = tmp_path / "dataset.json"
    file.write_text(json.dumps({"images": images}))
    lines = write_lines(tmp_path / "a.txt", some_captions(90))
    splits = read_splits(recipe_with(data={"captions": [str(file)]}))
    assert (len(splits.train), len(splits.validation)) == (104, 26)
    splits = read_splits(recipe_with(data={"captions": [str(file), str(lines)]}))
    assert (len(splits.train), len(splits.validation)) == (90, 130)


def test_entries_of_two_files_are_different_things(tmp_path):
    texts = some_captions(130)
    files = []
    for name, some in (("train", texts[:90]), ("validation", texts[90:])):
        (tmp_path / name).mkdir()
        pairs = zip(some[::2], some[1::2], strict=True)
        rows = [json.dumps({"captions": pair}) for pair in pairs]
        files.append(str(write_lines(tmp_path / name / "pets.jsonl", rows)))
    splits = read_splits(recipe_with(data={"captions": files[:1], "validation": files[1]}))
    assert splits.train.texts == texts[:90]
    assert splits.validation.texts == texts[90:]
    again = str(tmp_path / "train" / ".." / "validation" / "pets.jsonl")
    splits = read_splits(recipe_with(data={"captions": files, "validation": again}))
    assert splits.train.dropped == {"also in the validation set": 40}


def test_a_group_of_most_lines_is_trained_on_and_the_share_is_said(tmp_path, caplog):
    texts = some_captions(180)
    authors = ["anna"] * 162 + ["ben", "cy"] * 9
    rows = [f"{text},{author}" for text, author in zip(texts, authors, strict=True)]
    table = write_lines(tmp_path / "a.csv", ["text,author", *rows])
    data = {"captions": [str(table)], "group_column": "author", "validation_share": None}
    splits = read_splits(recipe_with(data=data))
    assert (splits.train.texts, splits.validation.texts) == (texts[:162], texts[162:])
    [said] = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert "validation has 10.0% of the lines instead of 20.0%" in said


def test_rows_of_one_group_stay_on_one_side(tmp_path):
    rows = [f"{text},{n // 5}" for n, text in enumerate(some_captions(130))]
    table = write_lines(tmp_path / "a.csv", ["text,meaning", *rows])
    data = {"captions": [str(table)], "group_column": "meaning"}
    splits = read_splits(recipe_with(data=data))
    train, held_out = (
        {c.group for c in split.captions} for split in (splits.train, splits.validation)
    )
    assert len(train | held_out) == 26
    assert not train & held_out


def test_pairs_are_of_captions_of_one_image_and_only_training_loses_words(tmp_path):
    whole = write_coco(tmp_path / "all.json", some_captions(130), per_image=5)
    of_pairs = {"pairs": True, "own_share": 0.0, "word_noise": 0.4}
    recipes = [
        recipe_with(data={"captions": [str(whole)]}, train=more) for more in (of_pairs, {})
    ]
    data, alone = (prepare_data(recipe, read_splits(recipe), None) for recipe in recipes)
    for batches, split, noise in (
        (data.batches, data.splits.train, 0.4),
        (data.validation_batches, data.splits.validation, 0.0),
    ):
        groups = [caption.group for caption in split.captions]
        for place, partner in enumerate(batches.pairing.partners(0).tolist()):
            assert partner != place
            assert groups[partner] == groups[place]
        assert batches.pairing.word_noise == noise
    assert alone.batches.pairing is alone.validation_batches.pairing is None
    assert data.batches.rows == alone.batches.rows  # what is written is what there is


def test_labels_stay_with_their_captions(tmp_path):
    labels = {f"{text} {n}": "ab"[n % 2] for n, text in enumerate(some_captions(130))}
    rows = [f"{text},{label}" for text, label in labels.items()]
    table = write_lines(tmp_path / "a.csv", ["text,mood", *rows])
    data = {
        "captions": [str(table)],
        "label_column": "mood",
        "text": "tokens",
        "max_length": 20,
    }
    splits = read_splits(recipe_with(data=data))
    for split in (splits.train, splits.validation):
        assert [labels[text] for text in split.texts] == split.labels


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a dog runs"] * 200, "cannot split 200 captions in two, since all are in one group"),
        (["a dog runs", "a cat sits", "a cow"] * 90, "only 2 distinct training lines among"),
    ],
)
def test_lines_that_repeat_are_refused(tmp_path, texts, message):
    file = write_lines(tmp_path / "a.txt", texts)
    with pytest.raises(BadInput, match=message):
        read_splits(recipe_with(data={"captions": [str(file)]}))


def test_held_out_lines_of_new_characters_are_not_too_long(tmp_path):
    """A character that no training line has is three pieces, its bytes."""
    texts = ["".join(chr(0x4E00 + 10 * n + i) for i in range(10)) for n in range(50)]
    file = write_lines(tmp_path / "zh.txt", texts)
    data = {
        "captions": [str(file)],
        "text": "plain",
        "max_length": None,
        "validation_share": None,
    }
    recipe = recipe_with(data=data)
    found = prepare_data(recipe, read_splits(recipe), None)
    assert (len(found.splits.train), len(found.splits.validation)) == (40, 10)
    assert found.max_length == 30


@pytest.mark.parametrize("last", ["dog " * 120, ""])
def test_one_long_or_repeated_line_of_fifty_ends_no_run(tmp_path, last):
    texts = some_captions(49)
    file = write_lines(tmp_path / "a.txt", [*texts, last or texts[0]])
    data = {"captions": [str(file)], "max_length": None, "validation_share": None}
    for seed in range(10):  # wherever that line falls
        recipe = recipe_with(data=data, train={"seed": seed})
        assert len(prepare_data(recipe, read_splits(recipe), None).splits.train) >= 39


def test_lines_to_validate_on_do_not_count_as_lines_to_train_on(tmp_path):
    texts = some_captions(130)
    few = write_lines(tmp_path / "few.txt", texts[:35])
    many = write_lines(tmp_path / "many.txt", texts[35:])
    recipe = recipe_with(data={"captions": [str(few)], "validation": str(many)})
    with pytest.raises(BadInput, match="too few captions: 35 for training and 95 .* least 40"):
        read_splits(recipe)


def test_settings_are_those_for_as_many_lines_as_are_short_enough(tmp_path, monkeypatch):
    texts, counts = some_captions(130), []
    file = write_lines(tmp_path / "a.txt", [*texts[:60], *(t + " dog" * 99 for t in texts)])
    recipe = recipe_with(data={"captions": [str(file)], "max_length": None})
    recipe = dataclasses.replace(recipe, by_size=({"up_to": 100, "train.epochs": 7},))

    def stop(recipe, count):
        counts.append(count)
        raise BadInput("seen")

    monkeypatch.setattr(train, "sized", stop)
    with pytest.raises(BadInput, match="seen"):
        train.train(recipe, tmp_path / "run")
    train_texts = read_splits(recipe).train.texts
    assert counts == [
        sum(len(text.split()) <= 100 for text in train_texts)
    ]  # all of them before


def test_a_share_or_a_file_that_leaves_too_few_lines_is_named(tmp_path):
    file = str(write_lines(tmp_path / "a.txt", some_captions(100)))
    for data, advice in (
        (
            {"validation_share": 0.01},
            r"add --set data\.validation_share=0\.1, or name a --validation file$",
        ),
        ({"category": "zebra"}, "give more lines or a wider category$"),
        (
            {"validation": file},
            "100 lines are also in the validation set; give others to validate on",
        ),
    ):
        with pytest.raises(BadInput, match=f"too few captions: .*; {advice}"):
            read_splits(recipe_with(data={"captions": [file], **data}))


def test_equal_lines_that_are_held_out_together_are_to_be_removed(tmp_path):
    texts = [*some_captions(30), *["a dog of many lines"] * 100]
    file = write_lines(tmp_path / "a.txt", texts)
    data = {"captions": [str(file)], "validation_share": None}
    advice = "; remove equal lines, add --set data.validation_share=0.1, or name"
    with pytest.raises(BadInput, match=r"\(50 different lines are enough\)" + advice):
        read_splits(recipe_with(data=data, train={"seed": 1}))
    splits = read_splits(recipe_with(data={**data, "validation_share": 0.1}, train={"seed": 1}))
    assert (len(splits.train), len(splits.validation)) == (127, 3)


def test_held_out_lines_may_all_have_one_label(tmp_path):
    texts, data = some_captions(130), {"label_column": "mood"}
    for name, some, moods in (("t", texts[:100], "ab"), ("v", texts[100:], "a")):
        rows = [f"{text},{moods[n % len(moods)]}" for n, text in enumerate(some)]
        write_lines(tmp_path / f"{name}.csv", ["text,mood", *rows])
    files = {"captions": [str(tmp_path / "t.csv")], "validation": str(tmp_path / "v.csv")}
    splits = read_splits(recipe_with(data={**data, **files}))
    assert {each.label for each in splits.validation.captions} == {"a"}


def test_few_lines_of_which_one_is_shared_are_too_few_for_another_reason(tmp_path):
    lines = some_captions(60)
    train = str(write_lines(tmp_path / "t.txt", lines[:21]))
    held_out = str(write_lines(tmp_path / "v.txt", lines[20:]))
    with pytest.raises(BadInput, match="; give more lines$"):
        read_splits(recipe_with(data={"captions": [train], "validation": held_out}))


def test_many_more_lines_than_any_row_of_settings_is_for_are_not_counted(monkeypatch):
    recipe = dataclasses.replace(recipe_with(), by_size=({"up_to": 60, "train.epochs": 7},))
    monkeypatch.setattr(fitting, "fit_vocabulary", None)
    many = Captions(tuple(Caption(str(n), "a dog") for n in range(120)), 120, {})
    assert fitting.count_short(recipe, many, many) == 120
