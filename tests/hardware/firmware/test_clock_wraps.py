"""A Pico's microseconds begin anew every 18 minutes; a board's clock must not notice."""

import time

import pytest

from hil.firmware.clock import Clock

PERIOD = 2**30
"""Of `time.ticks_us` on a 32-bit MicroPython."""


class Counter:
    """The two functions of MicroPython's `time`, on a counter that is turned by hand."""

    def __init__(self, now: int) -> None:
        self.now = now

    def ticks_us(self) -> int:
        return self.now % PERIOD

    def ticks_diff(self, later: int, earlier: int) -> int:
        return (later - earlier + PERIOD // 2) % PERIOD - PERIOD // 2


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    counter = Counter(PERIOD - 1000)
    monkeypatch.setattr(time, "ticks_us", counter.ticks_us, raising=False)
    monkeypatch.setattr(time, "ticks_diff", counter.ticks_diff, raising=False)
    return counter


def test_time_goes_on_over_many_wraps(counter: Counter) -> None:
    clock, began = Clock(), counter.now
    for _ in range(100):
        counter.now += 400_000_000
        assert clock.us() == counter.now - began


def test_a_wrap_under_way_takes_no_time(counter: Counter) -> None:
    clock = Clock()
    clock.factor = 50.0
    counter.now += 2000
    assert clock.us() == 100_000
