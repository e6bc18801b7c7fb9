"""A board's thread, whatever comes out of its port."""

import time
from pathlib import Path

import pytest
from test_bench import GOOD, written

from hil.bench import load_bench
from hil.remote import Pace, Remote

PATIENCE_S = 5.0


@pytest.mark.parametrize("error", [ZeroDivisionError("never heard of"), RecursionError(), UnicodeError()], ids=repr)
def test_a_board_is_looked_for_again_whatever_its_port_raises(tmp_path: Path, error: Exception) -> None:
    opened = []

    def failing() -> None:
        opened.append(time.monotonic())
        raise error

    remote = Remote(load_bench(written(tmp_path, GOOD))[0].boards[0], Pace(5.0), failing)  # type: ignore[arg-type]
    remote.start()
    give_up_s = time.monotonic() + PATIENCE_S
    while len(opened) < 3 and time.monotonic() < give_up_s:
        time.sleep(0.01)
    remote.close()
    assert len(opened) >= 3
    assert type(error).__name__ in remote.trouble
    assert {fault.kind for fault in remote.logbook.drain()[1]} == {"failed"}
