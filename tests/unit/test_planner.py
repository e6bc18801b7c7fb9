import errno
import math
import os
from dataclasses import replace

import numpy as np
import pytest
from worlds import IDEAL, TICK_S, one_store_problem, other_storage

from twin.components.storage import Battery
from twin.control.planner import Guard, Job, Planner, Site, Solution, WholeTrace
from twin.control.planner.guarded import Guarded
from twin.control.planner.problem import NoPlan, needed_switches
from twin.control.planner.solver import most_nodes
from twin.facts import Reason

DEMAND_J = 5.0
ROOMY = Site({"storage": IDEAL.linear(TICK_S)}, (1.0,), (math.inf,), 1.0, 10.0, TICK_S, 5.0)
FIXED = replace(ROOMY, curtailable_part=0.0)
STILL = other_storage(ROOMY, max_charge_j=0.0)


def posed(import_price, export_price=None, **changes):
    """Ticks of 5 J of demand without sun, an empty store, and nothing to earn."""
    ticks = len(import_price)
    usual = {
        "import_price": import_price,
        "export_price": export_price or [0.0] * ticks,
        "demand_j": [DEMAND_J] * ticks,
        "solar_j": [0.0] * ticks,
        "room_j": [math.inf] * ticks,
        "import_limit_j": math.inf,
        "export_limit_j": math.inf,
        "stored_j": 0.0,
        "first_charge_j": 50.0,
        "first_discharge_j": 0.0,
        "jobs": (),
        "terminal_price": 0.0,
    }
    fields = (usual | changes).items()
    return one_store_problem(**{name: np.array(value) if isinstance(value, list) else value for name, value in fields})


def plan(problem, site=ROOMY, guard=None) -> Solution:
    return Planner(site, len(problem)).solve(problem, guard or Guard())


def kinds(solution):
    return {violation.kind: pytest.approx(violation.amount_j, rel=1e-5) for violation in solution.violations}


def test_it_buys_where_it_is_cheap_for_where_it_is_dear():
    solution = plan(posed([0.1, 0.5, 0.5]))
    assert solution.import_j == pytest.approx([15.0, 0.0, 0.0], abs=1e-6)
    assert solution.cost == pytest.approx(1.5, rel=1e-5)


@pytest.mark.parametrize(("wear_price", "charged_j"), [(0.0, 10.0), (0.1, 10.0), (0.3, 0.0)])
def test_wear_must_be_worth_its_while(wear_price, charged_j):
    site = other_storage(ROOMY, wear_price=wear_price)
    assert plan(posed([0.1, 0.5, 0.5]), site).charge_j[0, 0] == pytest.approx(charged_j, abs=1e-6)


@pytest.mark.parametrize(("terminal_price", "stored_j"), [(0.0, 0.0), (0.05, 0.0), (0.2, 50.0)])
def test_what_is_left_is_bought_only_where_it_earns_more(terminal_price, stored_j):
    solution = plan(posed([0.1], terminal_price=terminal_price))
    assert solution.stored_j[-1] == pytest.approx(stored_j, abs=1e-6)


def test_efficiencies_are_paid_on_both_ways():
    battery = Battery((0.0, 50.0), (0.5, 0.8), (math.inf, math.inf))
    solution = plan(posed([0.1, 0.5]), replace(ROOMY, storages={"storage": battery.linear(TICK_S)}))
    assert (solution.charge_j[0, 0], solution.discharge_j[0, 1]) == pytest.approx((5.0 / 0.4, 5.0))


@pytest.mark.parametrize(
    ("import_price", "export_price", "changes", "expected"),
    [
        (0.5, 0.4, {}, (False, False)),
        (0.5, 0.6, {}, (True, False)),
        (-0.1, -0.2, {}, (False, True)),
        (0.1, -0.1, {}, (False, False)),
        (0.5, 0.4, {"stored_j": 60.0}, (False, True)),
        (0.5, 0.4, {"solar_j": [9.0]}, (False, False)),
    ],
)
def test_flows_are_kept_apart_only_where_the_relaxation_may_gain_by_both(import_price, export_price, changes, expected):
    switches = needed_switches(posed([import_price], [export_price], **changes), ROOMY)
    assert (switches.trading.all(), switches.cycling.all()) == expected


@pytest.mark.parametrize(
    ("limit_j", "price", "expected"), [(math.inf, 0.1, False), (1.0, 0.1, True), (math.inf, -0.1, True)]
)
def test_surplus_that_cannot_be_curtailed_is_decided_on_where_it_cannot_be_sold(limit_j, price, expected):
    problem = posed([0.5], [price], solar_j=[9.0], fixed_solar_j=[9.0], export_limit_j=limit_j)
    assert needed_switches(problem, FIXED).cycling.all() == expected


