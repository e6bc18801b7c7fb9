"""What nets and lines are told, in numbers around zero, and what they are to answer: the distance from the climate.

A sample is one tick to predict and how far ahead it lies. All that it holds was known when the forecast was made:
the same tick on the last days and on the same weekday, how the last ticks differed from their climate and what their
pace comes to if it is kept up (half the sun so far, half the sun to come), the phase of day and week, and the values
that are published ahead.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.facts import SERIES, Calendar, Floats
from twin.forecast.climate import Climate

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
FARTHEST = 5.0
"""No input or target lies farther from zero than so many spreads."""
MOST_LESSONS, _MOST_LEADS = 3000, 4
"""So many samples teach, and the same tick is predicted over so many leads."""
_DAY_S, _WEEK = 86_400.0, 7
_GOLDEN = 0.6180339887498949
_FADES = (0.1, 0.4, 0.4)
"""Over such leads, in days, what was recent loses its weight: the present tick twice, and the last half day."""
_PACE_FADE, _PACE_LEAST = 0.5, 0.05
"""So many days a pace is kept up; it is told from at least so many days' worth of the mean."""
_FADING = ("now, soon forgotten", "now", "last half day", "pace")


class Lessons(NamedTuple):
    """Samples of one series in the order of time: inputs `(samples, inputs)` and what came, `(samples,)`."""

    inputs: Floats
    targets: Floats


class View(NamedTuple):
    """What is known of some samples, all in spreads from the climate, NaN where unknown.

    `same` and `recent` are `(kinds, samples, 4)`, `pace`, `ahead` and `level` `(samples, 4)`, `ticks` absolute.
    """

    same: Floats
    recent: Floats
    pace: Floats
    ahead: Floats
    level: Floats
    ticks: Ints


@dataclass(frozen=True, slots=True)
class Inputs:
    """Which inputs there are: `same_days` of them, and for each series that is published ahead (`reach` > 0) one."""

    calendar: Calendar
    same_days: int
    reach: tuple[int, ...]

    @property
    def has_week(self) -> bool:
        return self.calendar.ticks_per_day * self.calendar.tick_s == _DAY_S

    @property
    def names(self) -> tuple[str, ...]:
        days = [f"{k} days ago" for k in range(1, self.same_days + 1)]
        weeks = ["a week ago", "week sin", "week cos"] if self.has_week else []
        ahead = [f"published {series}" for series, reach in zip(SERIES, self.reach, strict=True) if reach]
        phases = ["day sin", "day cos", "half-day sin", "half-day cos"]
        return (*days, *weeks[:1], *_FADING, "level", *ahead, *phases, *weeks[1:])

    @property
    def telling(self) -> Flags:
        """Which of them tell of the last hours or of what is published, and not of other days, `(inputs,)`."""
        return np.array([name in _FADING or name.startswith("published") for name in self.names])

    def stacked(self, view: View) -> Floats:
        """The inputs of each series, `(4, samples, inputs)`; what is unknown is as the climate has it."""
        published = [np.repeat(view.ahead[:, [c]], len(SERIES), axis=1) for c, reach in enumerate(self.reach) if reach]
        own = np.concatenate(
            [view.same, view.recent, view.pace[None], view.level[None], *(column[None] for column in published)]
        )
        phases = np.repeat(self._phases(view.ticks)[:, :, None], len(SERIES), axis=2)
        everything = np.concatenate([np.clip(np.nan_to_num(own, nan=0.0), -FARTHEST, FARTHEST), phases])
        return np.ascontiguousarray(everything.transpose(2, 1, 0))

    def lags(self, leads: Ints) -> Ints:
        """How many ticks back the same ticks lie, `(kinds, samples)`: none of them later than the forecast is made."""
        day = self.calendar.ticks_per_day
        days = -(-leads // day) + np.arange(self.same_days)[:, None]
        weeks = -(-leads // (_WEEK * day))[None] * _WEEK
        return day * (np.concatenate([days, weeks]) if self.has_week else days)

    def _phases(self, ticks: Ints) -> Floats:
        day = self.calendar.ticks_per_day
        angles = [2.0 * np.pi * (ticks % day) / day * k for k in (1, 2)]
        if self.has_week:
            angles.append(2.0 * np.pi * (ticks % (_WEEK * day)) / (_WEEK * day))
        return np.array([wave(angle) for angle in angles for wave in (np.sin, np.cos)])


def outlook(inputs: Inputs, climate: Climate, window: Floats, published: Floats, number: int) -> tuple[Floats, Floats]:
    """The inputs of the ticks after `number`, `(4, ticks, inputs)`, and their climate, `(ticks, 4)`.

    `window` is clean and ends with tick `number`; `published` is `(ticks, 4)` and begins after it.
    """
    rows, per_day = window.reshape(-1, len(SERIES)), window.shape[1]
    before, after = climate.tables(window, 1)
    leads = np.arange(1, len(published) + 1)
    of_day = (leads - 1) % per_day
    expected = after[of_day]
    today, usual = climate.departures(rows[-per_day:], before), climate.in_spreads(before)
    view = View(
        same=climate.departures(_looked_up(rows, len(rows) - 1 + leads - inputs.lags(leads)), expected),
        recent=_faded(_recent(today, per_day)[:, [-1]], leads, per_day),
        pace=_kept_up(_paces(today, usual, per_day)[-1:], climate.in_spreads(expected), leads, per_day),
        ahead=climate.departures(climate.clean(published), expected),
        level=_levels(after)[of_day],
        ticks=inputs.calendar.start_day * per_day + number + leads,
    )
    return inputs.stacked(view), expected


def lessons(inputs: Inputs, climate: Climate, window: Floats, number: int) -> tuple[Lessons, ...]:
    """What a clean window that ends with tick `number` teaches about each series; none from its first days."""
    rows, per_day = window.reshape(-1, len(SERIES)), window.shape[1]
    tables = climate.tables(window, len(window))[:-1]
    expected, levels = tables.reshape(rows.shape), _levels(tables).reshape(rows.shape)
    targets = _chosen(inputs, len(rows))
    leads = 1 + (per_day * _evenly(len(targets)) ** 2).astype(np.int64)
    departures, usual = climate.departures(rows, expected), climate.in_spreads(expected)
    # Before the first day nothing was expected.
    departures[:per_day] = np.nan
    view = View(
        same=climate.departures(_looked_up(rows, targets - inputs.lags(leads)), expected[targets]),
        recent=_faded(_recent(departures, per_day)[:, targets - leads], leads, per_day),
        pace=_kept_up(_paces(departures, usual, per_day)[targets - leads], usual[targets], leads, per_day),
        ahead=np.where(leads[:, None] <= np.array(inputs.reach), departures[targets], np.nan),
        level=levels[targets],
        ticks=inputs.calendar.start_day * per_day + number + 1 - len(rows) + targets,
    )
    # What is published for a whole day needs no learning.
    wanted = np.where(np.array(inputs.reach) < per_day, departures[targets], np.nan)
    return tuple(map(_known, inputs.stacked(view), wanted.T))


def _known(inputs: Floats, targets: Floats) -> Lessons:
    """The samples whose target is known."""
    known = np.isfinite(targets)
    return Lessons(inputs[known], np.clip(targets[known], -FARTHEST, FARTHEST))


def _chosen(inputs: Inputs, rows: int) -> Ints:
    """Rows to learn from, in order: not those of the first days, whose climate is hardly known."""
    days = rows // inputs.calendar.ticks_per_day
    # Where there are weeks, a day without an earlier one of its kind would teach that such days tell nothing.
    first = _WEEK if inputs.has_week and days > _WEEK + 2 else min(2, days - 1)
    start = first * inputs.calendar.ticks_per_day
    repeats = int(np.clip(MOST_LESSONS // (rows - start), 1, _MOST_LEADS))
    chosen = np.repeat(np.arange(start, rows), repeats)
    return chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), MOST_LESSONS)).astype(np.int64)]


