"""From the times of a file's rows to one regular step, as far as a run needs it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.offline import MICROSECONDS
from twin.feeds.steps import Ints
from twin.feeds.table import Table

FILLS = ("zero", "hold", "interpolate", "same_time_yesterday")
_MOST_STEPS = 20_000_000
FILL_HINT = f"'fill: {FILLS[0]}' beside the column in the scenario (or {', '.join(FILLS[1:])})"


class Window(NamedTuple):
    """The ticks `start <= t < stop` of a calendar: what the run and its history need to know."""

    calendar: Calendar
    start: int
    stop: int

    @property
    def tick_us(self) -> int:
        return round(self.calendar.tick_s * MICROSECONDS)

    @property
    def day_us(self) -> int:
        return self.calendar.ticks_per_day * self.tick_us

    @property
    def start_us(self) -> int:
        return (self.start - self.calendar.midnight(0)) * self.tick_us

    @property
    def stop_us(self) -> int:
        return (self.stop - self.calendar.midnight(0)) * self.tick_us


class Stamps(NamedTuple):
    """The times of a file's rows, in one column: of the beginning of an interval, or of its end."""

    table: Table
    column: int
    times_us: Ints
    ends: bool

    def where(self, place: int) -> str:
        """How errors name the time of a row."""
        return f"{self.table.path}:{self.table.rows[place].line}: time"

    def shown(self, place: int) -> str:
        return repr(self.table.rows[place].cells[self.column][:40])


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps from a day before a window to a tick after it: `rows[i]` is the row of step i, -1 where there is none.

    `wanted` are the steps that the window needs.
    """

    start_us: int
    step_us: int
    rows: Ints
    wanted: slice

    def row_near(self, step: int) -> int:
        """The row of a step, else the next one there is, else the last."""
        there = np.flatnonzero(self.rows >= 0)
        later = there[there >= step]
        return int(self.rows[later[0] if len(later) else there[-1]])


def common_step_us(times_us: Ints) -> int:
    """The most frequent distance between rows that rise, the first of these if there are several; 0 if none rise."""
    steps_us, first, counts = np.unique(np.diff(times_us), return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    return next((int(steps_us[i]) for i in order if steps_us[i] > 0), 0)


def starts_of(stamps: Stamps, window: Window) -> tuple[Ints, int]:
    """When each row's interval begins, and the step about a window."""
    times_us = stamps.times_us
    common_us = common_step_us(times_us)
    near_us = np.diff(times_us[(times_us > window.start_us - common_us) & (times_us < window.stop_us + common_us)])
    local_us = int(np.median(near_us)) if len(near_us) else 0
    # A logger may have changed its step before or after; but a few rows between gaps tell of no step.
    step_us = local_us if 2 * np.count_nonzero(near_us == local_us) > len(near_us) > 1 else common_us
    if step_us <= 0:
        _refuse(stamps, 1, int(times_us[1] - times_us[0]), 1)
    return times_us - step_us if stamps.ends else times_us, step_us


def grid_of(stamps: Stamps, window: Window, may_fill: bool, instants: bool = False) -> Grid:
    """The grid of a window, which the rows must cover; rows outside it may be as they like.

    `instants` are no intervals: the one at the window's end is needed too. Raises ScenarioError for times within the
    window that do not rise in one step, and for missing ones unless they may be filled.
    """
    starts_us, step_us = starts_of(stamps, window)
    require(stamps.table.path, (int(starts_us.min()), int(starts_us.max()) + (0 if instants else step_us)), window)
    end_us = window.stop_us + (step_us if instants else 0)
    inside = np.flatnonzero((starts_us > window.start_us - step_us) & (starts_us < end_us))
    anchor_us = int(starts_us[inside[0]] if len(inside) else starts_us[0])
    first, stop = (window.start_us - anchor_us) // step_us, -((anchor_us - end_us) // step_us)
    low, high = first - -(-window.day_us // step_us), stop + 1 + window.tick_us // step_us
    if high - low > _MOST_STEPS:
        got = f"its rows are {step_us / MICROSECONDS:g} s apart"
        raise ScenarioError(stamps.table.path, got, f"at most {_MOST_STEPS} steps in the run and its history")
    rows = _rows_of((starts_us - anchor_us) - low * step_us, step_us, high - low)
    grid = Grid(anchor_us + low * step_us, step_us, rows, slice(first - low, stop - low))
    _refuse_irregular(stamps, starts_us, inside, grid, may_fill)
    return grid


def _rows_of(since_us: Ints, step_us: int, steps: int) -> Ints:
    """The first row that begins with each step, -1 where none does."""
    slots, offsets_us = np.divmod(since_us, step_us)
    fits = np.flatnonzero((offsets_us == 0) & (slots >= 0) & (slots < steps))[::-1]
    rows = np.full(steps, -1, dtype=np.int64)
    rows[slots[fits]] = fits
    return rows


def require(path: str, covered_us: tuple[int, int], window: Window) -> None:
    """Raise ScenarioError unless what is covered holds a window."""
    if covered_us[0] <= window.start_us and window.stop_us <= covered_us[1]:
        return
    raise ScenarioError(
        path,
        f"covers {iso(covered_us[0])} to {iso(covered_us[1])}",
        f"the run and its history need {iso(window.start_us)} to {iso(window.stop_us)}",
    )


def iso(time_us: int) -> str:
    """A time as errors tell it."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)).isoformat(timespec="minutes")
    except OverflowError:
        return "the year 10000" if time_us > 0 else "the year 0"


def _refuse_irregular(stamps: Stamps, starts_us: Ints, inside: Ints, grid: Grid, may_fill: bool) -> None:
    """Times within the window must rise by whole steps, and without gaps unless those may be filled."""
    found_us = np.diff(starts_us[inside])
    bad = np.flatnonzero(
        (found_us <= 0) | (found_us % grid.step_us != 0) | ((found_us > grid.step_us) & (not may_fill))
    )
    if len(bad):
        place = int(inside[bad[0] + 1])
        _refuse(stamps, place, int(found_us[bad[0]]), grid.step_us)
    missing = np.flatnonzero(grid.rows[grid.wanted] < 0) + grid.wanted.start
    if len(missing) and not may_fill:
        # At the window's beginning or end: its neighbour lies outside.
        there = np.flatnonzero(grid.rows[missing[0] :] >= 0)
        length = int(there[0]) if len(there) else len(missing)
        later = np.flatnonzero(starts_us > grid.start_us + int(missing[0]) * grid.step_us)
        _refuse(stamps, int(later[0]) if len(later) else len(starts_us) - 1, (1 + length) * grid.step_us, grid.step_us)


def _refuse(stamps: Stamps, place: int, found_us: int, step_us: int) -> None:
    """Raise ScenarioError for a row that comes so long after the one before."""
    got, expected = f"{stamps.shown(place)} {_fault(found_us, step_us)}", "rising times in one step"
    is_gap = found_us > 0 and found_us % step_us == 0
    raise ScenarioError(stamps.where(place), got, f"{expected}, or {FILL_HINT}" if is_gap else expected)


def _fault(found_us: int, step_us: int) -> str:
    if found_us == 0:
        return "is a duplicate of the row before"
    if found_us < 0:
        return "is earlier than the row before"
    found, step = found_us / MICROSECONDS, step_us / MICROSECONDS
    if found_us % step_us == 0:
        return f"leaves a gap of {found - step:g} s"
    return f"is {found:g} s after the row before, an irregular step (most are {step:g} s apart)"
