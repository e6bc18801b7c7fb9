"""Files as people have them, from the command line: each works, or is told what to write."""

from pathlib import Path

import pytest
from terminal import Said, told

HOUSE = """currency: EUR
tick: 1 h
ticks_per_day: 24
start_day: 2024-06-03
days: 1
unserved_price: 10 EUR/kWh
solar: {kind: trace, file: day.csv, column: pv, rated_power: 6 kW}
loads: [{name: house}]
demand: {kind: trace, file: day.csv, column: load}
storage: {kind: battery, capacity: 10 kWh, max_charge_power: 4 kW, max_discharge_power: 4 kW}
market:
  known_ahead: 24 h
  prices: {kind: trace, file: day.csv, import_column: import, export_column: export}
"""
HEAD = "time,load [W],pv [W],import [EUR/kWh],export [EUR/kWh]"


def hours(pv=lambda hour: max(0, 2000 - 300 * abs(hour - 12)), load=lambda hour: 500, skip=()) -> str:
    rows = [f"2024-06-03T{h:02}:00Z,{load(h)},{pv(h)},0.3,0.08" for h in range(24) if h not in skip]
    return "\n".join([HEAD, *rows])


def house(folder: Path, csv: str, *commands: str, text: str = HOUSE) -> Said:
    (folder / "day.csv").write_text(csv, encoding="utf-8")
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    command, *options = commands or ("check",)
    return told(folder / "runs.sqlite", command, folder / "mine.yaml", *options)


NIGHT = hours(pv=lambda hour: "" if abs(hour - 12) > 6 else 1000)


def test_an_array_that_is_silent_at_night_is_told_how_to_be_filled(tmp_path: Path) -> None:
    said = house(tmp_path, NIGHT)
    assert said.status == 2
    assert "day.csv:2: pv: empty cell, as in 10 more; a number in every row, or 'fill: zero'" in said.err


def test_what_was_filled_is_told_by_check_run_and_compare(tmp_path: Path) -> None:
    note = "ote: day.csv: pv: 11 of 24 values are missing, filled by 'fill: zero'"
    text = HOUSE.replace("column: pv", "column: pv, fill: zero")
    assert note in house(tmp_path, NIGHT, text=text).out
    assert house(tmp_path, NIGHT, "check", "--json", text=text).json["notes"][0] in f"N{note}"
    assert note in house(tmp_path, NIGHT, "run", "--policy", "rule", text=text).err
    assert note in house(tmp_path, NIGHT, "compare", "--policies", "rule", text=text).out


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("time,a\n", encoding="utf-8")
    text = HOUSE.replace("file: day.csv, import", "file: other.csv, import")
    said = house(tmp_path, hours(pv=lambda hour: -3, load=lambda hour: "x"), text=text)
    assert said.status == 2
    assert [line.split("/")[-1].partition(";")[0] for line in said.err.splitlines()] == [
        "day.csv:2: pv: '-3' is below zero",
        "day.csv:2: load: 'x' is not a number",
        "other.csv: 0 rows",
    ]


@pytest.mark.parametrize("fill", ["zero", "hold", "interpolate"])
def test_a_hole_in_the_run_is_filled(tmp_path: Path, fill: str) -> None:
    csv, text = hours(skip=(3, 4, 15)), HOUSE.replace("file: day.csv", f"file: day.csv, fill: {fill}")
    assert "day.csv:5: time: '2024-06-03T05:00Z' leaves a gap of 7200 s" in house(tmp_path, csv).err
    said = house(tmp_path, csv, "run", "--policy", "rule", text=text)
    assert said.status == 0
    assert said.err.count("3 of 24 values are missing") == 4
