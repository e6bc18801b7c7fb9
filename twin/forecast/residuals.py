"""The errors that a forecaster has made: joint over the series, tick by tick, and how they grow with the lead."""

import numpy as np
from numpy.typing import NDArray

from twin.facts import SERIES, Floats, State
from twin.forecast.climate import Climate, believable
from twin.forecast.memory import Knowledge, Memory
from twin.forecast.packing import packed, unpacked

_ARRAYS = ("ring", "own", "squares", "said")


class Residuals:
    """The errors of the last `days` days, of forecasts made a day ahead, or as far ahead as forecasts go.

    Until they come, the distances of the past from its own climate stand in for them, and are scaled down as far as
    the forecaster turns out to know better.
    """

    def __init__(self, days: int, knowledge: Knowledge) -> None:
        per_day = knowledge.calendar.ticks_per_day
        self._leads = np.unique(np.minimum(2 ** np.arange(per_day.bit_length() + 1), per_day))
        self._ring = np.full((days * per_day, len(SERIES)), np.nan)
        own = _distances(Memory(days, knowledge).window())
        self._ring[np.arange(-len(own), 0) % len(self._ring)] = own
        self._stands_in = np.ones(len(self._ring), dtype=np.bool_)
        self._own = _mean_squares(own)
        # What stands in counts as one day of errors, the same at every lead.
        self._weight = float(per_day)
        self._squares = np.tile(per_day * self._own, (len(self._leads), 1))
        self._said = np.full((len(self._leads), per_day + 1, len(SERIES)), np.nan)
        self._last = -1
        self._farthest = -1

    def see(self, number: int, came: Floats) -> None:
        """What came at a tick, `(4,)`: the errors of all that was said about it are known now."""
        if number != self._last + 1:
            self._said[:] = np.nan
        self._last = number
        errors = (came - self._said[:, number % self._said.shape[1]])[: self._farthest + 1]
        if len(errors) and np.isfinite(errors).all():
            self._keep(number % len(self._ring), errors)

    def expect(self, values: Floats) -> None:
        """What is said of the present tick and those after it, `(horizon, 4)`."""
        reached = int(np.searchsorted(self._leads, len(values)))
        slots = (self._last + self._leads) % self._said.shape[1]
        self._said[np.arange(len(slots)), slots] = np.nan
        self._said[np.arange(reached), slots[:reached]] = values[self._leads[:reached]]
        self._farthest = reached - 1

    def errors(self) -> Floats:
        """The errors by tick, `(days * ticks_per_day, 4)`, outliers on the limit, and row `t % len` that of tick `t`.

        A tick that is not wholly known is NaN; but where nothing is known at all, no errors are made.
        """
        errors = self._ring.copy()
        better = np.sqrt(_ratio(self._squares[self._farthest], self._weight * self._own))
        errors[self._stands_in] *= np.minimum(better, 1.0)
        known = np.isfinite(errors).all(axis=1)
        if not known.any():
            return np.zeros_like(errors)
        low, high = believable(errors[known])
        return np.where(known[:, None], np.clip(errors, low, high), np.nan)

    def growth(self, leads: NDArray[np.int64]) -> Floats:
        """What share of its last size an error has at each lead, `(leads, 4)`, never falling with the lead."""
        ratios = np.sqrt(_ratio(self._squares[: self._farthest + 1], self._squares[self._farthest]))
        rising = np.maximum.accumulate(np.minimum(ratios, 1.0), axis=0)
        at, logs = np.log(self._leads[: self._farthest + 1]), np.log(leads)
        return np.stack([np.interp(logs, at, column) for column in rising.T], axis=1)

    def state(self) -> State:
        arrays = {name: packed(getattr(self, f"_{name}")) for name in _ARRAYS}
        stands_in = np.flatnonzero(self._stands_in).tolist()
        rest = {"stands_in": stands_in, "weight": self._weight, "last": self._last, "farthest": self._farthest}
        return {**arrays, **rest}

    def restore(self, state: State) -> None:
        for name in _ARRAYS:
            setattr(self, f"_{name}", unpacked(state[name]))
        self._stands_in = np.isin(np.arange(len(self._ring)), state["stands_in"])
        self._weight = float(state["weight"])
        self._last, self._farthest = int(state["last"]), int(state["farthest"])

    def _keep(self, slot: int, errors: Floats) -> None:
        """Add the errors made at each lead, `(leads, 4)`, and forget a little of the older ones."""
        self._ring[slot] = errors[-1]
        self._stands_in[slot] = False
        kept = 1.0 - 1.0 / len(self._ring)
        self._squares *= kept
        self._squares[: len(errors)] += errors**2
        self._weight = self._weight * kept + 1.0


def _distances(window: Floats) -> Floats:
    """How far a window's ticks lie from their climate, in order, `(ticks, 4)`, as wide as those of a day to come."""
    if not len(window):
        return np.zeros((0, len(SERIES)))
    # A series of which nothing is known makes no errors; with NaN in it, the others would make none either.
    window = np.where(np.isfinite(window).any(axis=(0, 1)), window, 0.0)
    climate, days = Climate.of(window), len(window)
    distances = climate.clean(window) - climate.tables(climate.clean(window), 0)[-1]
    # The climate of n days lies nearer to each of them than to a new one.
    wider: Floats = distances.reshape(-1, len(SERIES)) * float(np.sqrt((days + 1) / max(days - 1, 1)))
    return wider


def _mean_squares(distances: Floats) -> Floats:
    """Each series' mean square of what is known, `(4,)`; zero where nothing is."""
    known = np.isfinite(distances)
    squares: Floats = np.where(known, distances, 0.0) ** 2
    means: Floats = squares.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return means


def _ratio(of: Floats, to: Floats) -> Floats:
    """A ratio that is one where there is nothing to compare with."""
    ratio: Floats = np.where(to > 0.0, of / np.where(to > 0.0, to, 1.0), 1.0)
    return ratio
