"""Time: virtual, which never waits, and wall time, whose waits can be interrupted and whose lateness is counted."""

import threading
import time
from typing import Literal, Protocol

from simpy import Environment, Event

from twin.errors import ClockError

Overrun = Literal["catch_up", "skip", "slow", "stop"]
"""What to do when a tick took longer than a tick: live the next ones back to back until the clock is reached again,
leave out those that are over, put all later boundaries off, or end the run."""


class Ticking(Environment):
    """SimPy's environment with ticks: all who wait for the present tick's end share one event, `boundary`."""

    def __init__(self) -> None:
        super().__init__()
        self.boundary = Event(self)

    def settle(self, until_s: float = 0.0) -> None:
        """Live through all events up to an instant, its own included, so that nobody reads stale sun."""
        while self.peek() <= until_s:
            self.step()

    def run_tick(self, length_s: float) -> None:
        """Live one tick; who is woken by its boundary waits for the next one."""
        due, self.boundary = self.boundary, Event(self)
        due._ok, due._value = True, None
        self.schedule(due, delay=length_s)
        self.settle(self.now + length_s)


class Clock(Protocol):
    """Waits for the boundary at which a tick begins; `real` says whether waiting takes time."""

    real: bool

    def wait(self, tick: int) -> float:
        """Wait until `tick` begins and return how late it is by now, in s."""

    def missed(self, tick: int) -> int:
        """How many ticks from `tick` on are over before they were lived, and shall be left out."""


class VirtualClock:
    """Every boundary is now."""

    real = False

    def wait(self, tick: int) -> float:
        return 0.0

    def missed(self, tick: int) -> int:
        return 0


class WallClock:
    """Boundaries at absolute deadlines, `tick_s / speed` apart; the first wait's is now, unless `begin` said when.

    A wait that begins more than a tick after its deadline is an overrun. Lateness is in seconds of the wall clock.
    """

    real = True

    def __init__(self, tick_s: float, speed: float = 1.0, overrun: Overrun = "catch_up") -> None:
        self.overruns = 0
        self._tick_s = tick_s / speed
        self._overrun = overrun
        self._origin_s: float | None = None
        self._late_s = 0.0
        self._stop = threading.Event()

    def begin(self, tick: int, in_s: float) -> None:
        """Let `tick` begin in so many seconds from now."""
        self._origin_s = time.monotonic() + in_s - tick * self._tick_s

    def wait(self, tick: int) -> float:
        if self._origin_s is None:
            self.begin(tick, 0.0)
        due_s = (self._origin_s or 0.0) + tick * self._tick_s
        self._stop.wait(max(due_s - time.monotonic(), 0.0))
        self._late_s = max(time.monotonic() - due_s, 0.0)
        if self._late_s > self._tick_s:
            self._overran(tick)
        return self._late_s

    def missed(self, tick: int) -> int:
        return int(self._late_s / self._tick_s) if self._overrun == "skip" else 0

    def stop(self) -> None:
        """End the present wait and all later ones; may be called from any thread."""
        self._stop.set()

    def _overran(self, tick: int) -> None:
        self.overruns += 1
        if self._overrun == "slow":
            self.begin(tick, 0.0)
        elif self._overrun == "stop":
            got = f"is {self._late_s:.3g} s late"
            raise ClockError(f"tick {tick}", got, f"at most {self._tick_s:.3g} s, for --overrun is stop")
