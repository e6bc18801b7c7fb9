"""What is to be planned, and what came out: numbers only, all energies in J per tick at the bus."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.errors import PlanError
from twin.facts import Floats, LinearStorage, Reason, Violation


class NoPlan(PlanError):
    """The solver did not answer; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__("planner", reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Site:
    """What a planner knows of the microgrid and what stays the same through a run."""

    storages: Mapping[str, LinearStorage]
    shares: tuple[float, ...]
    rated_w: tuple[float, ...]
    curtailable_part: float
    """Of all arrays' power; 1 where every array can be curtailed."""
    unserved_price: float
    tick_s: float
    unit_j: float
    """About the energy of a tick: what the solver counts in, as its tolerances are absolute."""

    @property
    def is_exact(self) -> bool:
        """Whether every storage really is linear."""
        return all(storage.exact for storage in self.storages.values())

    @property
    def least_j(self) -> float:
        """Less than this is the solver's rounding."""
        return 1e-6 * self.unit_j


@dataclass(frozen=True, slots=True)
class Job:
    """A task as the horizon sees it: `energy_j` to serve in `first <= k < last`.

    flexible: 0 to `max_j` a tick; block: 0 or `min_j` to `max_j`; profile: `profile_j` from one start on, or, once
    running, from now. `later_j` of it could still be served after the horizon.
    """

    name: str
    shape: Literal["flexible", "block", "profile", "running"]
    first: int
    last: int
    energy_j: float
    min_j: float = 0.0
    max_j: float = math.inf
    later_j: float = 0.0
    profile_j: tuple[float, ...] = ()
    due: int = 0
    """Its deadline in ticks from now, which may lie beyond the horizon."""
    announced: bool = True
    """Whether its task is known; one that is only expected can break no deadline."""

    @property
    def most_j(self) -> float:
        """What one tick can give it."""
        return min(self.max_j, self.energy_j)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a joule is worth at the horizon's end, by position: pieces of falling price between rising positions.

    The position is the stored energy less what would have to be stored for the jobs' later wants; there are
    `(pieces + 1,)` of them, and `(pieces,)` prices. Below the first one it costs what unserved energy does.
    """

    position_j: Floats
    price: Floats


class Start(NamedTuple):
    """Where a storage stands: what it holds, what the present tick can charge and discharge at most [J at the bus].

    `end_price` is what a joule left in it at the horizon's end is taken to earn.
    """

    stored_j: float
    charge_j: float
    discharge_j: float
    end_price: float


@dataclass(frozen=True, slots=True)
class Problem:
    """One horizon: arrays of shape `(ticks,)` from the present tick on; `demand_j` is what loads can take of it.

    `fixed_solar_j` is the part of `solar_j` that cannot be curtailed; `starts` follows the site's storages.
    """

    import_price: Floats
    export_price: Floats
    demand_j: Floats
    solar_j: Floats
    fixed_solar_j: Floats
    room_j: Floats
    import_limit_j: float
    export_limit_j: float
    starts: tuple[Start, ...]
    jobs: tuple[Job, ...]
    worth: Worth | None = None
    """In place of the end prices, for horizons as long as the model."""
    is_certain: bool = False
    """Whether all of it is known; if not, a plan is to keep options open."""

    def __len__(self) -> int:
        return len(self.demand_j)


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan in numbers: arrays of shape `(ticks,)`, for storages and jobs `(storages, ticks)` and `(jobs, ticks)`.

    All are J per tick.

    `shadow_prices`, `(storages, ticks)`, is what one more stored joule at each tick's start would be worth.
    """

    charge_j: Floats
    discharge_j: Floats
    import_j: Floats
    export_j: Floats
    curtailed_j: Floats
    stored_j: Floats
    jobs_j: Floats
    shadow_prices: Floats
    cost: float
    status: str
    violations: tuple[Violation, ...]


class Switches(NamedTuple):
    """In which ticks a plan has to choose between two opposite flows, each of shape `(ticks,)`."""

    trading: NDArray[np.bool_]
    cycling: NDArray[np.bool_]

    def __bool__(self) -> bool:
        return bool(self.trading.any() or self.cycling.any())


def needed_switches(problem: Problem, site: Site) -> Switches:
    """Where the relaxation may gain by doing two opposite things at once.

    Importing and exporting at once pays where exporting pays more than importing costs. Charging and discharging at
    once loses energy, which pays where energy is a burden: at negative import prices, where surplus sun can neither be
    curtailed nor exported at a gain, and where a storage starts above its band.
    """
    storages = zip(site.storages.values(), problem.starts, strict=True)
    too_full = any(start.stored_j > storage.max_j * (1.0 + 1e-9) for storage, start in storages)
    surplus_j = problem.fixed_solar_j - problem.demand_j
    unwanted = (problem.export_price < 0.0) | (surplus_j > problem.export_limit_j)
    stuck_sun = (surplus_j > 0.0) & unwanted
    return Switches(problem.export_price > problem.import_price, too_full | (problem.import_price < 0.0) | stuck_sun)


def all_switches(problem: Problem) -> Switches:
    """A choice in every tick, which no plan can evade."""
    everywhere = np.ones(len(problem), dtype=np.bool_)
    return Switches(everywhere, everywhere)


def running_profile(job: Job, ticks: int) -> Floats:
    """What a started job takes from now on, cut at the horizon."""
    profile = np.zeros(ticks)
    part = job.profile_j[:ticks]
    profile[: len(part)] = part
    return profile


def running_j(problem: Problem) -> Floats:
    """What all started jobs take."""
    started = [running_profile(job, len(problem)) for job in problem.jobs if job.shape == "running"]
    return np.sum(started, axis=0) if started else np.zeros(len(problem))
