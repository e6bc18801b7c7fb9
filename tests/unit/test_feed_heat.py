from pathlib import Path

import numpy as np
import pytest
from test_feed_weather import JANUARY, hourly

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.heat import coefficient_of_performance, heat_pump_load

ANNUAL_J = 12_000 * 3.6e6
YEAR = Calendar(900.0, 96, 19358)  # 2023
LOCAL_MIDNIGHT = 20  # Greensboro is five hours behind UTC


@pytest.fixture(scope="module")
def power_w():
    """Quarters of 2023 in Greensboro, shape (365, 96), from local midnight on."""
    load = heat_pump_load(YEAR, "greensboro", ANNUAL_J, 0.15, "radiators")
    return load(LOCAL_MIDNIGHT, LOCAL_MIDNIGHT + 365 * 96).reshape(365, 96)


def test_a_year_takes_a_third_of_its_heat(power_w):
    assert 2.5 < ANNUAL_J / (power_w.sum() * 900) < 3.5


def test_winters_are_warm_and_summers_have_hot_water(power_w):
    january, july = power_w[:31].mean(), power_w[181:212].mean()
    assert january > 10 * july > 0.0
    assert power_w.min() > 0.0


def test_heat_is_wanted_in_the_morning_and_not_at_night(power_w):
    mean_day = power_w[:59].mean(axis=0).reshape(24, 4).mean(axis=1)
    assert 4 <= int(mean_day.argmax()) <= 9
    assert mean_day[:3].max() < mean_day.max() * 0.8


def test_floor_heating_takes_less(power_w):
    floor = heat_pump_load(YEAR, "greensboro", ANNUAL_J, 0.15, "floor")
    assert floor(LOCAL_MIDNIGHT, LOCAL_MIDNIGHT + 59 * 96).sum() < 0.9 * power_w[:59].sum()


@pytest.mark.parametrize(("air_c", "sink_c", "expected"), [(7.0, 35.0, 3.36), (-7.0, 35.0, 2.70), (20.0, 25.0, 4.12)])
def test_a_pumps_coefficient_is_that_of_the_paper(air_c, sink_c, expected):
    assert coefficient_of_performance(np.array([air_c]), np.array([sink_c]))[0] == pytest.approx(expected, abs=0.01)


def test_real_years_are_refused(tmp_path: Path):
    with pytest.raises(ScenarioError, match="holds hours of real years; a typical year"):
        heat_pump_load(JANUARY, hourly(tmp_path), ANNUAL_J, 0.15, "floor")
