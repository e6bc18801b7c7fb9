"""How fast a plan is, against the same matrix in HiGHS and against a model in cvxpy that is built anew each time."""

import math
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import highspy

from tests.bench.cvxpy_plan import least_cost
from tests.bench.measuring import folder, median_ratio, plain, started, timed, verdict
from twin.control.planner import Guard, Planner, Problem
from twin.control.posing import exit_price, pose
from twin.facts import Decision, Memoryless, Observation
from twin.scenario.launch import Start

DAYS = 6
TICKS, TASKS = 60, 3
OVER_HIGHS, UNDER_NAIVE = 3.0, 20.0
"""Promised: at most so many times the time of HiGHS, at least so many times faster than the naive model."""
AGREEMENT = 1e-4
"""The solvers' tolerances and the digits of an LP file."""


def lines() -> Iterator[str]:
    with folder() as path:
        start = started("lab_ideal", DAYS)
        race = Race(start, path / "plan.lp")
        list(start.blueprint.microgrid(race).records())
    times_s = race.times_s
    plan_s = times_s["plan"]
    over_highs = median_ratio(plan_s, times_s["highs"])
    under_naive, under_arrays = (median_ratio(times_s[peer], plan_s) for peer in ("naive", "arrays"))
    median_ms = 1e3 * statistics.median(plan_s)
    yield plain(f"{len(plan_s)} plans of {TICKS} ticks and {TASKS} tasks, median {median_ms:.1f} ms from sight to wish")
    yield verdict(over_highs <= OVER_HIGHS, f"{over_highs:.2f} × HiGHS on the same matrix (at most 3)")
    yield verdict(under_naive >= UNDER_NAIVE, f"{under_naive:.0f} × faster than cvxpy, tick by tick (at least 20)")
    yield plain(f"{under_arrays:.1f} × faster than cvxpy, all ticks at once")
    yield verdict(race.worst < AGREEMENT, f"all find the same cost, to {race.worst:.0e} of it")


class Race(Memoryless):
    """The policy `milp`, timed; each of its long problems with three tasks is then given to the others."""

    name = "milp"

    def __init__(self, start: Start, file: Path) -> None:
        self._policy = start.policy(self.name)
        self._site = start.blueprint.site
        self._planner = Planner(self._site, TICKS)
        self._file = file
        self.times_s: dict[str, list[float]] = {"plan": [], "highs": [], "naive": [], "arrays": []}
        self.worst = 0.0

    def decide(self, seen: Observation) -> Decision:
        decision, plan_s = timed(lambda: self._policy.decide(seen))
        forecast = decision.plan.forecast if decision.plan else None
        if forecast and len(seen.tasks) == TASKS and seen.ticks_left >= TICKS:
            self.times_s["plan"].append(plan_s)
            self._race(pose(self._site, seen, forecast, exit_price(self._site, forecast)))
        return decision

    def _race(self, problem: Problem) -> None:
        cost, unit = self._export(problem)
        peers = {
            "highs": self._highs(unit),
            "naive": lambda: least_cost(problem, self._site, range(TICKS)),
            "arrays": lambda: least_cost(problem, self._site, [slice(None)]),
        }
        for peer, work in peers.items():
            found, took_s = timed(work)
            self.times_s[peer].append(took_s)
            self.worst = max(self.worst, abs(found - cost) / max(abs(cost), 1.0))

    def _export(self, problem: Problem) -> tuple[float, float]:
        """Write the planner's own matrix to the file; returns its least cost, and the money in a unit of it."""
        solution = self._planner.solve(problem, Guard())
        # The seam has no other way to a matrix, and none but a bench wants one.
        matrix = self._planner._model(problem, exclusive=False)._matrix
        matrix._model.write(str(self._file))
        cost = solution.cost if solution else math.nan
        return cost, cost / matrix.objective

    def _highs(self, unit: float) -> Callable[[], float]:
        """HiGHS with the matrix read, ready to run."""
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.readModel(str(self._file))

        def run() -> float:
            highs.run()
            return float(highs.getObjectiveValue()) * unit

        return run
