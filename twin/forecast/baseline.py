"""Baselines: yesterday again, the mean of some days, and the truth."""

from collections.abc import Callable, Mapping

import numpy as np

from twin.facts import SERIES, Floats, Forecast, Forecaster, Memoryless, Observation, State
from twin.forecast.history import History, Lately, columns, forecast_of, nothing_told, row
from twin.forecast.publication import Reach, reach_at

Trace = Callable[[int, int], Floats]
"""True values of ticks `start <= t < stop`, shape `(ticks, 4)` in the order of `SERIES`."""


class MeanOfDays:
    """The mean of the same tick of the last `days` days, or of as many as were seen; the present value where none.

    Where a tick was missed on all of these, that of a day earlier counts.
    """

    def __init__(self, name: str, days: int, ticks_per_day: int, past: Floats, lately: Lately = nothing_told) -> None:
        self.name = name
        self._days = days
        self._history = History(days + 1, ticks_per_day, past, lately)

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        self._history.see(seen)
        values, known = self._history.same_ticks(horizon)
        missed = ~known[: self._days].any(axis=0)
        counted = np.concatenate([known[: self._days], known[self._days :] & missed])
        days = counted.sum(axis=0)
        sums = np.where(counted, values, 0.0).sum(axis=0)
        mean = np.where(days > 0, sums / np.maximum(days, 1), row(seen))
        return forecast_of(mean, seen)

    def state(self) -> State:
        return self._history.state()

    def restore(self, state: State) -> None:
        self._history.restore(state)


class Perfect(Memoryless):
    """Knows what will come; a bound, not a forecaster."""

    name = "perfect"

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        number = seen.tick.number
        return forecast_of(self._trace(number, number + horizon), seen)


class KnownAhead:
    """Another forecaster's word, except for series that are published some ticks ahead."""

    def __init__(self, inner: Forecaster, trace: Trace, ticks_ahead: Mapping[str, Reach]) -> None:
        self.name = inner.name
        self._inner = inner
        self._trace = trace
        self._ticks_ahead = {SERIES.index(series): reach for series, reach in ticks_ahead.items()}

    def predict(self, seen: Observation, horizon: int) -> Forecast:
        values = columns(self._inner.predict(seen, horizon))
        number = seen.tick.number
        for column, reach in self._ticks_ahead.items():
            known = min(reach_at(reach, number) + 1, horizon)
            values[:known, column] = self._trace(number, number + known)[:, column]
        return forecast_of(values, seen)

    def state(self) -> State:
        return self._inner.state()

    def restore(self, state: State) -> None:
        self._inner.restore(state)
