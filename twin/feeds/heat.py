"""The load of a heat pump: what a house needs in heat at a temperature, and what a pump takes for it."""

import warnings
from dataclasses import replace
from typing import Literal

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Calendar, Floats
from twin.feeds.offline import Series, start_times_s
from twin.feeds.weather import NEEDS_INPUTS, Weather, read_weather

Heating = Literal["radiators", "floor"]
_SINK_C = {"radiators": (40.0, -1.0), "floor": (30.0, -0.5)}
"""The water's temperature at 0 °C outside, and by how much it rises with each kelvin."""
_HOT_WATER_C = 50.0
_LEAST_LIFT_K, _REAL_WORLD = 15.0, 0.85
_COLDEST_C, _WARMEST_C = -20.0, 39.0
"""The span of the BDEW's profiles."""
_HOUR_S = 3600.0
_CLASS = 5
"""Of the BDEW's eleven classes of houses by age, a middle one."""


def coefficient_of_performance(air_c: Floats, sink_c: Floats) -> Floats:
    """Heat for one joule of electricity, of pumps that take it from the air.

    A fit to manufacturers' data, times 0.85 for the field (Ruhnau, Hirth and Praktiknjo, Scientific Data 6:189, 2019).
    """
    lift_k = np.maximum(sink_c - air_c, _LEAST_LIFT_K)
    ratio: Floats = _REAL_WORLD * (6.08 - 0.09 * lift_k + 0.0005 * lift_k**2)
    return ratio


def heat_pump_load(calendar: Calendar, weather: str, heat_j: float, hot_water: float, heating: Heating) -> Series:
    """Power in W of an air-source heat pump that gives `heat_j` in a typical year, `hot_water` of it to the taps.

    Heat follows the BDEW's standard load profile for detached houses. Raises ScenarioError for weather of real years.
    """
    typical = read_weather(weather)
    if not typical.is_typical:
        raise ScenarioError(weather, "holds hours of real years", "a typical year, for its heat is known by the year")
    air_c = np.clip(typical.columns["temp_air"], _COLDEST_C, _WARMEST_C)
    base_c, slope = _SINK_C[heating]
    shapes = (_heat_shape(typical, air_c, False), _heat_shape(typical, air_c, True))
    sinks_c = (base_c + slope * air_c, np.full(len(air_c), _HOT_WATER_C))
    shares = (1.0 - hot_water, hot_water)
    power_w = sum(
        share * heat_j / _HOUR_S * shape / coefficient_of_performance(air_c, sink_c)
        for share, shape, sink_c in zip(shares, shapes, sinks_c, strict=True)
    )
    of_year = replace(typical, columns={"power": np.asarray(power_w, dtype=np.float64)}, sky_s=_HOUR_S / 2)

    def load(start: int, stop: int) -> Floats:
        return of_year.sky("power", start_times_s(calendar, start, stop) + calendar.tick_s / 2)

    return load


def _heat_shape(weather: Weather, air_c: Floats, water_only: bool) -> Floats:
    """The share of a year's heat in each of its hours, by the clocks of the weather's place."""
    try:
        import pandas as pd

        # demandlib warns of pandas' own plans.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from demandlib.bdew import HeatBuilding

            # Files in UTC are turned to the sun's time of their place, so that mornings are mornings.
            shift = round(weather.place.longitude / 15.0) if weather.utc_offset_s == 0.0 else 0
            hours = pd.date_range("2023-01-01", periods=len(air_c), freq="h")
            house = HeatBuilding(
                hours,
                temperature=pd.Series(np.roll(air_c, shift), index=hours),
                shlp_type="EFH",
                building_class=_CLASS,
                wind_class=0,
                annual_heat_demand=1.0,
                ww_incl=water_only,
                ww_only=water_only,
            )
            shape = np.roll(house.get_bdew_profile().to_numpy(dtype=np.float64), -shift)
    except ImportError as error:
        raise ScenarioError("demandlib", "is not installed", NEEDS_INPUTS) from error
    normalised: Floats = shape / shape.sum()
    return normalised
