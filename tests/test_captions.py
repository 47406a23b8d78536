import gzip
import json
import random
import sys

import pytest

from textvae.data.captions import (
    Caption,
    Captions,
    clean,
    limited,
    load_captions,
    split_by_image,
    without_groups_of,
)
from textvae.errors import BadInput

COCO = {
    "annotations": [
        {"id": 1, "image_id": 7, "caption": "An Elephant, walking.  "},
        {"id": 2, "image_id": 7, "caption": "Two elephants walk"},
        {"id": 3, "image_id": 8, "caption": "A bus\u2019s window."},
        {"id": 4, "image_id": 9, "caption": "Glasses of wine beside a wine-glass"},
    ]
}
INSTANCES = {
    "images": [{"id": 7}, {"id": 8}, {"id": 9}],
    "categories": [
        {"id": 22, "name": "elephant"},
        {"id": 46, "name": "wine glass"},
        {"id": 1, "name": "person"},
    ],
    "annotations": [
        {"image_id": 8, "category_id": 22, "segmentation": [[1.0, 2.0]]},
        {"image_id": 9, "category_id": 46},
        {"image_id": 9, "category_id": 1},
    ],
}


def write(path, content):
    """`content` as JSON unless it is text or bytes; packed if `path` ends in .gz."""
    if not isinstance(content, str | bytes):
        content = json.dumps(content)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def of_lines(*texts):
    return Captions(tuple(Caption(f"text:{text}", text) for text in texts), len(texts), {})


def of_images(num_images, per_image=3):
    pairs = [
        Caption(f"coco:{i}", f"{i} {j}") for i in range(num_images) for j in range(per_image)
    ]
    return Captions(tuple(pairs), len(pairs), {})


# clean


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("A man's  DOG!", "a mans dog"),
        ("a man\u2019s dog", "a mans dog"),
        ("black-and-white and/or_red", "black and white and or red"),
        ("2 cats, 3dogs", "cats dogs"),
        ("Caf\u00e9 CAFE\u0301", "caf\u00e9 caf\u00e9"),
        (
            "\uff24\uff4f\uff47 \u03a3\u039f\u03a6\u039f\u03a3",
            "dog \u03c3\u03bf\u03c6\u03bf\u03c2",
        ),
        ("\u05db\u05dc\u05d1 a dog\u200f", "\u05db\u05dc\u05d1 a dog"),
        (
            "a\u00addog \U0001f415\u200d\U0001f9ba runs\ud83d\x00fast\ta\u2028b",
            "adog runs fast a b",
        ),
        ("<eos> $%&", "eos"),
        ("\u1100'\u1161", "\uac00"),  # letters that compose once the mark between is gone
        ("", ""),
    ],
)
def test_clean_keeps_lower_case_letters_of_any_script(raw, cleaned):
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Dogs,  2.", "dogs , 2 ."),
        ("a man\u2019s well-lit dog", "a man's well-lit dog"),
        ("the dogs' toys ...", "the dogs ' toys . . ."),
        ("wait--what?!", "wait - - what ? !"),
        ("<unk> a_b", "< unk > a _ b"),
        ("a\ud83d\x00b\u200dc", "a bc"),
    ],
)
def test_clean_can_split_marks_off_as_words(raw, cleaned):
    assert clean(raw, keep_punctuation=True) == cleaned


@pytest.mark.parametrize("keep_punctuation", [False, True])
def test_cleaning_twice_changes_nothing_more(keep_punctuation):
    draw = random.Random(0)
    blocks = [
        range(0x3500),
        range(0xAC00, 0xAC40),
        range(0xD7B0, 0xE010),
        range(0xF900, 0x10000),
    ]
    pool = [chr(i) for block in blocks for i in block] + [chr(sys.maxunicode)]
    for _ in range(20_000):
        once = clean("".join(draw.choices(pool, k=8)), keep_punctuation)
        assert clean(once, keep_punctuation) == once
        assert once.split() == once.split(" ") or once == ""
        once.encode("utf-8")  # no lone surrogate gets through


def test_clean_leaves_only_letters_and_single_spaces():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert all(word.isalpha() for word in clean(everything).split(" "))


# reading


