"""What flowed in a step and in a tick: readings, sums over the bus, and the limits that were broken."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from twin.facts import Observation, Plan, Reading, Source, Violation, replace
from twin.simulation.fit import Settings

BALANCE_TOLERANCE = 1e-9
"""Of the energy moved in a tick; more than that is no rounding."""
GRID_LIMITS = ("import_limit", "export_limit")
"""The kinds of violation of the market's limits."""


class Flows(Struct, frozen=True, gc=False):
    """What flowed in a step or a tick [J].

    `served_j` follows the open tasks, `set_j` is what storages, import and export had been told to do.
    """

    readings: Mapping[str, Reading]
    solar_j: float
    load_j: float
    storage_j: float
    import_j: float
    export_j: float
    curtailed_j: float
    short_j: float
    stored_j: float
    loss_j: float
    mismatch_j: float
    served_j: tuple[float, ...]
    set_j: tuple[float, float, float]
    violations: tuple[Violation, ...]


class Readings(NamedTuple):
    """What the parts did in a step, in the order of the scenario."""

    solar: Sequence[Reading]
    loads: Sequence[Reading]
    storage: Sequence[Reading]
    market: Reading


def settled(seen: Observation, settings: Settings, of: Readings, step_s: float) -> Flows:
    """The flows of one step, whose parts did as the readings say. Loops, as this is the busiest place of a run."""
    solar_j = unused_j = load_j = storage_j = stored_j = loss_j = 0.0
    readings, measured = {}, False
    for (name, limits), reading in zip(seen.solar.items(), of.solar):
        readings[name] = reading
        solar_j += reading.energy_j
        measured |= reading.source == "hardware"
        unused_j += max(limits.wanted_w * step_s - reading.energy_j, 0.0)
    for name, reading in zip(seen.loads, of.loads):
        readings[name] = reading
        load_j += reading.energy_j
        measured |= reading.source == "hardware"
    for name, reading in zip(seen.storage, of.storage):
        readings[name] = reading
        storage_j += reading.energy_j
        stored_j += reading.stored_j
        loss_j += reading.loss_j
        measured |= reading.source == "hardware"
    readings["market"] = of.market
    market_j, mismatch_j, violations = settled_market(of.market, (solar_j, load_j, storage_j), measured)
    served_j, short_j = served_energies(-load_j, seen, settings, step_s)
    return Flows(
        readings,
        solar_j,
        load_j,
        storage_j,
        *both_ways(market_j),
        unused_j,
        short_j,
        stored_j,
        loss_j,
        mismatch_j,
        served_j,
        (sum(settings.storage_w) * step_s, *both_ways(settings.market_w * step_s)),
        violations + broken_limits(market_j, seen, settings, step_s),
    )


def together(steps: Sequence[Flows]) -> Flows:
    """The flows of a tick: sums over its steps, and what the storages hold at its end."""
    if len(steps) == 1:
        return steps[0]
    last = steps[-1]
    return replace(
        last,
        readings={name: summed_reading([step.readings[name] for step in steps]) for name in last.readings},
        served_j=tuple(map(sum, zip(*[step.served_j for step in steps]))),
        set_j=tuple(map(sum, zip(*[step.set_j for step in steps]))),
        violations=summed_violations([violation for step in steps for violation in step.violations]),
        **{name: sum([getattr(step, name) for step in steps]) for name in SUMMED},
    )


SUMMED = (
    *("solar_j", "load_j", "storage_j", "import_j", "export_j", "curtailed_j", "short_j", "loss_j"),
    "mismatch_j",
)


def summed_reading(readings: Sequence[Reading]) -> Reading:
    """One reading for several steps; its source is the least trusted one."""
    worst = max([reading.source for reading in readings], key=TRUSTED.index)
    energy_j = sum([reading.energy_j for reading in readings])
    return Reading(energy_j, worst, readings[-1].stored_j, sum([reading.loss_j for reading in readings]))


TRUSTED: tuple[Source, ...] = ("model", "hardware", "held", "fallback")
"""Sources, the most trusted one first."""


def summed_violations(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """One for each kind and subject."""
    amounts_j: dict[tuple[str, str], float] = {}
    for violation in violations:
        key = violation.kind, violation.subject
        amounts_j[key] = amounts_j.get(key, 0.0) + violation.amount_j
    return tuple([Violation(*key, amount_j) for key, amount_j in amounts_j.items()])


def settled_market(
    market: Reading, others_j: tuple[float, float, float], measured: bool
) -> tuple[float, float, tuple[Violation, ...]]:
    """The market's energy, what no meter explains, and a violation where the models' meters disagree.

    `others_j` is what solar, loads and storage did. Where a board measured one of them and the market is a model, the
    market takes what the bus leaves: minus the sum.
    """
    solar_j, load_j, storage_j = others_j
    error_j = solar_j + load_j + storage_j + market.energy_j
    if market.source == "hardware":
        return market.energy_j, -error_j, ()
    if measured:
        return market.energy_j - error_j, 0.0, ()
    # As they add up to nothing, the greatest is part of what was moved, and a strict measure of it.
    lost = error_j and abs(error_j) > BALANCE_TOLERANCE * max(solar_j, storage_j, market.energy_j)
    return market.energy_j, 0.0, (Violation("balance", "bus", error_j),) if lost else ()


def broken_limits(market_j: float, seen: Observation, settings: Settings, step_s: float) -> tuple[Violation, ...]:
    """What was sent over the export limit, and what was drawn over the import limit or cut so as to keep it [J]."""
    limits = seen.market
    if limits.min_w * step_s <= market_j <= limits.max_w * step_s and settings.base_w is seen.base_w:
        return ()
    over_j = max(market_j - limits.max_w * step_s, 0.0)
    if settings.base_w is not seen.base_w:
        over_j += (sum(seen.base_w) - sum(settings.base_w)) * step_s
    amounts_j = zip(GRID_LIMITS, (over_j, limits.min_w * step_s - market_j))
    rounding_j = BALANCE_TOLERANCE * abs(market_j)
    return tuple([Violation(kind, "market", amount_j) for kind, amount_j in amounts_j if amount_j > rounding_j])


def inner_violations(plan: Plan) -> tuple[Violation, ...]:
    """What a plan could not keep of the parts and tasks; the market's limits are held against what really flowed."""
    return tuple([violation for violation in plan.violations if violation.kind not in GRID_LIMITS])


def both_ways(market_j: float) -> tuple[float, float]:
    """What was imported and what was exported; never both."""
    return (market_j, 0.0) if market_j > 0.0 else (0.0, -market_j if market_j else 0.0)


def served_energies(
    used_j: float, seen: Observation, settings: Settings, step_s: float
) -> tuple[tuple[float, ...], float]:
    """What each task got of the loads' energy, and how much base demand went without. Base comes first."""
    base_j = sum(settings.base_w) * step_s
    got_j = base_j if used_j >= base_j * (1.0 - BALANCE_TOLERANCE) else used_j
    short_j = seen.demand_w * step_s - got_j
    asked_w = sum(settings.tasks_w)
    if not asked_w:
        return settings.tasks_w, short_j
    scale_s = (used_j - got_j) / asked_w
    return tuple([power_w * scale_s for power_w in settings.tasks_w]), short_j
