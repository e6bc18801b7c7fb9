import math

import numpy as np
import pytest
from worlds import TICK_S, World, seen

from twin.control.planner import Guard, Job, Planner, Start
from twin.control.posing import exit_price, job, pose
from twin.facts import Forecast, Limits, OpenTask, Task

ROWS = [[0.3, 0.1, 9.0, 5.0], [0.4, 0.2, 1.0, 5.0], [0.5, 0.3, 3.0, 5.0]]
FORECAST = Forecast(*np.array(ROWS).T)
POWERS_W = (2.0, 0.0, 4.0)
FLEXIBLE = Task("flexible", 0, 4, 9, 50.0, max_power_w=4.0)
BLOCK = Task("block", 0, 4, 9, 50.0, "block", 2.0, 4.0)
PROFILE = Task("profile", 0, 4, 9, 30.0, "profile", profile_w=POWERS_W)
POWERS_J = (10.0, 0.0, 20.0)


@pytest.mark.parametrize(
    ("stand", "now", "expected"),
    [
        (OpenTask(FLEXIBLE, 50.0), 2, Job("flexible", "flexible", 2, 7, 50.0, 0.0, 20.0, due=7)),
        (OpenTask(FLEXIBLE, 15.0), 5, Job("flexible", "flexible", 0, 4, 15.0, 0.0, 20.0, due=4)),
        (OpenTask(FLEXIBLE, 50.0), 0, Job("flexible", "flexible", 4, 8, 50.0, 0.0, 20.0, 20.0, due=9)),
        (OpenTask(BLOCK, 50.0), 5, Job("block", "block", 0, 4, 50.0, 10.0, 20.0, due=4)),
        (OpenTask(PROFILE, 30.0), 2, Job("profile", "profile", 2, 5, 30.0, profile_j=POWERS_J, due=7)),
        (OpenTask(PROFILE, 30.0), 6, Job("profile", "profile", 0, 1, 30.0, profile_j=POWERS_J, due=3)),
        (OpenTask(PROFILE, 20.0, 4), 5, Job("profile", "running", 0, 2, 20.0, profile_j=(0.0, 20.0))),
        (OpenTask(PROFILE, 5.0, 4), 7, Job("profile", "running", 0, 0, 0.0)),
    ],
)
def test_a_task_becomes_a_job_in_ticks_of_the_horizon(stand, now, expected):
    assert job(stand, now, 8, TICK_S) == expected


def test_a_profile_may_wait_where_a_later_start_is_in_time():
    waiting = job(OpenTask(PROFILE, 30.0), 0, 5, TICK_S)
    assert (waiting.first, waiting.last, waiting.later_j) == (4, 5, 30.0)


def posed(now, rated_w=6.0):
    return pose(World(np.array(ROWS), rated_w=(rated_w,)).site, now, FORECAST, 0.1)


def test_the_first_tick_is_as_it_is_and_loads_take_no_more_than_they_can():
    problem = posed(seen(demand_w=2.0, rated_w=6.0))
    assert problem.demand_j.tolist() == [10.0, 5.0, 15.0]
    assert problem.room_j.tolist() == [20.0, 25.0, 15.0]


def test_limits_are_told_as_energies_of_a_tick():
    problem = posed(seen(storage=Limits(-1.0, 2.0), market=Limits(-3.0, 4.0), stored_j=7.0))
    assert problem.starts == (Start(7.0, 5.0, 10.0, 0.1),)
    assert (problem.export_limit_j, problem.import_limit_j) == (15.0, 20.0)


@pytest.mark.parametrize("rated_w", [6.0, math.inf])
def test_what_is_posed_can_be_planned(rated_w):
    problem = posed(seen(4, rated_w=rated_w, tasks=[OpenTask(FLEXIBLE, 50.0), OpenTask(PROFILE, 30.0, 4)]), rated_w)
    plan = Planner(World(np.array(ROWS), rated_w=(rated_w,)).site, 3).solve(problem, Guard())
    assert plan.jobs_j[1].tolist() == [10.0, 0.0, 20.0]


def test_what_is_left_in_store_is_worth_what_it_will_earn():
    assert exit_price(FORECAST) == pytest.approx(0.2)
