"""What planning over sample paths is worth, on ten days; `make bench` measures a hundred."""

import pytest
from exact import Exact

from twin.scenario.launch import simulate

DAYS = ("days=10", "start_day=5727101")


def net_cost(scenario, policy, *sets):
    return simulate(f"scenarios/{scenario}.yaml", policy, sets=[*DAYS, *sets]).net_cost


def share(scenario, policy):
    rule, oracle = net_cost(scenario, "rule"), net_cost(scenario, "oracle")
    return (rule - net_cost(scenario, policy)) / (rule - oracle)


@pytest.mark.slow
def test_on_the_bare_lab_it_comes_close_to_the_best_that_can_be_had_without_foresight():
    assert share("lab_bare", "stochastic:evolved") >= 0.94 * share("lab_bare", Exact())


@pytest.mark.slow
def test_with_tasks_it_earns_more_than_a_plan_on_the_mean():
    assert net_cost("lab_ideal", "stochastic:evolved") < net_cost("lab_ideal", "milp:mean5")


@pytest.mark.slow
def test_for_a_household_it_is_dearer_than_a_plan_on_one_guess_by_no_more_than_two_points():
    sets, policies = ("start_day=2023-06-05", "days=7"), ("stochastic:evolved", "milp:evolved", "rule", "oracle")
    stochastic, planned, rule, oracle = (net_cost("household_week", policy, *sets) for policy in policies)
    assert stochastic <= planned + 0.02 * (rule - oracle)


def test_with_nothing_unknown_all_paths_are_one_and_it_plans_like_the_oracle():
    rule, oracle = net_cost("lab_bare", "rule"), net_cost("lab_bare", "oracle")
    assert net_cost("lab_bare", "stochastic:perfect") <= oracle + 0.02 * (rule - oracle)


def test_a_store_that_starts_far_above_its_band_has_a_plan_in_every_tick():
    sets = ("days=1", "tasks=null", "storage.max_soc=50 %", "storage.initial_soc=100 %")
    outcome = simulate("household_week", "stochastic:mean5", sets)
    assert outcome.summary["plan_fallbacks"] == {}
