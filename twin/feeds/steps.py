"""A step function of time, and its means over ticks. Time is counted in whole microseconds, so that edges meet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.facts import Calendar, Floats
from twin.feeds.offline import Series, start_times_us

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Steps:
    """`values[i]` holds over `[start_us + i * step_us, start_us + (i + 1) * step_us)`, Unix time in microseconds."""

    start_us: int
    step_us: int
    values: Floats

    def series(self, calendar: Calendar) -> Series:
        """The mean over each tick, whether ticks are finer, coarser or not commensurable; NaN outside."""
        bounds_us: Ints = self.start_us + self.step_us * np.arange(len(self.values) + 1, dtype=np.int64)
        # Ticks before the first and after the last step find NaN here.
        padded = np.concatenate([[np.nan], self.values, [np.nan]])
        return lambda start, stop: tick_means(padded, bounds_us, start_times_us(calendar, start, stop + 1))


def tick_means(padded: Floats, bounds_us: Ints, edges_us: Ints) -> Floats:
    """Mean of a step function over each interval between edges.

    The integral is summed piece by piece and per tick: a running total would leave rounding in dark nights and make
    results depend on how far away the series began. A tick within one step gets its very value.
    """
    inside = bounds_us[np.searchsorted(bounds_us, edges_us[0]) : np.searchsorted(bounds_us, edges_us[-1])]
    cuts_us = np.union1d(edges_us, inside)
    ticks = np.searchsorted(edges_us, cuts_us[:-1], side="right") - 1
    shares = np.diff(cuts_us) / np.diff(edges_us)[ticks]
    pieces = padded[np.searchsorted(bounds_us, cuts_us[:-1], side="right")] * shares
    means: Floats = np.add.reduceat(pieces, np.searchsorted(cuts_us, edges_us[:-1])) if len(edges_us) > 1 else pieces
    return means
