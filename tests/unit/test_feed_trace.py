import runpy
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.facts import Calendar
from twin.feeds.trace import Trace, read_trace

BERLIN = ZoneInfo("Europe/Berlin")
HOUSEHOLD = Path(__file__).parents[2] / "scenarios" / "traces" / "household.csv"
SCRIPT = Path(__file__).parents[1] / "make_household_trace.py"
HEAD = "time,solar [kW],demand [kWh],price [EUR/kWh],share [%],bare,heat [K]\n"
ROWS = "1970-01-01T00:00Z,1,0.5,0.36,50,1,1\n1970-01-01T00:30Z,2,1,-0.36,100,1,1\n"
HALF_HOURS = Calendar(1800.0, 48, 0)


def read(folder: Path, text: str | bytes, zone: ZoneInfo = BERLIN) -> Trace:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_trace(str(path), zone)


def test_units_are_converted(tmp_path):
    trace = read(tmp_path, HEAD + ROWS)
    assert trace.sun("solar", HALF_HOURS, 4000.0)(0, 2) == pytest.approx([0.25, 0.5])
    assert trace.sun("share", HALF_HOURS, 4000.0)(0, 2) == pytest.approx([0.5, 1.0])
    assert trace.demand_w("demand", HALF_HOURS)(0, 2) == pytest.approx([1000.0, 2000.0])
    assert trace.demand_w("solar", HALF_HOURS)(0, 2) == pytest.approx([1000.0, 2000.0])
    assert trace.price("price", HALF_HOURS, "EUR")(0, 2) == pytest.approx([1e-7, -1e-7])


def test_a_fraction_may_have_the_unit_1(tmp_path):
    trace = read(tmp_path, HEAD.replace("[kW]", "[1]") + ROWS.replace("Z,2", "Z,0.5"))
    assert trace.sun("solar", HALF_HOURS, 4000.0)(0, 2) == pytest.approx([1.0, 0.5])


def test_outside_a_trace_nothing_is_known(tmp_path):
    power_w = read(tmp_path, HEAD + ROWS).demand_w("solar", HALF_HOURS)(-1, 4)
    assert np.isnan(power_w).tolist() == [True, False, False, True, True]


TICKS = [(600.0, [1, 1, 1, 2, 2, 2]), (3600.0, [1.5]), (1200.0, [1, 1.5, 2]), (900.0, [1, 1, 2, 2])]


@pytest.mark.parametrize(("tick_s", "expected_kw"), TICKS)
def test_any_tick_gets_the_mean_over_itself(tmp_path, tick_s, expected_kw):
    series = read(tmp_path, HEAD + ROWS).demand_w("solar", Calendar(tick_s, int(86400 / tick_s), 0))
    assert series(0, len(expected_kw)) / 1000 == pytest.approx(expected_kw)


def test_naive_times_are_local(tmp_path):
    assert read(tmp_path, "time\n2023-07-01T02:00\n2023-07-01T03:00\n").start_s == 1688169600.0


def test_local_times_run_on_over_a_change_of_clocks(tmp_path):
    assert read(tmp_path, "time\n2023-03-26T01:00\n2023-03-26T03:00\n").step_s == 3600.0


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
    ("time;solar [kW]\n", ":1: the first column is .* separated by commas"),
    ("time,[kW]\n", ":1: column 2 is headed"),
    ("time,a [kW,b\n", ":1: column 2 is headed"),
    ("time,a [W],a [kW]\n", ":1: two columns are named 'a'"),
    ("time,a [W]\n", "0 rows; at least two"),
    (f"time\n{T}00:00Z\n", "1 rows; at least two"),
    (f"time,a [W]\n{T}00:00Z,1\n{T}00:15Z\n", ":3: 1 cells; 2 as in the header"),
    (f"time\n{T}00:00Z\nnoon\n", ":3: time: 'noon' is not a time; ISO 8601"),
    (f"time,a\n{T}00:00Z,1\n,1\n", ":3: time: empty cell"),
    (f"time\n{T}00:00Z\n{T}00:15Z\n{T}00:45Z\n", ":4: time: .* leaves a gap of 900 s"),
    (f"time\n{T}00:00Z\n{T}00:15Z\n\n{T}00:15Z\n", ":5: time: .* is a duplicate"),
    (f"time\n{T}00:00Z\n{T}00:00Z\n", ":3: time: .* is a duplicate"),
    (f"time\n{T}00:30Z\n{T}00:15Z\n", ":3: time: .* is earlier"),
    (f"time\n{T}00:00Z\n{T}00:15Z\n{T}00:16Z\n", ":4: time: .* is 60 s after .* irregular"),
    (f'time\n"{T}00:00Z\n', ":2: unexpected end of data"),
]


@pytest.mark.parametrize(("text", "fault"), BROKEN)
def test_a_broken_file_is_refused_with_its_line(tmp_path, text, fault):
    with pytest.raises(ScenarioError, match=fault):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "empty cell"),
        ("1,5", "cells"),
        ("x", "'x' is not a number"),
        ("nan", "'nan' is not finite"),
        ("-inf", "'-inf' is not finite"),
        ("1e999", "'1e999' is not finite"),
        ("-1", "'-1' is below zero"),
    ],
)
def test_a_cell_that_is_no_believable_number_is_refused(tmp_path, cell, fault):
    with pytest.raises(ScenarioError, match=f"t.csv:3: .*{fault}"):
        read(tmp_path, f"time,a [W]\n{T}00:00Z,1\n{T}00:15Z,{cell}\n").demand_w("a", HALF_HOURS)


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
        read(tmp_path, HEAD + ROWS).demand_w(column, HALF_HOURS)


def test_a_price_in_another_currency_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match=r"unit 'EUR/kWh'; .* a price in USD"):
        read(tmp_path, HEAD + ROWS).price("price", HALF_HOURS, "USD")


@pytest.mark.parametrize(("name", "fault"), [("none.csv", "No such file"), (".", "directory"), ("\0", "null")])
def test_a_path_that_is_no_file_is_refused(tmp_path, name, fault):
    with pytest.raises(ScenarioError, match=fault):
        read_trace(str(tmp_path / name), BERLIN)


def test_over_100_mb_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(ScenarioError, match="over 100 MB"):
        read_trace(str(path), BERLIN)


@pytest.mark.parametrize("span", [(-1, 5), (0, 21 * 96 + 1), (3000, 3001)])
def test_a_trace_too_short_says_what_it_covers(span):
    trace = read_trace(str(HOUSEHOLD), BERLIN)
    with pytest.raises(ScenarioError, match=r"covers 2023-06-01T.* to 2023-06-22T.*; the run and its history need"):
        trace.require(Calendar(900.0, 96, 19509), *span)


def test_a_trace_covers_all_of_its_days():
    trace, calendar = read_trace(str(HOUSEHOLD), BERLIN), Calendar(900.0, 96, 19509)
    trace.require(calendar, 0, 21 * 96)
    assert trace.days(calendar) == range(19509, 19530)


def test_the_household_trace_is_what_its_script_makes():
    trace, calendar = read_trace(str(HOUSEHOLD), BERLIN), Calendar(900.0, 96, 19509)
    written = trace.demand_w("demand", calendar)(0, 21 * 96) / 1000
    assert written == pytest.approx(runpy.run_path(str(SCRIPT))["columns"]()[1], abs=1.01e-4)


def test_times_of_the_household_trace_rise():
    rows = read_trace(str(HOUSEHOLD), BERLIN).rows
    assert all(a.cells[0] < b.cells[0] for a, b in pairwise(rows))
