"""The energy meter of a component that follows a feed."""

from twin.facts import Reading, Source


class Meter:
    """Counts what flows into the bus, tick by tick; `held` marks a tick of which the feed repeated its last word."""

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s
        self._energy_j = 0.0
        self._source: Source = "model"

    def count(self, power_w: float, held: bool) -> None:
        """A tick at a power is over."""
        self._energy_j += power_w * self._tick_s
        self._source = "held" if held else "model"

    def read(self) -> Reading:
        """What was counted since the last time."""
        energy_j, self._energy_j = self._energy_j, 0.0
        return Reading(energy_j, self._source)
