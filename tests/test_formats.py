"""Files as they come: the same lines written by other libraries in every form are the same."""

import bz2
import csv
import errno
import gzip
import io
import json
import lzma
import os
import re
import shlex
import sys
import tarfile
import tempfile
import time
import zipfile
from contextlib import ExitStack

import pytest
from captions_files import COCO
from hypothesis import given, settings
from hypothesis import strategies as st

from textvae.cli.reading import as_files
from textvae.data.captions import load_captions
from textvae.data.readers.columns import kind_of
from textvae.data.readers.reader import ReadOptions
from textvae.data.readers.sources import find_sources, fingerprint
from textvae.errors import BadInput

TEXTS = [
    "A dog runs, and barks.",
    'She said "no" twice; then left',
    "Two cats | one mat",
    "Ça va bien",
]
IMAGES = ["1000.jpg", "1000.jpg", "2000_a.jpg", "3000.jpg"]


def read(path, **options):
    """The texts as they are, without cleaning."""
    return load_captions([path], options=ReadOptions(**options), mode="tokens")


def table(rows, delimiter, **options):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, **options).writerows(rows)
    return text.getvalue()


def save(path, text, encoding="utf-8"):
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("header", [["id", "text"], ["no", "Satz"], None])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_any_delimiter_with_or_without_a_header(tmp_path, delimiter, header, quoting):
    rows = [[str(number), text] for number, text in enumerate(TEXTS, 1)]
    text = table(([header] if header else []) + rows, delimiter, quoting=quoting)
    found = read(save(tmp_path / "a.csv", text))
    assert found.texts == TEXTS
    assert ("without a header" in found.files[0]) == (header is None)


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt"])
def test_a_table_without_a_header_keeps_its_first_row(tmp_path, ending):
    text = table([[text, "en"] for text in TEXTS], "\t")
    assert read(save(tmp_path / f"a.{ending}", text)).texts == TEXTS


def test_columns_are_taken_by_name_or_number(tmp_path):
    rows = [
        ["title", "review"],
        ["Fine food here", "We liked all of it"],
        ["Not so good", "We left early"],
    ]
    path = save(tmp_path / "a.csv", table(rows, ","))
    with pytest.raises(BadInput, match=r"several columns of text \(.*\); choose with --column"):
        read(path)
    for column in ("review", "Review", "2"):
        assert read(path, column=column).texts == ["We liked all of it", "We left early"]
    with pytest.raises(BadInput, match="no column 'body'; it has title, review; correct --col"):
        read(path, column="body")
    assert read(path, column="2", delimiter="comma").num_read == 2


def test_a_header_of_one_column_is_no_caption(tmp_path):
    for name in ("a.csv", "a.tsv", "a.txt"):
        path = save(tmp_path / name, "caption\nA dog, red.\nA cat.\n")
        assert read(path).texts == ["A dog, red.", "A cat."]


def test_quotes_between_tabs_may_be_marks_of_the_text(tmp_path):
    texts = ['"Go" says a sign', 'A 5" screen', 'He said "no"', "A dog"]
    rows = [f"{n}\t{text}" for n, text in enumerate(texts)]
    assert read(save(tmp_path / "a.tsv", "\n".join(rows))).texts == texts
    quoted = table([[n, text] for n, text in enumerate(texts)], "\t", quoting=csv.QUOTE_ALL)
    assert read(save(tmp_path / "b.tsv", quoted)).texts == texts


def test_rows_of_another_length_are_dropped_and_counted(tmp_path):
    rows = [f"{n}|a dog number {n}" for n in range(30)]
    path = save(tmp_path / "a.csv", "\n".join(["id|text", *rows, "31 a dog", "32|a|b", ""]))
    found = read(path)
    assert len(found) == 30
    assert found.dropped == {
        "rows with fewer cells than columns": 1,
        "rows with more cells than columns": 1,
    }


FLICKR = {
    "Flickr8k.token.txt": "".join(
        f"{image}#{n}\t{text}\n"
        for n, (image, text) in enumerate(zip(IMAGES, TEXTS, strict=True))
    ),
    "results_20130124.token": "".join(
        f"{image}#0\t{text}\n" for image, text in zip(IMAGES, TEXTS, strict=True)
    ),
    "captions.txt": table([["image", "caption"], *zip(IMAGES, TEXTS, strict=True)], ","),
    "results.csv": "image_name| comment_number| comment\n"
    + "".join(
        f"{image}| {n}| {text}\n"
        for n, (image, text) in enumerate(
            zip(IMAGES, [t.replace("|", "/") for t in TEXTS], strict=True)
        )
    ),
}


@pytest.mark.parametrize("name", FLICKR)
def test_flickr_files_give_captions_grouped_by_image(tmp_path, name):
    found = read(save(tmp_path / name, FLICKR[name]))
    assert [text.replace("|", "/") for text in found.texts] == [
        t.replace("|", "/") for t in TEXTS
    ]
    assert [caption.group for caption in found.captions] == [f"image:{name}" for name in IMAGES]


