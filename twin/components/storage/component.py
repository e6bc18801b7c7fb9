"""The storage on the bus, whatever is inside it."""

from collections.abc import Generator
from typing import Protocol

from msgspec import Struct
from simpy import Event

from twin.clock import Ticking
from twin.facts import Limits, LinearStorage, Reading, State


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
    """Fills, empties and leaks under the power it was told to hold."""

    def __init__(self, physics: Physics, tick_s: float, stored_j: float) -> None:
        self.name = "storage"
        self._physics = physics
        self._tick_s = tick_s
        self._stored_j = stored_j
        self._limits = Limits(0.0, 0.0)
        self._power_w = 0.0
        self._meter_j = 0.0
        self._loss_j = 0.0

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        while True:
            yield env.boundary
            outcome = self._physics.advance(self._stored_j, self._power_w, self._tick_s)
            self._stored_j = outcome.stored_j
            self._loss_j += outcome.loss_j
            self._meter_j += self._power_w * self._tick_s

    def limits(self, tick: int) -> Limits:
        self._limits = self._physics.limits(self._stored_j, self._tick_s)
        return self._limits

    def apply(self, tick: int, power_w: float) -> None:
        self._power_w = self._limits.clip(power_w)

    def read(self, tick: int) -> Reading:
        reading = Reading(self._meter_j, "model", self._stored_j, self._loss_j)
        self._meter_j = self._loss_j = 0.0
        return reading

    def state(self) -> State:
        return {"stored_j": self._stored_j}

    def restore(self, state: State) -> None:
        self._stored_j = float(state["stored_j"])
