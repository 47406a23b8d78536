"""The machine of a benchmark, and common helpers: medians, memory, the clock.

It imports neither tensorflow nor torch, so it is cheap to import.
"""

import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textvae.runtime.processor import bfloat16_unit, processor_flags, processor_name

ROOT = Path(__file__).resolve().parent.parent
STATUS = Path("/proc/self/status")
PACKAGES = ("tensorflow", "keras", "numpy", "torch", "gradio")
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
VECTOR_UNITS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve")


def machine(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Processor, cores, memory, load, system and versions: for the JSON of a benchmark.

    Versions are read from the installed packages' metadata; missing ones are None.
    """
    return {
        "processor": processor_name(),
        "vector_units": [unit for unit in VECTOR_UNITS if unit in processor_flags()],
        "precision": "bfloat16" if bfloat16_unit() else "float32",  # what auto takes
        "cores": num_cores(),
        "memory_gib": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1
        ),
        "load_before": round(os.getloadavg()[0], 2),  # far above 0: other work was running
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
        "date": time.strftime("%Y-%m-%d"),
    }


def num_cores() -> int:
    """The cores that this process may use; all of them if the system does not report them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def version(package: str) -> str | None:
    """The installed version, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def in_words(facts: dict[str, Any]) -> str:
    """The result of `machine`, as the two lines above a table."""
    versions = ", ".join(f"{name} {each}" for name, each in facts["versions"].items() if each)
    units = " ".join(facts["vector_units"]) or "no vector units known"
    return (
        f"{facts['processor']} ({units}), {facts['cores']} cores, {facts['memory_gib']} GiB,"
        f" load {facts['load_before']} before; auto precision {facts['precision']};"
        f" {facts['system']}; {facts['date']}\n"
        f"python {facts['python']}, {versions}"
    )


def print_progress(message: str) -> None:
    """One line of progress on standard error; standard output is for the result."""
    print(message, file=sys.stderr, flush=True)


def seconds_of(run: Callable[[], Any]) -> float:
    """Wall-clock of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def alternating(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call in each round, in turns, so that noise affects all alike."""
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(seconds_of(run))
    return found


def median_ratio(of: Sequence[float], over: Sequence[float]) -> float:
    """The median over rounds of the ratio of two times in the same round."""
    return statistics.median(a / b for a, b in zip(of, over, strict=True))


def peak_memory_mb() -> float:
    """The peak memory of this process, in megabytes (10^6 bytes)."""
    if STATUS.is_file():  # Linux, where getrusage starts with the parent's memory
        lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT / 1e6


class Finished(NamedTuple):
    """A process that has succeeded: its output, its duration, and its peak memory."""

    out: str
    err: str
    seconds: float
    peak_bytes: int


def finished(command: Sequence[str]) -> Finished:
    """Run a process to its end; its memory is the largest resident set counted by Linux.

    Raises:
        SystemExit: it has failed; with the end of its output.

    Example:
        >>> finished([sys.executable, "-c", "print(5)"]).out.strip()
        '5'
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        with subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        for file in (out, err):
            file.seek(0)
        said = Finished(out.read(), err.read(), seconds, usage.ru_maxrss * MAXRSS_UNIT)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.err[-2000:]}")
    return said


def in_subprocess(module: str, *arguments: str, timeout: float = 600.0) -> Any:
    """The JSON on the last line of standard output of `python -m module arguments`.

    A separate process has its own imports and its own peak memory.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
