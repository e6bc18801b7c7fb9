"""The policy that plans: see, predict, solve, and act on the first tick of the plan."""

import time
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from twin.control.planner import Guard, NoPlan, Problem, Site, Solution
from twin.control.posing import binding, decision, exit_price, pose
from twin.control.rule import Rule
from twin.control.setpoints import Swings
from twin.facts import Decision, Forecast, Forecaster, Observation, Plan, Reason, State, Task


class Solver(Protocol):
    """What solves a problem: a planner in this process, or one behind a guard."""

    def solve(self, problem: Problem, guard: Guard) -> Solution | None:
        """The plan; None if none was found; raises NoPlan with the reason why the solver did not answer."""


class TaskForecaster(Protocol):
    """What expects tasks before they are announced."""

    def expect(self, seen: Observation, ticks: int) -> tuple[Task, ...]:
        """Those that begin within `ticks`, the present one included, but not in it; called once per tick, in order."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Foresight(NamedTuple):
    """What a plan is told of the time to come: the series, and the tasks."""

    series: Forecaster
    tasks: TaskForecaster


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far a plan looks: `ticks` ahead or to the day's end, and never beyond the run's end; and how hard."""

    ticks: int
    end: Literal["rolling", "day_end"]
    ticks_per_day: int
    guard: Guard

    def length(self, seen: Observation) -> int:
        day_ticks = self.ticks_per_day - seen.tick.of_day if self.end == "day_end" else self.ticks
        return min(self.ticks, day_ticks, seen.ticks_left)


class Planned:
    """Plans anew at every tick over what a forecaster expects; falls back to the rule where no plan comes."""

    def __init__(self, name: str, site: Site, foresight: Foresight, solver: Solver, horizon: Horizon) -> None:
        self.name = name
        self._site = site
        self._foresight = foresight
        self._solver = solver
        self._horizon = horizon
        self._rule = Rule(site.tick_s)
        self._swings = Swings(horizon.ticks_per_day)

    def decide(self, seen: Observation) -> Decision:
        started_s = time.perf_counter()
        self._swings.see(seen)
        ticks = self._horizon.length(seen)
        forecast = self._foresight.series.predict(seen, self._horizon.ticks)
        expected = binding(seen, self._foresight.tasks.expect(seen, ticks), ticks, self._site.tick_s)
        problem = pose(self._site, seen, cut(forecast, ticks), exit_price(forecast), expected)
        try:
            solution = self._solver.solve(problem, self._horizon.guard)
        except NoPlan as lost:
            return self._fall_back(seen, lost.reason)
        if solution is None:
            return self._fall_back(seen, Reason.FALLBACK_NO_SOLUTION)
        plan = as_plan(solution, forecast, time.perf_counter() - started_s)
        return decision(self._site, seen, problem, plan, solution, self._swings)

    def state(self) -> State:
        series, tasks = self._foresight
        return {"forecaster": series.state(), "tasks": tasks.state(), "swings": self._swings.state()}

    def restore(self, state: State) -> None:
        self._foresight.series.restore(state["forecaster"])
        self._foresight.tasks.restore(state["tasks"])
        self._swings.restore(state["swings"])

    def _fall_back(self, seen: Observation, reason: Reason) -> Decision:
        return self._rule.decide(seen).because(reason)


def cut(forecast: Forecast, ticks: int) -> Forecast:
    """The first `ticks` of a forecast."""
    return replace(
        forecast,
        import_price=forecast.import_price[..., :ticks],
        export_price=forecast.export_price[..., :ticks],
        demand_w=forecast.demand_w[..., :ticks],
        solar_w=forecast.solar_w[..., :ticks],
    )


def as_plan(solution: Solution, forecast: Forecast | None, plan_s: float | None) -> Plan:
    """A solution as the record keeps it, its storages together."""
    return Plan(
        storage_j=(solution.discharge_j - solution.charge_j).sum(axis=0),
        import_j=solution.import_j,
        export_j=solution.export_j,
        stored_j=solution.stored_j.sum(axis=0),
        status=solution.status,
        plan_s=plan_s,
        forecast=forecast,
        violations=solution.violations,
    )
