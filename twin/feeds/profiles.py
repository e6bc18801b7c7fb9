"""Solar power from weather, and standard load profiles: with weather.py the one door of pvlib, demandlib and pandas."""

import warnings
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twin.errors import ScenarioError
from twin.facts import Calendar, Floats
from twin.feeds.offline import MICROSECONDS, Series, start_times_s
from twin.feeds.steps import Steps
from twin.feeds.tariff import local_times_s
from twin.feeds.weather import NEEDS_INPUTS, Weather, read_weather

_QUARTER_S = 900.0
_QUARTER_US = 900 * MICROSECONDS
_SAME_PLANE_DEG = 0.5
Ticks = tuple[int, int]
_GAMMA_PER_K = -0.004
"""Loss of power with cell temperature; PVWatts's value for standard modules is -0.0047 to -0.0035."""


def pv_sun(
    calendar: Calendar, weather: str, tilt_deg: float, azimuth_deg: float, needed: Ticks | None = None
) -> Series:
    """DC power of an array as a fraction of its rated power, before any converter.

    PVWatts's model (Dobos, NREL/TP-6A20-62641, 2014) without its flat system losses; sky after Hay and Davies (1980).
    `weather` is "greensboro", which comes with pvlib, or the path of a file; azimuth 180 is south. Raises ScenarioError
    for weather of other years than the `needed` ticks, first and last, or of another plane.
    """
    known = read_weather(weather)
    plane = known.plane
    if plane is not None and max(abs(plane.tilt - tilt_deg), abs(plane.azimuth - azimuth_deg)) > _SAME_PLANE_DEG:
        got = f"is of a plane with tilt {plane.tilt:g} deg and azimuth {plane.azimuth:g} deg"
        raise ScenarioError(weather, got, f"one with {tilt_deg:g} deg and {azimuth_deg:g} deg as in the scenario")

    def sun(start: int, stop: int) -> Floats:
        middles_s = start_times_s(calendar, start, stop) + calendar.tick_s / 2
        return _dc_fraction(known, middles_s, tilt_deg, azimuth_deg)

    if needed is not None and not np.isfinite([sun(tick, tick + 1)[0] for tick in needed]).all():
        first, last = (datetime.fromtimestamp(known.times_s[i], UTC).isoformat(timespec="minutes") for i in (0, -1))
        raise ScenarioError(weather, f"covers {first} to {last}", "the run and its history, or a typical year")
    return sun


def standard_load(calendar: Calendar, timezone: ZoneInfo, profile: str, annual_energy_j: float) -> Series:
    """Power in W of a standard load profile of the BDEW, `annual_energy_j` in every local calendar year.

    `profile` is demandlib's name: "h0_dyn" for households with the season's smoothing, "h0", "g0" and so on; "h0"
    means the dynamised one too, as the BDEW wants it for households.
    """
    year_w = lru_cache(maxsize=4)(lambda year: _load_of_year(year, timezone, profile, annual_energy_j))

    def load(start: int, stop: int) -> Floats:
        edges_s = start_times_s(calendar, start, stop + 1)
        first, last = (datetime.fromtimestamp(edge_s, timezone).year for edge_s in (edges_s[0], edges_s[-1]))
        years = [year_w(year) for year in range(first, last + 1)]
        power_w = np.concatenate([year.values for year in years])
        return Steps(years[0].start_us, _QUARTER_US, power_w).series(calendar)(start, stop)

    # Asked once now, so that an unknown profile is an error before the run.
    load(0, 1)
    return load


def _dc_fraction(weather: Weather, times_s: Floats, tilt_deg: float, azimuth_deg: float) -> Floats:
    """PVWatts's DC power at some instants for one watt of rated power; 0 while the sun is down."""
    from pvlib import pvsystem, temperature

    lit = weather.sky("poa_global", times_s) if weather.plane else _lit(weather, times_s, tilt_deg, azimuth_deg)
    open_rack = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    air_c, wind_m_s = weather.air("temp_air", times_s), weather.air("wind_speed", times_s)
    cell_c = temperature.sapm_cell(lit, air_c, wind_m_s, **open_rack)
    fraction: Floats = np.maximum(pvsystem.pvwatts_dc(lit, cell_c, 1.0, _GAMMA_PER_K), 0.0)
    return fraction


def _lit(weather: Weather, times_s: Floats, tilt_deg: float, azimuth_deg: float) -> Floats:
    """Irradiance in a plane."""
    import pandas as pd
    from pvlib import irradiance, solarposition

    index = pd.to_datetime(times_s, unit="s", utc=True)
    sun = solarposition.get_solarposition(index, *weather.place)
    zenith_deg, sun_azimuth_deg = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    dni, ghi, dhi = (weather.sky(name, times_s) for name in ("dni", "ghi", "dhi"))
    extra = irradiance.get_extra_radiation(index).to_numpy()
    plane = irradiance.get_total_irradiance(
        tilt_deg, azimuth_deg, zenith_deg, sun_azimuth_deg, dni, ghi, dhi, dni_extra=extra, model="haydavies"
    )["poa_global"]
    lit: Floats = np.where(zenith_deg < 90.0, np.maximum(plane, 0.0), 0.0)
    return lit


def _load_of_year(year: int, timezone: ZoneInfo, profile: str, annual_energy_j: float) -> Steps:
    """Power in quarters of an hour from local New Year to the next, whatever daylight saving skips or repeats."""
    start_s, stop_s = (datetime(y, 1, 1, tzinfo=timezone).timestamp() for y in (year, year + 1))
    quarters_s = np.arange(start_s, stop_s, _QUARTER_S)
    shown_s = local_times_s(quarters_s, timezone)
    local_quarter: NDArray[np.int64] = ((shown_s - shown_s[0]) // _QUARTER_S).astype(np.int64)
    shape = _bdew_shape(year, profile)[local_quarter]
    power_w = shape * (annual_energy_j / (shape.sum() * _QUARTER_S))
    return Steps(round(start_s) * MICROSECONDS, _QUARTER_US, power_w)


def _bdew_shape(year: int, profile: str) -> Floats:
    """A profile over the quarters of a local year, in units of its own."""
    try:
        # demandlib turns warnings into errors for the whole process; here they are put back.
        with warnings.catch_warnings():
            from demandlib.bdew import ElecSlp

            profiles = ElecSlp(year).get_profiles()
    except ImportError as error:
        raise ScenarioError("demandlib", "is not installed", NEEDS_INPUTS) from error
    name = "h0_dyn" if profile == "h0" else profile
    if name not in profiles:
        raise ScenarioError("load profile", f"{profile!r} is unknown", f"one of {', '.join(sorted(profiles))}")
    shape: Floats = profiles[name].to_numpy(dtype=np.float64)
    return shape