@pytest.mark.parametrize("form", ["strings", "objects", "lines", "lines.txt", "under a key"])
def test_json_in_every_form(tmp_path, form):
    objects = [{"id": n, "text": text, "ok": True} for n, text in enumerate(TEXTS)]
    lines = "".join(json.dumps(each) + "\n" for each in objects)
    name, text = {
        "strings": ("a.json", json.dumps(TEXTS, indent=1)),
        "objects": ("a.json", json.dumps(objects)),
        "lines": ("a.jsonl", lines),
        "lines.txt": ("a.txt", lines),
        "under a key": ("a.json", json.dumps({"version": 1, "data": objects})),
    }[form]
    assert read(save(tmp_path / name, text)).texts == TEXTS


def test_parquet_with_lists_of_captions_of_one_image(tmp_path):
    import pyarrow
    from pyarrow import parquet

    columns = {
        "image": [b"\xff\xd8", b"\xff\xd8"],
        "captions": [TEXTS[:2], TEXTS[2:]],
        "mood": ["good", "bad"],
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", label_column="mood")
    assert found.texts == TEXTS
    assert found.labels == ["good", "good", "bad", "bad"]
    groups = [caption.group for caption in found.captions]
    assert groups == [f"entry:{(tmp_path / 'a.parquet').resolve()}:{n}" for n in (1, 1, 2, 2)]


def test_numbers_of_parquet_are_labels_and_groups_also_where_some_are_missing(tmp_path):
    import pyarrow
    from pyarrow import parquet

    # Pandas has no missing integers: it makes such a column one of floats.
    columns = {"text": TEXTS, "stars": [1.0, None, 2.0, 1.0], "image_id": [7, 7, 8, 9]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", label_column="stars")
    assert found.labels == ["1", "", "2", "1"]
    groups = [caption.group for caption in found.captions]
    assert groups == ["image:7", "image:7", "image:8", "image:9"]


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadInput, match=r"needs pyarrow: pip install 'textvae\[parquet\]'"):
        read(save(tmp_path / "a.parquet", b"PAR1....PAR1"))


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.json", "a.jsonl"])
@pytest.mark.parametrize("column", ["image_id", "Image", "img id"])
def test_captions_with_the_number_of_an_image_are_grouped_by_it(tmp_path, name, column):
    objects = [{column: 40 + n // 5, "caption": f"a dog runs {n}"} for n in range(30)]
    rows = [[column, "caption"], *map(dict.values, objects)]
    text = {
        "a.csv": table(rows, ","),
        "a.txt": table(rows, "\t"),
        "a.json": json.dumps(objects),
        "a.jsonl": "".join(json.dumps(each) + "\n" for each in objects),
    }[name]
    found = read(save(tmp_path / name, text))
    assert [c.group for c in found.captions] == [f"image:{40 + n // 5}" for n in range(30)]
    assert f"images in {column!r}" in found.files[0]


def test_a_column_that_says_whether_there_is_an_image_groups_nothing(tmp_path):
    for values in (["0", "1"], ["yes", "no"], ["x"]):
        rows = [[values[n % len(values)], f"a dog runs {n}"] for n in range(30)]
        found = read(save(tmp_path / "a.csv", table([["image", "text"], *rows], ",")))
        assert len({caption.group for caption in found.captions}) == 30


def test_karpathys_splits_and_groups_are_kept(tmp_path):
    images = [
        {
            "cocoid": n,
            "split": split,
            "filename": "x.jpg",
            "sentences": [{"raw": text, "tokens": []}],
        }
        for n, (split, text) in enumerate(
            zip(("train", "val", "restval", "test"), TEXTS, strict=True)
        )
    ]
    found = read(save(tmp_path / "a.json", json.dumps({"images": images, "dataset": "coco"})))
    assert [caption[:2] for caption in found.captions] == [
        (f"coco:{n}", text) for n, text in enumerate(TEXTS)
    ]
    assert [caption.split for caption in found.captions] == [
        "train",
        "validation",
        "train",
        "test",
    ]


def test_lines_in_quotation_marks_are_lines_of_a_text(tmp_path, monkeypatch):
    quoted = ['"To be or not to be."', '"I think, therefore I am."']
    for lines in (quoted, [*quoted, "Know thyself."]):
        text = "\n".join(lines)
        assert read(save(tmp_path / "a.txt", text)).texts == lines
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert read("-").texts == lines
    assert read(save(tmp_path / "a.jsonl", "\n".join(quoted))).texts == [
        each.strip('"') for each in quoted
    ]


@pytest.mark.parametrize(
    "first",
    ["[[Link]] to a page", "[{a note}] of hers", "[[a] b] c", '["Hello," she said]'],
)
def test_lines_in_brackets_are_lines_of_a_text_and_no_json(tmp_path, first):
    lines = [first, "A dog runs."]
    assert read(save(tmp_path / "a.txt", "\n".join(lines))).texts == lines


PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packing", [*PACK, "zip"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.json", "a.jsonl"])
def test_every_packing_around_every_format(tmp_path, packing, name):
    data = {
        "a.txt": "\n".join(TEXTS),
        "a.csv": table([["text"], *([text] for text in TEXTS)], ","),
        "a.json": json.dumps(TEXTS),
        "a.jsonl": "\n".join(json.dumps({"text": text}) for text in TEXTS),
    }[name].encode()
    path = tmp_path / f"{name}.{packing}"
    if packing == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"folder/{name}", data)
            archive.writestr(f"__MACOSX/{name}", b"\0")
    else:
        path.write_bytes(PACK[packing](data))
    assert read(path).texts == TEXTS


