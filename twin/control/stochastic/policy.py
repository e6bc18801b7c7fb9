"""Plans over sample paths: they teach what stored energy is worth, and the present tick is solved against that."""

import time
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from twin.components.load import servable_w
from twin.control.planned import Horizon, Solver, TaskForecaster, as_plan, cut
from twin.control.planner import Job, NoPlan, Problem, Site, Solution, pooled
from twin.control.posing import binding, decision, exit_price, pose
from twin.control.rule import Rule
from twin.control.setpoints import Swings
from twin.control.stochastic.flexible import demand_of
from twin.control.stochastic.supply import Course, supply
from twin.control.stochastic.worth import Ends, worth_after
from twin.facts import Decision, Floats, Forecast, Observation, Reason, State, Task, Violation


class Paths(Protocol):
    """What draws sample paths."""

    def sample(self, seen: Observation, horizon: int, count: int) -> Forecast:
        """Paths from the present tick on, each series of shape `(count, horizon)`."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is told of the time to come: `count` sample paths of the series, and the tasks."""

    paths: Paths
    count: int
    tasks: TaskForecaster


@dataclass(frozen=True, slots=True)
class Solvers:
    """`now` solves problems of one tick, `ahead` those of a whole horizon."""

    now: Solver
    ahead: Solver


@dataclass(frozen=True, slots=True)
class Rigid:
    """What rigid jobs take by a plan, `(ticks,)` by their place among all jobs, and what they cannot keep."""

    energy_j: dict[int, Floats]
    violations: tuple[Violation, ...] = ()


class Stochastic:
    """Shares one decision between all paths; falls back to the rule where none comes.

    Jobs that any one tick could serve are part of what the paths teach. Rigid ones, bound to a profile or held back by
    power limits, their own or the store's, are planned ahead on the mean of the paths, and all else takes that for
    granted.
    """

    def __init__(self, name: str, site: Site, outlook: Outlook, solvers: Solvers, horizon: Horizon) -> None:
        self.name = name
        self._site = site
        self._outlook = outlook
        self._solvers = solvers
        self._horizon = horizon
        self._rule = Rule(site.tick_s)
        self._swings = Swings(horizon.ticks_per_day)

    def decide(self, seen: Observation) -> Decision:
        started_s = time.perf_counter()
        self._swings.see(seen)
        outlook, ticks = self._outlook, self._horizon.ticks
        forecast = outlook.paths.sample(seen, ticks, outlook.count)
        expected = outlook.tasks.expect(seen, self._horizon.length(seen))
        try:
            return self._decided(seen, forecast, expected, started_s)
        except NoPlan as lost:
            return self._rule.decide(seen).because(lost.reason)

    def state(self) -> State:
        outlook = self._outlook
        return {"paths": outlook.paths.state(), "tasks": outlook.tasks.state(), "swings": self._swings.state()}

    def restore(self, state: State) -> None:
        self._outlook.paths.restore(state["paths"])
        self._outlook.tasks.restore(state["tasks"])
        self._swings.restore(state["swings"])

    def _decided(self, seen: Observation, forecast: Forecast, expected: tuple[Task, ...], started_s: float) -> Decision:
        ticks, mean_path = self._horizon.length(seen), mean(forecast)
        price = exit_price(mean_path)
        # The same jobs in both: what tasks still want is a part of what the worth is told for.
        expected = binding(seen, expected, ticks, self._site.tick_s)
        whole = pose(self._site, seen, cut(mean_path, ticks), price, expected)
        present = pose(self._site, seen, cut(mean_path, 1), price, expected)
        rigid = self._rigid(whole)
        problem = self._against_worth(present, cut(forecast, ticks), whole, rigid, price)
        solution = self._solved(self._solvers.now, problem)
        solution = replace(solution, violations=(*solution.violations, *rigid.violations))
        plan = as_plan(solution, forecast, time.perf_counter() - started_s)
        return decision(self._site, seen, problem, plan, solution, self._swings)

    def _solved(self, solver: Solver, problem: Problem) -> Solution:
        solution = solver.solve(problem, self._horizon.guard)
        if solution is None:
            raise NoPlan(Reason.FALLBACK_NO_SOLUTION)
        return solution

    def _rigid(self, whole: Problem) -> Rigid:
        """The rigid jobs as a plan of the whole horizon wants them."""
        rigid = [i for i, job in enumerate(whole.jobs) if not is_loose(job, whole, self._site)]
        if not rigid:
            return Rigid({})
        solution = self._solved(self._solvers.ahead, whole)
        names = {whole.jobs[i].name for i in rigid}
        late = tuple(violation for violation in solution.violations if violation.subject in names)
        return Rigid({i: solution.jobs_j[i] for i in rigid}, late)

    def _against_worth(self, present: Problem, drawn: Forecast, whole: Problem, rigid: Rigid, price: float) -> Problem:
        """The present tick, with a worth of what is stored after it."""
        site, storage = self._site, pooled(self._site).storage
        taken_j = np.sum([np.zeros(len(whole)), *rigid.energy_j.values()], axis=0)
        loose = tuple(job for i, job in enumerate(whole.jobs) if i not in rigid.energy_j)
        wanted = demand_of(loose, np.maximum(whole.room_j - taken_j, 0.0))
        market = (whole.import_limit_j, whole.export_limit_j)
        steps = supply(site, course_of(site, drawn, taken_j), wanted.servable_j, *market)
        later_price = float(whole.import_price.mean()) / storage.discharge_drain
        worth = worth_after(site, steps, wanted, Ends(storage.discharge_efficiency * price, later_price))
        jobs = tuple(settled(job, rigid.energy_j.get(i)) for i, job in enumerate(present.jobs))
        return replace(present, worth=worth, jobs=jobs)


def settled(job: Job, planned_j: Floats | None) -> Job:
    """A rigid job as one that takes just what was planned for it now; any other as it is."""
    if planned_j is None:
        return job
    energy_j = float(planned_j[0])
    return Job(job.name, "running", 0, 1, energy_j, profile_j=(energy_j,))


def is_loose(job: Job, problem: Problem, site: Site) -> bool:
    """Whether any one tick could serve all of a job, or fill or empty the store for it."""
    storage = pooled(site).storage
    usable_j = storage.max_j - storage.min_j
    is_quick = usable_j <= min(storage.max_charge_j * storage.charge_gain, storage.max_discharge_j)
    return is_quick and job.shape == "flexible" and job.energy_j <= min(job.max_j, float(problem.room_j.min()))


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
