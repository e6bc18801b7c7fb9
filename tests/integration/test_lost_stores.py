"""A run whose store is taken away under it, or that another process writes, too."""

from collections.abc import Callable
from pathlib import Path

import pytest
from killing import await_progress
from terminal import ended, started
from test_store_faults import HEADER, records

from twin.errors import OtherWriterError, StoreError
from twin.runs import open_store
from twin.scenario.launch import new_book, prepare, recorded
from twin.scenario.request import Request
from twin.scenario.session import Progress


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one run of ten ticks."""
    with open_store(str(tmp_path / "runs.sqlite")) as store:
        store.append(store.create(HEADER), records(0, 10), [], {"at": 10})
    return tmp_path / "runs.sqlite"


def lose(path: Path) -> None:
    for one in path.parent.glob(f"{path.name}*"):
        one.unlink()


def change(path: Path) -> None:
    lose(path)
    with open_store(str(path)) as other:
        other.create(HEADER)


@pytest.mark.parametrize(("happens", "says"), [(lose, "was removed"), (change, "was replaced by another file")])
def test_a_file_that_is_lost_while_a_run_is_written_is_noticed(
    path: Path, happens: Callable[[Path], None], says: str
) -> None:
    with open_store(str(path)) as store:
        happens(path)
        for write in (lambda: store.append(1, records(10, 20), [], {}), lambda: store.finish(1, "done", {})):
            with pytest.raises(StoreError, match=f"{says} while a run was written to it; what was written is lost"):
                write()


def test_a_run_that_another_process_goes_on_with_is_left_to_it(tmp_path: Path) -> None:
    where = str(tmp_path / "runs.sqlite")
    start = prepare(Request("lab_month", sets=("days=200",)).load())
    with open_store(where) as store, open_store(where) as other:
        policy = start.policy("rule")
        book = new_book(store, start, policy)

        def interfere(progress: Progress) -> None:
            other.append(book.run, records(progress.done, progress.done + 1), [], {})

        with pytest.raises(OtherWriterError):
            recorded(start.session(policy, book), book, interfere)
        assert (store.run(book.run).state, store.run(book.run).failure) == ("running", None)


@pytest.mark.slow
@pytest.mark.parametrize(("happens", "says"), [(lose, "was removed"), (change, "was replaced by another file")])
def test_a_run_whose_file_is_lost_does_not_say_it_is_done(
    tmp_path: Path, happens: Callable[[Path], None], says: str
) -> None:
    store = tmp_path / "runs.sqlite"
    process = started(store, "run", "lab_month", "--policy", "rule", "--days", "1000", "--json")
    await_progress(store, process)
    happens(store)
    said = ended(process)
    assert said.status == 1
    assert said.json["error"]["got"] == f"{says} while a run was written to it"
