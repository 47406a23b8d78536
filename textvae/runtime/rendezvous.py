"""The rendezvous of training workers before TensorFlow starts, and detection of lost ones.

TensorFlow itself waits forever for a missing worker, does not notice that two workers have
different data, and reports a killed worker as a socket error. So the chief first listens at its
address and compares the facts that the workers send about their runs. The same connections then
stay open, and one that ends shows that its worker has ended.
"""

import contextlib
import logging
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from textvae.checks import one_line
from textvae.errors import BadInput, TrainingFailed, TrainingInterrupted
from textvae.runtime.connection import ANSWER_PATIENCE, Connection, Ended
from textvae.runtime.watch import Watch
from textvae.runtime.workers import VARIABLE, Workers, host_and_port

PATIENCE = 600.0  # seconds within which all workers must start
NOTICE_AFTER = 10.0  # seconds until this worker logs whom it is waiting for
FOLDER_PATIENCE = 40.0  # seconds within which a file must appear on another machine
MARK = ".workers"  # a file by which workers check that they share a folder
Facts = Mapping[str, Any]
AGREED = (TrainingFailed, TrainingInterrupted)  # on these, all workers end together

log = logging.getLogger(__name__)


def difference(workers: Workers, index: int, ours: Facts, theirs: Facts) -> str:
    """How another worker differs from the chief, as a message; empty if it is the same.

    Example:
        >>> workers = Workers(("a:2222", "b:2222"), 0)
        >>> difference(workers, 1, {"train.beta": 0.5}, {"train.beta": 0.4})
        'worker 1 (b:2222) has train.beta 0.4, and worker 0 (a:2222) has 0.5'
    """
    if "stopped" in theirs:
        return f"{workers.name(index)} has stopped: {theirs['stopped']}"
    for key in (*ours, *theirs):
        own, other = ours.get(key), theirs.get(key)
        if own != other:
            return f"{workers.name(index)} has {key} {other}, and {workers.name(0)} has {own}"
    return ""


