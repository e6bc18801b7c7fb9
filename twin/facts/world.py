"""What is so: time, prices, what components can do and did, tasks, and a storage as planners know it."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Source = Literal["model", "hardware", "held", "fallback"]
SERIES = ("import_price", "export_price", "demand_w", "solar_w")
"""What a forecaster predicts, in the order of the columns of every `(ticks, 4)` array of known values."""


class Tick(Struct, frozen=True, gc=False):
    """One decision interval; it lasts `[start_s, start_s + tick_s)` in Unix time, UTC."""

    number: int
    start_s: float
    day: int
    of_day: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Counts ticks in UTC: `day` 0 began at the Unix epoch and has `ticks_per_day` ticks of `tick_s`.

    A tick has `steps` steps of equal length, in which the parts live.
    """

    tick_s: float
    ticks_per_day: int
    start_day: int
    steps: int = 1

    @property
    def step_s(self) -> float:
        return self.tick_s / self.steps

    @property
    def by_step(self) -> "Calendar":
        """The calendar whose ticks are the steps of this one."""
        return Calendar(self.step_s, self.ticks_per_day * self.steps, self.start_day)

    def tick(self, number: int) -> Tick:
        days, of_day = divmod(number, self.ticks_per_day)
        day = self.start_day + days
        return Tick(number, (day * self.ticks_per_day + of_day) * self.tick_s, day, of_day)

    def midnight(self, day: int) -> int:
        """The first tick of an absolute day, counted from the run's start."""
        return (day - self.start_day) * self.ticks_per_day


class Prices(Struct, frozen=True, gc=False):
    """What a joule costs (`import_price`) and earns (`export_price`) at the market in one tick."""

    import_price: float
    export_price: float


class Outside(Struct, frozen=True, gc=False):
    """A feed's word on one tick; `sun` is the fraction of rated solar power, `held` marks a repeated answer."""

    sun: float
    demand_w: float
    import_price: float
    export_price: float
    held: bool = False

    def again(self) -> "Outside":
        """The same word once more, marked as held."""
        return replace(self, held=True)


class Limits(Struct, frozen=True, gc=False):
    """The constant power a component can hold through a tick, and what it would do if left alone."""

    min_w: float
    max_w: float
    wanted_w: float = 0.0

    def clip(self, power_w: float) -> float:
        """The nearest power that can be held."""
        return self.min_w if power_w < self.min_w else self.max_w if power_w > self.max_w else power_w


class Reading(Struct, frozen=True, gc=False):
    """What a component really did in a tick. Storage adds what it holds now and what it lost on the way."""

    energy_j: float
    source: Source = "model"
    stored_j: float = 0.0
    loss_j: float = 0.0


TaskShape = Literal["flexible", "block", "profile"]


@dataclass(frozen=True, slots=True)
class Task:
    """A deferrable demand: `energy_j` to serve in ticks `start <= t < end`.

    flexible: any power up to `max_power_w`. block: off, or between `min_power_w` and `max_power_w`.
    profile: once started, `profile_w` tick by tick without a pause.
    It is known from tick `known_from`, 00:00 of its day.
    """

    name: str
    known_from: int
    start: int
    end: int
    energy_j: float
    shape: TaskShape = "flexible"
    min_power_w: float = 0.0
    max_power_w: float = math.inf
    profile_w: tuple[float, ...] = ()


class OpenTask(Struct, frozen=True, gc=False):
    """Where a known task stands: what is left, the tick of its first power, and what the last tick gave it."""

    task: Task
    remaining_j: float
    started: int | None = None
    served_j: float = 0.0


@dataclass(frozen=True, slots=True)
class LinearStorage:
    """What a planner needs to know of a storage, per tick of the scenario's length.

    `stored_after = retention * stored + charge_gain * charged - discharge_drain * discharged - standing_j`, all in J;
    charged and discharged are energies at the bus, at most `max_charge_j` and `max_discharge_j`.
    `exact` says whether the storage really is linear.
    """

    min_j: float
    max_j: float
    retention: float
    charge_gain: float
    discharge_drain: float
    standing_j: float
    max_charge_j: float
    max_discharge_j: float
    wear_price: float
    discharge_efficiency: float
    exact: bool
