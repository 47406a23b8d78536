import pytest
from captions_files import COCO, INSTANCES, of_lines, write

from textvae.data.caption_set import Captions
from textvae.data.captions import load_captions
from textvae.errors import BadInput


def test_coco_captions_keep_their_image_as_group(tmp_path):
    found = load_captions([write(tmp_path / "captions.json", COCO)])
    assert [caption[:2] for caption in found.captions] == [
        ("coco:7", "an elephant walking"),
        ("coco:7", "two elephants walk"),
        ("coco:8", "a buss window"),
        ("coco:9", "glasses of wine beside a wine glass"),
    ]
    assert (found.num_read, len(found), found.dropped) == (4, 4, {})


def test_several_files_are_joined_and_share_their_groups(tmp_path):
    first = write(tmp_path / "a.json", COCO)
    second = write(tmp_path / "b.txt", "A dog\n")
    found = load_captions([first, str(second), first])
    assert len(found) == 9
    assert len({caption.group for caption in found.captions}) == 4
    assert found.captions[4] == ("text:a dog", "a dog", "", "")


def test_every_dropped_caption_is_counted_under_its_reason(tmp_path):
    lines = write(tmp_path / "a.txt", "a dog\n\n  \n12!\na big dog\na very big dog\n")
    found = load_captions([lines], max_length=3)
    assert found.texts == ["a dog", "a big dog"]
    assert found.dropped == {
        "blank": 2,
        "without words after cleaning": 1,
        "longer than 3 words": 1,
    }
    assert found.summary() == (
        "6 captions read, 2 kept, 4 dropped "
        "(2 blank, 1 without words after cleaning, 1 longer than 3 words)"
    )


def test_punctuation_can_be_kept(tmp_path):
    lines = write(tmp_path / "a.txt", "A dog.\n")
    assert load_captions([lines], keep_punctuation=True).texts == ["a dog ."]


def test_summary_groups_thousands_and_counts_must_agree():
    many = Captions((), 160_720, {"blank": 160_720})
    assert many.summary() == "160,720 captions read, 0 kept, 160,720 dropped (160,720 blank)"
    assert of_lines("a").summary() == "1 caption read, 1 kept, 0 dropped"
    with pytest.raises(ValueError, match="3 captions read, but"):
        Captions((), 3, {"blank": 2})


# categories


@pytest.mark.parametrize("category", ["elephant", " Elephant ", "ELEPHANTS"])
def test_with_instances_a_category_is_what_the_image_shows(tmp_path, category):
    files = [write(tmp_path / "c.json", COCO)]
    instances = [write(tmp_path / "i.json.gz", INSTANCES)]
    found = load_captions(files, instances=instances, category=category)
    assert found.texts == ["a buss window"]  # image 8 shows one, whatever its caption mentions
    assert found.num_read == 4
    assert found.dropped == {f"not of category {category.strip().lower()!r}": 3}


def test_images_that_no_instances_file_knows_are_counted_separately(tmp_path):
    some = INSTANCES | {"images": [{"id": 8}], "annotations": INSTANCES["annotations"][:1]}
    files, instances = write(tmp_path / "c.json", COCO), write(tmp_path / "i.json", some)
    found = load_captions([files], instances=[instances], category="elephant")
    assert found.dropped == {"of images that no instances file has": 3}


def test_instances_do_not_go_with_lines_that_have_no_image(tmp_path):
    instances = write(tmp_path / "i.json", INSTANCES)
    for name, text in (("a.txt", "a"), ("a.csv", "image_id,caption\n1,a dog\n2,a cat\n")):
        file = write(tmp_path / name, text)
        with pytest.raises(BadInput, match="leave out instances .* that mention 'elephant'"):
            load_captions([file], instances=[instances], category="elephant")


def test_without_instances_a_category_is_what_the_caption_mentions(tmp_path):
    lines = write(tmp_path / "a.txt", "Two dogs\na cat\na bird\n")
    found = load_captions([lines], category="Dog")
    assert found.texts == ["two dogs"]
    assert found.dropped == {"without the word 'dog'": 2}


# refusals


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("blank.csv", "caption,id\n,1\n ,2\n", "2 blank"),
        ("digits.txt", "1\n2\n", "2 without words after cleaning"),
    ],
)
def test_files_of_which_no_caption_is_kept_are_named(tmp_path, name, content, reason):
    file = write(tmp_path / name, content)
    with pytest.raises(BadInput, match=f"no captions left after filtering .*{name}: {reason}"):
        load_captions([file])


def test_impossible_arguments_are_refused(tmp_path):
    lines = write(tmp_path / "a.txt", "a dog\n")
    with pytest.raises(BadInput, match="no captions file was given"):
        load_captions([])
    with pytest.raises(BadInput, match="max_length must be at least 1 word, got 0"):
        load_captions([lines], max_length=0)
    with pytest.raises(BadInput, match="category must be a word, got ' 3 '"):
        load_captions([lines], category=" 3 ")
