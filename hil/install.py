"""Copies the firmware to a board on a serial line, with mpremote; what its `board.json` says of its wiring stays."""

import hashlib
import json
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from hil.bench import Board
from hil.virtual import link_json
from twin.errors import LinkError

FIRMWARE = Path(__file__).parent / "firmware"
FOLDERS = ("/lib", "/lib/hil", "/lib/hil/firmware")
NOT_COPIED = ("hal_sim.py",)
MAIN = b"from hil.firmware.main import run\nrun()\n"
LEAVE = b"\nleave 1\n"
ADVICE = "a MicroPython board on a serial line is wanted"


def install(board: Board, path: str, root: str = "") -> int:
    """Bring a board's files, under `root`, up to date and start its firmware; returns how many were written."""
    try:
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport
    except ImportError as error:
        raise LinkError(board.component, f"needs {error.name}", ".venv/bin/pip install -e '.[hil]'") from error
    if board.is_networked or board.is_replay:
        raise LinkError(f"{board.component}@{board.port}", "cannot be written to from here", ADVICE)
    try:
        with closing(SerialTransport(path, board.baud)) as wire:
            wire.serial.write(LEAVE)
            wire.enter_raw_repl(soft_reset=False)
            written = updated(wire, board, root)
            wire.exit_raw_repl()
            # A soft reset starts main.py.
            wire.serial.write(b"\x04")
    except (TransportError, OSError) as error:
        raise LinkError(f"{board.component}@{board.port}", str(error), ADVICE) from error
    return written


def updated(wire: Any, board: Board, root: str) -> int:
    """Write the files that are not there yet or are other ones."""
    for folder in FOLDERS:
        if not wire.fs_exists(root + folder):
            wire.fs_mkdir(root + folder)
    files = [(f"{FOLDERS[-1]}/{file.name}", file.read_bytes()) for file in sources()]
    files += [(f"{FOLDERS[1]}/__init__.py", b""), ("/main.py", MAIN)]
    files += [("/board.json", facts(wire, board, f"{root}/board.json"))]
    return sum(replaced(wire, root + path, data) for path, data in files)


def sources() -> list[Path]:
    """The firmware's files that a board needs."""
    return [file for file in sorted(FIRMWARE.glob("*.py")) if file.name not in NOT_COPIED]


def facts(wire: Any, board: Board, path: str) -> bytes:
    """The board's own `board.json`, with what the bench knows better."""
    known: dict[str, Any] = {"hal": "pico"}
    if wire.fs_exists(path):
        with suppress(ValueError):
            known |= json.loads(bytes(wire.fs_readfile(path)))
    known |= {"name": board.called, "role": board.role, "link": known.get("link") or link_json(board.port)}
    return json.dumps(known | ({"key": board.key} if board.key else {})).encode()


def replaced(wire: Any, path: str, data: bytes) -> bool:
    """Write a file unless the board has the same already."""
    if wire.fs_exists(path) and bytes(wire.fs_hashfile(path, "sha256")) == hashlib.sha256(data).digest():
        return False
    wire.fs_writefile(path, data)
    return True
