"""Wires: bytes in, bytes out, over stdio (USB, a pty) or TCP. A wire never blocks and never raises."""

import os
import select
import socket
import sys
import time

from hil.firmware.clock import Clock
from hil.firmware.protocol import MAX_LINE, Lines
from hil.firmware.talk import Conversation, Floor

TRY_AGAIN = 11
MOST_WIRES = 3
PATIENCE_S = 30
"""A network peer that has said nothing for so long, and for three ticks, is hung up on: he may be gone unheard."""
REDIAL_S = 2


class Stdio:
    """The serial line of a board."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.source = sys.stdin
        self.lines = Lines()
        self.closed = False
        self._ready = select.poll()
        self._ready.register(sys.stdin, select.POLLIN)
        self._room = select.poll()
        self._room.register(sys.stdout, select.POLLOUT)

    def read(self) -> bytes:
        """What is there now, at most a line's length: a flood must not keep the control loop waiting."""
        if hasattr(os, "read"):
            return os.read(0, MAX_LINE) if self._waiting() else b""
        data = bytearray()
        while len(data) < MAX_LINE and self._waiting():
            # MicroPython's read waits for all it was asked for.
            data += sys.stdin.buffer.read(1) or b""
        return bytes(data)

    def write(self, data: bytes) -> None:
        """Whoever does not read his answers does not get them."""
        if self._room.poll(0):
            sys.stdout.buffer.write(data)
            if hasattr(sys.stdout.buffer, "flush"):
                sys.stdout.buffer.flush()

    def silent_s(self) -> float:
        """A serial line may be silent for ever."""
        return 0.0

    def close(self) -> None:
        """A serial line is never closed."""

    def _waiting(self) -> bool:
        return any(events & select.POLLIN for _, events in self._ready.poll(0))


class Tcp:
    """One connection."""

    def __init__(self, source: socket.socket, talk: Conversation) -> None:
        self.talk = talk
        self.source = source
        self.lines = Lines()
        self.closed = False
        self._clock = Clock()
        self._heard_us = self._clock.us()
        source.setblocking(False)

    def silent_s(self) -> float:
        """Since the last byte, by the wall clock."""
        return (self._clock.us() - self._heard_us) / 1000000

    def read(self) -> bytes:
        try:
            data = self.source.recv(MAX_LINE)
        except OSError as error:
            self.closed = self.closed or error.errno != TRY_AGAIN
            return b""
        self.closed = self.closed or not data
        self._heard_us = self._clock.us()
        return data

    def write(self, data: bytes) -> None:
        """A peer that has not read its last answers is hung up on."""
        try:
            sent = self.source.send(data)
        except OSError:
            sent = 0
        self.closed = self.closed or sent != len(data)

    def close(self) -> None:
        self.source.close()


class Link:
    """A board's wires, and the wait until one of them has something to say."""

    def __init__(self, floor: Floor, key: bytes | None) -> None:
        self.wires: list[Stdio | Tcp] = []
        self._floor = floor
        self._key = key
        self._poll = select.poll()

    def wait(self, length_ms: int) -> list[tuple[Stdio | Tcp, bytes]]:
        """Sleep until bytes come, or for so long; then who said what."""
        woken = self._poll.poll(length_ms)
        heard = [(wire, wire.read()) for wire in self.wires] if woken else []
        self.look_around()
        if woken and not any(data for _, data in heard):
            # A wire that nobody holds at the other end is always ready, and never has anything.
            time.sleep(0.005)
        return [(wire, data) for wire, data in heard if data]

    def look_around(self) -> None:
        """Let go of wires that are closed."""
        for wire in list(self.wires):
            if wire.closed or wire.talk.over or wire.silent_s() > max(PATIENCE_S, 3 * self._floor.board.tick_s):
                self._poll.unregister(wire.source)
                self.wires.remove(wire)
                wire.talk.hang_up()
                wire.close()

    def join(self, wire: Stdio | Tcp) -> None:
        self.wires.append(wire)
        self._poll.register(wire.source, select.POLLIN)

    def converse(self) -> Conversation:
        return Conversation(self._floor, self._key)


class Serial(Link):
    """One wire: standard input and output."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor, None)
        self.join(Stdio(self.converse()))


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
        self._where = (host, port)
        self._clock = Clock()
        self._due_us = 0

    def look_around(self) -> None:
        super().look_around()
        if not self.wires and self._clock.us() >= self._due_us:
            self._dial()
            self._due_us = self._clock.us() + REDIAL_S * 1000000

    def wait(self, length_ms: int) -> list[tuple[Stdio | Tcp, bytes]]:
        if not self.wires:
            time.sleep(length_ms / 1000)
        return super().wait(length_ms if self.wires else 0)

    def _dial(self) -> None:
        peer = socket.socket()
        try:
            peer.settimeout(1)
            peer.connect(socket.getaddrinfo(*self._where)[0][-1])
        except OSError:
            peer.close()
            return
        wire = Tcp(peer, self.converse())
        self.join(wire)
        wire.write(wire.talk.here())
