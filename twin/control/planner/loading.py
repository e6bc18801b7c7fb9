"""The numbers of one problem, put into a matrix.

Energies are counted in `site.unit_j`, money in the problem's highest price. Of plans that cost the same, the one is
taken that keeps options open: `LATE` makes trading with the grid and curtailing dearer the earlier they are, `EARLY`
serves tasks as early as that allows. What is still equal is decided by `TIE`: each unit charged, discharged, served or
curtailed costs a little, and the more the later it is.
"""

import math

import numpy as np
from numpy.typing import NDArray

from twin.control.planner.columns import JobColumns, StorageColumns
from twin.control.planner.matrix import TOLERANCE, Matrix
from twin.control.planner.pool import pooled
from twin.control.planner.problem import Job, Problem, Site, Start, Switches, Worth, running_j
from twin.facts import Floats, LinearStorage

TIE = 1e-7
LATE = 1e-5
"""What it costs to trade or curtail now and not at the horizon's end, as a part of the highest price."""
EARLY = 3.0 * LATE
"""What it costs to serve a task at the horizon's end and not now: more than trading late for it saves."""
LEAK = 1e-3
"""Of what is stored; where less leaks within a horizon, leakage is no reason to sell or waste sun before storing it."""
SOON = 1000
"""Deadlines further away than so many ticks are equally far."""
HARD = 10.0
"""How much worse than unserved energy it is to leave the storage's band or the export limit."""


