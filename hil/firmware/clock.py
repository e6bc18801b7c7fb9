"""A board's clock: microseconds since its start, as fast as it is told; MicroPython's counter wraps, this does not."""

import time


def ticks_us() -> int:
    """The wall clock in microseconds, from anywhere; on MicroPython it wraps."""
    now: int = time.ticks_us() if hasattr(time, "ticks_us") else time.perf_counter_ns() // 1000
    return now


def ticks_diff(later: int, earlier: int) -> int:
    """Between two readings of `ticks_us`, wrapped or not."""
    passed: int = time.ticks_diff(later, earlier) if hasattr(time, "ticks_diff") else later - earlier
    return passed


class Clock:
    """Counts the wall clock's microseconds times `factor`; to be asked at least every few minutes."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._last = ticks_us()
        self._us = 0

    def us(self) -> int:
        now = ticks_us()
        passed = ticks_diff(now, self._last)
        self._last = now
        self._us += passed if self.factor == 1.0 else int(passed * self.factor + 0.5)
        return self._us
