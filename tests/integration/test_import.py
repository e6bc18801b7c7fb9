"""`twin import`: what is found in files as people have them, and a scenario of it that passes `twin check` and runs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from terminal import Said, told

DAYS = 3
HOURS = 24 * DAYS
START = datetime(2024, 6, 3, tzinfo=UTC)
TIMES = [START + timedelta(hours=hour) for hour in range(HOURS)]


def sun(hour: int) -> float:
    return max(0.0, 3.0 - 0.5 * abs(hour % 24 - 12))


def load(hour: int) -> float:
    return 0.4 + 0.1 * (hour % 5)


def wide(head: str, *values, time=lambda at: at.isoformat()) -> str:
    rows = [",".join([time(at), *(str(value(i)) for value in values)]) for i, at in enumerate(TIMES)]
    return "\n".join([head, *rows]) + "\n"


def imported(folder: Path, text: str, *options: str, name: str = "my data.csv") -> Said:
    (folder / name).write_text(text, encoding="utf-8")
    return told(folder / "runs.sqlite", "import", folder / name, "--out", folder / "mine.yaml", *options)


def scenario(folder: Path) -> str:
    """The scenario that was written, which must be fine and run."""
    assert told(folder / "runs.sqlite", "check", folder / "mine.yaml").status == 0
    assert told(folder / "runs.sqlite", "run", folder / "mine.yaml", "--policy", "rule").status == 0
    return (folder / "mine.yaml").read_text(encoding="utf-8")


def run_json(folder: Path) -> dict[str, float]:
    return told(folder / "runs.sqlite", "run", folder / "mine.yaml", "--policy", "rule", "--json").json


def test_a_trace_becomes_a_scenario(tmp_path: Path) -> None:
    said = imported(tmp_path, wide("timestamp,PV [kW],House [kW],price [ct/kWh]", sun, load, lambda i: 30))
    assert said.status == 0
    assert "mine.yaml written: 2 days after 1 of history." in said.out
    text = scenario(tmp_path)
    for line in ("rated_power: 3000 W", "column: 'House'", "import_column: 'price'", "published: 13:00", "days: 2"):
        assert line in text


def test_what_was_found_is_told_as_json(tmp_path: Path) -> None:
    found = imported(tmp_path, wide("time,pv_kw,load_kw,soc", sun, load, lambda i: 50), "--json").json
    assert found["scenario"] == str(tmp_path / "mine.yaml")
    roles = {column["column"]: (column["role"], column["reading"]) for column in found["columns"]}
    assert roles == {"pv_kw": ("solar", "kW"), "load_kw": ("load", "kW"), "soc": ("not used", "")}
    assert "unit: kW\n" in scenario(tmp_path)


def test_a_unit_that_no_head_tells_is_assumed_by_size(tmp_path: Path) -> None:
    imported(tmp_path, wide("time,load,spot", lambda i: 1000 * load(i), lambda i: 80))
    text = scenario(tmp_path)
    assert "  unit: W  # assumed" in text
    assert "    import_unit: EUR/MWh  # assumed" in text


AWKWARD = {
    "silent at night": (wide("time,pv [kW],load [kW]", lambda i: sun(i) or "", load), "  fill: zero"),
    "standby at night": (wide("time,pv [kW],load [kW]", lambda i: sun(i) or -0.003, load), "  clip: 3 W"),
    "a hole": (wide("time,load [kW]", lambda i: "" if i in (30, 31) else load(i)), "  fill: interpolate"),
    "a meter's readings": (wide("time,load [kWh]", lambda i: 100 + 0.5 * i), "  cumulative: yes"),
    "load less sun": (wide("time,pv [kW],house [kW]", sun, lambda i: load(i) - sun(i)), "  net_of: solar"),
    "times under another name": (
        wide("when,load [kW]", load),
        "time_column: 'when'",
    ),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_what_must_be_mended_is_written_down(tmp_path: Path, name: str) -> None:
    text, line = AWKWARD[name]
    said = imported(tmp_path, text)
    assert said.err == ""
    assert line in scenario(tmp_path)


def test_several_files_make_one_scenario(tmp_path: Path) -> None:
    prices = wide("time,spot [SEK/kWh]", lambda i: 1 + i % 3)
    (tmp_path / "prices.csv").write_text(prices, encoding="utf-8")
    (tmp_path / "load.csv").write_text(wide("time,Bezug [kWh]", load), encoding="utf-8")
    files = (tmp_path / "load.csv", tmp_path / "prices.csv", "--out", tmp_path / "mine.yaml")
    assert told(tmp_path / "runs.sqlite", "import", *files, "--currency", "SEK").err == ""
    text = scenario(tmp_path)
    assert "demand:  # assumed: what the meter imported" in text
    assert "    file: 'prices.csv'\n    import_column: 'spot'" in text


@pytest.mark.parametrize(
    ("option", "value"), [("--currency", "KRONA"), ("--timezone", "Mars"), ("--out", "no/where.yaml")]
)
def test_an_option_that_means_nothing_is_refused(tmp_path: Path, option: str, value: str) -> None:
    said = imported(tmp_path, wide("time,load [kW]", load), option, value)
    assert said.status == 2
    assert value in said.err


def home_assistant() -> str:
    """The energy dashboard's file: a row for each counter."""
    rows = {
        "grid_consumption": [max(0.0, load(i) - sun(i)) for i in range(HOURS)],
        "grid_return": [max(0.0, sun(i) - load(i)) for i in range(HOURS)],
        "solar_production": [sun(i) for i in range(HOURS)],
        "grid_consumption_cost": [0.3 for _ in range(HOURS)],
    }
    times = ",".join(at.strftime("%Y-%m-%dT%H:%M:%S.000Z") for at in TIMES)
    lines = [f"sensor.{name},{name},kWh,{','.join(map(str, values))}" for name, values in rows.items()]
    return "\n".join([f"entity_id,type,unit,{times}", *lines]) + "\n"


