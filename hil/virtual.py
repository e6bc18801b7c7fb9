"""Virtual boards from the outside: start a bench's keeper, and give it orders."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from hil.bench import Bench, Board
from hil.keeper import BOARDS, LOG, ORDERS, READY, ROOT, interpreter
from hil.places import folder
from twin.errors import LinkError, ScenarioError

Do = Literal["show", "start", "stop", "hang", "garble", "restart"]
PATIENCE_S = 10.0


def runs_micropython() -> bool:
    return interpreter()[0] != sys.executable


def states(bench: Bench) -> dict[str, str]:
    """What each virtual board of a bench is doing; nothing if none was started."""
    return _ordered(bench, "show", None) or {}


def start(bench: Bench) -> dict[str, str]:
    """Start a bench's virtual boards; those that run already go on."""
    known = states(bench)
    for name, state in known.items():
        if state == "stopped":
            known = order(bench, "start", name)
    return known or _kept(bench)


def order(bench: Bench, do: Do, board: str | None = None) -> dict[str, str]:
    """Do something to one virtual board, or to all; raises a TwinError where there is none, or none runs."""
    # On a network nobody stands between a board and its controllers, who could garble it.
    fit = [of.called for of in bench.boards if of.is_virtual and not (do == "garble" and of.is_networked)]
    if not fit or board not in (None, *fit):
        kind = "virtual board on a serial line" if do == "garble" else "virtual board"
        got = f"has no {kind}{f' named {board}' if board else ''}"
        raise ScenarioError(f"bench {bench.name}", got, f"there are {', '.join(fit) or 'none'}")
    found = _ordered(bench, do, board)
    if found is None:
        raise LinkError(f"bench {bench.name}", "its boards are not running", "'twin boards' starts them")
    return found


def _kept(bench: Bench) -> dict[str, str]:
    configs = [board_json(board) for board in bench.boards if board.is_virtual]
    if not configs:
        return {}
    place = _folder(bench)
    place.mkdir(mode=0o700, exist_ok=True)
    (place / BOARDS).write_text(json.dumps(configs), encoding="utf-8")
    command = [sys.executable, "-m", "hil.keeper", str(place)]
    with (place / LOG).open("wb") as log:
        keeper = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    if keeper.stdout != READY:
        last = ((place / LOG).read_text(encoding="utf-8").splitlines() or ["no word"])[-1]
        got = f"its virtual boards did not start: {last}"
        raise LinkError(f"bench {bench.name}", got, f"see {place / LOG}")
    return states(bench)


def _ordered(bench: Bench, do: Do, board: str | None) -> dict[str, str] | None:
    """The keeper's answer; None if there is no keeper."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(PATIENCE_S)
        try:
            peer.connect(str(_folder(bench) / ORDERS))
            peer.sendall(json.dumps({"do": do, "board": board}).encode() + b"\n")
            answer = peer.makefile().readline()
        except OSError:
            return None
    return dict(json.loads(answer)) if answer else None


def _folder(bench: Bench) -> Path:
    return folder() / bench.name


def board_json(board: Board) -> dict[str, Any]:
    """What the firmware needs to know to be a board of a bench, with a simulated power stage."""
    told: dict[str, Any] = {"name": board.called, "role": board.role, "hal": "sim", "link": link_json(board.port)}
    return told | ({"key": board.key} if board.key else {})


def link_json(port: str) -> dict[str, Any]:
    """The board's end of a port."""
    url = urlsplit(port)
    if url.scheme == "socket":
        return {"kind": "listen", "host": "127.0.0.1", "port": url.port}
    if url.scheme == "listen":
        return {"kind": "dial", "host": "127.0.0.1", "port": url.port}
    return {"kind": "serial"}
