import runpy
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.grid import Window, common_step_us
from twin.feeds.mending import Use
from twin.feeds.times import Layout
from twin.feeds.trace import Reading, Trace, read_trace

BERLIN = ZoneInfo("Europe/Berlin")
HOUSEHOLD = Path(__file__).parents[2] / "scenarios" / "traces" / "household.csv"
SCRIPT = Path(__file__).parents[1] / "make_household_trace.py"
HEAD = "time,solar [kW],demand [kWh],price [EUR/kWh],share [%],bare,heat [K]\n"
ROWS = "1970-01-01T00:00Z,1,0.5,0.36,50,1,1\n1970-01-01T00:30Z,2,1,-0.36,100,1,1\n"
HALF_HOURS = Calendar(1800.0, 48, 0)


def read(folder: Path, text: str | bytes, zone: ZoneInfo = BERLIN, **layout) -> Trace:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_trace(str(path), Layout(zone, **layout))


def ticks(count: int, calendar: Calendar = HALF_HOURS, start: int = 0) -> Window:
    return Window(calendar, start, count)


def demand_w(trace: Trace, column: str, window: Window) -> list[float]:
    return trace.demand_w(Use(column), window).series(window.start, window.stop).tolist()


def test_units_are_converted(tmp_path):
    trace, two = read(tmp_path, HEAD + ROWS), ticks(2)
    assert trace.sun(Use("solar"), two, 4000.0).series(0, 2) == pytest.approx([0.25, 0.5])
    assert trace.sun(Use("share"), two, 4000.0).series(0, 2) == pytest.approx([0.5, 1.0])
    assert demand_w(trace, "demand", two) == pytest.approx([1000.0, 2000.0])
    assert demand_w(trace, "solar", two) == pytest.approx([1000.0, 2000.0])
    assert trace.price(Use("price"), two, "EUR").series(0, 2) == pytest.approx([1e-7, -1e-7])


def test_a_fraction_may_have_the_unit_1(tmp_path):
    trace = read(tmp_path, HEAD.replace("[kW]", "[1]") + ROWS.replace("Z,2", "Z,0.5"))
    assert trace.sun(Use("solar"), ticks(2), 4000.0).series(0, 2) == pytest.approx([1.0, 0.5])


def test_a_unit_that_the_head_lacks_is_told_beside_the_column(tmp_path):
    reading = read(tmp_path, HEAD + ROWS).demand_w(Use("bare", unit="kW"), ticks(2))
    assert reading.series(0, 2) == pytest.approx([1000.0, 1000.0])


def test_outside_a_trace_nothing_is_known(tmp_path):
    power_w = read(tmp_path, HEAD + ROWS).demand_w(Use("solar"), ticks(2)).series(-1, 4)
    assert np.isnan(power_w).tolist() == [True, False, False, True, True]


TICKS = [(600.0, [1, 1, 1, 2, 2, 2]), (3600.0, [1.5]), (1200.0, [1, 1.5, 2]), (900.0, [1, 1, 2, 2])]


@pytest.mark.parametrize(("tick_s", "expected_kw"), TICKS)
def test_any_tick_gets_the_mean_over_itself(tmp_path, tick_s, expected_kw):
    window = ticks(len(expected_kw), Calendar(tick_s, int(86400 / tick_s), 0))
    power_kw = np.array(demand_w(read(tmp_path, HEAD + ROWS), "solar", window)) / 1000
    assert power_kw == pytest.approx(expected_kw)


def test_naive_times_are_local(tmp_path):
    assert read(tmp_path, "time\n2023-07-01T02:00\n2023-07-01T03:00\n").stamps.times_us[0] == 1688169600_000_000


def test_local_times_run_on_over_a_change_of_clocks(tmp_path):
    times_us = read(tmp_path, "time\n2023-03-26T01:00\n2023-03-26T03:00\n").stamps.times_us
    assert common_step_us(times_us) == 3600_000_000


CLOCKS = [("2023-10-29T02:30", "ambiguous in Europe/Berlin"), ("2023-03-26T02:30", "nonexistent in Europe/Berlin")]


@pytest.mark.parametrize(("time", "fault"), CLOCKS)
def test_a_local_time_that_names_no_instant_is_refused(tmp_path, time, fault):
    with pytest.raises(ScenarioError, match=f":2: time: .*{fault}"):
        read(tmp_path, f"time\n{time}\n2023-11-01T00:00\n")


