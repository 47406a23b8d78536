"""Incremental output: a stream, or a file that another run can continue.

A file is written next to its place and moved there when it is complete. Every few seconds it is
synced to disk, and a record next to it stores its progress and the command that wrote it. A run
that continues it truncates it at the record.
"""

import contextlib
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from textvae.cli.formats import Format
from textvae.cli.reading import STANDARD
from textvae.errors import BadInput, naming
from textvae.runtime import file_locks
from textvae.saving import files

RECORD_SECONDS = 2.0  # between two records; shorter runs are not worth resuming
START_OVER = "leave out --resume to start over"

log = logging.getLogger(__name__)


class Output:
    """Results that are written to standard output as they come.

    Attributes:
        num_done: rows written by an earlier run.
        digest: of the lines from which they were computed; see `Lines.digest`.

    Example:
        >>> from textvae.cli.formats import CaptionLines
        >>> Output(CaptionLines()).write(["a dog"])
        a dog
    """

    num_done, digest = 0, ""

    def __init__(self, format: Format) -> None:
        self.format, self.count = format, 0

    def write(self, part: Any) -> None:
        """Write some more results."""
        self._put(self.format.body(part, self.count))
        self.count += len(part)

    def record(self, num_done: int, digest: str) -> None:
        """Record the number of rows done; not for a stream, which cannot be resumed."""

    def finish(self) -> None:
        """Write the end of the output."""
        self._put(self.format.tail(self.count))

    def _put(self, data: bytes) -> None:
        # As text, like all other output of a command.
        sys.stdout.write(data.decode())
        sys.stdout.flush()


class NamedStream(Output):
    """A pipe, a device or an open descriptor."""

    def __init__(self, format: Format, stream: BinaryIO) -> None:
        super().__init__(format)
        self.stream = stream

    def _put(self, data: bytes) -> None:
        self.stream.write(data)
        self.stream.flush()


class Spooled(NamedStream):
    """A stream that is written at the end, since its first bytes contain the size."""

    def __init__(self, format: Format, stream: BinaryIO, target: BinaryIO) -> None:
        super().__init__(format, stream)
        self.target = target

    def finish(self) -> None:
        """Write everything to the stream."""
        super().finish()
        self.target.write(self.format.head(self.count))
        self.stream.seek(0)
        shutil.copyfileobj(self.stream, self.target)


