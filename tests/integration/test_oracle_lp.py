"""The oracle against a second opinion: a program for scipy's HiGHS, written from the exported trace alone."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from terminal import twin

from twin.scenario.request import Request
from twin.scenario.schema import Scenario
from twin.scenario.storages import Battery

PROFILE_W = (2000.0, 100.0, 100.0, 1500.0, 100.0)
"""The dishwasher's, as household_week.yaml has it."""
CAR_W = 7400.0


@dataclass
class Program:
    """Minimise cost · x over rows low <= A · x <= high."""

    costs: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    entries: list[tuple[float, int, int]] = field(default_factory=list)
    sides: list[float] = field(default_factory=list)

    def add(self, cost: float = 0.0, most: float = np.inf, whole: bool = False) -> int:
        self.costs.append(cost)
        self.most.append(most)
        self.whole.append(whole)
        return len(self.costs) - 1

    def equal(self, terms: dict[int, float], side: float) -> None:
        self.entries += [(factor, len(self.sides), column) for column, factor in terms.items()]
        self.sides.append(side)

    def least_cost(self, unit_j: float) -> float:
        """Solved in units of `unit_j`: prices per joule are below what a solver takes for zero."""
        scale = np.where(self.whole, 1.0, unit_j)
        factors, rows, columns = map(np.array, zip(*self.entries, strict=True))
        matrix = coo_array(
            (factors * scale[columns], (rows, columns)), shape=(len(self.sides), len(self.costs))
        ).tocsr()
        size = abs(matrix).max(axis=1).toarray().ravel()
        sides = np.array(self.sides) / size
        found = milp(
            self.costs * scale,
            constraints=LinearConstraint(matrix / size[:, None], sides, sides),
            bounds=Bounds(0.0, self.most / scale),
            integrality=self.whole,
            options={"mip_rel_gap": 1e-9},
        )
        return float(found.fun)


@dataclass(frozen=True)
class Job:
    name: str
    start: int
    end: int
    energy_j: float


@dataclass(frozen=True)
class Trace:
    """A run's export: what the outside was, and the tasks that came."""

    columns: dict[str, np.ndarray]
    jobs: list[Job]
    base_j: np.ndarray
    sun_j: np.ndarray


def exported(store: Path, run: int, folder: Path) -> Trace:
    for name, options in {"tick": [], "task": ["--table", "task"]}.items():
        assert twin(store, "export", run, folder / f"{name}.csv", *options).status == 0
    rows = read(folder / "tick.csv")
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0] if is_number(rows[0][name])}
    served_j = np.zeros(len(rows))
    jobs: dict[tuple[str, int], Job] = {}
    for row in read(folder / "task.csv"):
        name, start, end = row["name"], int(row["start"]), int(row["end"])
        served_j[int(row["tick"])] += float(row["served_j"])
        jobs.setdefault((name, start), Job(name, start, end, float(row["served_j"]) + float(row["remaining_j"])))
    sun_j = columns["solar_j"] + columns["curtailed_j"]
    return Trace(columns, list(jobs.values()), -columns["load_j"] - served_j, sun_j)


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def is_number(text: str) -> bool:
    return text.replace(".", "").replace("-", "").replace("e", "").isdigit()


def least_net_cost(name: str, trace: Trace) -> float:
    """The best that can be done with a scenario's battery, market and tasks on a trace."""
    scenario = Request(name).load().model
    (battery,) = scenario.storage
    assert isinstance(battery, Battery)
    program = Program()
    served = [dict[int, float]() for _ in trace.base_j]
    for job in trace.jobs:
        add_job(program, job, served, scenario.unserved_price, scenario.tick)
    flows = [add_bus(program, scenario, trace, k, served[k]) for k in range(len(served))]
    exit_price = battery.discharge_efficiency * float(trace.columns["export_price"].mean())
    start_j = battery.start_j - battery.min_soc * battery.capacity
    add_store(program, battery, scenario.tick, (start_j, exit_price), flows)
    return program.least_cost(trace.base_j.mean()) + start_j * exit_price


