"""The seams between the rooms: what a component, a feed, a forecaster and a policy are."""

from collections.abc import Generator
from typing import Any, Protocol, runtime_checkable

from twin.facts.choices import Decision, Forecast, Observation
from twin.facts.world import Floats, Limits, Outside, Reading, Task

State = dict[str, Any]
"""What survives a checkpoint: plain JSON."""


class Component(Protocol):
    """A thing on the bus. `limits` says what it can hold in the tick that begins; `apply` clips to exactly that."""

    name: str

    def process(self, env: Any, tick: int) -> Generator[Any, None, None]:
        """The SimPy process that lives the component's life from `tick` on."""

    def limits(self, tick: int) -> Limits: ...

    def apply(self, tick: int, power_w: float) -> None: ...

    def read(self, tick: int) -> Reading: ...


class Feed(Protocol):
    """Where outside facts come from. Ticks before 0 are history."""

    live: bool

    def at(self, tick: int) -> Outside:
        """The facts of one tick; raises FeedError if there is no believable answer."""

    def values(self, start: int, stop: int) -> Floats:
        """Columns sun, demand_w, import_price, export_price of ticks `start <= t < stop`, shape `(ticks, 4)`."""

    def tasks(self, day: int) -> tuple[Task, ...]:
        """The tasks that become known at 00:00 of an absolute day."""


class Forecaster(Protocol):
    """Predicts from what has been seen; `predict` is called once per tick, in order."""

    name: str

    def predict(self, seen: Observation, horizon: int) -> Forecast: ...

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Memoryless:
    """What a forecaster or policy without a memory keeps over a checkpoint: nothing."""

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        """There is nothing to remember."""


@runtime_checkable
class Stepwise(Protocol):
    """What decides anew in every step of a tick, as only one that knows the future may."""

    def at_step(self, here: Observation, step: int) -> Decision:
        """The decision for a step, counted from the run's start, of which all is known."""


class Policy(Protocol):
    """What decides. `state` and `restore` carry its memory over a checkpoint."""

    name: str

    def decide(self, seen: Observation) -> Decision: ...

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...
