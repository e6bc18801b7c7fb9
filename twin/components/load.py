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
    """One consumer, at most `rated_power_w`, that wants `share` of its feed's base demand."""

    def __init__(self, name: str, feed: Feed, tick_s: float, rated_power_w: float, share: float) -> None:
        self.name = name
        self._feed = feed
        self._rated_power_w = rated_power_w
        self._share = share
        self._limits = Limits(-rated_power_w, 0.0)
        self._power_w = 0.0
        self._meter = Meter(tick_s)

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        while True:
            outside = self._feed.at(tick)
            self._limits = Limits(-self._rated_power_w, 0.0, -outside.demand_w * self._share)
            yield env.boundary
            self._meter.count(self._power_w, outside.held)
            tick += 1

    def limits(self, tick: int) -> Limits:
        return self._limits

    def apply(self, tick: int, power_w: float) -> None:
        self._power_w = self._limits.clip(power_w)

    def read(self, tick: int) -> Reading:
        return self._meter.read()
