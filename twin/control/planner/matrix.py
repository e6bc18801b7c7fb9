"""The columns and rows of a horizon in CBC, and how they are solved: with `numbers` the one door of mip.

Every solve starts from the same empty basis, so that it does not depend on what was solved before.
"""

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.control.planner.columns import Group, JobColumns, StorageColumns
from twin.control.planner.numbers import Numbers
from twin.control.planner.pool import pooled
from twin.control.planner.problem import Site, Switches

TOLERANCE = 1e-9
"""CBC's tolerances are absolute; here everything is counted in units near one."""
DUST = 10.0 * TOLERANCE
"""Less than this is none."""

CUT_PASSES = 10
"""At the root; CBC's own 100 took half of a plan's time and left the plan as it was."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What decides a model's matrix: problems of one layout share a model."""

    ticks: int
    jobs: tuple[tuple[str, int, int, tuple[float, ...]], ...]
    """Per job its shape, the columns' first and last tick, and a profile."""
    exclusive_bound: float
    """0 without binaries against opposite flows; else what no flow of a tick exceeds, in units."""
    pieces: int = 0
    """Of the worth of energy at the horizon's end; 0 where it has one price."""


class Matrix:
    """The columns, rows and coefficients of one layout, whose numbers are set anew for each problem."""

    def __init__(self, site: Site, layout: Layout) -> None:
        import mip
        from mip.cbc import cbclib

        self.layout = layout
        self._site = site
        self._model = mip.Model(solver_name=mip.CBC)
        self._model.verbose = 0
        self._model.threads = 1
        self._model.opt_tol = self._model.infeas_tol = self._model.integer_tol = TOLERANCE
        # mip hands its tolerances to CBC before a full solve only; without this, relaxations would not know them.
        cbclib.Cbc_setPrimalTolerance(self._model.solver._model, TOLERANCE)
        cbclib.Cbc_setDualTolerance(self._model.solver._model, TOLERANCE)
        # Else CBC drops what is better than its first plan by less than 1e-4, and calls that one optimal.
        cbclib.Cbc_setParameter(self._model.solver._model, b"increment", b"1e-9")
        self._model.max_mip_gap = 1e-7
        self._model.cut_passes = CUT_PASSES
        self._model.max_mip_gap_abs = TOLERANCE
        self._mip = mip
        self.importing = Group()
        self._add_flows()
        self.jobs = [self._add_job(*job) for job in layout.jobs]
        self._add_rows()
        if layout.exclusive_bound:
            self._forbid_opposites(layout.exclusive_bound)
        if layout.pieces:
            self._add_worth(layout.pieces)
        self.numbers = Numbers(self._model)

    def _columns(self, count: int, **kind: Any) -> Group:
        return Group(self._model.add_var(**kind) for _ in range(count))

    def _binaries(self, count: int) -> Group:
        return self._columns(count, var_type=self._mip.BINARY)

    def _add_flows(self) -> None:
        ticks, storages = self.layout.ticks, self._site.storages
        self.imported = self._columns(ticks)
        self.exported = self._columns(ticks)
        flows = [(self._columns(ticks), self._columns(ticks)) for _ in storages]
        self.curtailed = self._columns(ticks)
        self.unserved = self._columns(ticks)
        levels = [(self._columns(ticks), self._columns(ticks), self._columns(ticks)) for _ in storages]
        self.storages = [StorageColumns(*flow, *level) for flow, level in zip(flows, levels, strict=True)]
        self.overflow = self._columns(ticks)

    def _add_job(self, shape: str, first: int, last: int, profile: tuple[float, ...]) -> JobColumns:
        late, later = self._columns(2)
        span = range(first, last)
        main = self._binaries(len(span)) if shape == "profile" else self._columns(len(span))
        row = self._model.add_constr(self._mip.xsum(main) + late + later == 0.0)
        if shape != "block":
            return JobColumns(span, profile, main, Group(), Group(), late, later, row)
        on, least = self._binaries(len(span)), Group()
        least_j, most_j = profile
        for power, switch in zip(main, on, strict=True):
            self._model.add_constr(power - most_j * switch <= 0.0)
            least.append(self._model.add_constr(power - least_j * switch >= 0.0))
        return JobColumns(span, (), main, on, least, late, later, row)

    def _add_rows(self) -> None:
        model, total = self._model, self._mip.xsum
        self.balance, self.room = Group(), Group()
        for k in range(self.layout.ticks):
            tasks = total(share * column for job in self.jobs for share, column in job.served_at(k))
            supply = self.imported[k] + total(storage.discharged[k] for storage in self.storages) + self.unserved[k]
            charged = total(storage.charged[k] for storage in self.storages)
            use = self.exported[k] + self.overflow[k] + charged + self.curtailed[k] + tasks
            self.balance.append(model.add_constr(supply - use == 0.0))
            for columns, storage in zip(self.storages, self._site.storages.values(), strict=True):
                before = storage.retention * columns.energy(k - 1) if k else 0.0
                flow = storage.charge_gain * columns.charged[k] - storage.discharge_drain * columns.discharged[k]
                columns.state.append(model.add_constr(columns.energy(k) - before - flow == 0.0))
            if self.jobs and self._rated:
                self.room.append(model.add_constr(tasks <= 0.0))

    @property
    def _rated(self) -> bool:
        return math.isfinite(sum(self._site.rated_w))

    def _forbid_opposites(self, bound: float) -> None:
        for k in range(self.layout.ticks):
            importing, *charging = self._binaries(1 + len(self.storages))
            self.importing.append(importing)
            self._model.add_constr(self.imported[k] - bound * importing <= 0.0)
            self._model.add_constr(self.exported[k] + self.overflow[k] + bound * importing <= bound)
            each = zip(charging, self.storages, self._site.storages.values(), strict=True)
            for switch, columns, storage in each:
                columns.charging.append(switch)
                # A store that starts outside its band may move more in its first tick than ever after.
                most_in = storage.max_charge_j / self._site.unit_j if k else bound
                most_out = storage.max_discharge_j / self._site.unit_j if k else bound
                self._model.add_constr(columns.charged[k] - most_in * switch <= 0.0)
                self._model.add_constr(columns.discharged[k] + most_out * switch <= most_out)

    def switches(self, wanted: Switches) -> Iterator[tuple[Group, NDArray[np.bool_]]]:
        """The switches against opposite flows, with the ticks in which they are wanted."""
        yield self.importing, wanted.trading
        for columns in self.storages:
            yield columns.charging, wanted.cycling

    def _add_worth(self, pieces: int) -> None:
        """The position at the end, filled piece by piece; being worth less and less, the first ones fill first."""
        self.pieces = self._columns(pieces)
        self.lack = self._columns(1)[0]
        pool = pooled(self._site)
        # What is held above the band is worth nothing; counted in, it would lie beyond the last piece.
        energy = self._mip.xsum(
            weight * (columns.stored[-1] - columns.below[-1])
            for weight, columns in zip(pool.weights, self.storages, strict=True)
        )
        wanted = self._mip.xsum(job.later for job in self.jobs)
        position = energy - pool.storage.discharge_drain * wanted
        self.position = self._model.add_constr(position - self._mip.xsum(self.pieces) + self.lack == 0.0)

    @property
    def objective(self) -> float:
        return float(self._model.objective_value)

    def optimise(self, max_nodes: int, max_seconds: float) -> str:
        """`optimal`, `feasible` where a guard struck after a plan was found, or nothing where there is none."""
        with silent():
            return self._optimise(max_nodes, max_seconds)

    def _optimise(self, max_nodes: int, max_seconds: float) -> str:
        Status = self._mip.OptimizationStatus
        model = self._model
        model.reset()
        self.numbers.tell()
        free = [switch for job in self.jobs for switch in self._allowed(job)]
        opposites = self._deciding()
        if not free and not opposites:
            return "optimal" if model.optimize(relax=True) == Status.OPTIMAL else ""
        # CBC would begin with the last plan's switches: of plans that cost the same it would then keep to that one.
        model.start = [*self._first_switches(), *self._first_directions(opposites)]
        # mip takes INT_MAX for no word on it, which leaves the limit of the solve before.
        nodes = min(max_nodes, self._mip.INT_MAX - 1)
        status = model.optimize(max_nodes=nodes, max_seconds=max_seconds)
        if status not in (Status.OPTIMAL, Status.FEASIBLE) or not model.num_solutions:
            return ""
        if not self._settle(free, opposites):
            return ""
        return "optimal" if status == Status.OPTIMAL else "feasible"

    def _allowed(self, job: JobColumns) -> list[Any]:
        """The job's switches that may be on."""
        return [switch for switch in job.switches if self.numbers.upper[switch.idx]]

    def _deciding(self) -> list[tuple[Any, Any]]:
        """The switches against opposite flows that are whole numbers now, each with the flow that it allows."""
        pairs = [*zip(self.importing, self.imported, strict=False)]
        for columns in self.storages:
            pairs += zip(columns.charging, columns.charged, strict=False)
        return [pair for pair in pairs if self.numbers.integer[pair[0].idx]]

    def _first_switches(self) -> Iterator[tuple[Any, float]]:
        """Each profile from the first tick on that it may start in, each block off."""
        for job in self.jobs:
            for place, switch in enumerate(self._allowed(job)):
                yield switch, float(bool(job.profile) and place == 0)

    def _first_directions(self, opposites: list[tuple[Any, Any]]) -> Iterator[tuple[Any, float]]:
        """Demand beyond the sun is imported, sun beyond the demand exported, and no storage charged."""
        wanting = {switch.idx for switch, side in zip(self.importing, self.balance, strict=False) if self._wants(side)}
        for switch, _ in opposites:
            yield switch, float(switch.idx in wanting)

    def _wants(self, balance: Any) -> bool:
        return bool(self.numbers.side[balance.idx] >= 0.0)

    def _settle(self, free: list[Any], opposites: list[tuple[Any, Any]]) -> bool:
        """Fix the integers and solve the rest: CBC gives no duals after branching, and leaves dust from its path."""
        numbers = self.numbers
        chosen = [(column.idx, round(column.x)) for column in free]
        # An idle tick's switch is anyone's guess, so it is read off the flow.
        chosen += [(switch.idx, int(flow.x > DUST)) for switch, flow in opposites]
        places, values = np.array(chosen, dtype=np.intp).T
        numbers.lower[places] = numbers.upper[places] = values
        numbers.tell()
        self._model.reset()
        try:
            return bool(self._model.optimize(relax=True) == self._mip.OptimizationStatus.OPTIMAL)
        finally:
            numbers.lower[places], numbers.upper[places] = 0.0, 1.0


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