def test_home_assistants_energy_export_becomes_a_trace(tmp_path: Path) -> None:
    said = imported(tmp_path, home_assistant(), name="energy.csv")
    assert f"{tmp_path}/mine_energy.csv and {tmp_path}/mine.yaml written" in said.out.replace("\n", " ")
    assert "file: 'mine_energy.csv'" in scenario(tmp_path)
    assert run_json(tmp_path)["load_j"] == pytest.approx(-sum(map(load, range(24, HOURS))) * 3.6e6)


def test_days_of_home_assistant_are_refused(tmp_path: Path) -> None:
    head = ",".join((START + timedelta(days=day)).isoformat() for day in range(9))
    said = imported(tmp_path, f"entity_id,type,unit,{head}\nsensor.a,solar_production,kWh{',1' * 9}\n")
    assert said.status == 2
    assert "its values are those of days; ask for a shorter period" in said.err
    assert not (tmp_path / "mine.yaml").exists()


def test_home_assistants_history_is_made_regular(tmp_path: Path) -> None:
    """A power that changes now and then, and a counter."""
    lines = ["entity_id,state,last_changed", "sensor.house_power,unavailable,2024-06-02T23:00:00.000Z"]
    for i, at in enumerate([START - timedelta(minutes=7), *TIMES, TIMES[-1] + timedelta(hours=2)]):
        lines.append(f"sensor.house_power,{500 if i % 2 else 300},{(at + timedelta(minutes=5)).isoformat()}")
        lines.append(f"sensor.pv_energy,{100 + i},{(at + timedelta(seconds=40)).isoformat()}")
    assert imported(tmp_path, "\n".join(lines), name="history.csv").err == ""
    text = scenario(tmp_path)
    assert "column: 'house_power'" in text
    assert "cumulative: yes" in text
    assert run_json(tmp_path)["load_j"] == pytest.approx(-400 * 2 * 86400, rel=0.01)


def influx() -> str:
    """Flux's annotated CSV: a table for each series."""
    lines = [
        "#group,false,false,true,false,false,true,true",
        "#datatype,string,long,string,dateTime:RFC3339,double,string,string",
        "#default,mean,,,,,,",
    ]
    for table, (entity, value) in enumerate({"pv_power": sun, "house_power": load}.items()):
        lines.append(",result,table,_start,_time,_value,_measurement,entity_id")
        for i, at in enumerate(TIMES):
            lines.append(
                f",,{table},{START.isoformat()},{at.strftime('%Y-%m-%dT%H:%M:%SZ')},{1000 * value(i)},W,{entity}"
            )
        lines.append("")
    return "\r\n".join(lines)


def test_influxdbs_tables_become_columns(tmp_path: Path) -> None:
    assert imported(tmp_path, influx(), name="influx.csv").err == ""
    assert (tmp_path / "mine_influx.csv").read_text().splitlines()[0] == "time,pv_power [W],house_power [W]"
    scenario(tmp_path)
    assert run_json(tmp_path)["load_j"] == pytest.approx(-sum(map(load, range(24, HOURS))) * 3.6e6)


REFUSED = {
    "no load": (wide("time,pv [kW],soc [%]", sun, lambda i: 50), "no column is known for a load; found are soc"),
    "too short": ("time,load [W]\n2024-06-03T00:00Z,1\n2024-06-03T01:00Z,1\n", "at least a whole day of UTC"),
    "no times": ("a,b\n1,2\n3,4\n", "the first column is 'a'"),
    "nothing": ("", "the file is empty"),
    "half an export": ("entity_id,type,unit,2024-06-03T00:00Z,x\n", "is not the export that it begins like"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_scenario_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    text, says = REFUSED[name]
    said = imported(tmp_path, text)
    assert said.status == 2
    assert says in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["my data.csv"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine", encoding="utf-8")
    assert "is there already" in imported(tmp_path, wide("time,load [kW]", load)).err
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "mine"
