"""Captions files of every format: each with its reader, and refusals in one line."""

import pytest
from captions_files import INSTANCES, write

from textvae.data.captions import load_captions
from textvae.data.readers.reader import ReadOptions
from textvae.errors import BadInput


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
    assert load_captions([table], options=ReadOptions(column="title")).texts == ["a dog"]


REFUSED = {
    "folder.txt": (None, "folder.txt is a folder"),
    "none.txt": ("", "none.txt is empty"),
    "blank.txt": ("\n \n", "blank.txt is empty"),
    "a.doc": ("a dog", r"a.doc: cannot read .* \.txt, .*each also as .* call it \.txt"),
    "cut.json": (
        '{"annotations": [\n{"id": 1,',
        "cut.json is not valid JSON.*line 2 column 10",
    ),
    "deep.json": ("[" * 100_000, "deep.json is not valid JSON: maximum recursion depth"),
    "list.json": ([1], "list.json: its entries must be strings or objects .*, got int"),
    "images.json": ({"images": []}, "images.json .* no list of 'annotations'"),
    "i.json": (INSTANCES, r"i.json holds COCO instances, not captions; give captions_\*"),
    "odd.json": ({"annotations": [{"image_id": 1, "caption": 5}]}, "odd.json: annotation 1 is"),
    "binary.txt": (bytes(range(256)), "binary.txt is not a text file: it holds zero bytes"),
    "noise.txt": (bytes(range(1, 256)) * 9, "noise.txt is not UTF-8, .* with --encoding"),
    "a.csv": ("id, title\n1,b\n", "a.csv has no column that looks .* id, title; .*--column"),
    "quote.tsv": ('caption\na\n"a dog\nb\n', "quote.tsv, row at line 3: .*correct the quotes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_unusable_files_are_refused_in_one_line_that_names_the_file(tmp_path, name):
    content, message = REFUSED[name]
    (tmp_path / name).mkdir() if content is None else write(tmp_path / name, content)
    with pytest.raises(BadInput, match=message) as refusal:
        load_captions([tmp_path / name])
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone.txt does not exist"):
        load_captions([tmp_path / "gone.txt"])
