"""`twin dash`: refuses what would be unsafe, serves, and leaves nothing behind."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from killing import progress
from terminal import PATIENCE_S, Said, ended, is_one_clear_line, started, told

from dashboards.jobs import MOST, JobError, Jobs, Order
from twin.runs import open_store
from twin.scenario.schema import SHIPPED

LONG = {"scenario": "lab_month", "policy": "rule", "days": 3000}


class Server:
    """A running `twin dash`, and what it answers."""

    def __init__(self, store: Path, *options: object) -> None:
        self.store = store
        self.process = started(store, "dash", "--port", "0", "--json", *options)
        line = self.process.stdout.readline() if self.process.stdout else ""
        self.url: str = json.loads(line)["url"]

    def ask(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"Content-Type": "application/json"})
        with urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def stop(self, number: int = signal.SIGINT) -> Said:
        self.process.send_signal(number)
        return ended(self.process)


@contextmanager
def serving(store: Path, *options: object) -> Iterator[Server]:
    server = Server(store, *options)
    with server.process:
        try:
            yield server
        finally:
            server.process.kill()


def test_an_open_address_without_a_token_is_refused(tmp_path: Path) -> None:
    said = told(tmp_path / "runs.sqlite", "dash", "--host", "0.0.0.0")
    assert said.status == 2
    assert (
        said.err == "--host: '0.0.0.0' can be reached from other machines; give a --token, which guards all changes\n"
    )


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = told(tmp_path / "runs.sqlite", "dash", "--port", taken.getsockname()[1])
    assert said.status == 2
    assert is_one_clear_line(said)
    assert "in use" in said.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_a_stopped_server_interrupts_its_runs_and_leaves_no_process(tmp_path: Path, number: int) -> None:
    with serving(tmp_path / "runs.sqlite") as server:
        run = server.ask("/api/runs", LONG)["run"]
        until(lambda: progress(server.store)[0])
        said = server.stop(number)
    assert said.status == 130
    assert processes_of(server.process) == []
    with open_store(str(server.store), read_only=True) as store:
        assert store.run(run).state == "interrupted"


@pytest.mark.slow
def test_a_killed_server_leaves_no_run_behind(tmp_path: Path) -> None:
    with serving(tmp_path / "runs.sqlite") as server:
        run = server.ask("/api/runs", LONG)["run"]
        until(lambda: progress(server.store)[0])
        server.process.kill()
        until(lambda: state_of(server.store, run) == "interrupted")


@pytest.mark.slow
def test_an_interrupted_run_is_resumed_by_the_next_server(tmp_path: Path) -> None:
    with serving(tmp_path / "runs.sqlite") as server:
        run = server.ask("/api/runs", {**LONG, "days": 1000})["run"]
        until(lambda: progress(server.store)[0])
        server.stop()
    with serving(server.store) as server:
        server.ask(f"/api/runs/{run}/resume", {})
        until(lambda: state_of(server.store, run) == "done")
        assert server.ask(f"/api/runs/{run}")["progress"] == 60_000


@pytest.mark.slow
def test_no_more_runs_are_started_than_there_is_room_for(tmp_path: Path) -> None:
    jobs = Jobs(str(tmp_path / "runs.sqlite"))
    long = Order(str(SHIPPED / "lab_month.yaml"), "rule", ("days=3000",))
    try:
        runs = [jobs.start(long) for _ in range(MOST)]
        with pytest.raises(JobError, match=f"{MOST} runs are under way"):
            jobs.start(long)
        assert jobs.under_way() == set(runs)
    finally:
        jobs.stop()


def until(reached: Any) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < deadline_s, "was not reached in time"
        time.sleep(0.05)


def state_of(store: Path, run: int) -> str:
    with open_store(str(store), read_only=True) as opened:
        return opened.run(run).state


def processes_of(server: "subprocess.Popen[str]") -> list[str]:
    """What is alive of the server's children: each names its parent, or had none left."""
    listed = subprocess.run(["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if "dashboards.worker" in line and line.split()[0] in ("1", str(server.pid))]
