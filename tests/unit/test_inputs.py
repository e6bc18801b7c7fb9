import numpy as np
import pytest
from forecasting import HOURS, noise

from twin.facts import Calendar
from twin.forecast.climate import Climate, steady_ticks
from twin.forecast.inputs import FARTHEST, MOST_LESSONS, Inputs, lessons, outlook
from twin.forecast.memory import Memory

NONE_AHEAD = (0, 0, 0, 0)
LAB = Calendar(5.0, 60, 0)


def looked(inputs, days, ticks_ahead=5, seed=1):
    """The climate and clean window of random days, and the inputs of the next ticks."""
    watched = noise(seed, 0, days * inputs.calendar.ticks_per_day, inputs.calendar)
    window = Memory(days, watched.knowledge).window()
    climate = Climate.of(window)
    clean = climate.clean(window)
    return climate, clean, outlook(inputs, climate, clean, np.full((ticks_ahead, 4), np.nan), -1)


@pytest.mark.parametrize(
    ("calendar", "reach", "count"), [(LAB, NONE_AHEAD, 12), (HOURS, NONE_AHEAD, 15), (HOURS, (24, 24, 0, 0), 17)]
)
def test_every_input_has_a_name(calendar, reach, count):
    inputs = Inputs(calendar, 3, reach)
    assert len(inputs.names) == len(set(inputs.names)) == count
    _, _, (known, expected) = looked(inputs, 3)
    assert known.shape == (4, 5, count)
    assert expected.shape == (5, 4)


@pytest.mark.parametrize("calendar", [LAB, HOURS], ids=["lab", "hours"])
def test_same_ticks_are_looked_up_where_they_lie(calendar):
    inputs, per_day = Inputs(calendar, 2, NONE_AHEAD), calendar.ticks_per_day
    climate, clean, (known, expected) = looked(inputs, 9, ticks_ahead=per_day + 1)
    rows = clean.reshape(-1, 4)
    for lead, back in ((1, 1), (per_day, 1), (per_day + 1, 2)):
        yesterday = rows[len(rows) - 1 + lead - back * per_day]
        departure = (yesterday - expected[lead - 1]) / climate.spread
        assert known[:, lead - 1, 0] == pytest.approx(departure)


@pytest.mark.parametrize("calendar", [LAB, HOURS], ids=["lab", "hours"])
@pytest.mark.parametrize("lead", [1, 7, 24, 60, 24 * 7, 24 * 7 + 1, 500])
def test_no_input_lies_later_than_the_forecast(calendar, lead):
    lags = Inputs(calendar, 3, NONE_AHEAD).lags(np.array([lead]))
    assert (lags >= lead).all()
    assert (lags % calendar.ticks_per_day == 0).all()


def test_what_just_happened_fades_with_the_lead():
    inputs = Inputs(LAB, 0, NONE_AHEAD)
    _, _, (known, _) = looked(inputs, 4, ticks_ahead=60)
    now = np.abs(known[:, :, inputs.names.index("now, soon forgotten")])
    assert (np.diff(now, axis=1) < 0.0).all()
    assert (now[:, -1] < 1e-3 * now[:, 0]).all()


def test_half_the_sun_so_far_is_a_pace_of_minus_a_half_and_nothing_at_night():
    day = np.clip(np.sin(2.0 * np.pi * np.arange(24) / 24.0), 0.0, None)
    window = np.tile(day[:, None], (40, 1, 4)) * np.random.default_rng(1).uniform(0.8, 1.2, (40, 1, 1))
    window[-1] *= 0.5
    rows = np.vstack([np.zeros((18, 4)), window.reshape(-1, 4)[:-18]]).reshape(window.shape)  # now it is noon
    climate, inputs = Climate.of(rows), Inputs(HOURS, 0, NONE_AHEAD)
    known, expected = outlook(inputs, climate, climate.clean(rows), np.full((12, 4), np.nan), -1)
    pace = known[3, :, inputs.names.index("pace")] * climate.spread[3] / np.where(expected[:, 3] > 0.1, 1.0, np.inf)
    assert (pace[:5] < -0.25 * expected[:5, 3] * np.exp(-np.arange(5) / 12.0)).all()
    assert (pace[6:] == 0.0).all()


@pytest.mark.parametrize("days", [3, 9, 12, 70])
def test_lessons_are_bounded_in_number_and_size(days):
    inputs = Inputs(HOURS, 3, NONE_AHEAD)
    climate, clean, _ = looked(inputs, days)
    taught = lessons(inputs, climate, clean, -1)
    assert len(taught) == 4
    for lesson in taught:
        assert 0 < len(lesson.targets) == len(lesson.inputs) <= MOST_LESSONS
        assert max(np.abs(lesson.inputs).max(), np.abs(lesson.targets).max()) <= FARTHEST


def test_a_published_series_is_an_input_as_far_as_it_is_published():
    inputs = Inputs(LAB, 0, (2, 0, 0, 0))
    climate, clean, (unknown, expected) = looked(inputs, 4, ticks_ahead=3)
    published = np.array([[0.9, np.nan, np.nan, np.nan]] * 2 + [[np.nan] * 4])
    known, _ = outlook(inputs, climate, clean, published, -1)
    column = inputs.names.index("published import_price")
    departure = (0.9 - expected[:2, 0]) / climate.spread[0]
    assert known[2, :, column] == pytest.approx([*departure, 0.0])
    assert (unknown[:, :, column] == 0.0).all()


def test_a_climate_of_few_noisy_days_is_smoother_than_their_mean_and_one_of_many_is_their_mean():
    random, day = np.random.default_rng(1), np.repeat([0.0, 5.0], 30)[:, None] * np.ones(4)
    for days, nearest in ((3, 0.0), (2000, 1.0)):
        window = random.normal(size=(days, 60, 4)) * (1.0 if nearest else 30.0) + day
        climate = Climate.of(window)
        mean = window.mean(axis=0)
        distance = np.abs(climate.tables(window, 0)[-1] - mean).max()
        assert (distance < 0.01) == bool(nearest)


def test_outliers_are_put_on_the_limit_and_steady_ticks_are_told():
    window = np.random.default_rng(1).uniform(0.0, 1.0, (10, 24, 4))
    window[3, 4], window[:, 5] = 1e6, 0.5
    climate = Climate.of(window)
    assert climate.clean(window).max() < 5.0
    assert np.flatnonzero(steady_ticks(window).all(axis=1)).tolist() == [5]


def test_each_day_of_the_past_is_expected_from_the_days_before_it():
    window = np.random.default_rng(1).normal(size=(6, 24, 4))
    climate, changed = Climate.of(window), window.copy()
    changed[3:] = 0.0
    before, after = climate.tables(window, 6), climate.tables(changed, 6)
    assert np.array_equal(before[:4], after[:4])
    assert not np.array_equal(before[4], after[4])
