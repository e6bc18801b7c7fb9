from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.grid import Window
from twin.feeds.mending import Use
from twin.feeds.times import Layout
from twin.feeds.trace import Reading, Trace, read_trace

BERLIN = ZoneInfo("Europe/Berlin")
NOON_S = 1717416000  # 2024-06-03T12:00Z


def read(folder: Path, text: str, zone: ZoneInfo = BERLIN, **layout) -> Trace:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return read_trace(str(path), Layout(zone, **layout))


def times_s(folder: Path, times: list[str], head: str = "time", **layout) -> list[float]:
    rows = "\n".join(f'"{time}",1' for time in times)
    return (read(folder, f"{head},a [W]\n{rows}\n", **layout).stamps.times_us / 1e6).tolist()


FAR = ["9999-12-31T24:00", "31.12.9999 24:00", "99999999999999999999"]


@pytest.mark.parametrize("time", FAR)
def test_a_time_beyond_all_calendars_is_refused_with_its_line(tmp_path, time):
    with pytest.raises(ScenarioError, match=r"t.csv:\d: time: .* is not a time"):
        times_s(tmp_path, [time, time])


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("9999-12-31T22:00Z", "9999-12-31T23:30-12:00", "to the year 10000"),
        ("0001-01-01T00:00+14:00", "0001-01-01T00:00Z", "the year 0"),
    ],
)
def test_a_file_at_the_end_of_all_calendars_says_what_it_covers(tmp_path, first, second, says):
    trace = read(tmp_path, f"time,a [W]\n{first},1\n{second},1\n")
    with pytest.raises(ScenarioError, match=f"covers .*{says}"):
        trace.demand_w(Use("a"), Window(Calendar(900.0, 96, 19877), 0, 4))


LOCAL = {
    "ISO": ["2024-06-03T14:00", "2024-06-03T14:15"],
    "ISO with a blank": ["2024-06-03 14:00:00", "2024-06-03 14:15:00.000"],
    "ISO with slashes": ["2024/06/03 14:00", "2024/06/03 14:15"],
    "an offset": ["2024-06-03T05:00-07:00", "2024-06-03T14:15:00+02:00"],
    "an offset after a blank": ["2024-06-03 12:00:00 UTC", "2024-06-03 14:15:00 +0200"],
    "German": ["03.06.2024 14:00", "03.06.2024 14:15"],
    "German, short": ["3.6.24 14:00", "3.6.24 14:15"],
    "seconds": ["1717416000", "1717416900"],
    "seconds and a bit": ["1717416000.0", "1717416900.000"],
    "milliseconds": ["1717416000000", "1717416900000"],
    "microseconds": ["1717416000000000", "1717416900000000"],
    "nanoseconds": ["1717416000000000000", "1717416900000000000"],
}


@pytest.mark.parametrize("kind", LOCAL)
def test_times_are_read_as_they_are_written(tmp_path, kind):
    assert times_s(tmp_path, LOCAL[kind]) == [NOON_S, NOON_S + 900]


def test_unix_time_in_milliseconds_is_exact(tmp_path):
    trace = read(tmp_path, "timestamp,a [W]\n" + "".join(f"{1717416000000 + i},1\n" for i in range(1000)))
    assert set(np.diff(trace.stamps.times_us)) == {1000}


DAYS = {
    "a day above 12": (["03/06/2024", "13/06/2024"], 3),
    "a month above 12": (["06/03/2024", "06/13/2024"], 3),
    "in order by the day": ([f"{day:02}/06/2024" for day in range(1, 11)], 1),
    "in order by the month": ([f"06/{day:02}/2024" for day in range(1, 11)], 1),
    "with the hour in twelves": (["06/13/2024 12:00 AM", "06/13/2024 1:00 PM"], 13),
    "an end at 24:00": (["13/06/2024 23:00", "13/06/2024 24:00"], 13),
}


@pytest.mark.parametrize("name", DAYS)
def test_dates_with_slashes_are_told_by_what_they_can_be(tmp_path, name):
    texts, day = DAYS[name]
    first = datetime.fromtimestamp(times_s(tmp_path, texts)[0], BERLIN)
    assert (first.month, first.day) == (6, day)


def test_a_scenario_may_say_which_comes_first(tmp_path):
    texts = ["03/06/2024 00:00", "03/06/2024 01:00"]
    with pytest.raises(
        ScenarioError, match=r":2: time: .* may begin with the day or the month; write 'dates: day_first'"
    ):
        times_s(tmp_path, texts)
    march, june = (times_s(tmp_path, texts, dates=order)[0] for order in ("month_first", "day_first"))
    assert june - march == 89 * 86400 - 3600


@pytest.mark.parametrize("text", ["1717416900 s", "2024-06-03", "", "13/13/2024"])
def test_every_row_is_written_as_the_first(tmp_path, text):
    for first in ("1717416000", "13/06/2024"):
        with pytest.raises(ScenarioError, match=":3: time: "):
            times_s(tmp_path, [first, text])


@pytest.mark.parametrize("head", ["timestamp", "Date_Time", "datetime", "Zeitstempel", "Datum/Uhrzeit", "time [local]"])
def test_the_first_column_may_have_other_names(tmp_path, head):
    assert times_s(tmp_path, LOCAL["ISO"], head) == [NOON_S, NOON_S + 900]


@pytest.mark.parametrize("head", ["datetime_utc", "utc_timestamp", "Time (UTC)", "utc"])
def test_a_head_that_says_utc_is_believed(tmp_path, head):
    assert times_s(tmp_path, LOCAL["ISO"], head)[0] == NOON_S + 7200


