"""The planner proper: picks the model for a problem, guards the solve, and checks what comes out."""

import math
from dataclasses import dataclass

import numpy as np

from twin.control.planner.matrix import Layout
from twin.control.planner.model import Model
from twin.control.planner.problem import (
    Job,
    Problem,
    Site,
    Solution,
    Switches,
    all_switches,
    needed_switches,
)

MODELS_KEPT = 32
MOST_NODES = 2000
NODES_BY_SIZE = 2_000_000
"""Nodes times ticks times decisions of a plan: 217 nodes for 96 ticks with a decision in each."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Where a solve stops: a count of nodes always, a time only where time is real."""

    max_nodes: int | None = None
    """None for as many as a plan of this size finishes within about a second."""
    max_seconds: float = math.inf


class Planner:
    """Solves problems of at most `horizon` ticks for one site; keeps a model for each layout it meets."""

    def __init__(self, site: Site, horizon: int) -> None:
        self._site = site
        self._horizon = horizon
        self._models: dict[Layout, Model] = {}

    def solve(self, problem: Problem, guard: Guard) -> Solution | None:
        """The best plan, or None where the guard struck before there was any."""
        switches = needed_switches(problem, self._site)
        solution = self._solve(problem, switches, guard)
        if solution is not None and does_both(solution, self._site):
            solution = self._solve(problem, all_switches(problem), guard)
        return solution

    def _solve(self, problem: Problem, switches: Switches, guard: Guard) -> Solution | None:
        model = self._model(problem, bool(switches))
        nodes = guard.max_nodes
        if nodes is None:
            nodes = most_nodes(len(problem), decisions(problem, switches))
        return model.solve(problem, switches, nodes, guard.max_seconds)

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


def most_nodes(ticks: int, decided: int) -> int:
    """Fewer nodes for a larger problem: each one takes longer, and fewer are worth their time."""
    return max(min(MOST_NODES, NODES_BY_SIZE // (ticks * max(decided, 1))), 1)


def decisions(problem: Problem, switches: Switches) -> int:
    """How many whole numbers a plan has to choose."""
    tasks = sum(job.last - job.first for job in problem.jobs if job.shape in ("block", "profile"))
    return int(switches.trading.sum() + len(problem.starts) * switches.cycling.sum()) + tasks


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