def test_of_several_files_in_an_archive_one_is_named(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("annotations/instances_val2014.json", "{}")
        archive.writestr("annotations/captions_val2014.json", json.dumps(COCO))
    with pytest.raises(BadInput, match=r"name one, such as .*/annotations/captions_val2014"):
        read(path)
    assert len(read(path / "annotations/captions_val2014.json")) == 4


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-8-sig", ""),
        ("latin-1", "cp1252"),
        ("cp1252", "cp1252"),
    ],
)
def test_other_encodings_are_recognised_and_said(tmp_path, encoding, told):
    lines = [
        "Ein Mädchen läuft über die Straße",
        "Zwei Männer hören schöne Töne",
        "Fünf Äpfel",
    ] * 4
    found = read(save(tmp_path / "a.txt", "\n".join(lines), encoding))
    assert found.texts == lines
    assert found.files[0].endswith(f", in {told}" if told else "one caption per line")


def test_accents_are_western_where_they_might_be_others(tmp_path):
    lines = ["Un homme à vélo près de la forêt.", "Une femme très élégante achète des crêpes."]
    assert read(save(tmp_path / "a.txt", "\n".join(lines), "latin-1")).texts == lines


JAPANESE = (
    "犬が浜辺を走っている。猫は家で眠り、子供たちは公園でボールを蹴って遊んでいます。"
    "赤い傘をさした女性が駅前の横断歩道をゆっくり渡る。"
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Собака бежит по берегу моря", "cp1251"),
        ("Собака бежит по берегу моря", "koi8-r"),
        (JAPANESE, "shift_jis"),
        ("一只狗在沙滩上奔跑，天气很好", "gb18030"),
        ("الكلب يركض على الشاطئ", "cp1256"),
        ("Pies biegnie po plaży, a żółw śpi w cieniu wśród gęstych drzew", "cp1250"),
        ("Pies biegnie po plaży, a żółw śpi w cieniu wśród gęstych drzew", "iso8859_2"),
        ("Příliš mladý pes běží po pláži a kočka leží na židli", "iso8859_2"),
        ("A fiú hűvös időben főz, és a nő újságot olvas a meleg tűznél ülve", "cp1250"),
        ("„Un câine fuge pe plajă”, spune băiatul, și pisica doarme", "cp1250"),
        ("Köpek sahilde koşuyor, çocuk ise ağacın altında oturmuş", "cp1254"),
        ("Mies istuu pöydän ääressä ja syö jäätelöä hyvässä säässä", "cp1252"),
        ("Il ragazzo è già in città perché più tardi farà caldo", "cp1252"),
        ("A “dog” sits on the man’s lap – and sleeps…", "cp1252"),
    ],
)
def test_encodings_of_other_scripts(tmp_path, text, encoding):
    text = text.replace("ș", "ş")  # as in encodings older than the letter
    path = save(tmp_path / "a.txt", "\n".join([text] * 9), encoding)
    assert read(path).texts == read(path, encoding=encoding).texts == [text] * 9


def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path):
    path = save(tmp_path / "a.txt", "犬", "shift_jis")
    with pytest.raises(
        BadInput, match=r"cannot be detected \(it may be .*\); name it with --enc"
    ):
        read(path)
    assert read(path, encoding="shift_jis").texts == ["犬"]


@pytest.mark.parametrize("before", [0, 2, 60_000])
def test_a_byte_of_another_encoding_does_not_garble_a_text_in_utf_8(tmp_path, before):
    lines = [f"It’s dog number {n}." for n in range(max(before, 3))]
    data = "\n".join(lines).encode().split(b"\n")
    data.insert(before, b"It\x92s a cat.")
    path = save(tmp_path / "a.txt", b"\n".join(data))
    refusal = rf"a.txt, line {before + 1}: byte 0x92 is not UTF-8, .* one with --encoding"
    with pytest.raises(BadInput, match=refusal):
        read(path)
    assert "It’s a cat." in read(path, encoding="cp1252").texts


def test_utf_8_among_many_lines_of_another_encoding_is_not_garbled(tmp_path):
    lines = [f"It’s dog number {n}.".encode("cp1252") for n in range(30)]
    path = save(tmp_path / "a.txt", b"\n".join([*lines, "It’s a cat.".encode()]))
    with pytest.raises(BadInput, match="line 1: byte 0x92 is not UTF-8, unlike other lines"):
        read(path)


def test_a_byte_order_mark_is_no_part_of_the_text_if_the_encoding_is_named(tmp_path):
    for name, text in {
        "a.csv": "caption,id\nA dog.,1\nA cat.,2\n",
        "a.jsonl": '{"id": 1, "caption": "A dog."}\n{"id": 2, "caption": "A cat."}\n',
    }.items():
        path = save(tmp_path / name, text, "utf-8-sig")
        assert read(path, encoding="UTF-8", column="caption").texts == ["A dog.", "A cat."]


def test_an_encoding_that_does_not_fit_is_refused(tmp_path):
    path = save(tmp_path / "a.txt", "Straße\n", "latin-1")
    with pytest.raises(BadInput, match="is not in the encoding utf-8 .*--encoding"):
        read(path, encoding="utf-8")
    for name in ("klingon", "base64", "rot13"):
        with pytest.raises(BadInput, match=f"--encoding {name} is not an encoding of text"):
            read(path, encoding=name)


