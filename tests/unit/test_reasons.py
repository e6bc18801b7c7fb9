import math

import numpy as np
import pytest
from worlds import World

from twin.control.planner import Job, Problem, Solution, Start
from twin.control.reasons import reason
from twin.facts import Reason, Violation

SITE = World(np.ones((1, 4))).site
FLOWS = ("import_j", "export_j", "curtailed_j")
TASK = Job("task", "flexible", 0, 4, 8.0, 0.0, 4.0)
DUE = Job("task", "flexible", 0, 2, 8.0, 0.0, 4.0)
LAST = Job("task", "flexible", 0, 1, 8.0)


def told(*, jobs=(), job_j=0.0, charge_limit_j=9.0, discharge_limit_j=9.0, violations=(), **flows):
    """The reason of a plan of one tick that does just this."""
    zero = np.zeros(1)
    start = Start(0.0, charge_limit_j, discharge_limit_j, 0.0)
    problem = Problem(zero, zero, zero, zero, zero, zero, math.inf, 5.0, (start,), jobs)
    solution = Solution(
        **{name: np.array([flows.get(name, 0.0)]) for name in FLOWS},
        **{name: np.array([[flows.get(name, 0.0)]]) for name in ("charge_j", "discharge_j")},
        stored_j=zero[None],
        jobs_j=np.full((len(jobs), 1), job_j),
        shadow_prices=zero[None],
        cost=0.0,
        status="optimal",
        violations=violations,
    )
    return reason(problem, solution, SITE)


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ({}, Reason.BALANCED),
        ({"charge_j": 1.0}, Reason.STORE_SURPLUS),
        ({"charge_j": 1.0, "import_j": 1.0}, Reason.CHARGE_PRICE_LOW),
        ({"discharge_j": 1.0}, Reason.DISCHARGE_PRICE_HIGH),
        ({"discharge_j": 1.0, "export_j": 1.0}, Reason.DISCHARGE_EXPORT),
        ({"export_j": 1.0}, Reason.EXPORT_PRICE_HIGH),
        ({"export_j": 1.0, "charge_limit_j": 0.0}, Reason.EXPORT_FULL),
        ({"curtailed_j": 1.0}, Reason.CURTAIL_PRICE),
        ({"curtailed_j": 1.0, "export_j": 5.0}, Reason.CURTAIL_LIMIT),
        ({"import_j": 1.0}, Reason.HOLD_FOR_LATER),
        ({"import_j": 1.0, "discharge_limit_j": 0.0}, Reason.IMPORT_EMPTY),
        ({"import_j": 1.0, "jobs": (TASK,), "job_j": 1.0}, Reason.TASK_PRICE_LOW),
        ({"import_j": 1.0, "jobs": (DUE,), "job_j": 4.0}, Reason.TASK_DEADLINE),
        ({"import_j": 1.0, "jobs": (LAST,), "job_j": 8.0}, Reason.TASK_DEADLINE),
        ({"import_j": 1.0, "violations": (Violation("import_limit", "market", 1.0),)}, Reason.SHED_LIMIT),
        ({"import_j": 1e-9}, Reason.BALANCED),
    ],
)
def test_a_plans_first_tick_is_put_into_one_word(flows, expected):
    assert told(**flows) == expected
