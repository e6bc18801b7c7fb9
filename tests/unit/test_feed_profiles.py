from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.profiles import pv_sun, standard_load

BERLIN = ZoneInfo("Europe/Berlin")
ANNUAL_J = 3500 * 3.6e6


def new_year(year: int, tick_s: float = 900.0) -> Calendar:
    return Calendar(tick_s, int(86400 / tick_s), (datetime(year, 1, 1) - datetime(1970, 1, 1)).days)


@pytest.fixture(scope="module")
def leap_year_sun():
    """Quarters of 2024 in Greensboro, shape (366, 96), from local midnight on."""
    return pv_sun(new_year(2024), "greensboro", 36.0, 180.0)(20, 20 + 366 * 96).reshape(366, 96)


def test_nights_are_dark_and_noons_near_rated_power(leap_year_sun):
    assert leap_year_sun[:, :16].max() == 0.0
    assert leap_year_sun[:, 84:].max() == 0.0
    assert leap_year_sun.min() == 0.0
    assert 0.5 < leap_year_sun.max() < 1.1


def test_the_suns_year_has_the_energy_of_its_place(leap_year_sun):
    # PVWatts says about 1,400 kWh of AC per kW for Greensboro; before 14 % of losses and the inverter, 1,600 to 1,700.
    assert 1500 < leap_year_sun.sum() / 4 < 1800


def test_the_mean_day_peaks_at_solar_noon(leap_year_sun):
    # Greensboro lies 5 degrees west of its zone's meridian: solar noon is about 12:20.
    centre = np.average(np.arange(96) + 0.5, weights=leap_year_sun.mean(axis=0)) / 4
    assert centre == pytest.approx(12.33, abs=0.25)


def test_the_29th_of_february_has_the_28ths_weather(leap_year_sun):
    assert leap_year_sun[59].sum() == pytest.approx(leap_year_sun[58].sum(), rel=0.02)


def test_a_later_year_has_the_same_weather(leap_year_sun):
    later = pv_sun(new_year(2051), "greensboro", 36.0, 180.0)(20, 20 + 365 * 96)
    assert later.sum() == pytest.approx(leap_year_sun.sum(), rel=0.01)


def test_sun_does_not_depend_on_where_blocks_are_cut():
    sun = pv_sun(new_year(2023), "greensboro", 30.0, 200.0)
    assert np.array_equal(np.concatenate([sun(0, 50), sun(50, 96)]), sun(0, 96))


@pytest.mark.parametrize(
    ("content", "fault"), [(None, "No such file"), ("a,b\n1,2\n", "not a TMY3"), ("", "not a TMY3")]
)
def test_weather_that_is_no_tmy3_is_refused(tmp_path, content, fault):
    path = tmp_path / "weather.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ScenarioError, match=f"weather.csv: .*{fault}"):
        pv_sun(new_year(2023), str(path), 30.0, 180.0)


@pytest.mark.parametrize("year", [2023, 2024])
@pytest.mark.parametrize("profile", ["h0", "g0"])
def test_a_local_years_load_has_the_annual_energy(year, profile):
    calendar = new_year(year)
    days = 366 if year == 2024 else 365
    power_w = standard_load(calendar, BERLIN, profile, ANNUAL_J)(-4, days * 96 - 4)
    assert power_w.sum() * 900 == pytest.approx(ANNUAL_J, rel=1e-9)
    assert power_w.min() > 0.0


def test_load_is_seamless_over_new_year():
    power_w = standard_load(new_year(2023), BERLIN, "h0", ANNUAL_J)(-6, -2)
    assert np.abs(np.diff(power_w)).max() < 40.0


@pytest.mark.parametrize("day", [45, 180])
def test_load_peaks_when_clocks_show_evening(day):
    calendar = new_year(2023)
    power_w = standard_load(calendar, BERLIN, "h0", ANNUAL_J)(day * 96, day * 96 + 96)
    peak = datetime.fromtimestamp(calendar.tick(day * 96 + int(power_w.argmax())).start_s, UTC).astimezone(BERLIN)
    assert 18 <= peak.hour <= 20


def test_coarse_ticks_keep_the_loads_energy():
    fine, coarse = (standard_load(new_year(2023, s), BERLIN, "h0", ANNUAL_J) for s in (900.0, 7200.0))
    assert coarse(0, 12).sum() * 7200 == pytest.approx(fine(0, 96).sum() * 900)


def test_an_unknown_profile_is_refused_with_the_known_ones():
    with pytest.raises(ScenarioError, match="'h9' is unknown; one of g0, g1"):
        standard_load(new_year(2023), BERLIN, "h9", ANNUAL_J)
