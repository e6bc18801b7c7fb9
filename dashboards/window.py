"""A stretch of one run as it is looked at, and where its ticks lie on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dashboards.comparison import Comparison, TimeAxis, floats
from twin.facts import COLUMNS, Calendar, Economics, Floats
from twin.pricing import Columns, Kept, storage_columns
from twin.runs import RunRow
from twin.scenario.blueprint import Blueprint
from twin.scenario.schema import Scenario, load_text


@dataclass(frozen=True, slots=True)
class About:
    """What a run's scenario says that a figure must know."""

    scenario: str
    policy: str
    timezone: str
    calendar: Calendar
    economics: Economics
    array_names: tuple[str, ...] = ("solar",)

    @property
    def currency(self) -> str:
        return self.economics.currency

    @property
    def arrays(self) -> dict[str, str]:
        """The column of each solar array's energy; a single one's is the public one."""
        names = self.array_names
        return {names[0]: "solar_j"} if len(names) == 1 else {name: f"{name}_j" for name in names}

    @property
    def storages(self) -> dict[str, Kept]:
        """The columns of each storage; a single one's are the public ones."""
        return storage_columns(tuple(self.economics.storages))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of numbers of a run, those of several arrays and storages too."""
        kept = (column for columns in self.storages.values() for column in columns)
        return tuple(dict.fromkeys((*COLUMNS, *self.arrays.values(), *kept)))

    def axis(self, first: int, last: int) -> TimeAxis:
        """The time axis over ticks `first <= t <= last`."""
        zone = ZoneInfo(self.timezone)
        ends = (
            datetime.fromtimestamp(self.calendar.tick(tick).start_s, UTC).astimezone(zone) for tick in (first, last)
        )
        return TimeAxis(self.calendar, self.timezone, *ends)

    def local_time(self, tick: int) -> datetime:
        """When a tick begins, in the scenario's time zone."""
        return datetime.fromtimestamp(self.calendar.tick(tick).start_s, UTC).astimezone(ZoneInfo(self.timezone))


def about(row: RunRow) -> About:
    """Read from the scenario as it was when the run began; raises ScenarioError where it is no longer understood."""
    header = row.header
    sets = tuple(f"{path}={value}" for path, value in header.overrides.items())
    model, economics, arrays = _understood(header.text, header.scenario, header.base, sets)
    calendar = Calendar(model.tick, model.ticks_per_day, header.start_day)
    return About(header.scenario, header.policy, model.timezone, calendar, economics, arrays)


@lru_cache(maxsize=256)
def _understood(
    text: str, scenario: str, base: str, sets: tuple[str, ...]
) -> tuple[Scenario, Economics, tuple[str, ...]]:
    # Kept, as checking a scenario takes longer than drawing a figure.
    model = load_text(text, str(Path(base) / f"{scenario}.yaml"), Path(base), sets).model
    blueprint = Blueprint(model)
    return model, blueprint.economics, tuple(array.name for array in blueprint.arrays)


@dataclass(frozen=True, slots=True)
class Window:
    """Ticks `start <= t < stop` of a run, of which `columns` holds those that are over; it holds one at least."""

    about: About
    start: int
    stop: int
    columns: Columns

    @property
    def axis(self) -> TimeAxis:
        return self.about.axis(self.start, self.stop - 1)

    @property
    def calendar(self) -> Calendar:
        return self.about.calendar

    @property
    def range(self) -> list[float]:
        """The ends of the time axis, the same while ticks arrive."""
        return [float(place) for place in self.places([self.start, self.stop])]

    def edges(self) -> Floats:
        """Where each row's tick starts, and where the last one ends."""
        return self.axis.edges(self.columns)

    def places(self, ticks: Sequence[float] | NDArray[Any]) -> Floats:
        """Where these ticks start on the axis."""
        starts_s = np.array([self.calendar.tick(int(tick)).start_s for tick in ticks])
        return self.axis.edges({"tick": np.asarray(ticks), "start_s": starts_s})[:-1]

    def of(self, name: str) -> Floats:
        """A column as numbers; what is missing is NaN."""
        return floats(self.columns, name)

    def comparison(self) -> Comparison:
        """The same stretch for the figures of a comparison."""
        about = self.about
        economics, runs = {about.policy: about.economics}, {about.policy: self.columns}
        summaries = {about.policy: dict[str, object]()}
        return Comparison(about.scenario, about.timezone, about.calendar, economics, runs, summaries)
