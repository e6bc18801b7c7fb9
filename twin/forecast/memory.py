"""What a learning forecaster knows: what was given to it at the start, and what it has seen since."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from twin.facts import SERIES, Calendar, Floats, Observation, State
from twin.forecast.baseline import Trace
from twin.forecast.history import History, Lately, nothing_told
from twin.forecast.publication import Reach, least_reach, reach_at


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known at the start: the past, `(ticks, 4)` up to tick -1, and which series are published how far ahead.

    `trace` is asked for published values only, `lately` at each tick for what was told of earlier ones meanwhile.
    """

    calendar: Calendar
    past: Floats
    trace: Trace | None = None
    ticks_ahead: Mapping[str, Reach] = field(default_factory=dict)
    lately: Lately = nothing_told

    def reach(self) -> tuple[int, ...]:
        """For how many ticks to come each series is published at any time."""
        return tuple(least_reach(self.ticks_ahead.get(series, 0)) for series in SERIES)

    def reach_at(self, number: int) -> tuple[int, ...]:
        """For how many ticks after `number` each series is published when that begins."""
        return tuple(reach_at(self.ticks_ahead.get(series, 0), number) for series in SERIES)

    def published(self, number: int, ticks: int) -> Floats:
        """What is published of the ticks after `number`, `(ticks, 4)`, NaN where nothing is."""
        ahead = np.full((ticks, len(SERIES)), np.nan)
        for column, reach in enumerate(self.reach_at(number)):
            known = min(reach, ticks)
            if self.trace and known:
                ahead[:known, column] = self.trace(number + 1, number + 1 + known)[:, column]
        return ahead


class Memory:
    """The last `days` days as a window that ends with the present tick."""

    def __init__(self, days: int, knowledge: Knowledge) -> None:
        self._per_day = knowledge.calendar.ticks_per_day
        self._history = History(days, self._per_day, knowledge.past, knowledge.lately)
        self.was_told = False
        """Whether earlier ticks were told since the tick before the present one."""

    def see(self, seen: Observation) -> Floats:
        """Add the present tick; returns the window."""
        self.was_told = self._history.see(seen)
        return self.window()

    def window(self) -> Floats:
        """The days that are known in part, `(days, ticks_per_day, 4)`.

        Its last row is the present tick, its oldest day comes first, and what is unknown is NaN.
        """
        values, known = self._history.same_ticks(self._per_day)
        # The history tells the present tick first, and after it the ticks of the day that has just gone by.
        window = np.roll(np.where(known, values, np.nan), -1, axis=1)[::-1]
        days = np.flatnonzero(known.reshape(len(known), -1).any(axis=1))
        return window[len(window) - 1 - days.max(initial=-1) :]

    def state(self) -> State:
        return self._history.state()

    def restore(self, state: State) -> None:
        self._history.restore(state)
