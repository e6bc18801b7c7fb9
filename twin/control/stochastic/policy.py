"""Plans over sample paths: they teach what stored energy is worth, and the present tick is solved against that."""

import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from twin.components.load import servable_w
from twin.control.planned import Horizon, Solver, as_plan, cut
from twin.control.planner import Job, NoPlan, Problem, Site, Solution
from twin.control.posing import decision, exit_price, jobs, pose
from twin.control.rule import Rule
from twin.control.stochastic.flexible import demand_of
from twin.control.stochastic.supply import Course, supply
from twin.control.stochastic.worth import Ends, worth_after
from twin.facts import Decision, Floats, Forecast, Observation, Reason, State, Violation

RIGID = ("block", "profile")


class Paths(Protocol):
    """What draws sample paths."""

    def sample(self, seen: Observation, horizon: int, count: int) -> Forecast:
        """Paths from the present tick on, each series of shape `(count, horizon)`."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


@dataclass(frozen=True, slots=True)
class Solvers:
    """`now` solves problems of one tick, `ahead` those of a whole horizon."""

    now: Solver
    ahead: Solver


@dataclass(frozen=True, slots=True)
class Rigid:
    """What jobs that cannot be served bit by bit take, by name and tick, `(ticks,)` each, and what they cannot keep."""

    energy_j: dict[str, Floats]
    violations: tuple[Violation, ...] = ()


class Stochastic:
    """Shares one decision between all paths; falls back to the rule where none comes.

    Jobs that run in one piece, or not at all, are planned ahead on the mean of the paths; all else takes that for
    granted.
    """

    def __init__(self, name: str, site: Site, paths: Paths, solvers: Solvers, horizon: Horizon, *, count: int) -> None:
        self.name = name
        self._site = site
        self._paths = paths
        self._solvers = solvers
        self._horizon = horizon
        self._count = count
        self._rule = Rule(site.tick_s)

    def decide(self, seen: Observation) -> Decision:
        started_s = time.perf_counter()
        forecast = self._paths.sample(seen, self._horizon.ticks, self._count)
        try:
            return self._decided(seen, forecast, started_s)
        except NoPlan as lost:
            return self._rule.decide(seen)._replace(reason=lost.reason)

    def state(self) -> State:
        return self._paths.state()

    def restore(self, state: State) -> None:
        self._paths.restore(state)

    def _decided(self, seen: Observation, forecast: Forecast, started_s: float) -> Decision:
        drawn = cut(forecast, self._horizon.length(seen))
        expected = mean(drawn)
        rigid = self._rigid(seen, expected)
        problem = self._now(seen, drawn, expected, rigid)
        solution = self._solved(self._solvers.now, problem)
        solution = replace(solution, violations=(*solution.violations, *rigid.violations))
        plan = as_plan(solution, forecast, time.perf_counter() - started_s)
        return decision(self._site, seen, problem, plan, solution)

    def _solved(self, solver: Solver, problem: Problem) -> Solution:
        solution = solver.solve(problem, self._horizon.guard)
        if solution is None:
            raise NoPlan(Reason.FALLBACK_NO_SOLUTION)
        return solution

    def _rigid(self, seen: Observation, expected: Forecast) -> Rigid:
        """The rigid jobs as a plan on the mean wants them."""
        if all(stand.task.shape == "flexible" for stand in seen.tasks):
            return Rigid({})
        problem = pose(self._site, seen, expected, exit_price(self._site, expected))
        solution = self._solved(self._solvers.ahead, problem)
        rows = zip(problem.jobs, solution.jobs_j, strict=True)
        taken = {job.name: row for job, row in rows if job.shape != "flexible"}
        return Rigid(taken, tuple(each for each in solution.violations if each.subject in taken))

    def _now(self, seen: Observation, drawn: Forecast, expected: Forecast, rigid: Rigid) -> Problem:
        """The present tick, with a worth of what is stored after it."""
        site = self._site
        taken_j = np.sum([np.zeros(drawn.demand_w.shape[1]), *rigid.energy_j.values()], axis=0)
        course = course_of(site, drawn, taken_j)
        present = pose(site, seen, cut(expected, 1), 0.0)
        flexible = tuple(job for job in jobs(seen, len(taken_j), site.tick_s) if job.shape == "flexible")
        room_j = sum(site.rated_w) * site.tick_s - course.demand_j.mean(axis=0)
        wanted = demand_of(flexible, np.maximum(room_j, 0.0))
        market = (present.import_limit_j, present.export_limit_j)
        ends = Ends(exit_price(site, expected), float(expected.import_price.mean()) / site.storage.discharge_drain)
        worth = worth_after(site, supply(site, course, wanted.servable_j, *market), wanted, ends)
        return replace(present, worth=worth, jobs=tuple(self._settled(job, rigid) for job in present.jobs))

    def _settled(self, job: Job, rigid: Rigid) -> Job:
        """A rigid job as one that takes just what was planned for it."""
        if job.name not in rigid.energy_j:
            return job
        energy_j = float(rigid.energy_j[job.name][0])
        return Job(job.name, "running", 0, 1, energy_j, profile_j=(energy_j,))


def course_of(site: Site, drawn: Forecast, taken_j: Floats) -> Course:
    """Sample paths in the planner's terms; `taken_j`, `(ticks,)`, comes on top of the demand."""
    demand_w = servable_w(drawn.demand_w, site.shares, site.rated_w)
    return Course(drawn.import_price, drawn.export_price, demand_w * site.tick_s + taken_j, drawn.solar_w * site.tick_s)


def mean(drawn: Forecast) -> Forecast:
    """The mean of sample paths."""
    return Forecast(
        drawn.import_price.mean(axis=0),
        drawn.export_price.mean(axis=0),
        drawn.demand_w.mean(axis=0),
        drawn.solar_w.mean(axis=0),
    )
