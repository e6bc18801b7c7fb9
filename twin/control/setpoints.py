"""Which set-point does best what was planned, where load and sun move within the tick.

A plan knows means. Holding its power pays for every swing of the load around them; following the load may empty the
storage that the plan keeps. So some set-points are tried on the swings of the last ticks, and the cheapest is taken:
billed by the step, with what the storage ends up with at its marginal value.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.facts import Floats, LinearStorage, Observation, SetPoint, State

FALLING = 0.02
"""By how much of its marginal value energy is worth less beyond what was planned, and more below it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan wants of one storage in the present tick, and what an energy unit in it is worth.

    Powers are at the bus [W]; `low_w` and `high_w` can be held for the tick; `grid_w` is what the plan imports.
    """

    power_w: float
    grid_w: float
    low_w: float
    high_w: float
    storage: LinearStorage
    marginal_value: float


class Swings:
    """How the net load of the last day's ticks went, step by step, beside what was expected of each."""

    def __init__(self, ticks_per_day: int) -> None:
        self._most = ticks_per_day
        self._swings_w: list[list[float]] = []
        self._expected_w: float | None = None

    def see(self, seen: Observation) -> None:
        """Learn how the tick before went, of which a net load was expected."""
        if seen.net_steps_w and self._expected_w is not None:
            self._swings_w.append([net_w - self._expected_w for net_w in seen.net_steps_w])
            del self._swings_w[: -self._most]

    def around(self, expected_w: float) -> Floats:
        """Net loads that may come in the present tick, of which this one is expected, `(ticks, steps)` [W]."""
        self._expected_w = expected_w
        return expected_w + np.array(self._swings_w or [[0.0]])

    def state(self) -> State:
        return {"swings_w": self._swings_w, "expected_w": self._expected_w}

    def restore(self, state: State) -> None:
        self._swings_w, self._expected_w = state["swings_w"], state["expected_w"]


def best(wanted: Wanted, net_w: Floats, prices: tuple[float, float], tick_s: float) -> tuple[SetPoint, Floats]:
    """The cheapest set-point for one storage under net loads `(ticks, steps)`, and the net loads that it leaves.

    `prices` are those of import and export [money/J].
    """
    tried = [(set_point, answer_w(set_point, wanted, net_w, tick_s)) for set_point in candidates(wanted)]
    set_point, power_w = min(tried, key=lambda one: cost(wanted, net_w, one[1], prices, tick_s))
    return set_point, net_w - power_w


def candidates(of: Wanted) -> Iterator[SetPoint]:
    """Ways to do what was planned; where they cost the same, the earlier one is taken."""
    power_w = of.power_w
    yield SetPoint(min(power_w, 0.0), max(power_w, 0.0))
    yield SetPoint(-math.inf, math.inf)
    yield SetPoint(power_w, power_w)
    yield SetPoint(-math.inf, math.inf, of.grid_w)
    yield SetPoint(-math.inf, max(power_w, 0.0))
    yield SetPoint(min(power_w, 0.0), math.inf)
    yield SetPoint(-math.inf, power_w)
    yield SetPoint(power_w, math.inf)
    yield SetPoint(0.0, 0.0)


def answer_w(set_point: SetPoint, of: Wanted, net_w: Floats, tick_s: float) -> Floats:
    """What the storage does in each step [W]: as asked, until it is full or empty."""
    asked_w = np.clip(net_w - set_point.grid_w, set_point.low_w, set_point.high_w)
    most_w = np.array([-of.storage.max_charge_j, of.storage.max_discharge_j]) / tick_s
    asked_w = np.clip(asked_w, *most_w)
    # What can be held for the whole tick is what can be moved in it: less per step, once much of it is used up.
    moved_w = np.clip(np.cumsum(asked_w, axis=1) / net_w.shape[1], of.low_w, of.high_w)
    answered: Floats = np.diff(moved_w, axis=1, prepend=0.0) * net_w.shape[1]
    return answered


def cost(of: Wanted, net_w: Floats, power_w: Floats, prices: tuple[float, float], tick_s: float) -> float:
    """The mean bill of a tick, with wear, and less what is stored at its marginal value.

    That value holds for what was planned. Beyond it energy is worth a little less and lacking energy a little more:
    otherwise the plan would be left wherever energy is worth as much later as now.
    """
    grid_w = net_w - power_w
    bill = np.maximum(grid_w, 0.0) * prices[0] - np.maximum(-grid_w, 0.0) * prices[1]
    wear = of.storage.wear_price * np.abs(power_w)
    beyond_w = stored_w(of, power_w).mean(axis=1) - float(stored_w(of, np.array(of.power_w)))
    worth = of.marginal_value * beyond_w - FALLING * abs(of.marginal_value) * np.abs(beyond_w)
    return float((bill + wear).mean() - worth.mean()) * tick_s


def stored_w(of: Wanted, power_w: Floats) -> Floats:
    """How fast the storage fills at a bus power."""
    filled: Floats = np.where(power_w < 0.0, -of.storage.charge_gain, -of.storage.discharge_drain) * power_w
    return filled
