"""Series from a CSV file: a column of times, and columns headed `name [unit]`, in regular steps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from twin.errors import ScenarioError, nearest
from twin.feeds.column import Cells, Quantity
from twin.feeds.grid import Stamps, Window, grid_of
from twin.feeds.mending import Use
from twin.feeds.offline import MICROSECONDS, Series
from twin.feeds.steps import Steps
from twin.feeds.table import Table, read_table
from twin.feeds.times import END_NAMES, START_NAMES, Layout, plain_name, unix_times_us
from twin.units import DIMENSIONS, to_si

_POWER = {"power": 1.0, "energy": 1.0}
_NET_HINT = "; where a meter counts load less sun, 'net_of: solar'"
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
        sizes = {"power": 1 / rated_w, "energy": 1 / rated_w, "fraction": 1.0}
        return self._reading(use, window, Quantity(sizes, 1 / rated_w))

    def demand_w(self, use: Use, window: Window) -> Reading:
        """Demand in W, from a power or an energy."""
        return self._reading(use, window, Quantity(_POWER, if_below=_NET_HINT))

    def net_w(self, use: Use, window: Window) -> Reading:
        """Demand less what the sun gave, in W; below zero where that was more."""
        return self._reading(use, window, Quantity(_POWER, is_signed=True))

    def price(self, use: Use, window: Window, currency: str) -> Reading:
        """Money per J; negative prices are legal."""
        return self._reading(use, window, Quantity({f"price in {currency}": 1.0}, is_signed=True))

    def _reading(self, use: Use, window: Window, quantity: Quantity) -> Reading:
        """A column, in the unit that the quantity has inside."""
        column = self._column(use.column)
        dimension, factor = self._scale(use, column.unit if use.unit is None else use.unit, quantity.sizes)
        grid = grid_of(self.stamps, window, use.fill is not None, use.cumulative)
        if dimension == "energy":
            factor /= grid.step_us / MICROSECONDS
        cells = Cells(self.stamps, use, column.index, grid, quantity)
        numbers = cells.numbers(factor)
        if use.cumulative:
            numbers, grid = cells.counted(numbers)
        values, full = cells.full(numbers * factor, grid, window)
        values, clipped = cells.clipped(values, grid)
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
