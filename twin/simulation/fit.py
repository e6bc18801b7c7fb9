"""A plan is a wish: here it is fitted to the limits that were seen."""

import math
from collections.abc import Sequence

from msgspec import Struct

from twin.errors import PlanError
from twin.facts import Decision, Limits, Observation, OpenTask


class Settings(Struct, frozen=True, gc=False):
    """What each component is told, as signed bus power [W]; `tasks_w` and `base_w` are the parts of the loads."""

    solar_w: float
    loads_w: tuple[float, ...]
    storage_w: float
    market_w: float
    base_w: tuple[float, ...]
    tasks_w: tuple[float, ...]


def fit(seen: Observation, wish: Decision, tick_s: float) -> Settings:
    """The nearest settings to a wish that every limit allows; raises PlanError where the wish is no wish."""
    solar_w = seen.solar.clip(wish.solar_w)
    storage_w = seen.storage.clip(wish.storage_w)
    base_w = seen.base_w
    tasks_w = takeable(wish.tasks_w, seen, tick_s) if seen.tasks or wish.tasks_w else ()
    asked_w = sum(tasks_w)
    import_w = sum(base_w) + asked_w - solar_w - storage_w
    market = seen.market
    if import_w < market.min_w:
        solar_w, storage_w = sent_less(market.min_w - import_w, solar_w - seen.solar.min_w, solar_w, storage_w)
    elif import_w > market.max_w:
        storage_w, tasks_w, base_w = drawn_less(import_w - market.max_w, storage_w, tasks_w, base_w)
        asked_w = sum(tasks_w)
    loads_w = spread(seen, base_w, asked_w)
    market_w = -(solar_w + storage_w + sum(loads_w))
    if not math.isfinite(market_w):
        got = f"the policy wished for {wish.solar_w}, {wish.storage_w} and {wish.tasks_w} W"
        raise PlanError(f"tick {seen.tick.number}", got, "finite powers are wanted")
    return Settings(solar_w, loads_w, storage_w, market_w, base_w, tasks_w)


def sent_less(excess_w: float, curtailable_w: float, solar_w: float, storage_w: float) -> tuple[float, float]:
    """Solar and storage over the export limit: solar is curtailed, then discharging cut; the market gets the rest."""
    curtailed_w = min(excess_w, curtailable_w)
    return solar_w - curtailed_w, storage_w - min(excess_w - curtailed_w, max(storage_w, 0.0))


def drawn_less(
    short_w: float, storage_w: float, tasks_w: tuple[float, ...], base_w: tuple[float, ...]
) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """Storage, tasks and base over the import limit: charging is cut first, then tasks, then base in file order."""
    uncharged_w = min(short_w, max(-storage_w, 0.0))
    short_w -= uncharged_w
    return storage_w + uncharged_w, cut(tasks_w, short_w), cut(base_w, short_w - sum(tasks_w))


def takeable(tasks_w: tuple[float, ...], seen: Observation, tick_s: float) -> tuple[float, ...]:
    """What the tasks can take of a wish: in their window, their power, what is left of them, and the loads' room."""
    number, stands = seen.tick.number, seen.tasks
    if len(tasks_w) != len(stands):
        got, wanted = f"the policy wished for {len(tasks_w)} tasks", f"{len(stands)} powers, one for each open task"
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


def cut(powers_w: tuple[float, ...], excess_w: float) -> tuple[float, ...]:
    """Take `excess_w` away from some powers, the first ones first."""
    if excess_w <= 0.0:
        return powers_w
    left_w = []
    for power_w in powers_w:
        taken_w = min(power_w, excess_w)
        left_w.append(power_w - taken_w)
        excess_w -= taken_w
    return tuple(left_w)


def spread(seen: Observation, base_w: tuple[float, ...], tasks_w: float) -> tuple[float, ...]:
    """Each load's power: its base demand and, of the tasks' power, a part in proportion to its room."""
    room_w = seen.task_room_w
    if not tasks_w or room_w <= 0.0:
        return tuple([-power_w for power_w in base_w])
    if room_w == math.inf:
        return spread_boundless(seen.loads, base_w, tasks_w)
    part = tasks_w / room_w
    return tuple([(load.min_w + power_w) * part - power_w for load, power_w in zip(seen.loads, base_w)])


def spread_boundless(loads: Sequence[Limits], base_w: Sequence[float], tasks_w: float) -> tuple[float, ...]:
    """The same where some loads can take any power: those share the tasks alike."""
    boundless = [limits.min_w == -math.inf for limits in loads]
    each_w = tasks_w / sum(boundless)
    return tuple([-power_w - each_w * takes for power_w, takes in zip(base_w, boundless)])
