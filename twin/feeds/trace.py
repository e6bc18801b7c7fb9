"""Series from a CSV file: a column of times, and columns headed `name [unit]`, in regular steps."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin.errors import ScenarioError, nearest
from twin.facts import Floats
from twin.feeds.cells import mixed_marks, number_of
from twin.feeds.grid import FILL_HINT, Grid, Stamps, Window, grid_of
from twin.feeds.mending import Use, filled
from twin.feeds.offline import MICROSECONDS, Series
from twin.feeds.steps import Steps
from twin.feeds.table import Table, read_table
from twin.feeds.times import END_NAMES, START_NAMES, Layout, plain_name, unix_times_us
from twin.units import DIMENSIONS, to_si

_LARGEST = 1e30
_HEADER = re.compile(r"(?P<name>[^\[\]]*?)\s*(?:\[(?P<unit>[^\[\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's place in the rows and the unit in its head, "" if it has none."""

    index: int
    unit: str


class Reading(NamedTuple):
    """A column as a step function, what was mended in it, and the dimension that it was written in."""

    steps: Steps
    window: Window
    notes: tuple[str, ...]
    dimension: str

    @property
    def series(self) -> Series:
        return self.steps.series(self.window.calendar)


@dataclass(frozen=True, slots=True)
class Trace:
    """A read file. A column, and the times about its window, are checked when it is asked for."""

    stamps: Stamps
    columns: Mapping[str, Column]

    def sun(self, use: Use, window: Window, rated_w: float) -> Reading:
        """Fraction of `rated_w`, from a power, an energy or a fraction."""
        return self._reading(use, window, {"power": 1 / rated_w, "energy": 1 / rated_w, "fraction": 1.0}, 1 / rated_w)

    def demand_w(self, use: Use, window: Window) -> Reading:
        """Demand in W, from a power or an energy."""
        return self._reading(use, window, {"power": 1.0, "energy": 1.0}, 1.0)

    def price(self, use: Use, window: Window, currency: str) -> Reading:
        """Money per J; negative prices are legal."""
        return self._reading(use, window, {f"price in {currency}": 1.0}, math.inf)

    def _reading(self, use: Use, window: Window, sizes: Mapping[str, float], per_w: float) -> Reading:
        """A column of one of the dimensions in `sizes`, times the size given for it; a watt comes to `per_w`."""
        column = self._column(use.column)
        dimension, factor = self._scale(use, column.unit if use.unit is None else use.unit, sizes)
        grid = grid_of(self.stamps, window, use.fill is not None, use.cumulative)
        if dimension == "energy":
            factor /= grid.step_us / MICROSECONDS
        cells = _Cells(self.stamps, use, column.index, grid)
        numbers = cells.numbers(factor)
        if use.cumulative:
            numbers, grid = cells.counted(numbers)
        values, full = cells.full(numbers * factor, grid, window)
        values, clipped = cells.clipped(values, grid, use.clip_w * per_w, per_w)
        return Reading(Steps(grid.start_us, grid.step_us, values), window, (*full, *clipped), dimension)

    def _column(self, name: str) -> Column:
        if name in self.columns:
            return self.columns[name]
        hint = f"its columns are {', '.join(self.columns) or 'none'}"
        raise ScenarioError(f"{self.stamps.table.path}:1", f"no column {name!r}", nearest(name, self.columns, hint))

    def _scale(self, use: Use, unit: str, sizes: Mapping[str, float]) -> tuple[str, float]:
        """The dimension of a unit, and the size of one; of a meter's reading, which is an energy."""
        one = "100 %" if unit == "1" else f"1 {unit}"
        known = {name: size for name, size in sizes.items() if name == "energy" or not use.cumulative}
        for dimension, size in known.items():
            try:
                return dimension, to_si(one, dimension) * size
            except ValueError:
                # Not of this dimension; one of the next may fit.
                continue
        wanted = " or ".join(f"{d.phrase} (as in {d.example!r})" for d in map(DIMENSIONS.__getitem__, known))
        got = f"unit {unit!r}" if unit else "no unit"
        expected = (
            f"head it '{use.column} [UNIT]', or write 'unit: UNIT' beside it in the scenario, with that of {wanted}"
        )
        raise ScenarioError(f"{self.stamps.table.path}:1: {use.column}", got, expected)


