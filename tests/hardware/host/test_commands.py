"""Boards on the command line: virtual ones started, rehearsed with, run on, stopped; and what is refused."""

import csv
import os
import resource
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from course_server import MovingServer, serving
from killing import asked, await_progress, progress
from terminal import ended, is_clear, is_one_clear_line, started, twin
from wires import Spoil, Wire, changed, free_port

from hil.frames import decode, encode
from hil.keeper import ORDERS

pytestmark = pytest.mark.slow
SPEED = "50"
BENCH = """
boards:
  - {component: solar, port: "virtual:solar", limits: {power: 5 W}, deadline: 60 ms}
  - {component: storage, port: "virtual:storage", limits: {power: 1.5 W, energy: 52 J}, deadline: 60 ms}
"""


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for virtual boards with a path short enough for a socket."""
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setenv("TWIN_RUNTIME", name)
        yield Path(name)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Path]:
    """Two virtual boards, stopped in the end."""
    path = tmp_path / "two.yaml"
    path.write_text(BENCH, encoding="utf-8")
    yield path
    twin(tmp_path / "none.sqlite", "boards", path, "stop")


def exported(store: Path, *more: str, run: str = "last") -> list[dict[str, str]]:
    file = store.with_suffix(".csv")
    assert twin(store, "export", run, file, *more).status == 0
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def run(store: Path, bench: Path, *more: str) -> dict[str, Any]:
    said = twin(store, "run", "lab_day", "--policy", "rule", "--hardware", bench, "--json", *more)
    assert said.status == 0, said.err
    found: dict[str, Any] = said.json
    return found


def test_a_run_on_virtual_boards_is_kept_frame_by_frame_and_played_back_bit_for_bit(
    store: Path, bench: Path, tmp_path: Path, runtime: Path
) -> None:
    """One run for all of it, as it takes its time."""
    wire = tmp_path / "wire.log"
    found = run(store, bench, "--speed", SPEED, "--wire", str(wire))
    recorded = exported(store)
    assert found["ticks"] == len(recorded) == 60
    assert sum(row["storage_source"] == "hardware" for row in recorded) > 40
    assert {row["load1_source"] for row in recorded} == {"model"}
    assert not (runtime / "two" / ORDERS).exists()
    is_recorded(store)
    is_explained(store, found["cost"])
    assert "solar@virtual:solar < b'hello 1" in wire.read_text(encoding="utf-8")
    again = tmp_path / "again.yaml"
    again.write_text(BENCH.replace('"virtual:solar"', "replay:1").replace('"virtual:storage"', "replay:1"))
    run(store, again)
    assert without_moods(exported(store)) == without_moods(recorded)


def is_recorded(store: Path) -> None:
    """All verbs are among the frames, and each board has a row for each tick."""
    verbs = {row["line"].split()[0] for row in exported(store, "--table", "frame")}
    assert {"hello", "board", "tick", "reading", "set", "done", "stop", "stopped"} <= verbs
    links = exported(store, "--table", "link")
    assert len(links) == 2 * 60
    assert all(float(row["delay_s"]) >= 0 for row in links if row["quality"] == "good")


def is_explained(store: Path, cost: float) -> None:
    """What late set-points and residuals add to the models' cost makes up the run's but for half a percent."""
    of = twin(store, "show", "last", "--explain", "--json").json["explained"]
    explained = of["model_cost"] + of["delay_cost"] + of["residual_cost"]
    assert explained == pytest.approx(cost, rel=0.005)
    assert of["unexplained"] == pytest.approx(cost - explained, abs=1e-9)


def without_moods(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row | {"late_s": ""} for row in rows]


def test_a_rehearsal_hangs_a_board_during_a_run_and_wakes_it(store: Path, bench: Path) -> None:
    twin(store, "boards", bench)
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench, "--speed", "20")
    await_progress(store, process, 0.1)
    assert "hung" in twin(store, "boards", bench, "hang", "solar").out
    time.sleep(2.0)
    assert twin(store, "boards", bench, "restart", "solar").status == 0
    assert ended(process).status == 0
    told = [row["solar_source"] for row in exported(store)]
    assert "fallback" in told
    assert told[-1] == "hardware"


def test_stop_ends_the_run_that_has_the_bench_and_stops_its_boards(store: Path, bench: Path) -> None:
    twin(store, "boards", bench)
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench)
    await_progress(store, process)
    said = twin(store, "stop", bench)
    assert (said.status, said.out) == (0, "stopped: solar, storage\n")
    assert ended(process).status == 130


def test_a_run_is_stopped_with_the_boards_it_has_started(store: Path, bench: Path) -> None:
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench)
    await_progress(store, process)
    said = twin(store, "stop", bench)
    assert (said.status, said.out) == (0, "no board of bench two is running\n")
    assert ended(process).status == 130


def test_a_board_that_does_not_hear_stop_is_told_at_the_end_of_a_run(store: Path, bench: Path) -> None:
    twin(store, "boards", bench)
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench, "--speed", "20")
    await_progress(store, process)
    twin(store, "boards", bench, "hang", "solar")
    assert "no answer to stop from solar; 0 W follows silence" in ended(process).err


def test_looking_at_boards_wakes_none(store: Path, bench: Path) -> None:
    twin(store, "boards", bench, "start")
    twin(store, "boards", bench, "stop", "solar")
    states = {board["board"]: board["state"] for board in twin(store, "boards", bench, "--json").json["boards"]}
    assert states["solar"].startswith("stopped")
    assert states["storage"].startswith("running")
    assert twin(store, "stop", bench).out == "stopped: storage\n"
    assert "running" in twin(store, "boards", bench, "start", "solar").out


def interrupted(store: Path, process: "Popen[str]", number: signal.Signals, share: float) -> None:
    """Stop a run once it has recorded more than a share of its ticks."""
    await_progress(store, process, share)
    process.send_signal(number)
    assert ended(process).status == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_its_boards(store: Path, bench: Path, number: signal.Signals) -> None:
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench, "--speed", SPEED)
    interrupted(store, process, number, 0.05)
    last = next(asked(store, "SELECT line FROM frame ORDER BY at_s DESC LIMIT 1"))
    assert last[0].startswith("stopped ")


def test_a_run_on_boards_goes_on_at_the_present_tick_and_tells_the_gap(store: Path, bench: Path) -> None:
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench, "--speed", "5")
    interrupted(store, process, signal.SIGINT, 0.05)
    stopped, ticks = progress(store)
    interrupted(store, started(store, "resume", "last"), signal.SIGINT, (stopped + 1) / ticks)
    lived = [int(row["tick"]) for row in exported(store)]
    gap = [row["detail"] for row in exported(store, "--table", "fault") if row["kind"] == "gap"]
    first = next(tick for tick in lived if tick >= stopped)
    assert first > stopped
    assert gap == [f"ticks {stopped} to {first - 1} were not lived"]


def test_all_boards_that_are_missing_are_told_at_once(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    path.write_text(BENCH.replace("virtual:", "/dev/no_such_"), encoding="utf-8")
    said = twin(store, "run", "lab_day", "--hardware", path)
    assert said.status == 1
    assert is_clear(said)
    assert [line.split("@")[0] for line in said.err.splitlines()] == ["solar", "storage"]


def test_a_run_may_start_on_the_models_of_missing_boards(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    path.write_text(BENCH.replace("virtual:", "/dev/no_such_"), encoding="utf-8")
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", path, "--allow-missing")
    await_progress(store, process)
    process.send_signal(signal.SIGINT)
    ended(process)
    assert exported(store)[0]["solar_source"] == "fallback"


REFUSED = {
    "the future": (("--policy", "oracle"), "needs the future"),
    "perfect foresight": (("--policy", "milp:perfect"), "needs the future"),
    "a speed that is none": (("--speed", "inf"), "--speed"),
    "a deadline beyond the tick": (
        ("--speed", "100"),
        "may answer 0.06 s after a boundary; less than a tick of 0.05 s",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_boards_cannot_have_is_refused(store: Path, bench: Path, name: str) -> None:
    more, expected = REFUSED[name]
    said = twin(store, "run", "lab_day", "--hardware", bench, *more)
    assert said.status == 2
    assert is_one_clear_line(said)
    assert expected in said.err


def not_for_us(line: bytes) -> list[bytes]:
    """A real board refuses another pace than its own."""
    frame = decode(line)
    if frame.verb != "board":
        return [line + b"\n"]
    return [encode("error", frame.seq, {"code": "factor", "text": "this board runs at most 1 times as fast or slow"})]


@pytest.fixture
def wires(tmp_path: Path) -> Iterator[list[Wire]]:
    """Two boards at a plug, not started by the command."""
    wires = [Wire(tmp_path, component) for component in ("solar", "storage")]
    yield wires
    for wire in wires:
        wire.close()


@pytest.fixture
def plugged_in(tmp_path: Path, wires: list[Wire]) -> Path:
    path = tmp_path / "plugged.yaml"
    path.write_text(BENCH.replace("virtual:", f"{tmp_path}/"), encoding="utf-8")
    return path


@pytest.mark.parametrize("more", [(), ("--allow-missing",)])
@pytest.mark.parametrize("spoil", [changed("board", sim=False), not_for_us], ids=["real", "refuses"])
def test_real_boards_keep_real_time(
    store: Path, plugged_in: Path, wires: list[Wire], spoil: Spoil, more: tuple[str, ...]
) -> None:
    wires[0].spoil = spoil
    said = twin(store, "run", "lab_day", "--hardware", plugged_in, "--speed", "2", *more)
    assert said.status == 2
    assert is_one_clear_line(said)
    assert f"--speed: 2, but solar@{wires[0].port} keeps real time; leave it out" in said.err


def test_a_board_of_ones_own_that_says_it_is_simulated_may_be_sped_up(store: Path, plugged_in: Path) -> None:
    assert run(store, plugged_in, "--speed", SPEED)["ticks"] == 60
    assert "hardware" in {row["solar_source"] for row in exported(store)}


def test_looking_at_boards_stops_none(store: Path, plugged_in: Path, wires: list[Wire]) -> None:
    said: list[str] = []
    wires[0].spoil = lambda line: said.append(decode(line).verb) or [line + b"\n"]  # type: ignore[func-returns-value]
    assert "protocol 1" in twin(store, "boards", plugged_in).out
    assert said == ["board"]
    assert twin(store, "stop", plugged_in).status == 0
    assert said[-1] == "stopped"


def test_a_run_without_boards_has_nothing_to_explain(store: Path) -> None:
    twin(store, "run", "lab_day", "--policy", "rule")
    said = twin(store, "show", "last", "--explain")
    assert (said.status, is_one_clear_line(said), "had no boards" in said.err) == (2, True, True)


def test_a_board_for_nothing_is_refused(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "strange.yaml"
    path.write_text(BENCH.replace("component: solar", "component: windmill"), encoding="utf-8")
    said = twin(store, "run", "lab_day", "--hardware", path)
    assert (said.status, "windmill" in said.err) == (2, True)


def test_two_runs_cannot_have_one_bench(store: Path, bench: Path) -> None:
    process = started(store, "run", "lab_day", "--policy", "rule", "--hardware", bench)
    await_progress(store, process)
    said = twin(store, "run", "lab_day", "--hardware", bench)
    process.send_signal(signal.SIGINT)
    ended(process)
    assert said.status == 1
    assert f"process {process.pid} has it" in said.err


def test_virtual_boards_survive_their_starter_and_answer_who_they_are(store: Path, bench: Path) -> None:
    said = twin(store, "boards", bench, "--json")
    assert said.status == 0
    assert [board["state"].split(",")[0] for board in said.json["boards"]] == ["running", "running"]
    assert all("protocol 1" in board["state"] for board in said.json["boards"])


NETWORKED = """
boards:
  - {component: solar, port: "virtual:solar", limits: {power: 5 W}}
  - component: load1
    port: socket://127.0.0.1:5550
    virtual: yes
    limits: {power: 1 W}
    key: 5f3c09be1d7a42688e90b1c2d3f4a657
