"""The rule, solar first, storage next, grid last, and the same without a storage; neither looks ahead or at a price."""

import math
from collections.abc import Iterable

from twin.facts import Decision, Limits, Memoryless, Observation, OpenTask, Reason, SetPoint, replace

ROUNDING = 1e-9
FOLLOW = SetPoint(-math.inf, math.inf)
"""Keeps the grid at nothing as far as the storage can."""


class Rule(Memoryless):
    """The naive policy that every other one is measured against, and falls back to."""

    name = "rule"

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s

    def decide(self, seen: Observation) -> Decision:
        tasks_w = self._task_powers(seen) if seen.tasks else ()
        storage = dict.fromkeys(seen.storage, FOLLOW)
        if not seen.exact:
            return Decision({}, storage, tasks_w, Reason.FOLLOW_LOAD, self.name)
        asked_w, room_w = sum(tasks_w), seen.task_room_w
        need_w = sum(seen.base_w) + (asked_w if asked_w < room_w else room_w) - seen.available_w
        return Decision({}, storage, tasks_w, reason(need_w, seen.storage.values()), self.name)

    def _task_powers(self, seen: Observation) -> tuple[float, ...]:
        number = seen.tick.number
        return tuple([power_w(open_task, number, self._tick_s) for open_task in seen.tasks])


class Unstored(Rule):
    """The rule that lets the storages rest: what having one at all is measured against."""

    name = "none"

    def decide(self, seen: Observation) -> Decision:
        return replace(super().decide(seen), storage={}, reason=Reason.NO_STORAGE)


def power_w(open_task: OpenTask, tick: int, tick_s: float) -> float:
    """A task's remaining energy over its remaining ticks, so that a clipped tick is caught up.

    A block runs over as many ticks as its minimum allows, a profile from the first tick of its window on.
    """
    task, remaining_j, started = open_task.task, open_task.remaining_j, open_task.started
    if not task.start <= tick < task.end:
        return 0.0
    if task.shape == "profile":
        place = 0 if started is None else tick - started
        return task.profile_w[place] if place < len(task.profile_w) else 0.0
    ticks = task.end - tick
    if task.min_power_w:
        ticks = min(ticks, max(int(remaining_j / (task.min_power_w * tick_s) + ROUNDING), 1))
    power_w, most_w = remaining_j / (ticks * tick_s), task.max_power_w
    return power_w if power_w < most_w else most_w


def reason(need_w: float, storage: Iterable[Limits]) -> Reason:
    """Why the storages do what they do, given what the loads need beyond solar."""
    if not need_w:
        return Reason.BALANCED
    for limits in storage:
        if need_w < 0.0 and limits.min_w < 0.0:
            return Reason.STORE_SURPLUS
        if need_w > 0.0 and limits.max_w > 0.0:
            return Reason.DISCHARGE_NEED
    return Reason.EXPORT_FULL if need_w < 0.0 else Reason.IMPORT_EMPTY
