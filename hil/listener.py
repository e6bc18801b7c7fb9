"""A door for boards that dial in over Wi-Fi: they come when they like and say who they are."""

import logging
import queue
import socket
import threading
from urllib.parse import urlsplit

from hil.frames import ProtocolError, decode
from hil.link import SocketPort, reason
from twin.errors import LinkError

LOG = logging.getLogger(__name__)
HERE_S = 2.0
"""How long a caller may take to say who it is."""
BACKLOG = 16
CHUNK = 512


class Listener:
    """One TCP port; hands each caller over to whoever waits for its name."""

    def __init__(self, host: str, number: int) -> None:
        self.where = f"listen://{host}:{number}"
        try:
            self._door = socket.create_server((host, number), backlog=BACKLOG)
        except OSError as error:
            raise LinkError(self.where, reason(error), "a port that is free") from error
        self._callers: dict[str, queue.Queue[SocketPort]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._answer, name=self.where, daemon=True)

    def expect(self, name: str) -> None:
        """Let a board of this name in."""
        self._callers[name] = queue.Queue()

    def start(self) -> None:
        self._thread.start()

    def open(self, name: str, within_s: float) -> SocketPort:
        """The newest call of a board; raises LinkError if it does not call."""
        try:
            port = self._callers[name].get(timeout=within_s)
            while not self._callers[name].empty():
                port.close()
                port = self._callers[name].get_nowait()
        except queue.Empty as error:
            raise LinkError(
                f"{self.where}/{name}", "has not dialled in", "a board that says 'here' with that name"
            ) from error
        return port

    def close(self) -> None:
        self._over.set()
        # A thread in accept() is not woken by close(), but by shutdown().
        self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()
        for callers in self._callers.values():
            while not callers.empty():
                callers.get_nowait().close()

    def _answer(self) -> None:
        while not self._over.is_set():
            try:
                caller, _ = self._door.accept()
            except OSError:
                continue
            self._ask(caller)

    def _ask(self, caller: socket.socket) -> None:
        caller.settimeout(HERE_S)
        try:
            name, rest = introduced(caller)
        except (OSError, ProtocolError):
            caller.close()
            return
        except Exception:
            # Whatever a caller makes fail: a thread that ends locks out every board for the whole run.
            LOG.exception("%s: a caller was hung up on", self.where)
            caller.close()
            return
        if name in self._callers:
            self._callers[name].put(SocketPort(caller, rest, HERE_S))
        else:
            caller.close()


def introduced(caller: socket.socket) -> tuple[str, bytes]:
    """The name in a caller's first line, and what came behind it; raises ProtocolError or OSError."""
    data = b""
    while b"\n" not in data:
        if not (more := caller.recv(CHUNK)):
            raise ConnectionError
        data += more
        if len(data) > CHUNK:
            raise ProtocolError("long", "no introduction")
    first, _, rest = data.partition(b"\n")
    frame = decode(first)
    if frame.verb != "here":
        raise ProtocolError("verb", "here is wanted")
    return str(frame.body["name"]), rest


def address(port: str) -> tuple[str, int, str]:
    """Host, number and name in `listen://HOST:PORT/NAME`."""
    url = urlsplit(port)
    return url.hostname or "", url.port or 0, url.path.removeprefix("/")
