"""Deferrable demand as a scenario describes it: tasks of three shapes, released every day or on some weekdays."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from twin.facts import Calendar
from twin.scenario.checking import Fault, Section
from twin.scenario.quantities import Duration, Energy, Power, PowerOrNil
from twin.scenario.words import ALL_WEEK, Moment, Name, Weekdays, entries, minute_of_day

DAY_S = 86_400.0
J_PER_KWH = 3.6e6
ROUNDING = 1e-9


class Window(Section):
    """What all tasks have: a name, a window, and the weekdays (Monday is 0, in UTC) on which they come."""

    name: Name
    start: Moment
    end: Moment
    days: Weekdays = ALL_WEEK

    def ticks(self, calendar: Calendar) -> tuple[int, int]:
        """The window `start <= t < end` in ticks from 00:00 of its day; `end` may lie in the next day."""
        start, end = tick_of_day(self.start, calendar), tick_of_day(self.end, calendar)
        return start, end if end > start else end + calendar.ticks_per_day

    def misfits(self, calendar: Calendar) -> Iterator[Fault]:
        """What such days have no room for."""
        if self.days != ALL_WEEK and not has_24_hours(calendar.tick_s, calendar.ticks_per_day):
            yield Fault("days", "weekdays need days of 24 h")
        moments = list(self._moment_faults(calendar))
        yield from moments
        if not moments:
            start, end = self.ticks(calendar)
            yield from self.work_faults(calendar.tick_s, end - start)

    def work_faults(self, tick_s: float, length: int) -> Iterator[Fault]:
        """Why a window of `length` ticks cannot hold the work."""
        yield from ()

    def _moment_faults(self, calendar: Calendar) -> Iterator[Fault]:
        for key, moment in (("start", self.start), ("end", self.end)):
            try:
                tick = tick_of_day(moment, calendar)
            except ValueError as error:
                yield Fault(key, str(error))
            else:
                if key == "start" and tick == calendar.ticks_per_day:
                    yield Fault(key, "a start before the day's end is wanted")


class FlexibleTask(Window):
    """Any power up to `max_power`."""

    shape: Literal["flexible"]
    energy: Energy
    max_power: Power = math.inf

    def work_faults(self, tick_s: float, length: int) -> Iterator[Fault]:
        room_j = length * tick_s * self.max_power
        if self.energy > room_j * (1 + ROUNDING):
            yield Fault("energy", f"at most {_spoken(room_j)} fit the window at max_power")


class BlockTask(Window):
    """Off, or between `min_power` and `max_power`."""

    shape: Literal["block"]
    energy: Energy
    min_power: Power
    max_power: Power

    def faults(self) -> Iterator[Fault]:
        if self.min_power > self.max_power:
            yield Fault("min_power", "at most max_power is wanted")

    def work_faults(self, tick_s: float, length: int) -> Iterator[Fault]:
        fewest = math.ceil(self.energy / (self.max_power * tick_s) * (1 - ROUNDING))
        if fewest > length:
            yield Fault("energy", f"at most {_spoken(length * tick_s * self.max_power)} fit the window at max_power")
        elif fewest * self.min_power * tick_s > self.energy * (1 + ROUNDING):
            yield Fault("energy", "what a whole number of ticks between min_power and max_power gives is wanted")


class ProfileTask(Window):
    """Once started, one power after the other, each for `profile_step` (a tick if not given)."""

    shape: Literal["profile"]
    profile: Annotated[tuple[PowerOrNil, ...], entries(1000)]
    profile_step: Duration | None = None

    def profile_w(self, tick_s: float) -> tuple[float, ...]:
        """The powers tick by tick."""
        repeats = round((self.profile_step or tick_s) / tick_s)
        return tuple(power_w for power_w in self.profile for _ in range(repeats))

    def faults(self) -> Iterator[Fault]:
        if not self.profile[0]:
            yield Fault("profile.0", "a first power above 0 is wanted; let the window start later")

    def work_faults(self, tick_s: float, length: int) -> Iterator[Fault]:
        per_step = (self.profile_step or tick_s) / tick_s
        if not is_whole(per_step):
            yield Fault("profile_step", f"a whole number of ticks of {tick_s:g} s is wanted")
        elif len(self.profile) * per_step > length + ROUNDING:
            yield Fault("profile", f"at most the {length} ticks of the window are wanted")


Task = Annotated[FlexibleTask | BlockTask | ProfileTask, Field(discriminator="shape")]


class FedTasks(Section):
    """Tasks that a feed knows."""

    kind: Literal["lab", "http"]


class TaskList(Section):
    """Tasks that the scenario spells out."""

    kind: Literal["list"]
    items: Annotated[tuple[Task, ...], entries(100)]

    def faults(self) -> Iterator[Fault]:
        yield from repeated_names("items", [item.name for item in self.items])


Tasks = Annotated[FedTasks | TaskList, Field(discriminator="kind")]


def tick_of_day(moment: str, calendar: Calendar) -> int:
    """The tick of a time of day or of a tick's own number; raises ValueError with what is wanted instead."""
    if ":" not in moment:
        tick = float(moment)
    elif has_24_hours(calendar.tick_s, calendar.ticks_per_day):
        tick = minute_of_day(moment) * 60 / calendar.tick_s
    else:
        raise ValueError("a tick of the day is wanted, for HH:MM needs days of 24 h")
    if tick > calendar.ticks_per_day:
        raise ValueError(f"at most {calendar.ticks_per_day}, the day's last boundary, is wanted")
    if not is_whole(tick):
        raise ValueError(f"a boundary of ticks of {calendar.tick_s:g} s is wanted")
    return round(tick)


def _spoken(energy_j: float) -> str:
    return f"{energy_j:g} J" if energy_j < J_PER_KWH else f"{energy_j / J_PER_KWH:g} kWh"


def has_24_hours(tick_s: float, ticks_per_day: int) -> bool:
    return abs(tick_s * ticks_per_day - DAY_S) < ROUNDING * DAY_S


def is_whole(number: float) -> bool:
    return round(number) >= 0 and abs(number - round(number)) <= ROUNDING * max(1.0, number)


def repeated_names(key: str, names: list[str]) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Fault(f"{key}.{index}.name", "a name that no other has is wanted")
