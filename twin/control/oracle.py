"""The oracle: plans the whole trace at once, then replays it. A bound that no policy without foresight can reach."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields, replace
from typing import TypeVar

import numpy as np

from twin.control.planned import Solver, as_plan
from twin.control.planner import Guard, Job, Problem, Site, Solution
from twin.control.posing import curtailed, decided_by, job, shadow_price, starts
from twin.control.reasons import reason
from twin.errors import PlanError
from twin.facts import Calendar, Decision, Observation, OpenTask, State, Task, hold
from twin.facts import replace as replace_fact

Pose = Callable[[Mapping[str, float], tuple[Job, ...]], Problem]
"""The whole run as one problem, given the energy in each storage at its start, and its jobs."""


class Oracle:
    """Follows the plan that has the least net cost over the whole run.

    It is exact where the storages are linear; for other kinds it plans on the linear account of them and then follows
    the planned stored energy, so that small errors do not add up.
    """

    name = "oracle"

    def __init__(
        self,
        site: Site,
        pose: Pose,
        tasks: tuple[Task, ...],
        solver: Solver,
        guard: Guard,
        unavoidable_cost: float = 0.0,
    ) -> None:
        self._site = site
        self._pose = pose
        self._tasks = tasks
        self._solver = solver
        self._guard = guard
        self._unavoidable_cost = unavoidable_cost
        self._start_j: Mapping[str, float] | None = None
        self._problem: Problem | None = None
        self._solution: Solution | None = None

    @property
    def planned_net_cost(self) -> float | None:
        """The net cost as planned, where a storage is not linear and the replay may differ from it."""
        if self._site.is_exact or self._problem is None or self._solution is None:
            return None
        start_worth = sum(start.stored_j * start.end_price for start in self._problem.starts)
        return self._solution.cost + start_worth + self._unavoidable_cost

    @property
    def is_proven(self) -> bool:
        """Whether the search for the plan went to its end; if not, it is no bound."""
        return self._solution is None or self._solution.status == "optimal"

    def decide(self, seen: Observation) -> Decision:
        problem, solution, plan_s = self._solved(seen)
        number, tick_s = seen.tick.number, self._site.tick_s
        now, wanted = tick_of(problem, number), tick_of(solution, number)
        served_w = dict(zip(map(task_key, self._tasks), (wanted.jobs_j[:, 0] / tick_s).tolist(), strict=True))
        return Decision(
            solar_w=curtailed(seen.solar, float(wanted.curtailed_j[0]) / tick_s),
            storage={name: hold(power_w) for name, power_w in self._powers_w(seen, wanted)},
            tasks_w=tuple(served_w.get(task_key(stand.task), 0.0) for stand in seen.tasks),
            reason=reason(self._with_limits(now, seen), wanted, self._site),
            by=decided_by(solution),
            shadow_price=shadow_price(wanted),
            plan=as_plan(wanted, None, plan_s),
        )

    def summed(self, seen: Observation, start: int, stop: int) -> Decision:
        """What is planned for some ticks together, without the set-points that do it."""
        problem, solution, plan_s = self._solved(seen)
        now, wanted = tick_of(problem, start), sum_of(solution, start, stop)
        return Decision(
            solar_w={},
            storage={},
            tasks_w=(0.0,) * len(seen.tasks),
            reason=reason(self._with_limits(now, seen), wanted, self._site),
            by=decided_by(solution),
            shadow_price=shadow_price(wanted),
            plan=as_plan(wanted, None, plan_s),
        )

    def state(self) -> State:
        return {"start_j": self._start_j}

    def restore(self, state: State) -> None:
        self._start_j = state["start_j"]

    def _solved(self, seen: Observation) -> tuple[Problem, Solution, float | None]:
        """The run's problem and solution, and how long it took if it was solved just now."""
        plan_s = None
        if self._problem is None or self._solution is None:
            if self._start_j is None:
                self._start_j = seen.stored_j
            started_s = time.perf_counter()
            self._problem = self._pose(self._start_j, tuple(self._job(task) for task in self._tasks))
            self._solution = self._solver.solve(self._problem, self._guard)
            plan_s = time.perf_counter() - started_s
        if self._solution is None:
            raise PlanError("oracle", f"no plan for {len(self._problem)} ticks within {self._guard.max_nodes} nodes")
        return self._problem, self._solution, plan_s

    def _job(self, task: Task) -> Job:
        return job(OpenTask(task, task.energy_j), 0, task.end, self._site.tick_s)

    def _with_limits(self, now: Problem, seen: Observation) -> Problem:
        return replace(now, starts=starts(self._site, seen.stored_j, seen.storage, 0.0))

    def _powers_w(self, seen: Observation, wanted: Solution) -> Iterator[tuple[str, float]]:
        """Each storage's power by its name [W]."""
        tick_s = self._site.tick_s
        for index, (name, storage) in enumerate(self._site.storages.items()):
            if storage.exact:
                yield name, float(wanted.discharge_j[index, 0] - wanted.charge_j[index, 0]) / tick_s
                continue
            kept_j = storage.retention * seen.stored_j[name] - storage.standing_j
            rise_j = float(wanted.stored_j[index, 0]) - kept_j
            yield name, -rise_j / (storage.charge_gain if rise_j > 0 else storage.discharge_drain) / tick_s


