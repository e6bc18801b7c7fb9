"""The `twin` command as its user meets it: a process with a status, an answer and messages."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from twin.cli import main

COMMAND = (sys.executable, "-m", "twin")
PATIENCE_S = 60.0


class Said(NamedTuple):
    """What a finished command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def started(store: Path, *arguments: object) -> "subprocess.Popen[str]":
    """The command, running in a session of its own, so that it can be told whether anything of it is left."""
    environment = os.environ | {"TWIN_STORE": str(store)}
    command = [*COMMAND, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=environment, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", start_new_session=True
    )


def ended(process: "subprocess.Popen[str]", within_s: float = PATIENCE_S) -> Said:
    """What it said, once it is over; killed and an error if that takes too long."""
    with process:
        try:
            out, err = process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Said(process.returncode, out, err)


def twin(store: Path, *arguments: object) -> Said:
    return ended(started(store, *arguments))


def told(store: Path, *arguments: object) -> Said:
    """What the command would say, at a tenth of a process's price; what escapes it fails the test."""
    out, err = io.StringIO(), io.StringIO()
    handler = signal.getsignal(signal.SIGTERM)
    with patch.dict(os.environ, TWIN_STORE=str(store)), redirect_stdout(out), redirect_stderr(err):
        try:
            main([*map(str, arguments)])
        except SystemExit as leaving:
            return Said(int(leaving.code or 0), out.getvalue(), err.getvalue())
        finally:
            signal.signal(signal.SIGTERM, handler)


def is_clear(said: Said) -> bool:
    """Whether a failure is told on standard error only, each line with where and what."""
    lines = said.err.splitlines()
    return not said.out and bool(lines) and all(": " in line for line in lines) and "Traceback" not in said.err


def is_one_clear_line(said: Said) -> bool:
    return is_clear(said) and said.err.count("\n") == 1
