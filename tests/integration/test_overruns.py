"""What becomes of a run whose decisions take longer than a tick."""

import re
import time
from itertools import chain
from pathlib import Path

import pytest

from twin.clock import Overrun, WallClock
from twin.control.rule import Rule
from twin.errors import ClockError
from twin.facts import Decision, Observation
from twin.runs import RunStore, open_store
from twin.scenario.launch import new_book, prepare
from twin.scenario.request import Request
from twin.scenario.session import Session

WALL_S = 0.05


class Dreamer(Rule):
    """The rule, but once, from tick 5 on, it takes more than five ticks to decide."""

    name = "dreamer"
    dreamt = False

    def decide(self, seen: Observation) -> Decision:
        if seen.tick.number >= 5 and not self.dreamt:
            self.dreamt = True
            time.sleep(5.5 * WALL_S)
        return super().decide(seen)


def lived(store: RunStore, overrun: Overrun) -> tuple[list[int], list[str]]:
    """The ticks that were recorded, and the gaps."""
    start = prepare(Request("lab_day").load())
    start.blueprint.trace(0, 60)
    policy = Dreamer(5.0)
    book = new_book(store, start, policy)
    Session(start.blueprint, policy, book, WallClock(5.0, 5.0 / WALL_S, overrun)).run()
    ticks = [tick for chunk in store.columns(book.run, ["tick"]) for tick in chunk["tick"].tolist()]
    return ticks, [row[3] for row in store.table(book.run, "fault") if row[2] == "gap"]


@pytest.mark.parametrize("overrun", ["catch_up", "slow"])
def test_no_tick_is_left_out_unless_that_is_asked_for(tmp_path: Path, overrun: Overrun) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        assert lived(store, overrun) == (list(range(60)), [])


def test_skipped_ticks_are_a_gap_that_is_told(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        ticks, gaps = lived(store, "skip")
    told = [range(int(first), int(last) + 1) for first, last in (re.findall(r"\d+", gap) for gap in gaps)]
    missing = sorted(set(range(60)) - set(ticks))
    # A busy machine may skip more of them.
    assert len(missing) >= 4
    assert missing == list(chain(*told))


def test_a_run_may_rather_stop(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "runs.sqlite")) as store, pytest.raises(ClockError, match=r"tick \d+: is .* late"):
        lived(store, "stop")
