"""The interlock by itself, and on boards at the start of a run."""

import json
from pathlib import Path

import pytest
from matrix import FACTOR, FIRST, TICK_S, bench_of, no_recording, start_of
from wires import ROLES, Wire

from hil.hardware import Bridge
from hil.interlock import Interlock
from hil.remote import Pace
from twin.clock import WallClock
from twin.facts import Record

PACE = Pace(TICK_S, FACTOR)


def free(interlock: Interlock) -> list[str]:
    return [role for role in ("grid", "load", "solar", "storage") if interlock.frees(role)]


def test_without_a_grid_board_all_are_free() -> None:
    told: list[bool] = []
    interlock = Interlock()
    interlock.tell("solar", told.append)
    assert free(interlock) == ["grid", "load", "solar", "storage"]
    assert told == [True]


def test_one_bad_tick_takes_all_back_and_good_ones_free_loads_first() -> None:
    interlock = Interlock()
    seen = []
    for is_good in (True, False, False, True, False, True, True, True):
        interlock.see(is_good)
        seen.append(len(free(interlock)))
    assert seen == [4, 1, 1, 2, 1, 2, 4, 4]


@pytest.mark.parametrize("looks_well", [True, False])
def test_a_run_begins_as_its_grid_board_looks(looks_well: bool) -> None:
    interlock = Interlock()
    interlock.begin(lambda: looks_well)
    assert free(interlock) == (["grid", "load", "solar", "storage"] if looks_well else ["grid"])


@pytest.mark.parametrize("is_held", [True, False])
def test_in_the_first_tick_others_are_told_when_the_bus_is_held_loads_first(is_held: bool) -> None:
    told: list[tuple[str, bool]] = []
    interlock = Interlock()
    interlock.begin(lambda: True)
    for role in ("solar", "load", "storage"):
        interlock.tell(role, lambda held, role=role: told.append((role, held)))  # type: ignore[misc]
    assert told == []
    interlock.start(is_held)
    assert told == [("load", is_held), ("solar", is_held), ("storage", is_held)]
    interlock.tell("solar", lambda held: told.append(("again", held)))
    assert told[-1] == ("again", True)


def lived(wires: list[Wire], folder: Path, ticks: int) -> tuple[list[Record], list[tuple[str, str]]]:
    """The first ticks of a run on boards, and what was said: component and verb, in order."""
    with Bridge(bench_of(folder, wires), PACE, no_recording) as bridge:
        bridge.require()
        start = start_of(folder).equipped(bridge, WallClock(TICK_S, FACTOR))
        grid = start.blueprint.microgrid(start.policy("rule"), start.clock, bridge)
        grid.skip_to(FIRST)
        records = grid.records()
        found = [next(records) for _ in range(ticks)]
        lines = sorted(bridge.rows()["frame"], key=lambda line: line[2])
    return found, [(line[1], line[4].split()[0]) for line in lines]


@pytest.mark.slow
def test_the_grid_board_holds_the_bus_before_any_other_has_power(tmp_path: Path) -> None:
    wires = [Wire(tmp_path, component) for component in ROLES]
    try:
        records, said = lived(wires, tmp_path, 2)
    finally:
        for wire in wires:
            wire.close()
    # Loads are told before sources, but each board has a wire and a thread of its own: which frame is written first
    # within that millisecond is for the operating system to say.
    assert said.index(("market", "done")) < min(said.index(("house", "set")), said.index(("solar", "set")))
    assert records[0].solar_j > 1.0


@pytest.mark.slow
def test_a_bus_that_was_left_charged_discharges_before_boards_have_power(tmp_path: Path) -> None:
    """As after a kill: the grid board trips when it is taken anew, until the bleeder has done its work."""
    wires = [Wire(tmp_path, component) for component in ROLES]
    try:
        market = wires[-1]
        told = json.loads(market.config.read_text(encoding="utf-8"))
        charged = {"sim": {"bus_v": 9.0, "bleed_ohm": 100000.0}}
        market.config.write_text(json.dumps(told | charged), encoding="utf-8")
        market.restart()
        records, _ = lived(wires, tmp_path, 16)
    finally:
        for wire in wires:
            wire.close()
    assert [record.sources[-1] for record in records[:2]] == ["fallback"] * 2
    first = next(record.tick for record in records if record.sources[-1] == "hardware")
    for record in records:
        if record.tick <= first:
            assert (record.solar_j, record.storage_j) == pytest.approx((0.0, 0.0), abs=0.05)
    assert records[-1].solar_j > 1.0
