import math

import pytest
from worlds import TICK_S, seen, told

from twin.errors import PlanError
from twin.facts import Limits, OpenTask, Task, replace
from twin.simulation.fit import fit

TASK = OpenTask(Task("task", 0, 0, 60, 100.0), 100.0)


def market(import_w=math.inf, export_w=math.inf):
    return Limits(-export_w, import_w)


def house(**changes):
    """2 W of sun and of base demand, a storage of 3 W, two tasks."""
    usual = {"solar": Limits(0.0, 2.0, 2.0), "storage": Limits(-3.0, 3.0), "demand_w": 2.0, "tasks": [TASK, TASK]}
    return seen(**(usual | changes))


def fitted(now, solar_w=2.0, storage_w=0.0, tasks_w=(0.0, 0.0)):
    return fit(now, told(storage_w, tasks_w, solar_w), TICK_S)


@pytest.mark.parametrize(("wish_w", "told_w"), [(9.0, 3.0), (-9.0, -3.0), (1.0, 1.0)])
def test_storage_is_held_within_its_limits(wish_w, told_w):
    assert fitted(house(), storage_w=wish_w).storage_w == (told_w,)


def test_the_market_takes_what_is_left():
    settings = fitted(house(), storage_w=-1.0, tasks_w=(1.0, 2.0))
    assert settings.market_w == pytest.approx(4.0)
    assert settings.loads_w == pytest.approx((-5.0,))


@pytest.mark.parametrize(
    ("export_w", "storage_w", "solar_w", "discharge_w"),
    [(1.0, 1.0, 2.0, 1.0), (1.0, 3.0, 0.0, 3.0), (0.0, 3.0, 0.0, 2.0), (0.0, 1.0, 1.0, 1.0)],
    ids=["just fits", "sun goes", "sun goes, then discharge", "some sun goes"],
)
def test_over_the_export_limit_sun_is_curtailed_then_discharge_cut(export_w, storage_w, solar_w, discharge_w):
    settings = fitted(house(market=market(export_w=export_w)), storage_w=storage_w)
    assert (*settings.solar_w, *settings.storage_w) == pytest.approx((solar_w, discharge_w))


def test_sun_that_cannot_be_curtailed_is_left_to_the_market():
    now = house(market=market(export_w=1.0), solar=Limits(5.0, 5.0, 5.0))
    settings = fitted(now, solar_w=0.0, storage_w=2.0)
    assert (*settings.solar_w, *settings.storage_w, settings.market_w) == pytest.approx((5.0, 0.0, -3.0))


@pytest.mark.parametrize(
    ("import_w", "storage_w", "tasks_w", "base_w"),
    [
        (5.0, -2.0, (1.0, 2.0), 2.0),
        (4.0, -1.0, (1.0, 2.0), 2.0),
        (3.0, 0.0, (1.0, 2.0), 2.0),
        (2.5, 0.0, (0.5, 2.0), 2.0),
        (1.0, 0.0, (0.0, 1.0), 2.0),
        (0.0, 0.0, (0.0, 0.0), 2.0),
    ],
)
def test_short_of_import_charging_goes_first_then_tasks_in_order(import_w, storage_w, tasks_w, base_w):
    settings = fitted(house(market=market(import_w)), storage_w=-2.0, tasks_w=(1.0, 2.0))
    assert settings.storage_w == pytest.approx((storage_w,))
    assert settings.tasks_w == pytest.approx(tasks_w)
    assert settings.base_w == pytest.approx((base_w,))


def test_base_demand_goes_last_and_in_file_order():
    loads = (Limits(-3.0, 0.0, -1.0), Limits(-3.0, 0.0, -2.0))
    now = replace(seen(loads=loads, market=market(1.5)), demand_w=3.0, base_w=(1.0, 2.0), task_room_w=3.0)
    settings = fit(now, told(0.0), TICK_S)
    assert settings.base_w == (0.0, 1.5)
    assert settings.loads_w == (0.0, -1.5)


def test_tasks_share_the_loads_in_proportion_to_their_room():
    loads = (Limits(-3.0, 0.0, -1.0), Limits(-3.0, 0.0, -2.0))
    now = replace(seen(loads=loads, tasks=[TASK]), demand_w=3.0, base_w=(1.0, 2.0), task_room_w=3.0)
    assert fit(now, told(0.0, (1.5,)), TICK_S).loads_w == pytest.approx((-2.0, -2.5))


def test_loads_without_a_rated_power_take_the_tasks_alone():
    loads = (Limits(-3.0, 0.0, -1.0), Limits(-math.inf, 0.0, -2.0))
    now = replace(seen(loads=loads, tasks=[TASK]), demand_w=3.0, base_w=(1.0, 2.0), task_room_w=math.inf)
    assert fit(now, told(0.0, (5.0,)), TICK_S).loads_w == (-1.0, -7.0)


@pytest.mark.parametrize(
    "wish",
    [{"solar_w": math.nan}, {"storage_w": math.nan}, {"tasks_w": (1.0, math.nan)}, {"tasks_w": (1.0,)}],
    ids=["solar", "storage", "tasks", "a task too few"],
)
def test_a_wish_that_is_none_is_refused(wish):
    with pytest.raises(PlanError, match="the policy decided on"):
        fitted(house(), **wish)


def test_tasks_beyond_the_loads_room_are_cut_in_order():
    settings = fitted(house(rated_w=4.0), tasks_w=(1.5, 2.0))
    assert settings.tasks_w == (0.0, 2.0)


@pytest.mark.parametrize("tasks_w", [(1.0, 7.221844625924697), (0.4221, 0.0291, 0.2169), (0.1, 0.7, 0.3)])
def test_loads_full_of_base_demand_have_no_room_for_tasks(tasks_w):
    settings = fitted(house(rated_w=2.0, tasks=[TASK] * len(tasks_w)), tasks_w=tasks_w)
    assert settings.tasks_w == pytest.approx((0.0,) * len(tasks_w), abs=1e-12)
    assert settings.loads_w == (-2.0,)
