import threading
import time

import pytest

from twin.clock import Ticking, VirtualClock, WallClock
from twin.errors import ClockError


def test_whoever_waits_for_a_boundary_is_woken_once_a_tick():
    env, woken_s = Ticking(), []

    def sleeper():
        while True:
            yield env.boundary
            woken_s.append(env.now)

    env.process(sleeper())
    env.settle()
    for _ in range(3):
        env.run_tick(5.0)
    assert woken_s == [5.0, 10.0, 15.0]


def test_a_tick_is_over_only_when_all_that_happens_at_its_end_has_happened():
    env, seen = Ticking(), []

    def chain():
        yield env.boundary
        for link in range(3):
            yield env.timeout(0.0)
            seen.append(link)

    env.process(chain())
    env.settle()
    env.run_tick(5.0)
    assert seen == [0, 1, 2]


def test_virtual_time_is_never_late():
    assert [VirtualClock().wait(tick) for tick in (0, 1, 1000)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("first", [0, 100])
def test_wall_time_keeps_absolute_deadlines_from_the_first_wait_on(first):
    clock, started_s = WallClock(5.0, speed=100.0), time.monotonic()
    for tick in range(first, first + 4):
        clock.wait(tick)
    assert 0.15 <= time.monotonic() - started_s < 0.6


def test_lateness_is_counted_from_the_deadline():
    clock = WallClock(0.01)
    clock.wait(0)
    time.sleep(0.05)
    assert clock.wait(1) >= 0.04


def test_stop_ends_the_present_wait_and_all_later_ones():
    clock, started_s = WallClock(60.0), time.monotonic()
    clock.begin(0, 60.0)
    threading.Timer(0.05, clock.stop).start()
    clock.wait(0)
    clock.wait(1)
    assert time.monotonic() - started_s < 5.0


def overslept(clock):
    """Ticks of 10 ms, of which the third took so long that three more are over."""
    clock.begin(0, 0.0)
    clock.wait(0)
    time.sleep(0.055)
    return clock.wait(2)


def test_an_overrun_is_counted_and_caught_up_with():
    clock = WallClock(0.01)
    assert overslept(clock) > 0.03
    assert (clock.overruns, clock.missed(2)) == (1, 0)
    assert clock.wait(3) > 0.02


def test_ticks_that_are_over_can_be_skipped():
    clock = WallClock(0.01, overrun="skip")
    late_s = overslept(clock)
    assert clock.missed(2) == int(late_s / 0.01) >= 3


def test_an_overrun_can_put_off_all_later_boundaries():
    clock = WallClock(0.01, overrun="slow")
    overslept(clock)
    started_s = time.monotonic()
    clock.wait(4)
    assert time.monotonic() - started_s > 0.015


def test_an_overrun_can_end_the_run():
    with pytest.raises(ClockError, match=r"tick 2: is 0\.0"):
        overslept(WallClock(0.01, overrun="stop"))
