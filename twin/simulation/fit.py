"""A decision asks; here it is fitted to what every limit allows."""

import math
from collections.abc import Mapping, Sequence
from math import isfinite

from msgspec import Struct

from twin.errors import PlanError
from twin.facts import IDLE, Decision, Limits, Observation, OpenTask


class Settings(Struct, frozen=True, gc=False):
    """What each component is told, as signed bus power [W], in the order of the parts.

    `tasks_w` and `base_w` are what the loads' powers are made of.
    """

    solar_w: tuple[float, ...]
    loads_w: tuple[float, ...]
    storage_w: tuple[float, ...]
    market_w: float
    base_w: tuple[float, ...]
    tasks_w: tuple[float, ...]


def fit(seen: Observation, decision: Decision, tick_s: float) -> Settings:
    """The nearest settings to a decision that every limit allows; raises PlanError where it is none."""
    solar_w = given_w(seen, decision.solar_w)
    base_w = seen.base_w
    tasks_w = takeable(decision.tasks_w, seen, tick_s) if seen.tasks or decision.tasks_w else ()
    asked_w = sum(tasks_w)
    storage_w, import_w = dispatched(seen, decision, sum(base_w) + asked_w - sum(solar_w))
    market = seen.market
    if import_w < market.min_w:
        solar_w, storage_w = sent_less(market.min_w - import_w, tuple(seen.solar.values()), solar_w, storage_w)
    elif import_w > market.max_w:
        storage_w, tasks_w, base_w = drawn_less(import_w - market.max_w, storage_w, tasks_w, base_w)
    loads_w = spread(seen, base_w, sum(tasks_w))
    market_w = -(sum(solar_w) + sum(storage_w) + sum(loads_w))
    if not isfinite(market_w):
        got = f"the policy decided on {decision.solar_w}, {decision.storage} and {decision.tasks_w} W"
        raise PlanError(f"tick {seen.tick.number}", got, "give finite powers")
    return Settings(solar_w, loads_w, storage_w, market_w, base_w, tasks_w)


def given_w(seen: Observation, most_w: Mapping[str, float]) -> tuple[float, ...]:
    """What the arrays give, each of them no more than is decided [W]."""
    if not most_w:
        return tuple([limits.max_w for limits in seen.solar.values()])
    refuse_strangers(seen, most_w, seen.solar)
    return tuple([limits.clip(most_w.get(name, math.inf)) for name, limits in seen.solar.items()])


def refuse_strangers(seen: Observation, decided: Mapping[str, object], known: Mapping[str, Limits]) -> None:
    """Raises PlanError for a decision on a part that is not there."""
    if strangers := decided.keys() - known.keys():
        got = f"the policy decided on {', '.join(sorted(strangers))}"
        raise PlanError(f"tick {seen.tick.number}", got, f"decide on {', '.join(known)}: the scenario has no other")


def dispatched(seen: Observation, decision: Decision, net_w: float) -> tuple[tuple[float, ...], float]:
    """Each storage's power by its set-point, one after the other, and what is left for the market to give [W]."""
    set_points = decision.storage
    if len(set_points) != len(seen.storage):
        refuse_strangers(seen, set_points, seen.storage)
    powers_w = []
    for name, limits in seen.storage.items():
        set_point = set_points.get(name)
        if set_point is None:
            refuse_strangers(seen, set_points, seen.storage)
            set_point = IDLE
        low_w, high_w = set_point.low_w, set_point.high_w
        if not low_w <= high_w:  # as neither is where one of them is NaN
            got = f"the policy decided on {set_point} for {name}"
            raise PlanError(f"tick {seen.tick.number}", got, "give powers, with low_w <= high_w")
        power_w = net_w - set_point.grid_w
        power_w = low_w if power_w < low_w else high_w if power_w > high_w else power_w
        low_w, high_w = limits.min_w, limits.max_w
        power_w = low_w if power_w < low_w else high_w if power_w > high_w else power_w
        powers_w.append(power_w)
        net_w -= power_w
    return tuple(powers_w), net_w


