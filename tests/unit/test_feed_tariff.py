from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from twin.facts import Calendar
from twin.feeds.tariff import time_of_use

BERLIN = ZoneInfo("Europe/Berlin")
DAY, NIGHT, REST = 3.0, 1.0, 2.0
WEEK = 5 * (360 * [NIGHT] + 960 * [DAY] + 120 * [NIGHT]) + 2 * 1440 * [REST]


def price_at(text: str, zone: ZoneInfo = BERLIN, tick_s: float = 900.0) -> float:
    time_s = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    tick = int(time_s // tick_s)
    return float(time_of_use(Calendar(tick_s, int(86400 / tick_s), 0), zone, WEEK)(tick, tick + 1)[0])


@pytest.mark.parametrize(
    ("utc", "price"),
    [
        ("2023-01-02T04:45", NIGHT),
        ("2023-01-02T05:00", DAY),
        ("2023-07-03T03:45", NIGHT),
        ("2023-07-03T04:00", DAY),
        ("2023-07-03T19:45", DAY),
        ("2023-07-03T20:00", NIGHT),
        ("2023-06-30T21:45", NIGHT),
        ("2023-06-30T22:00", REST),
        ("2023-03-25T22:00", REST),
        ("2023-03-26T21:45", REST),
        ("2023-03-26T22:00", NIGHT),
        ("2023-10-29T22:45", REST),
        ("2023-10-29T23:00", NIGHT),
    ],
)
def test_bands_follow_local_time_and_weekday(utc, price):
    assert price_at(utc) == price


def test_a_tick_has_the_price_of_its_start():
    assert price_at("2023-01-02T05:00", tick_s=7200.0) == NIGHT


def test_zones_off_the_hour_are_kept():
    assert (
        price_at("2023-01-02T00:15", ZoneInfo("Asia/Kathmandu")),
        price_at("2023-01-02T00:00", ZoneInfo("Asia/Kathmandu")),
    ) == (DAY, NIGHT)


def test_a_year_agrees_with_the_clock_tick_by_tick():
    calendar = Calendar(1800.0, 48, 19358)
    prices = time_of_use(calendar, BERLIN, WEEK)(-48, 366 * 48)
    for tick in range(-48, 366 * 48, 7):
        local = datetime.fromtimestamp(calendar.tick(tick).start_s, BERLIN)
        at_work = DAY if 6 <= local.hour < 22 else NIGHT
        assert prices[tick + 48] == (REST if local.weekday() > 4 else at_work)
