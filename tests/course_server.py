"""The course server on the loopback, which can misbehave in every way of the issue."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DAY = 5727101
WINDOWS = [{"start": 0, "end": 59, "energy": 50.0}, {"start": 40, "end": 59, "energy": 20.5}]
YESTERDAY = [{"tick": t, "demand": t / 10, "sell_price": 20 + t, "buy_price": 10} for t in range(60)]
DRIPPING_S = 5.0
Reply = Callable[[BaseHTTPRequestHandler], None]


class CourseServer(ThreadingHTTPServer):
    """Serves the five pages at (`day`, `tick`); `replies` replaces a page's answer, `asked` lists the paths."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.day, self.tick = DAY, 7
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []

    def now(self) -> tuple[int, int]:
        return self.day, self.tick

    def pages(self) -> dict[str, object]:
        day, tick = self.now()
        now = {"day": day, "tick": tick}
        return {
            "/sun": {"tick": tick, "sun": 40},
            "/price": now | {"sell_price": 30 + tick, "buy_price": 15},
            "/demand": now | {"demand": 1.25},
            "/deferables": WINDOWS,
            "/yesterday": YESTERDAY,
        }

    def turn_to(self, day: int, tick: int) -> None:
        self.day, self.tick = day, tick

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is part of the tests."""


class MovingServer(CourseServer):
    """A server whose ticks pass, `tick_s` each, from `tick` of its day on; `delays_s` says how far each was gone."""

    def __init__(self, tick: int, tick_s: float) -> None:
        super().__init__()
        self.tick_s = tick_s
        self.midnight_s = time.monotonic() - tick * tick_s
        self.delays_s: list[float] = []

    def pages(self) -> dict[str, object]:
        self.delays_s.append((time.monotonic() - self.midnight_s) % self.tick_s)
        return super().pages()

    def now(self) -> tuple[int, int]:
        days, tick = divmod(int((time.monotonic() - self.midnight_s) / self.tick_s), 60)
        return DAY + days, tick


class Handler(BaseHTTPRequestHandler):
    server: CourseServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.replies.get(self.path, says_page)(self)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving(server: CourseServer) -> Iterator[CourseServer]:
    """The server at work; a test may stop it earlier."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(body: str | bytes, status: int = 200) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(body if isinstance(body, bytes) else body.encode())

    return reply


def says_page(handler: Handler) -> None:
    says(json.dumps(handler.server.pages()[handler.path]))(handler)


def late(seconds: float) -> Reply:
    def reply(handler: Handler) -> None:
        time.sleep(seconds)
        says_page(handler)

    return reply


def answers_together(barrier: threading.Barrier) -> Reply:
    """No page is answered before all are asked for."""

    def reply(handler: Handler) -> None:
        barrier.wait(timeout=2.0)
        says_page(handler)

    return reply


def drips(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(DRIPPING_S / 100)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