def add_bus(program: Program, scenario: Scenario, trace: Trace, k: int, served: dict[int, float]) -> tuple[int, int]:
    """One tick's balance; returns what is charged and discharged."""
    (battery,), market, tick_s = scenario.storage, scenario.market, scenario.tick
    charged = program.add(battery.wear_cost, battery.max_charge_power * tick_s)
    discharged = program.add(battery.wear_cost, battery.max_discharge_power * tick_s)
    imported = program.add(trace.columns["import_price"][k], market.import_limit * tick_s)
    sold = program.add(-trace.columns["export_price"][k], market.export_limit * tick_s)
    curtailed = program.add(0.0, trace.sun_j[k])
    bus = {discharged: 1.0, charged: -1.0, imported: 1.0, sold: -1.0, curtailed: -1.0}
    program.equal(bus | {column: -factor for column, factor in served.items()}, trace.base_j[k] - trace.sun_j[k])
    return charged, discharged


def add_store(
    program: Program, battery: Battery, tick_s: float, start: tuple[float, float], flows: list[tuple[int, int]]
) -> None:
    """What is stored above the band's floor, tick by tick; what leaks is a part of it, also while it fills."""
    start_j, exit_price = start
    rate, room_j = battery.self_discharge, (battery.max_soc - battery.min_soc) * battery.capacity
    kept = np.exp(-rate * tick_s)
    gain = (1 - kept) / (rate * tick_s) if rate else 1.0
    before: dict[int, float] = {}
    side = kept * start_j
    for k, (charged, discharged) in enumerate(flows, 1):
        stored = program.add(-exit_price if k == len(flows) else 0.0, room_j)
        flow = {charged: -battery.charge_efficiency * gain, discharged: gain / battery.discharge_efficiency}
        program.equal({stored: 1.0} | flow | before, side)
        before, side = {stored: -kept}, 0.0


def add_job(program: Program, job: Job, served: list[dict[int, float]], unserved_price: float, tick_s: float) -> None:
    """A start for the dishwasher, energies for all others; what is not served is paid for."""
    if job.name == "dishwasher":
        starts = {k: program.add(0.0, 1.0, whole=True) for k in range(job.start, job.end - len(PROFILE_W) + 1)}
        never = program.add(unserved_price * job.energy_j, 1.0, whole=True)
        program.equal(dict.fromkeys([*starts.values(), never], 1.0), 1.0)
        for start, column in starts.items():
            for k, power_w in enumerate(PROFILE_W, start):
                served[k][column] = power_w * tick_s
        return
    most_j = CAR_W * tick_s if job.name == "car" else np.inf
    parts = {k: program.add(0.0, most_j) for k in range(job.start, job.end)}
    late = program.add(unserved_price)
    program.equal(dict.fromkeys([*parts.values(), late], 1.0), job.energy_j)
    for k, column in parts.items():
        served[k][column] = 1.0


@pytest.fixture(params=[("lab_ideal", 10), pytest.param(("household_week", 7), marks=pytest.mark.slow)])
def compared(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, dict], Trace]:
    name, days = request.param
    store = tmp_path / "runs.sqlite"
    said = twin(store, "compare", name, "--policies", "rule,oracle", "--days", days, "--json")
    rows = {row["name"]: row for row in said.json["policies"]}
    return name, rows, exported(store, rows["rule"]["run"], tmp_path)


def test_the_oracle_is_what_an_independent_program_finds_on_the_exported_trace(
    compared: tuple[str, dict[str, dict], Trace],
) -> None:
    name, rows, trace = compared
    assert rows["rule"]["unserved_j"] == 0.0
    assert rows["oracle"]["net_cost"] == pytest.approx(least_net_cost(name, trace), rel=1e-6)
    assert rows["oracle"]["net_cost"] <= rows["rule"]["net_cost"]
