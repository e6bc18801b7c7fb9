"""The runs that this server has started, each a child process that never outlives it."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile

from twin.errors import TwinError

MOST = max(2, os.cpu_count() or 1)
"""How many runs may be under way at once."""
STOP_S = 20.0
"""How long a run has to write down what it has before it is killed."""


class JobError(TwinError):
    """What cannot be done with a job as things are."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run to start, by the path of its scenario, or to resume; None leaves what the scenario says."""

    scenario: str | None = None
    policy: str | None = None
    sets: tuple[str, ...] = ()
    resume: int | None = None


class Child:
    """A worker process."""

    def __init__(self, store: str, order: Order) -> None:
        self._said = TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 # closed by `last_words`
        command, pipe = [sys.executable, "-m", "dashboards.worker"], subprocess.PIPE
        # A session of its own: Ctrl-C in the server's terminal is for the server to pass on.
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=self._said, text=True, start_new_session=True
        )
        self._tell(json.dumps({"store": store} | asdict(order)))

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def run(self) -> int:
        """Waits for the number of the run that has begun; raises JobError with the child's last words if none has."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._process.wait()
            words = self.last_words()
            self.close()
            raise JobError("start", words)
        return int(line)

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def wait(self) -> None:
        """Waits for the end, and makes it if it does not come."""
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """The last line on standard error; asked for once it has ended."""
        self._said.seek(0)
        lines = self._said.read().strip().splitlines()
        return lines[-1] if lines else f"ended with status {self._process.returncode}"

    @property
    def failed(self) -> bool:
        return self._process.poll() not in (None, 0, 130)

    def close(self) -> None:
        for file in (self._process.stdin, self._process.stdout, self._said):
            if file:
                file.close()


class Jobs:
    """Starts runs in the store at an address, and stops them."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._children: dict[int, Child] = {}
        self._failures: dict[int, str] = {}
        self._starting: list[Order] = []
        self._lock = threading.Lock()

    def start(self, order: Order) -> int:
        """The number of the run that has begun; raises JobError where none can."""
        with self._lock:
            self._check(order)
            self._starting.append(order)
        try:
            child = Child(self._store, order)
            run = child.run()
            with self._lock:
                self._children[run] = child
        finally:
            with self._lock:
                self._starting.remove(order)
        return run

    def _check(self, order: Order) -> None:
        under_way = self._under_way()
        if len(under_way) + len(self._starting) >= MOST:
            raise JobError("start", f"{MOST} runs are under way", "wait for one of them, or cancel it")
        if order.resume in under_way or (order.resume is not None and order in self._starting):
            raise JobError(f"run {order.resume}", "is under way", "there is nothing to resume")

    def under_way(self) -> set[int]:
        """The numbers of our runs that have not ended."""
        with self._lock:
            return self._under_way()

    def _under_way(self) -> set[int]:
        for run, child in list(self._children.items()):
            if not child.lives:
                if child.failed:
                    self._failures[run] = child.last_words()
                del self._children[run]
                child.close()
        return set(self._children)

    def failure(self, run: int) -> str | None:
        """Why a run of ours failed, if it did."""
        self.under_way()
        return self._failures.get(run)

    def cancel(self, run: int) -> None:
        """Interrupts a run and waits for its end; what it has recorded is kept, and it can be resumed."""
        with self._lock:
            child = self._children.get(run)
        if child is None or not child.lives:
            raise JobError(f"run {run}", "was not started here, or has ended", "only what runs here can be cancelled")
        _end([child])

    def wait(self, run: int) -> None:
        """Waits for the end of a run, and makes it if that does not come soon."""
        with self._lock:
            child = self._children.get(run)
        if child is not None:
            child.wait()

    def stop(self) -> None:
        """Interrupts all that are under way and waits for their end."""
        with self._lock:
            children = list(self._children.values())
        _end(children)
        self.under_way()


def _end(children: Iterable[Child]) -> None:
    children = [child for child in children if child.lives]
    for child in children:
        child.interrupt()
    for child in children:
        child.wait()
