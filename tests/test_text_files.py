import bz2
import gzip
import io
import lzma
import os
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textvae.data import text_files, unpacking
from textvae.data.text_files import (
    decode_text,
    read_json,
    read_lines,
    read_text,
    split_lines,
    stream_lines,
)
from textvae.data.unpacking import open_unpacked
from textvae.errors import BadInput

TEXT = "a dog\ncaf\u00e9 \u05db\u05dc\u05d1\n"


def write(path, data):
    path.write_bytes(gzip.compress(data) if path.suffix.lower() == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.json.GZ", "a"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_mark_and_packing_leave_no_trace(tmp_path, name, mark):
    file = write(tmp_path / name, mark + TEXT.encode())
    assert read_text(file) == read_text(str(file)) == TEXT
    assert read_lines(file) == ["a dog", "caf\u00e9 \u05db\u05dc\u05d1"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\r\nc\rd", ["a", "b", "c", "d"]),
        ("a\n\nb\n", ["a", "", "b"]),
        ("a\u2028b\x0bc\x85d\n", ["a\u2028b\x0bc\x85d"]),  # separators within a caption
        ("\na", ["", "a"]),
    ],
)
def test_lines_end_as_files_of_text_end_them(tmp_path, text, lines):
    assert read_lines(write(tmp_path / "a.txt", text.encode())) == lines


def test_what_is_not_utf_8_is_refused_by_line_and_offset(tmp_path):
    file = write(tmp_path / "latin.txt.gz", b"a\nb\ncaf\xe9")
    where = "line 3: byte 0xe9 at offset 7 is not UTF-8; save the file as UTF-8"
    with pytest.raises(BadInput, match=f"latin.txt.gz, {where}"):
        read_text(file)
    with pytest.raises(BadInput, match=f"^standard input, {where}"):
        decode_text(b"a\nb\ncaf\xe9", "standard input")


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone.txt does not exist; check the path"):
        read_text(tmp_path / "gone.txt")
    with pytest.raises(BadInput, match=r"is a folder; give a file in it"):
        read_text(tmp_path)
    with pytest.raises(BadInput, match=r"name too long"):
        read_text(tmp_path / ("x" * 300))


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-9], lambda data: b"plain" + data, lambda data: data[:2]]
)
def test_a_damaged_gzip_file_is_refused_in_one_line(tmp_path, spoil):
    file = write(tmp_path / "a.txt.gz", b"a dog\n" * 50)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(BadInput, match=r"a.txt.gz is damaged or not compressed") as refusal:
        read_text(file)
    assert "\n" not in str(refusal.value)


def test_a_large_file_can_be_read_piece_by_piece(tmp_path):
    with open_unpacked(write(tmp_path / "a.gz", b"a dog\n" * 1000)) as file:
        assert next(file) == b"a dog\n"


@pytest.mark.parametrize("data", [b"", b"\n \t\r\n", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_refused(tmp_path, data):
    with pytest.raises(BadInput, match="none.txt.gz is empty or holds only white space"):
        read_lines(write(tmp_path / "none.txt.gz", data))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": [\n1,', r"x.json is not valid JSON: .*line 2 column 3"),
        (b'{"a": "\xff"}', "x.json, line 1: byte 0xff at offset 7 is not UTF-8"),
        (b"[" * 100_000, "x.json is not valid JSON: maximum recursion depth"),
        (b"9" * 5_000, "x.json is not valid JSON: Exceeds the limit"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(tmp_path, data, message):
    with pytest.raises(BadInput, match=message):
        read_json(write(tmp_path / "x.json", data))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_compressed_pipe_may_be_longer_than_what_is_free_of_the_limit(pack, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE_BYTES", 100)
    read_end, write_end = os.pipe()
    os.write(write_end, pack(b"a dog\n" * 50))
    os.close(write_end)
    try:
        with open_unpacked(f"/dev/fd/{read_end}") as file:
            assert file.read() == b"a dog\n" * 50
    finally:
        os.close(read_end)


class Pieces(io.BytesIO):
    """A stream that gives a few bytes at a time, as a pipe may."""

    def read1(self, size=-1):
        return super().read1(3)


PARTS = ["a", "caf\u00e9", "\r", "\n", "\r\n", "\u2028", "\U0001f418"]


@given(st.lists(st.sampled_from(PARTS)))
def test_lines_of_a_stream_are_those_of_the_text(parts):
    text = "".join(parts)
    for stream in (Pieces, io.BytesIO):
        for is_strict in (True, False):
            found = list(stream_lines(stream(text.encode()), "x", is_strict))
            assert found == split_lines(text)


def test_bytes_that_are_no_text_are_found_wherever_a_piece_ends():
    data = b"\xef\xbb\xbfa\r\ncaf\xe9\r\xff\n\xc3\xa9"
    found = list(stream_lines(Pieces(data), "x", is_strict=False))
    assert found == ["a", "", "", "\u00e9"]
    assert [getattr(each, "fault", "") for each in found] == [
        "",
        "byte 0xe9 is not UTF-8; save the file as UTF-8",
        "byte 0xff is not UTF-8; save the file as UTF-8",
        "",
    ]
    with pytest.raises(BadInput, match="^x, line 2: byte 0xe9 at offset 9 is not UTF-8"):
        list(stream_lines(Pieces(data), "x"))


def test_of_a_line_that_is_far_too_long_little_is_held_and_the_next_are_read(monkeypatch):
    monkeypatch.setattr(text_files, "MAX_LINE", 10)
    monkeypatch.setattr(text_files, "PIECE", 16)
    data = b"a dog\n" + b"x" * 10_000 + b"\r\n" + b"y" * 11 + b"\n" + b"z" * 10
    found = list(stream_lines(io.BytesIO(data), "x", is_strict=False))
    assert found == ["a dog", "", "", "z" * 10]
    stream = io.BytesIO(data)
    with pytest.raises(BadInput, match="x has a line that is longer than 10 characters"):
        list(stream_lines(stream, "x"))
    assert stream.tell() < 100


def test_a_line_that_is_far_too_long_is_not_called_no_utf_8(monkeypatch):
    monkeypatch.setattr(text_files, "MAX_LINE", 10)
    monkeypatch.setattr(text_files, "PIECE", 16)
    data = "\u5e8a".encode() * 100  # 40 bytes end within a character
    with pytest.raises(BadInput, match="longer than 10 characters"):
        list(stream_lines(io.BytesIO(data), "x"))
    [found] = stream_lines(io.BytesIO(data), "x", is_strict=False)
    assert found.fault == "it is longer than 10 characters"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_not_read_as_lines(encoding):
    data = "a dog runs\na cat sits\n".encode(encoding)  # which is valid UTF-8
    for is_strict in (True, False):
        with pytest.raises(BadInput, match="^x holds zero bytes, as UTF-16 does; save"):
            list(stream_lines(io.BytesIO(data), "x", is_strict))
    assert list(stream_lines(io.BytesIO(b"a dog\0 runs\n"), "x")) == ["a dog\0 runs"]


def test_an_archive_is_not_read_as_lines():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("lines.txt", "a dog runs\n")
    for is_strict in (True, False):
        data.seek(0)
        with pytest.raises(BadInput, match="^x is a zip archive; unpack it"):
            list(stream_lines(data, "x", is_strict))
