"""What stored energy is worth, against linear programs: with one path, nothing is unknown."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import LAWS, TICK_S, one_store_problem, only

from twin.components.storage import Battery
from twin.control.planner import Guard, Job, Planner, Site, Start
from twin.control.stochastic.flexible import demand_of
from twin.control.stochastic.supply import Course, supply
from twin.control.stochastic.worth import Ends, worth_after

TICKS = 10
EXIT = 0.1
SEEDS = st.integers(0, 10**6)


def site_of(random, *, ideal):
    flaws = ((1.0, 1.0), (math.inf, math.inf)) if ideal else (tuple(random.uniform(0.8, 1.0, 2)), (2.0, 2.0))
    physics = Battery((0.0, 40.0), *flaws, 0.0, 0.0 if ideal else 0.01)
    return Site({"storage": physics.linear(TICK_S)}, (1.0,), (math.inf,), 1.0, 10.0, TICK_S, 5.0)


def problem_of(random, jobs):
    buy = random.uniform(0.1, 0.6, TICKS)
    return one_store_problem(
        import_price=buy,
        export_price=buy * random.uniform(0.2, 0.7),
        demand_j=random.uniform(0.0, 12.0, TICKS),
        solar_j=random.uniform(0.0, 20.0, TICKS) * (random.random(TICKS) < 0.5),
        room_j=np.full(TICKS, math.inf),
        import_limit_j=math.inf,
        export_limit_j=math.inf,
        stored_j=0.0,
        first_charge_j=math.inf,
        first_discharge_j=math.inf,
        jobs=jobs,
        terminal_price=EXIT,
    )


def worth_of(site, problem):
    rows = (problem.import_price, problem.export_price, problem.demand_j, problem.solar_j)
    course = Course(*(row[None] for row in rows))
    demand = demand_of(problem.jobs, problem.room_j)
    return worth_after(site, supply(site, course, demand.servable_j, math.inf, math.inf), demand, Ends(EXIT, 0.3))


def saved(worth, more_j, less_j):
    """What `more_j` is worth more than `less_j`."""
    widths = np.diff(np.clip(worth.position_j, less_j, more_j))
    return float(widths @ worth.price)


def later(site, problem, stored_j):
    """What all ticks but the first cost, with a store that holds this."""
    rest = {
        name: getattr(problem, name)[1:]
        for name in ("import_price", "export_price", "demand_j", "solar_j", "fixed_solar_j", "room_j")
    }
    jobs = tuple(replace(job, first=max(job.first - 1, 0), last=job.last - 1) for job in problem.jobs)
    storage = only(site)
    start = Start(stored_j, storage.max_charge_j, storage.max_discharge_j, EXIT)
    return Planner(site, TICKS).solve(replace(problem, starts=(start,), jobs=jobs, **rest), Guard()).cost


def agree(site, problem, tolerance):
    """The worth of a store from empty to half, and from half to full, is what it saves a plan."""
    worth, wanted_j = worth_of(site, problem), sum(job.energy_j for job in problem.jobs) * only(site).discharge_drain
    costs = {stored_j: later(site, problem, stored_j) for stored_j in (0.0, 20.0, 40.0)}
    for less_j, more_j in ((0.0, 20.0), (20.0, 40.0)):
        gained = saved(worth, more_j - wanted_j, less_j - wanted_j)
        assert gained == pytest.approx(costs[less_j] - costs[more_j], abs=tolerance)


@LAWS
@given(SEEDS)
def test_with_one_path_a_joule_is_worth_what_it_saves_a_plan(seed):
    random = np.random.default_rng(seed)
    agree(site_of(random, ideal=False), problem_of(random, ()), 0.2)


@LAWS
@given(SEEDS)
def test_so_it_is_with_tasks_of_which_the_first_to_begin_is_the_first_due(seed):
    random = np.random.default_rng(seed)
    first = int(random.integers(1, 4))
    jobs = (Job("a", "flexible", first, first + 4, 30.0), Job("b", "flexible", first, TICKS, 25.0))
    agree(site_of(random, ideal=True), problem_of(random, jobs), 0.5)


@LAWS
@given(SEEDS)
def test_more_is_never_worth_more_than_the_joule_before(seed):
    random = np.random.default_rng(seed)
    jobs = (Job("a", "flexible", 2, 7, 30.0, 0.0, 9.0),)
    worth = worth_of(site_of(random, ideal=False), problem_of(random, jobs))
    assert np.all(np.diff(worth.price) <= 1e-9)
    assert len(worth.position_j) == len(worth.price) + 1
