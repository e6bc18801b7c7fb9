"""Writing behind a run's back: in order, all of it, and no error lost."""

from collections.abc import Callable

import pytest

from twin.errors import StoreError
from twin.runs.behind import Behind


def failing() -> None:
    raise StoreError("store", "is full")


def test_all_is_written_in_its_order_when_it_is_left() -> None:
    written: list[int] = []
    with Behind() as behind:
        for number in range(100):
            behind.put(lambda number=number: written.append(number))  # type: ignore[misc]
    assert written == list(range(100))


def written_behind(*writes: Callable[[], None]) -> None:
    with Behind() as behind:
        for write in writes:
            behind.put(write)


def interrupting() -> None:
    with Behind() as behind:
        behind.put(failing)
        raise KeyboardInterrupt


def test_what_a_write_raises_comes_out() -> None:
    with pytest.raises(StoreError, match="is full"):
        written_behind(failing)


def test_an_interrupted_run_is_told_of_the_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupting()