"""


@pytest.mark.parametrize(
    ("order", "status", "told"),
    [
        (("garble", "load1"), 2, "bench net: has no virtual board on a serial line named load1; there are solar\n"),
        (("hang", "load2"), 2, "bench net: has no virtual board named load2; there are solar, load1\n"),
        (("hang", "load1"), 1, "bench net: its boards are not running; 'twin boards' starts them\n"),
    ],
)
def test_an_order_that_no_board_can_obey_is_refused(
    store: Path, tmp_path: Path, order: tuple[str, str], status: int, told: str
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(NETWORKED, encoding="utf-8")
    said = twin(store, "boards", path, *order)
    assert (said.status, said.err) == (status, told)


@pytest.fixture
def dial_in(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A bench whose solar board dials in, and the port."""
    path, port = tmp_path / "dial.yaml", free_port()
    key = "key: 0123456789abcdef0123456789abcdef, virtual: yes"
    text = BENCH.replace('"virtual:solar"', f'"listen://127.0.0.1:{port}/solar", {key}')
    path.write_text(text, encoding="utf-8")
    yield path, port
    twin(tmp_path / "none.sqlite", "boards", path, "stop")


def test_boards_that_dial_in_are_known_by_their_names(store: Path, dial_in: tuple[Path, int]) -> None:
    run(store, dial_in[0], "--speed", "20", "--allow-missing")
    assert exported(store)[-1]["solar_source"] == "hardware"


