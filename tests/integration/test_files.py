"""Files as people have them, from the command line: each works, or is told what to write."""

import csv
from pathlib import Path

import pytest
from terminal import Said, told

HOUSE = """currency: EUR
tick: 1 h
ticks_per_day: 24
start_day: 2024-06-03
days: 1
unserved_price: 10 EUR/kWh
solar: {kind: trace, file: day.csv, column: pv, rated_power: 6 kW, of: 6 kW}
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


def house(folder: Path, trace: str, *commands: str, text: str = HOUSE) -> Said:
    (folder / "day.csv").write_text(trace, encoding="utf-8")
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
    trace, text = hours(skip=(3, 4, 15)), HOUSE.replace("file: day.csv", f"file: day.csv, fill: {fill}")
    assert "day.csv:5: time: '2024-06-03T05:00Z' leaves a gap of 7200 s" in house(tmp_path, trace).err
    said = house(tmp_path, trace, "run", "--policy", "rule", text=text)
    assert said.status == 0
    assert said.err.count("3 of 24 values are missing") == 4


def test_a_heat_pump_is_added_to_other_demand(tmp_path: Path) -> None:
    text = HOUSE.replace("2024-06-03", "2024-01-08")
    trace = hours().replace("2024-06-03", "2024-01-08")
    pump = ", heat_pump: {weather: greensboro, annual_heat: 12000 kWh}}"
    alone = house(tmp_path, trace, "run", "--policy", "rule", "--json", text=text).json["load_j"]
    both = house(
        tmp_path, trace, "run", "--policy", "rule", "--json", text=text.replace("column: load}", f"column: load{pump}")
    )
    assert 15 < (alone - both.json["load_j"]) / 3.6e6 < 60


SIZES = ("compare", "--policies", "rule", "--json", "--set", "solar.rated_power=3kW,6kW,12kW")


def test_an_array_is_scaled_from_the_one_that_was_measured(tmp_path: Path) -> None:
    rows = house(tmp_path, hours(), *SIZES).json["policies"]
    small, as_measured, large = (row["solar_j"] + row["curtailed_j"] for row in rows)
    assert (small / as_measured, large / as_measured) == pytest.approx((0.5, 2.0))


def test_a_size_that_changes_nothing_is_refused_and_noted(tmp_path: Path) -> None:
    text = HOUSE.replace(", of: 6 kW", "")
    said = house(tmp_path, hours(), *SIZES[:3], *SIZES[4:], text=text)
    assert said.status == 2
    assert said.err.startswith("--set solar.rated_power=3kW: would change nothing; ")
    assert "'of: 4 kW'" in said.err
    assert "note: solar.rated_power does not scale 'pv'" in house(tmp_path, hours(), text=text).out


def test_a_fraction_needs_no_measured_size(tmp_path: Path) -> None:
    trace = hours(pv=lambda hour: 50).replace("pv [W]", "pv [%]")
    assert "day.csv:1: pv: is a fraction already" in house(tmp_path, trace).err
    assert "note" not in house(tmp_path, trace, text=HOUSE.replace(", of: 6 kW", "")).out


def net(hour: int) -> float:
    """What a meter counts of 500 W less the sun behind an inverter of 90 %."""
    return 500 - 0.9 * max(0, 2000 - 300 * abs(hour - 12))


BEHIND = HOUSE.replace("of: 6 kW", "of: 6 kW, efficiency: 90 %")


def test_a_meter_of_load_less_sun_is_told_how_to_be_split(tmp_path: Path) -> None:
    said = house(tmp_path, hours(load=net), text=BEHIND)
    assert "day.csv:10: load: '-220.0' is below zero; " in said.err
    assert "where a meter counts load less sun, 'net_of: solar'" in said.err


def test_the_load_behind_a_meter_is_what_the_array_gave_and_the_meter_counted(tmp_path: Path) -> None:
    text = BEHIND.replace("column: load", "column: load, net_of: solar, clip: 0.001 W")
    said = house(tmp_path, hours(load=net), "run", "--policy", "rule", "--json", text=text)
    assert said.json["load_j"] == pytest.approx(-500 * 86400)
    assert "note: day.csv: load is load less sun; the load is that and what 'pv' gave" in said.err
    smaller = house(tmp_path, hours(load=net), "run", "--json", "--set", "solar.rated_power=3kW", text=text)
    assert smaller.json["load_j"] == pytest.approx(-500 * 86400)


def test_a_split_that_leaves_too_little_is_refused(tmp_path: Path) -> None:
    text = HOUSE.replace("column: load", "column: load, net_of: solar")
    said = house(
        tmp_path, hours(load=lambda hour: net(hour) - 500), text=text.replace("of: 6 kW", "of: 6 kW, efficiency: 80 %")
    )
    assert "day.csv: load: comes with the sun to -20 W at 2024-06-03T06:00+00:00, and is below zero in 13" in said.err
    assert "or write 'clip: 200 W'" in said.err


def test_a_split_needs_a_measured_array(tmp_path: Path) -> None:
    text = HOUSE.replace("column: load", "column: load, net_of: solar")
    said = house(tmp_path, hours(), text="\n".join(line for line in text.splitlines() if "pv" not in line))
    assert "demand.net_of: 'solar'; solar of the kind trace is wanted" in said.err


WHOLESALE = """  prices:
    kind: trace
    file: day.csv
    import_column: import
    import: {factor: 1.06, add: 1.5 ct/kWh, tax: 12 ct/kWh}
    export_price: 0.08 EUR/kWh
