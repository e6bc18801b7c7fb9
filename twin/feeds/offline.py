"""A feed made of known series; it never waits and always answers the same."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.errors import FeedError
from twin.facts import Calendar, Floats, Outside, Task

Series = Callable[[int, int], Floats]
"""`(start, stop)` -> the values of those ticks, shape `(stop - start,)`; NaN where the series knows nothing.

Ticks count from the run's start and are negative in history. A series is a pure function, so that blocks can be
cut anywhere; the feed remembers, the series does not need to.
"""
Tasks = Callable[[int], tuple[Task, ...]]

MICROSECONDS = 1_000_000
"""In a second."""
_BLOCK = 4096
_BLOCKS_KEPT = 8


def constant(value: float) -> Series:
    """A series that never changes."""
    return lambda start, stop: np.full(stop - start, value)


def no_tasks(day: int) -> tuple[Task, ...]:
    """A house without deferrable demands."""
    return ()


def start_times_s(calendar: Calendar, start: int, stop: int) -> Floats:
    """Unix time at which each tick begins, as `Calendar.tick` says it."""
    times_s: Floats = (np.arange(start, stop, dtype=np.float64) - calendar.midnight(0)) * calendar.tick_s
    return times_s


def start_times_us(calendar: Calendar, start: int, stop: int) -> NDArray[np.int64]:
    """The same in whole microseconds: in floats, today's Unix time is coarser than a short tick is long."""
    tick_us = round(calendar.tick_s * MICROSECONDS)
    times_us: NDArray[np.int64] = (np.arange(start, stop, dtype=np.int64) - calendar.midnight(0)) * tick_us
    return times_us


class OfflineFeed:
    """Facts of any tick from five pure functions, kept in blocks of some thousand ticks.

    A run that ends with tick `last_tick` may ask for the tick after it, which is answered as the last if unknown.
    """

    live = False

    def __init__(
        self,
        sun: Series,
        demand_w: Series,
        import_price: Series,
        export_price: Series,
        tasks: Tasks,
        *,
        last_tick: int | None = None,
    ) -> None:
        self.tasks = tasks
        self._series = (sun, demand_w, import_price, export_price)
        self._last_tick = last_tick
        self._block = lru_cache(maxsize=_BLOCKS_KEPT)(self._computed_block)
        self._rows: list[Outside] = []
        self._start = self._stop = 0

    def at(self, tick: int) -> Outside:
        """The facts of one tick; raises FeedError where a series knows nothing."""
        if not self._start <= tick < self._stop:
            if self._is_beyond_the_run(tick):
                return self.at(tick - 1)
            self._turn_to(tick)
        return self._rows[tick - self._start]

    def values(self, start: int, stop: int) -> Floats:
        """Columns sun, demand_w, import_price, export_price, shape `(stop - start, 4)`; FeedError if unknown."""
        if stop <= start:
            return np.empty((0, len(self._series)))
        first = start // _BLOCK
        blocks = [self._block(i) for i in range(first, (stop - 1) // _BLOCK + 1)]
        rows = np.concatenate(blocks)[start - first * _BLOCK : stop - first * _BLOCK]
        self._refuse_unknown(rows, start)
        return rows

    def _is_beyond_the_run(self, tick: int) -> bool:
        """Components look at the tick after the last, which nothing is decided or billed on; a file may end there."""
        if self._last_tick is None or tick != self._last_tick + 1:
            return False
        index, offset = divmod(tick, _BLOCK)
        return not bool(np.isfinite(self._block(index)[offset]).all())

    def _turn_to(self, tick: int) -> None:
        """Lay out the block of `tick` as rows, as far as it is known."""
        index, offset = divmod(tick, _BLOCK)
        block = self._block(index)
        self._refuse_unknown(block[offset : offset + 1], tick)
        known = np.flatnonzero(np.isfinite(block).all(axis=1))
        first, last = int(known[0]), int(known[-1])
        self._rows = list(map(Outside, *block[first : last + 1].T.tolist()))
        self._start, self._stop = index * _BLOCK + first, index * _BLOCK + last + 1

    def _computed_block(self, index: int) -> Floats:
        start = index * _BLOCK
        block = np.column_stack([series(start, start + _BLOCK) for series in self._series])
        block.flags.writeable = False
        return block

    def _refuse_unknown(self, rows: Floats, start: int) -> None:
        unknown = np.argwhere(~np.isfinite(rows))
        if len(unknown):
            row, column = unknown[0].tolist()
            name = Outside.__struct_fields__[column]
            raise FeedError("feed", f"{name} is not known at tick {start + row}", "a series that covers the whole run")