def test_folders_patterns_and_standard_input(tmp_path, monkeypatch):
    for name, text in {
        "b.txt": TEXTS[1],
        "a.txt": TEXTS[0],
        "README.txt": "no",
        "c.png": "no",
    }.items():
        save(tmp_path / name, text)
    assert read(tmp_path).texts == TEXTS[:2]
    assert read(f"{tmp_path}/[ab].txt").texts == TEXTS[:2]
    with pytest.raises(BadInput, match="no file matches .*; check the pattern"):
        read(f"{tmp_path}/*.csv")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(TEXTS).encode())))
    found = read("-")
    assert found.texts == TEXTS
    assert found.files == ("standard input: one caption per line",)


NO_CAPTIONS = {
    "trainImages.txt": ("1.jpg\n2.jpg\n3_b.jpg\n", "lists file names, not captions"),
    "glove.txt": (
        "\n".join(f"w{n} " + " ".join(["0.25"] * 50) for n in range(9)),
        "holds word vectors",
    ),
    "glove.tsv": (
        "\n".join(f"w{n}\t" + "\t".join(["0.25"] * 50) for n in range(9)),
        "no column that looks",
    ),
    "glove-6b.tsv": (  # which has a word that is not ASCII among its first hundreds
        "\n".join(
            f"{word}\t" + "\t".join(["0.25"] * 50)
            for word in ["–", *(f"word{n}" for n in range(40))]
        ),
        "no column that looks",
    ),
    "page.txt": ("<!DOCTYPE html>\n<p>A dog.\n", "holds markup"),
    "page.csv": ("<!DOCTYPE html>\n<p>A dog runs on the beach.\n", "holds markup"),
    "train.txt": ("data/1.jpg\ndata/2.jpg\n", "lists file names"),
    "deep.jsonl": ('{"a":' * 90_000, "line 1 is not valid JSON"),
    "numbers.json": ("[1, 2]", "must be strings or objects"),
    "fake.parquet": ("A dog.", "is named like a Parquet file, but is not one"),
}


@pytest.mark.parametrize("name", NO_CAPTIONS)
def test_what_holds_no_captions_is_refused_in_one_line(tmp_path, name):
    text, message = NO_CAPTIONS[name]
    with pytest.raises(BadInput, match=message) as refusal:
        read(save(tmp_path / name, text))
    assert "\n" not in str(refusal.value)


