"""The microgrid: components on one bus, and the conductor that leads them from tick to tick."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from twin.clock import Clock, Ticking
from twin.facts import (
    Calendar,
    Component,
    Decision,
    Feed,
    Limits,
    Observation,
    Plan,
    Policy,
    Prices,
    Reason,
    Record,
    Source,
    State,
    Violation,
)
from twin.simulation.fit import Settings, fit
from twin.simulation.tasks import TaskBook

BALANCE_TOLERANCE = 1e-9
"""Of the energy moved in a tick; more than that is no rounding."""
GRID_LIMITS = ("import_limit", "export_limit")
"""The kinds of violation of the market's limits."""


class Stateful(Component, Protocol):
    """A component whose state survives a checkpoint: the storage, be it a model or a board."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Priced(Component, Protocol):
    """A component that publishes prices: the market."""

    @property
    def prices(self) -> Prices: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of one microgrid. Their order here is the order of a record's readings."""

    solar: Component
    loads: tuple[Component, ...]
    storage: Stateful
    market: Priced

    def all(self) -> tuple[Component, ...]:
        return (self.solar, *self.loads, self.storage, self.market)


class Microgrid:
    """Conducts its parts through `ticks` ticks: read, settle, record; see, decide, act."""

    def __init__(
        self, parts: Parts, policy: Policy, feed: Feed, calendar: Calendar, ticks: int, *, clock: Clock
    ) -> None:
        self.names = tuple(part.name for part in parts.all())
        self.ticks = ticks
        self._parts = parts
        self._all = parts.all()
        self._policy = policy
        self._calendar = calendar
        self._clock = clock
        self._book = TaskBook(feed, calendar, ticks)
        self._next = 0

    def records(self) -> Iterator[Record]:
        """Run from the present tick to the last and yield each tick's record when it is over."""
        env = Ticking()
        late_s = self._clock.wait(self._next)
        for part in self._all:
            env.process(part.process(env, self._next))
        env.settle()
        stored_j = self._parts.storage.read(self._next - 1).stored_j
        while self._next < self.ticks:
            seen = self._see(stored_j)
            wish = self._policy.decide(seen)
            settings = fit(seen, wish, self._calendar.tick_s)
            self._act(settings)
            self._next += 1
            next_late_s = self._clock.wait(self._next)
            env.run_tick(self._calendar.tick_s)
            record = self._settle(seen, wish, settings, late_s)
            stored_j, late_s = record.stored_j, next_late_s
            yield record

    def state(self) -> State:
        """All that the next tick depends on, as plain JSON; to be asked between two records."""
        return {
            "next": self._next,
            "storage": self._parts.storage.state(),
            "tasks": self._book.state(),
            "policy": self._policy.state(),
        }

    def restore(self, state: State) -> None:
        """Go on where a microgrid of the same scenario stood; to be called before `records`."""
        self._next = int(state["next"])
        self._parts.storage.restore(state["storage"])
        self._book.restore(state["tasks"])
        self._policy.restore(state["policy"])

    def skip_to(self, tick: int) -> None:
        """Begin, or go on, at a later tick; those in between were never lived."""
        self._next = max(tick, self._next)

    def _see(self, stored_j: float) -> Observation:
        number = self._next
        tick = self._calendar.tick(number)
        parts = self._parts
        self._book.release(number, tick.day)
        loads = tuple([load.limits(number) for load in parts.loads])
        return Observation(
            tick,
            self.ticks - number,
            parts.market.prices,
            parts.solar.limits(number),
            loads,
            parts.storage.limits(number),
            parts.market.limits(number),
            stored_j,
            self._book.open,
            *base_and_room(loads),
        )

    def _act(self, settings: Settings) -> None:
        number = self._next
        parts = self._parts
        parts.solar.apply(number, settings.solar_w)
        for load, power_w in zip(parts.loads, settings.loads_w):
            load.apply(number, power_w)
        parts.storage.apply(number, settings.storage_w)
        parts.market.apply(number, settings.market_w)

    def _settle(self, seen: Observation, wish: Decision, settings: Settings, late_s: float) -> Record:
        """Read what each component did in the tick that is over, and what it cost."""
        tick, tick_s = seen.tick, self._calendar.tick_s
        readings = [part.read(tick.number) for part in self._all]
        energies_j = tuple([reading.energy_j for reading in readings])
        sources = tuple([reading.source for reading in readings])
        storage = readings[-2]
        solar_j = energies_j[0]
        load_j = sum(energies_j[1:-2])
        market_j, mismatch_j, violations = settled_market(energies_j, sources)
        served_j, short_j = served_energies(-load_j, seen, settings, tick_s)
        tasks, late_j = self._book.serve(tick.number, served_j)
        import_j, export_j = both_ways(market_j)
        prices, plan = seen.prices, wish.plan
        violations += broken_limits(market_j, seen, settings, tick_s)
        return Record(
            tick.number,
            tick.start_s,
            tick.day,
            tick.of_day,
            solar_j,
            load_j,
            storage.energy_j,
            import_j,
            export_j,
            max(seen.solar.wanted_w * tick_s - solar_j, 0.0),
            short_j + late_j,
            storage.stored_j,
            storage.loss_j,
            mismatch_j,
            prices.import_price,
            prices.export_price,
            import_j * prices.import_price - export_j * prices.export_price,
            *decided(wish, settings, tick_s),
            late_s,
            energies_j,
            sources,
            violations + inner_violations(plan) if plan else violations,
            tasks,
            plan.forecast if plan else None,
        )


