"""Time-of-use prices: a price for every minute of the local week, daylight saving included."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from twin.facts import Calendar, Floats
from twin.feeds.offline import MICROSECONDS, Series, start_times_us

MINUTES_PER_WEEK = 7 * 24 * 60
_QUARTER_S = 900
_THURSDAY_S = 3 * 86_400
"""The Unix epoch was a Thursday; weeks are counted from Monday."""


def time_of_use(calendar: Calendar, timezone: ZoneInfo, week_prices: Sequence[float]) -> Series:
    """The price in force when a tick starts, of `MINUTES_PER_WEEK` prices per J from local Monday 00:00 on."""
    week = np.asarray(week_prices, dtype=np.float64)

    def prices(start: int, stop: int) -> Floats:
        local_s = local_times_s(start_times_us(calendar, start, stop) / MICROSECONDS, timezone)
        minutes = (local_s + _THURSDAY_S) // 60 % MINUTES_PER_WEEK
        in_force: Floats = week[minutes.astype(int)]
        return in_force

    return prices


def local_times_s(times_s: Floats, timezone: ZoneInfo) -> Floats:
    """What the clocks of a zone show, as if it were UTC."""
    # Since 1970 clocks have been changed at full quarters of an hour only, so one offset serves each quarter.
    quarters, which = np.unique(times_s // _QUARTER_S, return_inverse=True)
    offsets_s = np.array([_offset_s(quarter * _QUARTER_S, timezone) for quarter in quarters.tolist()])
    local_s: Floats = times_s + offsets_s[which]
    return local_s


def _offset_s(time_s: float, timezone: ZoneInfo) -> float:
    offset = datetime.fromtimestamp(time_s, timezone).utcoffset()
    return offset.total_seconds() if offset else 0.0
