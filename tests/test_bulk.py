"""Many rows: in slices, in shards, and after a stop at any moment."""

import errno
import fcntl
import io
import itertools
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny import CAPTIONS, copy_of_weights, learned_vae, write_lines
from verbs import assert_refused, start, tiny

from textvae.cli import outputs, remarks
from textvae.cli.formats import CaptionLines, CaptionList, CodesArray
from textvae.cli.outputs import FileOutput
from textvae.cli.shards import Shard, slices
from textvae.decoding.standard_codes import StandardCodes
from textvae.errors import BadInput
from textvae.runtime import progress

COUNT = 300  # lines; their slices end at 64, 192 and 300


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Lines, one of which no model can read, and the same without it."""
    folder = tmp_path_factory.mktemp("many")
    lines = [CAPTIONS[7 * i % len(CAPTIONS)] for i in range(COUNT)]
    good = write_lines(folder / "good.txt", lines)
    lines[200] = "?"
    return SimpleNamespace(good=good, mixed=write_lines(folder / "mixed.txt", lines))


def verbs(many):
    """Each verb with what it needs, without its output."""
    return {
        "generate": ("--num-captions", COUNT, "--seed", 4, "--temperature", 1),
        "reconstruct": ("--file", many.mixed),
        "encode": ("--file", many.good),
    }


def written(path, verb, *arguments):
    """What a command that succeeded has written into a file."""
    said = tiny(verb, *arguments, "--output", path)
    assert said.status == 0, said.err
    assert said.out == ""
    return path.read_bytes()


# Slices and shards --------------------------------------------------------------------------


@pytest.mark.parametrize("total", [0, 1, 63, 64, 65, 1000, 100_000])
@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_shards_are_all_rows_once_in_order_in_whole_slices(total, parts):
    shards = [Shard(number, parts).rows(total) for number in range(1, parts + 1)]
    assert list(itertools.chain(*shards)) == list(range(total))
    ends = {each.stop for each in slices(total)} | {0}
    assert {each.stop for each in shards} <= ends
    if total == 100_000:
        assert max(map(len, shards)) - total / parts <= 4096


def test_rows_of_noise_are_the_same_wherever_one_begins():
    whole = np.random.default_rng(5).standard_normal((10_000, 3)).astype(np.float32)
    draws = StandardCodes()
    for first, count in ((0, 10), (10, 5), (9000, 1000), (9000, 10), (4096, 3), (20, 1)):
        found = draws.rows(count, 3, 5, first)
        np.testing.assert_array_equal(found, whole[first : first + count])
    assert (draws.rows(4, 3, 6) != whole[:4]).all()
    assert draws.rows(2, 4, 5, 21).shape == (2, 4)


@pytest.mark.parametrize("verb", ["generate", "reconstruct", "encode"])
def test_shards_laid_together_are_one_run(verb, many, tmp_path):
    command = (verb, *verbs(many)[verb])
    whole = written(tmp_path / "whole", *command)
    parts = [
        written(tmp_path / f"{number}", *command, "--shard", f"{number}/4")
        for number in range(1, 5)
    ]
    if verb == "encode":
        arrays = [np.load(io.BytesIO(part)) for part in parts]
        assert sorted(map(len, arrays)) == [0, 0, 108, 192]
        saved = io.BytesIO()
        np.save(saved, np.concatenate(arrays))
        assert saved.getvalue() == whole
    else:
        assert sorted(part.count(b"\n") for part in parts) == [0, 0, 108, 192]
        assert b"".join(parts) == whole
        assert tiny(*command).data == whole


# Bad input ----------------------------------------------------------------------------------


def test_a_shard_without_rows_says_so():
    said = tiny("generate", "--num-captions", 3, "--shard", "2/3")
    assert (said.status, said.out) == (0, "")
    assert said.err == "shard 2/3 has no rows: the other shards have all 3\n"


def test_what_cannot_be_sharded_or_gone_on_with_is_refused_in_one_line(many, tmp_path):
    few, output = ("--num-captions", 3), ("--output", tmp_path / "out")
    for text in ("4/3", "0/3", "a/b", "1", "1/0", "-1/3", "1/3/5", "", "²/3"):
        for verb, arguments in verbs(many).items():
            said = tiny(verb, *arguments, *output, f"--shard={text}")
            assert_refused(said, "argument --shard: must be I/N, .* with I from 1 to N, got ")
    typed = many.good.read_bytes()
    for verb in ("reconstruct", "encode"):
        said = tiny(verb, "--file", "-", *output, "--shard", "1/2", stdin=typed)
        assert_refused(said, "--shard needs to know the number of lines")
    assert_refused(tiny("generate", *few, "--json", "--shard", "1/2"), "--json writes one list")
    for more in (("--resume",), ("--shard", "1/2")):
        said = tiny("generate", *few, *output, "--label", "x", *more)
        assert_refused(said, "--label finds its captions one after the other")
    for stream in ((), ("--output", "-"), ("--output", "/dev/null")):
        assert_refused(tiny("generate", *few, *stream, "--resume"), "name one with --output")
    assert not list(tmp_path.iterdir())


# Going on -----------------------------------------------------------------------------------


@pytest.fixture
def broken_off(monkeypatch):
    """Runs a command that notes each slice and then fails, as a stand-in makes it."""

    def run(owner, name, stand_in, *command, status=2):
        with monkeypatch.context() as patch:
            patch.setattr(outputs, "RECORD_SECONDS", 0)
            patch.setattr(owner, name, stand_in)
            said = tiny(*command)
        assert said.status == status
        assert said.err.splitlines()[-2].startswith("the same command with --resume continues")

    return run


@pytest.fixture
def stopped(broken_off):
    """Runs a command that stops when two of its three slices are written and noted."""

    def run(*arguments):
        calls, record = [], FileOutput.record

        def record_and_stop(self, *noted):
            record(self, *noted)
            calls.append(noted)
            if len(calls) == 2:
                self.write(["torn"] if self.format.is_text else np.ones((1, 8)))
                raise BadInput("stop")

        broken_off(FileOutput, "record", record_and_stop, *arguments)

    return run


@pytest.mark.parametrize("verb", ["generate", "reconstruct", "encode"])
def test_a_command_goes_on_where_it_was_stopped(verb, many, tmp_path, stopped):
    command = (verb, *verbs(many)[verb])
    whole = written(tmp_path / "whole", *command)
    out = ("--output", tmp_path / "out")
    stopped(*command, *out)
    assert not (tmp_path / "out").exists()
    said = tiny(*command, *out, "--resume")
    assert said.status == 0, said.err
    assert f"{tmp_path / 'out'}: continuing after 192 lines" in said.err
    assert (tmp_path / "out").read_bytes() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]
    # Once more, with nothing to go on with, and of a pipe.
    assert written(tmp_path / "out", *command, "--resume") == whole
    if verb != "generate":
        typed, pipe = verbs(many)[verb][1].read_bytes(), (verb, "--file", "-", *out)
        stopped(verb, *verbs(many)[verb], *out)
        assert tiny(*pipe, "--resume", stdin=typed).status == 0
        assert (tmp_path / "out").read_bytes() == whole


def test_a_list_goes_on_as_one_list_and_a_line_put_right_is_read(many, tmp_path, stopped):
    out = ("--output", tmp_path / "out")
    for verb in ("generate", "reconstruct"):
        command = (verb, *verbs(many)[verb], "--json")
        stopped(*command, *out)
        assert tiny(*command, *out, "--resume").status == 0
        captions = json.loads((tmp_path / "out").read_text())
        assert captions == tiny(verb, *verbs(many)[verb]).out.splitlines()
    file = tmp_path / "lines.txt"
    file.write_bytes(many.mixed.read_bytes())
    stopped("encode", "--file", file, *out)
    said = tiny("encode", "--file", file, *out, "--resume")
    assert said.status == 2
    assert said.err.splitlines()[-1].startswith("textvae: caption 201: no words are left")
    file.write_bytes(many.good.read_bytes())  # its first 192 lines are the same
    assert tiny("encode", "--file", file, *out, "--resume").status == 0
    expected = written(tmp_path / "whole", "encode", "--file", many.good)
    assert (tmp_path / "out").read_bytes() == expected


def test_only_the_same_command_goes_on(many, tmp_path, stopped):
    out, target = ("--output", tmp_path / "out"), tmp_path / ".out.partial"
    command = ("generate", *verbs(many)["generate"], *out)
    stopped(*command)
    left = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(left) == 2
    begun = "out was started with another"
    for other, pattern in (
        (("--seed", 5), rf"{begun} --seed \(4, not 5\); give what it was started with, or"),
        (("--top-p", 0.5), rf"{begun} --top-p \(1.0, not 0.5\)"),
        (("--num-captions", 299), rf"{begun} --num-captions \(300, not 299\)"),
        (("--shard", "1/2"), rf"{begun} --shard"),
        (("--json",), rf"{begun} --json"),
        (("--weights", "article"), f"{begun} weights; give"),
    ):
        said = tiny(*command, *other, "--resume")
        assert_refused(said, pattern)
    said = tiny("reconstruct", "--file", many.good, *out, "--resume")
    assert_refused(said, f"{begun} verb")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == left
    with target.open("r+b") as file:
        file.truncate(100)
    assert_refused(tiny(*command, "--resume"), "is shorter than its record says")
    for damaged in (b"", b"[]", b'{"rows": 1}', b'{"command": 3, "rows": "a"}', 5000 * b"["):
        (tmp_path / ".out.progress").write_bytes(damaged)
        assert_refused(tiny(*command, "--resume"), r"\.out\.progress is damaged; leave out")
    other = tmp_path / "other.txt"
    stopped("reconstruct", "--file", many.mixed, *out)
    for lines in (["a dog runs", *many.mixed.read_text().splitlines()], ["a dog runs"]):
        said = tiny("reconstruct", "--file", write_lines(other, lines), *out, "--resume")
        assert said.status == 2
        assert "the first 192 lines are not those that" in said.err.splitlines()[-1]


def test_a_file_that_is_being_written_is_left_alone(tmp_path):
    def output():
        return FileOutput(CaptionLines(), tmp_path / "out", {}, is_resumed=False)

    first = output()
    first.write(["a dog"])
    with pytest.raises(BadInput, match="out is being written by another command"):
        output()
    first.finish()
    second = output()
    second.write(["a cat"])
    assert (tmp_path / "out").read_text() == "a dog\n"
    second.give_up()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_that_has_just_been_moved_into_its_place_stays_whole(tmp_path, monkeypatch):
    """The second command has opened what the first one moves before it can be locked."""
    first = FileOutput(CaptionLines(), tmp_path / "out", {}, is_resumed=False)
    first.write(["a dog"])

    def lock(file, how, lock=fcntl.flock):
        if not first.file.closed:
            first.finish()
        return lock(file, how)

    monkeypatch.setattr(fcntl, "flock", lock)
    second = FileOutput(CaptionLines(), tmp_path / "out", {}, is_resumed=False)
    second.write(["a cat"])
    assert (tmp_path / "out").read_text() == "a dog\n"
    second.finish()
    assert (tmp_path / "out").read_text() == "a cat\n"


KILLED = """
import os, signal, sys
from pathlib import Path

