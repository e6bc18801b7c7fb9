"""The commands end to end, as processes: what they answer, where they say it, and how they exit."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import Said, ended, is_one_clear_line, started, told, twin

from twin.facts import COLUMNS
from twin.runs import open_store

HEAVY = ("pint", "pydantic", "sqlalchemy", "mip", "numpy", "plotly", "pvlib", "pandas", "simpy", "scipy", "yaml")
RUN_KEYS = (
    *("run", "scenario", "policy", "currency", "ticks", "cost", "import_j", "export_j", "solar_j", "load_j"),
    *("curtailed_j", "unserved_j", "stored_j_start", "stored_j_end", "throughput_j", "wear_cost"),
    *("max_balance_error_j", "self_consumption", "self_sufficiency", "cycles", "plan_s", "plan_fallbacks"),
    *("link_fallbacks", "late_ticks", "ticks_per_s"),
)
READINGS = (
    *("solar_source", "load1_j", "load1_source", "load2_j", "load2_source", "load3_j", "load3_source"),
    *("storage_source", "market_j", "market_source"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds run 1, a lab day under the rule, and run 2, the same planned."""
    path = tmp_path_factory.mktemp("store") / "runs.sqlite"
    for policy in ("rule", "milp:mean5"):
        assert twin(path, "run", "lab_day", "--policy", policy, "--json").status == 0
    return path


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Said:
    path = tmp_path_factory.mktemp("store") / "runs.sqlite"
    return twin(path, "compare", "lab_day", "--policies", "none,rule,milp:persistence,milp,oracle", "--json")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys; from twin.cli import main\ntry: main(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert {name.partition(".")[0] for name in said.stderr.split()}.isdisjoint(HEAVY)
    assert said.stdout


def test_run_answers_with_one_object_of_the_documented_keys(store: Path) -> None:
    said = twin(store, "run", "lab_day", "--policy", "rule", "--json")
    assert (said.status, said.err, said.out.count("\n")) == (0, "", 1)
    assert tuple(said.json) == RUN_KEYS
    assert said.json["ticks"] == 60
    assert tuple(said.json["plan_s"]) == ("median", "p99", "max")


def test_compare_answers_with_one_object_of_the_documented_keys(compared: Said) -> None:
    assert (compared.status, compared.err, compared.out.count("\n")) == (0, "", 1)
    assert tuple(compared.json) == ("scenario", "currency", "ticks", "policies")
    keys = ("name", *RUN_KEYS, "net_cost", "share_of_gap", "score", "interval")
    assert {tuple(row) for row in compared.json["policies"]} == {keys}


def test_compare_names_its_rows_as_they_were_asked_for(compared: Said) -> None:
    rows = compared.json["policies"]
    assert [row["name"] for row in rows] == ["none", "rule", "milp:persistence", "milp", "oracle"]
    assert [row["share_of_gap"] for row in rows][1::3] == [0.0, 1.0]
    assert [row["score"] for row in rows][::4] == [0.0, 1.0]


def test_a_policy_without_storage_moves_nothing_through_it(compared: Said) -> None:
    none, rule = compared.json["policies"][:2]
    assert (none["throughput_j"], none["cycles"]) == (0.0, 0.0)
    assert none["net_cost"] > rule["net_cost"]


def test_intervals_are_of_days_and_one_day_has_none(compared: Said, store: Path) -> None:
    assert {row["interval"] for row in compared.json["policies"]} == {None}
    said = told(store, "compare", "lab_bare", "--days", "5", "--policies", "none,rule,milp:mean5,oracle", "--json")
    none, rule, milp, oracle = said.json["policies"]
    assert (rule["interval"], oracle["interval"]) == ([0.0, 0.0], pytest.approx([1.0, 1.0]))
    assert milp["interval"][0] < milp["share_of_gap"] < milp["interval"][1]
    assert none["interval"][1] < 0.0 == none["score"]


def test_a_gap_within_its_noise_is_warned_of(store: Path) -> None:
    slow = ("--days", "7", "--set", "storage.max_charge_power=0.01 W")
    said = twin(store, "compare", "lab_bare", "--policies", "rule,oracle", *slow)
    assert "Warning: the gap itself is within its noise" in said.out


def test_all_compared_policies_see_one_trace_from_one_state(compared: Said) -> None:
    rows = compared.json["policies"]
    assert len({round(row["stored_j_start"], 6) for row in rows}) == 1
    assert len({round(row["solar_j"] + row["curtailed_j"], 6) for row in rows}) == 1
    assert len({round(row["unserved_j"] - row["load_j"], 6) for row in rows}) == 1


def test_an_oracle_whose_search_was_cut_short_is_no_bound_and_says_so(store: Path) -> None:
    dear = ("--set", "market.prices.export=0.30 USD/kWh", "--set", "guard.max_nodes=1", "--days", "1")
    said = twin(store, "compare", "household_week", "--policies", "oracle", *dear)
    assert "Its search was stopped by guard.max_nodes, so its plan may be beaten." in said.out
    with open_store(str(store), read_only=True) as runs:
        (chunk,) = runs.columns(runs.run("last").id, ["decision"])
    assert set(chunk["decision"]) == {"incumbent"}


def test_the_share_of_the_gap_is_null_without_rule_or_oracle(store: Path) -> None:
    said = told(store, "compare", "lab_day", "--policies", "rule,milp", "--json")
    for field in ("share_of_gap", "score", "interval"):
        assert [row[field] for row in said.json["policies"]] == [None, None]


def test_a_list_of_values_gives_a_row_each(store: Path) -> None:
    said = told(store, "compare", "lab_bare", "--policies", "rule", "--set", "storage.capacity=20 J,50 J", "--json")
    assert [row["name"] for row in said.json["policies"]] == [
        "rule storage.capacity=20 J",
        "rule storage.capacity=50 J",
    ]


def test_a_comparison_can_be_looked_at(store: Path, tmp_path: Path) -> None:
    picture = tmp_path / "lab.html"
    said = twin(store, "compare", "lab_day", "--policies", "rule,oracle", "--plot", picture)
    assert (said.status, said.err) == (0, f"The picture is in {picture}\n")
    assert max(map(len, said.out.splitlines())) <= 80
    assert not re.search(r'<(script|link|img)[^>]* (src|href)="(?!data:)', picture.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "options", [["--days", "2"], ["--start-day", "5727150"], ["--set", "storage.max_current=0.1A"]]
)
def test_options_of_run_change_what_is_run(store: Path, options: list[str]) -> None:
    base = told(store, "run", "lab_day", "--policy", "rule", "--json").json
    changed = told(store, "run", "lab_day", "--policy", "rule", "--json", *options)
    assert changed.status == 0
    assert changed.json["cost"] != base["cost"]


def test_a_paced_run_takes_its_time(store: Path) -> None:
    said = twin(store, "run", "lab_day", "--policy", "rule", "--speed", "400", "--json")
    assert said.status == 0
    assert 50 < said.json["ticks_per_s"] < 81


def test_a_run_can_be_shown_listed_exported_and_deleted(store: Path, tmp_path: Path) -> None:
    number = twin(store, "run", "lab_day", "--policy", "rule", "--json").json["run"]
    assert twin(store, "show", "last", "--json").json["run"] == number
    assert twin(store, "runs", "--json").json["runs"][0]["run"] == number
    assert twin(store, "export", number, tmp_path / "a.csv", "--json").status == 0
    assert twin(store, "delete", number, "--json").json == {"run": number, "deleted": True}
    assert twin(store, "show", number).status == 2


def test_show_says_why_a_run_failed(store: Path) -> None:
    failed = twin(store, "run", "lab_day", "--policy", "rule", "--speed", "1000000", "--overrun", "stop")
    assert failed.status == 1
    assert failed.err.startswith("tick 0: is ")
    assert twin(store, "show", "last").out.endswith(failed.err)
    assert twin(store, "show", "last", "--json").json["failure"] == failed.err.rstrip()
    assert twin(store, "resume", "last", "--json").status == 0
    assert twin(store, "show", "last", "--json").json["failure"] is None


def test_show_repeats_what_run_said(store: Path) -> None:
    ran = twin(store, "run", "lab_day", "--policy", "rule", "--json").json
    shown = twin(store, "show", ran["run"], "--json").json
    assert {key: shown[key] for key in ran} == ran


def test_an_export_has_exactly_the_documented_columns(store: Path, tmp_path: Path) -> None:
    assert twin(store, "export", "1", tmp_path / "a.csv").status == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == (*COLUMNS, *READINGS)
    assert [row[0] for row in rows] == [str(tick) for tick in range(60)]


def test_parquet_holds_what_csv_holds(store: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    assert {told(store, "export", "2", tmp_path / name).status for name in ("a.csv", "a.parquet")} == {0}
    table = parquet.read_table(tmp_path / "a.parquet").to_pydict()
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(table) == list(rows[0])
    assert [float(row["cost"]) for row in rows] == table["cost"]
    assert [row["solver_status"] or None for row in rows] == table["solver_status"]


@pytest.mark.parametrize(
    ("table", "head"),
    [
        ("violation", "tick,kind,subject,amount_j"),
        ("forecast", "tick,series,ahead,mean,low,high"),
        ("task", "tick,name,start,end,served_j,remaining_j"),
        ("baseline", "tick,cost,stored_j"),
        ("training", "tick,series,generation,fitness,held_back"),
    ],
)
def test_side_tables_can_be_exported(store: Path, tmp_path: Path, table: str, head: str) -> None:
    assert told(store, "export", "2", tmp_path / "a.csv", "--table", table).status == 0
    assert (tmp_path / "a.csv").read_text().splitlines()[0] == head


def test_the_baseline_is_what_the_rule_pays_on_the_same_trace(store: Path, tmp_path: Path) -> None:
    told(store, "export", "1", tmp_path / "rule.csv")
    told(store, "export", "2", tmp_path / "baseline.csv", "--table", "baseline")
    rule, baseline = (csv.DictReader((tmp_path / f"{n}.csv").read_text().splitlines()) for n in ("rule", "baseline"))
    assert [(r["tick"], r["cost"], r["stored_j"]) for r in rule] == [tuple(row.values()) for row in baseline]


def test_shipped_scenarios_are_listed_and_fine(store: Path) -> None:
    listed = twin(store, "scenarios", "--json").json["scenarios"]
    names = {row["name"] for row in listed}
    assert names >= {"lab_day", "lab_month", "lab_ideal", "lab_bare", "household_week", "household_csv"}
    assert {told(store, "check", name, "--json").status for name in names} == {0}


def test_tables_fit_80_columns_and_carry_no_colours(store: Path) -> None:
    for command in (["runs"], ["show", "2"], ["run", "lab_day"], ["compare", "lab_day"], ["scenarios"]):
        said = told(store, *command)
        assert (said.status, said.err) == (0, "")
        assert "\x1b" not in said.out
        assert command == ["scenarios"] or max(map(len, said.out.splitlines())) <= 80
        assert not any(line.endswith(" ") for line in said.out.splitlines())


WRONG = {
    "nothing to run": ["run"],
    "no such command": ["fly"],
    "no such option": ["run", "lab_day", "--fast"],
    "no such scenario": ["run", "lab_dya"],
    "no such file": ["check", "nowhere.yaml"],
    "no such policy": ["run", "lab_day", "--policy", "greedy"],
    "no policy at all": ["run", "lab_day", "--policy", ""],
    "no such forecaster": ["run", "lab_day", "--policy", "milp:tea_leaves"],
    "no such policies": ["compare", "lab_day", "--policies", "rule,greedy"],
    "an empty policy": ["compare", "lab_day", "--policies", "rule,,oracle"],
    "no such forecaster to judge": ["forecast", "lab_day", "--set", "forecaster=tea_leaves"],
    "nothing to foretell": ["forecast", "lab_day", "--set", "horizon=1"],
    "no file to train for": ["train", "lab_day"],
    "a file of another kind": ["train", "lab_day", "--out", "nets.pickle"],
    "a folder that is not there": ["train", "lab_day", "--out", "nowhere/nets.npz"],
    "days to train for": ["train", "lab_day", "--out", "nets.npz", "--days", "3"],
    "nothing to learn from": ["train", "lab_day", "--out", "nets.npz", "--set", "history_days=2"],
    "no days": ["run", "lab_day", "--days", "0"],
    "days in words": ["run", "lab_day", "--days", "two"],
    "a negative seed": ["run", "lab_day", "--seed", "-1"],
    "no speed": ["run", "lab_day", "--speed", "0"],
    "speed is not a number": ["run", "lab_day", "--speed", "nan"],
    "no such key": ["run", "lab_day", "--set", "storage.capacitanse=1 F"],
    "no unit": ["run", "lab_day", "--set", "storage.capacitance=1"],
    "half an assignment": ["run", "lab_day", "--set", "storage"],
    "no such run": ["show", "99"],
    "a run of no number": ["export", "first", "a.csv"],
    "no such table": ["export", "1", "a.csv", "--table", "nonsense"],
    "no such format": ["export", "1", "a.xls"],
    "no such run to resume": ["resume", "99"],
    "a run that is done": ["resume", "1"],
    "no such run to delete": ["delete", "99"],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_from_the_start_is_one_line_and_status_2(store: Path, name: str) -> None:
    said = told(store, *WRONG[name])
    assert said.status == 2
    assert is_one_clear_line(said)


@pytest.mark.parametrize("name", WRONG)
def test_with_json_what_is_wrong_is_one_object(store: Path, name: str) -> None:
    said = told(store, *WRONG[name], "--json")
    assert (said.status, said.err) == (2, "")
    assert set(said.json) == {"error"}
    assert set(said.json["error"]) == {"where", "got", "expected"}
    assert all(isinstance(part, str) for part in said.json["error"].values())


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_process_and_a_call_say_the_same(store: Path, options: list[str]) -> None:
    command = ["check", "lab_dya", *options]
    assert twin(store, *command) == told(store, *command)


@pytest.mark.parametrize("file", ["nowhere/a.csv", "."])
def test_an_export_that_cannot_be_written_is_one_clear_line(store: Path, tmp_path: Path, file: str) -> None:
    said = told(store, "export", "1", f"{tmp_path}/{file}")
    assert said.status in (1, 2)
    assert is_one_clear_line(said)


@pytest.mark.parametrize("command", [["train", "--out"], ["forecast", "--plot"], ["compare", "--plot"]])
def test_a_file_that_cannot_be_written_is_told_before_any_work(store: Path, tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / "a.npz"
    folder.mkdir()
    said = told(store, command[0], "no_scenario", command[1], folder)
    assert (said.status, said.err) == (2, f"{command[1]} {folder}: is a folder; a file is wanted\n")


@pytest.mark.parametrize("file", ["nowhere/a.html", "."])
def test_a_picture_of_a_league_that_cannot_be_written_is_one_clear_line(store: Path, tmp_path: Path, file: str) -> None:
    said = told(store, "forecast", "lab_bare", "--plot", f"{tmp_path}/{file}")
    assert said.status == 2
    assert is_one_clear_line(said)


@pytest.mark.parametrize("file", ["nowhere/a.html", "."])
def test_a_picture_that_cannot_be_written_is_one_clear_line(store: Path, tmp_path: Path, file: str) -> None:
    before = told(store, "runs").out
    said = told(store, "compare", "lab_day", "--policies", "rule", "--plot", f"{tmp_path}/{file}")
    assert said.status == 2
    assert is_one_clear_line(said)
    assert told(store, "runs").out == before


def test_a_reader_that_leaves_early_is_no_failure_to_talk_about(store: Path) -> None:
    process = started(store, "runs")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert "Traceback" not in ended(process).err


def test_a_json_answer_holds_no_nan(store: Path) -> None:
    said = told(store, "run", "lab_bare", "--policy", "rule", "--set", "solar.rated_power=1 uW", "--json")
    json.loads(said.out, parse_constant=pytest.fail)
