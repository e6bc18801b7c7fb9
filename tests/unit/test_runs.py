import csv
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from twin.errors import StoreError
from twin.facts import COLUMNS, Forecast, OpenTask, Reading, Reason, Record, Task, Violation, replace
from twin.runs import RunHeader, RunStore, export, open_store

HEADER = RunHeader(
    scenario="lab_day",
    text="name: lab_day\n",
    base="/scenarios",
    policy="milp",
    forecaster="mean5",
    currency="ct",
    seed=7,
    days=1,
    start_day=5727101,
    ticks=60,
    components=("storage", "led"),
    overrides={"storage.capacity": "12kWh"},
    versions={"twin": "0.1.0"},
    group="compare-1",
)
SIDE_TABLES = ("violation", "forecast", "task", "baseline", "link", "fault", "frame", "training")


def record(tick: int, **changes: object) -> Record:
    plain = Record(
        *(tick, tick * 5.0, 5727101, tick % 60),
        *(0.1 + 0.2, -1 / 3, 0.0, 1e-17, 0.0, 0.0, 0.0, 25.0, 0.0, 0.0),
        *(10.0, 5.0, 1e-16, 0.0, 0.0, 0.0),
        *("rule", Reason.BALANCED, None, None, None, 0.0),
        readings={"storage": Reading(1 / 3, "model", 25.0), "led": Reading(-2.0)},
    )
    return replace(plain, **changes)


def rich(tick: int) -> Record:
    """A record with a row in each side table."""
    point, paths = np.arange(3.0), np.array([[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]])
    return record(
        tick,
        plan_s=0.25,
        readings={"storage": Reading(1 / 3, "model", 25.0), "led": Reading(-2.0, "fallback")},
        violations=(Violation("soc", "storage", 1.5),),
        tasks=(OpenTask(Task("wash", 0, 3, 9, 50.0), 40.0, 3, 10.0),),
        forecast=Forecast(point, point, paths, point),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with open_store(str(tmp_path / "runs.sqlite")) as opened:
        yield opened


@pytest.fixture
def run(store: RunStore) -> int:
    """A run of four ticks with rows in every table."""
    number = store.create(HEADER)
    others = {
        "link": [(0, "led", 0.01, None, "good", None, 0.2)],
        "fault": [(1, "led", "silence", "no answer")],
        "frame": [(1, "led", 7.5, ">", "pong 3 {}")],
        "training": [(2, "demand_w", 3, 0.5, None)],
    }
    store.append(number, [record(0), rich(1), record(2), record(3)], [(0, 1.0, 2.0)], {"x": [math.inf]}, others)
    return number


def lines(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_new_run_keeps_its_header_and_is_running(store: RunStore) -> None:
    row = store.run(store.create(HEADER))
    assert row.header == HEADER
    assert (row.state, row.progress, row.summary) == ("running", 0, None)
    assert row.started_s == row.heartbeat_s > 0


def test_a_batch_moves_progress_and_leaves_one_checkpoint(store: RunStore, run: int) -> None:
    store.append(run, [record(4)], [], {"soc": 0.5})
    assert store.run(run).progress == 5
    assert store.checkpoint(run) == (5, {"soc": 0.5})


def test_a_batch_without_records_keeps_progress(store: RunStore, run: int) -> None:
    store.append(run, [], [], {})
    assert store.checkpoint(run) == (4, {})


def test_a_run_without_rows_has_no_checkpoint(store: RunStore) -> None:
    assert store.checkpoint(store.create(HEADER)) is None


def test_a_finished_run_keeps_its_summary(store: RunStore, run: int) -> None:
    store.finish(run, "done", {"cost": 1.5, "cycles": None})
    assert (store.run(run).state, store.run(run).summary) == ("done", {"cost": 1.5, "cycles": None})


def test_a_failed_run_says_why_until_it_goes_on(store: RunStore, run: int) -> None:
    store.finish(run, "failed", None, "sun: no answer")
    other = store.create(HEADER)
    assert [row.failure for row in (store.run(run), store.run(other))] == ["sun: no answer", None]
    assert [row.failure for row in store.runs()] == [None, "sun: no answer"]
    assert [row.failure for row in store.listing({run})] == ["sun: no answer"]
    store.truncate(run, 4)
    assert store.run(run).failure is None


def test_a_run_that_fails_again_says_why_this_time(store: RunStore, run: int) -> None:
    store.finish(run, "failed", None, "sun: no answer")
    store.truncate(run, 4)
    store.append(run, [record(4)], [], {})
    store.finish(run, "failed", None, "price: no answer")
    assert store.run(run).failure == "price: no answer"


def test_runs_come_newest_first_and_last_is_the_newest(store: RunStore) -> None:
    first, second = store.create(HEADER), store.create(HEADER)
    assert [row.id for row in store.runs()] == [second, first]
    assert store.run("last").id == store.run(str(second)).id == second


@pytest.mark.parametrize("which", [9, "9", "lost", ""])
def test_an_unknown_run_is_answered_with_those_there_are(store: RunStore, run: int, which: int | str) -> None:
    with pytest.raises(StoreError, match=rf"there is no run {which}; its runs are {run}"):
        store.run(which)


def test_floats_come_back_to_the_last_bit_and_null_as_nan(store: RunStore, run: int) -> None:
    (chunk,) = store.columns(run, ["tick", "solar_j", "plan_s", "reason", "storage_j", "led_j", "led_source"])
    assert chunk["tick"].dtype == np.int64
    assert chunk["solar_j"].tolist() == [0.1 + 0.2] * 4
    assert np.isnan(chunk["plan_s"]).tolist() == [True, False, True, True]
    assert chunk["reason"].tolist() == ["balanced"] * 4
    assert chunk["led_j"].tolist() == [-2.0] * 4
    assert chunk["led_source"].tolist() == ["model", "fallback", "model", "model"]


def test_columns_come_in_chunks_of_a_range(store: RunStore, run: int) -> None:
    chunks = store.columns(run, ["tick"], start=1, stop=4, chunk=2)
    assert [chunk["tick"].tolist() for chunk in chunks] == [[1, 2], [3]]


def test_an_unknown_column_is_refused_with_those_there_are(store: RunStore, run: int) -> None:
    with pytest.raises(StoreError, match=r"no column pump_j; it has tick, .*led_j, led_source"):
        list(store.columns(run, ["pump_j"]))


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("violation", (1, "soc", "storage", 1.5)),
        ("task", (1, "wash", 3, 9, 10.0, 40.0)),
        ("baseline", (0, 1.0, 2.0)),
        ("link", (0, "led", 0.01, None, "good", None, 0.2)),
        ("frame", (1, "led", 7.5, ">", "pong 3 {}")),
        ("fault", (1, "led", "silence", "no answer")),
        ("training", (2, "demand_w", 3, 0.5, None)),
    ],
)
def test_a_side_table_gives_back_its_rows(store: RunStore, run: int, table: str, row: tuple[object, ...]) -> None:
    assert list(store.table(run, table)) == [row]