class SteppedOracle:
    """An oracle that plans, and decides, in the steps of its ticks."""

    name = Oracle.name

    def __init__(self, inner: Oracle, calendar: Calendar) -> None:
        """`inner` counts steps; `calendar` counts ticks."""
        self._inner = inner
        self._calendar = calendar

    @property
    def planned_net_cost(self) -> float | None:
        return self._inner.planned_net_cost

    @property
    def is_proven(self) -> bool:
        return self._inner.is_proven

    def decide(self, seen: Observation) -> Decision:
        """What is kept of a tick: the sum of what is planned for its steps."""
        first = seen.tick.number * self._calendar.steps
        return self._inner.summed(seen, first, first + self._calendar.steps)

    def at_step(self, here: Observation, step: int) -> Decision:
        steps = self._calendar.steps
        stands = tuple(replace_fact(stand, task=in_steps(stand.task, steps)) for stand in here.tasks)
        return self._inner.decide(replace_fact(here, tick=self._calendar.by_step.tick(step), tasks=stands))

    def state(self) -> State:
        return self._inner.state()

    def restore(self, state: State) -> None:
        self._inner.restore(state)


Arrays = TypeVar("Arrays", Problem, Solution)


def task_key(task: Task) -> tuple[str, int]:
    """A task's name is unique within its day."""
    return task.name, task.known_from


def tick_of(whole: Arrays, number: int) -> Arrays:
    """One tick of a whole run's problem or solution, as a horizon of its own."""
    parts = {
        field.name: getattr(whole, field.name)[..., number : number + 1]
        for field in fields(whole)
        if is_series(whole, field)
    }
    return replace(whole, **parts)


def in_steps(task: Task, steps: int) -> Task:
    """A task whose window is counted in steps."""
    return replace(task, known_from=task.known_from * steps, start=task.start * steps, end=task.end * steps)


def sum_of(whole: Solution, start: int, stop: int) -> Solution:
    """Some ticks of a whole run's solution as one: its flows are sums, `stored_j` is that after the last."""
    of = {field.name: getattr(whole, field.name) for field in fields(whole) if is_series(whole, field)}
    sums = {name: values[..., start:stop].sum(axis=-1, keepdims=True) for name, values in of.items()}
    last, first = {"stored_j": stop - 1}, {"shadow_prices": start}
    picked = {name: of[name][..., place : place + 1] for name, place in (last | first).items()}
    return replace(whole, **(sums | picked))


def is_series(whole: Arrays, field: Field[object]) -> bool:
    return isinstance(getattr(whole, field.name), np.ndarray)