def test_a_run_whose_descriptors_are_used_up_by_callers_ends_with_its_summary(
    store: Path, dial_in: tuple[Path, int]
) -> None:
    path, port = dial_in
    more = ("--policy", "milp", "--speed", "20", "--allow-missing", "--json")
    process = started(store, "run", "lab_day", "--hardware", path, *more)
    await_progress(store, process, 0.05)
    used = len(os.listdir(f"/proc/{process.pid}/fd"))
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (used, used))
    with ExitStack() as callers:
        for _ in range(204):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        said = ended(process)
    assert said.status == 0, said.err
    assert said.json["ticks"] == 60
    assert exported(store)[-1]["storage_source"] == "hardware"


LIVE = """
currency: EUR
tick: 1 s
ticks_per_day: 60
start_day: 1
days: 1
history_days: 1
unserved_price: 3 EUR/J
solar: {{kind: http, rated_power: 4.6 W}}
loads: [{{name: house, rated_power: 1 W}}]
demand: {{kind: http}}
storage: {{kind: battery, capacity: 50 J}}
market: {{prices: {{kind: http}}}}
server: {{url: "{url}", connect_timeout: 0.2 s, read_timeout: 0.2 s}}
"""
ALL_FOUR = """
boards:
  - {component: solar, port: "virtual:solar", limits: {power: 5 W}}
  - {component: house, port: "virtual:house", limits: {power: 1.5 W}}
  - {component: storage, port: "virtual:storage", limits: {power: 1.5 W, energy: 52 J}}
  - {component: market, port: "virtual:market", limits: {power: 14 W}}
"""


def test_a_dead_server_leaves_its_trace_where_every_reading_is_a_boards(store: Path, tmp_path: Path) -> None:
    bench, scenario = tmp_path / "four.yaml", tmp_path / "live.yaml"
    bench.write_text(ALL_FOUR, encoding="utf-8")
    with serving(MovingServer(44, 1.0)) as server:
        scenario.write_text(LIVE.format(url=server.url), encoding="utf-8")
        process = started(store, "run", scenario, "--policy", "rule", "--hardware", bench, "--json")
        at = await_progress(store, process)
        server.shutdown()
        server.server_close()
        said = ended(process)
    assert said.status == 0, said.err
    rows = {int(row["tick"]): row for row in exported(store)}
    faults = exported(store, "--table", "fault")
    held = [int(row["tick"]) for row in faults if (row["component"], row["kind"]) == ("feed", "held")]
    assert set(list(rows)[at + 2 :]) <= set(held) <= set(rows)
    assert said.json["held_ticks"] == len(held)
    measured = [{rows[tick][f"{name}_source"] for name in ("solar", "house", "storage", "market")} for tick in held]
    assert {"hardware"} in measured
