"""A plan is a wish: here it is fitted to the limits that were seen."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from twin.errors import PlanError
from twin.facts import Decision, Limits, Observation


class Settings(NamedTuple):
    """What each component is told, as signed bus power [W]; `tasks_w` and `base_w` are the parts of the loads."""

    solar_w: float
    loads_w: tuple[float, ...]
    storage_w: float
    market_w: float
    base_w: tuple[float, ...]
    tasks_w: tuple[float, ...]


def fit(seen: Observation, wish: Decision, tick_s: float) -> Settings:
    """The nearest settings to a wish that every limit allows; raises PlanError where the wish is no wish.

    Over the export limit solar is curtailed, then discharging cut; over the import limit charging is cut first, then
    tasks, then base demand in file order. What no cut can keep out is left to the market.
    """
    solar_w = clip(wish.solar_w, seen.solar)
    storage_w = clip(wish.storage_w, seen.storage)
    base_w = seen.base_w
    tasks_w = takeable(wish.tasks_w, seen, tick_s) if seen.tasks or wish.tasks_w else ()
    low_w, high_w, _ = seen.market
    market_w = sum(base_w) + sum(tasks_w) - solar_w - storage_w
    if market_w < low_w:
        curtailed_w = min(low_w - market_w, solar_w - seen.solar.min_w)
        solar_w -= curtailed_w
        storage_w -= min(low_w - market_w - curtailed_w, max(storage_w, 0.0))
    elif market_w > high_w:
        uncharged_w = min(market_w - high_w, max(-storage_w, 0.0))
        storage_w += uncharged_w
        short_w = market_w - high_w - uncharged_w
        base_w = cut(base_w, short_w - sum(tasks_w))
        tasks_w = cut(tasks_w, short_w)
    loads_w = spread(seen.loads, base_w, sum(tasks_w))
    market_w = -(solar_w + storage_w + sum(loads_w))
    if not math.isfinite(market_w):
        raise PlanError(f"tick {seen.tick.number}", f"the policy wished for {wish[:3]}", "finite powers are wanted")
    return Settings(solar_w, loads_w, storage_w, market_w, base_w, tasks_w)


def takeable(tasks_w: tuple[float, ...], seen: Observation, tick_s: float) -> tuple[float, ...]:
    """What the tasks can take of a wish: in their window, their power, what is left of them, and the loads' room."""
    if len(tasks_w) != len(seen.tasks):
        got = f"the policy wished for {len(tasks_w)} tasks"
        raise PlanError(
            f"tick {seen.tick.number}", got, f"a power for each of the {len(seen.tasks)} open ones is wanted"
        )
    number = seen.tick.number
    fitting_w = tuple(
        [
            max(min(power_w, task.max_power_w, left_j / tick_s), 0.0) if task.start <= number < task.end else 0.0
            for power_w, (task, left_j, _, _) in zip(tasks_w, seen.tasks, strict=True)
        ]
    )
    return cut(fitting_w, sum(fitting_w) - seen.task_room_w)


def clip(power_w: float, limits: Limits) -> float:
    low_w, high_w, _ = limits
    return low_w if power_w < low_w else high_w if power_w > high_w else power_w


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


def spread(loads: Sequence[Limits], base_w: Sequence[float], tasks_w: float) -> tuple[float, ...]:
    """Each load's power: its base demand and, of the tasks' power, a part in proportion to its room."""
    if not tasks_w:
        return tuple([-power_w for power_w in base_w])
    rooms_w = [-limits.min_w - power_w for limits, power_w in zip(loads, base_w, strict=True)]
    total_w = sum(rooms_w)
    if total_w <= 0.0:
        return tuple([-power_w for power_w in base_w])
    if total_w == math.inf:
        rooms_w = [float(room_w == math.inf) for room_w in rooms_w]
        total_w = sum(rooms_w)
    part = tasks_w / total_w
    return tuple([-power_w - room_w * part for power_w, room_w in zip(base_w, rooms_w, strict=True)])