HEADERS = {
    "separator": "sep=;\nid;text\n1;A dog runs.\n2;A cat sleeps.\n",
    "trailing": "id,text,\n1,A dog runs.,\n2,A cat sleeps.,\n",
    "blank": "   \nid,text\n1,A dog runs.\n2,A cat sleeps.\n",
    "again": "id,text\n1,A dog runs.\nid,text\n2,A cat sleeps.\n",
    "spaces": '"id", "text"\n1, "A dog runs."\n2, "A cat sleeps."\n',
    "form": 'Timestamp,"What did you like most about the workshop today?"\n'
    "2024/01/05 10:22:33,A dog runs.\n2024/01/05 10:25:01,A cat sleeps.\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_no_caption_however_it_comes(tmp_path, name):
    found = read(save(tmp_path / "a.csv", HEADERS[name]))
    assert found.texts == ["A dog runs.", "A cat sleeps."]


@pytest.mark.parametrize("write", [json.dumps, repr])
def test_a_cell_with_a_list_holds_several_captions_of_one_thing(tmp_path, write):
    lists = [["A dog's run.", "It runs."], ["A cat sleeps.", "It sleeps."]]
    rows = [["raw", "split"], *([write(each), "train"] for each in lists)]
    found = read(save(tmp_path / "a.csv", table(rows, ",")))
    assert found.texts == [text for each in lists for text in each]
    one, same, other, _ = (caption.group for caption in found.captions)
    assert one == same != other


def test_a_decimal_comma_separates_no_columns(tmp_path):
    path = save(tmp_path / "a.csv", "1;1,5;Ein Hund läuft\n2;2,5;Eine Katze schläft\n")
    assert read(path).texts == ["Ein Hund läuft", "Eine Katze schläft"]


def test_a_text_file_with_bars_is_a_table_whose_quotes_belong_to_the_text(tmp_path):
    path = save(tmp_path / "a.txt", 'wavs/1.wav|"Go" says he\nwavs/2.wav|A cat sleeps\n')
    assert read(path).texts == ['"Go" says he', "A cat sleeps"]


def test_captions_of_a_file_in_a_folder_or_with_a_number_are_of_one_image(tmp_path):
    lines = "images/1.jpg\tA dog runs.\nimages/1.jpg\tA brown dog.\n"
    found = read(save(tmp_path / "a.txt", lines))
    assert [caption.group for caption in found.captions] == ["image:images/1.jpg"] * 2
    rows = [{"image": f"{n // 5}.jpg#{n % 5}", "text": f"A dog, {n}."} for n in range(10)]
    found = read(save(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert {caption.group for caption in found.captions} == {"image:0.jpg", "image:1.jpg"}


def test_a_long_cell_is_judged_at_once():
    assert kind_of(["/" * 10**6 + " x"]) == "other"


def test_a_file_without_a_name_is_refused():
    with pytest.raises(BadInput, match="has no name; check the command"):
        read("")


def test_an_office_document_is_no_archive_of_captions(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(BadInput, match="office document"):
        read(tmp_path / "a.ods")


def test_groups_and_labels(tmp_path):
    rows = [
        ["text", "meaning", "mood"],
        ["A dog runs", "7", "good"],
        ["The dog is running", "7", "bad"],
        ["A cat", "8", "good"],
    ]
    path = save(tmp_path / "a.csv", table(rows, ","))
    found = read(path, group_column="meaning", label_column="mood")
    assert [caption.group for caption in found.captions] == ["group:7", "group:7", "group:8"]
    assert found.labels == ["good", "bad", "good"]
    with pytest.raises(BadInput, match="one caption per line and no column 'mood'"):
        read(save(tmp_path / "a.txt", "A dog.\n"), label_column="mood")


KARPATHY = {"images": [{"cocoid": 1, "split": "train", "sentences": [{"raw": "A dog."}]}]}
WITHOUT_COLUMNS = {
    "a.txt": ("1;A dog runs\n2;A cat\n", {}, "one caption per line and no column"),
    "a.json": (json.dumps(TEXTS), {}, "has only strings and no column"),
    "coco.json": (
        json.dumps(COCO),
        {"column": "caption", "group_column": "image_id"},
        "COCO's captions and no column",
    ),
    "karpathy.json": (
        json.dumps(KARPATHY),
        {"group_column": "cocoid"},
        "in Karpathy's format and no column",
    ),
}


@pytest.mark.parametrize("option", ["column", "group_column", "label_column"])
@pytest.mark.parametrize("name", WITHOUT_COLUMNS)
def test_a_column_that_a_file_cannot_have_is_refused(tmp_path, name, option):
    text, known, message = WITHOUT_COLUMNS[name]
    path = save(tmp_path / name, text)
    leave_out = f"leave out --{option.replace('_', '-')}$"
    for column in ("titel", "2"):
        with pytest.raises(BadInput, match=rf"{message} '{column}'; .*{leave_out}"):
            read(path, **{option: column})
    assert read(path, **known).texts == read(path).texts


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["x"] * 9, "has one label, 'x'; at least 2"),
        ([""] * 9, "has only empty cells; at least 2"),
        (range(10_000), "has 10,000 different labels"),
    ],
)
def test_labels_that_are_no_classes_are_refused(tmp_path, labels, message):
    rows = [["text", "mood"], *([f"a dog runs {n}", label] for n, label in enumerate(labels))]
    with pytest.raises(BadInput, match=message):
        read(save(tmp_path / "a.csv", table(rows, ",")), label_column="mood")


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(CELL, min_size=1, max_size=8), st.sampled_from(",;|\t"))
def test_whatever_cells_hold_the_named_column_comes_back(tmp_path_factory, cells, delimiter):
    path = tmp_path_factory.mktemp("cells") / "a.csv"
    rows = [
        ["id", "text"],
        ["0", "A dog runs"],
        *([str(n), cell] for n, cell in enumerate(cells)),
    ]
    save(path, table(rows, delimiter, quoting=csv.QUOTE_ALL))
    found = read(path, column="text", delimiter=delimiter)
    assert found.texts == [
        "A dog runs",
        *(" ".join(each.split()) for each in cells if each.split()),
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(CELL, min_size=1, max_size=8), st.integers(0, 3))
def test_whatever_strings_hold_json_gives_them_back(tmp_path_factory, cells, indent):
    path = tmp_path_factory.mktemp("json") / "a.json"
    save(path, json.dumps(["A dog", *cells], indent=indent, ensure_ascii=bool(indent % 2)))
    assert read(path).texts == [
        "A dog",
        *(" ".join(each.split()) for each in cells if each.split()),
    ]


