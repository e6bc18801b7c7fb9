import numpy as np
import pytest
from msgspec.structs import astuple
from worlds import IDEAL, TICK_S, World, lasting, resumed, told

from twin.components.storage import Battery, Supercapacitor
from twin.control.planner import Guard
from twin.facts import Calendar, OpenTask, Reading, Reason, Task
from twin.feeds.lab import Lab
from twin.simulation.settling import settled_market

DAY = 4
DARK = [0.3, 0.1, 1.0, 0.0]
SUNNY = [0.2, 0.1, 1.0, 3.0]


def world(*rows, **rest):
    return World(np.array(rows), **({"ticks_per_day": DAY, "physics": IDEAL} | rest))


class Wishes:
    """A policy that always wishes the same."""

    name = "wishes"

    def __init__(self, solar_w=9.0, storage_w=0.0):
        self._wish = solar_w, storage_w

    def decide(self, seen):
        solar_w, storage_w = self._wish
        return told(storage_w, (0.0,) * len(seen.tasks), solar_w)

    def state(self):
        return {}

    def restore(self, state):
        pass


def test_a_day_under_the_rule_by_hand():
    first, second = world(SUNNY, DARK).run(world(SUNNY, DARK).rule())
    assert (first.solar_j, first.load_j, first.storage_j, first.stored_j) == (15.0, -5.0, -10.0, 10.0)
    assert (second.load_j, second.storage_j, second.stored_j, second.cost) == (-5.0, 5.0, 5.0, 0.0)


def test_ticks_carry_their_place_in_time():
    rows = world(*[DARK] * 5).run(Wishes())
    assert [(r.tick, r.day, r.tick_of_day, r.start_s) for r in rows[3:]] == [
        (3, 100, 3, (400 + 3) * TICK_S),
        (4, 101, 0, (400 + 4) * TICK_S),
    ]


@pytest.mark.parametrize(("row", "cost"), [(DARK, 5 * 0.3), (SUNNY, -10 * 0.1), ([0.2, -0.1, 1.0, 3.0], 10 * 0.1)])
def test_a_tick_costs_what_it_imports_less_what_it_exports(row, cost):
    (record,) = world(row).run(Wishes())
    assert record.cost == pytest.approx(cost)


def test_each_tick_is_decided_on_its_own_sun_and_price():
    rows = world(SUNNY, DARK, SUNNY).run(Wishes())
    assert [r.solar_j for r in rows] == [15.0, 0.0, 15.0]
    assert [r.import_price for r in rows] == [0.2, 0.3, 0.2]


def test_what_is_not_used_of_the_sun_is_curtailed():
    (record,) = world(SUNNY).run(Wishes(solar_w=1.0))
    assert (record.solar_j, record.curtailed_j) == (5.0, 10.0)


@pytest.mark.parametrize(
    ("house", "unserved_j"),
    [({"rated_w": (0.4,)}, 3.0), ({"limits_w": (0.4, 9.0)}, 3.0), ({"rated_w": (0.1, 0.9)}, 2.0)],
)
def test_what_cannot_be_served_is_unserved(house, unserved_j):
    (record,) = world(DARK, **house).run(Wishes())
    assert record.unserved_j == pytest.approx(unserved_j)
    assert record.load_j == pytest.approx(unserved_j - 5.0)


@pytest.mark.parametrize("name", ["rule", "wishes", "plan"])
@pytest.mark.parametrize(
    ("row", "house", "broken"),
    [
        (SUNNY, {"curtailable": False, "limits_w": (9.0, 0.5)}, ("export_limit", "market", 7.5)),
        (DARK, {"limits_w": (0.4, 9.0)}, ("import_limit", "market", 3.0)),
        (SUNNY, {}, None),
    ],
)
def test_a_broken_limit_is_recorded_whoever_decides(name, row, house, broken):
    small = world(row, physics=Battery((0.0, 0.0), (1.0, 1.0), (0.0, 0.0)), **house)
    policy = {"rule": small.rule, "wishes": Wishes, "plan": small.planned}[name]()
    (record,) = small.run(policy)
    assert [astuple(violation) for violation in record.violations] == ([broken] if broken else [])


def test_a_tasks_rest_is_unserved_in_its_windows_last_tick():
    rows = world(*[DARK] * 4, tasks=(Task("task", 0, 1, 3, 8.0),)).run(Wishes())
    assert [r.unserved_j for r in rows] == [0.0, 0.0, 8.0, 0.0]


def test_a_clipped_tick_is_caught_up():
    house = world(DARK, [0.3, 0.1, 2.0, 0.0], DARK, DARK, tasks=(Task("task", 0, 0, 4, 20.0),), rated_w=(2.5,))
    served_j = [r.tasks[0].served_j for r in house.run(house.rule())]
    assert served_j == pytest.approx([5.0, 2.5, 6.25, 6.25])


