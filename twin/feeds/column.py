"""A column of a CSV file: its cells as numbers, on a grid of regular steps."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Floats
from twin.feeds.cells import mixed_marks, number_of
from twin.feeds.grid import FILL_HINT, Grid, Stamps, Window
from twin.feeds.mending import Use, filled
from twin.feeds.offline import MICROSECONDS

_LARGEST = 1e30


class Quantity(NamedTuple):
    """What a column holds: the size of one of each dimension that it may have, and what a watt comes to.

    `is_signed` says whether it may be below zero, `if_below` what an error adds where it must not.
    """

    sizes: Mapping[str, float]
    per_w: float = 1.0
    is_signed: bool = False
    if_below: str = ""


class Cells(NamedTuple):
    """The cells of a column on a grid."""

    stamps: Stamps
    use: Use
    column: int
    grid: Grid
    quantity: Quantity

    def numbers(self, factor: float) -> Floats:
        """The number of each step, NaN where it has none; faults outside of what is wanted are missing values."""
        found = np.full(len(self.grid.rows), np.nan)
        there = np.flatnonzero(self.grid.rows >= 0)
        rows = self.grid.rows[there].tolist()
        plain = _plain_numbers([self._text(row) for row in rows])
        if plain is not None and (np.abs(plain) * max(1.0, abs(factor)) <= _LARGEST).all():
            found[there] = plain
            return found
        wanted = range(*self.grid.wanted.indices(len(found)))
        for step, row in zip(there.tolist(), rows, strict=True):
            found[step] = self._number(row, factor, step in wanted)
        self._refuse_mixed_marks()
        return found

    def _refuse_mixed_marks(self) -> None:
        texts = ((row, self._text(row)) for row in self.grid.rows[self.grid.wanted].tolist() if row >= 0)
        for row in mixed_marks(texts) if self.stamps.table.separator != "," else ():
            got = f"{self._text(row)[:40]!r} has a point where other rows have a decimal comma"
            raise ScenarioError(self._where(row), got, "one mark for decimals, and none between thousands")

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

    def clipped(self, values: Floats, grid: Grid) -> tuple[Floats, list[str]]:
        """The values with those a little below zero as zero, and a note of them; what may be below zero stays so."""
        per_w = self.quantity.per_w
        if self.quantity.is_signed:
            return values, []
        wanted = values[grid.wanted]
        far = np.flatnonzero(wanted < -self.use.clip_w * per_w) + grid.wanted.start
        if len(far):
            self._refuse_negative(grid.row_near(int(far[0])), -float(values[far[0]]) / per_w)
        below = wanted[wanted < 0]
        if not len(below):
            return values, []
        return np.maximum(values, 0.0), [f"{self._name}: {clip_note(below / per_w, len(wanted))}"]

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
        nearly = f", or {clip_hint(below_w)} beside the column in the scenario, to take it as 0{self.quantity.if_below}"
        raise ScenarioError(self._where(row), f"{self._text(row)[:40]!r} is below zero", f"at least 0{nearly}")


def _plain_numbers(texts: list[str]) -> Floats | None:
    """All numbers at once, which is ten times as fast as one by one; None if some cell is not one."""
    try:
        numbers = np.array(texts, dtype=np.float64)
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def clip_note(below_w: Floats, count: int) -> str:
    """What is noted of powers below zero, of so many in all."""
    return f"{len(below_w)} of {count} values are below zero, down to {below_w.min():.3g} W; taken as 0 by 'clip'"


def clip_hint(below_w: float) -> str:
    """The key that takes as zero what is so far below: the next number of one digit."""
    size = 10.0 ** math.floor(math.log10(below_w))
    return f"'clip: {math.ceil(below_w / size) * size:g} W'"
