"""Ctrl-C and a polite request to stop: the command ends at once, keeps what it has, and says how to go on."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from killing import Case, Rows, await_progress, progress, recorded, undisturbed
from terminal import Said, ended, started, twin

LONG = Case("lab_month", "rule", 800)
PLANNED = Case("lab_month", "milp:mean5", 10)
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
AT_ONCE_S = 20.0
"""Far less than what is left of the work would take, far more than a busy machine needs."""
HARD = """
currency: EUR
tick: 15 min
ticks_per_day: 96
start_day: 2023-06-05
days: 1
unserved_price: 10 EUR/kWh
guard: {max_nodes: 1000000000}
policy: milp:perfect
loads: [{name: house, rated_power: 9 kW}]
demand: {kind: profile, profile: h0, annual_energy: 4000 kWh}
market:
  import_limit: 3.5 kW
  prices:
    kind: tariff
    import:
      - {from: 00:00, to: 07:00, price: 0.11 EUR/kWh}
      - {from: 07:00, to: 24:00, price: 0.19 EUR/kWh}
    export: 0.02 EUR/kWh
tasks:
  kind: list
  items:
"""


def interrupted(store: Path, command: list[object], number: int, wait_s: float = 0.0) -> tuple[Said, float]:
    """Send a command a signal once it has recorded rows; what it said, and how long it took to end [s]."""
    process = started(store, *command)
    await_progress(store, process)
    time.sleep(wait_s)
    return signalled(process, number)


def signalled(process: "subprocess.Popen[str]", number: int) -> tuple[Said, float]:
    began_s = time.monotonic()
    process.send_signal(number)
    said = ended(process)
    return said, time.monotonic() - began_s


def is_anything_left(process: "subprocess.Popen[str]") -> bool:
    """Whether a process of its session is alive; what is orphaned belongs to the same group."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


@SIGNALS
@pytest.mark.parametrize("case", [LONG, PLANNED], ids=["rule", "milp"])
def test_an_interrupted_run_keeps_its_rows_and_says_how_to_go_on(tmp_path: Path, case: Case, number: int) -> None:
    store = tmp_path / "runs.sqlite"
    said, took_s = interrupted(store, case.arguments(), number)
    done, ticks = progress(store)
    assert (said.status, said.out) == (130, "")
    assert f"run 1 stopped after {done} of {ticks} ticks; 'twin resume 1' goes on" in said.err
    assert "Traceback" not in said.err
    assert twin(store, "show", "1", "--json").json["state"] == "interrupted"
    assert len(recorded(store)["tick"]) == done > 0
    assert took_s < AT_ONCE_S


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return undisturbed(LONG, tmp_path_factory.mktemp("whole") / "runs.sqlite")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_run_interrupted_at_any_moment_and_resumed_equals_one_that_was_not(
    tmp_path: Path, whole: Rows, seed: int
) -> None:
    store = tmp_path / "runs.sqlite"
    said, _ = interrupted(store, LONG.arguments(), signal.SIGINT, 0.8 * random.Random(seed).random())
    assert said.status == 130
    assert twin(store, "resume", "1").status == 0
    assert recorded(store) == whole


def test_an_interrupted_comparison_keeps_its_rows_and_says_how_to_go_on(tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    command = ["compare", "lab_month", "--policies", "rule,oracle", "--days", "1000", "--json"]
    said, _ = interrupted(store, command, signal.SIGINT)
    assert (said.status, said.out) == (130, "")
    assert twin(store, "show", "1", "--json").json["state"] == "interrupted"
    assert "twin resume 1" in said.err


def test_an_interrupt_before_the_first_tick_is_no_traceback(tmp_path: Path) -> None:
    process = started(tmp_path / "runs.sqlite", "check", "household_week", "--set", "days=20000")
    time.sleep(1.5)
    said, took_s = signalled(process, signal.SIGINT)
    assert (said.status, said.out, said.err) == (130, "", "interrupted\n")
    assert took_s < AT_ONCE_S


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    """A day whose forty jobs compete for too little power: no solver is done with it soon."""
    chance = random.Random(1)
    path = tmp_path / "hard.yaml"
    path.write_text(HARD + "".join(job(f"job{index}", chance) for index in range(40)), encoding="utf-8")
    return path


def job(name: str, chance: random.Random) -> str:
    profile = ", ".join(f"{chance.randrange(300, 2300)} W" for _ in range(chance.randrange(4, 9)))
    window = f"start: {chance.randrange(0, 20)}, end: {chance.randrange(70, 96)}"
    return f"    - {{name: {name}, shape: profile, {window}, profile: [{profile}]}}\n"


def solving(store: Path, hard: Path, policy: str) -> "subprocess.Popen[str]":
    """A run that is in the middle of its first solve."""
    process = started(store, "run", hard, "--policy", policy)
    while process.poll() is None and progress(store) != (0, 96):
        time.sleep(0.05)
    time.sleep(2.0)
    return process


@SIGNALS
@pytest.mark.parametrize("policy", ["milp:perfect", pytest.param("oracle", marks=pytest.mark.slow)])
def test_a_long_solve_hears_the_signal_and_leaves_no_process_behind(
    tmp_path: Path, hard: Path, policy: str, number: int
) -> None:
    process = solving(tmp_path / "runs.sqlite", hard, policy)
    assert progress(tmp_path / "runs.sqlite") == (0, 96)
    said, took_s = signalled(process, number)
    assert (said.status, said.out) == (130, "")
    assert "run 1 stopped after 0 of 96 ticks; 'twin resume 1' goes on" in said.err
    assert took_s < AT_ONCE_S
    assert not is_anything_left(process)


def test_a_killed_run_takes_its_solver_with_it(tmp_path: Path, hard: Path) -> None:
    process = solving(tmp_path / "runs.sqlite", hard, "oracle")
    process.kill()
    process.wait()
    give_up_s = time.monotonic() + AT_ONCE_S
    while is_anything_left(process) and time.monotonic() < give_up_s:
        time.sleep(0.05)
    left = is_anything_left(process)
    if left:
        os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    assert not left
