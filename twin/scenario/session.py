"""A run from its first tick to its last: the microgrid, the rule beside it, the totals, and the store."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from twin.clock import Clock, VirtualClock
from twin.control.rule import Rule
from twin.errors import StoreError
from twin.facts import Policy, Record, State
from twin.runs import RunStore
from twin.scenario.blueprint import Blueprint
from twin.scenario.hardware import Hardware, NoHardware
from twin.score import Summary, Totals, needed, net_cost, record_columns
from twin.simulation import Microgrid

BATCH_S = 0.4
"""Rows offline wait no longer than this, so that a reader is at most half a second behind."""
BATCH_ROWS = 5000


class Progress(NamedTuple):
    """How far a run is: ticks done of all, and how long this session has taken for those it did itself."""

    done: int
    ticks: int
    done_here: int
    elapsed_s: float


Watch = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to; `run` is its number in the store, if it was recorded."""

    run: int | None
    policy: str
    summary: Summary
    net_cost: float
    ticks_per_s: float


class Book:
    """Where a session's rows go: run number `run` of `store`."""

    def __init__(self, store: RunStore, run: int) -> None:
        self.store = store
        self.run = run

    def past(self) -> tuple[State | None, Totals]:
        """The state to go on from and the totals so far; rows behind the last checkpoint are dropped."""
        kept = self.store.checkpoint(self.run)
        tick, state = kept if kept else (0, None)
        self.store.truncate(self.run, tick)
        header = self.store.run(self.run).header
        totals = Totals(header.storages)
        sources = [f"{name}_source" for name in header.components]
        for chunk in self.store.columns(self.run, [*needed(header.storages), *sources]):
            totals.add(chunk)
        return state, totals

    def restore(self, grid: Microgrid, state: State, name: str) -> None:
        """Set a grid as the state says; raises StoreError where that is not in the form of this version."""
        try:
            grid.restore(state[name])
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            got = f"run {self.run} was left in a state that this version cannot read"
            raise StoreError(self.store.name, got, "go on with the version that left it, or start a new run") from error


def nobody(progress: Progress) -> None:
    """Watches nothing."""


class Session:
    """One policy's run over a blueprint; with a book it is recorded and goes on where the book ends."""

    def __init__(
        self,
        blueprint: Blueprint,
        policy: Policy,
        book: Book | None = None,
        clock: Clock | None = None,
        hardware: Hardware | None = None,
    ) -> None:
        self._blueprint = blueprint
        self._policy = policy
        self._book = book
        self._clock = clock or VirtualClock()
        self._hardware = hardware or NoHardware()
        self._first_tick = 0
        self._storages = tuple(blueprint.physics)
        self._grid = blueprint.microgrid(policy, self._clock, self._hardware)
        # What the rule would have paid on the same trace; it costs a hundredth of a plan.
        self._shadow = None if policy.name == "rule" else blueprint.microgrid(Rule(blueprint.scenario.tick))

    @property
    def is_real(self) -> bool:
        """Whether its ticks take time."""
        return self._clock.real

    @property
    def is_live(self) -> bool:
        """Whether its feed is a server that is followed tick by tick."""
        return self._blueprint.feed.live

    def skip_to(self, tick: int) -> None:
        """Live no tick before this one: where time is real, they are gone."""
        self._first_tick = tick

    def run(self, watch: Watch = nobody) -> Outcome:
        """Run to the end. What was recorded before an exception is kept, and another session can go on from there."""
        totals = self._begin()
        first, started_s = totals.ticks, time.perf_counter()
        for batch in self._batches():
            self._keep(totals, batch)
            elapsed_s = time.perf_counter() - started_s
            watch(Progress(totals.ticks, self._grid.ticks, totals.ticks - first, elapsed_s))
        elapsed_s = max(time.perf_counter() - started_s, 1e-9)
        return self._outcome(totals, (totals.ticks - first) / elapsed_s)

    def _begin(self) -> Totals:
        state, totals = (None, Totals(self._storages)) if self._book is None else self._book.past()
        for grid, name in ((self._grid, "grid"), (self._shadow, "shadow")):
            if grid is not None:
                if self._book is not None and state is not None:
                    self._book.restore(grid, state, name)
                grid.skip_to(self._first_tick)
        if totals.ticks > 0 and state is not None:
            self._note_gap(int(state["grid"]["next"]), self._first_tick)
        return totals

    def _batches(self) -> Iterator[list[tuple[Record, Record | None]]]:
        """The ticks' records, each with the rule's beside it, in batches worth a transaction."""
        shadow = self._shadow.records() if self._shadow is not None and self._book is not None else None
        batch: list[tuple[Record, Record | None]] = []
        due_s = time.monotonic() + BATCH_S
        for record in self._records():
            batch.append((record, beside(shadow, record) if shadow else None))
            if self._clock.real or len(batch) >= BATCH_ROWS or time.monotonic() >= due_s:
                yield batch
                batch = []
                due_s = time.monotonic() + BATCH_S
        if batch:
            yield batch

    def _records(self) -> Iterator[Record]:
        """The grid's records; where ticks were missed that are to be left out, it goes on at the present one."""
        while True:
            for record in self._grid.records():
                yield record
                steps = self._blueprint.scenario.steps
                if missed := self._clock.missed((record.tick + 1) * steps) // steps:
                    self._note_gap(record.tick + 1, record.tick + 1 + missed)
                    self._grid.skip_to(record.tick + 1 + missed)
                    break
            else:
                return

    def _note_gap(self, tick: int, until: int) -> None:
        """Ticks `tick <= t < until` were not lived."""
        if until > tick:
            gap = (tick, "run", "gap", f"ticks {tick} to {until - 1} were not lived")
            self._blueprint.notes.add("fault", [gap])

    def _keep(self, totals: Totals, batch: list[tuple[Record, Record | None]]) -> None:
        records = [record for record, _ in batch]
        totals.add(record_columns(records, self._grid.names, self._storages))
        notes = self._blueprint.notes
        for table, rows in self._hardware.rows().items():
            notes.add(table, rows)
        if self._book is None:
            notes.take()
            return
        store, run = self._book.store, self._book.run
        if waiting := store.waiting:
            # Each should have been on disk before the boundary that has just passed.
            notes.add(
                "fault", [(records[0].tick, "run", "disk", f"rows before it that are not written yet: {waiting}")]
            )
        baseline = [(rule.tick, rule.cost, rule.stored_j) for _, rule in batch if rule is not None]
        state = {"grid": self._grid.state(), "shadow": self._shadow.state() if self._shadow else None}
        store.append(run, records, baseline, state, notes.take())

    def _outcome(self, totals: Totals, ticks_per_s: float) -> Outcome:
        economics = self._blueprint.economics
        summary = totals.summary(economics)
        cost = net_cost(summary, economics, totals.mean_export_price)
        return Outcome(self._book.run if self._book else None, self._policy.name, summary, cost, ticks_per_s)


def beside(rule: Iterator[Record], record: Record) -> Record | None:
    """The rule's record of the same tick, if it has one."""
    return next((other for other in rule if other.tick >= record.tick), None)
