"""Bytes to and from one board, over a port that may vanish at any moment. The one door of pyserial."""

import errno
import logging
import os
import select
import socket
import termios
from contextlib import suppress
from typing import Any, Protocol

from hil.frames import Lines
from twin.errors import LinkError

BYTES = logging.getLogger("hil.bytes")
"""At level DEBUG every byte that comes or goes is told here."""
CHUNK = 4096
FAILURES = (OSError, termios.error)
"""What a lost peer raises: pyserial's SerialException is an OSError, `termios.error` is not."""


def reason(error: OSError) -> str:
    """What the system says of a failure, without the port's name, which stands before it."""
    if error.errno == errno.EAGAIN:
        return "is in use by another program"
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


class Port(Protocol):
    """What a link needs of a way to a board. `read` returns what is there, at least a byte once `fileno` is ready."""

    def fileno(self) -> int: ...

    def read(self, size: int) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class SerialPort:
    """A device, a pty or `socket://HOST:PORT`, opened by pyserial for nobody else at the same time."""

    def __init__(self, address: str, baud: int, write_timeout_s: float) -> None:
        import serial

        options: dict[str, Any] = {} if "://" in address else {"exclusive": True}
        self._port = serial.serial_for_url(address, baud, timeout=0, write_timeout=write_timeout_s, **options)

    def fileno(self) -> int:
        # pyserial's socket port has a fileno of its own, its type stubs have not.
        return int(self._port.fileno())

    def read(self, size: int) -> bytes:
        return bytes(self._port.read(size))

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def close(self) -> None:
        # After a reset pyserial's socket port forgets its socket without closing it, and it always sleeps for 0.3 s.
        inner = getattr(self._port, "_socket", None)
        if isinstance(inner, socket.socket):
            inner.close()
            self._port.is_open = False
            return
        with suppress(*FAILURES):
            self._port.close()


class SocketPort:
    """A connection that a board made to us."""

    def __init__(self, connection: socket.socket, write_timeout_s: float) -> None:
        self._connection = connection
        connection.settimeout(write_timeout_s)

    def fileno(self) -> int:
        return self._connection.fileno()

    def read(self, size: int) -> bytes:
        if data := self._connection.recv(size):
            return data
        raise ConnectionError("the board hung up")

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def close(self) -> None:
        self._connection.close()


class Link:
    """One open port, as lines. Raises LinkError when the peer is lost; then it can only be closed."""

    def __init__(self, where: str, port: Port) -> None:
        self.where = where
        self._port = port
        self._lines = Lines()

    @property
    def dropped(self) -> int:
        """How many lines were too long to be frames."""
        return self._lines.dropped

    def wait(self, wake: int, within_s: float) -> bool:
        """Whether there is something to read, at the latest when `wake`, a descriptor, is ready or time is up."""
        try:
            ready, _, _ = select.select([self._port.fileno(), wake], [], [], within_s)
            return self._port.fileno() in ready
        except (*FAILURES, ValueError) as error:  # a closed port's descriptor is -1
            raise self._lost(error) from error

    def lines(self) -> list[bytes]:
        """The lines that are complete by now."""
        try:
            data = self._port.read(CHUNK)
        except FAILURES as error:
            raise self._lost(error) from error
        BYTES.debug("%s > %r", self.where, data)
        return self._lines.feed(data)

    def send(self, line: bytes) -> None:
        BYTES.debug("%s < %r", self.where, line)
        try:
            self._port.write(line)
        except FAILURES as error:
            raise self._lost(error) from error

    def close(self) -> None:
        with suppress(*FAILURES):
            self._port.close()

    def _lost(self, error: Exception) -> LinkError:
        return LinkError(self.where, str(error) or type(error).__name__, "the board is tried again in the background")
