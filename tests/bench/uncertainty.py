"""What planning over sample paths is worth: 100 days from day 5727101, three root seeds, the same days for all."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tests.bench.measuring import plain, verdict
from tests.exact import Exact
from twin.facts import Floats, Policy
from twin.scenario.launch import Start, prepare
from twin.scenario.request import Request

DAYS = 100
SEEDS = (1, 2, 3)
MEDIAN_S, P99_S = 0.060, 0.250
OF_EXACT = 0.97
"""Of what the exact dynamic program gets on `lab_bare`."""
IDEAL = 0.76
BEHIND = 0.01
"""So far may `milp:evolved` be behind `milp:mean5`, as a share of the gap."""
DRAWS = 2000


class Days(NamedTuple):
    """What each day cost, `(days,)`, what is left in store being worth what it will earn; and how long plans took."""

    cost: Floats
    plan_s: Floats


def lines() -> Iterator[str]:
    for scenario in ("lab_bare", "lab_ideal"):
        start = at(scenario, SEEDS[0])
        known = {name: lived(start, start.policy(name)) for name in ("rule", "milp:mean5", "oracle")}
        yield plain(shown(scenario, "milp:mean5", known["milp:mean5"], known))
        floor = IDEAL
        if scenario == "lab_bare":
            exact = lived(start, Exact())
            floor = OF_EXACT * share(exact, known)
            yield plain(shown(scenario, "exact dynamic program", exact, known))
        for seed in SEEDS:
            yield from seeded(scenario, seed, known, floor)


def seeded(scenario: str, seed: int, known: dict[str, Days], floor: float) -> Iterator[str]:
    start = at(scenario, seed)
    planned = lived(start, start.policy("milp:evolved"))
    behind = share(known["milp:mean5"], known) - share(planned, known)
    name = f"milp:evolved, seed {seed}"
    yield verdict(behind <= BEHIND, f"{shown(scenario, name, planned, known)} (mean5 less {BEHIND:.2f} at least)")
    run = lived(start, start.policy("stochastic:evolved"))
    name = f"stochastic:evolved, seed {seed}"
    yield verdict(share(run, known) >= floor, f"{shown(scenario, name, run, known)} (at least {floor:.3f})")
    median_s, p99_s = np.quantile(run.plan_s, (0.5, 0.99))
    yield verdict(
        bool(median_s <= MEDIAN_S and p99_s <= P99_S),
        f"{scenario}, seed {seed}: a plan takes {1e3 * median_s:.0f} ms, p99 {1e3 * p99_s:.0f} ms (60 and 250)",
    )


def at(scenario: str, seed: int) -> Start:
    return prepare(Request(f"scenarios/{scenario}.yaml", DAYS, "5727101", seed).load())


def lived(start: Start, policy: Policy) -> Days:
    blueprint = start.blueprint
    records = list(blueprint.microgrid(policy).records())
    day = blueprint.calendar.ticks_per_day
    worth = blueprint.economics.discharge_efficiency * float(np.mean([record.export_price for record in records]))
    stored_j = np.array([blueprint.start_j, *(record.stored_j for record in records)])
    gained = worth * np.diff(stored_j[::day])
    cost = np.array([record.cost for record in records]).reshape(-1, day).sum(axis=1) - gained
    return Days(cost, np.array([record.plan_s for record in records if record.plan_s is not None]))


def share(run: Days, known: dict[str, Days], drawn: slice | np.ndarray = slice(None)) -> float:
    rule, oracle = (known[name].cost[drawn].sum() for name in ("rule", "oracle"))
    return float((rule - run.cost[drawn].sum()) / (rule - oracle))


def shown(scenario: str, name: str, run: Days, known: dict[str, Days]) -> str:
    """The share of the gap, with what it would be on nine in ten draws of the same days."""
    random = np.random.default_rng(0)
    drawn = [share(run, known, random.integers(DAYS, size=DAYS)) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, (0.05, 0.95))
    return f"{scenario}, {DAYS} days, {name}: {share(run, known):.3f} of the gap, 90 % interval {low:.3f} to {high:.3f}"