def _evenly(count: int) -> Floats:
    """Fractions that spread evenly over [0, 1) in any stretch of them (multiples of the golden ratio)."""
    return np.asarray(np.arange(count) * _GOLDEN % 1.0, dtype=np.float64)


def _looked_up(rows: Floats, indices: Ints) -> Floats:
    """Rows by index, NaN before the first."""
    return np.where(indices[..., None] >= 0, rows[np.maximum(indices, 0)], np.nan)


def _levels(tables: Floats) -> Floats:
    """How high the climate stands within its day, in deviations from the day's mean; `(…, ticks_per_day, 4)`."""
    deviation = tables.std(axis=-2, keepdims=True)
    levels: Floats = (tables - tables.mean(axis=-2, keepdims=True)) / np.where(deviation > 0.0, deviation, 1.0)
    return levels


def _recent(departures: Floats, per_day: int) -> Floats:
    """At each row the departure, twice for it fades in two ways, and its mean over half a day, `(3, rows, 4)`."""
    known = np.nan_to_num(departures, nan=0.0)
    return np.array([known, known, _half_day_sums(known, per_day) / max(1, per_day // 2)])


def _paces(departures: Floats, usual: Floats, per_day: int) -> Floats:
    """At each row, by what part the last half day was more than its climate, -1 to 1, `(rows, 4)`; all in spreads."""
    known = np.isfinite(departures)
    more = _half_day_sums(np.where(known, departures, 0.0), per_day)
    whole = _half_day_sums(np.where(known, np.abs(usual), 0.0), per_day)
    whole += _PACE_LEAST * per_day * np.abs(usual).mean(axis=0)
    paces: Floats = np.clip(more / np.where(whole > 0.0, whole, 1.0), -1.0, 1.0)
    return paces


def _kept_up(paces: Floats, usual: Floats, leads: Ints, per_day: int) -> Floats:
    """What a pace comes to where it is kept up, as it counts for each lead, `(samples, 4)`."""
    kept: Floats = paces * usual * np.exp(-(leads - 1) / max(1.0, _PACE_FADE * per_day))[:, None]
    return kept


def _half_day_sums(values: Floats, per_day: int) -> Floats:
    """At each row the sum over the half day that ends with it, as far as there are rows, `(rows, 4)`."""
    span = max(1, per_day // 2)
    sums = np.concatenate([np.zeros((span, values.shape[1])), np.cumsum(values, axis=0)])
    return np.asarray(sums[span:] - sums[:-span])


def _faded(recent: Floats, leads: Ints, per_day: int) -> Floats:
    """Recent departures as they count for each lead: what just happened is soon forgotten, `(3, samples, 4)`."""
    lengths = np.maximum(1.0, per_day * np.array(_FADES))
    faded: Floats = recent * np.exp(-(leads - 1) / lengths[:, None])[:, :, None]
    return faded
