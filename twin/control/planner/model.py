"""One horizon as a model in CBC, kept and updated from tick to tick: the one door of mip.

Every solve starts from the same empty basis, so that it does not depend on what was solved before. CBC's tolerances are
absolute: energies are counted in `site.unit_j`, money in the problem's highest price.

Ties between plans of equal cost are broken by `TIE`: each unit charged, discharged, served late or curtailed costs a
little, and the more the later it is.
"""

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.control.planner.problem import Job, Problem, Site, Solution
from twin.facts import Floats, Violation

TIE = 1e-7
TOLERANCE = 1e-9
HARD = 10.0
"""How much worse than unserved energy it is to leave the storage's band or the export limit."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What decides a model's matrix: problems of one layout share a model."""

    ticks: int
    jobs: tuple[tuple[str, int, int, tuple[float, ...]], ...]
    """Per job its shape, the columns' first and last tick, and a profile."""
    exclusive_bound: float
    """0 without binaries against opposite flows; else what no flow of a tick exceeds, in units."""


class Model:
    """The columns, rows and numbers of one layout."""

    def __init__(self, site: Site, layout: Layout) -> None:
        import mip

        self._site = site
        self._layout = layout
        self._model = mip.Model(solver_name=mip.CBC)
        self._model.verbose = 0
        self._model.threads = 1
        self._model.opt_tol = self._model.infeas_tol = self._model.integer_tol = TOLERANCE
        self._model.max_mip_gap = 1e-7
        self._model.max_mip_gap_abs = TOLERANCE
        self._binary = mip.BINARY
        self._sum = mip.xsum
        self._fixable: list[Any] = []
        self._add_flows()
        self._jobs = [self._add_job(*job) for job in layout.jobs]
        self._add_rows()
        if layout.exclusive_bound:
            self._forbid_opposites(layout.exclusive_bound)

    # -- building ------------------------------------------------------------------------------------------------

    def _columns(self, count: int, **kind: Any) -> list[Any]:
        return [self._model.add_var(**kind) for _ in range(count)]

    def _binaries(self, count: int) -> list[Any]:
        columns = self._columns(count, var_type=self._binary)
        self._fixable += columns
        return columns

    def _add_flows(self) -> None:
        ticks = self._layout.ticks
        self.imported = self._columns(ticks)
        self.exported = self._columns(ticks)
        self.charged = self._columns(ticks)
        self.discharged = self._columns(ticks)
        self.curtailed = self._columns(ticks)
        self.unserved = self._columns(ticks)
        self.stored = self._columns(ticks)
        self.below = self._columns(ticks)
        self.above = self._columns(ticks)
        self.overflow = self._columns(ticks)

    def _add_job(self, shape: str, first: int, last: int, profile: tuple[float, ...]) -> "JobColumns":
        late, later = self._columns(2)
        span = range(first, last)
        if shape == "profile":
            starts = dict(zip(span, self._binaries(len(span)), strict=True))
            served = {k: self._profile_at(k, starts, profile) for k in range(first, self._layout.ticks)}
            total = self._sum(starts.values())
            row = self._model.add_constr(total + late + later == 1.0)
            return JobColumns(starts, {}, served, late, later, row)
        power = dict(zip(span, self._columns(len(span)), strict=True))
        on = dict(zip(span, self._binaries(len(span)), strict=True)) if shape == "block" else {}
        row = self._model.add_constr(self._sum(power.values()) + late + later == 0.0)
        columns = JobColumns(power, on, power, late, later, row)
        for k, switch in on.items():
            self._model.add_constr(power[k] - profile[1] * switch <= 0.0)
            columns.least[k] = self._model.add_constr(power[k] - profile[0] * switch >= 0.0)
        return columns

    def _profile_at(self, k: int, starts: dict[int, Any], profile: tuple[float, ...]) -> Any:
        return self._sum(profile[k - s] * starts[s] for s in range(k - len(profile) + 1, k + 1) if s in starts)

    def _add_rows(self) -> None:
        storage, model = self._site.storage, self._model
        self.balance: list[Any] = []
        self.state: list[Any] = []
        self.room: list[Any] = []
        before: Any = 0.0
        for k in range(self._layout.ticks):
            tasks = self._sum(job.served[k] for job in self._jobs if k in job.served)
            supply = self.imported[k] + self.discharged[k] + self.unserved[k]
            use = self.exported[k] + self.overflow[k] + self.charged[k] + self.curtailed[k] + tasks
            self.balance.append(model.add_constr(supply - use == 0.0))
            energy = self.stored[k] - self.below[k] + self.above[k]
            flow = storage.charge_gain * self.charged[k] - storage.discharge_drain * self.discharged[k]
            self.state.append(model.add_constr(energy - before - flow == 0.0))
            before = storage.retention * energy
            if self._jobs and self._rated:
                self.room.append(model.add_constr(tasks <= 0.0))

    @property
    def _rated(self) -> bool:
        return math.isfinite(sum(self._site.rated_w))

    def _forbid_opposites(self, bound: float) -> None:
        storage, unit = self._site.storage, self._site.unit_j
        most_charge, most_discharge = storage.max_charge_j / unit, storage.max_discharge_j / unit
        for k in range(self._layout.ticks):
            importing, charging = self._binaries(2)
            self._model.add_constr(self.imported[k] - bound * importing <= 0.0)
            self._model.add_constr(self.exported[k] + self.overflow[k] + bound * importing <= bound)
            self._model.add_constr(self.charged[k] - most_charge * charging <= 0.0)
            self._model.add_constr(self.discharged[k] + most_discharge * charging <= most_discharge)

    # -- one problem ---------------------------------------------------------------------------------------------

    def solve(self, problem: Problem, max_nodes: int, max_seconds: float) -> Solution | None:
        """The best plan found within the guard, or None if there is none."""
        self._price = max(float(np.abs([problem.import_price, problem.export_price]).max()), 1e-12)
        self._load_ticks(problem)
        self._load_storage(problem)
        for columns, job in zip(self._jobs, [j for j in problem.jobs if j.shape != "running"], strict=True):
            self._load_job(columns, job, problem)
        with silent():
            status = self._optimise(max_nodes, max_seconds)
        return self._solution(problem, status) if status else None

    def _load_ticks(self, problem: Problem) -> None:
        site, unit, price = self._site, self._site.unit_j, self._price
        valid = len(problem)
        ticks = self._layout.ticks
        running = running_j(problem)
        demand = padded((problem.demand_j + running) / unit, ticks)
        solar = padded(problem.solar_j / unit, ticks)
        import_price = padded(problem.import_price / price, ticks)
        export_price = padded(problem.export_price / price, ticks)
        unserved_price = site.unserved_price / price
        most_imported, most_exported = problem.import_limit_j / unit, problem.export_limit_j / unit
        for k in range(ticks):
            tie = TIE * (1.0 + k / ticks)
            open_ub = math.inf if k < valid else 0.0
            self.imported[k].obj = import_price[k]
            self.imported[k].ub = min(most_imported, open_ub)
            self.exported[k].obj = -export_price[k]
            self.exported[k].ub = min(most_exported, open_ub)
            self.curtailed[k].obj = tie
            self.curtailed[k].ub = solar[k] if site.curtailable else 0.0
            self.unserved[k].obj = unserved_price + tie
            self.unserved[k].ub = demand[k]
            self.overflow[k].obj = HARD * unserved_price - export_price[k]
            self.overflow[k].ub = 0.0 if site.curtailable else solar[k]
            self.balance[k].rhs = demand[k] - solar[k]
        if self.room:
            for row, room in zip(self.room, padded((problem.room_j - running) / unit, ticks), strict=True):
                row.rhs = max(room, 0.0)

    def _load_storage(self, problem: Problem) -> None:
        site, storage, unit = self._site, self._site.storage, self._site.unit_j
        valid = len(problem)
        hard = HARD * site.unserved_price / self._price
        too_full = problem.stored_j > storage.max_j * (1.0 + TOLERANCE)
        for k in range(self._layout.ticks):
            tie = TIE * (1.0 + k / self._layout.ticks)
            inside = k < valid
            self.charged[k].obj = self.discharged[k].obj = tie + storage.wear_price / self._price
            self.charged[k].ub = storage.max_charge_j / unit if inside else 0.0
            self.discharged[k].ub = storage.max_discharge_j / unit if inside else 0.0
            self.stored[k].lb = storage.min_j / unit if inside else 0.0
            self.stored[k].ub = storage.max_j / unit if inside else math.inf
            self.stored[k].obj = 0.0
            self.below[k].obj = hard if inside else 0.0
            self.above[k].obj = hard if inside else 0.0
            self.above[k].ub = math.inf if too_full else 0.0
            self.state[k].rhs = -storage.standing_j / unit
        self.charged[0].ub = problem.first_charge_j / unit
        self.discharged[0].ub = problem.first_discharge_j / unit
        self.state[0].rhs = (storage.retention * problem.stored_j - storage.standing_j) / unit
        self.stored[valid - 1].obj = -problem.terminal_price / self._price

    def _load_job(self, columns: "JobColumns", job: Job, problem: Problem) -> None:
        unit, ticks = self._site.unit_j, self._layout.ticks
        later_price = float(problem.import_price.mean()) / self._price
        late_price = self._site.unserved_price / self._price
        scale = job.energy_j / unit if job.shape == "profile" else 1.0
        columns.late.obj, columns.later.obj = late_price * scale, later_price * scale
        columns.later.ub = min(job.later_j, job.energy_j) / unit / scale if scale else 0.0
        columns.row.rhs = 1.0 if job.shape == "profile" else job.energy_j / unit
        for k, column in columns.main.items():
            inside = job.first <= k < job.last
            column.obj = TIE * (1.0 + k / ticks) + self._tail_price(job, k, len(problem), later_price)
            column.ub = (1.0 if job.shape == "profile" else job.max_j / unit) if inside else 0.0
        # The last tick of a block may be a part of one: its minimum is what is left.
        slack = max(job.min_j - job.energy_j, 0.0) / unit
        for k, switch in columns.on.items():
            switch.ub = 1.0 if job.first <= k < job.last else 0.0
            columns.least[k].rhs = -slack

    def _tail_price(self, job: Job, start: int, valid: int, later_price: float) -> float:
        """What the part of a profile that reaches beyond the horizon is taken to cost."""
        return later_price * sum(job.profile_j[max(valid - start, 0) :]) / self._site.unit_j

    def _optimise(self, max_nodes: int, max_seconds: float) -> str:
        from mip import OptimizationStatus as Status

        model = self._model
        model.reset()
        free = [column for column in self._fixable if column.ub]
        if not free:
            return "optimal" if model.optimize(relax=True) == Status.OPTIMAL else ""
        status = model.optimize(max_nodes=max_nodes, max_seconds=max_seconds)
        if status not in (Status.OPTIMAL, Status.FEASIBLE) or not model.num_solutions:
            return ""
        # CBC gives no duals after branching, and ties leave noise in its last digits: fix the integers, solve the rest.
        chosen = [round(column.x) for column in free]
        try:
            for column, value in zip(free, chosen, strict=True):
                column.lb = column.ub = value
            model.reset()
            fixed = model.optimize(relax=True)
        finally:
            for column in free:
                column.lb, column.ub = 0.0, 1.0
        if fixed != Status.OPTIMAL:
            return ""
        return "optimal" if status == Status.OPTIMAL else "feasible"

    # -- what came out -------------------------------------------------------------------------------------------

    def _solution(self, problem: Problem, status: str) -> Solution:
        below, above, overflow = (self._values(c, problem) for c in (self.below, self.above, self.overflow))
        energy = self._values(self.stored, problem) - below + above
        jobs = iter(self._jobs)
        served = [
            running_profile(job, len(problem)) if job.shape == "running" else self._served(next(jobs), problem)
            for job in problem.jobs
        ]
        unserved = self._values(self.unserved, problem)
        return Solution(
            charge_j=self._values(self.charged, problem),
            discharge_j=self._values(self.discharged, problem),
            import_j=self._values(self.imported, problem),
            export_j=self._values(self.exported, problem) + overflow,
            curtailed_j=self._values(self.curtailed, problem),
            stored_j=energy,
            jobs_j=np.array(served).reshape(len(served), len(problem)),
            shadow_prices=self._shadow_prices(len(problem)),
            cost=float(self._model.objective_value) * self._price * self._site.unit_j,
            status=status,
            violations=tuple(self._violations(problem, below[0], above[0], unserved[0], overflow[0])),
        )

    def _values(self, columns: list[Any], problem: Problem) -> Floats:
        values = np.array([column.x for column in columns[: len(problem)]])
        values[np.abs(values) < 10.0 * TOLERANCE] = 0.0
        return values * self._site.unit_j

    def _shadow_prices(self, ticks: int) -> Floats:
        duals = np.array([row.pi for row in self.state[:ticks]])
        return -duals * (self._site.storage.retention * self._price)

    def _served(self, columns: "JobColumns", problem: Problem) -> Floats:
        served = np.zeros(len(problem))
        for k, power in columns.served.items():
            if k < len(problem):
                served[k] = power.x
        served[np.abs(served) < 10.0 * TOLERANCE] = 0.0
        return served * self._site.unit_j

    def _violations(
        self, problem: Problem, below_j: float, above_j: float, unserved_j: float, overflow_j: float
    ) -> Iterator[Violation]:
        least_j = 1e-6 * self._site.unit_j
        for kind, subject, amount_j in (
            ("stored_below", "storage", below_j),
            ("stored_above", "storage", above_j),
            ("import_limit", "market", unserved_j),
            ("export_limit", "market", overflow_j),
        ):
            if amount_j > least_j:
                yield Violation(kind, subject, float(amount_j))
        waiting = [job for job in problem.jobs if job.shape != "running"]
        for columns, job in zip(self._jobs, waiting, strict=True):
            late_j = columns.late.x * (job.energy_j if job.shape == "profile" else self._site.unit_j)
            if late_j > least_j:
                yield Violation("deadline", job.name, float(late_j))


class JobColumns:
    """The columns of one job: `main` are powers or starts, `on` switches, `served` what the bus sees, by tick."""

    def __init__(
        self, main: dict[int, Any], on: dict[int, Any], served: dict[int, Any], late: Any, later: Any, row: Any
    ) -> None:
        self.main, self.on, self.served = main, on, served
        self.late, self.later, self.row = late, later, row
        self.least: dict[int, Any] = {}


def padded(values: Floats, ticks: int) -> list[float]:
    """The values as a list, with zeros up to `ticks`."""
    return [*values.tolist(), *([0.0] * (ticks - len(values)))]


def running_profile(job: Job, ticks: int) -> Floats:
    """What a started job takes from now on, cut at the horizon."""
    profile = np.zeros(ticks)
    part = job.profile_j[:ticks]
    profile[: len(part)] = part
    return profile


def running_j(problem: Problem) -> Floats:
    """What all started jobs take."""
    started = [running_profile(job, len(problem)) for job in problem.jobs if job.shape == "running"]
    return np.sum(started, axis=0) if started else np.zeros(len(problem))


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Keep CBC, which prints to file descriptor 1 whatever it is told, off the standard output."""
    sys.stdout.flush()
    kept = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(null)
        os.close(kept)
