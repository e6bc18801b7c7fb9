"""Real firmware behind a wire that can be cut, tapped and spoiled: a pty or a TCP port, and a process behind it."""

import json
import os
import pty
import queue
import select
import signal
import socket
import struct
import subprocess
import threading
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hil.frames import Lines, decode, encode
from hil.keeper import ROOT, interpreter

KEY = "5f3c09be1d7a42688e90b1c2d3f4a657"
ROLES = {"solar": "solar", "house": "load", "storage": "storage", "market": "grid"}
Spoil = Callable[[bytes], list[bytes]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Wire:
    """One board and the way to it. `spoil` turns each line the board says into what the host gets to hear."""

    def __init__(self, folder: Path, component: str, networked: bool = False) -> None:
        self.component = component
        self.networked = networked
        self.spoil: Spoil | None = None
        self.cut = False
        self.port = f"socket://127.0.0.1:{free_port()}" if networked else str(folder / component)
        self._inner = free_port()
        self.config = folder / f"{component}.json"
        self._path = folder / component
        self._lines = Lines()
        self._host: Any = None
        self._slave = -1
        self._board: Any = None
        self._over = False
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = os.pipe()
        self._door = socket.create_server(("127.0.0.1", int(self.port.rpartition(":")[2]))) if networked else None
        link = {"kind": "listen", "host": "127.0.0.1", "port": self._inner} if networked else {"kind": "serial"}
        told = {"name": component, "role": ROLES[component], "hal": "sim", "link": link}
        self.config.write_text(json.dumps(told | ({"key": KEY} if networked else {})), encoding="utf-8")
        self._start()
        if not networked:
            self._plug()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def do(self, job: Callable[[], None]) -> None:
        """Have something done between two pieces of what is carried."""
        done = threading.Event()
        self._jobs.put(lambda: (job(), done.set()))  # type: ignore[func-returns-value]
        self._nudge()
        done.wait(5.0)

    def start(self) -> None:
        self.do(self._start)

    def kill(self) -> None:
        self.do(self._kill)

    def restart(self) -> None:
        self.do(lambda: (self._kill(), self._start()))  # type: ignore[func-returns-value]

    def _start(self) -> None:
        """The firmware, in a process of its own."""
        pipe = subprocess.DEVNULL if self.networked else subprocess.PIPE
        self.process = subprocess.Popen(
            [*interpreter(), "-m", "hil.firmware.main", str(self.config)],
            stdin=pipe,
            stdout=pipe,
            cwd=ROOT,
            env=os.environ | {"MICROPYPATH": f"{ROOT}:.frozen"},
            bufsize=0,
        )

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            if end is not None:
                end.close()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def plug(self) -> None:
        self.do(self._plug)

    def unplug(self) -> None:
        self.do(self._unplug)

    def reset(self) -> None:
        """A TCP reset instead of an end."""
        self.do(self._reset)

    def _plug(self) -> None:
        ours, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(ours, False)
        self._path.symlink_to(os.ttyname(self._slave))
        self._host = ours

    def _unplug(self) -> None:
        self._path.unlink(missing_ok=True)
        host, self._host = self._host, None
        os.close(self._slave)
        os.close(host)

    def _reset(self) -> None:
        host, board = self._host, self._board
        self._host = self._board = None
        if host is not None:
            host.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            host.close()
            board.close()

    def say(self, data: bytes) -> None:
        """Something to the host that no board said."""
        with suppress(OSError, AttributeError, TypeError):
            self._host.sendall(data) if self.networked else os.write(self._host, data)

    def close(self) -> None:
        self._over = True
        self._nudge()
        self._thread.join()
        if self.networked:
            for end in (self._host, self._board, self._door):
                if end is not None:
                    end.close()
        elif self._host is not None:
            self._unplug()
        self._kill()
        for end in self._wake:
            os.close(end)

    def _nudge(self) -> None:
        os.write(self._wake[1], b"!")

    def _carry(self) -> None:
        while not self._over:
            with suppress(OSError, ValueError, AttributeError):
                self._once()

    def _once(self) -> None:
        host, board = self._host, self._board
        source = board if self.networked else self.process.stdout
        if source is self.process.stdout and source is not None and source.closed:
            source = None
        watched = [end for end in (self._wake[0], self._door, host, source) if end is not None]
        ready, _, _ = select.select(watched, [], [], 0.05)
        if self._wake[0] in ready:
            os.read(self._wake[0], 64)
        if not self._jobs.empty():
            self._jobs.get()()
            return
        if self._door in ready and self._door is not None:
            self._let_in()
        if host is not None and host in ready:
            self._to_board(host.recv(4096) if self.networked else os.read(host, 4096))
        if source is not None and source in ready:
            self._to_host(source.recv(4096) if self.networked else os.read(source.fileno(), 4096))

    def _let_in(self) -> None:
        """A second caller is put through to the board by `intrude` alone."""
        caller, _ = self._door.accept()  # type: ignore[union-attr]
        self._hang_up()
        self._host = caller
        try:
            self._board = socket.create_connection(("127.0.0.1", self._inner), timeout=1)
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        for end in (self._host, self._board):
            if end is not None:
                end.close()
        self._host = self._board = None

    def _to_board(self, data: bytes) -> None:
        if not data:
            self._hang_up()
        elif not self.cut and self.networked:
            self._board.sendall(data)
        elif not self.cut and self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.write(data)

    def _to_host(self, data: bytes) -> None:
        if not data and self.networked:
            self._hang_up()
        for line in self._lines.feed(data):
            if not self.cut:
                for told in self.spoil(line) if self.spoil else [line + b"\n"]:
                    self.say(told)

    def intrude(self) -> socket.socket:
        """Another controller's connection to the board."""
        return socket.create_connection(("127.0.0.1", self._inner), timeout=2)


def changed(verb: str, **fields: Any) -> Spoil:
    """Frames of one verb with other fields and the right CRC, as a broken board would say them."""

    def spoil(line: bytes) -> list[bytes]:
        frame = decode(line)
        if frame.verb != verb:
            return [line + b"\n"]
        return [encode(frame.verb, frame.seq, frame.body | fields)]

    return spoil
