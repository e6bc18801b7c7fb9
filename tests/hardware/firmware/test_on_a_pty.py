"""Transcripts: a board's own program on a virtual machine, a real pty for a wire."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from vms import VMS, Peer, board_file, on_a_pty, program

from hil.firmware.protocol import Frame, decode, encode


@pytest.fixture(params=VMS)
def vm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wire(vm: str, tmp_path: Path) -> Iterator[Peer]:
    with on_a_pty(vm, board_file(tmp_path, "load")) as peer:
        yield peer


def asked(wire: Peer, line: bytes) -> Frame:
    return decode(wire.ask(line))


def code(frame: Frame) -> object:
    return frame.body["code"] if frame.verb == "error" else frame.verb


def test_a_session_typed_by_hand(wire: Peer) -> None:
    assert asked(wire, b"ping 1").verb == "pong"
    board = asked(wire, b'hello 2 {"tick_s":0.1}')
    assert (board.body["name"], board.body["role"], board.body["protocol"]) == ("load1", "load", 1)
    assert asked(wire, b'tick 3 {"tick":7}').body["flags"] == ["stopped", "partial"]
    assert asked(wire, b'set 4 {"tick":7,"power_w":-0.5}').body["power_w"] == -0.5
    reading = asked(wire, b'tick 5 {"tick":8}').body
    assert (reading["tick"], reading["flags"], reading["min_w"]) == (7, [], -1.0)
    assert asked(wire, b"stop 6").verb == "stopped"
    assert asked(wire, b'tick 7 {"tick":9}').body["flags"] == ["stopped", "partial"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'set 1 {"tick":0,"power_w":1}', "hello"),
        (b"nonsense", "line"),
        (b"dance 1", "verb"),
        (b"pong 1", "body"),
        (b'pong 1 {"clock_ms":1}', "verb"),
        (b"ping 1*00000000", "crc"),
        (b'hello 1 {"protocols":[9]}', "protocol"),
    ],
)
def test_what_is_not_allowed_is_answered_with_its_code(wire: Peer, line: bytes, why: str) -> None:
    assert code(asked(wire, line)) == why


def test_after_a_hello_with_a_crc_every_frame_needs_one_but_stop(wire: Peer) -> None:
    assert asked(wire, encode("hello", 1, {}).strip()).verb == "board"
    assert code(asked(wire, b'set 2 {"tick":0,"power_w":-1}')) == "crc"
    assert asked(wire, encode("set", 3, {"tick": 0, "power_w": -1}).strip()).verb == "done"
    assert asked(wire, b"stop 0").verb == "stopped"


def test_a_number_that_does_not_rise_is_a_replay(wire: Peer) -> None:
    asked(wire, b"hello 5")
    assert asked(wire, b'set 6 {"tick":0,"power_w":-1}').verb == "done"
    for line in (b'set 6 {"tick":0,"power_w":0}', b"ping 3"):
        assert code(asked(wire, line)) == "replay"
    assert asked(wire, b"hello 1").verb == "board"


def test_a_reading_can_be_asked_for_again_and_a_past_tick_cannot_be_set(wire: Peer) -> None:
    asked(wire, b"hello 1")
    asked(wire, b'tick 2 {"tick":4}')
    first, again = asked(wire, b'tick 3 {"tick":5}').body, asked(wire, b'tick 4 {"tick":5}').body
    assert first == again
    assert code(asked(wire, b'set 5 {"tick":4,"power_w":-1}')) == "late"


def test_half_a_frame_garbage_and_a_flood_are_survived(wire: Peer) -> None:
    wire.say(b'hello 1\nset 2 {"tick":0,"po')
    assert decode(wire.line()).verb == "board"
    assert code(asked(wire, b"")) == "line"
    wire.say(bytes(range(256)).replace(b"\n", b"").replace(b"\r", b"") * 200 + b"\n")
    assert asked(wire, b"ping 9").verb == "pong"


def test_a_silent_controller_finds_the_board_at_0_w(wire: Peer) -> None:
    asked(wire, b'hello 1 {"tick_s":0.05}')
    asked(wire, b'set 2 {"tick":0,"power_w":-1}')
    time.sleep(0.3)
    reading = asked(wire, b'tick 3 {"tick":1}').body
    assert reading["flags"] == ["silent"]
    # Held for two ticks of 50 ms at 1 W, whenever the question came.
    assert -0.101 <= float(str(reading["energy_j"])) <= -0.09


def test_a_board_runs_as_fast_as_it_is_told(wire: Peer) -> None:
    asked(wire, b'hello 1 {"tick_s":5,"factor":50}')
    asked(wire, b'tick 2 {"tick":0}')
    asked(wire, b'set 3 {"tick":0,"power_w":-1}')
    time.sleep(0.1)
    reading = asked(wire, b'tick 4 {"tick":1}').body
    length_s = float(str(reading["length_ms"])) / 1000.0
    assert length_s >= 5.0
    assert float(str(reading["energy_j"])) == pytest.approx(float(str(reading["power_w"])) * length_s, rel=1e-4)


def test_leave_ends_the_program(vm: str, tmp_path: Path) -> None:
    with on_a_pty(vm, board_file(tmp_path, "grid")) as wire:
        assert asked(wire, b"leave 1").verb == "stopped"
        wire.say(b"ping 2\n")
        assert wire.line(0.5) == b""


def test_a_thousand_ticks_fit_the_heap_of_a_pico(vm: str, tmp_path: Path) -> None:
    with on_a_pty(vm, board_file(tmp_path, "storage")) as wire:
        asked(wire, encode("hello", 1, {"tick_s": 5.0, "factor": 1000.0}).strip())
        for tick in range(1000):
            wire.say(encode("tick", 2 * tick + 2, {"tick": tick, "world": {"sun": 0.123456}}))
            assert decode(wire.line()).body["tick"] == tick - 1
            wire.say(encode("set", 2 * tick + 3, {"tick": tick, "power_w": -0.987654 + tick / 1000}))
            assert decode(wire.line()).verb == "done"


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("{", "not to be read as JSON"),
        ({"role": "load", "hal": "sim"}, "name: want a text"),
        ({"name": "a", "role": "fridge", "hal": "sim"}, "role: 'fridge'; want one of load, solar, grid, storage"),
        ({"name": "a", "role": "load", "hal": "sim", "limits": {"min_w": "1 W"}}, "limits.min_w: '1 W' is no number"),
        ({"name": "a", "role": "load", "hal": "sim", "limits": {"min_w": 2}}, "limits.min_w: must be less than max_w"),
        ({"name": "a", "role": "load", "hal": "sim", "limit": {}}, "limit: unknown; known are name, role"),
        ({"name": "a", "role": "load", "hal": "sim", "link": {"kind": "listen"}}, "key: a board on a network needs"),
        (
            {"name": "a", "role": "load", "hal": "sim", "key": "k" * 16, "link": {"kind": "dial"}},
            "link.host: is missing",
        ),
    ],
)
def test_a_wrong_board_file_is_one_line_that_says_where(vm: str, tmp_path: Path, told: object, where: str) -> None:
    path = tmp_path / "board.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    run = program(vm, str(path))
    assert run.returncode == 2
    assert run.stderr.startswith(f"{path}: {where}")
    assert run.stderr.count("\n") == 1
