"""The processes that train one model together, from the variable `TF_CONFIG`.

It is TensorFlow's own environment variable, which schedulers set. This module does not import
TensorFlow.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from textvae.errors import BadInput

VARIABLE = "TF_CONFIG"
JOBS = ("chief", "worker")  # in the order in which TensorFlow numbers their tasks


@dataclasses.dataclass(frozen=True)
class Workers:
    """All workers, and the index of this process.

    Attributes:
        addresses: `host:port` of each.
        index: of this process, from 0.

    Example:
        >>> workers = Workers(("a:2222", "b:2222"), 1)
        >>> workers.name(1), workers.is_chief, workers.port
        ('worker 1 (b:2222)', False, 2222)
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Whether this worker is the one that writes files."""
        return self.index == 0

    @property
    def port(self) -> int:
        """The port at which the others reach this worker."""
        return host_and_port(self.addresses[self.index])[1]

    def name(self, index: int) -> str:
        """The name of a worker in messages."""
        return f"worker {index} ({self.addresses[index]})"


def workers_of(environment: Mapping[str, str]) -> Workers | None:
    """The workers that `TF_CONFIG` lists; None if there is at most one.

    Raises:
        BadInput: it is not JSON, or does not define the workers and the index of this one.

    Example:
        >>> workers_of({"TF_CONFIG": '{"cluster": {"worker": ["a:1", "b:1"]},'
        ...             ' "task": {"type": "worker", "index": 1}}'}).index
        1
        >>> workers_of({"TF_CONFIG": "a:1,b:1"})
        Traceback (most recent call last):
        textvae.errors.BadInput: TF_CONFIG is not JSON: ...
    """
    text = environment.get(VARIABLE, "").strip()
    if not text:
        return None
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(f"is not JSON: {error}; got {text[:60]!r}") from error
    cluster = config.get("cluster", {}) if isinstance(config, dict) else None
    if not isinstance(cluster, dict):
        raise _wrong("has no object `cluster`")
    for job in cluster.keys() - set(JOBS):
        raise _wrong(f"names the job {job!r}; there are only {' and '.join(JOBS)}")
    addresses = tuple(each for job in JOBS for each in _addresses(job, cluster.get(job, [])))
    for address in addresses:
        if addresses.count(address) > 1:
            raise _wrong(f"names one worker twice: {address}")
    if len(addresses) < 2:
        return None
    return Workers(addresses, _index(cluster, config.get("task")))


def host_and_port(address: str) -> tuple[str, int]:
    """The two parts of an address.

    Example:
        >>> host_and_port("[::1]:2222")
        ('::1', 2222)
    """
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _addresses(job: str, found: Any) -> list[str]:
    if not isinstance(found, list):
        raise _wrong(f"has no list of addresses for {job!r}, but {found!r}")
    for address in found:
        host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise _wrong(f"names the address {address!r}; an address is host:port")
    return found


def _index(cluster: dict[str, Any], task: Any) -> int:
    job, index = (task.get("type"), task.get("index")) if isinstance(task, dict) else (None, 0)
    if not isinstance(job, str) or job not in cluster:
        raise _wrong(f"has task.type {job!r}, which is not a job of its cluster")
    count = len(cluster[job])
    if isinstance(index, str) and index.isascii() and index.isdigit():
        index = int(index)
    if type(index) is not int or not 0 <= index < count:
        raise _wrong(f"has task.index {index!r}, and {job!r} has {count} addresses, from 0")
    return index + (len(cluster.get("chief", [])) if job == "worker" else 0)


def _wrong(what: str) -> BadInput:
    return BadInput(f"{VARIABLE} {what}; set it as TensorFlow describes, or unset it")