def test_half_of_an_emoji_can_be_written_wherever_it_stands(tmp_path):
    rows = [
        {"text": f"Dog {n} \ud83d", "mood": "\ud83d" if n % 2 else "good", "which": "\ud83d"}
        for n in range(4)
    ]
    path = save(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    found = read(path, column="text", label_column="mood", group_column="which")
    for each in (*found.captions, *found.examples):
        "".join(each).encode()
    assert set(found.labels) == {"good", "\ufffd"}


def test_utf_8_far_before_another_encoding_is_not_garbled(tmp_path):
    """Farther than the bytes that are read at once."""
    western = "Zwei Männer gehen über die Straße.\n".encode("latin-1")
    data = "Ein Café.\n".encode() + b"A dog.\n" * 200_000 + western * 3
    with pytest.raises(
        BadInput, match="line 200002: byte 0xe4 is not UTF-8, unlike other lines"
    ):
        read(save(tmp_path / "a.txt", data))


@pytest.mark.parametrize("options", [{}, {"encoding": "utf-8"}])
def test_a_pipe_is_read_whole(options):
    read_end, write_end = os.pipe()
    lines = [f"A dog number {n} runs." for n in range(2000)]  # fewer bytes than a pipe holds
    os.write(write_end, "\n".join(lines).encode())
    os.close(write_end)
    name = f"/dev/fd/{read_end}"
    try:
        assert fingerprint(name) != fingerprint(name)  # and nothing is read
        assert read(name, **options).texts == lines
    finally:
        os.close(read_end)


def test_quotes_far_down_between_tabs_may_be_marks_of_the_text(tmp_path):
    texts = [f"A dog number {n}" for n in range(600)] + ['"Go" says a sign', '"Stop']
    rows = [f"{n}.jpg#0\t{text}" for n, text in enumerate(texts)]
    assert read(save(tmp_path / "a.token", "\n".join(rows))).texts == texts
    quoted = table([[f"{n}.jpg#0", text] for n, text in enumerate(texts)], "\t")
    assert read(save(tmp_path / "b.tsv", quoted)).texts == texts


def test_parquet_whose_text_is_not_utf_8_is_refused(tmp_path):
    import pyarrow
    from pyarrow import parquet

    text = pyarrow.array([b"A dog", b"Un caf\xe9 noir"]).cast(pyarrow.string(), safe=False)
    parquet.write_table(pyarrow.table({"text": text}), tmp_path / "a.parquet")
    with pytest.raises(BadInput, match="a.parquet has text that is not UTF-8"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "text",
    [
        "id,caption\n1,A dog runs, and barks.\n2,A cat sleeps, and dreams.\n",
        '"id"\t"caption"\n"1"\t7\t"A dog runs."\n"2"\t8\t"A cat sleeps."\n',
    ],
)
def test_rows_wider_than_their_header_are_not_called_missing(tmp_path, text):
    with pytest.raises(BadInput, match="2 columns in its header, but 3 cells in its rows"):
        read(save(tmp_path / "a.csv", text))


def test_a_list_as_numpy_prints_it_holds_several_captions(tmp_path):
    cells = ["['A dog runs.' \"It's a dog.\"\n 'It barks.']", "['A cat sleeps.' 'It purrs.']"]
    rows = [["image", "caption"], ["1.jpg", cells[0]], ["2.jpg", cells[1]]]
    found = read(save(tmp_path / "a.csv", table(rows, ",")))
    texts = ["A dog runs.", "It's a dog.", "It barks.", "A cat sleeps.", "It purrs."]
    assert found.texts == texts


def test_a_long_cell_beside_the_captions_does_no_harm(tmp_path):
    rows = [["title", "body"], ["A dog runs", "x " * 100_000], ["A cat, asleep", "y"]]
    path = save(tmp_path / "a.csv", table(rows, ","))
    assert read(path, column="title").texts == ["A dog runs", "A cat, asleep"]


def test_many_files_of_one_kind_are_described_in_one_line(tmp_path):
    for number in range(40):
        save(tmp_path / f"{number:02}.txt", f"A dog number {number}.\n")
    found = read(f"{tmp_path}/*.txt")
    assert len(found) == 40
    [line] = found.files
    assert line.startswith("40 files, such as ")
    assert line.endswith("00.txt: one caption per line")


@pytest.mark.parametrize(
    "line", ["Wow|a really great film", "I gave it|ten points", "So\tit is"]
)
def test_one_line_is_no_table(tmp_path, line):
    assert read(save(tmp_path / "a.txt", line)).texts == [" ".join(line.split())]


def test_a_quoted_line_early_on_does_not_make_all_quotes_those_of_a_table(tmp_path):
    texts = [f"A dog number {number}" for number in range(600)]
    texts[3], texts[599] = '"Stop!"', '"Go" says a sign'
    rows = "\n".join(f"{number}\t{text}" for number, text in enumerate(texts))
    assert read(save(tmp_path / "a.tsv", rows)).texts == texts


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [(6, 1, "is encrypted"), (8, 99, "compression method is not supported")],
)
def test_a_zip_that_python_cannot_unpack_is_not_called_damaged(tmp_path, place, value, why):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "A dog runs.\n" * 9)
    data = bytearray(path.read_bytes())
    data[place] = data[data.rindex(b"PK\x01\x02") + place + 2] = value  # both of its headers
    path.write_bytes(data)
    with pytest.raises(BadInput, match=f"cannot be unpacked: .*{why}.*; unpack it yourself"):
        read(path)


