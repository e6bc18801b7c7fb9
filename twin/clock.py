"""Time: virtual, which never waits, and wall time, whose waits can be interrupted and whose lateness is counted."""

import threading
import time
from typing import Protocol

from simpy import Environment, Event
from simpy.events import NORMAL, EventPriority

LAST = EventPriority(NORMAL + 1)
"""The priority after every other event of an instant."""


class Boundary(Event):
    """An instant that everyone may wait for, made before its time is known."""

    def fall(self, delay_s: float, priority: EventPriority) -> None:
        self._ok = True
        self._value = None
        self.env.schedule(self, priority, delay_s)


class Ticking(Environment):
    """SimPy's environment with ticks: all who wait for the present tick's end share one event, `boundary`."""

    def __init__(self) -> None:
        super().__init__()
        self.boundary = Boundary(self)

    def settle(self, delay_s: float = 0.0) -> None:
        """Live for a time, and through all events of its last instant, so that nobody reads stale sun."""
        last = Boundary(self)
        last.fall(delay_s, LAST)
        while last.callbacks is not None:
            self.step()

    def run_tick(self, length_s: float) -> None:
        """Live one tick; who is woken by its boundary waits for the next one."""
        due, self.boundary = self.boundary, Boundary(self)
        due.fall(length_s, NORMAL)
        self.settle(length_s)


class Clock(Protocol):
    """Waits for the boundary at which a tick begins; `real` says whether waiting takes time."""

    real: bool

    def wait(self, tick: int) -> float:
        """Wait until `tick` begins and return how late it is by now, in s."""


class VirtualClock:
    """Every boundary is now."""

    real = False

    def wait(self, tick: int) -> float:
        return 0.0


class WallClock:
    """Boundaries at absolute deadlines, `tick_s / speed` apart; the first wait's is now, unless `begin` said when."""

    real = True

    def __init__(self, tick_s: float, speed: float = 1.0) -> None:
        self._tick_s = tick_s / speed
        self._origin_s: float | None = None
        self._stop = threading.Event()

    def begin(self, tick: int, in_s: float) -> None:
        """Let `tick` begin in so many seconds from now."""
        self._origin_s = time.monotonic() + in_s - tick * self._tick_s

    def wait(self, tick: int) -> float:
        if self._origin_s is None:
            self.begin(tick, 0.0)
        due_s = (self._origin_s or 0.0) + tick * self._tick_s
        self._stop.wait(max(due_s - time.monotonic(), 0.0))
        return max(time.monotonic() - due_s, 0.0)

    def stop(self) -> None:
        """End the present wait and all later ones; may be called from any thread."""
        self._stop.set()
