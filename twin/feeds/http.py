"""The course server over HTTP: followed tick by tick, never trusted, held when it fails."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from twin.errors import FeedError, ScenarioError
from twin.facts import Calendar, Floats, Outside, Task
from twin.feeds.answers import Answer, Deferable, DemandPage, PastTick, PricePage, SunPage, believed
from twin.feeds.pages import Pages

_CENT = 0.01
_POLL_S = 0.05
_LOG = logging.getLogger(__name__)
Told = Callable[[int, str, str], None]
"""What a tick's answers lacked, for whoever keeps records: the tick, `held` or `missing`, and why."""


def _nobody(tick: int, kind: str, why: str) -> None:
    """Keeps no records."""


class _Present(NamedTuple):
    """The newest tick asked for, and its facts."""

    tick: int
    outside: Outside


class _Today(NamedTuple):
    """What the server publishes once a day: its tasks, and yesterday's values of shape `(ticks, 4)`."""

    day: int
    tasks: tuple[Task, ...]
    yesterday: Floats


class _Server(NamedTuple):
    """The server's tick as last seen, and when (monotonic)."""

    tick: int
    seen_s: float


class HttpFeed:
    """A live feed. `find` meets the server at a run's start; a resumed run joins it again with `rejoin`.

    All requests of a tick have `connect_timeout_s + read_timeout_s` together. `last_fault` says what went wrong
    last, None when all is well.
    """

    live = True

    def __init__(self, calendar_hint: Calendar, url: str, connect_timeout_s: float, read_timeout_s: float) -> None:
        self.calendar = calendar_hint
        self.last_fault: str | None = None
        self.told: Told = _nobody
        self._pages = Pages(url, connect_timeout_s, read_timeout_s)
        self._patience_s = connect_timeout_s + read_timeout_s
        self._present: _Present | None = None
        self._last: _Present | None = None
        self._today: _Today | None = None
        self._server: _Server | None = None

    def find(self) -> Calendar:
        """The calendar that begins with the server's day; FeedError unless all its pages can be believed."""
        give_up_s = self._deadline_s()
        price = self._price(give_up_s)
        self.calendar = replace(self.calendar, start_day=price.day)
        self._meet(give_up_s)
        return self.calendar

    def rejoin(self, start_day: int) -> None:
        """Count ticks from an earlier run's first day, as a resumed run does."""
        self.calendar = replace(self.calendar, start_day=start_day)
        self._present = self._today = self._server = None
        self._meet(self._deadline_s())

    def at(self, tick: int) -> Outside:
        """The facts of the present tick or the last one, held if the server fails; FeedError if none was ever had."""
        if self._present is None or tick > self._present.tick:
            self._last, self._present = self._present, _Present(tick, self._fresh_or_held(tick))
        if self._last is not None and tick == self._last.tick:
            return self._last.outside
        if tick < self._present.tick:
            raise FeedError(self._pages.url, f"tick {tick} was asked for", f"only {self._present.tick} is present")
        return self._present.outside

    def values(self, start: int, stop: int) -> Floats:
        """Yesterday's ticks, shape `(stop - start, 4)`; sun, which the server keeps to itself, is NaN."""
        if self._today is None:
            raise ScenarioError(self._pages.url, "yesterday is not known yet", "no history, or a server that answers")
        midnight = self.calendar.midnight(self._today.day)
        first = midnight - self.calendar.ticks_per_day
        if not first <= start <= stop <= midnight:
            got = f"ticks {start} to {stop} were asked for"
            raise ScenarioError(self._pages.url, got, f"only yesterday, ticks {first} to {midnight}, is available")
        return self._today.yesterday[start - first : stop - first]

    @property
    def first_known(self) -> int | None:
        """The first tick of yesterday as the server told it last; None before that."""
        return None if self._today is None else self.calendar.midnight(self._today.day - 1)

    def tasks(self, day: int) -> tuple[Task, ...]:
        """Today's tasks; none while the server has not told them, so ask again at the next tick."""
        if self._present is None:
            self._meet(self._deadline_s())
        elif day > self.calendar.tick(self._present.tick).day:
            self.at(self.calendar.midnight(day))
        return self._today.tasks if self._today is not None and self._today.day == day else ()

    def server_clock(self) -> tuple[int, float]:
        """The run tick now and the seconds to its end, found by watching the server until its tick changes."""
        tick_s = self.calendar.tick_s
        give_up_s = time.monotonic() + 2 * tick_s + self._patience_s
        before = self._seen(self._price(self._deadline_s()))
        while time.monotonic() < give_up_s:
            time.sleep(min(_POLL_S, tick_s / 100))
            now = self._seen(self._price(self._deadline_s()))
            if now.tick != before.tick:
                # The change lies between two answers; the middle is wrong by half their distance at most.
                changed_s = (before.seen_s + now.seen_s) / 2
                return now.tick, tick_s - (time.monotonic() - changed_s)
            before = now
        raise FeedError(self._pages.url, f"its tick stays at {before.tick}", f"a new tick every {tick_s:g} s")

    def close(self) -> None:
        """Hang up."""
        self._pages.close()

    def _meet(self, give_up_s: float) -> None:
        """Read everything the server says now, whatever its tick; FeedError if it cannot be believed."""
        self._present = self._read(None, give_up_s)
        self._today = self._read_day(self.calendar.tick(self._present.tick).day, give_up_s)

    def _fresh_or_held(self, tick: int) -> Outside:
        give_up_s = self._deadline_s()
        try:
            outside = self._read(tick, give_up_s).outside
        except FeedError as error:
            if self._present is None or self._is_future(tick):
                raise
            self._note(error)
            self.told(tick, "held", str(error))
            return self._present.outside.again()
        fault = self._fault_of_day(self.calendar.tick(tick).day, give_up_s)
        self._note(fault)
        if fault is not None:
            self.told(tick, "missing", str(fault))
        return outside

    def _read(self, wanted: int | None, give_up_s: float) -> _Present:
        """The facts of a tick (None: of any), asked for again while the server is not there yet and time is left."""
        while True:
            asked_s = time.monotonic()
            sun, price, demand = self._pages_of_tick(give_up_s)
            answered_s = time.monotonic()
            tick = self._seen(price).tick
            one_tick = (price.day, price.tick, price.tick) == (demand.day, demand.tick, sun.tick)
            if one_tick and wanted in (None, tick):
                return _Present(tick, _outside(sun, price, demand))
            hopeless = wanted is not None and not tick <= wanted <= tick + 1
            if hopeless or answered_s + _POLL_S + 2.0 * (answered_s - asked_s) > give_up_s:
                got = f"the server is at tick {tick} (day {price.day}, tick {price.tick})"
                raise FeedError(self._pages.url, got, f"wanted tick {wanted}" if one_tick else "one tick on all pages")
            time.sleep(_POLL_S)

    def _pages_of_tick(self, give_up_s: float) -> tuple[SunPage, PricePage, DemandPage]:
        sun, price, demand = self._ask(("sun", "price", "demand"), give_up_s)
        return (
            self._believed("sun", sun, SunPage),
            self._believed_price(price),
            self._believed("demand", demand, DemandPage),
        )

    def _price(self, give_up_s: float) -> PricePage:
        return self._believed_price(self._ask(("price",), give_up_s)[0])

    def _fault_of_day(self, day: int, give_up_s: float) -> FeedError | None:
        """Read the day's pages unless they are known; what went wrong is tried again at the next tick."""
        if self._today is not None and self._today.day == day:
            return None
        try:
            self._today = self._read_day(day, give_up_s)
        except FeedError as error:
            return error
        return None

    def _read_day(self, day: int, give_up_s: float) -> _Today:
        """The day's pages. They name no day, so they are asked for only when the server's day has been seen."""
        deferables, yesterday = self._ask(("deferables", "yesterday"), give_up_s)
        windows = self._believed("deferables", deferables, list[Deferable])
        past = self._believed("yesterday", yesterday, list[PastTick])
        if [row.tick for row in past] != list(range(self.calendar.ticks_per_day)):
            got = f"{len(past)} rows"
            raise FeedError(
                f"{self._pages.url}/yesterday", got, f"ticks 0 to {self.calendar.ticks_per_day - 1} in order"
            )
        return _Today(day, self._tasks_of(day, windows), _history(past))

    def _tasks_of(self, day: int, windows: list[Deferable]) -> tuple[Task, ...]:
        midnight = self.calendar.midnight(day)
        return tuple(
            Task(f"task{i}", midnight, midnight + window.start, midnight + window.end, window.energy)
            for i, window in enumerate(windows, 1)
        )

    def _ask(self, names: tuple[str, ...], give_up_s: float) -> list[bytes]:
        return self._pages.ask(names, max(0.0, give_up_s - time.monotonic()))

    def _believed_price(self, answer: bytes) -> PricePage:
        price = self._believed("price", answer, PricePage)
        if price.tick >= self.calendar.ticks_per_day:
            raise FeedError(f"{self._pages.url}/price", f"tick {price.tick}", f"below {self.calendar.ticks_per_day}")
        return price

    def _believed(self, name: str, answer: bytes, kind: type[Answer]) -> Answer:
        return believed(f"{self._pages.url}/{name}", answer, kind)

    def _seen(self, price: PricePage) -> _Server:
        self._server = _Server(self.calendar.midnight(price.day) + price.tick, time.monotonic())
        return self._server

    def _is_future(self, tick: int) -> bool:
        """The server may be a tick further than last seen, and as many more as have passed since."""
        if self._server is None:
            return False
        passed = (time.monotonic() - self._server.seen_s) // self.calendar.tick_s
        return tick > self._server.tick + 1 + passed

    def _note(self, fault: FeedError | None) -> None:
        self.last_fault = None if fault is None else str(fault)
        if fault is not None:
            _LOG.warning("%s", fault)

    def _deadline_s(self) -> float:
        return time.monotonic() + self._patience_s


def _outside(sun: SunPage, price: PricePage, demand: DemandPage) -> Outside:
    return Outside(sun.sun / 100.0, demand.demand, price.sell_price * _CENT, price.buy_price * _CENT)


def _history(past: list[PastTick]) -> Floats:
    return np.array([(np.nan, row.demand, row.sell_price * _CENT, row.buy_price * _CENT) for row in past])
