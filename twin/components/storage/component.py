"""A storage on the bus, whatever is inside it."""

from collections.abc import Generator
from typing import Protocol

from msgspec import Struct
from simpy import Event

from twin.clock import Ticking
from twin.facts import Limits, LinearStorage, Reading, State, replace


class Outcome(Struct, frozen=True, gc=False):
    """What a stretch of constant power left in the storage, and what it lost on the way."""

    stored_j: float
    loss_j: float


class Physics(Protocol):
    """What a kind of storage must answer; power is positive when it discharges into the bus."""

    def advance(self, stored_j: float, power_w: float, length_s: float) -> Outcome:
        """Hold a power for a time; the same total time in other pieces leaves the same energy."""

    def limits(self, stored_j: float, length_s: float) -> Limits:
        """The constant powers that can be held for a time without leaving the band."""

    def linear(self, length_s: float) -> LinearStorage:
        """The best linear account of a tick of this length."""


class Storage:
    """Fills, empties and leaks under the power it was told to hold, step by step."""

    def __init__(self, name: str, physics: Physics, step_s: float, stored_j: float) -> None:
        self.name = name
        self._physics = physics
        self._step_s = step_s
        self._limits: Limits | None = None
        self._power_w = 0.0
        self._reading = Reading(0.0, "model", stored_j)

    def process(self, env: Ticking, step: int) -> Generator[Event, None, None]:
        while True:
            yield env.boundary
            outcome = self._physics.advance(self._reading.stored_j, self._power_w, self._step_s)
            self._reading = Reading(self._power_w * self._step_s, "model", outcome.stored_j, outcome.loss_j)
            self._limits = None

    def limits(self, step: int) -> Limits:
        if self._limits is None:
            self._limits = self.holdable(self._step_s)
        return self._limits

    def holdable(self, length_s: float) -> Limits:
        """The constant powers that can be held from now on for so long."""
        return self._physics.limits(self._reading.stored_j, length_s)

    def apply(self, step: int, power_w: float) -> None:
        self._power_w = self.limits(step).clip(power_w)

    def read(self, step: int) -> Reading:
        return self._reading

    def state(self) -> State:
        return {"stored_j": self._reading.stored_j}

    def restore(self, state: State) -> None:
        self._reading = replace(self._reading, stored_j=float(state["stored_j"]))
        self._limits = None
