"""What may stand where a file is to be written: files, links, pipes, devices, nothing."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from textvae.saving import manifest
from textvae.saving.files import write_file, write_files

ROOT = Path(__file__).resolve().parent.parent
NULL, FULL = (1, 3), (1, 7)  # major and minor numbers of /dev/null and /dev/full on Linux


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def device(path, numbers):
    """A device of one's own, or a link to the system's where only root could replace it."""
    systems = Path({NULL: "/dev/null", FULL: "/dev/full"}[numbers])
    if not os.access(systems.parent, os.W_OK):
        path.symlink_to(systems)
        return path
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(*numbers))
    path.open("wb").close()
    return path


def test_files_and_the_folders_above_them_are_made(tmp_path):
    write_files(tmp_path / "new" / "folder", {"a": b"1", "b": b""})
    assert content(tmp_path / "new" / "folder") == {"a": b"1", "b": b""}


def test_a_write_that_fails_midway_replaces_no_file(tmp_path):
    """The last file cannot be written: the ones before it must stay the old ones, too."""
    write_files(tmp_path, {"a": b"old", "b": b"old"})
    (tmp_path / ".c.partial").mkdir()
    with pytest.raises(IsADirectoryError):
        write_files(tmp_path, {"a": b"new", "b": b"new", "c": b"new"})
    (tmp_path / ".c.partial").rmdir()
    assert content(tmp_path) == {"a": b"old", "b": b"old"}


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old and long")
    with path.open("rb") as before:
        write_file(path, b"new")
        assert before.read() == b"old and long"
    assert content(tmp_path) == {"a": b"new"}


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_file(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("is_there", [True, False], ids=["to a file", "to nothing yet"])
@pytest.mark.parametrize("is_relative", [True, False], ids=["relative", "absolute"])
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path, is_there, is_relative):
    (tmp_path / "far").mkdir()
    (tmp_path / "near").mkdir()
    target, middle, link = (
        tmp_path / "far" / "a",
        tmp_path / "far" / "b",
        tmp_path / "near" / "c",
    )
    if is_there:
        target.write_bytes(b"old")
    middle.symlink_to("a" if is_relative else target)
    link.symlink_to(Path("..") / "far" / "b" if is_relative else middle)
    write_file(link, b"new")
    assert link.is_symlink()
    assert middle.is_symlink()
    assert not target.is_symlink()
    assert target.read_bytes() == b"new"
    assert len(list(tmp_path.rglob("*"))) == 5  # no partial file is left


def test_links_in_a_circle_are_an_error_of_the_system(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_file(tmp_path / "a", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_folder_is_not_replaced(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(IsADirectoryError):
        write_files(tmp_path, {"a": b"new", "b": b"new"})
    assert (tmp_path / "b").is_dir()
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_pipe_is_written_into(tmp_path):
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()), daemon=True)
    reader.start()
    data = bytes(range(256)) * 1000  # more than a pipe holds at once
    write_file(path, data)
    reader.join(timeout=20)
    assert read == [data]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_into_also_through_a_link(tmp_path):
    null, link = device(tmp_path / "null", NULL), tmp_path / "link"
    link.symlink_to(null)
    write_files(tmp_path, {"null": b"gone", "link": b"gone"})
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "null"]


def test_a_full_device_leaves_the_files_beside_it_as_they_were(tmp_path):
    device(tmp_path / "z", FULL)
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OSError, match="No space"):
        write_files(tmp_path, {"a": b"new", "z": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "z"]


WRITE = "from pathlib import Path; from textvae.saving.files import write_file; "


def shell(line, **options):
    """Run `line`, in which `$WRITE` writes "result" to the path given after it."""
    program = f"{WRITE}import sys; write_file(Path(sys.argv[1]), b'result\\n')"
    environment = {**os.environ, "PYTHON": sys.executable, "PROGRAM": program}
    command = line.replace("$WRITE", '"$PYTHON" -c "$PROGRAM"')
    return subprocess.run(
        ["sh", "-ec", command], cwd=ROOT, env=environment, timeout=60, check=True, **options
    )


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_its_path_is_written_into(path, tmp_path):
    before = Path("/dev/stdout").lstat()
    assert shell(f"$WRITE {path} | cat", stdout=subprocess.PIPE).stdout == b"result\n"
    target = tmp_path / "all"
    shell(f"(echo first; $WRITE {path}; echo last) > {target}")
    assert target.read_bytes() == b"first\nresult\nlast\n"
    after = Path("/dev/stdout").lstat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


# Kills between two renames ------------------------------------------------------------------

KILLED = """
import json, os, signal, sys
from pathlib import Path
from textvae.saving import manifest
from textvae.saving.files import write_files

NAMES = [*manifest.FILES, *manifest.OPTIONAL]
replace = Path.replace

def write(folder, version, death):
    count = 0
    def dying(self, target):
        nonlocal count
        replace(self, target)
        count += 1
        if count == death:
            os.kill(os.getpid(), signal.SIGKILL)
    Path.replace = dying
    files = {name: f"{name} {version}".encode() for name in NAMES}
    files[manifest.NAME] = manifest.manifest_bytes(files)
    files["README.md"] = version.encode()
    manifest.finish_renames(folder)
    write_files(folder, files, first=manifest.NAME)
    return count

def killed(folder, version, death):
    child = os.fork()
    if not child:
        write(folder, version, death)
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])

def versions(folder):
    found = manifest.find(folder)
    assert sorted(found.paths) == sorted(NAMES)
    texts = {path.read_text().split()[1] for path in found.paths.values()}
    return sorted(texts) + found.changed

renames = write(Path(sys.argv[1]) / "unbroken", "first", 0)
results = []
for death in range(1, renames + 1):
    folder = Path(sys.argv[1]) / str(death)
    write(folder, "first", 0)
    ends = [killed(folder, "second", death)]
    states = [versions(folder)]
    ends.append(killed(folder, "third", 1 + 3 * death % renames))  # while the folder is so
    states.append(versions(folder))
    write(folder, "last", 0)
    states.append(versions(folder))
    results.append([ends, states, sorted(path.name for path in folder.iterdir())])
print(json.dumps([renames, results]))
"""


def test_after_a_kill_between_any_two_renames_the_manifest_finds_one_whole_state(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    renames, results = json.loads(done.stdout)
    # The manifest and README.md come with the files that the manifest lists.
    assert len(results) == renames == len(manifest.FILES) + len(manifest.OPTIONAL) + 2
    for ends, states, names in results:
        assert ends == [signal.SIGKILL] * 2
        # Once the manifest is in place, the state is the new one.
        assert states[0] == ["second"]
        assert states[1] in (["second"], ["third"])
        assert states[2] == ["last"]
        assert len(names) == renames
        assert not [name for name in names if name.startswith(".")]


def test_an_error_of_a_full_disk_names_the_file_and_its_folder(tmp_path):
    device(tmp_path / "full", FULL)
    with pytest.raises(OSError, match="No space") as caught:
        write_file(tmp_path / "full", b"new")
    assert caught.value.filename == str(tmp_path / "full")