T = "1970-01-01T"
BROKEN = [
    ("", "the file is empty"),
    (b"\x00\xff\xfe\x80", "not text"),
    ("time\n\0", "not text"),
    ("1970-01-01T00:00,1\n", ":1: the first column is '1970-01-01T00:00'; a header"),
    ("when;solar [kW]\n", ":1: the first column is 'when'.* 'time_column: NAME'"),
    ("time,[kW]\n", ":1: column 2 is headed"),
    ("time,a [kW,b\n", ":1: column 2 is headed"),
    ("time,a [W],a [kW]\n", ":1: two columns are named 'a'"),
    ("time,a [W]\n", "0 rows; at least two"),
    (f"time\n{T}00:00Z\n", "1 rows; at least two"),
    (f"time,a [W]\n{T}00:00Z,1\n{T}00:15Z\n", ":3: 1 cells; 2 as in the header"),
    (f"time\n{T}00:00Z\nnoon\n", ":3: time: 'noon' is not a time; ISO 8601"),
    (f"time,a\n{T}00:00Z,1\n,1\n", ":3: time: empty cell"),
    (f'time\n"{T}00:00Z\n', ":2: unexpected end of data"),
]


@pytest.mark.parametrize(("text", "fault"), BROKEN)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, fault):
    with pytest.raises(ScenarioError, match=fault):
        read(tmp_path, text)


IRREGULAR = [
    ("00:00 00:15 00:45 01:00 01:15", ":4: time: .* leaves a gap of 900 s.* 'fill: zero'"),
    ("00:00 00:15  00:15 00:30 00:45", ":5: time: .* is a duplicate"),
    ("00:00 00:00", ":3: time: .* is a duplicate"),
    ("00:30 00:15", ":3: time: .* is earlier"),
    ("00:00 00:15 00:30 00:45 00:30 01:00", ":6: time: .* is earlier"),
    ("00:00 00:15 00:16 00:30 00:45", ":4: time: .* is 60 s after .* irregular"),
]


@pytest.mark.parametrize(("times", "fault"), IRREGULAR)
def test_times_that_the_run_needs_must_rise_in_one_step(tmp_path, times, fault):
    rows = [f"{T}{time}Z,1" if time else "" for time in times.split(" ")]
    with pytest.raises(ScenarioError, match=fault):
        demand_w(read(tmp_path, "\n".join(["time,a [W]", *rows])), "a", ticks(2))


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "empty cell"),
        ("1,5", "cells"),
        ("x", "'x' is not a number"),
        ("nan", "'nan' is no value; .* 'fill: zero'"),
        ("NULL", "'NULL' is no value"),
        ("-inf", "'-inf' is not finite"),
        ("1e999", "'1e999' is not finite"),
        ("-1", "'-1' is below zero; .* 'clip: 1 W'"),
    ],
)
def test_a_cell_that_is_no_believable_number_is_refused(tmp_path, cell, fault):
    with pytest.raises(ScenarioError, match=f"t.csv:3: .*{fault}"):
        demand_w(read(tmp_path, f"time,a [W]\n{T}00:00Z,1\n{T}00:15Z,{cell}\n"), "a", ticks(1))


@pytest.mark.parametrize(
    ("column", "fault"),
    [
        ("slar", "no column 'slar'; did you mean 'solar'"),
        ("xyz", "no column 'xyz'; its columns are solar, demand"),
        ("bare", "bare: no unit; head it 'bare \\[UNIT\\]'"),
        ("heat", "heat: unit 'K'; .* a power .*'5 kW'.* or an energy"),
        ("price", "price: unit 'EUR/kWh'"),
    ],
)
def test_a_column_that_does_not_fit_is_refused(tmp_path, column, fault):
    with pytest.raises(ScenarioError, match=f"t.csv:1.*{fault}"):
        demand_w(read(tmp_path, HEAD + ROWS), column, ticks(2))


def test_a_price_in_another_currency_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"unit 'EUR/kWh'; .* a price in USD"):
        read(tmp_path, HEAD + ROWS).price(Use("price"), ticks(2), "USD")


@pytest.mark.parametrize(("name", "fault"), [("none.csv", "No such file"), (".", "directory"), ("\0", "null")])
def test_a_path_that_is_no_file_is_refused(tmp_path, name, fault):
    with pytest.raises(ScenarioError, match=fault):
        read_trace(str(tmp_path / name), Layout(BERLIN))


def test_over_100_mb_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(ScenarioError, match="over 100 MB"):
        read_trace(str(path), Layout(BERLIN))


@pytest.fixture(scope="module")
def household() -> Trace:
    return read_trace(str(HOUSEHOLD), Layout(BERLIN))


JUNE = Calendar(900.0, 96, 19509)


@pytest.mark.parametrize("span", [(-1, 5), (0, 21 * 96 + 1), (3000, 3001)])
def test_a_trace_too_short_says_what_it_covers(household, span):
    with pytest.raises(ScenarioError, match=r"covers 2023-06-01T.* to 2023-06-22T.*; the run and its history need"):
        household.demand_w(Use("demand"), Window(JUNE, *span))