def base_and_room(loads: tuple[Limits, ...]) -> tuple[float, tuple[float, ...], float]:
    """All base demand, the part of it that each load can take, and the room left for tasks [W]."""
    demand_w = room_w = 0.0
    base_w = []
    for load in loads:
        taken_w = load.wanted_w if load.wanted_w > load.min_w else load.min_w
        base_w.append(-taken_w)
        demand_w -= load.wanted_w
        room_w += taken_w - load.min_w
    return demand_w, tuple(base_w), room_w


def settled_market(
    energies_j: tuple[float, ...], sources: tuple[Source, ...]
) -> tuple[float, float, tuple[Violation, ...]]:
    """The market's energy, what no meter explains, and a violation where the models' meters disagree.

    Where a part was measured and the market is a model, the market takes what the bus leaves: minus the sum.
    """
    error_j = sum(energies_j)
    if "hardware" not in sources:
        # As they add up to nothing, the greatest is part of what was moved, and a strict measure of it.
        lost = error_j and abs(error_j) > BALANCE_TOLERANCE * max(energies_j)
        return energies_j[-1], 0.0, (Violation("balance", "bus", error_j),) if lost else ()
    if sources[-1] != "hardware":
        return energies_j[-1] - error_j, 0.0, ()
    return energies_j[-1], -error_j, ()


def broken_limits(market_j: float, seen: Observation, settings: Settings, tick_s: float) -> tuple[Violation, ...]:
    """What was sent over the export limit, and what was drawn over the import limit or cut so as to keep it [J]."""
    limits = seen.market
    if limits.min_w * tick_s <= market_j <= limits.max_w * tick_s and settings.base_w is seen.base_w:
        return ()
    over_j = max(market_j - limits.max_w * tick_s, 0.0)
    if settings.base_w is not seen.base_w:
        over_j += (sum(seen.base_w) - sum(settings.base_w)) * tick_s
    amounts_j = zip(GRID_LIMITS, (over_j, limits.min_w * tick_s - market_j))
    rounding_j = BALANCE_TOLERANCE * abs(market_j)
    return tuple([Violation(kind, "market", amount_j) for kind, amount_j in amounts_j if amount_j > rounding_j])


def inner_violations(plan: Plan) -> tuple[Violation, ...]:
    """What a plan could not keep of the parts and tasks; the market's limits are held against what really flowed."""
    return tuple([violation for violation in plan.violations if violation.kind not in GRID_LIMITS])


def both_ways(market_j: float) -> tuple[float, float]:
    """What was imported and what was exported; never both."""
    return (market_j, 0.0) if market_j > 0.0 else (0.0, -market_j if market_j else 0.0)


def served_energies(
    used_j: float, seen: Observation, settings: Settings, tick_s: float
) -> tuple[tuple[float, ...], float]:
    """What each task got of the loads' energy, and how much base demand went without. Base comes first."""
    base_j = sum(settings.base_w) * tick_s
    got_j = base_j if used_j >= base_j * (1.0 - BALANCE_TOLERANCE) else used_j
    short_j = seen.demand_w * tick_s - got_j
    asked_w = sum(settings.tasks_w)
    if not asked_w:
        return settings.tasks_w, short_j
    scale_s = (used_j - got_j) / asked_w
    return tuple([power_w * scale_s for power_w in settings.tasks_w]), short_j


def decided(
    wish: Decision, settings: Settings, tick_s: float
) -> tuple[float, float, float, str, Reason, float | None, str | None, float | None]:
    """What was planned for storage, import and export (what was set, without a plan), by whom, why, and how it went."""
    plan = wish.plan
    if plan is None:
        import_j, export_j = both_ways(settings.market_w * tick_s)
        return settings.storage_w * tick_s, import_j, export_j, wish.by, wish.reason, wish.shadow_price, None, None
    planned_j = (float(plan.storage_j[0]), float(plan.import_j[0]), float(plan.export_j[0]))
    return *planned_j, wish.by, wish.reason, wish.shadow_price, plan.status, plan.plan_s
