"""Real weather and standard load profiles: the one door of pvlib, demandlib and pandas."""

import warnings
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twin.errors import ScenarioError
from twin.facts import Calendar, Floats
from twin.feeds.offline import MICROSECONDS, Series, start_times_s
from twin.feeds.steps import Steps
from twin.feeds.tariff import local_times_s

if TYPE_CHECKING:
    from pandas import DataFrame

_HOUR_S, _QUARTER_S, _DAY_S = 3600.0, 900.0, 86400.0
_QUARTER_US = 900 * MICROSECONDS
_YEAR_HOURS = 8760
_GREENSBORO = "723170TYA.CSV"
_NEEDS_INPUTS = ".venv/bin/pip install -e '.[inputs]'"
_GAMMA_PER_K = -0.004
"""Loss of power with cell temperature; PVWatts's value for standard modules is -0.0047 to -0.0035."""


class Weather(NamedTuple):
    """A typical year of 8760 hours in local standard time; row i is labelled with hour i + 1's end.

    Irradiance (ghi, dni, dhi in W/m2) is the mean over the hour before the label, air temperature in °C and wind
    in m/s are as seen at the label (Wilcox and Marion, Users Manual for TMY3 Data Sets, 2008).
    """

    latitude: float
    longitude: float
    altitude_m: float
    utc_offset_s: float
    columns: dict[str, Floats]

    def at(self, name: str, position: Floats) -> Floats:
        """A column between its hours, `position` counted in hours since New Year; the year goes round."""
        values: Floats = np.interp(position, np.arange(1, _YEAR_HOURS + 1), self.columns[name], period=_YEAR_HOURS)
        return values


def pv_sun(calendar: Calendar, weather: str, tilt_deg: float, azimuth_deg: float) -> Series:
    """DC power of an array as a fraction of its rated power, before any converter.

    PVWatts's model (Dobos, NREL/TP-6A20-62641, 2014) without its flat system losses; sky after Hay and Davies (1980).
    `weather` is "greensboro", which comes with pvlib, or the path of a TMY3 file; azimuth 180 is south.
    """
    typical = _read_tmy3(weather)

    def sun(start: int, stop: int) -> Floats:
        middles_s = start_times_s(calendar, start, stop) + calendar.tick_s / 2
        return _dc_fraction(typical, middles_s, tilt_deg, azimuth_deg)

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
    import pandas as pd
    from pvlib import irradiance, pvsystem, solarposition, temperature

    index = pd.to_datetime(times_s, unit="s", utc=True)
    sun = solarposition.get_solarposition(index, weather.latitude, weather.longitude, weather.altitude_m)
    zenith_deg, sun_azimuth_deg = sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy()
    hours = _typical_hours(times_s + weather.utc_offset_s)
    # An hour's mean belongs to the middle of the hour that ends at its label.
    dni, ghi, dhi = (weather.at(name, hours + 0.5) for name in ("dni", "ghi", "dhi"))
    extra = irradiance.get_extra_radiation(index).to_numpy()
    plane = irradiance.get_total_irradiance(
        tilt_deg, azimuth_deg, zenith_deg, sun_azimuth_deg, dni, ghi, dhi, dni_extra=extra, model="haydavies"
    )["poa_global"]
    lit = np.where(zenith_deg < 90.0, np.maximum(plane, 0.0), 0.0)
    open_rack = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    air_c, wind_m_s = weather.at("temp_air", hours), weather.at("wind_speed", hours)
    cell_c = temperature.sapm_cell(lit, air_c, wind_m_s, **open_rack)
    fraction: Floats = np.maximum(pvsystem.pvwatts_dc(lit, cell_c, 1.0, _GAMMA_PER_K), 0.0)
    return fraction


def _typical_hours(local_s: Floats) -> Floats:
    """Hours since New Year in a year of 365 days; 29 February repeats the 28th."""
    days = np.floor(local_s / _DAY_S).astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    day_of_year = (days - years).astype(int)
    leap = (years + 1).astype("datetime64[D]") - years.astype("datetime64[D]") == np.timedelta64(366, "D")
    hours: Floats = (day_of_year - (leap & (day_of_year > 58))) * 24.0 + local_s % _DAY_S / _HOUR_S
    return hours


def _read_tmy3(weather: str) -> Weather:
    try:
        import pvlib
    except ImportError as error:
        raise ScenarioError("pvlib", "is not installed", _NEEDS_INPUTS) from error
    path = Path(pvlib.__file__).parent / "data" / _GREENSBORO if weather == "greensboro" else Path(weather)
    try:
        table, place = pvlib.iotools.read_tmy3(path)
        return _checked_weather(table, place)
    except OSError as error:
        raise ScenarioError(weather, error.strerror or str(error), "'greensboro' or a TMY3 file") from error
    except (ValueError, LookupError, TypeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ScenarioError(weather, f"not a TMY3 file ({reason})", "'greensboro' or a TMY3 file") from error


def _checked_weather(table: "DataFrame", place: dict[str, float]) -> Weather:
    columns = {n: table[n].to_numpy(dtype=np.float64) for n in ("ghi", "dni", "dhi", "temp_air", "wind_speed")}
    for name, values in columns.items():
        if len(values) != _YEAR_HOURS or not np.isfinite(values).all():
            raise ValueError(f"{name} needs {_YEAR_HOURS} finite hours")
    return Weather(place["latitude"], place["longitude"], place["altitude"], place["TZ"] * _HOUR_S, columns)


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
        raise ScenarioError("demandlib", "is not installed", _NEEDS_INPUTS) from error
    name = "h0_dyn" if profile == "h0" else profile
    if name not in profiles:
        raise ScenarioError("load profile", f"{profile!r} is unknown", f"one of {', '.join(sorted(profiles))}")
    shape: Floats = profiles[name].to_numpy(dtype=np.float64)
    return shape
