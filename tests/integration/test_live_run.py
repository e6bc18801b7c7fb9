"""Runs on a live feed: paced by the course server, durable tick by tick, held when it fails, refused the future."""

import csv
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from course_server import MovingServer, late, says, serving
from killing import await_progress, progress
from terminal import ended, is_one_clear_line, started, twin

TICK_S = 1.0
LIVE = """
currency: EUR
tick: {tick_s} s
ticks_per_day: 60
start_day: 1
days: 1
history_days: 1
unserved_price: 3 EUR/J
solar: {{kind: http, rated_power: 4.6 W}}
loads: [{{name: house}}]
demand: {{kind: http}}
tasks: {{kind: http}}
storage: {{kind: battery, capacity: 50 J}}
market: {{prices: {{kind: http}}}}
server: {{url: "{url}", connect_timeout: 0.3 s, read_timeout: 0.3 s}}
"""
NAMES = ("solar", "house", "market")


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[MovingServer]:
    """Its day is nearly over, so that a run of a day has some seven ticks to live, or as many as a test asks for."""
    with serving(MovingServer(60 - getattr(request, "param", 8), TICK_S)) as server:
        yield server


@pytest.fixture
def scenario(server: MovingServer, tmp_path: Path) -> Path:
    path = tmp_path / "live.yaml"
    path.write_text(LIVE.format(url=server.url, tick_s=TICK_S), encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite"


def exported(store: Path) -> list[dict[str, str]]:
    assert twin(store, "export", "last", store.with_suffix(".csv")).status == 0
    return list(csv.DictReader(store.with_suffix(".csv").read_text(encoding="utf-8").splitlines()))


def held_rows(store: Path) -> list[int]:
    """The ticks of which the table `fault` says that the feed's last answer was held."""
    file = store.with_name("faults.csv")
    assert twin(store, "export", "last", file, "--table", "fault").status == 0
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert all(row["detail"] for row in rows)
    return [int(row["tick"]) for row in rows if (row["component"], row["kind"]) == ("feed", "held")]


def told_of(store: Path, word: str) -> list[str]:
    """The words of the line with `word` in what is shown of the last run."""
    return next(line.split() for line in twin(store, "show", "last").out.splitlines() if word in line)


def sources(row: dict[str, str]) -> set[str]:
    return {row[f"{name}_source"] for name in NAMES}


@pytest.mark.parametrize("policy", ["rule", "milp", "milp:evolved"])
def test_a_live_run_lives_the_rest_of_the_servers_day_on_its_own_prices(
    store: Path, scenario: Path, policy: str
) -> None:
    said = twin(store, "run", scenario, "--policy", policy, "--json")
    assert (said.status, said.out.count("\n"), said.json["held_ticks"]) == (0, 1, 0)
    assert told_of(store, "speed")[-3:] == ["s", "a", "tick"]
    rows = exported(store)
    ticks = [int(row["tick"]) for row in rows]
    assert ticks == list(range(60 - said.json["ticks"], 60))
    assert [sources(row) for row in rows] == [{"model"}] * len(rows)
    assert [float(row["import_price"]) for row in rows] == pytest.approx([0.30 + 0.01 * tick for tick in ticks])


def test_forecasts_are_not_judged_on_days_to_come(store: Path, scenario: Path, server: MovingServer) -> None:
    said = twin(store, "forecast", scenario)
    assert said.status == 2
    assert is_one_clear_line(said)
    assert server.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["rule", "milp"])
def test_a_live_run_keeps_step_with_the_server(store: Path, scenario: Path, server: MovingServer, policy: str) -> None:
    process = started(store, "run", scenario, "--policy", policy)
    await_progress(store, process)
    server.delays_s.clear()
    ended(process)
    assert min(server.delays_s) < 0.1 * TICK_S


def test_rows_are_durable_tick_by_tick(store: Path, scenario: Path) -> None:
    process = started(store, "run", scenario, "--policy", "rule")
    first = await_progress(store, process)
    time.sleep(1.5 * TICK_S)
    second, _ = progress(store)
    process.kill()
    ended(process)
    assert first < second < 60


