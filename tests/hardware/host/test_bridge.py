"""All boards of a bench together: greeted, told, stopped in a safe order, each line kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from matrix import FACTOR, FIRST, TICK_S, bench_of, no_recording, rekeyed, start_of
from wires import ROLES, Spoil, Wire, changed

from hil.bench import load_bench
from hil.frames import decode, encode
from hil.hardware import Bridge
from hil.remote import Pace
from twin.clock import WallClock
from twin.errors import Errors
from twin.facts import Limits

pytestmark = pytest.mark.slow
PACE = Pace(TICK_S, FACTOR)


@pytest.fixture
def wires(tmp_path: Path) -> Iterator[list[Wire]]:
    wires = [Wire(tmp_path, component) for component in ROLES]
    yield wires
    for wire in wires:
        wire.close()


def test_boards_are_stopped_sources_first_and_the_grid_last(tmp_path: Path, wires: list[Wire]) -> None:
    with Bridge(bench_of(tmp_path, wires), PACE, no_recording) as bridge:
        bridge.require()
        assert bridge.stop() == []
        lines = [line for line in bridge.rows()["frame"] if line[4].startswith("stop")]
    at_s = {(component, line.split()[0]): at for _, component, at, _, line in lines}
    assert max(at_s["solar", "stopped"], at_s["storage", "stopped"]) < at_s["house", "stop"]
    assert at_s["house", "stopped"] < at_s["market", "stop"]


def test_a_port_that_somebody_else_has_is_told_so(tmp_path: Path, wires: list[Wire]) -> None:
    bench = bench_of(tmp_path, wires)
    with Bridge(bench, PACE, no_recording) as first, Bridge(bench, PACE, no_recording) as second:
        first.require()
        assert {error.got for error in second.greet(1.0)} == {"is in use by another program"}


def test_one_message_names_every_board_that_is_another(tmp_path: Path, wires: list[Wire]) -> None:
    wires[0].spoil = changed("board", role="load")
    wires[1].spoil = changed("board", protocol=2)
    wires[2].unplug()
    with Bridge(bench_of(tmp_path, wires), PACE, no_recording) as bridge, pytest.raises(Errors) as caught:
        bridge.require()
    told = {error.where.split("@")[0]: error.got for error in caught.value.errors}
    assert told["solar"] == "its role is 'load', not 'solar'"
    assert told["house"] == "it speaks protocol 2, not one of (1,)"
    assert told["storage"] == "No such file or directory"
    assert "market" not in told


def test_a_board_with_another_key_is_told_so(tmp_path: Path) -> None:
    wires = [Wire(tmp_path, component, networked=True) for component in ROLES]
    try:
        bench = bench_of(tmp_path, wires)
        rekeyed(wires[:1])
        with Bridge(bench, PACE, no_recording) as bridge:
            told = {error.where.split("@")[0]: error.got for error in bridge.greet()}
    finally:
        for wire in wires:
            wire.close()
    assert told == {"solar": "does not answer with the bench's key"}


def test_a_board_much_smaller_than_its_bench_says_is_told(tmp_path: Path, wires: list[Wire]) -> None:
    bench = bench_of(tmp_path, wires)
    path = tmp_path / "bench.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("power: 5 W", "power: 5 kW"), encoding="utf-8")
    for found, told in ((bench, []), (load_bench(str(path))[0], ["can do 4.6 W of the 5000 W that the bench says"])):
        with Bridge(found, PACE, no_recording) as bridge:
            bridge.require()
            assert [line.partition(": ")[2] for line in bridge.narrow()] == told


def test_what_is_asked_of_a_board_is_within_its_limits_and_the_benchs(tmp_path: Path, wires: list[Wire]) -> None:
    with Bridge(bench_of(tmp_path, wires), PACE, no_recording) as bridge:
        bridge.require()
        start = start_of(tmp_path).equipped(bridge, WallClock(TICK_S, FACTOR))
        records = start.blueprint.microgrid(start.policy("rule"), start.clock, bridge).records()
        next(records)
        house = next(part for part in bridge.wrapped if part.name == "house")
        assert house.limits(1) == Limits(-1.0, 0.0, house.limits(1).wanted_w)
        house.apply(1, -50.0)
        time.sleep(0.05)
        sets = [line[4] for line in bridge.rows()["frame"] if line[1] == "house" and line[4].startswith("set ")]
    assert '"power_w":-1.0,' in sets[-1]


def error(line: bytes) -> list[bytes]:
    """Instead of an answer, the word of a board that has started anew."""
    frame = decode(line)
    if frame.verb == "board":
        return [line + b"\n"]
    return [encode("error", frame.seq, {"code": "hello", "text": "say hello first"})]


@pytest.mark.parametrize("spoil", [changed("reading", flags=["trip"]), error], ids=["trip", "forgotten"])
def test_a_board_that_needs_it_is_greeted_again(tmp_path: Path, wires: list[Wire], spoil: Spoil) -> None:
    wires[0].spoil = spoil
    with Bridge(bench_of(tmp_path, wires), PACE, no_recording) as bridge:
        bridge.require()
        start = start_of(tmp_path).equipped(bridge, WallClock(TICK_S, FACTOR))
        grid = start.blueprint.microgrid(start.policy("rule"), start.clock, bridge)
        grid.skip_to(FIRST)
        records = grid.records()
        first = [next(records) for _ in range(5)]
        wires[0].spoil = None
        rest = [next(records) for _ in range(15)]
        hellos = [line for line in bridge.rows()["frame"] if line[1] == "solar" and line[4].startswith("hello")]
    assert {record.sources[0] for record in first} == {"fallback"}
    assert "hardware" in {record.sources[0] for record in rest}
    assert len(hellos) > 1
