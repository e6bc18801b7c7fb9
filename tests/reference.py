"""What is cheapest, written down a second time: a program for scipy's HiGHS, with a binary wherever it could matter."""

import math
from collections.abc import Iterable

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from twin.control.planner import Job, Problem, Site, Solution

HARD = 10.0
"""Leaving the storage's band or the export limit costs so many times the price of unserved energy."""
MOST_J = 1e4
"""No flow of a test's tick is larger."""
Terms = list[tuple[int, float]]


class Program:
    """Grows column by column and row by row."""

    def __init__(self) -> None:
        self._columns: list[tuple[float, float, float, bool]] = []
        self._rows: list[tuple[Terms, float, float]] = []

    def column(self, cost: float = 0.0, most: float = math.inf, *, least: float = 0.0, whole: bool = False) -> int:
        self._columns.append((cost, least, most, whole))
        return len(self._columns) - 1

    def switch(self) -> int:
        return self.column(0.0, 1.0, whole=True)

    def row(self, terms: Terms, low: float, high: float) -> None:
        self._rows.append((terms, low, high))

    def least_cost(self) -> float:
        cost, least, most, whole = map(np.array, zip(*self._columns, strict=True))
        entries = [(factor, i, column) for i, (terms, _, _) in enumerate(self._rows) for column, factor in terms]
        factors, rows, columns = zip(*entries, strict=True)
        matrix = coo_array((factors, (rows, columns)), shape=(len(self._rows), len(cost))).tocsr()
        low, high = zip(*[row[1:] for row in self._rows], strict=True)
        limits = LinearConstraint(matrix, low, high)
        answer = milp(
            cost, constraints=limits, bounds=Bounds(least, most), integrality=whole, options={"mip_rel_gap": 1e-9}
        )
        return float(answer.fun)


def least_cost(problem: Problem, site: Site) -> float:
    """The objective of the best plan: money, wear, what is late or unserved, less what is left in store."""
    program, ticks = Program(), len(problem)
    tasks: list[Terms] = [[] for _ in range(ticks)]
    running_j = np.zeros(ticks)
    for job in problem.jobs:
        if job.shape == "running":
            running_j += np.pad(job.profile_j, (0, ticks))[:ticks]
        else:
            add_job(program, problem, site, job, tasks)
    before: Terms = []
    for k in range(ticks):
        charged, discharged, before = add_store(program, problem, site, k, before)
        add_bus(program, problem, site, k, running_j[k], tasks[k], [(charged, -1.0), (discharged, 1.0)])
    return program.least_cost()


def add_store(program: Program, problem: Problem, site: Site, k: int, before: Terms) -> tuple[int, int, Terms]:
    """What one tick charges and discharges, and the terms of what is stored when it is over."""
    (storage,), (start,) = site.storages.values(), problem.starts
    dear = HARD * site.unserved_price
    too_full = start.stored_j > storage.max_j * (1 + 1e-9)
    charged = program.column(storage.wear_price, start.charge_j if k == 0 else storage.max_charge_j)
    discharged = program.column(storage.wear_price, start.discharge_j if k == 0 else storage.max_discharge_j)
    worth = -start.end_price if k == len(problem) - 1 else 0.0
    stored = program.column(worth, storage.max_j, least=storage.min_j)
    now = [(stored, 1.0), (program.column(dear), -1.0), (program.column(dear, math.inf if too_full else 0.0), 1.0)]
    flow = [(charged, -storage.charge_gain), (discharged, storage.discharge_drain)]
    kept_j = (0.0 if before else storage.retention * start.stored_j) - storage.standing_j
    program.row([*now, *flow, *((c, -storage.retention * factor) for c, factor in before)], kept_j, kept_j)
    never_both(program, (charged,), (discharged,))
    return charged, discharged, now


def add_bus(
    program: Program, problem: Problem, site: Site, k: int, running_j: float, tasks: Terms, stores: Terms
) -> None:
    """One tick's balance and the room for tasks."""
    need_j, solar_j = problem.demand_j[k] + running_j, problem.solar_j[k]
    stuck_j = problem.fixed_solar_j[k]
    bought = program.column(problem.import_price[k], problem.import_limit_j)
    sold = program.column(-problem.export_price[k], problem.export_limit_j)
    curtailed = program.column(0.0, solar_j - stuck_j)
    spilled = program.column(HARD * site.unserved_price - problem.export_price[k], stuck_j)
    unserved = program.column(site.unserved_price, need_j)
    out = [(column, -1.0) for column in (sold, spilled, curtailed)] + [(c, -factor) for c, factor in tasks]
    program.row([(bought, 1.0), (unserved, 1.0), *stores, *out], need_j - solar_j, need_j - solar_j)
    if math.isfinite(problem.room_j[k]) and tasks:
        program.row(tasks, -math.inf, max(problem.room_j[k] - running_j, 0.0))
    never_both(program, (bought,), (sold, spilled))


def never_both(program: Program, one: tuple[int, ...], other: tuple[int, ...]) -> None:
    switch = program.switch()
    program.row([*((c, 1.0) for c in one), (switch, -MOST_J)], -math.inf, 0.0)
    program.row([*((c, 1.0) for c in other), (switch, MOST_J)], -math.inf, MOST_J)


def add_job(program: Program, problem: Problem, site: Site, job: Job, tasks: list[Terms]) -> None:
    """A job's columns and rows; what it takes from the bus is added to `tasks`."""
    later_price = float(problem.import_price.mean())
    late, later = program.column(site.unserved_price), program.column(later_price, min(job.later_j, job.energy_j))
    window = range(job.first, min(job.last, len(problem)))
    if job.shape == "profile":
        served = [(start, job.energy_j) for start in add_starts(program, job, window, tasks, later_price)]
    else:
        served = [(add_power(program, job), 1.0) for _ in window]
        for k, term in zip(window, served, strict=True):
            tasks[k].append(term)
    program.row([*served, (late, 1.0), (later, 1.0)], job.energy_j, job.energy_j)


def add_starts(program: Program, job: Job, window: range, tasks: list[Terms], later_price: float) -> Iterable[int]:
    """A switch for each start; the part of a profile beyond the horizon is taken to cost `later_price`."""
    for k in window:
        inside, beyond = job.profile_j[: len(tasks) - k], job.profile_j[len(tasks) - k :]
        start = program.column(later_price * sum(beyond), 1.0, whole=True)
        for place, energy_j in enumerate(inside):
            tasks[k + place].append((start, energy_j))
        yield start


def add_power(program: Program, job: Job) -> int:
    """A tick's energy; a block's is 0 or at least its minimum, or what is left if that is less."""
    power = program.column(0.0, job.max_j)
    if job.shape == "block":
        on = program.switch()
        most_j = min(job.max_j, job.energy_j)
        program.row([(power, 1.0), (on, -most_j)], -math.inf, 0.0)
        program.row([(power, 1.0), (on, -min(job.min_j, job.energy_j))], 0.0, math.inf)
    return power


def scale(problem: Problem, solution: Solution) -> float:
    """The money that a plan moves; its cost may be a small difference of large sums."""
    price = max(np.abs(problem.import_price).max(), np.abs(problem.export_price).max())
    moved_j = sum(float(np.abs(flow).sum()) for flow in (problem.demand_j, problem.solar_j, solution.jobs_j))
    stored_j = float((solution.charge_j + solution.discharge_j).sum())
    return max(abs(solution.cost), float(price) * (moved_j + stored_j))
