"""Stores that were damaged: each command says in one line which runs can still be read, and `verify` where."""

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from terminal import Said, is_clear, is_one_clear_line, told

from twin.runs import open_store
from twin.scenario import simulate

PAGE = 4096
COMMANDS = (
    ("runs",),
    ("show", "2"),
    ("export", "2", "OUT.csv"),
    ("export", "2", "OUT.csv", "--table", "forecast"),
    ("resume", "3"),
    ("delete", "1"),
    ("run", "lab_day", "--policy", "rule"),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store of a run under the rule, one that was planned, and one that was interrupted before its first tick."""
    path = tmp_path_factory.mktemp("whole") / "runs.sqlite"
    with open_store(str(path)) as store:
        for policy in ("rule", "milp:mean5", "rule"):
            simulate("lab_day", policy, store=store)
        store.truncate(3, 0)
        store.finish(3, "interrupted", None)
    return path.read_bytes()


@pytest.fixture
def path(whole: bytes, tmp_path: Path) -> Path:
    (tmp_path / "runs.sqlite").write_bytes(whole)
    return tmp_path / "runs.sqlite"


def changed(path: Path, statement: str) -> Path:
    """The store after something else has written to it."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    return path


def verified(path: Path) -> Said:
    return told(path, "runs", "--verify")


def test_what_was_written_is_found_again(path: Path) -> None:
    said = verified(path)
    assert (said.status, said.err) == (0, "")
    assert re.fullmatch(r"3 runs of \d{3} rows are as they were written\n", said.out)
    runs = told(path, "runs", "--verify", "--json").json["runs"]
    assert [one["run"] for one in runs] == [1, 2, 3]
    assert all(one["has_checksums"] for one in runs)


def test_a_resumed_a_deleted_and_a_failed_run_are_as_they_were_written(path: Path) -> None:
    told(path, "resume", "3")
    told(path, "delete", "1")
    with open_store(str(path)) as store:
        store.finish(2, "failed", None, "sun: no answer")
        store.note(2, {"fault": [(59, "led", "silence", "no answer")]})
        store.truncate(2, 30)
    assert verified(path).status == 0


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE tick SET cost = cost + 1e-12 WHERE run = 2 AND tick = 7", "table tick: rows of ticks 0 to 1023"),
        ("UPDATE tick SET reason = 'whim' WHERE run = 2 AND tick = 7", "table tick: rows of ticks 0 to 1023"),
        ("UPDATE tick SET plan_s = NULL WHERE run = 2", "table tick: rows of ticks 0 to 1023"),
        ("DELETE FROM tick WHERE run = 2 AND tick = 59", "table tick: rows of ticks 0 to 1023"),
        ("UPDATE forecast SET mean = zeroblob(480) WHERE run = 2 AND tick = 7", "table forecast: rows of ticks 0"),
        ("INSERT INTO baseline VALUES (2, 2000, 1.0, 0.0)", "table baseline: rows of ticks 1024 to 2047"),
        ("DELETE FROM checkpoint WHERE run = 2", "table checkpoint: rows of"),
        ("UPDATE run SET summary = '{}' WHERE id = 2", "its summary is not as it was written"),
        ("UPDATE run SET seed = 7 WHERE id = 2", "its header is not as it was written"),
        ("UPDATE run SET components = '[' WHERE id = 2", "Expecting value"),
        ("UPDATE tick SET cost = 'much' WHERE run = 2 AND tick = 7", "could not convert string to float"),
    ],
)
def test_a_change_by_anything_else_is_found(path: Path, statement: str, says: str) -> None:
    said = verified(changed(path, statement))
    assert said.status == 1
    assert is_one_clear_line(said)
    assert said.err.startswith(f"{path}: run 2: ")
    assert says in said.err
    assert said.err.endswith("; runs 1, 3 can still be read\n")


@pytest.mark.parametrize(
    ("statement", "arguments"),
    [
        ("UPDATE run SET components = '[' WHERE id = 2", ("runs",)),
        ("UPDATE run SET summary = '{}' WHERE id = 2", ("show", "2")),
        ("UPDATE tick SET readings = '[' WHERE run = 2 AND tick = 7", ("export", "2", "OUT.csv")),
        ("UPDATE tick SET tick = 'x' WHERE run = 2 AND tick = 7", ("export", "2", "OUT.csv")),
        ("UPDATE forecast SET mean = x'00' WHERE run = 2", ("export", "2", "OUT.csv", "--table", "forecast")),
    ],
)
def test_a_command_that_meets_damage_says_which_runs_are_whole(
    path: Path, statement: str, arguments: tuple[str, ...]
) -> None:
    said = told(changed(path, statement), *(one.replace("OUT", str(path.parent / "out")) for one in arguments))
    assert said.status == 1
    assert is_one_clear_line(said)
    assert "is damaged (" in said.err
    assert "; runs 1, 3 can still be read, run 2 not in whole; 'twin runs --verify' tells where\n" in said.err


def test_a_run_of_an_earlier_version_is_read_without_checksums(path: Path) -> None:
    changed(path, "DROP TABLE checksum")
    said = verified(path)
    assert said.status == 0
    assert said.out.endswith("except that runs 1, 2, 3 can be read, but an earlier version wrote no checksums\n")
    assert told(path, "resume", "3").status == 0
    assert verified(path).status == 0


def damaged(whole: bytes, seed: int) -> bytes:
    """The store with some bytes changed, a page of noise, a page of nothing, or its end cut off."""
    chance, spoilt = random.Random(seed), bytearray(whole)
    page = chance.randrange(1, len(whole) // PAGE) * PAGE
    if seed % 4 == 0:
        for _ in range(30):
            spoilt[chance.randrange(100, len(whole))] = chance.randrange(256)
    elif seed % 4 == 1:
        spoilt[page : page + PAGE] = chance.randbytes(PAGE)
    elif seed % 4 == 2:
        spoilt[page : page + PAGE] = bytes(PAGE)
    else:
        del spoilt[chance.randrange(1, len(whole)) :]
    return bytes(spoilt)


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_leads_to_a_traceback(whole: bytes, path: Path, seed: int) -> None:
    path.write_bytes(damaged(whole, seed))
    for command in COMMANDS:
        said = told(path, *(one.replace("OUT", str(path.parent / "out")) for one in command))
        assert said.status == 0 or (said.status == 1 and is_one_clear_line(said))
    said = verified(path)
    assert said.status == 0 or (said.status == 1 and is_clear(said))
