"""Small worlds for tests, built by hand from arrays."""

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Mapping
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
from twin.control.planned import Foresight, Horizon, Planned
from twin.control.planner import Guard, Job, Planner, Problem, Site, Start, WholeTrace
from twin.control.posing import starts
from twin.control.rule import Rule
from twin.facts import (
    Calendar,
    Component,
    Decision,
    Floats,
    Forecaster,
    Limits,
    LinearStorage,
    Observation,
    OpenTask,
    Policy,
    Prices,
    Reading,
    Reason,
    Record,
    Task,
    hold,
    replace,
)
from twin.feeds.offline import OfflineFeed
from twin.forecast.baseline import Perfect
from twin.forecast.tasks import TrueTasks
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
    """What a house with one load sees; an array or a storage alone is named as its kind."""
    base_w = min(demand_w, rated_w)
    known = {
        "tick": Calendar(TICK_S, 60, 100).tick(number),
        "ticks_left": 60 - number,
        "prices": Prices(0.3, 0.1),
        "solar": Limits(0.0, 0.0, 0.0),
        "loads": {"load": Limits(-rated_w, 0.0, -demand_w)},
        "storage": Limits(0.0, 0.0),
        "market": FREE,
        "stored_j": 0.0,
        "tasks": tuple(tasks),
        "demand_w": demand_w,
        "base_w": (base_w,),
        "task_room_w": rated_w - base_w,
    }
    known |= rest
    for name in ("solar", "storage"):
        known[name] = known[name] if isinstance(known[name], dict) else {name: known[name]}
    known["stored_j"] = known["stored_j"] if isinstance(known["stored_j"], dict) else {"storage": known["stored_j"]}
    if isinstance(known["loads"], tuple):
        known["loads"] = {f"load{i}": limits for i, limits in enumerate(known["loads"])}
    return Observation(**known)


def told(storage_w: float, tasks_w: tuple[float, ...] = (), solar_w: float = math.inf) -> Decision:
    """A decision on a house with one array and one storage, which holds a power."""
    return Decision({"solar": solar_w}, {"storage": hold(storage_w)}, tasks_w, Reason.BALANCED)


def held_w(decision: Decision) -> float:
    """The power that the one storage of a decision is to hold."""
    (set_point,) = decision.storage.values()
    assert set_point.low_w == set_point.high_w
    return set_point.low_w


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
    def linear(self) -> LinearStorage:
        return self.physics.linear(TICK_S)

    @property
    def site(self) -> Site:
        shares = (1.0 / len(self.rated_w),) * len(self.rated_w)
        storages = {"storage": self.physics.linear(TICK_S)}
        return Site(storages, shares, self.rated_w, float(self.curtailable), self.unserved_price, TICK_S, 5.0)

    def values(self, start: int, stop: int) -> Floats:
        return self.trace[np.arange(start, stop) % self.ticks]

    def feed(self) -> OfflineFeed:
        series = [lambda a, b, column=column: self.values(a, b)[:, column] for column in (3, 2, 0, 1)]
        return OfflineFeed(
            *series, lambda day: tuple(t for t in self.tasks if self.calendar.tick(t.known_from).day == day)
        )

    def microgrid(self, policy: Policy) -> Microgrid:
        feed = self.feed()
        share = 1.0 / len(self.rated_w)
        parts = Parts(
            (Solar("solar", feed, TICK_S, 1.0, 1.0, self.curtailable),),
            tuple(Load(f"load{i}", [(feed, share)], TICK_S, rated_w) for i, rated_w in enumerate(self.rated_w)),
            (Storage("storage", self.physics, TICK_S, self.start_j),),
            Market(feed, TICK_S, *self.limits_w),
        )
        return Microgrid(parts, policy, feed, self.calendar, self.ticks, clock=VirtualClock())

    def run(self, policy: Policy) -> list[Record]:
        return list(self.microgrid(policy).records())

    def rule(self) -> Rule:
        return Rule(TICK_S)

    def planned(self, forecaster: Forecaster | None = None, guard: Guard | None = None) -> Planned:
        horizon = Horizon(self.ticks_per_day, "rolling", self.ticks_per_day, guard or Guard())
        return Planned(
            "milp",
            self.site,
            Foresight(forecaster or Perfect(self.values), TrueTasks(self.feed(), self.calendar)),
            Planner(self.site, self.ticks_per_day),
            horizon,
        )

    def oracle(self) -> Oracle:
        tasks = tuple(task for task in self.tasks if task.end <= self.ticks)
        return Oracle(self.site, self.whole_run, tasks, WholeTrace(self.site, self.ticks), Guard(100_000))

    def whole_run(self, stored_j: Mapping[str, float], jobs: tuple[Job, ...]) -> Problem:
        import_price, export_price, demand_w, solar_w = self.trace.T
        base_w = servable_w(demand_w, self.site.shares, self.rated_w)
        limits = {"storage": self.physics.limits(stored_j["storage"], TICK_S)}
        return Problem(
            import_price=import_price,
            export_price=export_price,
            demand_j=base_w * TICK_S,
            solar_j=solar_w * TICK_S,
            fixed_solar_j=np.zeros(self.ticks) if self.curtailable else solar_w * TICK_S,
            room_j=(sum(self.rated_w) - base_w) * TICK_S,
            import_limit_j=self.limits_w[0] * TICK_S,
            export_limit_j=self.limits_w[1] * TICK_S,
            starts=starts(self.site, stored_j, limits, float(self.trace[:, 1].mean())),
            jobs=jobs,
        )

    @property
    def exit_price(self) -> float:
        return self.linear.discharge_efficiency * float(self.trace[:, 1].mean())

    def net_cost(self, records: list[Record]) -> float:
        """As the contract defines it."""
        wear = sum(abs(r.storage_j) for r in records) * self.linear.wear_price
        unserved = sum(r.unserved_j for r in records) * self.unserved_price
        return sum(r.cost for r in records) + wear + unserved - (records[-1].stored_j - self.start_j) * self.exit_price


def one_store_problem(
    *, stored_j: float, first_charge_j: float, first_discharge_j: float, terminal_price: float, **rest
) -> Problem:
    """A problem with one storage, whose sun can be curtailed unless `fixed_solar_j` says otherwise."""
    start = Start(stored_j, first_charge_j, first_discharge_j, terminal_price)
    return Problem(**({"fixed_solar_j": np.zeros(len(rest["solar_j"]))} | rest), starts=(start,))


def other_storage(site: Site, **changes) -> Site:
    """The site with its one storage changed."""
    return dataclasses.replace(site, storages={"storage": dataclasses.replace(only(site), **changes)})


def only(site: Site) -> LinearStorage:
    """A site's one storage."""
    (storage,) = site.storages.values()
    return storage


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