def test_coco_captions_keep_their_image_as_group(tmp_path):
    read = load_captions([write(tmp_path / "captions.json", COCO)])
    assert read.captions == (
        ("coco:7", "an elephant walking"),
        ("coco:7", "two elephants walk"),
        ("coco:8", "a buss window"),
        ("coco:9", "glasses of wine beside a wine glass"),
    )
    assert (read.num_read, read.num_kept, len(read), read.dropped) == (4, 4, 4, {})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "A dog.\nTwo cats.\n"),
        ("a.TXT", "A dog.\nTwo cats."),
        ("a.txt.gz", "A dog.\r\nTwo cats.\r\n"),
        ("a.txt", "\ufeffA dog.\rTwo cats."),
        ("a.csv", 'id,caption\n1,"A dog."\n2,Two cats.\n'),
        ("a.csv.gz", '\ufeffcaption,id\r\n"A\r\ndog.",1\r\nTwo cats.,2\r\n'),
        ("a.tsv", "id\t caption \n1\tA dog.\n2\tTwo cats.\n"),
        ("a.json.gz", {"annotations": [
            {"image_id": 1, "caption": "A dog."}, {"image_id": "b", "caption": "Two cats."}
        ]}),
    ],
)  # fmt: skip
def test_every_format_gives_the_same_texts(tmp_path, name, content):
    assert load_captions([write(tmp_path / name, content)]).texts == ["a dog", "two cats"]


def test_a_table_is_read_by_the_named_column(tmp_path):
    table = write(tmp_path / "a.csv", "caption,title\nwrong,A dog\n")
    assert load_captions([table], column="title").texts == ["a dog"]


def test_several_files_are_joined_and_share_their_groups(tmp_path):
    first = write(tmp_path / "a.json", COCO)
    second = write(tmp_path / "b.txt", "A dog\n")
    read = load_captions([first, str(second), first])
    assert read.num_kept == 9
    assert len({caption.group for caption in read.captions}) == 4
    assert read.captions[4] == ("text:a dog", "a dog")


def test_every_dropped_caption_is_counted_under_its_reason(tmp_path):
    lines = write(tmp_path / "a.txt", "a dog\n\n  \n12!\na big dog\na very big dog\n")
    read = load_captions([lines], max_length=3)
    assert read.texts == ["a dog", "a big dog"]
    assert read.dropped == {
        "blank line": 2,
        "no words left after cleaning": 1,
        "longer than 3 words": 1,
    }
    assert read.summary() == (
        "6 captions read, 2 kept, 4 dropped "
        "(2 blank line, 1 no words left after cleaning, 1 longer than 3 words)"
    )


def test_punctuation_can_be_kept_on_reading(tmp_path):
    lines = write(tmp_path / "a.txt", "A dog.\n")
    assert load_captions([lines], keep_punctuation=True).texts == ["a dog ."]


def test_summary_groups_thousands_and_counts_must_agree():
    many = Captions((), 160_720, {"blank line": 160_720})
    assert many.summary() == (
        "160,720 captions read, 0 kept, 160,720 dropped (160,720 blank line)"
    )
    assert of_lines("a").summary() == "1 captions read, 1 kept, 0 dropped"
    with pytest.raises(ValueError, match="3 captions read, but"):
        Captions((), 3, {"blank line": 2})


# categories


@pytest.mark.parametrize("category", ["elephant", " Elephant ", "ELEPHANTS"])
def test_with_instances_a_category_is_what_the_image_shows(tmp_path, category):
    files = [write(tmp_path / "c.json", COCO)]
    instances = [write(tmp_path / "i.json.gz", INSTANCES)]
    read = load_captions(files, instances=instances, category=category)
    assert read.texts == ["a buss window"]  # image 8 shows one, whatever its caption says
    assert read.num_read == 4
    assert read.dropped == {f"not of category {category.strip().lower()!r}": 3}


def test_images_that_no_instances_file_knows_are_counted_apart(tmp_path):
    some = INSTANCES | {"images": [{"id": 8}]}
    some["annotations"] = some["annotations"][:1]
    files, instances = write(tmp_path / "c.json", COCO), write(tmp_path / "i.json", some)
    read = load_captions([files], instances=[instances], category="elephant")
    assert read.dropped == {"image is not in the instances files": 3}