def test_a_full_folder_for_temporary_files_is_named(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("shutil.copyfileobj", full)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a dog\n")))
    with pytest.raises(OSError, match="No space") as one, ExitStack() as stack:
        list(find_sources(["-"], stack))
    with pytest.raises(OSError, match="No space") as other, as_files(["-"]):
        pass
    for caught in (one, other):
        assert str(caught.value.filename).startswith(str(tmp_path))


def test_a_zip_with_a_name_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("é.txt", "A dog runs.\n")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe"))
    with pytest.raises(BadInput, match="is damaged"):
        read(path)


def test_lines_that_would_take_long_to_clean_are_dropped_before(tmp_path):
    path = save(tmp_path / "a.txt", "A dog runs.\n" + "\u0301" * 40_000 + "\u0323" * 40_000)
    begun = time.process_time()
    found = read(path)
    assert time.process_time() - begun < 0.5
    assert found.texts == ["A dog runs."]
    assert found.dropped == {"with more than 10,000 characters": 1}


def test_what_is_not_read_of_a_folder_is_said(tmp_path, caplog):
    caplog.set_level("INFO", "textvae")
    for name in ("a.txt", "requirements.csv", "part_ab"):
        save(tmp_path / name, "A dog.\n")
    assert read(tmp_path).texts == ["A dog."]
    assert "not recognised as caption files: part_ab, requirements.csv; name" in caplog.text


def test_a_json_list_on_one_line_is_no_line_of_a_text(tmp_path, monkeypatch):
    text = json.dumps([{"id": n, "text": each} for n, each in enumerate(TEXTS)])
    assert read(save(tmp_path / "a.txt", text)).texts == TEXTS
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert read("-").texts == TEXTS


def test_lines_of_numbers_are_no_word_vectors(tmp_path):
    lines = [" ".join(str(60 + (n * i) % 12) for i in range(16)) for n in range(60)]
    assert read(save(tmp_path / "melodies.txt", "\n".join(lines))).texts == lines


def test_a_column_of_images_groups_them_also_where_it_is_named(tmp_path):
    path = save(tmp_path / "Flickr8k.token.txt", FLICKR["Flickr8k.token.txt"])
    found = read(path, group_column="1")
    assert [caption.group for caption in found.captions] == [f"image:{name}" for name in IMAGES]


def test_lines_with_bars_tabs_or_commas_can_be_kept_whole(tmp_path):
    ended = [f"राम घर गया {n}|" for n in range(20)]  # as a sentence often ends in Hindi
    assert read(save(tmp_path / "a.txt", "\n".join(ended))).texts == ended
    for name, mark in (("b.txt", "\t"), ("c.txt", "|"), ("d.csv", ",")):
        lines = [f"Smith{mark}John {n}" for n in range(20)]
        path = save(tmp_path / name, "\n".join(lines))
        whole = [line.replace("\t", " ") for line in lines]
        assert read(path, delimiter="none").texts == whole
        assert read(path, column="2").texts == [f"John {n}" for n in range(20)]


def test_a_table_of_bars_may_have_empty_last_cells(tmp_path):
    rows = [f"{n}.jpg|A dog runs {n}|" + "en" * (n % 2) for n in range(20)]
    found = read(save(tmp_path / "a.txt", "\n".join(rows)))
    assert found.texts == [f"A dog runs {n}" for n in range(20)]


def test_a_folder_with_training_and_test_files_is_split_as_they_say(tmp_path):
    names = ("train", "test", "valid")
    for name in names:
        save(tmp_path / f"{name}.txt", "\n".join(f"A dog of {name} {n}." for n in range(9)))
        (tmp_path / name).mkdir()
        save(tmp_path / name / "a.txt", f"A cat of {name}.")
    for place, number in ((tmp_path, 9), (f"{tmp_path}/*.txt", 9), (f"{tmp_path}/*/a.txt", 1)):
        found = read(place)
        splits = [each.split for each in found.captions]
        assert [splits.count(name) for name in ("train", "test", "validation")] == [number] * 3
        assert sum(line.endswith("one caption per line; split: test") for line in found.files)
    # A file that is named itself is used for what the user says.
    for place in (tmp_path / "test.txt", f"{tmp_path}/te*.txt", tmp_path / "test"):
        assert read(place).splits == frozenset()


def test_a_folder_of_folders_is_refused_with_the_pattern_that_reads_them(tmp_path):
    folder = tmp_path / "my [dogs]"
    for name in ("train", "test"):
        (folder / name).mkdir(parents=True)
        save(folder / name / "a.txt", f"A cat of {name}.")
    message = "is a folder without a file of captions; .* in its folders, name a pattern: (.+)"
    with pytest.raises(BadInput, match=message) as caught:
        read(folder)
    [pattern] = shlex.split(re.search(message, str(caught.value))[1])
    assert {(each.text, each.split) for each in read(pattern).captions} == {
        ("A cat of train.", "train"),
        ("A cat of test.", "test"),
    }
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"give one with .*\.token$"):
        read(tmp_path / "empty")


@pytest.mark.parametrize(
    "names", [("train", "plane"), ("dog-training", "test-of-taste", "cats"), ("test", "dev")]
)
def test_a_file_about_trains_makes_no_split(tmp_path, names):
    for name in names:
        save(tmp_path / f"{name}.txt", f"A {name}.")
    assert read(tmp_path).splits == frozenset()


def test_sentences_with_a_comma_below_the_name_of_their_column_are_not_halved(tmp_path):
    texts = [f"Good,but it was rather slow number {n}" for n in range(12)]
    path = save(tmp_path / "a.csv", "\n".join(["review", *texts]))
    with pytest.raises(BadInput, match="rows of different lengths"):
        read(path)


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("name", ["-", "a.txt"])
def test_a_table_without_its_name_is_one_whatever_its_columns_are_called(
    tmp_path, monkeypatch, delimiter, name
):
    texts = [f"A dog, number {n}, runs" for n in range(20)]
    text = table([["review", "sentiment"], *([each, "good"] for each in texts)], delimiter)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert read(name if name == "-" else save(tmp_path / name, text)).texts == texts


