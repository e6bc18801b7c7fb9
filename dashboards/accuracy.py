"""How good a run's forecasts were, from what it said in each tick and what then came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.facts import SERIES, Floats
from twin.forecast.skill import mae, rmse, skill
from twin.runs.rows import Row

EXACT = 1e-9
"""An error that is none, but for the last digits."""


@dataclass(frozen=True, slots=True)
class Told:
    """One series: what was said in `ticks`, of which `mean`, `low`, `high` have shape `(ticks, horizon)`.

    Index 0 of a row is the tick itself, which is exact: what came. What was not said is NaN; `low` and `high` are
    None where the forecaster gives one value only.
    """

    series: str
    ticks: Floats
    mean: Floats
    low: Floats | None
    high: Floats | None

    @property
    def came(self) -> Floats:
        """What came in each of `ticks`."""
        return self.mean[:, 0]

    @property
    def horizon(self) -> int:
        return int(self.mean.shape[1])

    def ahead(self, ticks: int) -> tuple[Floats, Floats, Floats]:
        """For every row, what had been said that many ticks before: mean, low, high; NaN where nothing was."""
        return self._moved(self.mean, ticks), self._moved(self.low, ticks), self._moved(self.high, ticks)

    def _moved(self, values: Floats | None, ticks: int) -> Floats:
        """Column `ticks`, each value at the row of the tick it speaks of."""
        found = np.full(len(self.ticks), np.nan)
        if values is None or ticks >= values.shape[1]:
            return found
        targets = self.ticks + ticks
        place = np.searchsorted(self.ticks, targets)
        inside = place < len(self.ticks)
        inside[inside] = self.ticks[place[inside]] == targets[inside]
        found[place[inside]] = values[inside, ticks]
        return found


def told(rows: Sequence[Row], series: str) -> Told | None:
    """One series out of the rows of the table `forecast`; None where it has none."""
    rows = [row for row in rows if row[1] == series]
    if not rows:
        return None
    horizon = max(len(row[2]) for row in rows)
    ticks = np.array([row[0] for row in rows], dtype=np.float64)
    banded = any(row[3] is not None for row in rows)
    mean, low, high = (_stacked([row[place] for row in rows], horizon) for place in (2, 3, 4))
    return Told(series, ticks, mean, low if banded else None, high if banded else None)


def untold(series: str, tick: int, horizon: int) -> Told:
    """Where nothing was said of a series in a tick."""
    return Told(series, np.array([float(tick)]), np.full((1, horizon), np.nan), None, None)


def _stacked(arrays: Sequence[Floats | None], horizon: int) -> Floats:
    table = np.full((len(arrays), horizon), np.nan)
    for row, array in zip(table, arrays, strict=True):
        if array is not None:
            row[: len(array)] = array
    return table


def errors_by_tick_of_day(of: Told, ahead: int, ticks_per_day: int) -> tuple[Floats, Floats]:
    """Ticks of the day, and the mean absolute error of what was said `ahead` ticks before."""
    errors = np.abs(of.ahead(ahead)[0] - of.came)
    known = np.isfinite(errors)
    of_day = (of.ticks[known] % ticks_per_day).astype(np.int64)
    counts = np.bincount(of_day, minlength=ticks_per_day)
    sums = np.bincount(of_day, weights=errors[known], minlength=ticks_per_day)
    some = counts > 0
    return np.flatnonzero(some).astype(np.float64), sums[some] / counts[some]


@dataclass(frozen=True, slots=True)
class Skill:
    """How far off one series was, `ahead` ticks before; `skill` is against saying that nothing changes."""

    series: str
    ahead: int
    rmse: float
    mae: float
    skill: float | None
    covered: float | None

    @property
    def is_exact(self) -> bool:
        return self.rmse <= EXACT


def skills(rows: Sequence[Row], aheads: Sequence[int]) -> list[Skill]:
    """A line per series and lead time that can be judged."""
    all_told = [of for series in SERIES if (of := told(rows, series))]
    return [line for of in all_told for ahead in aheads if (line := skill_of(of, ahead))]


def skill_of(of: Told, ahead: int) -> Skill | None:
    """None where nothing was said so long before anything that came."""
    said, came = _pairs(of, ahead)
    if not len(said):
        return None
    held = _held(of, ahead)
    known = np.isfinite(of.ahead(ahead)[0])
    reference = rmse(held[known], came)
    error = rmse(said, came)
    return Skill(of.series, ahead, error, mae(said, came), skill(error, reference), _covered(of, ahead))


def _pairs(of: Told, ahead: int) -> tuple[Floats, Floats]:
    said = of.ahead(ahead)[0]
    known = np.isfinite(said)
    return said[known], of.came[known]


def _held(of: Told, ahead: int) -> Floats:
    """What one would have said `ahead` ticks before if nothing ever changed."""
    still = np.repeat(of.mean[:, :1], of.horizon, axis=1)
    return Told(of.series, of.ticks, still, None, None).ahead(ahead)[0]


def _covered(of: Told, ahead: int) -> float | None:
    """The share of ticks that came within the band."""
    _, low, high = of.ahead(ahead)
    known = np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return None
    came = of.came[known]
    # What was said exactly lies in a band without width, but for the last digits.
    slack = 1e-9 * np.maximum(1.0, np.abs(came))
    return float(np.mean((low[known] - slack <= came) & (came <= high[known] + slack)))
