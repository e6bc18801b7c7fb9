"""One horizon's model, kept and updated from tick to tick."""

from collections.abc import Iterator

import numpy as np

from twin.control.planner.columns import Group
from twin.control.planner.loading import Loader
from twin.control.planner.matrix import DUST, Layout, Matrix
from twin.control.planner.problem import Job, Problem, Site, Solution, Switches, running_profile
from twin.facts import Floats, Violation


class Model:
    """Solves all problems of one layout."""

    def __init__(self, site: Site, layout: Layout) -> None:
        self._site = site
        self._matrix = Matrix(site, layout)

    def solve(self, problem: Problem, switches: Switches, max_nodes: int, max_seconds: float) -> Solution | None:
        """The best plan found within the guard, or None if there is none."""
        loader = Loader(self._site, self._matrix, problem)
        loader.load(switches)
        status = self._matrix.optimise(max_nodes, max_seconds)
        return Reader(self._site, self._matrix, problem, loader).solution(status) if status else None


class Reader:
    """Reads a solved matrix as a solution, in J and money."""

    def __init__(self, site: Site, matrix: Matrix, problem: Problem, loader: Loader) -> None:
        self._site = site
        self._matrix = matrix
        self._problem = problem
        self._price = loader.price
        self._values = matrix.numbers.solution()
        self._tied = float(loader.ties @ self._values)

    def solution(self, status: str) -> Solution:
        matrix = self._matrix
        overflow = self._energies(matrix.overflow)
        storages = [
            (
                self._energies(columns.charged),
                self._energies(columns.discharged),
                self._energies(columns.stored) - self._energies(columns.below) + self._energies(columns.above),
            )
            for columns in matrix.storages
        ]
        charge_j, discharge_j, stored_j = np.array(storages).transpose(1, 0, 2)
        return Solution(
            charge_j=charge_j,
            discharge_j=discharge_j,
            import_j=self._energies(matrix.imported),
            export_j=self._energies(matrix.exported) + overflow,
            curtailed_j=self._energies(matrix.curtailed),
            stored_j=stored_j,
            jobs_j=self._jobs(),
            shadow_prices=self._shadow_prices(),
            cost=(matrix.objective - self._tied) * self._price * self._site.unit_j,
            status=status,
            violations=(*self._violations(), *self._deadlines()),
        )

    def _energies(self, columns: Group) -> Floats:
        return self._clean(self._values[columns.place[: len(self._problem)]])

    def _clean(self, values: Floats) -> Floats:
        """In J, without the solver's dust."""
        return np.where(np.abs(values) < DUST, 0.0, values) * self._site.unit_j

    def _shadow_prices(self) -> Floats:
        duals, ticks = self._matrix.numbers.duals(), len(self._problem)
        each = zip(self._matrix.storages, self._site.storages.values(), strict=True)
        return np.array(
            [-duals[columns.state.place[:ticks]] * (storage.retention * self._price) for columns, storage in each]
        )

    def _jobs(self) -> Floats:
        ticks = len(self._problem)
        waiting = iter(self._matrix.jobs)
        served = [
            running_profile(job, ticks)
            if job.shape == "running"
            else self._clean(next(waiting).served(self._values, ticks))
            for job in self._problem.jobs
        ]
        return np.array(served).reshape(len(served), ticks)

    def _violations(self) -> Iterator[Violation]:
        """What the first tick cannot keep."""
        matrix = self._matrix
        slacks = []
        for name, columns in zip(self._site.storages, matrix.storages, strict=True):
            slacks += [("stored_below", name, columns.below), ("stored_above", name, columns.above)]
        slacks += [("import_limit", "market", matrix.unserved), ("export_limit", "market", matrix.overflow)]
        for kind, subject, group in slacks:
            amount_j = self._energies(group)[0]
            if amount_j > self._site.least_j:
                yield Violation(kind, subject, float(amount_j))

    def _deadlines(self) -> Iterator[Violation]:
        waiting: list[Job] = [job for job in self._problem.jobs if job.shape != "running"]
        for columns, job in zip(self._matrix.jobs, waiting, strict=True):
            late_j = self._values[columns.late.idx] * (job.energy_j if job.shape == "profile" else self._site.unit_j)
            if job.announced and late_j > self._site.least_j:
                yield Violation("deadline", job.name, float(late_j))
