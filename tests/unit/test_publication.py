from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.facts import Calendar
from twin.forecast.memory import Knowledge
from twin.forecast.publication import DayAhead

BERLIN = ZoneInfo("Europe/Berlin")
JUNE = Calendar(3600.0, 24, 19877)  # from 2024-06-03T00:00Z, which is 02:00 in Berlin
AT_ONE = DayAhead(JUNE, BERLIN, 13 * 60)


def last_known(tick: int, published: DayAhead = AT_ONE) -> str:
    """The local time at which the last tick begins whose price is known."""
    start_s = published.calendar.tick(tick + published(tick)).start_s
    return datetime.fromtimestamp(start_s, published.timezone).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("tick", "until"), [(0, "03 23:00"), (10, "03 23:00"), (11, "04 23:00"), (21, "04 23:00"), (22, "04 23:00")]
)
def test_the_next_days_prices_are_known_from_the_hour_of_publication_on(tick, until):
    assert last_known(tick) == until


@pytest.mark.parametrize("day", ["2024-03-30", "2024-10-26"])
def test_a_local_day_may_have_23_or_25_hours(day):
    start_day = (datetime.fromisoformat(day) - datetime(1970, 1, 1)).days
    known = DayAhead(Calendar(900.0, 96, start_day), BERLIN, 13 * 60)
    assert last_known(13 * 4, known) == f"{int(day[-2:]) + 1} 23:45"


def test_at_any_time_the_least_is_known():
    assert min(AT_ONE(tick) for tick in range(48)) >= AT_ONE.least > 8


def test_knowledge_tells_what_is_published_when():
    values = np.arange(96.0)[:, None].repeat(4, axis=1)
    knowledge = Knowledge(JUNE, values[:0], lambda a, b: values[a:b], {"import_price": AT_ONE})
    for tick, known in ((10, 11), (11, 34)):
        published = knowledge.published(tick, 40)
        assert np.isfinite(published[:, 0]).sum() == known
        assert published[0].tolist()[0] == tick + 1
        assert np.isnan(published[:, 1:]).all()
