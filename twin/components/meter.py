"""The energy meter of a component that follows a feed."""

from twin.facts import Reading


class Meter:
    """Counts what flows into the bus in a step; `held` marks a step of which the feed repeated its last word."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._reading = Reading(0.0)

    def count(self, power_w: float, held: bool) -> None:
        """A step at a power is over."""
        self._reading = Reading(power_w * self._step_s, "held" if held else "model")

    def read(self) -> Reading:
        """What was counted in the step that has just ended."""
        return self._reading