class Rendezvous:
    """The rendezvous of one worker with the others: a context for the whole training.

    Args:
        workers: all workers, and which of them this is.

    Raises:
        BadInput: the port of this worker is in use.

    Example:
        >>> with Rendezvous(Workers(("localhost:0", "localhost:1"), 0)):
        ...     pass  # agree with the others, then train
    """

    def __init__(self, workers: Workers) -> None:
        self.workers, self.peers = workers, dict[int, Connection]()
        try:
            # No one else can take the port until TensorFlow does.
            self.own = socket.create_server(("", workers.port), backlog=128)
        except OSError as error:
            raise BadInput(
                f"{VARIABLE} gives this worker port {workers.port}, which cannot be used"
                f" ({error.strerror}); end the program that uses it, or name another port"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        is_agreed = error is None or isinstance(error, AGREED)
        name = self.workers.name(self.workers.index)
        for peer in self.peers.values():
            peer.leave({"left": True} if is_agreed else {"lost": name})
        self.own.close()

    def agree(
        self,
        facts: Facts,
        folder: Path,
        open_folder: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        """Wait until all workers have connected, and check that their runs are the same.

        Args:
            facts: that must be the same in all, by user-facing names.
            folder: the output folder, which all must share.
            open_folder: called by the chief, to create the folder and check its contents.
            patience: seconds.

        Raises:
            BadInput: a worker is missing, or has other facts or another folder; raised in all
                workers.
        """
        try:
            if self.workers.is_chief:
                self._agree_as_chief(facts, folder, open_folder, time.monotonic() + patience)
            else:
                self._agree_with_chief(facts, folder, time.monotonic() + patience)
        finally:
            self.own.close()  # TensorFlow is next

    def tell_of(self, error: BadInput) -> None:
        """Tell the chief that this worker has stopped before it could agree, and why."""
        if not self.workers.is_chief:
            with contextlib.suppress(BadInput):
                self._come({"stopped": str(error)}, time.monotonic() + 1.0)

    def watch(self, abort: Callable[[str], object]) -> Watch:
        """A context within which the others are watched; see `Watch`."""
        return Watch(self.workers, self.peers, abort)

    def _agree_as_chief(
        self, facts: Facts, folder: Path, open_folder: Callable[[], None], deadline: float
    ) -> None:
        mark = folder / MARK
        try:
            self._gather(facts, deadline)
            open_folder()
            mark.write_text(secrets.token_hex())
            self._tell_all({"mark": mark.read_text()})
            for index, peer in sorted(self.peers.items()):
                answer = self._heard(index, peer, FOLDER_PATIENCE + ANSWER_PATIENCE)
                if not answer.get("sees"):
                    raise BadInput(
                        f"{self.workers.name(index)} does not see the files of"
                        f" {self.workers.name(0)} in {folder}; name an --output that all share"
                    )
        except BadInput as error:
            self._tell_all({"problem": str(error)})
            raise
        finally:
            with contextlib.suppress(OSError):  # it may not be a folder
                mark.unlink(missing_ok=True)
        self._tell_all({"go": True})

    def _gather(self, facts: Facts, deadline: float) -> None:
        """Wait for the other workers, and compare each when it connects."""
        missing = set(range(1, len(self.workers.addresses)))
        notice_at = time.monotonic() + NOTICE_AFTER
        while missing:
            names = ", ".join(map(self.workers.name, sorted(missing)))
            now = time.monotonic()
            if now > deadline:
                raise BadInput(f"timed out waiting for {names}; start all workers")
            if now > notice_at:
                log.info("waiting for %s", names)
                notice_at = deadline
            if (peer := self._accepted()) is None:
                continue
            index, theirs = self._greeting(peer)
            if index is None:
                log.warning(
                    "something other than a worker has connected to port %d", self.workers.port
                )
                peer.close()
                continue
            is_missing = index in missing
            missing.discard(index)
            self.peers[index if is_missing else -1] = peer  # so that a duplicate is also told
            is_one = index < len(self.workers.addresses)
            if is_one and (found := difference(self.workers, index, facts, theirs)):
                raise BadInput(f"{found}; start all workers alike")
            if not is_missing:
                raise BadInput(
                    f"two workers have index {index}; {VARIABLE} must be the same everywhere"
                    " except for task.index"
                )

    def _accepted(self) -> Connection | None:
        self.own.settimeout(1.0)
        with contextlib.suppress(TimeoutError):
            return Connection(self.own.accept()[0])
        return None

    def _greeting(self, peer: Connection) -> tuple[int | None, dict[str, Any]]:
        try:
            said = peer.receive(ANSWER_PATIENCE)
        except Ended:
            return None, {}
        index, facts = said.get("index"), said.get("facts")
        if type(index) is not int or index < 0 or not isinstance(facts, dict):
            return None, {}
        return index, facts

    def _agree_with_chief(self, facts: Facts, folder: Path, deadline: float) -> None:
        chief = self._come(facts, deadline)
        mark = self._answer(chief, deadline - time.monotonic())["mark"]
        chief.send({"sees": _is_seen(folder / MARK, mark)})
        # The chief may still wait for another machine to see it.
        self._answer(chief, FOLDER_PATIENCE + 2 * ANSWER_PATIENCE)

    def _come(self, facts: Facts, deadline: float) -> Connection:
        """Connect to the chief, retrying until it listens, and send it our facts."""
        host, port = host_and_port(self.workers.addresses[0])
        notice_at = time.monotonic() + NOTICE_AFTER
        while True:
            try:
                peer = Connection(socket.create_connection((host, port), ANSWER_PATIENCE))
                break
            except OSError as error:
                now = time.monotonic()
                if now > deadline:
                    name = self.workers.name(0)
                    raise BadInput(f"{name} does not answer ({error}); start it") from error
                if now > notice_at:
                    log.info("waiting for %s", self.workers.name(0))
                    notice_at = deadline
                time.sleep(0.2)
        self.peers[0] = peer
        peer.send({"index": self.workers.index, "facts": dict(facts)})
        return peer

    def _answer(self, chief: Connection, patience: float) -> dict[str, Any]:
        said = self._heard(0, chief, patience)
        if "problem" in said:
            raise BadInput(one_line(str(said["problem"])))
        if not {"mark", "go"} & said.keys():
            raise BadInput(
                f"what answers at {self.workers.addresses[0]} is not worker 0; check the"
                f" addresses in {VARIABLE}"
            )
        return said

    def _heard(self, index: int, peer: Connection, patience: float) -> dict[str, Any]:
        try:
            said = peer.receive(patience)
        except Ended as error:
            raise self._gone(index, str(error)) from error
        if "lost" in said:  # its last word, see `__exit__`
            raise self._gone(index, "has stopped")
        return said

    def _gone(self, index: int, what: str) -> BadInput:
        return BadInput(
            f"{self.workers.name(index)} {what}, before the training began; see its log, and"
            " start all workers again"
        )

    def _tell_all(self, message: dict[str, Any]) -> None:
        for peer in self.peers.values():
            peer.send(message)


def _is_seen(path: Path, text: str) -> bool:
    """Whether the file appears with this text, which some file systems delay."""
    deadline = time.monotonic() + FOLDER_PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if path.read_text() == text:
                return True
        time.sleep(0.1)
    return False
