"""A run that was stopped, in whatever way, goes on as if it had never been."""

import json
import random
import sqlite3
from itertools import islice
from pathlib import Path

import pytest
from killing import Case, Rows, killed_and_resumed, recorded, undisturbed
from terminal import twin
from worlds import lasting

from twin.runs import open_store
from twin.scenario.launch import new_book, prepare, reopened
from twin.scenario.launch import recorded as run_session
from twin.scenario.request import Request
from twin.scenario.session import Progress, Session, Watch

RULE = Case("lab_month", "rule", 500)
PLANNED = Case("lab_month", "milp:mean5", 8)
LEARNING = Case("lab_month", "milp:evolved", 3)
SEEDS = range(4)


@pytest.fixture(scope="module")
def rule_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return undisturbed(RULE, tmp_path_factory.mktemp("rule") / "runs.sqlite")


@pytest.fixture(scope="module")
def planned_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return undisturbed(PLANNED, tmp_path_factory.mktemp("planned") / "runs.sqlite")


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_rule_run_killed_and_resumed_equals_one_that_was_never_stopped(
    rule_rows: Rows, tmp_path: Path, seed: int
) -> None:
    at, rows = killed_and_resumed(RULE, tmp_path / "runs.sqlite", seed)
    assert at > 0
    assert rows == rule_rows


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_planned_run_killed_and_resumed_equals_one_that_was_never_stopped(
    planned_rows: Rows, tmp_path: Path, seed: int
) -> None:
    at, rows = killed_and_resumed(PLANNED, tmp_path / "runs.sqlite", seed)
    assert at > 0
    assert rows == planned_rows


@pytest.mark.slow
def test_a_run_that_learns_is_killed_and_resumed_as_if_it_had_never_been(tmp_path: Path) -> None:
    whole = undisturbed(LEARNING, tmp_path / "whole.sqlite")
    at, rows = killed_and_resumed(LEARNING, tmp_path / "runs.sqlite", seed=1)
    assert at > 0
    assert rows == whole
    assert len({tick for _, tick, *_ in rows["training"]}) == LEARNING.days


@pytest.mark.slow
def test_a_run_stopped_twice_equals_one_that_was_never_stopped(tmp_path: Path, rule_rows: Rows) -> None:
    store = tmp_path / "runs.sqlite"
    with pytest.raises(Stop):
        run_until(store, RULE, 7)
    with pytest.raises(Stop):
        resume_until(store, 12_000)
    assert twin(store, "resume", "last").status == 0
    assert recorded(store) == rule_rows


CASES = [
    *(("lab_day", policy) for policy in ("rule", "milp:mean5", "milp:persistence", "milp:perfect", "oracle")),
    *(("lab_day", f"milp:{name}") for name in ("evolved", "ridge", "seasonal")),
    ("household_week", "rule"),
    *(pytest.param("household_week", policy, marks=pytest.mark.slow) for policy in ("milp", "oracle")),
    pytest.param("household_csv", "milp:mean2", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("scenario", "policy"), CASES)
def test_a_grid_restored_at_ten_random_ticks_goes_on_unchanged(scenario: str, policy: str) -> None:
    start = prepare(Request(scenario, days=1).load())
    whole = start.blueprint.microgrid(start.policy(policy))
    states, rows = zip(*((json.dumps(whole.state()), row) for row in whole.records()), strict=True)
    for at in random.Random(scenario + policy).sample(range(1, len(rows)), 10):
        later = start.blueprint.microgrid(start.policy(policy))
        later.restore(json.loads(states[at - 1]))
        assert lasting(list(islice(later.records(), 12))) == lasting(list(rows[at : at + 12]))


def test_a_run_resumed_before_its_first_rows_starts_anew(tmp_path: Path) -> None:
    start = prepare(Request("lab_day").load())
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        new_book(store, start, start.policy("rule"))
    assert twin(tmp_path / "runs.sqlite", "resume", "last").status == 0
    rows = recorded(tmp_path / "runs.sqlite")
    undisturbed(Case("lab_day", "rule", 1), tmp_path / "other.sqlite")
    assert rows == recorded(tmp_path / "other.sqlite")


@pytest.mark.parametrize("state", ["{}", "[]", '{"grid": {"storage": 1}}', '{"grid": 5, "shadow": {}}'])
def test_a_state_of_another_version_is_told_and_not_gone_on_from(tmp_path: Path, state: str) -> None:
    store = tmp_path / "runs.sqlite"
    with pytest.raises(Stop):
        run_until(store, LEARNING, 7)
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE checkpoint SET state = ?", (state,))
    said = twin(store, "resume", "1")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith(f"{store}: run 1 was left in a state that this version cannot read; go on with")


def test_rows_behind_the_last_checkpoint_are_lived_again(tmp_path: Path) -> None:
    whole = undisturbed(Case("lab_day", "rule", 1), tmp_path / "runs.sqlite")
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        store.truncate(1, 0)
        store.finish(1, "running", None)
    assert twin(tmp_path / "runs.sqlite", "resume", "1").status == 0
    assert recorded(tmp_path / "runs.sqlite") == whole


def test_a_run_that_is_resumed_keeps_its_overrides_and_options(tmp_path: Path) -> None:
    request = Request("lab_day", days=2, start_day="5727200", sets=("storage.max_current=0.1 A",))
    start = prepare(request.load())
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        new_book(store, start, start.policy("milp:persistence"))
    said = twin(tmp_path / "runs.sqlite", "resume", "1", "--json").json
    command = ["--days", "2", "--start-day", "5727200", "--set", "storage.max_current=0.1 A"]
    fresh = twin(tmp_path / "b.sqlite", "run", "lab_day", "--policy", "milp:persistence", *command, "--json").json
    moods = dict.fromkeys(("plan_s", "ticks_per_s"))
    assert said | moods == fresh | moods


class Stop(Exception):
    """Ends a session from within."""


def stop_at(tick: int) -> Watch:
    def watch(progress: Progress) -> None:
        if progress.done >= tick:
            raise Stop

    return watch


def run_until(store: Path, case: Case, tick: int) -> None:
    start = prepare(Request(case.scenario, days=case.days).load())
    policy = start.policy(case.policy)
    with open_store(str(store)) as opened:
        book = new_book(opened, start, policy)
        run_session(Session(start.blueprint, policy, book), book, stop_at(tick))


def resume_until(store: Path, tick: int) -> None:
    with open_store(str(store)) as opened:
        session, book = reopened(opened, opened.run("last"))
        run_session(session, book, stop_at(tick))
