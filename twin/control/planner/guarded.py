"""A planner that is always heard from, as its solves happen in a worker process.

CBC looks at its clock between nodes only, and while it solves it takes Ctrl-C for itself and may lose it, even in the
milliseconds of an LP. A process can be ended at any time. The way there and back takes a tenth of a plan.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from multiprocessing.connection import Connection, Pipe

from twin.control.planner.problem import NoPlan, Problem, Site, Solution
from twin.control.planner.solver import Guard, Planner
from twin.facts import Reason

CBC_SHARE = 0.8
"""Of the time allowed is CBC's; the rest is for its last node and for the way back."""
START_S = 30.0
"""So long may a worker take to come up on a busy machine."""


class Guarded:
    """Solves in a worker, which is started with the first problem, or at once where time is real."""

    def __init__(self, kind: type[Planner], site: Site, horizon: int, time_limit_s: float | None = None) -> None:
        """With a `time_limit_s` time is real, and no solve takes longer."""
        self._kind, self._site, self._horizon = kind, site, horizon
        self._time_limit_s = time_limit_s
        self._worker = None if time_limit_s is None else Worker(kind, site, horizon)

    def solve(self, problem: Problem, guard: Guard) -> Solution | None:
        """The plan; None if none was found; raises NoPlan with the reason where the worker gave no answer."""
        if self._worker is None:
            self._worker = self._started()
        try:
            return self._worker.solve(problem, guard, self._time_limit_s)
        except (NoPlan, KeyboardInterrupt):
            self._worker.end()
            self._worker = None
            raise

    def _started(self) -> "Worker":
        try:
            return Worker(self._kind, self._site, self._horizon)
        except OSError as error:  # of descriptors, processes or memory there are none left
            raise NoPlan(Reason.FALLBACK_WORKER_LOST) from error


class Worker:
    """A planner in a process of its own."""

    def __init__(self, kind: type[Planner], site: Site, horizon: int) -> None:
        self._pipe, theirs = Pipe()
        command = [sys.executable, "-c", f"import {__name__} as it; it.main()", str(theirs.fileno())]
        # CBC prints on standard output whatever it is told.
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL)
        theirs.close()
        self.end = weakref.finalize(self, end, self._process, self._pipe)
        self._ask((kind, site, horizon), START_S)

    def solve(self, problem: Problem, guard: Guard, time_limit_s: float | None) -> Solution | None:
        """The plan, waited for no longer than `time_limit_s`; raises NoPlan."""
        if time_limit_s is not None:
            guard = Guard(guard.max_nodes, CBC_SHARE * time_limit_s)
        solution = self._ask((problem, guard), time_limit_s)
        return solution if isinstance(solution, Solution) else None

    def _ask(self, message: object, time_limit_s: float | None) -> object:
        try:
            self._pipe.send(message)
            if not self._pipe.poll(time_limit_s):
                raise NoPlan(Reason.FALLBACK_TIME_LIMIT)
            return self._pipe.recv()
        except (EOFError, OSError) as lost:
            raise NoPlan(Reason.FALLBACK_WORKER_LOST) from lost


def end(process: "subprocess.Popen[bytes]", pipe: Connection) -> None:
    """End a worker, whatever it is doing."""
    pipe.close()
    process.kill()
    process.wait()


def work(pipe: Connection) -> None:
    """The worker's life: make a planner, say so, then answer problems until the pipe is closed."""
    kind, site, horizon = pipe.recv()
    planner = kind(site, horizon)
    pipe.send("ready")
    while True:
        problem, guard = pipe.recv()
        pipe.send(planner.solve(problem, guard))


def leave_with_parent(parent: int) -> None:
    """End this process when its parent is gone, even in the midst of a solve."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main() -> None:
    """The worker process, told its pipe's descriptor."""
    # Ctrl-C reaches the whole process group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=leave_with_parent, args=(os.getppid(),), daemon=True).start()
    try:
        work(Connection(int(sys.argv[1])))
    except (EOFError, OSError):
        sys.exit(0)
