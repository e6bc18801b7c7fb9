"""What is drawn: runs of one trace side by side, and where their ticks lie on the screen."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboards.scales import duration_text
from twin.errors import StoreError
from twin.facts import Calendar, Economics, Floats
from twin.pricing import Columns, levels_j

DAY_S = 86_400
MOST_POINTS = 5000


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs by the names of their policies: how each is priced, its columns, and the fields of `compare --json`."""

    scenario: str
    timezone: str
    calendar: Calendar
    economics: Mapping[str, Economics]
    runs: Mapping[str, Columns]
    summaries: Mapping[str, Mapping[str, object]]

    def __post_init__(self) -> None:
        where = f"comparison of {self.scenario}"
        if not self.runs:
            raise StoreError(where, "no runs", "at least one is needed")
        for name, columns in self.runs.items():
            if not len(columns["tick"]):
                raise StoreError(where, f"the run of {name} has no ticks", "at least one is needed")
            if name not in self.summaries:
                raise StoreError(where, f"the run of {name} has no summary", "one per run is needed")

    @property
    def ticks(self) -> int:
        return max(ticks_in(columns) for columns in self.runs.values())

    @property
    def days(self) -> float:
        return self.ticks / self.calendar.ticks_per_day

    @property
    def currency(self) -> str:
        return next(iter(self.economics.values())).currency

    def number(self, name: str, field: str) -> float | None:
        """One number of a policy's summary; None where it is not defined."""
        value = self.summaries[name].get(field)
        return float(value) if isinstance(value, int | float) else None

    def numbers(self, *fields: str) -> list[float]:
        """These fields of all policies, as far as they are defined."""
        found = (self.number(name, field) for field in fields for name in self.runs)
        return [number for number in found if number is not None]

    def best(self) -> str:
        """The cheapest policy but for those that others are measured against; the first one where there is no other."""
        planners = [name for name in self.runs if not is_bound(name) and not is_rule(name) and not is_unstored(name)]
        return min(planners or [next(iter(self.runs))], key=self._net_cost)

    def _net_cost(self, name: str) -> float:
        net_cost = self.number(name, "net_cost")
        return math.inf if net_cost is None else net_cost


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Where ticks lie: at their local time where a day has 24 h, else at their number.

    The offset from UTC is that of the first tick throughout: an axis cannot show an hour twice.
    """

    calendar: Calendar
    zone: str
    first: datetime
    last: datetime

    @property
    def is_date(self) -> bool:
        return self.calendar.tick_s * self.calendar.ticks_per_day == DAY_S

    @property
    def title(self) -> str:
        if not self.is_date:
            return f"tick of {duration_text(self.calendar.tick_s)}, {self.calendar.ticks_per_day} a day"
        if self.first.utcoffset() == self.last.utcoffset():
            return f"local time, {self.zone}"
        return f"{self.zone}, UTC{self.first.isoformat()[-6:]} throughout"

    @property
    def day_title(self) -> str:
        """What a date means: ticks are counted in UTC, and its day begins at 00:00 of that, told in local time."""
        offset = self.first.utcoffset()
        if not self.is_date or offset is None:
            return "day of the run"
        midnight = datetime(2000, 1, 2) + offset
        # West of Greenwich most of a date's hours lie before the midnight of UTC that ends it.
        side = "from" if midnight.day == 2 else "to"
        return f"24 h {side} {midnight:%H:%M}, {self.zone}"

    def edges(self, columns: Columns) -> Floats:
        """Where each tick starts, and where the last one ends; shape `(ticks + 1,)`, in ms or ticks."""
        if not self.is_date:
            ticks = floats(columns, "tick")
            return np.append(ticks, ticks[-1] + 1)
        starts_s = floats(columns, "start_s")
        offset = self.first.utcoffset()
        offset_s = offset.total_seconds() if offset else 0.0
        return (np.append(starts_s, starts_s[-1] + self.calendar.tick_s) + offset_s) * 1000


def time_axis(comparison: Comparison) -> TimeAxis:
    """The axis that all runs of a comparison share."""
    calendar, zone = comparison.calendar, ZoneInfo(comparison.timezone)
    starts_s = [floats(columns, "start_s")[[0, -1]] for columns in comparison.runs.values()]
    first_s, last_s = float(np.min(starts_s)), float(np.max(starts_s))
    first, last = (datetime.fromtimestamp(time_s, UTC).astimezone(zone) for time_s in (first_s, last_s))
    return TimeAxis(calendar, comparison.timezone, first, last)


def is_rule(name: str) -> bool:
    return name.partition(" ")[0] == "rule"


def is_unstored(name: str) -> bool:
    """Whether the policy uses no storage."""
    return name.partition(" ")[0] == "none"


def is_bound(name: str) -> bool:
    """Whether the policy sees what nobody can know."""
    return name.partition(" ")[0] == "oracle"


def floats(columns: Columns, name: str) -> Floats:
    """A column as numbers; what is missing is NaN."""
    return np.asarray(columns[name], dtype=np.float64)


def ticks_in(columns: Columns) -> int:
    """How many ticks there are; a row may stand for many, as `twin.runs.thinned.coarse` makes them."""
    return int(np.sum(columns["ticks"])) if "ticks" in columns else len(columns["tick"])


def mean(columns: Columns, name: str) -> float:
    """The mean of a column over all ticks."""
    return float(np.average(floats(columns, name), weights=columns.get("ticks")))


def flows_w(columns: Columns, tick_s: float) -> dict[str, Floats]:
    """Mean power of each flow in each tick, positive into the bus."""
    signs = {"solar": 1, "storage": 1, "import": 1, "load": 1, "export": -1}
    return {name: sign * floats(columns, f"{name}_j") / tick_s for name, sign in signs.items()}


def level_line(edges: Floats, columns: Columns) -> tuple[Floats, Floats]:
    """Where and how much was stored; in a row that stands for many ticks, the least and the most of it."""
    if "most_j" not in columns:
        return edges, levels_j(columns)
    places = np.column_stack([(edges[:-1] + edges[1:]) / 2, edges[1:]]).ravel()
    extremes_j = np.column_stack([floats(columns, "least_j"), floats(columns, "most_j")]).ravel()
    return np.append(edges[0], places), np.append(levels_j(columns)[0], extremes_j)


def kept_points(lines: Sequence[Floats], most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Which points to draw of long lines, so that every peak and trough of each of them is still seen."""
    points = len(lines[0])
    if points <= most:
        return np.arange(points)
    buckets = np.array_split(np.arange(points), max(1, most // (2 * len(lines)) - 1))
    extremes = [bucket[pick(line[bucket])] for bucket in buckets for line in lines for pick in (np.argmin, np.argmax)]
    return np.unique([0, *extremes, points - 1])
