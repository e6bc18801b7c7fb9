import numpy as np
import pytest
from msgspec.structs import astuple

from twin.errors import FeedError
from twin.facts import Calendar, Floats, Outside
from twin.feeds.offline import OfflineFeed, constant, no_tasks, start_times_s


def ramp(start: int, stop: int) -> Floats:
    return np.arange(start, stop, dtype=np.float64)


def known_from_ten_to_twenty(start: int, stop: int) -> Floats:
    ticks = ramp(start, stop)
    return np.where((ticks >= 10) & (ticks < 20), ticks, np.nan)


def feed_of(demand_w=ramp, last_tick=None) -> OfflineFeed:
    return OfflineFeed(constant(0.5), demand_w, constant(0.3), constant(0.1), no_tasks, last_tick=last_tick)


@pytest.mark.parametrize("tick", [0, 1, 4095, 4096, 10**7, -1, -4096, -4097])
def test_a_tick_has_the_values_of_its_series(tick):
    assert feed_of().at(tick) == Outside(0.5, float(tick), 0.3, 0.1)


def test_values_cross_blocks_and_agree_with_at():
    feed = feed_of()
    rows = feed.values(-5000, 5000)
    assert rows.shape == (10000, 4)
    assert [tuple(row) for row in rows[::997].tolist()] == [astuple(feed.at(t))[:4] for t in range(-5000, 5000, 997)]


def test_no_ticks_are_no_rows():
    assert feed_of().values(7, 7).shape == (0, 4)


@pytest.mark.parametrize("tick", [10, 19])
def test_known_ticks_beside_unknown_ones_are_answered(tick):
    assert feed_of(known_from_ten_to_twenty).at(tick).demand_w == tick


@pytest.mark.parametrize("tick", [9, 20, 5000])
def test_an_unknown_tick_is_a_feed_error_however_it_is_asked_for(tick):
    feed = feed_of(known_from_ten_to_twenty)
    feed.at(12)
    with pytest.raises(FeedError, match=f"demand_w is not known at tick {tick}"):
        feed.at(tick)
    with pytest.raises(FeedError, match="demand_w"):
        feed.values(tick, tick + 1)


def test_the_rows_kept_do_not_grow():
    feed = feed_of()
    for tick in range(0, 100_000, 1000):
        feed.at(tick)
    assert len(feed._rows) == 4096


def test_start_times_are_the_calendars():
    calendar = Calendar(0.1, 7, 12345)
    times_s = start_times_s(calendar, -10, 10)
    assert times_s.tolist() == [calendar.tick(t).start_s for t in range(-10, 10)]


def test_the_tick_after_a_run_is_answered_as_its_last_and_no_further_one():
    feed = feed_of(known_from_ten_to_twenty, last_tick=19)
    assert feed.at(20) == feed.at(19)
    with pytest.raises(FeedError, match="demand_w is not known at tick 21"):
        feed.at(21)