def test_only_the_ticks_that_need_it_are_decided():
    switches = needed_switches(posed([0.5, 0.5, -0.1], [0.4, 0.6, -0.2]), ROOMY)
    assert (switches.trading.tolist(), switches.cycling.tolist()) == ([False, True, False], [False, False, True])


@pytest.mark.parametrize(("ticks", "decided", "nodes"), [(8, 8, 2000), (96, 96, 217), (96, 192, 108), (2000, 2000, 1)])
def test_a_larger_problem_is_searched_in_fewer_nodes(ticks, decided, nodes):
    assert most_nodes(ticks, decided) == nodes


def test_it_is_not_fooled_into_a_money_pump():
    solution = plan(posed([0.1, 0.1], [0.5, 0.5]))
    assert np.minimum(solution.import_j, solution.export_j).max() == 0.0
    assert np.minimum(solution.charge_j, solution.discharge_j).max() == 0.0


@pytest.mark.parametrize(
    ("changes", "violations"),
    [
        ({"import_limit_j": 3.0}, {"import_limit": 2.0}),
        ({"stored_j": -4.0, "first_charge_j": 0.0}, {"stored_below": 4.0}),
        ({"stored_j": 60.0}, {"stored_above": 10.0}),
        ({"jobs": (Job("late", "flexible", 0, 1, 9.0, 0.0, 4.0),)}, {"deadline": 5.0}),
        ({"jobs": (Job("late", "profile", 0, 0, 9.0, profile_j=(4.0, 5.0)),)}, {"deadline": 9.0}),
        ({"jobs": (Job("late", "block", 0, 1, 20.0, 5.0, 8.0),)}, {"deadline": 12.0}),
    ],
    ids=["demand above the import limit", "below the band", "above the band", "flexible", "profile", "block"],
)
def test_what_cannot_be_met_gives_a_plan_and_a_violation(changes, violations):
    solution = plan(posed([0.3, 0.3, 0.3], **changes))
    assert solution.status == "optimal"
    assert kinds(solution) == violations


def test_surplus_that_has_nowhere_to_go_gives_a_plan_and_a_violation():
    problem = posed([0.1], solar_j=[30.0], export_limit_j=5.0, first_charge_j=10.0)
    assert plan(problem).curtailed_j == pytest.approx([10.0])
    stuck = replace(problem, fixed_solar_j=problem.solar_j)
    assert kinds(plan(stuck, FIXED)) == {"export_limit": 10.0}


