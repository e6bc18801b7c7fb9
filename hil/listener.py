"""A port at which boards dial in over Wi-Fi: they come when they like, say who they are, and show their key.

All callers are heard side by side in one thread. Whoever gives a board's name is said hello to with that board's key;
only who answers with the key is kept, so that others with the name stand in nobody's way.
"""

import logging
import resource
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from hil.caller import Caller
from hil.frames import ProtocolError
from hil.link import SocketPort, reason
from hil.logbook import Logbook
from hil.remote import Pace
from hil.wake import Wake
from twin.errors import LinkError

LOG = logging.getLogger(__name__)
BACKLOG = 128
MOST_CALLERS = 32
"""Who have not yet shown a key, in all."""
MOST_OF_A_NAME = 8
SPARE = 16
"""Descriptors that are left to the run itself: for its files, its feed, its planner and its summary."""
PAUSE_S = 0.5
"""After a failed `accept`, which would fail again at once."""
WRITE_S = 2.0


class Expected:
    """A board that may dial in, and the connection on which it did, until somebody wants it."""

    def __init__(self, logbook: Logbook) -> None:
        self.logbook = logbook
        self.port: SocketPort | None = None
        self.trouble = "has not dialled in"


class Listener:
    """One TCP port; hands each board that dials in over to whoever waits for its name."""

    def __init__(self, host: str, number: int, pace: Pace) -> None:
        self.where = f"listen://{host}:{number}"
        try:
            self._door = socket.create_server((host, number), backlog=BACKLOG)
        except OSError as error:
            raise LinkError(self.where, reason(error), "a port that is free") from error
        self._door.setblocking(False)
        self._pace = pace
        self._keys: dict[str, bytes] = {}
        self._boards: dict[str, Expected] = {}
        self._changed = threading.Condition()
        self._callers: list[Caller] = []
        self._shut_until_s: float | None = None
        self._failing = False
        self._wake = Wake()
        self._ready = selectors.DefaultSelector()
        self._ready.register(self._wake, selectors.EVENT_READ)
        self._ready.register(self._door, selectors.EVENT_READ)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name=self.where, daemon=True)

    def expect(self, name: str, key: str, logbook: Logbook) -> None:
        """Let a board of this name and key in; what happens to it is told in its logbook."""
        self._keys[name] = key.encode()
        self._boards[name] = Expected(logbook)

    def start(self) -> None:
        self._thread.start()

    def waits(self, name: str) -> bool:
        """Whether a board has dialled in that nobody has wanted yet."""
        return self._boards[name].port is not None

    def open(self, name: str, within_s: float) -> SocketPort:
        """The newest call of a board; raises LinkError if it does not call."""
        board = self._boards[name]
        with self._changed:
            self._changed.wait_for(lambda: board.port is not None, within_s)
            port, board.port = board.port, None
        if port is None:
            raise LinkError(f"{self.where}/{name}", board.trouble, "a board that says 'here' with that name")
        return port

    def close(self) -> None:
        self._over.set()
        self._wake.ring()
        if self._thread.is_alive():
            self._thread.join()
        self._ready.close()
        self._wake.close()
        self._door.close()
        for caller in self._callers:
            caller.close()
        for board in self._boards.values():
            if board.port is not None:
                board.port.close()

    def _live(self) -> None:
        while not self._over.is_set():
            for key, _ in self._ready.select(self._patience_s()):
                if isinstance(key.fileobj, Caller):
                    self._hear(key.fileobj)
                elif key.fileobj is self._door:
                    self._accept()
            now_s = time.monotonic()
            for caller in [caller for caller in self._callers if caller.until_s <= now_s]:
                self._hang_up(caller)
            if self._shut_until_s is not None and self._shut_until_s <= now_s:
                self._shut_until_s = None
                self._ready.register(self._door, selectors.EVENT_READ)

    def _patience_s(self) -> float | None:
        """How long nothing is due; None for ever."""
        due_s = [caller.until_s for caller in self._callers]
        if self._shut_until_s is not None:
            due_s.append(self._shut_until_s)
        return max(min(due_s) - time.monotonic(), 0.0) if due_s else None

    def _accept(self) -> None:
        try:
            peer, address = self._door.accept()
        except BlockingIOError:
            return
        except OSError as error:
            if not self._failing:
                LOG.warning("%s: no board can dial in: %s; tried again every %g s", self.where, reason(error), PAUSE_S)
            self._failing = True
            self._tell_all("accept", reason(error))
            self._ready.unregister(self._door)
            self._shut_until_s = time.monotonic() + PAUSE_S
            return
        self._failing = False
        if peer.fileno() >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE:
            self._tell_all("crowded", "this process has too few descriptors left for more callers")
            peer.close()
            return
        caller = Caller(peer, address[0])
        self._callers.append(caller)
        self._ready.register(caller, selectors.EVENT_READ)
        if len(self._callers) > MOST_CALLERS:
            self._tell_all("crowded", f"more than {MOST_CALLERS} callers that have not shown a key")
            self._hang_up(of_the_crowd(self._callers))

    def _hear(self, caller: Caller) -> None:
        if caller not in self._callers:  # hung up on since the selector told of it
            return
        try:
            if caller.shows_key(self._keys, self._pace.tick_s, self._pace.factor):
                self._let_in(caller)
                return
        except ProtocolError as error:
            self._refuse(caller, error.text)
        except OSError:
            self._hang_up(caller)
        except Exception:
            # Whatever a caller makes fail: a thread that ends locks out every board for the whole run.
            LOG.exception("%s: a caller was hung up on", self.where)
            self._hang_up(caller)
        namesakes = [other for other in self._callers if other.name is not None and other.name == caller.name]
        if len(namesakes) > MOST_OF_A_NAME:
            self._boards[str(caller.name)].logbook.fault("crowded", f"more than {MOST_OF_A_NAME} callers of its name")
            self._hang_up(of_the_crowd(namesakes))

    def _let_in(self, caller: Caller) -> None:
        """It has the key: keep it, and let go of one that came before, for a board has one connection."""
        self._forget(caller)
        board = self._boards[str(caller.name)]
        with self._changed:
            before, board.port = board.port, SocketPort(caller.peer, WRITE_S)
            board.trouble = "has not dialled in again"
            self._changed.notify_all()
        if before is not None:
            before.close()

    def _refuse(self, caller: Caller, why: str) -> None:
        if caller.name is not None:
            board = self._boards[caller.name]
            board.trouble = why
            board.logbook.fault("stranger", f"a caller from {caller.host} {why}")
        self._hang_up(caller)

    def _hang_up(self, caller: Caller) -> None:
        self._forget(caller)
        caller.close()

    def _forget(self, caller: Caller) -> None:
        self._ready.unregister(caller)
        self._callers.remove(caller)

    def _tell_all(self, kind: str, detail: str) -> None:
        for board in self._boards.values():
            board.logbook.fault(kind, detail)


def of_the_crowd(callers: Sequence[Caller]) -> Caller:
    """The oldest caller from the host that has most of them, so that a flood from one host turns away its own."""
    hosts = Counter(caller.host for caller in callers)
    crowd = max(hosts, key=lambda host: hosts[host])
    return next(caller for caller in callers if caller.host == crowd)


def address(port: str) -> tuple[str, int, str]:
    """Host, number and name in `listen://HOST:PORT/NAME`."""
    url = urlsplit(port)
    return url.hostname or "", url.port or 0, url.path.removeprefix("/")
