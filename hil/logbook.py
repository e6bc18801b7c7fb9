"""What happened on the wires: frames and faults with their time, kept until the run's store asks for them."""

import threading
import time
from collections import Counter
from typing import NamedTuple

MOST_LINES = 200
"""Of one board in one tick; a flood is counted, not kept."""


class Line(NamedTuple):
    """A line on the wire: when [Unix time, s], `<` to the board or `>` from it, and what."""

    tick: int
    component: str
    at_s: float
    way: str
    line: str


class Fault(NamedTuple):
    """Something that should not have been, as often as it was in a tick."""

    tick: int
    component: str
    kind: str
    detail: str


class Logbook:
    """One board's; written by its thread and by the tick, emptied by the tick."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._lock = threading.Lock()
        self._tick = 0
        self._lines: list[Line] = []
        self._kept = 0
        self._faults: Counter[tuple[int, str]] = Counter()
        self._details: dict[tuple[int, str], str] = {}

    def begin(self, tick: int) -> None:
        with self._lock:
            self._tick = tick
            self._kept = 0

    def line(self, way: str, line: bytes) -> None:
        with self._lock:
            self._kept += 1
            if self._kept <= MOST_LINES:
                text = line.decode("ascii", "backslashreplace").rstrip("\n").replace("\0", "\\x00")
                self._lines.append(Line(self._tick, self._component, time.time(), way, text))

    def fault(self, kind: str, detail: str, tick: int | None = None) -> None:
        with self._lock:
            key = (self._tick if tick is None else tick, kind)
            self._faults[key] += 1
            self._details.setdefault(key, detail)

    def drain(self) -> tuple[list[Line], list[Fault]]:
        """All since the last time."""
        with self._lock:
            lines, self._lines = self._lines, []
            faults = [
                Fault(tick, self._component, kind, self._told(tick, kind, count))
                for (tick, kind), count in self._faults.items()
            ]
            self._faults.clear()
            self._details.clear()
        return lines, faults

    def _told(self, tick: int, kind: str, count: int) -> str:
        detail = self._details[tick, kind]
        return detail if count == 1 else f"{count} times, first: {detail}"
