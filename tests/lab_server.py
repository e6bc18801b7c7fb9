"""The course server as the lab's generator has it, under virtual time: it turns to each tick that a clock waits for."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from course_server import CourseServer

from twin.clock import VirtualClock
from twin.facts import Calendar, Policy, Record
from twin.feeds.http import HttpFeed
from twin.feeds.lab import Lab
from twin.runs import RunStore
from twin.scenario.blueprint import Blueprint
from twin.scenario.launch import Start, meet, new_book
from twin.scenario.schema import load_scenario


class LabServer(CourseServer):
    """Says at (`day`, `tick`) what the lab's generator says."""

    def pages(self) -> dict[str, object]:
        day, tick = self.now()
        lab, now = Lab(Calendar(5.0, 60, day)), {"day": day, "tick": tick}
        present, past = priced(lab, tick, tick + 1)[0], priced(lab, -60, 0)
        return {
            "/sun": {"tick": tick, "sun": round(100 * float(lab.sun(tick, tick + 1)[0]))},
            "/price": now | {key: value for key, value in present.items() if key != "demand"},
            "/demand": now | {"demand": present["demand"]},
            "/deferables": [{"start": task.start, "end": task.end, "energy": task.energy_j} for task in lab.tasks(day)],
            "/yesterday": [{"tick": number} | row for number, row in enumerate(past)],
        }


def priced(lab: Lab, start: int, stop: int) -> list[dict[str, float]]:
    """Demand and prices of ticks as the server's pages have them."""
    series = (lab.demand_w(start, stop), lab.import_price(start, stop), lab.export_price(start, stop))
    return [
        {"demand": demand_w, "sell_price": round(100 * sells), "buy_price": round(100 * buys)}
        for demand_w, sells, buys in zip(*(values.tolist() for values in series), strict=True)
    ]


class Leading(VirtualClock):
    """Every boundary is now, on the server too."""

    def __init__(self, server: CourseServer, start_day: int) -> None:
        self._server = server
        self._start_day = start_day

    def wait(self, tick: int) -> float:
        day, of_day = divmod(tick, 60)
        self._server.turn_to(self._start_day + day, of_day)
        return 0.0


def joined(server: CourseServer, sets: Sequence[str], start_day: int | None = None) -> Start:
    """The lab's day followed live, from the tick after the server's present one on."""
    kinds = [f"{part}.kind=http" for part in ("solar", "demand", "tasks", "market.prices")]
    asked = [f"server.{key}" for key in (f"url={server.url}", "connect_timeout=60 s", "read_timeout=60 s")]
    loaded = load_scenario("lab_day", [*kinds, *asked, "history_days=1", *sets])
    blueprint = Blueprint(loaded.model)
    assert isinstance(blueprint.feed, HttpFeed)
    meet(blueprint, blueprint.feed, start_day)
    first_day = blueprint.calendar.start_day
    tick = (server.day - first_day) * 60 + server.tick
    return Start(loaded, blueprint, Leading(server, first_day), tick + 1)


def lived(start: Start, policy: Policy | str) -> list[Record]:
    """Follow the server to the run's end."""
    grid = start.blueprint.microgrid(start.policy(policy) if isinstance(policy, str) else policy, start.clock)
    grid.skip_to(start.first_tick)
    with hung_up(start):
        return list(grid.records())


def kept(start: Start, store: RunStore) -> None:
    """The same under the rule, recorded."""
    policy = start.policy("rule")
    with hung_up(start):
        start.session(policy, new_book(store, start, policy)).run()


@contextmanager
def hung_up(start: Start) -> Iterator[None]:
    """Leave the server at the end."""
    assert isinstance(start.blueprint.feed, HttpFeed)
    with closing(start.blueprint.feed):
        yield
