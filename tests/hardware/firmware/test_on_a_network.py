"""Signed conversations over TCP with a board's own program: no key, no control; one controller at a time."""

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from vms import HERE, KEY, PATIENCE_S, VMS, Peer, calling, free_port, on_a_port

from hil.firmware.protocol import Frame, decode, encode, session_key
from hil.firmware.talk import Floor
from hil.firmware.tcp import Dialling

sys.path.insert(0, str(HERE / "on_board"))
from by_hand import make_board

NONCE = "00112233445566aa"
K0 = KEY.encode()


@pytest.fixture(params=VMS)
def vm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def port(vm: str, tmp_path: Path) -> Iterator[int]:
    with on_a_port(vm, tmp_path, "load") as number:
        yield number


class Controller:
    """Says hello and signs what follows."""

    def __init__(self, wire: Peer, tick_s: float = 5.0) -> None:
        self.wire = wire
        self.seq = 1
        wire.say(encode("hello", 1, {"protocols": [1], "tick_s": tick_s, "nonce": NONCE}, K0))
        self.board = decode(wire.line(), session_key(K0, NONCE)).body
        self.key = session_key(K0, NONCE, str(self.board["nonce"]))

    def ask(self, verb: str, **body: object) -> Frame:
        self.seq += 1
        self.wire.say(encode(verb, self.seq, body, self.key))
        return decode(self.wire.line(), self.key)


def error_of(wire: Peer, line: bytes) -> object:
    """The code of an unsigned error."""
    return decode(wire.ask(line.strip())).body["code"]


def test_a_signed_session_controls_the_board(port: int) -> None:
    with calling(port) as wire:
        controller = Controller(wire)
        assert controller.board["held"] is False
        assert controller.ask("ping").verb == "pong"
        assert controller.ask("set", tick=0, power_w=-0.5).body["power_w"] == -0.5
        assert controller.ask("tick", tick=1).body["tick"] == 0
        assert controller.ask("stop").verb == "stopped"


@pytest.mark.parametrize(
    "line",
    [
        b"ping 1",
        b'set 1 {"tick":0,"power_w":-1}',
        encode("hello", 1, {"nonce": NONCE}),
        encode("hello", 1, {"nonce": NONCE}, b"the key of another"),
        encode("set", 1, {"tick": 0, "power_w": -1}, K0),
        encode("stop", 1, {}, K0),
    ],
)
def test_without_the_key_there_is_no_control(port: int, line: bytes) -> None:
    with calling(port) as wire:
        assert error_of(wire, line) == "key"


def test_three_wrong_signatures_and_the_board_hangs_up(port: int) -> None:
    with calling(port) as wire:
        for _ in range(3):
            assert error_of(wire, b"ping 1") == "key"
        assert wire.line() == b""
    with calling(port) as wire:
        assert Controller(wire).ask("ping").verb == "pong"


def test_a_recorded_session_cannot_be_played_again(port: int) -> None:
    """Neither in its own conversation nor, because of the board's nonce, in a new one."""
    hello = encode("hello", 1, {"tick_s": 5.0, "nonce": NONCE}, K0)
    with calling(port) as wire:
        controller = Controller(wire)
        frame = encode("set", 2, {"tick": 0, "power_w": -1}, controller.key)
        wire.say(frame)
        assert decode(wire.line(), controller.key).verb == "done"
        wire.say(frame)
        assert decode(wire.line(), controller.key).body["code"] == "replay"
    with calling(port) as wire:
        wire.say(hello)
        assert decode(wire.line(), session_key(K0, NONCE)).verb == "board"
        assert error_of(wire, frame) == "key"


def test_a_hello_needs_a_nonce(port: int) -> None:
    with calling(port) as wire:
        assert error_of(wire, encode("hello", 1, {"nonce": "0011"}, K0)) == "key"


def test_a_refused_hello_is_refused_by_someone_with_the_key(port: int) -> None:
    with calling(port) as wire:
        wire.say(encode("hello", 1, {"protocols": [7], "nonce": NONCE}, K0))
        assert decode(wire.line(), session_key(K0, NONCE)).body["code"] == "protocol"
        assert error_of(wire, encode("ping", 2, {}, session_key(K0, NONCE))) == "key"


def test_a_second_controller_may_look_and_stop_but_not_control(port: int) -> None:
    with calling(port) as wire, calling(port) as other:
        first = Controller(wire)
        assert first.ask("set", tick=0, power_w=-1).verb == "done"
        second = Controller(other)
        assert second.board["held"] is True
        assert second.ask("set", tick=0, power_w=0).body["code"] == "busy"
        assert second.ask("tick", tick=0).body["code"] == "busy"
        assert second.ask("ping").verb == "pong"
        assert first.ask("tick", tick=1).body["flags"] == []
        assert second.ask("stop").verb == "stopped"
        assert first.ask("set", tick=1, power_w=-1).body["code"] == "busy"


@pytest.mark.parametrize("why", ["hung up", "silent"])
def test_a_board_whose_controller_is_gone_can_be_taken(port: int, why: str) -> None:
    with calling(port) as wire, calling(port) as other:
        first = Controller(wire, tick_s=0.1)
        assert first.ask("set", tick=0, power_w=-1).verb == "done"
        if why == "hung up":
            first.ask("stop")
        else:
            time.sleep(0.3)
        assert Controller(other).ask("set", tick=0, power_w=-1).verb == "done"


def test_idle_connections_take_the_board_from_nobody(port: int) -> None:
    with calling(port) as wire, contextlib.ExitStack() as idle:
        controller = Controller(wire)
        assert controller.ask("set", tick=0, power_w=-1).verb == "done"
        strangers = [idle.enter_context(calling(port)) for _ in range(5)]
        assert controller.ask("ping").verb == "pong"
        assert strangers[0].line() == b""
        with calling(port) as other:
            assert Controller(other).board["held"] is True


def test_a_board_that_dials_says_who_it_is_and_dials_again(vm: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(PATIENCE_S)
        with on_a_port(vm, tmp_path, "solar", kind="dial", port=door.getsockname()[1]):
            for _ in range(2):
                with door.accept()[0] as peer:
                    wire = Peer(peer.fileno())
                    here = decode(wire.line())
                    assert (here.verb, here.body["name"], here.body["role"]) == ("here", "solar1", "solar")
                    assert Controller(wire).ask("ping").verb == "pong"


def test_a_board_that_dials_nobody_goes_on_dialling(vm: str, tmp_path: Path) -> None:
    number = free_port()
    with on_a_port(vm, tmp_path, "grid", kind="dial", port=number):
        time.sleep(0.5)
        with socket.create_server(("127.0.0.1", number)) as door:
            door.settimeout(PATIENCE_S)
            with door.accept()[0] as peer:
                assert decode(Peer(peer.fileno()).line()).body["name"] == "grid1"


def test_a_name_is_looked_up_before_control_begins_however_long_that_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = iter([OSError(-2), OSError(-2), [(2, 1, 6, "", ("127.0.0.1", 5550))]])

    def getaddrinfo(host: str, port: int) -> object:
        found = next(asked)
        if isinstance(found, OSError):
            raise found
        return found

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(time, "sleep", lambda length_s: None)
    link = Dialling(Floor(make_board("load")), K0, "twin.lab", 5550)
    monkeypatch.undo()
    assert list(asked) == []
    assert link.wires == []