def test_paths_are_kept_as_mean_and_band_and_points_without_band(store: RunStore, run: int) -> None:
    forecasts = {row[1]: row[2:] for row in store.table(run, "forecast")}
    mean, low, high = forecasts["demand_w"]
    np.testing.assert_allclose([mean, low, high], [[1, 2, 3], [0.2, 1.2, 2.2], [1.8, 2.8, 3.8]])
    assert forecasts["solar_w"][0].tolist() == [0.0, 1.0, 2.0]
    assert forecasts["solar_w"][1:] == (None, None)


def test_an_unknown_table_is_refused_with_those_there_are(store: RunStore, run: int) -> None:
    with pytest.raises(StoreError, match="there is no table sqlite_master; there are violation, forecast"):
        list(store.table(run, "sqlite_master"))


def test_a_truncated_run_goes_on_where_it_was_cut(store: RunStore, run: int) -> None:
    store.truncate(run, 1)
    assert store.run(run).progress == 1
    assert store.checkpoint(run) is None
    assert [list(store.table(run, name)) for name in ("violation", "forecast", "task")] == [[], [], []]
    store.append(run, [rich(1)], [], {})
    assert [len(chunk["tick"]) for chunk in store.columns(run, ["tick"])] == [2]


def test_truncating_at_the_checkpoint_keeps_it(store: RunStore, run: int) -> None:
    store.truncate(run, 4)
    assert store.checkpoint(run) == (4, {"x": [math.inf]})


def test_deleting_a_run_leaves_no_row_of_it_and_all_of_the_others(store: RunStore, run: int) -> None:
    other = store.create(HEADER)
    store.append(other, [rich(0)], [], {})
    store.delete(run)
    assert [row.id for row in store.runs()] == [other]
    assert all(not list(store.table(run, name)) for name in SIDE_TABLES)
    assert store.checkpoint(run) is None
    assert len(list(store.table(other, "violation"))) == 1


def test_the_number_of_a_deleted_run_is_never_given_again(store: RunStore, run: int) -> None:
    store.delete(run)
    assert store.create(HEADER) > run


