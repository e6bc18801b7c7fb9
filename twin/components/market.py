"""The market: the connection to the outside grid, its limits and its prices."""

from collections.abc import Generator

from simpy import Event

from twin.clock import Ticking
from twin.components.meter import Meter
from twin.facts import Feed, Limits, Prices, Reading


class Market:
    """Takes what the bus has too much of and gives what it lacks; publishes its feed's prices step by step."""

    def __init__(self, feed: Feed, step_s: float, import_limit_w: float, export_limit_w: float) -> None:
        self.name = "market"
        self.prices = Prices(0.0, 0.0)
        self._feed = feed
        self._limits = Limits(-export_limit_w, import_limit_w)
        self._power_w = 0.0
        self._meter = Meter(step_s)

    def process(self, env: Ticking, step: int) -> Generator[Event, None, None]:
        while True:
            outside = self._feed.at(step)
            self.prices = Prices(outside.import_price, outside.export_price)
            yield env.boundary
            self._meter.count(self._power_w, outside.held)
            step += 1

    def limits(self, step: int) -> Limits:
        return self._limits

    def apply(self, step: int, power_w: float) -> None:
        # Not clipped: the bus stores nothing, so what the limits could not keep out still passes here.
        self._power_w = power_w

    def read(self, step: int) -> Reading:
        return self._meter.read()