@pytest.mark.parametrize(("category", "num_kept"), [("people", 1), ("wine  glasses", 1)])
def test_categories_of_instances_may_be_given_in_the_plural(tmp_path, category, num_kept):
    files, instances = write(tmp_path / "c.json", COCO), write(tmp_path / "i.json", INSTANCES)
    read = load_captions([files], instances=[instances], category=category)
    assert read.num_kept == num_kept


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("elephant", "elephants"),
        ("bus", "buses"),
        ("wine glass", "wine glasses"),
        ("bench", "benches"),
        ("toothbrush", "toothbrushes"),
        ("box", "boxes"),
        ("potato", "potatoes"),
        ("photo", "photos"),
        ("puppy", "puppies"),
        ("toy", "toys"),
        ("tie", "ties"),
        ("knife", "knives"),
        ("leaf", "leaves"),
        ("giraffe", "giraffes"),
        ("horse", "horses"),
        ("person", "people"),
        ("man", "men"),
        ("woman", "women"),
        ("child", "children"),
        ("mouse", "mice"),
        ("sheep", "sheep"),
        ("tooth", "teeth"),
    ],
)
def test_a_category_finds_singular_and_plural_whichever_is_given(tmp_path, singular, plural):
    said = [f"one {singular} here", f"two {plural}", f"the {singular}'s end"]
    lines = write(tmp_path / "a.txt", "\n".join([*said, f"no x{singular} {plural}x", "a van"]))
    for category in (singular, plural.upper()):
        read = load_captions([lines], category=f" {category} ")
        # A possessive counts, too, but "bus's" is cleaned to "buss", which is left alone.
        num_found = 2 if singular.endswith("s") else 3
        assert read.texts == [clean(text) for text in said[:num_found]]
        assert read.num_read == 5


@pytest.mark.parametrize(
    ("category", "stranger"),
    [
        ("man", "a woman"),
        ("bus", "a bush"),
        ("bus", "bu"),
        ("glass", "glas"),
        ("cat", "cattle"),
    ],
)
def test_a_category_does_not_find_other_words(tmp_path, category, stranger):
    lines = write(tmp_path / "a.txt", f"{stranger}\none {category}\n")
    assert load_captions([lines], category=category).texts == [f"one {category}"]


def test_what_does_not_say_the_category_is_counted(tmp_path):
    lines = write(tmp_path / "a.txt", "a dog\na cat\na bird\n")
    assert load_captions([lines], category="Dog").dropped == {"without the word 'dog'": 2}


# refusals

REFUSED = {
    "folder.txt": (None, "folder.txt is a folder"),
    "none.txt": ("", "none.txt is empty"),
    "blank.txt": ("\n \n", "blank.txt is empty"),
    "a.doc": ("a dog", r"a.doc: cannot read .* \.json, \.txt, \.tsv, \.csv, each also with"),
    "cut.json": (
        '{"annotations": [\n{"id": 1,',
        "cut.json is not valid JSON.*line 2, column 10",
    ),
    "list.json": ([1], "list.json is not a COCO annotation file"),
    "images.json": ({"images": []}, "images.json .* no list of 'annotations'"),
    "i.json": (INSTANCES, r"i.json holds COCO instances, not captions; give captions_\*"),
    "odd.json": ({"annotations": [{"image_id": 1, "caption": 5}]}, "odd.json: annotation 1 is"),
    "zero.json": ({"annotations": []}, "left of .*zero.json: there were none"),
    "latin.txt": (b"a\nb\ncaf\xe9", "latin.txt, line 3: byte 0xe9 at offset 7 is not UTF-8"),
    "a.csv": ("id, title\n1,b\n", "a.csv has no column 'caption'; it has id, title"),
    "quote.tsv": ('caption\na\n"a dog\nb\n', "quote.tsv, row at line 3: .*correct the quotes"),
    "digits.txt": ("1\n2\n", "left of .*digits.txt: 2 no words left after cleaning"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_captions_are_refused_in_one_line_that_names_the_file(tmp_path, name):
    content, message = REFUSED[name]
    (tmp_path / name).mkdir() if content is None else write(tmp_path / name, content)
    with pytest.raises(BadInput, match=message) as refusal:
        load_captions([tmp_path / name])
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone.txt does not exist"):
        load_captions([tmp_path / "gone.txt"])


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: b"plain" + data])
def test_a_damaged_gzip_file_is_refused(tmp_path, spoil):
    file = write(tmp_path / "a.txt.gz", "a dog\n" * 50)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(BadInput, match=r"a.txt.gz is damaged or not packed"):
        load_captions([file])


def test_impossible_arguments_are_refused(tmp_path):
    lines = write(tmp_path / "a.txt", "a dog\n")
    with pytest.raises(BadInput, match="no captions file was given"):
        load_captions([])
    with pytest.raises(BadInput, match="max_length must be at least 1 word, got 0"):
        load_captions([lines], max_length=0)
    with pytest.raises(BadInput, match="category must be a word, got ' 3 '"):
        load_captions([lines], category=" 3 ")


