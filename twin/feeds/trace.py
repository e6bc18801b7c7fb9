"""Series from a CSV file: a `time` column, then columns headed `name [unit]`, in regular steps."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from twin.errors import ScenarioError, nearest
from twin.facts import Calendar
from twin.feeds.offline import Series
from twin.feeds.steps import Steps
from twin.feeds.table import Row, read_rows
from twin.feeds.times import step_of, unix_times_s
from twin.units import DIMENSIONS, to_si

_LARGEST = 1e30
_HEADER = re.compile(r"(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's place in the rows and the unit in its head, "" if it has none."""

    index: int
    unit: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A read file. Only times are checked so far; a column is checked when it is asked for."""

    path: str
    start_s: float
    step_s: float
    columns: Mapping[str, Column]
    rows: list[Row]

    def days(self, calendar: Calendar) -> range:
        """The absolute days that the trace covers from their first tick to their last."""
        day_s = calendar.ticks_per_day * calendar.tick_s
        return range(math.ceil(self.start_s / day_s), math.floor(self._stop_s / day_s))

    def require(self, calendar: Calendar, start: int, stop: int) -> None:
        """Raise ScenarioError unless the ticks `start <= t < stop`, the run and its history, are covered."""
        wanted_s = calendar.tick(start).start_s, calendar.tick(stop).start_s
        if self.start_s <= wanted_s[0] and wanted_s[1] <= self._stop_s:
            return
        raise ScenarioError(
            self.path,
            f"covers {_iso(self.start_s)} to {_iso(self._stop_s)}",
            f"the run and its history need {_iso(wanted_s[0])} to {_iso(wanted_s[1])}",
        )

    def sun(self, column: str, calendar: Calendar, rated_w: float) -> Series:
        """Fraction of `rated_w`, from a power, the energy of each step or a fraction."""
        sizes = {"power": 1 / rated_w, "energy": 1 / (rated_w * self.step_s), "fraction": 1.0}
        return self._steps(column, sizes, minimum=0.0).series(calendar)

    def demand_w(self, column: str, calendar: Calendar) -> Series:
        """Demand in W, from a power or the energy of each step."""
        return self._steps(column, {"power": 1.0, "energy": 1 / self.step_s}, minimum=0.0).series(calendar)

    def price(self, column: str, calendar: Calendar, currency: str) -> Series:
        """Money per J; negative prices are legal."""
        return self._steps(column, {f"price in {currency}": 1.0}, minimum=-math.inf).series(calendar)

    @property
    def _stop_s(self) -> float:
        return self.start_s + self.step_s * len(self.rows)

    def _steps(self, column: str, sizes: Mapping[str, float], minimum: float) -> Steps:
        """The values of a column of one of the dimensions in `sizes`, times the size given for it."""
        found = self._column(column)
        factor = self._factor(column, found.unit, sizes)
        numbers = [self._number(row, column, found.index, minimum) for row in self.rows]
        self._refuse_large(numbers, factor, column, found.index)
        return Steps(self.start_s, self.step_s, np.array(numbers) * factor)

    def _refuse_large(self, numbers: list[float], factor: float, column: str, index: int) -> None:
        """Sums over a run must stay finite too, so the limit is far below the largest float."""
        for row, number in zip(self.rows, numbers, strict=True):
            if abs(number) > _LARGEST or abs(number * factor) > _LARGEST:
                got = f"{row.cells[index].strip()[:40]!r} is too large"
                raise ScenarioError(f"{self.path}:{row.line}: {column}", got, f"at most {_LARGEST:g}")

    def _column(self, name: str) -> Column:
        if name in self.columns:
            return self.columns[name]
        hint = f"its columns are {', '.join(self.columns) or 'none'}"
        raise ScenarioError(f"{self.path}:1", f"no column {name!r}", nearest(name, self.columns, hint))

    def _factor(self, column: str, unit: str, sizes: Mapping[str, float]) -> float:
        one = "100 %" if unit == "1" else f"1 {unit}"
        for dimension, size in sizes.items():
            try:
                return to_si(one, dimension) * size
            except ValueError:
                # Not of this dimension; one of the next may fit.
                continue
        wanted = " or ".join(f"{d.phrase} (as in {d.example!r})" for d in map(DIMENSIONS.__getitem__, sizes))
        got = f"unit {unit!r}" if unit else "no unit"
        raise ScenarioError(f"{self.path}:1: {column}", got, f"head it '{column} [UNIT]' with the unit of {wanted}")

    def _number(self, row: Row, column: str, index: int, minimum: float) -> float:
        text = row.cells[index].strip()
        where = f"{self.path}:{row.line}: {column}"
        if not text:
            raise ScenarioError(where, "empty cell", "a number in every row")
        try:
            number = float(text)
        except ValueError:
            raise ScenarioError(where, f"{text[:40]!r} is not a number", "a decimal number with a point") from None
        if not math.isfinite(number):
            raise ScenarioError(where, f"{text[:40]!r} is not finite", "a decimal number with a point")
        if number < minimum:
            raise ScenarioError(where, f"{text[:40]!r} is below zero", f"at least {minimum:g}")
        return number


def read_trace(path: str, timezone: ZoneInfo) -> Trace:
    """Read a trace whose times without offset are local in `timezone`; raises ScenarioError with file and line."""
    head, rows = read_rows(path)
    columns = _columns(path, head)
    times_s = unix_times_s(path, rows, timezone)
    return Trace(path, times_s[0], step_of(path, rows, times_s), columns, rows)


def _columns(path: str, head: Row) -> dict[str, Column]:
    where = f"{path}:{head.line}"
    if head.cells[0].strip() != "time":
        got = f"the first column is {head.cells[0][:40]!r}"
        raise ScenarioError(where, got, "a header such as 'time,solar [kW],demand [kW]', separated by commas")
    columns: dict[str, Column] = {}
    for index, cell in enumerate(head.cells[1:], 1):
        match = _HEADER.fullmatch(cell.strip())
        if match is None or not match["name"]:
            raise ScenarioError(where, f"column {index + 1} is headed {cell[:40]!r}", "'name [unit]'")
        if match["name"] in columns:
            raise ScenarioError(where, f"two columns are named {match['name']!r}", "a name for each column")
        columns[match["name"]] = Column(index, (match["unit"] or "").strip())
    return columns


def _iso(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="minutes")
