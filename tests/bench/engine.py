"""How fast a tick is under the rule, against five bare SimPy processes and against vessim."""

import statistics
from collections import deque
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import simpy
import vessim

from tests.bench.measuring import folder, in_turns, median_ratio, started, timed, verdict
from tests.bench.vessim_grid import environment
from twin.runs import open_store
from twin.scenario.launch import Start, new_book
from twin.scenario.session import Session

DAYS = 340
"""As many ticks as whole blocks of the lab feed: no value is computed in vain."""
ROUNDS = 7
PROMISED = (("unrecorded", "vessim", 5.0), ("recorded", "vessim recorded", 11.0))
"""What of ours is faster than which peer, and at least one part in how many of bare SimPy."""


def lines() -> Iterator[str]:
    for scenario in ("lab_bare", "lab_day"):
        rates = ticks_per_s(scenario)
        for ours, peer, parts in PROMISED:
            bare, times = median_ratio(rates["bare SimPy"], rates[ours]), median_ratio(rates[ours], rates[peer])
            speed = f"{scenario} {ours}: {statistics.median(rates[ours]):,.0f} ticks/s"
            ratios = f"1/{bare:.1f} of bare SimPy (at least 1/{parts:.0f}), {times:.2f} × {peer} (more than 1)"
            yield verdict(bare <= parts and times > 1.0, f"{speed}, {ratios}")


def ticks_per_s(scenario: str) -> dict[str, list[float]]:
    """Of each of the five, round by round."""
    start = started(scenario, DAYS)
    ticks, tick_s = start.blueprint.ticks, start.blueprint.scenario.tick
    with folder() as path:
        new = (path / str(number) for number in count())
        works = {
            "bare SimPy": lambda: ticks / bare_s(ticks, tick_s),
            "unrecorded": lambda: ticks / unrecorded_s(scenario),
            "vessim": lambda: ticks / vessim_s(environment(start), ticks * tick_s),
            "recorded": lambda: ticks / recorded_s(scenario, next(new)),
            "vessim recorded": lambda: ticks / vessim_s(environment(start, next(new)), ticks * tick_s),
        }
        return in_turns(works, ROUNDS)


def bare_s(ticks: int, tick_s: float) -> float:
    """Five processes that do nothing but wait for the next tick."""
    env = simpy.Environment()
    for _ in range(5):
        env.process(waiting(env, tick_s))
    return timed(lambda: env.run(until=ticks * tick_s))[1]


def waiting(env: simpy.Environment, tick_s: float) -> Generator[simpy.Event, None, None]:
    while True:
        yield env.timeout(tick_s)


def unrecorded_s(scenario: str) -> float:
    start = realised(scenario)
    records = start.blueprint.microgrid(start.policy("rule")).records()
    return timed(lambda: deque(records, maxlen=0))[1]


def realised(scenario: str) -> Start:
    """A start whose trace is known, as it is for all but the first policy of a comparison."""
    start = started(scenario, DAYS)
    start.blueprint.feed.values(0, start.blueprint.ticks)
    return start


def recorded_s(scenario: str, path: Path) -> float:
    start = realised(scenario)
    policy = start.policy("rule")
    with open_store(f"{path}.sqlite") as store:
        return timed(Session(start.blueprint, policy, new_book(store, start, policy)).run)[1]


def vessim_s(grid: vessim.Environment, length_s: float) -> float:
    return timed(lambda: grid.run(until=length_s))[1]
