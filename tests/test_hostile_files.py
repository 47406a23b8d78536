"""Files made to exhaust the memory end in one line, with as little of it as honest files."""

import bz2
import gzip
import json
import subprocess
import sys
import zipfile

import pytest

LINES = [f"a dog number {n} runs on the beach" for n in range(20_000)]
READ = """
import resource, sys
from textvae.data.captions import load_captions
from textvae.errors import BadInput
try:
    print(len(load_captions([sys.argv[1]], mode="tokens")))
except BadInput as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def read(path):
    """What reading said, and the most memory it took, in a process of its own."""
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *said, kilobytes = done.stdout.splitlines()
    return said, int(kilobytes)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    path = tmp_path_factory.mktemp("honest") / "a.txt"
    path.write_text("\n".join(LINES))
    said, kilobytes = read(path)
    assert said == [str(len(LINES))]
    return kilobytes


def packed(module, piece, times):
    """Each of these formats may be packed several times over, one after the other."""
    return lambda path: path.write_bytes(times * module.compress(piece))


def zipped(path):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.txt", "w") as file,
    ):
        for _ in range(100):
            file.write(b"a dog\n" * 200_000)


def zipped_by_bzip2(path):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive,
        archive.open("a.txt", "w") as file,
    ):
        for _ in range(400):
            file.write(b"\n" * 2**20)


def many_keys(path):
    with path.open("w") as file:
        for n in range(200):
            row = {"text": f"a dog {n}", **{f"k{n}_{i}": 0 for i in range(500)}}
            file.write(json.dumps(row) + "\n")


def written(before, piece, times, after=""):
    def write(path):
        with path.open("w") as file:
            file.write(before)
            for _ in range(times):
                file.write(piece)
            file.write(after)

    return write


MEGABYTE = "x " * 2**19
TABLE = "id,caption\n" + "".join(f"{n},{line}\n" for n, line in enumerate(LINES)) + '20000,"'
OBJECTS = "[" + ", ".join(json.dumps({"text": line}) for line in LINES)
HOSTILE = {
    "bomb.txt.gz": (packed(gzip, b"a dog\n" * 200_000, 200), "unpacks to more than 100 times"),
    "blank.txt.gz": (packed(gzip, b"\n" * 2**20, 200), "unpacks to more than 100 times"),
    "zero.txt.gz": (packed(gzip, b"\0" * 2**20, 200), "is not a text file"),
    "bomb.txt.bz2": (packed(bz2, b"a dog\n" * 200_000, 50), "unpacks to more than 100 times"),
    "bomb.zip": (zipped, "unpacks to more than 100 times"),
    "bzip2.zip": (zipped_by_bzip2, "compression method is not supported"),
    "keys.jsonl": (many_keys, "different keys"),
    "line.txt": (written("\n".join(LINES) + "\n", MEGABYTE, 100), "line 20001 is longer than"),
    "no-breaks.txt": (written("", MEGABYTE, 300), "line 1 is longer than 1,000,000"),
    "field.csv": (written(TABLE, MEGABYTE, 200, '"\n'), "line 20002 is longer than"),
    "fields.csv": (written(TABLE, "x\n" * 2**19, 100, '"\n'), "field larger than field limit"),
    "field.json": (written(OBJECTS + ', "', MEGABYTE, 200, '"]'), "an entry is longer than"),
    "field.jsonl": (written('{"text": "a dog"}\n"', MEGABYTE, 200, '"\n'), "is longer than"),
    "deep.json": (written("", "[" * 2**20, 50), "is not valid JSON: maximum recursion"),
    "digits.json": (written("[", "9" * 2**20, 50), "is not valid JSON: Exceeds the limit"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_one_line_within_three_times_the_memory(tmp_path, name, honest):
    write, message = HOSTILE[name]
    write(tmp_path / name)
    [said], kilobytes = read(tmp_path / name)
    (tmp_path / name).unlink()
    assert message in said
    assert kilobytes < 3 * honest


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["x" * 10**8, "a dog"]}, "100,"),
        ({"text": ["a dog"] * 10**6}, "in fewer bytes"),
        ({"text": ["x" * 2 * 10**6, *(f"dog {n}" for n in range(9))]}, "a cell of column text"),
    ],
)
def test_hostile_parquet_is_refused(tmp_path, columns, message):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    [said], _ = read(tmp_path / "a.parquet")
    assert message in said
    assert "too many for captions" in said or "different lines" in said
