"""What becomes of a run, where time is real, whose disk stands still for some ticks."""

import sqlite3
from pathlib import Path

from twin.control.rule import Rule
from twin.facts import Decision, Observation
from twin.runs import RunStore, open_store
from twin.scenario.launch import new_book, prepare, recorded
from twin.scenario.request import Request
from twin.scenario.session import Session

WALL_S = 0.1


class Locker(Rule):
    """The rule, but from tick 5 to tick 9 nobody else can write to a file."""

    name = "locker"

    def __init__(self, path: Path) -> None:
        super().__init__(5.0)
        self._other = sqlite3.connect(path, isolation_level=None)

    def decide(self, seen: Observation) -> Decision:
        if seen.tick.number == 5:
            self._other.execute("BEGIN IMMEDIATE")
        if seen.tick.number == 9:
            self._other.execute("ROLLBACK")
        return super().decide(seen)


def lived(store: RunStore, policy: Rule, speed: float | None) -> tuple[list[int], dict[int, str]]:
    """The ticks that were recorded, and at which ticks what was told of the disk."""
    start = prepare(Request("lab_day").load(), speed)
    start.blueprint.trace(0, 60)
    book = new_book(store, start, policy)
    recorded(Session(start.blueprint, policy, book, start.clock), book)
    ticks = [tick for chunk in store.columns(book.run, ["tick"]) for tick in chunk["tick"].tolist()]
    return ticks, {tick: detail for tick, _, kind, detail in store.table(book.run, "fault") if kind == "disk"}


def test_rows_that_were_not_written_within_a_tick_are_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with open_store(str(path)) as store:
        ticks, told = lived(store, Locker(path), 5.0 / WALL_S)
    assert ticks == list(range(60))
    assert {7, 8} <= set(told)
    assert told[8].startswith("rows before it that are not written yet: ")


def test_offline_nobody_waits_for_rows(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        assert lived(store, Rule(5.0), None) == (list(range(60)), {})
