"""How long the slowest plan takes: 96 ticks of random houses, prices and tasks, each solved in a planner of its own."""

import statistics
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tests.bench.measuring import plain, verdict
from twin.components.storage import Battery
from twin.control.planner import Guard, Job, Planner, Problem, Site, Solution
from twin.control.planner.problem import Start
from twin.facts import Floats

SCENARIOS, TICKS, TICK_S = 200, 96, 900.0
MOST_S = 2.0
"""Promised: no plan takes more processor time, which other programs do not lengthen."""
KWH = 3.6e6
PRICES = ("time of use", "flat", "market", "negative", "export above import", "export above import at noon")
SHAPES = ("flexible", "block", "profile")
HOURS = np.arange(TICKS) * TICK_S / 3600.0


class Case(NamedTuple):
    """What is planned, and what kind of prices it has."""

    prices: str
    site: Site
    problem: Problem


class Planned(NamedTuple):
    """A case's plan, and the processor time that it took."""

    case: Case
    solution: Solution | None
    took_s: float


def lines() -> Iterator[str]:
    yield from told([planned(case(seed)) for seed in range(SCENARIOS)])


def told(plans: Sequence[Planned]) -> Iterator[str]:
    """How long the plans took in all, and for each kind of prices."""
    slowest_s = max(plan.took_s for plan in plans)
    yield verdict(
        slowest_s <= MOST_S, f"{len(plans)} plans of {TICKS} ticks: the slowest took {slowest_s:.2f} s (at most 2)"
    )
    for prices in PRICES:
        of_kind = [plan for plan in plans if plan.case.prices == prices]
        times_s = sorted(plan.took_s for plan in of_kind) or [0.0]
        stopped = sum(plan.solution is not None and plan.solution.status == "feasible" for plan in of_kind)
        median_s = statistics.median(times_s)
        yield plain(
            f"{prices}: {len(of_kind)} plans, median {median_s:.3f} s, most {times_s[-1]:.2f} s, {stopped} stopped"
        )
    missing = sum(plan.solution is None for plan in plans)
    yield verdict(not missing, f"{missing} without a plan (none)")


def planned(case: Case) -> Planned:
    started_s = time.process_time()
    solution = Planner(case.site, TICKS).solve(case.problem, Guard())
    return Planned(case, solution, time.process_time() - started_s)


def case(seed: int) -> Case:
    """A random house of 1 or 2 batteries, with up to 3 tasks."""
    random = np.random.default_rng(seed)
    prices = PRICES[int(random.integers(len(PRICES)))]
    curtailable = bool(random.random() < 0.7)
    import_price, export_price = market(prices, random)
    batteries = [battery(random) for _ in range(int(random.choice([1, 1, 1, 2])))]
    demand_j = TICK_S * 1e3 * random.uniform(0.1, 1.5) * random.gamma(2.0, 0.5, TICKS)
    solar_j = sun_j(random)
    limit_j = TICK_S * float(random.choice([np.inf, 5e3]))
    linear = {f"battery{place}": each.linear(TICK_S) for place, each in enumerate(batteries)}
    starts = tuple(start(each, export_price, random) for each in batteries)
    jobs = tuple(job(f"task{place}", random) for place in range(int(random.integers(4))))
    problem = Problem(
        import_price=import_price,
        export_price=export_price,
        demand_j=demand_j,
        solar_j=solar_j,
        fixed_solar_j=np.zeros(TICKS) if curtailable else solar_j,
        room_j=np.full(TICKS, np.inf),
        import_limit_j=np.inf,
        export_limit_j=limit_j,
        starts=starts,
        jobs=jobs,
    )
    return Case(prices, Site(linear, (1.0,), (np.inf,), float(curtailable), 10.0 / KWH, TICK_S, 0.5 * KWH), problem)


def market(kind: str, random: np.random.Generator) -> tuple[Floats, Floats]:
    """A day's import and export prices, per J."""
    if kind in ("flat", "time of use"):
        dear = ((HOURS >= 17.0) & (HOURS < 21.0)) | ((HOURS >= 6.0) & (HOURS < 9.0))
        buy = np.where(dear & (kind == "time of use"), random.uniform(0.3, 0.5), random.uniform(0.15, 0.3))
        sell = np.full(TICKS, random.uniform(0.0, 0.15))
    else:
        wave = -np.cos(HOURS * np.pi / 6.0) * random.uniform(0.02, 0.1)
        spot = np.repeat(0.1 + wave[::4] + random.normal(0.0, 0.03, TICKS // 4), 4)
        buy, sell = np.maximum(spot, 0.01) + 0.1, np.maximum(spot, 0.01)
        if kind == "negative":
            buy, sell = spot - 0.08, spot - 0.1
        if kind == "export above import":
            buy, sell = sell, sell + random.uniform(0.01, 0.2)
        if kind == "export above import at noon":
            sell = np.where(abs(HOURS - 12.0) < 3.0, buy + 0.02, sell)
    return buy / KWH, sell / KWH


def sun_j(random: np.random.Generator) -> Floats:
    clear = np.maximum(np.sin((HOURS - 6.0) * np.pi / 12.0), 0.0)
    energy_j: Floats = TICK_S * 1e3 * random.uniform(0.0, 10.0) * clear * random.uniform(0.3, 1.0, TICKS)
    return energy_j


def battery(random: np.random.Generator) -> Battery:
    capacity_j = KWH * random.uniform(2.0, 15.0)
    efficiencies = (random.uniform(0.85, 1.0), random.uniform(0.85, 1.0))
    power_w = 1e3 * random.uniform(1.0, 6.0)
    wear_price = random.choice([0.0, 0.02]) / KWH
    return Battery((0.1 * capacity_j, capacity_j), efficiencies, (power_w, power_w), 0.0, wear_price)


def start(battery: Battery, export_price: Floats, random: np.random.Generator) -> Start:
    stored_j = float(random.uniform(battery.min_j, battery.max_j))
    limits = battery.limits(stored_j, TICK_S)
    return Start(stored_j, -limits.min_w * TICK_S, limits.max_w * TICK_S, float(export_price.mean()))


def job(name: str, random: np.random.Generator) -> Job:
    """A task of some hours within a window of the day."""
    shape = SHAPES[int(random.integers(len(SHAPES)))]
    first = int(random.integers(0, 60))
    last, energy_j = int(random.integers(first + 16, TICKS + 1)), KWH * random.uniform(1.0, 6.0)
    if shape == "profile":
        profile_j = tuple((KWH * random.uniform(0.05, 0.5, int(random.integers(4, 12)))).tolist())
        return Job(name, "profile", first, last - len(profile_j), sum(profile_j), profile_j=profile_j)
    most_j = TICK_S * 1e3 * random.uniform(2.0, 7.0)
    least_j = random.uniform(0.2, 0.8) * most_j if shape == "block" else 0.0
    return Job(name, "block" if shape == "block" else "flexible", first, last, energy_j, least_j, most_j)
