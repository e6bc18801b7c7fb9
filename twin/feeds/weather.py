"""Weather files, as pvlib reads them: EPW, TMY3, and what PVGIS hands out as CSV or JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twin.errors import ScenarioError
from twin.facts import Floats

if TYPE_CHECKING:
    from pandas import DataFrame

NEEDS_INPUTS = ".venv/bin/pip install -e '.[inputs]'"
_HOUR_S, _DAY_S = 3600.0, 86400.0
_YEAR_HOURS = 8760
_HOURS_S = np.arange(_YEAR_HOURS, dtype=np.float64) * _HOUR_S
_GREENSBORO = "723170TYA.CSV"
_SKY, _AIR = ("ghi", "dni", "dhi"), ("temp_air", "wind_speed")
_PLANE = ("poa_direct", "poa_sky_diffuse", "poa_ground_diffuse")
_WANTED = "'greensboro', or an EPW, TMY3 or PVGIS file"
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, StopIteration)
"""What pvlib raises for a file that is not of the form it begins like."""


class Place(NamedTuple):
    """Where the weather is, in degrees and metres."""

    latitude: float
    longitude: float
    altitude_m: float


class Plane(NamedTuple):
    """The plane that an irradiance was computed for, in degrees; azimuth 180 is south."""

    tilt: float
    azimuth: float


@dataclass(frozen=True, slots=True)
class Weather:
    """Hours of weather at a place, either of a typical year or of real ones.

    Irradiance in W/m2, air temperature in °C and wind in m/s. `times_s` are Unix times, or for a typical year seconds
    since New Year on clocks `utc_offset_s` ahead of UTC; a row's irradiance was seen `sky_s` after its time, its
    air `air_s` after it. Without `plane`, irradiance is `ghi`, `dni` and `dhi`; with it that of the plane.
    """

    place: Place
    times_s: Floats
    columns: Mapping[str, Floats]
    sky_s: float = 0.0
    air_s: float = 0.0
    utc_offset_s: float = 0.0
    plane: Plane | None = None
    is_typical: bool = True

    def sky(self, name: str, times_s: Floats) -> Floats:
        """Irradiance at Unix times."""
        return self._at(name, times_s - self.sky_s)

    def air(self, name: str, times_s: Floats) -> Floats:
        """Temperature or wind at Unix times."""
        return self._at(name, times_s - self.air_s)

    def _at(self, name: str, times_s: Floats) -> Floats:
        """A column between its hours; a typical year goes round, and beyond real ones nothing is known."""
        if self.is_typical:
            since_s = _of_year_s(times_s + self.utc_offset_s)
            values: Floats = np.interp(since_s, self.times_s, self.columns[name], period=_YEAR_HOURS * _HOUR_S)
            return values
        known: Floats = np.interp(times_s, self.times_s, self.columns[name], left=np.nan, right=np.nan)
        return known


def read_weather(weather: str) -> Weather:
    """The weather in a file, or of "greensboro", which comes with pvlib; raises ScenarioError."""
    try:
        import pvlib
    except ImportError as error:
        raise ScenarioError("pvlib", "is not installed", NEEDS_INPUTS) from error
    path = Path(pvlib.__file__).parent / "data" / _GREENSBORO if weather == "greensboro" else Path(weather)
    kind = "weather"
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
        kind = _kind(text)
        return _READERS[kind](path, text)
    except OSError as error:
        raise ScenarioError(weather, error.strerror or str(error), _WANTED) from error
    except _BROKEN as error:
        reason = str(error).strip().partition("\n")[0]
        raise ScenarioError(weather, f"not a {kind} file ({reason})", _WANTED) from error


def _kind(text: str) -> str:
    """What a file seems to be, by its beginning."""
    head = text[:2000].lstrip("\ufeff \n\r\t")
    if head.startswith("LOCATION,"):
        return "EPW"
    if head.startswith("{"):
        return "PVGIS TMY" if '"tmy_hourly"' in text else "PVGIS hourly"
    if head.startswith("Latitude (decimal degrees)"):
        return "PVGIS TMY" if "time(UTC)," in head else "PVGIS hourly"
    return "TMY3"


def _tmy3(path: Path, text: str) -> Weather:
    from pvlib.iotools import read_tmy3

    return _year_of_hours(*read_tmy3(path))


def _epw(path: Path, text: str) -> Weather:
    from pvlib.iotools import read_epw

    return _year_of_hours(*read_epw(str(path)))


def _year_of_hours(table: "DataFrame", about: Mapping[str, Any]) -> Weather:
    """A typical year in local standard time. Irradiance is the mean over the hour, air is as seen at its end.

    Wilcox and Marion, Users Manual for TMY3 Data Sets, 2008; Auxiliary Programs, EnergyPlus.
    """
    place = Place(about["latitude"], about["longitude"], about["altitude"])
    columns = _columns(table, (*_SKY, *_AIR), _YEAR_HOURS)
    return Weather(place, _HOURS_S, columns, _HOUR_S / 2, _HOUR_S, about["TZ"] * _HOUR_S)


def _pvgis_tmy(path: Path, text: str) -> Weather:
    """A typical year in UTC; irradiance was seen by a satellite some minutes after the hour."""
    from pvlib.iotools import read_pvgis_tmy

    table, about = read_pvgis_tmy(path, pvgis_format="json" if text.lstrip("\ufeff \n\r\t").startswith("{") else "csv")
    place, inputs = _pvgis_place(about["inputs"]), about["inputs"]
    offset = inputs.get("irradiance time offset", inputs.get("location", {}).get("irradiance_time_offset", 0.0))
    columns = _columns(table, (*_SKY, *_AIR), _YEAR_HOURS)
    return Weather(place, _HOURS_S, columns, float(offset) * _HOUR_S)


def _pvgis_hourly(path: Path, text: str) -> Weather:
    """Real years, for one plane."""
    from pvlib.iotools import read_pvgis_hourly

    is_json = text.lstrip("\ufeff \n\r\t").startswith("{")
    table, about = read_pvgis_hourly(path, pvgis_format="json" if is_json else "csv")
    if "poa_global" not in table:
        table["poa_global"] = sum(table[name] for name in _PLANE)
    times_s = table.index.as_unit("s").asi8.astype(np.float64)
    if len(times_s) < 2 or not (np.diff(times_s) > 0).all():
        raise ValueError("times do not rise")
    columns = _columns(table, ("poa_global", *_AIR), len(times_s))
    plane = _pvgis_plane(about["inputs"])
    return Weather(_pvgis_place(about["inputs"]), times_s, columns, plane=plane, is_typical=False)


def _pvgis_place(inputs: Mapping[str, Any]) -> Place:
    location = inputs.get("location", inputs)
    return Place(float(location["latitude"]), float(location["longitude"]), float(location["elevation"]))


def _pvgis_plane(inputs: Mapping[str, Any]) -> Plane:
    """The plane of an hourly file, in which south is 0."""
    if "mounting_system" in inputs:
        mounted = inputs["mounting_system"]["fixed"]
        tilt, azimuth = mounted["slope"]["value"], mounted["azimuth"]["value"]
    else:
        tilt, azimuth = (_first_number(inputs[key]) for key in ("Slope", "Azimuth"))
    return Plane(float(tilt), float(azimuth) + 180.0)


def _first_number(text: str) -> float:
    found = re.search(r"-?\d+(?:\.\d+)?", text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no angle")
    return float(found[0])


def _columns(table: "DataFrame", names: tuple[str, ...], rows: int) -> dict[str, Floats]:
    columns: dict[str, Floats] = {name: table[name].to_numpy(dtype=np.float64) for name in names}
    for name, values in columns.items():
        if len(values) != rows or not np.isfinite(values).all():
            raise ValueError(f"{name} needs {rows} finite hours")
    return columns


def _of_year_s(local_s: Floats) -> Floats:
    """Seconds since New Year in a year of 365 days; 29 February repeats the 28th."""
    days = np.floor(local_s / _DAY_S).astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    day_of_year = (days - years).astype(int)
    leap = (years + 1).astype("datetime64[D]") - years.astype("datetime64[D]") == np.timedelta64(366, "D")
    seconds: Floats = (day_of_year - (leap & (day_of_year > 58))) * _DAY_S + local_s % _DAY_S
    return seconds


_READERS = {"TMY3": _tmy3, "EPW": _epw, "PVGIS TMY": _pvgis_tmy, "PVGIS hourly": _pvgis_hourly}
