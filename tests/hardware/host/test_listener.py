"""Boards that dial in: who is let in at a `listen://` port, whatever other callers do."""

import socket
from collections.abc import Iterator

import pytest
from wires import free_port

from hil.frames import encode
from hil.listener import Listener

NAME = "load1"
PATIENCE_S = 5.0


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener("127.0.0.1", free_port())
    listener.expect(NAME)
    listener.start()
    yield listener
    listener.close()


def called(listener: Listener, said: bytes) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", int(listener.where.rpartition(":")[2])), PATIENCE_S)
    caller.sendall(said)
    return caller


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
    "no end": b"x" * 600,
    "nothing": b"",
}


@pytest.mark.parametrize("said", STRANGE.values(), ids=STRANGE)
def test_after_a_strange_caller_a_board_is_let_in(listener: Listener, said: bytes) -> None:
    with called(listener, said) as stranger:
        stranger.shutdown(socket.SHUT_WR)
        assert stranger.recv(1) == b""
    with called(listener, HERE):
        listener.open(NAME, PATIENCE_S).close()


def test_a_listener_lives_on_whatever_fails_on_a_caller(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("hil.listener.decode", lambda line: 1 / 0)
        with called(listener, HERE) as stranger:
            assert stranger.recv(1) == b""
    with called(listener, HERE):
        listener.open(NAME, PATIENCE_S).close()