def test_the_household_trace_is_what_its_script_makes(household):
    written = np.array(demand_w(household, "demand", ticks(21 * 96, JUNE))) / 1000
    assert written == pytest.approx(runpy.run_path(str(SCRIPT))["columns"]()[1], abs=1.01e-4)


def test_times_of_the_household_trace_rise(household):
    assert all(a.cells[0] < b.cells[0] for a, b in pairwise(household.stamps.table.rows))


QUARTERS = Calendar(900.0, 4, 0)  # a day of an hour, for short files
HOUR = ["00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30", "01:45"]


def mended(folder: Path, values: list[float | None], use: Use, unit: str = "W", times: list[str] = HOUR) -> Reading:
    """The demand of the second hour, of eight quarters of an hour."""
    rows = [f"{T}{time}Z,{'' if value is None else value}" for time, value in zip(times, values, strict=True)]
    return read(folder, "\n".join([f"time,a [{unit}]", *rows])).demand_w(use, ticks(8, QUARTERS, 4))


FILLS = [
    ("zero", [0.0, 6.0, 0.0, 0.0]),
    ("hold", [4.0, 6.0, 6.0, 6.0]),
    ("interpolate", [5.0, 6.0, 6.0, 6.0]),
    ("same_time_yesterday", [1.0, 6.0, 3.0, 4.0]),
]


@pytest.mark.parametrize(("fill", "expected"), FILLS)
def test_what_is_missing_is_filled_as_the_scenario_says_and_noted(tmp_path, fill, expected):
    reading = mended(tmp_path, [1, 2, 3, 4, None, 6, None, "NaN"], Use("a", fill=fill))
    assert reading.series(4, 8).tolist() == expected
    assert reading.notes == (f"t.csv: a: 3 of 4 values are missing, filled by 'fill: {fill}'",)


@pytest.mark.parametrize(("fill", "expected"), FILLS)
def test_rows_that_are_not_there_are_filled_too(tmp_path, fill, expected):
    times = [*HOUR[:4], HOUR[5], "02:00"]
    reading = mended(tmp_path, [1, 2, 3, 4, 6, 6], Use("a", fill=fill), times=times)
    assert reading.series(4, 8).tolist() == expected


def test_yesterdays_value_may_be_the_day_befores(tmp_path):
    reading = mended(tmp_path, [None, 2, 3, 4, None, 6, 7, 8], Use("a", fill="zero"))
    assert reading.series(4, 5).tolist() == [0.0]
    with pytest.raises(ScenarioError, match=":6: a: has no value, and 'fill: same_time_yesterday' finds none"):
        mended(tmp_path, [None, 2, 3, 4, None, 6, 7, 8], Use("a", fill="same_time_yesterday"))


OUTSIDE = [
    ([1, None, "x", -5, 5, 6, 7, 8], HOUR),
    ([1, 3, 4, 5, 6, 7, 8], [*HOUR[:1], *HOUR[2:]]),
    ([1, 2, 3, 4, 5, 6, 7, 8], ["00:00", "00:00", "00:20", *HOUR[3:]]),
    ([1, 3, 4, 5, 6, 7, 8, 9, 9], ["00:00", "00:31", *HOUR[3:], "02:10", "23:00"]),
]


@pytest.mark.parametrize(("values", "times"), OUTSIDE)
def test_what_the_run_does_not_need_is_not_looked_at(tmp_path, values, times):
    reading = mended(tmp_path, values, Use("a"), times=times)
    assert np.isfinite(reading.series(4, 8)).all()
    assert reading.notes == ()


def test_a_little_below_zero_is_clipped_and_counted(tmp_path):
    reading = mended(tmp_path, [1, 2, 3, 4, -3, 6, -0.5, 8], Use("a", clip_w=5.0))
    assert reading.series(4, 8).tolist() == [0.0, 6.0, 0.0, 8.0]
    assert reading.notes == ("t.csv: a: 2 of 4 values are below zero, down to -3 W; taken as 0 by 'clip'",)


def test_far_below_zero_is_refused_with_the_clip_that_it_takes(tmp_path):
    with pytest.raises(ScenarioError, match=r":6: a: '-43' is below zero; .* 'clip: 50 W'"):
        mended(tmp_path, [1, 2, 3, 4, -43, 6, -0.5, 8], Use("a", clip_w=5.0))


def test_a_fractions_clip_is_a_power_too(tmp_path):
    trace = read(tmp_path, f"time,a [%]\n{T}00:00Z,-0.1\n{T}00:30Z,50\n")
    assert trace.sun(Use("a", clip_w=5.0), ticks(2), 4000.0).series(0, 2).tolist() == [0.0, 0.5]
    with pytest.raises(ScenarioError, match="'clip: 4 W'"):
        trace.sun(Use("a", clip_w=3.0), ticks(2), 4000.0)
