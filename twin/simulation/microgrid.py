"""The microgrid: components on one bus, and the conductor that leads them from tick to tick."""

from collections.abc import Iterator, Mapping
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
    Policy,
    Prices,
    Record,
    State,
    Stepwise,
    Tick,
    replace,
)
from twin.simulation.fit import Settings, fit
from twin.simulation.loads import base_and_room
from twin.simulation.metering import LastTick
from twin.simulation.settling import Flows, Readings, inner_violations, settled, together
from twin.simulation.tasks import TaskBook, still_open


class Stateful(Component, Protocol):
    """A component whose state survives a checkpoint: a storage, be it a model or a board."""

    def holdable(self, length_s: float) -> Limits:
        """The constant powers that can be held from now on for so long."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Priced(Component, Protocol):
    """A component that publishes prices: the market."""

    @property
    def prices(self) -> Prices: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of one microgrid. Their order here is the order of a record's readings."""

    solar: tuple[Component, ...]
    loads: tuple[Component, ...]
    storage: tuple[Stateful, ...]
    market: Priced

    def all(self) -> tuple[Component, ...]:
        return (*self.solar, *self.loads, *self.storage, self.market)


class Microgrid:
    """Conducts its parts through `ticks` ticks: see, decide; act, read and settle in every step; record.

    The parts, their feeds and the clock count steps, of which a tick has one or several. A decision is for a tick.
    """

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
        self._steps = calendar.steps
        self._step_s = calendar.step_s
        self._book = TaskBook(feed, calendar, ticks)
        self._last_tick = LastTick()
        self._next = self._step = 0
        self._stored_j: Mapping[str, float] = {}

    def records(self) -> Iterator[Record]:
        """Run from the present tick to the last and yield each tick's record when it is over."""
        env = Ticking()
        self._step = self._next * self._steps
        late_s = self._clock.wait(self._step)
        for part in self._all:
            env.process(part.process(env, self._step))
        env.settle()
        self._stored_j = {part.name: part.read(self._step - 1).stored_j for part in self._parts.storage}
        while self._next < self.ticks:
            tick = self._calendar.tick(self._next)
            self._book.release(tick.number, tick.day)
            here = self._look(tick)
            seen = here if self._steps == 1 else self._foreseen(here)
            decision = self._policy.decide(seen)
            self._next += 1
            if self._steps == 1:
                flows, next_late_s = self._live_step(env, here, decision, self._step_s)
            else:
                flows, inner_late_s, next_late_s = self._live_steps(env, here, decision)
                late_s = max(late_s, inner_late_s)
            record = self._record(seen, decision, flows, late_s)
            late_s = next_late_s
            yield record

    def state(self) -> State:
        """All that the next tick depends on, as plain JSON; to be asked between two records."""
        return {
            "next": self._next,
            "storage": {part.name: part.state() for part in self._parts.storage},
            "tasks": self._book.state(),
            "last_tick": self._last_tick.state(),
            "policy": self._policy.state(),
        }

    def restore(self, state: State) -> None:
        """Go on where a microgrid of the same scenario stood; to be called before `records`."""
        self._next = int(state["next"])
        for part in self._parts.storage:
            part.restore(state["storage"][part.name])
        self._book.restore(state["tasks"])
        self._last_tick.restore(state["last_tick"])
        self._policy.restore(state["policy"])

    def skip_to(self, tick: int) -> None:
        """Begin, or go on, at a later tick; those in between were never lived."""
        self._next = max(tick, self._next)

    def _look(self, tick: Tick) -> Observation:
        """What is so in the step that begins."""
        parts, step = self._parts, self._step
        loads = {load.name: load.limits(step) for load in parts.loads}
        return Observation(
            tick,
            self.ticks - tick.number,
            parts.market.prices,
            {array.name: array.limits(step) for array in parts.solar},
            loads,
            {storage.name: storage.limits(step) for storage in parts.storage},
            parts.market.limits(step),
            self._stored_j,
            self._book.open,
            *base_and_room(loads.values()),
        )

    def _foreseen(self, here: Observation) -> Observation:
        """What a policy knows when a tick of several steps begins: what was measured in the tick before."""
        holdable = {part.name: part.holdable(self._calendar.tick_s) for part in self._parts.storage}
        return self._last_tick.seen(here, holdable)

    def _live_steps(self, env: Ticking, here: Observation, decision: Decision) -> tuple[Flows, float, float]:
        """Live through a tick; returns what flowed, how late its inner steps began at most, and how late it ended."""
        steps = [here]
        lived: list[tuple[Flows, float]] = []
        policy = self._policy
        for left in range(self._steps, 0, -1):
            if lived:
                open_tasks = still_open(steps[-1].tasks, lived[-1][0].served_j)
                steps.append(replace(self._look(here.tick), tasks=open_tasks))
            if isinstance(policy, Stepwise):
                decision, left = policy.at_step(steps[-1], self._step), 1
            lived.append(self._live_step(env, steps[-1], decision, left * self._step_s))
        self._last_tick.keep(steps)
        lates_s = [late_s for _, late_s in lived]
        return together([flows for flows, _ in lived]), max(lates_s[:-1]), lates_s[-1]

    def _live_step(self, env: Ticking, here: Observation, decision: Decision, length_s: float) -> tuple[Flows, float]:
        """Live through a step of a decision for `length_s`; returns what flowed and how late the step ended."""
        settings = fit(here, decision, length_s)
        self._act(settings)
        step = self._step
        self._step += 1
        late_s = self._clock.wait(self._step)
        env.run_tick(self._step_s)
        flows = settled(here, settings, self._read(step), self._step_s)
        self._stored_j = {name: flows.readings[name].stored_j for name in here.storage}
        return flows, late_s

    def _read(self, step: int) -> Readings:
        parts = self._parts
        return Readings(
            [part.read(step) for part in parts.solar],
            [part.read(step) for part in parts.loads],
            [part.read(step) for part in parts.storage],
            parts.market.read(step),
        )

    def _act(self, settings: Settings) -> None:
        parts, step = self._parts, self._step
        for array, power_w in zip(parts.solar, settings.solar_w):
            array.apply(step, power_w)
        for load, power_w in zip(parts.loads, settings.loads_w):
            load.apply(step, power_w)
        for storage, power_w in zip(parts.storage, settings.storage_w):
            storage.apply(step, power_w)
        parts.market.apply(step, settings.market_w)

    def _record(self, seen: Observation, decision: Decision, flows: Flows, late_s: float) -> Record:
        """What is kept of a tick, and what it cost."""
        tick, prices, plan = seen.tick, seen.prices, decision.plan
        tasks, late_j = self._book.serve(tick.number, flows.served_j)
        planned = flows.set_j
        if plan is not None:
            planned = float(plan.storage_j[0]), float(plan.import_j[0]), float(plan.export_j[0])
        return Record(
            tick.number,
            tick.start_s,
            tick.day,
            tick.of_day,
            flows.solar_j,
            flows.load_j,
            flows.storage_j,
            flows.import_j,
            flows.export_j,
            flows.curtailed_j,
            flows.short_j + late_j,
            flows.stored_j,
            flows.loss_j,
            flows.mismatch_j,
            prices.import_price,
            prices.export_price,
            flows.import_j * prices.import_price - flows.export_j * prices.export_price,
            *planned,
            decision.by,
            decision.reason,
            decision.shadow_price,
            plan.status if plan else None,
            plan.plan_s if plan else None,
            late_s,
            flows.readings,
            flows.violations + inner_violations(plan) if plan else flows.violations,
            tasks,
            plan.forecast if plan else None,
        )