class FileOutput(Output):
    """A file that is either complete or absent; an unfinished one can be resumed.

    Args:
        format: of the results.
        target: the file.
        identity: JSON values by name, which must be equal to resume the file.
        is_resumed: whether to continue the file of an earlier run.

    Raises:
        BadInput: another command is writing it, or an existing file is of a different command.

    Example:
        >>> from textvae.cli.formats import CaptionLines
        >>> output = FileOutput(CaptionLines(), Path("more.txt"), {"--seed": 0}, False)
        >>> output.write(["a dog"])
        >>> Path("more.txt").exists(), output.finish(), Path("more.txt").exists()
        (False, None, True)
    """

    def __init__(
        self, format: Format, target: Path, identity: Mapping[str, Any], is_resumed: bool
    ) -> None:
        super().__init__(format)
        self.target, self.identity = target, json.loads(json.dumps(identity))
        self.partial = files.partial_of(target)
        self.record_path = target.with_name(f".{target.name}.progress")
        target.parent.mkdir(parents=True, exist_ok=True)
        with naming(target):
            self.file = self._opened()
        try:
            record = self._read_record() if is_resumed else None
            self._begin(record)
        except BaseException:
            self.file.close()
            raise
        self.is_recorded, self.last_record = record is not None, time.monotonic()

    def _opened(self) -> BinaryIO:
        """The unfinished file, locked against other commands on this machine."""
        try:
            descriptor, _ = file_locks.open_locked(self.partial)
        except file_locks.HeldError:
            raise BadInput(
                f"{self.target} is being written by another command; wait for it, or name"
                " another --output"
            ) from None
        return os.fdopen(descriptor, "r+b")

    def _read_record(self) -> dict[str, Any] | None:
        """The record of an earlier run; None without one."""
        if not self.partial.stat().st_size:  # it was moved to its place, or never started
            return None
        try:
            record = json.loads(self.record_path.read_bytes())
            numbers = [record[name] for name in ("rows", "results", "bytes")]
            before = record["command"]
            if not isinstance(before, dict) or {type(each) for each in numbers} != {int}:
                raise TypeError
        except FileNotFoundError:
            return None
        except (ValueError, LookupError, TypeError, RecursionError):
            raise BadInput(f"{self.record_path} is damaged; {START_OVER}") from None
        for name in dict.fromkeys([*self.identity, *before]):
            old, new = before.get(name), self.identity.get(name)
            if old != new:
                raise BadInput(
                    f"{self.target} was started with another {name}"
                    + ("" if name == "weights" else f" ({old}, not {new})")
                    + f"; give what it was started with, or {START_OVER}"
                )
        if self.partial.stat().st_size < record["bytes"]:
            raise BadInput(f"{self.partial} is shorter than its record says; {START_OVER}")
        found: dict[str, Any] = record
        return found

    def _begin(self, record: Mapping[str, Any] | None) -> None:
        if record is None:
            self.record_path.unlink(missing_ok=True)
            self.file.truncate(0)
            self._put(self.format.head(0))
            return
        self.file.truncate(record["bytes"])
        self.file.seek(record["bytes"])
        self.num_done, self.count = record["rows"], record["results"]
        self.digest = str(record["lines"])
        log.info("%s: continuing after %s lines", self.target, f"{self.count:,}")

    def record(self, num_done: int, digest: str) -> None:
        """Record that the first `num_done` rows are in the file, every `RECORD_SECONDS`."""
        if time.monotonic() - self.last_record < RECORD_SECONDS:
            return
        self._sync()
        record = {
            "command": self.identity,
            "rows": num_done,
            "results": self.count,
            "bytes": self.file.tell(),
            "lines": digest,
        }
        files.write_file(self.record_path, files.json_bytes(record))
        self.is_recorded, self.last_record = True, time.monotonic()

    def finish(self) -> None:
        """Complete the file and move it to its place."""
        self._put(self.format.tail(self.count))
        self.file.seek(0)
        self._put(self.format.head(self.count))
        self._sync()
        files.keep_mode(self.target, self.partial)
        if not file_locks.HAS_LOCKS:  # Windows, where a file that is open cannot be moved
            self.file.close()
        self.partial.replace(self.target)
        files.sync_folder(self.target.parent)
        self._remove_record()  # last: if the move fails, the file can be continued
        self.file.close()
        self.is_recorded = False

    def give_up(self) -> None:
        """Close the file, and remove it if it cannot be resumed."""
        with contextlib.suppress(OSError):  # the disk is full, again
            self.file.close()
        if not self.is_recorded:
            self.partial.unlink(missing_ok=True)
            self._remove_record()

    def _remove_record(self) -> None:
        for path in (self.record_path, files.partial_of(self.record_path)):
            path.unlink(missing_ok=True)

    def _put(self, data: bytes) -> None:
        with naming(self.target):
            self.file.write(data)

    def _sync(self) -> None:
        with naming(self.target):
            self.file.flush()
            os.fsync(self.file.fileno())

    @property
    def how_to_resume(self) -> str:
        """How to proceed after a run that has ended early."""
        if not self.is_recorded:
            return "the same command starts over"
        return f"the same command with --resume continues {self.target}"


@contextlib.contextmanager
def open_output(
    target: str, format: Format, identity: Mapping[str, Any], is_resumed: bool
) -> Iterator[Output]:
    r"""The output for results; `-` is standard output, and `~` the home folder.

    If the block succeeds, the results are complete. If it fails, a file is removed, unless
    another run can resume it, which is logged as a warning.

    Raises:
        BadInput: `--resume` without a file, or for a file of another command; or an invalid
            path.
        OSError: the disk is full, or the target cannot be written.

    Example:
        >>> from textvae.cli.formats import CaptionLines
        >>> with open_output("more.txt", CaptionLines(), {"--seed": 0}, False) as output:
        ...     output.write(["a dog"])
        >>> Path("more.txt").read_bytes()
        b'a dog\n'
    """
    named = files.named_path(target)
    if target != STANDARD and named.is_dir():
        raise BadInput(f"--output {target} is a folder; name a file in it")
    above = next((each for each in named.parents if each.exists()), None)
    if above and not above.is_dir():
        raise BadInput(f"--output {target}: {above} is not a folder; name a file in a folder")
    path = None if target == STANDARD else files.regular_file(named)
    output: Output
    if path is not None:
        with _in_file(FileOutput(format, path, identity, is_resumed)) as output:
            yield output
        return
    if is_resumed:
        raise BadInput(f"--resume continues a file; name one with --output, got {target!r}")
    with contextlib.ExitStack() as stack:
        stream: BinaryIO = sys.stdout.buffer
        if target != STANDARD:
            stream = stack.enter_context(files.open_stream(named))
        if not format.is_text:
            spool: Any = stack.enter_context(tempfile.TemporaryFile())
            output = Spooled(format, spool, stream)
        else:
            output = Output(format) if target == STANDARD else NamedStream(format, stream)
        yield output
        output.finish()


@contextlib.contextmanager
def _in_file(output: FileOutput) -> Iterator[FileOutput]:
    try:
        yield output
        output.finish()
    except BaseException as error:
        output.give_up()
        if output.is_recorded and isinstance(error, Exception):
            log.warning("%s", output.how_to_resume)
        raise
