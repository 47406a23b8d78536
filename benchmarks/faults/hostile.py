"""Weights crafted to harm the user who loads them, each with a matching manifest."""

import gzip
import json
import multiprocessing
import resource
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from benchmarks.faults import victim
from benchmarks.faults.tally import Row, Tally, Try
from textvae import loading
from textvae.saving import manifest

LONGEST = 300  # characters of a message
MEMORY = 1.5  # times that of a good folder
DEEP, DIGITS, MEGABYTE = 100_000, "9" * 100_000, "x" * 2**20
Harm = Callable[[Path], None]


def weights(given: Try) -> list[Row]:
    """Load every hostile folder in a separate process, and a good one for comparison."""
    said, memory = (
        Tally("a hostile folder is refused in one line of under 300 characters"),
        Tally("a hostile folder takes under 1.5 times the memory of a good one"),
    )
    good = loading.locate("article")
    message, usual = loaded(good)
    said.note(message == "", f"the good one: {message}")
    most = 0
    for name in given.share(HARMS):
        message, kilobytes = loaded(harmed(good, given.folder / "hostile", name))
        most = max(most, kilobytes)
        said.note(is_one_line(message), f"{name}: {message[:200]!r}")
        memory.note(kilobytes < MEMORY * usual, f"{name}: {kilobytes / usual:.2f} times")
    return [said.row(), memory.row(f"at most {most / usual:.2f} times")]


def is_one_line(message: str) -> bool:
    """Whether it is a valid error message."""
    return 0 < len(message) < LONGEST and message.isprintable() and "Traceback" not in message


def harmed(good: Path, folder: Path, name: str) -> Path:
    """A copy of a good folder with one harmful change, and a manifest of the result."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(good, folder, ignore=shutil.ignore_patterns("*checkpoint*", "prior", ".*"))
    HARMS[name](folder)
    if "manifest" not in name:
        files = {each: (folder / each) for each in (*manifest.FILES, *manifest.OPTIONAL)}
        content = {each: path.read_bytes() for each, path in files.items() if path.is_file()}
        (folder / manifest.NAME).write_bytes(manifest.manifest_bytes(content))
    return folder


def loaded(folder: Path) -> tuple[str, int]:
    """The error message of loading, empty on success, and its peak memory in kilobytes."""
    ours, theirs = multiprocessing.Pipe()
    process = victim.server.Process(target=_load, args=(folder, theirs))
    process.start()
    theirs.close()
    try:
        message, kilobytes = ours.recv()
    except EOFError:
        process.join()
        message, kilobytes = f"the process ended with {process.exitcode}", 2**40
    process.join()
    return message, kilobytes


def _load(folder: Path, answer: Any) -> None:
    from textvae.errors import BadInput
    from textvae.saving import weights_folder

    try:
        weights_folder.load(folder)
        message = ""
    except BadInput as error:
        message = str(error)
    except BaseException as error:
        message = f"Traceback: {type(error).__name__}: {error}"[:1000]
    answer.send((message, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


# The harms ----------------------------------------------------------------------------------


def _config(**changes: Any) -> Harm:
    """Change keys of `config.json`; a dictionary changes keys of the section."""

    def change(folder: Path) -> None:
        path = folder / "config.json"
        config = json.loads(path.read_text())
        for key, value in changes.items():
            section = isinstance(value, dict) and isinstance(config[key], dict)
            config[key] = {**config[key], **value} if section else value
        path.write_text(json.dumps(config))

    return change


def _text(name: str, make: str | Callable[[], str | bytes]) -> Harm:
    """Replace a file."""

    def change(folder: Path) -> None:
        text = make if isinstance(make, str) else make()
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)

    return change


def _both(*harms: Harm) -> Harm:
    def change(folder: Path) -> None:
        for harm in harms:
            harm(folder)

    return change


def _in_text(name: str, old: str, new: str) -> Harm:
    """Replace a part of a text file, once."""

    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text()
        if old not in text:
            raise ValueError(f"{name} has no {old}")
        path.write_text(text.replace(old, new, 1))

    return change


def _arrays(name: str, change: Callable[[dict[str, Any]], Any], **metadata: str) -> Harm:
    """Change the arrays of a file, and some of its metadata."""

    def apply(folder: Path) -> None:
        path = folder / name
        data = path.read_bytes()
        before = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        arrays = safetensors.numpy.load(data)
        change(arrays)
        kept = {**before.get("__metadata__", {}), **metadata}
        path.write_bytes(safetensors.numpy.save(arrays, kept or None))

    return apply


def _header(name: str, change: Callable[[dict[str, Any]], Any]) -> Harm:
    """Change the header of a file of arrays, without changing its data."""

    def apply(folder: Path) -> None:
        path = folder / name
        data = path.read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:end])
        change(header)
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data[end:])

    return apply


def _first(header: dict[str, Any], **changes: Any) -> None:
    """Change the first array's entry in a header."""
    name = next(each for each in header if each != "__metadata__")
    header[name] = {**header[name], **changes}


