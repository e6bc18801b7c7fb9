"""The market: the connection to the outside grid, its limits and its prices."""

from collections.abc import Generator

from simpy import Event

from twin.clock import Ticking
from twin.facts import Feed, Limits, Prices, Reading, Source


class Market:
    """Takes what the bus has too much of and gives what it lacks; publishes its feed's prices tick by tick."""

    def __init__(self, feed: Feed, tick_s: float, import_limit_w: float, export_limit_w: float) -> None:
        self.name = "market"
        self.prices = Prices(0.0, 0.0)
        self._feed = feed
        self._tick_s = tick_s
        self._limits = Limits(-export_limit_w, import_limit_w)
        self._power_w = 0.0
        self._meter_j = 0.0
        self._source: Source = "model"

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        while True:
            outside = self._feed.at(tick)
            self.prices = Prices(outside.import_price, outside.export_price)
            yield env.boundary
            self._source = "held" if outside.held else "model"
            self._meter_j += self._power_w * self._tick_s
            tick += 1

    def limits(self, tick: int) -> Limits:
        return self._limits

    def apply(self, tick: int, power_w: float) -> None:
        # Not clipped: the bus stores nothing, so what the limits could not keep out still passes here.
        self._power_w = power_w

    def read(self, tick: int) -> Reading:
        energy_j, self._meter_j = self._meter_j, 0.0
        return Reading(energy_j, self._source)