class _Cells(NamedTuple):
    """The cells of a column on a grid."""

    stamps: Stamps
    use: Use
    column: int
    grid: Grid

    def numbers(self, factor: float) -> Floats:
        """The number of each step, NaN where it has none; faults outside of what is wanted are missing values."""
        found = np.full(len(self.grid.rows), np.nan)
        wanted = range(*self.grid.wanted.indices(len(found)))
        for step, row in enumerate(self.grid.rows.tolist()):
            if row >= 0:
                found[step] = self._number(row, factor, step in wanted)
        texts = ((row, self._text(row)) for row in self.grid.rows[self.grid.wanted].tolist() if row >= 0)
        for row in mixed_marks(texts):
            got = f"{self._text(row)[:40]!r} has a point where other rows have a decimal comma"
            raise ScenarioError(self._where(row), got, "one mark for decimals, and none between thousands")
        return found

    def counted(self, readings: Floats) -> tuple[Floats, Grid]:
        """What a meter counted in each step, and the grid without the last reading, which begins none."""
        grid = self.grid
        if self.use.fill == "interpolate":
            readings = filled(readings, "interpolate", 1)
        found = np.append(np.diff(readings), np.nan)
        wanted = slice(grid.wanted.start, grid.wanted.stop - 1)
        for step in (np.flatnonzero(found[wanted] < 0) + wanted.start).tolist():
            row = grid.row_near(step + 1)
            got = f"{self._text(row)[:40]!r} is less than the reading before"
            raise ScenarioError(self._where(row), got, "readings that never fall, as the column is cumulative")
        return found, Grid(grid.start_us, grid.step_us, grid.rows, wanted)

    def full(self, values: Floats, grid: Grid, window: Window) -> tuple[Floats, list[str]]:
        """The values with what the scenario puts where there is none, and a note of how many these are."""
        missing = np.flatnonzero(np.isnan(values[grid.wanted])) + grid.wanted.start
        if not len(missing):
            return values, []
        fill = self.use.fill
        if fill is None:
            self._refuse_empty(grid.row_near(int(missing[0])), len(missing))
            return values, []
        if fill == "same_time_yesterday" and window.day_us % grid.step_us:
            got = f"has rows {grid.step_us / MICROSECONDS:g} s apart, of which no day has a whole number"
            raise ScenarioError(self.stamps.table.path, got, "another fill than 'same_time_yesterday'")
        mended = filled(values, fill, max(1, window.day_us // grid.step_us))
        left = np.flatnonzero(np.isnan(mended[grid.wanted])) + grid.wanted.start
        if len(left):
            got = f"has no value, and 'fill: {fill}' finds none"
            raise ScenarioError(self._where(grid.row_near(int(left[0]))), got, "another fill, or a value before")
        count = f"{len(missing)} of {grid.wanted.stop - grid.wanted.start} values are missing"
        return mended, [f"{self._name}: {count}, filled by 'fill: {fill}'"]

    def clipped(self, values: Floats, grid: Grid, limit: float, per_w: float) -> tuple[Floats, list[str]]:
        """The values with those a little below zero as zero, and a note of them; prices may be below."""
        if math.isinf(per_w):
            return values, []
        wanted = values[grid.wanted]
        for step in (np.flatnonzero(wanted < -limit) + grid.wanted.start).tolist():
            self._refuse_negative(grid.row_near(step), -values[step] / per_w)
        below = wanted[wanted < 0]
        if not len(below):
            return values, []
        count = f"{len(below)} of {len(wanted)} values are below zero"
        return np.maximum(values, 0.0), [
            f"{self._name}: {count}, down to {below.min() / per_w:.3g} W; taken as 0 by 'clip'"
        ]

    @property
    def _name(self) -> str:
        """How notes name the column."""
        return f"{Path(self.stamps.table.path).name}: {self.use.column}"

    def _where(self, row: int) -> str:
        return f"{self.stamps.table.path}:{self.stamps.table.rows[row].line}: {self.use.column}"

    def _text(self, row: int) -> str:
        return self.stamps.table.rows[row].cells[self.column].strip()

    def _number(self, row: int, factor: float, is_wanted: bool) -> float:
        text = self._text(row)
        try:
            number = number_of(text, self.stamps.table.separator != ",")
            # Sums over a run must stay finite too, so the limit is far below the largest float.
            if abs(number) > _LARGEST or abs(number * factor) > _LARGEST:
                raise ValueError(f"{text[:40]!r} is too large; at most {_LARGEST:g}")
        except ValueError as error:
            if not is_wanted:
                return math.nan
            got, _, expected = str(error).partition("; ")
            raise ScenarioError(self._where(row), got, expected) from None
        return number

    def _refuse_empty(self, row: int, count: int) -> None:
        text = self._text(row)
        got = f"{text[:40]!r} is no value" if text else "empty cell"
        more = f", as in {count - 1} more" if count > 1 else ""
        raise ScenarioError(self._where(row), got + more, f"a number in every row, or {FILL_HINT}")

    def _refuse_negative(self, row: int, below_w: float) -> None:
        nearly = f", or 'clip: {_rounded_up(below_w):g} W' beside the column in the scenario, to take it as 0"
        raise ScenarioError(self._where(row), f"{self._text(row)[:40]!r} is below zero", f"at least 0{nearly}")


def _rounded_up(power_w: float) -> float:
    """The next number of one digit."""
    size = 10.0 ** math.floor(math.log10(power_w))
    return math.ceil(power_w / size) * size


def read_trace(path: str, layout: Layout) -> Trace:
    """Read a trace; raises ScenarioError with file and line."""
    table = read_table(path)
    index = _time_index(table, layout.time_column)
    columns = _columns(table, index)
    ends = layout.ends or plain_name(table.head.cells[index]) in END_NAMES
    stamps = Stamps(table, index, unix_times_us(table, index, layout), ends)
    return Trace(stamps, columns)


def _time_index(table: Table, wanted: str | None) -> int:
    """The column of times: the one that the scenario names, else the first if its head says so."""
    where, heads = f"{table.path}:{table.head.line}", [cell.strip() for cell in table.head.cells]
    if wanted is not None:
        if wanted in heads:
            return heads.index(wanted)
        raise ScenarioError(
            where, f"no column {wanted!r}", nearest(wanted, heads, f"its columns are {', '.join(heads)}")
        )
    if plain_name(heads[0]) in START_NAMES | END_NAMES or heads[0].lower() == "utc":
        return 0
    header = "a header such as 'time,solar [kW],demand [kW]', or 'time_column: NAME' in the scenario"
    raise ScenarioError(where, f"the first column is {table.head.cells[0][:40]!r}", header)


def _columns(table: Table, time_index: int) -> dict[str, Column]:
    where = f"{table.path}:{table.head.line}"
    columns: dict[str, Column] = {}
    for index, cell in enumerate(table.head.cells):
        if index == time_index:
            continue
        match = _HEADER.fullmatch(cell.strip())
        if match is None or not match["name"]:
            raise ScenarioError(where, f"column {index + 1} is headed {cell[:40]!r}", "'name [unit]'")
        if match["name"] in columns:
            raise ScenarioError(where, f"two columns are named {match['name']!r}", "a name for each column")
        columns[match["name"]] = Column(index, (match["unit"] or "").strip())
    return columns