def _renamed(name: str) -> Callable[[dict[str, Any]], None]:
    def change(arrays: dict[str, Any]) -> None:
        arrays[name] = arrays.pop(next(iter(arrays)))

    return change


def _without_numbers(array: Any) -> None:
    if array.dtype.kind == "f":
        array.fill(np.nan)


def _words(count: int) -> bytes:
    specials = "<pad>\n<bos>\n<eos>\n<unk>\n"
    return (specials + "".join(f"w{n}\n" for n in range(count))).encode()


def _many_arrays() -> bytes:
    entry = '"{}":{{"dtype":"F16","shape":[0],"data_offsets":[0,0]}}'
    header = f"{{{','.join(map(entry.format, range(10**6)))}}}".encode()
    return struct.pack("<Q", len(header)) + header


WIDE = {"embed_dim": 16384, "encoder_dim": 16384, "hidden_dim": 16384, "latent_dim": 4096}
MODEL, PRIOR, SEEN, MAP = (
    "model.safetensors",
    "prior.safetensors",
    "seen.safetensors",
    "map.safetensors",
)
NAMES = {
    "newlines": "a\nb",
    "escapes": "\x1b[2J\x1b]0;x\x07",
    "a megabyte": MEGABYTE,
    "bidi": "\u202ea",
}
HARMS: dict[str, Harm] = {
    "sizes of 16384": _config(model=WIDE),
    "sizes of 16384 in the prior": _config(prior=WIDE),
    "a wide vector alone": _config(model={"vector_dim": 16384}),
    "negative sizes": _config(model={"hidden_dim": -1}),
    "sizes that are no numbers": _config(model={"hidden_dim": float("nan")}),
    "sizes of 4,000 digits": _config(model={"hidden_dim": int("9" * 4000)}),
    "a decoder of a megabyte": _config(model={"decoder": MEGABYTE}),
    "an unknown key of a megabyte": _config(model={MEGABYTE: 1}),
    "a vocab_size of 2^60": _config(vocab_size=2**60),
    "a vocab_size of a million": _config(vocab_size=10**6),
    "a vocab_size below 0": _config(vocab_size=-5),
    "a text mode of a megabyte": _config(text={"mode": MEGABYTE}),
    "lines of 10^9 words": _config(text={"max_length": 10**9}),
    "a format of 4,000 digits": _config(format=int("9" * 4000)),
    **{f"a name of {kind}": _config(name=name) for kind, name in NAMES.items()},
    "a name of half a character": _config(name="\ud800"),
    "deep JSON in config.json": _text("config.json", "[" * DEEP),
    "deep objects in config.json": _text("config.json", '{"a":' * DEEP),
    "100,000 digits in config.json": _in_text(
        "config.json", '"format": 2', f'"format": {DIGITS}'
    ),
    "100 MB in config.json": _text("config.json", lambda: " " * 10**8),
    "a bomb in config.json": _text("config.json", lambda: gzip.compress(b" " * 10**8)),
    "deep JSON in report.json": _text("report.json", "[" * DEEP),
    "whole deep JSON in report.json": _text("report.json", "[" * 900 + "]" * 900),
    "100,000 digits in report.json": _text("report.json", f'{{"seconds": {DIGITS}}}'),
    "100 MB in report.json": _text("report.json", lambda: "[" + "[]," * 3 * 10**7 + "0]"),
    "a list as report.json": _text("report.json", "[]"),
    "half a character in report.json": _text("report.json", '{"samples": ["\\ud800"]}'),
    "deep JSON in manifest.json": _text("manifest.json", "[" * DEEP),
    "100,000 digits in manifest.json": _text("manifest.json", f'{{"format": {DIGITS}}}'),
    "100 MB in manifest.json": _text("manifest.json", lambda: " " * 10**8),
    "a manifest that names other files": _text(
        "manifest.json",
        json.dumps({"format": 1, "files": {"../../x": {"size": 1, "sha256": ""}}}),
    ),
    "two million lists in report.json": _text(
        "report.json", lambda: f'{{"a": [{",".join(["[" * 60 + "]" * 60] * 34_000)}]}}'
    ),
    "a word of ten megabytes": _in_text("vocabulary.txt", "<unk>\n", f"<unk>\n{MEGABYTE * 10}"),
    "a vocabulary of NULs": _text("vocabulary.txt", lambda: _words(0) + b"\0" * 10**7),
    "a vocabulary of lines of NULs": _in_text("vocabulary.txt", "<unk>\n", "<unk>\n\0\n"),
    "a vocabulary of 10 million words": _text("vocabulary.txt", lambda: _words(10**7)),
    "10 million words, and their number": _both(
        _text("vocabulary.txt", lambda: _words(10**7)), _config(vocab_size=10**7 + 4)
    ),
    "a million words, and their number": _both(
        _text("vocabulary.txt", lambda: _words(10**6)), _config(vocab_size=10**6 + 4)
    ),
    "a bomb as vocabulary": _text("vocabulary.txt", lambda: gzip.compress(_words(10**6) * 10)),
    "a word of a megabyte": _in_text("vocabulary.txt", "<unk>\n", f"<unk>\n{MEGABYTE}\n"),
    **{
        f"{kind} in {name}": _header(name, lambda header, kind=kind: _first(header, dtype=kind))
        for name in (MODEL, SEEN, MAP)
        for kind in ("F8_E4M3", "BF16", "F99", MEGABYTE[:1000], 7)
    },
    "a shape of 2^62": _header(MODEL, lambda header: _first(header, shape=[2**62, 2**62])),
    "a shape below 0": _header(MODEL, lambda header: _first(header, shape=[-1])),
    "offsets beyond the end": _header(
        MODEL, lambda header: _first(header, data_offsets=[0, 2**60])
    ),
    "a deep header": _text(MODEL, lambda: struct.pack("<Q", DEEP) + b"[" * DEEP),
    "a header of a million arrays": _text(MODEL, _many_arrays),
    "a header of 2^63 bytes": _text(MODEL, lambda: struct.pack("<Q", 2**63) + b"{}"),
    "arrays in double precision": _arrays(
        MODEL, lambda arrays: arrays.update({k: v.astype(float) for k, v in arrays.items()})
    ),
    "weights that are no numbers": _arrays(
        MODEL, lambda arrays: next(iter(arrays.values())).fill(np.nan)
    ),
    **{
        f"an array with a name of {kind}": _arrays(MODEL, _renamed(name))
        for kind, name in NAMES.items()
    },
    "a prior that is not there": lambda folder: (folder / PRIOR).unlink(),
    "a filter of deep metadata": _arrays(SEEN, len, filters="[" * DEEP),
    "a filter of 2^40 bits": _arrays(
        SEEN,
        len,
        filters=json.dumps(
            [{"num_bits": 2**40, "num_hashes": 13, "num_captions": 9, "rate": 1e-4}]
        ),
    ),
    "a filter of 200 MB": _arrays(
        SEEN, lambda a: a.update({"bits.0": np.zeros(2 * 10**8, np.uint8)})
    ),
    "a map of deep metadata": _arrays(MAP, len, kinds="[" * DEEP),
    "a map of a hundred million lines": _arrays(
        MAP, lambda a: a.update(captions=np.full(10**8, 10, np.uint8))
    ),
    "a map of 40 million lines in 16 bits": _arrays(
        MAP, lambda a: a.update(captions=np.full(2 * 10**7, 0x0A0A, np.uint16))
    ),
    **{
        f"kinds of a map with a name of {kind}": _arrays(
            MAP, len, kinds=json.dumps({"names": [*"abcdefghijkl" * 3, name], "method": "t"})
        )
        for kind, name in NAMES.items()
        if kind != "bidi"
    },
    "a map of 200 MB": _arrays(
        MAP, lambda a: a.update(captions=np.full(2 * 10**8, 97, np.uint8))
    ),
    "a former map that broadcasts": _arrays(
        MAP,
        lambda arrays: (
            arrays.pop("points"),
            arrays.update(
                codes=np.zeros((20_000, 1), np.float16),
                centre=np.zeros(20_000, np.float16),
                axes=np.zeros((20_000, 2), np.float16),
            ),
        ),
    ),
    "a map of one caption of 60 MB": _arrays(
        MAP, lambda arrays: arrays.update(captions=np.full(6 * 10**7, 97, np.uint8))
    ),
    "a large array that is no weight": _both(
        _arrays(MODEL, lambda arrays: arrays.update(x=np.zeros(64_000_000, np.float16))),
        _config(model={"embed_dim": 4000, "encoder_dim": 4000, "hidden_dim": 4000}),
    ),
    "a map of no numbers": _arrays(
        MAP, lambda arrays: list(map(_without_numbers, arrays.values()))
    ),
}
