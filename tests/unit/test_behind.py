"""Writing behind a run's back: in order, all of it, and no error lost."""

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


def test_what_a_write_raises_comes_out_and_nothing_is_written_after_it() -> None:
    written: list[int] = []
    with pytest.raises(StoreError, match="is full"), Behind() as behind:
        behind.put(failing)
        behind._writes.put(lambda: written.append(1))
    assert written == []


def test_an_interrupted_run_is_told_of_the_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt), Behind() as behind:
        behind.put(failing)
        raise KeyboardInterrupt
