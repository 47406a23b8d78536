"""Input of the verbs: lines and codes, from files or standard input."""

import contextlib
import hashlib
import io
import itertools
import logging
import shutil
import sys
import tempfile
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textvae.checks import MAX_CODE
from textvae.data import text_files
from textvae.data.readers.sources import JSON_LINES_EXTENSIONS, TABLE_EXTENSIONS, extension_of
from textvae.data.unpacking import UNREADABLE, is_pipe, open_unpacked
from textvae.errors import BadInput, naming

if TYPE_CHECKING:
    import numpy as np

STANDARD = "-"  # the name of standard input and of standard output
SKIP_SIZE = 4096  # lines read at once to skip them
# NumPy's errors for files without an array, or damaged archives.
NO_ARRAY = (
    ValueError,
    TypeError,
    SyntaxError,
    tokenize.TokenError,
    OverflowError,
    MemoryError,
    RuntimeError,  # nested too deeply, or packed with a password or an unknown method
    *UNREADABLE,
)

log = logging.getLogger(__name__)


class Lines:
    """Captions, one per line: typed, or read from a file or standard input when needed.

    Args:
        source: a file; `-` is standard input; None if captions were typed.
        typed: these captions.
        is_strict: whether a line that is not text is an error; otherwise a
            `text_files.UnreadableLine` takes its place.

    Attributes:
        total: their number; None for a pipe or standard input.
        num_read: the number read so far.

    Raises:
        BadInput: no file is given, it cannot be read, or it is empty.

    Example:
        >>> lines = Lines(None, ["a dog", "a cat"])
        >>> lines.total, lines.take(1), lines.take(5)
        (2, ['a dog'], ['a cat'])
    """

    def __init__(
        self, source: str | None, typed: Sequence[str] = (), is_strict: bool = True
    ) -> None:
        if source is None and not typed:
            raise BadInput(
                "no captions: type some, or name a file with --file (- is standard input)"
            )
        self.num_read, self._digest = 0, hashlib.sha256()
        self.total: int | None = len(typed)
        self._lines = iter(typed)
        if source is not None:
            # A file is first read once, to count its lines and to find errors.
            can_be_counted = source != STANDARD and not _is_stream(Path(source))
            if can_be_counted:
                self.total = sum(1 for _ in _lines_of(source, is_strict))
                _note_other_format(source)
            else:
                self.total = None
            self._lines = _lines_of(source, is_strict)

    def take(self, count: int) -> list[str]:
        """The next `count` lines; at the end, the remaining ones."""
        found = list(itertools.islice(self._lines, count))
        self.num_read += len(found)
        self._digest.update(
            "".join(f"{line}\n" for line in found).encode(errors="surrogatepass")
        )
        return found

    def skip(self, count: int) -> None:
        """Skip the lines before number `count`, counted from 0."""
        while missing := count - self.num_read:
            if not self.take(min(missing, SKIP_SIZE)):
                return

    @property
    def digest(self) -> str:
        """The sha256 of the lines read so far."""
        return self._digest.hexdigest()


def _note_other_format(source: str) -> None:
    """Warn that every line is a caption if the file name indicates another format."""
    if extension_of(source) in (*TABLE_EXTENSIONS, ".json", *JSON_LINES_EXTENSIONS):
        log.warning("%s: each line is read as a caption, also of a table or of JSON", source)


def all_lines(source: str) -> list[str]:
    r"""All lines of a file, or of standard input if it is `-`: one caption each.

    Raises:
        BadInput: it cannot be read, or it is empty.

    Example:
        >>> _ = Path("more.txt").write_text("a dog\na cat\n")
        >>> all_lines("more.txt")
        ['a dog', 'a cat']
    """
    found = list(_lines_of(source))
    _note_other_format(source)
    return found


def _lines_of(source: str, is_strict: bool = True) -> Iterator[str]:
    """The lines of a file or of standard input, at least one."""
    with contextlib.ExitStack() as stack:
        file: Any = sys.stdin.buffer
        if source != STANDARD:
            file = stack.enter_context(open_unpacked(source))
        lines = text_files.stream_lines(file, _name(source), is_strict)
        first = next(lines, None)
        if first is None:
            raise BadInput(f"{_name(source)} is empty; give one caption per line")
        yield first
        yield from lines


def _is_stream(path: Path) -> bool:
    """Whether it is a pipe or a device, which can be read only once."""
    return path.exists() and not path.is_file() and not path.is_dir()


def read_codes(source: str) -> "np.ndarray[Any, Any]":
    """The array in a `.npy` file, or on standard input if it is `-`: codes `[N, D]`.

    Their type and shape are checked when a model decodes them.

    Raises:
        BadInput: it cannot be read, is not one array, or has a number that is not finite.

    Example:
        >>> import numpy as np
        >>> np.save("z.npy", [0.5, -1.0])
        >>> read_codes("z.npy").tolist()
        [[0.5, -1.0]]
    """
    import numpy as np

    try:
        # A pipe cannot seek to the beginning, as reading an array requires.
        data = sys.stdin.buffer.read() if source == STANDARD else Path(source).read_bytes()
        codes: np.ndarray[Any, Any] = np.load(io.BytesIO(data), allow_pickle=False)
        if not isinstance(codes, np.ndarray):
            raise ValueError("it is an archive of arrays")
    except OSError as error:
        raise BadInput(f"cannot read {source}: {error.strerror or error}") from None
    except NO_ARRAY as error:
        raise BadInput(f"{_name(source)} is not an array written by encode: {error}") from None
    codes = np.atleast_2d(codes)
    if codes.dtype.kind == "f":
        is_small = np.abs(codes.astype(np.float64)) < MAX_CODE  # not so of NaN
        is_finite = is_small.all(axis=tuple(range(1, codes.ndim)))
        if not is_finite.all():
            raise BadInput(
                f"{_name(source)}: the codes of row {is_finite.argmin()} are not finite numbers"
            )
    return codes


@contextlib.contextmanager
def as_files(sources: Sequence[str]) -> Iterator[list[str]]:
    """`sources` with temporary files in place of `-` and pipes, for reading several times.

    Example:
        >>> with as_files(["captions_val2017.json"]) as paths:
        ...     paths  # a pipe would have another path
        ['captions_val2017.json']
    """
    with tempfile.TemporaryDirectory(prefix="textvae-") as folder:
        yield [_as_file(each, Path(folder, str(n))) for n, each in enumerate(sources)]


def _as_file(source: str, folder: Path) -> str:
    if source != STANDARD and not is_pipe(Path(source)):
        return source
    folder.mkdir()
    path = folder / ("standard-input.txt" if source == STANDARD else Path(source).name)
    with contextlib.ExitStack() as stack:
        stream: Any = sys.stdin.buffer
        if source != STANDARD:
            stream = stack.enter_context(Path(source).open("rb"))
        stack.enter_context(naming(path))
        shutil.copyfileobj(stream, stack.enter_context(path.open("wb")))
    return str(path)


def _name(source: str) -> str:
    return "standard input" if source == STANDARD else source
