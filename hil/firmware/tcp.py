"""Wires over TCP: a board listens for its controllers, or dials one. Only a board with a radio has sockets."""

import select
import socket
import time

from hil.firmware.clock import Clock
from hil.firmware.links import Link, Wire
from hil.firmware.protocol import MAX_LINE
from hil.firmware.talk import Conversation, Floor

TRY_AGAIN, IN_PROGRESS = 11, 115
MOST_WIRES = 3
REDIAL_S = 2


class Tcp(Wire):
    """One connection."""

    def __init__(self, peer: socket.socket, talk: Conversation) -> None:
        super().__init__(peer, talk)
        self._peer = peer
        self._clock = Clock()
        self._heard_us = self._clock.us()
        peer.setblocking(False)

    def read(self) -> bytes:
        try:
            data = self._peer.recv(MAX_LINE)
        except OSError as error:
            self.closed = self.closed or error.errno != TRY_AGAIN
            return b""
        self.closed = self.closed or not data
        self._heard_us = self._clock.us()
        return data

    def write(self, data: bytes) -> None:
        """A peer that has not read its last answers is hung up on."""
        try:
            sent = self._peer.send(data)
        except OSError:
            sent = 0
        self.closed = self.closed or sent != len(data)

    def silent_s(self) -> float:
        return (self._clock.us() - self._heard_us) / 1000000

    def close(self) -> None:
        self._peer.close()


class Listening(Link):
    """A port at which controllers come in."""

    def __init__(self, floor: Floor, key: bytes, host: str, port: int) -> None:
        super().__init__(floor, key)
        self._door = socket.socket()
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._door.bind(socket.getaddrinfo(host, port)[0][-1])
        self._door.listen(MOST_WIRES)
        self._door.setblocking(False)
        self._poll.register(self._door, select.POLLIN)

    def look_around(self) -> None:
        super().look_around()
        try:
            peer, _ = self._door.accept()
        except OSError:
            return
        self.join(Tcp(peer, self.converse()))
        if len(self.wires) > MOST_WIRES:
            self._make_room()

    def _make_room(self) -> None:
        """Hang up on who has been silent longest and does not hold the board."""
        idle = [wire for wire in self.wires if not self._floor.held_by(wire.talk)]
        longest = max(idle, key=lambda wire: wire.silent_s())
        longest.closed = True
        super().look_around()


class Dialling(Link):
    """A controller's port that the board calls, again and again, and says who is there."""

    def __init__(self, floor: Floor, key: bytes, host: str, port: int) -> None:
        super().__init__(floor, key)
        self._where = looked_up(host, port)
        self._clock = Clock()
        self._due_us = 0
        self._calling: socket.socket | None = None

    def look_around(self) -> None:
        super().look_around()
        if self._calling is not None:
            self._greet(self._calling)
        elif not self.wires:
            self._dial()

    def wait(self, length_ms: int) -> list[tuple[Wire, bytes]]:
        if not self.wires:
            time.sleep(length_ms / 1000)
        return super().wait(length_ms if self.wires else 0)

    def _dial(self) -> None:
        """Begin to call, once in a while; the control loop does not wait for who may not be there."""
        if self._clock.us() < self._due_us:
            return
        self._due_us = self._clock.us() + REDIAL_S * 1000000
        peer = socket.socket()
        peer.setblocking(False)
        try:
            peer.connect(self._where)
        except OSError as error:
            if error.errno != IN_PROGRESS:
                peer.close()
                return
        self._calling = peer

    def _greet(self, peer: socket.socket) -> None:
        """Say who is there as soon as the other end has answered; give up when it is time to call again."""
        answered = select.poll()
        answered.register(peer, select.POLLOUT)
        if answered.poll(0):
            self._calling = None
            wire = Tcp(peer, self.converse())
            self.join(wire)
            wire.write(wire.talk.here())
        elif self._clock.us() >= self._due_us:
            self._calling = None
            peer.close()


def looked_up(host: str, port: int):  # type: ignore[no-untyped-def]
    """A name's address, as `connect` wants it; asked for at start, for neither watchdog nor control can wait for it."""
    while True:
        try:
            return socket.getaddrinfo(host, port)[0][-1]
        except OSError:
            time.sleep(REDIAL_S)
