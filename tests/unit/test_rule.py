import pytest
from worlds import TICK_S, seen

from twin.control.rule import Rule, Unstored
from twin.facts import Limits, OpenTask, Reason, Task
from twin.simulation.fit import fit

STORE = Limits(-2.0, 3.0)


@pytest.mark.parametrize(
    ("demand_w", "sun_w", "storage_w", "reason"),
    [
        (1.0, 2.0, -1.0, Reason.STORE_SURPLUS),
        (1.0, 9.0, -2.0, Reason.STORE_SURPLUS),
        (2.0, 1.0, 1.0, Reason.DISCHARGE_NEED),
        (9.0, 1.0, 3.0, Reason.DISCHARGE_NEED),
        (1.0, 1.0, 0.0, Reason.BALANCED),
    ],
)
def test_solar_first_storage_next_grid_last(demand_w, sun_w, storage_w, reason):
    now = seen(demand_w=demand_w, solar=Limits(0.0, sun_w, sun_w), storage=STORE)
    decision = Rule(TICK_S).decide(now)
    settings = fit(now, decision, TICK_S)
    assert (settings.solar_w, settings.storage_w, decision.reason) == ((sun_w,), (storage_w,), reason)


@pytest.mark.parametrize("sun_w", [0.0, 1.0, 9.0])
def test_without_a_storage_the_grid_takes_and_gives_all_that_is_left(sun_w):
    now = seen(demand_w=1.0, solar=Limits(0.0, sun_w, sun_w), storage=STORE)
    decision = Unstored(TICK_S).decide(now)
    settings = fit(now, decision, TICK_S)
    assert (settings.solar_w, settings.storage_w, decision.reason) == ((sun_w,), (0.0,), Reason.NO_STORAGE)
    assert decision.by == "none"


@pytest.mark.parametrize(("sun_w", "reason"), [(2.0, Reason.EXPORT_FULL), (0.0, Reason.IMPORT_EMPTY)])
def test_a_storage_that_can_do_nothing_leaves_it_to_the_grid(sun_w, reason):
    assert Rule(TICK_S).decide(seen(demand_w=1.0, solar=Limits(0.0, sun_w, sun_w))).reason == reason


@pytest.mark.parametrize(
    ("tick", "remaining_j", "power_w"),
    [(0, 100.0, 0.0), (2, 100.0, 5.0), (4, 100.0, 10.0), (5, 10.0, 2.0), (6, 10.0, 0.0)],
)
def test_a_task_gets_its_remaining_energy_over_its_remaining_ticks(tick, remaining_j, power_w):
    task = OpenTask(Task("task", 0, 2, 6, 100.0), remaining_j)
    assert Rule(TICK_S).decide(seen(tick, tasks=[task])).tasks_w == (power_w,)


@pytest.mark.parametrize(
    ("remaining_j", "power_w"), [(20.0, 2.0), (100.0, 5.0), (160.0, 8.0), (500.0, 8.0), (5.0, 1.0)]
)
def test_a_block_runs_between_its_powers_but_for_its_rest(remaining_j, power_w):
    task = OpenTask(Task("task", 0, 0, 4, 160.0, "block", 2.0, 8.0), remaining_j)
    assert Rule(TICK_S).decide(seen(tasks=[task])).tasks_w == (power_w,)


def test_a_block_leaves_no_rest_below_its_minimum():
    task = OpenTask(Task("task", 0, 0, 4, 25.0, "block", 2.0, 4.0), 25.0)
    assert Rule(TICK_S).decide(seen(tasks=[task])).tasks_w == (2.5,)


@pytest.mark.parametrize(
    ("started", "tick", "power_w"), [(None, 2, 7.0), (2, 3, 0.0), (2, 4, 9.0), (2, 5, 0.0), (None, 1, 0.0)]
)
def test_a_profile_runs_from_its_windows_first_tick_on(started, tick, power_w):
    task = Task("task", 0, 2, 9, 80.0, "profile", profile_w=(7.0, 0.0, 9.0))
    decision = Rule(TICK_S).decide(seen(tick, tasks=[OpenTask(task, 80.0, started)]))
    assert decision.tasks_w == (power_w,)


def test_storage_helps_tasks_only_as_far_as_loads_have_room():
    task = OpenTask(Task("task", 0, 0, 1, 100.0), 100.0)
    now = seen(demand_w=1.0, rated_w=2.0, tasks=[task], storage=Limits(-9.0, 9.0))
    assert fit(now, Rule(TICK_S).decide(now), TICK_S).storage_w == (2.0,)


def test_it_never_looks_at_a_price():
    cheap, dear = (seen(prices=(price, price), storage=STORE) for price in (-1.0, 99.0))
    assert Rule(TICK_S).decide(cheap) == Rule(TICK_S).decide(dear)
