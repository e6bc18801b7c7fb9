import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.profiles import pv_sun
from twin.feeds.weather import Weather, read_weather

HOURS = 8760
JUNE = Calendar(900.0, 96, 19509)
START = datetime(2023, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def greensboro() -> Weather:
    return read_weather("greensboro")


def epw(weather: Weather) -> str:
    """The same weather as EnergyPlus has it."""
    place, of = weather.place, weather.columns
    head = f"LOCATION,Greensboro,NC,USA,TMY3,723170,{place.latitude},{place.longitude},-5.0,{place.altitude_m}"
    rows = []
    for i in range(HOURS):
        at = START + timedelta(hours=i)
        sky = f"{of['ghi'][i]},{of['dni'][i]},{of['dhi'][i]}"
        rows.append(
            f"{at.year},{at.month},{at.day},{at.hour + 1},0,x,{of['temp_air'][i]},0,50,98000,0,0,300,{sky},"
            f"0,0,0,0,0,{of['wind_speed'][i]},0,0,16,77777,9,0,0,0.1,0,88,0,0,0"
        )
    return "\n".join([head, *["X"] * 7, *rows]) + "\n"


def in_utc(weather: Weather) -> list[dict[str, float]]:
    """Its hours as PVGIS tells them: from 00:00 UTC, the sky half an hour later."""
    sky = {name: np.roll(weather.columns[name], 5) for name in ("ghi", "dni", "dhi")}
    air = {name: np.roll(weather.columns[name], 6) for name in ("temp_air", "wind_speed")}
    heads = {"temp_air": "T2m", "ghi": "G(h)", "dni": "Gb(n)", "dhi": "Gd(h)", "wind_speed": "WS10m"}
    return [{heads[name]: float((sky | air)[name][i]) for name in heads} for i in range(HOURS)]


def stamps() -> list[str]:
    return [(START + timedelta(hours=i)).strftime("%Y%m%d:%H%M") for i in range(HOURS)]


def pvgis_csv(weather: Weather) -> str:
    place = weather.place
    head = [f"Latitude (decimal degrees): {place.latitude}", f"Longitude (decimal degrees): {place.longitude}"]
    head += [f"Elevation (m): {place.altitude_m}", "Irradiance Time Offset (h): 0.5", "month,year"]
    head += [f"{month},2023" for month in range(1, 13)]
    rows = in_utc(weather)
    head.append(",".join(["time(UTC)", *rows[0]]))
    return "\r\n".join(
        [*head, *(f"{time},{','.join(map(str, row.values()))}" for time, row in zip(stamps(), rows, strict=True)), ""]
    )


def pvgis_json(weather: Weather) -> str:
    place = weather.place
    where = {"latitude": place.latitude, "longitude": place.longitude, "elevation": place.altitude_m}
    rows = [{"time(UTC)": time} | row for time, row in zip(stamps(), in_utc(weather), strict=True)]
    inputs = {"location": where | {"irradiance_time_offset": 0.5}}
    return json.dumps(
        {"inputs": inputs, "outputs": {"months_selected": [], "tmy_hourly": rows}, "meta": {"inputs": {}}}
    )


@pytest.mark.parametrize(("name", "write"), [("w.epw", epw), ("w.csv", pvgis_csv), ("w.json", pvgis_json)])
def test_the_same_weather_gives_the_same_sun_whoever_hands_it_out(tmp_path: Path, greensboro, name, write):
    (tmp_path / name).write_text(write(greensboro), encoding="utf-8")
    of_file, of_tmy3 = (pv_sun(JUNE, weather, 30.0, 180.0)(0, 960) for weather in (str(tmp_path / name), "greensboro"))
    assert of_tmy3.max() > 0.5
    assert of_file == pytest.approx(of_tmy3, abs=1e-6)


HOURLY = """Latitude (decimal degrees):\t45.000
Longitude (decimal degrees):\t8.000
Elevation (m):\t250
Radiation database:\tPVGIS-SARAH3


Slope: 30 deg.
Azimuth: 0 deg.
time,G(i),H_sun,T2m,WS10m,Int
"""


def hourly(folder: Path) -> str:
    rows = [f"{(START + timedelta(hours=i, minutes=10)).strftime('%Y%m%d:%H%M')},800,30,25,1,0" for i in range(240)]
    (folder / "hourly.csv").write_text(HOURLY + "\n".join(rows) + "\n\nG(i): Global irradiance\n", encoding="utf-8")
    return str(folder / "hourly.csv")


JANUARY = Calendar(3600.0, 24, 19358)


def test_real_hours_of_a_plane_are_taken_as_they_are(tmp_path):
    sun = pv_sun(JANUARY, hourly(tmp_path), 30.0, 180.0, (24, 200))(24, 48)
    assert sun == pytest.approx(np.full(24, sun[0]))
    assert 0.65 < sun[0] < 0.8


def test_components_of_a_plane_are_added(tmp_path):
    times = [(START + timedelta(hours=i)).strftime("%Y%m%d:%H%M") for i in range(48)]
    rows = [
        {
            "time": time,
            "Gb(i)": 500.0,
            "Gd(i)": 250.0,
            "Gr(i)": 50.0,
            "H_sun": 30,
            "T2m": 25.0,
            "WS10m": 1.0,
            "Int": 0.0,
        }
        for time in times
    ]
    fixed = {"slope": {"value": 30}, "azimuth": {"value": 0}}
    where = {"latitude": 45.0, "longitude": 8.0, "elevation": 250.0}
    inputs = {"location": where, "mounting_system": {"fixed": fixed}}
    (tmp_path / "h.json").write_text(
        json.dumps({"inputs": inputs, "outputs": {"hourly": rows}, "meta": {"inputs": {}}})
    )
    of_parts = pv_sun(JANUARY, str(tmp_path / "h.json"), 30.0, 180.0)(1, 40)
    assert of_parts == pytest.approx(pv_sun(JANUARY, hourly(tmp_path), 30.0, 180.0)(1, 40))


def test_real_hours_must_cover_the_run_and_be_of_its_plane(tmp_path):
    with pytest.raises(ScenarioError, match=r"covers 2023-01-01T00:10\+00:00 to 2023-01-10T23:10"):
        pv_sun(JANUARY, hourly(tmp_path), 30.0, 180.0, (24, 300))
    with pytest.raises(ScenarioError, match=r"is of a plane with tilt 30 deg and azimuth 180 deg; one with 35 deg"):
        pv_sun(JANUARY, hourly(tmp_path), 35.0, 180.0)


BROKEN = [
    ("LOCATION,a,b\n", "EPW"),
    ("{}", "PVGIS hourly"),
    ('{"tmy_hourly": 1}', "PVGIS TMY"),
    (HOURLY[:40], "PVGIS hourly"),
]


@pytest.mark.parametrize(("text", "kind"), BROKEN)
def test_a_file_that_only_begins_like_weather_is_refused(tmp_path, text, kind):
    (tmp_path / "w").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=f"not a {kind} file .*; 'greensboro', or an EPW, TMY3 or PVGIS file"):
        read_weather(str(tmp_path / "w"))
