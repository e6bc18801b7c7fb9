import json

import numpy as np
import pytest
from worlds import seen

from twin.facts import Limits, Prices
from twin.forecast.baseline import KnownAhead, MeanOfDays, Perfect

DAY = 3
PAST = np.array([[day * 10.0 + tick + series for series in range(4)] for day in (1, 2, 3) for tick in range(DAY)])


def trace(start, stop):
    """Demand is the tick's number, and so is all else."""
    return np.repeat(np.arange(start, stop, dtype=float)[:, None], 4, axis=1)


def now(tick=0, value=7.0):
    return seen(tick, prices=Prices(value, value), demand_w=value, solar=Limits(0.0, value, value))


@pytest.mark.parametrize(
    ("days", "import_price"),
    [(1, [7.0, 31.0, 32.0]), (2, [7.0, 26.0, 27.0]), (3, [7.0, 21.0, 22.0]), (9, [7.0, 21.0, 22.0])],
)
def test_the_mean_of_days_is_taken_tick_by_tick(days, import_price):
    forecast = MeanOfDays("mean", days, DAY, PAST).predict(now(), DAY)
    assert forecast.import_price.tolist() == import_price
    assert forecast.solar_w[1:].tolist() == [price + 3.0 for price in import_price[1:]]


def test_without_any_past_the_present_goes_on():
    forecast = MeanOfDays("mean", 2, DAY, np.empty((0, 4))).predict(now(), 2 * DAY)
    assert forecast.demand_w.tolist() == [7.0] * (2 * DAY)


def test_what_was_seen_joins_the_mean():
    forecaster = MeanOfDays("mean", 2, DAY, PAST)
    for tick in range(DAY):
        forecast = forecaster.predict(now(tick, 5.0), DAY + 1)
    assert forecast.import_price.tolist() == [5.0, (5.0 + 30.0) / 2, (5.0 + 31.0) / 2, (5.0 + 32.0) / 2]


def test_a_missed_tick_is_left_out_of_the_mean():
    forecaster = MeanOfDays("mean", 2, DAY, PAST)
    forecaster.predict(now(0), DAY)
    after = forecaster.predict(now(2, 4.0), DAY)
    assert after.import_price.tolist() == [4.0, (7.0 + 30.0) / 2, 31.0]


def test_a_forecaster_is_restored_from_plain_json():
    first, second = MeanOfDays("mean", 2, DAY, PAST), MeanOfDays("mean", 2, DAY, np.empty((0, 4)))
    first.predict(now(0), DAY)
    second.restore(json.loads(json.dumps(first.state())))
    told = [forecaster.predict(now(1, 4.0), 5).demand_w.tolist() for forecaster in (first, second)]
    assert told[0] == told[1]


def test_the_perfect_forecast_is_the_trace():
    assert Perfect(trace).predict(now(4, 4.0), 3).demand_w.tolist() == [4.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("ahead", "import_price"), [(0, [7.0, 31.0, 32.0]), (1, [7.0, 1.0, 32.0]), (9, [7.0, 1.0, 2.0])]
)
def test_published_prices_are_known_some_ticks_ahead_and_nothing_else(ahead, import_price):
    inner = MeanOfDays("mean", 1, DAY, PAST)
    forecast = KnownAhead(inner, trace, {"import_price": ahead}).predict(now(), DAY)
    assert forecast.import_price.tolist() == import_price
    assert forecast.export_price.tolist() == [7.0, 32.0, 33.0]
