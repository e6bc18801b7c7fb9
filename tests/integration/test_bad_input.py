"""Bad input, one kind after the other: a clear answer and the right exit status, never a traceback."""

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from terminal import COMMAND, Said, is_clear, is_one_clear_line, told, twin

from twin.scenario.schema import SHIPPED

DAY = (SHIPPED / "lab_day.yaml").read_text(encoding="utf-8")
WEEK = (SHIPPED / "household_week.yaml").read_text(encoding="utf-8")
CSV = (SHIPPED / "traces" / "household.csv").read_text(encoding="utf-8")
OF_CSV = (SHIPPED / "household_csv.yaml").read_text(encoding="utf-8")


def checked(folder: Path, text: str | bytes) -> Said:
    path = folder / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return told(folder / "runs.sqlite", "check", path)


def refusal(said: Said) -> str:
    """The message of a refusal, which must be a proper one."""
    assert said.status == 2
    assert is_clear(said)
    return said.err


MISTAKES = {
    "unknown key": (DAY, "days: 1", "days: 1\ncolour: red", ":9:9: colour: "),
    "misspelt key": (DAY, "rated_power: 4.6 W", "rated_powr: 4.6 W", "did you mean 'rated_power'?"),
    "missing unit": (DAY, "0.5 F", "0.5", ":27:16: storage.capacitance: '0.5' has no unit"),
    "wrong dimension": (DAY, "0.5 F", "0.5 V", "storage.capacitance: '0.5 V'"),
    "unit in words": (DAY, "0.5 F", "half a farad", "storage.capacitance: 'half a farad'"),
    "decimal comma": (DAY, "0.5 F", "0,5 F", "storage.capacitance: '0,5 F'"),
    "not a number": (DAY, "0.5 F", "nan F", "storage.capacitance: 'nan F'"),
    "negative capacitance": (DAY, "0.5 F", "-0.5 F", "storage.capacitance: '-0.5 F'"),
    "negative capacity": (WEEK, "capacity: 10 kWh", "capacity: -10 kWh", "storage.capacity: '-10 kWh'"),
    "no capacity": (WEEK, "capacity: 10 kWh", "capacity: 0 kWh", "storage.capacity: '0 kWh'"),
    "band upside down": (WEEK, "min_soc: 10 %", "min_soc: 100 %", "storage.min_soc: "),
    "start above the whole": (WEEK, "min_soc: 10 %", "min_soc: 10 %\n  initial_soc: 120 %", "initial_soc: '120 %'"),
    "start above the band": (DAY, "min_voltage: 1 V", "min_voltage: 1 V\n  initial_voltage: 15 V", "initial_voltage"),
    "band over the whole": (WEEK, "max_soc: 100 %", "max_soc: 101 %", "storage.max_soc: '101 %'"),
    "window outside the day": (WEEK, "start: 22:00", "start: 25:00", "tasks.items.0.start: '25:00'"),
    "window off the ticks": (WEEK, "start: 22:00", "start: 22:07", "tasks.items.0.start: '22:07'"),
    "window too short": (WEEK, "end: 11:00", "end: 22:15", "tasks.items.0.energy: '10 kWh'"),
    "profile over the window": (WEEK, "end: 10:00", "end: 01:00", "tasks.items.1.profile: "),
    "efficiency over one": (WEEK, "charge_efficiency: 95 %", "charge_efficiency: 105 %", "charge_efficiency: '105 %'"),
    "cheap darkness": (DAY, "3 EUR/J", "0.1 EUR/J", "unserved_price"),
    "another currency": (DAY, "currency: EUR", "currency: XYZ", "currency: 'XYZ'"),
    "no days": (DAY, "days: 1", "days: 0", "days: '0'"),
    "days in words": (DAY, "days: 1", "days: one", "days: 'one'"),
    "endless days": (DAY, "days: 1", "days: 999999999999", "days: "),
    "an offline server": (DAY, "days: 1", "days: 1\nserver: {url: http://127.0.0.1}", "server: "),
    "no paths": (DAY, "days: 1", "days: 1\nforecast: {paths: 0}", "forecast.paths: '0' is too few; 1 or more"),
    "too many paths": (DAY, "days: 1", "days: 1\nforecast: {paths: 10000}", "forecast.paths: '10000'; at most 1000"),
    "no net": (DAY, "days: 1", "days: 1\nforecast: {training: {population: 3}}", "'3'; at least 4 nets are wanted"),
    "too many paths of a long horizon": (
        DAY,
        "days: 1",
        "days: 1\nhorizon: 10000\nforecast: {paths: 300}",
        "forecast.paths: '300'; at most 200 of so long a horizon are wanted",
    ),
    "a crowd of huge nets": (
        DAY,
        "days: 1",
        "days: 1\nforecast: {training: {population: 500, hidden: [6, 40]}}",
        "training.population: '500'; at most 250 of nets so wide are wanted",
    ),
    "a tournament of more nets than there are": (
        DAY,
        "days: 1",
        "days: 1\nforecast: {training: {tournament: 61}}",
        "tournament: '61'; from 1 to the population is wanted",
    ),
    "a layer of none": (DAY, "days: 1", "days: 1\nforecast: {training: {hidden: [0]}}", "hidden.0: '0' is too few"),
    "a huge layer": (DAY, "days: 1", "days: 1\nforecast: {training: {hidden: [6, 999]}}", "hidden.1: '999'; at most"),
    "all an elite": (DAY, "days: 1", "days: 1\nforecast: {training: {elitism: 60}}", "elitism: '60'; from 0 to less"),
    "mutated twice": (DAY, "days: 1", "days: 1\nforecast: {training: {mutation_probability: 2}}", "'2' has no unit"),
    "all held back": (DAY, "days: 1", "days: 1\nforecast: {training: {held_back: 90 %}}", "held_back: '90 %'; from 0"),
    "no budget": (DAY, "days: 1", "days: 1\nforecast: {training: {budget: 0 s}}", "training.budget: '0 s' is nil"),
    "an odd strategy": (DAY, "days: 1", "days: 1\nforecast: {training: {strategy: sga}}", "strategy: 'sga'; did you"),
    "more same days than days": (DAY, "days: 1", "days: 1\nforecast: {history_days: 2}", "same_days"),
    "no population": (
        DAY,
        "days: 1",
        "days: 1\nforecast: {population_file: no.npz}",
        "population_file: 'no.npz' is not",
    ),
    "a tag": (DAY, "days: 1", "days: !!int 1", ":8:7: has the tag"),
    "a tag that runs": (DAY, "days: 1", "days: !!python/object/apply:os.system ['true']", "has the tag"),
    "an anchor": (DAY, "days: 1", "days: &a 1", "is an anchor or an alias"),
    "an alias": (DAY, "days: 1", "days: *a", "is an anchor or an alias"),
    "a key twice": (DAY, "days: 1", "days: 1\ndays: 2", "'days' is written twice"),
    "no trace": (
        OF_CSV,
        "traces/household.csv  ",
        "traces/nowhere.csv  ",
        "solar.file: 'traces/nowhere.csv' is not there",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    text, right, wrong, says = MISTAKES[name]
    assert right in text
    shutil.copytree(SHIPPED / "traces", tmp_path / "traces")
    told_so = refusal(checked(tmp_path, text.replace(right, wrong, 1)))
    assert says in told_so
    assert told_so.startswith(f"{tmp_path}/mine.yaml") or "unserved_price" in told_so


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    wrong = DAY.replace("0.5 F", "0.5").replace("4.6 W", "4.6 V").replace("days: 1", "dayz: 1")
    said = checked(tmp_path, wrong)
    assert said.status == 2
    assert said.err.count("\n") >= 3
    assert all(line.startswith(f"{tmp_path}/mine.yaml:") for line in said.err.splitlines())


FILES = {
    "empty": b"",
    "blank": b"\n \n# nothing\n",
    "binary": random.Random(1).randbytes(5000),
    "zeros": bytes(5000),
    "utf-16": DAY.encode("utf-16"),
    "a list": b"- 1\n- 2\n",
    "a word": b"lab",
    "two documents": b"a: 1\n---\nb: 2\n",
    "deep": b"[" * 100_000,
    "deep mappings": b"{a: " * 50_000,
    "long": b"a: " + b"x" * 2_000_000,
    "many keys": b"".join(b"key%d: 1\n" % i for i in range(60_000)),
    "a bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (c + 1, c + 1, c, c, c, c) for c in range(97, 110)),
    "unclosed": b"a: [1, 2\nb: 3\n",
    "tabs": b"a:\n\tb: 1\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(checked(tmp_path, FILES[name])).startswith(f"{tmp_path}/mine.yaml")


@pytest.mark.parametrize("suffix", ["yaml", "csv"])
def test_a_huge_file_is_refused_without_reading_it_all(tmp_path: Path, suffix: str) -> None:
    with (tmp_path / f"mine.{suffix}").open("wb") as file:
        file.truncate(101_000_000)
    if suffix == "csv":
        (tmp_path / "mine.yaml").write_text(OF_CSV.replace("traces/household.csv", "mine.csv"), encoding="utf-8")
    said = twin(tmp_path / "runs.sqlite", "check", tmp_path / "mine.yaml")
    assert f"mine.{suffix}" in refusal(said)


def test_a_folder_and_a_pipe_are_no_scenarios(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path, says in ((tmp_path, "is a folder"), (tmp_path / "pipe.yaml", "is not a regular file")):
        assert says in refusal(told(tmp_path / "runs.sqlite", "check", path))


LINES = CSV.splitlines()
DEFECTS = {
    "a gap": (LINES[:50] + LINES[52:], "household.csv:51: "),
    "a duplicate": (LINES[:50] + LINES[49:], "household.csv:51: "),
    "backwards": (LINES[:50] + LINES[50:52][::-1] + LINES[52:], "household.csv:51: "),
    "NaN": ([*LINES[:9], LINES[9].replace(",0.0000,", ",nan,"), *LINES[10:]], "household.csv:10: solar: 'nan'"),
    "too large": (
        [*LINES[:9], LINES[9].replace(",0.0000,", ",1e308,"), *LINES[10:]],
        "household.csv:10: solar: '1e308'",
    ),
    "a word": ([*LINES[:9], LINES[9].replace(",0.0000,", ",none,"), *LINES[10:]], "household.csv:10: solar: 'none'"),
    "an empty cell": ([*LINES[:9], LINES[9].replace(",0.0000,", ",,"), *LINES[10:]], "household.csv:10: solar: "),
    "a negative": ([*LINES[:9], LINES[9].replace(",0.0000,", ",-1,"), *LINES[10:]], "household.csv:10: solar: '-1'"),
    "a short row": ([*LINES[:9], LINES[9].rpartition(",")[0], *LINES[10:]], "household.csv:10: 4 cells"),
    "no unit": ([LINES[0].replace(" [kW]", "", 1), *LINES[1:]], "household.csv:1: solar: no unit"),
    "a wrong unit": ([LINES[0].replace("[kW]", "[EUR]", 1), *LINES[1:]], "household.csv:1: solar: unit 'EUR'"),
    "a price in kW": ([LINES[0].replace("import_price [EUR/kWh]", "import_price [kW]"), *LINES[1:]], "import_price: "),
    "another currency": ([LINES[0].replace("[EUR/kWh]", "[USD/kWh]", 1), *LINES[1:]], "unit 'USD/kWh'"),
    "no such column": ([LINES[0].replace("demand", "demnd"), *LINES[1:]], "did you mean 'demnd'?"),
    "no time": ([LINES[0].replace("time", "when"), *LINES[1:]], "the first column is 'when'"),
    "a wrong time": ([*LINES[:9], LINES[9].replace("2023-06-01", "1/6/23"), *LINES[10:]], "household.csv:10: "),
    "too short": (LINES[:900], "covers 2023-06-01T"),
    "only a head": (LINES[:1], "household.csv: "),
    "nothing": ([], "household.csv: the file is empty"),
    "binary": (["\0\1\2"], "household.csv: not text"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_of_a_trace_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    lines, says = DEFECTS[name]
    (tmp_path / "traces").mkdir()
    (tmp_path / "traces" / "household.csv").write_text("\n".join(lines), encoding="utf-8")
    assert says in refusal(checked(tmp_path, OF_CSV))


EXACT = """about: A day of quarter hours and a file that holds just those
currency: EUR
tick: 15 min
ticks_per_day: 96
start_day: 2024-06-03
days: 1
history_days: 0
unserved_price: 10 EUR/kWh
solar: {kind: trace, file: day.csv, column: pv, rated_power: 6 kW}
loads: [{name: house}]
demand: {kind: trace, file: day.csv, column: load}
storage: {kind: battery, capacity: 20 kWh, max_charge_power: 4 kW, max_discharge_power: 4 kW}
market: {export_limit: 2 kW, prices: {kind: trace, file: day.csv, import_column: import, export_column: export}}
"""


@pytest.mark.parametrize("policy", ["rule", "milp", "oracle"])
def test_a_trace_that_covers_the_run_exactly_is_enough(tmp_path: Path, policy: str) -> None:
    times = (f"2024-06-03T{i // 4:02}:{i % 4 * 15:02}Z" for i in range(96))
    head = "time,load [W],pv [W],import [EUR/kWh],export [EUR/kWh]"
    lines = [head, *(f"{time},500,{20 * i},0.30,0.08" for i, time in enumerate(times))]
    (tmp_path / "day.csv").write_text("\n".join(lines), encoding="utf-8")
    assert checked(tmp_path, EXACT).status == 0
    assert told(tmp_path / "runs.sqlite", "run", tmp_path / "mine.yaml", "--policy", policy).status == 0


def test_a_bad_scenario_is_refused_by_run_and_compare_too_and_leaves_no_store(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(DAY.replace("0.5 F", "0.5"), encoding="utf-8")
    for command in ("run", "compare"):
        refusal(told(tmp_path / "runs.sqlite", command, tmp_path / "mine.yaml"))
    assert not (tmp_path / "runs.sqlite").exists()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A store with one run."""
    assert told(tmp_path / "runs.sqlite", "run", "lab_day", "--policy", "rule").status == 0
    return tmp_path / "runs.sqlite"


def change(store: Path, statement: str) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(statement)


@pytest.fixture
def locked(kept: Path) -> Iterator[str]:
    """The URL of a store that another process is writing, with little patience."""
    with closing(sqlite3.connect(kept, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield f"sqlite:///{kept}?timeout=0.2"


def failure(said: Said) -> str:
    assert said.status == 1
    assert is_one_clear_line(said)
    return said.err


def test_a_locked_store_is_a_clear_failure(kept: Path, locked: str) -> None:
    said = told(kept, "run", "lab_day", "--policy", "rule", "--store", locked)
    assert "database is locked; another process is writing there" in failure(said)


@pytest.mark.parametrize("command", [["runs"], ["show", "1"], ["export", "1", "out.csv"]])
def test_a_locked_store_can_still_be_looked_at(
    kept: Path, locked: str, tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(kept, *command, "--store", locked).status == 0


@pytest.mark.parametrize("command", [["runs"], ["show", "1"], ["export", "1", "out.csv"]])
def test_looking_makes_no_store(tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "Traceback" not in told(tmp_path / "new.sqlite", *command).err
    assert not (tmp_path / "new.sqlite").exists()


def test_a_store_that_can_only_be_read_is_a_clear_failure(kept: Path) -> None:
    said = told(kept, "run", "lab_day", "--policy", "rule", "--store", f"sqlite:///{kept}?mode=ro")
    assert "it can only be read" in failure(said)


def test_a_store_in_a_folder_that_cannot_be_written_is_a_clear_failure() -> None:
    assert "unable to open" in failure(told(Path("/proc/runs.sqlite"), "run", "lab_day", "--policy", "rule"))


@pytest.mark.slow
def test_a_full_disk_ends_a_run_with_one_line_and_keeps_its_rows(tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    said = subprocess.run(
        [*COMMAND, "run", "lab_month", "--policy", "rule", "--days", "1000", "--store", str(store)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, resource.RLIM_INFINITY)),
    )
    failure(Said(said.returncode, said.stdout, said.stderr))
    shown = twin(store, "show", "1", "--json").json
    assert shown["progress"] > 0
    assert twin(store, "resume", "1").status == 0


def test_a_store_of_another_version_is_a_clear_failure(kept: Path) -> None:
    change(kept, "UPDATE store SET version = 99")
    for command in (["run", "lab_day"], ["runs"], ["show", "1"], ["resume", "1"]):
        assert "is of version 99" in failure(told(kept, *command))


@pytest.mark.parametrize("store", ["nowhere/runs.sqlite", ".", "mysql://host/runs", "sqlite:///nowhere/runs.sqlite"])
def test_a_place_that_is_no_store_is_told_in_one_line(
    tmp_path: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = told(Path("unused.sqlite"), "run", "lab_day", "--policy", "rule", "--store", store)
    assert said.status in (1, 2)
    assert is_one_clear_line(said)


def test_a_scenario_whose_files_are_gone_cannot_be_resumed_and_says_so(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED / "traces", tmp_path / "traces")
    shutil.copy(SHIPPED / "household_csv.yaml", tmp_path / "mine.yaml")
    store = tmp_path / "runs.sqlite"
    assert told(store, "run", tmp_path / "mine.yaml", "--policy", "rule", "--days", "1").status == 0
    change(store, "UPDATE run SET state = 'interrupted'")
    shutil.rmtree(tmp_path / "traces")
    assert "household.csv" in refusal(told(store, "resume", "1"))


def test_python_itself_says_nothing(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-X",
        "dev",
        "-W",
        "error",
        *COMMAND[1:],
        "run",
        "lab_day",
        "--policy",
        "rule",
        "--store",
    ]
    said = subprocess.run([*command, str(tmp_path / "a.sqlite")], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
