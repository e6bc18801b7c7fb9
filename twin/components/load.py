"""Loads: consumers that take their share of the base demand, and tasks in the room that is left."""

from collections.abc import Generator, Sequence

import numpy as np
from simpy import Event

from twin.clock import Ticking
from twin.components.meter import Meter
from twin.facts import Feed, Floats, Limits, Reading


def servable_w(demand_w: Floats, shares: Sequence[float], rated_w: Sequence[float]) -> Floats:
    """The part of a base demand [W] that loads of these shares and rated powers can take."""
    served_w: Floats = sum(
        (np.minimum(demand_w * share, rated) for share, rated in zip(shares, rated_w, strict=True)),
        start=np.zeros_like(demand_w),
    )
    return served_w


class Load:
    """One consumer, at most `rated_power_w`, that wants a share of the demand of each of its feeds."""

    def __init__(self, name: str, demands: Sequence[tuple[Feed, float]], step_s: float, rated_power_w: float) -> None:
        self.name = name
        self._first, *self._more = demands
        self._rated_power_w = rated_power_w
        self._limits = Limits(-rated_power_w, 0.0)
        self._power_w = 0.0
        self._meter = Meter(step_s)

    def process(self, env: Ticking, step: int) -> Generator[Event, None, None]:
        feed, share = self._first
        while True:
            outside = feed.at(step)
            wanted_w, held = outside.demand_w * share, outside.held
            for more, part in self._more:
                outside = more.at(step)
                wanted_w += outside.demand_w * part
                held = held or outside.held
            self._limits = Limits(-self._rated_power_w, 0.0, -wanted_w)
            yield env.boundary
            self._meter.count(self._power_w, held)
            step += 1

    def limits(self, step: int) -> Limits:
        return self._limits

    def apply(self, step: int, power_w: float) -> None:
        self._power_w = self._limits.clip(power_w)

    def read(self, step: int) -> Reading:
        return self._meter.read()
