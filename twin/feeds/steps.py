"""Values given in regular steps, brought to the tick with their energy kept."""

from dataclasses import dataclass

import numpy as np

from twin.facts import Calendar, Floats
from twin.feeds.offline import Series, start_times_s


@dataclass(frozen=True, slots=True)
class Steps:
    """`values[i]` holds over `[start_s + i * step_s, start_s + (i + 1) * step_s)`, Unix time."""

    start_s: float
    step_s: float
    values: Floats

    def series(self, calendar: Calendar) -> Series:
        """The mean over each tick, whether ticks are finer, coarser or not commensurable; NaN outside."""
        bounds_s: Floats = self.start_s + self.step_s * np.arange(len(self.values) + 1, dtype=np.float64)
        # Ticks before the first and after the last step find NaN here.
        padded = np.concatenate([[np.nan], self.values, [np.nan]])
        return lambda start, stop: tick_means(padded, bounds_s, start_times_s(calendar, start, stop + 1))


def tick_means(padded: Floats, bounds_s: Floats, edges_s: Floats) -> Floats:
    """Mean of a step function over each interval between edges.

    The integral is summed piece by piece and per tick: a running total would leave rounding in dark nights and make
    results depend on how far away the series began. A tick within one step gets its very value.
    """
    inside = bounds_s[np.searchsorted(bounds_s, edges_s[0]) : np.searchsorted(bounds_s, edges_s[-1])]
    cuts_s = np.union1d(edges_s, inside)
    ticks = np.searchsorted(edges_s, cuts_s[:-1], side="right") - 1
    shares = np.diff(cuts_s) / np.diff(edges_s)[ticks]
    pieces = padded[np.searchsorted(bounds_s, cuts_s[:-1], side="right")] * shares
    means: Floats = np.add.reduceat(pieces, np.searchsorted(cuts_s, edges_s[:-1])) if len(edges_s) > 1 else pieces
    return means
