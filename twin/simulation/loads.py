"""The loads as a whole."""

from collections.abc import Iterable

from twin.facts import Limits


def base_and_room(loads: Iterable[Limits]) -> tuple[float, tuple[float, ...], float]:
    """All base demand, the part of it that each load can take, and the room left for tasks [W]."""
    demand_w = room_w = 0.0
    base_w = []
    for load in loads:
        taken_w = load.wanted_w if load.wanted_w > load.min_w else load.min_w
        base_w.append(-taken_w)
        demand_w -= load.wanted_w
        room_w += taken_w - load.min_w
    return demand_w, tuple(base_w), room_w
