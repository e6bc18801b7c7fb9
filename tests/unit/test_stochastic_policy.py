"""The policy that plans over sample paths, where all paths are the truth."""

import math
from itertools import repeat

import numpy as np
import pytest
from worlds import IDEAL, World, resumed

from twin.components.storage import Battery
from twin.control.planned import Horizon
from twin.control.planner import Guard, NoPlan, Planner
from twin.control.stochastic import Outlook, Solvers, Stochastic
from twin.facts import Forecast, Memoryless, Reason, Task
from twin.forecast.baseline import Perfect
from twin.forecast.tasks import TrueTasks, moved

CHEAP_THEN_DEAR = np.array([[0.1, 0.05, 1.0, 0.0]] * 6 + [[0.5, 0.2, 1.0, 0.0]] * 6)
SMALL = Battery((0.0, 20.0), (0.95, 0.95), (2.0, 2.0))


class Truth(Memoryless):
    """Every path is what will come."""

    def __init__(self, world):
        self._perfect = Perfect(world.values)

    def sample(self, seen, horizon, count):
        one = self._perfect.predict(seen, horizon)
        series = (one.import_price, one.export_price, one.demand_w, one.solar_w)
        return Forecast(*(np.tile(values, (count, 1)) for values in series))


def stochastic(world, solvers=None):
    ticks = world.ticks_per_day
    solvers = solvers or Solvers(now=Planner(world.site, 1), ahead=Planner(world.site, ticks))
    outlook = Outlook(Truth(world), 3, TrueTasks(world.feed(), world.calendar))
    return Stochastic("stochastic", world.site, outlook, solvers, Horizon(ticks, "rolling", ticks, Guard()))


def test_it_fills_the_store_before_energy_grows_dear_and_says_what_a_joule_is_worth():
    records = World(CHEAP_THEN_DEAR).run(stochastic(World(CHEAP_THEN_DEAR)))
    assert records[5].stored_j == pytest.approx(50.0)
    assert {record.reason for record in records[6:]} <= {Reason.DISCHARGE_PRICE_HIGH, Reason.DISCHARGE_EXPORT}
    assert 0.1 <= records[0].shadow_price <= 0.5


TASKS = {
    "loose": Task("wash", 0, 2, 11, 20.0),
    "slow": Task("car", 0, 2, 11, 20.0, max_power_w=0.8),
    "block": Task("pump", 0, 2, 11, 20.0, "block", 1.0, 2.0),
    "profile": Task("oven", 0, 2, 11, 15.0, "profile", profile_w=(2.0, 1.0)),
}


@pytest.mark.parametrize("physics", [IDEAL, SMALL])
@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_every_shape_of_task_is_served_and_costs_hardly_more_than_it_must(task, physics):
    world = World(CHEAP_THEN_DEAR, (task,), physics)
    records = world.run(stochastic(world))
    assert sum(record.unserved_j for record in records) == pytest.approx(0.0, abs=1e-6)
    assert world.net_cost(records) <= world.net_cost(world.run(world.oracle())) * 1.06


@pytest.mark.parametrize("physics", [IDEAL, SMALL])
@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_of_the_next_day_is_foreseen(task, physics):
    prices = np.vstack([CHEAP_THEN_DEAR, CHEAP_THEN_DEAR[::-1]])
    world = World(prices, (moved(task, 12),), physics, ticks_per_day=12)
    records = world.run(stochastic(world))
    assert sum(record.unserved_j for record in records) == pytest.approx(0.0, abs=1e-6)
    assert {len(record.tasks) for record in records[:12]} == {0}
    assert {record.decision for record in records} <= {"plan", "incumbent"}
    assert world.net_cost(records) <= world.net_cost(world.run(world.oracle())) * 1.06


def test_tasks_of_one_name_are_told_apart_by_their_place():
    twice = (Task("car", 0, 0, 6, 8.0, max_power_w=0.8), Task("car", 0, 6, 12, 8.0, max_power_w=0.8))
    world = World(np.tile(CHEAP_THEN_DEAR, (2, 1)), (twice[0],), ticks_per_day=12)
    assert sum(record.unserved_j for record in world.run(stochastic(world))) == pytest.approx(0.0, abs=1e-6)


def test_a_house_without_a_store_can_do_no_better_than_to_wait_with_its_tasks():
    world = World(CHEAP_THEN_DEAR[::-1].copy(), (TASKS["loose"],), Battery((0.0, 0.0), (1.0, 1.0), (0.0, 0.0)))
    records = world.run(stochastic(world))
    assert world.net_cost(records) == pytest.approx(world.net_cost(world.run(world.oracle())), rel=1e-6)


def test_a_deadline_that_cannot_be_kept_is_told_and_what_can_be_is_served():
    world = World(CHEAP_THEN_DEAR, (Task("car", 0, 0, 4, 100.0, max_power_w=2.0),))
    records = world.run(stochastic(world))
    assert {violation.kind for violation in records[0].violations} == {"deadline"}
    assert sum(record.unserved_j for record in records) == pytest.approx(60.0)


class Silent:
    def solve(self, problem, guard):
        raise NoPlan(Reason.FALLBACK_TIME_LIMIT)


def test_without_an_answer_it_falls_back_to_the_rule_and_says_so():
    world = World(CHEAP_THEN_DEAR)
    records = world.run(stochastic(world, Solvers(now=Silent(), ahead=Silent())))
    assert {record.reason for record in records} == {Reason.FALLBACK_TIME_LIMIT}
    assert sum(record.cost for record in records) == sum(record.cost for record in world.run(world.rule()))


def test_a_run_that_was_stopped_goes_on_the_same():
    world = World(CHEAP_THEN_DEAR, (TASKS["slow"],), SMALL)
    whole = world.run(stochastic(world))
    parts = resumed(world, map(stochastic, repeat(world)), 5)
    assert [record.storage_j for record in parts] == [record.storage_j for record in whole]


def test_limits_of_the_market_are_kept():
    world = World(CHEAP_THEN_DEAR, (TASKS["loose"],), limits_w=(3.0, math.inf))
    records = world.run(stochastic(world))
    assert max(record.import_j for record in records) <= 15.0 + 1e-9
    assert sum(record.unserved_j for record in records) == pytest.approx(0.0, abs=1e-6)
