"""Writing behind the run's back: where time is real, a slow disk must not make a tick late."""

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Write = Callable[[], None]
MOST = 1000
"""Writes that may wait for the disk; one more waits for room."""


class Behind:
    """Does writes in their order in a thread of its own; leaving it waits for the last one.

    What a write raises comes out at the next one, or at the end.
    """

    def __init__(self) -> None:
        self._writes: queue.Queue[Write | None] = queue.Queue(MOST)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="write behind", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writes.put(None)
        self._thread.join()
        if error is None:
            self._complain()

    def put(self, write: Write) -> None:
        self._complain()
        self._writes.put(write)

    def _complain(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (write := self._writes.get()) is not None:
            if self._error is None:
                try:
                    write()
                except Exception as error:  # noqa: BLE001 (whoever put it is told)
                    self._error = error
