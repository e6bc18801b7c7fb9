"""From a checked scenario to a microgrid: everything that its policies share is made once."""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from twin.clock import Clock, VirtualClock
from twin.components.load import Load, servable_w
from twin.components.market import Market
from twin.components.solar import Solar, pv_power_w
from twin.components.storage import Battery, Storage
from twin.control.planner import Site
from twin.facts import SERIES, Economics, Feed, Floats, Policy, StorageEconomics
from twin.feeds.http import HttpFeed
from twin.feeds.repeated import Repeated
from twin.forecast.history import Told
from twin.scenario.feeding import Feeds, feeds_of
from twin.scenario.hardware import Hardware, NoHardware
from twin.scenario.notes import Notes, Remarks
from twin.scenario.schema import Scenario
from twin.simulation import Microgrid, Parts

NO_BATTERY = Battery((0.0, 0.0), (1.0, 1.0), (0.0, 0.0))


class NoArray(NamedTuple):
    """What stands for the arrays of a scenario without any."""

    name: str = "solar"
    rated_power: float = 0.0
    efficiency: float = 1.0
    curtailable: bool = True


NO_ARRAY = NoArray()


class Blueprint:
    """A scenario's feeds, physics and site, and as many microgrids of it as are asked for.

    A scenario without an array or a storage has one of size zero.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.calendar = scenario.calendar
        self.ticks = scenario.days * scenario.ticks_per_day
        self.physics = {storage.name: storage.physics for storage in scenario.storage} or {"storage": NO_BATTERY}
        self.start_j = {storage.name: storage.start_j for storage in scenario.storage} or {"storage": 0.0}
        self.arrays = scenario.solar or (NO_ARRAY,)
        self.notes = Notes()
        self.remarks = Remarks()
        self.earlier: Told | None = None
        self._told: tuple[int, Told] | None = None

    @cached_property
    def feeds(self) -> Feeds:
        """Made when first asked for: files are read then, and remarked on; raises ScenarioError or FeedError."""
        return feeds_of(self.scenario, self.remarks)

    @property
    def feed(self) -> Feed:
        """The feed of prices and tasks."""
        return self.feeds.main

    @cached_property
    def economics(self) -> Economics:
        linear = {name: physics.linear(self.scenario.tick) for name, physics in self.physics.items()}
        return Economics(
            currency=self.scenario.currency,
            unserved_price=self.scenario.unserved_price,
            storages={
                name: StorageEconomics(each.wear_price, each.discharge_efficiency, each.max_j - each.min_j)
                for name, each in linear.items()
            },
        )

    @cached_property
    def site(self) -> Site:
        scenario = self.scenario
        storages = {name: physics.linear(scenario.tick) for name, physics in self.physics.items()}
        rated_w = tuple(load.rated_power for load in scenario.loads)
        solar_w = sum(array.rated_power for array in self.arrays)
        flow_w = next((power_w for power_w in (solar_w, sum(rated_w)) if 0.0 < power_w < math.inf), 0.0)
        usable_j = max(storage.max_j - storage.min_j for storage in storages.values())
        curtailable_w = sum(array.rated_power * array.efficiency for array in self.arrays if array.curtailable)
        all_w = sum(array.rated_power * array.efficiency for array in self.arrays)
        return Site(
            storages=storages,
            shares=self._shares(),
            rated_w=rated_w,
            curtailable_part=curtailable_w / all_w if all_w else 1.0,
            unserved_price=scenario.unserved_price,
            tick_s=scenario.tick,
            unit_j=unit_j(usable_j / 10.0, flow_w * scenario.tick / 2.0),
        )

    def _shares(self) -> tuple[float, ...]:
        """Each load's share of all demand; with demands of their own, that of the history or else of the run."""
        if not any(load.demand for load in self.scenario.loads):
            return self.scenario.shares
        first = -self.scenario.history_days * self.calendar.ticks_per_day
        means_w = self.wanted_w(first, (first and 0) or self.ticks).mean(axis=0)
        return tuple((means_w / means_w.sum()).tolist()) if means_w.sum() else self.scenario.shares

    def by_step(self) -> "Blueprint":
        """The same scenario with its steps for ticks."""
        calendar, steps = self.calendar.by_step, self.scenario.steps
        changes = {"tick": calendar.tick_s, "ticks_per_day": calendar.ticks_per_day, "step": None}
        stepped = Blueprint(self.scenario.model_copy(update=changes))
        feeds = self.feeds
        stepped.feeds = Feeds(Repeated(feeds.main, steps), feeds.solar, feeds.base, feeds.own)
        return stepped

    @property
    def names(self) -> tuple[str, ...]:
        """Of the components, in the order of a record's readings."""
        loads = (load.name for load in self.scenario.loads)
        return (*(array.name for array in self.arrays), *loads, *self.physics, "market")

    def microgrid(self, policy: Policy, clock: Clock | None = None, hardware: Hardware | None = None) -> Microgrid:
        """A microgrid at its start, led by a policy; with hardware, boards stand in for some of its components."""
        parts = (hardware or NoHardware()).wrap(self._parts())
        return Microgrid(
            parts,
            policy,
            self.feed,
            self.calendar,
            self.ticks,
            clock=clock or VirtualClock(),
        )

    def _parts(self) -> Parts:
        scenario, feeds = self.scenario, self.feeds
        step_s = self.calendar.step_s
        prices = feeds.main if scenario.steps == 1 else Repeated(feeds.main, scenario.steps)
        return Parts(
            tuple(
                Solar(array.name, feed, step_s, array.rated_power, array.efficiency, array.curtailable)
                for array, feed in zip(self.arrays, feeds.solar or (prices,), strict=True)
            ),
            tuple(
                Load(load.name, demands, step_s, load.rated_power)
                for load, demands in zip(scenario.loads, self._demands(), strict=True)
            ),
            tuple(Storage(name, physics, step_s, self.start_j[name]) for name, physics in self.physics.items()),
            Market(prices, step_s, scenario.market.import_limit, scenario.market.export_limit),
        )

    def _demands(self) -> Iterator[list[tuple[Feed, float]]]:
        """For each load the feeds of its demand, and its share of each."""
        for share, own in zip(self.scenario.shares, self.feeds.own, strict=True):
            yield [(self.feeds.base, share)] + ([(own, 1.0)] if own else [])

    def trace(self, start: int, stop: int) -> Floats:
        """True values of ticks in the order of `SERIES`; beyond the run's end its last day comes again."""
        known = self._known(start, min(stop, self.ticks))
        missing = stop - start - len(known)
        if missing > 0:
            day = self.calendar.ticks_per_day
            last = self._known(self.ticks - day, self.ticks)
            again = np.arange(missing) + max(start - self.ticks, 0)
            known = np.vstack([known, last[again % day]])
        return known

    def _known(self, start: int, stop: int) -> Floats:
        """The same within the run."""
        main = self.feed.values(start, stop)
        demand_w = self._means(self.feeds.base, start, stop, main)[:, 1]
        for own in filter(None, self.feeds.own):
            demand_w = demand_w + self._means(own, start, stop, main)[:, 1]
        solar_w = sum(self.array_power_w(start, stop, main))
        return np.column_stack([main[:, 2:], demand_w, np.broadcast_to(solar_w, len(main))])

    def _means(self, feed: Feed, start: int, stop: int, main: Floats | None = None) -> Floats:
        """What a feed that is read by the step says of ticks: means, `(ticks, 4)`; `main` is the main feed's word."""
        if main is not None and feed is self.feed:
            return main
        steps = self.scenario.steps
        values = feed.values(start * steps, stop * steps)
        return values if steps == 1 else values.reshape(-1, steps, values.shape[1]).mean(axis=1)

    def array_power_w(self, start: int, stop: int, main: Floats | None = None) -> list[Floats]:
        """What each array could give to the bus in ticks of the run or its history, `(ticks,)` each [W]."""
        return [
            pv_power_w(self._means(feed, start, stop, main)[:, 0], array.rated_power, array.efficiency)
            for array, feed in zip(self.scenario.solar, self.feeds.solar, strict=True)
        ]

    def wanted_w(self, start: int, stop: int) -> Floats:
        """What each load wants in ticks of the run or its history, `(ticks, loads)` [W]."""
        wanted_w = [
            sum(
                (share * self._means(feed, start, stop)[:, 1] for feed, share in demands),
                np.zeros(max(stop - start, 0)),
            )
            for demands in self._demands()
        ]
        return np.column_stack(wanted_w)

    def servable_w(self, start: int, stop: int) -> Floats:
        """What all loads together can take of their demand in ticks of the run, `(ticks,)` [W]."""
        if not any(self.feeds.own):
            return servable_w(self.trace(start, stop)[:, SERIES.index("demand_w")], self.site.shares, self.site.rated_w)
        served_w: Floats = np.minimum(self.wanted_w(start, stop), self.site.rated_w).sum(axis=1)
        return served_w

    def history(self) -> Floats:
        """What forecasters have seen before the first tick, shape `(ticks, 4)`; NaN where a live feed does not know."""
        ticks = self.scenario.history_days * self.calendar.ticks_per_day
        if not self.feed.live:
            return self.trace(-ticks, 0)
        past = np.full((ticks, len(SERIES)), np.nan)
        if all(array.kind != "http" for array in self.scenario.solar):
            past[:, SERIES.index("solar_w")] = sum(self.array_power_w(-ticks, 0))
        told = self.lately()
        return past if told is None else Told(-ticks, past).before(told).values[:ticks]

    def lately(self) -> Told | None:
        """Yesterday as a live feed told it last, and what earlier runs recorded; None where no feed is live.

        Nothing is told where yesterday lies before the history.
        """
        feed, day = self.feed, self.calendar.ticks_per_day
        if not isinstance(feed, HttpFeed):
            return None
        first = feed.first_known
        if first is None or first < -self.scenario.history_days * day:
            return None
        if self._told is None or self._told[0] != first:
            yesterday = Told(first, self._known(first, first + day))
            self._told = first, yesterday if self.earlier is None else yesterday.before(self.earlier)
        return self._told[1]


def unit_j(storage_j: float, flow_j: float) -> float:
    """What a solver may count in: energies of a storage, unless those are out of proportion to what flows in a tick."""
    if storage_j and flow_j:
        return min(max(storage_j, flow_j / 1000.0), flow_j * 1000.0)
    return storage_j or flow_j or 1.0
