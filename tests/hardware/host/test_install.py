"""The firmware copied onto a MicroPython that has none, through its prompt on a pty."""

import json
import os
import pty
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.bench import Board
from hil.install import FIRMWARE, NOT_COPIED, install
from hil.keeper import interpreter
from twin.errors import LinkError

pytestmark = pytest.mark.slow
BOARD = {"component": "load1", "port": "/dev/x", "limits": {"power": "1 W"}}


@pytest.fixture
def prompt() -> Iterator[str]:
    """The port of a MicroPython that waits for a person."""
    command = interpreter()
    if "micropython" not in command[0]:
        pytest.skip("MicroPython is not installed (extra hil)")
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    with subprocess.Popen([*command, "-i"], stdin=ours, stdout=ours, stderr=ours) as process:
        yield os.ttyname(theirs)
        process.kill()
    os.close(ours)
    os.close(theirs)


def test_a_bare_board_gets_the_firmware_its_name_and_a_main(prompt: str, tmp_path: Path) -> None:
    (tmp_path / "board.json").write_text('{"pins": {"pwm": 3}}', encoding="utf-8")
    assert install(Board.model_validate(BOARD), prompt, str(tmp_path)) > 5
    copied = {path.name: path.read_bytes() for path in (tmp_path / "lib/hil/firmware").iterdir()}
    assert copied == {path.name: path.read_bytes() for path in FIRMWARE.glob("*.py") if path.name not in NOT_COPIED}
    told = json.loads((tmp_path / "board.json").read_text(encoding="utf-8"))
    assert (told["name"], told["role"], told["hal"], told["pins"]) == ("load1", "load", "pico", {"pwm": 3})
    assert "run()" in (tmp_path / "main.py").read_text(encoding="utf-8")


def test_a_port_that_is_not_there_is_told() -> None:
    with pytest.raises(LinkError, match="load1@/dev/x"):
        install(Board.model_validate(BOARD), "/dev/no_such_port")