import numpy as np
from textvae.cli import outputs
from textvae.cli.formats import CaptionLines, CaptionList, CodesArray
from textvae.saving import files

target, kind, last_step = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
outputs.RECORD_SECONDS, steps = 0, 0

def killed_at(owner, name):
    function = getattr(owner, name)
    def killed(*arguments, **options):
        global steps
        steps += 1
        if steps == last_step:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    setattr(owner, name, killed)

for place in ((outputs.FileOutput, "_put"), (os, "fsync"), (Path, "replace"), (Path, "unlink")):
    killed_at(*place)
formats = {"lines": CaptionLines, "list": CaptionList, "codes": lambda: CodesArray(8)}
with outputs.open_output(str(target), formats[kind](), {}, is_resumed=True) as output:
    for start in range(0, 40, 10):
        if start >= output.num_done:
            rows = range(start, start + 10)
            # More than the buffer of a file holds, so that some of it is there at a kill.
            texts = [f"{row} " * 500 for row in rows]
            codes = np.repeat(np.array(rows, np.float32)[:, None], 8, axis=1)
            output.write(codes if kind == "codes" else texts)
            output.record(start + 10, "")
"""


@pytest.mark.parametrize("kind", ["lines", "list", "codes"])
def test_a_file_is_whole_after_kills_at_every_step(kind, tmp_path):
    """Each process is killed a step later than the one before and goes on with what is left."""
    path, num_kills = tmp_path / "out", 0
    for last_step in itertools.count(1):
        process = start(path, kind, last_step, program=(sys.executable, "-c", KILLED))
        if process.wait() == 0:
            break
        assert process.returncode == -9, process.stderr.read()
        num_kills += 1
    texts = [f"{row} " * 500 for row in range(40)]
    if kind == "lines":
        assert path.read_text().splitlines() == texts
    elif kind == "list":
        assert json.loads(path.read_text()) == texts
    else:
        np.testing.assert_array_equal(np.load(path)[:, 3], np.arange(40))
    assert num_kills > 8
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208


# Formats, remarks and the bar ---------------------------------------------------------------


def test_codes_are_the_bytes_that_numpy_saves():
    for count in (0, 1, 12_345):
        codes, saved = np.ones((count, 5), np.float32), io.BytesIO()
        np.save(saved, codes)
        array = CodesArray(5)
        assert array.head(count) + array.body(codes, 0) + array.tail(count) == saved.getvalue()
    assert len({len(CodesArray(512).head(count)) for count in (0, 9, 10**15)}) == 1


def test_a_list_of_parts_is_what_json_writes():
    texts = ["a dog", 'a "cat"', "café", "", "\u2028"]
    for cut in range(len(texts) + 1):
        format = CaptionList()
        data = format.body(texts[:cut], 0) + format.body(texts[cut:], cut) + format.tail(5)
        assert data.decode() == json.dumps(texts, indent=2, ensure_ascii=False) + "\n"


def test_of_many_remarks_the_first_are_explained_and_the_others_counted(caplog):
    vae = learned_vae()
    reader = remarks.CaptionReader(vae, is_strict=False)
    captions = 15 * ["a purple dog", "?"] + 3 * ["a dog " * 9] + ["a dog runs"]
    assert reader.read(captions[:20]) + reader.read(captions[20:], first=20) == [
        None if caption == "?" else vae.prepare(caption) for caption in captions
    ]
    assert len(caplog.messages) == remarks.MAX_EXPLAINED
    assert caplog.messages[-1].startswith("caption 20 gives an empty line: no words are left")
    reader.summarize()
    assert caplog.messages[-1] == (
        "of the captions after these: 5 with unknown words, 5 unreadable, which give empty"
        " lines, 3 shortened"
    )


def test_a_bar_shows_the_time_left_at_a_terminal_alone(monkeypatch):
    monkeypatch.setattr(progress, "SOON", 0.0)

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def shown(stderr, is_shown=True, total=200):
        monkeypatch.setattr(sys, "stderr", stderr)
        with progress.row_bar(is_shown, total, done=100) as bar:
            if not bar.disable:
                bar.start_t -= 10  # seconds
            bar.update(50)
            bar.refresh()
        return stderr.getvalue()

    at_terminal = shown(Terminal())
    assert "150/200" in at_terminal
    assert "00:10<00:1" in at_terminal  # ten seconds for half of what was to do, ten are left
    assert "150line" in shown(Terminal(), total=None).replace(" ", "").replace("150.0", "150")
    assert shown(io.StringIO()) == ""
    assert shown(Terminal(), is_shown=False) == ""


def test_a_file_that_cannot_be_moved_into_its_place_is_gone_on_with(many, tmp_path, broken_off):
    """As where its place is a mount, or another user's file in a folder like /tmp."""
    command = ("encode", *verbs(many)["encode"], "--output", tmp_path / "out")

    def busy(self, target, replace=Path.replace):
        if self.name == ".out.partial":
            raise OSError(errno.EBUSY, "Device or resource busy", str(self))
        return replace(self, target)

    broken_off(Path, "replace", busy, *command, status=1)
    said = tiny(*command, "--resume")
    assert said.status == 0, said.err
    assert "continuing after 300 lines" in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_lines_added_after_the_last_record_are_all_read(many, tmp_path, broken_off):
    texts = many.good.read_text().splitlines()
    file = write_lines(tmp_path / "lines.txt", texts[:100])  # which end within a slice
    command = ("reconstruct", "--file", file, "--output", tmp_path / "out")

    def stop(self):
        raise BadInput("stop")

    broken_off(FileOutput, "finish", stop, *command)
    write_lines(file, texts)
    assert tiny(*command, "--resume").status == 0
    whole = written(tmp_path / "whole", "reconstruct", "--file", many.good)
    assert (tmp_path / "out").read_bytes() == whole


def test_a_model_that_reads_lines_otherwise_does_not_go_on(many, tmp_path, stopped):
    folder = copy_of_weights(tmp_path)
    (folder / "manifest.json").unlink()
    output = tmp_path / "out"
    command = ("encode", *verbs(many)["encode"], "--weights", folder, "--output", output)
    stopped(*command)
    config = json.loads((folder / "config.json").read_text())
    config["text"]["max_length"] = 3
    (folder / "config.json").write_text(json.dumps(config))
    said = tiny(*command, "--resume")
    assert said.status == 2
    assert "out was started with another weights; give" in said.err.splitlines()[-1]


def test_an_output_may_be_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with outputs.open_output("~/a.txt", CaptionLines(), {}, False) as output:
        output.write(["a dog"])
    assert (tmp_path / "home/a.txt").read_text() == "a dog\n"


def test_an_output_that_can_be_no_file_is_a_wrong_argument(many, tmp_path):
    for verb, arguments in verbs(many).items():
        said = tiny(verb, *arguments, "--output", tmp_path)
        assert_refused(said, "is a folder; name a file in it")
        for below in ("x", "a/b"):
            said = tiny(verb, *arguments, "--output", many.good / below)
            assert_refused(said, "good.txt is not a folder; name a file in a folder")
