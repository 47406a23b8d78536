import pytest
from runs import recipe_with
from tiny import CAPTIONS, TOKENIZER, some_captions, write_coco, write_lines

from textvae.errors import BadInput
from textvae.training.preparation import prepare_data, read_splits


def test_validation_shares_no_image_with_training(tmp_path):
    """Whether the validation captions are a share or a file of their own."""
    whole = write_coco(tmp_path / "all.json", some_captions(130), per_image=5)
    for validation in (None, str(write_coco(tmp_path / "v.json", CAPTIONS[:30], per_image=5))):
        recipe = recipe_with(data={"captions": [str(whole)], "validation": validation})
        splits = read_splits(recipe)
        train, held_out = ({c.group for c in part.captions}
                           for part in (splits.train, splits.validation))  # fmt: skip
        assert train
        assert held_out
        assert not train & held_out
        if validation:
            assert splits.train.dropped == {"also in the validation set": 30}


def test_too_few_captions_are_refused(tmp_path):
    few = write_lines(tmp_path / "few.txt", CAPTIONS[:55])
    with pytest.raises(
        BadInput, match="too few captions: 44 for training and 11 .* at least 50 and 2"
    ):
        read_splits(recipe_with(data={"captions": [str(few)]}))
    with pytest.raises(BadInput, match="no training captions: name .* --captions"):
        read_splits(recipe_with())


def test_new_words_are_added_to_a_known_vocabulary(tmp_path):
    texts = [text.replace("zebra", "giraffe") for text in some_captions(130)]
    lines = write_lines(tmp_path / "lines.txt", texts)
    recipe = recipe_with(data={"captions": [str(lines)]})
    data = prepare_data(recipe, read_splits(recipe), TOKENIZER)
    assert data.tokenizer.words == (*TOKENIZER.words, "giraffe")
    decoded = [data.tokenizer.decode(row) for row in data.batches.rows]
    assert decoded == data.splits.train.texts
    assert len(data.validation_batches.rows) == len(data.splits.validation)