@pytest.mark.parametrize(
    ("category", "message"),
    [
        ("elefant", "no COCO category 'elefant'; did you mean elephant"),
        ("qqq", "no COCO category 'qqq'; there are, for example, elephant, person, wine glass"),
    ],
)
def test_an_unknown_coco_category_is_answered_with_known_ones(tmp_path, category, message):
    files, instances = write(tmp_path / "c.json", COCO), write(tmp_path / "i.json", INSTANCES)
    with pytest.raises(BadInput, match=message):
        load_captions([files], instances=[instances], category=category)


@pytest.mark.parametrize(
    ("category", "message"),
    [("elefant", "did you mean elephant"), ("qqq", "give another category or none")],
)
def test_a_category_that_no_caption_says_is_answered_with_words(tmp_path, category, message):
    with pytest.raises(BadInput, match=rf"no caption says '{category}'.*; {message}"):
        load_captions([write(tmp_path / "c.json", COCO)], category=category)


def test_instances_that_are_not_instances_are_refused(tmp_path):
    files = [write(tmp_path / "c.json", COCO)]

    def load(instances):
        file = write(tmp_path / "i.json", instances)
        load_captions(files, instances=[file], category="elephant")

    with pytest.raises(BadInput, match="i.json holds COCO captions, not instances"):
        load(COCO)
    with pytest.raises(BadInput, match="i.json .* each of its 'categories' needs 'id' and"):
        load(INSTANCES | {"categories": [{"id": 1}]})
    with pytest.raises(BadInput, match="i.json .* each of its 'annotations' needs"):
        load(INSTANCES | {"annotations": [5]})


def test_instances_do_not_go_with_lines_that_have_no_image(tmp_path):
    lines, instances = write(tmp_path / "a.txt", "a"), write(tmp_path / "i.json", INSTANCES)
    with pytest.raises(BadInput, match="leave instances out"):
        load_captions([lines], instances=[instances], category="elephant")


# splitting


def test_a_split_keeps_every_caption_and_never_splits_an_image():
    whole = of_images(50)
    train, validation = split_by_image(whole, 0.2, seed=0)
    assert len(validation) == 30  # 10 of 50 images, 3 captions each
    assert sorted(train.captions + validation.captions) == sorted(whole.captions)
    assert not {c.group for c in train.captions} & {c.group for c in validation.captions}


def test_equal_lines_never_straddle_the_parts(tmp_path):
    lines = [f"line {'x' * (i % 5)}" for i in range(40)]
    read = load_captions([write(tmp_path / "a.txt", "\n".join(lines))])
    for seed in range(10):
        train, validation = split_by_image(read, 0.4, seed)
        assert not set(train.texts) & set(validation.texts)
        assert len(train) == 24


def test_a_split_depends_on_the_seed_but_not_on_the_order():
    whole = of_images(50)
    mixed = list(whole.captions)
    random.Random(1).shuffle(mixed)
    other = Captions(tuple(mixed), len(mixed), {})
    parts = split_by_image(whole, 0.2, seed=3)
    again = split_by_image(other, 0.2, seed=3)
    assert [set(part.captions) for part in parts] == [set(part.captions) for part in again]
    assert set(split_by_image(whole, 0.2, seed=4)[1].captions) != set(parts[1].captions)


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_neither_part_is_ever_empty(share):
    assert all(map(len, split_by_image(of_images(2), share, seed=0)))


@pytest.mark.parametrize("share", [0, 1, -0.5, float("nan")])
def test_a_share_outside_0_to_1_is_refused(share):
    with pytest.raises(BadInput, match=f"between 0 and 1, got {share}"):
        split_by_image(of_images(5), share, seed=0)


def test_one_group_cannot_be_split():
    with pytest.raises(BadInput, match="cannot split 1 group"):
        split_by_image(of_lines("a dog", "a dog"), 0.5, seed=0)


def test_groups_of_another_part_are_dropped_and_counted():
    ours = Captions(of_lines("a", "b", "a", "c").captions, 5, {"blank line": 1})
    left = without_groups_of(ours, of_lines("a", "z"), "also in validation")
    assert left.texts == ["b", "c"]
    assert left.num_read == 5
    assert left.dropped == {"blank line": 1, "also in validation": 2}
    assert without_groups_of(ours, of_lines("z"), "never").dropped == {"blank line": 1}


def test_a_limit_keeps_the_first_and_counts_the_rest():
    some = limited(of_lines("a", "b", "c"), 2)
    assert some.texts == ["a", "b"]
    assert some.dropped == {"after the first 2": 1}
    assert limited(some, 9).captions == some.captions
    with pytest.raises(BadInput, match="limit must be at least 1 caption, got 0"):
        limited(some, 0)
