"""The planner proper: picks the model for a problem, guards the solve, and checks what comes out."""

import math
from dataclasses import dataclass

import numpy as np

from twin.control.planner.matrix import Layout
from twin.control.planner.model import Model
from twin.control.planner.problem import Job, Problem, Site, Solution, wants_binaries

MODELS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Guard:
    """Where a solve stops: a count of nodes always, a time only where time is real."""

    max_nodes: int = 2000
    max_seconds: float = math.inf


class Planner:
    """Solves problems of at most `horizon` ticks for one site; keeps a model for each layout it meets."""

    def __init__(self, site: Site, horizon: int) -> None:
        self._site = site
        self._horizon = horizon
        self._models: dict[Layout, Model] = {}

    def solve(self, problem: Problem, guard: Guard) -> Solution | None:
        """The best plan, or None where the guard struck before there was any."""
        exclusive = wants_binaries(problem, self._site)
        solution = self._model(problem, exclusive).solve(problem, guard.max_nodes, guard.max_seconds)
        if solution is not None and not exclusive and does_both(solution, self._site):
            solution = self._model(problem, True).solve(problem, guard.max_nodes, guard.max_seconds)
        return solution

    def _model(self, problem: Problem, exclusive: bool) -> Model:
        layout = self._layout(problem, exclusive)
        if layout not in self._models:
            if len(self._models) >= MODELS_KEPT:
                del self._models[next(iter(self._models))]
            self._models[layout] = Model(self._site, layout)
        return self._models[layout]

    def _layout(self, problem: Problem, exclusive: bool) -> Layout:
        bound = flow_bound(problem, self._site) if exclusive else 0.0
        jobs = tuple(self._columns(job) for job in problem.jobs if job.shape != "running")
        pieces = 0 if problem.worth is None else len(problem.worth.price)
        return Layout(self._horizon, jobs, bound, pieces)

    def _columns(self, job: Job) -> tuple[str, int, int, tuple[float, ...]]:
        unit = self._site.unit_j
        if job.shape == "profile":
            return job.shape, 0, self._horizon, tuple(energy_j / unit for energy_j in job.profile_j)
        if job.shape == "block":
            return job.shape, 0, self._horizon, (job.min_j / unit, job.max_j / unit)
        return job.shape, 0, self._horizon, ()


class WholeTrace(Planner):
    """A planner for one long problem: each job's columns span just its own window."""

    def _columns(self, job: Job) -> tuple[str, int, int, tuple[float, ...]]:
        shape, _, _, profile = super()._columns(job)
        return shape, job.first, job.last, profile


def does_both(solution: Solution, site: Site) -> bool:
    """Whether a plan imports and exports, or charges and discharges, in one tick."""
    least_j = site.least_j
    grid_j = np.minimum(solution.import_j, solution.export_j)
    storage_j = np.minimum(solution.charge_j, solution.discharge_j)
    return bool(max(grid_j.max(), storage_j.max()) > least_j)


def flow_bound(problem: Problem, site: Site) -> float:
    """A power of two, in units, that no sensible flow of a tick exceeds; rounding keeps the number of models small."""
    storages = list(zip(site.storages.values(), problem.starts, strict=True))
    jobs_j = sum(job.most_j for job in problem.jobs)
    charged_j = sum(max(storage.max_charge_j, start.charge_j) for storage, start in storages)
    discharged_j = sum(max(storage.max_discharge_j, start.discharge_j) for storage, start in storages)
    used_j = float(problem.demand_j.max()) + jobs_j + charged_j
    given_j = float(problem.solar_j.max()) + discharged_j
    return float(2.0 ** math.ceil(math.log2(max(used_j, given_j, site.unit_j) / site.unit_j)))
