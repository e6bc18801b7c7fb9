"""The lab's public server, number for number: sun, demand, prices and tasks of any day."""

import math
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from twin.errors import ScenarioError
from twin.facts import Calendar, Floats, Task
from twin.feeds.twister import first_gauss

TICKS_PER_DAY = 60
_CENT = 0.01
PRICE_CEILING = 2.82
"""No price is higher, in money per J: gauss() stays below sqrt(2·53·ln 2), so 10 + 100 + 20 × 8.58 ct/J."""
_DRAWS = 10_000
_SUNRISE, _DAYLIGHT = 15, 30
_BASE_TICKS, _BASE_POINTS = (0, 10, 20, 50, 60), (25, 25, 100, 100, 25)
_TASK_RANGES = (
    ((0, 0), (59, 59), (50, 50)),
    ((40, 50), (59, 59), (20, 40)),
    ((0, 70), (30, 59), (10, 50)),
)
_SHORTEST_WINDOW = 10


class Lab:
    """The server's generator on a calendar of 60 ticks a day; its series are those of an `OfflineFeed`."""

    def __init__(self, calendar: Calendar) -> None:
        if calendar.ticks_per_day != TICKS_PER_DAY:
            raise ScenarioError(
                "lab feed", f"{calendar.ticks_per_day} ticks a day", f"the lab's day has {TICKS_PER_DAY}"
            )
        self._calendar = calendar
        self._sun_percent = np.array([_sun_percent(t) for t in range(TICKS_PER_DAY)], dtype=np.float64)
        self._base_points = np.trunc(np.interp(np.arange(TICKS_PER_DAY), _BASE_TICKS, _BASE_POINTS))
        # Demand and both prices of a block come from the same noise, asked for one after the other.
        self._noise = lru_cache(maxsize=1)(self._computed_noise)

    def sun(self, start: int, stop: int) -> Floats:
        """Fraction of rated solar power."""
        return self._sun_percent[self._of_day(start, stop)] / 100.0

    def demand_w(self, start: int, stop: int) -> Floats:
        """Base demand in W."""
        base = self._base_points[self._of_day(start, stop)]
        return demand_w(base, self._noise(start, stop))

    def import_price(self, start: int, stop: int) -> Floats:
        """What the house pays, in money (not cents) per J."""
        return self._sell_price_ct(start, stop) * _CENT

    def export_price(self, start: int, stop: int) -> Floats:
        """What the house gets, in money (not cents) per J."""
        return export_price_ct(self._sell_price_ct(start, stop)) * _CENT

    def tasks(self, day: int) -> tuple[Task, ...]:
        """The three flexible tasks of an absolute day."""
        midnight = self._calendar.midnight(day)
        return tuple(
            Task(f"task{i}", midnight, midnight + start, midnight + end, energy_j)
            for i, (start, end, energy_j) in enumerate(_windows(day), 1)
        )

    def _sell_price_ct(self, start: int, stop: int) -> Floats:
        of_day = self._of_day(start, stop)
        scarcity = self._base_points[of_day] - self._sun_percent[of_day]
        return import_price_ct(scarcity, self._noise(start, stop))

    def mean_day(self) -> Floats:
        """What import price, export price and demand are on the mean of all days, `(60, 3)`.

        For judging forecasts only: a house cannot know it.
        """
        noise = np.array([NormalDist().inv_cdf((i + 0.5) / _DRAWS) for i in range(_DRAWS)])
        base = self._base_points[:, None]
        import_ct = import_price_ct(base - self._sun_percent[:, None], noise)
        values = (import_ct * _CENT, export_price_ct(import_ct) * _CENT, demand_w(base, noise))
        return np.stack([value.mean(axis=1) for value in values], axis=1)

    def _of_day(self, start: int, stop: int) -> NDArray[np.int64]:
        return np.arange(start, stop) % TICKS_PER_DAY

    def _computed_noise(self, start: int, stop: int) -> Floats:
        first_seed = self._calendar.start_day * TICKS_PER_DAY
        return first_gauss(np.arange(first_seed + start, first_seed + stop))


def demand_w(base_points: Floats, noise: Floats) -> Floats:
    """Base demand in W."""
    watts: Floats = np.maximum(0.0, 0.02 * base_points + noise)
    return watts


def import_price_ct(scarcity: Floats, noise: Floats) -> Floats:
    """What the grid sells at, in ct/J."""
    price: Floats = np.maximum(10.0, np.trunc(10.0 + scarcity + 20.0 * noise))
    return price


def export_price_ct(import_ct: Floats) -> Floats:
    """What the grid buys at, in ct/J."""
    price: Floats = np.trunc(import_ct / 2)
    return price


def _sun_percent(of_day: int) -> int:
    if not _SUNRISE <= of_day < _SUNRISE + _DAYLIGHT:
        return 0
    return int(100 * math.sin(math.pi * (of_day - _SUNRISE) / _DAYLIGHT))


def _windows(day: int) -> Iterator[tuple[int, int, float]]:
    """Start, end and energy of a day's tasks, in the order in which the server draws them."""
    random = Random(day)
    for starts, ends, energies_j in _TASK_RANGES:
        start, end = random.randint(*starts), random.randint(*ends)
        energy_j = random.uniform(*energies_j)
        if end - start < _SHORTEST_WINDOW:
            if start + _SHORTEST_WINDOW >= TICKS_PER_DAY:
                start = end - _SHORTEST_WINDOW
            else:
                end = start + _SHORTEST_WINDOW
        yield start, end, energy_j