def test_a_server_that_dies_half_way_is_held_and_does_not_end_the_run(
    store: Path, scenario: Path, server: MovingServer
) -> None:
    process = started(store, "run", scenario, "--policy", "rule", "--json")
    await_progress(store, process)
    server.shutdown()
    server.server_close()
    said = ended(process)
    assert said.status == 0
    assert "Traceback" not in said.err
    rows = exported(store)
    held = [int(row["tick"]) for row in rows if "held" in sources(row)]
    assert held_rows(store) == held
    assert said.json["held_ticks"] == len(held)
    assert f"feed's last answer held{len(held):>10} ticks".split() == told_of(store, "held")
    assert rows[-1]["tick"] == "59"
    assert sources(rows[-1]) == {"held"}
    assert float(rows[-1]["import_price"]) == float(rows[-2]["import_price"])


REPLIES = {"html": says("<html>down</html>"), "late": late(1.2 * TICK_S), "wrong tick": says('{"tick": 3, "sun": 4}')}


@pytest.mark.slow
@pytest.mark.parametrize("server", [14], indirect=True)
@pytest.mark.parametrize("name", REPLIES)
def test_a_server_that_misbehaves_for_a_while_is_held_then_followed_again(
    store: Path, scenario: Path, server: MovingServer, name: str
) -> None:
    process = started(store, "run", scenario, "--policy", "rule")
    await_progress(store, process)
    server.replies["/sun"] = REPLIES[name]
    threading.Timer(2.2 * TICK_S, server.replies.clear).start()
    assert ended(process).status == 0
    told = [sources(row) for row in exported(store)]
    assert {"model"} in told[told.index({"held"}) :]


def test_a_server_that_is_down_at_the_start_is_one_line_and_status_1(
    store: Path, scenario: Path, server: MovingServer
) -> None:
    server.shutdown()
    server.server_close()
    said = twin(store, "run", scenario)
    assert said.status == 1
    assert is_one_clear_line(said)
    assert said.err.startswith(f"{server.url}/price: ")


@pytest.mark.parametrize("name", ["html", "late"])
def test_a_server_that_makes_no_sense_at_the_start_is_one_line_and_status_1(
    store: Path, scenario: Path, server: MovingServer, name: str
) -> None:
    server.replies["/price"] = REPLIES[name]
    said = twin(store, "run", scenario)
    assert said.status == 1
    assert is_one_clear_line(said)


def test_a_failed_start_leaves_no_run_behind(store: Path, scenario: Path, server: MovingServer) -> None:
    server.replies["/price"] = REPLIES["html"]
    twin(store, "run", scenario)
    assert twin(store, "runs", "--json").json == {"runs": []}


@pytest.mark.slow
def test_a_resumed_live_run_goes_on_at_the_present_tick(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "live.yaml"
    with serving(MovingServer(40, TICK_S)) as server:
        path.write_text(LIVE.format(url=server.url, tick_s=TICK_S), encoding="utf-8")
        process = started(store, "run", path, "--policy", "rule")
        await_progress(store, process)
        process.kill()
        ended(process)
        time.sleep(3 * TICK_S)
        stopped, _ = progress(store)
        present = server.now()[1]
        assert twin(store, "resume", "last").status == 0
    ticks = [int(row["tick"]) for row in exported(store)]
    first = next(tick for tick in ticks if tick >= stopped)
    assert ticks[-1] == 59
    assert stopped < present < first
    assert ticks[ticks.index(first) :] == list(range(first, 60))


@pytest.mark.parametrize("policy", ["oracle", "milp:perfect"])
def test_policies_that_need_the_future_are_refused(store: Path, scenario: Path, policy: str) -> None:
    said = twin(store, "run", scenario, "--policy", policy)
    assert said.status == 2
    assert is_one_clear_line(said)
    assert "future" in said.err


def test_a_comparison_of_live_runs_is_refused(store: Path, scenario: Path, server: MovingServer) -> None:
    said = twin(store, "compare", scenario, "--policies", "rule,milp")
    assert server.asked == []
    assert said.status == 2
    assert is_one_clear_line(said)
    assert "live feed" in said.err


def test_a_live_run_keeps_the_servers_time_only(store: Path, scenario: Path) -> None:
    said = twin(store, "run", scenario, "--speed", "10")
    assert said.status == 2
    assert is_one_clear_line(said)


def test_checking_a_live_scenario_asks_nobody_and_promises_no_whole_day(
    store: Path, scenario: Path, server: MovingServer
) -> None:
    said = twin(store, "check", scenario)
    assert (said.status, said.err) == (0, "")
    assert said.out == "live.yaml is fine: live, what is left of the server's day, at most 59 ticks\n"
    longer = twin(store, "check", scenario, "--set", "days=3").out
    assert "what is left of the server's day and 2 days after it, at most 179 ticks" in longer
    assert twin(store, "check", scenario, "--json").json["ticks"] == 59
    assert server.asked == []
