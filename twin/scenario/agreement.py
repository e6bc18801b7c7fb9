"""What the sections of a scenario must agree on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twin.scenario.checking import Fault
from twin.scenario.sections import TraceDemand, TraceSolar
from twin.scenario.tasks import TaskList

if TYPE_CHECKING:
    from twin.scenario.schema import Scenario

MAX_DAYS = 100_000
MAX_TICKS_PER_DAY = 86_400
MAX_TICKS = 100_000_000
MAX_HORIZON = 10_000
MAX_STEPS = 3600
"""In a tick."""
MAX_REMEMBERED = 3_000_000
MAX_DRAWN = 2_000_000
"""Ticks of all sample paths together."""
YEAR_9999_S = 253_370_764_800


def size_faults(scenario: "Scenario") -> Iterator[Fault]:
    day_s = scenario.tick * scenario.ticks_per_day
    limits = {
        "days": (scenario.days, MAX_DAYS),
        "ticks_per_day": (scenario.ticks_per_day, MAX_TICKS_PER_DAY),
        "history_days": (scenario.history_days, min(scenario.start_day, MAX_DAYS)),
        "horizon": (scenario.horizon_ticks, MAX_HORIZON),
    }
    for key, (value, limit) in limits.items():
        if value > limit:
            yield Fault(key, f"at most {limit} is wanted")
    remembered = max(scenario.forecast.history_days, scenario.forecast.error_days)
    if remembered * scenario.ticks_per_day > MAX_REMEMBERED:
        yield Fault("forecast", f"at most {MAX_REMEMBERED // scenario.ticks_per_day} days are remembered of such days")
    if scenario.forecast.paths * scenario.horizon_ticks > MAX_DRAWN:
        most = MAX_DRAWN // scenario.horizon_ticks
        yield Fault("forecast.paths", f"at most {most} of so long a horizon are wanted")
    if scenario.time_limit_s > scenario.tick:
        yield Fault("guard.time_limit", "at most a tick is wanted")
    if not 0.001 <= scenario.tick <= 86_400:
        yield Fault("tick", "a duration from 0.001 s to 24 h is wanted")
    elif abs(scenario.tick * 1e6 - round(scenario.tick * 1e6)) > 1e-3:
        yield Fault("tick", "a whole number of microseconds is wanted")
    if (scenario.days + scenario.history_days) * scenario.ticks_per_day * scenario.steps > MAX_TICKS:
        yield Fault("days", f"at most {MAX_TICKS} ticks in all are wanted")
    if (scenario.start_day + scenario.days) * day_s > YEAR_9999_S:
        yield Fault("start_day", f"an end before the year 9999 is wanted; days of {day_s:g} s are counted from 1970")


def step_faults(scenario: "Scenario") -> Iterator[Fault]:
    if scenario.step is None:
        return
    if scenario.step > scenario.tick or abs(scenario.tick / scenario.step - scenario.steps) > 1e-9 * scenario.steps:
        yield Fault("step", f"write a step that divides the tick of {scenario.tick:g} s, for example '1 min'")
    elif scenario.steps > MAX_STEPS:
        yield Fault("step", f"write at most {MAX_STEPS} steps a tick")


def name_faults(scenario: "Scenario") -> Iterator[Fault]:
    """Every component has a name of its own."""
    groups = {"solar": scenario.solar, "loads": scenario.loads, "storage": scenario.storage}
    parts = [(f"{key}.{index}.name", part.name) for key, group in groups.items() for index, part in enumerate(group)]
    first: dict[str, str] = {}
    for key, name in parts:
        if name in first:
            yield Fault(key, f"write another name: {first[name].removesuffix('.name')} is named {name}")
        first.setdefault(name, key)


def load_faults(scenario: "Scenario") -> Iterator[Fault]:
    sharing = [load for load in scenario.loads if load.demand is None]
    if scenario.demand is None:
        if sharing:
            yield Fault("demand", f"write 'demand:', which {', '.join(load.name for load in sharing)} has a share of")
        return
    given = [load.share for load in scenario.loads if load.share is not None]
    if not any(scenario.shares):
        yield Fault("demand", "leave it out, or write a load that has a share of it")
    elif given and any(load.share is None for load in sharing):
        yield Fault("loads", "a share for each of them, or for none, is wanted")
    elif given and abs(sum(given) - 1) > 1e-6:
        yield Fault("loads", f"shares that sum to 100 % are wanted, not to {100 * sum(given):g} %")


def meter_faults(scenario: "Scenario") -> Iterator[Fault]:
    demands = {"demand": scenario.demand}
    demands |= {f"loads.{index}.demand": load.demand for index, load in enumerate(scenario.loads)}
    measured = scenario.solar and all(isinstance(array, TraceSolar) for array in scenario.solar)
    for key, demand in demands.items():
        if isinstance(demand, TraceDemand) and demand.net_of and not measured:
            expected = "solar of the kind trace is wanted, for only what was measured can be told apart"
            yield Fault(f"{key}.net_of", expected)


def lab_faults(scenario: "Scenario") -> Iterator[Fault]:
    """The lab's generator knows one day only, 60 ticks of 5 s, and one currency."""
    if "lab" in scenario.kinds.values():
        if scenario.tick != 5:
            yield Fault("tick", "'5 s' is wanted, for the kind lab knows no other")
        if scenario.ticks_per_day != 60:
            yield Fault("ticks_per_day", "'60' is wanted, for the kind lab knows no other")
    if scenario.market.prices.kind in ("lab", "http") and scenario.currency != "EUR":
        yield Fault("currency", "'EUR' is wanted, for the lab's prices are in ct/J")


def live_faults(scenario: "Scenario") -> Iterator[Fault]:
    if not scenario.is_live:
        if scenario.server is not None:
            yield Fault("server", "a server is wanted only where something has the kind http")
        return
    for key, kind in scenario.kinds.items():
        if kind != "http" and not key.startswith("solar."):
            yield Fault(f"{key}.kind", "'http' is wanted, for of live and recorded facts only the sun is mixed")
    if scenario.server is None:
        yield Fault("server", "write 'server: {url: ...}', for something has the kind http")
    if scenario.policy.startswith("oracle") or scenario.policy.endswith(":perfect"):
        yield Fault("policy", "a policy is wanted that does not need the future, for the feed is live")
    if scenario.forecaster == "perfect":
        yield Fault("forecaster", "a forecaster is wanted that does not need the future, for the feed is live")


def task_faults(scenario: "Scenario") -> Iterator[Fault]:
    if isinstance(scenario.tasks, TaskList):
        for index, task in enumerate(scenario.tasks.items):
            for key, expected in task.misfits(scenario.calendar):
                yield Fault(f"tasks.items.{index}.{key}", expected)


def faults_of(scenario: "Scenario") -> Iterator[Fault]:
    """All keys that do not agree with others."""
    yield from size_faults(scenario)
    yield from step_faults(scenario)
    yield from name_faults(scenario)
    yield from load_faults(scenario)
    yield from meter_faults(scenario)
    yield from lab_faults(scenario)
    yield from live_faults(scenario)
    yield from task_faults(scenario)
