"""Connections that bring nothing, or never the whole of a request, or take no answer: closed in the end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from terminal import PATIENCE_S

from dashboards import arriving
from dashboards.guard import Message, Receive, Scope, Send

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"
MANY = round(PATIENCE_S / 0.02)
LARGE = b"x" * 50_000_000


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the whole body and answers with it; `/large` with much more than a socket holds."""
    body, message = b"", await receive()
    while message.get("more_body"):
        body += message["body"]
        message = await receive()
    answer: Message = {"type": "http.response.start", "status": 200, "headers": []}
    await send(answer)
    await send({"type": "http.response.body", "body": LARGE if scope["path"] == "/large" else body + message["body"]})


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server that waits a tenth of a second."""
    monkeypatch.setattr(arriving, "ARRIVE_S", 0.1)
    monkeypatch.setattr(arriving, "STUCK_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener, serving(listener):
        yield listener.getsockname()


@contextmanager
def serving(listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(app, http=arriving.Impatient, ws="none", lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


@contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, PATIENCE_S) as connection:
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def dripped(connection: socket.socket) -> int:
    """How many single bytes can be sent, with pauses, until the other side closes; `MANY` if it never does."""
    for sent in range(MANY):
        try:
            connection.sendall(b"G")
            if connection.recv(1) == b"":
                return sent
        except TimeoutError:
            continue
        except ConnectionError:
            return sent
    return MANY


def taken(connection: socket.socket) -> int:
    """How many bytes come until the other side closes or breaks off."""
    try:
        return len(rest(connection))
    except ConnectionError:
        return 0


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET[:-2], POST, POST + b"ab", GET + GET[:-2], GET + POST + b"a"])
def test_a_request_that_never_arrives_is_not_waited_for(address: tuple[str, int], sent: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(sent)
        assert rest(connection).count(b"200 OK") == sent.count(GET)


def test_a_request_that_drips_is_not_waited_for(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.settimeout(0.02)
        assert dripped(connection) < MANY


def test_an_answer_that_nobody_takes_is_dropped(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(GET.replace(b"/", b"/large", 1))
        for _ in range(2):
            with connected(address) as later:
                assert rest(later) == b""  # so the first one's time is over, too
        assert taken(connection) < len(LARGE)


def test_requests_that_arrive_whole_are_answered_on_one_connection(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        for _ in range(3):
            connection.sendall(POST + b"abcd")
            assert b"200 OK" in connection.recv(65_536)
