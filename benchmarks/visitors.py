"""Many visitors at once, on every tab: how long they wait, and whether each is answered right.

    python -m benchmarks.visitors [--visitors 50] [--minutes 10] [--json]
    python -m benchmarks.visitors --minutes 60 --share 0.8      an hour at 80% of the capacity
    python -m benchmarks.visitors --share 0.8 --fresh 6         then beside a page that is new

Starts `app.py` on the shipped weights as its own process. Visitors open the page and click at
random on every tab, by the protocol of the page's own client, with pauses in between that are
drawn from an exponential distribution. Nearly every request is a new one, so that what the page
remembers helps no more than it would in life. With --share they click less often while the
machine is slower, as a fixed computation beside them shows. Afterwards the page is gone, and
each request is made once more, alone and in this process: every answer must be the same word
for word.

Memory, threads, waiting times and processor time are given with their slopes and the standard
errors of these; for a page that can run for long, the slopes are zero within the errors.
Times are also given in units of the fixed computation, in which a machine that gets slower
does not count. But a machine may get slower in other ways than that shows. With --fresh, a page
that has just been started is asked in turns with the one that has been running: what both take
per action at the same time tells the age of a page from the state of the machine.

Ends with status 1 if an answer was wrong or lost, or anything failed.
"""

import argparse
import asyncio
import json
import math
import statistics
import sys
import time
from bisect import bisect
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import httpx

from benchmarks.asked_alone import Alone, wrong_answers
from benchmarks.browser import PATIENCE
from benchmarks.machine import in_words, machine, print_progress
from benchmarks.page_process import cpu_seconds, memory_mb, num_threads, running_app
from benchmarks.trends import trend
from benchmarks.visitor import Log, Visitor
from benchmarks.yardstick import Pace, Yardstick, median_around

Waits = Sequence[tuple[float, str, float]]
Points = Sequence[tuple[float, float]]
Speeds = Sequence[tuple[float, float]]
App = tuple[str, int]  # its address and process id
MINUTE = 60.0
SAMPLING = 2.0  # seconds between two looks at the server's memory


async def visits(url: str, process: int, arguments: argparse.Namespace, pace: Pace) -> Log:
    """All visitors, for as long as they stay."""
    log = Log()
    until = time.monotonic() + arguments.minutes * MINUTE

    async def watch() -> None:
        while True:
            moment = time.monotonic()
            log.memory.append((moment, memory_mb(process)))
            log.threads.append((moment, num_threads(process)))
            log.cpu.append((moment, cpu_seconds(process)))
            await asyncio.sleep(SAMPLING)

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=arguments.visitors)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits) as client:
        watching = asyncio.create_task(watch())
        visitors = (
            Visitor(client, log, arguments.seed + number, pace)
            for number in range(arguments.visitors)
        )
        await asyncio.gather(*(visitor.stay(until) for visitor in visitors))
        watching.cancel()
    return log


def in_logarithms(waits: Waits, machine: Speeds | None = None) -> Points:
    """Waiting times as 100 log(time / median of its action), with the moment of each.

    A small difference is then in per cent, and a few waits of ten times the median do not
    dominate, as they would in a mean of times: at any load the queue is long now and then.

    Args:
        waits: moments, actions and seconds.
        machine: the times of a fixed computation; what is waited is then counted in these.
    """
    seconds = [each / _speed(machine, when) for when, _, each in waits]
    by_action: dict[str, list[float]] = {}
    for (_, action, _), each in zip(waits, seconds, strict=True):
        by_action.setdefault(action, []).append(each)
    medians = {action: statistics.median(each) for action, each in by_action.items()}
    return [
        (when, 100 * math.log(each / medians[action]))
        for (when, action, _), each in zip(waits, seconds, strict=True)
    ]


def work(log: Log, machine: Speeds | None = None) -> Points:
    """Processor time per action, minute by minute, on the scale of `in_logarithms`."""
    ended = sorted(when for when, _, _ in log.waits)
    marks = [log.cpu[0]]
    for mark in log.cpu:
        if mark[0] >= marks[-1][0] + MINUTE:
            marks.append(mark)
    each = [
        (stop, "", (after - before) / count)
        for (start, before), (stop, after) in pairwise(marks)
        if (count := bisect(ended, stop) - bisect(ended, start)) and after > before
    ]
    return in_logarithms(each, machine)


def _speed(machine: Speeds | None, moment: float) -> float:
    return median_around(machine, moment) if machine else 1.0


