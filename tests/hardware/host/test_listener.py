"""Boards that dial in: who is let in at a `listen://` port, whatever other callers do."""

import errno
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise

import pytest
from wires import free_port

from hil.frames import encode
from hil.keeper import ROOT
from hil.listener import MOST_CALLERS, PAUSE_S, SPARE, Listener
from hil.logbook import Logbook
from hil.remote import Pace
from twin.errors import LinkError

sys.path.insert(0, str(ROOT / "tests/hardware/firmware/on_board"))
from by_hand import make_board

from hil.firmware.talk import Conversation, Floor

NAME, KEY = "load1", "0123456789abcdef0123456789abcdef"
PATIENCE_S = 5.0


@pytest.fixture
def logbook() -> Logbook:
    return Logbook(NAME)


@pytest.fixture
def listener(logbook: Logbook) -> Iterator[Listener]:
    listener = Listener("127.0.0.1", free_port(), Pace(5.0))
    listener.expect(NAME, KEY, logbook)
    listener.start()
    yield listener
    listener.close()


def called(listener: Listener, said: bytes) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", int(listener.where.rpartition(":")[2])), PATIENCE_S)
    caller.sendall(said)
    return caller


class DialledIn:
    """The firmware's own end of a call: says `here`, then answers what it is asked."""

    def __init__(self, listener: Listener, key: str = KEY) -> None:
        self._talk = Conversation(Floor(make_board("load")), key.encode())
        self.peer = called(listener, self._talk.here())
        self.peer.settimeout(None)
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def __enter__(self) -> "DialledIn":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.peer.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.peer.close()

    def is_hung_up_on(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def _answer(self) -> None:
        with suppress(OSError), self.peer.makefile("rb") as lines:
            for line in lines:
                self.peer.sendall(self._talk.answer(line))


def is_let_in(listener: Listener) -> bool:
    with DialledIn(listener):
        listener.open(NAME, PATIENCE_S).close()
    return True


def kinds(logbook: Logbook) -> set[str]:
    return {fault.kind for fault in logbook.drain()[1]}


HERE = encode("here", 0, {"name": NAME, "role": "load", "firmware": "1"})
STRANGE = {
    "an empty line": b"\n",
    "two ends of a line": b"\r\n\r\n",
    "no frame": b"\x00\xff\n",
    "deep brackets": b"here 0 " + b"[" * 400 + b"\n",
    "another verb": encode("ping", 1, {}),
    "no name": b"here 0 {}\n",
    "a name that is no text": b'here 0 {"name":[],"role":"load","firmware":"1"}\n',
    "another name": HERE.replace(b"load1", b"load9"),
    "a name without the key": HERE,
    "no end": b"x" * 600,
    "talk": HERE + b"x\n" * 2000,
    "nothing": b"",
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE)
def test_after_a_strange_caller_a_board_is_let_in(listener: Listener, said: bytes) -> None:
    with called(listener, said) as stranger:
        with suppress(OSError):
            stranger.shutdown(socket.SHUT_WR)
        hung_up(stranger)
    assert is_let_in(listener)


def hung_up(caller: socket.socket) -> None:
    """Hear all that is said, up to the end."""
    with suppress(ConnectionResetError):
        while caller.recv(4096):
            pass


def test_a_listener_lives_on_whatever_fails_on_a_caller(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("hil.caller.decode", lambda line: 1 / 0)
        with called(listener, HERE) as stranger:
            assert stranger.recv(1) == b""
    assert is_let_in(listener)


def test_callers_are_introduced_side_by_side(listener: Listener) -> None:
    """One that says a byte now and then keeps nobody waiting, and has no more time than one that is silent."""
    with called(listener, b"h") as slow, called(listener, HERE) as keyless:
        assert is_let_in(listener)
        for caller in (slow, keyless):
            hung_up(dripping(caller))


def dripping(caller: socket.socket) -> socket.socket:
    """Says a byte ten times a second, until it is hung up on."""
    give_up_s = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < give_up_s:
            caller.sendall(b"e")
            time.sleep(0.1)
    except OSError:
        return caller
    raise RuntimeError("a caller that never says who it is was kept")


def test_a_call_with_the_key_is_kept_whoever_else_gives_the_name(listener: Listener, logbook: Logbook) -> None:
    with DialledIn(listener), ExitStack() as others:
        wait_for(lambda: listener.waits(NAME))
        others.enter_context(DialledIn(listener, "another key" * 3)).is_hung_up_on()
        crowd = [others.enter_context(called(listener, HERE)) for _ in range(3 * MOST_CALLERS)]
        hung_up(crowd[0])
        port = listener.open(NAME, PATIENCE_S)
        port.write(encode("hello", 1, {"nonce": "0" * 16}, KEY.encode()))
        assert b'"name":"load1"' in port.read(512)
        port.close()
    assert {"stranger", "crowded"} <= kinds(logbook)


def test_a_board_that_has_another_key_is_told_so(listener: Listener, logbook: Logbook) -> None:
    with DialledIn(listener, "another key" * 3) as board:
        board.is_hung_up_on()
    with pytest.raises(LinkError) as caught:
        listener.open(NAME, 0.0)
    assert caught.value.got == "does not answer with the bench's key"
    assert kinds(logbook) == {"stranger"}


def test_of_two_calls_of_a_board_the_newer_is_kept(listener: Listener) -> None:
    with DialledIn(listener) as older:
        wait_for(lambda: listener.waits(NAME))
        with DialledIn(listener):
            older.is_hung_up_on()
            listener.open(NAME, PATIENCE_S).close()
    with pytest.raises(LinkError, match="has not dialled in again"):
        listener.open(NAME, 0.0)


def test_callers_beyond_the_bound_are_hung_up_on(listener: Listener) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with ExitStack() as callers:
        all_of_them = [callers.enter_context(called(listener, b"")) for _ in range(3 * MOST_CALLERS)]
        hung_up(all_of_them[0])
        wait_for(lambda: len(os.listdir("/proc/self/fd")) - before <= len(all_of_them) + MOST_CALLERS)
        assert is_let_in(listener)


def test_a_run_keeps_some_descriptors_for_itself(
    listener: Listener, logbook: Logbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("hil.listener.resource.getrlimit", lambda which: (SPARE, SPARE))
        with called(listener, b"") as refused:
            hung_up(refused)
    assert is_let_in(listener)
    assert kinds(logbook) == {"crowded"}


def test_after_an_error_nobody_is_let_in_for_a_while_and_then_all_are(
    listener: Listener, logbook: Logbook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = []

    def fails(self: socket.socket) -> None:
        failed.append(time.monotonic())
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "accept", fails)
        with called(listener, HERE):
            time.sleep(2.5 * PAUSE_S)
    assert failed
    assert min(later - earlier for earlier, later in pairwise(failed)) > 0.9 * PAUSE_S
    assert is_let_in(listener)
    assert "Too many open files" in caplog.text
    assert kinds(logbook) == {"accept"}


def wait_for(is_so: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up_s
        time.sleep(0.01)
