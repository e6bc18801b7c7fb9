"""What boards' residuals come to: the models once more, each off by as much as its board was in a recorded run."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from simpy import Event

from hil.board import LinkRow
from hil.logbook import Line
from hil.replay import unsigned
from twin.clock import Ticking
from twin.facts import Component, Limits, Prices, Reading, State
from twin.scenario.hardware import Rows
from twin.simulation import Parts
from twin.simulation.microgrid import Priced, Stateful

Part = TypeVar("Part", bound=Component)


class Off(NamedTuple):
    """How a board differed from its model in a tick: when it obeyed, how long it lived, model less board, its loss."""

    delay_s: float
    length_s: float
    residual_j: float
    loss_j: float


Offs = Mapping[str, Mapping[int, Off]]
"""By component and tick."""


class OffModel(Generic[Part]):
    """A model that is off by what was recorded, and right in the ticks of which nothing was."""

    def __init__(self, model: Part, off: Mapping[int, Off]) -> None:
        self.name = model.name
        self._model = model
        self._off = off
        self._limits = Limits(0.0, 0.0)
        self._before_w = self._power_w = 0.0

    def process(self, env: Ticking, tick: int) -> Generator[Event, None, None]:
        return self._model.process(env, tick)

    def limits(self, tick: int) -> Limits:
        self._limits = self._model.limits(tick)
        return self._limits

    def apply(self, tick: int, power_w: float) -> None:
        self._before_w, self._power_w = self._power_w, power_w
        self._model.apply(tick, power_w)

    def read(self, tick: int) -> Reading:
        model, off = self._model.read(tick), self._off.get(tick)
        return model if off is None else self._measured(model, off)

    def _measured(self, model: Reading, off: Off) -> Reading:
        return Reading(self._energy_j(off), "hardware")

    def _energy_j(self, off: Off) -> float:
        # As in the run itself: of the power before, what this tick allows.
        before_w = self._limits.clip(self._before_w)
        return before_w * off.delay_s + self._power_w * (off.length_s - off.delay_s) - off.residual_j


class OffStorage(OffModel[Stateful]):
    """A storage, whose losses are those recorded too."""

    def holdable(self, length_s: float) -> Limits:
        return self._model.holdable(length_s)

    def state(self) -> State:
        return self._model.state()

    def restore(self, state: State) -> None:
        self._model.restore(state)

    def _measured(self, model: Reading, off: Off) -> Reading:
        energy_j = self._energy_j(off)
        stored_j = model.stored_j + model.energy_j + model.loss_j - energy_j - off.loss_j
        self._model.restore({"stored_j": stored_j})
        return Reading(energy_j, "hardware", stored_j, off.loss_j)


class OffMarket(OffModel[Priced]):
    """A connection to the grid; its prices are right."""

    @property
    def prices(self) -> Prices:
        return self._model.prices


class OffBench:
    """Stands in for the bench of a recorded run."""

    def __init__(self, offs: Offs) -> None:
        self._offs = offs

    def wrap(self, parts: Parts) -> Parts:
        """The parts, each off by what was recorded of it."""

        def off(kind: Any, part: Any) -> Any:
            return kind(part, self._offs[part.name]) if part.name in self._offs else part

        return Parts(
            tuple(off(OffModel, array) for array in parts.solar),
            tuple(off(OffModel, load) for load in parts.loads),
            tuple(off(OffStorage, storage) for storage in parts.storage),
            off(OffMarket, parts.market),
        )

    def rows(self) -> Rows:
        return {}


def recorded_offs(links: Iterable[LinkRow], lines: Iterable[Line], losses_j: Mapping[int, float]) -> Offs:
    """What is known of a run's boards from its links, its lines on the wire, and what its storage lost by tick."""
    lengths_s = dict(lengths(lines))
    offs: dict[str, dict[int, Off]] = {}
    for tick, component, _, _, quality, residual_j, delay_s in links:
        length_s = lengths_s.get((component, tick))
        if quality == "good" and residual_j is not None and delay_s is not None and length_s is not None:
            off = Off(min(delay_s, length_s), length_s, residual_j, losses_j[tick])
            offs.setdefault(component, {})[tick] = off
    return offs


def without_residuals(offs: Offs) -> Offs:
    """Boards that are as late as those, and else do what their models do."""
    return {name: {tick: off._replace(residual_j=0.0) for tick, off in of.items()} for name, of in offs.items()}


def lengths(lines: Iterable[Line]) -> Iterator[tuple[tuple[str, int], float]]:
    """How long each board's ticks were by its own clock [s], by component and tick."""
    for line in lines:
        frame = unsigned(line.line.encode()) if line.way == ">" else None
        if frame is not None and frame.verb == "reading":
            body: dict[str, Any] = frame.body
            yield (line.component, body["tick"]), body["length_ms"] / 1e3
