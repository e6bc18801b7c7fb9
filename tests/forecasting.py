"""Series to forecast, and houses that watch them tick by tick. Values are `(ticks, 4)` in the order of `SERIES`."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.facts import Calendar, Floats, Forecast, Forecaster, Limits, Observation, Prices
from twin.feeds.lab import Lab
from twin.forecast.history import columns
from twin.forecast.memory import Knowledge

LAB_PV_W = 4.6
HOURS = Calendar(3600.0, 24, 25)
NOTHING = Limits(0.0, 0.0)


@dataclass(frozen=True)
class Watched:
    """A series of which the first ticks are past."""

    values: Floats
    past_ticks: int
    calendar: Calendar

    @property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.calendar, self.values[: self.past_ticks])

    def now(self, number: int) -> Observation:
        return observed(number, self.values[self.past_ticks + number])

    def truth(self, number: int, horizon: int) -> Floats:
        start = self.past_ticks + number
        return self.values[start : start + horizon]

    def forecasts(self, forecaster: Forecaster, ticks: int, horizon: int) -> Iterator[tuple[Floats, Floats]]:
        """What was said at each tick of the ticks after it, and what came."""
        for number in range(ticks):
            said = columns(forecaster.predict(self.now(number), horizon))
            yield said[1:], self.truth(number, horizon)[1:]

    def rmse(self, forecaster: Forecaster, ticks: int, horizon: int) -> Floats:
        """Over all ticks and leads, per series."""
        squares = [((said - came) ** 2).mean(axis=0) for said, came in self.forecasts(forecaster, ticks, horizon)]
        return np.sqrt(np.mean(squares, axis=0))


def observed(number: int, values: Floats) -> Observation:
    """What a house sees of a tick, as far as forecasters look at it."""
    import_price, export_price, demand_w, solar_w = map(float, values)
    return Observation(
        tick=HOURS.tick(number),
        ticks_left=1,
        prices=Prices(import_price, export_price),
        solar={"solar": Limits(0.0, solar_w, solar_w)},
        loads={},
        storage=NOTHING,
        market=NOTHING,
        stored_j={},
        tasks=(),
        demand_w=demand_w,
        base_w=(),
        task_room_w=0.0,
    )


def lab(start_day: int, days: int, past_days: int = 20) -> Watched:
    """The lab, and a day more, so that the last forecasts can be judged."""
    calendar = Calendar(5.0, 60, start_day)
    return Watched(lab_values(calendar, -past_days * 60, (days + 1) * 60), past_days * 60, calendar)


def lab_values(calendar: Calendar, start: int, stop: int) -> Floats:
    feed = Lab(calendar)
    series = (feed.import_price, feed.export_price, feed.demand_w, lambda *ticks: LAB_PV_W * feed.sun(*ticks))
    return np.column_stack([values(start, stop) for values in series])


class TrueMean:
    """Says what the lab's generator means for each time of day, told from thousands of other days."""

    name = "true mean"

    def __init__(self) -> None:
        days = lab_values(Calendar(5.0, 60, 900_000), 0, 4000 * 60)
        self._means = days.reshape(-1, 60, 4).mean(axis=0)

    def predict(self, now: Observation, horizon: int) -> Forecast:
        return Forecast(*self._means[(now.tick.number + np.arange(horizon)) % 60].T)


def supply_curve(seed: int, days: int, past_days: int = 56) -> Watched:
    """An hourly price that bends upwards with a load of strong daily and weekly pattern, and that load."""
    ticks = np.arange((days + 1 + past_days) * 24)
    angle, is_weekend = 2.0 * np.pi * (ticks % 24) / 24, ticks // 24 % 7 >= 5
    noise = 0.15 * np.random.default_rng(seed).normal(size=len(ticks))
    load = np.sin(angle - 2.0) + 0.5 * np.sin(2.0 * angle) - is_weekend + noise
    price = 0.05 + 0.08 * np.exp(0.8 * load)
    values = np.column_stack([price, price / 2.0, 1000.0 * (3.0 + load), np.zeros(len(ticks))])
    return Watched(values, past_days * 24, HOURS)


def cloudy(seed: int, days: int, past_days: int = 20) -> Watched:
    """Hourly sun whose clearness is another one on each day, and wavers."""
    random, hours = np.random.default_rng(seed), (days + 1 + past_days) * 24
    clear = np.maximum(np.sin(2.0 * np.pi * np.arange(hours) / 24.0), 0.0)
    clearness = np.repeat(random.uniform(0.2, 1.0, hours // 24), 24) + 0.05 * random.normal(size=hours)
    values = np.zeros((hours, 4))
    values[:, 3] = 4000.0 * clear * np.clip(clearness, 0.0, 1.0)
    return Watched(values, past_days * 24, HOURS)


def noise(seed: int, ticks: int, past_ticks: int, calendar: Calendar) -> Watched:
    """Series with nothing in them."""
    values = np.random.default_rng(seed).uniform(0.0, 1.0, (ticks + past_ticks, 4))
    return Watched(values, past_ticks, calendar)


def is_sound(forecast: Forecast, shape: tuple[int, ...]) -> bool:
    """Whether it has the shape, only finite values, and no negative demand or solar."""
    fields = (forecast.import_price, forecast.export_price, forecast.demand_w, forecast.solar_w)
    finite = all(field.shape == shape and np.isfinite(field).all() for field in fields)
    return finite and min(forecast.demand_w.min(), forecast.solar_w.min()) >= 0.0


def spoilt(kind: str, ticks: int) -> Floats:
    """A past of bad data."""
    values = np.random.default_rng(1).uniform(0.0, 1.0, (ticks, 4))
    holes = np.arange(ticks) % 7 == 3
    match kind:
        case "gaps":
            values[holes] = np.nan
        case "constant":
            values[:] = 0.3
        case "zero":
            values[:] = 0.0
        case "outliers":
            values[holes[:] & (np.arange(ticks) % 5 == 0)] = 1e6
        case "one series unknown":
            values[:, 0] = np.nan
        case "nothing":
            values[:] = math.nan
    return values
