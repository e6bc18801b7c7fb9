import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from twin.errors import NoStoreError, OtherWriterError, StoreError
from twin.facts import Reading, Record
from twin.runs import RunHeader, RunStore, export, open_store
from twin.runs import engine as engines

HEADER = RunHeader("lab", "name: lab", ".", "rule", "", "ct", 1, 1, 0, 60, ("led",), {}, {})


def records(start: int, stop: int) -> list[Record]:
    zeros = (0.5,) * 16
    return [
        Record(tick, 0.0, 0, 0, *zeros, "rule", "balanced", None, None, None, 0.0, {"led": Reading(0.0)})
        for tick in range(start, stop)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one run of ten ticks."""
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        store.append(store.create(HEADER), records(0, 10), [], {"at": 10})
    return tmp_path / "runs.sqlite"


@pytest.fixture
def locked(path: Path) -> Iterator[str]:
    """The URL of a store that another process is writing, with little patience."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield f"sqlite:///{path}?timeout=0.1"
    other.close()


def test_a_locked_store_is_not_opened_for_writing(locked: str) -> None:
    with pytest.raises(StoreError, match="database is locked; another process is writing there"):
        open_store(locked)


def test_a_locked_store_can_be_read(locked: str) -> None:
    with open_store(locked, read_only=True) as store:
        assert store.run("last").progress == 10


def test_a_reader_waits_for_seconds_only_where_a_writer_is_patient(path: Path) -> None:
    for where in (str(path), f"sqlite:///{path}"):
        reader, writer = (engines.address(where, read_only)[1].query for read_only in (True, False))
        assert (reader["timeout"], writer["timeout"]) == ("2", "30")
    assert engines.address(f"sqlite:///{path}?timeout=5", read_only=True)[1].query["timeout"] == "5"


def test_a_writer_that_waits_in_vain_loses_nothing_that_was_kept(path: Path) -> None:
    with open_store(f"sqlite:///{path}?timeout=0.1") as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            store.append(1, records(10, 20), [], {})
        other.close()
        store.append(1, records(10, 20), [], {})
        assert store.run(1).progress == 20


def test_a_store_opened_for_reading_is_read_and_exported_but_not_written(path: Path, tmp_path: Path) -> None:
    with open_store(str(path), read_only=True) as store:
        export(store, 1, tmp_path / "out.csv")
        with pytest.raises(StoreError, match="readonly database; it can only be read"):
            store.append(1, records(10, 20), [], {})
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 11


@pytest.mark.parametrize("option", ["mode=ro", "immutable=1"])
def test_a_file_that_cannot_be_written_is_not_opened_for_writing(path: Path, option: str) -> None:
    with pytest.raises(StoreError, match="readonly database; it can only be read"):
        open_store(f"sqlite:///{path}?{option}")


def test_a_file_that_cannot_be_written_can_be_read(path: Path) -> None:
    with open_store(f"sqlite:///{path}?immutable=1", read_only=True) as store:
        assert store.run("last").progress == 10


def limited(path: Path, pages: int) -> RunStore:
    """The store on a disk that ends after so many pages."""
    name, url = engines.address(str(path), read_only=False)
    engine = engines.connect(name, url)
    sqlalchemy.event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages}").close())
    return RunStore(name, engine)


def test_a_full_disk_keeps_what_was_recorded(path: Path) -> None:
    with limited(path, pages=60) as store:
        with pytest.raises(StoreError, match="database or disk is full; free some space"):
            store.append(1, records(10, 5000), [], {})
        assert store.checkpoint(1) == (10, {"at": 10})
        store.append(1, records(10, 20), [], {})
        assert store.run(1).progress == 20


def test_a_new_store_is_its_owners_alone(path: Path) -> None:
    with open_store(str(path)) as store:
        store.append(1, records(10, 20), [], {})
        modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()}
    assert modes == {"runs.sqlite": 0o600, "runs.sqlite-wal": 0o600, "runs.sqlite-shm": 0o600}


