"""How far ahead a series is published: always for as many ticks, or once a day for the day after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from twin.facts import Calendar

_HOUR_S = 3600.0
_MINUTES_PER_DAY = 1440


@dataclass(frozen=True, slots=True)
class DayAhead:
    """Values of a local day that are published the day before, `minute` minutes after its local midnight."""

    calendar: Calendar
    timezone: ZoneInfo
    minute: int

    def __call__(self, number: int) -> int:
        """How many ticks after a tick are published when it begins."""
        start_s = self.calendar.tick(number).start_s
        local = datetime.fromtimestamp(start_s, self.timezone)
        days = 2 if 60 * local.hour + local.minute >= self.minute else 1
        until = datetime(local.year, local.month, local.day, tzinfo=self.timezone) + timedelta(days=days)
        return max(0, int(-(-(until.timestamp() - start_s) // self.calendar.tick_s)) - 1)

    @property
    def least(self) -> int:
        """How many ticks are always published, shortly before the next day's are."""
        seconds = (_MINUTES_PER_DAY - self.minute) * 60.0 - _HOUR_S  # an hour less where clocks are put forward
        return max(1, int(seconds / self.calendar.tick_s) - 1)


Reach = int | DayAhead
"""For how many ticks after the present one a series is published."""


def reach_at(reach: Reach, number: int) -> int:
    """For how many ticks after tick `number` a series is published."""
    return reach if isinstance(reach, int) else reach(number)


def least_reach(reach: Reach) -> int:
    """For how many ticks it is published at any time."""
    return reach if isinstance(reach, int) else reach.least
