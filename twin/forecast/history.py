"""What a house has seen: the last days of each series, as a ring of ticks."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.facts import SERIES, Floats, Forecast, Observation, State
from twin.forecast.packing import packed, unpacked


class Told(NamedTuple):
    """What was told of ticks when they were over: from tick `first` on, `(ticks, 4)`, NaN where it was not."""

    first: int
    values: Floats

    def before(self, other: "Told") -> "Told":
        """What both tell, and this where both do."""
        first = min(self.first, other.first)
        stop = max(told.first + len(told.values) for told in (self, other))
        values = np.full((stop - first, len(SERIES)), np.nan)
        for told in (other, self):
            held = values[told.first - first :][: len(told.values)]
            held[:] = np.where(np.isfinite(told.values), told.values, held)
        return Told(first, values)


Lately = Callable[[], Told | None]
"""What was told last of ticks that are over."""


def nothing_told() -> None:
    """All is known when its tick begins."""


class History:
    """Remembers `days` days of known values, columns in the order of `SERIES`; older ones make room for new ones."""

    def __init__(self, days: int, ticks_per_day: int, past: Floats, lately: Lately = nothing_told) -> None:
        """`past` has shape `(ticks, 4)` and ends with tick -1; `lately` is asked at each tick."""
        self._ring = np.full((max(days, 1) * ticks_per_day, len(SERIES)), np.nan)
        self._lately = lately
        self._told: Told | None = None
        self._ticks_per_day = ticks_per_day
        self._count = 0
        self._last = -1
        past = past[-len(self._ring) :]
        self._ring[np.arange(-len(past), 0) % len(self._ring)] = past
        self._count = len(past)

    def see(self, seen: Observation) -> bool:
        """Add the present tick; ticks missed in between are unknown until they are told.

        Returns whether ticks have been told since the last one was added.
        """
        number = seen.tick.number
        missed = np.arange(max(self._last + 1, number - len(self._ring) + 1), number)
        self._ring[missed % len(self._ring)] = np.nan
        self._ring[number % len(self._ring)] = row(seen)
        self._count = min(self._count + number - self._last, len(self._ring))
        self._last = number
        return self._listen()

    def same_ticks(self, horizon: int) -> tuple[Floats, NDArray[np.bool_]]:
        """The same tick of earlier days, latest first, and which of them are known: both `(days, horizon, 4)`."""
        ahead = np.arange(horizon)
        latest = self._last + ahead - self._ticks_per_day * -(-ahead // self._ticks_per_day)
        back = np.arange(len(self._ring) // self._ticks_per_day)[:, None] * self._ticks_per_day
        ticks = latest[None, :] - back
        values = self._ring[ticks % len(self._ring)]
        known = (ticks > self._last - self._count)[:, :, None] & np.isfinite(values)
        return np.where(known, values, 0.0), known

    def state(self) -> State:
        return {"ring": packed(self._ring), "count": self._count, "last": self._last}

    def restore(self, state: State) -> None:
        self._ring = unpacked(state["ring"])
        self._count, self._last = int(state["count"]), int(state["last"])

    def _listen(self) -> bool:
        """Fill what is unknown with what was told last; told again, it changes nothing."""
        told = self._lately()
        if told is None or told is self._told:
            return False
        self._told = told
        ticks = np.arange(told.first, told.first + len(told.values))
        remembered = (ticks > self._last - len(self._ring)) & (ticks <= self._last)
        rows = ticks[remembered] % len(self._ring)
        held = self._ring[rows]
        self._ring[rows] = np.where(np.isfinite(held), held, told.values[remembered])
        if remembered.any():
            self._count = max(self._count, self._last - int(ticks[remembered][0]) + 1)
        return True


def row(seen: Observation) -> tuple[float, float, float, float]:
    """The present tick's values in the order of `SERIES`."""
    return seen.prices.import_price, seen.prices.export_price, seen.demand_w, seen.available_w


def columns(forecast: Forecast) -> Floats:
    """A forecast as `(horizon, 4)`, sample paths as `(paths, horizon, 4)`, in the order of `SERIES`."""
    return np.stack([forecast.import_price, forecast.export_price, forecast.demand_w, forecast.solar_w], axis=-1)


def forecast_of(values: Floats, seen: Observation) -> Forecast:
    """A forecast from expected values of shape `(horizon, 4)`, the present tick put in as it is."""
    values = values.copy()
    values[0] = row(seen)
    return Forecast(*values.T)
