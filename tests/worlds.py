"""Small worlds for tests, built by hand from arrays."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from hypothesis import Phase, settings

from twin.clock import Ticking, VirtualClock
from twin.components.load import Load, servable_w
from twin.components.market import Market
from twin.components.solar import Solar
from twin.components.storage import Battery, Storage
from twin.components.storage.component import Physics
from twin.control.oracle import Oracle
from twin.control.planned import Horizon, Planned
from twin.control.planner import Guard, Job, Planner, Problem, Site, WholeTrace
from twin.control.rule import Rule
from twin.facts import (
    Calendar,
    Component,
    Floats,
    Forecaster,
    Limits,
    Observation,
    OpenTask,
    Policy,
    Prices,
    Reading,
    Record,
    Task,
    replace,
)
from twin.feeds.offline import OfflineFeed
from twin.forecast.baseline import Perfect
from twin.simulation import Microgrid, Parts

LAWS = settings(phases=(Phase.explicit, Phase.generate), deadline=None, derandomize=True, max_examples=50)
TICK_S = 5.0
FREE = Limits(-math.inf, math.inf)
IDEAL = Battery((0.0, 50.0), (1.0, 1.0), (math.inf, math.inf))


def lived(part: Component, power_w: float) -> Reading:
    """What a component does in tick 0 when it is told to hold a power."""
    env = Ticking()
    env.process(part.process(env, 0))
    env.settle()
    part.limits(0)
    part.apply(0, power_w)
    env.run_tick(TICK_S)
    return part.read(0)


def seen(
    number: int = 0, *, tasks: Iterable[OpenTask] = (), demand_w: float = 1.0, rated_w: float = math.inf, **rest
) -> Observation:
    """What a house with one load sees."""
    base_w = min(demand_w, rated_w)
    known = {
        "tick": Calendar(TICK_S, 60, 100).tick(number),
        "ticks_left": 60 - number,
        "prices": Prices(0.3, 0.1),
        "solar": Limits(0.0, 0.0, 0.0),
        "loads": (Limits(-rated_w, 0.0, -demand_w),),
        "storage": Limits(0.0, 0.0),
        "market": FREE,
        "stored_j": 0.0,
        "tasks": tuple(tasks),
        "demand_w": demand_w,
        "base_w": (base_w,),
        "task_room_w": rated_w - base_w,
    }
    return Observation(**(known | rest))


@dataclass(frozen=True)
class World:
    """A house on a trace of shape `(ticks, 4)`, columns as in `SERIES`, which comes again where it ends."""

    trace: Floats
    tasks: tuple[Task, ...] = ()
    physics: Physics = IDEAL
    start_j: float = 0.0
    rated_w: tuple[float, ...] = (math.inf,)
    limits_w: tuple[float, float] = (math.inf, math.inf)
    curtailable: bool = True
    ticks_per_day: int = 12
    unserved_price: float = 10.0

    @property
    def calendar(self) -> Calendar:
        return Calendar(TICK_S, self.ticks_per_day, 100)

    @property
    def ticks(self) -> int:
        return len(self.trace)

    @property
    def site(self) -> Site:
        shares = (1.0 / len(self.rated_w),) * len(self.rated_w)
        return Site(
            self.physics.linear(TICK_S), shares, self.rated_w, self.curtailable, self.unserved_price, TICK_S, 5.0
        )

    def values(self, start: int, stop: int) -> Floats:
        return self.trace[np.arange(start, stop) % self.ticks]

    def feed(self) -> OfflineFeed:
        series = [lambda a, b, column=column: self.values(a, b)[:, column] for column in (3, 2, 0, 1)]
        return OfflineFeed(
            *series, lambda day: tuple(t for t in self.tasks if self.calendar.tick(t.known_from).day == day)
        )

    def microgrid(self, policy: Policy) -> Microgrid:
        feed = self.feed()
        loads = [Load(f"load{i}", feed, TICK_S, w, 1.0 / len(self.rated_w)) for i, w in enumerate(self.rated_w)]
        storage = Storage(self.physics, TICK_S, self.start_j)
        parts = Parts(
            Solar(feed, TICK_S, 1.0, 1.0, self.curtailable), tuple(loads), storage, Market(feed, TICK_S, *self.limits_w)
        )
        return Microgrid(parts, policy, feed, self.calendar, self.ticks, clock=VirtualClock())

    def run(self, policy: Policy) -> list[Record]:
        return list(self.microgrid(policy).records())

    def rule(self) -> Rule:
        return Rule(TICK_S)

    def planned(self, forecaster: Forecaster | None = None, guard: Guard | None = None) -> Planned:
        horizon = Horizon(self.ticks_per_day, "rolling", self.ticks_per_day, guard or Guard())
        return Planned(
            "milp", self.site, forecaster or Perfect(self.values), Planner(self.site, self.ticks_per_day), horizon
        )

    def oracle(self) -> Oracle:
        tasks = tuple(task for task in self.tasks if task.end <= self.ticks)
        return Oracle(self.site, self.whole_run, tasks, WholeTrace(self.site, self.ticks), Guard(100_000))

    def whole_run(self, stored_j: float, jobs: tuple[Job, ...]) -> Problem:
        import_price, export_price, demand_w, solar_w = self.trace.T
        base_w = servable_w(demand_w, self.site.shares, self.rated_w)
        limits = self.physics.limits(stored_j, TICK_S)
        return Problem(
            import_price=import_price,
            export_price=export_price,
            demand_j=base_w * TICK_S,
            solar_j=solar_w * TICK_S,
            room_j=(sum(self.rated_w) - base_w) * TICK_S,
            import_limit_j=self.limits_w[0] * TICK_S,
            export_limit_j=self.limits_w[1] * TICK_S,
            stored_j=stored_j,
            first_charge_j=-limits.min_w * TICK_S,
            first_discharge_j=limits.max_w * TICK_S,
            jobs=jobs,
            terminal_price=self.exit_price,
        )

    @property
    def exit_price(self) -> float:
        return self.site.storage.discharge_efficiency * float(self.trace[:, 1].mean())

    def net_cost(self, records: list[Record]) -> float:
        """As the contract defines it."""
        wear = sum(abs(r.storage_j) for r in records) * self.site.storage.wear_price
        unserved = sum(r.unserved_j for r in records) * self.unserved_price
        return sum(r.cost for r in records) + wear + unserved - (records[-1].stored_j - self.start_j) * self.exit_price


def resumed(world: World, policies: Iterator[Policy], at: int) -> list[Record]:
    """The records of a run that was stopped after `at` ticks and went on from plain JSON in a new microgrid."""
    grid = world.microgrid(next(policies))
    first = list(islice(grid.records(), at))
    later = world.microgrid(next(policies))
    later.restore(json.loads(json.dumps(grid.state())))
    return first + list(later.records())


def lasting(records: list[Record]) -> list[Record]:
    """Records without what depends on the machine's mood; a forecast's arrays do not compare."""
    return [replace(record, plan_s=None, forecast=None) for record in records]
