"""What a time of day is like: a mean over days, shrunk towards a smooth day where the days are few and noisy."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from twin.facts import SERIES, Floats
from twin.forecast.packing import packed, unpacked

NEVER_NEGATIVE = np.array([-np.inf, -np.inf, 0.0, 0.0])
"""Prices may be negative, demand and solar may not."""
_HARMONICS = 4
_TAIL, _REACH = 0.02, 3.0
"""A value farther outside of the 2-98 % quantiles than three times their distance is an outlier."""
_SURE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Climate:
    """Each series' believable range and its spread about the time of day; all of shape `(4,)`.

    A window is `(days, ticks_per_day, 4)`, oldest day first, NaN where unknown.
    """

    low: Floats
    high: Floats
    spread: Floats

    @classmethod
    def of(cls, window: Floats) -> Self:
        """The climate of a window; that of a series of which nothing is known is zero."""
        window = np.where(np.isfinite(window).any(axis=(0, 1)), window, 0.0)
        low, high = believable(window.reshape(-1, len(SERIES)))
        clean = np.clip(window, low, high)
        spread = np.sqrt(_variance(clean))
        # What differs by rounding only is steady.
        spread[spread <= 1e-9 * np.nanmax(np.abs(clean), axis=(0, 1))] = 0.0
        return cls(low, high, spread)

    def clean(self, values: Floats) -> Floats:
        """The values with outliers put on the limit of what is believable."""
        return np.clip(values, self.low, self.high)

    def departures(self, clean: Floats, expected: Floats) -> Floats:
        """How many spreads clean values lie from what was expected; zero spread counts as one."""
        return self.in_spreads(clean - expected)

    def in_spreads(self, values: Floats) -> Floats:
        """Values as multiples of their series' spread."""
        multiples: Floats = values / np.where(self.spread > 0.0, self.spread, 1.0)
        return multiples

    def tables(self, clean: Floats, latest: int) -> Floats:
        """The expected day before each of the `latest` last days of a clean window, and after it.

        Returns `(latest + 1, ticks_per_day, 4)`, each told from the days before it only.
        """
        known = np.isfinite(clean)
        sums = np.concatenate([np.zeros((1, *clean.shape[1:])), np.cumsum(np.where(known, clean, 0.0), axis=0)])
        counts = np.concatenate([np.zeros((1, *clean.shape[1:])), np.cumsum(known, axis=0)])
        return _shrunk(sums[-latest - 1 :], counts[-latest - 1 :], self.spread**2)

    def state(self) -> dict[str, Any]:
        return {"low": packed(self.low), "high": packed(self.high), "spread": packed(self.spread)}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Self:
        return cls(unpacked(state["low"]), unpacked(state["high"]), unpacked(state["spread"]))


def believable(values: Floats) -> tuple[Floats, Floats]:
    """The range outside of which a value counts as an outlier, per column of `values`, which may hold NaN."""
    quantile = np.nanquantile if np.isnan(values).any() else np.quantile  # the first is six times as slow
    quantiles: Floats = quantile(values, [_TAIL, 1.0 - _TAIL], axis=0)
    low: Floats = quantiles[0]
    high: Floats = quantiles[1]
    reach = _REACH * (high - low)
    bounds: tuple[Floats, Floats] = low - reach, high + reach
    return bounds


def steady_ticks(clean: Floats) -> NDArray[np.bool_]:
    """Ticks of the day whose value was the same on all of at least three known days, `(ticks_per_day, 4)`."""
    known = np.isfinite(clean)
    lowest, highest = np.where(known, clean, np.inf).min(axis=0), np.where(known, clean, -np.inf).max(axis=0)
    return np.asarray((known.sum(axis=0) >= _SURE_DAYS) & (lowest == highest), dtype=np.bool_)


def _variance(clean: Floats) -> Floats:
    """Each series' variance about its time of day; about its mean where no time of day is known twice."""
    known = np.isfinite(clean)
    counts = known.sum(axis=0)
    means = np.where(known, clean, 0.0).sum(axis=0) / np.maximum(counts, 1)
    squares = np.where(known, (clean - means) ** 2, 0.0).sum(axis=(0, 1))
    freedom = np.maximum(counts - 1, 0).sum(axis=0)
    overall = np.nanvar(clean, axis=(0, 1))
    return np.asarray(np.where(freedom > 0, squares / np.maximum(freedom, 1), overall), dtype=np.float64)


def _shrunk(sums: Floats, counts: Floats, variance: Floats) -> Floats:
    """Means drawn towards their own smooth day as far as noise explains the distance (James and Stein, 1961)."""
    level = sums.sum(axis=-2, keepdims=True) / np.maximum(counts.sum(axis=-2, keepdims=True), 1.0)
    means = np.where(counts > 0, sums / np.maximum(counts, 1.0), level)
    basis = _smooth_days(sums.shape[-2])
    smooth = basis @ (basis.T @ means)
    rough = means - smooth
    noise = (variance / np.maximum(counts, 1.0)).sum(axis=-2) * (1.0 - basis.shape[1] / len(basis))
    roughness = (rough**2).sum(axis=-2)
    kept = np.clip(1.0 - noise / np.where(roughness > 0.0, roughness, np.inf), 0.0, 1.0)
    table: Floats = smooth + kept[..., None, :] * rough
    return table


def _smooth_days(ticks_per_day: int) -> Floats:
    """An orthonormal basis of all days made of a level and a few harmonics, `(ticks_per_day, functions)`."""
    angle = 2.0 * np.pi * np.arange(ticks_per_day) / ticks_per_day
    count = min(_HARMONICS, (ticks_per_day - 1) // 2)
    waves = [wave(angle * k) for k in range(1, count + 1) for wave in (np.sin, np.cos)]
    basis = np.column_stack([np.ones(ticks_per_day), *waves])
    orthonormal: Floats = basis / np.sqrt((basis**2).sum(axis=0))
    return orthonormal
