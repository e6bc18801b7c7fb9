"""What a tick hides: policies billed by the tick, by the minute holding powers, and by the minute with set-points.

And how long a year of the rule takes at steps of a minute.
"""

import resource
from collections import deque
from collections.abc import Iterator
from unittest.mock import patch

import numpy as np

from tests.bench.measuring import timed, verdict
from twin.control import posing
from twin.control.setpoints import Wanted
from twin.facts import Floats, SetPoint, hold
from twin.scenario.blueprint import Blueprint
from twin.scenario.policies import Maker
from twin.scenario.schema import load_scenario
from twin.scenario.session import Session

SCENARIO = "household_full"
PLANNERS = ("milp:persistence", "milp:ridge", "milp:perfect", "stochastic:ridge")
KEPT = 0.95
"""Of the share of the gap that it has when billed by the tick, a planner is to keep so much by the minute."""
YEAR_S = 60.0


def lines() -> Iterator[str]:
    by_tick = shares(["step=15min"])
    by_minute = shares([])
    with patch.object(posing, "best", held):
        held_shares = shares([])
    for name in PLANNERS:
        told = f"{by_tick[name]:.0%} by the tick, {held_shares[name]:.0%} by the minute holding"
        yield verdict(by_minute[name] >= KEPT * by_tick[name], f"{name}: {told}, {by_minute[name]:.0%} with set-points")
    took_s, memory_mb = year()
    yield verdict(took_s <= YEAR_S, f"a year of the rule at 1-minute steps: {took_s:.0f} s (60), {memory_mb:.0f} MB")


def shares(sets: list[str]) -> dict[str, float]:
    """Each planner's share of the gap."""
    blueprint = Blueprint(load_scenario(SCENARIO, sets).model)
    maker = Maker(blueprint)
    costs = {name: Session(blueprint, maker.policy(name)).run().net_cost for name in ("rule", *PLANNERS, "oracle")}
    return {name: (costs["rule"] - costs[name]) / (costs["rule"] - costs["oracle"]) for name in PLANNERS}


def held(wanted: Wanted, net_w: Floats, prices: tuple[float, float], tick_s: float) -> tuple[SetPoint, Floats]:
    """The set-point that holds what was planned."""
    return hold(wanted.power_w), net_w - np.float64(wanted.power_w)


def year() -> tuple[float, float]:
    """How long a year takes [s], and the memory that it needs [MB]."""
    sets = ["days=365", "history_days=0", "step=1min", "start_day=2023-01-01"]
    blueprint = Blueprint(load_scenario("household_week", sets).model)
    records = blueprint.microgrid(Maker(blueprint).policy("rule")).records()
    took_s = timed(lambda: deque(records, maxlen=0))[1]
    return took_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
