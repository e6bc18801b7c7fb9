"""Forecasters that learn how the coming ticks will differ from their climate, on the past only, now and then."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from twin.facts import Floats, Forecast, Observation, State
from twin.forecast.climate import NEVER_NEGATIVE, Climate, steady_ticks
from twin.forecast.history import forecast_of
from twin.forecast.inputs import Inputs, Lessons, lessons, outlook
from twin.forecast.memory import Knowledge, Memory

_DAYS_TO_LEARN = 3


@dataclass(frozen=True, slots=True)
class Habits:
    """How many days are remembered, how many same ticks are looked at, and how often learning comes again."""

    history_days: int = 28
    same_days: int = 3
    retrain_ticks: int | None = None
    """After so many ticks; after a day where None."""


class Learner(Protocol):
    """What can learn from samples and answer for new ones."""

    def learn(self, lessons: tuple[Lessons, ...], tick: int) -> None:
        """Learn anew from the samples of each series, at a tick."""

    def answers(self, inputs: Floats) -> Floats:
        """Departures from the climate, `(4, samples)`, for inputs `(4, samples, inputs)`."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Learned:
    """The climate, and what a learner adds to it; the climate alone until there are some days to learn from."""

    def __init__(self, name: str, habits: Habits, knowledge: Knowledge, learner: Learner) -> None:
        self.name = name
        self._knowledge = knowledge
        self._learner = learner
        self._memory = Memory(habits.history_days, knowledge)
        self._inputs = Inputs(knowledge.calendar, habits.same_days, knowledge.reach())
        self._retrain_ticks = habits.retrain_ticks or knowledge.calendar.ticks_per_day
        self._climate: Climate | None = None
        self._due = 0

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        window, number = self._memory.see(seen), seen.tick.number
        climate = self._fitted(window, number)
        clean = climate.clean(window)
        published = self._knowledge.published(number, horizon - 1)
        inputs, expected = outlook(self._inputs, climate, clean, published, number)
        change = self._learner.answers(inputs).T * climate.spread
        of_day = np.arange(horizon - 1) % len(clean[0])
        change[steady_ticks(clean)[of_day]] = 0.0
        values = np.maximum(climate.clean(expected + change), NEVER_NEGATIVE)
        return forecast_of(np.vstack([values[:1], values]) if horizon > 1 else np.zeros((1, 4)), seen)

    def study(self) -> None:
        """Learn from the past before the first tick, as far as there is one."""
        window = self._memory.window()
        if len(window) >= _DAYS_TO_LEARN:
            self._teach(Climate.of(window), window, -1)

    def state(self) -> State:
        climate = self._climate.state() if self._climate else None
        learner = self._learner.state()
        return {"memory": self._memory.state(), "climate": climate, "due": self._due, "learner": learner}

    def restore(self, state: State) -> None:
        self._memory.restore(state["memory"])
        self._climate = Climate.restored(state["climate"]) if state["climate"] else None
        self._due = int(state["due"])
        self._learner.restore(state["learner"])

    def _fitted(self, window: Floats, number: int) -> Climate:
        """The climate; fitted anew, and the learner taught, when it is time."""
        is_due = number >= self._due or self._memory.was_told
        if self._climate is None or is_due or len(window) < _DAYS_TO_LEARN:
            self._climate = Climate.of(window)
        if is_due:
            self._due = number + self._retrain_ticks
            if len(window) >= _DAYS_TO_LEARN:
                self._teach(self._climate, window, number)
        return self._climate

    def _teach(self, climate: Climate, window: Floats, number: int) -> None:
        self._learner.learn(lessons(self._inputs, climate, climate.clean(window), number), number)