class Loader:
    """Sets the costs, bounds and right-hand sides of a matrix for one problem.

    `price` is its unit of money; `ties` is the part of the columns' costs that nobody pays.
    """

    def __init__(self, site: Site, matrix: Matrix, problem: Problem) -> None:
        self.price = max(float(np.abs([problem.import_price, problem.export_price]).max()), 1e-12)
        self._site = site
        self._matrix = matrix
        self._numbers = matrix.numbers
        self.ties = np.zeros_like(matrix.numbers.cost)
        self._problem = problem
        self._ticks = matrix.layout.ticks
        self._inside = np.arange(self._ticks) < len(problem)
        self._tie = TIE * (1.0 + np.arange(self._ticks) / self._ticks)
        elapsed = np.minimum(np.arange(self._ticks) / len(problem), 1.0)
        self._late = LATE * (1.0 - elapsed)
        self._hasty = self._late if problem.is_certain else self._late + self._leak_cost()
        self._early = EARLY * elapsed
        self._running_j = running_j(problem)
        self._solar = self._padded(problem.solar_j / site.unit_j)
        self._fixed = self._padded(problem.fixed_solar_j / site.unit_j)
        self._unserved_price = site.unserved_price / self.price

    def load(self, switches: Switches) -> None:
        self._load_market()
        self._load_demand()
        storages = zip(self._matrix.storages, self._site.storages.values(), self._problem.starts, strict=True)
        for of_storage, storage, start in storages:
            self._load_storage(of_storage, storage, start)
        if self._problem.worth is not None:
            self._load_worth(self._problem.worth)
        waiting = [job for job in self._problem.jobs if job.shape != "running"]
        for columns, job in zip(self._matrix.jobs, waiting, strict=True):
            self._load_job(columns, job)
        if self._matrix.importing:
            self._load_switches(switches)
        self._numbers.cost += self.ties

    def _padded(self, values: Floats | NDArray[np.bool_]) -> Floats:
        """With zeros up to the model's ticks."""
        padded = np.zeros(self._ticks)
        padded[: len(values)] = values
        return padded

    def _load_switches(self, switches: Switches) -> None:
        """Have only those switches decided that are needed; the others merely bound the sum of two flows."""
        for group, wanted in self._matrix.switches(switches):
            self._numbers.integer[group.place] = self._padded(wanted) > 0.0
        self._tighten_trading(self._padded(switches.trading) > 0.0)

    def _tighten_trading(self, decided: NDArray[np.bool_]) -> None:
        """Bound import and export by what a tick can use and give, and fix the switch where one of them is none.

        Charging makes import the greatest, discharging export. Curtailing while importing pays at negative prices only.
        """
        matrix, numbers, unit = self._matrix, self._numbers, self._site.unit_j
        most_in = sum(numbers.upper[columns.charged.place] for columns in matrix.storages)
        most_out = sum(numbers.upper[columns.discharged.place] for columns in matrix.storages)
        tasks = self._padded(tasks_j(self._problem) / unit)
        demand = numbers.upper[matrix.unserved.place]
        used = np.where(numbers.cost[matrix.imported.place] < 0.0, self._fixed, self._solar)
        most_imported = np.maximum(demand + tasks + most_in - used, 0.0)
        most_exported = np.maximum(self._solar + most_out - demand, 0.0)
        for columns, most in ((matrix.imported, most_imported), (matrix.exported, most_exported)):
            upper = numbers.upper[columns.place]
            numbers.upper[columns.place] = np.where(decided, np.minimum(upper, most), upper)
        numbers.lower[matrix.importing.place] = decided & (most_exported <= 0.0)
        numbers.upper[matrix.importing.place] = ~decided | (most_imported > 0.0) | (most_exported <= 0.0)

    def _leak_cost(self) -> Floats:
        """What it costs to make up by the horizon's end for what leaks of a unit that is stored in each tick."""
        storage = pooled(self._site).storage
        leak = min(1.0 - storage.retention, LEAK / len(self._problem))
        made_up = leak * np.maximum((self._problem.export_price + storage.wear_price) / self.price, 0.0)
        return self._padded(made_up.sum() - np.cumsum(made_up))

    def _load_market(self) -> None:
        matrix, problem, unit = self._matrix, self._problem, self._site.unit_j
        cost, upper = self._numbers.cost, self._numbers.upper
        export_price = self._padded(problem.export_price / self.price)
        cost[matrix.imported.place] = self._padded(problem.import_price / self.price)
        self.ties[matrix.imported.place] = self._late
        upper[matrix.imported.place] = np.where(self._inside, problem.import_limit_j / unit, 0.0)
        cost[matrix.exported.place] = -export_price
        self.ties[matrix.exported.place] = self._hasty
        upper[matrix.exported.place] = np.where(self._inside, problem.export_limit_j / unit, 0.0)
        cost[matrix.overflow.place] = HARD * self._unserved_price - export_price
        upper[matrix.overflow.place] = self._fixed
        cost[matrix.curtailed.place] = 0.0
        self.ties[matrix.curtailed.place] = self._tie + self._hasty
        upper[matrix.curtailed.place] = self._solar - self._fixed

    def _load_demand(self) -> None:
        matrix, problem, unit = self._matrix, self._problem, self._site.unit_j
        numbers = self._numbers
        demand = self._padded((problem.demand_j + self._running_j) / unit)
        numbers.cost[matrix.unserved.place] = self._unserved_price
        self.ties[matrix.unserved.place] = self._tie
        numbers.upper[matrix.unserved.place] = demand
        numbers.side[matrix.balance.place] = demand - self._solar
        if matrix.room:
            room = self._padded((problem.room_j - self._running_j) / unit)
            numbers.side[matrix.room.place] = np.maximum(room, 0.0)

    def _load_storage(self, columns: StorageColumns, storage: LinearStorage, start: Start) -> None:
        unit = self._site.unit_j
        cost, lower, upper, side = self._numbers.cost, self._numbers.lower, self._numbers.upper, self._numbers.side
        charged, discharged, stored = columns.charged.place, columns.discharged.place, columns.stored.place
        cost[charged] = cost[discharged] = storage.wear_price / self.price
        self.ties[charged] = self.ties[discharged] = self._tie
        upper[charged] = np.where(self._inside, storage.max_charge_j / unit, 0.0)
        upper[discharged] = np.where(self._inside, storage.max_discharge_j / unit, 0.0)
        upper[charged[0]] = start.charge_j / unit
        upper[discharged[0]] = start.discharge_j / unit
        lower[stored] = np.where(self._inside, storage.min_j / unit, 0.0)
        upper[stored] = np.where(self._inside, storage.max_j / unit, math.inf)
        cost[stored] = 0.0
        if self._problem.worth is None:
            cost[stored[len(self._problem) - 1]] = -start.end_price / self.price
        hard = np.where(self._inside, HARD * self._unserved_price, 0.0)
        cost[columns.below.place] = cost[columns.above.place] = hard
        too_full = start.stored_j > storage.max_j * (1.0 + TOLERANCE)
        upper[columns.above.place] = math.inf if too_full else 0.0
        side[columns.state.place] = -storage.standing_j / unit
        side[columns.state.place[0]] = (storage.retention * start.stored_j - storage.standing_j) / unit

    def _load_worth(self, worth: Worth) -> None:
        matrix, unit = self._matrix, self._site.unit_j
        cost, upper, side = self._numbers.cost, self._numbers.upper, self._numbers.side
        upper[matrix.pieces.place] = np.diff(worth.position_j) / unit
        cost[matrix.pieces.place] = -worth.price / self.price
        cost[matrix.lack.idx] = self._unserved_price
        side[matrix.position.idx] = worth.position_j[0] / unit

    def _load_job(self, columns: JobColumns, job: Job) -> None:
        unit = self._site.unit_j
        cost, upper, side = self._numbers.cost, self._numbers.upper, self._numbers.side
        # A start is a whole job, all other columns are energies.
        whole = job.energy_j / unit if job.shape == "profile" else 1.0
        # With a worth of the position, what a job still wants is priced there.
        later_price = 0.0 if self._problem.worth else float(self._problem.import_price.mean()) / self.price
        cost[columns.late.idx] = self._unserved_price * whole
        cost[columns.later.idx] = later_price * whole
        upper[columns.later.idx] = min(job.later_j, job.energy_j) / unit / whole
        side[columns.row.idx] = 1.0 if job.shape == "profile" else job.energy_j / unit
        # With a worth, which knows no order, storing goes before serving early, and the most urgent is served first.
        urgency = 100.0 * (1.0 + min(job.due, SOON) / SOON) if self._problem.worth else 1.0
        beyond = beyond_j(job, len(self._problem) - columns.ticks) / unit
        cost[columns.main.place] = later_price * beyond
        self.ties[columns.main.place] = urgency * self._tie[columns.ticks] + self._early[columns.ticks] * whole
        allowed = (columns.ticks >= job.first) & (columns.ticks < job.last)
        most = 1.0 if job.shape == "profile" else job.most_j / unit
        upper[columns.main.place] = np.where(allowed, most, 0.0)
        if columns.on:
            upper[columns.on.place] = allowed
            # The last tick of a block may be a part of one: its minimum is what is left.
            side[columns.least.place] = -max(job.min_j - job.energy_j, 0.0) / unit


def tasks_j(problem: Problem) -> Floats:
    """What the tasks that wait can take at most in each tick."""
    most_j = np.zeros(len(problem))
    for job in problem.jobs:
        if job.shape == "profile":
            most_j[job.first : job.last + len(job.profile_j) - 1] += max(job.profile_j)
        elif job.shape != "running":
            most_j[job.first : job.last] += job.most_j
    return most_j


def beyond_j(job: Job, ticks_left: NDArray[np.intp]) -> Floats:
    """What a job that starts with so many ticks left takes after them."""
    rest_j = np.cumsum([0.0, *job.profile_j[::-1]])[::-1]
    beyond: Floats = rest_j[np.clip(ticks_left, 0, len(job.profile_j))]
    return beyond