def test_a_store_that_others_may_read_stays_so(path: Path) -> None:
    path.chmod(0o644)
    open_store(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("option", ["mode=ro", "mode=rw"])
def test_no_file_is_made_that_was_not_asked_for(tmp_path: Path, option: str) -> None:
    with pytest.raises(StoreError, match="unable to open"):
        open_store(f"sqlite:///{tmp_path}/runs.sqlite?{option}")
    assert not list(tmp_path.iterdir())


def test_another_version_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("UPDATE store SET version = 99")
    other.close()
    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"runs\.sqlite: is of version 99; version 3 is needed"):
            open_store(str(path), read_only)


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    other.close()
    before = (tmp_path / "other.sqlite").read_bytes()
    with pytest.raises(StoreError, match="holds tables of something else; give the run store a database of its own"):
        open_store(str(tmp_path / "other.sqlite"))
    assert (tmp_path / "other.sqlite").read_bytes() == before


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, " * 100)
    with pytest.raises(StoreError, match="file is not a database; name a file that"):
        open_store(str(path), read_only)
    assert path.read_text() == "not a database, " * 100


@pytest.mark.parametrize("size", [50, 4096, 20000])
def test_a_file_cut_short_is_refused_or_told_apart(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(StoreError, match=r"malformed|not a database"), open_store(str(path), read_only=True) as store:
        list(store.columns(1, ["cost"]))


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (".", "is a folder"),
        ("nowhere/runs.sqlite", "there is no folder"),
        ("sqlite:///nowhere/runs.sqlite", "there is no folder"),
        ("mysql://host/runs", "is no store; write a path"),
        ("http://host/runs", "write a path"),
        ("sqlite://", "write a path"),
        ("postgresql://me:secret@host:port/runs", "write a path"),
        ("sqlite:///runs.sqlite?timeout=long", "could not convert string to float: 'long'; write a path"),
    ],
)
def test_a_place_that_cannot_be_a_store_is_refused(
    where: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=says) as caught:
        open_store(where)
    assert "secret" not in str(caught.value)


def test_there_is_nothing_to_read_before_the_first_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no run store yet; run a scenario first"):
        open_store(str(tmp_path / "runs.sqlite"), read_only=True)


@pytest.mark.parametrize("read_only", [True, False])
def test_an_empty_file_is_no_empty_store(path: Path, read_only: bool) -> None:
    path.write_bytes(b"")
    os.utime(path, (0.0, time.time() - 60.0))
    with pytest.raises(StoreError, match=r"is empty: it was cut short.*; delete the file") as caught:
        open_store(str(path), read_only)
    assert not isinstance(caught.value, NoStoreError)
    assert path.read_bytes() == b""


def test_a_second_writer_of_a_run_is_told_so_and_leaves_it_as_it_is(path: Path) -> None:
    with open_store(str(path)) as first, open_store(str(path)) as second:
        first.append(1, records(10, 20), [], {"at": 20})
        with pytest.raises(OtherWriterError, match=r"runs\.sqlite: another process is writing run 1; let one of the"):
            second.append(1, records(10, 30), [], {"at": 30})
        assert first.checkpoint(1) == (20, {"at": 20})


def test_a_server_out_of_reach_is_told_without_the_password() -> None:
    url = "postgresql://me:secret@127.0.0.1:1/runs"
    with pytest.raises(
        StoreError, match=r"127\.0\.0\.1.*(needs psycopg; .venv/bin/pip install|check the store's address)"
    ) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


WRITER = """
import sys
from test_store_faults import HEADER, records
from twin.runs import open_store
with open_store(sys.argv[1]) as store:
    run = store.create(HEADER)
    for tick in range(0, 200, 2):
        store.append(run, records(tick, tick + 2), [], {})
"""


def test_writers_in_four_processes_on_one_new_file_all_succeed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "runs.sqlite")]
    writers = [subprocess.Popen(command, cwd=Path(__file__).parent) for _ in range(4)]
    assert [writer.wait() for writer in writers] == [0, 0, 0, 0]
    with open_store(str(tmp_path / "runs.sqlite"), read_only=True) as store:
        assert [run.progress for run in store.runs()] == [200, 200, 200, 200]
