"""Where virtual boards and locks are kept on this machine: a folder of the user's, gone with the next boot."""

import fcntl
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twin.errors import LinkError

PATIENCE_S = 15.0
TOLD_S = 1.0
"""How long a process that has just got a lock may take to say who it is."""
LAST_PROCESS = 2**22
"""Linux counts no further."""


def folder() -> Path:
    """`$TWIN_RUNTIME`, else one named after the user among the machine's temporary files; made if it is not there."""
    named = os.environ.get("TWIN_RUNTIME")
    path = Path(named) if named else Path(tempfile.gettempdir()) / f"twin-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = path.stat().st_uid
    except OSError as error:
        raise LinkError(str(path), error.strerror or str(error), "name a folder in $TWIN_RUNTIME") from error
    if owner != os.getuid():
        raise LinkError(str(path), "belongs to somebody else", "name a folder in $TWIN_RUNTIME")
    return path


def device(bench: str, port: str) -> str:
    """What to open for a port: the path of a virtual one, any other as it is."""
    name = port.removeprefix("virtual:")
    return port if name == port else str(folder() / bench / name)


@contextmanager
def held(bench: str) -> Iterator[None]:
    """A bench, for one process at a time; raises LinkError if another one has it."""
    path = folder() / f"{bench}.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(path)
            who = "another process" if holder is None else f"process {holder}"
            raise LinkError(f"bench {bench}", f"{who} has it", f"'twin stop {bench}' ends it") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            # The next one may be asked for before it has written its number: this one must not be taken for it.
            file.truncate(0)


def release(bench: str) -> int | None:
    """Ask the process that has a bench to end its run and wait until it has; its number, None if there was none."""
    path = folder() / f"{bench}.lock"
    if not path.exists() or not _is_held(path):
        return None
    holder = _told_holder(path)
    find_it = f"find it with 'fuser {path}', end it, and stop the bench again"
    if holder is None:
        raise LinkError(f"bench {bench}", f"is in use, but {path} does not say which process has it", find_it)
    try:
        os.kill(holder, signal.SIGTERM)
    except ProcessLookupError as error:
        raise LinkError(
            f"bench {bench}", f"process {holder} is gone, but another one has the bench", find_it
        ) from error
    give_up_s = time.monotonic() + PATIENCE_S
    while _is_held(path):
        if time.monotonic() > give_up_s:
            raise LinkError(f"bench {bench}", f"process {holder} does not let go", "its boards stop when it is killed")
        time.sleep(0.05)
    return holder


def _told_holder(path: Path) -> int | None:
    """The number of the process that has a lock, waited for while it may be about to write it."""
    give_up_s = time.monotonic() + TOLD_S
    while (holder := _holder(path)) is None and time.monotonic() < give_up_s:
        time.sleep(0.02)
    return holder


def _holder(path: Path) -> int | None:
    """The number of a process in a lock's file; None where there is none: 0 and below are groups of processes."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return int(text) if text.isdecimal() and 0 < int(text) <= LAST_PROCESS else None


def _is_held(path: Path) -> bool:
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
