"""A solar array behind a converter: it gives what the sun allows, or less."""

from collections.abc import Generator
from typing import TypeVar

from simpy import Event

from twin.clock import Ticking
from twin.components.meter import Meter
from twin.facts import Feed, Floats, Limits, Reading

FloatOrArray = TypeVar("FloatOrArray", float, Floats)


def pv_power_w(sun: FloatOrArray, rated_power_w: float, efficiency: float) -> FloatOrArray:
    """Power at the bus [W] under `sun`, the array's output as a fraction of its rated power."""
    return sun * (rated_power_w * efficiency)


class Solar:
    """Follows its feed's sun from tick to tick; can be held below it if `curtailable`."""

    def __init__(self, feed: Feed, tick_s: float, rated_power_w: float, efficiency: float, curtailable: bool) -> None:
        self.name = "solar"
        self._feed = feed
        self._rated_power_w = rated_power_w
        self._efficiency = efficiency
        self._curtailable = curtailable
        self._limits = Limits(0.0, 0.0)
        self._power_w = 0.0
        self._meter = Meter(tick_s)

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        while True:
            outside = self._feed.at(tick)
            available_w = pv_power_w(outside.sun, self._rated_power_w, self._efficiency)
            self._limits = Limits(0.0 if self._curtailable else available_w, available_w, available_w)
            yield env.boundary
            self._meter.count(self._power_w, outside.held)
            tick += 1

    def limits(self, tick: int) -> Limits:
        return self._limits

    def apply(self, tick: int, power_w: float) -> None:
        self._power_w = self._limits.clip(power_w)

    def read(self, tick: int) -> Reading:
        return self._meter.read()
