"""Starts runs, goes on with them, and simulates without a store: the way in for programs."""

import hashlib
import platform
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from math import isfinite
from pathlib import Path

from twin.clock import Clock, Overrun, VirtualClock, WallClock
from twin.errors import OtherWriterError, ScenarioError, StoreRequestError, TwinError
from twin.facts import Policy
from twin.feeds.http import HttpFeed
from twin.runs import RunHeader, RunRow, RunState, RunStore
from twin.scenario.blueprint import Blueprint
from twin.scenario.earlier import loaded_again, recorded_days
from twin.scenario.feeding import under_known_sun
from twin.scenario.forecasters import Forecasters
from twin.scenario.hardware import Hardware
from twin.scenario.policies import Maker
from twin.scenario.request import Request
from twin.scenario.schema import Loaded, Scenario, split_policy
from twin.scenario.session import Book, Outcome, Session, Watch, nobody

LIBRARIES = ("smart-grid-twin", "numpy", "simpy", "mip", "cbcbox", "deap")
POPULATION = "population"
"""Among the versions of a run: the SHA-256 of the population file that its scenario names."""


def simulate(
    scenario: str, policy: Policy | str | None = None, sets: Sequence[str] = (), store: RunStore | None = None
) -> Outcome:
    """Run a scenario offline under a policy of one's own or a named one; recorded if a store is given.

    Raises ScenarioError for what is wrong with the scenario.
    """
    loaded = Request(scenario, sets=tuple(sets)).load()
    start = prepare(loaded)
    if policy is None or isinstance(policy, str):
        policy = start.policy(policy or loaded.model.policy)
    book = None if store is None else new_book(store, start, policy)
    return recorded(Session(start.blueprint, policy, book, start.clock), book)


@dataclass(frozen=True, slots=True)
class Start:
    """A scenario ready to run: its blueprint, its clock, and the first tick that can be lived."""

    loaded: Loaded
    blueprint: Blueprint
    clock: Clock
    first_tick: int
    hardware: Hardware | None = None

    def policy(self, name: str) -> Policy:
        return Maker(self.blueprint, self.clock.real).policy(name)

    def remember(self, store: RunStore) -> None:
        """Take what earlier runs on a live feed's server have recorded as history, for policies made after this."""
        blueprint = self.blueprint
        if blueprint.feed.live:
            start_day = blueprint.calendar.start_day
            blueprint.earlier = recorded_days(store, blueprint.scenario, start_day, self.first_tick)

    def session(self, policy: Policy, book: Book | None) -> Session:
        """A run from the first tick that can be lived."""
        session = Session(self.blueprint, policy, book, self.clock, self.hardware)
        session.skip_to(self.first_tick)
        return session

    def equipped(self, hardware: Hardware, clock: Clock | None = None) -> "Start":
        """The same with boards, at their pace; a live feed keeps its own, any other is computed before time runs."""
        if not self.blueprint.feed.live:
            self.blueprint.trace(0, self.blueprint.ticks)
        return replace(self, hardware=hardware, clock=self.clock if self.clock.real else clock or self.clock)


def refuse_future(policy: str, forecaster: str) -> None:
    """Raises ScenarioError for a policy that boards, which live in the present, cannot have."""
    name, forecaster = split_policy(policy, forecaster)
    if name == "oracle" or (name != "rule" and forecaster == "perfect"):
        raise ScenarioError(f"policy {policy}", "needs the future", "boards live in the present")


def prepare(
    loaded: Loaded, speed: float | None = None, start_day: int | None = None, overrun: Overrun = "catch_up"
) -> Start:
    """Make the feed and set the clock; with a live feed that means to meet its server.

    `start_day` is given where a live run goes on: it keeps counting from its own first day.
    """
    blueprint = Blueprint(loaded.model)
    feed = blueprint.feed
    blueprint.remarks.refuse_idle(loaded.overrides)
    if not isinstance(feed, HttpFeed):
        if speed is not None and not isfinite(speed):
            raise ScenarioError("--speed", f"{speed:g}", "a finite number is wanted")
        clock = VirtualClock() if speed is None else WallClock(loaded.model.calendar.step_s, speed, overrun)
        return Start(loaded, blueprint, clock, 0)
    if speed not in (None, 1.0):
        raise ScenarioError("--speed", f"{speed:g}", "a live feed keeps its own time")
    meet(blueprint, feed, start_day)
    blueprint.remarks.refuse_idle(loaded.overrides)
    tick, left_s = feed.server_clock()
    wall = WallClock(loaded.model.calendar.step_s, overrun=overrun)
    wall.begin((tick + 1) * loaded.model.steps, left_s)
    return Start(loaded, blueprint, wall, tick + 1)


def meet(blueprint: Blueprint, feed: HttpFeed, start_day: int | None = None) -> None:
    """Meet the server of a live feed and count by its days, or on from `start_day`; raises FeedError."""
    feed.find()
    if start_day is not None:
        feed.rejoin(start_day)
    feed.told = partial(note_fault, blueprint)
    blueprint.calendar = feed.calendar
    scenario = blueprint.scenario
    blueprint.feeds = under_known_sun(blueprint.feeds, scenario, feed.calendar.start_day, blueprint.remarks)