def test_a_scenario_may_name_the_column_of_times(tmp_path):
    text = "a [W],when,b\n1,2024-06-03T14:00,x\n2,2024-06-03T14:15,x\n"
    assert list(read(tmp_path, text, time_column="when").columns) == ["a", "b"]
    with pytest.raises(ScenarioError, match=r":1: no column 'wehn'; did you mean 'when'\?"):
        read(tmp_path, text, time_column="wehn")


AUTUMN = ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00"]
HALVES = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]


@pytest.mark.parametrize(
    ("times", "step_s"), [(AUTUMN, 3600), (HALVES, 1800), (AUTUMN[2:], 3600), (AUTUMN[3:], 3600), (HALVES[4:], 1800)]
)
def test_order_decides_in_the_hour_that_autumn_repeats(tmp_path, times, step_s):
    found = times_s(tmp_path, [f"2024-10-27 {time}" for time in times])
    assert set(np.diff(found)) == {step_s}
    assert datetime.fromtimestamp(found[-1], BERLIN).strftime("%H:%M") == times[-1]


def test_a_logger_in_winter_time_all_year_has_a_zone_of_its_own(tmp_path):
    times = ["2024-03-31 01:30", "2024-03-31 02:30"]
    with pytest.raises(ScenarioError, match="'file_timezone: UTC' or 'Etc/GMT-1'"):
        times_s(tmp_path, times)
    assert times_s(tmp_path, times, zone=ZoneInfo("Etc/GMT-1"))[0] == 1711845000


QUARTERS = Calendar(900.0, 96, 19877)


def demand(folder: Path, rows: str, use: Use, ticks: int = 2, **layout) -> Reading:
    return read(folder, rows, ZoneInfo("UTC"), **layout).demand_w(use, Window(QUARTERS, 48, 48 + ticks))


SEMICOLONS = "Zeit;Last [W]\n03.06.2024 12:00;500,5\n03.06.2024 12:15;1\n"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_spreadsheets_of_many_countries_have_decimal_commas(tmp_path, separator):
    reading = demand(tmp_path, SEMICOLONS.replace(";", separator), Use("Last"))
    assert reading.series(48, 50).tolist() == [500.5, 1.0]


def test_unicode_text_of_spreadsheets_is_read(tmp_path):
    (tmp_path / "t.csv").write_bytes(
        "\ufeffZeit\tZählerstand [kWh]\n3.6.2024 0:00\t1,5\n3.6.2024 1:00\t2\n".encode("utf-16-le")
    )
    assert list(read_trace(str(tmp_path / "t.csv"), Layout(BERLIN)).columns) == ["Zählerstand"]


@pytest.mark.parametrize(
    ("cell", "fault"), [("1.000,5", "has both a comma and a point"), ("1.5", "'1.5' has a point where other rows")]
)
def test_marks_between_thousands_are_refused(tmp_path, cell, fault):
    with pytest.raises(ScenarioError, match=f"t.csv:3: Last: .*{fault}"):
        demand(tmp_path, SEMICOLONS.replace(";1\n", f";{cell}\n"), Use("Last"))


ENDS = "time,a [kWh]\n2024-06-03T12:15Z,1\n2024-06-03T12:30Z,2\n"


@pytest.mark.parametrize(("head", "ends"), [("time", True), ("period_end", False)])
def test_stamps_may_be_those_of_the_end(tmp_path, head, ends):
    reading = demand(tmp_path, ENDS.replace("time", head), Use("a"), ends=ends)
    assert reading.series(48, 50).tolist() == [4000.0, 8000.0]


def test_stamps_of_the_beginning_leave_the_first_interval_open(tmp_path):
    with pytest.raises(ScenarioError, match="covers 2024-06-03T12:15"):
        demand(tmp_path, ENDS, Use("a"))


METER = [("12:00", 100.0), ("12:15", 101.0), ("12:30", 103.0), ("12:45", 103.0), ("13:00", 104.0)]


def metered(folder: Path, readings: list[tuple[str, object]], **use) -> list[float]:
    rows = "\n".join(f"2024-06-03T{time}Z,{count}" for time, count in readings)
    return demand(folder, f"time,a [kWh]\n{rows}", Use("a", cumulative=True, **use), 4).series(48, 52).tolist()


def test_a_meters_readings_are_what_it_counted_in_between(tmp_path):
    assert metered(tmp_path, METER) == [4000.0, 8000.0, 0.0, 4000.0]


def test_a_meter_must_be_read_at_the_runs_end(tmp_path):
    with pytest.raises(ScenarioError, match=r"covers 2024-06-03T12:00.* to 2024-06-03T12:45"):
        metered(tmp_path, METER[:-1])


@pytest.mark.parametrize(
    ("fill", "expected"), [("zero", [4000.0, 0, 0, 4000.0]), ("interpolate", [4000.0, 4000.0, 4000.0, 4000.0])]
)
def test_a_missing_reading_is_filled(tmp_path, fill, expected):
    assert metered(tmp_path, [*METER[:2], *METER[3:]], fill=fill) == expected
    with pytest.raises(ScenarioError, match=r":4: time: .* leaves a gap"):
        metered(tmp_path, [*METER[:2], *METER[3:]])


def test_a_meter_never_runs_backwards(tmp_path):
    with pytest.raises(ScenarioError, match=r":5: a: '0' is less than the reading before; .* cumulative"):
        metered(tmp_path, [*METER[:3], ("12:45", 0), ("13:00", 1)])


def test_a_meter_counts_energy(tmp_path):
    with pytest.raises(ScenarioError, match=r"unit 'W'; .* an energy"):
        demand(tmp_path, ENDS.replace("kWh", "W"), Use("a", cumulative=True))
