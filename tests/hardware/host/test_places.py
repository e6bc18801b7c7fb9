"""One bench, one process: what is told, and whom `twin stop` signals, where a lock does not say whose it is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil import places
from hil.places import held, release
from twin.errors import LinkError

HOLDS = (
    "import fcntl, sys; file = open(sys.argv[1], 'a+'); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); input()"
)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_RUNTIME", str(tmp_path))
    monkeypatch.setattr(places, "TOLD_S", 0.1)


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What was signalled instead of being ended; the process group of the tests must not be."""
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda number, which: found.append((number, which)))
    return found


@contextmanager
def locked(path: Path, text: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds a lock whose file says something."""
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        path.write_bytes(text)
        yield process
        process.communicate(b"\n")


@pytest.mark.parametrize("text", [b"", b"0", b"-5", b"no number", b"\xff\xfe", b"9" * 30], ids=repr)
def test_no_number_that_was_not_read_is_signalled(
    tmp_path: Path, text: bytes, signalled: list[tuple[int, int]]
) -> None:
    path = tmp_path / "lab.lock"
    with locked(path, text):
        with pytest.raises(LinkError) as caught:
            release("lab")
        with pytest.raises(LinkError, match="another process has it"), held("lab"):
            pass
    assert signalled == []
    assert f"{path} does not say which process" in str(caught.value)
    assert "fuser" in caught.value.expected


def test_a_lock_whose_process_is_gone_is_told(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with locked(tmp_path / "lab.lock", str(gone.pid).encode()), pytest.raises(LinkError) as caught:
        release("lab")
    assert f"process {gone.pid} is gone, but another one" in str(caught.value)


def test_the_process_that_has_a_bench_is_asked_to_end(tmp_path: Path) -> None:
    path = tmp_path / "lab.lock"
    with locked(path, b"") as process:
        path.write_text(str(process.pid), encoding="utf-8")
        assert release("lab") == process.pid
        assert process.wait() == -signal.SIGTERM


def test_a_bench_that_is_let_go_of_names_nobody(tmp_path: Path) -> None:
    with held("lab"):
        assert (tmp_path / "lab.lock").read_text(encoding="utf-8") == str(os.getpid())
    assert (tmp_path / "lab.lock").read_text(encoding="utf-8") == ""
    assert release("lab") is None
