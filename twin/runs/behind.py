"""Writing behind the run's back: where time is real, a slow disk must not make a tick late."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

Write = Callable[[], None]
MOST = 1000
"""Writes that may wait for the disk; one more waits for room."""


class Behind:
    """Does writes in their order in a thread of its own; leaving it waits for the last one.

    What a write raises comes out at a later one, or at the end, and no write after it is done.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "write behind")
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.shutdown()
        if error is None:
            for done in self._waiting:
                done.result()

    @property
    def waiting(self) -> int:
        """How many writes are not done."""
        return sum(not done.done() for done in self._waiting)

    def put(self, write: Write) -> None:
        while self._waiting and (self._waiting[0].done() or len(self._waiting) >= MOST):
            self._waiting.popleft().result()
        before = self._waiting[-1] if self._waiting else None
        self._waiting.append(self._thread.submit(after, before, write))


def after(before: Future[None] | None, write: Write) -> None:
    """Do a write, unless the one before it failed: then raise what that one did."""
    if before is not None:
        before.result()
    write()