@pytest.mark.parametrize(
    ("job", "served_j"),
    [
        (Job("f", "flexible", 0, 4, 10.0, 0.0, 6.0), [0.0, 6.0, 0.0, 4.0]),
        (Job("f", "flexible", 2, 4, 10.0, 0.0, 6.0), [0.0, 0.0, 4.0, 6.0]),
        (Job("b", "block", 0, 4, 10.0, 5.0, 6.0), [0.0, 5.0, 0.0, 5.0]),
        (Job("b", "block", 0, 4, 3.0, 5.0, 6.0), [0.0, 3.0, 0.0, 0.0]),
        (Job("p", "profile", 0, 3, 7.0, profile_j=(1.0, 6.0)), [1.0, 6.0, 0.0, 0.0]),
        (Job("r", "running", 0, 2, 3.0, profile_j=(2.0, 1.0)), [2.0, 1.0, 0.0, 0.0]),
        (Job("r", "running", 0, 0, 0.0), [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_a_job_is_served_where_it_is_cheapest(job, served_j):
    solution = plan(posed([0.4, 0.1, 0.3, 0.2], jobs=(job,), first_charge_j=0.0), STILL)
    assert solution.jobs_j[0] == pytest.approx(served_j, abs=1e-6)


def test_tasks_keep_to_the_loads_room():
    job, lamp = Job("f", "flexible", 0, 2, 10.0), replace(STILL, rated_w=(2.0,))
    problem = posed([0.1, 0.5], jobs=(job,), room_j=[7.0, 5.0], first_charge_j=0.0)
    assert plan(problem, lamp).jobs_j[0] == pytest.approx([7.0, 3.0])


@pytest.mark.parametrize(("stored_j", "worth"), [(2.0, 0.5), (7.0, 0.4), (12.0, 0.0)])
def test_a_shadow_price_is_what_one_more_joule_would_save(stored_j, worth):
    problem = posed([0.4, 0.5], [0.0, 0.0], stored_j=stored_j, first_charge_j=0.0, first_discharge_j=50.0)
    assert plan(problem).shadow_prices[0, 0] == pytest.approx(worth, abs=1e-5)


@pytest.mark.parametrize("shape", ["flexible", "block"])
def test_equal_plans_are_decided_by_the_earlier_one(shape):
    job = Job("job", shape, 0, 4, 10.0, 4.0, 6.0)
    solution = plan(posed([0.2] * 4, jobs=(job,)))
    assert solution.charge_j.max() == solution.discharge_j.max() == 0.0
    assert solution.jobs_j[0] == pytest.approx([6.0, 4.0, 0.0, 0.0], abs=1e-6)


WORN = other_storage(ROOMY, wear_price=0.01)


@pytest.mark.parametrize("retention", [1.0, 1.0 - 1e-6, 1.0 - 1e-5])
@pytest.mark.parametrize(("export_price", "first"), [(0.2, "export_j"), (0.0, "curtailed_j")])
def test_of_equal_plans_sun_is_stored_early_and_sold_or_curtailed_late(retention, export_price, first):
    site = other_storage(WORN, retention=retention)
    solar_j, limit_j = [15.0, 15.0, 15.0, 0.0, 0.0], math.inf if export_price else 0.0
    problem = posed([0.5] * 5, [export_price] * 5, solar_j=solar_j, export_limit_j=limit_j, first_charge_j=10.0)
    assert plan(problem, site).charge_j[0] == pytest.approx([10.0, 0.0, 0.0, 0.0, 0.0], abs=1e-3)
    assert getattr(plan(problem, site), first) == pytest.approx([0.0, 10.0, 10.0, 0.0, 0.0], abs=1e-3)


def test_of_equal_plans_energy_is_bought_late():
    solution = plan(posed([0.1, 0.1, 0.1, 0.5], demand_j=[0.0, 0.0, 0.0, DEMAND_J]))
    assert solution.import_j == pytest.approx([0.0, 0.0, DEMAND_J, 0.0], abs=1e-6)


@pytest.mark.parametrize("gain", [-2e-5, 2e-5])
def test_no_tie_outweighs_a_difference_of_prices(gain):
    problem = posed([0.5] * 3, [0.2, 0.2 + gain, 0.0], solar_j=[15.0, 15.0, 0.0], first_charge_j=10.0)
    charged_j = [0.0, DEMAND_J, 0.0] if gain < 0.0 else [DEMAND_J, 0.0, 0.0]
    assert plan(problem, WORN).charge_j[0] == pytest.approx(charged_j, abs=1e-6)


@pytest.mark.parametrize("guard", [Guard(max_nodes=1), Guard(max_seconds=0.0), Guard(max_nodes=0)])
def test_a_guard_that_strikes_at_once_is_no_error(guard):
    jobs = tuple(Job(f"p{i}", "profile", 0, 9, 9.0, profile_j=(4.0, 0.0, 5.0)) for i in range(3))
    price = np.random.default_rng(1).uniform(-0.2, 0.5, 12).tolist()
    solution = plan(posed(price, price[::-1], jobs=jobs, import_limit_j=9.0), guard=guard)
    assert solution is None or solution.status in ("optimal", "feasible")


def test_more_nodes_than_cbc_can_count_are_as_many_as_it_can():
    blocks = (Job("b", "block", 0, 3, 9.0, 3.0, 6.0),)
    assert plan(posed([0.1, 0.5, 0.5], jobs=blocks), guard=Guard(10**12)).status == "optimal"


def test_nothing_is_written_to_standard_output(capfd):
    os.write(1, b"before ")
    plan(posed([-0.1, 0.5], jobs=(Job("b", "block", 0, 2, 10.0, 4.0, 6.0),)))
    os.write(1, b"after")
    assert capfd.readouterr().out == "before after"


def test_a_planner_keeps_one_model_for_problems_of_one_layout():
    planner = Planner(ROOMY, 3)
    for stored_j in (0.0, 5.0, 10.0):
        planner.solve(posed([0.1, 0.5, 0.5], stored_j=stored_j), Guard())
    assert len(planner._models) == 1


def test_a_blocks_rest_needs_no_model_of_its_own():
    planner = Planner(ROOMY, 3)
    for energy_j in (9.0, 7.0, 5.0):
        planner.solve(posed([0.1, 0.5, 0.5], jobs=(Job("b", "block", 0, 3, energy_j, 1.0, 8.0),)), Guard())
    assert len(planner._models) == 1


def test_a_whole_trace_is_planned_as_a_horizon_is():
    jobs = (Job("f", "flexible", 1, 3, 9.0, 0.0, 6.0), Job("p", "profile", 2, 4, 9.0, profile_j=(4.0, 5.0)))
    problem = posed([0.4, 0.1, 0.3, 0.2, 0.5], jobs=jobs)
    costs = [kind(ROOMY, 5).solve(problem, Guard()).cost for kind in (Planner, WholeTrace)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-6)


def test_a_worker_that_cannot_be_started_gives_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("twin.control.planner.guarded.Pipe", none_left)
    with pytest.raises(NoPlan) as caught:
        Guarded(Planner, ROOMY, 2).solve(posed([1.0, 2.0]), Guard())
    assert caught.value.reason == Reason.FALLBACK_WORKER_LOST
