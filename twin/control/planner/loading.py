"""The numbers of one problem, put into a matrix.

Energies are counted in `site.unit_j`, money in the problem's highest price. Ties between plans of equal cost are broken
by `TIE`: each unit charged, discharged, served or curtailed costs a little, and the more the later it is.
"""

import math

import numpy as np

from twin.control.planner.matrix import TOLERANCE, JobColumns, Matrix
from twin.control.planner.problem import Job, Problem, Site, Worth, running_j
from twin.facts import Floats

TIE = 1e-7
SOON = 1000
"""Deadlines further away than so many ticks are equally far."""
HARD = 10.0
"""How much worse than unserved energy it is to leave the storage's band or the export limit."""


class Loader:
    """Sets the costs, bounds and right-hand sides of a matrix for one problem; `price` is its unit of money."""

    def __init__(self, site: Site, matrix: Matrix, problem: Problem) -> None:
        self.price = max(float(np.abs([problem.import_price, problem.export_price]).max()), 1e-12)
        self._site = site
        self._matrix = matrix
        self._problem = problem
        self._ticks = matrix.layout.ticks
        self._valid = len(problem)

    def load(self) -> None:
        self._load_market()
        self._load_demand()
        self._load_storage()
        if self._problem.worth is not None:
            self._load_worth(self._problem.worth)
        waiting = [job for job in self._problem.jobs if job.shape != "running"]
        for columns, job in zip(self._matrix.jobs, waiting, strict=True):
            self._load_job(columns, job)

    def _tie(self, k: int) -> float:
        return TIE * (1.0 + k / self._ticks)

    def _load_market(self) -> None:
        matrix, problem, unit = self._matrix, self._problem, self._site.unit_j
        import_price = padded(problem.import_price / self.price, self._ticks)
        export_price = padded(problem.export_price / self.price, self._ticks)
        solar = padded(problem.solar_j / unit, self._ticks)
        hard = HARD * self._site.unserved_price / self.price
        for k in range(self._ticks):
            inside = k < self._valid
            matrix.imported[k].obj = import_price[k]
            matrix.imported[k].ub = problem.import_limit_j / unit if inside else 0.0
            matrix.exported[k].obj = -export_price[k]
            matrix.exported[k].ub = problem.export_limit_j / unit if inside else 0.0
            matrix.overflow[k].obj = hard - export_price[k]
            matrix.overflow[k].ub = 0.0 if self._site.curtailable else solar[k]
            matrix.curtailed[k].obj = self._tie(k)
            matrix.curtailed[k].ub = solar[k] if self._site.curtailable else 0.0

    def _load_demand(self) -> None:
        matrix, problem, unit = self._matrix, self._problem, self._site.unit_j
        running = running_j(problem)
        demand = padded((problem.demand_j + running) / unit, self._ticks)
        solar = padded(problem.solar_j / unit, self._ticks)
        unserved_price = self._site.unserved_price / self.price
        for k in range(self._ticks):
            matrix.unserved[k].obj = unserved_price + self._tie(k)
            matrix.unserved[k].ub = demand[k]
            matrix.balance[k].rhs = demand[k] - solar[k]
        if matrix.room:
            for row, room in zip(matrix.room, padded((problem.room_j - running) / unit, self._ticks), strict=True):
                row.rhs = max(room, 0.0)

    def _load_storage(self) -> None:
        matrix, problem, storage, unit = self._matrix, self._problem, self._site.storage, self._site.unit_j
        hard = HARD * self._site.unserved_price / self.price
        wear = storage.wear_price / self.price
        too_full = problem.stored_j > storage.max_j * (1.0 + TOLERANCE)
        for k in range(self._ticks):
            inside = k < self._valid
            matrix.charged[k].obj = matrix.discharged[k].obj = wear + self._tie(k)
            matrix.charged[k].ub = storage.max_charge_j / unit if inside else 0.0
            matrix.discharged[k].ub = storage.max_discharge_j / unit if inside else 0.0
            matrix.stored[k].lb = storage.min_j / unit if inside else 0.0
            matrix.stored[k].ub = storage.max_j / unit if inside else math.inf
            matrix.stored[k].obj = 0.0
            matrix.below[k].obj = matrix.above[k].obj = hard if inside else 0.0
            matrix.above[k].ub = math.inf if too_full else 0.0
            matrix.state[k].rhs = -storage.standing_j / unit
        matrix.charged[0].ub = problem.first_charge_j / unit
        matrix.discharged[0].ub = problem.first_discharge_j / unit
        matrix.state[0].rhs = (storage.retention * problem.stored_j - storage.standing_j) / unit
        if problem.worth is None:
            matrix.stored[self._valid - 1].obj = -problem.terminal_price / self.price

    def _load_worth(self, worth: Worth) -> None:
        matrix, unit = self._matrix, self._site.unit_j
        widths, prices = np.diff(worth.position_j) / unit, worth.price / self.price
        for piece, width, price in zip(matrix.pieces, widths.tolist(), prices.tolist(), strict=True):
            piece.ub = width
            piece.obj = -price
        matrix.lack.obj = self._site.unserved_price / self.price
        matrix.position.rhs = float(worth.position_j[0]) / unit

    def _load_job(self, columns: JobColumns, job: Job) -> None:
        unit = self._site.unit_j
        # A start is a whole job, all other columns are energies.
        whole = job.energy_j / unit if job.shape == "profile" else 1.0
        # With a worth of the position, what a job still wants is priced there.
        later_price = 0.0 if self._problem.worth else float(self._problem.import_price.mean()) / self.price
        columns.late.obj = self._site.unserved_price / self.price * whole
        columns.later.obj = later_price * whole
        columns.later.ub = min(job.later_j, job.energy_j) / unit / whole
        columns.row.rhs = 1.0 if job.shape == "profile" else job.energy_j / unit
        # With a worth, which knows no order, storing goes before serving early, and the most urgent is served first.
        urgency = 100.0 * (1.0 + min(job.due, SOON) / SOON) if self._problem.worth else 1.0
        for k, column in columns.main.items():
            beyond_j = sum(job.profile_j[max(self._valid - k, 0) :])
            column.obj = urgency * self._tie(k) + later_price * beyond_j / unit
            most = 1.0 if job.shape == "profile" else job.most_j / unit
            column.ub = most if job.first <= k < job.last else 0.0
        # The last tick of a block may be a part of one: its minimum is what is left.
        slack = max(job.min_j - job.energy_j, 0.0) / unit
        for k, switch in columns.on.items():
            switch.ub = 1.0 if job.first <= k < job.last else 0.0
            columns.least[k].rhs = -slack


def padded(values: Floats, ticks: int) -> list[float]:
    """The values as a list, with zeros up to `ticks`."""
    return [*values.tolist(), *([0.0] * (ticks - len(values)))]
