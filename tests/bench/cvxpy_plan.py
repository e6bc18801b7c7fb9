"""A horizon written in cvxpy, the peer whose model is built anew for every plan: tick by tick, or all ticks at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import cvxpy as cp
import numpy as np

from twin.control.planner import Job, Problem, Site

Part = int | slice
"""One tick, or all of them."""


@dataclass(frozen=True, slots=True)
class Flows:
    """What happens in each tick of a horizon, in J; per job what it gets by tick, too late, and after the horizon."""

    imported: cp.Variable
    exported: cp.Variable
    charged: cp.Variable
    discharged: cp.Variable
    curtailed: cp.Variable
    unserved: cp.Variable
    stored: cp.Variable
    jobs: cp.Variable
    late: cp.Variable
    later: cp.Variable


def least_cost(problem: Problem, site: Site, parts: Sequence[Part]) -> float:
    """Of a horizon with flexible jobs; `parts` are the ticks one by one, or one slice of all."""
    ticks, count = len(problem), len(problem.jobs)
    shapes = [(ticks,)] * 7 + [(count, ticks), (count,), (count,)]
    flows = Flows(*(cp.Variable(shape, nonneg=True) for shape in shapes))
    limits = job_limits(flows, problem.jobs)
    for part in parts:
        limits += flow_limits(flows, problem, site, part)
    paid = sum(cp.sum(cost(flows, problem, site, part)) for part in parts)
    missed = site.unserved_price * cp.sum(flows.late) + float(np.mean(problem.import_price)) * cp.sum(flows.later)
    kept = problem.terminal_price * flows.stored[-1]
    return float(cp.Problem(cp.Minimize(paid + missed - kept), limits).solve())


def cost(flows: Flows, problem: Problem, site: Site, part: Part) -> cp.Expression:
    return (
        cp.multiply(problem.import_price[part], flows.imported[part])
        - cp.multiply(problem.export_price[part], flows.exported[part])
        + site.storage.wear_price * (flows.charged[part] + flows.discharged[part])
        + site.unserved_price * flows.unserved[part]
    )


def flow_limits(flows: Flows, problem: Problem, site: Site, part: Part) -> list[cp.Constraint]:
    storage = site.storage
    before = cp.hstack([problem.stored_j, flows.stored[:-1]])[part]
    gained = storage.charge_gain * flows.charged[part] - storage.discharge_drain * flows.discharged[part]
    given = flows.imported[part] + flows.discharged[part] + flows.unserved[part] - flows.curtailed[part]
    taken = flows.exported[part] + flows.charged[part] + cp.sum(flows.jobs[:, part], axis=0)
    most_charged = np.r_[problem.first_charge_j, np.full(len(problem) - 1, storage.max_charge_j)]
    most_discharged = np.r_[problem.first_discharge_j, np.full(len(problem) - 1, storage.max_discharge_j)]
    return [
        given + problem.solar_j[part] == taken + problem.demand_j[part],
        flows.stored[part] == storage.retention * before + gained - storage.standing_j,
        flows.stored[part] >= storage.min_j,
        flows.stored[part] <= storage.max_j,
        flows.curtailed[part] <= problem.solar_j[part],
        flows.unserved[part] <= problem.demand_j[part],
        flows.charged[part] <= most_charged[part],
        flows.discharged[part] <= most_discharged[part],
        flows.jobs[:, part] <= most_served(problem)[:, part],
    ]


def most_served(problem: Problem) -> np.ndarray:
    ticks = range(len(problem))
    return np.array([[job.max_j if job.first <= k < job.last else 0.0 for k in ticks] for job in problem.jobs])


def job_limits(flows: Flows, jobs: tuple[Job, ...]) -> list[cp.Constraint]:
    served = cp.sum(flows.jobs, axis=1) + flows.late + flows.later
    return [
        served == np.array([job.energy_j for job in jobs]),
        flows.later <= np.array([job.later_j for job in jobs]),
    ]
