"""What the home page and the editor show and do, without a browser."""

import time
from pathlib import Path
from typing import Any

import pytest

from dashboards.address import Asked
from dashboards.deleting import question
from dashboards.house import House
from dashboards.pages.editor import gutter, saved
from dashboards.run_grid import filter_model, offered, sorted_columns
from dashboards.run_table import grid_rows, shares_of_gap
from dashboards.scenarios import Scenarios
from dashboards.settings import Settings
from dashboards.starting import faults
from dashboards.under_way import panel, progress_text
from twin.errors import ScenarioError, TwinError
from twin.runs import RunHeader, RunRow
from twin.scenario.schema import SHIPPED

LAB = (SHIPPED / "lab_day.yaml").read_text(encoding="utf-8")
NOW_S = 1_000_000.0


def row(number: int, policy: str, net_cost: float | None, **other: Any) -> RunRow:
    header = RunHeader(
        "lab_day", "", "", policy, "mean5", "EUR", 0, 1, 0, 60, (), {}, {}, group=other.pop("group", "together")
    )
    summary = None if net_cost is None else {"net_cost": net_cost}
    values = {"started_s": NOW_S, "state": "done", "heartbeat_s": NOW_S, "progress": 60, "summary": summary}
    return RunRow(number, header, **{**values, **other})


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house with one scenario in a folder of its own."""
    (tmp_path / "lab_day.yaml").write_text(LAB, encoding="utf-8")
    return House(Settings(str(tmp_path / "runs.sqlite"), tmp_path))


def test_the_share_of_the_gap_is_known_within_a_comparison_only() -> None:
    runs = [row(1, "rule", 100.0), row(2, "milp", 60.0), row(3, "oracle", 20.0), row(4, "milp", 60.0, group=None)]
    assert shares_of_gap(runs) == {1: 0.0, 2: 0.5, 3: 1.0}


@pytest.mark.parametrize(
    ("state", "heartbeat_s", "shown"),
    [
        ("done", 0.0, "done"),
        ("running", NOW_S - 5, "running"),
        ("running", NOW_S - 500, "lost at 50 %"),
        ("interrupted", 0.0, "interrupted at 50 %"),
        ("failed", 0.0, "failed at 50 %"),
    ],
)
def test_the_grid_says_how_a_run_stands(state: str, heartbeat_s: float, shown: str) -> None:
    run = row(1, "rule", None, state=state, heartbeat_s=heartbeat_s, progress=30)
    assert grid_rows([run], NOW_S)[0]["state"] == shown


def test_the_grid_says_why_a_run_failed() -> None:
    run = row(1, "rule", None, state="failed", progress=30, failure="sun: no answer")
    assert grid_rows([run], NOW_S)[0]["state"] == "failed at 50 %: sun: no answer"


def test_a_run_that_failed_a_moment_ago_says_why_whoever_ran_it(house: House) -> None:
    failed = row(3, "rule", None, state="failed", heartbeat_s=time.time(), failure="sun: no answer")
    (alert,) = panel(house, [failed]).lines
    assert (alert.title, alert.children) == ("Run 3 failed", "sun: no answer")


def test_the_grid_shows_money_and_sorts_by_number() -> None:
    shown = grid_rows([row(1, "rule", 12.345)], NOW_S)[0]
    assert (shown["cost"], shown["cost_text"], shown["share_text"]) == (12.345, "12.35 EUR", "–")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], (True, "/compare?runs=", True, True)),
        ([(1, "a", "done")], (True, "/compare?runs=1", True, False)),
        ([(1, "a", "interrupted at 5 %")], (True, "/compare?runs=1", False, False)),
        ([(2, "a", "done"), (1, "a", "done")], (False, "/compare?runs=1%2C2", True, False)),
        ([(1, "a", "done"), (2, "b", "done")], (True, "/compare?runs=1%2C2", True, False)),
        ([(1, "a", "running")], (True, "/compare?runs=1", True, True)),
        ([(1, "a", "lost at 5 %")], (True, "/compare?runs=1", False, False)),
        ([(1, "a", "done"), (2, "a", "running")], (False, "/compare?runs=1%2C2", True, True)),
    ],
)
def test_only_what_can_be_done_is_offered(rows: list[tuple[int, str, str]], expected: tuple[object, ...]) -> None:
    named = [dict(zip(("run", "scenario", "state"), values, strict=True)) for values in rows]
    assert offered(named) == expected


def test_what_is_offered_follows_what_becomes_of_the_selected_runs() -> None:
    selected = [{"run": 1, "scenario": "a", "state": "running"}]
    assert offered(selected, {1: "running"})[2:] == (True, True)
    assert offered(selected, {1: "interrupted"})[2:] == (False, False)
    assert offered(selected, {1: "done"})[2:] == (True, False)
    assert offered([{**selected[0], "state": "lost at 5 %"}], {1: "running"})[2:] == (False, False)


def test_before_deleting_the_runs_are_named_or_counted() -> None:
    one = {"run": 7, "scenario": "lab_day", "policy": "rule"}
    assert question([one]) == "Delete run 7 (lab_day under rule) with all of its ticks?"
    assert question([one] * 3).startswith("Delete 3 runs ")


@pytest.mark.parametrize(
    ("speed", "shown"),
    [
        (None, "420 of 1,800 ticks"),
        (0.0, "420 of 1,800 ticks"),
        (345.0, "420 of 1,800 ticks, 345 ticks/s, 4 s left"),
        (1.3, "420 of 1,800 ticks, 1.3 ticks/s, 18 min left"),
        (0.2, "420 of 1,800 ticks, 0.2 ticks/s, 1.9 h left"),
    ],
)
def test_progress_is_told_with_its_speed(speed: float | None, shown: str) -> None:
    assert progress_text(420, 1800, speed) == shown


def test_speed_is_measured_between_two_looks(house: House) -> None:
    assert house.pace(row(1, "rule", None, progress=5, heartbeat_s=99.0)) is None
    assert house.pace(row(1, "rule", None, progress=10, heartbeat_s=100.0)) is None
    assert house.pace(row(1, "rule", None, progress=50, heartbeat_s=102.0)) == 20.0
    assert house.pace(row(1, "rule", None, progress=51, heartbeat_s=102.1)) == 20.0


@pytest.mark.parametrize("begun", [0, 900], ids=["new", "resumed"])
def test_start_up_is_not_counted_in_the_speed(house: House, begun: int) -> None:
    looks = [(begun, 100.0), (begun, 100.0), (begun + 10, 4100.0), (begun + 10, 4100.0), (begun + 30, 4102.0)]
    speeds = [house.pace(row(1, "rule", None, progress=done, heartbeat_s=at_s)) for done, at_s in looks]
    assert speeds == [None, None, None, None, 10.0]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("policy", "clever", "'clever' is no policy"),
        ("days", "0", "'0' is too few"),
        ("days", "1e9", "is not a whole number"),
        ("seed", "-1", "is not a whole number"),
        ("scenario", "nowhere", "there is none by the name nowhere"),
    ],
)
def test_a_wrong_field_is_told_beside_it(house: House, field: str, value: str, said: str) -> None:
    values = {"scenario": "lab_day", "policy": "", "days": "", "seed": "", field: value}
    found = faults(house, values)
    assert list(found) == [field]
    assert said in next(iter(found.values()))


def test_a_form_left_as_it_is_is_fine(house: House) -> None:
    assert faults(house, {"scenario": "lab_day", "policy": "", "days": None, "seed": " "}) == {}


def test_each_message_names_its_line(house: House) -> None:
    remarks = house.scenarios.remarks(LAB.replace("tick: 5 s", "tick: 5 J").replace("kind: lab}", "kind: lob}"))
    lines = LAB.splitlines()
    assert [lines[remark.line - 1].split(":")[0] for remark in remarks] == ["tick", "demand", "tasks", "  prices"]


def test_the_gutter_marks_what_is_said_of_a_line(house: House) -> None:
    numbers = gutter("a: 1\nb: 2", house.scenarios.remarks("a: 1\nb: 2"))
    assert [getattr(number, "className", None) for number in numbers] == ["faulty", "faulty"]
    assert "unknown key" in numbers[1].title


def test_a_scenario_is_saved_as_a_new_file(house: House) -> None:
    assert saved(house, "mine", LAB, "lab_day") == ("", ["lab_day", "mine"], "mine", "")
    assert house.scenarios.text("mine") == LAB


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("lab_day", LAB, "is there already"),
        ("../outside", LAB, "is no name"),
        ("a/b", LAB, "is no name"),
        ("", LAB, "is missing; write one"),
        ("mine", LAB.replace("5 s", "5 J"), "is an energy"),
        ("mine", "x" * 1_000_001, "at most 1000000 are wanted"),
    ],
)
def test_nothing_is_saved_that_is_wrong_or_elsewhere(house: House, name: str, text: str, said: str) -> None:
    error, names, shown, kept = saved(house, name, text, "lab_day")
    assert said in error
    assert (names, shown, kept) == (["lab_day"], "lab_day", name)


def test_files_outside_the_folder_are_not_read(house: House) -> None:
    text = (SHIPPED / "household_csv.yaml").read_text(encoding="utf-8")
    secret = text.replace("traces/household.csv", str(SHIPPED / "traces" / "household.csv"))
    with pytest.raises(ScenarioError, match="only files in the scenarios folder are read"):
        house.scenarios.save("mine", secret)


def test_a_link_out_of_the_folder_is_no_way_around(house: House, tmp_path: Path) -> None:
    (tmp_path / "traces").symlink_to(SHIPPED / "traces")
    text = (SHIPPED / "household_csv.yaml").read_text(encoding="utf-8")
    with pytest.raises(TwinError, match="only files in the scenarios folder are read"):
        Scenarios(tmp_path).save("mine", text)


@pytest.mark.parametrize(
    ("order", "sorted_by", "refused"),
    [
        ("cost:desc,days:asc", {"cost": ("desc", 0), "days": ("asc", 1)}, 0),
        ("cost:up,nix:asc,,:", {}, 1),
        ("nix:asc,cost:asc", {"cost": ("asc", 1)}, 1),
    ],
)
def test_the_address_says_how_the_grid_is_sorted(
    order: str, sorted_by: dict[str, tuple[str, int]], refused: int
) -> None:
    asked = Asked({"sort": order})
    columns = [column for column in sorted_columns(asked) if "sort" in column]
    assert {column["field"]: (column["sort"], column["sortIndex"]) for column in columns} == sorted_by
    assert len(asked.faults) == refused


@pytest.mark.parametrize("text", ["{", "[1]", "1", '{"nix": {}}', '{"run": 5}', "[" * 900])
def test_a_filter_that_is_none_is_left_out_and_told(text: str) -> None:
    asked = Asked({"filter": text})
    assert filter_model(asked) == {}
    assert "filters of the grid's columns are wanted" in str(asked.faults[0])
