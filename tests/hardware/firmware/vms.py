"""Where the firmware's tests run: CPython, MicroPython's Unix port, a pty, a socket."""

import contextlib
import json
import os
import pty
import select
import shutil
import socket
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PATIENCE_S = 20.0
VMS = ("cpython", "micropython")
KEY = "a key of the lab, 1"


def tool(name: str) -> str:
    """A program of the hil extra; without it a test is skipped, but on CI it fails."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is missing; pip install -e '.[hil]'")
    if found is None:
        pytest.skip(f"{name} is not installed (extra hil)")
    return found


def command(vm: str, *arguments: str) -> list[str]:
    """How a virtual machine is called; MicroPython with the heap of a Pico."""
    if vm == "cpython":
        return [sys.executable, *arguments]
    return [tool("micropython"), "-X", "heapsize=192K", *arguments]


def surroundings(*more: str) -> dict[str, str]:
    """The environment in which `hil.firmware` is found, and beside it the stand-ins for a Pico's modules."""
    folders = [str(ROOT), *(str(HERE / "on_board" / name) for name in ("pico", *more))]
    return {**os.environ, "MICROPYPATH": ":".join([*folders, ".frozen"]), "PYTHONPATH": folders[0]}


def printed(vm: str, script: str) -> dict[str, Any]:
    """What a script of `on_board/` prints: a JSON object a line."""
    run = subprocess.run(
        command(vm, str(HERE / "on_board" / script)), env=surroundings(), capture_output=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:] + run.stdout.decode()[-2000:]
    found: dict[str, Any] = {}
    for line in run.stdout.decode().splitlines():
        found |= json.loads(line)
    return found


class Peer:
    """The controller's end of a wire, raw: bytes out, lines in."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._rest = b""

    def say(self, data: bytes) -> None:
        os.write(self.descriptor, data)

    def line(self, patience_s: float = PATIENCE_S) -> bytes:
        """The next line, or nothing if none comes or the other end hangs up."""
        end_s = time.monotonic() + patience_s
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self.descriptor], [], [], max(end_s - time.monotonic(), 0.0))
            data = b""
            if ready:
                with contextlib.suppress(OSError):
                    data = os.read(self.descriptor, 4096)
            if not data:
                return b""
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def ask(self, data: bytes) -> bytes:
        self.say(data + b"\r\n")
        return self.line()


def board_file(folder: Path, role: str, **more: Any) -> str:
    path = folder / f"{role}.json"
    path.write_text(json.dumps({"name": f"{role}1", "role": role, "hal": "sim", **more}))
    return str(path)


@contextlib.contextmanager
def on_a_pty(vm: str, path: str, *stand_ins: str) -> Iterator[Peer]:
    """A board's program with a pty for a wire."""
    theirs, ours = pty.openpty()
    tty.setraw(ours)
    board = subprocess.Popen(
        command(vm, "-m", "hil.firmware.main", path), stdin=theirs, stdout=theirs, env=surroundings(*stand_ins)
    )
    try:
        yield Peer(ours)
    finally:
        board.kill()
        board.wait()
        # Not before: where no one has the far end open, what a board said last is lost.
        os.close(theirs)
        os.close(ours)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextlib.contextmanager
def on_a_port(vm: str, folder: Path, role: str, **link: Any) -> Iterator[int]:
    """A board's program that listens on a port of this machine, or dials it."""
    link = {"kind": "listen", "host": "127.0.0.1", "port": free_port(), **link}
    path = board_file(folder, role, link=link, key=KEY)
    board = subprocess.Popen(command(vm, "-m", "hil.firmware.main", path), env=surroundings(), cwd=ROOT)
    try:
        yield link["port"]
    finally:
        board.kill()
        board.wait()


@contextlib.contextmanager
def calling(port: int) -> Iterator[Peer]:
    """A connection to a board that may still be starting."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            wire = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
            break
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.05)
    with wire:
        yield Peer(wire.fileno())


def program(vm: str, path: str) -> "subprocess.CompletedProcess[str]":
    """A board's program that is expected to end by itself."""
    return subprocess.run(
        command(vm, "-m", "hil.firmware.main", path),
        env=surroundings(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
