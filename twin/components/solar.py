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
    """Follows its feed's sun from step to step; can be held below it if `curtailable`."""

    def __init__(
        self, name: str, feed: Feed, step_s: float, rated_power_w: float, efficiency: float, curtailable: bool
    ) -> None:
        self.name = name
        self._feed = feed
        self._rated_power_w = rated_power_w
        self._efficiency = efficiency
        self._curtailable = curtailable
        self._limits = Limits(0.0, 0.0)
        self._power_w = 0.0
        self._meter = Meter(step_s)

    def process(self, env: Ticking, step: int) -> Generator[Event, None, None]:
        while True:
            outside = self._feed.at(step)
            available_w = pv_power_w(outside.sun, self._rated_power_w, self._efficiency)
            self._limits = Limits(0.0 if self._curtailable else available_w, available_w, available_w)
            yield env.boundary
            self._meter.count(self._power_w, outside.held)
            step += 1

    def limits(self, step: int) -> Limits:
        return self._limits

    def apply(self, step: int, power_w: float) -> None:
        self._power_w = self._limits.clip(power_w)

    def read(self, step: int) -> Reading:
        return self._meter.read()