def sent_less(
    excess_w: float, solar: Sequence[Limits], solar_w: tuple[float, ...], storage_w: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Solar and storage over the export limit: solar is curtailed, then discharging cut; the market gets the rest."""
    curtailable_w = tuple([power_w - limits.min_w for power_w, limits in zip(solar_w, solar)])
    curtailed_w = taken(curtailable_w, excess_w)
    cut_w = taken(tuple([max(power_w, 0.0) for power_w in storage_w]), excess_w - sum(curtailed_w))
    return less(solar_w, curtailed_w), less(storage_w, cut_w)


def drawn_less(
    short_w: float, storage_w: tuple[float, ...], tasks_w: tuple[float, ...], base_w: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Storage, tasks and base over the import limit: charging is cut first, then tasks, then base in file order."""
    uncharged_w = taken(tuple([max(-power_w, 0.0) for power_w in storage_w]), short_w)
    short_w -= sum(uncharged_w)
    storage_w = tuple([power_w + more_w for power_w, more_w in zip(storage_w, uncharged_w)])
    return storage_w, cut(tasks_w, short_w), cut(base_w, short_w - sum(tasks_w))


def takeable(tasks_w: tuple[float, ...], seen: Observation, tick_s: float) -> tuple[float, ...]:
    """What the tasks can take of a decision: in their window, their power, what is left of them, the loads' room."""
    number, stands = seen.tick.number, seen.tasks
    if len(tasks_w) != len(stands):
        got, wanted = f"the policy decided on {len(tasks_w)} tasks", f"{len(stands)} powers, one for each open task"
        raise PlanError(f"tick {number}", got, wanted)
    fitting_w = tuple([within(stand, number, tick_s, power_w) for stand, power_w in zip(stands, tasks_w)])
    return cut(fitting_w, sum(fitting_w) - seen.task_room_w)


def within(stand: OpenTask, tick: int, tick_s: float, power_w: float) -> float:
    """The nearest power that a task can take in a tick."""
    task = stand.task
    if power_w <= 0.0 or not task.start <= tick < task.end:
        return 0.0
    most_w = stand.remaining_j / tick_s
    if most_w > task.max_power_w:
        most_w = task.max_power_w
    return most_w if power_w > most_w else power_w


def taken(powers_w: tuple[float, ...], excess_w: float) -> tuple[float, ...]:
    """How much of an excess each of some powers gives up, the first ones first."""
    parts_w = []
    for power_w in powers_w:
        part_w = max(min(power_w, excess_w), 0.0)
        parts_w.append(part_w)
        excess_w -= part_w
    return tuple(parts_w)


def less(powers_w: tuple[float, ...], parts_w: tuple[float, ...]) -> tuple[float, ...]:
    return tuple([power_w - part_w for power_w, part_w in zip(powers_w, parts_w)])


def cut(powers_w: tuple[float, ...], excess_w: float) -> tuple[float, ...]:
    """Powers of which `excess_w` is taken away, from the first ones first."""
    return powers_w if excess_w <= 0.0 else less(powers_w, taken(powers_w, excess_w))


def spread(seen: Observation, base_w: tuple[float, ...], tasks_w: float) -> tuple[float, ...]:
    """Each load's power: its base demand and, of the tasks' power, a part in proportion to its room."""
    room_w = seen.task_room_w
    if not tasks_w or room_w <= 0.0:
        return tuple([-power_w for power_w in base_w])
    loads = tuple(seen.loads.values())
    if room_w == math.inf:
        return spread_boundless(loads, base_w, tasks_w)
    part = tasks_w / room_w
    return tuple([(load.min_w + power_w) * part - power_w for load, power_w in zip(loads, base_w)])


def spread_boundless(loads: Sequence[Limits], base_w: Sequence[float], tasks_w: float) -> tuple[float, ...]:
    """The same where some loads can take any power: those share the tasks alike."""
    boundless = [limits.min_w == -math.inf for limits in loads]
    each_w = tasks_w / sum(boundless)
    return tuple([-power_w - each_w * takes for power_w, takes in zip(base_w, boundless)])
