"""From a policy's name to a policy: the only place that knows them all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from twin.control.oracle import Oracle, SteppedOracle, in_steps
from twin.control.planned import Foresight, Horizon, Planned, TaskForecaster
from twin.control.planner import MOST_NODES, Guard, Guarded, Job, Planner, Problem, WholeTrace
from twin.control.posing import starts
from twin.control.rule import Rule, Unstored
from twin.control.stochastic import Outlook, Solvers, Stochastic
from twin.errors import ScenarioError
from twin.facts import SERIES, Forecaster, Policy, Task
from twin.forecast.banded import Banded
from twin.forecast.lagged import Sampling
from twin.forecast.tasks import LearntTasks, TrueTasks, past_tasks
from twin.scenario.blueprint import Blueprint
from twin.scenario.forecasters import Forecasters
from twin.scenario.schema import LEARNING, policy_name, split_policy

ORACLE_NODES = 50
"""So many times the search of a tick is a bound worth."""

UNLED: Mapping[str, type[Rule]] = {"none": Unstored, "rule": Rule}
"""Policies that look at the present only."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the policies of one scenario by name; `real_time` gives every plan a time limit."""

    blueprint: Blueprint
    real_time: bool = False

    def policy(self, asked: str) -> Policy:
        """The policy `NAME` or `NAME:FORECASTER`, at its start; raises ScenarioError where it cannot be had."""
        scenario = self.blueprint.scenario
        try:
            name, forecaster = split_policy(policy_name(asked), scenario.forecaster)
        except ValueError as error:
            got, _, expected = str(error).partition("; ")
            raise ScenarioError("policy", got, expected) from error
        if scenario.is_live and (name == "oracle" or forecaster == "perfect"):
            raise ScenarioError(f"policy {asked}", "needs the future", "a live feed does not know it")
        if name in UNLED:
            return UNLED[name](scenario.tick)
        if name == "oracle":
            return self._oracle()
        if name == "stochastic":
            return self._stochastic(asked, forecaster)
        return self._planned(asked, forecaster)

    def forecaster(self, name: str) -> Forecaster:
        """The forecaster of that name, with the scenario's history; one that learns says how sure it is."""
        return Banded(self.paths(name)) if name in LEARNING else Forecasters(self.blueprint, self.real_time).named(name)

    def paths(self, name: str) -> Sampling:
        """The same, and around it the errors it has made before."""
        return Forecasters(self.blueprint, self.real_time).paths(name)

    def task_forecaster(self, name: str) -> TaskForecaster:
        """What expects tasks beside the forecaster of that name: perfect foresight knows them, others learn them."""
        feed, calendar = self.blueprint.feed, self.blueprint.calendar
        if name == "perfect":
            return TrueTasks(feed, calendar)
        return LearntTasks(calendar, past_tasks(feed, calendar, self.blueprint.scenario.history_days))

    def _planned(self, asked: str, forecaster: str) -> Planned:
        horizon = self._horizon
        foresight = Foresight(self.forecaster(forecaster), self.task_forecaster(forecaster))
        return Planned(asked, self.blueprint.site, foresight, self._solver(horizon.ticks), horizon)

    def _stochastic(self, asked: str, forecaster: str) -> Stochastic:
        site, count = self.blueprint.site, self.blueprint.scenario.forecast.paths
        solvers = Solvers(now=self._solver(1), ahead=self._solver(self._horizon.ticks))
        outlook = Outlook(self.paths(forecaster), count, self.task_forecaster(forecaster))
        return Stochastic(asked, site, outlook, solvers, self._horizon)

    @property
    def _horizon(self) -> Horizon:
        scenario = self.blueprint.scenario
        guard = Guard(scenario.guard.max_nodes)
        return Horizon(scenario.horizon_ticks, scenario.horizon_end, scenario.ticks_per_day, guard)

    def _solver(self, ticks: int) -> Guarded:
        limit_s = self.blueprint.scenario.time_limit_s if self.real_time else None
        return Guarded(Planner, self.blueprint.site, ticks, limit_s)

    def _oracle(self) -> Oracle | SteppedOracle:
        """Where a tick has several steps it plans these, unless a task must run from a tick's beginning on."""
        tasks, calendar = self._tasks(), self.blueprint.calendar
        if calendar.steps == 1 or any(task.shape != "flexible" for task in tasks):
            return self._oracle_of(tasks)
        stepped = Maker(self.blueprint.by_step())
        return SteppedOracle(stepped._oracle_of(tuple(in_steps(task, calendar.steps) for task in tasks)), calendar)

    def _oracle_of(self, tasks: tuple[Task, ...]) -> Oracle:
        blueprint, site = self.blueprint, self.blueprint.site
        solver = Guarded(WholeTrace, site, blueprint.ticks)
        guard = Guard(ORACLE_NODES * (blueprint.scenario.guard.max_nodes or MOST_NODES))
        return Oracle(site, self._whole_run, tasks, solver, guard, self._unavoidable_cost())

    def _unavoidable_cost(self) -> float:
        """What demand costs that no load could take, whatever the plan."""
        blueprint, site = self.blueprint, self.blueprint.site
        demand_w = blueprint.trace(0, blueprint.ticks)[:, SERIES.index("demand_w")]
        lost_w = demand_w - blueprint.servable_w(0, blueprint.ticks)
        return float(lost_w.sum()) * site.tick_s * site.unserved_price

    def _tasks(self) -> tuple[Task, ...]:
        """All tasks of the run."""
        blueprint = self.blueprint
        days = range(blueprint.scenario.start_day, blueprint.scenario.start_day + blueprint.scenario.days)
        return tuple(task for day in days for task in blueprint.feed.tasks(day) if task.end <= blueprint.ticks)

    def _whole_run(self, stored_j: Mapping[str, float], jobs: tuple[Job, ...]) -> Problem:
        blueprint, scenario, site = self.blueprint, self.blueprint.scenario, self.blueprint.site
        import_price, export_price, _, solar_w = blueprint.trace(0, blueprint.ticks).T
        base_w = blueprint.servable_w(0, blueprint.ticks)
        arrays_w = zip(scenario.solar, blueprint.array_power_w(0, blueprint.ticks), strict=True)
        fixed_w = sum((power_w for array, power_w in arrays_w if not array.curtailable), np.zeros(blueprint.ticks))
        limits = {name: physics.limits(stored_j[name], scenario.tick) for name, physics in blueprint.physics.items()}
        return Problem(
            import_price=import_price,
            export_price=export_price,
            demand_j=base_w * scenario.tick,
            solar_j=solar_w * scenario.tick,
            fixed_solar_j=fixed_w * scenario.tick,
            room_j=(sum(site.rated_w) - base_w) * scenario.tick,
            import_limit_j=scenario.market.import_limit * scenario.tick,
            export_limit_j=scenario.market.export_limit * scenario.tick,
            starts=starts(site, stored_j, limits, float(np.mean(export_price))),
            jobs=jobs,
            is_certain=True,
        )
