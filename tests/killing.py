"""Runs that are killed at any moment and go on: what they leave behind must be what an undisturbed run leaves."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from terminal import COMMAND, PATIENCE_S, ended, started, twin

from twin.runs.tables import TABLES

MOODS = ("plan_s", "late_s")
"""The columns that depend on the machine's mood."""
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Case:
    """A run to disturb: long enough to be caught half-way."""

    scenario: str
    policy: str
    days: int

    def arguments(self) -> list[object]:
        return ["run", self.scenario, "--policy", self.policy, "--days", self.days, "--json"]


def undisturbed(case: Case, store: Path) -> Rows:
    """What the run records when nobody disturbs it."""
    said = twin(store, *case.arguments())
    if said.status:
        raise RuntimeError(f"{case}: {said.err}")
    return recorded(store)


def killed_and_resumed(case: Case, store: Path, seed: int) -> tuple[int, Rows]:
    """Kill the run at a random moment after its first rows and resume it: ticks at the kill, and what is recorded."""
    chance = random.Random(seed)
    process = started(store, *case.arguments())
    await_progress(store, process, 0.6 * chance.random())
    time.sleep(0.2 * chance.random())
    process.kill()
    ended(process)
    at, ticks = progress(store)
    if at == ticks:
        raise RuntimeError(f"{case} was over before it could be killed; give it more days")
    said = twin(store, "resume", "last", "--json")
    if said.status:
        raise RuntimeError(f"{' '.join(COMMAND)} resume last: {said.err}")
    return at, recorded(store)


def await_progress(store: Path, process: "Popen[str]", share: float = 0.0) -> int:
    """Wait until the newest run has recorded rows and a share of all its ticks; returns how many."""
    give_up_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < give_up_s:
        at, ticks = progress(store)
        if at > share * ticks:
            return at
        time.sleep(0.01)
    process.kill()
    raise RuntimeError(f"the run was over, or silent for {PATIENCE_S:g} s: {ended(process)}")


def progress(store: Path) -> tuple[int, int]:
    """Ticks recorded and ticks in all of the newest run; nil while there is none."""
    found = list(asked(store, "SELECT progress, ticks FROM run ORDER BY id DESC LIMIT 1"))
    return found[0] if found else (0, 0)


def recorded(store: Path) -> Rows:
    """All rows of the newest run but for the columns that depend on the machine's mood, and its summary's sums."""
    newest = "WHERE run = (SELECT max(id) FROM run)"
    tables = {
        name: list(asked(store, f"SELECT {', '.join(map(quoted, lasting(name)))} FROM {name} {newest} ORDER BY 1, 2"))
        for name in TABLES
    }
    sums = ("cost", "net_cost", "import_j", "stored_j_start", "stored_j_end", "throughput_j", "cycles")
    fields = ", ".join(f"json_extract(summary, '$.{name}')" for name in sums)
    return tables | {"run": list(asked(store, f"SELECT state, progress, {fields} FROM run ORDER BY id DESC LIMIT 1"))}


def lasting(table: str) -> list[str]:
    return [column for column in TABLES[table] if column not in MOODS]


def quoted(column: str) -> str:
    return f'"{column}"'


def asked(store: Path, query: str) -> Iterator[tuple[Any, ...]]:
    """The answer of a store's file; nothing while it is not there or not set up."""
    if not store.exists():
        return
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10.0)) as connection:
        try:
            yield from connection.execute(query)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
