"""Many visitors at once, on every tab: their waiting times and the correctness of answers.

    python -m benchmarks.visitors [--visitors 50] [--minutes 10] [--json]
    python -m benchmarks.visitors --minutes 60 --share 0.8 --turns 8    an hour at 80% of load

Starts `app.py` on the shipped weights as its own process. Visitors open the page and click at
random on every tab, by the protocol of the page's own client, with pauses in between that are
drawn from an exponential distribution. Nearly every request is a new one, so that caching helps
no more than in practice. Afterwards the page is stopped, and each request is made once more,
alone and in this process: every answer must be the same verbatim.

Memory, threads, waiting times and processor time are given with their slopes and their standard
errors; for a page that can run for long, the slopes are zero within the errors.

The cores of a rented machine get slower and faster by half within minutes, as its neighbours
need them. With --turns, a second page is started at the same moment and has nothing to do. Now
and then the visitors leave, and others, who do not pause, ask both pages in turns, the same of
each. So the second page measures the speed of the machine, and times are also given in units of
its times; with --share, visitors click less often while it is slower.

Exits with status 1 if an answer was wrong or lost, or anything failed.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.asked_alone import Alone, wrong_answers
from benchmarks.machine import in_words, machine, print_progress
from benchmarks.page_process import running_app
from benchmarks.trends import means_of_blocks, trend
from benchmarks.turns import NO_PAUSE, App, Points, Turn, in_logarithms, turn, visits
from benchmarks.visitor import Log

MINUTE = 60.0
TURN = 20.0  # seconds of requests to each of two pages


def capacity(page: App, visitors: int, seed: int) -> int:
    """Actions per minute of visitors who do not pause, once models are loaded and compiled."""
    for each in (seed, seed + visitors):  # the second time, uncached requests
        log = Log()
        asyncio.run(visits(page, log, visitors, 1.0, each, NO_PAUSE))
        if log.errors:
            raise RuntimeError(f"without pauses, a page failed: {log.errors.most_common(3)}")
    return len(log.waits)


def stay(
    page: App, reference: App | None, arguments: argparse.Namespace
) -> tuple[Log, list[Turn]]:
    """Visitors of a page for all of their time, and the turns with the reference page."""
    log, turns = Log(), list[Turn]()
    parts = max(1, arguments.turns)
    for number in range(parts):
        seed = arguments.seed + (2 + 2 * number) * arguments.visitors
        if reference:
            page_first = number % 2 == 1
            turns.append(turn(page, reference, arguments.visitors, TURN, seed, page_first))
            print_progress(f"a turn: {turns[-1].page:.0f}, {turns[-1].reference:.0f} ms")
        slower = turns[-1].reference / turns[0].reference if arguments.share and turns else 1.0
        crowd = arguments.visitors, arguments.minutes / parts, seed + arguments.visitors
        asyncio.run(visits(page, log, *crowd, arguments.pause * slower))
    return log, turns


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th and 99th percentile and the worst, in seconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else []
    at = (lambda share: cuts[share - 1]) if cuts else (lambda _: seconds[0])
    return {
        "count": len(seconds),
        **{f"p{share}": round(at(share), 4) for share in (50, 95, 99)},
        "max": round(max(seconds), 4),
    }


def summary(log: Log, turns: Sequence[Turn], arguments: argparse.Namespace) -> dict[str, Any]:
    """All measurements, with the machine they were made on."""
    return {
        "visitors": arguments.visitors,
        "minutes": arguments.minutes,
        "pause": f"from click to click, exponential, mean {arguments.pause:.3g} s"
        f"{', longer as the machine is slower' if arguments.share and turns else ''}",
        "capacity_per_minute": arguments.capacity,
        "actions_per_minute": round(len(log.waits) / arguments.minutes, 1),
        "seconds": {name: percentiles(log.seconds[name]) for name in sorted(log.seconds)},
        "answers": len(log.answers),
        "errors": dict(log.errors),
        "queue_full": log.num_full,
        "memory_mb": {
            "start": round(log.memory[0][1], 1),
            "end": round(log.memory[-1][1], 1),
            "blocks": [round(each, 1) for _, each in means_of_blocks(log.memory)],
            **_drift(log.memory),
        },
        "threads": {"end": log.threads[-1][1], **_drift(log.threads)},
        "waiting_percent": _drift(in_logarithms(log.waits)),
        "cores_used": round(log.cpu_seconds / log.wall_seconds, 2),
        "cpu_ms_per_action": round(1000 * log.cpu_seconds / max(1, len(log.waits)), 1),
        "beside_reference": beside_reference(log, turns) if turns else None,
        "machine": machine(("gradio", "tensorflow", "keras", "numpy", "httpx")),
    }


def beside_reference(log: Log, turns: Sequence[Turn]) -> dict[str, Any]:
    """The speed of the machine, and drifts of the page in units of the reference page."""
    reference = [(each.moment, each.reference) for each in turns]
    work = [(when, "work", each) for when, each in log.cpu_per_action]
    return {
        "page_ms": [round(each.page, 1) for each in turns],
        "reference_ms": [round(each.reference, 1) for each in turns],
        "machine_percent": _drift(
            in_logarithms([(when, "", each) for when, each in reference])
        ),
        "waiting_percent": _drift(in_logarithms(log.waits, reference)),
        "work_percent": _drift(in_logarithms(work, reference)),
        "work_percent_in_turns": _drift([(each.moment, each.work) for each in turns]),
        "waiting_percent_in_turns": _drift([(each.moment, each.waiting) for each in turns]),
    }


def compared(log: Log, most: int | None) -> dict[str, Any]:
    """The comparison of the answers with those in this process, which takes as long again."""
    print_progress(f"{len(log.answers):,} answers; making the requests once more, alone")
    num_requests, wrong = wrong_answers(log, Alone(), most)
    return {"requests": num_requests, "wrong": len(wrong), "wrong_examples": wrong[:5]}


def _drift(points: Points) -> dict[str, float]:
    found = trend(points)
    return {"per_hour": round(found.per_hour, 2), "error": round(found.error, 2)}


def table(found: dict[str, Any]) -> str:
    """The summary as text."""
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
    beside = found["beside_reference"] or {}
    drifts = {
        "MB": memory,
        "threads": found["threads"],
        "% of the waiting time": found["waiting_percent"],
        "% of what the reference page takes: the machine": beside.get("machine_percent"),
        "% of the waiting time, in times of it": beside.get("waiting_percent"),
        "% of the processor time per action, in times of it": beside.get("work_percent"),
        "% of the processor time, in turns": beside.get("work_percent_in_turns"),
        "% of the waiting time, in turns": beside.get("waiting_percent_in_turns"),
    }
    lines += [
        f"per hour {drift['per_hour']:+.2f} ± {drift['error']:.2f} {unit}"
        for unit, drift in drifts.items()
        if drift
    ]
    return "\n".join(lines)


def verdict(found: dict[str, Any]) -> str:
    """The number of wrong answers, and some of them."""
    lines = [
        f"{found['answers']:,} answers; {found['requests']:,} different requests made again,"
        f" alone: {found['wrong']} answers were wrong"
    ]
    return "\n".join([*lines, *(f"  wrong: {one}" for one in found["wrong_examples"])])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print, and exit with 1 if anything failed."""
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
        "--turns", type=int, default=0, metavar="N", help="turns beside a page that stays new"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parsed = parser.parse_args(arguments)
    parsed.capacity = None
    print_progress("starting app.py")
    with running_app() as page, contextlib.ExitStack() as stack:
        reference = stack.enter_context(running_app()) if parsed.turns else None
        for app in filter(None, (reference, page)):
            if parsed.share or parsed.turns:
                parsed.capacity = capacity(app, parsed.visitors, parsed.seed)
        if parsed.share:
            parsed.pause = MINUTE * parsed.visitors / (parsed.share * parsed.capacity)
            print_progress(f"without pauses {parsed.capacity} actions a minute")
        print_progress(f"{parsed.visitors} visitors for {parsed.minutes:g} minutes")
        log, turns = stay(page, reference, parsed)
    found = summary(log, turns, parsed)
    if not parsed.json:
        print(table(found), flush=True)
    found |= compared(log, parsed.compared)
    print(json.dumps(found, indent=2) if parsed.json else verdict(found))
    sys.exit(1 if found["wrong"] or found["errors"] else 0)


if __name__ == "__main__":
    main()