def note_fault(blueprint: Blueprint, tick: int, kind: str, why: str) -> None:
    """What a live feed's answers lacked in a tick, as a row of the table `fault`: boards' readings do not show it."""
    if tick < blueprint.ticks:
        blueprint.notes.add("fault", [(tick, "feed", kind, why)])


def look_over(loaded: Loaded) -> Blueprint:
    """The blueprint of a scenario, all of whose files have been read; raises what is wrong with them."""
    model = loaded.model
    blueprint = Blueprint(model)
    if not model.is_live:
        for first in (-model.history_days * model.ticks_per_day, blueprint.ticks - model.ticks_per_day):
            blueprint.trace(first, first + model.ticks_per_day)
        blueprint.remarks.refuse_idle(loaded.overrides)
        if model.forecast.population_file:
            Forecasters(blueprint).evolved()
    return blueprint


def new_book(
    store: RunStore, start: Start, policy: Policy, group: str | None = None, hardware: str | None = None
) -> Book:
    """A new run in a store, with all that is needed to run it again; `hardware` names its bench."""
    loaded, blueprint = start.loaded, start.blueprint
    scenario = loaded.model
    header = RunHeader(
        scenario=scenario.name,
        text=loaded.text,
        base=str(loaded.path.parent),
        policy=policy.name,
        forecaster=split_policy(policy.name, scenario.forecaster)[1],
        currency=scenario.currency,
        seed=scenario.seed,
        days=scenario.days,
        start_day=blueprint.calendar.start_day,
        ticks=blueprint.ticks,
        components=blueprint.names,
        storages=tuple(blueprint.physics),
        overrides=dict(assignment.split("=", 1) for assignment in loaded.overrides),
        versions=versions_of(scenario),
        hardware=hardware,
        group=group,
    )
    return Book(store, store.create(header))


def restarted(store: RunStore, row: RunRow) -> Start:
    """A run's scenario, ready to go on; raises StoreError where there is nothing to go on with."""
    if row.state == "done":
        raise StoreRequestError(store.name, f"run {row.id} is done", "start a new one with 'twin run'")
    start = prepare(loaded_again(row), start_day=row.header.start_day)
    start.remember(store)
    refuse_other_population(store, row, start.loaded.model)
    return start


def reopened(store: RunStore, row: RunRow) -> tuple[Session, Book]:
    """A session that goes on where a run's records end; raises StoreError where there is nothing to go on with."""
    start = restarted(store, row)
    book = Book(store, row.id)
    return start.session(start.policy(row.header.policy), book), book


def present_tick(row: RunRow, wall_s: float, store: str) -> int:
    """The tick that a run with boards would be in, had it not stopped; raises StoreError if that is beyond its end."""
    gone = int((time.time() - row.heartbeat_s) / wall_s) + 1
    tick = row.progress + gone
    if tick >= row.header.ticks:
        got = f"run {row.id} would be over by now: boards keep the wall clock's time"
        raise StoreRequestError(store, got, "start a new one with 'twin run'")
    return tick


def versions_of(scenario: Scenario) -> dict[str, str]:
    """What a run stands on beyond its scenario's text: Python, libraries, and the SHA-256 of a population file."""
    found = {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
    file = scenario.forecast.population_file
    return found | ({POPULATION: fingerprint(file)} if file else {})


def fingerprint(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def refuse_other_population(store: RunStore, row: RunRow, scenario: Scenario) -> None:
    """Raises StoreError where a run's population file is not what it was."""
    before, now = row.header.versions.get(POPULATION), versions_of(scenario).get(POPULATION)
    if before != now:
        got = f"{scenario.forecast.population_file} has changed since run {row.id}"
        raise StoreRequestError(store.name, got, f"put back the one with SHA-256 {before}, or start a new run")


def recorded(session: Session, book: Book | None, watch: Watch = nobody) -> Outcome:
    """Run a session and say in the store how it ended."""
    if book is None:
        return session.run(watch)
    state: RunState | None = "failed"
    summary = None
    try:
        with book.store.behind() if session.is_real else nullcontext():
            outcome = session.run(watch)
        state = "done"
        summary = {**outcome.summary, "net_cost": outcome.net_cost, "ticks_per_s": outcome.ticks_per_s}
        if session.is_live:
            summary["held_ticks"] = held_ticks(book)
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    except OtherWriterError:
        state = None  # the other process says how the run ends
        raise
    finally:
        # Nothing is caught here: what it failed of goes on to whoever started the run.
        if state is not None:
            book.store.finish(book.run, state, summary, words_of(sys.exception()) if state == "failed" else None)
    return outcome


def held_ticks(book: Book) -> int:
    """In how many ticks of a run its feed gave no new answer, so that the last one was held."""
    return sum((row[1], row[2]) == ("feed", "held") for row in book.store.table(book.run, "fault"))


def words_of(error: BaseException | None) -> str:
    """What a run failed of; of what is no error of ours, its kind too."""
    return str(error) if isinstance(error, TwinError) else f"{type(error).__name__}: {error}"