def pace_for(
    share: float, url: str, process: int, arguments: argparse.Namespace, yardstick: Yardstick
) -> Pace:
    """Pauses with which so many visitors take this share of the page's capacity.

    The capacity is measured for a minute in which nobody pauses, after another one in which
    models are loaded and functions compiled.
    """
    busy = argparse.Namespace(**{**vars(arguments), "minutes": 1.0})
    asyncio.run(visits(url, process, busy, Pace(1e-3)))
    busy.seed += arguments.visitors  # what is not remembered
    num_actions = len(asyncio.run(visits(url, process, busy, Pace(1e-3))).waits)
    arguments.pause = MINUTE * arguments.visitors / (share * num_actions)
    arguments.capacity = num_actions
    print_progress(f"without pauses {num_actions} actions a minute")
    return Pace(arguments.pause, yardstick)


def beside_fresh(old: App, pairs: int, arguments: argparse.Namespace) -> dict[str, Any]:
    """What `in_turns` finds for a page and one that has only been warmed up, for a minute."""
    print_progress("starting a fresh page beside the old one")
    with running_app() as fresh:
        _milliseconds(fresh, 1.0, arguments.visitors, arguments.seed + 7 * arguments.visitors)
        return in_turns(old, fresh, pairs, arguments)


def in_turns(
    old: App, fresh: App, pairs: int, arguments: argparse.Namespace, minutes: float = 0.5
) -> dict[str, Any]:
    """Processor time per action of two pages, asked one after the other by the same visitors.

    Returns:
        Milliseconds of both in each pair of turns, and by how many per cent the old page takes
        more, with the standard error over pairs.
    """
    rows = []
    for pair in range(pairs):
        seed = arguments.seed + (8 + pair) * arguments.visitors
        rows.append(
            [_milliseconds(app, minutes, arguments.visitors, seed) for app in (old, fresh)]
        )
    logs = [100 * math.log(mine / other) for mine, other in rows]
    error = statistics.stdev(logs) / math.sqrt(pairs) if pairs > 1 else math.inf
    return {
        "old_ms": [round(mine, 1) for mine, _ in rows],
        "fresh_ms": [round(other, 1) for _, other in rows],
        "older_percent": round(statistics.fmean(logs), 2),
        "error": round(error, 2),
    }


def _milliseconds(app: App, minutes: float, visitors: int, seed: int) -> float:
    """Processor time per action of visitors who do not pause."""
    url, process = app
    arguments = argparse.Namespace(minutes=minutes, visitors=visitors, seed=seed)
    before = cpu_seconds(process)
    log = asyncio.run(visits(url, process, arguments, Pace(1e-3)))
    return 1000 * (cpu_seconds(process) - before) / max(1, len(log.waits))


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th and 99th percentile and the worst, in seconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else []
    at = (lambda share: cuts[share - 1]) if cuts else (lambda _: seconds[0])
    return {
        "count": len(seconds),
        **{f"p{share}": round(at(share), 4) for share in (50, 95, 99)},
        "max": round(max(seconds), 4),
    }


def summary(log: Log, arguments: argparse.Namespace, speeds: Speeds) -> dict[str, Any]:
    """Everything that was measured, with what it was measured on."""
    names = sorted(log.seconds)
    cpu = log.cpu[-1][1] - log.cpu[0][1]
    during = [each for each in speeds if log.cpu[0][0] <= each[0] <= log.cpu[-1][0]]
    return {
        "visitors": arguments.visitors,
        "minutes": arguments.minutes,
        "pause": f"from click to click, exponential, mean {arguments.pause:.3g} s"
        f"{', longer as the machine is slower' if arguments.share else ''}",
        "capacity_per_minute": arguments.capacity,
        "actions_per_minute": round(len(log.waits) / arguments.minutes, 1),
        "seconds": {name: percentiles(log.seconds[name]) for name in names},
        "answers": len(log.answers),
        "errors": dict(log.errors),
        "queue_full": log.num_full,
        "memory_mb": {
            "start": round(log.memory[0][1], 1),
            "end": round(log.memory[-1][1], 1),
            **_drift(log.memory),
        },
        "threads": {"end": log.threads[-1][1], **_drift(log.threads)},
        "machine_percent": _drift(in_logarithms([(when, "", each) for when, each in during])),
        "machine_seconds": percentiles([each for _, each in during]),
        "waiting_percent": _drift(in_logarithms(log.waits)),
        "waiting_percent_of_machine": _drift(in_logarithms(log.waits, during)),
        "work_percent": _drift(work(log)),
        "work_percent_of_machine": _drift(work(log, during)),
        "cores_used": round(cpu / (log.cpu[-1][0] - log.cpu[0][0]), 2),
        "cpu_ms_per_action": round(1000 * cpu / max(1, len(log.waits)), 1),
        "machine": machine(("gradio", "tensorflow", "keras", "numpy", "httpx")),
    }


