"""Stores with many runs, or a very long one, for looking at: a few simulated runs, copied by the database.

`python -m tests.demo_store FILE [RUNS]` makes one of 30 days a run; `python -m tests.demo_store FILE long` one of two
runs of a million ticks.
"""

import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from twin.runs import open_store
from twin.runs.tables import TABLES
from twin.scenario import simulate

SCENARIO, DAYS, TICKS = "lab_month", 30, 1800
ORIGINALS = 5
"""How many runs are really simulated; the others are their copies."""


def many_runs(path: Path, runs: int = 500) -> Path:
    """A store of `runs` runs of 30 days under the rule, started one after the other over the last month."""
    with open_store(str(path)) as store:
        for start in range(min(ORIGINALS, runs)):
            simulate(
                SCENARIO, policy="rule", sets=[f"days={DAYS}", f"start_day={5_727_101 + DAYS * start}"], store=store
            )
    with closing(sqlite3.connect(path)) as database, database:
        for new in range(ORIGINALS + 1, runs + 1):
            _copy_run(database, 1 + new % ORIGINALS, new)
        spread_s = DAYS * 86_400 / runs
        database.execute("UPDATE run SET started_s = ? - (? - id) * ?", (time.time(), runs, spread_s))
    return path


def long_run(path: Path, ticks: int = 1_000_000) -> Path:
    """A store of two runs of that many ticks: a month of the lab, over and over."""
    with open_store(str(path)) as store:
        simulate(SCENARIO, policy="rule", sets=[f"days={DAYS}"], store=store)
    repeats = -(-ticks // TICKS)
    moved = {"tick": f"tick + :n * {TICKS}", "start_s": f"start_s + :n * {TICKS * 5}", "day": f"day + :n * {DAYS}"}
    with closing(sqlite3.connect(path)) as database, database:
        for number in range(1, repeats):
            _copy_rows(database, "tick", moved, {"n": number, "old": 1, "stop": TICKS})
        sizes = (repeats * DAYS, repeats * TICKS, repeats * TICKS)
        database.execute("UPDATE run SET days = ?, ticks = ?, progress = ?", sizes)
        _copy_run(database, 1, 2)
    return path


def _copy_run(database: sqlite3.Connection, old: int, new: int) -> None:
    columns = [row[1] for row in database.execute("PRAGMA table_info(run)") if row[1] != "id"]
    names = ", ".join(f'"{column}"' for column in columns)
    database.execute(f"INSERT INTO run (id, {names}) SELECT ?, {names} FROM run WHERE id = ?", (new, old))
    for table in TABLES:
        _copy_rows(database, table, {"run": ":n"}, {"n": new, "old": old, "stop": 2**31})


def _copy_rows(database: sqlite3.Connection, table: str, changed: dict[str, str], given: dict[str, int]) -> None:
    """The rows of the run `old` up to `stop` once more, with some columns changed, which may depend on `n`."""
    names = ["run", *TABLES[table]]
    picked = ", ".join(changed.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    query = f'INSERT INTO "{table}" ({listed}) SELECT {picked} FROM "{table}" WHERE run = :old AND tick < :stop'
    database.execute(query, given)


def main(arguments: Sequence[str]) -> None:
    path = Path(arguments[0])
    if arguments[1:] == ["long"]:
        long_run(path)
    else:
        many_runs(path, *map(int, arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