def test_a_window_may_cross_midnight():
    house = world(*[DARK] * 8, tasks=(Task("task", 0, 3, 5, 20.0),))
    served_j = {r.tick: r.tasks[0].served_j for r in house.run(house.rule()) if r.tasks}
    assert served_j == {0: 0.0, 1: 0.0, 2: 0.0, 3: 10.0, 4: 10.0}


def test_a_task_due_after_the_end_is_never_heard_of():
    house = world(*[DARK] * 4, tasks=(Task("task", 0, 3, 5, 20.0),))
    assert not any(r.tasks for r in house.run(house.rule()))


def test_a_profile_without_room_for_its_first_power_has_not_started():
    powers_w = (7.221844625924697, 1.0)  # beside 1 W, its sum leaves a rounding
    profile = Task("profile", 0, 0, 7, 41.109, "profile", profile_w=powers_w)
    full = [0.3, 0.1, 3.0, 0.0]
    house = world(full, *[DARK] * 7, tasks=(Task("other", 0, 0, 2, 10.0), profile), rated_w=(3.0,))
    assert house.run(house.rule())[0].tasks[1].started is None


@pytest.mark.parametrize("at", [1, 2, 3, 5])
@pytest.mark.parametrize(
    "physics", [IDEAL, Supercapacitor(0.5, (1.0, 14.0), 1.4, (0.1, 1e5))], ids=["battery", "capacitor"]
)
def test_a_resumed_run_goes_on_as_if_nothing_had_been(physics, at):
    house = world(*[SUNNY, DARK, DARK] * 3, tasks=(Task("task", 0, 1, 6, 20.0),), physics=physics, start_j=10.0)
    assert lasting(resumed(house, iter([house.rule(), house.rule()]), at)) == lasting(house.run(house.rule()))


def test_a_plan_that_does_not_come_is_the_rules_turn():
    house = world(*[[-0.1, 0.2, 1.0, 2.0], [0.3, 0.5, 1.0, 0.0]] * 4, limits_w=(1.0, 1.0))
    rows = house.run(house.planned(guard=Guard(max_seconds=0.0)))
    assert {r.reason for r in rows} <= set(Reason)
    assert len(rows) == 8


def test_what_was_planned_is_kept_beside_what_was_done():
    house = world(SUNNY, DARK, DARK, DARK)
    record = house.run(house.planned())[0]
    assert (record.planned_storage_j, record.planned_export_j) == pytest.approx((record.storage_j, record.export_j))
    assert record.solver_status == "optimal"


@pytest.mark.parametrize(
    ("energies_j", "sources", "market_j", "mismatch_j", "violations"),
    [
        ((5.0, -3.0, -2.0), ("model",) * 3, -2.0, 0.0, 0),
        ((5.0, -3.0, -1.0), ("model",) * 3, -1.0, 0.0, 1),
        ((5.0, -3.0, -1.0), ("hardware", "model", "model"), -2.0, 0.0, 0),
        ((5.0, -3.0, -1.0), ("model", "model", "hardware"), -1.0, -1.0, 0),
    ],
    ids=["balanced", "models disagree", "a model market takes the rest", "a measured market leaves a mismatch"],
)
def test_the_market_is_settled_by_its_own_meter(energies_j, sources, market_j, mismatch_j, violations):
    solar_j, load_j, market_energy_j = energies_j
    market = Reading(market_energy_j, sources[-1])
    settled = settled_market(market, (solar_j, load_j, 0.0), "hardware" in sources[:-1])
    assert (settled[0], settled[1], len(settled[2])) == (market_j, mismatch_j, violations)


def ideal_lab(days):
    lab = Lab(Calendar(TICK_S, 60, 5727101))
    series = [read(0, 60 * days) for read in (lab.import_price, lab.export_price, lab.demand_w, lab.sun)]
    tasks = tuple(task for day in range(days) for task in lab.tasks(5727101 + day))
    return World(np.column_stack(series) * [1.0, 1.0, 1.0, 4.6], tasks=tasks, ticks_per_day=60)


@pytest.mark.slow
def test_with_perfect_forecasts_a_horizon_is_within_a_hundredth_of_the_oracle():
    house = ideal_lab(days=3)
    bound, reached = (house.net_cost(house.run(policy)) for policy in (house.oracle(), house.planned()))
    assert -1e-6 * abs(bound) <= reached - bound <= 0.01 * abs(bound)


def test_a_reading_and_a_stand_refuse_to_be_changed():
    with pytest.raises(AttributeError):
        Reading(1.0).energy_j = 2.0
    with pytest.raises(AttributeError):
        OpenTask(Task("task", 0, 0, 1, 1.0), 1.0).remaining_j = 2.0