@pytest.mark.parametrize("first", ["Hello, world", "Breakfast", "李白,静夜思"])
def test_lines_with_a_comma_each_are_no_table(tmp_path, first):
    lines = [first, *(f"床前明月光{n},疑是地上霜" for n in range(20))]
    assert read(save(tmp_path / "a.txt", "\n".join(lines))).texts == lines
    lines = [first, *(f"A dog runs {n}, a cat sleeps" for n in range(20))]
    assert read(save(tmp_path / "b.txt", "\n".join(lines))).texts == lines


def test_japanese_in_the_encoding_of_old_mail_is_read(tmp_path):
    found = read(save(tmp_path / "a.txt", JAPANESE + "\n", "iso2022_jp"))
    assert found.texts == [JAPANESE]
    assert found.files[0].endswith(", in iso2022_jp_2")


@pytest.mark.parametrize("titles", ["Survey export\n", "Survey export\n2024-01-05\n"])
def test_titles_above_a_table_are_no_header(tmp_path, titles):
    rows = [["id", "text"], *([str(n), f"A dog runs {n}"] for n in range(30))]
    found = read(save(tmp_path / "a.csv", titles + table(rows, ",")))
    assert found.texts == [f"A dog runs {n}" for n in range(30)]
    assert found.dropped == {}
    assert "with a header below a title; captions in 'text'" in found.files[0]


def test_a_title_above_rows_without_a_header_is_refused(tmp_path):
    rows = "".join(f"{n},A dog runs {n}\n" for n in range(30))
    with pytest.raises(BadInput, match="different lengths; remove what is above the table"):
        read(save(tmp_path / "a.csv", f"Survey export\n{rows}"))


def test_an_empty_column_is_not_the_captions_whatever_it_is_called(tmp_path):
    rows = [["comment", "review"], *(["", f"A dog runs {n}"] for n in range(30))]
    found = read(save(tmp_path / "a.csv", table(rows, ",")))
    assert found.texts == [f"A dog runs {n}" for n in range(30)]


def test_letters_are_the_same_however_they_are_encoded(tmp_path):
    """A table from a Mac may have an accent as a character of its own."""
    rows = [
        ["titre\u0301", "mood"],
        ["A dog runs", "e\u0301te\u0301"],
        ["A cat sits", "\u00e9t\u00e9"],
        ["Two dogs", "hiver"],
    ]
    for name in ("a.csv", "a.txt"):
        path = save(tmp_path / name, table(rows, ","))
        found = read(path, column="titr\u00e9", label_column="mood")
        assert found.labels == ["\u00e9t\u00e9", "\u00e9t\u00e9", "hiver"]


def test_true_and_false_are_labels_as_json_writes_them(tmp_path):
    rows = [{"text": text, "ok": bool(n % 2)} for n, text in enumerate(TEXTS)]
    found = read(save(tmp_path / "a.json", json.dumps(rows)), label_column="ok")
    assert found.labels == ["false", "true", "false", "true"]


def test_a_script_of_many_signs_is_text(tmp_path):
    texts = [f"ကျွန်တော် ကျောင်းသွားတယ် {n}" for n in range(9)]
    rows = [["no", "စာ"], *([str(n), text] for n, text in enumerate(texts))]
    assert read(save(tmp_path / "a.csv", table(rows, ","))).texts == texts


def test_options_that_a_file_has_no_use_for_are_named(tmp_path, caplog):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"text": TEXTS}), tmp_path / "a.parquet")
    save(tmp_path / "b.json", json.dumps(TEXTS))
    for name in ("a.parquet", "b.json"):
        assert read(tmp_path / name, delimiter=";", encoding="utf-8").texts == TEXTS
    warnings = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert [each.rpartition("/")[2] for each in warnings] == [
        "a.parquet is of a kind that is read without --delimiter",
        "a.parquet is of a kind that is read without --encoding",
        "b.json is of a kind that is read without --delimiter",
    ]


def test_a_column_that_a_file_cannot_have_may_be_given_by_another_file(tmp_path):
    path = save(tmp_path / "a.json", json.dumps(TEXTS))
    with pytest.raises(BadInput, match="no column 'title'; give a file that has it, or leave"):
        read(path, column="title")


def test_marks_of_byte_order_within_a_file_are_no_part_of_its_lines(tmp_path):
    """As in files that were joined, or whose encoding is named without the mark."""
    parts = [f"id,text\n{n},A dog runs {n}\n".encode("utf-8-sig") for n in range(3)]
    texts = [f"A dog runs {n}" for n in range(3)]
    found = read(save(tmp_path / "a.csv", b"".join(parts)))
    assert found.texts == texts
    assert found.dropped == {"repeated headers": 2}
    lines = [f"A dog runs {n}\n".encode("utf-8-sig") for n in range(3)]
    assert read(save(tmp_path / "b.txt", b"".join(lines))).texts == texts
    path = save(tmp_path / "c.csv", "\ufeffcaption,id\nA dog,1\nA cat,2\n", "utf-16-le")
    found = read(path, encoding="utf-16-le", column="caption")
    assert found.texts == ["A dog", "A cat"]


def test_an_archive_of_unix_is_named(tmp_path):
    lines = save(tmp_path / "lines.txt", "A dog runs.\n")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(lines, "lines.txt")
    with pytest.raises(BadInput, match="a.tar.gz is a tar archive; unpack it"):
        read(tmp_path / "a.tar.gz")
