"""What a house has seen: the last days of each series, as a ring of ticks."""

import numpy as np
from numpy.typing import NDArray

from twin.facts import SERIES, Floats, Forecast, Observation, State
from twin.forecast.packing import packed, unpacked


class History:
    """Remembers `days` days of known values, columns in the order of `SERIES`; older ones make room for new ones."""

    def __init__(self, days: int, ticks_per_day: int, past: Floats) -> None:
        """`past` has shape `(ticks, 4)` and ends with tick -1."""
        self._ring = np.zeros((max(days, 1) * ticks_per_day, len(SERIES)))
        self._ticks_per_day = ticks_per_day
        self._count = 0
        self._last = -1
        past = past[-len(self._ring) :]
        self._ring[np.arange(-len(past), 0) % len(self._ring)] = past
        self._count = len(past)

    def see(self, seen: Observation) -> None:
        """Add the present tick; ticks missed in between are unknown."""
        number = seen.tick.number
        missed = np.arange(max(self._last + 1, number - len(self._ring) + 1), number)
        self._ring[missed % len(self._ring)] = np.nan
        self._ring[number % len(self._ring)] = row(seen)
        self._count = min(self._count + number - self._last, len(self._ring))
        self._last = number

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
