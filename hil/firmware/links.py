"""Wires: bytes in, bytes out. A wire never blocks and never raises. Here the serial one; `tcp.py` has the others."""

import os
import select
import sys
import time

from hil.firmware.protocol import MAX_LINE, Lines
from hil.firmware.talk import Conversation, Floor

PATIENCE_S = 30
"""A network peer that has said nothing for so long, and for three ticks, is hung up on: he may be gone unheard."""


class Wire:
    """One peer's bytes, and the conversation they make."""

    def __init__(self, source, talk: Conversation) -> None:  # type: ignore[no-untyped-def]
        # Whatever can be polled: MicroPython has no name for it.
        self.source = source
        self.talk = talk
        self.lines = Lines()
        self.closed = False

    def read(self) -> bytes:
        """What is there now, at most a line's length: a flood must not keep the control loop waiting."""
        raise NotImplementedError

    def write(self, data: bytes) -> None:
        """Whoever does not read his answers does not get them."""
        raise NotImplementedError

    def silent_s(self) -> float:
        """Since the last byte, by the wall clock; a serial line may be silent for ever."""
        return 0.0

    def close(self) -> None:
        """A serial line is never closed."""


class Stdio(Wire):
    """The serial line of a board: USB on a Pico, a pty elsewhere."""

    def __init__(self, talk: Conversation) -> None:
        super().__init__(sys.stdin, talk)
        self._ready = select.poll()
        self._ready.register(sys.stdin, select.POLLIN)
        self._room = select.poll()
        self._room.register(sys.stdout, select.POLLOUT)

    def read(self) -> bytes:
        if hasattr(os, "read"):
            return os.read(0, MAX_LINE) if self._waiting() else b""
        data = bytearray()
        while len(data) < MAX_LINE and self._waiting():
            # MicroPython's read waits for all it was asked for.
            byte = sys.stdin.buffer.read(1)
            if not byte:
                break
            data += byte
        return bytes(data)

    def write(self, data: bytes) -> None:
        if self._room.poll(0):
            sys.stdout.buffer.write(data)
            if hasattr(sys.stdout.buffer, "flush"):
                sys.stdout.buffer.flush()

    def _waiting(self) -> bool:
        return any(events & select.POLLIN for _, events in self._ready.poll(0))


class Link:
    """A board's wires, and the wait until one of them has something to say."""

    def __init__(self, floor: Floor, key: bytes | None) -> None:
        self.wires: list[Wire] = []
        self._floor = floor
        self._key = key
        self._poll = select.poll()

    def wait(self, length_ms: int) -> list[tuple[Wire, bytes]]:
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

    def join(self, wire: Wire) -> None:
        self.wires.append(wire)
        self._poll.register(wire.source, select.POLLIN)

    def converse(self) -> Conversation:
        return Conversation(self._floor, self._key)


class Serial(Link):
    """One wire: standard input and output."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor, None)
        floor.board.stage.own_wire()
        self.join(Stdio(self.converse()))
