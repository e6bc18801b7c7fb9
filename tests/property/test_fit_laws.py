"""Laws of fitting a wish to the limits that were seen."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import astuple
from worlds import LAWS, TICK_S, seen, told

from twin.facts import Limits, OpenTask, Task, replace
from twin.simulation.fit import fit
from twin.simulation.loads import base_and_room

POWERS_W = st.floats(0.0, 10.0)
RATED_W = st.just(math.inf) | POWERS_W


@st.composite
def situations(draw):
    """What may be seen, with up to three loads and tasks."""
    loads = tuple(
        Limits(-rated, 0.0, -wanted)
        for rated, wanted in draw(st.lists(st.tuples(RATED_W, POWERS_W), min_size=1, max_size=3))
    )
    demand_w, base_w, room_w = base_and_room(loads)
    sun_w = draw(POWERS_W)
    task = OpenTask(Task("task", 0, 0, 60, 100.0), 100.0)
    now = seen(
        loads=loads,
        solar=Limits(draw(st.sampled_from([0.0, sun_w])), sun_w, sun_w),
        storage=Limits(-draw(POWERS_W), draw(POWERS_W)),
        market=Limits(-draw(RATED_W), draw(RATED_W)),
        tasks=[task] * draw(st.integers(0, 3)),
    )
    return replace(now, demand_w=demand_w, base_w=base_w, task_room_w=room_w)


@st.composite
def wishes(draw, tasks):
    powers_w = draw(st.lists(POWERS_W, min_size=tasks, max_size=tasks))
    return told(draw(st.floats(-15.0, 15.0)), tuple(powers_w), draw(st.floats(-5.0, 15.0)))


CASES = situations().flatmap(lambda now: st.tuples(st.just(now), wishes(len(now.tasks))))


def within(power_w, limits):
    return limits.min_w - 1e-9 <= power_w <= limits.max_w + 1e-9


@LAWS
@given(CASES)
def test_every_setting_is_within_its_limits(case):
    now, wish = case
    settings = fit(now, wish, TICK_S)
    assert all(map(within, settings.solar_w, now.solar.values()))
    assert all(map(within, settings.storage_w, now.storage.values()))
    assert all(map(within, settings.loads_w, now.loads.values()))
    assert min(0.0, *settings.base_w, *settings.tasks_w) == 0.0


@LAWS
@given(CASES)
def test_the_bus_sums_to_zero(case):
    settings = fit(*case, TICK_S)
    parts_w = [*settings.solar_w, *settings.storage_w, *settings.loads_w]
    assert settings.market_w == -(sum(settings.solar_w) + sum(settings.storage_w) + sum(settings.loads_w))
    assert -sum(settings.loads_w) == pytest.approx(sum(settings.base_w) + sum(settings.tasks_w), abs=1e-9)
    assert sum(parts_w) + settings.market_w == pytest.approx(0.0, abs=1e-9)


@LAWS
@given(CASES)
def test_nothing_but_uncurtailable_sun_passes_the_markets_limits(case):
    now, wish = case
    settings = fit(now, wish, TICK_S)
    stuck = settings.solar_w[0] <= now.solar["solar"].min_w + 1e-9 and settings.storage_w[0] <= 1e-9
    assert settings.market_w <= now.market.max_w + 1e-9
    assert settings.market_w >= now.market.min_w - 1e-9 or stuck


@LAWS
@given(CASES)
def test_a_wish_within_all_limits_is_left_as_it_is(case):
    now, wish = case
    once = fit(now, wish, TICK_S)
    assume(once.base_w == now.base_w)
    again = fit(now, told(once.storage_w[0], once.tasks_w, once.solar_w[0]), TICK_S)
    for first, second in zip(astuple(once), astuple(again), strict=True):
        assert second == pytest.approx(first, abs=1e-9)


@LAWS
@given(CASES)
def test_nobody_gets_more_than_was_wished(case):
    now, wish = case
    settings = fit(now, wish, TICK_S)
    assert all(got <= asked for got, asked in zip(settings.tasks_w, wish.tasks_w, strict=True))
    assert all(got <= asked for got, asked in zip(settings.base_w, now.base_w, strict=True))


@LAWS
@given(CASES)
def test_base_demand_is_cut_only_when_nothing_else_is_left_to_cut(case):
    now, wish = case
    settings = fit(now, wish, TICK_S)
    cut_w = sum(now.base_w) - sum(settings.base_w)
    assert cut_w <= 1e-9 or (sum(settings.tasks_w) <= 1e-9 and settings.storage_w[0] >= -1e-9)