def test_a_deleted_run_takes_no_more_rows(store: RunStore, run: int) -> None:
    store.delete(run)
    with pytest.raises(StoreError, match=f"there is no run {run}; it holds no runs"):
        store.append(run, [record(4)], [], {})


def test_a_failing_batch_leaves_nothing_behind(store: RunStore, run: int) -> None:
    with pytest.raises(StoreError, match=f"another process is writing run {run}"):
        store.append(run, [record(4), record(4)], [(4, 0.0, 0.0)], {"new": 1})
    assert store.checkpoint(run) == (4, {"x": [math.inf]})
    assert store.run(run).progress == 4
    assert len(list(store.table(run, "baseline"))) == 1


def test_a_missing_value_where_one_is_due_is_refused(store: RunStore, run: int) -> None:
    with pytest.raises(StoreError, match=r"NOT NULL.*tick\.cost"):
        store.append(run, [record(4, cost=math.nan)], [], {})


def test_the_csv_has_the_public_columns_and_reads_back_exactly(store: RunStore, run: int, tmp_path: Path) -> None:
    export(store, "last", tmp_path / "out.csv")
    head, *rows = lines(tmp_path / "out.csv")
    # storage_j is a public column already, and says the same.
    assert head == [*COLUMNS, "storage_source", "led_j", "led_source"]
    of = dict(zip(head, rows[1], strict=True))
    assert (of["tick"], of["day"], of["plan_s"], of["shadow_price"]) == ("1", "5727101", "0.25", "")
    assert (float(of["solar_j"]), float(of["load_j"])) == (0.1 + 0.2, -1 / 3)


def test_the_parquet_file_has_the_same_table(store: RunStore, run: int, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export(store, run, tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == [*COLUMNS, "storage_source", "led_j", "led_source"]
    assert table["plan_s"].to_pylist() == [None, 0.25, None, None]
    assert table["solver_status"].to_pylist() == [None] * 4


def test_exported_forecasts_have_a_row_per_tick_ahead(store: RunStore, run: int, tmp_path: Path) -> None:
    export(store, run, tmp_path / "out.csv", "forecast")
    head, *rows = lines(tmp_path / "out.csv")
    assert head == ["tick", "series", "ahead", "mean", "low", "high"]
    assert (
        rows[3:5] == [["1", "export_price", "0", "0.0", "", ""], ["1", "export_price", "1", "1.0", "", ""]][:0] or rows
    )
    assert ["1", "export_price", "1", "1.0", "", ""] in rows
    assert len(rows) == 12


@pytest.mark.parametrize("table", SIDE_TABLES)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_every_side_table_can_be_exported(store: RunStore, run: int, tmp_path: Path, table: str, suffix: str) -> None:
    export(store, run, tmp_path / f"out.{suffix}", table)
    assert (tmp_path / f"out.{suffix}").stat().st_size > 0


def test_a_side_table_without_rows_is_exported_as_its_heading(store: RunStore, tmp_path: Path) -> None:
    export(store, store.create(HEADER), tmp_path / "out.csv", "link")
    assert lines(tmp_path / "out.csv") == [
        ["tick", "component", "latency_s", "age_s", "quality", "residual_j", "delay_s"]
    ]


@pytest.mark.parametrize("name", ["out.xlsx", "out", "missing/out.csv", "folder.csv"])
def test_an_export_that_cannot_be_written_leaves_no_file(store: RunStore, run: int, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    before = set(tmp_path.iterdir())
    with pytest.raises(StoreError, match=r"write \.csv or \.parquet|name a file that can be written"):
        export(store, run, tmp_path / name)
    assert set(tmp_path.iterdir()) == before


def test_a_failed_export_keeps_the_file_that_was_there(store: RunStore, run: int, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    with pytest.raises(StoreError, match="there is no table nonsense"):
        export(store, run, target, "nonsense")
    assert target.read_text() == "old"


def test_the_store_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_STORE", str(tmp_path / "named.sqlite"))
    open_store().close()
    assert (tmp_path / "named.sqlite").exists()


def test_without_a_name_the_store_is_in_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWIN_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    open_store().close()
    assert (tmp_path / "smart-grid-twin" / "runs.sqlite").exists()


@pytest.mark.parametrize("name", ["with space.sqlite", "q?mark#.sqlite", "100%25.sqlite", "größe.sqlite"])
def test_a_path_is_taken_as_it_is_written(tmp_path: Path, name: str) -> None:
    open_store(str(tmp_path / name)).close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_importing_the_store_loads_no_heavy_library() -> None:
    code = "import twin.runs, sys; sys.exit(bool({'sqlalchemy', 'pyarrow', 'platformdirs'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False).returncode == 0