"""
RETAIL = HOUSE[: HOUSE.index("  prices:")] + WHOLESALE


def test_retail_is_made_from_wholesale(tmp_path: Path) -> None:
    assert house(tmp_path, hours(), "run", "--policy", "rule", text=RETAIL).status == 0
    told(tmp_path / "runs.sqlite", "export", "last", tmp_path / "out.csv")
    head, first = ((tmp_path / "out.csv").read_text().splitlines()[i].split(",") for i in (0, 1))
    row = dict(zip(head, first, strict=True))
    assert float(row["import_price"]) * 3.6e6 == pytest.approx(1.06 * (0.3 + 0.015) + 0.12)
    assert float(row["export_price"]) * 3.6e6 == pytest.approx(0.08)


PRICES = {
    "tax: 12 ct/kWh": ("tax: 12 %", "market.prices.import.tax: '12 %' is a fraction"),
    "factor: 1.06": ("factor: x", "market.prices.import.factor: 'x' is not a factor; write for example '1.06'"),
    "    export_price: 0.08 EUR/kWh": ("", "market.prices.export_column: is missing; a column is wanted, or"),
    "export_price": ("export_column: export\n    export_price", "market.prices.export_price: '0.08 EUR/kWh'; either"),
    "known_ahead: 24 h": (
        "known_ahead: 24 h\n  published: 13:00",
        "market.published: '13:00'; either this or known_ahead",
    ),
}


@pytest.mark.parametrize("key", PRICES)
def test_what_does_not_fit_of_prices_is_told(tmp_path: Path, key: str) -> None:
    other, says = PRICES[key]
    said = house(tmp_path, hours(), text=RETAIL.replace(key, other))
    assert said.status == 2
    assert says in said.err


def test_prices_without_a_word_on_publication_are_remarked(tmp_path: Path) -> None:
    note = "note: day.csv: plans only guess prices to come"
    assert note in house(tmp_path, hours(), text=RETAIL.replace("  known_ahead: 24 h\n", "")).out
    for said in ("known_ahead: 0 h", "published: 13:00"):
        assert "note" not in house(tmp_path, hours(), text=RETAIL.replace("known_ahead: 24 h", said)).out


def test_a_plan_knows_tomorrows_prices_once_they_are_published(tmp_path: Path) -> None:
    """Until 13:00 it keeps the present price for tomorrow: only then does it know that tomorrow is cheap."""
    days = [(day, hour) for day in (3, 4) for hour in range(24)]
    lines = [f"2024-06-{d:02}T{h:02}:00Z,500,0,{0.3 if d == 3 else 0.1},0.05" for d, h in days]
    text = HOUSE.replace("days: 1", "days: 2").replace("known_ahead: 24 h", "published: 13:00")
    assert house(tmp_path, "\n".join([HEAD, *lines]), "run", "--policy", "milp", text=text).status == 0
    told(tmp_path / "runs.sqlite", "export", "last", tmp_path / "out.csv", "--table", "forecast")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["series"] == "import_price"]
    least = (min(float(row["mean"]) for row in rows if row["tick"] == tick) for tick in ("12", "13"))
    assert [price * 3.6e6 for price in least] == pytest.approx([0.3, 0.1])
