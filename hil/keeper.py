"""Keeps a bench's virtual boards alive: `python -m hil.keeper FOLDER`, a process of its own that outlives any run.

Each board is the real firmware in a process; its serial line runs through here, to a pty with a stable path, so that it
can be unplugged, hung and garbled. Boards on a network run alone.
"""

import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HEAP = "192K"
CHUNK = 4096
BOARDS, ORDERS, LOG = ".boards.json", ".orders", ".keeper.log"
"""The keeper's own files in the folder, under names that no board has: what to start, the socket it listens at."""
READY = b"ready\n"


def interpreter() -> list[str]:
    """MicroPython with a Pico's heap, or this Python where there is none."""
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    return [found, "-X", f"heapsize={HEAP}"] if found else [sys.executable]


class Virtual:
    """One board: its process and, if it is on a serial line, the line. `config` is its `board.json`."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.name = str(config["name"])
        self.config = folder / f"{self.name}.json"
        self.state = "stopped"
        self.garbled = False
        self._path = folder / self.name
        self._serial = config["link"]["kind"] == "serial"
        self._process: subprocess.Popen[bytes] | None = None
        self._pty: tuple[int, int] | None = None
        self.config.write_text(json.dumps(config), encoding="utf-8")

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wires(self) -> dict[int, Callable[[], None]]:
        """What to do when a descriptor has something to say."""
        process, line = self._process, self._pty
        if process is None or line is None or process.stdout is None:
            return {}
        return {line[0]: self._to_board, process.stdout.fileno(): self._to_host}

    def start(self) -> None:
        """A new process; on a serial line a new pty under the same path."""
        self.stop()
        command = [*interpreter(), "-m", "hil.firmware.main", str(self.config)]
        environment = os.environ | {"MICROPYPATH": f"{ROOT}:.frozen"}
        pipe = subprocess.PIPE if self._serial else subprocess.DEVNULL
        with (self.config.with_suffix(".log")).open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=log, cwd=ROOT, env=environment, bufsize=0
            )
        if self._serial:
            self._plug_in()
        self.state = "running"

    def stop(self) -> None:
        """End the process and unplug the line."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None
        if self._pty is not None:
            self._path.unlink(missing_ok=True)
            for descriptor in self._pty:
                os.close(descriptor)
            self._pty = None
        self.state, self.garbled = "stopped", False

    def hang(self) -> None:
        """The process stands still, its line stays open."""
        if self._process is not None and self.runs:
            self._process.send_signal(signal.SIGSTOP)
            self.state = "hung"

    def garble(self) -> None:
        """What the board says is not to be understood any more."""
        self.garbled = self.runs and self._serial
        self.state = "garbled" if self.garbled else self.state

    def _plug_in(self) -> None:
        # The other end stays open here too: else the line would be gone as soon as one host hangs up.
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._pty = ours, theirs
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(theirs))

    def _to_board(self) -> None:
        if self._pty and self._process and self._process.stdin:
            with suppress(OSError):
                data = os.read(self._pty[0], CHUNK)
                if self.state != "hung":
                    self._process.stdin.write(data)

    def _to_host(self) -> None:
        if self._pty and self._process and self._process.stdout:
            data = os.read(self._process.stdout.fileno(), CHUNK)
            if not data:
                self.stop()
                return
            # A host that does not read loses bytes, as on a real line.
            with suppress(OSError):
                os.write(self._pty[0], bytes(byte ^ 0x15 for byte in data) if self.garbled else data)


class Keeper:
    """All virtual boards of a bench, and the socket at which orders come in."""

    def __init__(self, folder: Path, configs: list[dict[str, Any]]) -> None:
        self._boards = {str(config["name"]): Virtual(folder, config) for config in configs}
        self._path = folder / ORDERS
        self._path.unlink(missing_ok=True)
        self._orders = socket.socket(socket.AF_UNIX)
        self._orders.bind(str(self._path))
        self._orders.listen()

    def start(self) -> None:
        for board in self._boards.values():
            board.start()

    def keep(self) -> None:
        """Carry bytes and out orders, until the last board is stopped."""
        while any(board.state != "stopped" for board in self._boards.values()):
            self._once()

    def close(self) -> None:
        for board in self._boards.values():
            board.stop()
        self._path.unlink(missing_ok=True)
        self._orders.close()

    def _once(self) -> None:
        wires = {fd: act for board in self._boards.values() for fd, act in board.wires().items()}
        ready, _, _ = select.select([self._orders.fileno(), *wires], [], [], 1.0)
        for source in ready:
            if source in wires:
                wires[source]()
        if self._orders.fileno() in ready:
            self._obey()
        for board in self._boards.values():
            if board.state != "stopped" and not board.runs:
                board.stop()

    def _obey(self) -> None:
        """One order: `{"do", "board"}`, all boards if none is named; answered with the state of each."""
        peer, _ = self._orders.accept()
        with peer, suppress(OSError, ValueError, KeyError):
            peer.settimeout(1.0)
            order = json.loads(peer.makefile().readline())
            for name, board in self._boards.items():
                if order.get("board") in (None, name):
                    do = {"start": board.start, "restart": board.start, "stop": board.stop}
                    do |= {"hang": board.hang, "garble": board.garble, "show": lambda: None}
                    do[order["do"]]()
            states = {name: board.state for name, board in self._boards.items()}
            peer.sendall(json.dumps(states).encode() + b"\n")


def main() -> None:
    """Become nobody's child, so that nobody has to wait for our end; say `ready` when the boards run."""
    if os.fork():
        os._exit(0)
    folder = Path(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    keeper = Keeper(folder, json.loads((folder / BOARDS).read_text(encoding="utf-8")))
    try:
        keeper.start()
        os.write(sys.stdout.fileno(), READY)
        # From here on nobody reads what we say; the log is on standard error.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        keeper.keep()
    finally:
        keeper.close()


if __name__ == "__main__":
    main()
