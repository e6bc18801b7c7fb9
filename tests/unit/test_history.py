import json

import numpy as np
import pytest
from worlds import seen

from twin.facts import Prices
from twin.forecast.history import History, Told, forecast_of, row

DAY = 3


def told(history):
    """What it knows of the next day's same ticks: import prices, latest day first, None where unknown."""
    values, known = history.same_ticks(DAY + 1)
    rows = zip(values[:, 1:, 0].tolist(), known[:, 1:, 0].tolist(), strict=True)
    return [[value if is_known else None for value, is_known in zip(*day, strict=True)] for day in rows]


def watched(days, past_ticks, ticks):
    """A history of a series whose value is 100 + its tick."""
    past = np.repeat(np.arange(100.0 - past_ticks, 100.0)[:, None], 4, axis=1)
    history = History(days, DAY, past)
    for tick in ticks:
        history.see(seen(tick, prices=Prices(100.0 + tick, 0.0)))
    return history


@pytest.mark.parametrize(
    ("past_ticks", "ticks", "days"),
    [
        (5, [0], [[98.0, 99.0, 100.0], [95.0, 96.0, 97.0]]),
        (4, [0], [[98.0, 99.0, 100.0], [None, 96.0, 97.0]]),
        (99, [0, 1], [[99.0, 100.0, 101.0], [96.0, 97.0, 98.0]]),
        (0, [0], [[None, None, 100.0], [None, None, None]]),
        (0, [0, 1, 2, 3], [[101.0, 102.0, 103.0], [None, None, 100.0]]),
        (6, [0, 2], [[100.0, None, 102.0], [97.0, 98.0, 99.0]]),
    ],
    ids=["two days", "not quite two days", "more than is kept", "cold", "warming up", "a missed tick"],
)
def test_it_knows_the_same_ticks_of_the_last_days(past_ticks, ticks, days):
    assert told(watched(2, past_ticks, ticks)) == days


def test_what_the_past_does_not_say_is_not_known():
    values, known = History(1, DAY, np.array([[1.0, np.nan, 2.0, 3.0]])).same_ticks(2)
    assert known[0, 1].tolist() == [False] * 4
    assert np.isfinite(values).all()


def test_what_is_told_afterwards_fills_what_was_missed_and_nothing_else():
    told_later = Told(0, np.full((DAY, 4), 7.0))
    history = History(2, DAY, np.zeros((0, 4)), lambda: told_later)
    assert [history.see(seen(tick, prices=Prices(100.0 + tick, 0.0))) for tick in (1, 3)] == [True, False]
    assert told(history) == [[101.0, None, 103.0], [None, None, 7.0]]


def test_beyond_a_day_the_same_day_comes_again():
    values, _ = watched(2, 6, [0]).same_ticks(2 * DAY + 1)
    assert values[0, 1 : DAY + 1].tolist() == values[0, DAY + 1 :].tolist()


def test_a_history_is_restored_from_plain_json_to_the_last_bit():
    first, second = watched(2, 6, [0, 1]), watched(2, 0, [])
    second.restore(json.loads(json.dumps(first.state())))
    for history in (first, second):
        history.see(seen(2, prices=Prices(0.1 + 0.2, 0.0)))
    assert second.state() == first.state()


def test_a_forecasts_first_tick_is_as_it_is():
    now = seen(demand_w=2.0)
    forecast = forecast_of(np.zeros((3, 4)), now)
    first = (forecast.import_price[0], forecast.export_price[0], forecast.demand_w[0], forecast.solar_w[0])
    assert first == row(now) == (0.3, 0.1, 2.0, 0.0)
    assert forecast.demand_w.tolist() == [2.0, 0.0, 0.0]