def compared(log: Log, most: int | None) -> dict[str, Any]:
    """How the answers compare with those in this process, which may take as long again."""
    print_progress(f"{len(log.answers):,} answers; making the requests once more, alone")
    num_requests, wrong = wrong_answers(log, Alone(), most)
    return {"requests": num_requests, "wrong": len(wrong), "wrong_examples": wrong[:5]}


def _drift(points: Points) -> dict[str, float]:
    found = trend(points)
    return {"per_hour": round(found.per_hour, 2), "error": round(found.error, 2)}


def table(found: dict[str, Any]) -> str:
    """The summary for people."""
    lines = [
        in_words(found["machine"]),
        f"{found['visitors']} visitors, {found['minutes']:g} minutes; pause: {found['pause']};"
        f" {found['actions_per_minute']:g} actions a minute",
        "",
        f"{'seconds':<14}{'count':>7}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}",
    ]
    for name, row in found["seconds"].items():
        cells = "".join(f"{row[key]:>8.3f}" for key in ("p50", "p95", "p99", "max"))
        lines.append(f"{name:<14}{row['count']:>7}{cells}")
    memory = found["memory_mb"]
    lines += [
        "",
        f"failures {sum(found['errors'].values())}, queue full {found['queue_full']}",
        *(f"  {count} x {error}" for error, count in found["errors"].items()),
        f"memory {memory['start']:,.0f} to {memory['end']:,.0f} MB;"
        f" {found['cores_used']} cores in use,"
        f" {found['cpu_ms_per_action']:.0f} ms of them for each action",
    ]
    lines += [
        f"per hour {drift['per_hour']:+.2f} ± {drift['error']:.2f} {unit}"
        for unit, drift in (
            ("MB", memory),
            ("threads", found["threads"]),
            ("% of the time of a fixed computation", found["machine_percent"]),
            ("% of the waiting time", found["waiting_percent"]),
            ("% of it in times of that computation", found["waiting_percent_of_machine"]),
            ("% of the processor time per action", found["work_percent"]),
            ("% of it in times of that computation", found["work_percent_of_machine"]),
        )
    ]
    if age := found.get("beside_fresh"):
        lines.append(
            f"processor time per action, beside a fresh page: {age['older_percent']:+.1f} ±"
            f" {age['error']:.1f} %"
        )
    return "\n".join(lines)


def verdict(found: dict[str, Any]) -> str:
    """How many answers were wrong, and some of them."""
    lines = [
        f"{found['answers']:,} answers; {found['requests']:,} different requests made again,"
        f" alone: {found['wrong']} answers were wrong"
    ]
    return "\n".join([*lines, *(f"  wrong: {one}" for one in found["wrong_examples"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and exit with 1 if anything was not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=50, metavar="N")
    parser.add_argument("--minutes", type=float, default=10.0, metavar="M")
    parser.add_argument(
        "--pause", type=float, default=8.0, help="mean seconds from click to click"
    )
    parser.add_argument(
        "--share", type=float, metavar="S", help="of the page's capacity, in place of --pause"
    )
    parser.add_argument("--seed", type=int, default=0, help="of what the visitors do")
    parser.add_argument(
        "--compared", type=int, metavar="N", help="requests to be made again; all by default"
    )
    parser.add_argument(
        "--fresh", type=int, default=0, metavar="N", help="pairs of turns beside a fresh page"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parsed = parser.parse_args(arguments)
    parsed.capacity = None
    print_progress("starting app.py")
    with running_app() as (url, process), Yardstick() as yardstick:
        yardstick.wait()
        pace = (
            pace_for(parsed.share, url, process, parsed, yardstick)
            if parsed.share
            else Pace(parsed.pause)
        )
        print_progress(f"{parsed.visitors} visitors for {parsed.minutes:g} minutes")
        log = asyncio.run(visits(url, process, parsed, pace))
        age = beside_fresh((url, process), parsed.fresh, parsed) if parsed.fresh else None
    found = summary(log, parsed, yardstick.times) | ({"beside_fresh": age} if age else {})
    if not parsed.json:
        print(table(found), flush=True)
    found |= compared(log, parsed.compared)
    print(json.dumps(found, indent=2) if parsed.json else verdict(found))
    sys.exit(1 if found["wrong"] or found["errors"] else 0)


if __name__ == "__main__":
    main()
